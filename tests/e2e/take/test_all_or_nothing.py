"""What stands in Redis may be of any kind, and events of any text: nothing is lost, doubled or done by half for it."""

from harness import contains, equal, wait_until
from redis import ResponseError
from sender import ready
from world import OPEN, World, consent, job, start, start_ready

LAST = "18446744073709551615-18446744073709551615"


def errors(w):
    return [f["error"] for _, f in w.r.xrange(w.p + "errors")]


def refused(call):
    try:
        call()
    except ResponseError as error:
        return str(error).split()[0]
    return None


def test_a_route_that_is_no_hash(env):
    """It was once taken back before it left the ready list, again and again: each was called twice."""
    w = start_ready(env, 20)
    w.r.set(w.p + "route:main", "FR")
    w.r.hset(w.key("def"), "message", "other.wav")  # licetd takes back what is ready
    wait_until(lambda: "event=redis-refused" in w.daemon.log() or errors(w), 10, "it to be told")
    equal((w.stat("held"), w.r.llen(w.ready)), (0, 20))
    w.r.delete(w.p + "route:main")
    wait_until(lambda: w.stat("withdrawn") == 20, 20, lambda: w.stats())
    w.wait_stat("ready", 20)
    taken = [j["id"] for j in w.wait_taken(20)]
    equal((len(taken), len(set(taken))), (20, 20))
    w.balance()


def test_counters_that_are_no_numbers(env):
    """They begin anew and are told; jobs are where they are."""
    w = start_ready(env, 20)
    w.r.hset(w.key("stats"), mapping={"withdrawn": "x", "done": "1.5"})
    w.r.hset(w.ready + ":health", "released", "x")
    w.r.hset(w.key("def"), "message", "other.wav")
    wait_until(lambda: any("withdrawn was no number" in e for e in errors(w)), 20, lambda: errors(w))
    w.wait_stat("ready", 20)
    w.r.hset(w.key("stats"), "ready", "abc")
    w.push(job(20))
    wait_until(lambda: any("ready was no number" in e for e in errors(w)), 20, lambda: errors(w))
    for j in w.wait_taken(21):
        equal(w.done(j["token"]), "OK")
    wait_until(lambda: w.r.xlen(w.key("done")) == 21, 10, "all to be settled")
    equal(len({f["id"] for _, f in w.r.xrange(w.key("done"))}), 21)


def test_streams_that_take_no_more(env):
    """Their last id is used up: what cannot be recorded does not happen."""
    w = start_ready(env, 6)
    settle, oppositions = w.p + "settle:main", w.p + "oppositions"
    token = w.take(1)[0]["token"]
    wait_until(lambda: not w.r.xlen(settle), 10, "the take to be settled")
    w.daemon.stop()
    w.r.xadd(settle, {"kind": "x"}, LAST)
    before = w.r.lrange(w.ready, 0, -1)
    equal((refused(lambda: w.take(5)), w.r.lrange(w.ready, 0, -1), w.r.hlen(w.ready + ":lease")), ("STREAM", before, 1))
    equal((refused(lambda: w.done(token, "answered")), w.r.hlen(w.ready + ":lease")), ("STREAM", 1))
    # An opposition is on the list all the same.
    equal((refused(lambda: w.done(token, "opted-out")), w.r.scard(w.p + "list:opposition:acme")), ("STREAM", 1))
    w.r.delete(settle)
    w.r.xadd(oppositions, {"kind": "x"}, LAST)
    equal((refused(lambda: w.oppose("+33600000004")), w.r.exists(w.p + "list:opposition")), ("STREAM", 0))
    w.r.delete(oppositions)
    equal(w.oppose("+33600000004"), [1, 1, 0])
    w.daemon = env.daemon("--simulate", OPEN)
    equal(len(w.wait_taken(4)), 4)


def test_a_refused_stream_that_takes_no_more_keeps_what_is_ready(env):
    w = start_ready(env, 5)
    w.r.xadd(w.key("refused"), {"id": "x"}, LAST)
    w.r.sadd(w.key("cancel"), "1")
    w.r.hset(w.key("def"), "status", "paused")
    w.wait_because("campaign-paused")
    w.r.delete(w.key("refused"))
    w.r.hset(w.key("def"), "status", "running")
    w.wait_stat("cancelled", 1, 20)
    equal(sorted(j["id"] for j in w.wait_taken(4)), ["0", "2", "3", "4"])
    w.balance()


