"""What a licetd of many spaces costs while nothing happens."""

import collections
import time

from harness import measures, wait_until
from test_serve import begin
from world import job

SPACES, RATE, RSS_MIB = 32, 3, 64


def rss_mib(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def commands_in(r, seconds):
    """By name, those that clients send; what a function calls inside is its own."""
    found, until = collections.Counter(), time.monotonic() + seconds
    with r.monitor() as monitor:
        for said in monitor.listen():
            if said["client_type"] != "lua":
                words = said["command"].split()
                found[" ".join(words[:2]) if words[0].lower() in ("fcall", "fcall_ro", "client", "info") else words[0]] += 1
            if time.monotonic() > until:
                return found


@measures
def test_idle(env):
    """32 spaces, each hearing the 31 others: at most three commands a second for each."""
    daemon, worlds = begin(env, *[f"s{i:02}" for i in range(SPACES)])
    wait_until(lambda: daemon.log().count("event=spaces-heard") == SPACES, 120, "all to hear all")
    time.sleep(20)
    seconds = 30
    ticks = cpu(daemon)
    found = commands_in(worlds[0].r, seconds)
    each = sum(found.values()) / seconds / SPACES
    print(f"  {each:.2f} commands/s a space, {rss_mib(daemon):.1f} MiB, {(cpu(daemon) - ticks) / seconds:.1f} % of a core")
    for name, n in found.most_common(12):
        print(f"    {n / seconds / SPACES:.2f} {name}")
    assert each <= RATE, f"{each:.2f} commands/s a space"
    assert rss_mib(daemon) <= RSS_MIB, f"{rss_mib(daemon):.1f} MiB"
    # A push is settled within a second all the same, and a list that lost a member by hand is noticed within one.
    a, b = worlds[3], worlds[4]
    begun = time.monotonic()
    a.push(job(1))
    a.wait_stat("ready", 1)
    settled = time.monotonic() - begun
    b.oppose("+33600000009")
    time.sleep(7)
    begun = time.monotonic()
    b.r.srem(b.p + "list:opposition", "+33600000009")
    wait_until(lambda: b.r.sismember(b.p + "list:opposition", "+33600000009"), 10, "what was taken off by hand to be put back")
    noticed = time.monotonic() - begun
    print(f"  a push was settled after {settled:.2f} s, a list mended after {noticed:.2f} s")
    assert settled < 1.1 and noticed < 1.2, (settled, noticed)
    daemon.stop()


def cpu(daemon):
    """Hundredths of a second."""
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return int(words[11]) + int(words[12])
