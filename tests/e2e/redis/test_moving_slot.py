"""A slot of a real Redis Cluster that moves: no function begins, nothing is lost, and all goes on behind it."""

import os
import re

from redis import ResponseError

from harness import BUILD, contains, equal, wait_until
from nodes import Node, said
from world import OPEN, World, job

P = "licet-sim:{one}:"
SLOTS = 16384


class Two:
    """Two masters of a cluster; the first has all slots. It stands where a test's one Redis stands."""

    def __init__(self, env):
        self.nodes = [Node(env, n, timeout_ms=2000).start() for n in "ab"]
        a, b = self.nodes
        a.client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
        a.client.execute_command("CLUSTER", "MEET", "127.0.0.1", b.port, b.bus)
        self.ids = [n.client.execute_command("CLUSTER", "MYID") for n in self.nodes]
        wait_until(lambda: all("cluster_state:ok" in n.client.execute_command("CLUSTER", "INFO") and
                               len(n.client.execute_command("CLUSTER", "SLOTS")) == 1 for n in self.nodes), 20, "the cluster")
        self.slot = a.client.execute_command("CLUSTER", "KEYSLOT", P + "x")
        self.words, self.process = ["--redis", f"127.0.0.1:{a.port}"], a.process
        self.client = a.client
        env.server = self

    def connect(self, **options):
        return self.nodes[0].connect(**options) if not options else self.nodes[0].client

    def begin_move(self):
        a, b = self.nodes
        b.client.execute_command("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.ids[0])
        a.client.execute_command("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.ids[1])

    def end_move(self):
        for n in self.nodes:
            n.client.execute_command("CLUSTER", "SETSLOT", self.slot, "STABLE")

    def kill(self):
        for n in self.nodes:
            n.kill()


def answers(client, *words, asking=False):
    connection = client.connection_pool.get_connection("x")
    try:
        if asking:
            connection.send_command("ASKING")
            connection.read_response()
        connection.send_command(*words)
        return connection.read_response()
    except ResponseError as error:
        return said(error)
    finally:
        client.connection_pool.release(connection)


def functions():
    """Each function of the library, but the one that says which library it is."""
    with open(os.path.join(BUILD, "gen", "licet.lua"), encoding="utf-8") as f:
        text = f.read()
    plain = re.findall(r"register_function\('(licet_\w+)', (\w+)", text) + re.findall(r"function_name = '(licet_\w+)',\s*callback = (\w+)", text)
    equal(sorted(n for n, how in plain if how != "guarded"), ["licet_version"], "functions without the guard")
    return sorted(n for n, how in plain if how == "guarded")


def test_no_function_begins(env):
    two = Two(env)
    a, b = two.nodes
    w = World(env, P).define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, 6)])
    w.wait_stat("ready", 5)
    with open(os.path.join(BUILD, "gen", "licet.lua"), encoding="utf-8") as f:
        b.client.function_load(f.read(), replace=True)
    two.begin_move()
    before = a.client.dump(w.ready)
    names = functions()
    for name in names:
        for client, asking in ((a.client, False), (b.client, True)):
            contains(answers(client, "FCALL", name, 1, w.ready, "s1", 5, asking=asking), "this space is being moved")
    assert len(names) > 40, names
    equal(b.client.dbsize(), 0, "what was written where the slot goes")
    equal(a.client.dump(w.ready), before)
    # Some keys have gone over: lists read as empty there, and so nothing is handed over.
    answers(a.client, "MIGRATE", "127.0.0.1", b.port, "", 0, 5000, "KEYS", w.ready)
    contains(answers(a.client, "FCALL", "licet_take", 1, w.ready, "s1", 5), "ASK ")
    contains(answers(b.client, "FCALL", "licet_take", 1, w.ready, "s1", 5, asking=True), "this space is being moved")
    # The move is broken off, and what had gone over is brought back.
    daemon.stop()
    a.client.execute_command("CLUSTER", "SETSLOT", two.slot, "STABLE")
    equal(answers(b.client, "MIGRATE", "127.0.0.1", a.port, "", 0, 5000, "KEYS", w.ready, asking=True), "OK")
    two.end_move()
    equal(a.client.llen(w.ready), 5)
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(6))
    w.wait_stat("ready", 6, 30)
    equal(sorted(j["id"] for j in w.wait_taken(6)), [str(i) for i in range(1, 7)])
    w.balance()
    daemon.stop()
