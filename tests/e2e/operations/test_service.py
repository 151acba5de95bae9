"""licetd as a service: what systemd is told, what it asks of Redis, and what its log may say."""

import os
import signal
import socket

from harness import Failure, contains, equal, wait_until
from world import OPEN, World, job, start


def beat(w):
    return w.r.hgetall(next(iter(w.r.scan_iter(w.p + "daemon:*"))))


def test_the_durability_contract_is_told(env):
    """What Redis may lose is said at start; what is not met, by name. AOF off holds where that is asked (test_still.test_redis_policy)."""
    env.start_redis("--appendfsync", "everysec")
    w = start(env)
    equal((beat(w)["appendfsync"], beat(w)["redis_policy"]), ("everysec", "met"))
    contains(w.daemon.log(), "may lose the last two seconds")
    w.daemon.stop()
    w.r.config_set("appendfsync", "no")
    w.r.config_set("maxmemory-policy", "allkeys-lru")
    w.daemon = env.daemon("--simulate", OPEN)
    equal(beat(w)["redis_policy"], "maxmemory-policy is not noeviction; appendfsync is no")
    contains(w.daemon.log(), "event=redis-policy")


def test_what_may_not_be_asked_is_not_met(env):
    """A hosted Redis has no CONFIG: appendfsync is not known, which is told, and holds where that is asked; a person may say it."""
    env.start_redis("--appendfsync", "always")
    env.redis.execute_command("ACL", "SETUSER", "default", "-config|get")
    unknown = "appendfsync is not known"
    w = World(env).define()
    w.push(job(1))
    contains(env.ctl("status").out, unknown)
    strict = env.conf_text().replace("redis_policy_strict = false", "redis_policy_strict = true")
    env.write_conf(strict)
    w.daemon = env.daemon("--simulate", OPEN)
    contains(beat(w)["redis_policy"], unknown)
    w.wait_because("redis-policy")
    contains(w.state()["rule"], unknown)
    got = env.ctl_json("status")["redis"]
    equal((got["met"], got["why"].startswith(unknown)), (False, True))
    contains(env.ctl("status").out, unknown)
    w.daemon.stop()
    env.write_conf(strict.replace('redis_appendfsync = ""', 'redis_appendfsync = "always"'))
    w.daemon = env.daemon("--simulate", OPEN)
    equal(beat(w)["redis_policy"], "met")
    w.wait_stat("ready", 1)


class Notices:
    """What a service manager is told."""

    def __init__(self, env):
        self.path = os.path.join(env.folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)
        env.extra["NOTIFY_SOCKET"] = self.path
        self.seen = []

    def wait_for(self, begin):
        while True:
            lines = self.socket.recv(4096).decode().split("\n")
            self.seen += lines
            for line in lines:
                if line.startswith(begin):
                    return line


def test_ready_once_the_first_connect_was_tried(env):
    """Redis may come up later than licetd, or be elsewhere: a service manager does not wait for it, and is told what stands in the way."""
    World(env).define()
    env.server.kill()
    told = Notices(env)
    daemon = env.daemon("--simulate", OPEN, wait=False)
    told.wait_for("READY=1")
    contains(next(line for line in told.seen if line.startswith("STATUS=")), "no Redis")
    daemon.signal(signal.SIGHUP)
    told.wait_for("RELOADING=1")
    told.wait_for("READY=1")
    env.server.start()
    while "rulebook fr" not in told.wait_for("STATUS="):
        pass
    equal(told.seen.count("READY=1"), 2, "ready at the start and after the reload, and not again")
    daemon.signal(signal.SIGHUP)
    told.wait_for("RELOADING=1")
    told.wait_for("READY=1")
    daemon.stop()
    told.wait_for("STOPPING=1")


def test_not_ready_with_a_bad_configuration(env):
    """What is wrong in a file is told by the exit status, before anything is said to be ready."""
    told = Notices(env)
    env.write_conf(env.conf_text() + "\nno_such_key = 1;\n")
    daemon = env.daemon("--simulate", OPEN, wait=False)
    equal(daemon.process.wait(20), 78)
    told.socket.setblocking(False)
    try:
        raise AssertionError(f"told {told.socket.recv(4096)!r}")
    except BlockingIOError:
        pass


def test_watchdog_is_fed_by_the_loop(env):
    """A daemon that is stopped feeds nobody; one whose Redis is away does."""
    World(env).define()
    told = Notices(env)
    env.extra["WATCHDOG_USEC"] = "400000"
    daemon = env.daemon("--simulate", OPEN)
    told.wait_for("WATCHDOG=1")
    env.server.kill()
    told.wait_for("STATUS=nothing moves")
    told.wait_for("WATCHDOG=1")
    daemon.signal(signal.SIGSTOP)
    told.socket.setblocking(False)
    try:
        while told.socket.recv(4096):
            pass
    except BlockingIOError:
        pass
    told.socket.settimeout(1)
    try:
        raise AssertionError(f"a stopped loop said {told.socket.recv(4096)!r}")
    except socket.timeout:
        daemon.signal(signal.SIGCONT)
        told.socket.settimeout(20)
        told.wait_for("WATCHDOG=1")


# -- a Redis and a rulebook on which no lawful work can be done


def test_newer_library_is_never_replaced(env):
    w = World(env).define()
    newer = "#!lua name=licet\nredis.register_function{function_name='licet_version', callback=function() return '99 f' end, flags={'no-writes'}}"
    w.r.function_load(newer)
    d = env.daemon("--simulate", OPEN, wait=False)
    w.push(job(1))
    wait_until(lambda: "library-newer" in d.log(), 10, "it to say so")
    contains(str(w.r.execute_command("FUNCTION", "LIST", "LIBRARYNAME", "licet", "WITHCODE")), "99 f")
    equal(w.r.llen(w.key("queue")), 1, "nothing moves")
    w.r.function_flush()
    w.wait_stat("ready", 1, 20)
    equal(len(w.take()), 1)


def test_simulation_needs_its_prefix(env):
    env.prefix = "licet:"
    env.redis  # pylint: disable=pointless-statement
    d = env.daemon("--simulate", OPEN, wait=False)
    equal(d.wait_end(), 2)
    contains(d.log(), "licet-sim:")


def test_log_has_no_numbers(env):
    w = start(env)
    w.push(job(1, "06 12 34 56 78"), '{"id":"2","to":"06 12 34 56 7"}', '{"id":"3" "to":"0612345678"}')
    w.oppose("+33612345678")
    w.wait_intake(3)
    w.daemon.stop()
    for part in ("612345678", "61234567", "12 34 56"):
        if part in w.daemon.log():
            raise Failure(f"{part} in the log: {w.daemon.log()}")
