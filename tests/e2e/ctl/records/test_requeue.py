"""licetctl requeue: once more, through every rule."""

import json

from checks import fails, misuse, shows, write
from harness import contains, equal
from world import CAMPAIGN, CONSENT, OPEN, job, start


def test_requeue_keeps_the_balance(env):
    w = start(env)
    w.push(*[job(i, consent=None) for i in range(700)], job(900, consent={**CONSENT, "product": "cars"}), "not json")
    w.wait_stat("intake", 702)
    for i in range(700):
        w.r.fcall("licet_consent", 1, w.p + "consent:acme", f"+336{i:08d}", json.dumps(CONSENT))
    w.daemon.stop()
    equal(env.ctl_json("requeue", CAMPAIGN, "--id", "3"), {"campaign": CAMPAIGN, "requeued": 1, "refused": 1, "invalid": 0})
    equal((w.r.llen(w.key("queue")), w.stat("intake"), w.stat("refused.consent-missing")), (1, 701, 699))
    w.balance()
    contains(shows(env, "requeue", CAMPAIGN, "--reason", "consent-missing"), "699 back on the queue (699 refused, 0 invalid)")
    equal((w.stat("intake"), w.stat("refused"), w.stat("refused.consent-missing"), w.r.xlen(w.key("refused"))), (2, 1, 0, 1))
    equal(int(w.r.hget(w.p + "stats", "intake")), 2)
    w.balance()
    env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 700)
    equal(env.ctl_json("requeue", CAMPAIGN), {"campaign": CAMPAIGN, "requeued": 2, "refused": 1, "invalid": 1})
    w.wait_stat("intake", 702)
    w.wait_stat("invalid", 1)
    equal(w.reasons(), {"900": "consent-scope"})
    w.balance()
    env.ctl("requeue", CAMPAIGN, "--id", "none", code=1)
    fails(env, "requeue", "acme.noe")
    misuse(env, "requeue", CAMPAIGN, "--reason", "bad")
    misuse(env, "requeue")
    w.r.set(w.key("queue"), "planted")
    contains(fails(env, "requeue", CAMPAIGN), "should be a list")
    w.r.delete(w.key("queue"))
    w.balance()


def test_requeue_ids_of_a_file(env):
    w = start(env)
    w.push(*[job(i, consent=None) for i in range(1200)])
    w.wait_stat("intake", 1200)
    w.daemon.stop()
    path = write(env, "ids.csv", "n;ID", *[f"x;{i}" for i in range(0, 1200, 2)])
    equal(env.ctl_json("requeue", CAMPAIGN, "--ids", path)["requeued"], 600)
    equal(sorted(int(json.loads(j)["id"]) for j in w.r.lrange(w.key("queue"), 0, -1)), list(range(0, 1200, 2)))
    w.balance()
    equal(env.ctl_json("requeue", CAMPAIGN, "--ids", write(env, "two", "1", "none"), code=1)["requeued"], 1)
    misuse(env, "requeue", CAMPAIGN, "--ids", path, "--id", "1")
    # Withdrawn likewise.
    contains(shows(env, "campaign", "cancel", CAMPAIGN, "--ids", path), "600 ids cancelled")
    equal(w.r.scard(w.key("cancel")), 600)
    misuse(env, "campaign", "cancel", CAMPAIGN, "1", "--ids", path)
    misuse(env, "campaign", "cancel", CAMPAIGN)
    misuse(env, "campaign", "pause", CAMPAIGN, "--ids", path)
