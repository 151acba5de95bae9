"""What is seen on a terminal of 80 by 24: top, calendar, status."""

import os
import signal

from checks import misuse, shows, start
from harness import Failure, contains, equal, wait_until
from terminal import Terminal
from world import CAMPAIGN, CONSENT, OPEN, World, job


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
    """Whatever ends it: a signal, Ctrl-C, a lost Redis; and Ctrl-Z and fg."""
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
    env.server.kill()
    back("licetctl: Redis")


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
    t = Terminal(env, NO_COLOR="1") if t.kill() is None else t
    t.licetctl("top")
    t.wait_for("acme.broken", "q quit")
    if "\033[" in t.screen("-e"):
        raise Failure(t.screen("-e"))


def test_top_as_text(env):
    scene(env)
    text = shows(env, "top")
    contains(text, "acme.broken")
    equal(text, shows(env, "top", "--once"))
    got = env.ctl_json("top")
    equal([(c["id"], c["act"], c["held"], c["refused"]) for c in sorted(got["campaigns"], key=lambda c: c["id"])],
          [("acme.broken", True, 0, 0), (CAMPAIGN, False, 7, 3)])
    equal(got["places"], [{"place": "la-reunion", "held": 7, "open": False, "next_open": "2026-11-24T10:00:00Z"}])
    equal(got["refused"], {"consent-missing": 2, "consent-scope": 1})
    misuse(env, "top", "now")
