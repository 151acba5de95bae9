"""licetd, licetctl and the bridge on a real cluster: they find the master of their slot, and follow it."""

import os
import re
import subprocess
import threading
import time

import harness
import sender
from cluster import Process
from chaos import utc
from examples import of_page
from harness import Failure, contains, equal, free_port, full_speed, own_target, wait_until
from nodes import Node, Nodes
from terminal import Terminal
from test_moving_slot import answers
from world import OPEN, World, job

P = "licet-sim:{one}:"


def scene(env, masters=3, replicas=0, more="", **options):
    cluster = Nodes(env, P, masters, replicas, **options)
    cluster.configure(env, more=more)
    return cluster, World(env, P).define()


@full_speed
def test_a_slot_that_has_moved_is_followed(env):
    """licetd, a bridge and licetctl are told a node that has nothing to do with the slot; the slot goes elsewhere and all follow."""
    cluster, w = scene(env)
    first = cluster.master
    other = next(n for n in cluster.masters if n is not first)
    cluster.configure(env, [f"127.0.0.1:{free_port()}", f"127.0.0.1:{other.port}"])
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    equal([n.client.function_list() != [] for n in cluster.all], [n is first for n in cluster.all], "who has the library")
    bridge = sender.Sender(env, "env; exit 10")
    w.wait_stat("done", 1)
    cluster.move(other)
    begun = time.monotonic()
    w.push(job(2))
    w.wait_stat("done", 2)
    took = time.monotonic() - begun
    assert took < 2 * harness.SLOW, f"{took:.1f} s until a job was through after the move"
    contains(daemon.log(), f"redis-up link=work at=127.0.0.1:{other.port}")
    bridge.wait_said(f"redis-up link=sender at=127.0.0.1:{other.port}")
    contains(env.ctl("status").out, "licetd")
    contains(env.ctl("check-config").out, f"slot {cluster.slot} of a cluster, by 127.0.0.1:")
    assert "expected a" not in daemon.log(), daemon.log()
    bridge.signal().wait()
    w.balance()
    daemon.stop()


@full_speed
def test_a_slot_on_the_move(env):
    """Half of the keys are over there: licetd says moving, once, and rests; nothing is lost, and all goes on behind it."""
    cluster, w = scene(env, masters=2)
    source = cluster.master
    target = next(n for n in cluster.masters if n is not source)
    daemon = env.daemon("--simulate", OPEN)
    bridge = sender.Sender(env, "env; exit 10")
    w.push(*[job(i) for i in range(5)])
    w.wait_stat("done", 5)
    # One that is begun and broken off.
    cluster.begin_move(source, target)
    w.push(job(5))
    wait_until(lambda: source.client.hget(w.key("state"), "rule") == "moving", 10, lambda: source.client.hgetall(w.key("state")))
    equal(source.client.hmget(w.key("state"), "state", "because"), ["waiting", "facts-unknown"])
    key = next(k for k in source.client.scan_iter(P + "daemon:*", 1000))
    wait_until(lambda: source.client.hmget(key, "gate", "gate_rule") == ["facts-unknown", "moving"], 10, lambda: source.client.hgetall(key))
    calls = sum(source.calls("fcall_ro")) + sum(source.calls("fcall"))
    begun = time.monotonic()
    wait_until(lambda: time.monotonic() - begun > 2, 10, "two seconds")
    calls = sum(source.calls("fcall_ro")) + sum(source.calls("fcall")) - calls
    assert calls < 60, f"{calls} calls of functions while they say TRYAGAIN"
    source.cluster("SETSLOT", cluster.slot, "STABLE")
    equal(answers(target.client, "MIGRATE", "127.0.0.1", source.port, "", 0, 5000, "KEYS", w.key("queue"), asking=True), "OK")
    target.cluster("SETSLOT", cluster.slot, "STABLE")
    w.wait_stat("done", 6)
    w.wait_because("nothing-queued")
    # One that goes on to its end, with a rest between keys.
    moved = cluster.move(target, 0.02)
    begun = time.monotonic()
    w.push(job(6))
    w.wait_stat("done", 7)
    assert time.monotonic() - begun < 2 * harness.SLOW, f"{time.monotonic() - begun:.1f} s until a job was through after the move"
    assert moved > 10, moved
    lines = [line for line in daemon.log().splitlines() if "level=error" in line or "redis-refused" in line or "slot-m" in line]
    equal([re.search(r"event=(\S+)", line).group(1) for line in lines], ["slot-moving", "slot-moved", "slot-moving"], "what the log says")
    said = re.findall(r'take-refused route=main error="(?:ASK|TRYAGAIN) ', bridge.err)
    equal(len(said), 2, bridge.err)
    bridge.signal().wait()
    equal(len(sender.outcomes(w)), 7)
    w.balance()


