"""Care beyond the law: whoever a call reached is left alone by that advertiser for gap_days."""

from harness import contains, equal, wait_until
from world import OPEN, World, job

TOMORROW = "2026-11-25T09:00:00Z"
NUMBER = "+33600000001"


def shipped(env, **changes):
    """Two campaigns of one advertiser, which says nothing of gap_days."""
    w = World(env).define(**changes)
    w.r.hdel(w.p + "advertiser:acme", "gap_days")
    return w, World(env, w.p, "acme.second")


def begin(env, w, second, **changes):
    w.r.hset(second.key("def"), mapping={**w.r.hgetall(w.key("def")), **changes})
    w.r.sadd(w.p + "campaigns", second.c)
    w.daemon = second.daemon = env.daemon("--simulate", OPEN)


def left_alone(second):
    """The job of the second campaign waits for tomorrow."""
    second.wait_stat("later", 1)
    [told] = wait_until(lambda: [s for s in [second.r.hgetall(second.key("state"))] if s.get("because") == "cap-reached"], 10,
                        lambda: second.state())
    equal(told["until"], TOMORROW)
    explained = second.env.ctl_json("explain", second.c, NUMBER)
    equal((explained["verdict"], explained["reason"], explained["until"]), ("hold", "cap-reached", TOMORROW))
    equal([r["verdict"] for r in explained["rules"] if r["rule"] == "gap"], ["hold"])


def test_who_was_reached_is_not_rung_again_today(env):
    w, second = shipped(env)
    begin(env, w, second)
    w.push(job(1))
    [one] = w.wait_taken(1)
    equal(w.done(one["token"], "voicemail"), "OK")
    w.wait_stat("done", 1)
    equal(w.attempts(NUMBER, reached=True), ["2026-11-24*"])
    second.push(job(1))
    left_alone(second)
    w.balance(), second.balance()


def test_a_busy_line_may_be_tried_again(env):
    w, second = shipped(env, retry="busy:1m", retry_max="2")
    begin(env, w, second)
    w.push(job(1))
    [one] = w.wait_taken(1)
    equal(w.done(one["token"], "busy"), "OK")
    w.wait_stat("later", 1)
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", "2026-11-24T11:00:00+01:00")
    [one] = w.wait_taken(1)
    equal(w.done(one["token"], "no-answer"), "OK")
    w.wait_stat("done", 1)
    equal(w.attempts(NUMBER, reached=True), ["2026-11-24"] * 2)
    second.push(job(1))
    [one] = second.wait_taken(1)
    equal(one["campaign"], second.c)


def test_reported_and_not_settled_yet(env):
    """licetd is away: the next take knows of it all the same."""
    w, second = shipped(env)
    begin(env, w, second)
    w.push(job(1, person="p1"))
    second.push(job(2, person="p1"))
    for each in (w, second):
        each.wait_stat("ready", 1)
    w.daemon.kill()
    [one] = w.take(1)
    equal(w.done(one["token"]), "OK")
    equal(w.take(), [])
    w.daemon = second.daemon = env.daemon("--simulate", "2026-11-24T10:40:00+01:00")
    first, other = (w, second) if one["campaign"] == w.c else (second, w)
    first.wait_stat("done", 1)
    equal(w.attempts("p:p1", reached=True)[:1], ["2026-11-24*"])
    other.wait_stat("later", 1)
    wait_until(lambda: not w.r.hlen(w.p + "out"), 10, lambda: w.r.hgetall(w.p + "out"))


def test_ready_when_the_other_is_settled(env):
    """Both were released while nobody had been reached."""
    w, second = shipped(env)
    begin(env, w, second)
    w.push(job(1))
    second.push(job(1))
    for each in (w, second):
        each.wait_stat("ready", 1)
    [one] = w.take(1)
    equal(w.done(one["token"]), "OK")
    {w.c: w, second.c: second}[one["campaign"]].wait_stat("done", 1)
    other = second if one["campaign"] == w.c else w
    equal(w.take(), [])
    left_alone(other)


def test_what_nobody_knows_counts_until_somebody_does(env):
    w, second = shipped(env)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": "2"})
    begin(env, w, second)
    w.push(job(1))
    [one] = w.wait_taken(1)
    w.wait_stat("unknown", 1)
    equal(w.attempts(NUMBER, reached=True), ["2026-11-24*"])
    env.ctl("settle", w.c, one["id"], "busy", "--reason", "the box says so")
    w.wait_stat("done", 1)
    equal(w.attempts(NUMBER, reached=True), ["2026-11-24"])


def test_attempts_made_elsewhere(env):
    w, second = shipped(env)
    begin(env, w, second)
    w.attempt(NUMBER, "2026-11-24", outcome="no-answer")
    equal(w.attempt("+33600000002", "2026-11-24", outcome="not-placed"), 0)
    for i, outcome in ((3, ""), (4, "answered")):
        w.attempt(f"+3360000000{i}", "2026-11-24", outcome=outcome)
    w.push(*[job(i) for i in range(1, 5)])
    equal(sorted(j["id"] for j in w.wait_taken(2)), ["1", "2"])
    w.wait_stat("later", 2)
    lines = b"number,at,outcome\n0600000005,2026-11-24,busy\n0600000006,2026-11-24,happy\n0600000007,2026-11-24,\n"
    said = env.ctl("attempts", "import", "acme", "-", stdin=lines, code=1)
    contains(said.out + said.err, "expected an outcome")
    equal([w.attempts(f"+3360000000{i}", reached=True) for i in (5, 6, 7)], [["2026-11-24"], [], ["2026-11-24*"]])


def test_no_care_where_none_is_asked_for(env):
    """gap_days of the advertiser wins over licet.conf; a service call is one that the person waits for."""
    env.write_conf("care_gap_days = 0;\n")
    w, second = shipped(env)
    begin(env, w, second)
    w.attempt(NUMBER, "2026-11-24")
    w.push(job(1))
    w.wait_taken(1)
    w.r.hset(w.p + "advertiser:acme", "gap_days", "2")
    w.attempt("+33600000002", "2026-11-23")
    w.push(job(2))
    w.wait_stat("later", 1)
    w.r.hset(w.p + "advertiser:acme", "gap_days", "many")
    w.wait_state(state="rejected")
    contains(w.state()["faults"], "advertiser's gap_days: expected a whole number from 0 to 365")


def test_service(env):
    w, second = shipped(env, purpose="service", service_basis="delivery")
    w.r.hset(w.p + "advertiser:acme", "service_approved", w.c)
    begin(env, w, second)
    w.attempt(NUMBER, "2026-11-24")
    w.push(job(1))
    w.wait_taken(1)
