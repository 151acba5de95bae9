"""licetd against a real redis-server: from a queue to a lawful call in a sender's hands."""

import glob
import json

from harness import Failure, contains, equal, wait_until
from world import BEFORE, CONSENT, OPEN, UNPLACED, World, job, start


def test_queue_to_done(env):
    w = start(env)
    w.push(job(1, "06 12 34 56 78", vars={"name": "Zoé", "n": 1.50, "l": []}))
    got = w.wait_taken(1)[0]
    equal(got["to"], "+33612345678")
    equal(list(got), "token campaign id to advertiser caller_id message delivery opt_out attempt released_ms not_after_ms vars".split())
    equal(got["vars"], '{"name": "Zo\\u00e9", "n": 1.5, "l": []}', "vars untouched")
    equal(got["caller_id"], "+33162001234")
    equal(w.done(got["token"], "answered", "spoke"), "OK")
    w.wait_stat("done", 1)
    entry = w.ended("done")["1"]
    equal((entry["outcome"], entry["sender"], entry["place"], entry["consent"]), ("answered", "s1", UNPLACED, "form-v3/88121"))
    facts = json.loads(entry["facts"])
    equal(facts["regimes"], ["fr-2026"])
    contains(facts["lists"], "opposition")
    equal(entry["not_after_ms"], "1795521000000", "twelve fifty in Paris")
    w.balance()
    w.wait_state(state="done", because="nothing-queued")


def test_vars_untouched_to_the_byte(env):
    w = start(env)
    text = '{"b":1e2,"a":"\\u00e9","c":[1.10,{"]":"}"}]}'
    w.push('{"vars":%s , "id":"1","to":"0612345678","consent":%s}' % (text, json.dumps(CONSENT)))
    equal(w.wait_taken(1)[0]["vars"], text)


def test_holds_until_the_window_opens(env):
    w = start(env, BEFORE)
    w.push(*[job(i) for i in range(50)])
    w.wait_intake(50, 5)
    equal(w.stat("held"), 50)
    equal(w.r.llen(w.key("held:" + UNPLACED)), 50)
    w.wait_state(state="waiting", because="outside-hours", until="2026-11-24T09:00:00Z")
    place = w.r.hgetall(w.p + "place:" + UNPLACED)
    equal((place["open"], place["next_open"]), ("no", "2026-11-24T09:00:00Z"))
    w.wait_stat("ready", 50, 20)
    got = w.take(100)
    equal(len(got), 50)
    opening = 1795510800000
    assert all(int(j["released_ms"]) >= opening for j in got), "released before the opening"
    assert min(int(j["released_ms"]) for j in got) < opening + 250, "the first came late"
    w.balance()


def test_window_closing(env):
    """The last releases are at 12:49:59; what is ready at 12:50:00 comes back."""
    w = start(env, "2026-11-24T12:49:57+01:00")
    w.push(*[job(i) for i in range(20)])
    w.wait_stat("ready", 20)
    equal(len(w.take(5)), 5)
    w.wait_stat("held", 15, 10)
    equal(w.take(100), [])
    w.wait_state(because="window-closing", until="2026-11-24T13:00:00Z")
    w.push(job(99))
    w.wait_stat("held", 16)
    w.balance()


