"""licetctl against a real redis-server and a real licetd: what it says and what it does."""

import json

from harness import Failure, contains, equal, wait_until
from world import BEFORE, CAMPAIGN, CONSENT, OPEN, UNPLACED, World, job

NUMBER = "+33600000001"
HIDDEN = "600000001"  # of NUMBER: what no text may show
MASK = "+3360000••••"


def start(env, at=OPEN, **definition):
    w = World(env).define(**definition)
    w.daemon = env.daemon("--simulate", at)
    return w


def one_line(result, code):
    """An error is one line on standard error, without a number in it."""
    equal((result.code, result.out, result.err.count("\n")), (code, "", 1), repr(result))
    if HIDDEN in result.err:
        raise Failure(f"a number in {result.err!r}")
    return result.err


def misuse(env, *words):
    return one_line(env.ctl(*words, code=None), 2)


def fails(env, *words, **options):
    return one_line(env.ctl(*words, code=None, **options), 1)


def shows(env, *words, code=0, **options):
    """The text for people: masked."""
    out = env.ctl(*words, code=code, **options).out
    if HIDDEN in out or "\033" in out:
        raise Failure(f"{words}: {out!r}")
    return out


# -- explain


def test_explain_agrees_with_the_daemon(env):
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.r.sadd(w.p + "list:opposition", "+33600000002")
    w.r.sadd(w.p + "list:anti-prospection", "+33600000003")
    w.r.sadd(w.key("cancel"), "8")
    days = b"".join(d.to_bytes(2, "big") for d in (20758, 20759, 20760, 20761))
    w.r.hset(w.p + "attempts:acme", "+33600000006", days)
    jobs = [job(1), job(2), job(3), job(4, consent=None), job(5, consent={**CONSENT, "product": "cars"}), job(6),
            job(7, "0692 12 34 56"), job(8), job(9, not_before="2026-11-26T11:00:00+01:00"), job(10, "0899 12 34 56"),
            job(11, NUMBER)]
    w.push(*jobs)
    w.daemon = env.daemon("--simulate", OPEN)
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
    equal(list(got["rulebook"]), ["id", "version", "hash", "approved_by"])
    equal([r["rule"] for r in got["rules"]],
          "job campaign number dates duplicate cancel halt law lists consent history cap not-before start window brake pause".split())
    equal(env.ctl_json("explain", CAMPAIGN, "0600000003")["place"], "alsace-moselle", "the address of its job")
    w.wait_state(until=got["until"], because="holiday")
    out = shows(env, "explain", CAMPAIGN, NUMBER)
    for part in (MASK, "job: held, id 1 (" + UNPLACED + ")", "Not now: holiday, a public holiday there (Noël)",
                 "until Mon 28 Dec 2026 10:00 Europe/Paris, 2026-12-28T09:00:00Z", "rulebook fr"):
        contains(out, part)
    contains(shows(env, "explain", CAMPAIGN, NUMBER, "--lang", "fr"), "Pas maintenant : holiday, jour férié (Noël)")


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
    w.r.hset(w.key("def"), "sector", "energy-renovation")
    equal(env.ctl_json("explain", CAMPAIGN, NUMBER, "--job", given)["reason"], "campaign-rejected")


def test_explain_bad_use(env):
    World(env).define()
    contains(fails(env, "explain", "acme.noe", NUMBER), "did you mean acme.noel?")
    misuse(env, "explain", CAMPAIGN)
    misuse(env, "explain", "Not An Id", NUMBER)
    misuse(env, "explain", CAMPAIGN, NUMBER, "--at", "tomorrow")
    misuse(env, "explain", CAMPAIGN, NUMBER, "--lang", "de")
    misuse(env, "explain", CAMPAIGN, NUMBER, "--job", '{"to": "0600000002"}')


# -- status


def test_status(env):
    w = World(env).define()
    equal(env.ctl_json("status")["daemons"], [])
    contains(shows(env, "status"), "none is running")
    w.push(job(1), job(2), "not json")
    w.daemon = env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 2)
    w.wait_state(state="running")
    w.take(1)
    w.wait_stat("taken", 1)
    w.r.hset(w.p + "halt", "source:web-2026", "wrong file")
    w.wait_because("halted")
    wait_until(lambda: w.stat("held") == 1, 5, "the ready one to come back")
    got = env.ctl_json("status")
    equal((got["daemons"][0]["simulated"], got["redis"]["met"], got["halts"]), ("yes", True, {"source:web-2026": "wrong file"}))
    assert got["daemons"][0]["age_s"] <= 5, got["daemons"]
    c = got["campaigns"][0]
    equal((c["id"], c["state"], c["because"], c["taken"], c["held"], c["invalid"], c["intake"]),
          (CAMPAIGN, "waiting", "halted", 1, 1, 1, 3))
    equal((got["routes"][0]["route"], got["routes"][0]["leases"]), ("main", 1))
    equal([(li["name"], li["mode"], li["state"]) for li in got["lists"]],
          [("opposition", "required", "ok"), ("anti-prospection", "if-present", "not used")])
    out = shows(env, "status")
    for part in ("acme.noel", "waiting: halted", "wrong file", "anti-prospection", "on a simulated clock"):
        contains(out, part)
    misuse(env, "status", "now")
