"""licetctl reload, and the signal that it sends: a verdict on the files, which stay those of before where it is bad."""

import os
import signal

from checks import fails, misuse, shows
from harness import contains, equal, wait_until
from world import job, start


def test_reload_good_and_bad(env):
    text = env.conf_text()
    env.write_conf(text)
    w = start(env)
    key = next(iter(w.r.scan_iter(w.p + "daemon:*")))
    with open(env.conf, "a", encoding="utf-8") as f:
        f.write("\nno_such_key = 1;\n")
    w.daemon.signal(signal.SIGHUP)
    wait_until(lambda: "no_such_key" in w.r.hget(key, "reload_error"), 10, "the verdict")
    env.write_conf(text)
    w.daemon.signal(signal.SIGHUP)
    wait_until(lambda: w.r.hget(key, "reload_error") == "", 10, "the good one")
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1)


def test_reload_command_waits_for_the_verdict(env):
    """Whether licetctl reads the same broken file or another one."""
    text = env.conf_text()
    env.write_conf(text)
    start(env, words=("--instance", "a"))
    env.conf = env.write_conf(text, "ctl.conf")
    contains(shows(env, "reload", "--instance", "a"), "a reloaded: rulebook fr")
    path = os.path.join(env.folder, "licet.conf")
    with open(path, "a", encoding="utf-8") as f:
        f.write("\nno_such_key = 1;\n")
    pid = str(env.daemons[0].process.pid)
    said = fails(env, "reload", "--instance", "a", "--pid", pid)
    contains(said, "no_such_key")
    contains(said, "licet.conf:")
    contains(said, "the old files stay in use")
    equal(env.ctl("reload", "--instance", "a", "--json", code=1).json["ok"], False)
    good, env.conf = env.conf, path
    contains(fails(env, "reload", "--instance", "a"), "no_such_key")
    env.write_conf(text)
    env.conf = good
    equal(env.ctl_json("reload", "--instance", "a", "--pid", pid)["ok"], True)
    contains(fails(env, "reload", "--instance", "a", "--pid", str(os.getpid())), "give each daemon a name")
    contains(fails(env, "reload", "--instance", "b"), "no licetd of the name b")
    misuse(env, "reload", "--instance", "a b")


def test_reload_needs_no_redis(env):
    """A unit's control command has no password of Redis, and Redis may be away."""
    text = env.conf_text()
    env.write_conf(text)
    verdict = os.path.join(env.folder, "verdict")
    start(env, words=("--instance", "a", "--verdict", verdict))
    env.conf = env.write_conf(text, "ctl.conf")
    env.server.kill()
    pid = str(env.daemons[0].process.pid)
    words = ("reload", "--verdict", verdict, "--pid", pid, "-c", env.conf)
    contains(env.run(*words).out, "reloaded: rulebook fr")
    with open(os.path.join(env.folder, "licet.conf"), "a", encoding="utf-8") as f:
        f.write("\nno_such_key = 1;\n")
    contains(env.run(*words, code=1).err, "no_such_key")
    contains(env.run("reload", "--verdict", verdict + "x", "-c", env.conf, code=1).err, "no licetd of the name")
