"""Another country is data alone: the sample of Canada, with the same programs."""

import os

from harness import ROOT, equal


def conf(env):
    return env.write_conf(f'rulebook = "{os.path.join(ROOT, "conf", "rulebooks", "ca.conf")}";')


def test_numbers(env):
    conf(env)
    equal(env.ctl_json("phone", "+1 709 555 0123")["place"], "newfoundland+labrador", "one area code, two clocks")
    equal(env.ctl_json("phone", "416 555 0123")["zones"], ["America/Toronto"])
    equal(env.ctl_json("phone", "+1 212 555 0123", code=1)["reason"], "number-not-covered")
    equal(env.ctl_json("phone", "1 800 555 0123", code=1)["reason"], "number-class")


def test_windows(env):
    """Saturdays from ten to six, in zones with half hours."""
    conf(env)
    equal(env.ctl_json("windows", "newfoundland", "--from", "2026-11-28T00:00:00-03:30", "--days", "1"),
          [{"open": "2026-11-28T13:30:00Z", "close": "2026-11-28T21:30:00Z"}])
    equal(env.ctl_json("windows", "+17095550123", "--from", "2026-11-28T04:00:00Z", "--days", "1"),
          [{"open": "2026-11-28T14:00:00Z", "close": "2026-11-28T21:30:00Z"}], "only when both are open")
