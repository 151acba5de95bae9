"""licetctl refused, invalid and done: what became of jobs."""

import json

from checks import MASK, NUMBER, fails, misuse, shows
from harness import Failure, contains, equal
from world import CAMPAIGN, CONSENT, job, start


def test_refused_invalid_done(env):
    w = start(env)
    w.push(job(1), job(2, consent=None), job(3, consent={**CONSENT, "channel": "voice"}), "not json", '{"id":"5","to":"06 00"}', job(6, "06000000061"))
    w.wait_intake(6)
    got = env.ctl_json("refused", CAMPAIGN)
    equal([(e["id"], e["to"], e["reason"], e["rule"]) for e in got],
          [("2", "+33600000002", "consent-missing", "job and registry"), ("3", "+33600000003", "consent-channel", "channel")])
    equal((json.loads(got[0]["job"])["id"], got[0]["at"][:10]), ("2", "2026-11-24"))
    equal([e["id"] for e in env.ctl_json("refused", CAMPAIGN, "--last", "1")], ["3"], "the newest")
    equal([e["id"] for e in env.ctl_json("refused", CAMPAIGN, "--reason", "consent-missing")], ["2"])
    out = shows(env, "refused", CAMPAIGN)
    contains(out, "+3360000••••")
    contains(out, "consent-channel")
    equal([(e["reason"], e["field"]) for e in env.ctl_json("invalid", CAMPAIGN)],
          [("json-malformed", ""), ("number-malformed", "to"), ("number-malformed", "to")])
    out = shows(env, "invalid", CAMPAIGN)
    contains(out, "number-malformed")
    if "0600000006" in out:
        raise Failure(out)
    w.done(w.wait_taken(1)[0]["token"], "voicemail", "left it")
    w.wait_stat("done", 1)
    got = env.ctl_json("done", CAMPAIGN)[0]
    equal((got["id"], got["to"], got["outcome"], got["detail"]), ("1", NUMBER, "voicemail", "left it"))
    contains(shows(env, "done", CAMPAIGN), MASK)
    contains(shows(env, "refused", CAMPAIGN, "--reason", "listed"), "none for that reason")
    # In French the meaning stands beside the code, which programs count on.
    out = shows(env, "refused", CAMPAIGN, "--lang", "fr")
    for part in ("quand", "numéro", "aucun consentement", "consent-missing", "+3360000••••"):
        contains(out, part)
    contains(shows(env, "invalid", CAMPAIGN, "--lang", "fr"), "numéro inexistant")
    contains(shows(env, "done", CAMPAIGN, "--lang", "fr"), "messagerie")
    contains(shows(env, "refused", CAMPAIGN, "--reason", "listed", "--lang", "fr"), "acme.noel : néant pour ce motif")
    fails(env, "done", "acme.noe")
    for words in (("refused",), ("refused", CAMPAIGN, "--reason", "bad"), ("done", CAMPAIGN, "--reason", "listed"), ("invalid", CAMPAIGN, "--last", "0")):
        misuse(env, *words)
