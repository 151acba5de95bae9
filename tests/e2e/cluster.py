"""A master, its replica and Sentinels, each a process of the test's own on a loopback port.

It stands where a test's one Redis stands (env.server); its client follows the master."""

import os
import signal
import subprocess

import redis
from redis.sentinel import MasterNotFoundError, Sentinel

import harness
from harness import Failure, free_port, wait_until

NAME = "mymaster"
DOWN_MS = 500
# What a client sees while one master goes and another comes.
PASSING = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, redis.exceptions.ReadOnlyError, redis.exceptions.BusyLoadingError,
           MasterNotFoundError)


class Process:
    """redis-server on a port, as a server or as a Sentinel."""

    def __init__(self, folder, name, *words):
        self.port = free_port()
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.words = words
        self.process = self.password = None

    def start(self, *more):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [harness.REDIS, *self.words, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, *more],
                stdout=log, stderr=log, preexec_fn=harness._die_with_parent)  # pylint: disable=protected-access
        self.client = self.connect()
        wait_until(lambda: harness.redis_answers(self.process, self.client), 20, f"{harness.REDIS} on {self.port}")
        return self

    def connect(self):
        return redis.Redis(port=self.port, password=self.password, decode_responses=True, socket_timeout=20, retry=harness.NO_RETRY)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def role(self):
        return self.client.role()[0]

    def calls(self, command):
        """How often that was called, and refused."""
        s = self.client.info("commandstats").get("cmdstat_" + command, {})
        return s.get("calls", 0), s.get("rejected_calls", 0)


class Cluster:
    def __init__(self, env, sentinels=3):
        harness.apart_from_clusters("Sentinels look after one Redis and its replicas, and a cluster after itself")
        server = ("--save", "", "--appendonly", "yes", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
                  "--enable-debug-command", "yes")
        self.words = []  # the configuration names the Sentinels
        self.nodes = [Process(env.folder, "a", *server).start(), Process(env.folder, "b", *server)]
        self.nodes[1].start("--replicaof", "127.0.0.1", str(self.nodes[0].port))
        wait_until(lambda: self.nodes[0].client.info("replication")["connected_slaves"] == 1, 20, "the replica")
        self.sentinels = [self._sentinel(env, i, sentinels // 2 + 1) for i in range(sentinels)]
        for s in self.sentinels:
            s.start()
        wait_until(lambda: all(self._knows_all(s) for s in self.sentinels), 30, "the Sentinels to know each other and the replica")
        self._find()
        env.server = self

    def _find(self, of_redis=None, **of_sentinels):
        self.finder = Sentinel([("127.0.0.1", s.port) for s in self.sentinels], sentinel_kwargs={"socket_timeout": 2, **of_sentinels},
                               socket_timeout=2, password=of_redis)
        self.client = self.connect()

    def protect(self, of_redis, of_sentinels):
        """Passwords for the default users, and a user licet with the same password twice, who may do at the Sentinels
        what the README says that it must."""
        for node in self.nodes:
            node.client.config_set("masterauth", of_redis)
        for s in self.sentinels:
            s.client.execute_command("SENTINEL", "SET", NAME, "auth-pass", of_redis)
            s.client.execute_command("SENTINEL", "CONFIG", "SET", "sentinel-pass", of_sentinels)
        for each, password, may in [(n, of_redis, ["~*", "&*", "+@all"]) for n in self.nodes] + [
                (s, of_sentinels, ["resetchannels", "-@all", "+auth", "+ping", "+sentinel|get-master-addr-by-name"]) for s in self.sentinels]:
            each.client.execute_command("ACL", "SETUSER", "licet", "on", f">{password}-licet", *may)
            each.client.execute_command("ACL", "SETUSER", "default", "resetpass", f">{password}")
            each.password = password
            each.client = each.connect()
        self._find(of_redis, password=of_sentinels)
        wait_until(lambda: all(self._knows_all(s) for s in self.sentinels), 30, "the Sentinels to know each other and the replica")

    def _sentinel(self, env, i, quorum):
        process = Process(env.folder, f"sentinel-{i}")
        path = os.path.join(process.folder, "sentinel.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"sentinel monitor {NAME} 127.0.0.1 {self.nodes[0].port} {quorum}\nsentinel down-after-milliseconds {NAME} {DOWN_MS}\n"
                    f"sentinel failover-timeout {NAME} 4000\n")
        process.words = (path, "--sentinel")
        return process

    def _knows_all(self, sentinel):
        s = sentinel.client.sentinel_master(NAME)
        return s["num-slaves"] == len(self.nodes) - 1 and s["num-other-sentinels"] == len(self.sentinels) - 1

    def connect(self, **options):
        return self.finder.master_for(NAME, **{"decode_responses": True, "socket_timeout": 5, **options})

    def configure(self, env, sentinels=None, more=""):
        """A configuration by which licetd and licetctl find the master."""
        addresses = ", ".join(f'"{a}"' for a in sentinels or [f"127.0.0.1:{s.port}" for s in self.sentinels])
        env.write_conf(f"sentinels = [ {addresses} ];\n{more}\n")

    @property
    def master(self):
        """The node that the Sentinels name."""
        for s in self.sentinels:
            if s.process is not None and s.process.poll() is None:
                port = s.client.sentinel_get_master_addr_by_name(NAME)[1]
                return next(n for n in self.nodes if n.port == port)
        raise Failure("no Sentinel runs")

    @property
    def replica(self):
        master = self.master
        return next(n for n in self.nodes if n is not master)

    @property
    def process(self):
        """What must run for the client to be able to ask."""
        return next((s.process for s in self.sentinels if s.process.poll() is None), self.sentinels[0].process)

    def wait_master(self, node):
        """Until all Sentinels name it, and it is one."""
        wait_until(lambda: all(s.client.sentinel_get_master_addr_by_name(NAME)[1] == node.port for s in self.sentinels)
                   and node.role() == "master", 30, "the failover")

    def switch(self, node):
        """SENTINEL FAILOVER to it; asked again where the Sentinel gave up, as it does when it is slow."""
        first = self.sentinels[0].client

        def switched():
            if first.sentinel_get_master_addr_by_name(NAME)[1] == node.port:
                return True
            if "failover_in_progress" not in first.sentinel_master(NAME)["flags"]:
                try:
                    first.sentinel_failover(NAME)
                except redis.exceptions.ResponseError as error:
                    if not str(error).startswith(("INPROG", "NOGOODSLAVE")):
                        raise
            return False
        wait_until(switched, 60, "SENTINEL FAILOVER")
        self.wait_master(node)

    def wait_replica(self, node):
        """Until it follows the master closely enough to take its place, and no Sentinel is about to make it a replica."""
        def follows():
            try:
                i = node.client.info("replication")
                good = i["role"] == "slave" and i["master_link_status"] == "up" and i["master_port"] == self.master.port
                views = [s.client.sentinel_slaves(NAME)[0] for s in self.sentinels]
                return good and all(v["flags"] == v["role-reported"] == "slave" for v in views) and all(map(self._knows_all, self.sentinels))
            except redis.exceptions.ConnectionError:
                return False
        wait_until(follows, 30, "the replica to follow")

    def wait_replicated(self):
        """Until the replica has all that was written."""
        wait_until(lambda: self.master.client.info("replication")["slave0"]["offset"] == self.master.client.info("replication")["master_repl_offset"],
                   20, "the replica to have it all")

    def kill(self):
        for p in self.nodes + self.sentinels:
            p.kill()