@full_speed
def test_licetctl_follows(env):
    """What was not done, as the slot is elsewhere or on the move, is done there, or later; what cannot be repeated says so."""
    cluster, w = scene(env, masters=2)
    source = cluster.master
    target = next(n for n in cluster.masters if n is not source)
    daemon = env.daemon("--simulate", OPEN)
    cluster.begin_move(source, target)
    done = []
    threading.Thread(target=lambda: done.append(env.ctl("oppose", "+33600000001", "--source", "web", "--reason", "said no", code=None))).start()
    wait_until(lambda: sum(source.calls("fcall")) > 0 and "slot-moving" in daemon.log(), 10, "the objection to be refused once")
    equal(done, [])
    while cluster.move_key(source, target) is not None:
        pass
    cluster.end_move(target)
    wait_until(lambda: done, 20, "the objection")
    equal(done[0].code, 0, repr(done[0]))
    equal(w.r.sismember(P + "list:opposition", "+33600000001"), 1)
    # A file that is queued meanwhile is queued once, though it may have to be asked for again.
    path = os.path.join(env.folder, "jobs.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(harness.json.dumps(job(i)) + "\n" for i in range(4000))
    daemon.stop()
    queued = []
    thread = threading.Thread(target=lambda: queued.append(env.ctl("enqueue", w.c, path, code=None)))
    thread.start()
    wait_until(lambda: w.r.llen(w.key("queue")) > 0, 20, "the first jobs")
    cluster.move(source)
    cluster.move(target)
    thread.join(60)
    assert queued[0].code == 0 or queued[0].err.count("\n") == 1, repr(queued[0])
    if queued[0].code != 0:
        env.ctl("enqueue", w.c, path)
    equal(sorted(harness.json.loads(line)["id"] for line in w.r.lrange(w.key("queue"), 0, -1)), sorted(str(i) for i in range(4000)))
    # Nobody is the master: what a command says of it.
    target.kill()
    said = env.ctl("status", code=1)
    contains(said.err, "no node of the cluster leads to a master: 127.0.0.1:")
    target.start()


@own_target
def test_top_outlives_a_cluster_that_is_down(env):
    cluster, w = scene(env, masters=3, more="redis_timeout_ms = 500;")
    env.daemon("--simulate", OPEN)
    master = cluster.master
    others = [n for n in cluster.masters if n is not master]
    top = Terminal(env)
    top.licetctl("top")
    top.wait_for(w.c)
    for node in others:  # the majority is gone: those that are left serve nobody
        node.kill()
    wait_until(lambda: "cluster_state:fail" in master.cluster("INFO"), 20, "the cluster to be down")
    top.wait_for("no node of the cluster leads to a master")
    for node in others:
        node.start()
    wait_until(lambda: "cluster_state:ok" in master.cluster("INFO"), 30, "the cluster to be up")
    top.wait_for(w.c, gone=("no node",))
    top.type("q")
    top.wait_for("$", gone=(w.c,))


@own_target
def test_users_and_rehearsals(env):
    """A user of conf/redis-users.acl on each node, at the search too; a wrong password is told with the place. A rehearsal stays in the slot."""
    def dress(node):
        path = os.path.join(node.folder, "users.acl")
        with open(path, "w", encoding="utf-8") as out:
            for line in env.run("acl", "--prefix", "licet:{one}:", "-c", env.conf).out.splitlines():
                words = line.split(" ", 3)
                out.write(line.replace("default off", "default on nopass ~* &* +@all") + "\n" if len(words) < 4 else
                          f"user {words[1]} on >{words[1]} {words[3]}\n")
        node.words += ("--aclfile", path)
    cluster = Nodes(env, "licet:{one}:", 3, 0, dress=dress)
    now_ms = int(time.time() * 1000)
    w = World(env, "licet:{one}:").define(at=utc(now_ms - 3600000))
    w.r.hset(w.p + "list-meta:bloctel", mapping={"refreshed_at": utc(now_ms - 3600000), "source": "x"})
    for user in ("daemon", "sender", "marketing", "ops"):
        with open(os.path.join(env.folder, user), "w", encoding="utf-8") as f:
            f.write(f"licet-{user}\n")

    def log_in(user, word):
        cluster.configure(env, more=f'redis_user = "licet-{user}";\nredis_password_file = "{os.path.join(env.folder, word)}";')
    log_in("daemon", "ops")
    daemon = harness.Daemon(env)
    wait_until(lambda: "no node of the cluster names a master: 127.0.0.1:" in daemon.log() and "WRONGPASS" in daemon.log(), 20, daemon.log)
    daemon.stop()
    log_in("daemon", "daemon")
    daemon = env.daemon()
    w.push(job(1), job(2, postcode="97400"))
    w.wait_intake(2)
    log_in("sender", "sender")
    bridge = sender.Sender(env, "env; exit 10")
    bridge.wait_said("redis-up link=sender")
    master = cluster.master
    cluster.move(next(n for n in cluster.all if n is not master))
    bridge.wait_said("redis-up link=sender at=127.0.0.1:%d" % cluster.master.port)
    wait_until(lambda: daemon.log().count("redis-up link=work") == 2, 20, daemon.log)
    w.push(job(3))
    w.wait_intake(3)
    bridge.signal().wait()
    # Each looked for keys elsewhere, and nobody was denied anything.
    wait_until(lambda: sum(n.calls("cluster|countkeysinslot")[0] for n in cluster.all) > 0, 10, "the look")
    equal([e for n in cluster.all for e in n.client.acl_log() if e["reason"] != "auth"], [])
    cluster.configure(env)
    contains(env.ctl("simulate", w.c, "--at", "2026-12-01", timeout=120).out, "released")
    equal([k for n in cluster.all for k in n.client.keys("*run-*")], [])
    daemon.stop()


def through(w, first, count, timeout):
    """That many jobs more are reported; returns how long it took."""
    begun = time.monotonic()
    w.push(*[job(first + i) for i in range(count)])
    w.wait_stat("done", first + count, timeout)
    return time.monotonic() - begun


@own_target
def test_a_failover_is_followed(env):
    """CLUSTER FAILOVER, and kill -9 of the master: licetd and the bridge go to the one that takes its place."""
    cluster, w = scene(env, replicas=1)
    daemon = env.daemon("--simulate", OPEN)
    bridge = sender.Sender(env, "env; exit 10")
    through(w, 0, 3, 10)
    first = cluster.master
    second = cluster.replica_of(first)
    cluster.wait_replicated(first)
    cluster.fail_over(second)
    planned = through(w, 3, 3, 10)
    wait_until(lambda: first.role() == "slave", 20, "the old master to follow")
    cluster.wait_replicated(second)
    second.kill()
    wait_until(lambda: cluster.master is first, 30, "the failover")
    killed = through(w, 6, 3, 20)
    bridge.signal().wait()
    for where in (second, first):
        contains(daemon.log(), f"redis-up link=work at=127.0.0.1:{where.port}")
    assert planned < 2 * harness.SLOW and killed < 3 * harness.SLOW, (planned, killed)
    assert "expected a" not in daemon.log(), daemon.log()
    equal(len(sender.outcomes(w)), 9)
    w.balance()
    print(f"a job was through {planned:.2f} s after a planned failover, {killed:.2f} s after a replica had taken over", flush=True)


def test_what_is_configured_wrong(env):
    """The place, and what was expected: said by check-config and at start."""
    for text, prefix, why in (
            ('prefix = "licet:";', "licet:", "with cluster the prefix must have one tag in braces, such as licet:{retail}:, not licet:"),
            ("redis_db = 3;", P, "with cluster redis_db must be 0, not 3"),
            ('sentinels = [ "127.0.0.1:26379" ];', P, "cluster and sentinels exclude each other"),
            ("", "licet-sim:{a}{b}:", "one tag in braces")):
        env.set_prefix(prefix)
        env.write_conf(f'\ncluster = [ "127.0.0.1:6379" ];\n{text}\n')
        for said in (env.ctl("check-config", code=1).err, env.ctl("status", code=1).err):
            contains(said, f"{env.conf}:2: ")
            contains(said, why)
        daemon = harness.Daemon(env, "--simulate", OPEN)
        equal(daemon.wait_end(), 78)
        contains(daemon.log(), why)
    env.write_conf('cluster = [ "node-1:6379" ];\n')
    contains(env.ctl("check-config", code=1).err, f"{env.conf}:1: cluster must be ADDRESS:PORT")
    # One Redis that is named is not looked for.
    env.start_redis()
    env.write_conf('cluster = [ "127.0.0.1:1" ];\nredis_db = 0;\n')
    env.prefix = "licet-sim:"
    env.daemon("--simulate", OPEN)


@full_speed
def test_a_slot_on_two_nodes(env):
    """Somebody broke a move off half-way with SETSLOT STABLE: nothing moves, it is told where the keys are, and all goes on when they are
    together again and a person has said so. One that licetd did not see begin is found, too."""
    cluster, w = scene(env, masters=2)
    source = cluster.master
    target = next(n for n in cluster.masters if n is not source)
    daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(5)])
    w.wait_stat("ready", 5)
    ready = source.client.lrange(w.ready, 0, -1)
    cluster.begin_move(source, target)
    wait_until(lambda: "slot-moving" in daemon.log(), 10, daemon.log)
    equal(source.client.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 20000, "KEYS", w.ready), "OK")
    for node in (source, target):
        node.cluster("SETSLOT", cluster.slot, "STABLE")
    wait_until(lambda: source.client.hget(P + "halt", "all") == "split", 20, daemon.log)
    w.wait_because("halted")
    assert "slot-moved" not in daemon.log().split("keys of slot")[0], daemon.log()
    told = f"keys of slot {cluster.slot}, which is that of the prefix, are on 127.0.0.1:{target.port} too"
    contains(daemon.log(), told)
    contains([f["error"] for _, f in w.r.xrange(P + "errors") if f["where"] == "slot"][0], told)
    w.push(job(5))
    equal(w.take(), [])
    daemon.stop()
    # Another licetd, which has seen nothing of it, says so as well.
    w.r.delete(P + "halt")
    daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: source.client.hget(P + "halt", "all") == "split", 20, daemon.log)
    # Mended, as licet-cluster(7) says.
    target.cluster("SETSLOT", cluster.slot, "IMPORTING", source.id)
    fixed = subprocess.run(["redis-cli", "--cluster", "fix", f"127.0.0.1:{source.port}"], capture_output=True, check=False, timeout=60)
    if cluster.owner(source) is not source or source.client.lrange(w.ready, 0, -1) != ready:
        raise Failure(f"redis-cli did not put the keys together: {fixed.stdout.decode()}")
    env.ctl("unhalt", "all")
    w.wait_stat("ready", 6, 30)
    equal(sorted(j["id"] for j in w.wait_taken(6)), [str(i) for i in range(6)])
    w.balance()
    daemon.stop()


