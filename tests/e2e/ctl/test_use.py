"""How licetctl is used: options, help, one line for bad use, which clock it follows, and a Redis that is away."""

import os
import re

from checks import NUMBER, fails
from harness import CONF, contains, equal
from world import CAMPAIGN


def one_line(result, part):
    equal(result.out, "", "output")
    equal(result.err.count("\n"), 1, f"lines of {result.err!r}")
    contains(result.err, part)


def test_bad_use_is_one_line_and_exit_2(env):
    rows = [
        ((), "a command is missing"),
        (("fone",), "unknown command fone"),
        (("phones", "1"), "did you mean phone?"),
        (("phone",), "an argument is missing"),
        (("reasons", "x"), "too many arguments"),
        (("reasons", "--lang", "de"), "--lang must be en or fr"),
        (("reasons", "--lang"), "--lang needs a value"),
        (("reasons", "--markdown=1"), "--markdown takes no value"),
        (("reasons", "--markdwon"), "did you mean --markdown?"),
        (("windows", "metropole", "--form", "x"), "unknown option --form, did you mean --from?"),
        (("windows", "metropole", "--from", "2027-05-01T00:00:00"), "--from must be an instant with its offset"),
        (("windows", "metropole", "--days", "0"), "--days must be a number from 1 to"),
        (("windows", "metropol", "-c", CONF), "metropol is not a place, did you mean metropole?"),
        (("calendar", "alsace", "-c", CONF), "alsace is not a place"),
        (("calendar", "--year", "27"), "--year must be a number"),
        (("forecast", "--rat", "3", "acme.noel"), "unknown option --rat, did you mean --rate?"),
        (("forecast",), "an argument is missing"),
        (("campaign",), "an argument is missing"),
        (("campaign", "pauze", "acme.noel"), "campaign has no pauze, did you mean pause?"),
        (("campaign", "list", "acme.noel"), "too many arguments"),
        (("campaign", "put", "acme.noel"), "arguments are missing"),
        (("campaign", "pause", "acme.noel", "--force"), "--force belongs to put"),
        (("consent", "shwo", "acme", "1"), "consent has no shwo, did you mean show?"),
        (("list", "load", "opposition"), "an argument is missing"),
        (("log", "verify", "a", "b"), "too many arguments"),
        (("schema", "jobs"), "schema has no jobs, did you mean job?"),
        (("settle", "a", "b", "c", "d"), "too many arguments"),
        (("phone", "1", "-c"), "-c needs a value"),
        (("phone", "1", "--redis", "localhost"), "--redis must be HOST:PORT"),
        (("phone", "1", "--prefix", "a b"), "--prefix may only have"),
        (("phone", "1", "--socket", "/s", "--redis", "h:1"), "exclude each other"),
    ]
    for words, part in rows:
        one_line(env.run(*words, code=2), part)


def test_bad_use_is_told_without_redis_and_configuration(env):
    """Every command reads its line before it looks for anything else."""
    names = re.findall(r"^(?:[A-Z]\w+ +| {10})([a-z-]+) +\S", env.run("--help").out, re.M)
    names = [n for n in names if n not in ("help", "command")]
    contains(names, "oppose")
    equal(len(names) > 40, True, names)
    for name in names:
        one_line(env.run(name, "--no-such-option", code=2), "unknown option --no-such-option")
        if name != "follow":  # any number of campaigns
            one_line(env.run(name, *["word"] * 50, code=2), "usage: licetctl " + name)


def test_a_missing_configuration_is_named(env):
    if not os.path.exists("/etc/licet/licet.conf"):
        one_line(env.run("phone", "0692123456", code=1), "-c FILE")
    one_line(env.run("phone", "0692123456", "-c", "/nonexistent.conf", code=1),
             "/nonexistent.conf: No such file or directory")


def test_help(env):
    everything = env.run("--help").out
    for name in ("phone", "windows", "calendar", "reasons", "vocabulary", "check-config"):
        contains(everything, name)
        contains(env.run("help", name).out, f"licetctl {name}")
        equal(env.run(name, "--help").out, env.run("help", name).out)
    equal(env.run("help").out, everything)
    contains(everything, "--socket PATH")


def test_options_stand_anywhere(env):
    first = env.run("-c", CONF, "--json", "phone", "0692123456").out
    last = env.run("phone", "0692123456", "--json", f"--config={CONF}").out
    equal(first, last)


def test_a_simulated_clock_is_followed(env):
    env.prefix = "licet-sim:offline:"
    env.redis.hset(env.prefix + "clock",
                   mapping={"sim_base_ms": 1798534800000, "real_base_ms": 0, "speed": 0})  # 2026-12-29T09:00:00Z
    equal(env.ctl_json("check-config")["now"], "2026-12-29T09:00:00Z")
    equal(env.ctl_json("windows", "metropole", "--days", "1")[0],
          {"open": "2026-12-29T09:00:00Z", "close": "2026-12-29T12:00:00Z"})


def test_without_redis_the_wall_clock_is_used(env):
    env.prefix = "licet-sim:offline:"
    result = env.run("windows", "metropole", "--json", "-c", CONF, "--prefix", env.prefix,
                     "--socket", os.path.join(env.folder, "nobody"))
    contains(result.err, "the wall clock is used")
    equal(isinstance(result.json, list), True)


def test_redis_is_needed(env):
    env.redis  # pylint: disable=pointless-statement
    env.server.kill()
    for words in (("status",), ("explain", CAMPAIGN, NUMBER), ("oppose", NUMBER), ("campaign", "list")):
        contains(fails(env, *words), "Redis at ")
