"""What a platform attests to its client: counted and judged from the records, never asserted."""

import hashlib
import json
import os
import re

from checks import HIDDEN, NUMBER, fails, misuse
from harness import Failure, contains, equal, wait_until
from world import CAMPAIGN, CONSENT, World, job, start

DAY_MS = 86400000
NOW_MS = 1795512600000  # OPEN: 10:30 in Paris, a Tuesday
HOUR_MS = 3600000
SHOWN = ("+33162001234", "+33805123456")  # the campaign's own


def report(env, *words, code=0):
    return env.ctl("attest", CAMPAIGN, *words, "--json", code=code).json


def call(w, n, outcome="answered", **more):
    w.push(job(n, **more))
    taken = w.wait_taken(1)[0]
    done = w.stat("done")
    equal(w.done(taken["token"], outcome), "OK")
    w.wait_stat("done", done + 1)


def record(w, taken_ms, to="+33600000099", **more):
    """The record of a call, as the functions write it."""
    fields = {"id": "x", "to": to, "outcome": "answered", "attempt": "1", "released_ms": taken_ms - 1000, "taken_ms": taken_ms, "done_ms": taken_ms + 30000,
              "route": "main", "sender": "s", "place": "metropole+alsace-moselle", "not_after_ms": taken_ms + 600000, "window_close_ms": taken_ms + HOUR_MS,
              "cap": "0", "consent": "form-v3/1", "lists": "opposition", "facts": "{}", "detail": "", "token": f"t{taken_ms}", "retry_ms": "", **more}
    w.r.xadd(w.key("done"), fields)
    w.r.hincrby(w.key("stats"), "done", 1)
    w.r.hincrby(w.key("stats"), "intake", 1)
    w.r.hincrby(w.key("stats"), "done." + fields["outcome"], 1)


def no_number(text):
    for own in SHOWN:
        text = text.replace(own, "")
    text = re.sub(r"\b[0-9a-f]{64}\b", "", text)  # a hash has any four digits now and then
    for part in (HIDDEN, "+336", "0600"):
        if part in text:
            raise Failure(f"{part} in {text}")


def test_a_campaign_at_its_end(env):
    env.write_conf('platform = "Voix SARL";\n')
    w = start(env)
    w.r.sadd(w.p + "list:opposition", "+33600000005")
    call(w, 1)
    call(w, 2, "opted-out")
    call(w, 3, "not-placed")
    call(w, 4, consent={**CONSENT, "proof": "paper-7"})
    w.push(job(5), job(6, consent=None), job("7", to=NUMBER), "no JSON", job(8, postcode="97400"))
    w.wait_intake(9)
    w.oppose("+33600000001", scope="acme")
    got = report(env)
    equal((got["attestation"], got["campaign"], got["platform"], got["lang"]), ("licet-attestation-1", CAMPAIGN, "Voix SARL", "en"))
    equal((got["advertiser"]["name"], got["advertiser"]["siren"], got["source"]["collected_by"]), ("Acme", "552100554", "acme"))
    equal((got["definition"]["message"], got["definition"]["caller_id"], got["definition"]["opt_out"]), ("noel-2026.wav", SHOWN[0], "+33805123456 key:9"))
    n = got["numbers"]
    equal((n["intake"], n["called"], n["refused"], n["invalid"], n["waiting"], n["with_senders"]), (9, 3, 3, 1, 1, 0))
    equal(n["outcomes"], {"answered": 2, "opted-out": 1, "not-placed": 1})
    refused = {e["reason"]: (e["count"], e["articles"]) for e in n["refused_by_reason"]}
    equal(sorted(refused), ["consent-missing", "duplicate", "opposed-platform"])
    equal(refused["opposed-platform"], (1, ["RGPD art. 21; L34-5 CPCE"]))
    contains(refused["consent-missing"][1][0], "L223-1")
    equal(refused["duplicate"], (1, []))
    equal({k: got["hours"][k] for k in ("checked", "outside", "on_holidays", "not_judged", "at_a_time_asked_for")},
          {"checked": 3, "outside": 0, "on_holidays": 0, "not_judged": 0, "at_a_time_asked_for": 0})
    said = got["oppositions"]
    equal((said["received"], said["in_its_calls"], said["handed_over_afterwards"]), (2, 1, 0))
    equal(got["consents"], {"by_series": {"form-v3": 2, "other": 1}, "without_proof": 0})
    equal((got["law"]["rulebook"], len(got["law"]["hash"]), got["law"]["approved_by"]), ("fr", 64, None))
    equal(got["law"]["at_release"], {f"fr {got['law']['version']} {got['law']['hash']}": 3})
    equal((got["kept"]["calls"], got["limits"]), ({"days": 1095, "last_until": "2029-11-23"}, []))
    # Its hash, and that of the data, come out again.
    data = env.ctl("export", CAMPAIGN, "--since", "1970-01-01T00:00:00Z").out.encode()
    equal(got["data"]["sha256"], hashlib.sha256(data).hexdigest())
    equal((got["data"]["calls"], got["data"]["refusals"]), (4, 3))
    rest = {k: v for k, v in got.items() if k != "hash"}
    equal(got["hash"], hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest())
    no_number(json.dumps(got))


