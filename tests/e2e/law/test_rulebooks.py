"""Rulebooks on which nobody may release: instances that differ, and one that nobody signed."""

import json
import os
import re
import shutil

from harness import CONF, ROOT, contains, equal, full_speed, wait_until
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


def zone_copy(env, name, version="2031z"):
    """A folder of the zones that the rulebook names, as a package of zone data would bring them."""
    folder = os.path.join(env.folder, name)
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        zones = {z for line in re.findall(r"zones = \[([^\]]*)\]", f.read()) for z in re.findall(r'"([^"]+)"', line)}
    for zone in zones:
        os.makedirs(os.path.dirname(os.path.join(folder, zone)), exist_ok=True)
        shutil.copy(os.path.join("/usr/share/zoneinfo", zone), os.path.join(folder, zone))
    replace(os.path.join(folder, "tzdata.zi"), f"# version {version}\n".encode())
    return folder


def replace(path, data):
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


def other_zone(name):
    with open(os.path.join("/usr/share/zoneinfo", name), "rb") as f:
        return f.read()


def test_zones_that_differ_hold(env):
    """The same file of rules, and another idea of when it is ten in Cayenne: no two laws at once."""
    w = World(env).define()
    ours, theirs = zone_copy(env, "ours"), zone_copy(env, "theirs")
    replace(os.path.join(theirs, "America", "Cayenne"), other_zone("America/Sao_Paulo"))
    env.write_conf(f'instance = "a";\nzone_dir = "{ours}";', "a.conf")
    env.daemon("--simulate", OPEN)
    env.write_conf(f'instance = "b";\nzone_dir = "{theirs}";', "b.conf")
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_because("law-unknown")
    equal((w.state()["rule"], w.stat("released")), ("rulebook-mismatch", 0))
    hashes = {w.r.hget(w.p + "daemon:" + i, "rulebook_hash") for i in "ab"}
    equal((len(hashes), w.r.hget(w.p + "daemon:a", "tzdata")), (2, "2031z"))


@full_speed
def test_zone_data_that_is_renewed_is_read_again(env):
    w = World(env).define()
    folder = zone_copy(env, "zones")
    conf = env.write_conf(f'zone_dir = "{folder}";')
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1), job(2, "+33600000002"))
    w.wait_stat("ready", 2)

    def heart():
        return w.r.hget(w.p + "daemon:" + w.r.keys(w.p + "daemon:*")[0].split(":")[-1], "rulebook_hash")
    before = heart()
    # Paris goes west, say: half past ten there is half past four.
    replace(os.path.join(folder, "Europe", "Paris"), other_zone("America/New_York"))
    replace(os.path.join(folder, "tzdata.zi"), b"# version 2031aa\n")
    wait_until(lambda: "zones-changed" in daemon.log(), 20, "licetd to notice")
    w.wait_because("outside-hours", 20)
    wait_until(lambda: w.stat("ready") == 0, 20, "what was ready to come back")
    wait_until(lambda: heart() != before, 20, "another hash")
    # Zone data that nobody can read: the last stays, and it is told.
    replace(os.path.join(folder, "Indian", "Reunion"), b"no zone")
    wait_until(lambda: [f for _, f in w.r.xrange(w.p + "errors") if f["where"] == "zones"], 20, "the error")
    contains([f for _, f in w.r.xrange(w.p + "errors") if f["where"] == "zones"][0]["error"], "Reunion")
    equal(w.state()["because"], "outside-hours")
    del conf


def test_the_version_of_the_zone_data_is_told(env):
    got = env.ctl_json("check-config")
    with open("/usr/share/zoneinfo/tzdata.zi", encoding="utf-8") as f:
        version = f.readline().split()[-1]
    equal(got["rulebook"]["tzdata"], version)
    contains(env.run("check-config", "-c", CONF).out, "tzdata")
    World(env).define()
    explained = env.ctl_json("explain", "acme.noel", "0600000001", "--at", OPEN, "--job", json.dumps(job(1)), code=None)
    equal(explained["rulebook"]["tzdata"], version)


def test_a_version_that_cannot_be_read_is_an_error(env):
    """Absent it is none; there and unreadable it must not look absent."""
    folder = zone_copy(env, "zones")
    version = os.path.join(folder, "tzdata.zi")
    env.write_conf(f'zone_dir = "{folder}";')
    os.unlink(version)
    equal(env.ctl_json("check-config")["rulebook"]["tzdata"], "")
    os.mkdir(version)
    contains(env.ctl("check-config", code=1).err, f"{version}: Is a directory")


def test_settings_that_are_law_are_compared(env):
    """An instance that asks a list more than the other does not release beside it; what is ready comes back."""
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    env.write_conf('instance = "stricter";\nlist_overrides = [ "bloctel=required" ];\n')
    second = env.daemon("--simulate", OPEN, wait=False)
    w.wait_state(20, because="law-unknown", rule="rulebook-mismatch")
    wait_until(lambda: w.stat("withdrawn") == 1, 20, lambda: w.stats())
    equal(w.take(), [])
    second.kill()
