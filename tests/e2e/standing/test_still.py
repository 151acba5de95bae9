"""Nothing is going out because …: every way in which a campaign can stand still says so itself, with
since, until and, where a place is concerned, the place."""

import datetime
import glob
import json
import os

import redis

from harness import ROOT, Failure, contains, equal, wait_until
from world import BEFORE, CONSENT, OPEN, UNPLACED, World, job, start

SATURDAY = "2026-11-28T11:00:00+01:00"
TEN = "2026-11-24T09:00:00Z"  # ten in Paris, when the window of that Tuesday opens
LAW = "D223-9 C. conso. (décret 2026-662)"


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def now(w):
    """The daemon's clock, to the second, and no earlier than it is."""
    base, real, speed = (float(v) for v in w.r.hmget(w.p + "clock", "sim_base_ms", "real_base_ms", "speed"))
    s, us = w.r.time()
    return datetime.datetime.fromtimestamp((base + (s * 1000 + us / 1000 - real) * speed) / 1000, datetime.timezone.utc)


def stands(w, because, state="waiting", rule="", until="", since=None):
    """It says all of that, nothing can be taken, and since lies between the start and now."""
    w.wait_state(state=state, because=because, rule=rule, until=until)
    said = instant(w.state()["since"])
    if not (since or instant(w.clock)).replace(microsecond=0) <= said <= now(w):
        raise Failure(f"since {said}, started {w.clock}, now {now(w)}")
    equal(w.take(), [], "nothing goes out")
    equal(w.state()["since"], said.strftime("%Y-%m-%dT%H:%M:%SZ"), "it stands since then, still")


def place_says(w, name=UNPLACED, **want):
    wait_until(lambda: want.items() <= w.r.hgetall(w.p + "place:" + name).items(), 10, lambda: f"{want}, not {w.r.hgetall(w.p + 'place:' + name)}")


