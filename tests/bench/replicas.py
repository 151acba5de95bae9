"""What WAIT costs, with a replica: the release path without and with wait_replicas = 1, and a sender that takes ten
jobs and reports them, without and with WAIT behind each.

    make bench-replicas [JOBS=200000]

Master, replica, one Sentinel and the daemon share this machine, and others may, too: read the median of the ratios."""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position
import load  # noqa: E402  pylint: disable=wrong-import-position
from cluster import Cluster  # noqa: E402  pylint: disable=wrong-import-position

JOBS = int(os.environ.get("JOBS", "200000"))
TAKES, AT_ONCE = 1000, 10


def released(b):
    """Jobs a second from the held list to the ready list."""
    b.hold(JOBS)
    with load.Counted(b) as c:
        c.daemon("2026-11-24T10:30:00+01:00")
        first = c.wait_ready(1)
        c.begin(first)
        c.wait_ready(JOBS)
    return (JOBS - first) / c.seconds


def handed_over(b, waits):
    """Jobs a second through one sender."""
    def call(*calls):
        with b.redis.pipeline(transaction=False) as pipe:
            for name, *words in calls:
                pipe.fcall(name, 1, b.ready, *words)
            if waits:
                pipe.wait(1, 1000)
            got = pipe.execute()
        if waits and got[-1] < 1:
            raise harness.Failure("the replica does not answer")
        return got[:len(calls)]

    start = time.monotonic()
    for _ in range(TAKES):
        jobs = call(("licet_take", "s1", AT_ONCE))[0]
        harness.equal(len(jobs), AT_ONCE, "jobs of a take")
        harness.equal(set(call(*[("licet_done", j[j.index("token") + 1], "answered", "") for j in jobs])), {"OK"})
    return TAKES * AT_ONCE / (time.monotonic() - start)


def rates(more, waits):
    env = harness.Env("bench", prefix=load.SIM)
    try:
        cluster = Cluster(env, sentinels=1)
        cluster.configure(env, more=more)
        b = load.Bench(env, True)
        got = released(b), handed_over(b, waits)
        print(f"{'WAIT 1' if waits else 'no WAIT'}: {got[0]:,.0f} jobs/s released, {got[1]:,.0f} jobs/s taken and reported", flush=True)
        return got
    finally:
        env.close(False)


def main():
    runs = [(rates("", False), rates("wait_replicas = 1;", True)) for _ in range(5)]
    for i, what in enumerate(("release with wait_replicas = 1", f"a sender that waits, {AT_ONCE} jobs at once")):
        ratios = sorted(w[i] / p[i] for p, w in runs)
        print(f"{what}: {statistics.median(ratios):.2f} of what it is without ({', '.join(f'{r:.2f}' for r in ratios)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
