"""make demo: it prints where its page is, and ends by itself; KEEP=1 keeps both until Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import urllib.request

import harness
from harness import ROOT, contains, equal, own_target


def play(env, **more):
    return subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(ROOT, "tests", "demo", "demo.py")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                            env={**env.environment(), "LICET_BUILD": harness.BUILD, **more}, cwd=ROOT)


def lines_until(demo, part):
    said = ""
    for line in demo.stdout:
        said += line
        if part in line:
            return said
    return said


@own_target
def test_it_is_kept_until_ctrl_c(env):
    demo = play(env, KEEP="1")
    try:
        said = lines_until(demo, "Ctrl-C ends the demo")
        address = re.search(r"http://127\.0\.0\.1:\d+/", said).group()
        with urllib.request.urlopen(address + "state.json", timeout=10) as reply:
            state = json.load(reply)
        equal([c["id"] for c in state["campaigns"]], ["acme.paques"])
        with urllib.request.urlopen(address, timeout=10) as reply:
            contains(reply.read().decode(), "<title>Licet</title>")
        demo.send_signal(signal.SIGINT)
        contains(demo.stdout.read(), "Every figure balances.")
        equal(demo.wait(20), 0)
    finally:
        demo.kill()


@own_target
def test_it_ends_by_itself(env):
    demo = play(env)
    try:
        said = demo.stdout.read()
        contains(said, "shows all of it in a browser")
        contains(said, "Every figure balances.")
        equal(demo.wait(20), 0)
    finally:
        demo.kill()
