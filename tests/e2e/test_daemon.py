"""licetd against a real redis-server: from a queue to a lawful call in a sender's hands."""

import glob

from harness import contains, equal, wait_until
from world import OPEN, World, job, start


def test_window_closing(env):
    """The last releases are at 12:49:59; what is ready at 12:50:00 comes back."""
    w = start(env, "2026-11-24T12:49:57+01:00")
    w.push(*[job(i) for i in range(20)])
    w.wait_stat("ready", 20)
    equal(len(w.take(5)), 5)
    w.wait_stat("held", 15, 10)
    equal(w.take(100), [])
    w.wait_state(because="window-closing", until="2026-11-24T13:00:00Z")
    w.push(job(99))
    w.wait_stat("held", 16)
    w.balance()


def test_halts(env):
    w = start(env)
    for i, scope in enumerate(("all", "advertiser:acme", "source:web-2026", "route:main")):
        w.r.hset(w.p + "halt", scope, "the message is wrong")
        w.push(job(scope, f"+336120000{i:02d}"))
        w.wait_state(because="halted", rule=scope, note="the message is wrong")
        equal(w.take(), [])
        w.r.hdel(w.p + "halt", scope)
        w.wait_stat("ready", 1)
        w.r.hset(w.p + "halt", scope, "again")
        equal(w.take(), [], "while ready")
        w.r.hdel(w.p + "halt", scope)
        equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_lists_missing_stale_malformed(env):
    w = start(env, lists=())
    w.push(job(1))
    w.wait_because("list-missing")
    equal(w.take(), [])
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-25T00:00:00Z")
    w.wait_because("list-stale")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-10-01T00:00:00Z")
    w.wait_because("list-stale")
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.delete(w.p + "list-meta:opposition")
    equal(w.take(), [], "a meta that goes between release and take")
    w.wait_because("list-missing")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-20T00:00:00Z")
    w.r.set(w.p + "list:opposition", "planted")
    wait_until(lambda: any("list:opposition" in f["where"] for _, f in w.r.xrange(w.p + "errors")), 10, "the error to be said")
    equal(w.take(), [])
    w.r.delete(w.p + "list:opposition")
    equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_clock_in_doubt(env):
    """A daemon whose clock is not that of Redis releases nothing."""
    library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
    w = World(env).define()
    env.extra = {"LD_PRELOAD": library, "FAKETIME": "+10s", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    fast = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_because("clock-doubt")
    equal((w.stat("intake"), w.take()), (0, []))
    contains(fast.log(), "clock-doubt")
    fast.stop()
    env.extra = {}
    env.daemon("--simulate", OPEN)
    equal(len(w.wait_taken(1)), 1)
