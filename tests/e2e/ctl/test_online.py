"""licetctl against a real redis-server and a real licetd: what it says and what it does."""

import json

from checks import MASK, NUMBER, fails, misuse, shows, write
from harness import Failure, contains, equal, wait_until
from world import BEFORE, CAMPAIGN, CONSENT, OPEN, UNPLACED, World, job, start

# -- explain


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
    equal(list(got["rulebook"]), ["id", "version", "hash", "approved_by"])
    equal(sorted(r["rule"] for r in got["rules"]),
          sorted("job campaign number dates duplicate cancel halt law lists consent history cap not-before start window brake pause".split()))
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


# -- campaign

DEFINITION = ("advertiser acme purpose prospecting sector retail product toys delivery call message noel.wav message_seconds 25 "
              "synthetic_voice no caller_id +33162001234 source web-2026 route main status running").split()
DEFINITION += ["announces", "identity commercial opt-out", "opt_out", "+33805123456 key:9"]


def test_campaign_put(env):
    w = World(env).define()
    got = env.ctl_json("campaign", "put", "acme.new", *DEFINITION)
    equal(got, {"id": "acme.new", "stored": True, "faults": []})
    assert w.r.sismember(w.p + "campaigns", "acme.new")
    equal(w.r.hget(w.p + "campaign:acme.new:def", "announces"), "identity commercial opt-out")
    out = shows(env, "campaign", "put", "acme.new", "sectr", "retail", code=1)
    contains(out, "not stored")
    contains(out, "field-unknown: sectr, did you mean sector?")
    equal(w.r.hexists(w.p + "campaign:acme.new:def", "sectr"), False)
    got = env.ctl_json("campaign", "put", "acme.new", "sector", "renewable-energy", code=1)
    equal((got["stored"], got["faults"][0]["fault"]), (False, "sector-banned"))
    equal(env.ctl_json("campaign", "put", "acme.new", "rate", "5/s", "family", "f1")["stored"], True)
    equal(env.ctl_json("campaign", "put", "acme.new", "family", "")["stored"], True)
    equal(w.r.hmget(w.p + "campaign:acme.new:def", "rate", "family"), ["5/s", None], "an empty value takes a field away")
    contains(shows(env, "campaign", "put", "acme.new", "route", "nowhere", "--force"), "stored, 1 fault")
    equal([c["id"] for c in env.ctl_json("campaign", "list")], ["acme.new", CAMPAIGN])
    w.r.hset(w.p + "advertiser:aaa", mapping={"name": "Twin", "siren": "552100554", "caller_ids": "+33162001234", "country": "FR",
                                              "attempts_before": "none"})
    World(env, w.p, "aaa.twin").define(advertiser="aaa")
    contains(env.ctl("campaign", "put", CAMPAIGN, "rate", "6/s", code=1).out, "siren is that of advertiser aaa")
    for words in (("put",), ("put", "acme.new"), ("put", "acme.new", "rate"), ("put", "A", "rate", "5/s"), ("show",), ("list", "x"),
                  ("pause", CAMPAIGN, "x"), ("burn", CAMPAIGN), ("cancel", CAMPAIGN), ("cancel", CAMPAIGN, "x" * 129),
                  ("stop", CAMPAIGN, "--end", "--export", "f"), ("pause", CAMPAIGN, "--end"), ("show", CAMPAIGN, "--export", "f"),
                  ("stop", CAMPAIGN, "--force")):
        misuse(env, "campaign", *words)
    for verb in ("show", "pause", "resume", "stop", "purge"):
        contains(fails(env, "campaign", verb, "acme.noe"), "did you mean acme.noel?")
    contains(fails(env, "campaign", "cancel", "acme.noe", "1"), "did you mean acme.noel?")


