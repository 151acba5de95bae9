"""What people said and when they were called: oppose, consent, attempts."""

from checks import MASK, NUMBER, fails, misuse, shows, write
from harness import contains, equal
from world import CAMPAIGN, CONSENT, World, job, start


# -- oppose and consent


def test_oppose(env):
    w = start(env)
    w.push(*[job(i) for i in range(1, 4)])
    w.wait_stat("ready", 3)
    equal(env.ctl_json("oppose", "06 00 00 00 01", "--source", "mail", "--reason", "letter", "--event", "2026-11-23T18:00:00+01:00"),
          {"to": MASK, "scope": "opposition", "added": True, "withdrawn": 1, "already_out": 0})
    entry = w.r.xrange(w.p + "oppositions")[0][1]
    equal((entry["number"], entry["source"], entry["reason"], entry["event"]), (NUMBER, "mail", "letter", "2026-11-23T17:00:00Z"))
    equal(len(w.take()), 2)
    contains(shows(env, "oppose", "+33600000002", "--advertiser", "acme"), "added to opposition:acme; 0 ready taken back; 1 already out")
    contains(shows(env, "oppose", "+33600000002", "--advertiser", "acme"), "was already on")
    # Taken back, with a reason and a name.
    contains(misuse(env, "oppose", "+33600000002", "--advertiser", "acme", "--undo"), "--undo needs --reason")
    equal(env.ctl_json("oppose", "+33600000002", "--advertiser", "acme", "--undo", "--reason", "mistyped", "--by", "eve"),
          {"to": MASK, "scope": "opposition:acme", "undone": True})
    contains(shows(env, "oppose", "+33600000002", "--advertiser", "acme", "--undo", "--reason", "mistyped", code=1), "was not on opposition:acme")
    entry = w.r.xrevrange(w.p + "oppositions", "+", "-", 1)[0][1]
    equal((entry["kind"], entry["by"], entry["reason"], entry["scope"]), ("undone", "eve", "mistyped", "opposition:acme"))
    for words in ((), (NUMBER, "--event", "yesterday"), (NUMBER, "--advertiser", "A b"), (NUMBER, "--source", ""), (NUMBER, "--sourc", "x")):
        misuse(env, "oppose", *words)
    fails(env, "oppose", "06 00 00 00 0")


def test_oppose_without_a_daemon(env):
    w = World(env).define()
    env.ctl("oppose", NUMBER)
    equal(w.r.smembers(w.p + "list:opposition"), {NUMBER})


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


# -- attempts


def test_attempts(env):
    w = start(env)
    path = write(env, "attempts.csv", "number;at;person", "06 00 00 00 01;2026-11-20;p-1", "+33600000001;2026-11-21T10:00:00+01:00;",
                 "+33600000002;yesterday;", "0600;2026-11-20;", "+33600000003;2027-01-01;")
    got = env.ctl_json("attempts", "import", "acme", path, code=1)
    equal((got["imported"], got["bad"]), (2, 3))
    equal([(line["line"], line["field"]) for line in sorted(got["lines"], key=lambda line: line["line"])], [(4, "at"), (5, "number"), (6, "")])
    equal(env.ctl_json("attempts", "show", "acme", NUMBER), {"to": MASK, "advertiser": "acme", "attempts": ["2026-11-20", "2026-11-21"]})
    contains(shows(env, "attempts", "show", "acme", NUMBER, "--person", "p-1"), "p-1: 1 attempt of acme on record:\n  2026-11-20")
    contains(shows(env, "attempts", "show", "acme", "+33600000009"), "0 attempts of acme on record\n")
    contains(fails(env, "attempts", "import", "acme", "-", stdin=b"number,att\n"), "did you mean at?")
    contains(fails(env, "attempts", "import", "acme", "-", stdin=b"number\n"), "column at is missing")
    for words in ((), ("import", "acme"), ("forget", "acme", NUMBER), ("show", "A b", NUMBER)):
        misuse(env, "attempts", *words)
    w.attempt(NUMBER, "2026-11-22", "2026-11-23")
    w.push(job(1))
    w.wait_stat("later", 1)
    got = env.ctl_json("explain", CAMPAIGN, NUMBER)
    equal((got["reason"], got["until"]), ("cap-reached", "2026-12-21T09:00:00Z"))
