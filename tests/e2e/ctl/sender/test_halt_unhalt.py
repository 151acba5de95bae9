"""licetctl halt and unhalt: all stops at once, and goes on."""

from checks import misuse, shows
from harness import contains, equal
from world import job, start


def test_halt_and_unhalt(env):
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    contains(shows(env, "halt", "advertiser:acme", "--reason", "wrong message"), "advertiser:acme: halted")
    equal(w.take(), [])
    w.wait_state(because="halted", rule="advertiser:acme", note="wrong message")
    equal(env.ctl_json("halt", "all", "--reason", "x"), {"scope": "all", "halted": True, "reason": "x"})
    equal(env.ctl_json("unhalt", "all"), {"scope": "all", "halted": False, "was_halted": True})
    contains(shows(env, "unhalt", "all", code=1), "was not halted")
    contains(shows(env, "unhalt", "advertiser:acme"), "goes on")
    equal(len(w.wait_taken(1)), 1)
    for words in (("halt", "all"), ("halt", "everything", "--reason", "x"), ("halt", "route:", "--reason", "x"), ("unhalt",), ("unhalt", "x")):
        misuse(env, *words)