def test_for_people_in_both_languages(env):
    w = start(env)
    call(w, 1)
    w.push(job(6, consent=None))
    w.wait_stat("refused", 1)
    english = env.ctl("attest", CAMPAIGN).out
    french = env.ctl("report", CAMPAIGN, "--lang", "fr").out
    for text, parts in ((english, ("Attestation for the campaign acme.noel", "Calls outside lawful hours: 0", "consent-missing: 1 (no consent in the job or the registry; ",
                                   "Advertiser: Acme, SIREN 552100554", "Kept until", "Approved by: -")),
                        (french, ("Attestation pour la campagne acme.noel", "Appels hors des horaires légaux : 0", "aucun consentement : 1 (consent-missing ; ",
                                  "Annonceur : Acme, SIREN 552100554", "Conservés jusqu'au", "Approuvées par : -"))):
        no_number(text)
        for part in parts:
            contains(text, part)
    equal(" the " in french, False)
    path = env.folder + "/attestation.txt"
    equal(env.ctl("report", CAMPAIGN, "--lang", "fr", "--out", path).out, "")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    equal(text.splitlines()[1:40], french.splitlines()[1:40])
    equal(os.stat(path).st_mode & 0o777, 0o600)
    contains(fails(env, "report", CAMPAIGN, "--out", path), "is there already")


def test_hours_are_judged_not_asserted(env):
    """Calls in the evening, on a holiday, over the close; each by its own place."""
    w = start(env)
    w.daemon.stop()
    record(w, NOW_MS)
    got = report(env)
    equal((got["hours"]["checked"], got["hours"]["outside"]), (1, 0))
    record(w, NOW_MS + 11 * HOUR_MS)                            # 21:30 on Tuesday
    record(w, NOW_MS + 31 * DAY_MS)                             # 25 December, a Friday
    record(w, NOW_MS + 32 * DAY_MS)                             # a Saturday, and a holiday in Alsace
    record(w, NOW_MS + DAY_MS, place="la-reunion")              # 13:30 there
    record(w, NOW_MS + DAY_MS + 150 * 60000 - 60000, done_ms=NOW_MS + 2 * DAY_MS)  # 12:59, may have begun until 13:09
    record(w, NOW_MS + DAY_MS, place="atlantis")
    record(w, NOW_MS + 11 * HOUR_MS, outcome="not-placed")      # no call
    got = report(env, code=1)
    equal({k: got["hours"][k] for k in ("checked", "outside", "on_holidays", "not_judged")},
          {"checked": 6, "outside": 5, "on_holidays": 2, "not_judged": 1})
    equal([h["date"] for h in got["hours"]["holidays"]], ["2026-12-20", "2026-12-25", "2026-12-26"])
    contains(env.ctl("attest", CAMPAIGN, code=1).out, "Calls outside lawful hours: 5")