def test_campaign_life(env):
    w = start(env)
    w.push(*[job(i) for i in range(5)])
    w.wait_stat("ready", 5)
    token = w.take(2)[0]["token"]
    w.wait_stat("taken", 2)
    got = env.ctl_json("campaign", "show", CAMPAIGN)
    equal((got["definition"]["product"], got["faults"], got["queue"], got["counters"]["taken"]), ("toys", [], 0, 2))
    equal(got["balance"], {"intake": 5, "sum": 5, "holds": True})
    for part in ("voice", "retail", "intake 5 = 5", "ready"):
        contains(shows(env, "campaign", "show", CAMPAIGN), part)
    equal(env.ctl_json("campaign", "pause", CAMPAIGN),
          {"id": CAMPAIGN, "status": "paused", "ready": 0, "taken": 2, "waiting": 3, "acted": True, "daemon": True, "because": "", "until": ""})
    equal((w.take(), w.stat("held")), ([], 3))
    contains(shows(env, "campaign", "resume", CAMPAIGN), "running")
    w.wait_stat("ready", 3)
    contains(fails(env, "campaign", "purge", CAMPAIGN), "is running: stop it first")
    out = shows(env, "campaign", "stop", CAMPAIGN)
    contains(out, "0 ready, 2 taken (senders have them: calls may be ringing)")
    contains(out, "3 ended as campaign-ended")
    equal(w.stat("refused"), 3)
    contains(fails(env, "campaign", "purge", CAMPAIGN), "2 jobs taken")
    w.done(token)
    w.done(w.r.hkeys(w.p + "ready:main:lease")[0])
    w.wait_stat("done", 2)
    w.wait_state(state="stopped")
    contains(shows(env, "campaign", "purge", CAMPAIGN), "purged")
    equal(env.ctl_json("campaign", "list"), [])
    equal([k for k in w.r.scan_iter(w.key("*")) if not k.endswith(":state")], [])


# -- lists


def test_list_load_swaps_while_the_daemon_runs(env):
    w = start(env)
    first = write(env, "anti-1.csv", "numéro;nom", "06 00 00 00 01;Zoé", '"+33 (0)6 00 00 00 02";"a;b"', "", "0033600000003;", "06.00.00.00.04")
    got = env.ctl_json("list", "load", "anti-prospection", first, "--source", "sftp")
    equal(got, {"list": "anti-prospection", "loaded": True, "count": 4, "before": 0, "added": 4, "bad": 0, "error": "", "lines": []})
    equal(w.r.smembers(w.p + "list:anti-prospection"), {f"+3360000000{i}" for i in (1, 2, 3, 4)})
    meta = w.r.hgetall(w.p + "list-meta:anti-prospection")
    equal((meta["source"], meta["count"], meta["last_error"]), ("sftp", "4", ""))
    w.push(job(1), job(5))
    w.wait_intake(2)
    equal(w.reasons(), {"1": "listed"})
    wait_until(lambda: w.stat("ready") == 1, 5, "the other one")
    second = write(env, "anti-2.csv", *[f"060000000{i}" for i in range(2, 6)])
    contains(shows(env, "list", "load", "anti-prospection", second), "4 numbers, 4 before")
    equal(w.take(), [], "the one that is on the new list")
    w.wait_stat("refused.listed", 2)
    equal(sorted(k for k in w.r.scan_iter(w.p + "list:*")), [w.p + "list:anti-prospection"], "nothing is left aside")
    equal(w.r.ttl(w.p + "list:anti-prospection"), -1)
    w.balance()
    equal(env.ctl_json("list", "load", "anti-prospection", "-", "--force", stdin=b"")["count"], 0)
    equal((w.r.exists(w.p + "list:anti-prospection"), w.r.hget(w.p + "list-meta:anti-prospection", "count")), (0, "0"))
    equal(w.r.hget(w.p + "list-meta:anti-prospection", "source"), "stdin")
    w.push(job(6))
    equal([j["id"] for j in w.wait_taken(1)], ["6"])


