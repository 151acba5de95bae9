"""licetctl forecast: what it says, against what licetd then does."""

import collections
import datetime
import json
import re
import xml.etree.ElementTree
import zoneinfo

from checks import Busy, fails, misuse, shows, write
from harness import contains, equal, full_speed, own_target, wait_until
from world import CAMPAIGN, CONSENT, World, job

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
TUESDAY = "2026-11-24T09:59:00+01:00"
YEAR_LATER = dict(CONSENT, collected_at="2027-09-01T10:12:00+02:00", until="2028-08-31")


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def stand_still(w, at):
    """The clock of the space, at that instant, while no daemon runs."""
    w.r.hset(w.p + "clock", mapping={"sim_base_ms": int(instant(at)), "real_base_ms": 0, "speed": "0.0"})


def start(env, at=TUESDAY, **definition):
    w = World(env).define(at="2026-11-01T06:00:00Z", **definition)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 100000})
    stand_still(w, at)
    return w


def run_out(w, timeout=90):
    """A sender that takes at once, until nothing waits. Returns {job id: when it was released}."""
    got = {}

    def over():
        jobs = w.take(500)
        for j in jobs:
            got[j["id"]] = int(j["released_ms"])
            w.done(j["token"])
        # The queue first: what leaves it meanwhile is counted.
        return not jobs and w.r.llen(w.key("queue")) == 0 and sum(w.stats().get(n, 0) for n in ("held", "later", "ready", "taken")) == 0
    wait_until(over, timeout, lambda: f"the end of it: {w.stats()} {w.state()}")
    return got


def agree(w, said, got, at, late_jobs):
    """The finishing time within 1 %, but for the jobs that a busy machine was late with; the counts exact."""
    last, end = max(got.values()), instant(said["last_release"])
    late = sum(1 for ms in got.values() if ms > end)
    assert abs(last - end) <= 0.01 * (last - instant(at)) or (last > end and late <= late_jobs), \
        f"{late} jobs late, of {late_jobs:.0f} that may be: the last was released at {last}, not {said['last_release']}"
    s = w.balance()
    equal(said["released"], len(got), "released")
    equal(said["released"] + said["never_count"], said["waiting"])
    did = {r: n for r in said["never"] if (n := s.get("cancelled" if r == "cancelled" else f"refused.{r}", s.get(f"invalid.{r}", 0)))}
    equal(said["never"], did, "never")
    equal(said["never_count"], s["refused"] + s["invalid"] + s["cancelled"])


def mixed(count, consent=CONSENT):
    """Jobs of four places."""
    forms = ("+336{:08d}", "+33142{:06d}", "+262692{:06d}", "+33388{:06d}")
    return [job(i, to=forms[i % 4].format(i), consent=consent) for i in range(count)]


@own_target
@full_speed
def test_against_the_daemon(env):
    """Everything that can become of a job, still queued when it is forecast."""
    w = start(env, rate="100/h")
    w.push(*mixed(900), "no job", '{"id":"x"}', job(9001, to="08 92 70 00 00"), job(9002, not_after="2026-11-23T10:00:00Z"),
           job(9003, to="+33142990003", not_before="2026-11-25T12:00:00Z"), job(9004, to="+336 00 00 00 04"), job(5, to="+33142990005"),
           job(9006, to="+33142990006", person="p-1"), job(9007, to="+33142990007", person="p-1"), job(9008, consent=None),
           job(9009, to="+33142990009"), job(9010, to="+33142990010", consent=dict(CONSENT, until="2026-11-24")),
           job(9011, to="+33142990011"), job(9012, to="+33142990012"))
    w.r.sadd(w.p + "list:opposition", "+33600000008", "+33600000012")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000016")
    w.r.sadd(w.key("cancel"), "9009", "20")
    # Four attempts: the next lawful day is Wednesday.
    w.set_attempts("+33142990011", "2026-10-25", "2026-10-27", "2026-10-28", "2026-10-29")
    w.set_attempts("+33142990012", "2026-11-20")
    said = env.ctl_json("forecast", CAMPAIGN)
    equal((said["blocked"], said["end_first"], said["left"]), (None, False, 0))
    equal(said["never"], {"json-malformed": 1, "field-missing": 1, "number-class": 1, "job-expired": 1, "duplicate": 3, "consent-missing": 1,
                          "opposed-platform": 2, "opposed-advertiser": 1, "cancelled": 2, "consent-expired": 1})
    with Busy(env, 3600 / 100 / 3000) as busy:
        env.daemon("--simulate", TUESDAY, "--speed", "3000")
        got = run_out(w)
    agree(w, said, got, TUESDAY, busy.jobs)
    days = collections.Counter(str(datetime.datetime.fromtimestamp(ms / 1000, PARIS).date()) for ms in got.values())
    for day in said["days"]:
        assert abs(day["released"] - days[day["date"]]) <= 25 + busy.jobs, (day, days, busy.lost_s)