def test_oppositions_are_judged_not_asserted(env):
    w = start(env)
    w.daemon.stop()
    at = NOW_MS + 4 * HOUR_MS

    def said(kind, number, ms, scope="opposition:acme", **more):
        w.r.xadd(w.p + "oppositions", {"number": number, "person": "", "scope": scope, "source": "web", "reason": "", "event": "", "received_ms": ms, "by": "",
                                       "kind": kind, **more}, f"{ms}-*")

    record(w, at - 10000, to="+33600000001")
    said("opposed", "+33600000004", at, scope="opposition:other")  # somebody else's
    said("opposed", "+33600000001", at)
    said("opposed", "+33600000002", at, event="2026-11-24T14:29:00+01:00")
    said("opposed", "+33600000003", at, scope="opposition")
    said("undone", "+33600000003", at + 1000, scope="opposition")
    record(w, at + 5000, to="+33600000003")
    record(w, at + 5000, to="+33600000004")
    got = report(env)
    equal({k: got["oppositions"][k] for k in ("received", "handed_over_afterwards", "out_already", "longest_until_recorded_s")},
          {"received": 3, "handed_over_afterwards": 0, "out_already": 1, "longest_until_recorded_s": 60})
    record(w, at + 5000, to="+33600000002")
    equal(report(env, code=1)["oppositions"]["handed_over_afterwards"], 1)


def test_slots_are_not_outside(env):
    w = World(env).define()
    w.daemon = env.daemon("--simulate", "2026-11-24T20:59:58+01:00", "--speed", "2")
    w.push(job(1, consent={**CONSENT, "slot": "2026-11-24T21:00:00+01:00"}))
    token = w.wait_taken(1, 20)[0]["token"]
    equal(w.done(token), "OK")
    w.wait_stat("done", 1)
    got = report(env)
    equal((got["hours"]["outside"], got["hours"]["at_a_time_asked_for"]), (0, 1))


def test_proofs_that_are_somebodys_own(env):
    """A proof may hold a number: only what it belongs to is told."""
    w = start(env)
    w.daemon.stop()
    for n, proof in enumerate(("form/1", "+33600000001/x", "0600000001", "a" * 90 + "/1", "", "form/0600000001")):
        record(w, NOW_MS + n * 1000, consent=proof)
    got = report(env)
    equal(got["consents"], {"by_series": {"form": 2, "other": 3}, "without_proof": 1})
    no_number(json.dumps(got))


def test_what_was_trimmed_is_said(env):
    w = start(env)
    w.daemon.stop()
    for n in range(3):
        record(w, NOW_MS + n * 60000)
    w.r.xtrim(w.key("done"), maxlen=1, approximate=False)
    got = report(env)
    equal((got["numbers"]["called"], got["hours"]["checked"]), (3, 1))
    contains(got["limits"][0], "1 of 3 calls are on record any more")


def test_nothing_yet(env):
    w = start(env)
    got = report(env)
    equal((got["first_call"], got["numbers"]["called"], got["hours"]["holidays"], got["data"]["sha256"]), (None, 0, [], hashlib.sha256(b"").hexdigest()))
    env.ctl("report", CAMPAIGN, "--lang", "fr")
    contains(misuse(env, "report", "acme.nowl"), "acme.nowl is not a campaign")
    contains(misuse(env, "report", CAMPAIGN, "--route", "main"), "an argument is missing; usage: licetctl report TOKEN OUTCOME")
    contains(misuse(env, "report", CAMPAIGN, "--lang", "de"), "--lang")
    w.push(job(1))
    token = w.wait_taken(1)[0]["token"]
    equal(env.ctl("report", token, "answered").out, "OK\n")
    wait_until(lambda: w.stat("done") == 1, 10, "the call")


