"""Campaigns of one route share what it can take, by priority and then by weight."""

import os
import signal

from checks import Busy
from harness import equal, full_speed, wait_until
from world import OPEN, World, job

RATE = 200
PACE_SLACK_S = 0.1  # of real time at twice its speed: so often at least the daemon must act
HUGE = int(os.environ.get("LICET_HUGE", "20000"))


def start(env, campaigns, speed="1"):
    """{name: (jobs, definition)}; all queued before the daemon starts."""
    worlds = {}
    number = 0
    for name, (jobs, definition) in campaigns.items():
        w = worlds[name] = World(env, "licet-sim:", "acme." + name).define(**definition)
        pipe = []
        for _ in range(jobs):
            number += 1
            pipe.append(job(number))
        for i in range(0, jobs, 1000):
            w.push(*pipe[i:i + 1000])
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "rate": f"{RATE}/s", "backlog": 1000000})
    w.daemon = env.daemon("--simulate", OPEN, "--speed", speed)
    return worlds


def released(w):
    """When each job was released, by campaign, from the ready list."""
    times = {}
    for entry in w.r.lrange(w.ready, 0, -1):
        fields = entry.split("\n", 1)[0].split("\t")
        times.setdefault(fields[1], []).append(int(fields[6]))
    return times


@full_speed
def test_small_campaigns_beside_a_huge_one(env):
    """Twenty of 100 and one of 20,000 or LICET_HUGE, at 200 a second: a perfect share ends the small ones after 10.5 s."""
    campaigns = {"huge": (HUGE, {})}
    campaigns.update({f"small{i:02d}": (100, {}) for i in range(20)})
    worlds = start(env, campaigns, speed="4")
    small = [w for name, w in worlds.items() if name != "huge"]
    wait_until(lambda: all(w.stat("released") == 100 for w in small), 30, lambda: str([w.stat("released") for w in small]))
    times = released(small[0])
    last = max(max(times[w.c]) for w in small)
    # What went out until the last of the small ones did, against a perfect share: 21 times 100.
    # Counted in jobs, so that a slow machine, on which less than the rate goes out, does not matter.
    during = sum(1 for t in times["acme.huge"] if t <= last)
    print(f"  of {HUGE}, {during} went out beside 2000 of the small ones; a perfect share is 100")
    assert 50 <= during <= 0.2 * 2100 + 100, during


@full_speed
def test_weights(env):
    """Three to one, of what the route takes. While they are taken in, some go out as they come;
    that is made up for afterwards."""
    worlds = start(env, {"three": (5000, {"weight": "3"}), "one": (5000, {})}, speed="4")

    def out():
        return [worlds[n].stat("released") for n in ("three", "one")]
    wait_until(lambda: sum(out()) >= 4000, 60, "4000 jobs")
    a, b = out()
    assert 2.6 <= a / b <= 3.4, (a, b)


def test_priority_comes_before_weight(env):
    worlds = start(env, {"low": (1000, {"priority": "4", "weight": "1000"}), "high": (400, {"priority": "6"})}, speed="4")
    wait_until(lambda: worlds["high"].stat("released") == 400, 30, "the higher priority")
    times = released(worlds["low"])
    last = max(times["acme.high"])
    before = sum(1 for t in times.get("acme.low", []) if t < last)
    assert before <= RATE / 2, f"{before} of the lower priority went before"


@full_speed
def test_own_rate_costs_the_others_nothing(env):
    """A campaign limited by its own rate is parked until its next token."""
    with Busy(env, PACE_SLACK_S) as busy:
        worlds = start(env, {"slow": (100, {"rate": "2/s"}), "fast": (2000, {})}, speed="2")
        wait_until(lambda: worlds["fast"].stat("released") == 2000, 30, "the other one")
    times = released(worlds["fast"])
    took = max(times["acme.fast"]) - min(times["acme.fast"])
    assert took <= 1.15 * 1000 * 2000 / (RATE - 2) + 2 * 1000 * busy.late_s, (took, busy.lost_s)
    equal(len(times["acme.slow"]) <= 2 * took / 1000 + 3, True)


@full_speed
def test_a_large_queue_beside_many_campaigns(env):
    """What the daemon moves itself is no reason to read all campaigns anew; what others push is."""
    w = World(env).define()
    definition = w.r.hgetall(w.key("def"))
    for i in range(300):
        w.r.hset(f"{w.p}campaign:acme.m{i}:def", mapping=definition)
        w.r.sadd(w.p + "campaigns", f"acme.m{i}")
    daemon = env.daemon("--simulate", "2026-11-24T05:00:00+01:00")
    wait_until(lambda: sum(1 for _ in w.r.scan_iter(w.p + "campaign:*:state", 1000)) == 301, 30, "all states")
    daemon.signal(signal.SIGSTOP)
    for _ in range(20):
        w.push(*(job(i) for i in range(5000)))
    w.r.config_resetstat()
    daemon.signal(signal.SIGCONT)
    w.wait_intake(100000, 60)
    readings = w.r.info("commandstats")["cmdstat_zcard"]["calls"] / 301
    assert readings <= 3, f"all campaigns were read {readings:.1f} times"
    w.push(job(100001))
    w.wait_intake(100001)
