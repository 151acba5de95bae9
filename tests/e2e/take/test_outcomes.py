"""What becomes of a job after the call: retries, canary and breaker, one call at a time, and leases that are over."""

import json

from harness import equal, wait_until
from world import OPEN, World, job, start

LATER = "2026-11-24T11:10:00+01:00"  # forty minutes after OPEN


def again(w, at):
    w.daemon.stop()
    w.daemon = w.env.daemon("--simulate", at)


# -- retries


def test_retry_by_disposition(env):
    w = start(env, retry="busy:30m no-answer:2h", retry_max="1")
    w.push(*[job(i) for i in range(1, 5)])
    w.wait_stat("ready", 4)
    got = {j["id"]: j for j in w.take()}
    for i, outcome in (("1", "busy"), ("2", "no-answer"), ("3", "answered"), ("4", "failed")):
        equal(w.done(got[i]["token"], outcome), "OK")
    w.wait_stat("later", 2)
    w.wait_stat("done", 2)
    equal((w.stat("retried.busy"), w.stat("retried.no-answer")), (1, 1))
    entry = w.ended("done")["1"]
    # The one is by the clock of licetd, the other by that of Redis: they are apart by milliseconds.
    equal((entry["outcome"], int(entry["retry_ms"]) - int(entry["done_ms"]) in range(1799000, 1860000)), ("busy", True))
    w.balance()
    again(w, LATER)
    second = w.wait_taken(1)
    equal([(j["id"], j["attempt"]) for j in second], [("1", "2")])
    equal(w.attempts("+33600000001"), ["2026-11-24", "2026-11-24"], "each attempt counts")
    w.done(second[0]["token"], "busy")
    w.wait_stat("done", 3)  # no second retry
    equal((w.stat("done.busy"), w.stat("later")), (1, 1))
    w.balance()


def test_retry_passes_every_rule_again(env):
    w = start(env, retry="busy:30m", retry_max="5")
    w.push(*[job(i) for i in range(1, 5)])
    w.wait_stat("ready", 4)
    got = {j["id"]: j for j in w.take()}
    for j in got.values():
        w.done(j["token"], "busy")
    w.wait_stat("later", 4)
    w.oppose("+33600000001")
    w.r.sadd(w.key("cancel"), "2")
    w.attempt("+33600000003", "2026-11-20", "2026-11-21", "2026-11-22")
    again(w, LATER)
    equal([j["id"] for j in w.wait_taken(1)], ["4"])
    w.wait_stat("cancelled", 1)
    equal((w.reasons()["1"], w.stat("later")), ("opposed-platform", 1))
    w.balance()


# -- canary and breaker


def test_canary_goes_alone(env):
    w = start(env, route={"canary": 5, "breaker_pct": 40})
    w.push(*[job(i) for i in range(20)])
    w.wait_intake(20)
    w.wait_because("route-breaker")
    equal((w.stat("ready"), w.stat("held"), w.state()["rule"]), (5, 15, "canary"))
    for i, j in enumerate(w.take()):
        w.done(j["token"], "failed" if i < 2 else "answered")  # 40 in a hundred are not too many
    w.wait_stat("ready", 15)
    equal(w.r.hget(w.p + "ready:main:health", "state"), "flowing")
    w.balance()


def test_breaker_stops_the_route(env):
    w = start(env, route={"canary": 4, "breaker_pct": 25})
    w.push(*[job(i) for i in range(20)])
    w.wait_stat("ready", 4)
    got = w.take()
    for i, j in enumerate(got):
        w.done(j["token"], "failed" if i < 2 else "answered")
    w.wait_state(because="route-breaker", rule="2 of the last 4 failed")
    equal((w.take(), w.stat("ready"), w.stat("held")), ([], 0, 16))
    w.balance()
    # Ops looked at it: it begins anew, with its canary.
    equal(w.r.fcall("licet_breaker", 1, w.p + "ready:main", "Jeanne", "replaced the box"), "tripped")
    w.wait_stat("ready", 4)
    for j in w.wait_taken(4):
        w.done(j["token"], "answered")
    w.wait_stat("ready", 12)
    w.balance()


