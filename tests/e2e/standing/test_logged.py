"""What the log tells of campaigns: a warning where somebody has to act, with what to do; not each up and down of a full route."""

import re

from harness import contains, equal, wait_until
from world import OPEN, World, job


def told(w):
    """Level, state and because of each line about the campaign."""
    return re.findall(rf"level=(\w+) event=campaign id={re.escape(w.c)} state=(\S+) because=(\S+)", w.daemon.log())


def test_who_is_needed_is_warned(env):
    w = World(env).define(lists=())
    w.push(job(1))
    w.daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: told(w) == [("warn", "waiting", "list-missing")], 10, lambda: told(w))
    contains(w.daemon.log(), 'means="a required list was never declared, or a list lost members" action="An opposition list is missing or lost members. Load it:')
    w.r.hset(w.p + "list-meta:opposition", mapping={"refreshed_at": "2026-11-24T06:00:00Z", "source": "crm"})
    w.wait_stat("ready", 1)
    wait_until(lambda: told(w)[-1] == ("info", "running", "allowed"), 10, lambda: told(w))
    w.r.hset(w.key("def"), "status", "paused")
    wait_until(lambda: told(w)[-1] == ("info", "paused", "campaign-paused"), 10, lambda: told(w))
    w.r.hset(w.p + "halt", "all", "wrong recording")
    wait_until(lambda: told(w)[-1][::2] == ("warn", "halted"), 10, lambda: told(w))
    w.r.hset(w.key("def"), "sector", "nonsense")
    wait_until(lambda: told(w)[-1] == ("warn", "rejected", "campaign-rejected"), 10, lambda: told(w))


def test_a_full_route_is_not_told_at_each_turn(env):
    """It fills up and is emptied again and again: one line, as it began. Full for a minute: a warning, once."""
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": "2"})
    w.push(*[job(i) for i in range(1, 40)])
    w.daemon = env.daemon("--simulate", OPEN, "--speed", "20")
    seen = set()
    for left in range(38, 6, -2):
        wait_until(lambda: w.r.llen(w.ready) == 2, 10, "it to be full")
        wait_until(lambda: seen.add(w.state().get("because")) or "route-full" in seen, 10, lambda: seen)
        w.take(2)
        seen.clear()
    equal(len(told(w)) <= 1, True, told(w))
    wait_until(lambda: ("warn", "running", "route-full") in told(w), 20, lambda: told(w))
    contains(w.daemon.log(), 'action="Senders take too little. Look whether they run."')
    wait_until(lambda: w.state().get("because") == "route-full", 10, w.state)
    equal([line for line in told(w) if line[0] == "warn"], [("warn", "running", "route-full")])
    wait_until(lambda: w.take(2) == [] and told(w)[-1] == ("info", "running", "allowed"), 10, lambda: told(w))
