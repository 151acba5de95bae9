"""The dossier of a number: what was said, what was refused, which calls were placed, and what
a "no call" rests on."""

import json

from checks import HIDDEN, MASK, NUMBER, fails, misuse
from harness import Failure, contains, equal, wait_until
from world import CAMPAIGN, CONSENT, World, job, start

DAY_MS = 86400000
BASE_MS = 1795512600000  # 2026-11-24T09:30:00Z


def dossier(env, *words, number=NUMBER, code=0):
    """As JSON; the number must not be in it, nor in what people read, in either language."""
    result = env.ctl("dossier", number, *words, "--json", code=code)
    for lang in ("en", "fr"):
        text = env.ctl("dossier", number, *words, "--lang", lang, code=code).out
        contains(text, MASK if number == NUMBER else "••••")
        for shown in (result.out, text):
            if HIDDEN in shown:
                raise Failure(f"a number in {shown!r}")
        if lang == "fr" and (" was " in text or "%" in text):
            raise Failure(f"not French: {text!r}")
    return result.json


def kinds(got):
    return [e["kind"] for e in got["events"]]


def between(env, start_, end, **options):
    return dossier(env, "--from", start_, "--to", end, **options)["between"]


def instant(ms):
    import datetime
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def call(w, outcome="answered", detail="", number=NUMBER, **more):
    """Push a job, take it and report it."""
    w.calls = getattr(w, "calls", 0) + 1
    w.push(job(w.calls, to=number, **more))
    taken = w.wait_taken(1)[0]
    before = w.stat("done")
    equal(w.done(taken["token"], outcome, detail), "OK")
    w.wait_stat("done", before + 1)
    return taken


# -- one life


def test_life_in_order(env):
    w = start(env)
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", NUMBER, json.dumps(CONSENT))
    w.attempt(NUMBER, "2026-10-30")
    call(w, "answered", "12 s, asked for 06 00 00 00 01", consent=None)
    w.push(job(50, to="06 00 00 00 01"))
    w.wait_stat("refused", 1)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition:acme", NUMBER, "web", "said no", "2026-11-24T10:00:00+01:00")
    w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", NUMBER, "web", "changed mind")
    got = dossier(env)
    equal(kinds(got), ["consent", "opposed", "call", "refused", "withdrawn"])
    consent, opposed, placed, refused, withdrawn = got["events"]
    equal((consent["at"], consent["advertiser"], consent["consent"]["proof"]), ("2026-09-01T08:12:00Z", "acme", "form-v3/88121"))
    contains(consent["text"], "Acme (acme)")
    contains("\n".join(consent["details"]), "form: identity choice period withdrawal proof")
    equal((opposed["at"], opposed["source"], opposed["reason"]), ("2026-11-24T09:00:00Z", "web", "said no"))
    equal(opposed["received_ms"] > BASE_MS, True)
    equal((placed["campaign"], placed["outcome"], placed["attempt"], placed["sender"], placed["consent"], placed["cap"]),
          (CAMPAIGN, "answered", 1, "s1", "form-v3/88121", "1"))
    equal(placed["window_close"], "2026-11-24T12:00:00Z")
    equal(placed["detail"].startswith("12 s, asked for 06 0•"), True, placed["detail"])
    equal(placed["facts"]["lists"]["opposition"], "2026-11-24T06:00:00Z")
    contains(placed["local"], "Tue 24 Nov 2026 10:30 (Europe/Paris)")
    equal((refused["reason"], refused["id"], refused["article"]), ("duplicate", "50", None))
    contains(refused["text"], "same number, person or id in this campaign or family (duplicate)")
    equal((withdrawn["source"], withdrawn["reason"]), ("web", "changed mind"))
    equal(got["attempts"], [{"advertiser": "acme", "dates": ["2026-10-30", "2026-11-24"], "text": got["attempts"][0]["text"]}])
    equal([(x["list"], x["dated"]) for x in got["lists"]], [("opposition:acme", True)])
    equal((got["now"], got["limits"], got["known"]), ([], [], True))
    french = env.ctl("dossier", NUMBER, "--lang", "fr").out
    for part in ("mar. 24 nov. 2026 10:30 (Europe/Paris), 2026-11-24T09:30:", "Appelé pour Acme (acme)", "l'appel a été décroché",
                 "Consentement donné à Acme (acme), dans son registre", "Opposition aux appels de Acme (acme)", "doublon (duplicate)",
                 "Sur la liste opposition:acme"):
        contains(french, part)


