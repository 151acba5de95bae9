"""A Debian of its own, booted by systemd-nspawn: nothing of it is the host's but the kernel.

LICET_ROOT names its root, which tests/systemd/check made for this run."""

import contextlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position
from harness import equal  # noqa: E402  pylint: disable=wrong-import-position
import redis  # noqa: E402  pylint: disable=wrong-import-position

ROOT = os.environ["LICET_ROOT"]
SOCKET = "/run/redis/redis-server.sock"
REDIS_CONF = f"\nunixsocket {SOCKET}\nunixsocketperm 770\nappendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n"


class Machine:
    """That root, booted."""

    def __init__(self):
        with open(f"{ROOT}/etc/redis/redis.conf", "a", encoding="utf-8") as f:
            f.write(REDIS_CONF)
        self.log = open(os.path.join(harness.ROOT, "build", "systemd-boot.log"), "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-network", "--console=pipe", "-b", "-D", ROOT,
             "--machine=licet-check"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            harness.wait_until(self._booted, 60, "the machine to boot (see build/systemd-boot.log)")
        except BaseException:
            self.off()
            raise

    def _init(self):
        """The container's process 1, as the host numbers it; None before there is one."""
        if self.process.poll() is not None:
            raise harness.Failure("systemd-nspawn ended: see build/systemd-boot.log")
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            children = f.read().split()
        return children[0] if children else None

    def _booted(self):
        return self._init() and self.run("systemctl", "is-system-running", code=None).stdout.strip() in ("running", "degraded")

    def run(self, *words, code=0, stdin=""):
        """A command inside. Returns what subprocess.run does."""
        done = subprocess.run(["nsenter", "-t", self._init(), "-m", "-u", "-i", "-n", "-p", "--", *words], input=stdin, text=True,
                              capture_output=True, timeout=120, check=False)
        if code is not None and done.returncode != code:
            raise harness.Failure(f"{' '.join(words)}: exit {done.returncode}, want {code}\n{done.stdout}{done.stderr}\n{self.journal()[-3000:]}")
        return done

    def systemctl(self, *words, **options):
        return self.run("systemctl", *words, **options).stdout.strip()

    def show(self, name, unit="licetd.service"):
        return self.systemctl("show", "-p", name, "--value", unit)

    def journal(self, unit="licetd.service"):
        return self.run("journalctl", "-o", "cat", "--no-pager", "-u", unit, code=None).stdout

    def wait(self, what, condition, timeout=30):
        harness.wait_until(condition, timeout, lambda: f"{what}\n{self.journal()[-3000:]}")

    # -- files

    @staticmethod
    def path(name):
        return ROOT + name

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(ROOT + name), exist_ok=True)
        with open(ROOT + name, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(ROOT + name, mode)

    def read(self, name):
        with open(ROOT + name, encoding="utf-8") as f:
            return f.read()

    def remove(self, *names):
        for name in names:
            if os.path.isdir(ROOT + name):
                shutil.rmtree(ROOT + name)
            elif os.path.lexists(ROOT + name):
                os.unlink(ROOT + name)

    def redis(self, **options):
        return redis.Redis(unix_socket_path=f"/proc/{self._init()}/root{SOCKET}", **{"decode_responses": True, **options})

    @contextlib.contextmanager
    def silent_port(self, port):
        """A port of every local address at which no connection is ever made: its queue is full."""
        code = (f"import socket, sys; s = socket.create_server(('', {port}), backlog=0); a = socket.create_connection(('127.0.0.1', {port}));"
                "print(1, flush=True); sys.stdin.read()")
        with subprocess.Popen(["nsenter", "-t", self._init(), "-n", "--", sys.executable, "-c", code], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as listener:
            equal(listener.stdout.readline(), b"1\n")
            yield
            listener.stdin.close()

    def off(self):
        self.process.terminate()  # systemd-nspawn then asks it to power off
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
