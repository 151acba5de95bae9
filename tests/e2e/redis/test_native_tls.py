"""TLS to Redis by hiredis itself, where it was built with it; elsewhere it says that stunnel does it."""

import os
import subprocess

from harness import BUILD, Skipped, contains, equal, free_port, full_speed, wait_until
from nodes import Nodes
from test_tls import slot_is_followed
from world import OPEN, World, job

NAME = "redis.example"


def is_built_in():
    return "libhiredis_ssl" in subprocess.run(["ldd", os.path.join(BUILD, "licetd")], capture_output=True, text=True, check=True).stdout


def must_be_built_in():
    if not is_built_in():
        raise Skipped("this hiredis has no TLS")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    """A CA, and what it signed."""

    def __init__(self, env, name):
        self.folder = os.path.join(env.folder, name)
        os.mkdir(self.folder)
        self.key, self.pem = (os.path.join(self.folder, "ca." + end) for end in ("key", "pem"))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key, "-out", self.pem, "-days", "2", "-subj", f"/CN={name}")

    def sign(self, name, names):
        """Returns the paths of a key and a certificate for these names."""
        key, request, cert, more = (os.path.join(self.folder, f"{name}.{end}") for end in ("key", "csr", "pem", "ext"))
        with open(more, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={names}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-extfile", more, "-out", cert)
        return key, cert


def serve(env, ca, names=f"DNS:{NAME}", clients="no"):
    """Redis by TLS on a port, and on a socket for the test. Returns the port."""
    key, cert = ca.sign("server", names)
    port = free_port()
    env.start_redis("--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca.pem, "--tls-auth-clients", clients)
    return port


def configure(env, port, more, ca=None):
    env.write_conf(f'redis_port = {port};\nredis_tls = true;\n' + (f'redis_tls_ca = "{ca.pem}";\n' if ca else "") + more)
    env.server.words = []  # by the configuration, not by the socket


def believed(env, port, ca, *conf):
    """With each of these licetctl is answered; with the last of them a job goes out."""
    for more in conf:
        configure(env, port, more, ca)
        env.ctl("campaign", "list")
    env.daemon("--simulate", OPEN)
    World(env).wait_stat("ready", 1)


def named(text):
    return f'redis_tls_name = "{text}";\n'


def test_what_it_was_built_with(env):
    """A configuration that cannot be met is refused, before anything is tried without TLS."""
    env.redis.ping()
    configure(env, 1, "")
    done = env.run("check-config", "-c", env.conf, code=None)
    if is_built_in():
        equal(done.code, 0, repr(done))
    else:
        equal(done.code, 1, repr(done))
        contains(done.err, "redis_tls: the hiredis that this was built with has no TLS")
        contains(done.err, "stunnel")
        started = subprocess.run([os.path.join(BUILD, "licetd"), "-c", env.conf, "--check"], capture_output=True, text=True, env=env.environment(), timeout=60, check=False)
        equal(started.returncode, 78, repr(started))


def test_files_that_do_not_serve(env):
    must_be_built_in()
    env.redis.ping()
    ca = Authority(env, "ca")
    key, cert = ca.sign("client", "DNS:client")
    other, _ = ca.sign("other", "DNS:client")
    for more, said in ((f'redis_tls_ca = "{env.folder}/none.pem";', "redis_tls_ca: "), (f'redis_tls_ca = "{key}";', "redis_tls_ca: "),
                       (f'redis_tls_cert = "{cert}";', "redis_tls_key is empty"), (f'redis_tls_key = "{key}";', "redis_tls_cert is empty"),
                       (f'redis_tls_cert = "{cert}";\nredis_tls_key = "{other}";', "redis_tls_key: "), (f'redis_tls_cert = "{key}";\nredis_tls_key = "{key}";', "redis_tls_cert: ")):
        configure(env, 1, more + "\n")
        done = env.run("check-config", "-c", env.conf, code=1)
        contains(done.err, said)


@full_speed
def test_jobs_go_out(env):
    """Through licetd, licetctl and the bridge; what is read is larger than what TLS sends at once."""
    must_be_built_in()
    ca = Authority(env, "ca")
    port = serve(env, ca)
    configure(env, port, named(NAME), ca)
    w = World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    large = {"text": "x" * 7000}
    w.push(*[{**job(i), "vars": large} for i in range(1, 201)])
    w.wait_stat("ready", 200, timeout=60)
    contains(daemon.log(), f"at=127.0.0.1:{port}")
    got = env.ctl_json("take", "main", "--count", "100", "--sender", "s1")
    equal((len(got), len(got[0]["vars"]) > 7000), (100, True))
    for each in got[:3]:
        env.ctl("report", each["token"], "answered")
    w.wait_stat("done", 3)
    equal(len(env.ctl("explain", w.c, "+33600000150").out) > 100, True)
    # It comes back by itself, as any connection does.
    env.redis.execute_command("CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "yes")
    w.push(job(300))
    w.wait_stat("ready", 101)


@full_speed
def test_who_is_believed(env):
    must_be_built_in()
    ca, another = Authority(env, "ca"), Authority(env, "another")
    port = serve(env, ca, f"DNS:{NAME},IP:127.0.0.1")
    w = World(env).define()
    w.push(job(1))
    for more, by, said in ((named(NAME), another, "its certificate is not one for redis.example"), (named("other.example"), ca, "its certificate is not one for other.example"),
                           (named("127.0.0.2"), ca, "its certificate is not one for 127.0.0.2"), (named(NAME), None, "its certificate is not one for redis.example")):
        configure(env, port, more, by)
        contains(env.ctl("campaign", "list", code=1).err, said)
        daemon = env.daemon("--simulate", OPEN, wait=False)
        wait_until(lambda: "redis-down" in daemon.log(), 20, daemon.log)  # pylint: disable=cell-var-from-loop
        contains(daemon.log(), said)
        daemon.stop()
    equal(w.r.llen(w.key("queue")), 1)
    believed(env, port, ca, named(NAME), "")  # the name; the address that it is connected to


@full_speed
def test_redis_asks_for_a_certificate(env):
    must_be_built_in()
    ca = Authority(env, "ca")
    port = serve(env, ca, clients="yes")
    key, cert = ca.sign("client", "DNS:licet")
    w = World(env).define()
    w.push(job(1))
    configure(env, port, named(NAME), ca)
    env.ctl("campaign", "list", code=1)
    believed(env, port, ca, named(NAME) + f'redis_tls_cert = "{cert}";\nredis_tls_key = "{key}";\n')


@full_speed
def test_no_tls_there(env):
    """A port that speaks plainly is no Redis by TLS: nothing is sent to it in the clear."""
    must_be_built_in()
    ca = Authority(env, "ca")
    port = free_port()
    env.start_redis("--port", str(port))
    configure(env, port, named(NAME), ca)
    contains(env.ctl("campaign", "list", code=1).err, "TLS")


@full_speed
def test_a_cluster(env):
    """Its nodes name the ports of TLS to who comes by TLS. The slot goes to the other one."""
    must_be_built_in()
    ca = Authority(env, "ca")
    key, cert = ca.sign("node", "IP:127.0.0.1")

    def dress(node):
        node.tls = free_port()
        node.words += ("--tls-port", str(node.tls), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca.pem, "--tls-auth-clients", "no")
    cluster = Nodes(env, "licet-sim:{one}:", 2, 0, dress=dress)
    cluster.configure(env, [f"127.0.0.1:{n.tls}" for n in cluster.all], f'redis_tls = true;\nredis_tls_ca = "{ca.pem}";')
    slot_is_followed(env, cluster, "127.0.0.1")
