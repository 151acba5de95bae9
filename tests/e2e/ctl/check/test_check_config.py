"""licetctl check-config: the shipped files pass; what is wrong is told with its line. What it warns of in rules is in test_lint."""

import os

from harness import ROOT, Failure, contains, equal

RULEBOOK = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")


def test_check_config_of_the_shipped_files(env):
    got = env.ctl_json("check-config")
    equal(got["ok"], True)
    equal(got["rulebook"]["id"], "fr")
    equal(len(got["rulebook"]["hash"]), 64)
    if not any("not signed" in each for each in got["warnings"]):
        raise Failure(got["warnings"])
    out = env.ctl("check-config").out
    contains(out, "mon-fri 10:00-13:00,14:00-20:00")
    contains(out, "not signed")


def test_check_config_warns_of_a_list_that_nobody_refreshes(env):
    env.write_conf('list_overrides = [ "bloctel=required", "nosuch=required", "anti-prospection=required" ];')
    warnings = env.ctl_json("check-config")["warnings"]
    equal([w for w in warnings if "bloctel" in w and "only until 2026-08-10" in w] != [], True, "bloctel")
    equal([w for w in warnings if "nosuch" in w] != [], True, "an unknown list")
    equal([w for w in warnings if "anti-prospection" in w], [], "a list that is in use")


def rulebook_with(env, old, new):
    with open(RULEBOOK, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) < 1:
        raise Failure(f"{old!r} is not in the rulebook")
    path = os.path.join(env.folder, "fr.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    env.write_conf(f'rulebook = "{path}";\n')
    return path


def test_check_config_warns_of_a_holiday_that_closes_nothing(env):
    rulebook_with(env, 'name = "Lundi de Pâques";     easter = 1; ', 'name = "Lundi de Pâques";     easter = 0; ')
    warnings = env.ctl_json("check-config")["warnings"]
    equal("holiday Lundi de Pâques never falls on a day that has hours" in warnings, True, str(warnings))


def test_check_config_refuses_with_file_and_line(env):
    path = rulebook_with(env, 'id = "fr";', 'id = "fr";\nversoin = "x";')
    got = env.ctl_json("check-config", code=1)
    equal(got["ok"], False)
    equal(got["error"].startswith(path + ":"), True, got["error"])
    contains(env.ctl("check-config", code=1).err, path + ":")

    env.write_conf("look_sm = 3;\n", "typo.conf")
    contains(env.ctl("check-config", code=1).err, "typo.conf:1: unknown key look_sm in the file; did you mean look_ms?")


def test_check_config_reads_the_password_file(env):
    env.write_conf('redis_password_file = "/nonexistent/password";\n')
    contains(env.ctl("check-config", code=1).err, "/nonexistent/password: No such file or directory")