def rulebook(env, *changes):
    """A rulebook of the test's own."""
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    for old, new in changes:
        contains(text, old)
        text = text.replace(old, new)
    path = os.path.join(env.folder, "own.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    env.write_conf(f'rulebook = "{path}";')


# -- the window


def test_outside_hours(env):
    w = start(env, BEFORE, job(1))
    stands(w, "outside-hours", rule=LAW, until=TEN)
    place_says(w, open="no", next_open=TEN, next_close="", why="outside-hours")


def test_weekend(env):
    w = start(env, SATURDAY, job(1))
    stands(w, "weekend", rule=LAW, until="2026-11-30T09:00:00Z")
    place_says(w, open="no", next_open="2026-11-30T09:00:00Z", why="weekend")


def test_holiday(env):
    w = start(env, "2026-12-25T11:00:00+01:00", job(1), at="2026-12-25T00:00:00Z")
    w.wait_because("holiday")
    stands(w, "holiday", rule=w.state()["rule"], until="2026-12-28T09:00:00Z")
    equal(w.state()["rule"] != "", True, "the name of the day")
    place_says(w, open="no", next_open="2026-12-28T09:00:00Z", why="holiday", rule=w.state()["rule"])


def test_window_closing(env):
    """The last releases are at 12:49:59; what is ready at 12:50:00 comes back."""
    w = start(env, "2026-11-24T12:49:57+01:00", *[job(i) for i in range(20)])
    w.wait_stat("ready", 20)
    equal(len(w.take(5)), 5)
    w.wait_stat("held", 15, 10)
    equal(w.take(100), [])
    stands(w, "window-closing", rule="guard", until="2026-11-24T13:00:00Z")
    place_says(w, open="yes", next_open="2026-11-24T13:00:00Z", next_close="2026-11-24T12:00:00Z", why="allowed")
    w.push(job(99))
    w.wait_stat("held", 16)
    w.balance()


def test_window_closing_before_anything_went_out(env):
    w = start(env, "2026-11-24T12:55:00+01:00", job(1))
    stands(w, "window-closing", rule="guard", until="2026-11-24T13:00:00Z")
    place_says(w, open="yes", next_open="2026-11-24T13:00:00Z", next_close="2026-11-24T12:00:00Z", why="allowed")


def test_outside_campaign_hours(env):
    """The campaign's own hours are not the place's."""
    w = start(env, OPEN, job(1), window="mon-fri 16:00-18:00")
    w.wait_because("outside-campaign-hours")
    stands(w, "outside-campaign-hours", rule=w.state()["rule"], until="2026-11-24T15:00:00Z")
    place_says(w, open="yes", why="allowed", next_close="2026-11-24T12:00:00Z")


def test_place_unknown(env):
    """A number of Guadeloupe and an address of Réunion, where both allow one hour a day: no minute is both."""
    rulebook(env, ("mon-fri 10:00-13:00,14:00-20:00", "mon-fri 10:00-11:00"))
    w = start(env, OPEN, job(1, "0690 12 34 56", postcode="97400"))
    place = "guadeloupe+saint-martin+saint-barthelemy+la-reunion"
    w.wait_because("place-unknown")
    stands(w, "place-unknown", rule=w.state()["rule"])
    place_says(w, place, open="no", next_open="", why="place-unknown")


def test_open_place_of_what_goes_out_at_once(env):
    w = start(env, OPEN, job(1))
    place_says(w, open="yes", why="allowed", next_close="2026-11-24T12:00:00Z", next_open="2026-11-24T13:00:00Z")


# -- rate and capacity


def test_rate_of_the_campaign(env):
    w = start(env, OPEN, job(1), job(2), rate="1/h")
    released = int(w.wait_taken(1)[0]["released_ms"])
    until = datetime.datetime.fromtimestamp((released + 3600000) // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    stands(w, "rate-limit", "running", "campaign", until)


def test_rates_of_campaign_and_route(env):
    """Both stand in the way: the later one tells."""
    w = start(env, OPEN, job(1), job(2), rate="1/h", route={"rate": "12/d"})
    released = int(w.wait_taken(1)[0]["released_ms"])
    until = datetime.datetime.fromtimestamp((released + 7200000) // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    stands(w, "rate-limit", "running", "main", until)
    got = env.ctl_json("explain", w.c, "0600000002")
    equal((got["reason"], got["until"]), ("rate-limit", until), "explain says so too")


def test_route_full(env):
    w = start(env, OPEN, job(1), job(2), route={"backlog": 1})
    w.wait_state(state="running", because="route-full", rule="main", until="")
    equal([j["id"] for j in w.wait_taken(1)], ["1"])
    w.wait_stat("ready", 1)


def test_breaker_and_canary(env):
    w = start(env, OPEN, *[job(i) for i in range(6)], route={"canary": 2, "breaker_pct": 25})
    w.wait_state(state="running", because="route-breaker", rule="canary", until="")
    for j in w.wait_taken(2):
        w.done(j["token"], "failed")
    stands(w, "route-breaker", rule="2 of the last 2 failed")


# -- its owner


def test_paused(env):
    w = start(env, OPEN, job(1), status="paused")
    stands(w, "campaign-paused", "paused", "status")
    w.r.hset(w.key("def"), "status", "running")
    w.wait_stat("ready", 1)


def test_stopped_and_ended(env):
    end = "2026-11-24T10:30:03+01:00"
    w = start(env, OPEN, job(1, not_before="2026-11-25T11:00:00+01:00"), job(2), end=end)
    w.wait_stat("ready", 1)
    stands(w, "campaign-ended", "ended", "end", since=instant(end))
    w.wait_stat("refused.campaign-ended", 2)
    w.balance()
    other = World(env, w.p, "acme.other").define(status="stopped")
    other.clock = w.clock
    other.push(job(3))
    stands(other, "campaign-ended", "stopped", "status")
    other.wait_stat("refused.campaign-ended", 1)


def test_not_started(env):
    """Until the first lawful minute from the start on: that is a Saturday."""
    w = start(env, OPEN, job(1), start="2026-11-28T00:00:00+01:00")
    stands(w, "campaign-not-started", rule="start", until="2026-11-30T09:00:00Z")
    w.r.hset(w.key("def"), "start", "2026-11-24T15:00:00+01:00")
    stands(w, "campaign-not-started", rule="start", until="2026-11-24T14:00:00Z")


def test_rejected(env):
    w = start(env, OPEN, job(1), sector="renewable-energy")
    stands(w, "campaign-rejected", "rejected", "sector-banned")


def test_nothing_queued(env):
    w = start(env, OPEN)
    stands(w, "nothing-queued")


# -- lists and histories


def test_list_missing(env):
    w = start(env, OPEN, job(1), lists=())
    stands(w, "list-missing", rule="opposition")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.delete(w.p + "list-meta:opposition")
    equal(w.take(), [], "a meta that goes between release and take")
    stands(w, "list-missing", rule="opposition")
    w.balance()


def test_list_stale(env):
    w = start(env, OPEN, job(1), lists=("opposition", "anti-prospection"), at="2026-10-01T00:00:00Z")
    stands(w, "list-stale", rule="anti-prospection")
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-11-25T00:00:00Z")
    stands(w, "list-stale", rule="anti-prospection")  # dated in the future
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-25T00:00:00Z")
    stands(w, "list-stale", rule="opposition")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-20T00:00:00Z")
    w.wait_stat("ready", 1)
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-10-01T00:00:00Z")
    stands(w, "list-stale", rule="anti-prospection")  # what was ready comes back
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-11-20T00:00:00Z")
    equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_list_malformed(env):
    """Whoever is on it as people write numbers is not found there."""
    w = start(env, OPEN, job(1))
    w.wait_stat("ready", 1)
    w.r.sadd(w.p + "list:opposition", "+33600000009", "06 00 00 00 01")
    stands(w, "list-malformed", rule="opposition")
    error = [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == w.p + "list:opposition"]
    equal(len(error), 1)
    contains(error[0], "expected a set of E.164 numbers, plus and digits")
    if "00 01" in error[0] or "00 01" in w.daemon.log():
        raise Failure("the member is not masked: " + error[0])
    equal(env.ctl_json("explain", w.c, "0600000001", "--job", json.dumps(job(1)))["reason"], "list-malformed", "explain says so too")
    w.r.srem(w.p + "list:opposition", "06 00 00 00 01")
    w.wait_stat("ready", 1)
    w.r.sadd(w.p + "list:opposition:acme", "0600000001")
    stands(w, "list-malformed", rule="opposition:acme")
    w.r.delete(w.p + "list:opposition:acme")
    w.wait_stat("ready", 1)
    # Who was on it is gone with it, which a person has to answer for.
    w.r.delete(w.p + "list:opposition")
    stands(w, "list-missing", rule="opposition")
    env.ctl("list", "accept", "opposition", "--reason", "nobody was on it")
    w.wait_stat("ready", 1)
    w.r.set(w.p + "list:opposition", "planted")
    w.wait_because("list-malformed")
    stands(w, "list-malformed", rule="opposition")
    error = [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == w.p + "list:opposition"]
    equal(error[-1:], ["expected a set of E.164 numbers, plus and digits, found a string"])
    w.r.delete(w.p + "list:opposition")
    equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_one_bad_member_of_many(env):
    """A long list is walked through, a bounded number of members at a time."""
    w = World(env).define()
    for i in range(4):
        w.r.sadd(w.p + "list:opposition", *[f"+3376{i}{k:06d}" for k in range(5000)])
    w.r.sadd(w.p + "list:opposition", "0600000001")
    w.push(job(1))
    w.clock = OPEN
    env.daemon("--simulate", OPEN)
    w.wait_because("list-malformed", 20)
    w.r.srem(w.p + "list:opposition", "0600000001")
    w.wait_stat("ready", 1, 20)


def test_history_unknown(env):
    w = World(env).define()
    w.r.hdel(w.p + "advertiser:acme", "attempts_before")
    w.push(job(1))
    w.clock = OPEN
    env.daemon("--simulate", OPEN)
    stands(w, "history-unknown", rule="attempts_before")


# -- jobs that wait for a time of their own


def test_not_before_and_retry(env):
    w = start(env, OPEN, job(1, not_before="2026-11-25T07:00:00+01:00"), job(2, not_before="2026-11-26T11:00:00+01:00"), retry="busy:30m")
    stands(w, "not-before", rule="not_before", until="2026-11-25T09:00:00Z")
    w.push(job(3))
    w.done(w.wait_taken(1)[0]["token"], "busy")
    w.wait_stat("later", 3)
    due = min(s for _, s in w.r.zrange(w.key("later"), 0, -1, withscores=True))
    until = datetime.datetime.fromtimestamp(due // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    stands(w, "not-before", rule="retry", until=until)


def test_cap_reached(env):
    """Until the first of them may be called again, and also for a daemon that did not see it put off."""
    w = start(env, OPEN)
    for number, first in (("+33600000001", 2), ("+33600000002", 1)):
        w.attempt(number, *[f"2026-11-{first + i:02d}" for i in range(4)])
    w.push(job(1), job(2))
    w.wait_stat("later", 2)
    stands(w, "cap-reached", rule="cap", until="2026-12-02T09:00:00Z")
    since = w.state()["since"]
    w.daemon.stop()
    w.r.hset(w.key("state"), "until", "")
    env.daemon("--simulate", "2026-11-24T12:00:00+01:00")
    w.wait_state(because="cap-reached", rule="cap", until="2026-12-02T09:00:00Z", since=since)


def test_soonest_of_places_and_times(env):
    """One job waits for Réunion, one for a time of its own, the others for Paris."""
    w = start(env, "2026-11-24T21:00:00+01:00", job(1), job(2, "0692 12 34 56"))
    stands(w, "outside-hours", rule=LAW, until="2026-11-25T06:00:00Z")
    place_says(w, "la-reunion", next_open="2026-11-25T06:00:00Z")
    w.push(job(3, "0692 12 34 57", not_before="2026-11-25T10:30:00+04:00"))
    w.push(job(4, "0692 12 34 58", postcode="97400", not_before="2026-11-25T05:00:00+04:00"))
    w.wait_stat("later", 2)
    stands(w, "outside-hours", rule=LAW, until="2026-11-25T06:00:00Z")


# -- what nobody knows


def test_outcome_unknown(env):
    w = start(env, OPEN, job(1), route={"lease_s": 1})
    equal(len(w.wait_taken(1)), 1)
    stands(w, "outcome-unknown")


def test_facts_unknown(env):
    """A record that cannot be read, and a key of a wrong type: neither stops anybody else."""
    w = World(env).define()
    w.r.hset(w.p + "consent:acme", "+33600000001", "{broken")
    w.push(job(1))
    w.clock = OPEN
    env.daemon("--simulate", OPEN)
    stands(w, "facts-unknown", rule="registry")
    w.push(job(2))
    equal([j["id"] for j in w.wait_taken(1)], ["2"])
    stands(w, "facts-unknown", rule="registry")
    w.r.hset(w.p + "consent:acme", "+33600000001", w.r.hget(w.p + "consent:acme", "+33600000002") or '{"consents":[]}')
    equal([j["id"] for j in w.wait_taken(1)], ["1"])  # and it is out of the way of what follows
    other = World(env, w.p, "acme.other").define()
    other.clock = w.clock
    other.r.set(other.key("refused"), "planted")
    other.push(job(5, consent=None))
    stands(other, "facts-unknown", rule=other.key("refused"))
    other.r.delete(other.key("refused"))
    other.wait_stat("refused.consent-missing", 1)
    other.wait_because("nothing-queued")


def test_law_unknown(env):
    """No regime for that day; a rulebook that nobody signed; instances that disagree."""
    w = start(env, OPEN, job(1), words=("--require-approved",))
    stands(w, "law-unknown", rule="rulebook unsigned")
    w.daemon.stop()
    env.write_conf('instance = "a";', "a.conf")
    first = env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    rulebook(env, ('version = "2026-', 'version = "2027-'))
    with open(env.conf, "a", encoding="utf-8") as f:
        f.write('instance = "b";\n')
    second = env.daemon("--simulate", OPEN)
    w.push(job(2))
    w.wait_state(state="waiting", because="law-unknown", rule="rulebook-mismatch", until="")
    second.stop()
    w.wait_stat("ready", 2, 20)
    first.stop()


def test_no_regime_for_the_day(env):
    rulebook(env, ('from = "2026-08-11";\n', 'from = "2026-08-11";\n\t\tto = "2026-11-24";\n'))
    w = start(env, OPEN, job(1))
    w.wait_because("law-unknown")
    stands(w, "law-unknown", rule="no regime for this day")
    place_says(w, open="no", next_open="", why="law-unknown")


def test_holidays_not_announced(env):
    """The dates of a territory are listed up to a day; what comes after, nobody knows."""
    given = {**CONSENT, "collected_at": "2028-12-01T10:00:00+01:00", "until": "2029-08-31"}
    w = start(env, "2029-01-09T11:00:00+03:00", job(1, "0639 12 34 56", given), at="2029-01-08T06:00:00Z")
    w.wait_because("law-unknown")
    stands(w, "law-unknown", rule="the listed holidays do not reach that date")
    place_says(w, "mayotte", open="no", next_open="", why="law-unknown")


# -- the machines


def test_halted(env):
    """While jobs wait and while they are ready."""
    w = start(env, OPEN)
    for i, scope in enumerate(("route:main", "source:web-2026", "advertiser:acme", "all")):
        w.r.hset(w.p + "halt", scope, "wrong recording")
        w.push(job(scope, f"+336120000{i:02d}"))
        stands(w, "halted", rule=scope)
        equal(w.state()["note"], "wrong recording")
        w.r.hdel(w.p + "halt", scope)
        w.wait_stat("ready", 1)
        w.r.hset(w.p + "halt", scope, "again")
        equal(w.take(), [], "while ready")
        w.r.hdel(w.p + "halt", scope)
        equal(len(w.wait_taken(1)), 1)
    w.balance()


def test_redis_full(env):
    """Intake stops, what is held stays; oppositions, withdrawals and outcomes can still be written."""
    w = start(env, OPEN, *[job(i) for i in range(20)])
    w.wait_stat("ready", 20)
    got = w.take(2)
    w.r.config_set("maxmemory", w.r.info("memory")["used_memory"] // 2)
    w.wait_state(state="waiting", because="redis-full", rule="maxmemory", until="")
    try:
        raise Failure(f"{w.take()} was taken")
    except redis.exceptions.ResponseError as error:
        contains(str(error), "maxmemory")  # newer clients take the word OOM off
    equal(w.done(got[0]["token"], "answered"), "OK")
    equal(w.oppose("+33600000015"), [1, 1, 0])
    equal(w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", "+33600000016", "crm", "mail"), [1, 0])
    w.wait_stat("done", 1)
    w.wait_stat("refused", 2)
    w.r.config_set("maxmemory", 0)
    w.push(job(30))
    w.wait_intake(21)
    for j in got[1:] + w.wait_taken(17):
        w.done(j["token"])
    w.wait_because("nothing-queued")
    w.balance()


def test_redis_policy(env):
    env.start_redis("--appendonly", "no")
    env.write_conf(env.conf_text().replace("redis_policy_strict = false", "redis_policy_strict = true"))
    w = start(env, OPEN, job(1))
    stands(w, "redis-policy", rule="appendonly is off")


def test_clock_doubt(env):
    """A daemon whose clock is not that of Redis releases nothing; another one does."""
    library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
    env.extra = {"LD_PRELOAD": library, "FAKETIME": "+10s", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    w = start(env, OPEN, job(1))
    w.wait_state(state="waiting", because="clock-doubt", rule="Redis TIME", until="")
    equal((w.stat("intake"), w.take()), (0, []))
    contains(w.daemon.log(), "clock-doubt")
    w.daemon.stop()
    env.extra = {}
    env.daemon("--simulate", OPEN)
    equal(len(w.wait_taken(1)), 1)


# -- two at once


def test_what_a_person_must_do_comes_first(env):
    """Each line holds together with all below it; as each is mended, the next one is said."""
    w = World(env).define(lists=(), status="paused", start="2026-11-28T00:00:00+01:00", sector="renewable-energy")
    r, p = w.r, w.p
    r.hdel(p + "advertiser:acme", "attempts_before")
    r.hset(p + "halt", "all", "stop")
    r.hset(p + "ready:main:health", mapping={"state": "tripped", "why": "broken"})
    w.push(job(1))
    w.clock = SATURDAY
    env.daemon("--simulate", "2026-11-27T21:00:00+01:00")
    for because, mend in (
            ("campaign-rejected", lambda: r.hset(w.key("def"), "sector", "retail")),
            ("halted", lambda: r.delete(p + "halt")),
            ("campaign-paused", lambda: r.hset(w.key("def"), "status", "running")),
            ("history-unknown", lambda: r.hset(p + "advertiser:acme", "attempts_before", "none")),
            ("list-missing", lambda: r.hset(p + "list-meta:opposition", "refreshed_at", "2026-11-24T00:00:00Z")),
            ("route-breaker", lambda: r.fcall("licet_breaker", 1, p + "ready:main", "A. Martin", "mended")),
            ("campaign-not-started", lambda: r.hdel(w.key("def"), "start")),
            ("outside-hours", lambda: None)):
        w.wait_because(because)
        mend()
    w.balance()


def test_since_outlives_the_daemon(env):
    w = start(env, BEFORE, job(1))
    w.wait_state(because="outside-hours")
    since = w.state()["since"]
    w.daemon.kill()
    env.daemon("--simulate", "2026-11-24T09:59:55+01:00")
    wait_until(lambda: w.stat("held") == 1, 5, "it to be held")
    w.wait_state(because="outside-hours", since=since)
    w.wait_state(20, state="running", because="allowed")
    equal(instant(w.state()["since"]) >= instant(TEN), True)


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
