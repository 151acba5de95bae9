"""The release path, measured: jobs per second and Redis CPU per job, as counts of one run.

    make bench [JOBS=200000]

One campaign whose window is open, its jobs held while the daemon is away, so that what
is timed is the way from the held list to the ready list: peek, decide, commit. Beside
it, in the same run, what the same Redis does when a plain C client (redis-benchmark)
only pushes and pops payloads of that size. This machine is shared: read the ratios."""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position

JOBS = int(os.environ.get("JOBS", "200000"))
LISTED = int(os.environ.get("LISTED", "1000000"))
SIM = "licet-sim:"
CONSENT = {"product": "toys", "channel": "automated-voice", "collected_at": "2026-09-01T10:12:00+02:00", "until": "2027-08-31",
           "form": ["identity", "choice", "period", "withdrawal", "proof"], "proof": "form-v3/88121"}


def define(r, p):
    for name in ("opposition", "anti-prospection"):
        r.hset(p + "list-meta:" + name, mapping={"refreshed_at": "2026-11-23T06:00:00Z", "source": "bench"})
    r.hset(p + "advertiser:acme", mapping={"name": "Acme", "siren": "552100554", "caller_ids": "+33162001234", "country": "FR",
                                           "attempts_before": "none"})
    r.hset(p + "source:web", mapping={"name": "form", "collected_by": "acme", "legal_basis": "consent", "acquired_at": "2026-09-01",
                                      "informed": "notice-v2", "status": "approved"})
    r.hset(p + "route:main", mapping={"location": "FR", "backlog": 10000000})
    r.hset(p + "campaign:acme.b:def", mapping={
        "advertiser": "acme", "purpose": "prospecting", "sector": "retail", "product": "toys", "delivery": "call", "message": "m.wav",
        "message_seconds": 25, "announces": "identity commercial opt-out", "synthetic_voice": "no", "caller_id": "+33162001234",
        "opt_out": "+33805123456 key:9", "source": "web", "route": "main", "status": "running"})
    r.sadd(p + "campaigns", "acme.b")


def fill(r, key, lines):
    pipe = r.pipeline(transaction=False)
    for i in range(0, len(lines), 1000):
        pipe.rpush(key, *lines[i:i + 1000])
        if len(pipe) >= 20:
            pipe.execute()
    pipe.execute()


def fill_list(r, key, first, count):
    pipe = r.pipeline(transaction=False)
    for i in range(0, count, 1000):
        pipe.sadd(key, *[f"+337{first + k:08d}" for k in range(i, min(count, i + 1000))])
        if len(pipe) >= 20:
            pipe.execute()
    pipe.execute()


def cpu(r):
    info = r.info("cpu")
    return info["used_cpu_user_main_thread"] + info["used_cpu_sys_main_thread"]


def daemon_cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0


def release_run(env, label):
    """From the held list (a restart at an open window) to the ready list."""
    r, p = env.redis, env.prefix
    jobs = [json.dumps({"id": f"j{i}", "to": f"+336{i:08d}", "consent": CONSENT}) for i in range(JOBS)]
    fill(r, p + "campaign:acme.b:queue", jobs)
    d = env.daemon("--simulate", "2026-11-24T09:00:00+01:00")
    held = p + "campaign:acme.b:held:metropole+alsace-moselle"
    start, c0, d0 = time.monotonic(), cpu(r), daemon_cpu(d.process.pid)
    harness.wait_until(lambda: r.llen(held) == JOBS, 120, "the jobs to be held")
    took = time.monotonic() - start
    print(f"{label}: intake   {JOBS / took:9.0f} jobs/s  Redis {1e6 * (cpu(r) - c0) / JOBS:5.2f} us/job  "
          f"daemon {1e6 * (daemon_cpu(d.process.pid) - d0) / JOBS:5.2f} us/job")
    d.stop()
    r.config_resetstat()
    d = env.daemon("--simulate", "2026-11-24T10:30:00+01:00", wait=False)
    harness.wait_until(lambda: r.llen(p + "ready:main") > 0, 60, "the first release")
    start, c0, d0 = time.monotonic(), cpu(r), daemon_cpu(d.process.pid)
    n0 = r.llen(p + "ready:main")
    harness.wait_until(lambda: r.llen(p + "ready:main") == JOBS, 120, "the jobs to be ready")
    took, n = time.monotonic() - start, JOBS - n0
    stats = r.info("commandstats")
    calls = stats["cmdstat_fcall"]["calls"]
    print(f"{label}: release  {n / took:9.0f} jobs/s  Redis {1e6 * (cpu(r) - c0) / n:5.2f} us/job  "
          f"daemon {1e6 * (daemon_cpu(d.process.pid) - d0) / n:5.2f} us/job  {JOBS / calls:.0f} jobs/commit  "
          f"daemon peak {rss_mib(d.process.pid):.1f} MiB")
    print("   target: 100000 jobs/s and more, Redis 6 us/job and less")
    for name, s in sorted(stats.items(), key=lambda kv: -kv[1]["usec"])[:9]:
        print(f"   {name[8:]:12} {s['usec'] / JOBS:6.3f} us/job  {s['calls']} calls")
    d.stop()
    return n / took


def ceiling(env):
    out = subprocess.run(["redis-benchmark", "-s", env.server.socket, "-n", "300000", "-P", "100", "-c", "2", "-d", "290", "-q", "-t", "rpush,lpop"],
                         capture_output=True, text=True, check=True).stdout
    rates = [float(line.split(":")[1].split()[0]) for line in out.replace("\r", "\n").splitlines() if "requests per second" in line]
    push, pop = rates[-2], rates[-1]
    both = 1 / (1 / push + 1 / pop)
    print(f"same Redis, plain pipelined push and pop without any check: {both:9.0f} jobs/s")
    return both


def run(aof):
    env = harness.Env("bench", prefix=SIM)
    try:
        r = env.start_redis("--appendonly", "yes" if aof else "no", "--auto-aof-rewrite-percentage", "0")
        define(r, SIM)
        fill_list(r, SIM + "list:opposition", 0, 100)
        fill_list(r, SIM + "list:anti-prospection", 50000000, LISTED)
        print(f"\n{JOBS} jobs, lists of 100 and {LISTED} members on, consent and cap on, append-only file {'on' if aof else 'off'}")
        rate = release_run(env, "licet")
        print(f"ratio to that ceiling: {rate / ceiling(env):.2f}", flush=True)
    finally:
        env.close(False)


def main():
    run(True)
    run(False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
