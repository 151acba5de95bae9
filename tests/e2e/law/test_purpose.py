"""What a call is for: a service is not prospecting, and a change of purpose is on record."""

from harness import equal, wait_until
from world import World, another, consent, job, start


def test_service_lifts_bloctel_only(env):
    july = "2026-07-21T10:30:00+02:00"
    given = consent(collected_at="2026-07-01T10:00:00+02:00")
    w = World(env).define(lists=("opposition", "bloctel", "anti-prospection"), at="2026-07-20T06:00:00Z")
    for i, name in ((1, "bloctel"), (2, "anti-prospection"), (3, "opposition")):
        w.r.sadd(w.p + "list:" + name, f"+3360000000{i}")
    w.r.hset(w.p + "advertiser:acme", "service_approved", "acme.service")
    service = another(w, "acme.service", lists=(), purpose="service", service_basis="delivery of an order", sector="energy-saving")
    w.daemon = env.daemon("--simulate", july)
    w.push(*[job(i, consent=given) for i in range(1, 4)])
    service.push(*[job(i, consent=None) for i in range(1, 4)])
    w.wait_intake(3)
    service.wait_intake(3)
    equal(w.reasons(), {"1": "listed", "2": "listed", "3": "opposed-platform"})
    equal(service.reasons(), {"2": "listed", "3": "opposed-platform"})
    equal([j["id"] for j in service.wait_taken(1)], ["1"])
    w.r.delete(w.p + "list-meta:bloctel")
    w.wait_because("nothing-queued")
    w.push(job(4, consent=given))
    w.wait_because("list-missing")


def test_change_of_purpose_is_logged(env):
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    w.r.hset(w.p + "advertiser:acme", "service_approved", w.c)
    w.r.hset(w.key("def"), mapping={"purpose": "service", "service_basis": "delivery"})
    wait_until(lambda: "purpose-changed" in w.daemon.log(), 10, "it to be logged")
    wait_until(lambda: w.stat("withdrawn") >= 1, 10, "what was ready to come back")
    equal(any("purpose" in f["error"] for _, f in w.r.xrange(w.p + "errors")), True)