def test_refuses_with_a_reason(env):
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.r.sadd(w.p + "list:opposition", "+33600000001")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000002")
    w.r.sadd(w.p + "list:anti-prospection", "+33600000003")
    w.r.sadd(w.key("cancel"), "c4")

    def consent(**changes):
        return {k: v for k, v in {**CONSENT, **changes}.items() if v is not None}

    cases = [
        (job("o1", "+33600000001"), "opposed-platform"), (job("o2", "+33600000002"), "opposed-advertiser"),
        (job("o3", "+33600000003"), "listed"), (job("c4", "+33600000004"), "cancelled"),
        (job("n1", "+33600000011", None), "consent-missing"),
        (job("n2", "+33600000012", consent(product="cars")), "consent-scope"),
        (job("n3", "+33600000013", consent(advertiser="123456789")), "consent-scope"),
        (job("n4", "+33600000014", consent(channel="voice")), "consent-channel"),
        (job("n5", "+33600000015", consent(form=["identity"])), "consent-form"),
        (job("n6", "+33600000016", consent(proof=None)), "consent-form"),
        (job("n7", "+33600000017", consent(until="2026-11-24")), "consent-expired"),
        (job("n8", "+33600000018", consent(collected_at="2025-11-01T10:00:00Z")), "consent-expired"),
        (job("n9", "+33600000019", consent(collected_at="2026-12-01T10:00:00Z")), "consent-expired"),
        (job("k1", "0800 12 34 56"), "number-class"), (job("k2", "3615"), "number-class"), (job("k3", "01 62 00 12 34"), "number-class"),
        (job("k4", "+44 20 7946 0018"), "number-not-covered"), (job("k5", "+687 251234"), "number-not-covered"),
        (job("k6", "+33612300001", postcode="98800"), "number-not-covered"),
        (job("e1", "+33600000021", not_after="2026-11-24T10:00:00+01:00"), "job-expired"),
    ]
    # A clean one first, then the same number, id and person again.
    clean = job("a1", "+33612000001", person="p-1")
    again = [job("a2", "06 12 00 00 01"), job("a1", "+33612000002"), job("a3", "+33612000003", person="p-1")]
    w.push(clean, *again, *[c[0] for c in cases])
    env.daemon("--simulate", OPEN)
    w.wait_intake(4 + len(cases))
    refused = [(f["id"], f["reason"]) for _, f in w.r.xrange(w.key("refused"))]
    equal(sorted(refused), sorted([(c[0]["id"], c[1]) for c in cases] + [("a1", "duplicate"), ("a2", "duplicate"), ("a3", "duplicate")]))
    equal([j["id"] for j in w.take()], ["a1"])
    stats = w.balance()
    for reason in set(c[1] for c in cases) - {"cancelled"}:
        equal(stats["refused." + reason], sum(1 for c in cases if c[1] == reason), reason)
    equal(stats["cancelled"], 1)


def test_malformed_jobs_name_the_place(env):
    w = start(env)
    good = job(1)
    cases = [
        ("not json", "json-malformed", ""), ("[1]", "json-malformed", ""), ("", "json-malformed", ""), ('{"id":"x"', "json-malformed", ""),
        (b'{"id":"\xff\xfe","to":"0612345678"}', "json-malformed", ""), ('{"id":"x","id":"y","to":"0612345678"}', "json-malformed", ""),
        ('{"to":"0612345678"}', "field-missing", "id"), ('{"id":"m1"}', "field-missing", "to"),
        ('{"id":"m2","to":33612345678}', "field-malformed", "to"), ('{"id":5,"to":"0612345678"}', "field-malformed", "id"),
        ('{"id":"m3","to":"0612345678","postcod":"67000"}', "field-unknown", "postcod"),
        ('{"id":"m4","to":"0612345678","postcode":"6700"}', "field-malformed", "postcode"),
        ('{"id":"m5","to":"0612345678","postcode":"00000"}', "field-malformed", "postcode"),
        ('{"id":"m6","to":"0612345678","not_before":"tomorrow"}', "field-malformed", "not_before"),
        ('{"id":"m7","to":"0612345678","vars":[]}', "field-malformed", "vars"),
        ('{"id":"m8","to":"0612345678","consent":{"produkt":"x"}}', "field-unknown", "consent.produkt"),
        ('{"id":"m9","to":"06 12 34 56"}', "number-malformed", "to"), ('{"id":"m10","to":"+33 692 12 34 56"}', "number-malformed", "to"),
        ('{"id":"m11","to":"0612345678","vars":{"x":"' + "y" * 9000 + '"}}', "job-too-large", ""),
        ("#attempt=7\t" + json.dumps(job("forged", "+33600000099")), "json-malformed", ""),
    ]
    w.push(*[c[0] for c in cases], good)
    w.wait_intake(len(cases) + 1)
    got = [f for _, f in env.server.connect(encoding_errors="replace").xrange(w.key("invalid"))]
    equal([(f["reason"], f["field"]) for f in got], [(c[1], c[2]) for c in cases])
    by_id = {f["id"]: f for f in got}
    equal(by_id["m3"]["hint"], "did you mean postcode?")
    equal(by_id["m3"]["position"], str(cases[10][0].index('"67000"')), "byte of the value")
    equal([j["id"] for j in w.take()], ["1"], "what stood behind them")
    equal(w.balance()["invalid"], len(cases))


