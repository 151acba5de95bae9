"""Every command of licetctl that asks Redis, and a scene in which each has something to say."""

import json
import os

from harness import wait_until
from world import CAMPAIGN, CONSENT, FORM, OPEN, World, job

NUMBER = "+33600000042"


def scene(env, world=None):
    """Jobs in every place, lists, consents, attempts, forms, errors. The daemon runs."""
    w = world or World(env).define(lists=("opposition", "anti-prospection"))
    r, p = w.r, w.p
    r.sadd(p + "list:opposition", "+33600000077")
    r.sadd(p + "list:anti-prospection", "+33600000078")
    r.hset(p + "form:web-v3", mapping=FORM)
    for brand in ("zeta", "zeta-kids"):
        r.hset(p + "advertiser:" + brand, mapping={**r.hgetall(p + "advertiser:acme"), "name": brand, "siren": "732829320", "caller_ids": "+33162001288"})
    r.hset(p + "route:main", mapping={"location": "FR", "operator": "Tel SA", "lease_s": "900"})
    r.hset(p + "route:alt", mapping={"location": "FR"})
    r.sadd(p + "routes", "main", "alt")
    w.push(*[job(i, vars={"name": "Zoé"}) for i in range(1, 9)], job(9, postcode="97400", person="p-9"), job(10, consent=None), '{"id":"11","to":"06"}', "no json",
           job(12, not_before="2026-12-01T10:00:00+01:00"))
    w.daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: w.stat("ready") == 8 and w.stat("intake") == 13, 20, lambda: f"the scene {w.stats()}")
    for got, (outcome, detail) in zip(w.take(4, "box"), (("answered", "said yes"), ("opted-out", "pressed 9"), ("busy", ""))):
        w.done(got["token"], outcome, detail)
    wait_until(lambda: w.stat("done") == 3, 20, "what was reported")
    r.fcall("licet_consent", 1, p + "consent:acme", NUMBER, json.dumps(CONSENT))
    r.fcall("licet_attempt", 1, p + "attempts:acme", NUMBER, "2026-11-20", "")
    w.oppose("+33600000079", "acme")
    r.xadd(p + "errors", {"event": "test", "text": "a fault", "what": "x", "at": OPEN})
    return w


def commands(env):
    """Words by the name of the command, those first that change nothing. Files are made."""
    def file(name, text):
        path = os.path.join(env.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path
    jobs = file("jobs.csv", "id;to;Nom\nn1;0600000051;Zoé\nn2;0600000052;Ana\n")
    numbers = file("numbers.csv", "Téléphone\n0600000061\n")
    consents = file("consents.csv", "number,product,channel,collected_at,until,form,proof\n"
                    "0600000062,toys,automated-voice,2026-09-01T10:12:00+02:00,2027-08-31,identity choice period withdrawal proof,f/1\n")
    attempts = file("attempts.csv", "number,at\n0600000063,2026-11-20\n")
    return {
        "status": ("status", "--all"), "top": ("top", "--once"), "campaign list": ("campaign", "list"), "campaign show": ("campaign", "show", CAMPAIGN),
        "forecast": ("forecast", CAMPAIGN, "--rate", "60/h"), "preflight": ("preflight",), "refused": ("refused", CAMPAIGN), "invalid": ("invalid", CAMPAIGN),
        "done": ("done", CAMPAIGN), "explain": ("explain", CAMPAIGN, "+33600000009"), "dossier": ("dossier", "+33600000001"),
        "subject show": ("subject", "show", "+33600000009"), "attest": ("attest", CAMPAIGN), "export": ("export", CAMPAIGN, "--since", "2026-01-01T00:00:00Z"),
        "export csv": ("export", CAMPAIGN, "--since", "2026-01-01T00:00:00Z", "--format", "csv"), "breaker": ("breaker", "main"), "senders": ("senders",),
        "list show": ("list", "show", "opposition"), "list check": ("list", "check", "opposition", "+33600000077"),
        "consent show": ("consent", "show", "acme", NUMBER), "attempts show": ("attempts", "show", "acme", NUMBER),
        "advertiser show": ("advertiser", "show", "acme"),
        "rulebook diff": ("rulebook", "diff"), "batch list": ("batch", "list", CAMPAIGN), "follow": ("follow", CAMPAIGN, "--once"), "enqueue --dry-run": ("enqueue", CAMPAIGN, jobs, "--dry-run"),
        # These change something.
        "campaign put": ("campaign", "put", CAMPAIGN, "rate", "300/h"), "campaign pause": ("campaign", "pause", CAMPAIGN),
        "campaign resume": ("campaign", "resume", CAMPAIGN), "campaign cancel": ("campaign", "cancel", CAMPAIGN, "8"),
        "enqueue": ("enqueue", CAMPAIGN, jobs, "--again"), "batch show": ("batch", "show", CAMPAIGN, "jobs.csv"), "batch cancel": ("batch", "cancel", CAMPAIGN, "jobs.csv"),
        "requeue": ("requeue", CAMPAIGN, "--reason", "consent-missing"),
        "halt": ("halt", "route:alt", "--reason", "a test"), "unhalt": ("unhalt", "route:alt"), "take": ("take", "main", "--sender", "me"),
        "report": ("report", "no-such-token", "busy"), "settle": ("settle", CAMPAIGN, "4", "answered", "--reason", "a test"),
        "list load": ("list", "load", "opposition", numbers), "oppose": ("oppose", "+33600000064"),
        "oppose --advertiser": ("oppose", "+33600000066", "--advertiser", "acme"),
        "oppose --undo": ("oppose", "+33600000064", "--undo", "--by", "me", "--reason", "a test"), "consent import": ("consent", "import", "acme", consents),
        "consent withdraw": ("consent", "withdraw", "acme", "+33600000062"), "attempts import": ("attempts", "import", "acme", attempts),
        "advertiser alias": ("advertiser", "alias", "zeta-kids", "zeta", "--reason", "a test"), "subject erase": ("subject", "erase", "+33600000061"), "reload": ("reload",),
        "campaign stop": ("campaign", "stop", CAMPAIGN, "--end"), "campaign purge": ("campaign", "purge", CAMPAIGN),
    }


# Those that only read.
READING = ("status", "top", "campaign list", "campaign show", "forecast", "preflight", "refused", "invalid", "done", "explain", "dossier", "subject show",
           "attest", "export", "export csv", "breaker", "senders", "list show", "list check", "consent show", "attempts show", "advertiser show", "rulebook diff",
           "batch list",
           "enqueue --dry-run")
