"""What licetd publishes and somebody deletes is told by its name and made anew."""

from harness import equal, wait_until
from world import BEFORE, UNPLACED, job, start


def errors(w):
    return {f["where"] for _, f in w.r.xrange(w.p + "errors")}


def test_keys_that_are_deleted(env):
    w = start(env, BEFORE)
    w.push(job(1))
    w.wait_stat("held", 1)
    place = w.p + "place:" + UNPLACED
    keys = [w.p + "numbering", w.p + "routes", w.p + "clock", w.key("state"), place]
    wait_until(lambda: w.r.exists(*keys) == len(keys), 10, "all to be there")
    before = {k: w.r.hgetall(k) for k in keys if not k.endswith("routes")}
    w.r.delete(*keys)
    wait_until(lambda: w.r.exists(*keys) == len(keys), 20, "all to be made anew")
    wait_until(lambda: errors(w) >= set(keys), 20, lambda: errors(w))
    equal(w.r.smembers(w.p + "routes"), {"main"})
    equal(w.r.hgetall(w.p + "numbering"), before[w.p + "numbering"])


def test_a_campaign_that_is_taken_away(env):
    """With all that it has: nothing of it comes back."""
    w = start(env)
    w.wait_state(because="nothing-queued")
    w.r.srem(w.p + "campaigns", w.c)
    w.r.delete(*w.r.keys(w.key("*")))
    key = w.p + "numbering"
    w.r.delete(key)
    wait_until(lambda: key in errors(w), 20, lambda: errors(w))
    equal((w.r.exists(w.key("state")), errors(w)), (0, {key}))