def test_list_load_refuses(env):
    w = World(env).define()
    key, meta = w.p + "list:bloctel", w.p + "list-meta:bloctel"
    env.ctl("list", "load", "bloctel", write(env, "ten.csv", *[f"+336000000{i}" for i in range(10, 20)]))
    shrunk = write(env, "seven.csv", *[f"+336000000{i}" for i in range(10, 17)])
    contains(fails(env, "list", "load", "bloctel", shrunk), "shrink from 10 to 7 numbers, more than 20 %")
    contains(w.r.hget(meta, "last_error"), "shrink from 10 to 7")
    equal((w.r.scard(key), len(list(w.r.scan_iter(key + ":*")))), (10, 0))
    got = env.ctl_json("list", "load", "bloctel", shrunk, code=1)
    equal((got["loaded"], got["count"], got["before"]), (False, 7, 10))
    contains(shows(env, "list", "load", "bloctel", shrunk, "--force"), "7 numbers, 10 before")
    equal(w.r.hget(meta, "last_error"), "")
    bad = write(env, "bad.csv", "number", *[f"+336000000{i}" for i in range(10, 17)], "06 00 00 00 0", "hello")
    done = env.ctl("list", "load", "bloctel", bad, code=1)
    equal(done.err.splitlines()[0][:47], "bad.csv:9: number-malformed: 06 00 0• •• •; 10 ")
    contains(done.err, "bad.csv:10: number-malformed")
    contains(done.err, "2 bad lines: nothing was changed")
    contains(w.r.hget(meta, "last_error"), "2 bad lines")
    got = env.ctl_json("list", "load", "bloctel", bad, "--skip-bad")
    equal((got["count"], got["bad"], [li["line"] for li in got["lines"]]), (7, 2, [9, 10]))
    w.r.set(w.p + "list:planted", "x")
    contains(fails(env, "list", "load", "planted", bad), "expected a set")
    fails(env, "list", "load", "bloctel", env.folder + "/none.csv")
    for words in (("load", "bloctel"), ("show",), ("show", "bloctel", "x"), ("check", "bloctel"), ("load", "Bad Name", "-"), ("drop", "x")):
        misuse(env, "list", *words)


def test_list_live_show_check(env):
    w = World(env)
    env.redis.sadd(w.p + "list:opposition", "+33600000009")
    got = env.ctl_json("list", "load", "opposition", write(env, "opp.csv", NUMBER, "+33600000002"), "--source", "crm")
    equal((got["count"], got["before"], got["added"]), (3, 1, 2), "added to, never replaced")
    contains(env.ctl("list", "load", "opposition", "-", stdin=b"0600000003\n0600\n", code=1).err, "the other numbers were added")
    equal(w.r.sismember(w.p + "list:opposition", "+33600000003"), 1)
    equal(env.ctl_json("list", "load", "opposition:acme", "-", stdin=b"0600000004\n")["count"], 1)
    got = env.ctl_json("list", "show", "opposition")
    equal((got["count"], got["mode"], got["meta"]["source"], got["meta"]["count"]), (4, "required", "crm", "3"))
    for part in ("required", "crm", "age"):
        contains(shows(env, "list", "show", "opposition"), part)
    contains(shows(env, "list", "show", "anti-prospection"), "if-present, 31 days")
    fails(env, "list", "show", "no-such-list")
    equal(env.ctl_json("list", "check", "opposition", "06 00 00 00 01"), {"list": "opposition", "to": MASK, "on": True})
    contains(shows(env, "list", "check", "opposition:acme", NUMBER, code=1), MASK + " is not on opposition:acme")
    fails(env, "list", "check", "opposition", "06 00")


# -- what became of jobs


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
    fails(env, "done", "acme.noe")
    for words in (("refused",), ("refused", CAMPAIGN, "--reason", "bad"), ("done", CAMPAIGN, "--reason", "listed"), ("invalid", CAMPAIGN, "--last", "0")):
        misuse(env, *words)


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


# -- senders


def test_take_and_report(env):
    w = start(env)
    w.push(*[job(i, vars={"n": i}) for i in range(1, 5)])
    w.wait_stat("ready", 4)
    got = env.ctl_json("take", "main", "--count", "2", "--sender", "hand")
    equal(list(got[0]), "token campaign id to advertiser caller_id message delivery opt_out attempt released_ms not_after_ms vars".split())
    equal((got[0]["to"], got[0]["attempt"], json.loads(got[0]["vars"])), (NUMBER, 1, {"n": 1}))
    out = shows(env, "take", "main")
    contains(out, "+3360000••••")
    equal(shows(env, "report", got[0]["token"], "answered"), "OK\n")
    equal(env.ctl_json("report", got[1]["token"], "opted-out", "--detail", "key 9")["reply"], "OK")
    equal(env.ctl_json("report", got[1]["token"], "answered", code=1)["reply"], "late")
    contains(shows(env, "report", got[1]["token"], "answered", code=1), "late")
    contains(fails(env, "report", "no-such-token", "answered"), "never handed out here")
    w.wait_stat("done", 2)
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000002"})
    equal(len(env.ctl_json("take", "main", "--count", "9")), 1)
    contains(shows(env, "take", "main"), "no job is ready")
    equal(env.ctl_json("take", "main"), [])
    w.wait_stat("taken", 2)
    w.balance()
    contains(misuse(env, "report", "t", "answerd"), "did you mean answered?")
    for words in (("take",), ("take", "Main"), ("take", "main", "--count", "0"), ("take", "main", "--sender", ""), ("report", "t")):
        misuse(env, *words)


