"""What happened by the hour: exact, whoever adds and however often; kept 35 days."""

import threading

from harness import equal, wait_until
from world import World, job, start

OUTCOMES = ("answered", "busy", "no-answer", "opted-out", "never-again", "refused", "voicemail")


def sums(w):
    """{name: how many} over all hours."""
    found = {}
    for field, value in w.r.hgetall(w.key("hours")).items():
        hour, name = field.split(":")
        equal((len(hour), hour[10], hour[-1]), (14, "T", "Z"), field)
        found[name] = found.get(name, 0) + int(value)
    return found


def add(w):
    return w.r.fcall("licet_hours", 1, w.p + "campaigns", w.c)


def test_each_is_counted_once(env):
    w = start(env, retry="busy:1h", retry_max="3")
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", "2026-11-24T10:00:30+01:00")
    w.push(*[job(i) for i in range(1, 9)], job(20, consent=None), {"id": "21"}, job(22, "0800 123 456"))
    w.wait_stat("ready", 8)
    for taken, outcome in zip(w.take(7), OUTCOMES):
        w.done(taken["token"], outcome)
    w.wait_stat("done", 6)
    w.wait_stat("later", 1)
    threads = [threading.Thread(target=lambda: [add(World(env, w.p, w.c)) for _ in range(20)]) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    want = {"released": 8, "refused": 2, "invalid": 1, "answered": 1, "busy": 1, "no-answer": 1, "voicemail": 1, "opposed": 3}
    equal(sums(w), want)
    equal({f.split(":")[0] for f in w.r.hkeys(w.key("hours"))}, {"2026-11-24T09Z"})
    # What is put back is refused all the same, and so is what is refused again.
    w.daemon.stop()
    env.ctl("requeue", w.c, "--reason", "consent-missing")
    add(w)
    equal(sums(w), want)
    w.daemon = env.daemon("--simulate", "2026-11-24T10:00:30+01:00")
    w.wait_stat("refused", 2)
    add(w)
    equal(sums(w), {**want, "refused": 3})


def test_licetd_adds_each_minute(env):
    """On its own, hour after hour; a kill in between loses nothing."""
    w = World(env).define()
    daemon = env.daemon("--simulate", "2026-11-24T10:58:30+01:00", "--speed", "60")
    w.push(*[job(i) for i in range(1, 4)])
    wait_until(lambda: sums(w).get("released") == 3, 20, lambda: sums(w))
    daemon.kill()
    daemon = env.daemon("--simulate", "2026-11-24T11:05:00+01:00", "--speed", "60")
    w.push(*[job(i) for i in range(4, 6)])
    wait_until(lambda: sums(w).get("released") == 5, 20, lambda: sums(w))
    hours = w.r.hgetall(w.key("hours"))
    equal(hours.get("2026-11-24T10Z:released"), "2", hours)
    daemon.stop()
    w.balance()


def test_old_hours_go(env):
    w = start(env)
    w.r.hset(w.key("hours"), mapping={"2026-10-20T08Z:released": 5, "2026-10-20T09Z:released": 5, "2025-01-01T00Z:busy": 1, "2026-11-23T09Z:released": 7})
    w.push(job(1))
    w.wait_stat("ready", 1)
    wait_until(lambda: w.r.hget(w.key("hours"), "2026-11-24T09Z:released") == "1" or add(w) is None, 10, lambda: w.r.hgetall(w.key("hours")))
    equal(w.r.hgetall(w.key("hours")), {"2026-10-20T09Z:released": "5", "2026-11-23T09Z:released": "7", "2026-11-24T09Z:released": "1"})
    # Of a wrong kind: left as it is, and nothing else stops.
    w.r.delete(w.key("hours"))
    w.r.set(w.key("hours"), "planted")
    equal(add(w), 0)
    w.push(job(2))
    w.wait_stat("ready", 2)
    w.r.delete(w.key("hours"))
    w.r.hset(w.key("hours"), "2026-11-24T09Z:released", "many")
    equal(add(w), 1)
    equal(w.r.hget(w.key("hours"), "2026-11-24T09Z:released"), "1")
    env.ctl("campaign", "stop", w.c)
    wait_until(lambda: w.stat("ready") == 0, 10, "what was ready to come back")
    env.ctl("campaign", "purge", w.c)
    equal([k for k in w.r.scan_iter(w.p + f"campaign:{w.c}:*")], [])