def test_forged_events(env):
    """A sender may write to the stream: no text stops what stands before or behind it, and none has its effect twice."""
    w = start(env)
    ready(w, job(1), job(2), job(3))
    settle = w.p + "settle:main"
    token = w.take(1)[0]["token"]
    wait_until(lambda: not w.r.xlen(settle), 10, "the take to be settled")
    entry = w.r.hget(w.ready + ":lease", token).split("\t", 2)[2]
    w.done(token)
    w.wait_stat("done", 1)
    for fields in ({"kind": "done", "entry": "x"}, {"kind": "taken", "campaigns": "5"}, {"kind": "taken", "campaigns": '{"a":"x"}'}, {"kind": "taken", "campaigns": "["},
                   {"kind": "taken", "campaigns": '{"' + w.c + '":-1}'}, {"kind": "taken", "campaigns": '{"' + w.c + '":1e300}'}, {"kind": "taken"}, {"kind": "nothing"},
                   {"x": "y"}, {"kind": "back", "entry": entry}, {"kind": "done", "entry": entry, "outcome": "happy"}, {"kind": "done", "entry": entry, "outcome": "answered"},
                   {"kind": "done", "entry": entry, "outcome": "not-placed", "taken_ms": "soon", "done_ms": "x"}, {"kind": "back", "entry": entry, "reason": "x", "rule": "y"},
                   {"kind": "done", "entry": entry.replace(w.c, "\u00e9vil"), "outcome": "answered"}):
        w.r.xadd(settle, fields)
    [out] = w.take(1)
    took = {"kind": "taken", "sender": "s1", "token": out["token"], "campaigns": '{"' + w.c + '":1}'}  # as the take itself told it
    held = w.r.hget(w.ready + ":lease", out["token"]).split("\t", 2)[2]
    for fields in (took, {**took, "token": "nobody's"}, {**took, "token": token, "campaigns": '{"' + w.c + '":501}'},
                   {"kind": "done", "entry": held, "outcome": "busy"}, {"kind": "back", "entry": held, "reason": "halted", "rule": "halt"}):
        w.r.xadd(settle, fields)
    w.done(out["token"])
    for j in w.take(1):
        w.done(j["token"])
    w.wait_stat("done", 3)
    wait_until(lambda: not w.r.xlen(settle), 10, "the events to leave")
    equal((w.stat("done"), w.stat("taken"), w.stat("ready"), w.r.xlen(w.key("done"))), (3, 0, 0, 3))
    told = " ".join(errors(w))
    contains(told, "an event of what was settled before, kept in")
    contains(told, "an event that is none, kept in")
    equal(w.r.llen(w.ready + ":odd"), 20)
    w.balance()


def test_an_opposition_that_cannot_be_dated(env):
    """It was answered OK, recorded nowhere, and the person was called again."""
    w = start(env)
    ready(w, job(1))
    token = w.take(1)[0]["token"]
    w.r.set(w.p + "oppositions:dated:acme", "planted")
    equal((refused(lambda: w.done(token, "opted-out")), w.r.hlen(w.ready + ":lease")), ("TYPE", 1))
    w.r.delete(w.p + "oppositions:dated:acme")
    equal((w.done(token, "opted-out"), w.r.smembers(w.p + "list:opposition:acme")), ("OK", {"+33600000001"}))


def test_one_sender_at_a_time_over_all_routes(env):
    """A number is with one sender alone, whatever campaign and route it came by; a person is one of an advertiser's."""
    w = World(env).define()
    r, p = w.r, w.p
    r.hset(p + "route:other", "location", "FR")
    r.hset(p + "advertiser:beta", mapping={"name": "Beta", "siren": "732829320", "caller_ids": "+33162001299", "country": "FR", "attempts_before": "none"})
    other, beta = World(env, p, "acme.second").define(route="other"), World(env, p, "beta.one").define(advertiser="beta", caller_id="+33162001299")
    env.daemon("--simulate", OPEN)
    w.push(job(1, person="1"))
    other.push(job(1), job(2))
    beta.push(job(3, person="1", consent=consent(advertiser="732829320")))
    for each, count in ((w, 1), (other, 2), (beta, 1)):
        each.wait_stat("ready", count)
    equal(sorted(j["id"] for j in w.take(5)), ["1", "3"])
    equal([j["id"] for j in w.take(5, route="other")], ["2"])
    other.wait_stat("later", 1)


def test_many_reports_in_one_call(env):
    w = start(env)
    ready(w, *[job(i) for i in range(1, 8)])
    tokens = [j["token"] for j in w.take(7)]
    args = [x for t, o in zip(tokens, ("answered", "busy", "opted-out", "never-again", "happy", "answered")) for x in (t, o, "")]
    args += [tokens[0], "answered", "", "no-such", "answered", "", "no-such", "opted-out", "+33600000099", tokens[6], "answered", "x" * 501]
    equal(w.r.fcall("licet_done", 1, w.ready, *args), ["OK", "OK", "OK", "OK", "OUTCOME", "OK", "late", "TOKEN", "late", "DETAIL"])
    w.wait_stat("done", 5)
    equal((w.r.smembers(w.p + "list:opposition:acme"), w.r.smembers(w.p + "list:opposition")), ({"+33600000003"}, {"+33600000004", "+33600000099"}))
    equal((w.r.hlen(w.ready + ":lease"), w.r.hlen(w.p + "out")), (2, 2))
    equal([refused(lambda n=n: w.r.fcall("licet_done", 1, w.ready, *["t", "busy", ""] * n, *["x"] * (n == 1))) for n in (1, 201)], ["COUNT", "COUNT"])
    equal(w.r.fcall("licet_done", 1, w.ready, tokens[4], "answered"), "OK")
    w.balance()


