"""A real cluster: masters and their replicas, each a process of the test's own on a loopback port.

It stands where a test's one Redis stands (env.server); its client goes where the slot of the prefix is."""

import contextlib
import time

import redis
from redis.exceptions import ConnectionError as Lost, RedisError, ResponseError, TimeoutError as Late

from cluster import Process
from harness import NO_RETRY, free_port, wait_until

SLOTS = 16384
# Nothing was done of what is answered so: it is asked again, there or later.
STAYS = ("TRYAGAIN ", "NOREPLICAS ", "Function not found")  # licetd loads them where the slot has come to
GOES = ("MOVED ", "CLUSTERDOWN ", "READONLY ", "You can't write against a read only replica", "MASTERDOWN ", "LOADING ", "Redis is loading",
        "Error 111 connecting")


def said(error):
    """An error as Redis wrote it: newer clients take the first word away, and tell it by the class."""
    for kind, word in (("MovedError", "MOVED "), ("AskError", "ASK "), ("TryAgainError", "TRYAGAIN "), ("ClusterDownError", "CLUSTERDOWN "), ("MasterDownError", "MASTERDOWN ")):
        if type(error).__name__ == kind and not str(error).startswith(word):
            return word + str(error)
    return str(error)


class Follower:
    """Asks the master of the slot, as a cluster's client does. A connection that is lost is an error: whether it was done is not known."""

    def __init__(self, cluster, patience=30, **options):
        self._cluster, self._patience, self._options, self._client = cluster, patience, options, None

    def _asking(self, error, name, words, options):
        """There, this once."""
        with redis.Redis(port=int(error.rpartition(":")[2]), single_connection_client=True,
                         **{"decode_responses": True, "socket_timeout": 20, "retry": NO_RETRY, **self._options}) as there:
            there.execute_command("ASKING")
            return getattr(there, name)(*words, **options)

    def __getattr__(self, name):
        def call(*words, **options):
            deadline = time.monotonic() + self._patience
            while True:
                try:
                    if self._client is None:
                        self._client = self._cluster.master.connect(**self._options)
                    try:
                        found = getattr(self._client, name)(*words, **options)
                    except ResponseError as error:
                        if not said(error).startswith("ASK "):
                            raise
                        found = self._asking(said(error), name, words, options)
                    return list(found) if name.endswith("_iter") else found
                except ResponseError as error:
                    if not said(error).startswith(STAYS + GOES) or time.monotonic() > deadline:
                        raise
                    if said(error).startswith(GOES):
                        self._client = None
                    time.sleep(0.02)
                except (Lost, Late) as error:
                    self._client = None
                    if not str(error).startswith(GOES) or time.monotonic() > deadline:
                        raise
        return call


