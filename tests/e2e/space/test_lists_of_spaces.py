"""A scrub list is loaded into each of eight spaces, each on a master of its own, and one master dies meanwhile."""

import os
import subprocess

from harness import BUILD, ROOT, SLOW, contains, equal, full_speed, own_target, wait_until
from test_cluster_of_spaces import nodes_line, spread
from test_serve import goes_on, serve
from world import job

LIST = "anti-prospection"
OLD, NEW = "+33611000001", "+33611000002"
COUNT = 600000


def write_numbers(env, name, *numbers):
    path = os.path.join(env.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("number\n" + "".join(f"{n}\n" for n in numbers))
        file.writelines(f"+337{i:08}\n" for i in range(COUNT))
    return path


def begin(env):
    """Eight spaces, one licetd, no replica: a master that dies is gone until it is started again."""
    _, worlds = spread(env, 8, 0)
    daemon = serve(env, worlds, "*", ("cluster = [];", nodes_line(env)))
    with open(env.conf, encoding="utf-8") as file:
        text = file.read()
    env.set_prefix(worlds[0].p)
    env.write_conf(text.replace('spaces = [ "*" ];', "spaces = [];"), "own.conf")
    return worlds, daemon


def load(env, path):
    return subprocess.Popen([os.path.join(BUILD, "licetctl"), "list", "load", LIST, path, *env.common()], cwd=ROOT, env=env.environment(),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def kill_while_loading(env, worlds, victim):
    """Returns the node that is dead now."""
    node, key = victim.view.master, f"{victim.p}list:{LIST}:loading-*"  # some of a list that is not in its place yet
    with node.connect(single_connection_client=True) as client:
        loading = load(env, write_numbers(env, "new.csv", NEW))
        # Without a rest: it is there for some hundredths of a second.
        while next(iter(client.scan_iter(key, 1000)), None) is None:
            equal(loading.poll(), None, "it is loading")
        node.kill()
    said = loading.communicate(timeout=120 * SLOW)[0]
    equal(loading.returncode, 1, said)
    contains(said, victim.name)
    for w in worlds:
        if w is not victim:
            equal(w.r.hget(f"{w.p}list-meta:{LIST}", "source"), "new.csv", f"{w.name}: {said}")
            w.push(job(10, to=OLD), job(11, to=NEW))
            wait_until(lambda w=w: w.stat("refused.listed") == 1, 10, w.stats)
            equal([j["id"] for j in w.wait_taken(1)], ["10"], w.name)
    return node


def begun_by(env, at):
    worlds, daemon = begin(env)
    done = load(env, write_numbers(env, "old.csv", OLD))
    said = done.communicate(timeout=120 * SLOW)[0]
    equal(done.returncode, 0, said)
    for w in worlds:
        goes_on(w, 1)
    victim = worlds[at]
    node = kill_while_loading(env, worlds, victim)
    # It comes back with what it had: the old list, whole, and what was half there is nobody's.
    node.start()
    wait_until(lambda: victim.r.hget(f"{victim.p}list-meta:{LIST}", "source") == "old.csv", 30 * SLOW, "it to be back")
    victim.push(job(10, to=OLD), job(11, to=NEW))
    equal([j["id"] for j in victim.wait_taken(1, 30)], ["11"], "by the old list")
    done = load(env, os.path.join(env.folder, "new.csv"))
    said = done.communicate(timeout=120 * SLOW)[0]
    equal(done.returncode, 0, said)
    for w in worlds:
        equal(w.r.hget(f"{w.p}list-meta:{LIST}", "source"), "new.csv", w.name)
    victim.push(job(20, to="+33700000005"), job(21, to="+33600000021"))
    equal([j["id"] for j in victim.wait_taken(1, 30)], ["21"], "by the new list")
    daemon.stop()
    for w in worlds:
        w.balance()


@own_target
@full_speed
def test_one_of_eight_dies(env):
    begun_by(env, 4)


@own_target
@full_speed
def test_the_one_at_hand_dies(env):
    """That of the configuration, where the load begins."""
    begun_by(env, 0)
