"""The number shown belongs to one professional: the first SIREN that used it (L221-17 C. conso.)."""

from harness import contains, equal
from world import OPEN, World, job

OTHER = {"name": "Beta", "siren": "732829320", "caller_ids": "+33162001234", "country": "FR", "attempts_before": "none"}


def second(env, w, campaign="beta.noel", **changes):
    w.r.hset(w.p + "advertiser:beta", mapping={**OTHER, **changes})
    w.r.hset(w.p + "source:beta", mapping={"name": "form", "collected_by": "beta", "legal_basis": "consent", "acquired_at": "2026-09-01",
                                           "informed": "notice", "status": "approved"})
    return World(env, w.p, campaign).define(advertiser="beta", source="beta")


def test_the_first_siren_keeps_its_number(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    other = second(env, w, "aaa.first-by-name")
    other.push(job(2, "+33600000002"))
    other.wait_because("campaign-rejected")
    contains(other.state()["faults"], "caller-id-unauthorised: caller_id was used first by SIREN 552100554 (L221-17 C. conso.)")
    equal((w.r.hgetall(w.p + "caller-ids"), other.stat("released")), ({"+33162001234": "552100554"}, 0))
    w.push(job(3, "+33600000003"))
    w.wait_stat("ready", 2)
    # What licetctl says is the same, and it is for good: neither stopping nor leaving changes it.
    contains(env.ctl("campaign", "show", "aaa.first-by-name").out, "used first by SIREN 552100554")
    w.r.srem(w.p + "campaigns", w.c)
    w.r.hset(w.p + "advertiser:beta", "name", "Beta SA")
    other.push(job(4, "+33600000004"))
    other.wait_because("campaign-rejected")
    # The operator gave the number to the other one: a person says so.
    w.r.hdel(w.p + "caller-ids", "+33162001234")
    other.wait_stat("ready", 2, 20)
    equal(w.r.hget(w.p + "caller-ids", "+33162001234"), "732829320")


def test_another_number_is_no_fault(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    other = second(env, w, caller_ids="+33162001234 +33162005678")
    w.r.hset(other.key("def"), "caller_id", "+33162005678")
    other.push(job(2, "+33600000002"))
    other.wait_stat("ready", 1, 20)
    equal(w.r.hgetall(w.p + "caller-ids"), {"+33162001234": "552100554", "+33162005678": "732829320"})


def test_owners_that_cannot_be_read_hold(env):
    """Nobody knows whose the number is: nothing goes out."""
    w = World(env).define()
    w.r.set(w.p + "caller-ids", "planted")
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_because("facts-unknown")
    equal((w.state()["rule"], w.stat("released")), ("caller-ids", 0))
    w.r.delete(w.p + "caller-ids")
    w.wait_stat("ready", 1, 20)