@own_target
def test_from_one_redis_to_a_cluster(env):
    """As licet-cluster(7) says: what waited goes out, what was out is reported, who objected stays blocked."""
    one = Process(env.folder, "one", "--save", "", "--appendonly", "yes", "--appendfsync", "always").start()
    env.helpers.append(one)
    env.server = One(one)
    w = World(env, "licet-sim:").define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(50)], job(60, postcode="97110", to="+590690000060"))
    w.wait_stat("ready", 50)
    out = w.take(5)
    w.oppose("+33600000049")
    daemon.stop()
    # So many that a scan meets what was renamed behind it.
    one.client.mset({f"licet-sim:filler:{i}": "x" for i in range(6000)})
    begun = time.monotonic()
    rename, slots = of_page("licet-cluster.7", "cluster")
    bash("cd " + env.folder + "\n" + rename.replace("redis-cli", f"redis-cli -p {one.port}").replace("licet:", "licet-sim:").replace("{retail}", "{one}"))
    took = time.monotonic() - begun
    equal(sorted(k for k in one.client.scan_iter("*", 1000) if not k.startswith(P) or k.count("{") > 1), [], "renamed twice, or not at all")
    equal(one.client.delete(*[f"{P}filler:{i}" for i in range(6000)]), 6000)
    one.kill()
    nodes = Nodes(env, P, 0, 0)
    first = Node(env, "first")
    first.folder, first.port = one.folder, one.port
    others = [Node(env, n) for n in ("second", "third")]
    nodes.all = [first, *others]
    for node in nodes.all:
        node.start()
        node.id = node.cluster("MYID")
    nodes.slot = first.cluster("KEYSLOT", P)
    for n, node in enumerate(nodes.all, 1):
        slots = slots.replace(f"10.0.0.{n}:6379", f"127.0.0.1:{node.port}")
    for known, line in enumerate(slots.replace("\\\n", "").strip().splitlines(), 1):
        bash(line)
        wait_until(lambda k=known: all(len(n.rows()) == k for n in nodes.all[:k]), 20, "the nodes to know each other")
        wait_until(lambda: subprocess.run(["redis-cli", "--cluster", "check", f"127.0.0.1:{one.port}"], capture_output=True, check=False).returncode == 0,
                   30, "the nodes to agree")
    env.server, w.r, w.p = nodes, nodes.connect(), P
    env.prefix = P
    nodes.configure(env)
    wait_until(lambda: "cluster_state:ok" in first.cluster("INFO") and others[1].role() == "slave", 20, "the cluster")
    daemon = env.daemon("--simulate", OPEN)
    equal([w.done(j["token"]) for j in out], ["OK"] * 5)
    w.wait_stat("done", 5)
    equal(len(w.take()), 44)
    w.wait_stat("refused.opposed-platform", 1)
    equal((w.stat("held"), w.stat("intake")), (1, 51))
    w.balance()
    print(f"  renamed in {took:.2f} s", flush=True)
    daemon.stop()


class One:
    """One Redis on a port, where a test's Redis stands."""

    def __init__(self, node):
        self.client, self.process, self.words = node.client, node.process, ["--redis", f"127.0.0.1:{node.port}"]
        self.connect = node.connect

    def kill(self):
        pass


def bash(text):
    done = subprocess.run(["bash", "-ec", text], capture_output=True, check=False, timeout=120)
    equal(done.returncode, 0, f"{text}\n{done.stdout.decode()}{done.stderr.decode()}")
