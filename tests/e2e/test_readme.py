"""What the README tells people to type works as it stands there."""

import os
import re
import shlex
import subprocess

from harness import ROOT, Failure, equal
from world import OPEN, World


def blocks(language):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        return re.findall(rf"```{language}\n(.*?)```", f.read(), re.S)


def run(env, line, prefix):
    """One redis-cli line, on the test's server and prefix."""
    words = shlex.split(line, comments=True)
    words = [w.replace("licet:", prefix) if w.startswith("licet:") else w for w in words]
    done = subprocess.run(words[:1] + ["-e", "-s", env.server.socket] + words[1:], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{line}: {done.stdout} {done.stderr}")
    return done.stdout


def test_redis_cli(env):
    w = World(env)
    shell = [block.strip().splitlines() for block in blocks("sh")]
    declare, define, form, send, look = shell
    for line in declare + define + form:
        run(env, line, w.p)
    env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    taken = run(env, send[0], w.p).split("\n")
    equal(taken[0], "token")
    equal(run(env, send[1].replace("6b04ca6b4c5fc0f5.1", taken[1]), w.p).strip(), "OK")
    equal(run(env, send[2], w.p).split(), ["1", "0", "0"])
    w.wait_stat("done", 1)
    for line in look:
        run(env, line, w.p)
    w.wait_because("halted")


def test_python(env):
    w = World(env).define()
    w.push('{"id":"1","to":"0612345678","consent":%s}' % __import__("json").dumps(__import__("world").CONSENT))
    env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    code = blocks("python")[0].replace("import redis\n", "").replace("r = redis.Redis(decode_responses=True)\n", "").replace("licet:", w.p)
    called = []
    exec(code, {"r": w.r, "place_call": lambda to, *a, **k: called.append(to) or "answered"})  # pylint: disable=exec-used
    equal(called, ["+33612345678"])
    w.wait_stat("done", 1)