def test_nothing_is_attested_of_what_does_not_add_up(env):
    """Records that were deleted, invented or lost; oppositions, advertiser or source gone; counters that do not balance."""
    w = start(env)
    w.daemon.stop()
    for n in range(3):
        record(w, NOW_MS + n * 60000)
    w.oppose("+33600000088")
    report(env)
    out = env.folder + "/attestation.txt"

    def refuses(part, *words):
        done = env.ctl("attest", CAMPAIGN, *words, code=1)
        equal((done.out, done.err.count("\n")), ("", 1), done.err)
        contains(done.err, part)
    raw = env.server.connect(decode_responses=False)
    kept = {key: raw.dump(w.p + key) for key in ("oppositions", "advertiser:acme", "source:web-2026", f"campaign:{CAMPAIGN}:done", f"campaign:{CAMPAIGN}:stats")}

    def restore():
        for key, value in kept.items():
            raw.restore(w.p + key, 0, value, replace=True)
        report(env)
    first = w.r.xrange(w.key("done"))[0][0]
    w.r.xdel(w.key("done"), first)
    refuses("records of its calls were deleted", "--out", out)
    assert not os.path.exists(out)
    w.r.xadd(w.key("done"), {"id": "invented", "to": "+33600000099", "outcome": "answered"})
    refuses("records of its calls were deleted")
    restore()
    w.r.xadd(w.key("done"), {"id": "invented", "to": "+33600000099", "outcome": "answered"})
    refuses("3 calls are counted, but 4 were recorded")
    restore()
    w.r.delete(w.key("done"))
    refuses("3 calls are counted, but 0 were recorded")
    restore()
    w.r.xtrim(w.p + "oppositions", maxlen=0, approximate=False)
    refuses("oppositions were deleted")
    restore()
    w.r.delete(w.p + "advertiser:acme")
    refuses("the advertiser acme is not declared any more")
    restore()
    w.r.delete(w.p + "source:web-2026")
    refuses("the source web-2026 is not declared any more")
    restore()
    w.r.hincrby(w.key("stats"), "done", -1)
    refuses("its counters do not add up: intake 3, but the sum is 2")
    restore()
    w.r.delete(w.key("done"))
    w.r.set(w.key("done"), "x")
    refuses("WRONGTYPE")


def test_day_by_day(env):
    """From the history by the hour: the days add up to the counters, or it says why they do not."""
    w = start(env)
    call(w, 1)
    call(w, 2, "opted-out")
    w.push(job(3, consent=None))
    w.wait_stat("refused", 1)
    equal(w.r.fcall("licet_hours", 1, w.p + "campaigns", CAMPAIGN), 1)
    w.r.hset(w.key("hours"), mapping={"2026-11-22T23Z:released": 5, "2026-11-23T22Z:released": 2, "2026-11-23T23Z:released": 1})
    w.r.hincrby(w.key("stats"), "released", 8)
    w.r.hincrby(w.key("counted"), "released", 8)
    by_day = report(env)["by_day"]
    today = {"released": 3, "refused": 1, "answered": 1, "opposed": 1, "date": "2026-11-24"}
    yesterday = {"released": 7, "refused": 0, "answered": 0, "opposed": 0, "date": "2026-11-23"}
    equal((by_day["zone"], by_day["days"], by_day["why"]), ("Europe/Paris", [yesterday, today], []))
    equal((by_day["sums"], by_day["totals"]), ({"released": 10, "refused": 1, "answered": 1, "opposed": 1},) * 2)
    text = env.ctl("attest", CAMPAIGN).out
    contains(text, "By day, Europe/Paris\n                released   refused  answered     opposed\n  2026-11-23           7         0         0           0\n"
                   "  2026-11-24           3         1         1           1\n  Sum                 10         1         1           1\n\nHours")
    call(w, 4)
    by_day = report(env)["by_day"]
    equal((by_day["sums"]["released"], by_day["totals"]["released"], by_day["why"]), (10, 11, ["what the last minute brought is not in a day yet: it is added each minute"]))
    w.r.fcall("licet_hours", 1, w.p + "campaigns", CAMPAIGN)
    w.r.hdel(w.key("hours"), "2026-11-22T23Z:released")
    equal(report(env)["by_day"]["why"], ["days are kept for 35 days: earlier ones are gone"])
    french = env.ctl("attest", CAMPAIGN, "--lang", "fr").out
    contains(french, "  Au total            11         1         2           1\n  le détail par jour est conservé 35 jours")
    w.r.hset(w.key("hours"), "2026-11-22T23Z:refused", 3)
    contains(report(env)["by_day"]["why"][-1], "queued again stay in the day")
    html = env.ctl("attest", CAMPAIGN, "--format", "html", "--lang", "fr").out
    contains(html, "Jour par jour")
    no_number(html)
