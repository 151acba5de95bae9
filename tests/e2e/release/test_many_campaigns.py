"""Hundreds of campaigns: what is queued in one of them is found without a look at the others."""

from harness import equal, wait_until
from world import World, job, OPEN

MANY = 600


def many(env):
    w = World(env).define()
    definition, pipe = w.r.hgetall(w.key("def")), w.r.pipeline(transaction=False)
    for i in range(MANY):
        pipe.hset(f"{w.p}campaign:acme.m{i}:def", mapping=definition)
    pipe.sadd(w.p + "campaigns", *[f"acme.m{i}" for i in range(MANY)])
    pipe.execute()
    w.daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: w.r.hget(f"{w.p}campaign:acme.m{MANY - 1}:state", "because") == "nothing-queued", 20, "all to be read")
    return w


def calls(w, *names):
    stats = w.r.info("commandstats")
    return [stats.get("cmdstat_" + n, {"calls": 0})["calls"] for n in names]


def test_a_push_to_one_of_many(env):
    w = many(env)
    w.wait_because("nothing-queued")
    [before] = calls(w, "smembers")
    for i in range(1, 11):
        w.push(job(i))
        w.wait_stat("ready", i)
    [taken] = w.take(1)
    w.done(taken["token"])
    w.wait_stat("done", 1)
    # The first job makes a route and a history known, which are watched from then on.
    equal(calls(w, "smembers")[0] - before <= 3, True, "all are read anew for a push")
    # A definition is still watched.
    w.r.hset(w.key("def"), "status", "paused")
    w.wait_state(state="paused")
    wait_until(lambda: w.r.llen(w.ready) == 0, 10, "what was ready to come back")
    w.r.hset(w.key("def"), "status", "running")
    w.wait_stat("ready", 9)
    w.balance()


def test_many_become_few(env):
    """What was asked for is watched again, and the other way round."""
    w = many(env)
    w.r.srem(w.p + "campaigns", *[f"acme.m{i}" for i in range(MANY - 5)])
    [heartbeat] = w.r.keys(w.p + "daemon:*")
    wait_until(lambda: w.r.hget(heartbeat, "campaigns") == "6", 20, "the others to be forgotten")
    for i in range(1, 4):
        w.push(job(i))
        w.wait_stat("ready", i)
    w.r.sadd(w.p + "campaigns", *[f"acme.m{i}" for i in range(MANY)])
    w.push(job(4))
    w.wait_stat("ready", 4)
    [taken] = w.take(1)
    w.done(taken["token"])
    w.wait_stat("done", 1)
    w.balance()


def test_what_stays_is_judged_by_what_stays(env):
    """Two campaigns go before a third whose SIREN nobody has claimed: it is compared with the others', and these are gone."""
    w = World(env).define()
    second = World(env, campaign="acme.second").define()
    daemon = env.daemon("--simulate", OPEN)
    for each in (w, second):
        each.wait_because("nothing-queued")
    third = World(env, campaign="zeta.third").define(advertiser="zeta", caller_id="+33162009999", status="paused")
    third.r.rename(w.p + "advertiser:acme", w.p + "advertiser:zeta")
    third.r.hset(w.p + "advertiser:zeta", mapping={"siren": "732829320", "caller_ids": "+33162009999"})
    third.r.hset(w.p + "source:web-2026", "collected_by", "zeta")
    third.wait_state(state="paused")
    w.r.srem(w.p + "campaigns", w.c, second.c)
    [heartbeat] = w.r.keys(w.p + "daemon:*")
    wait_until(lambda: w.r.hget(heartbeat, "campaigns") == "1", 20, "the others to be forgotten")
    third.r.hset(third.key("def"), "status", "running")
    third.wait_because("nothing-queued")
    equal(daemon.process.poll(), None, "licetd goes on")