def nearly_full(w, key, left):
    w.r.delete(key)
    w.r.xadd(key, {"kind": "taken", "campaigns": "{}"}, f"18446744073709551615-{2 ** 64 - 1 - left}")


def test_a_stream_that_fills_up_in_the_middle(env):
    """What it tells is done, what it does not tell is not: no job is ready and back, or reported and with its sender."""
    w = start_ready(env, 6)
    settle = w.p + "settle:main"
    tokens = [j["token"] for j in w.take(2)]
    wait_until(lambda: not w.r.xlen(settle), 10, "the take to be settled")
    w.daemon.kill()
    for i in range(2, 5):
        w.r.sadd(w.key("cancel"), str(i))
    nearly_full(w, settle, 2)
    equal(refused(lambda: w.take(9)), "STREAM")
    back = [f["entry"] for _, f in w.r.xrange(settle) if f["kind"] == "back"]
    equal((len(back), [e for e in w.r.lrange(w.ready, 0, -1) if e in back], w.r.llen(w.ready)), (2, [], 2))
    nearly_full(w, settle, 1)
    equal(w.r.fcall("licet_done", 1, w.ready, tokens[0], "answered", "", tokens[1], "busy", ""), ["OK", "STREAM"])
    equal(w.r.hkeys(w.ready + ":lease"), [tokens[1]])
    # An opposition that cannot be recorded is the fault of its own report.
    w.r.delete(settle)
    nearly_full(w, w.p + "oppositions", 0)
    other = w.r.hkeys(w.ready + ":lease")[0]
    equal(w.r.fcall("licet_done", 1, w.ready, other, "opted-out", "", "no-such", "busy", ""), ["STREAM", "TOKEN"])
    equal(w.r.hlen(w.ready + ":lease"), 1)


def test_a_pace_that_is_no_time(env):
    """It was counted on after the batch had left its queue, and the log said that nothing had moved."""
    w = start(env, rate="100/s")
    ready(w, job(1))
    for i, odd in enumerate(("abc", "inf", "nan", "-1", "1e30", "9999999999999999", ""), 2):
        w.r.set(w.key("pace"), odd)
        w.push(job(i))
        w.wait_stat("ready", i)
    wait_until(lambda: any("the pace begins anew" in e for e in errors(w)), 10, lambda: errors(w))
    w.balance()


def test_a_term_of_the_balance_that_is_no_number(env):
    """It is what the others make of it; of two at once nobody knows."""
    w = start_ready(env, 6)
    for name in ("ready", "intake", "held"):
        w.r.hset(w.key("stats"), name, "abc")
        w.push(job("x" + name, to="+3360000010" + str(len(name))), job("y" + name, to="+5906900001" + str(10 + len(name)), postcode="97110"))
        wait_until(lambda name=name: any(f"{name} was no number: it is counted anew" in e for e in errors(w)), 20, lambda: w.stats())
        wait_until(lambda: not w.r.llen(w.key("queue")), 10, "the queue to be taken in")
    wait_until(lambda: w.stat("intake") == 12, 10, lambda: w.stats())
    w.balance()
    equal(w.stat("ready"), w.r.llen(w.ready))


def test_a_lease_that_is_no_entry(env):
    """It is kept and told when it is over."""
    w = start_ready(env, 2)
    token = w.take(1)[0]["token"]
    wait_until(lambda: not w.r.xlen(w.p + "settle:main"), 10, "the take to be settled")
    w.r.hset(w.ready + ":lease", token, "planted")
    w.r.zadd(w.ready + ":lapse", {token: 1})
    w.take(1)  # licetd looks at the leases again
    wait_until(lambda: any("a lease that is no entry" in e for e in errors(w)), 20, lambda: errors(w))
    equal(w.r.lrange(w.ready + ":odd", 0, -1), ["planted"])


def test_leases_whose_ends_were_deleted(env):
    """They would never have ended."""
    w = start(env, OPEN, job(1), job(2), route={"lease_s": "2"})
    w.wait_stat("ready", 2)
    equal(len(w.take(2)), 2)
    w.r.delete(w.ready + ":lapse")
    w.wait_stat("unknown", 2, 30)
    equal((w.r.hlen(w.ready + ":lease"), any("when leases end is counted anew" in e for e in errors(w))), (0, True))
    w.balance()
