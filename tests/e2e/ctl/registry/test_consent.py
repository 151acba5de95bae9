"""licetctl consent: imported, shown, withdrawn."""

from checks import MASK, NUMBER, fails, misuse, shows, write
from harness import contains, equal
from world import CONSENT, job, start


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
