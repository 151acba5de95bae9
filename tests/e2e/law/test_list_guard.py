"""Opposition lists that lose members otherwise than through our functions: put back what is proven, else hold."""

import json

from harness import contains, equal, full_speed, wait_until
from redis import ResponseError
from world import consent, job, oppose_at, start

LIST, OWN = "list:opposition", "list:opposition:acme"


def errors(w, where):
    return [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == w.p + where]


def opposed(env, count=4, scope=""):
    """Numbers 1 to count objected; the others did not."""
    w = start(env)
    for i in range(1, count + 1):
        w.oppose(f"+336{i:08d}", scope)
    w.wait_because("nothing-queued")
    return w


def lost(w, part, *commands):
    """What a hand does to the list, and jobs of all who objected in the same step: no commit may pass in between."""
    pipe = w.r.pipeline(transaction=True)
    for command in commands:
        pipe.execute_command(*command)
    pipe.rpush(w.key("queue"), *[json.dumps(job(i)) for i in range(1, 6)])
    pipe.execute()
    wait_until(lambda: any("put back" in e for e in errors(w, part)), 10, lambda: f"the oppositions to be put back: {errors(w, part)}")
    w.wait_intake(5)
    equal(w.reasons().keys(), {"1", "2", "3", "4"})
    equal([j["id"] for j in w.wait_taken(1)], ["5"])
    w.balance()


def test_what_functions_recorded_is_put_back(env):
    w = opposed(env)
    lost(w, LIST, ("DEL", w.p + LIST))


def test_unlink_of_an_advertisers_list(env):
    w = opposed(env, scope="acme")
    lost(w, OWN, ("UNLINK", w.p + OWN))


def test_a_larger_list_is_renamed_over_it(env):
    """Its size tells nothing."""
    w = opposed(env)
    w.r.sadd(w.p + "other", *[f"+337{i:08d}" for i in range(100)])
    lost(w, LIST, ("RENAME", w.p + "other", w.p + LIST))


def test_srem_by_hand(env):
    w = opposed(env)
    lost(w, LIST, ("SREM", w.p + LIST, "+33600000002", "+33600000003"))


def test_what_nobody_can_prove_holds_until_it_is_accepted(env):
    w = start(env)
    w.r.sadd(w.p + LIST, "+33600000001", "+33600000002")
    wait_until(lambda: w.r.hget(w.p + "list-meta:opposition", "floor") == "2", 10, "the size to be seen")
    w.push(job(7))
    w.wait_stat("ready", 1)
    w.r.delete(w.p + LIST)
    equal(w.take(), [], "the take asks for itself")
    w.wait_state(because="list-missing", rule="opposition")
    w.push(job(1), job(2))
    wait_until(lambda: errors(w, LIST), 10, "what vanished to be told")
    contains(errors(w, LIST)[-1], "lacks 2 members")
    contains(errors(w, LIST)[-1], "licetctl list accept opposition --reason R")
    equal(env.ctl_json("explain", w.c, "+33600000001")["reason"], "list-missing")
    equal(env.ctl_json("list", "show", "opposition")["state"], "list-missing")
    equal([x["state"] for x in env.ctl_json("status")["lists"] if x["name"] == "opposition"], ["list-missing"])
    # Some of them come back, then a person takes it as it is.
    w.r.sadd(w.p + LIST, "+33600000001")
    wait_until(lambda: w.r.hget(w.p + "list-meta:opposition", "lost") == "1", 10, "one to come back")
    env.ctl("list", "accept", "opposition", code=2)
    contains(env.ctl("list", "accept", "opposition", "--reason", "the second was a test").out, "accepted without 1 members")
    contains(env.ctl("list", "accept", "opposition", "--reason", "again", code=1).out, "lacks no members")
    equal(sorted(j["id"] for j in w.wait_taken(2)), ["2", "7"])
    equal(w.reasons(), {"1": "opposed-platform"})
    contains(errors(w, LIST)[-1], "without 1 members: the second was a test")
    w.balance()


def test_the_lawful_ways_off_a_list(env):
    """Undone, and lifted by a later consent: nothing is missing then."""
    w = opposed(env, 3)
    env.ctl("oppose", "+33600000001", "--undo", "--reason", "a mistake")
    oppose_at(w, "+33600000005", "2026-08-01T10:00:00Z")
    w.push(job(1), job(5, consent=consent(via="web")))
    w.wait_stat("ready", 2)
    wait_until(lambda: w.r.hmget(w.p + "list-meta:opposition", "floor", "taken_off") == ["2", "1"], 10, lambda: w.r.hgetall(w.p + "list-meta:opposition"))
    equal(w.r.hmget(w.p + "list-meta:opposition:acme", "floor", "taken_off"), ["0", "1"])
    equal(sorted(j["id"] for j in w.wait_taken(2)), ["1", "5"])
    equal([e for e in errors(w, LIST) + errors(w, OWN) if "lack" in e or "put back" in e], [])


def test_an_older_copy(env):
    """List, meta and dates as they were before somebody objected: licetd remembers how far they were."""
    w = opposed(env, 2)
    keys = [w.p + k for k in (LIST, "list-meta:opposition", "oppositions:dated")]
    raw = env.server.connect(decode_responses=False)
    old = [raw.dump(k) for k in keys]
    w.oppose("+33600000003")
    # licet_oppose counts as well: what tells that licetd has looked since is that it takes this off.
    w.r.hset(keys[1], "lost", "5")
    wait_until(lambda: w.r.hget(keys[1], "lost") is None, 10, "the size to be seen")
    w.push(job(9))
    w.wait_stat("ready", 1)
    pipe = raw.pipeline(transaction=True)
    for key, value in zip(keys, old):
        pipe.restore(key, 0, value, replace=True)
    pipe.execute()
    w.wait_state(because="list-missing", rule="opposition")
    equal(w.take(), [])