@full_speed
def test_the_end_comes_first(env):
    """Some jobs are never called because the campaign ends; how many, to the job. Enqueue warns. What each release is
    late by, the next ones are too: the nine together may be late by a second of real time."""
    w = start(env, rate="6/h", end="2026-11-24T11:29:00+01:00")
    path = write(env, "jobs.jsonl", *(json.dumps(j) for j in mixed(30)))
    warned = env.ctl("enqueue", CAMPAIGN, path)
    contains(warned.err, "its end, 2026-11-24T10:29:00Z, comes first: about ")
    equal(warned.err.count("\n"), 1)
    said = env.ctl_json("forecast", CAMPAIGN)
    equal((said["end_first"], said["finish"], list(said["never"])), (True, "2026-11-24T10:29:00Z", ["campaign-ended"]))
    equal(said["released"], 9, "one at 10:00 and one every ten minutes until 11:20")
    with Busy(env, 3600 / 6 / 500) as busy:
        env.daemon("--simulate", TUESDAY, "--speed", "500")
        got = run_out(w)
    agree(w, said, got, TUESDAY, busy.jobs)


def test_enqueue_is_silent_where_the_end_is_far(env):
    start(env, rate="60/h", end="2026-12-24T15:30:00+01:00")
    path = write(env, "jobs.jsonl", *(json.dumps(j) for j in mixed(400)))
    equal(env.ctl("enqueue", CAMPAIGN, path).err, "")


def test_enqueue_with_few_rights(env):
    """Who may queue, and not read everything, is not told that it failed."""
    w = start(env, rate="6/h", end="2026-11-24T12:43:00+01:00")
    path = write(env, "jobs.jsonl", *(json.dumps(j) for j in mixed(30)))
    w.r.execute_command("ACL", "SETUSER", "default", "resetkeys", f"~{w.p}campaign*", f"~{w.p}clock", f"~{w.p}*:-", f"~{w.p}*:--")
    try:
        done = env.ctl("enqueue", CAMPAIGN, path)
    finally:
        w.r.execute_command("ACL", "SETUSER", "default", "~*")
    equal((done.err, w.r.llen(w.key("queue"))), ("", 30))


def test_for_people(env):
    w = start(env, rate="40/h", window="mon-fri 10:30-12:00")
    w.push(*mixed(200), job(900, consent=None), job(901, to="+33142000001"))
    out = shows(env, "forecast", CAMPAIGN)
    for part in ("acme.noel: done on Thu 26 Nov 2026 11:", "waiting   202, none is out", "never     2", "rate      40/h, the campaign's",
                 "Tue 2026-11-24  ", "metropole+alsace-moselle", "##### ", "consent-missing  1", "duplicate        1", "senders take what is ready at once"):
        contains(out, part)
    french = shows(env, "forecast", CAMPAIGN, "--lang", "fr")
    for part in ("acme.noel : achevée le jeu. 26 nov. 2026 11:", "attente   202, aucune n'est dehors", "jamais    2", "débit     40/h, celui de la campagne", "mar. 2026-11-24  ",
                 "France métropolitaine ou Alsace-Moselle", "aucun consentement", "doublon", "les émetteurs prennent aussitôt ce qui est prêt", "dans 2 jours"):
        contains(french, part)
    w.r.hset(w.key("def"), "status", "paused")
    contains(shows(env, "forecast", CAMPAIGN, "--lang", "fr"), "état      rien ne part : en pause, status ; calculé comme si")
    contains(shows(env, "forecast", CAMPAIGN), "nothing moves: campaign-paused, status; reckoned as if that were lifted at once")
    equal(env.ctl_json("forecast", CAMPAIGN)["blocked"], {"reason": "campaign-paused", "rule": "status"})
    w.r.hset(w.key("def"), mapping={"status": "running", "sectr": "x"})
    contains(fails(env, "forecast", CAMPAIGN), "is rejected, nothing of it moves: sectr, did you mean sector?")
    fails(env, "forecast", "acme.noe")
    for words in (("forecast",), ("forecast", CAMPAIGN, "--rate", "fast")):
        misuse(env, *words)


def test_on_paper(env):
    """For a client: one file with the curves of the page, in both languages, and nobody's number."""
    w = start(env, rate="40/h")
    w.push(*[job(i, to=f"+33142{i:06d}") for i in range(700)], job(900, consent=None))
    w.r.hset(w.key("hours"), mapping={f"2026-11-23T{h:02d}Z:released": n for h, n in ((9, 10), (10, 40), (13, 20))})
    w.r.hset(w.key("hours"), "2026-11-23T10Z:answered", 12)
    for lang, parts in (("fr", ("Prévision pour la campagne acme.noel", "Fin prévue", "entre le ", "Jamais appelées", "aucun consentement", "week-end", "Hypothèses", "fin prévue</text>", "décrochés</text>",
                                "les émetteurs prennent aussitôt ce qui est prêt", "débit de la campagne")),
                        ("en", ("Forecast for the campaign acme.noel", "between ", "expected end</text>", "no consent in the job or the registry", "senders take what is ready at once"))):
        html = env.ctl("forecast", CAMPAIGN, "--format", "html", "--lang", lang).out
        for part in parts:
            contains(html, part)
        equal(html.count("<svg class=\"chart\""), 2)
        equal(re.findall(r"<script|<link|src=|@import|url\((?!#)|33142\d{6}|0142\d{6}", html), [])
        # Each curve is sound XML, and says what it is to who does not see it.
        for svg in re.findall(r"<svg class=\"chart\".*?</svg>", html, re.S):
            drawing = xml.etree.ElementTree.fromstring(svg)
            equal(drawing.find("{http://www.w3.org/2000/svg}title") is not None, True)
    w.r.delete(w.key("queue"))
    contains(env.ctl("forecast", CAMPAIGN, "--format", "html").out, "nothing waits")
    for words in (("--format", "pdf"), ("--lang", "de"), ("--format", "html", "--json")):
        misuse(env, "forecast", CAMPAIGN, *words)


