"""licetd as a service: what systemd is told, reloads with a verdict, a name of its own."""

import os
import signal
import socket

from checks import fails, misuse, shows
from harness import contains, equal, wait_until
from world import OPEN, World, job, start


def test_reload_good_and_bad(env):
    text = env.conf_text()
    env.write_conf(text)
    w = start(env)
    key = next(iter(w.r.scan_iter(w.p + "daemon:*")))
    with open(env.conf, "a", encoding="utf-8") as f:
        f.write("\nno_such_key = 1;\n")
    w.daemon.signal(signal.SIGHUP)
    wait_until(lambda: "no_such_key" in w.r.hget(key, "reload_error"), 10, "the verdict")
    env.write_conf(text)
    w.daemon.signal(signal.SIGHUP)
    wait_until(lambda: w.r.hget(key, "reload_error") == "", 10, "the good one")
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1)


def test_reload_command_waits_for_the_verdict(env):
    """Whether licetctl reads the same broken file or another one."""
    text = env.conf_text()
    env.write_conf(text)
    start(env, words=("--instance", "a"))
    env.conf = env.write_conf(text, "ctl.conf")
    contains(shows(env, "reload", "--instance", "a"), "a reloaded: rulebook fr")
    path = os.path.join(env.folder, "licet.conf")
    with open(path, "a", encoding="utf-8") as f:
        f.write("\nno_such_key = 1;\n")
    pid = str(env.daemons[0].process.pid)
    said = fails(env, "reload", "--instance", "a", "--pid", pid)
    contains(said, "no_such_key")
    contains(said, "licet.conf:")
    contains(said, "the old files stay in use")
    equal(env.ctl("reload", "--instance", "a", "--json", code=1).json["ok"], False)
    good, env.conf = env.conf, path
    contains(fails(env, "reload", "--instance", "a"), "no_such_key")
    env.write_conf(text)
    env.conf = good
    equal(env.ctl_json("reload", "--instance", "a", "--pid", pid)["ok"], True)
    contains(fails(env, "reload", "--instance", "a", "--pid", str(os.getpid())), "give each daemon a name")
    contains(fails(env, "reload", "--instance", "b"), "no licetd of the name b")
    misuse(env, "reload", "--instance", "a b")


def test_reload_needs_no_redis(env):
    """A unit's control command has no password of Redis, and Redis may be away."""
    text = env.conf_text()
    env.write_conf(text)
    verdict = os.path.join(env.folder, "verdict")
    start(env, words=("--instance", "a", "--verdict", verdict))
    env.conf = env.write_conf(text, "ctl.conf")
    env.server.kill()
    pid = str(env.daemons[0].process.pid)
    words = ("reload", "--verdict", verdict, "--pid", pid, "-c", env.conf)
    contains(env.run(*words).out, "reloaded: rulebook fr")
    with open(os.path.join(env.folder, "licet.conf"), "a", encoding="utf-8") as f:
        f.write("\nno_such_key = 1;\n")
    contains(env.run(*words, code=1).err, "no_such_key")
    contains(env.run("reload", "--verdict", verdict + "x", "-c", env.conf, code=1).err, "no licetd of the name")


def beat(w):
    return w.r.hgetall(next(iter(w.r.scan_iter(w.p + "daemon:*"))))


def test_the_durability_contract_is_told(env):
    """What Redis may lose is said at start; what is not met, by name. AOF off holds where that is asked (test_redis_policy)."""
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


def test_redis_policy(env):
    env.start_redis("--appendonly", "no")
    env.write_conf(env.conf_text().replace("redis_policy_strict = false", "redis_policy_strict = true"))
    w = start(env)
    w.push(job(1))
    w.wait_because("redis-policy")
    contains(w.state()["rule"], "appendonly")
    equal(w.take(), [])


def test_redis_full(env):
    """Intake stops, what is held stays; oppositions, withdrawals and outcomes can still be written."""
    w = start(env)
    w.push(*[job(i) for i in range(20)])
    w.wait_stat("ready", 20)
    got = w.take(2)
    w.r.config_set("maxmemory", w.r.info("memory")["used_memory"] // 2)
    w.wait_because("redis-full")
    equal(w.done(got[0]["token"], "answered"), "OK")
    equal(w.oppose("+33600000015"), [1, 1, 0])
    equal(w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", "+33600000016", "crm", "mail"), [1, 0])
    w.wait_stat("done", 1)
    w.wait_stat("refused", 2)
    w.r.config_set("maxmemory", 0)
    w.push(job(30))
    w.wait_intake(21)
    w.balance()


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


def test_rulebook_must_be_signed_where_asked(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN, "--require-approved")
    w.push(job(1))
    w.wait_because("law-unknown")
    equal(w.state()["rule"], "rulebook unsigned")