def test_breaker_of_a_flowing_route_takes_back_what_is_ready(env):
    w = start(env, route={"breaker_pct": 10, "backlog": 100})
    w.push(*[job(i) for i in range(200)])
    w.wait_stat("ready", 100)
    for j in w.take(60):
        w.done(j["token"], "failed")
    w.wait_because("route-breaker")
    w.wait_stat("ready", 0)
    equal(w.stat("held"), 140)
    w.balance()


def test_leases_that_lapse_count_as_failures(env):
    w = start(env, route={"canary": 3, "lease_s": 1})
    w.push(*[job(i) for i in range(10)])
    w.wait_taken(3)
    w.wait_stat("unknown", 3)
    w.wait_state(because="route-breaker", rule="3 of the last 3 failed")
    w.balance()


# -- how long the route takes


def test_slow_route_stops_earlier(env):
    """From take to done it takes twenty minutes: the guard is not ten any more."""
    w = start(env, route={"lease_s": 7200})
    w.push(*[job(i) for i in range(20)])
    got = w.wait_taken(20)
    again(w, "2026-11-24T10:50:00+01:00")
    for j in got:
        w.done(j["token"], "answered")
    w.wait_stat("done", 20)
    p99 = int(w.r.hget(w.p + "ready:main:health", "p99_ms"))
    assert 1190000 <= p99 <= 1210000, p99
    # 13:00, less what was measured and a minute.
    last = 1795521600000 - p99 - 60000
    w.push(job(100))
    wait_until(lambda: w.push(job(101 + w.stat("intake"))) or any(int(j["not_after_ms"]) == last for j in w.take()), 10, f"not_after {last}")
    got = env.ctl_json("explain", w.c, "+33600000099", "--job", json.dumps(job(99)), "--at", "2026-11-24T12:39:00+01:00")
    equal((got["reason"], got["rule"]), ("window-closing", "guard"))


# -- one call at a time


def test_a_person_is_not_called_twice_at_once(env):
    w = start(env)
    other = World(env, w.p, "acme.other").define()
    w.push(job(1), job(2, person="p-1"))
    w.wait_stat("ready", 2)
    out = {j["id"]: j for j in w.take()}
    other.push(job(1), job(3, person="p-1"), job(4))
    other.wait_stat("ready", 3)
    equal([j["id"] for j in other.take()], ["4"])
    other.wait_stat("later", 2)
    other.balance()
    for j in out.values():
        w.done(j["token"], "answered")
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", LATER)
    equal(sorted(j["id"] for j in other.wait_taken(2)), ["1", "3"])
    other.balance()


# -- nobody said


def test_lease_over_is_unknown(env):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    got = w.wait_taken(1)[0]
    w.wait_stat("unknown", 1)
    equal(w.done(got["token"], "answered"), "late")
    equal(w.done(got["token"], "refused"), "late")
    equal(w.r.sismember(w.p + "list:opposition:acme", got["to"]), 1, "an opposition counts even late")
    equal(w.balance()["unknown"], 1)
    w.wait_because("outcome-unknown")


def test_settled_by_a_clock_of_another_day(env):
    """A licetd whose clock is a day behind settles what senders did: it was handed over, once, whatever day it is there."""
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    w.daemon.stop()
    [taken] = w.take()
    [(_, event)] = w.r.xrange(w.p + "settle:main")
    w.r.xadd(w.p + "settle:main", event)  # told twice
    w.done(taken["token"], "answered")
    now_ms = int(taken["released_ms"])
    for ms in (now_ms - 86400000, now_ms):
        w.r.fcall("licet_settle", 1, w.p + "settle:main", ms, "-", 100)
    equal((w.stat("ready"), w.stat("taken"), w.stat("done")), (0, 0, 1))
    w.balance()