def test_opposition_is_final(env):
    """What was opposed while ready is not handed over, by either road."""
    w = start(env)
    w.push(*[job(i) for i in range(10)])
    w.wait_stat("ready", 10)
    w.r.sadd(w.p + "list:opposition", "+33600000003")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000004")
    equal(w.oppose("06 00 00 00 05"), [1, 1, 0])
    equal(w.oppose("+33600000006", "acme"), [1, 1, 0])
    equal(w.oppose("+33600000007", "other"), [1, 0, 0], "another advertiser's list")
    got = w.take(100)
    equal(sorted(j["id"] for j in got), ["0", "1", "2", "7", "8", "9"])
    equal(w.oppose("+33600000008"), [1, 0, 1], "already out")
    w.wait_stat("refused", 4)
    equal(w.reasons(), {"3": "opposed-platform", "4": "opposed-advertiser", "5": "opposed-platform", "6": "opposed-advertiser"})
    equal(len(w.r.xrange(w.p + "recall:main")), 1)
    equal(len(w.r.xrange(w.p + "oppositions")), 4)
    w.balance()


def test_outcomes_oppose(env):
    w = start(env)
    w.push(*[job(i) for i in range(6)])
    w.wait_stat("ready", 6)
    got = {j["id"]: j for j in w.take(6)}
    equal(w.done(got["0"]["token"], "opted-out"), "OK")
    equal(w.done(got["1"]["token"], "refused"), "OK")
    equal(w.done(got["2"]["token"], "never-again"), "OK")
    equal(w.done(got["3"]["token"], "not-placed"), "OK")
    equal(w.done(got["4"]["token"], "busy"), "OK")
    equal(w.done(got["4"]["token"], "opted-out"), "late", "a report after the first one")
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000000", "+33600000001", "+33600000004"})
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000002"})
    for words in (("no-such-token", "answered"), (got["5"]["token"], "happy")):
        try:
            w.done(*words)
            raise Failure(f"{words} was accepted")
        except Exception as error:  # pylint: disable=broad-except
            contains(str(error), "TOKEN" if words[1] == "answered" else "OUTCOME")
    w.wait_stat("done", 5)
    equal(w.attempts("+33600000003"), [], "not-placed gives the attempt back")
    equal(w.attempts("+33600000004"), ["2026-11-24"])
    equal(w.balance()["taken"], 1)


def test_lease_over_is_unknown(env):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    got = w.wait_taken(1)[0]
    w.wait_stat("unknown", 1)
    equal(w.done(got["token"], "answered"), "late")
    equal(w.done(got["token"], "refused"), "late")
    equal(w.r.sismember(w.p + "list:opposition:acme", got["to"]), 1, "an opposition counts even late")
    equal(w.balance()["unknown"], 1)
    w.wait_because("outcome-unknown")


def test_pause_resume_stop(env):
    w = start(env)
    w.push(*[job(i) for i in range(10)])
    w.wait_stat("ready", 10)
    w.r.hset(w.key("def"), "status", "paused")
    equal(w.take(3), [], "at once")
    w.wait_state(state="paused", because="campaign-paused")
    w.wait_stat("held", 10)
    w.r.hset(w.key("def"), "status", "running")
    w.wait_stat("ready", 10)
    equal(len(w.take(2)), 2)
    w.r.hset(w.key("def"), "status", "stopped")
    w.wait_stat("refused", 8)
    equal(set(w.reasons().values()), {"campaign-ended"})
    w.wait_state(state="stopped", because="campaign-ended")
    w.balance()


def test_halts(env):
    w = start(env)
    for i, scope in enumerate(("all", "advertiser:acme", "source:web-2026", "route:main")):
        w.r.hset(w.p + "halt", scope, "the message is wrong")
        w.push(job(scope, f"+336120000{i:02d}"))
        w.wait_state(because="halted", rule=scope, note="the message is wrong")
        equal(w.take(), [])
        w.r.hdel(w.p + "halt", scope)
        w.wait_stat("ready", 1)
        w.r.hset(w.p + "halt", scope, "again")
        equal(w.take(), [], "while ready")
        w.r.hdel(w.p + "halt", scope)
        equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_changed_definition_comes_back(env):
    w = start(env)
    w.push(*[job(i) for i in range(5)])
    w.wait_stat("ready", 5)
    w.r.hset(w.key("def"), "message", "other.wav")
    wait_until(lambda: w.stat("withdrawn") == 5, 5, f"the ready jobs to come back {w.stats()}")
    equal({j["message"] for j in w.wait_taken(5)}, {"other.wav"})
    w.balance()


