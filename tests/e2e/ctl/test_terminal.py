"""What is seen on a terminal of 80 by 24: top, calendar, status."""

import os
import re
import signal

import harness
from checks import misuse, shows
from harness import Failure, contains, equal, wait_until
from terminal import Terminal
from world import CAMPAIGN, CONSENT, World, job, start


def fits(text, width=80, height=24):
    lines = text.rstrip("\n").split("\n")
    if len(lines) > height or any(len(line) > width for line in lines):
        raise Failure(f"{len(lines)} lines, {max(map(len, lines))} wide:\n{text}")
    return lines


def scene(env):
    """One campaign that runs and one that stands still: jobs that wait, that are ready, and refused ones."""
    w = start(env)
    other = World(env, campaign="acme.broken").define(advertiser="nobody")
    w.push(*[job(i) for i in range(20)], *[job(i, f"06921234{i}") for i in range(30, 37)], job(50, consent=None),
           job(51, consent={**CONSENT, "product": "cars"}), job(52, consent=None))
    w.wait_intake(30)
    other.wait_state(state="rejected")
    return w


# -- top


def test_top(env):
    w = scene(env)
    t = Terminal(env)
    before = t.settings()
    t.licetctl("top")
    text = t.wait_for("licet top", "la-reunion", "q quit")
    fits(text)
    for part in ("2 campaigns", "heartbeat", "rejected", "acme.noel", "consent-missing 2, consent-scope 1"):
        contains(text, part)
    # Who needs somebody is first.
    if text.index("acme.broken") > text.index("acme.noel"):
        raise Failure(text)
    line = next(li for li in text.split("\n") if li.startswith("la-reunion"))
    contains(line, "       7  Tue 24 Nov 2026 14:00")
    line = next(li for li in text.split("\n") if li.startswith(CAMPAIGN))
    equal(line.split()[-5:], ["0", "7", "20", "0", "3"])
    # It is live.
    w.take(5)
    wait_until(lambda: next(li for li in t.screen().split("\n") if li.startswith(CAMPAIGN)).split()[-3:] == ["15", "5", "3"], 20, t.screen)
    t.key("s")
    text = t.wait_for("by name")
    t.key("r")
    text = t.wait_for("by name, reversed")
    if text.index(CAMPAIGN) > text.index("acme.broken"):
        raise Failure(text)
    t.key("?")
    t.wait_for("reverse", "up down", gone=("acme.noel",))
    t.key("?")
    t.wait_for("acme.noel")
    t.key("p")
    t.wait_for("PAUSED")
    t.key("q")
    t.wait_for("$", gone=("licet top",))
    equal(t.settings(), before)


def test_top_gives_the_terminal_back(env):
    """Whatever ends it: a signal, Ctrl-C; and Ctrl-Z and fg."""
    scene(env)
    t = Terminal(env)
    before = t.settings()

    def back(*parts):
        t.wait_for("$", *parts, gone=("licet top",))
        equal(t.settings(), before)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        t.licetctl("top", after="; echo ended=$?")
        t.wait_for("licet top")
        os.kill(t.pid("licetctl"), number)
        back(f"ended={128 + number}") if number != signal.SIGINT else back()
    t.licetctl("top")
    t.wait_for("licet top")
    t.key("C-c")
    back()
    t.licetctl("top", after="; echo ended=$?")
    t.wait_for("licet top")
    t.key("C-z")
    back("ended=")
    t.type("fg")
    t.key("Enter")
    t.wait_for("licet top", "acme.noel")
    t.key("q")
    back()


def test_top_outlives_redis(env):
    """It says that Redis is away, with what it saw last, hears keys, and goes on when it is back, from a new process too."""
    w = scene(env)
    t = Terminal(env)
    before = t.settings()
    t.licetctl("top", after="; echo ended=$?")
    t.wait_for("licet top", "acme.noel", gone=("away",))
    for _ in range(2):
        env.server.kill()
        t.wait_for("Redis      away, trying again: ", "acme.noel", "acme.broken")
        t.key("s")
        t.wait_for("away, trying again")
        env.server.start()
        t.wait_for("licet top", "acme.noel", gone=("away",))
    t.wait_for("by rate")
    # What it shows is of now.
    w.r = env.redis
    before_take = w.stat("taken")
    w.take(5)
    wait_until(lambda: next(li for li in t.screen().split("\n") if li.startswith(CAMPAIGN)).split()[-2] == str(before_take + 5), 20, t.screen)
    env.server.kill()
    t.wait_for("away, trying again")
    t.key("q")
    t.wait_for("$", "ended=0", gone=("licet top",))
    equal(t.settings(), before)
    # Without a terminal there is nobody to wait for it.
    contains(env.ctl("top", code=1).err, "licetctl: Redis")


def test_top_sizes(env):
    scene(env)
    for i in range(40):
        env.redis.sadd("licet-sim:campaigns", f"many.{i:02d}")
    t = Terminal(env)
    t.licetctl("top")
    text = t.wait_for("42 campaigns", "arrows show the others", "la-reunion", "q quit")
    fits(text)
    t.key("s")
    t.wait_for("by name", "acme.broken")
    for _ in range(3):
        t.key("Down")
    t.wait_for("4 to ", gone=("acme.broken",))
    t.resize(120, 60)
    t.wait_for("many.39", "acme.broken", gone=("arrows",))
    t.resize(60, 16)
    fits(t.wait_for("arrows", "q quit"), 60, 16)
    t.key("q")
    t.wait_for("$", gone=("licet top",))


