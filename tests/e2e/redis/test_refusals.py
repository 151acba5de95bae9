"""What Redis refuses is told as it is: by its own word, once a minute, and nothing is concluded from it."""

import re
import time

import redis

from cluster import Process
from harness import CLUSTERED, contains, equal, free_port, wait_until
from world import OPEN, World, job

RIGHTS = ("on", ">secret", "~*", "&*", "+@all")


def user(env, w, *rights):
    """A user of licetd's own, with those rights beside all others."""
    w.r.execute_command("ACL", "SETUSER", "daemon", "reset", *RIGHTS, *rights)
    env.write_conf(env.conf_text().replace('redis_user = "";', 'redis_user = "daemon";')
                   .replace('redis_password_file = "";', f'redis_password_file = "{env.folder}/password";'))
    with open(f"{env.folder}/password", "w", encoding="utf-8") as f:
        f.write("secret\n")


def refusals(daemon):
    return re.findall(r"event=redis-refused call=\"([^\"]*)\" error=\"([^\"]*)\"", daemon.log())


def readings(client):
    """How often the daemon has begun to read what is defined."""
    stats = client.info("commandstats").get("cmdstat_smembers", {})
    return stats.get("calls", 0) + stats.get("rejected_calls", 0)


def paced(client, daemon):
    """What is refused is asked for about once a second."""
    start, before = time.monotonic(), readings(client)
    wait_until(lambda: readings(client) >= before + 4, 20, daemon.log)
    took = time.monotonic() - start
    assert took > 2, f"four readings within {took} s"


def test_a_right_that_is_missing_makes_no_loop(env):
    """licet_look is refused for good: it is asked for once a second, told once, and the library is not suspected."""
    w = World(env).define()
    user(env, w, "-fcall_ro", "+fcall_ro|licet_version", "+fcall_ro|licet_members", "+fcall_ro|licet_peers")
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_state(because="facts-unknown", rule="NOPERM", state="waiting")
    paced(w.r, daemon)
    equal([call for call, _ in refusals(daemon)], ["licet_look"])
    equal(daemon.log().count("library-gone"), 0)
    equal(daemon.log().count("library-ready"), 1)
    equal(w.r.llen(w.key("queue")), 1)
    w.r.execute_command("ACL", "SETUSER", "daemon", "+fcall_ro")
    w.wait_stat("ready", 1)
    w.wait_state(state="running")


def test_each_reading_that_is_refused_keeps_what_is_known(env):
    """A campaign does not vanish because SMEMBERS, HGETALL or EXISTS was refused; nothing moves until all can be read."""
    w = World(env).define()
    user(env, w)
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    # Where the prefix has a tag no function begins without EXISTS: what licetd would tell, it cannot.
    for i, command in enumerate(("smembers", "hgetall") + (() if CLUSTERED else ("exists",)), 2):
        w.r.execute_command("ACL", "SETUSER", "daemon", "-" + command)
        w.push(job(i))
        w.wait_state(because="facts-unknown", rule="NOPERM")
        equal(w.stat("intake"), i - 1, "nothing moves")
        w.r.execute_command("ACL", "SETUSER", "daemon", "+" + command)
        w.wait_stat("ready", i)
    equal([f["error"] for _, f in w.r.xrange(w.p + "errors")], [])
    for call, text in refusals(daemon):
        assert any(part in text for part in ("NOPERM", "can't run this command", "ACL failure in script")), (call, text)


def test_a_commit_that_is_refused_is_told_by_its_word(env):
    w = World(env).define()
    user(env, w, "-fcall", "+fcall|licet_publish", "+fcall|licet_present", "+fcall|licet_settle", "+fcall|licet_recall", "+fcall|licet_lapse")
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_state(because="facts-unknown", rule="NOPERM")
    equal(len(refusals(daemon)), 1, daemon.log())
    contains(refusals(daemon)[0][1], "run the 'fcall'")
    equal(w.r.xlen(w.p + "errors"), 0)
    w.r.execute_command("ACL", "SETUSER", "daemon", "+fcall")
    w.wait_stat("ready", 1)
    w.wait_state(state="running", because="allowed")


def test_a_busy_redis_is_called_busy(env):
    """A slow script of somebody else: one line, no record of keys of a wrong type, and all goes on behind it."""
    env.start_redis("--busy-reply-threshold", "100")
    w = World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, 4)])
    w.wait_stat("ready", 3)
    slow = env.server.connect()
    slow.connection_pool.connection_kwargs["socket_timeout"] = 60
    slow.eval("local t = redis.call('TIME') repeat local n = redis.call('TIME') until n[1] - t[1] >= 3", 0)
    w.push(job(4))
    w.wait_stat("ready", 4)
    told = [text for _, text in refusals(daemon)]
    equal([text for text in told if not text.startswith("BUSY")], [])
    equal(len(told), 1, daemon.log())
    equal(w.r.xlen(w.p + "errors"), 0)
    w.wait_state(state="running", because="allowed")


