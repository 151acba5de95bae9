"""Oppositions: final at once, by whatever road they come; what lifts one, and who may take it back."""

from harness import Failure, contains, equal
from world import World, another, consent, job, oppose_at, start


def test_opposition_is_final(env):
    """What was opposed while ready is not handed over, by either road."""
    w = start(env)
    w.push(*[job(i) for i in range(10)])
    w.wait_stat("ready", 10)
    w.r.sadd(w.p + "list:opposition", "+33600000003")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000004")
    equal(w.oppose("06 00 00 00 05"), [1, 1, 0])
    equal(w.oppose("+33600000006", "acme"), [1, 1, 0])
    w.r.hset(w.p + "advertiser:other", "name", "Other")
    equal(w.oppose("+33600000007", "other"), [1, 0, 0], "another advertiser's list")
    got = w.take(100)
    equal(sorted(j["id"] for j in got), ["0", "1", "2", "7", "8", "9"])
    equal(w.oppose("+33600000008"), [1, 0, 1], "already out")
    w.wait_stat("refused", 4)
    equal(w.reasons(), {"3": "opposed-platform", "4": "opposed-advertiser", "5": "opposed-platform", "6": "opposed-advertiser"})
    equal(len(w.r.xrange(w.p + "recall:main")), 1)
    equal(len(w.r.xrange(w.p + "oppositions")), 4)
    w.balance()


def test_outcomes_oppose(env):
    w = start(env)
    w.push(*[job(i) for i in range(6)])
    w.wait_stat("ready", 6)
    got = {j["id"]: j for j in w.take(6)}
    equal(w.done(got["0"]["token"], "opted-out"), "OK")
    equal(w.done(got["1"]["token"], "refused"), "OK")
    equal(w.done(got["2"]["token"], "never-again"), "OK")
    equal(w.done(got["3"]["token"], "not-placed"), "OK")
    equal(w.done(got["4"]["token"], "busy"), "OK")
    equal(w.done(got["4"]["token"], "opted-out"), "late", "a report after the first one")
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000000", "+33600000001", "+33600000004"})
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000002"})
    for words in (("no-such-token", "answered"), (got["5"]["token"], "happy")):
        try:
            w.done(*words)
            raise Failure(f"{words} was accepted")
        except Exception as error:  # pylint: disable=broad-except
            contains(str(error), "TOKEN" if words[1] == "answered" else "OUTCOME")
    w.wait_stat("done", 5)
    equal(w.attempts("+33600000003"), [], "not-placed gives the attempt back")
    equal(w.attempts("+33600000004"), ["2026-11-24"])
    equal(w.balance()["taken"], 1)


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