def test_rejected_campaign_says_why(env):
    w = start(env, sector="renewable-energy", caller_id="+33612345678", opt_out="key:9", announces="identity", colour="red", soure="x",
              synthetic_voice="yes")
    w.push(job(1))
    w.wait_state(state="rejected", because="campaign-rejected")
    faults = w.state()["faults"]
    for part in ("sector-banned", "caller-id-class", "caller-id-unauthorised", "opt-out-missing", "announcement-incomplete",
                 "synthetic-undisclosed", "field-unknown: soure, did you mean source?"):
        contains(faults, part)
    equal((w.r.llen(w.key("queue")), w.stat("intake")), (1, 0), "none of its jobs moves")
    w.r.hdel(w.key("def"), "colour", "soure")
    w.define()
    equal(len(w.wait_taken(1)), 1)


def test_lists_missing_stale_malformed(env):
    w = start(env, lists=())
    w.push(job(1))
    w.wait_because("list-missing")
    equal(w.take(), [])
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-25T00:00:00Z")
    w.wait_because("list-stale")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-10-01T00:00:00Z")
    w.wait_because("list-stale")
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.delete(w.p + "list-meta:opposition")
    equal(w.take(), [], "a meta that goes between release and take")
    w.wait_because("list-missing")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-20T00:00:00Z")
    w.r.set(w.p + "list:opposition", "planted")
    wait_until(lambda: any("list:opposition" in f["where"] for _, f in w.r.xrange(w.p + "errors")), 10, "the error to be said")
    equal(w.take(), [])
    w.r.delete(w.p + "list:opposition")
    equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_wrong_types_stop_only_themselves(env):
    w = start(env)
    other = World(env, w.p, "acme.other").define()
    w.r.set(w.key("queue"), "planted")
    other.push(job(1))
    equal(len(other.wait_taken(1)), 1)
    wait_until(lambda: any(f["where"] == w.key("queue") for _, f in w.r.xrange(w.p + "errors")), 10, "the error")
    w.r.delete(w.key("queue"))
    for part in ("refused", "later", "invalid", "seen", "cancel", "held:" + UNPLACED):
        w.r.set(w.key(part), "planted")
    w.push(job(10), "not json", job(11, consent=None), job(12, "0692123456"))
    other.push(job(2))
    equal(len(other.wait_taken(1)), 1)
    for part in ("refused", "later", "invalid", "seen", "cancel", "held:" + UNPLACED):
        w.r.delete(w.key(part))
    w.wait_intake(4)
    equal([j["id"] for j in w.wait_taken(1)], ["10"])
    w.balance()


def test_cap_of_four(env):
    """Attempts on 1, 2, 3 and 4 November make 2 December the next lawful day."""
    w = World(env).define()
    w.daemon = env.daemon("--simulate", OPEN)
    days = ("2026-11-01", "2026-11-02T10:30:00+01:00", "2026-11-03", "2026-11-04")
    equal(w.attempt("06 00 00 00 01", *days), 4)
    equal(w.attempt("+33600000009", *days, person="p-9"), 4)
    w.push(job(1), job(2), job(3, person="p-9"))
    w.wait_intake(3)
    equal(w.stat("later"), 2)
    equal({s for _, s in w.r.zrange(w.key("later"), 0, -1, withscores=True)}, {1796202000000.0}, "2 December, ten in Paris")
    equal([j["id"] for j in w.take()], ["2"])
    w.balance()
    w.daemon.stop()
    env.daemon("--simulate", "2026-12-02T09:59:58+01:00")
    w.wait_stat("ready", 2)
    equal(sorted(j["id"] for j in w.take()), ["1", "3"])
    w.balance()


