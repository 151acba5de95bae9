"""Three spaces on three masters of a real cluster: an objection goes from one to the others, and comes back to a master that lacks it."""

import copy
import threading
import time

from harness import SLOW, Failure, equal, full_speed, measures, own_target, wait_until
from nodes import Follower, Nodes
from redis.exceptions import RedisError
from spaces import HEAD, cpu_of, enter, hear, one_objection_holds_in, space
from world import OPEN, World, job


class View:
    """The cluster, as seen from the slot of one prefix."""

    def __init__(self, cluster, prefix):
        self.cluster = copy.copy(cluster)
        self.cluster.prefix, self.cluster.slot = prefix, cluster.all[0].cluster("KEYSLOT", prefix)
        self.cluster.client = Follower(self.cluster)

    @property
    def master(self):
        return self.cluster.master


def names_of(cluster, count):
    """Names of spaces, each on a master of its own."""
    found = {}
    for name in (f"s{i}" for i in range(200)):
        master = View(cluster, f"{HEAD}{{{name}}}:").master
        found.setdefault(master.port, name)
        if len(found) == count:
            return sorted(found.values())
    raise Failure("no names for all masters")


def spread(env, masters, replicas, limit_ms=60000, more=""):
    """A cluster of so many masters, and a space on each of them, which hears the others. Returns both."""
    cluster = Nodes(env, HEAD + "{licet}:", masters, replicas)
    cluster.configure(env, more=more)
    worlds = []
    names = names_of(cluster, masters)
    for name in names:
        w = space(env, name)
        w.view = View(cluster, w.p)
        w.r = w.view.cluster.client
        w.define()
        hear(w, names, limit_ms)
        worlds.append(w)
    enter(cluster.client, *names)
    env.server = cluster
    return cluster, worlds


def nodes_line(env):
    """What the configuration says of the nodes."""
    with open(env.conf, encoding="utf-8") as file:
        return next(line for line in file if line.startswith("cluster")).strip()


def begin(env, replicas, more=""):
    """A licetd for each of three."""
    cluster, worlds = spread(env, 3, replicas, more=more)
    for w in worlds:
        env.prefix, env.server = w.p, w.view.cluster
        w.daemon = env.daemon("--instance", "vm-" + w.name, "--simulate", OPEN)
    return cluster, worlds


@full_speed
def test_three_masters(env):
    """Each licetd finds the others' masters; a planned failover of one stops it until it has heard the others again."""
    cluster, (a, b, c) = begin(env, 1)
    one_objection_holds_in((a, b, c), 10)
    source = b.view.master
    replica = cluster.replica_of(source)
    cluster.wait_replicated(source)
    b.push(job(3), job(4))
    b.wait_stat("ready", 2)
    b.view.cluster.fail_over(replica)
    a.oppose("+33600000003")
    equal([j["id"] for j in b.wait_taken(1, 20)], ["4"])
    equal(b.r.hget(b.p + "heard", a.name).split()[2], replica.id)
    for w in (a, b, c):
        w.daemon.stop()


@own_target
def test_a_master_that_lacks_what_was_heard(env):
    """b's replica is cut off while b hears of objections, then b's master dies: the new one hands over none of them, and has all in the end."""
    cluster, (a, b, c) = begin(env, 1)
    numbers = [f"+3360000{i:04}" for i in range(200)]
    b.push(*[job(i, to=n) for i, n in enumerate(numbers)])
    b.wait_stat("ready", 200)
    source = b.view.master
    replica = cluster.replica_of(source)
    cluster.wait_replicated(source)
    # Its replica comes in no more; who is connected stays.
    source.client.config_set("requirepass", "another")
    source.password = "another"  # a connection of the test's that is made anew
    source.client.client_kill_filter(_type="slave")
    opposed = numbers[::2]
    for n in opposed:
        a.oppose(n)
    wait_until(lambda: b.r.smismember(b.p + "list:opposition", opposed) == [1] * len(opposed), 10, "b to have heard all")
    taken, stop = [], threading.Event()

    def take():
        while not stop.is_set():
            try:
                taken.extend(b.take(1))
            except RedisError:
                pass
            time.sleep(0.005)
    with replica.connect(single_connection_client=True) as reader:
        reader.execute_command("READONLY")
        lacked = len(opposed) - reader.scard(b.p + "list:opposition")
    source.kill()
    sender = threading.Thread(target=take)
    sender.start()
    wait_until(lambda: b.view.master is replica, 30 * SLOW, "the replica to take over")
    wait_until(lambda: b.r.smismember(b.p + "list:opposition", opposed) == [1] * len(opposed), 30, "all to be given back")
    wait_until(lambda: len(taken) >= 100, 60, lambda: f"{len(taken)} jobs, {b.state()}")
    stop.set()
    sender.join()
    handed = {j["to"] for j in taken}
    equal(handed & set(opposed), set(), "handed over after they had objected")
    equal(lacked > 50, True, f"it lacked {lacked}")
    print(f"  the new master lacked {lacked} of {len(opposed)} numbers; all are back, none was handed over")


