"""licetctl consent: imported, shown, withdrawn."""

import json

from checks import MASK, NUMBER, fails, misuse, shows, write
from harness import contains, equal
from world import CAMPAIGN, CONSENT, FORM, OPEN, World, job, start


def test_consent(env):
    w = start(env)
    good = "06 00 00 00 0%d,toys,automated-voice,2026-09-01T10:12:00+02:00,2027-08-31,identity choice|period withdrawal proof,form-v3/%d"
    path = write(env, "consents.csv", "number,product,channel,collected_at,until,form,proof", *[good % (i, i) for i in range(1, 4)],
                 "06 00 00 00 0,toys,automated-voice,2026-09-01T10:12:00+02:00,2027-08-31,identity,p",
                 "+33600000001,toys,automated-voice,2026-09-01,2027-08-31,identity,p",
                 "+33600000001,toys,automated-voice,2026-09-01T10:12:00+02:00,never,identity,p",
                 "+33600000001,,automated-voice,2026-09-01T10:12:00+02:00,2027-08-31,identity,p")
    got = env.ctl_json("consent", "import", "acme", path, code=1)
    equal((got["imported"], got["bad"]), (3, 4))
    equal([(li["line"], li["field"]) for li in got["lines"]], [(5, "number"), (6, "collected_at"), (7, "until"), (8, "product")])
    done = env.ctl("consent", "import", "acme", path, code=1)
    contains(done.out, "acme: 3 consents imported, 4 bad lines")
    contains(done.err, "consents.csv:7: until: field-malformed; expected")
    got = env.ctl_json("consent", "show", "acme", NUMBER)
    equal((got["to"], len(got["consents"]), got["withdrawn_at"]), (MASK, 1, None))
    equal(got["consents"][0]["form"], CONSENT["form"])
    contains(shows(env, "consent", "show", "acme", NUMBER), "form-v3/1")
    w.push(job(1, consent=None), job(2, consent=None))
    w.wait_stat("ready", 2)
    equal(env.ctl_json("consent", "withdraw", "acme", NUMBER, "--reason", "mail"),
          {"to": MASK, "advertiser": "acme", "withdrawn": 1, "already_out": 0})
    equal([j["id"] for j in w.take()], ["2"])
    contains(shows(env, "consent", "withdraw", "acme", "+33600000002"), "1 already out")
    assert env.ctl_json("consent", "show", "acme", NUMBER)["withdrawn_at"]
    contains(shows(env, "consent", "show", "acme", "+33600000008", code=1), "no consent of it")
    contains(fails(env, "consent", "import", "acme", "-", stdin=b"number,produkt\n"), "did you mean product?")
    contains(fails(env, "consent", "import", "acme", "-", stdin=b"number,product\n"), "column channel is missing")
    for words in (("import", "acme"), ("show", "acme"), ("withdraw", "A b", NUMBER), ("forget", "acme", NUMBER)):
        misuse(env, "consent", *words)


def test_consents_that_expire(env):
    """What waits and what is registered, by form and by day; what is unfit already lapses no more."""
    w = World(env).define()
    w.r.hset(w.p + "form:web-v3", mapping=FORM)
    soon = {**CONSENT, "until": "2026-12-10"}
    named = {"form": "web-v3", "collected_at": "2026-09-01T10:12:00+02:00", "until": "2026-12-10", "proof": "f/1"}
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(1, not_before="2026-12-01T10:00:00+01:00", consent=soon), job(2, not_before="2026-12-01T10:00:00+01:00", consent=named),
           job(3, not_before="2026-12-01T10:00:00+01:00"), job(4, not_before="2026-12-01T10:00:00+01:00", consent=None))
    w.wait_stat("later", 3)
    for number, consents in {"+33600000011": [soon], "+33600000012": [soon, CONSENT], "+33600000013": [{**CONSENT, "product": "cars"}],
                             "+33600000014": [{**CONSENT, "collected_at": "2025-12-20T10:00:00+01:00"}]}.items():
        for c in consents:
            w.r.fcall("licet_consent", 1, w.p + "consent:acme", number, json.dumps(c))
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000015", json.dumps(soon))
    w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", "+33600000015", "web", "no")
    got = env.ctl_json("consent", "expiring", CAMPAIGN, "--days", "30")
    equal([(r["form"], r["day"], r["waiting"], r["registry"]) for r in got["lapse"]],
          [(None, "2026-12-10", 1, 1), (None, "2026-12-20", 0, 1), ("web-v3", "2026-12-10", 1, 0)])
    equal((got["waiting"], got["registry"], got["unfit"]), (3, 5, 2))
    equal(env.ctl_json("consent", "expiring", CAMPAIGN, "--days", "7")["lapse"], [])
    contains(shows(env, "consent", "expiring", CAMPAIGN), "the consents of 2 of 3 jobs that wait lapse, and 2 of 5 in the registry of acme")
    fails(env, "consent", "expiring", "acme.noe")
    misuse(env, "consent", "expiring", CAMPAIGN, "--days", "0")
    misuse(env, "consent", "show", "acme", "+33600000011", "--days", "3")
