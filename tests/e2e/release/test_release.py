"""From a queue to a lawful call in a sender's hands."""

import json

from harness import SLOW, contains, equal, wait_until
from world import BEFORE, CONSENT, OPEN, UNPLACED, World, another, job, start


def test_queue_to_done(env):
    w = start(env)
    w.push(job(1, "06 12 34 56 78", vars={"name": "Zoé", "n": 1.50, "l": []}))
    got = w.wait_taken(1)[0]
    equal(got["to"], "+33612345678")
    equal(list(got), "token campaign id to advertiser caller_id message delivery opt_out attempt released_ms not_after_ms vars".split())
    equal(got["vars"], '{"name": "Zo\\u00e9", "n": 1.5, "l": []}', "vars untouched")
    equal(got["caller_id"], "+33162001234")
    equal(w.done(got["token"], "answered", "spoke"), "OK")
    w.wait_stat("done", 1)
    entry = w.ended("done")["1"]
    equal((entry["outcome"], entry["sender"], entry["place"], entry["consent"]), ("answered", "s1", UNPLACED, "form-v3/88121"))
    facts = json.loads(entry["facts"])
    equal(facts["regimes"], ["fr-2026"])
    contains(facts["lists"], "opposition")
    equal(entry["not_after_ms"], "1795521000000", "twelve fifty in Paris")
    w.balance()
    w.wait_state(state="done", because="nothing-queued")


def test_vars_untouched_to_the_byte(env):
    w = start(env)
    text = '{"b":1e2,"a":"\\u00e9","c":[1.10,{"]":"}"}]}'
    w.push('{"vars":%s , "id":"1","to":"0612345678","consent":%s}' % (text, json.dumps(CONSENT)))
    equal(w.wait_taken(1)[0]["vars"], text)


def test_holds_until_the_window_opens(env):
    w = start(env, BEFORE)
    w.push(*[job(i) for i in range(50)])
    w.wait_intake(50, 5)
    equal(w.stat("held"), 50)
    equal(w.r.llen(w.key("held:" + UNPLACED)), 50)
    w.wait_state(state="waiting", because="outside-hours", until="2026-11-24T09:00:00Z")
    place = w.r.hgetall(w.p + "place:" + UNPLACED)
    equal((place["open"], place["next_open"]), ("no", "2026-11-24T09:00:00Z"))
    w.wait_stat("ready", 50, 20)
    got = w.take(100)
    equal(len(got), 50)
    opening = 1795510800000
    assert all(int(j["released_ms"]) >= opening for j in got), "released before the opening"
    assert min(int(j["released_ms"]) for j in got) < opening + 250 * SLOW, "the first came late"
    w.balance()


def test_later_jobs_wait_for_their_time(env):
    w = start(env, "2026-11-24T10:30:00+01:00")
    same = job(1, not_before="2026-11-24T10:30:04+01:00")
    w.push(same, same, job(2, not_before="2026-11-24T13:30:00+01:00"), job(3))
    w.wait_intake(4)
    equal(w.stat("later"), 3, "two equal jobs are two jobs")
    equal([j["id"] for j in w.take()], ["3"])
    equal([j["id"] for j in w.wait_taken(1, 15)], ["1"])
    w.wait_stat("refused.duplicate", 1)
    w.balance()


def test_concurrent_of_a_route(env):
    """Its lines, all campaigns and all senders together."""
    w = World(env).define()
    other = another(w, "acme.other")
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "concurrent": 5})
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(10)])
    other.push(*[job(f"o{i}", f"06120001{i:02}") for i in range(10)])
    wait_until(lambda: w.r.llen(w.ready) == 5, 5, "five to be ready")
    w.wait_state(because="route-full", rule="concurrent of the route")
    got = w.wait_taken(5)
    equal(w.r.llen(w.ready), 0)
    # What was released before the limit shrank is not handed over beside what is out.
    w.r.hset(w.p + "route:main", "concurrent", 12)
    wait_until(lambda: w.r.llen(w.ready) == 7, 5, "seven more")
    w.r.hset(w.p + "route:main", "concurrent", 6)
    equal(len(w.take(100, "second")), 1)
    equal(w.take(100, "second"), [])
    w.done(got[0]["token"], "answered")
    equal(len(w.take(100)), 1)
    # What nobody can read lets nothing out.
    w.r.hset(w.p + "route:main", "concurrent", "many")
    w.done(got[1]["token"], "answered")
    equal(w.take(100), [])


def test_backlog_and_rate(env):
    w = World(env).define(rate="5/s")
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 7})
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(30)])
    w.wait_intake(30, 2)
    w.wait_stat("ready", 7)
    w.wait_because("route-full")
    equal(w.balance()["held"], 23)
    got = w.take(100)
    released = sorted(int(j["released_ms"]) for j in got)
    assert released[-1] - released[0] >= 1000, f"five a second: {released}"
    w.wait_taken(23, 15)
    w.balance()