@measures
def test_two_nodes_carry_twice_as_much(env):
    """By the CPU of Redis a job: jobs of one space on one node, then as many halved between two spaces on two nodes, from queue to ready."""
    jobs = 60000
    # Batches of one size: where cores are short a batch takes longer by the clock, and the next ones are smaller.
    cluster, worlds = begin(env, 0, more="batch_max = 25;")
    for w in worlds:
        w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 10 * jobs})
    seconds = {}
    for turn, count in enumerate((1, 2, 1, 2, 1, 2)):
        own = []
        for w in worlds[:count]:
            c = World(env, w.p, f"acme.t{turn}")
            c.r = w.r
            c.define()
            c.r.srem(w.p + "campaigns", c.c)  # all is there before anything begins
            for at in range(0, jobs // count, 1000):
                c.push(*[job(turn * jobs + at + i) for i in range(1000)])  # numbers of its own: nobody has attempts
            own.append(c)
        before = [cpu_of(n.client) for n in cluster.all]
        for c in own:
            c.r.sadd(c.p + "campaigns", c.c)
        for c in own:
            c.wait_stat("ready", jobs // count, timeout=120)
        seconds.setdefault(count, []).append(max(cpu_of(n.client) - b for n, b in zip(cluster.all, before)))
    one, two = min(seconds[1]), min(seconds[2])
    print(f"  {jobs} jobs: {1e6 * one / jobs:.1f} us of one node's CPU a job; the busier of two nodes spends {1e6 * two / jobs:.1f}: {one / two:.2f} times as much is carried")
    equal(one / two >= 1.8, True, f"{one / two:.2f} times; {seconds}")


@own_target
def test_told_of_all_and_of_who_is_dead(env):
    """licetctl over three masters: what is told and erased is of all of them, replicas included; then one is dead, and named, and delays nobody for long."""
    cluster, (a, b, c) = begin(env, 1)
    hub = View(cluster, "licet-sim:{licet}:")
    cluster.configure(env, more=f'prefix = "{a.p}";')
    env.set_prefix(a.p)
    for i, w in enumerate((a, b, c)):
        w.push(job(10 + i), job(1))
        w.wait_stat("ready", 2)
    said = env.ctl_json("status")
    equal([(s["answered"], s["redis"]["known"]) for s in said["spaces"]], [(True, True)] * 3)
    equal(said["totals"]["ready"], 6)
    number = "+33600000012"
    done = env.ctl_json("subject", "erase", number)
    equal([(s["space"], s["erased"], s["append_only_file"], [r["append_only_file"] for r in s["replicas"]]) for s in done["spaces"]],
          [(a.name, {}, "rewritten", ["rewritten"]), (b.name, {}, "rewritten", ["rewritten"]), (c.name, {"ready": 1}, "rewritten", ["rewritten"])])
    equal(any("replicas" in text for text in done["not_reached"]), False, done["not_reached"])
    b.daemon.kill()
    for node in (cluster.replica_of(b.view.master), b.view.master):
        node.kill()
    begun = time.monotonic()
    done = env.ctl("status", code=1)
    equal((f"space   {b.name} does not answer: " in done.out, a.c in done.out), (True, True), done.out)
    equal(env.ctl("subject", "show", number, "--json", code=1).json["limits"][0].startswith(f"space {b.name}: "), True)
    equal(f"nothing was erased in space {b.name}: " in env.ctl("subject", "erase", number, code=1).err, True)
    equal(time.monotonic() - begun < 60 * SLOW, True, "one that is dead is waited for once a command")
    # a's person wants no call from anybody: c knows before the report, b is told when it is back, and nobody waits for it.
    taken = env.ctl("sender", "--route", "main", "--json", "--exec", 'test "$LICET_ID" = 1 && echo never-again || echo answered', "--once", code=None).json
    equal((taken["outcomes"]["never-again"], c.r.sismember(c.p + "list:opposition", "+33600000001")), (1, 1), taken)
    w = a if a.r.xlen(a.p + "oppositions") else c
    equal(w.r.sismember(w.p + "list:opposition", "+33600000001"), 1)
    for w in (a, c):
        w.daemon.stop()
    # The hub away as well: the space at hand is worked in, and that it is not all is said.
    there = next(w for w in (a, c) if w.view.master is not hub.master)
    cluster.configure(env, more=f'prefix = "{there.p}";')
    env.set_prefix(there.p)
    for node in (cluster.replica_of(hub.master), hub.master):
        node.kill()
    done = env.ctl("status", code=1)
    equal((there.c in done.out, "which other spaces there are is not known, the hub does not answer: " in done.err), (True, True), repr(done))
    equal("is looked for in this space alone, the hub does not answer: " in env.ctl("campaign", "show", there.c).err, True)
    equal("the hub does not answer: " in env.ctl("subject", "show", number, code=1).err, True)
    env.ctl("campaign", "pause", there.c, "--space", there.name, code=None)
    equal(there.r.hget(there.key("def"), "status"), "paused")
