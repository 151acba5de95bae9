"""A whole life of a job, pushed to recorded: what each part of it costs Redis."""

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