def test_refusals_have_articles(env):
    w = start(env)
    w.push(job(1, to=NUMBER, consent=None))
    w.wait_stat("refused", 1)
    w.push(job(2, to=NUMBER, consent={**CONSENT, "channel": "sms"}))
    w.wait_stat("refused", 2)
    w.r.sadd(w.p + "list:opposition", NUMBER)
    w.push(job(3, to=NUMBER))
    w.wait_stat("refused", 3)
    w.push(job(4, to=NUMBER, person=7))
    w.wait_stat("invalid", 1)
    got = dossier(env)
    equal([(e["kind"], e["reason"], e["article"]) for e in got["events"]], [
        ("refused", "consent-missing", got["events"][0]["article"]),
        ("refused", "consent-channel", got["events"][0]["article"]),
        ("refused", "opposed-platform", "RGPD art. 21; L34-5 CPCE"),
        ("invalid", "field-malformed", None)])
    contains(got["events"][0]["article"], "L223-1")
    equal([x["list"] for x in got["lists"]], ["opposition"])


def test_numbers_as_people_write_them(env):
    w = start(env)
    w.push({"id": "1", "to": "+33 (0)6 00.00.00.01"})  # no consent
    w.wait_stat("refused", 1)
    equal(kinds(dossier(env, number="0033 6 00 00 00 01")), ["refused"])


def test_oppositions_come_and_go(env):
    w = start(env)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition", NUMBER, "crm", "by letter", "", "p-7")
    w.r.fcall("licet_unoppose", 1, w.p + "list:opposition", NUMBER, "Jeanne", "typed in error", "p-7")
    w.r.sadd(w.p + "list:bloctel", NUMBER)
    w.r.sadd(w.p + "list:opposition", NUMBER)
    got = dossier(env)
    equal([(e["kind"], e.get("by"), e.get("person"), e["source"]) for e in got["events"]],
          [("opposed", None, "p-7", "crm"), ("undone", "Jeanne", "p-7", "undo")])
    equal([(x["list"], x["dated"]) for x in got["lists"]], [("opposition", False), ("bloctel", False)])
    contains(got["lists"][0]["text"], "no consent lifts that")


# -- where its jobs are


def test_waiting_ready_and_out(env):
    w = start(env)
    others = [World(env, campaign=f"acme.{name}").define(family="", route="main") for name in ("later", "held", "queue")]
    others[0].push(job(1, to=NUMBER, not_before="2026-11-25T11:00:00+01:00"))
    others[1].push(job(2, to=NUMBER, postcode="97400"))
    w.push(job(3, to=NUMBER))
    w.wait_stat("ready", 1)
    others[0].wait_stat("later", 1)
    wait_until(lambda: others[1].stat("held") + others[1].stat("refused") == 1, what="the job of La Réunion")
    w.daemon.stop()
    others[2].push(job(4, to=NUMBER))
    got = {(n["campaign"], n["where"]): n for n in dossier(env)["now"]}
    equal(sorted(got), [("acme.held", "held"), ("acme.later", "later"), ("acme.noel", "ready"), ("acme.queue", "queue")])
    token = w.take()[0]["token"]
    got = dossier(env)
    taken = [n for n in got["now"] if n["where"] == "taken"]
    equal([(n["campaign"], n["sender"], n["token"]) for n in taken], [(CAMPAIGN, "s1", token)])
    # Reported while no daemon runs: a call all the same.
    equal(w.done(token, "answered"), "OK")
    got = dossier(env)
    equal([(e["kind"], e["outcome"], e["settled"]) for e in got["events"]], [("call", "answered", False)])
    equal([n["where"] for n in got["now"] if n["campaign"] == CAMPAIGN], [])


def test_nothing_known(env):
    start(env)
    got = dossier(env, code=1)
    equal((got["known"], got["events"], got["now"]), (False, [], []))


# -- what was not done


def test_absence_is_proven(env):
    w = start(env)
    call(w, "busy")
    call(w, number="+33600000002")
    placed = int(w.ended("done")["1"]["taken_ms"])
    got = between(env, "2026-11-24T09:00:00Z", instant(placed - 1000))
    equal((got["none_proven"], got["placed"], got["perhaps"], got["doubts"]), (True, 0, 0, []))
    contains(got["text"], f"no call was placed to {MASK}")
    contains(got["rests_on"][0], "campaigns: 1, records of all numbers: 2")
    got = between(env, instant(placed - 1000), instant(placed + DAY_MS))
    equal((got["none_proven"], got["placed"]), (False, 1))
    contains(got["doubts"][0], "not over yet")
    shown = dossier(env, "--from", "2026-11-24T08:00:00Z", "--to", instant(placed - 1000))
    equal(kinds(shown), [])


