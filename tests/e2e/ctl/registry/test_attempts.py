"""licetctl attempts: when people were called, told from elsewhere."""

from checks import MASK, NUMBER, fails, misuse, shows, write
from harness import contains, equal
from world import CAMPAIGN, job, start


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
