"""One licetd for three spaces on three masters of a real cluster: what happens to one master stops its space alone."""

import collections
import threading
import time

from harness import SLOW, contains, equal, full_speed, own_target, wait_until
from redis.exceptions import RedisError
from test_cluster_of_spaces import nodes_line, spread
from test_lead import INSTANCES, leaders, shared
from test_serve import goes_on, serve
from world import job


def begin(env, *instances, limit_ms=60000):
    """Three masters with a replica each, a space on each, and one licetd or several for all of them."""
    cluster, worlds = spread(env, 3, 1, limit_ms)
    nodes = nodes_line(env)
    daemons = [serve(env, worlds if i == 0 else [], "*", ("cluster = [];", nodes), words=("--instance", instance))
               for i, instance in enumerate(instances)]
    return cluster, worlds, daemons


@own_target
@full_speed
def test_a_master_dies(env):
    """The others go on while it is down; when its replica has taken over, its space does too. Nothing is lost or doubled."""
    cluster, worlds, (daemon,) = begin(env, "vm-1")
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


@own_target
@full_speed
def test_a_master_and_a_licetd_die(env):
    """Two licetd lead what suits them; one is killed together with the master of a space that it leads."""
    cluster, worlds, (first, second) = begin(env, *INSTANCES)
    wait_until(lambda: shared(worlds), 30, lambda: f"each to have its part: {leaders(worlds)}")
    led = collections.defaultdict(list)
    for w in worlds:
        led[w.r.get(w.p + "lead")].append(w)
        goes_on(w, 1)
    gone = max(led, key=lambda instance: len(led[instance]))
    victim, left = (first, second) if gone == INSTANCES[0] else (second, first)
    b = led[gone][0]
    source = b.view.master
    replica = cluster.replica_of(source)
    b.push(*[job(i) for i in range(100, 200)])
    b.wait_stat("ready", 100)
    cluster.wait_replicated(source)
    source.kill()
    victim.kill()
    begun = time.monotonic()
    for w in worlds:
        if w is not b:
            goes_on(w, 2)
    others = time.monotonic() - begun
    wait_until(lambda: b.view.master is replica, 30 * SLOW, "the replica to take over")
    equal(sorted(int(j["id"]) for j in b.wait_taken(100, 30)), list(range(100, 200)), "what was handed over")
    goes_on(b, 300)
    print(f"  the other spaces went on within {others:.1f} s, that of the dead master {time.monotonic() - begun:.1f} s after both were killed")
    equal(set(leaders(worlds).values()), {INSTANCES[0] if gone == INSTANCES[1] else INSTANCES[1]})
    left.stop()
    for w in worlds:
        w.balance()


@own_target
@full_speed
def test_a_slot_moves(env):
    """b's slot goes to a's master, key by key: b stands still meanwhile, and nobody else does."""
    # So that b is asked anew while its slot is on the move, at least every four seconds.
    _, worlds, (daemon,) = begin(env, "vm-1", limit_ms=16000)
    a, b, c = worlds
    for w in worlds:
        goes_on(w, 1)
    longest, stop = [0.0], threading.Event()

    def move():
        b.view.cluster.move(a.view.master, 0.3)
        stop.set()
    mover = threading.Thread(target=move)
    mover.start()
    i = 1000
    while not stop.is_set():
        for w in (a, c):
            begun = time.monotonic()
            goes_on(w, i)
            longest[0] = max(longest[0], time.monotonic() - begun)
            i += 1
    mover.join()
    goes_on(b, 2)
    contains(daemon.log(), f"event=slot-moving space={b.name} ")
    for w in (a, c):
        equal(f"event=slot-moving space={w.name} " in daemon.log(), False, f"{w.name} took it for a move of its own")
    print(f"  while the slot moved the slowest job of the others took {longest[0]:.2f} s")
    assert longest[0] < 1.5 * SLOW, longest
    a.oppose("+33600000777")
    for w in (b, c):
        wait_until(lambda w=w: w.r.sismember(w.p + "list:opposition", "+33600000777"), 10, "the objection")
    daemon.stop()
