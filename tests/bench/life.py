"""A whole life of a job, pushed to recorded: what each part of it costs Redis, and how many there are in a second."""

import os
import shutil
import subprocess
import time

import load

TAKE, REPORT = 100, 10


class Phase:
    """CPU of Redis while something happens, in microseconds a job."""

    def __init__(self, client, jobs, costs, name):
        self.client, self.jobs, self.costs, self.name = client, jobs, costs, name

    def __enter__(self):
        self.before = load.redis_cpu(self.client)

    def __exit__(self, *_):
        self.costs[self.name] = 1e6 * (load.redis_cpu(self.client) - self.before) / self.jobs


def take_all(b):
    """Tokens of all that is ready, taken a hundred at a time."""
    tokens = []
    while True:
        got = b.redis.fcall("licet_take", 1, b.ready, "bench", TAKE)
        if not got:
            return tokens
        tokens += [job[1] for job in got]


def report_all(b, tokens):
    for i in range(0, len(tokens), REPORT):
        words = [word for token in tokens[i:i + REPORT] for word in (token, "answered", "")]
        b.redis.fcall("licet_done", 1, b.ready, *words)


def wait_for(b, jobs, done):
    load.harness.wait_until(lambda: done() >= jobs, 180, f"{jobs} jobs")


def measure(b, jobs):
    """{part: us of Redis a job}: push, take in and release, take, report, settle."""
    costs, lines = {}, b.jobs(jobs)
    with Phase(b.redis, jobs, costs, "push"):
        b.fill(load.SIM + "campaign:acme.b:queue", lines)
    with Phase(b.redis, jobs, costs, "take in and release"):
        daemon = b.env.daemon("--simulate", "2026-11-24T10:30:00+01:00")
        wait_for(b, jobs, lambda: b.redis.llen(b.ready))
        daemon.stop()
    with Phase(b.redis, jobs, costs, "take, a hundred a call"):
        tokens = take_all(b)
    with Phase(b.redis, jobs, costs, "report, ten a call"):
        report_all(b, tokens)
    with Phase(b.redis, jobs, costs, "settle and record"):
        daemon = b.env.daemon("--simulate", "2026-11-24T10:40:00+01:00")
        wait_for(b, jobs, lambda: int(b.redis.hget(load.SIM + "campaign:acme.b:stats", "done") or 0))
        daemon.stop()
    return costs


def together(b, jobs):
    """All at once: licetd, two senders, and another client that pings. Returns jobs/s, Redis CPU in us a job, its p99 and worst in ms."""
    lines = b.jobs(jobs)
    with load.Counted(b) as c:
        c.daemon("2026-11-24T10:30:00+01:00", wait=True)  # it brings the functions
        ping = load.Pinger(b.env.server.socket)
        c.begin(0)
        senders = [subprocess.Popen([os.path.join(load.harness.BUILD, "bench", "sender"), b.env.server.socket, load.SIM, f"s{i}"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True) for i in range(2)]
        b.fill(load.SIM + "campaign:acme.b:queue", lines)
        wait_for(b, jobs, lambda: int(b.redis.hget(load.SIM + "campaign:acme.b:stats", "done") or 0))
        seconds, cpu = time.monotonic() - c.started, load.redis_cpu(b.redis) - c.redis0
        p99, worst, _ = ping.stop()
    said = [s.communicate()[0].strip() for s in senders]
    if sum(map(int, said)) != jobs:
        raise load.harness.Failure(f"the senders said {said}")
    return jobs / seconds, 1e6 * cpu / jobs, p99, worst


# -- what people would use instead


def node_modules():
    """Where bullmq and ioredis are, brought by npm if they are not; or None, and why in one line."""
    folder = os.path.join(load.harness.BUILD, "bench", "node")
    modules = os.path.join(folder, "node_modules")
    if not shutil.which("node") or not shutil.which("npm"):
        return None, "node and npm are not here"
    if not os.path.isdir(os.path.join(modules, "bullmq")) or not os.path.isdir(os.path.join(modules, "ioredis")):
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, "bullmq@6", "ioredis@5"], capture_output=True, text=True,
                              timeout=300, check=False)
        if done.returncode != 0:
            return None, "npm brings neither bullmq nor ioredis here"
    return os.path.abspath(modules), ""


def instead(b, jobs):
    """{who: (jobs/s, Redis CPU in us a job)} of whole lives without Licet; and why some are missing."""
    modules, why = node_modules()
    measured = {}
    for how in ("bullmq", "plain") if modules else ():
        b.redis.delete(b.p + "plain:attempts", b.p + "plain:done", b.p + "plain:stats")
        start, cpu = time.monotonic(), load.redis_cpu(b.redis)
        done = subprocess.run(["node", os.path.join(os.path.dirname(os.path.abspath(__file__)), "whole.js"), how, b.env.server.socket, b.p, str(jobs)],
                              capture_output=True, text=True, check=False, timeout=300, env=dict(os.environ, NODE_PATH=modules))
        if done.stdout.split()[-1:] != [str(jobs)]:
            raise load.harness.Failure(f"{how} said {done.stdout!r} {done.stderr[-300:]!r}")
        measured[how] = jobs / (time.monotonic() - start), 1e6 * (load.redis_cpu(b.redis) - cpu) / jobs
    return measured, why
