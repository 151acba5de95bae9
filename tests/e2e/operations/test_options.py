"""The options of licetd: what is bad use, what is read to its end, and what does without a configuration file."""

import os
import subprocess

from harness import BUILD, CONF, ROOT, SIM, contains, equal
from world import World, job


def test_bad_use_is_told_in_one_line(env):
    """With exit 2, before anything is read; what is good use is read to its end."""
    at = "2026-11-24T09:59:50+01:00"

    def licetd(*words):
        done = subprocess.run([os.path.join(BUILD, "licetd"), *words], check=False, capture_output=True)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    for words, said in (
            (("--nope",), "unknown option: --nope"),
            (("-x",), "unknown option: -x"),
            (("now",), "unexpected word: now"),
            (("-c", env.conf, "--", "--check"), "unexpected word: --check"),
            (("-c",), "-c needs a value"),
            (("--check", "--verdict"), "--verdict needs a value"),
            (("--check=1",), "this takes no value: --check=1"),
            (("--redis", "localhost"), "--redis must be HOST:PORT"),
            (("--prefix=",), "--prefix must not be empty"),
            (("--socket", "/s", "--redis", "h:1"), "--socket and --redis exclude each other"),
            (("--simulate", "now"), f"--simulate: expected an instant such as {at}, not now"),
            (("--simulate", at, "--speed", "0"), "--speed: expected a number above 0 and up to 100000, not 0"),
            (("--speed", "2"), "--speed needs --simulate")):
        equal(licetd(*words), (2, "", f"licetd: {said}\n"))
    code, out, err = licetd("-c", env.conf, "--prefix", "real:", "--simulate", at, "--check")
    equal((code, out), (2, ""))
    contains(err, "licetd: --simulate needs a prefix that begins with licet-sim:")
    for words in (("-c", env.conf, "--check"), ("-c" + env.conf, "--check"), ("--check", f"--config={env.conf}", "--redis=h:1"),
                  ("--config", env.conf, f"--simulate={at}", "--speed=2", "--prefix=licet-sim:", "--instance=b", "--require-approved", "--check")):
        equal(licetd(*words), (0, "", ""))
    code, out, err = licetd("--help", "--nope")
    equal((code, err), (0, ""))
    contains(out, "--require-approved")


LAW = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")


def check(*words, **variables):
    """licetd --check: exit code and the last line of its log, or nothing."""
    clean = {k: v for k, v in os.environ.items() if k != "LICET_CONF"}
    done = subprocess.run([os.path.join(BUILD, "licetd"), "--check", *words], cwd=ROOT, env={**clean, **variables}, check=False, capture_output=True)
    return done.returncode, done.stderr.decode()


def test_without_a_configuration_file(env):
    """Every key has its default; the law and Redis are named on the command line."""
    if os.path.exists("/etc/licet/licet.conf"):
        return
    code, err = check()
    equal(code, 78)
    contains(err, "there is no /etc/licet/licet.conf: name a configuration with -c FILE or LICET_CONF, or do without one: --rulebook FILE, and --redis or --socket")
    equal(check("--rulebook", LAW), (0, ""))
    equal(check("--rulebook", "conf/rulebooks/fr.conf", "--redis", "h:1"), (0, ""))
    code, err = check("--redis", "h:1")
    equal(code, 78)
    contains(err, "/etc/licet/rulebooks/fr.conf: No such file or directory (the default of rulebook, without a configuration; --rulebook names another)")
    # And it works: a job passes.
    env.redis.ping()
    daemon = subprocess.Popen([os.path.join(BUILD, "licetd"), "--socket", env.server.socket, "--rulebook", LAW, "--prefix", SIM, "--simulate", "2026-11-24T10:30:00+01:00"],
                              env=env.environment(), stderr=subprocess.DEVNULL)
    try:
        w = World(env).define()
        w.push(job(1))
        w.wait_stat("ready", 1)
    finally:
        daemon.terminate()
        equal(daemon.wait(20), 0)


def test_licet_conf_names_the_configuration(env):
    equal(check(LICET_CONF=CONF), (0, ""))
    env.extra = {"LICET_CONF": CONF}
    equal(env.run("phone", "0692123456", "--json").json["place"], "la-reunion")
    code, err = check(LICET_CONF="/nonexistent.conf")
    equal(code, 78)
    contains(err, "/nonexistent.conf: No such file or directory (LICET_CONF names it)")
    # -c wins, and an empty one names nothing.
    equal(check("-c", CONF, LICET_CONF="/nonexistent.conf"), (0, ""))
    equal(check("--rulebook", LAW, LICET_CONF=""), (0, ""))


def test_a_missing_file_is_named_with_its_key(env):
    """And with what its name is relative to."""
    path = env.write_conf('rulebook = "no/such.conf";\n')
    code, err = check("-c", path)
    equal(code, 78)
    contains(err, f'{env.folder}/no/such.conf: No such file or directory (rulebook of {path} names no/such.conf, relative to that file)')
    contains(env.run("check-config", "-c", path, code=1).err + env.run("check-config", "-c", path, code=1).out, "relative to that file)")
    path = env.write_conf('rulebook = "/no/such.conf";\n')
    contains(check("-c", path)[1], f"/no/such.conf: No such file or directory (rulebook of {path} names it)")
    contains(check("-c", path, "--rulebook", "such.conf")[1], "--rulebook such.conf: No such file or directory (relative to the folder you are in)")
    path = env.write_conf('redis_password_file = "/no/such";\n')
    contains(check("-c", path)[1], "redis_password_file: /no/such: No such file or directory")