class Node(Process):
    """One of them; its bus has a port of its own, too."""

    def __init__(self, env, name, *more, timeout_ms=1000):
        super().__init__(env.folder, name)
        self.bus = free_port()
        self.meets_at = self.port
        self.words = ("--save", "", "--appendonly", "yes", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
                      "--cluster-enabled", "yes", "--cluster-port", str(self.bus), "--cluster-node-timeout", str(timeout_ms),
                      "--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "0", "--enable-debug-command", "yes", *more)

    def cluster(self, *words):
        return self.client.execute_command("CLUSTER", *words)

    def connect(self, **options):
        return redis.Redis(port=self.port, password=self.password, **{"decode_responses": True, "socket_timeout": 20, "retry": NO_RETRY, **options})

    def rows(self):
        return [line.split() for line in self.cluster("NODES").splitlines()]

    def alive(self):
        return self.process is not None and self.process.poll() is None


class Nodes:
    def __init__(self, env, prefix, masters=3, replicas=1, more=(), timeout_ms=1000, dress=None):
        """dress: what is done to each node before it starts."""
        self.prefix, self.words = prefix, []  # the configuration names the nodes
        self.all = [Node(env, f"n{i}", *more, timeout_ms=timeout_ms) for i in range(masters * (1 + replicas))]
        env.server = self
        for node in self.all:
            if dress is not None:
                dress(node)
            node.start()
        self.masters, self.client = self.all[:masters], Follower(self)
        if not masters:  # they are put together by the test
            return
        each = SLOTS // masters
        for i, node in enumerate(self.all):
            node.id = node.cluster("MYID")
            node.cluster("SET-CONFIG-EPOCH", i + 1)
        for i, node in enumerate(self.masters):
            node.cluster("ADDSLOTSRANGE", i * each, SLOTS - 1 if i + 1 == masters else (i + 1) * each - 1)
        for node in self.all[1:]:
            self.all[0].cluster("MEET", "127.0.0.1", node.meets_at, node.bus)
        wait_until(lambda: all(len(rows) == len(self.all) and all("handshake" not in row[2] for row in rows) for rows in map(Node.rows, self.all)),
                   20, "the nodes to know each other")
        for i, node in enumerate(self.all[masters:]):
            node.cluster("REPLICATE", self.masters[i % masters].id)
        wait_until(lambda: all(self._is_whole(n, masters, replicas) for n in self.all), 30, "the cluster")
        self.slot = self.all[0].cluster("KEYSLOT", prefix)

    @staticmethod
    def _is_whole(node, masters, replicas):
        ranges = node.cluster("SLOTS")
        return "cluster_state:ok" in node.cluster("INFO") and len(ranges) == masters and all(len(r) == 3 + replicas for r in ranges)

    @property
    def process(self):
        """What must run for the client to be able to ask."""
        return next((n.process for n in self.all if n.alive()), self.all[0].process)

    def owner(self, node):
        """Who has the slot of the prefix, as that one sees it."""
        return next((n for r in node.cluster("SLOTS") if r[0] <= self.slot <= r[1] for n in self.all if n.port == r[2][1]), None)

    @property
    def master(self):
        """Of the slot of the prefix: the one that says so itself."""
        def found():
            for n in self.all:
                with contextlib.suppress(RedisError):
                    if n.alive() and n.role() == "master" and self.owner(n) is n:
                        return n
            return None
        def each():
            """What is said of it, where none is found."""
            said = []
            for n in self.all:
                try:
                    said.append((n.port, n.alive() and n.role(), getattr(self.owner(n), "port", None)))
                except RedisError as error:
                    said.append((n.port, str(error)))
            return f"a master of slot {self.slot}: {said}"
        return wait_until(found, 30, each)

    def replica_of(self, node):
        return next(n for n in self.all if n.alive() and n.role() == "slave" and n.client.role()[2] == node.port)

    def wait_replicated(self, node):
        """Until a replica has all that it was told."""
        def done():
            i = node.client.info("replication")
            return i["connected_slaves"] > 0 and i["slave0"]["state"] == "online" and i["slave0"]["offset"] == i["master_repl_offset"]
        wait_until(done, 30, "the replica to have it all")

    # -- moves

    def begin_move(self, source, target):
        target.cluster("SETSLOT", self.slot, "IMPORTING", source.id)
        source.cluster("SETSLOT", self.slot, "MIGRATING", target.id)

    def move_key(self, source, target):
        """One key, as redis-cli does; returns its name, None: there is none left."""
        keys = source.cluster("GETKEYSINSLOT", self.slot, 1)
        if not keys:
            return None
        source.client.execute_command("MIGRATE", "127.0.0.1", target.meets_at, "", 0, 20000, "KEYS", *keys)
        return keys[0]

    def end_move(self, target):
        for n in [target] + [n for n in self.masters_now() if n is not target]:
            n.cluster("SETSLOT", self.slot, "NODE", target.id)

    def masters_now(self):
        return [n for n in self.all if n.alive() and n.role() == "master"]

    def move(self, target, pause=0.0):
        """The slot, key by key, with that many seconds between; returns how many keys. Keys that come up meanwhile go as well."""
        source, count = self.master, 0
        self.begin_move(source, target)
        while self.move_key(source, target) is not None:
            count += 1
            time.sleep(pause)
        self.end_move(target)
        return count

    def fail_over(self, replica, how=""):
        """CLUSTER FAILOVER, until all see it."""
        replica.cluster("FAILOVER", *([how] if how else []))
        wait_until(lambda: replica.role() == "master" and all(self.owner(n) is replica for n in self.all if n.alive()), 30, "the failover")

    def connect(self, **options):
        return Follower(self, **options)

    def configure(self, env, nodes=None, more=""):
        """A configuration by which licetd and licetctl find the master."""
        addresses = ", ".join(f'"{a}"' for a in nodes or [f"127.0.0.1:{n.port}" for n in self.all])
        env.write_conf(f"cluster = [ {addresses} ];\n{more}\n")

    def kill(self):
        for n in self.all:
            n.kill()
