"""Scrub lists that licetctl loaded: packed, asked at the commit, told by their version at the take."""

import os

from checks import fails, shows, write
from harness import contains, equal, full_speed, wait_until
from world import consent, job, packed, start

NAME = "anti-prospection"
KEY, META = "list:" + NAME, "list-meta:" + NAME


def load(env, *numbers, words=()):
    return env.ctl_json("list", "load", NAME, write(env, "list.csv", *numbers), "--source", "x", "--force", *words)


def number(i):
    return f"+336{i:08d}"


def told(w, key):
    return [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == w.p + key]


def test_who_is_on_it(env):
    """At the borders of buckets, in them, beside them: the commit, explain, check, dossier and subject agree."""
    w = start(env)
    # 33600000000 is 2048 * 16406250.
    on = [0, 1, 127, 128, 2047, 2048, 4095, 5000, 99999999]
    beside = [2, 126, 129, 2046, 2049, 4094, 4096, 4999, 5001, 99999998]
    equal(load(env, *map(number, on), number(1))["count"], len(on))
    equal(packed(w, NAME), set(map(number, on)))
    equal((w.r.type(w.p + KEY), w.r.ttl(w.p + KEY), w.r.hget(w.p + META, "buckets")), ("hash", -1, "4"))
    for i in on + beside:
        equal(env.ctl_json("list", "check", NAME, number(i), code=None)["on"], i in on, i)
    w.push(*[job(i) for i in on + beside])
    w.wait_intake(len(on + beside))
    equal(w.reasons(), {str(i): "listed" for i in on})
    equal(env.ctl_json("explain", w.c, number(128), code=None)["reason"], "listed")
    equal(env.ctl_json("explain", w.c, number(126), code=None)["reason"], "allowed")
    contains(shows(env, "dossier", number(128)), f"On the list {NAME}")
    contains(shows(env, "subject", "show", number(128)), KEY)
    equal([x["count"] for x in env.ctl_json("status")["lists"] if x["name"] == NAME], [len(on)])
    equal(env.ctl_json("list", "show", NAME)["count"], len(on))
    equal({j["to"] for j in w.wait_taken(len(beside))}, set(map(number, beside)))
    w.balance()


def test_a_new_version_takes_back_what_is_ready(env):
    """No sender reads a packed list: what was judged by another version goes back, and is judged anew."""
    w = start(env)
    load(env, number(90))
    w.push(job(1), job(2))
    w.wait_stat("ready", 2)
    contains(w.r.lrange(w.ready, 0, 0)[0], f"{NAME}@{w.r.hget(w.p + META, 'version')}")
    load(env, number(1), number(90))
    equal(w.take(), [])
    w.wait_stat("refused.listed", 1)
    equal([j["id"] for j in w.wait_taken(1)], ["2"])
    # A set becomes packed, and a packed list a set, while something is ready.
    w.push(job(3))
    w.wait_stat("ready", 1)
    w.r.delete(w.p + KEY)
    w.r.sadd(w.p + KEY, number(3))
    equal(w.take(), [])
    wait_until(lambda: w.r.hexists(w.p + META, "version") == 0, 10, "its meta to say that it is a set")
    w.r.hset(w.p + META, "count", 1)
    w.wait_stat("refused.listed", 2)
    w.push(job(4))
    w.wait_stat("ready", 1)
    load(env, number(4))
    equal(w.take(), [])
    w.wait_stat("refused.listed", 3)
    w.balance()


def test_the_list_goes_away(env):
    """Deleted, or without some of its buckets: nothing goes out until it is back."""
    w = start(env)
    load(env, *[number(2048 * i) for i in range(10)])
    w.push(job(1))
    w.wait_stat("ready", 1)
    w.r.rename(w.p + KEY, w.p + "gone")
    equal(w.take(), [])
    w.wait_state(because="list-missing", rule=NAME)
    wait_until(lambda: told(w, KEY), 10, "what vanished to be told")
    contains(told(w, KEY)[-1], "lacks 10 ")
    w.r.rename(w.p + "gone", w.p + KEY)
    w.wait_stat("ready", 1)
    some = w.env.server.connect(decode_responses=False).hgetall(w.p + KEY)
    w.r.hdel(w.p + KEY, list(some)[0])
    w.wait_state(because="list-missing", rule=NAME)
    equal(w.take(), [])
    contains(env.ctl("list", "accept", NAME, "--reason", "a test").out, "accepted without 1 ")
    equal(len(w.wait_taken(1)), 1)
    equal(w.r.hget(w.p + META, "buckets"), "9")


@full_speed
def test_a_hash_that_is_no_packed_list(env):
    """Without a version, or with buckets that nobody packed: held, and told."""
    w = start(env)
    load(env, number(90))
    w.push(job(1))
    w.wait_stat("ready", 1)
    raw = w.env.server.connect(decode_responses=False)
    odd = ((b"16406250", b"\x80"), (b"x", b"\x80\x01"), (b"7", b"\x80\x01"), (b"16406251", b"\x80\x80"), (b"16406252", b""), (b"016406252", b"\x80\x01"),
           (b"16406252", b"\x90\x01"), (b"9999999999999", b"\x80\x01"))
    for field, value in odd[:None if "LICET_SLOW" in os.environ else 2]:
        before = raw.hget(w.p + KEY, field)
        raw.hset(w.p + KEY, field, value)
        w.wait_state(because="list-malformed", rule=NAME)
        if before is None:
            raw.hdel(w.p + KEY, field)
        else:
            raw.hset(w.p + KEY, field, before)
        w.wait_stat("ready", 1)
    version = w.r.hget(w.p + META, "version")
    w.r.hdel(w.p + META, "version")
    equal(w.take(), [])
    w.wait_state(because="list-malformed", rule=NAME)
    for odd in ("a,b", "a!b", "a@b", "x" * 40, "A"):
        w.r.hset(w.p + META, "version", odd)
        wait_until(lambda: env.ctl_json("explain", w.c, number(1))["reason"] == "list-malformed", 10, odd)
        equal(w.take(), [])
    w.r.hset(w.p + META, "version", version)
    equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_a_load_that_fails_changes_nothing(env):
    w = start(env)
    load(env, *map(number, range(10)))
    before = (packed(w, NAME), w.r.hget(w.p + META, "version"))
    contains(fails(env, "list", "load", NAME, write(env, "two.csv", number(1), number(2))), "shrink from 10 to 2")
    contains(env.ctl("list", "load", NAME, write(env, "bad.csv", number(1), "hello"), code=1).err, "nothing was changed")
    equal((packed(w, NAME), w.r.hget(w.p + META, "version")), before)
    equal([k for k in w.r.scan_iter(w.p + KEY + ":*")], [])


@full_speed
def test_large(env):
    """Walked to its end, small, and lifted by no consent."""
    w = start(env)
    raw = w.env.server.connect(decode_responses=False)
    loaded = load(env, *[number(3 * i) for i in range(200000)])
    equal(loaded["count"], 200000)
    equal(packed(w, NAME), {number(3 * i) for i in range(200000)})
    used = raw.memory_usage(w.p + KEY, samples=0)
    if used > 200000 * 4:
        raise AssertionError(f"{used} bytes for 200,000 numbers")
    w.push(job(2, to=number(2)), job(3, to=number(3), consent=consent(via="web")))
    w.wait_intake(2)
    equal(w.reasons(), {"3": "listed"})
    equal([j["id"] for j in w.wait_taken(1)], ["2"])
