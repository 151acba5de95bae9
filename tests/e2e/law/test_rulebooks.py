"""Rulebooks on which nobody may release: instances that differ, and one that nobody signed."""

import os

from harness import ROOT, equal, wait_until
from world import OPEN, World, job


def test_rulebooks_that_differ_hold(env):
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    other = os.path.join(env.folder, "other.conf")
    with open(other, "w", encoding="utf-8") as f:
        f.write(text.replace('version = "2026-', 'version = "2027-'))
    w = World(env).define()
    env.write_conf('instance = "a";', "a.conf")
    first = env.daemon("--simulate", OPEN)
    env.write_conf(f'instance = "b";\nrulebook = "{other}";', "b.conf")
    second = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_because("law-unknown")
    equal(w.state()["rule"], "rulebook-mismatch")
    equal((w.stat("released"), w.r.llen(w.key("queue"))), (0, 1))
    wait_until(lambda: "rulebook-mismatch" in first.log(), 20, "the first one to say so too")
    second.stop()
    w.wait_stat("ready", 1, 20)
    wait_until(lambda: "rulebook-agreed" in first.log(), 20, "it to say that they agree")


def test_rulebook_must_be_signed_where_asked(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN, "--require-approved")
    w.push(job(1))
    w.wait_because("law-unknown")
    equal(w.state()["rule"], "rulebook unsigned")
