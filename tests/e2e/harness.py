"""A redis-server, licetctl and licetd of a test's own.

A test is a function test_*(env) of a file test_*.py. env starts what it is asked
for and ends it at the end of the test: nothing is shared between two tests. Time
is never slept away: wait_until() polls a condition with a deadline. REDIS names another server
program, such as valkey-server; LICET_CLUSTER=1 makes it a cluster of one node."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("LICET_BUILD", "build/release"))
CONF = os.path.join(ROOT, "conf", "licet.conf")
REDIS = os.environ.get("REDIS") or "redis-server"
# Each test's Redis is a cluster of one node, and its prefix has a tag: `make check-cluster`.
CLUSTERED = os.environ.get("LICET_CLUSTER") == "1"
SLOW = 3 if "asan" in BUILD else 1  # deadlines under sanitizers
POLL_S = 0.005
# What a client of a test asks is asked once: newer ones of redis-py repeat it for some seconds, unseen.
NO_RETRY = Retry(NoBackoff(), 0)


class Failure(AssertionError):
    """A test failed; the message says how."""


class Skipped(Exception):
    """A test does not apply here; the message says why."""


def apart_from_clusters(why):
    """What follows in a test is of one Redis, and of no cluster."""
    if CLUSTERED:
        raise Skipped(why)


def tagged(prefix):
    """The prefix that stands for that one here: on a cluster all keys are in one slot."""
    if not CLUSTERED or "{" in prefix or not prefix.startswith(("licet:", "licet-sim:")):
        return prefix
    head, _, rest = prefix.partition(":")
    return f"{head}:{{e2e}}:{rest}"


# What the prefixes of production and of rehearsals begin with.
PROD, SIM = tagged("licet:"), tagged("licet-sim:")


def wait_until(condition, timeout=10.0, what="the condition"):
    """Return the first true value of condition(), or fail after timeout seconds. what is
    text, or a function that gives it when it is needed."""
    deadline = time.monotonic() + timeout * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {timeout * SLOW:g} s in vain for {what() if callable(what) else what}")
        time.sleep(POLL_S)


def equal(got, want, what="value"):
    if got != want:
        raise Failure(f"{what}: got {got!r}, want {want!r}")


def contains(text, part):
    if part not in text:
        raise Failure(f"{part!r} is not in {text!r}")


def make_folder():
    """In TMPDIR, unless its name is too long for the sockets in it (a socket's has 107 bytes at most), or has a character that
    a shell or LD_PRELOAD would split."""
    folder = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix="licet-e2e-", dir=folder if re.fullmatch(r"[\w/.+-]{1,40}", folder, re.ASCII) else "/tmp")


def _die_with_parent():
    """Children end with the runner, even if that is killed."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Server:
    """redis-server on a Unix socket in the test's folder, with AOF as production has it."""

    def __init__(self, folder, *options):
        self.socket = os.path.join(folder, "redis.sock")
        self.words = ["--socket", self.socket]  # how the programs find it
        self.folder = os.path.join(folder, "redis")
        os.mkdir(self.folder)
        self.options = options
        self.process = None
        self.start()

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        cluster = ["--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--cluster-require-full-coverage", "no"] if CLUSTERED else []
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [REDIS, "--port", "0", "--unixsocket", self.socket, "--dir", self.folder, "--save", "",
                 "--appendonly", "yes", "--maxmemory-policy", "noeviction", *cluster, *self.options],
                stdout=log, stderr=log, preexec_fn=_die_with_parent)
        self.client = self.connect()
        wait_until(self._answers, 20, REDIS)
        if CLUSTERED:
            self._claim()

    def _claim(self):
        """All slots are this node's; after each start it waits for two seconds before it serves them."""
        if "cluster_slots_assigned:0" in self.client.execute_command("CLUSTER", "INFO"):
            self.client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        wait_until(lambda: "cluster_state:ok" in self.client.execute_command("CLUSTER", "INFO"), 20, "the cluster")

    def connect(self, **options):
        return redis.Redis(unix_socket_path=self.socket, **{"decode_responses": True, "retry": NO_RETRY, **options})

    def _answers(self):
        return redis_answers(self.process, self.client)

    def kill(self):
        """kill -9. With --appendfsync always nothing that was acknowledged may be lost by it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.client.close()

    def restart(self):
        self.kill()
        self.start()


class Result:
    """What a command said."""

    def __init__(self, words, done):
        self.words, self.code = words, done.returncode
        self.out, self.err = done.stdout.decode(), done.stderr.decode()

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise Failure(f"{self.words}: no JSON ({error}): {self.out!r} {self.err!r}") from error

    def __repr__(self):
        return f"{' '.join(self.words)} -> {self.code}\n{self.out}{self.err}"


def redis_answers(process, client):
    """Does that redis-server answer? One that ended never will."""
    if process.poll() is not None:
        raise Failure(f"{REDIS} ended with {process.returncode}")
    try:
        return client.ping()
    except redis.exceptions.RedisError:
        return False


def full_speed(test):
    """Left out under the sanitizers: it measures what programs do at their own speed, or mostly waits, or asks what others answer."""
    test.full_speed = True
    return test


def own_target(test):
    """Too long for `make check`: runs where it is asked for by name."""
    test.own_target = True
    return test


def measures(test):
    """What it measures others would spoil: too long for `make check`, and run when all others are over."""
    test.measures = True
    return own_target(full_speed(test))


# A telephone number as people or machines write it, at least nine digits of it in a row: no piece of a hash or of a token.
NUMBER = re.compile(r"\+\d{9,15}|(?<![\d.:xa-f-])0[1-9]\d{8}(?![\da-f])")


_kept_ports = []


def free_port():
    """A port of loopback, kept by a datagram socket from all who ask here, in this process and in others, until the
    test has ended. Below those of outgoing connections: a server that was killed must find it free when it comes back."""
    for port in random.SystemRandom().sample(range(10240, 32768), 1000):  # the workers were forked: one seed for all
        keep = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            keep.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
            _kept_ports.append(keep)
            return port
        except OSError:
            keep.close()
    raise Failure("no port is free")


def let_go_of_ports():
    while _kept_ports:
        _kept_ports.pop().close()


# A sentence that begins with a line break, and was printed as an argument: what is no text in those is replaced.
LOST_BREAK = re.compile(r"^\?[A-ZÉ][a-zé' ]", re.M)


class Daemon:
    """licetd in the foreground; its log is in the test's folder."""

    def __init__(self, env, *words):
        self.env, self.words = env, words
        self.prefix = env.prefix
        env.daemons.append(self)
        self.log_path = os.path.join(env.folder, f"licetd-{len(env.daemons)}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [os.path.join(BUILD, "licetd"), *env.common(), *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=env.environment(),
                preexec_fn=_die_with_parent)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_ready(self, timeout=20):
        """Until its heartbeat is there, and is of this start."""
        wait_until(self._beats, timeout, f"the heartbeat of licetd\n{self.log()}")
        return self

    def _beats(self):
        if self.process.poll() is not None:
            raise Failure(f"licetd ended with {self.process.returncode}:\n{self.log()}")
        client = self.env.redis
        return any(client.hget(key, "pid") == str(self.process.pid)
                   for key in client.scan_iter(self.prefix + "daemon:*", 1000))

    def wait_end(self, timeout=20):
        """Its exit code."""
        try:
            return self.process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"licetd does not end:\n{self.log()}") from error

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM; a clean end is exit 0."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.wait_end()
        if code != 0:
            raise Failure(f"licetd ended with {code}:\n{self.log()}")

    def kill(self):
        """kill -9."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Env:
    """One test's world."""

    def __init__(self, name, prefix="licet:", within=None):
        self.folder = tempfile.mkdtemp(prefix="", dir=within) if within else make_folder()
        self.name, self.conf = name, CONF
        self.prefix = prefix
        self.server, self.daemons = None, []
        self.helpers = []  # other processes that end with the test
        self.extra = {}  # more environment for the programs

    @property
    def prefix(self):
        return self._prefix

    @prefix.setter
    def prefix(self, prefix):
        self._prefix = tagged(prefix)

    def set_prefix(self, prefix):
        """That very one, with a tag or without."""
        self._prefix = prefix

    # -- Redis

    def start_redis(self, *options):
        self.server = Server(self.folder, *options)
        return self.server.client

    @property
    def redis(self):
        """The client of the test's server, which is started when first asked for."""
        if self.server is None:
            self.start_redis()
        return self.server.client

    # -- programs

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if k not in ("NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY")}
        clean.update(LC_ALL="C.UTF-8", TZ="Pacific/Kiritimati")  # no answer may depend on it
        clean.update(self.extra)
        return clean

    def common(self):
        words = ["-c", self.conf, "--prefix", self.prefix]
        if self.server is not None:
            words += self.server.words
        return words

    def conf_text(self):
        """The configuration that is shipped, its rulebook named by its full path."""
        with open(CONF, encoding="utf-8") as f:
            return f.read().replace("rulebooks/fr.conf", os.path.join(ROOT, "conf", "rulebooks", "fr.conf"))

    def write_conf(self, text, name="licet.conf"):
        """Use a configuration of the test's own. Its rulebook is named by its full path."""
        self.conf = os.path.join(self.folder, name)
        if "rulebook" not in text:
            text += f'\nrulebook = "{os.path.join(ROOT, "conf", "rulebooks", "fr.conf")}";\n'
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(text)
        return self.conf

    def run(self, *words, code=0, stdin=b"", timeout=60):
        """licetctl as it is, without the options that every command has."""
        done = subprocess.run([os.path.join(BUILD, "licetctl"), *words], input=stdin, capture_output=True,
                              cwd=ROOT, env=self.environment(), timeout=timeout * SLOW, check=False)
        result = Result(words, done)
        if code is not None and result.code != code:
            raise Failure(f"exit {result.code}, want {code}: {result!r}")
        if LOST_BREAK.search(result.out):
            raise Failure(f"a line break of a sentence was printed as a question mark: {result!r}")
        return result

    def ctl(self, *words, **options):
        """licetctl on this test's Redis and prefix."""
        return self.run(*words, *self.common(), **options)

    def ctl_json(self, *words, **options):
        return self.ctl(*words, "--json", **options).json

    def daemon(self, *words, wait=True):
        """Start licetd."""
        self.redis  # pylint: disable=pointless-statement
        started = Daemon(self, *words)
        return started.wait_ready() if wait else started

    # -- the end

    def check_masked(self):
        """No number stands whole in what any licetd of this test logged, or told in licet:errors and its states."""
        texts = {d.log_path: d.log() for d in self.daemons if isinstance(d, Daemon)}
        if self.server is not None and self.server.process.poll() is None:
            r = self.server.client
            for key in r.scan_iter(self.prefix + "*", 1000):
                part = key[len(self.prefix):]
                if part.startswith(("errors", "daemon:", "place:", "stats")) or part.endswith((":state", ":stats")):
                    kind = r.type(key)
                    texts[key] = str(r.xrange(key) if kind == "stream" else r.hgetall(key) if kind == "hash" else "")
        for name, text in texts.items():
            for line in text.splitlines():
                found = NUMBER.search(line)
                if found:
                    raise Failure(f"a number in {name}: …{line[max(0, found.start() - 60):found.start()]}")

    def end(self):
        """All that runs."""
        if os.path.basename(BUILD) == "cov":  # who is killed does not tell what it reached
            left = [each.process for each in self.daemons if isinstance(each, Daemon) and each.process.poll() is None]
            for process in left:
                process.terminate()
            for process in left:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
        for each in self.daemons + self.helpers:
            each.kill()
        if self.server is not None:
            self.server.kill()

    def close(self, failed):
        self.end()
        if failed:
            print(f"  kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder)
