"""licet:out, which senders write, is made anew from the leases: nobody is called by two at once, and nobody put off for ever."""

from harness import equal, wait_until
from sender import ready
from world import job, start


def out(w):
    return w.r.hgetall(w.p + "out")


def test_made_anew_from_the_leases(env):
    w = start(env)
    w.r.hset(w.p + "route:other", "location", "FR")
    ready(w, job(1, person="p-1"), job(2), job(3))
    tokens = {j["id"]: j["token"] for j in w.take(2)}
    want = {"+33600000001": tokens["1"], "acme/p-1": tokens["1"], "+33600000002": tokens["2"]}
    equal(out(w), want)
    # A sender with its rights, or a hand, changed it: one is put off, one forgotten, one is of nobody.
    w.r.hset(w.p + "out", mapping={"+33600000002": tokens["2"] + " nobody.7", "+33600000009": "nobody.8"})
    w.r.hdel(w.p + "out", "+33600000001")
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", w.clock)
    wait_until(lambda: out(w) == want, 20, lambda: out(w))
    wait_until(lambda: any("made anew from the leases: 1 were missing, 2 were over" in f["error"] for _, f in w.r.xrange(w.p + "errors")), 10, "it to be told")
    w.r.delete(w.p + "out")
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", w.clock)
    wait_until(lambda: out(w) == want, 20, lambda: out(w))
    for token in tokens.values():
        equal(w.done(token), "OK")
    equal(out(w), {})


def test_many_leases(env):
    """More than one call looks at, on two routes."""
    w = start(env)
    ready(w, *[job(i) for i in range(900)])
    while len(out(w)) < 900:
        w.take(300)
    want = out(w)
    w.r.hdel(w.p + "out", *list(want)[::2])
    w.r.hset(w.p + "out", mapping={f"+3369{i:07d}": f"x.{i}" for i in range(700)})
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", w.clock)
    wait_until(lambda: out(w) == want, 20, lambda: len(out(w)))
