"""licetctl explain: why a number is, or is not, called, as licetd judges it."""

import json
import os

from checks import MASK, NUMBER, fails, misuse, shows
from harness import contains, equal
from world import BEFORE, CAMPAIGN, CONSENT, FORM, OPEN, UNPLACED, World, consent, job, oppose_at, start


def test_explain_knows_it_all(env):
    """Forms, dated oppositions, persons and slots: the daemon's answer, and one that can be judged again."""
    w = start(env)
    w.r.hset(w.p + "form:web-v3", mapping=FORM)
    oppose_at(w, "+33600000001", "2026-08-20T10:00:00+02:00")
    oppose_at(w, "+33600000002", "2026-10-01T10:00:00+02:00")
    oppose_at(w, "+33611000003", "2026-08-20T10:00:00+02:00", person="p-3")
    oppose_at(w, "+33611000004", "2026-08-20T10:00:00+02:00", scope="", person="p-4")
    w.r.sadd(w.p + "slots:acme", "+33600000007/1795512600000")
    jobs = [job(1, consent=consent(via="web")), job(2, consent=consent(via="web", collected_at="2026-10-02T10:00:00+02:00")),
            job(3, person="p-3"), job(4, person="p-4"), job(5, consent=consent(form="web-v3")), job(6, consent=consent(form="unknown")),
            job(7, consent=consent(slot=OPEN)), job(8, consent=consent(slot="2026-11-28T21:00:00+01:00"))]
    expected = [("allowed", 0), ("opposed-advertiser", 1), ("opposed-advertiser", 1), ("opposed-platform", 1), ("allowed", 0),
                ("consent-form", 1), ("consent-expired", 1), ("not-before", 0)]
    for j, (reason, code) in zip(jobs, expected):
        path = os.path.join(env.folder, j["id"] + ".json")
        got = env.ctl_json("explain", w.c, j["to"], "--job", json.dumps(j), "--at", OPEN, "--receipt", path, code=code)
        equal(got["reason"], reason, j["id"])
        equal(env.run("verify", path, "-c", env.conf, "--json").json["confirmed"], True, j["id"])
    w.push(*jobs)
    w.wait_intake(8)
    refused = w.reasons()
    equal([refused.get(j["id"], "allowed" if j["id"] != "8" else "not-before") for j in jobs], [reason for reason, _ in expected])