def test_a_scrub_list_smaller_than_its_meta_says(env):
    w = start(env)
    w.r.sadd(w.p + "list:anti-prospection", *[f"+337{i:08d}" for i in range(500)])
    w.r.hset(w.p + "list-meta:anti-prospection", mapping={"refreshed_at": "2026-11-24T06:00:00Z", "source": "x", "count": "501"})
    w.push(job(1))
    w.wait_state(because="list-missing", rule="anti-prospection")
    equal(w.take(), [])
    w.r.sadd(w.p + "list:anti-prospection", "+33799999999")
    equal(len(w.wait_taken(1)), 1)


def test_members_that_no_plan_has(env):
    """E.164 in shape alone: nobody is called there, and who meant it is called."""
    w = start(env)
    w.r.sadd(w.p + LIST, "+330612345678")
    w.push(job(1))
    w.wait_state(because="list-malformed", rule="opposition")
    contains(env.ctl("list", "mend", "opposition", code=1).out, "1 left that are no number")
    w.r.sadd(w.p + LIST, "06 00 00 00 01", "0600000002", "+33 (0)6 00 00 00 02", "+44 20 7946 0000")
    contains(env.ctl("list", "mend", "opposition", "--drop").out, "4 members written as E.164 numbers, 1 taken off, 0 left")
    equal(w.r.smembers(w.p + LIST), {"+33600000001", "+33600000002", "+442079460000"})
    w.wait_stat("refused.opposed-platform", 1)
    equal(env.ctl("list", "mend", "opposition").out, "opposition: 0 members written as E.164 numbers, 0 taken off, 0 left that are no number\n")


def test_a_malformed_member_taken_off_by_hand(env):
    """It protected nobody: the list lacks nothing then."""
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    w.r.sadd(w.p + OWN, "+330612345678")
    w.wait_state(because="list-malformed", rule="opposition:acme")
    w.r.srem(w.p + OWN, "+330612345678")
    equal(len(w.wait_taken(1)), 1)


def test_accept_and_guard_refuse(env):
    w = start(env)
    meta = w.p + "list-meta:opposition"
    for args, error in (((w.p + "opposition", "me", "why"), "KEY"), ((meta, "", "why"), "BY"), ((meta, "me", ""), "REASON"), ((meta, "me", "a\nb"), "REASON")):
        try:
            w.r.fcall("licet_accept", 1, *args)
            raise AssertionError(f"taken: {args}")
        except ResponseError as e:
            equal(str(e).split()[0], error)
    equal(w.r.fcall("licet_accept", 1, meta, "me", "why"), 0)


@full_speed
def test_counts_that_are_no_numbers(env):
    """No comparison with nan is true: it was once no floor at all."""
    w = start(env, lists=("opposition", "bloctel"))
    w.r.sadd(w.p + LIST, "+33600000001", "+33600000002")
    meta = w.p + "list-meta:opposition"
    wait_until(lambda: w.r.hget(meta, "floor") == "2", 10, "the size to be seen")
    for odd in ("nan", "inf", "x", "-1", "1.5"):
        w.r.hset(meta, "floor", odd)
        wait_until(lambda: w.r.hget(meta, "floor") == "2", 10, lambda odd=odd: f"the floor {odd} to be counted anew")
    for name in ("nan", "x"):
        w.r.hset(meta, "lost", name)
        wait_until(lambda: w.r.hget(meta, "lost") in (None, "0"), 10, "what is lost to be counted anew")
    w.push(job(7))
    w.wait_stat("ready", 1)
    w.daemon.kill()
    w.r.hset(meta, "floor", "nan")
    equal(w.take(), [], "a floor of nan")
    equal([f["reason"] for _, f in w.r.xrange(w.p + "settle:main")], ["list-missing"])


def test_what_is_recorded_again_was_missing(env):
    """A server that takes over has neither members nor dates of the last moment. Recorded again, with the time at which they were said, they are
    those that it lacks; who says no now is one more."""
    w = opposed(env)
    wait_until(lambda: w.r.hget(w.p + "list-meta:opposition", "floor") == "4", 10, "the size to be seen")
    w.r.pipeline(transaction=True).srem(w.p + LIST, "+33600000002", "+33600000003").hdel(w.p + "oppositions:dated", "+33600000002", "+33600000003").execute()
    wait_until(lambda: w.r.hget(w.p + "list-meta:opposition", "lost") == "2", 10, lambda: f"two to be missing: {w.r.hgetall(w.p + 'list-meta:opposition')}")
    w.push(job(7))
    w.wait_state(because="list-missing", rule="opposition")
    w.oppose("+33600000009")
    equal(oppose_at(w, "+33600000002", "2026-11-24T09:00:00+01:00", "")[0], 1)
    wait_until(lambda: w.r.hget(w.p + "list-meta:opposition", "lost") == "1", 10, lambda: f"one to be missing: {w.r.hgetall(w.p + 'list-meta:opposition')}")
    equal(oppose_at(w, "+33600000003", "2026-11-24T09:00:00+01:00", "")[0], 1)
    w.wait_stat("ready", 1)
    equal(w.r.hmget(w.p + "list-meta:opposition", "floor", "lost", "lost_ms"), ["5", None, None])
