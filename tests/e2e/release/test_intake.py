"""What is taken in: refused with a reason, or invalid with the place where it is wrong; and every one counted."""

import json

from harness import Failure, equal, wait_until
from world import CONSENT, OPEN, UNPLACED, World, job, start


def test_refuses_with_a_reason(env):
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.r.sadd(w.p + "list:opposition", "+33600000001")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000002")
    w.r.sadd(w.p + "list:anti-prospection", "+33600000003")
    w.r.sadd(w.key("cancel"), "c4")

    def consent(**changes):
        return {k: v for k, v in {**CONSENT, **changes}.items() if v is not None}

    cases = [
        (job("o1", "+33600000001"), "opposed-platform"), (job("o2", "+33600000002"), "opposed-advertiser"),
        (job("o3", "+33600000003"), "listed"), (job("c4", "+33600000004"), "cancelled"),
        (job("n1", "+33600000011", None), "consent-missing"),
        (job("n2", "+33600000012", consent(product="cars")), "consent-scope"),
        (job("n3", "+33600000013", consent(advertiser="123456789")), "consent-scope"),
        (job("n4", "+33600000014", consent(channel="voice")), "consent-channel"),
        (job("n5", "+33600000015", consent(form=["identity"])), "consent-form"),
        (job("n6", "+33600000016", consent(proof=None)), "consent-form"),
        (job("n7", "+33600000017", consent(until="2026-11-24")), "consent-expired"),
        (job("n8", "+33600000018", consent(collected_at="2025-11-01T10:00:00Z")), "consent-expired"),
        (job("n9", "+33600000019", consent(collected_at="2026-12-01T10:00:00Z")), "consent-expired"),
        (job("k1", "0800 12 34 56"), "number-class"), (job("k2", "3615"), "number-class"), (job("k3", "01 62 00 12 34"), "number-class"),
        (job("k4", "+44 20 7946 0018"), "number-not-covered"), (job("k5", "+687 251234"), "number-not-covered"),
        (job("k6", "+33612300001", postcode="98800"), "number-not-covered"),
        (job("e1", "+33600000021", not_after="2026-11-24T10:00:00+01:00"), "job-expired"),
    ]
    # A clean one first, then the same number, id and person again.
    clean = job("a1", "+33612000001", person="p-1")
    again = [job("a2", "06 12 00 00 01"), job("a1", "+33612000002"), job("a3", "+33612000003", person="p-1")]
    w.push(clean, *again, *[c[0] for c in cases])
    env.daemon("--simulate", OPEN)
    w.wait_intake(4 + len(cases))
    refused = [(f["id"], f["reason"]) for _, f in w.r.xrange(w.key("refused"))]
    equal(sorted(refused), sorted([(c[0]["id"], c[1]) for c in cases] + [("a1", "duplicate"), ("a2", "duplicate"), ("a3", "duplicate")]))
    equal([j["id"] for j in w.take()], ["a1"])
    stats = w.balance()
    for reason in set(c[1] for c in cases) - {"cancelled"}:
        equal(stats["refused." + reason], sum(1 for c in cases if c[1] == reason), reason)
    equal(stats["cancelled"], 1)


def test_malformed_jobs_name_the_place(env):
    w = start(env)
    good = job(1)
    cases = [
        ("not json", "json-malformed", ""), ("[1]", "json-malformed", ""), ("", "json-malformed", ""), ('{"id":"x"', "json-malformed", ""),
        (b'{"id":"\xff\xfe","to":"0612345678"}', "json-malformed", ""), ('{"id":"x","id":"y","to":"0612345678"}', "json-malformed", ""),
        ('{"to":"0612345678"}', "field-missing", "id"), ('{"id":"m1"}', "field-missing", "to"),
        ('{"id":"m2","to":33612345678}', "field-malformed", "to"), ('{"id":5,"to":"0612345678"}', "field-malformed", "id"),
        ('{"id":"m3","to":"0612345678","postcod":"67000"}', "field-unknown", "postcod"),
        ('{"id":"m4","to":"0612345678","postcode":"6700"}', "field-malformed", "postcode"),
        ('{"id":"m5","to":"0612345678","postcode":"7500A"}', "field-malformed", "postcode"),
        ('{"id":"m6","to":"0612345678","not_before":"tomorrow"}', "field-malformed", "not_before"),
        ('{"id":"m7","to":"0612345678","vars":[]}', "field-malformed", "vars"),
        ('{"id":"m8","to":"0612345678","consent":{"produkt":"x"}}', "field-unknown", "consent.produkt"),
        ('{"id":"m9","to":"06 12 34 56"}', "number-malformed", "to"), ('{"id":"m10","to":"+33 692 12 34 56"}', "number-malformed", "to"),
        ('{"id":"m11","to":"0612345678","vars":{"x":"' + "y" * 9000 + '"}}', "job-too-large", ""),
        ("#attempt=7\t" + json.dumps(job("forged", "+33600000099")), "json-malformed", ""),
    ]
    w.push(*[c[0] for c in cases], good)
    w.wait_intake(len(cases) + 1)
    got = [f for _, f in env.server.connect(encoding_errors="replace").xrange(w.key("invalid"))]
    equal([(f["reason"], f["field"]) for f in got], [(c[1], c[2]) for c in cases])
    by_id = {f["id"]: f for f in got}
    equal(by_id["m3"]["hint"], "did you mean postcode?")
    equal(by_id["m3"]["position"], str(cases[10][0].index('"67000"')), "byte of the value")
    equal([j["id"] for j in w.take()], ["1"], "what stood behind them")
    equal(w.balance()["invalid"], len(cases))


