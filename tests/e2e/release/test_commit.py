"""The call that moves a batch, played again by hand: it moves those very jobs, or nothing."""

import json

from harness import equal, wait_until
from proxy import Proxy
from world import OPEN, World, job

NIGHT = "2026-11-24T05:00:00+01:00"
PLACE = "metropole+alsace-moselle"  # of the numbers of job()


class Replay:
    """A batch that licetd committed from its queue, and the keys as they were before."""

    def __init__(self, env, *jobs):
        self.w = w = World(env).define()
        self.jobs = [j if isinstance(j, str) else json.dumps(j) for j in jobs]
        proxy = Proxy(env)
        env.server.words = ["--socket", proxy.path]
        daemon = env.daemon("--simulate", OPEN)
        self.raw = env.server.connect(decode_responses=False)
        before = set(w.r.keys("*"))
        w.push(*self.jobs)
        self.call = proxy.wait_for("FCALL", "licet_commit")
        w.wait_intake(len(self.jobs))
        daemon.stop()
        for key in set(w.r.keys("*")) - before:
            w.r.delete(key)
        w.r.delete(w.key("stats"), w.p + "stats")

    def again(self, *head):
        """The same call on that queue; what it says, and whether anything moved."""
        self.w.r.delete(self.w.key("queue"))
        self.w.r.rpush(self.w.key("queue"), *head)
        reply = self.raw.execute_command(*self.call)
        moved = self.w.r.lrange(self.w.key("queue"), 0, -1) != list(head)
        return reply[0].decode(), moved


def test_only_the_jobs_that_were_seen(env):
    """Good ones, one on several lines, one that is malformed, one that waits: each said in its own way."""
    later = job(3, not_before="2026-11-24T11:00:00+01:00")
    replay = Replay(env, job(1), json.dumps(job(2), indent=1), "{", later, job(5))
    jobs = replay.jobs
    for at, text in enumerate(jobs):
        for other in (text + " ", " " + text, text[1:], text[:-1], text.replace("1", "7", 1) + "\n", "x\n" + text):
            changed = [*jobs[:at], other, *jobs[at + 1:]]
            equal(replay.again(*changed), ("moved", False), f"job {at + 1} was another: {other!r}")
    tail = jobs[1].split("\n", 1)[1]
    equal(replay.again(jobs[0], tail, *jobs[2:]), ("moved", False), "the end of a job is another job")
    equal(replay.again(*jobs[1:]), ("moved", False), "fewer")
    equal(replay.again(jobs[1], jobs[0], *jobs[2:]), ("moved", False), "another order")
    equal(replay.again(*jobs, json.dumps(job(6))), ("ok", True), "what comes behind does not matter")
    equal(replay.w.r.lrange(replay.w.key("queue"), 0, -1), [json.dumps(job(6))])
    equal({k: replay.w.stat(k) for k in ("intake", "ready", "later", "invalid")}, {"intake": 5, "ready": 3, "later": 1, "invalid": 1})
    replay.w.balance()


def test_a_job_is_passed_on_to_the_byte(env):
    """Also where the batch is mixed, and where it was held before."""
    text = json.dumps(job(2), indent=1) + "\n"
    w = World(env).define()
    env.daemon("--simulate", "2026-11-24T09:59:58+01:00")
    w.push(job(1), text, "{", job(3, not_before="2026-11-24T11:00:00+01:00"))
    w.wait_stat("held", 2)
    wait_until(lambda: w.r.llen(w.ready) == 2, 20, "both to be ready")
    equal([e.split("\n", 1)[1] for e in w.r.lrange(w.ready, 0, -1)], [json.dumps(job(1)), text])


class HeldReplay(Replay):
    """Likewise, from its held list."""

    def __init__(self, env, count):  # pylint: disable=super-init-not-called
        self.w = w = World(env).define()
        daemon = env.daemon("--simulate", NIGHT)
        w.push(*(job(i) for i in range(count)))
        w.wait_stat("held", count)
        daemon.stop()
        self.raw = env.server.connect(decode_responses=False)
        self.held = w.key("held:" + PLACE)
        self.jobs = w.r.lrange(self.held, 0, -1)
        w.r.hset(w.key("heads"), PLACE, 7)
        before = set(w.r.keys("*"))
        proxy = Proxy(env)
        env.server.words = ["--socket", proxy.path]
        daemon = env.daemon("--simulate", OPEN)
        self.call = proxy.wait_for("FCALL", "licet_commit")
        wait_until(lambda: w.r.llen(w.ready) == count, 20, "all to be ready")
        daemon.stop()
        equal(w.r.hget(w.key("heads"), PLACE), str(7 + count), "what was taken off the head is counted")
        for key in set(w.r.keys("*")) - before:
            w.r.delete(key)

    def again(self, *head, at=7):
        self.w.r.delete(self.held)
        self.w.r.rpush(self.held, *head)
        self.w.r.hset(self.w.key("heads"), PLACE, at)
        reply = self.raw.execute_command(*self.call)
        return reply[0].decode(), self.w.r.lrange(self.held, 0, -1) != list(head)


def test_a_held_batch_is_where_it_was_seen(env):
    replay = HeldReplay(env, 5)
    jobs, w = replay.jobs, replay.w
    for at in (6, 8, 7 + 1048576, 0):
        equal(replay.again(*jobs, at=at), ("moved", False), f"the head is counted {at}, not 7")
    for changed in (jobs[1:], jobs[:2] + jobs[3:], [*jobs[:-1], jobs[-1] + " "], [" " + jobs[0], *jobs[1:]], [jobs[0], *jobs]):
        equal(replay.again(*changed), ("moved", False), "changed by hand")
    equal(replay.again(*jobs, jobs[0]), ("ok", True))
    equal(w.r.lrange(replay.held, 0, -1), [jobs[0]], "what came behind")
    equal([e.split("\n", 1)[1] for e in w.r.lrange(w.ready, 0, -1)], jobs)
    equal(w.r.hget(w.key("heads"), PLACE), "12")


def test_what_comes_back_moves_the_head(env):
    """A job that returns to the front of its held list is not what somebody saw there."""
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(job(1), job(2))
    wait_until(lambda: w.r.llen(w.ready) == 2, 20, "both to be ready")
    w.define(status="paused")
    wait_until(lambda: w.r.llen(w.ready) == 0 and w.stat("held") == 2, 20, "both to be back")
    equal(w.r.hget(w.key("heads"), PLACE), str(2 * 1048576))


def test_heads_that_are_no_numbers(env):
    """Somebody wrote there: counted from nothing again, and nothing stands still."""
    w = World(env).define()
    w.r.hset(w.key("heads"), PLACE, "many")
    env.daemon("--simulate", "2026-11-24T09:59:58+01:00")
    w.push(job(1), job(2))
    w.wait_stat("held", 2)
    wait_until(lambda: w.r.llen(w.ready) == 2, 20, "both to be ready")
    equal(w.r.hget(w.key("heads"), PLACE), "2")


def test_heads_of_another_type(env):
    w = World(env).define()
    w.r.set(w.key("heads"), "x")
    env.daemon("--simulate", "2026-11-24T09:59:58+01:00")
    w.push(job(1), job(2))
    w.wait_stat("held", 2)
    wait_until(lambda: any(w.key("heads") in str(e) for _, e in w.r.xrange(w.p + "errors")), 20, "it to be said")
    equal(w.stat("ready"), 0)
    w.r.delete(w.key("heads"))
    wait_until(lambda: w.r.llen(w.ready) == 2, 20, "both to be ready")