def test_trimmed_records_prove_nothing(env):
    w = start(env)
    call(w, number="+33600000002")
    call(w, number="+33600000003")
    w.daemon.stop()
    done = w.key("done")
    oldest = int(w.r.xrange(done)[0][0].split("-")[0])
    newest = int(w.r.xrange(done)[1][0].split("-")[0])
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", NUMBER, json.dumps(CONSENT))
    before = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    equal(between(env, *before)["none_proven"], True)
    w.r.xtrim(done, minid=f"{newest}-0", approximate=False)
    if oldest == newest:
        w.r.xtrim(done, maxlen=1, approximate=False)
    got = between(env, *before)
    equal((got["none_proven"], got["placed"]), (False, 0))
    contains(got["text"], "is not proven")
    contains(got["doubts"][0], "1 of 2 records of calls are kept, the oldest of")
    # What was trimmed is older than what is kept.
    got = between(env, instant(newest + 1000), instant(newest + 2000))
    equal([d for d in got["doubts"] if "kept" in d], [])
    w.r.delete(done)
    got = between(env, instant(newest + 1000), instant(newest + 2000))
    contains(got["doubts"][0], "0 of 2 records of calls are kept")


def test_deleted_and_purged_records_prove_nothing(env):
    w = start(env)
    call(w, number="+33600000002")
    call(w, number="+33600000003")
    w.daemon.stop()
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", NUMBER, json.dumps(CONSENT))
    before = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    w.r.xdel(w.key("done"), w.r.xrange(w.key("done"))[1][0])
    contains(between(env, *before)["doubts"][0], "deleted by hand")
    env.ctl("campaign", "stop", CAMPAIGN)
    env.ctl("campaign", "purge", CAMPAIGN)
    contains(between(env, *before)["doubts"][0], "2 records of calls were of campaigns that were purged")


def test_unreported_calls_are_doubts(env):
    w = start(env)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
    w.push(job(1, to=NUMBER))
    w.wait_taken(1)
    w.wait_stat("unknown", 1, timeout=20)
    got = between(env, "2026-11-24T09:30:00Z", "2026-11-24T20:00:00Z")
    equal((got["none_proven"], got["placed"], got["perhaps"]), (False, 0, 1))
    contains(got["text"], "may have been placed")
    got = dossier(env)
    equal([n["where"] for n in got["now"]], ["unknown"])
    env.ctl("settle", CAMPAIGN, "1", "not-placed", "--reason", "the sender's log")
    equal(kinds(dossier(env)), ["not-placed"])
    w.daemon.stop()
    equal(between(env, "2026-11-24T08:00:00Z", "2026-11-24T09:31:00Z")["perhaps"], 0)


def test_attempts_made_elsewhere_are_told(env):
    w = start(env)
    w.attempt(NUMBER, "2026-11-20", "2026-11-20")
    got = between(env, "2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00")
    equal((got["placed"], got["none_proven"], len(got["doubts"])), (0, False, 1))
    contains(got["doubts"][0], "An attempt of acme on 2026-11-20")
    equal(between(env, "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00")["none_proven"], True)


# -- many records


def test_streams_are_read_in_chunks(env):
    w = World(env).define()
    for i in range(1700):
        w.r.xadd(w.key("refused"), {"id": str(i), "to": NUMBER if i in (0, 499, 500, 1699) else f"+3361{i:07d}", "reason": "listed",
                                    "rule": "bloctel", "job": "{}"}, id=f"{BASE_MS + i}-0")
    equal([e["id"] for e in dossier(env)["events"]], ["0", "499", "500", "1699"])


def test_a_key_of_another_type_is_told(env):
    w = World(env).define()
    w.r.set(w.key("done"), "x")
    got = dossier(env, code=1)
    contains(got["limits"][0], "campaign:acme.noel:done could not be read")
    equal(between(env, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", code=1)["none_proven"], False)


def test_misuse(env):
    start(env)
    misuse(env, "dossier")
    misuse(env, "dossier", NUMBER, "--lang", "de")
    contains(misuse(env, "dossier", NUMBER, "--from", "2026-11-24"), "--from must be an instant")
    contains(misuse(env, "dossier", NUMBER, "--from", "2026-11-24T10:00:00Z", "--to", "2026-11-24T10:00:00Z"), "before --to")
    fails(env, "dossier", "06 12")
