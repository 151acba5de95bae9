"""The package on a real systemd, from dpkg -i to purge. As root: make check-systemd."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from machine import Machine, harness
from harness import contains, equal
from world import OPEN, World, job

SECRET = "correct-horse-9f2c"
DROPIN = "/etc/systemd/system/licetd.service.d/check.conf"


class Place:
    """What World wants of an environment."""

    def __init__(self, machine, **options):
        self.redis, self.prefix = machine.redis(**options), "licet-sim:"


def package(version=None):
    """The package as make deb made it, or with another version."""
    path = os.environ["LICET_DEB"]
    if version is None:
        return path
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["dpkg-deb", "-R", path, f"{work}/root"], check=True)
        subprocess.run(["sed", "-i", f"s/^Version: .*/Version: {version}/", f"{work}/root/DEBIAN/control"], check=True)
        again = os.path.join(os.path.dirname(path), "repacked.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", f"{work}/root", again], check=True, stdout=subprocess.DEVNULL)
    return again


def install(m, path):
    shutil.copy(path, m.path("/root/licet.deb"))
    m.run("dpkg", "-i", "/root/licet.deb")


def dropin(m, *lines):
    """Starts follow each other as fast as the test goes, which is no reason to refuse one."""
    m.write(DROPIN, "\n".join(["[Unit]", "StartLimitIntervalSec=0", "[Service]", *lines, ""]))
    m.systemctl("daemon-reload")


def simulate(m, *more):
    """The service on a simulated clock, in the window; watched closely."""
    dropin(m, "ExecStart=", f"ExecStart=/usr/sbin/licetd --verdict %t/licetd/verdict -c /etc/licet/licet.conf --simulate {OPEN} --prefix licet-sim:",
           "WatchdogSec=2", *more)
    m.systemctl("restart", "licetd")


def passes(w, i):
    """One more job goes through."""
    w.push(job(i))
    got = w.wait_taken(1, 20)
    equal([j["id"] for j in got], [str(i)])
    equal(w.done(got[0]["token"]), "OK")
    w.wait_stat("done", i, 20)
    w.balance()


# --- the story ------------------------------------------------------------------------


AT_ONCE_S = 5  # no installation and no boot waits for a Redis that is not there


def at_once(what, action):
    began = time.monotonic()
    action()
    took = time.monotonic() - began
    assert took < AT_ONCE_S, f"{what} took {took:.1f} s"


def installs(m):
    """While no Redis is up yet, as where apt configures it later in the same run."""
    m.systemctl("stop", "redis-server")
    at_once("dpkg -i", lambda: install(m, package()))
    equal((m.show("ActiveState"), m.show("UnitFileState")), ("active", "enabled"))
    contains(m.show("StatusText"), "no Redis")
    pid = m.show("MainPID")
    m.systemctl("start", "redis-server")
    m.wait("it to begin by itself", lambda: "rulebook fr" in m.show("StatusText"))
    equal((m.show("MainPID"), m.show("NRestarts")), (pid, "0"))
    contains(m.run("id", "licet").stdout, "licet")
    equal(m.run("systemd-analyze", "verify", "--man=no", "licetd.service").stderr, "")
    contains(m.run("licetctl", "status").stdout, "licetd")
    equal(oct(os.stat(m.path("/var/lib/licet")).st_mode & 0o777), "0o700")
    equal(oct(os.stat(m.path("/etc/credstore")).st_mode & 0o777), "0o700")
    for key in ("licet.log-key", "licet.log-mac-key"):
        equal(oct(os.stat(m.path("/etc/credstore/" + key)).st_mode & 0o777), "0o600", key)
    m.wait("the decision log to be signed", lambda: os.path.exists(m.path("/var/lib/licet/log/checkpoint")))
    contains(m.run("licetctl", "log", "verify", "/var/lib/licet/log", "--key", "/var/lib/licet/log-key.pub").stdout, "Whole:")
    # Python is recommended, and not needed: an expert has his own.
    told = subprocess.run(["/usr/bin/python3", "-B", m.path("/usr/bin/licet-verify"), "--key", m.path("/var/lib/licet/log-key.pub"),
                           m.path("/var/lib/licet/log")], capture_output=True, text=True, check=False)
    contains(told.stdout, "Proven:")


def starts_without_redis(m):
    """Redis is elsewhere and says no, or nothing at all, or wants a password: it is up, and the status says why nothing moves."""
    text = m.read("/etc/licet/licet.conf")
    dropin(m)
    with m.silent_port(6380):
        for host, port, why in (("127.0.0.9", 6381, "refused"), ("127.0.0.9", 6380, "took too long"), ("192.0.2.7", 6379, "unreachable"),
                                ("no-such-name.invalid", 6379, "no-such-name.invalid")):
            m.write("/etc/licet/licet.conf", text.replace('redis_host = "127.0.0.1"', f'redis_host = "{host}"')
                    .replace("redis_port = 6379", f"redis_port = {port}"))
            at_once(f"a start with Redis at {host}:{port}", lambda: m.systemctl("restart", "licetd"))
            equal(m.show("ActiveState"), "active")
            m.wait(f"the status to say {why}", lambda why=why: why in m.show("StatusText"))
    m.write("/etc/licet/licet.conf", text)
    m.redis().config_set("requirepass", SECRET)
    at_once("a start without the password", lambda: m.systemctl("restart", "licetd"))
    equal(m.show("ActiveState"), "active")
    m.wait("the status to say so", lambda: "NOAUTH" in m.show("StatusText"))
    m.redis(password=SECRET).config_set("requirepass", "")
    m.wait("it to begin by itself", lambda: "rulebook fr" in m.show("StatusText"))


def releases(m):
    w = World(Place(m)).define()
    simulate(m)
    passes(w, 1)
    equal(user_of(m), "licet")
    return w


def user_of(m):
    uid = re.search(r"^Uid:\s+(\d+)", m.run("cat", f"/proc/{m.show('MainPID')}/status").stdout, re.M).group(1)
    return m.run("id", "-un", uid).stdout.strip()


def refuses(m, path, line):
    """A reload with that line in a file fails, and says why. Returns the file as it was."""
    text = m.read(path)
    m.write(path, text + f"\n{line} = 1;\n")
    m.systemctl("reload", "licetd", code=1)
    contains(m.journal(), line)
    return text


def reloads(m, w):
    pid = m.show("MainPID")
    m.systemctl("reload", "licetd")
    text = refuses(m, "/etc/licet/licet.conf", "no_such_key")
    passes(w, 2)
    m.write("/etc/licet/licet.conf", text)
    # A bad rulebook is the daemon's to refuse: licetctl does not read it.
    rules = refuses(m, "/etc/licet/rulebooks/fr.conf", "no_such_rule")
    passes(w, 3)
    m.write("/etc/licet/rulebooks/fr.conf", rules)
    m.systemctl("reload", "licetd")
    equal(m.show("MainPID"), pid, "the same process all along")


def restarts(m, w):
    before = m.show("MainPID")
    m.systemctl("kill", "-s", "KILL", "licetd")
    m.wait("a new process", lambda: m.show("MainPID") not in ("0", before) and m.show("ActiveState") == "active")
    equal(m.show("NRestarts"), "1")
    passes(w, 4)


def watched(m, w):
    """A loop that stands still is killed by the watchdog and started again."""
    before = m.show("MainPID")
    m.systemctl("kill", "-s", "STOP", "licetd")
    m.wait("the watchdog", lambda: "atchdog timeout" in m.run("journalctl", "-o", "cat", "-u", "licetd.service").stdout)
    m.wait("a new process", lambda: m.show("MainPID") not in ("0", before) and m.show("ActiveState") == "active")
    passes(w, 5)
    # Redis away is no reason to kill: longer than the watchdog's patience.
    pid = m.show("MainPID")
    m.systemctl("stop", "redis-server")
    m.wait("the status to say so", lambda: "no Redis" in m.show("StatusText"))
    m.run("sleep", "5")  # what is tested is that nothing happens
    m.systemctl("start", "redis-server")
    m.wait("it to come back", lambda: "campaigns" in m.show("StatusText"))
    equal(m.show("MainPID"), pid, "the same process")
    w.r = m.redis()
    passes(w, 6)


def drains(m, w):
    m.systemctl("stop", "licetd")
    equal((m.show("Result"), m.show("ExecMainStatus")), ("success", "0"))
    contains(m.journal(), "event=stopped")
    equal(w.r.keys("licet-sim:daemon:*"), [], "no heartbeat of what has gone")
    w.push(job(7))
    m.systemctl("start", "licetd")
    equal([j["id"] for j in w.wait_taken(1, 20)], ["7"])


def refuses_bad_configuration(m):
    text = m.read("/etc/licet/licet.conf")
    m.write("/etc/licet/licet.conf", text + "\nno_such_key = 1;\n")
    m.systemctl("restart", "licetd", code=1)
    equal((m.show("ActiveState"), m.show("ExecMainStatus")), ("failed", "78"))
    contains(m.journal(), "no_such_key")
    equal(m.show("NRestarts"), "0", "it is not tried again")
    m.write("/etc/licet/licet.conf", text)
    m.systemctl("start", "licetd")


def keeps_the_password(m, w):
    """As a credential: neither in arguments, nor in the environment, nor in the journal."""
    m.write("/etc/credstore/licet.redis-password", SECRET + "\n", 0o600)
    m.redis().config_set("requirepass", SECRET)
    m.systemctl("restart", "licetd")
    w.r = m.redis(password=SECRET)
    w.push(job(8))
    equal([j["id"] for j in w.wait_taken(1, 20)], ["8"])
    m.systemctl("reload", "licetd")
    pid = m.show("MainPID")
    for name in ("cmdline", "environ"):
        text = m.run("cat", f"/proc/{pid}/{name}").stdout
        assert text and SECRET not in text, f"the password in {name}"
    assert SECRET not in m.run("journalctl", "-o", "verbose", "--no-pager").stdout, "the password in the journal"
    w.r.config_set("requirepass", "")
    m.remove("/etc/credstore/licet.redis-password")
    m.systemctl("restart", "licetd")
    w.r = m.redis()


def shuts_the_network_off(m):
    """With Redis on a Unix socket."""
    with open(os.path.join(harness.ROOT, "systemd", "unix-socket.conf"), encoding="utf-8") as f:
        lines = [line for line in f.read().splitlines() if "=" in line and not line.startswith("#")]
    text = m.read("/etc/licet/licet.conf")
    m.write("/etc/licet/licet.conf", text.replace('redis_socket = "";', 'redis_socket = "/run/redis/redis-server.sock";'))
    simulate(m, *lines)
    w = World(Place(m))
    w.push(job(9))
    equal([j["id"] for j in w.wait_taken(1, 20)], ["9"])
    m.systemctl("reload", "licetd")
    links = m.run("nsenter", "-t", m.show("MainPID"), "-n", "cat", "/proc/net/dev").stdout
    equal(re.findall(r"^\s*(\w+):", links, re.M), ["lo"], "no network but an empty loopback")
    m.write("/etc/licet/licet.conf", text)
    simulate(m)


def runs_several(m):
    os.symlink("licet.conf", m.path("/etc/licet/b.conf"))
    m.run("licetctl", "log", "keygen", "-o", "/etc/credstore/licet-b.log-key", "--origin", "licet/b")
    m.systemctl("start", "licetd@b")
    m.systemctl("reload", "licetd@b")
    m.wait("two heartbeats", lambda: "licet:daemon:b" in m.redis().keys("licet:daemon:*"))
    m.systemctl("stop", "licetd@b")
    m.systemctl("enable", "licetd@b")


def upgrades(m):
    w = World(Place(m))
    w.push(job(10))
    w.wait_stat("ready", 1, 20)
    before, taken = m.show("MainPID"), w.stat("taken")
    install(m, package("0.2.0"))
    assert m.show("MainPID") not in ("0", before), "the new one runs"
    equal((m.show("ActiveState"), w.stat("ready"), w.stat("taken")), ("active", 1, taken), "what waited waits")
    equal([j["id"] for j in w.wait_taken(1, 20)], ["10"])
    w.balance()


def purges(m):
    m.run("dpkg", "--remove", "licet")
    equal(m.show("ActiveState"), "inactive")
    contains(m.read("/etc/licet/licet.conf"), "redis_host")
    m.run("dpkg", "--purge", "licet")
    assert not os.path.lexists(m.path("/etc/systemd/system/multi-user.target.wants/licetd@b.service")), "an instance is still enabled"
    equal(m.systemctl("list-unit-files", "licetd*", "--no-legend", code=None), "", "no unit is left")
    m.remove("/etc/licet/b.conf")
    # The decision log is evidence, and stays.
    equal(sorted(os.listdir(m.path("/var/lib/licet"))), ["log", "log-b", "log-key.pub"], "what is left of the log")
    left = [p for p in ("/etc/licet", "/usr/sbin/licetd") if os.path.exists(m.path(p))]
    assert left in ([], ["/etc/licet"]) and not os.listdir(m.path("/etc/licet") if left else "/var/empty"), left


def masked(m):
    """No number in anything that was logged."""
    text = m.run("journalctl", "-o", "cat", "--no-pager").stdout
    found = re.findall(r"\+33\d{9}|\b0[67]\d{8}\b", text)
    equal(found, [], "numbers in the journal")


def main():
    if os.geteuid() != 0:
        raise SystemExit("check-systemd boots a machine: run it as root")
    m = Machine()
    try:
        for step in (installs, starts_without_redis):
            print(step.__name__, flush=True)
            step(m)
        w = releases(m)
        for step in (reloads, restarts, watched, drains):
            print(step.__name__, flush=True)
            step(m, w)
        refuses_bad_configuration(m)
        keeps_the_password(m, w)
        for step in (shuts_the_network_off, runs_several, upgrades, masked, purges):
            print(step.__name__, flush=True)
            step(m)
        print("systemd: all good")
    finally:
        m.off()
    return 0


if __name__ == "__main__":
    sys.exit(main())
