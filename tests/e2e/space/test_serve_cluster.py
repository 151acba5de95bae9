"""One licetd for three spaces on three masters of a real cluster: what happens to one master stops its space alone."""

import threading
import time

from harness import SLOW, equal, full_speed, own_target, wait_until
from nodes import Nodes
from redis.exceptions import RedisError
from test_cluster_of_spaces import HUB, View, names_of
from test_serve import goes_on, serve
from world import World, job


@own_target
@full_speed
def test_a_master_dies(env):
    """The others go on while it is down; when its replica has taken over, its space does too. Nothing is lost or doubled."""
    cluster = Nodes(env, "licet-sim:{licet}:", 3, 1)
    cluster.configure(env)
    with open(env.conf, encoding="utf-8") as file:
        nodes = next(line for line in file if line.startswith("cluster"))
    names = names_of(cluster, 3)
    worlds = []
    for name in names:
        w = World(env, f"licet-sim:{{{name}}}:")
        w.view = View(cluster, w.p)
        w.r, w.name = w.view.cluster.client, name
        w.define()
        w.r.hset(w.p + "peers", mapping={other: 60000 for other in names if other != name})
        worlds.append(w)
    cluster.client.hset(HUB, mapping={name: "open" for name in names})
    env.server = cluster
    daemon = serve(env, worlds, "*", ("cluster = [];", nodes.strip()))
    a, b, c = worlds
    for w in worlds:
        goes_on(w, 1)
    source = b.view.master
    replica = cluster.replica_of(source)
    cluster.wait_replicated(source)
    b.push(*[job(i) for i in range(100, 200)])
    b.wait_stat("ready", 100)
    cluster.wait_replicated(source)
    stop, longest = threading.Event(), {}

    def work(w, first):
        """Jobs, one after the other, and how long the slowest took."""
        i = first
        while not stop.is_set():
            begun = time.monotonic()
            w.push(job(i))
            wait_until(lambda: w.take(), 20, f"a job of {w.name}")
            longest[w.name] = max(longest.get(w.name, 0), time.monotonic() - begun)
            i += 1
    workers = [threading.Thread(target=work, args=(w, 1000)) for w in (a, c)]
    for each in workers:
        each.start()
    killed = time.monotonic()
    source.kill()
    got = []

    def take():
        try:
            got.extend(b.take())
        except RedisError:
            pass
        return len(got) >= 100
    wait_until(lambda: b.view.master is replica, 30 * SLOW, "the replica to take over")
    wait_until(take, 30, lambda: f"b to go on, {len(got)}\n{daemon.log()[-3000:]}")
    again = time.monotonic() - killed
    stop.set()
    for each in workers:
        each.join()
    equal(sorted(int(j["id"]) for j in got), list(range(100, 200)), "what b handed over")
    goes_on(b, 300)
    a.oppose("+33600000777")
    for w in (b, c):
        wait_until(lambda w=w: w.r.sismember(w.p + "list:opposition", "+33600000777"), 10, "the objection")
    print(f"  b went on {again:.1f} s after its master was killed; meanwhile the slowest job took {longest[a.name]:.2f} and {longest[c.name]:.2f} s")
    assert max(longest.values()) < 1.5 * SLOW, longest
    daemon.stop()
    for w in worlds:
        w.balance()
