"""licetctl halt and unhalt: all stops at once, and goes on."""

from checks import fails, misuse, shows
from harness import contains, equal
from world import job, start


def test_halt_and_unhalt(env):
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    equal(shows(env, "halt", "advertiser:acme", "--reason", "wrong message"),
          "advertiser:acme: halted; nothing of it is released or handed over: 1 campaign\n")
    equal(w.take(), [])
    w.wait_state(because="halted", rule="advertiser:acme", note="wrong message")
    equal(env.ctl_json("halt", "all", "--reason", "x"), {"scope": "all", "halted": True, "reason": "x", "campaigns": 1})
    equal(env.ctl_json("unhalt", "all"), {"scope": "all", "halted": False, "was_halted": True})
    contains(shows(env, "unhalt", "all", code=1), "was not halted")
    contains(shows(env, "unhalt", "advertiser:acme"), "goes on")
    equal(len(w.wait_taken(1)), 1)
    for words in (("halt", "all"), ("halt", "everything", "--reason", "x"), ("halt", "route:", "--reason", "x"), ("unhalt",), ("unhalt", "x")):
        misuse(env, *words)


def test_a_halt_that_stops_nothing_is_refused(env):
    """Whoever mistypes a name believes that all stands still, while it goes on."""
    w = start(env)
    for scope, near in (("route:mian", "; did you mean main?"), ("source:web2026", "; did you mean web-2026?"), ("advertiser:acmee", "; did you mean acme?"),
                        ("route:nowhere", "")):
        kind, name = scope.split(":")
        equal(fails(env, "halt", scope, "--reason", "x"),
              f"licetctl: no campaign has the {kind} {name}: nothing was halted{near} (--force halts it all the same)\n")
    equal(w.r.exists(w.p + "halt"), 0)
    contains(shows(env, "halt", "route:mian", "--reason", "x", "--force"), "route:mian: halted; nothing of it is released or handed over: 0 campaigns")
    # One that is declared, for tomorrow's campaigns.
    w.r.hset(w.p + "route:reserve", "max_ready", "10")
    contains(shows(env, "halt", "route:reserve", "--reason", "x"), "0 campaigns")
    for scope in ("route:main", "source:web-2026"):
        equal(env.ctl_json("halt", scope, "--reason", "x")["campaigns"], 1)
    equal(w.r.hkeys(w.p + "halt"), ["route:mian", "route:reserve", "route:main", "source:web-2026"])
