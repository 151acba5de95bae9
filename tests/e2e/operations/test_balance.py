"""Counters are compared with the places themselves, also where all terms are wrong together."""

from harness import contains, equal, wait_until
from world import CAMPAIGN, OPEN, job, start


def errors(w):
    return [f"{f['where'].split(':', 1)[1]}: {f['error']}" for _, f in w.r.xrange(w.p + "errors")]


def looked(env, w):
    """licetd looks when it starts, and once a minute."""
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", w.clock)


def test_what_somebody_wrote_by_hand(env):
    w = start(env, OPEN, job(1), job(2, not_before="2026-12-01T10:00:00+01:00"), job(3, postcode="97400"))
    w.wait_stat("ready", 1)
    w.wait_stat("held", 1)
    w.wait_stat("later", 1)
    looked(env, w)
    wait_until(lambda: env.ctl_json("status")["daemons"][0].get("unbalanced") == "0", 10, "a look")
    equal([e for e in errors(w) if "counters" in e], [])
    place = next(k for k in w.stats() if k.startswith("held."))
    for change, undo, said in (
            (lambda: w.r.hincrby(w.key("stats"), "held", 1), lambda: w.r.hincrby(w.key("stats"), "held", -1), "intake: 3 counted, 4 there"),
            (lambda: w.r.rename(w.key("held:" + place[5:]), w.p + "aside"), lambda: w.r.rename(w.p + "aside", w.key("held:" + place[5:])), place + ": 1 counted, 0 there"),
            (lambda: w.r.rename(w.key("later"), w.p + "aside"), lambda: w.r.rename(w.p + "aside", w.key("later")), "later: 1 counted, 0 there"),
            (lambda: w.r.rename(w.ready, w.p + "aside"), lambda: w.r.rename(w.p + "aside", w.ready), "ready, taken and unknown: 1 counted, 0 there")):
        w.daemon.stop()
        change()
        w.daemon = env.daemon("--simulate", w.clock)
        wait_until(lambda s=said: any(s in e for e in errors(w)), 20, lambda s=said: f"{s} in {errors(w)}")
        w.daemon.stop()
        undo()
        w.daemon = env.daemon("--simulate", w.clock)
        wait_until(lambda: env.ctl_json("status")["daemons"][0].get("unbalanced") == "0", 20, "it to add up again")
    contains(" ".join(errors(w)), f"campaign:{CAMPAIGN}:stats: the counters do not say what is there: ")


def test_it_adds_up_while_jobs_move(env):
    w = start(env)
    for i in range(5):
        w.push(*[job(100 * i + k) for k in range(100)])
        for j in w.wait_taken(60):
            w.done(j["token"], "busy")
        looked(env, w)
    wait_until(lambda: env.ctl_json("status")["daemons"][0].get("unbalanced") == "0", 10, "a look")
    equal([e for e in errors(w) if "counters" in e], [])