def test_explain_agrees_with_the_daemon(env):
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.r.sadd(w.p + "list:opposition", "+33600000002")
    w.r.sadd(w.p + "list:anti-prospection", "+33600000003")
    w.r.sadd(w.key("cancel"), "8")
    jobs = [job(1), job(2), job(3), job(4, consent=None), job(5, consent={**CONSENT, "product": "cars"}), job(6),
            job(7, "0692 12 34 56"), job(8), job(9, not_before="2026-11-26T11:00:00+01:00"), job(10, "0899 12 34 56"),
            job(11, NUMBER)]
    w.daemon = env.daemon("--simulate", OPEN)
    w.attempt("+33600000006", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
    w.push(*jobs)
    w.wait_intake(11)
    refused = w.reasons()
    equal(refused["11"], "duplicate")
    where = {"1": "ready", "6": "later", "7": "held", "9": "later"}
    for j in jobs[:-1]:
        i = j["id"]
        got = env.ctl_json("explain", CAMPAIGN, j["to"], code=1 if i in refused else 0)
        equal(got["job"], where.get(i, "refused"), i)
        if i in refused:
            equal((got["verdict"], got["reason"]), ("refuse", refused[i]), i)
        elif got["job"] == "ready":
            equal((got["verdict"], got["reason"], got["not_after"] is None), ("release", "allowed", False), i)
        elif got["job"] == "held":
            equal((got["verdict"], got["reason"], got["until"]), ("hold", "outside-hours", "2026-11-24T10:00:00Z"), i)
        else:
            score = w.r.zscore(w.key("later"), next(m for m in w.r.zrange(w.key("later"), 0, -1) if j["to"] in m))
            equal((got["verdict"], got["until"]), ("hold", {"6": "2026-12-02T09:00:00Z", "9": "2026-11-26T10:00:00Z"}[i]), i)
            equal(score, {"6": 1796202000000.0, "9": 1795687200000.0}[i])
            equal(got["next_lawful"], got["until"])
    taken = w.take(1)[0]
    equal(env.ctl_json("explain", CAMPAIGN, taken["to"])["job"], "taken")
    w.done(taken["token"])
    w.wait_stat("done", 1)
    equal(env.ctl_json("explain", CAMPAIGN, taken["to"], "--job", '{"id":"1"}', code=1)["reason"], "consent-missing")
    equal(env.ctl_json("explain", CAMPAIGN, taken["to"], code=1)["job"], "done")


def test_explain_held_jobs(env):
    w = start(env, "2026-12-25T10:00:00+01:00")
    w.push(job(1), job(2, "0692 12 34 56"), job(3, postcode="67000"))
    w.wait_intake(3)
    equal(w.stat("held"), 3)
    got = env.ctl_json("explain", CAMPAIGN, "06 92 12 34 56", "--at", "2026-12-25T10:00:00+04:00")
    equal((got["verdict"], got["reason"], got["until"], got["job"]), ("hold", "holiday", "2026-12-28T06:00:00Z", "held"))
    equal((got["place"], got["zones"], got["rule"]), ("la-reunion", ["Indian/Reunion"], "Noël"))
    equal((got["next_lawful"], got["at"], got["to"]), ("2026-12-28T06:00:00Z", "2026-12-25T06:00:00Z", "+26269212••••"))
    window = next(r for r in got["rules"] if r["rule"] == "window")
    equal((window["verdict"], window["reason"], window["detail"], window["until"]),
          ("hold", "holiday", "Noël", "2026-12-28T06:00:00Z"))
    contains(window["article"], "L3133-1")
    equal(list(got["rulebook"]), ["id", "version", "hash", "tzdata", "approved_by"])
    equal(sorted(r["rule"] for r in got["rules"]),
          sorted("job campaign number dates duplicate cancel halt law lists consent history cap gap not-before start window brake pause".split()))
    equal(env.ctl_json("explain", CAMPAIGN, "0600000003")["place"], "alsace-moselle", "the address of its job")
    w.wait_state(until=got["until"], because="holiday")
    out = shows(env, "explain", CAMPAIGN, NUMBER)
    for part in (MASK, "job: held, id 1 (" + UNPLACED + ")", "Not now: holiday, a public holiday there (Noël)",
                 "until Mon 28 Dec 2026 10:00 Europe/Paris, 2026-12-28T09:00:00Z", "rulebook fr"):
        contains(out, part)
    contains(shows(env, "explain", CAMPAIGN, NUMBER, "--lang", "fr"), "Pas maintenant : jour férié (Noël)")


def test_explain_a_given_job_and_no_job(env):
    w = start(env)
    got = env.ctl_json("explain", CAMPAIGN, NUMBER, code=1)
    equal((got["job"], got["judged"], got["reason"], got["next_lawful"]), ("none", "none", "consent-missing", None))
    given = '{"consent": %s}' % json.dumps(CONSENT)
    got = env.ctl_json("explain", CAMPAIGN, NUMBER, "--job", given)
    equal((got["verdict"], got["judged"], got["next_lawful"]), ("release", "given", got["at"]))
    got = env.ctl_json("explain", CAMPAIGN, NUMBER, "--job", '{"postcod": "67000"}', code=1)
    equal((got["verdict"], got["reason"], got["rule"]), ("invalid", "field-unknown", "postcod"))
    contains(got["hint"], "postcode")
    got = env.ctl_json("explain", CAMPAIGN, "06 12 34", code=1)
    equal((got["verdict"], got["reason"], got["place"]), ("invalid", "number-malformed", ""))
    w.r.hset(w.p + "halt", "route:main", "stop")
    got = env.ctl_json("explain", CAMPAIGN, NUMBER, "--job", given)
    equal((got["reason"], got["rule"], got["until"]), ("halted", "route:main", None))
    w.r.hdel(w.p + "halt", "route:main")
    w.r.hset(w.key("def"), "sector", "renewable-energy")
    equal(env.ctl_json("explain", CAMPAIGN, NUMBER, "--job", given)["reason"], "campaign-rejected")


def test_explain_what_the_commit_would_find(env):
    """Marks of earlier releases, the backlog, the rate: what the daemon asks only at the commit."""
    w = World(env).define(rate="1/s")
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 1})
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(1, person="p-1"), job(2))
    w.wait_intake(2)
    w.wait_stat("ready", 1)
    got = env.ctl_json("explain", CAMPAIGN, "+33600000002")
    equal((got["job"], got["verdict"], got["reason"], got["rule"]), ("held", "hold", "route-full", "main"))
    equal(env.ctl_json("explain", CAMPAIGN, NUMBER)["verdict"], "release", "what is ready needs no room")
    w.daemon.stop()
    w.push(job(1, "+33600000007"), job(8, person="p-1"), job(9))
    for number in ("+33600000007", "+33600000008"):
        got = env.ctl_json("explain", CAMPAIGN, number, code=1)
        equal((got["job"], got["reason"]), ("queue", "duplicate"), number)
    equal(env.ctl_json("explain", CAMPAIGN, "+33600000009")["reason"], "route-full")
    given = json.dumps({"id": "new", "consent": CONSENT})
    equal(env.ctl_json("explain", CAMPAIGN, NUMBER, "--job", given, code=1)["reason"], "duplicate", "another job of that number")


def test_explain_bad_use(env):
    World(env).define()
    contains(fails(env, "explain", "acme.noe", NUMBER), "did you mean acme.noel?")
    misuse(env, "explain", CAMPAIGN)
    misuse(env, "explain", "Not An Id", NUMBER)
    misuse(env, "explain", CAMPAIGN, NUMBER, "--at", "tomorrow")
    misuse(env, "explain", CAMPAIGN, NUMBER, "--lang", "de")
    misuse(env, "explain", CAMPAIGN, NUMBER, "--job", '{"to": "0600000002"}')


def test_before_a_campaign_starts(env):
    """What waits for its start is held, and explained as such."""
    w = start(env, BEFORE, start="2026-11-25T10:00:00+01:00")
    w.push(job(1))
    w.wait_stat("held", 1)
    got = env.ctl_json("explain", CAMPAIGN, NUMBER)
    equal((got["verdict"], got["reason"], got["job"], got["until"], got["next_lawful"]),
          ("hold", "campaign-not-started", "held", "2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z"))
    equal(w.state()["because"], "campaign-not-started")
