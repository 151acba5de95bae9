"""licetctl simulate: the rehearsal of a campaign, on a copy. And the forecast against it, over weeks with holidays and
both changes of the clock."""

import collections
import datetime
import json
import os
import signal
import subprocess
import zoneinfo

from checks import Busy, fails, misuse, shows
from harness import BUILD, ROOT, SLOW, _die_with_parent, contains, equal, full_speed, own_target, wait_until
from offspring import is_alive
from test_forecast import YEAR_LATER, instant, mixed, stand_still
from world import CAMPAIGN, CONSENT, World, job

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
RUNS = "licet-sim:*run-*"


def start(env, prefix="licet:", **definition):
    return World(env, prefix).define(at="2026-11-01T06:00:00Z", **definition)


def everything(env):
    raw = env.server.connect(decode_responses=False)
    return {k: raw.dump(k) for k in raw.scan_iter("*")}


def rehearse(env, *words, code=0):
    return env.ctl_json("simulate", CAMPAIGN, *words, code=code, timeout=200)


def per_day(said):
    days = collections.Counter()
    for hour in said["hours"]:
        days[str(datetime.datetime.fromtimestamp(instant(hour["from"]) / 1000, PARIS).date())] += hour["released"]
    return days


# -- the forecast over weeks


def whole_weeks(env, at, closed, count, consent, rate, speed):
    """rate: in an hour. A release takes a tenth of a second of real time, so that a round trip does not matter."""
    w = start(env, "licet-sim:", rate=f"{rate}/h")
    w.push(*mixed(count, consent), job(9001, consent=None))
    stand_still(w, at)
    told = env.ctl_json("forecast", CAMPAIGN)
    with Busy(env, 3600 / rate / speed) as busy:
        did = rehearse(env, "--at", at, "--speed", str(speed))
    # Where a busy machine was late, the last jobs may wait for the next opening: it is jobs that are late, not hours.
    last, end = instant(did["last_release"]), instant(told["last_release"])
    late = sum(hour["released"] for hour in did["hours"] if instant(hour["from"]) > end)
    assert abs(last - end) <= 0.01 * (last - instant(at)) or (last > end and late <= busy.jobs), \
        f"{late} jobs late: the last was released at {did['last_release']}, not {told['last_release']}; {busy.lost_s} s lost"
    equal((did["released"], did["refused"], did["left"]), (told["released"], told["never"], 0))
    days = per_day(did)
    for date, why in closed.items():
        equal(days[date], 0, date)
        day = {d["date"]: d for d in told["days"]}[date]
        equal((day["released"], day.get("closed")), (0, why), date)
    for day in told["days"]:
        assert abs(day["released"] - days[day["date"]]) <= max(3, day["released"] * 0.05) + busy.jobs, (day, days, busy.lost_s)
    return told, did


@own_target
def test_a_week_with_easter_and_summer_time(env):
    """Good Friday rests where the callee may be in Alsace, Easter Monday everywhere, and the night between is an hour shorter."""
    told, did = whole_weeks(env, "2027-03-24T21:00:00+01:00", {"2027-03-27": "weekend", "2027-03-28": "weekend",
                                                               "2027-03-29": "Lundi de Pâques"}, 300, CONSENT, 10, 3600)
    friday = {d["date"]: d for d in told["days"]}["2027-03-26"]
    equal(sorted(friday["places"]), ["la-reunion"])
    hours = [h["from"] for h in did["hours"]]
    assert "2027-03-30T08:00:00Z" in hours and "2027-03-25T09:00:00Z" in hours, hours


@own_target
@full_speed
def test_a_fortnight_with_two_holidays_and_winter_time(env):
    told, did = whole_weeks(env, "2027-10-27T21:00:00+02:00", {"2027-10-30": "weekend", "2027-10-31": "weekend",
                                                               "2027-11-01": "Toussaint", "2027-11-11": "Armistice 1918"},
                            290, YEAR_LATER, 3, 12000)
    assert told["last_release"] > "2027-11-12", told["last_release"]
    assert "2027-11-02T09:00:00Z" in [h["from"] for h in did["hours"]], did["hours"]


# -- the copy