def test_rates(env):
    """The campaign's, the route's and who shares it, one that is given, or none."""
    w = start(env)
    w.push(*[job(i, to=f"+33142{i:06d}") for i in range(100)])
    said = env.ctl_json("forecast", CAMPAIGN)
    equal((said["rate"]["from"], said["finish"]), ("none", "2026-11-24T09:00:00Z"))
    said = env.ctl_json("forecast", CAMPAIGN, "--rate", "50/h")
    equal((said["rate"]["from"], said["finish"]), ("given", "2026-11-24T10:58:47Z"))
    now = int(instant(TUESDAY))
    for i in range(31):
        w.r.xadd(w.key("done"), {"id": str(i), "released_ms": str(now - 300000 + 6000 * i)}, id=f"{now - 300000 + 6000 * i}-1")
    equal(env.ctl_json("forecast", CAMPAIGN)["rate"], {"from": "measured", "per_h": 600, "shared_with": 0, "ahead": 0})
    # History tells better than ten minutes do; a rate that is known limits it all the same.
    w.r.hset(w.key("hours"), mapping={"2026-11-23T10Z:released": 100, "2026-11-23T13Z:released": 120, "2026-11-23T14Z:released": 90, "2026-11-23T14Z:answered": 12,
                                      "2026-11-01T14Z:released": 9999})
    said = env.ctl_json("forecast", CAMPAIGN)
    equal((said["rate"]["from"], said["rate"]["per_h"], said["lately"]), ("history", 100, {"per_h": 100, "hours": 3}))
    contains(env.ctl("forecast", CAMPAIGN).out, "rate      100/h, as by the hour lately\n  lately    100/h: the middle one of 3 hours with releases, in 7 days")
    w.r.hset(w.p + "route:main", "rate", "200/h")
    equal(env.ctl_json("forecast", CAMPAIGN)["rate"], {"from": "route", "per_h": 200, "shared_with": 0, "ahead": 0})
    other = World(env, campaign="acme.other").define(at="2026-11-01T06:00:00Z", weight="3")
    other.push(job(1))
    said = env.ctl_json("forecast", CAMPAIGN)
    equal((said["rate"]["per_h"], said["rate"]["shared_with"]), (50, 1))
    contains(" ".join(said["assumes"]), "shared by weight with the 1 campaign that wants it now")
    w.r.hset(other.key("def"), mapping={"rate": "20/h"})
    equal(env.ctl_json("forecast", CAMPAIGN)["rate"]["per_h"], 180, "another that takes no more than its own rate")


def test_it_changes_nothing(env):
    w = start(env, rate="40/h", end="2026-11-24T15:30:20+01:00")
    w.push(*mixed(50))
    raw = env.server.connect(decode_responses=False)
    before = {k: raw.dump(k) for k in raw.scan_iter("*")}
    env.ctl_json("forecast", CAMPAIGN)
    equal({k: raw.dump(k) for k in raw.scan_iter("*")}, before)


def test_calls_that_are_tried_again(env):
    """Of those that have an outcome a third was busy: so are those to come, and they go out again. Few outcomes say nothing."""
    w = start(env, retry="busy:30m", retry_max="2")
    w.r.hset(w.key("stats"), mapping={"done": "10", "done.answered": "10", "retried.busy": "5", "intake": "10"})
    w.push(*[job(i) for i in range(900)])
    said = env.ctl_json("forecast", CAMPAIGN)
    equal((said["again"], said["released"]), (0, 900))
    contains(" ".join(said["assumes"]), "too few have an outcome")
    w.r.hset(w.key("stats"), mapping={"done": "40", "done.answered": "40", "retried.busy": "20", "intake": "40"})
    said = env.ctl_json("forecast", CAMPAIGN)
    # A third, and a third of these: 300 and 100.
    assert 380 <= said["again"] <= 400, said["again"]
    equal((said["released"], said["waiting"], said["left"]), (900, 900, 0))
    contains(" ".join(said["assumes"]), "33 % of calls are tried again, as of the 60 so far, 2 times at most")
    contains(shows(env, "forecast", CAMPAIGN), "goes out  900, and ")
    # At a rate the last of them goes out later.
    first = env.ctl_json("forecast", CAMPAIGN, "--rate", "60/h")["last_release"]
    env.ctl("campaign", "put", CAMPAIGN, "retry", "")
    assert instant(env.ctl_json("forecast", CAMPAIGN, "--rate", "60/h")["last_release"]) < instant(first)
