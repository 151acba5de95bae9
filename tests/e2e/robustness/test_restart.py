"""Killed and started again, two at once, and a Redis that is absent, lost or empty."""

from harness import equal, wait_until
from world import BEFORE, OPEN, World, job, start


def test_kill_and_restart(env):
    w = start(env, BEFORE)
    w.push(*[job(i) for i in range(500)])
    w.wait_stat("held", 500)
    w.daemon.kill()
    w.push(*[job(i) for i in range(500, 1000)])
    w.daemon = env.daemon("--simulate", OPEN)
    seen = [j["id"] for j in w.wait_taken(300)]
    w.daemon.kill()
    w.daemon = env.daemon("--simulate", OPEN)
    seen += [j["id"] for j in w.wait_taken(1000 - len(seen))]
    equal(len(seen), len(set(seen)), "nothing twice")
    equal(len(seen), 1000, "nothing lost")
    w.wait_stat("taken", 1000)
    w.balance()


def test_redis_absent_lost_and_empty(env):
    env.start_redis("--appendfsync", "always")  # else a kill -9 loses what waits for a slow disk
    w = World(env).define()
    env.server.kill()
    w.daemon = env.daemon("--simulate", OPEN, wait=False)
    wait_until(lambda: "redis-down" in w.daemon.log(), 10, "it to say so")
    env.server.start()
    w.r = env.redis
    w.push(*[job(i) for i in range(100)])
    w.wait_stat("ready", 100, 20)
    env.server.restart()
    w.r = env.redis
    w.push(*[job(i) for i in range(100, 200)])
    w.wait_stat("ready", 200, 20)
    w.balance()
    w.r.flushall()
    w.r.function_flush()
    w.define()
    w.push(*[job(i) for i in range(50)])
    w.wait_stat("ready", 50, 20)
    equal(len(w.take(100)), 50)
    w.balance()
    w.daemon.stop()
    equal(list(w.r.scan_iter(w.p + "daemon:*")), [], "no heartbeat of a daemon that is gone")


def test_two_daemons(env):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 100000})
    env.write_conf('instance = "a";', "a.conf")
    first = env.daemon("--simulate", OPEN)
    env.write_conf('instance = "b";', "b.conf")
    second = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(5000)])
    w.wait_stat("ready", 5000, 30)
    got = []
    wait_until(lambda: got.extend(w.take(500)) or len(got) >= 5000, 30, "5000 jobs")
    equal(len({j["id"] for j in got}), 5000)
    w.balance()
    first.stop()
    second.stop()