def test_senders_and_settle(env):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, 4)])
    w.wait_stat("ready", 3)
    w.take(3, "box-1")
    w.wait_stat("unknown", 3)
    w.r.hset(w.p + "route:main", "lease_s", 600)
    w.push(job(4))
    w.wait_stat("ready", 1)
    token = w.take(1, "box-2")[0]["token"]
    got = env.ctl_json("senders")
    equal([(r["route"], r["ready"], len(r["leases"]), len(r["unknown"])) for r in got], [("main", 0, 1, 3)])
    lease = got[0]["leases"][0]
    equal((lease["sender"], lease["campaign"], lease["id"], lease["to"], lease["token"]), ("box-2", CAMPAIGN, "4", "+3360000••••", token))
    assert 500 < lease["left_s"] <= 600 and 0 <= lease["age_s"] < 60, lease
    out = shows(env, "senders")
    for part in ("main: 0 ready, 1 with senders, 3 unknown", "box-1", "a person must settle them"):
        contains(out, part)
    contains(shows(env, "settle", CAMPAIGN, "1", "answered", "--reason", "call log"), "settled as answered")
    got = env.ctl_json("settle", CAMPAIGN, "2", "refused", "--reason", "call log")
    equal(got, {"campaign": CAMPAIGN, "id": "2", "to": "+3360000••••", "outcome": "refused", "opposed": True})
    equal(env.ctl_json("settle", CAMPAIGN, "3", "not-placed", "--reason", "the box was off")["opposed"], False)
    equal((len(w.attempts("+33600000001")), w.attempts("+33600000003")), (1, []))
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000002"})
    w.wait_stat("taken", 1)
    stats = w.balance()
    equal((stats["unknown"], stats["done"], stats["done.answered"], stats["taken"]), (0, 3, 1, 1))
    done = w.ended("done")["1"]
    equal((done["detail"], done["sender"], done["outcome"]), ("settled by hand: call log", "box-1", "answered"))
    contains(fails(env, "settle", CAMPAIGN, "1", "answered", "--reason", "again"), "has no unknown job 1")
    equal(env.ctl_json("explain", CAMPAIGN, "+33600000004")["job"], "taken")
    for words in ((CAMPAIGN, "1", "answered"), (CAMPAIGN, "1", "happy", "--reason", "x"), (CAMPAIGN, "1")):
        misuse(env, "settle", *words)


def test_halt_and_unhalt(env):
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    contains(shows(env, "halt", "advertiser:acme", "--reason", "wrong message"), "advertiser:acme: halted")
    equal(w.take(), [])
    w.wait_state(because="halted", rule="advertiser:acme", note="wrong message")
    equal(env.ctl_json("halt", "all", "--reason", "x"), {"scope": "all", "halted": True, "reason": "x"})
    equal(env.ctl_json("unhalt", "all"), {"scope": "all", "halted": False, "was_halted": True})
    contains(shows(env, "unhalt", "all", code=1), "was not halted")
    contains(shows(env, "unhalt", "advertiser:acme"), "goes on")
    equal(len(w.wait_taken(1)), 1)
    for words in (("halt", "all"), ("halt", "everything", "--reason", "x"), ("halt", "route:", "--reason", "x"), ("unhalt",), ("unhalt", "x")):
        misuse(env, *words)


def test_before_a_campaign_starts(env):
    """What waits for its start is held, and explained as such."""
    w = start(env, BEFORE, start="2026-11-25T10:00:00+01:00")
    w.push(job(1))
    w.wait_stat("held", 1)
    got = env.ctl_json("explain", CAMPAIGN, NUMBER)
    equal((got["verdict"], got["reason"], got["job"], got["until"], got["next_lawful"]),
          ("hold", "campaign-not-started", "held", "2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z"))
    equal(w.state()["because"], "campaign-not-started")


def test_redis_is_needed(env):
    env.redis  # pylint: disable=pointless-statement
    env.server.kill()
    for words in (("status",), ("explain", CAMPAIGN, NUMBER), ("oppose", NUMBER), ("campaign", "list")):
        contains(fails(env, *words), "Redis at ")
