"""What the decision log costs: whole lives with a log and without, by turns in one run; and reading a big one."""

import glob
import os
import subprocess
import sys
import time

import load

sys.path.insert(0, os.path.join(load.harness.ROOT, "tests", "e2e"))
import decision_log  # noqa: E402  pylint: disable=wrong-import-position


def lives(b, jobs, folder):
    """Jobs a second, and CPU of Redis and of licetd in us a job, until all is recorded and, with a log, on the disk."""
    lines = b.jobs(jobs)
    done = load.SIM + "campaign:acme.b:done"
    with load.Counted(b) as c:
        c.daemon("2026-11-24T10:30:00+01:00", wait=True)
        if folder:
            load.harness.wait_until(lambda: b.redis.exists(load.SIM + "log:good"), 20, "the log")
        c.begin(0)
        senders = [subprocess.Popen([os.path.join(load.harness.BUILD, "bench", "sender"), b.env.server.socket, load.SIM, f"s{i}"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True) for i in range(2)]
        b.fill(load.SIM + "campaign:acme.b:queue", lines)
        load.harness.wait_until(lambda: int(b.redis.hget(load.SIM + "campaign:acme.b:stats", "done") or 0) >= jobs, 300, f"{jobs} jobs")
        seconds = time.monotonic() - c.started
        if folder:
            last = b.redis.xrevrange(done, count=1)[0][0]
            load.harness.wait_until(lambda: b.redis.hget(load.SIM + "log:positions", done) == last, 120, "all on the disk")
        behind = time.monotonic() - c.started - seconds
    for s in senders:
        s.communicate()
    return jobs / seconds, 1e6 * c.redis_cpu / jobs, 1e6 * c.daemon_cpu / jobs, behind


def pairs(jobs, count):
    """[(without, with)], and bytes of the log for each call."""
    found, size = [], 0
    for _ in range(count):
        both = []
        for logged in (False, True):
            with load.bench_env(False) as b:
                folder = decision_log.configure(b.env) if logged else None
                b.fill_lists(100000, 100000, 100000)
                both.append(lives(b, jobs, folder))
                if folder:
                    size = sum(os.path.getsize(p) for p in glob.glob(folder + "/**", recursive=True) if os.path.isfile(p)) / jobs
        found.append(both)
    return found, size


def big(env, lines):
    """A log of so many made lines of real size, written as licetd writes it. Returns its folder."""
    folder = decision_log.configure(env)
    maker = os.path.join(load.harness.BUILD, "bench", "biglog")
    subprocess.run([maker, folder, folder + ".key", str(lines)], check=True)
    return folder


def timed(*words):
    start = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise load.harness.Failure(f"{words}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return time.monotonic() - start


def cached(folder):
    """Read all of it once: the page cache is warm then, as far as it holds it."""
    for path in glob.glob(folder + "/entries/*"):
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass
