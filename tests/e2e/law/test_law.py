"""The law at work: consents, precise times, registered forms, oppositions and what lifts them."""

import json
import os

from harness import ROOT, equal, wait_until
from world import CONSENT, OPEN, World, job, start

SATURDAY = "2026-11-28T20:59:58+01:00"  # two seconds before nine in the evening
SLOT = "2026-11-28T21:00:00+01:00"
FORM = {"product": "toys", "channel": "automated-voice", "mentions": "identity choice period withdrawal proof",
        "bases": "L223-1 L34-5", "act": "ticked-box", "wording_hash": "sha256:ab12", "from": "2026-08-15", "approved_by": "A. Martin"}


def consent(**changes):
    c = {**CONSENT, **changes}
    return {k: v for k, v in c.items() if v is not None}


def another(w, name, **definition):
    return World(w.env, w.p, name).define(**definition)


# -- a precise time that the person asked for


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


def test_slot_that_finds_the_route_full(env):
    """It does not wait for the window of its place, which opens on Monday."""
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 1})
    w.daemon = env.daemon("--simulate", SATURDAY)
    w.push(job(1, consent=consent(slot=SLOT)), job(2, consent=consent(slot=SLOT)))
    w.wait_stat("ready", 1)
    equal(len(w.wait_taken(2, 30)), 2)
    w.balance()


# -- registered forms


def test_registered_form(env):
    w = start(env)
    w.r.hset(w.p + "form:web-v3", mapping=FORM)
    w.r.hset(w.p + "form:draft", mapping={**FORM, "approved_by": ""})
    w.push(job(1, consent=consent(form="web-v3")), job(2, consent=consent(form="nobody-knows")), job(3, consent=consent(form="draft")),
           job(4, consent=consent(form="No Such Name")))
    w.wait_intake(4)
    equal({i: (f["reason"], f["rule"]) for i, f in w.ended("refused").items()},
          {"2": ("consent-form", "form-unknown"), "3": ("consent-form", "form-unapproved"), "4": ("consent-form", "form-unknown")})
    w.wait_stat("ready", 1)
    # A consent of the registry may name it too.
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000005", '{"product":"toys","channel":"automated-voice",'
              '"collected_at":"2026-09-01T10:12:00+02:00","until":"2027-08-31","form":"web-v3","proof":"x"}')
    w.push(job(5, consent=None))
    w.wait_stat("ready", 2)
    # A form that is taken away takes back what rests on it.
    w.r.hdel(w.p + "form:web-v3", "approved_by")
    w.wait_stat("refused.consent-form", 5)
    equal((w.take(), w.stat("ready")), ([], 0))
    w.balance()


def test_form_that_changes_is_asked_at_the_commit(env):
    """A form registered after a job was refused: the next job sees it."""
    w = start(env)
    w.push(job(1, consent=consent(form="late")))
    w.wait_stat("refused.consent-form", 1)
    w.r.hset(w.p + "form:late", mapping=FORM)
    wait_until(lambda: w.push(job(2 + w.stat("intake"), consent=consent(form="late"))) or w.stat("released") > 0, 10, "the form to be read")


# -- oppositions


def oppose_at(w, number, event, scope="acme", person=""):
    name = "opposition" + (":" + scope if scope else "")
    return w.r.fcall("licet_oppose", 1, w.p + "list:" + name, number, "web", "said no", event, person)


def test_later_consent_lifts_an_opposition(env):
    w = start(env)
    for i in range(1, 8):
        oppose_at(w, f"+3360000000{i}", "2026-08-20T10:00:00+02:00")
    oppose_at(w, "+33600000008", "2026-10-01T10:00:00+02:00")
    oppose_at(w, "+33600000009", "2026-08-20T10:00:00+02:00", scope="")
    later = consent(via="web")
    w.push(job(1, consent=later), job(2), job(3, consent=consent(via="phone")),
           job(4, consent=consent(via="web", collected_at="2026-08-19T10:00:00+02:00")), job(5, consent=consent(via="web", product="wine")),
           job(8, consent=consent(via="web", collected_at="2026-10-02T10:00:00+02:00")), job(9, consent=later))
    w.wait_intake(7)
    opposed = "opposed-advertiser"
    equal(w.reasons(), {"2": opposed, "3": opposed, "4": opposed, "5": opposed, "8": opposed, "9": "opposed-platform"})
    equal([j["id"] for j in w.take()], ["1"])
    # It left the list, and that is on record: a new objection is one again.
    equal(w.r.sismember(w.p + "list:opposition:acme", "+33600000001"), 0)
    last = w.r.xrevrange(w.p + "oppositions", "+", "-", 1)[0][1]
    equal((last["number"], last["kind"], last["by"]), ("+33600000001", "lifted", w.c))
    w.r.sadd(w.p + "list:opposition:acme", "+33600000001")
    other = another(w, "acme.other")
    other.push(job(1, consent=later))
    other.wait_intake(1)
    equal(other.reasons(), {"1": opposed}, "SADDed by hand: it has no date")
    # From the registry, and only when the job goes out: a campaign that is paused lifts nothing.
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000006", '{"product":"toys","channel":"automated-voice","via":"shop",'
              '"collected_at":"2026-09-01T10:12:00+02:00","until":"2027-08-31","form":["identity","choice","period","withdrawal","proof"],"proof":"x"}')
    other.r.hset(other.key("def"), "status", "paused")
    other.wait_state(state="paused")
    other.push(job(6, consent=None))
    other.wait_stat("held", 1)
    equal(w.r.sismember(w.p + "list:opposition:acme", "+33600000006"), 1)
    other.r.hset(other.key("def"), "status", "running")
    equal([j["id"] for j in other.wait_taken(1)], ["6"])
    equal(w.r.sismember(w.p + "list:opposition:acme", "+33600000006"), 0)
    w.balance()
    other.balance()


def test_refusal_in_a_call(env):
    """No less than sixty full days, even with a consent that came later."""
    w = World(env).define(at="2026-09-21T00:00:00Z")
    w.daemon = env.daemon("--simulate", "2026-09-21T10:30:00+02:00")
    w.push(job(1))
    got = w.wait_taken(1)
    w.done(got[0]["token"], "refused")
    w.daemon.stop()
    later = consent(via="web", collected_at="2026-09-22T10:00:00+02:00")
    w.daemon = env.daemon("--simulate", "2026-11-20T10:30:00+01:00")  # the sixtieth day
    second = another(w, "acme.second", at="2026-11-20T00:00:00Z")
    second.push(job(1, consent=later))
    second.wait_intake(1)
    equal(second.reasons(), {"1": "refusal"})
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", "2026-11-23T10:30:00+01:00")
    third = another(w, "acme.third", at="2026-11-23T00:00:00Z")
    third.push(job(1, consent=later))
    equal(len(third.wait_taken(1)), 1)


def test_opposition_by_hand_and_then_dated(env):
    """What was SADDed by hand first keeps no date, whatever is reported later."""
    w = start(env)
    w.r.sadd(w.p + "list:opposition:acme", "+33600000001")
    equal(oppose_at(w, "+33600000001", "2026-08-20T10:00:00+02:00")[0], 0)
    w.push(job(1, consent=consent(via="web")))
    w.wait_stat("refused.opposed-advertiser", 1)


def test_person_is_checked_too(env):
    w = start(env)
    oppose_at(w, "+33611000001", "2026-08-20T10:00:00+02:00", person="p-1")
    oppose_at(w, "+33611000002", "2026-08-20T10:00:00+02:00", scope="", person="p-2")
    w.push(job(1, person="p-1"), job(2, person="p-2"), job(3, person="p-3"), job(4, person="p-1", consent=consent(via="web")),
           job(5, person="p-4", not_before="2026-11-24T10:31:00+01:00"))
    w.wait_intake(5)
    equal(w.reasons(), {"1": "opposed-advertiser", "2": "opposed-platform"})
    w.wait_stat("ready", 2)
    # The person says no on another number while a job is ready, and while one is out.
    equal(oppose_at(w, "+33611000003", "", person="p-3"), [1, 1, 0])
    equal([j["id"] for j in w.take()], ["4"])
    equal(oppose_at(w, "+33611000004", "", person="p-1"), [1, 0, 1])
    equal([f["reason"] for _, f in w.r.xrange(w.p + "recall:main")], ["opposed-advertiser"])
    w.wait_stat("refused", 3)
    w.balance()


def test_person_is_checked_at_the_take(env):
    """An opposition that withdrew nothing, as a long ready list is not searched to its end."""
    w = start(env)
    w.push(job(1, person="p-1"))
    w.wait_stat("ready", 1)
    w.r.hset(w.p + "oppositions:dated:acme", "p:p-1", "1795512600000 1795512600000 o")
    equal(w.take(), [])
    w.wait_stat("refused.opposed-advertiser", 1)
    w.balance()


def test_undo_is_recorded(env):
    w = start(env)
    oppose_at(w, "+33600000001", "", scope="")

    def undo(*words):
        return w.r.fcall("licet_unoppose", 1, w.p + "list:opposition", *words)
    for words, expected in ((("+33600000001", "", "why"), "BY"), (("+33600000001", "eve", ""), "REASON"), (("1", "eve", "why"), "NUMBER")):
        try:
            undo(*words)
            raise AssertionError(f"{words} was accepted")
        except Exception as error:  # pylint: disable=broad-except
            equal(str(error).split()[0], expected)
    equal(undo("+33600000001", "eve", "a mistyped number"), 1)
    equal(undo("+33600000001", "eve", "again"), 0)
    last = w.r.xrevrange(w.p + "oppositions", "+", "-", 1)[0][1]
    equal((last["kind"], last["by"], last["reason"]), ("undone", "eve", "a mistyped number"))
    w.push(job(1))
    w.wait_stat("ready", 1)


