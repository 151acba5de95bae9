"""A run of tests that is stopped, as by Ctrl-C, leaves nothing: no process, no file."""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

from harness import BUILD, ROOT, SLOW, equal, full_speed, own_target, wait_until
from race import Stage, seed_of
from sender import WAIT, Sender, ready, wait_started
from terminal import Terminal
from world import job, start

HELD = "LICET_HELD"  # tells the test below that there is somebody who stops it


def pause(_):
    signal.pause()


@own_target
def test_that_is_stopped(env):
    """With all that is hard to find: commands in groups of their own, a daemon of a terminal, processes that were forked."""
    w = start(env)
    ready(w, job(1), job(2))
    sender = Sender(env, WAIT.format(env.folder), "--jobs", "2")
    wait_started(env, 2)
    terminal = Terminal(env)
    terminal.type("sleep 1000")
    terminal.key("Enter")
    terminal.pid("sleep")
    Stage(w, seed_of(env.name)).start("party", pause)
    sender.kill()  # its commands are nobody's now
    if HELD in os.environ:
        with open(os.path.join(env.folder, "all-is-there"), "wb"):
            signal.pause()


def processes(folder):
    """Of the run whose TMPDIR is in that folder: {pid: command}."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                mine = f"TMPDIR={folder}".encode() in file.read()
            with open(path[:-7] + "cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended
        if mine and command:
            found[int(path.split("/")[2])] = command
    return found


def stopped_by(env, number):
    # In /tmp, as a TMPDIR within that of this run may be too long a name for a run.
    with tempfile.TemporaryDirectory(prefix="licet-e2e-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        stop_a_run(env, folder, number)


def stop_a_run(env, folder, number):
    said_in = os.path.join(env.folder, "said")
    with open(said_in, "wb") as log:
        # More tests than are run at once: those that wait for their turn are not run.
        run = subprocess.Popen([sys.executable, "-B", os.path.join(ROOT, "tests", "e2e", "run.py"), "test_stop.test_that", "test_subject", "test_top"],
                               stdout=log, stderr=log, start_new_session=True,
                               env={**os.environ, "TMPDIR": folder, "LICET_BUILD": BUILD, "LICET_JOBS": "3", HELD: "1"})
    wait_until(lambda: run.poll() is not None or glob.glob(os.path.join(folder, "*", "*", "all-is-there")), 120, "the test that is stopped")
    said = " ".join(processes(folder).values())
    for part in ("run.py", "redis", "licetd ", "while [", "tmux", "sleep 1000"):
        equal(part in said, True, f"{part} in {said}")
    began = time.monotonic()
    os.killpg(run.pid, number)
    equal(run.wait(10 * SLOW), -number, "the end")
    equal(processes(folder), {}, f"what is left after {time.monotonic() - began:.1f} s")
    with open(said_in, encoding="utf-8") as log:
        text = log.read()
    # A test of that run which failed keeps its folder: then it is told what failed.
    equal(os.listdir(folder), [], f"what is left by a run that said {text}")
    equal(text.split("\n")[-2:], ["stopped", ""])


@full_speed
def test_interrupted(env):
    stopped_by(env, signal.SIGINT)


@full_speed
def test_terminated(env):
    stopped_by(env, signal.SIGTERM)
