"""Finding the master: Sentinels that are away, lie, know nobody, or want a password."""

import os
import socket
import threading

import harness
import sender
from cluster import NAME, Cluster
from harness import Failure, contains, equal, free_port, wait_until
from test_sentinel import scene, start
from test_service import Notices
from world import World, job


class Liar:
    """A Sentinel that names the replica, whatever it is asked."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.said = self.listener.getsockname()[1], 0
        self.reply = f"*2\r\n$9\r\n127.0.0.1\r\n${len(str(port))}\r\n{port}\r\n".encode()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        with client:
            while data := client.recv(4096):
                if b"PING" in data:
                    client.sendall(b"+PONG\r\n")
                if b"SENTINEL" in data:
                    self.said += 1
                    client.sendall(self.reply)


def test_sentinels_that_are_no_help(env):
    """One is down, one lies, one knows another name only; the last one tells the truth."""
    cluster, w = scene(env)
    cluster.master.client.config_set("min-replicas-to-write", 1)
    liar, dead = Liar(cluster.replica.port), free_port()
    good = cluster.sentinels[2]
    cluster.configure(env, [f"127.0.0.1:{p}" for p in (dead, liar.port, good.port)])
    daemon = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    contains(daemon.log(), f"127.0.0.1:{dead}: Connection refused")
    contains(daemon.log(), f"Redis at 127.0.0.1:{cluster.replica.port}: a replica is there, where the master should be")
    assert liar.said > 0
    equal(cluster.replica.calls("fcall"), (0, 0), "calls on the replica")
    contains(env.ctl("status").out, "keeps what it was told")
    contains(env.ctl("check-config").out, f"{NAME}, by Sentinel 127.0.0.1:{dead} 127.0.0.1:{liar.port} ")
    assert "min-replicas" not in daemon.log(), daemon.log()  # said only where it is not asked for
    cluster.configure(env, [f"127.0.0.1:{p}" for p in (dead, liar.port)])
    said = env.ctl("status", code=None)
    contains(said.err, f"no Sentinel leads to a master {NAME}: 127.0.0.1:{dead}: Connection refused; ")
    contains(said.err, f"Redis at 127.0.0.1:{cluster.replica.port}: a replica is there")
    cluster.configure(env, [f"127.0.0.1:{good.port}"], 'sentinel_master = "other";')
    contains(env.ctl("status", code=None).err, "knows no master of that name")


def test_no_sentinel_answers(env):
    """It is said, to the log and to systemd; the daemon connects when one is back, and stays where it was meanwhile."""
    cluster, w = scene(env)
    for s in cluster.sentinels:
        s.kill()
    told = Notices(env)
    daemon = start(env, wait=False)
    wait_until(lambda: "no Sentinel names a master" in daemon.log(), 20, daemon.log)
    told.wait_for("STATUS=nothing moves: no Redis (no Sentinel names a master: 127.0.0.1:")
    cluster.sentinels[1].start()
    daemon.wait_ready()
    w.push(job(1))
    w.wait_stat("ready", 1)
    cluster.sentinels[1].kill()
    w.push(job(2))
    w.wait_stat("ready", 2)
    wait_until(lambda: "sentinel-no-help" in daemon.log(), 20, daemon.log)
    equal(daemon.log().count("no Sentinel names a master"), 2 if "link=watch why=\"no Sentinel" not in daemon.log() else 3)


def test_passwords(env):
    """Of Redis and of the Sentinels, two different ones: a wrong one is told with the place that it is wrong at."""
    of_redis, of_sentinels = "the-word-of-redis", "the-word-of-sentinels"
    cluster = Cluster(env)
    cluster.protect(of_redis, of_sentinels)
    w = World(env).define()

    def configure(redis_word, sentinel_word, user):
        more = f'redis_user = "{user}";\nsentinel_user = "{user}";\n'
        for name, word in (("redis", redis_word), ("sentinel", sentinel_word)):
            path = os.path.join(env.folder, name + "-password")
            if word:
                with open(path, "w", encoding="utf-8") as f:
                    f.write(word + "\n")
                more += f'{name}_password_file = "{path}";\n'
        cluster.configure(env, more=more)

    addresses = [f"127.0.0.1:{s.port}" for s in cluster.sentinels]
    for word, why in ((None, "NOAUTH"), ("no", "WRONGPASS")):
        configure(of_redis, word, "")
        said = env.ctl("status", code=1).err
        for address in addresses:
            contains(said, f"{address}: {'AUTH' if word else 'PING'} refused: {why}")
        daemon = start(env, wait=False)
        wait_until(lambda: f"no Sentinel names a master: {addresses[0]}: refused: {why}" in daemon.log(), 20, daemon.log)
        daemon.stop()
    configure("no", of_sentinels, "")
    place = f"Redis at 127.0.0.1:{cluster.master.port}: "
    contains(env.ctl("status", code=1).err, place + "AUTH refused: WRONGPASS")
    daemon = start(env, wait=False)
    wait_until(lambda: f'why="{place}refused: WRONGPASS' in daemon.log(), 20, daemon.log)
    daemon.stop()
    # The default users, then the two that are ours alone; these through a failover, too.
    for i, (end, user) in enumerate((("", ""), ("-licet", "licet"))):
        configure(of_redis + end, of_sentinels + end, user)
        daemon = start(env)
        bridge = sender.Sender(env, "env; exit 10")
        w.push(job(i))
        w.wait_stat("done", i + 1)
        contains(env.ctl("status").out, "licetd")
        if user:
            break
        bridge.signal().wait()
        daemon.stop()
    cluster.wait_replica(cluster.replica)
    new = cluster.replica
    cluster.switch(new)
    bridge.wait_said(f"redis-up link=sender at=127.0.0.1:{new.port}")
    wait_until(lambda: f"redis-up link=work at=127.0.0.1:{new.port}" in daemon.log(), 20, daemon.log)
    w.r = cluster.connect()  # the one of before may still lead to the old one
    w.push(job(2))
    w.wait_stat("done", 3)
    bridge.signal().wait()
    for text in [d.log() for d in env.daemons if isinstance(d, harness.Daemon)] + [bridge.err, bridge.out]:
        if of_redis in text or of_sentinels in text:
            raise Failure(f"a password in {text!r}")