ADDRESSES = [("p1", "75 001", ""), ("p2", "F-75001", ""), ("p3", "75379 CEDEX 08", ""), ("p4", "2a004", ""), ("p5", "75\u00a0001", ""), ("p6", "13001", "2a004"),
             ("h1", "97098", ""), ("h2", "97701", ""), ("h3", "00421", ""), ("h4", "00000", ""), ("h5", "75001", "97001"),
             ("r1", "98000", ""), ("r2", "98411", ""), ("r3", "99999", ""), ("r4", "75001", "99100")]


def test_postcodes_as_people_write_them(env):
    """Read, held where nobody knows of where they are, or refused as of somewhere else; none is lost as malformed."""
    w = start(env)
    for i, (name, postcode, insee) in enumerate(ADDRESSES):
        w.push(job(name, f"+3361230{i:04d}", postcode=postcode, **({"insee": insee} if insee else {})))
    w.wait_intake(len(ADDRESSES))
    equal(sorted(j["id"] for j in w.wait_taken(6)), [a[0] for a in ADDRESSES if a[0][0] == "p"])
    place = w.p + "place:metropole+alsace-moselle+guadeloupe+saint-martin+saint-barthelemy+guyane+martinique+la-reunion+mayotte" \
        "+saint-pierre-et-miquelon+nouvelle-caledonie+polynesie-francaise+wallis-et-futuna"
    equal(w.r.llen(w.key("held:" + place[len(w.p) + 6:])), 5)
    wait_until(lambda: w.r.hget(place, "why") == "place-unknown", 10, "the place to be told")
    equal((w.stat("refused.number-not-covered"), w.stat("invalid"), w.stat("held")), (4, 0, 5))
    w.wait_because("place-unknown")


def test_wrong_types_stop_only_themselves(env):
    w = start(env)
    other = World(env, w.p, "acme.other").define()
    w.r.set(w.key("queue"), "planted")
    other.push(job(1))
    equal(len(other.wait_taken(1)), 1)
    wait_until(lambda: any(f["where"] == w.key("queue") for _, f in w.r.xrange(w.p + "errors")), 10, "the error")
    w.r.delete(w.key("queue"))
    for part in ("refused", "later", "invalid", "seen", "cancel", "held:" + UNPLACED):
        w.r.set(w.key(part), "planted")
    w.push(job(10), "not json", job(11, consent=None), job(12, "0692123456"))
    other.push(job(2))
    equal(len(other.wait_taken(1)), 1)
    for part in ("refused", "later", "invalid", "seen", "cancel", "held:" + UNPLACED):
        w.r.delete(w.key(part))
    w.wait_intake(4)
    equal([j["id"] for j in w.wait_taken(1)], ["10"])
    w.balance()


def test_every_term_of_the_balance_is_there(env):
    w = start(env)
    w.push(job(1))
    w.wait_intake(1)
    stats = w.stats()
    for term in ("intake", "held", "later", "ready", "taken", "unknown", "settling", "done", "refused", "invalid", "cancelled", "erased"):
        if term not in stats:
            raise Failure(f"{term} is not in {stats}")


def test_queue_nobody_listed(env):
    w = start(env)
    w.r.rpush(w.p + "campaign:ghost:queue", "{}")
    w.r.sadd(w.p + "campaigns", "No Such Id!")
    wait_until(lambda: {f["where"] for _, f in w.r.xrange(w.p + "errors")} >= {w.p + "campaign:ghost:queue", "campaigns"}, 10,
               "both errors")
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1)