# -- service, Bloctel, purposes


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


# -- instances that disagree


def test_rulebooks_that_differ_hold(env):
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    other = os.path.join(env.folder, "other.conf")
    with open(other, "w", encoding="utf-8") as f:
        f.write(text.replace('version = "2026-', 'version = "2027-'))
    w = World(env).define()
    env.write_conf('instance = "a";', "a.conf")
    first = env.daemon("--simulate", OPEN)
    env.write_conf(f'instance = "b";\nrulebook = "{other}";', "b.conf")
    second = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_because("law-unknown")
    equal(w.state()["rule"], "rulebook-mismatch")
    equal((w.stat("released"), w.r.llen(w.key("queue"))), (0, 1))
    wait_until(lambda: "rulebook-mismatch" in first.log(), 20, "the first one to say so too")
    second.stop()
    w.wait_stat("ready", 1, 20)
    wait_until(lambda: "rulebook-agreed" in first.log(), 20, "it to say that they agree")


# -- explain and its receipt


def test_explain_knows_it_all(env):
    """Forms, dated oppositions, persons and slots: the daemon's answer, and one that can be judged again."""
    w = start(env)
    w.r.hset(w.p + "form:web-v3", mapping=FORM)
    oppose_at(w, "+33600000001", "2026-08-20T10:00:00+02:00")
    oppose_at(w, "+33600000002", "2026-10-01T10:00:00+02:00")
    oppose_at(w, "+33611000003", "2026-08-20T10:00:00+02:00", person="p-3")
    oppose_at(w, "+33611000004", "2026-08-20T10:00:00+02:00", scope="", person="p-4")
    w.r.sadd(w.p + "slots:acme", "+33600000007/1795512600000")
    jobs = [job(1, consent=consent(via="web")), job(2, consent=consent(via="web", collected_at="2026-10-02T10:00:00+02:00")),
            job(3, person="p-3"), job(4, person="p-4"), job(5, consent=consent(form="web-v3")), job(6, consent=consent(form="unknown")),
            job(7, consent=consent(slot=OPEN)), job(8, consent=consent(slot="2026-11-28T21:00:00+01:00"))]
    expected = [("allowed", 0), ("opposed-advertiser", 1), ("opposed-advertiser", 1), ("opposed-platform", 1), ("allowed", 0),
                ("consent-form", 1), ("consent-expired", 1), ("not-before", 0)]
    for j, (reason, code) in zip(jobs, expected):
        path = os.path.join(env.folder, j["id"] + ".json")
        got = env.ctl_json("explain", w.c, j["to"], "--job", json.dumps(j), "--at", OPEN, "--receipt", path, code=code)
        equal(got["reason"], reason, j["id"])
        equal(env.run("verify", path, "-c", env.conf, "--json").json["confirmed"], True, j["id"])
    w.push(*jobs)
    w.wait_intake(8)
    refused = w.reasons()
    equal([refused.get(j["id"], "allowed" if j["id"] != "8" else "not-before") for j in jobs], [reason for reason, _ in expected])


# -- what is kept


def test_s11_row_32_oppositions_are_never_purged(env):
    """Four years later, whatever is trimmed: on the list, with its date, and on record."""
    w = start(env)
    oppose_at(w, "+33600000001", "2026-11-20T10:00:00+01:00", person="p-1")
    w.daemon.stop()
    env.write_conf("keep_refused_days = 1;\nkeep_done_days = 1;\nkeep_invalid_days = 1;")
    w.daemon = env.daemon("--simulate", "2030-11-26T10:30:00+01:00")
    later = another(w, "acme.later", at="2030-11-26T00:00:00Z")
    given = consent(collected_at="2026-11-19T10:00:00+01:00")
    later.push(job(1, consent=given), job(2, person="p-1", consent=given))
    later.wait_stat("refused.opposed-advertiser", 2)
    equal((w.r.smembers(w.p + "list:opposition:acme"), w.r.hlen(w.p + "oppositions:dated:acme"), w.r.xlen(w.p + "oppositions")),
          ({"+33600000001"}, 2, 1))


def test_s11_row_33_proofs_are_kept_three_years(env):
    """Only the newest consents are judged; older ones stay as proofs until three years have passed."""
    w = start(env)

    def register(day):
        return w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000001", json.dumps(
            consent(collected_at=f"{day}T10:00:00+01:00", proof=day)))
    equal(register("2023-11-20"), 1)
    for i in range(1, 13):
        last = register(f"2026-10-{i:02d}")
    equal(last, 12, "twelve are younger than three years; the first is not")
    record = json.loads(w.r.hget(w.p + "consent:acme", "+33600000001"))
    equal((len(record["consents"]), record["consents"][0]["proof"]), (12, "2026-10-12"))
    w.push(job(1, consent=None))
    w.wait_stat("ready", 1)