def cluster_node(env, name):
    """One node of a cluster that has no slots yet. The bus has a port that is kept for it: by itself it would be one of those that the
    kernel gives away."""
    bus = free_port()
    node = Process(env.folder, name, "--cluster-port", str(bus), "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-config-file",
                   "nodes.conf", "--save", "", "--appendonly", "yes", "--unixsocket", f"{env.folder}/{name}.sock").start()
    env.helpers.append(node)
    node.bus = bus
    return node


class Node:
    """A node of a cluster in the place of a test's Redis."""

    def __init__(self, env, node):
        self.node, self.client, self.process = node, node.client, node.process
        self.words = ["--socket", f"{env.folder}/{node.folder.rsplit('/', 1)[1]}.sock"]

    def kill(self):
        self.node.kill()


def test_a_cluster_wants_a_tag_in_the_prefix(env):
    node = cluster_node(env, "one")
    env.server = Node(env, node)
    node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    wait_until(lambda: "cluster_state:ok" in str(node.client.execute_command("CLUSTER", "INFO")), 20, "the cluster")
    env.set_prefix("licet-sim:")
    daemon = env.daemon("--simulate", OPEN, wait=False)
    equal(daemon.wait_end(), 78)
    contains(daemon.log(), "a {tag} in the prefix")
    equal(node.client.keys("*"), [])
    for braces in ("licet-sim:{}:", "licet-sim:}x{:"):
        env.prefix = braces
        equal(env.daemon("--simulate", OPEN, wait=False).wait_end(), 78)
    w = World(env, "licet-sim:{x}:").define()
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    # A rehearsal stays in the slot, and leaves nothing.
    w.push(job(2, postcode="97400"))
    contains(env.ctl("simulate", w.c, "--at", "2026-12-01", timeout=120).out, "released")
    equal({k for k in node.client.keys("*") if "run-" in k}, set())
    equal(node.client.hget(w.key("def"), "status"), "running")


def test_a_node_that_has_other_slots(env):
    """MOVED and its kin by name: not "expected a hash", not a library that is missing, and no loop."""
    ours, other = cluster_node(env, "one"), cluster_node(env, "two")
    ours.client.execute_command("CLUSTER", "MEET", "127.0.0.1", other.port, other.bus)
    slot = int(ours.client.execute_command("CLUSTER", "KEYSLOT", "{x}"))
    other.client.execute_command("CLUSTER", "ADDSLOTS", slot)
    ours.client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, slot - 1, slot + 1, 16383)

    def moved():
        try:
            return ours.client.execute_command("GET", "{x}")
        except redis.exceptions.RedisError as error:
            return "MOVED" in repr(error) or str(slot) in str(error)
    wait_until(moved, 30, "the nodes to know each other")
    env.server = Node(env, ours)
    env.prefix = "licet-sim:{x}:"
    daemon = env.daemon("--simulate", OPEN, wait=False)
    wait_until(lambda: any(call == "SMEMBERS" and text.startswith("MOVED") for call, text in refusals(daemon)) or
               any(text.startswith("MOVED") for _, text in refusals(daemon)), 20, daemon.log)
    lines = len(daemon.log().splitlines())
    paced(ours.client, daemon)
    assert len(daemon.log().splitlines()) <= lines + 2, daemon.log()
    for wrong in ("expected a", "library-gone", "CLIENT INFO tells"):
        equal(daemon.log().count(wrong), 0, daemon.log())


def test_a_campaign_without_a_route_makes_none(env):
    w = World(env).define(route=None)
    w.r.sadd(w.p + "routes", "")  # as an earlier version left it
    env.daemon("--simulate", OPEN)
    w.wait_because("campaign-rejected")
    equal(w.r.smembers(w.p + "routes"), {"main"})
    equal([k for k in w.r.scan_iter(w.p + "ready::*")], [])
    equal([route["route"] for route in env.ctl_json("status")["routes"]], ["main"])


def test_the_server_is_named_as_it_names_itself(env):
    """Valkey's redis_version is the one that it is compatible with, not its own."""
    World(env).define()
    info = env.redis.info("server")
    server = info.get("server_name", "redis")
    version = info[server + "_version"]
    told = env.ctl_json("status")["redis"]
    equal((told["server"], told["version"]), (server, version))
    contains(env.ctl("status").out, f"redis   {server} {version}, ")