def test_top_colour(env):
    scene(env)
    t = Terminal(env)
    t.licetctl("top")
    t.wait_for("acme.broken")
    contains(next(li for li in t.screen("-e").split("\n") if "acme.broken" in li), "\033[31m")
    t.key("q")
    t = Terminal(env, NO_COLOR="1")
    t.licetctl("top")
    t.wait_for("acme.broken", "q quit")
    if "\033[" in t.screen("-e"):
        raise Failure(t.screen("-e"))


def test_top_as_text(env):
    scene(env)
    text = shows(env, "top")
    contains(text, "acme.broken")
    # The first two lines tell the time.
    equal(text.splitlines()[2:], shows(env, "top", "--once").splitlines()[2:])
    got = env.ctl_json("top")
    equal([(c["id"], c["act"], c["held"], c["refused"]) for c in sorted(got["campaigns"], key=lambda c: c["id"])],
          [("acme.broken", True, 0, 0), (CAMPAIGN, False, 7, 3)])
    equal(got["places"], [{"place": "la-reunion", "held": 7, "open": False, "next_open": "2026-11-24T10:00:00Z"}])
    equal(got["refused"], {"consent-missing": 2, "consent-scope": 1})
    misuse(env, "top", "now")


# -- calendar


def lines_of(t):
    """All that was written, also what has left the screen."""
    return t.screen("-S", "-").split("\n")


def test_calendar_is_drawn(env):
    t = Terminal(env, 80, 24)
    t.licetctl("calendar", "alsace-moselle", "--year", "2027", after="; echo end''ed")
    t.wait_for("ended")
    lines = lines_of(t)
    if max(map(len, lines)) > 80:
        raise Failure("\n".join(lines))
    at = lines.index("2027, alsace-moselle")
    # January 2027 begins on a Friday, which is a holiday; weekends are closed.
    equal([line.split() for line in lines[at:] if line[:1] in "JAO" and line[1:2].isalpha()],
          [["January", "February", "March"], ["April", "May", "June"], ["July", "August", "September"], ["October", "November", "December"]])
    contains(lines[at + 3], "             1H 2c 3c")
    contains(lines[at + 4], " 4  5  6  7  8  9c10c")
    march = [line[46:67] for line in lines[at + 3:at + 9]]
    equal(march[3], "22 23 24 25 26H27c28c")  # Good Friday
    text = "\n".join(lines)
    for part in ("H holiday", "c closed on that day of the week", "Vendredi saint", "Fri 26 Mar", "mon-fri 10:00-13:00 14:00-20:00; sat-sun closed"):
        contains(text, part)


def test_calendar_of_all_is_drawn(env):
    t = Terminal(env, 80, 24, NO_COLOR="1")
    t.licetctl("calendar", "--year", "2026", after="; echo end''ed")
    t.wait_for("ended")
    text = "\n".join(lines_of(t))
    fits(text, 80, 200)
    for part in ("2026, all territories", "h holiday in some territories", "everywhere"):
        contains(text, part)
    # Where the output is no terminal it is the list.
    contains(env.run("calendar", "alsace-moselle", "--year", "2027", "-c", harness.CONF).out, "2027-03-26")


def test_calendar_colours(env):
    for variables in ({}, {"NO_COLOR": "1"}):
        t = Terminal(env, 80, 120, **variables)
        t.licetctl("calendar", "metropole", "--year", "2027", after="; echo end''ed")
        t.wait_for("ended", "Windows")
        equal("\033[" in t.screen("-e"), not variables)


# -- status


def test_status_fits(env):
    """Forty campaigns on 24 lines: those that somebody must look at, how many there are besides, and all of them if asked."""
    w = scene(env)
    for i in range(40):
        World(env, campaign=f"many.{i:02d}").define(**({"product": None} if i in (7, 33) else {}))
    wait_until(lambda: w.r.hget(w.p + "campaign:many.39:state", "state") and w.r.hget(w.p + "campaign:many.33:state", "state") == "rejected", 20, "states")
    t = Terminal(env)
    t.licetctl("status")
    text = t.wait_for("more (--all, or licetctl top)", "Lists", "$")
    fits(text)
    for part in ("licetd  ", "acme.broken", "many.07", "opposition"):
        contains(text, part)
    if not text.startswith("licetd"):
        raise Failure(text)
    t.licetctl("status", "--all", after="; echo end''ed")
    t.wait_for("ended")
    for i in range(40):
        contains("\n".join(lines_of(t)), f"many.{i:02d}")
    equal(len(env.ctl_json("status")["campaigns"]), 42)
    contains(shows(env, "status"), "many.39")


# -- enqueue


def test_enqueue_shows_how_far_it_is(env):
    """On a terminal: rate, part and time left; wiped away at the end."""
    World(env).define()
    path = env.folder + "/p.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("id;to\n" + "".join(f"{i};06{i:08d}\n" for i in range(400000)))
    t = Terminal(env)
    t.licetctl("enqueue", CAMPAIGN, path)
    seen = t.wait_for("/s, ", " left", "acme.noel: ")
    if not re.search(r"^acme\.noel: \d+, \d+/s, \d+ %, \d+:\d\d left$", seen, re.M):
        raise Failure(seen)
    t.wait_for("400000 jobs queued, 0 lines refused", gone=(" left",))
