"""Redis by TLS through stunnel, with the configuration that is shipped."""

import os
import subprocess

import harness
from harness import contains, equal, free_port, full_speed, wait_until
from nodes import Nodes
from world import OPEN, World, job

SHIPPED = os.path.join(harness.ROOT, "systemd", "licet-stunnel.conf")


def certificate(env, name):
    """A key, and a certificate of redis.example signed with it. Returns their paths."""
    key, cert = (os.path.join(env.folder, f"{name}.{end}") for end in ("key", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", "/CN=redis.example", "-addext", "subjectAltName=DNS:redis.example"],
                   check=True, capture_output=True)
    return key, cert


def stunnel(env, port, cert):
    """Returns the socket that it listens on."""
    path = os.path.join(env.folder, "tls.sock")
    with open(SHIPPED, encoding="utf-8") as f:
        text = f.read()
    for old, new in (("/run/licet-stunnel/redis.sock", path), ("redis.example:6380", f"127.0.0.1:{port}"), ("/etc/licet/redis-ca.pem", cert)):
        contains(text, old)
        text = text.replace(old, new)
    conf = os.path.join(env.folder, "stunnel.conf")
    with open(conf, "w", encoding="utf-8") as f:
        f.write(text)
    with open(os.path.join(env.folder, "stunnel.log"), "wb") as log:
        env.helpers.append(subprocess.Popen(["stunnel", conf], stdout=log, stderr=log))
    wait_until(lambda: os.path.exists(path), 10, "stunnel")
    return path


def test_tls_by_stunnel(env):
    key, cert = certificate(env, "redis")
    port = free_port()
    env.start_redis("--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no")
    w = World(env).define()
    env.daemon("--simulate", OPEN, "--socket", stunnel(env, port, cert))
    w.push(job(1))
    got = w.wait_taken(1)
    equal(w.done(got[0]["token"]), "OK")
    w.wait_stat("done", 1)


def slot_is_followed(env, cluster, address):
    """licetd works with the master of the slot by TLS, at that address, and goes on with the next one when the slot moves there."""
    w = World(env, "licet-sim:{one}:").define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    contains(daemon.log(), f"redis-up link=work at={address}:{cluster.master.tls}")
    other = next(n for n in cluster.all if n is not cluster.master)
    cluster.move(other)
    w.push(job(2))
    w.wait_stat("ready", 2)
    contains(daemon.log(), f"redis-up link=work at={address}:{other.tls}")
    contains(env.ctl("status").out, "licetd")


@full_speed
def test_a_cluster_by_stunnel(env):
    """As licet-cluster(7) says: a stunnel for each node on its port, and nodes that name ports alone. The slot goes to the other one."""
    key, cert = certificate(env, "redis")
    tunnels = []

    def dress(node):
        node.tls = free_port()
        node.meets_at = node.tls
        node.words += ("--tls-port", str(node.tls), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no",
                       "--tls-cluster", "yes", "--cluster-preferred-endpoint-type", "unknown-endpoint")
        tunnels.append(f"[{node.tls}]\nclient = yes\naccept = 127.0.0.2:{node.tls}\nconnect = 127.0.0.1:{node.tls}\n"
                       f"CAfile = {cert}\nverifyChain = yes\ncheckHost = redis.example\n")
    cluster = Nodes(env, "licet-sim:{one}:", 2, 0, dress=dress)
    conf = os.path.join(env.folder, "stunnel.conf")
    with open(conf, "w", encoding="utf-8") as f:
        f.write("foreground = yes\npid =\n" + "\n".join(tunnels))
    with open(os.path.join(env.folder, "stunnel.log"), "wb") as log:
        env.helpers.append(subprocess.Popen(["stunnel", conf], stdout=log, stderr=log))
    cluster.configure(env, [f"127.0.0.2:{n.tls}" for n in cluster.all])
    slot_is_followed(env, cluster, "127.0.0.2")
    wait_until(lambda: sum(cluster.all[0].calls("cluster|countkeysinslot") + cluster.all[1].calls("cluster|countkeysinslot")), 10, "the look for keys elsewhere")


def test_another_certificate_is_none(env):
    """Whoever sits in between is not believed: nothing moves, and the log says that Redis is away."""
    key, cert = certificate(env, "redis")
    _, other = certificate(env, "other")
    port = free_port()
    env.start_redis("--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no")
    w = World(env).define()
    w.push(job(1))
    daemon = env.daemon("--simulate", OPEN, "--socket", stunnel(env, port, other), wait=False)
    wait_until(lambda: "redis-down" in daemon.log(), 20, lambda: daemon.log())
    with open(os.path.join(env.folder, "stunnel.log"), encoding="utf-8") as log:
        contains(log.read(), "certificate verify failed")
    equal(w.r.llen(w.key("queue")), 1)
