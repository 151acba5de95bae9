"""A precise time that the person asked for."""

from harness import equal, full_speed
from world import World, another, consent, job, start

SATURDAY = "2026-11-28T20:59:58+01:00"  # two seconds before nine in the evening
SLOT = "2026-11-28T21:00:00+01:00"


def test_slot_rings_out_of_hours_once(env):
    w = start(env, SATURDAY)
    w.push(job(1, consent=consent(slot=SLOT)), job(2), job(3, consent=consent(slot="2026-11-28T20:30:00+01:00")))
    w.wait_intake(3)
    w.wait_stat("ready", 1)
    got = w.take()
    equal([(j["id"], int(j["not_after_ms"])) for j in got], [("1", 1795896900000)], "a quarter of an hour")
    equal(int(got[0]["released_ms"]) >= 1795896000000, True, "not before nine")
    equal(w.reasons(), {"3": "consent-expired"})
    equal(w.stat("held"), 1)
    # The same consent, in another campaign of the advertiser: it was used.
    other = another(w, "acme.other")
    other.push(job(1, consent=consent(slot=SLOT)))
    other.wait_intake(1)
    equal({i: (f["reason"], f["rule"]) for i, f in other.ended("refused").items()}, {"1": ("consent-expired", "slot")})
    w.balance()
    other.balance()


def test_slot_that_was_taken_back_may_ring_still(env):
    w = start(env, SATURDAY)
    w.push(job(1, consent=consent(slot=SLOT)))
    w.wait_stat("ready", 1)
    w.r.hset(w.key("def"), "status", "paused")
    w.wait_stat("ready", 0)
    w.balance()
    other = another(w, "acme.other")
    other.push(job(1, consent=consent(slot=SLOT)))
    other.wait_stat("ready", 1)
    equal(len(other.take()), 1)


@full_speed
def test_slot_that_finds_the_route_full(env):
    """It does not wait for the window of its place, which opens on Monday."""
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 1})
    w.daemon = env.daemon("--simulate", SATURDAY)
    w.push(job(1, consent=consent(slot=SLOT)), job(2, consent=consent(slot=SLOT)))
    w.wait_stat("ready", 1)
    equal(len(w.wait_taken(2, 30)), 2)
    w.balance()
