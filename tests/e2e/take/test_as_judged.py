"""What a sender gets was judged: the take compares the definitions with those of the release, and Redis TIME with the opening."""

from harness import equal, wait_until
from world import OPEN, World, job, start_ready


def changed_and_taken(w, key, field, value):
    """In one step, so that licetd has not seen it."""
    pipe = w.r.pipeline(transaction=True)
    pipe.hset(key, field, value)
    pipe.fcall("licet_take", 1, w.ready, "s1", 100)
    return pipe.execute()[1]


def test_a_definition_that_no_rule_has_seen(env):
    w = start_ready(env, 5)
    for key, field, value in ((w.key("def"), "caller_id", "+33612345678"), (w.key("def"), "opt_out", "+33899123456"), (w.key("def"), "message", "other.wav"),
                              (w.key("def"), "sector", "energy"), (w.p + "advertiser:acme", "name", "Another"), (w.p + "advertiser:acme", "caller_ids", "+33162001299"),
                              (w.p + "source:web-2026", "status", "blocked"), (w.p + "source:web-2026", "informed", ""), (w.p + "route:main", "location", "MA")):
        before = w.r.hgetall(key)
        equal(changed_and_taken(w, key, field, value), [], f"{field} of {key}")
        if before:
            w.r.hset(key, mapping=before)
        else:
            w.r.delete(key)
        w.wait_stat("ready", 5, 20)
    w.balance()
    equal(len(w.wait_taken(5)), 5)


def test_the_same_with_licetd_stopped(env):
    w = start_ready(env, 5)
    w.daemon.stop()
    w.r.hset(w.key("def"), "caller_id", "+33612345678")
    equal(w.take(5), [])


def test_what_nobody_sees_changes_nothing(env):
    w = start_ready(env, 7)
    for i, (key, field, value) in enumerate(((w.key("def"), "priority", "9"), (w.key("def"), "weight", "3"), (w.key("def"), "concurrent", "50"), (w.key("def"), "retry", "busy:30m"),
                                             (w.p + "route:main", "backlog", "500"), (w.p + "route:main", "lease_s", "600"))):
        equal(len(changed_and_taken(w, key, field, value)) > 0 or i > 0, True, field)
    equal(w.stat("withdrawn"), 0)


def test_not_before_the_opening_by_redis_time(env):
    """The clock of licetd is ahead, as far as it may be: what it releases waits for the opening."""
    w = start_ready(env, 3)
    w.daemon.stop()
    wait_until(lambda: not w.r.xlen(w.p + "settle:main"), 5, "nothing to settle")
    entries = w.r.lrange(w.ready, 0, -1)
    # The morning window of Paris opened at ten.
    equal({e.split("\n")[0].split("\t")[20] for e in entries}, {"1795510800000"})
    w.r.delete(w.ready)
    now = int(w.r.time()[0]) * 1000
    w.r.hset(w.p + "clock", mapping={"sim_base_ms": 1795510800000 - 60000, "real_base_ms": now, "speed": 1})
    w.r.rpush(w.ready, *entries)
    equal((w.take(3), [f["reason"] for _, f in w.r.xrange(w.p + "settle:main")]), ([], ["outside-hours"] * 3))
    w.r.delete(w.p + "settle:main")
    w.r.hset(w.p + "clock", mapping={"sim_base_ms": 1795510800000 + 1000, "real_base_ms": now})
    w.r.rpush(w.ready, *entries)
    equal(len(w.take(3)), 3)


def test_an_entry_of_an_earlier_version_goes_back(env):
    w = World(env).define()
    w.push(job(1))
    daemon = env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    daemon.stop()
    head, payload = w.r.lindex(w.ready, 0).split("\n", 1)
    w.r.lset(w.ready, 0, "\t".join(head.split("\t")[:19]) + "\t\n" + payload)
    equal(w.take(1), [])
    env.daemon("--simulate", OPEN)
    equal([j["id"] for j in w.wait_taken(1)], ["1"])
    w.balance()
