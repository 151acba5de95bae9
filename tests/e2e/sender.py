"""licetctl sender in the background, for the tests of it."""

import os
import signal
import subprocess

from harness import BUILD, SLOW, Failure, _die_with_parent, wait_until


class Sender:
    """licetctl sender in the background; everything it says is in files."""

    def __init__(self, env, command, *words, route="main", common=None):
        env.daemons.append(self)  # whatever happens, it ends with the test
        self.base = os.path.join(env.folder, f"sender-{len(env.daemons)}")
        with open(self.base + ".out", "wb") as out, open(self.base + ".err", "wb") as err:
            self.process = subprocess.Popen(
                [os.path.join(BUILD, "licetctl"), "sender", "--route", route, "--exec", command, "--look-ms", "20", *words,
                 *(common or env.common())],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=env.folder, env=env.environment(), preexec_fn=_die_with_parent)

    def read(self, end):
        with open(self.base + end, encoding="utf-8") as file:
            return file.read()

    @property
    def err(self):
        return self.read(".err")

    @property
    def out(self):
        return self.read(".out")

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wait(self, code=0, timeout=20):
        try:
            got = self.process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"the sender does not end:\n{self.err}") from error
        if got != code:
            raise Failure(f"exit {got}, want {code}:\n{self.out}{self.err}")
        return self

    def wait_said(self, part, timeout=10):
        wait_until(lambda: part in self.err, timeout, lambda: f"{part!r} in\n{self.err}")
        return self


def ready(w, *jobs):
    w.push(*jobs)
    w.wait_stat("ready", len(jobs))


def read(env, name):
    path = os.path.join(env.folder, name)
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def once(env, command, *words, code=0, timeout=60):
    """Everything that is ready, and the summary."""
    result = env.ctl("sender", "--route", "main", "--exec", command, "--once", "--json", *words, code=code, timeout=timeout)
    return result.json, result.err


def outcomes(w):
    return {i: (f["outcome"], f["detail"]) for i, f in w.ended("done").items()}


WAIT = "echo $LICET_ID >> {0}/started; while [ -e {0}/started -a ! -e {0}/go ]; do sleep 0.02; done; exit 10"


def go(env):
    open(os.path.join(env.folder, "go"), "w", encoding="ascii").close()


def wait_started(env, count):
    wait_until(lambda: len(read(env, "started").split()) == count, 10, lambda: f"{count} commands, not {read(env, 'started')!r}")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


BATCH = """
import json, os, sys
jobs = [json.loads(line) for line in sys.stdin]
with open("batches", "a") as f:
    f.write(" ".join(j["id"] for j in jobs) + "\\n")
assert os.environ["LICET_JOBS"] == str(len(jobs)) and "LICET_TO" not in os.environ
"""


def script(env, text, name="cmd.py"):
    path = os.path.join(env.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return f"cd {env.folder} && exec /usr/bin/python3 {path}"
