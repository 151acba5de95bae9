"""A terminal of 80 by 24, a tmux of the test's own: what is typed there and what is seen. Nothing is
slept for: wait_for() looks until it is there."""

import contextlib
import os
import shlex
import signal
import subprocess

import harness
from harness import Failure, wait_until
from world import CONSENT, World, job, start


class Terminal:
    """Runs a shell; ends with the test."""

    def __init__(self, env, width=80, height=24, **variables):
        self.env, self.socket = env, os.path.join(env.folder, f"tmux-{len(env.helpers)}.sock")
        env.helpers.append(self)
        clean = {**env.environment(), "TERM": "xterm-256color", "ENV": os.path.join(env.folder, "profile"), "TMUX_TMPDIR": env.folder, **variables}
        clean.pop("TMUX", None)
        with open(clean["ENV"], "w", encoding="utf-8") as f:
            f.write("PS1='$ '\n")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", str(width), "-y", str(height), "exec /bin/sh", env=clean)  # by the user's own shell
        self.wait_for("$")

    def tmux(self, *words, env=None):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *words], check=True, capture_output=True, env=env or self.env.environment(),
                              timeout=20 * harness.SLOW).stdout.decode()

    def type(self, text):
        self.tmux("send-keys", "-t", "t", "-l", text)

    def key(self, *names):
        self.tmux("send-keys", "-t", "t", *names)

    def licetctl(self, *words, after=""):
        """Type the command, on the test's Redis. The line that was typed is wiped away."""
        words = [os.path.join(harness.BUILD, "licetctl"), *words, *self.env.common()]
        path = os.path.join(self.env.folder, "typed")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"clear; cd {shlex.quote(harness.ROOT)}; {shlex.join(words)}{after}\n")
        self.type(". " + path)
        self.key("Enter")

    def screen(self, *options):
        return self.tmux("capture-pane", "-p", "-t", "t", *options)

    def wait_for(self, *parts, gone=(), timeout=20):
        def seen():
            text = self.screen()
            return text if all(p in text for p in parts) and not any(p in text for p in gone) else None
        return wait_until(seen, timeout, lambda: f"{parts} without {gone} on the screen:\n{self.screen()}")

    def resize(self, width, height):
        self.tmux("resize-window", "-t", "t", "-x", str(width), "-y", str(height))

    def pid(self, name):
        """Of the program of that name that the shell runs."""
        return wait_until(lambda: [pid for pid, comm in self.programs() if comm == name], 10, name)[0]

    def programs(self):
        """(pid, name) of what the shell runs."""
        shell = self.tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip()
        done = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", shell], check=False, capture_output=True)
        return [(int(line.split()[0]), line.split()[1]) for line in done.stdout.decode().splitlines()]

    def settings(self):
        """Those of the terminal itself, as stty tells."""
        tty = self.tmux("display-message", "-p", "-t", "t", "#{pane_tty}").strip()
        return subprocess.run(["stty", "-F", tty, "-a"], check=True, capture_output=True).stdout.decode()

    def kill(self):
        """And what ran in it: a program that looks for leaks at its end may never come to it without a terminal."""
        try:
            left = self.programs()
        except subprocess.CalledProcessError:
            left = []  # the terminal was closed by the test
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False, capture_output=True)
        for pid, _ in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def lines_of(t):
    """All that was written, also what has left the screen."""
    return t.screen("-S", "-").split("\n")


def fits(text, width=80, height=24):
    lines = text.rstrip("\n").split("\n")
    if len(lines) > height or any(len(line) > width for line in lines):
        raise Failure(f"{len(lines)} lines, {max(map(len, lines))} wide:\n{text}")
    return lines


def scene(env):
    """One campaign that runs and one that stands still: jobs that wait, that are ready, and refused ones."""
    w = start(env)
    other = World(env, campaign="acme.broken").define(advertiser="nobody")
    w.push(*[job(i) for i in range(20)], *[job(i, f"06921234{i}") for i in range(30, 37)], job(50, consent=None),
           job(51, consent={**CONSENT, "product": "cars"}), job(52, consent=None))
    w.wait_intake(30)
    other.wait_state(state="rejected")
    w.wait_state(state="running")
    return w
