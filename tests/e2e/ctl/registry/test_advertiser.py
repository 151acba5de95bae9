"""A SIREN is that of the first advertiser's id that used it, for good."""

from checks import misuse
from harness import contains, equal, wait_until
from world import OPEN, World, consent, job

SIREN = "552100554"


def twin(w, id_="abel"):
    """A second id of the same company; by name it comes first."""
    w.r.hset(w.p + "advertiser:" + id_, mapping={**w.r.hgetall(w.p + "advertiser:acme"), "name": "Twin"})
    return World(w.env, w.p, id_ + ".one").define(advertiser=id_)


def test_the_first_keeps_it(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    equal(w.r.hgetall(w.p + "sirens"), {SIREN: "acme"})
    other = twin(w)
    other.push(job(2))
    other.wait_state(because="campaign-rejected")
    contains(other.state()["faults"], "siren is that of advertiser acme")
    equal([j["id"] for j in w.wait_taken(1)], ["1"])
    # Unlisted, opposed or not: it stays the first's.
    w.r.srem(w.p + "campaigns", w.c)
    contains(env.ctl("campaign", "put", other.c, "rate", "6/s", code=1).out, "siren is that of advertiser acme")
    equal(env.ctl("advertiser", "release", SIREN, "--reason", "a mistake", code=1).err.count("acme has called"), 1)
    equal(other.stat("intake"), 0)


def test_released_while_nobody_was_called(env):
    w = World(env).define(status="paused")
    w.r.hset(w.p + "sirens", SIREN, "acme")
    other = twin(w)
    env.daemon("--simulate", OPEN)
    other.push(job(1, consent=consent(advertiser=SIREN)))
    other.wait_state(because="campaign-rejected")
    contains(env.ctl("advertiser", "release", SIREN, "--reason", "it was a test").out, "was advertiser acme's, and is free")
    equal([j["id"] for j in other.wait_taken(1, 20)], ["1"])
    equal(w.r.hgetall(w.p + "sirens"), {SIREN: "abel"})
    contains([f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == "sirens"][0], "released by")
    contains(env.ctl("advertiser", "release", "732829320", "--reason", "x", code=1).out, "no advertiser has used it")
    for words in (("release", SIREN), ("release", "1", "--reason", "x"), ("release",)):
        misuse(env, "advertiser", *words)


def test_owners_that_cannot_be_read_hold(env):
    w = World(env).define()
    w.r.set(w.p + "sirens", "planted")
    w.push(job(1))
    env.daemon("--simulate", OPEN)
    w.wait_state(because="facts-unknown", rule="sirens")
    w.r.delete(w.p + "sirens")
    wait_until(lambda: w.stat("ready") == 1, 20, lambda: w.state())


def test_a_client_speaks_for_itself_alone(env):
    """Who may write acme.* alone is not to speak in another's name."""
    w = World(env).define()
    w.r.hset(w.p + "advertiser:beta", mapping={"name": "Beta", "siren": "732829320", "caller_ids": "+33162001299", "country": "FR", "attempts_before": "none"})
    evil = World(env, w.p, "acme.evil").define(advertiser="beta", caller_id="+33162001299")
    own, other = World(env, w.p, "beta.one").define(advertiser="beta", caller_id="+33162001299"), World(env, w.p, "spring.one").define()
    env.daemon("--simulate", OPEN)
    evil.push(job(1, consent=consent(advertiser="732829320")))
    evil.wait_state(because="campaign-rejected")
    contains(evil.state()["faults"], "advertiser: expected acme, whose campaigns begin with acme.")
    contains(env.ctl("campaign", "put", evil.c, "rate", "5/s", code=1).out, "expected acme")
    own.push(job(2, consent=consent(advertiser="732829320")))
    other.push(job(3))
    own.wait_stat("ready", 1)
    other.wait_stat("ready", 1)
    # Declared later, it takes back what is ready.
    w.r.hset(w.p + "advertiser:spring", "name", "Spring")
    other.wait_state(20, because="campaign-rejected")