def all_that_decides(env, prefix):
    """Everything that decides is copied, nothing else is touched, and nothing stays. Returns what was rehearsed."""
    w = start(env, prefix, rate="600/h", retry="busy:30m", retry_max="2", family="acme.both")
    w.push(*mixed(30), job(100, person="p-1"), job(101, person="p-2"), job(102, to="+33600000012"), job(103, consent=None), "no job",
           job(104, consent=None), job(105, consent=dict(CONSENT, form="web-v3")), job(106), job(107),
           job(108, to="+33142990108", consent=dict(CONSENT, slot="2026-11-24T21:30:00+01:00")),
           job(109, to="+33142990109", consent=dict(CONSENT, slot="2026-11-20T21:30:00+01:00")),
           job(110, to="+33142990110", consent=None))
    short = dict(CONSENT, until="2026-11-24T09:30:00+01:00")  # and then there is another one
    w.r.hset(w.p + "consent:acme", "+33142990110", json.dumps({"consents": [short, CONSENT]}))
    w.r.sadd(w.p + "list:opposition", "+33600000004", "+33600009999")
    w.r.hset(w.p + "oppositions:dated:acme", "p:p-1", "1795000000000 1795000000000 o")
    w.r.sadd(w.key("cancel"), "8")
    w.r.sadd(w.p + "family:acme.both:seen", "+33600000106", "i:106")
    w.r.hset(w.p + "consent:acme", "+33600000104", json.dumps({"consents": [CONSENT]}))
    w.r.hset(w.p + "form:web-v3", mapping={"product": "toys", "channel": "automated-voice", "mentions": "identity choice period withdrawal proof",
                                           "bases": "L223-1 L34-5", "act": "ticked-box", "wording_hash": "9f2c04d1", "from": "2026-08-15",
                                           "approved_by": "A. Martin"})
    w.set_attempts("+33600000107", "2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23")
    w.r.hset(w.p + "halt", "route:main", "looked at")
    before = everything(env)
    said = rehearse(env, "--at", "2026-11-24", "--speed", "150")  # a precise time lasts fifteen minutes: 6 s of a busy machine
    equal(everything(env), before, "the real keys")
    equal(list(w.r.scan_iter(RUNS)), [], "what is left of the copy")
    equal(said["invalid"], {"json-malformed": 1})
    # The second of a number, and who objected, whatever the number.
    equal(said["refused"], {"duplicate": 2, "consent-missing": 1, "opposed-platform": 1, "opposed-advertiser": 1, "consent-expired": 1})
    assert "2026-11-24T20:00:00Z" in [h["from"] for h in said["hours"]], "a precise time out of hours"
    equal((said["cancelled"], said["left"], said["stuck"]), (1, 0, None), said)
    assert said["last_release"].startswith("2026-12-2"), "a slot under the cap frees: " + said["last_release"]
    return w, said


def test_real_keys_are_only_read(env):
    all_that_decides(env, "licet:")


@full_speed
def test_the_forecast_says_the_same(env):
    w, said = all_that_decides(env, "licet-sim:")
    stand_still(w, "2026-11-24T00:00:00+01:00")
    told = env.ctl_json("forecast", CAMPAIGN)
    equal(told["never"], {**said["refused"], **said["invalid"], "cancelled": 1})
    equal((told["released"], told["last_release"][:15]), (said["released"], said["last_release"][:15]))


def test_what_is_held_and_put_off(env):
    """Taken over as it stands, attempts and times included."""
    w = start(env, "licet-sim:")
    daemon = env.daemon("--simulate", "2026-11-23T22:00:00+01:00")
    w.push(*mixed(40), job(900, not_before="2026-11-25T15:00:00+01:00"))
    w.wait_stat("held", 40)
    w.wait_stat("later", 1)
    daemon.stop()
    before = everything(env)
    said = rehearse(env, "--at", "2026-11-23T22:00:00+01:00")
    equal((said["jobs"], said["released"], said["last_release"][:16]), (41, 41, "2026-11-25T14:00"))
    equal(everything(env), before)


