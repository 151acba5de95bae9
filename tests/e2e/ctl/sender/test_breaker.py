"""Canary, breaker and durations of a route, as ops see them; and who let it go on."""

import redis

from checks import fails, misuse, one_line, shows
from harness import contains, equal
from world import OPEN, World, job


def start(env, count=20, **route):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", **route})
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(count)])
    return w


def trip(w, failed=2):
    w.wait_stat("ready", 4)
    for i, j in enumerate(w.take()):
        w.done(j["token"], "failed" if i < failed else "answered")


def test_canary_trips_and_is_reset(env):
    w = start(env, canary=4, breaker_pct=25)
    w.wait_stat("ready", 4)
    health = env.ctl_json("senders")[0]["health"]
    equal((health["state"], health["canary"], health["released"], health["breaker_pct"], health["looked"], health["p99_ms"]),
          ("canary", 4, 4, 25, 0, None))
    contains(shows(env, "senders"), "canary: 4 of 4 released, 0 of 0 outcomes failed")
    contains(shows(env, "breaker", "main"), "main: canary: 4 of 4 released")
    trip(w)
    w.wait_state(rule="2 of the last 4 failed")
    w.wait_because("route-breaker")
    got = env.ctl_json("breaker", "main")
    equal((got["route"], got["state"], got["why"], got["looked"], got["failed"]), ("main", "tripped", "2 of the last 4 failed", 4, 2))
    equal(got["since"][:16], "2026-11-24T09:30")
    for words in (("status",), ("senders",), ("breaker", "main")):
        contains(shows(env, *words), "breaker open since 2026-11-24T09:30:")
    contains(shows(env, "senders"), "licetctl breaker main --reset --reason R")
    equal(env.ctl_json("status")["routes"][0]["health"]["state"], "tripped")
    env.extra = {"USER": "jeanne", "SUDO_USER": ""}
    contains(shows(env, "breaker", "main", "--reset", "--reason", "replaced the box"), "main: was tripped, starts again")
    w.wait_stat("ready", 4)
    error = [f for _, f in w.r.xrange(w.p + "errors") if f.get("was")]
    equal([(f["where"], f["by"], f["reason"], f["was"]) for f in error], [("ready:main", "jeanne", "replaced the box", "tripped")])
    contains(shows(env, "status"), "breaker reset by jeanne: replaced the box (it was tripped, 2 of the last 4 failed)")
    got = env.ctl_json("breaker", "main")
    equal((got["state"], got["reset_by"], got["reset_why"], got["reset_at"][:16], got["failed"]),
          ("canary", "jeanne", "replaced the box", "2026-11-24T09:30", 0))
    contains(shows(env, "breaker", "main"), "by jeanne: replaced the box")
    trip(w, failed=0)
    w.wait_stat("ready", 12)
    contains(shows(env, "breaker", "main"), "flowing since 2026-11-24T09:30:")
    w.balance()


def test_nothing_to_reset(env):
    w = start(env, count=1)
    w.wait_stat("ready", 1)
    contains(shows(env, "breaker", "main"), "neither canary nor breaker is declared")
    result = env.ctl("breaker", "main", "--reset", "--reason", "x", code=1)
    contains(result.out, "nothing to reset")
    got = env.ctl_json("breaker", "main", "--reset", "--reason", "x", "--by", "Jeanne", code=1)
    equal(got, {"route": "main", "reset": False, "was": "", "by": "Jeanne", "reason": "x"})
    equal((w.r.exists(w.p + "errors"), w.r.exists(w.p + "ready:main:health")), (0, 0))


def test_an_open_breaker_outlives_its_declaration(env):
    w = start(env, canary=4, breaker_pct=25)
    trip(w)
    w.wait_state(rule="2 of the last 4 failed")
    w.wait_because("route-breaker")
    w.r.hdel(w.p + "route:main", "canary", "breaker_pct")
    equal(env.ctl_json("breaker", "main")["state"], "tripped")
    equal(env.ctl_json("breaker", "main", "--reset", "--reason", "x", "--by", "J")["was"], "tripped")
    w.wait_stat("ready", 16)


def test_durations_are_shown(env):
    w = start(env, count=20)
    for j in w.wait_taken(20):
        w.done(j["token"], "answered")
    w.wait_stat("done", 20)
    equal(env.ctl_json("senders")[0]["health"]["p99_ms"], 5000)
    contains(shows(env, "senders"), "99 of 100 calls are reported within 5 s")
    contains(shows(env, "status"), "99 of 100 calls are reported within 5 s")


def test_misuse_and_refusals(env):
    w = start(env, count=1, canary=1)
    w.wait_stat("ready", 1)
    misuse(env, "breaker")
    contains(misuse(env, "breaker", "main", "--reset"), "--reset needs --reason")
    contains(misuse(env, "breaker", "main", "--reason", "x"), "belongs to --reset")
    misuse(env, "breaker", "main", "--reset", "--reason", "x", "--by", "")
    fails(env, "breaker", "nowhere")
    contains(one_line(env.ctl("breaker", "main", "--reset", "--reason", "a\nb", code=None), 1), "expected why it is reset")
    for args, word in ((("", "x"), "BY"), (("J", ""), "REASON"), (("J",), "REASON")):
        try:
            w.r.fcall("licet_breaker", 1, w.p + "ready:main", *args)
            raise AssertionError(f"{args} was taken")
        except redis.exceptions.ResponseError as error:
            contains(str(error), word + " expected")
    w.r.set(w.p + "errors", "x")
    contains(fails(env, "breaker", "main", "--reset", "--reason", "x"), "should be a stream")
    equal(w.r.hget(w.p + "ready:main:health", "released"), "1", "nothing was changed")