def test_cap_unreachable(env):
    w = World(env).define(end="2026-12-01T00:00:00+01:00")
    env.daemon("--simulate", OPEN)
    w.attempt("+33600000001", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
    w.push(job(1))
    w.wait_stat("refused.cap-unreachable", 1)


def test_attempts_made_elsewhere(env):
    """licet_attempt: sorted, bounded, refused with a word; and what counts no more is pruned."""
    w = start(env)
    equal(w.attempt("06 00 00 00 01", "2026-11-20", "2026-11-02T23:30:00-04:00", "2026-11-03"), 3)
    equal(w.attempts("+33600000001"), ["2026-11-02", "2026-11-03", "2026-11-20"])
    equal(w.attempt("+33600000002", "2024-01-01"), 0, "far too old to count")
    equal(w.attempts("+33600000002"), [])
    equal(w.attempt("+33600000003", *["2026-11-05"] * 40), 32)
    for words, expected in ((("12", "2026-11-20"), "NUMBER"), (("0600000001", "soon"), "DATE"), (("0600000001", "2026-13-01"), "DATE"),
                            (("0600000001", "2026-11-26"), "DATE"), (("0600000001", "2026-11-20T10:00:00"), "DATE")):
        try:
            w.attempt(*words)
            raise Failure(f"{words} was accepted")
        except Exception as error:  # pylint: disable=broad-except
            contains(str(error), expected)
    equal(w.attempt("+33600000004", "2026-10-01"), 1)
    # Two numbers of one bucket: 65,536 apart.
    equal(w.attempt("+33600065537", "2026-10-01"), 1)
    equal(w.attempt("+33600000001", "2026-11-24"), 4)
    w.daemon.stop()  # it prunes too
    today, cursor, gone = 20781, "0", 0
    while True:
        cursor, _, taken = w.r.fcall("licet_prune", 1, w.p + "attempts:acme", cursor, today, 10, 32)
        gone += taken
        if cursor == "0":
            break
    equal((gone, w.attempts("+33600000004"), w.attempts("+33600065537")), (2, [], []))
    equal(len(w.attempts("+33600000001")), 4)


def test_attempts_are_pruned_by_the_daemon(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN).stop()
    w.attempt("+33600000001", "2026-10-01")
    w.attempt("+33600000002", "2026-11-01")
    env.daemon("--simulate", OPEN)
    wait_until(lambda: w.attempts("+33600000001") == [], 10, "the old attempt to go")
    equal(w.attempts("+33600000002"), ["2026-11-01"])


def test_released_numbers_share_buckets(env):
    """Released in one batch, 65,536 apart: each has its own attempt, persons too."""
    w = start(env)
    w.push(*[job(i, f"+336{i * 65536:08d}", person=f"p{i}") for i in range(100)])
    w.wait_stat("ready", 100)
    equal([w.attempts(f"+336{i * 65536:08d}") for i in range(100)], [["2026-11-24"]] * 100)
    # Each person had one: three more make four, and the fifth has to wait.
    w.attempt("+33740000000", "2026-11-20", "2026-11-21", "2026-11-22", person="p7")
    other = World(env, w.p, "acme.other").define()
    other.push(job(1, "+33740000001", person="p7"), job(2, "+33740000002", person="p8"))
    other.wait_stat("later", 1)
    other.wait_stat("ready", 1)


def test_counts_its_own_attempts(env):
    """The fifth campaign in a month may not reach the same number."""
    w = start(env)
    for i in range(5):
        each = World(env, w.p, f"acme.c{i}").define()
        each.push(job(1))
        each.wait_intake(1)
        if i < 4:
            got = each.wait_taken(1)
            each.done(got[0]["token"], "no-answer")
            each.wait_stat("done", 1)
        else:
            equal(each.stat("later"), 1)
            each.wait_because("cap-reached")


def test_later_jobs_wait_for_their_time(env):
    w = start(env, "2026-11-24T10:30:00+01:00")
    same = job(1, not_before="2026-11-24T10:30:04+01:00")
    w.push(same, same, job(2, not_before="2026-11-24T13:30:00+01:00"), job(3))
    w.wait_intake(4)
    equal(w.stat("later"), 3, "two equal jobs are two jobs")
    equal([j["id"] for j in w.take()], ["3"])
    equal([j["id"] for j in w.wait_taken(1, 15)], ["1"])
    w.wait_stat("refused.duplicate", 1)
    w.balance()


def test_registry(env):
    w = start(env)
    r, key = w.r, w.p + "consent:acme"
    equal(r.fcall("licet_consent", 1, key, "06 00 00 00 01", json.dumps(CONSENT)), 1)
    equal(r.fcall("licet_consent", 1, key, "+33600000002", json.dumps(CONSENT)), 1)
    equal(r.fcall("licet_withdraw", 1, key, "+33600000002", "crm", "mail", ""), [0, 0])
    w.push(job(1, consent=None), job(2), job(3))
    w.wait_intake(3)
    equal(w.reasons(), {"2": "consent-withdrawn"})
    w.wait_stat("ready", 2)
    equal(r.fcall("licet_withdraw", 1, key, "+33600000003", "crm", "mail", ""), [1, 0], "while ready")
    equal([j["id"] for j in w.take()], ["1"])
    w.wait_stat("refused.consent-withdrawn", 2)
    w.balance()


def test_backlog_and_rate(env):
    w = World(env).define(rate="5/s")
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 7})
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(30)])
    w.wait_intake(30, 2)
    w.wait_stat("ready", 7)
    w.wait_because("route-full")
    equal(w.balance()["held"], 23)
    got = w.take(100)
    released = sorted(int(j["released_ms"]) for j in got)
    assert released[-1] - released[0] >= 1000, f"five a second: {released}"
    w.wait_taken(23, 15)
    w.balance()


def test_kill_and_restart(env):
    w = start(env, BEFORE)
    w.push(*[job(i) for i in range(500)])
    w.wait_stat("held", 500)
    w.daemon.kill()
    w.push(*[job(i) for i in range(500, 1000)])
    w.daemon = env.daemon("--simulate", OPEN)
    seen = [j["id"] for j in w.wait_taken(300)]
    w.daemon.kill()
    w.daemon = env.daemon("--simulate", OPEN)
    seen += [j["id"] for j in w.wait_taken(1000 - len(seen))]
    equal(len(seen), len(set(seen)), "nothing twice")
    equal(len(seen), 1000, "nothing lost")
    w.wait_stat("taken", 1000)
    w.balance()


def test_redis_absent_lost_and_empty(env):
    w = World(env).define()
    env.server.kill()
    w.daemon = env.daemon("--simulate", OPEN, wait=False)
    wait_until(lambda: "redis-down" in w.daemon.log(), 10, "it to say so")
    env.server.start()
    w.r = env.redis
    w.push(*[job(i) for i in range(100)])
    w.wait_stat("ready", 100, 20)
    env.server.restart()
    w.r = env.redis
    w.push(*[job(i) for i in range(100, 200)])
    w.wait_stat("ready", 200, 20)
    w.balance()
    w.r.flushall()
    w.r.function_flush()
    w.define()
    w.push(*[job(i) for i in range(50)])
    w.wait_stat("ready", 50, 20)
    equal(len(w.take(100)), 50)
    w.balance()
    w.daemon.stop()
    equal(list(w.r.scan_iter(w.p + "daemon:*")), [], "no heartbeat of a daemon that is gone")


def test_two_daemons(env):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 100000})
    env.write_conf('instance = "a";', "a.conf")
    first = env.daemon("--simulate", OPEN)
    env.write_conf('instance = "b";', "b.conf")
    second = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(5000)])
    w.wait_stat("ready", 5000, 30)
    got = []
    wait_until(lambda: got.extend(w.take(500)) or len(got) >= 5000, 30, "5000 jobs")
    equal(len({j["id"] for j in got}), 5000)
    w.balance()
    first.stop()
    second.stop()


def test_simulation_needs_its_prefix(env):
    env.prefix = "licet:"
    env.redis  # pylint: disable=pointless-statement
    d = env.daemon("--simulate", OPEN, wait=False)
    equal(d.wait_end(), 2)
    contains(d.log(), "licet-sim:")


def test_log_has_no_numbers(env):
    w = start(env)
    w.push(job(1, "06 12 34 56 78"), '{"id":"2","to":"06 12 34 56 7"}', '{"id":"3" "to":"0612345678"}')
    w.oppose("+33612345678")
    w.wait_intake(3)
    w.daemon.stop()
    for part in ("612345678", "61234567", "12 34 56"):
        if part in w.daemon.log():
            raise Failure(f"{part} in the log: {w.daemon.log()}")


def test_every_term_of_the_balance_is_there(env):
    w = start(env)
    w.push(job(1))
    w.wait_intake(1)
    stats = w.stats()
    for term in ("intake", "held", "later", "ready", "taken", "unknown", "settling", "done", "refused", "invalid", "cancelled", "erased"):
        if term not in stats:
            raise Failure(f"{term} is not in {stats}")


def test_queue_nobody_listed(env):
    w = start(env)
    w.r.rpush(w.p + "campaign:ghost:queue", "{}")
    w.r.sadd(w.p + "campaigns", "No Such Id!")
    wait_until(lambda: {f["where"] for _, f in w.r.xrange(w.p + "errors")} >= {w.p + "campaign:ghost:queue", "campaigns"}, 10,
               "both errors")
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1)


def test_clock_in_doubt(env):
    """A daemon whose clock is not that of Redis releases nothing."""
    library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
    w = World(env).define()
    env.extra = {"LD_PRELOAD": library, "FAKETIME": "+10s", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    fast = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_because("clock-doubt")
    equal((w.stat("intake"), w.take()), (0, []))
    contains(fast.log(), "clock-doubt")
    fast.stop()
    env.extra = {}
    env.daemon("--simulate", OPEN)
    equal(len(w.wait_taken(1)), 1)