def test_outcomes_and_retries(env):
    w = start(env, rate="600/h", retry="busy:30m", retry_max="1")
    w.push(*[job(i, to=f"+33142{i:06d}") for i in range(60)])
    said = rehearse(env, "--at", "2026-11-24", "--outcomes", "busy:50%,opted-out:10%", "--seed", "7")
    done = said["done"]
    equal(sum(done.values()), 60)
    assert said["released"] > 75, "retries go out too"
    assert 0 < done["opted-out"] < 20 and done["busy"] > 0 and done["answered"] > 20, done
    equal(rehearse(env, "--at", "2026-11-24", "--outcomes", "busy:50%,opted-out:10%", "--seed", "7")["done"], done, "the same draw")


def test_for_people(env):
    w = start(env, rate="60/h", status="paused")
    w.push(*mixed(40), job(900, consent=None))
    out = shows(env, "simulate", CAMPAIGN, "--at", "2026-11-24T09:00:00+01:00", "--until", "2026-11-24T10:20:00+01:00")
    for part in ("acme.noel: 41 jobs, rehearsed from Tue 24 Nov 2026 09:00", "first release  Tue 24 Nov 2026 09:00", "still waiting  ",
                 "done answered", "refused consent-missing  1", "no consent in the job or the registry", "Released per hour, Europe/Paris",
                 "Rehearsed as if it were not paused."):
        contains(out, part)


@full_speed
def test_what_time_does_not_lift(env):
    w = start(env)
    w.push(job(1))
    w.r.delete(w.p + "list-meta:opposition")
    said = rehearse(env, "--at", "2026-11-24", code=1)
    equal((said["released"], said["left"], said["stuck"]), (0, 1, "list-missing, opposition"))


def test_interrupted(env):
    """Ctrl-C in the middle leaves nothing, neither keys nor processes."""
    w = start(env, rate="1/h")
    w.push(*mixed(400))
    before = everything(env)
    process = subprocess.Popen([os.path.join(BUILD, "licetctl"), "simulate", CAMPAIGN, "--at", "2026-11-24", "--speed", "100", *env.common()],
                               cwd=ROOT, env=env.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_die_with_parent)
    try:
        wait_until(lambda: list(w.r.scan_iter("licet-sim:*run-*:daemon:*")), 20, "licetd of the rehearsal")
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            child = int(file.read().split()[0])
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20 * SLOW)
    finally:
        process.kill()
    equal((process.returncode, err), (1, b"licetctl: interrupted\n"))
    equal(everything(env), before)
    equal(is_alive(child), False, "licetd is still there")


def test_refusals(env):
    w = start(env)
    for words in (("simulate", CAMPAIGN), ("simulate", CAMPAIGN, "--at", "soon"), ("simulate", "--at", "2026-11-24"),
                  ("simulate", CAMPAIGN, "--at", "2026-11-24", "--until", "2026-11-23"), ("simulate", CAMPAIGN, "--at", "2026-11-24", "--speed", "0"),
                  ("simulate", CAMPAIGN, "--at", "2026-11-24", "--outcomes", "bussy:20%"), ("simulate", CAMPAIGN, "--at", "2026-11-24", "--outcomes", "busy:20"),
                  ("simulate", CAMPAIGN, "--at", "2026-11-24", "--outcomes", "busy:70%,failed:40%")):
        misuse(env, *words)
    contains(fails(env, "simulate", "acme.noe", "--at", "2026-11-24"), "did you mean acme.noel?")
    contains(fails(env, "simulate", CAMPAIGN, "--at", "2026-11-24", "--licetd", "/nowhere/licetd"), "/nowhere/licetd: No such file")
    contains(fails(env, "simulate", CAMPAIGN, "--at", "2026-11-24", "--licetd", "/bin/false"), "/bin/false ended")
    equal(list(w.r.scan_iter(RUNS)), [])
    w.r.hset(w.key("def"), "sectr", "x")
    contains(fails(env, "simulate", CAMPAIGN, "--at", "2026-11-24"), "is rejected")
    w.r.hdel(w.key("def"), "sectr")
    # The functions of another build belong to a daemon at work.
    w.r.function_load("#!lua name=licet\nredis.register_function{function_name='licet_version',callback=function() return '1 other' end,flags={'no-writes'}}")
    contains(fails(env, "simulate", CAMPAIGN, "--at", "2026-11-24"), "of another build")
