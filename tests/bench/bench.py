"""What is promised of speed and size, line by line, each measured beside its target.

    make bench [JOBS=200000] [HELD=1000000] [LISTED=5000000] [ONLY=release,start,opening,idle,life,log,biglog,enqueue]
               [LINES=10000000, of biglog, which takes 12 GB of disk and runs where it is asked for]

This machine is shared: read the ratios and the counts, which come from one run each; rates and CPU
are those of the moment. Redis runs without its append-only file unless said otherwise."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position
import life  # noqa: E402  pylint: disable=wrong-import-position
import logged  # noqa: E402  pylint: disable=wrong-import-position
import load  # noqa: E402  pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
JOBS, HELD, LISTED = (int(os.environ.get(n, d)) for n, d in (("JOBS", "200000"), ("HELD", "1000000"), ("LISTED", "5000000")))
rows = []


def row(what, measured, target, good=None):
    rows.append((what, measured, target, {True: "reached", False: "not reached", None: ""}[good]))
    print(f"  {what}: {measured} (target {target})", flush=True)


def release(aof):
    """From the held list to the ready list: peek, decide, commit. And plain clients on the same Redis."""
    with load.bench_env(aof) as b:
        b.fill_lists(100000, 100000, LISTED)
        b.hold(JOBS)
        b.redis.config_resetstat()
        with load.Counted(b) as c:
            c.daemon("2026-11-24T10:30:00+01:00")
            first = c.wait_ready(1)
            c.begin(first)
            c.wait_ready(JOBS)
        n = JOBS - first
        rate, redis_us, daemon_us = n / c.seconds, 1e6 * c.redis_cpu / n, 1e6 * c.daemon_cpu / n
        calls = b.redis.info("commandstats")["cmdstat_fcall"]["calls"]
        label = f"release path, lists of {LISTED:,}, 100,000 and 100,000, consent and caps" + (", append-only file on" if aof else "")
        row(label, f"{rate:,.0f} jobs/s, {JOBS / calls:.0f} a commit", "150,000 jobs/s", rate >= 150000)
        row("  Redis CPU per job", f"{redis_us:.2f} us", "6 us", redis_us <= 6)
        row("  the bottleneck is", f"Redis {redis_us:.1f}, daemon {daemon_us:.1f} us", "Redis", redis_us > daemon_us)
        row("  daemon memory, peak", f"{c.peak_mib:.1f} MiB", "32 MiB", c.peak_mib <= 32)
        if not aof:
            return rate, redis_us, plain(b)
        return rate, redis_us, None


def plain(b):
    """{who: (jobs/s, Redis CPU in us a job)} of clients that pop, check and push."""
    measured = {}
    for who, command in (("C", [os.path.join(harness.BUILD, "bench", "plain")]), ("Python", ["/usr/bin/python3", "-B", os.path.join(HERE, "plain.py")])):
        n = JOBS if who == "C" else JOBS // 4
        b.redis.delete(b.p + "plain:queue", b.p + "plain:seen", b.p + "plain:attempts", b.p + "plain:out")
        b.fill(b.p + "plain:queue", b.jobs(n))
        start, cpu = time.monotonic(), load.redis_cpu(b.redis)
        said = subprocess.run([*command, b.env.server.socket, b.p, str(n)], capture_output=True, text=True, check=True, cwd=harness.ROOT).stdout
        measured[who] = n / (time.monotonic() - start), 1e6 * (load.redis_cpu(b.redis) - cpu) / n
        if said.split() != [str(n), str(n)]:
            raise harness.Failure(f"the plain client in {who} said {said!r}")
    return measured


def ceiling(b):
    out = subprocess.run(["redis-benchmark", "-s", b.env.server.socket, "-n", "300000", "-P", "100", "-c", "2", "-d", "290", "-q",
                          "-t", "rpush,lpop"], capture_output=True, text=True, check=True).stdout
    push, pop = [float(line.split(":")[1].split()[0]) for line in out.replace("\r", "\n").splitlines() if "requests per second" in line][-2:]
    return 1 / (1 / push + 1 / pop)


def part_release():
    rate, redis_us, others = release(False)
    with load.bench_env(False) as b:
        top = ceiling(b)
        row("  the same Redis, one push and one pop a job and nothing else", f"{top:,.0f} jobs/s, ratio {rate / top:.2f}", "-")
    for who, target in (("Python", 3), ("C", 0.8)):
        row(f"  against a plain client in {who} that pops, checks and pushes", f"{rate / others[who][0]:.2f} times ({others[who][0]:,.0f} jobs/s)",
            f"{target} times", rate / others[who][0] >= target)
    row("  Redis CPU per job of that client in C: the same commands, in batches of 100, without a function",
        f"{others['C'][1]:.2f} us, ratio {redis_us / others['C'][1]:.2f}", "-")
    release(True)


def part_opening():
    """A million jobs whose window opens at once; another client pings meanwhile."""
    with load.bench_env(False) as b:
        empty = b.redis.info("memory")["used_memory"]
        payload = b.hold(HELD)
        each = (b.redis.info("memory")["used_memory"] - empty) / HELD - payload
        row("memory per held job", f"payload + {each:.1f} bytes", "payload + 32 bytes", each <= 32)
        opening = 1795510800000
        with load.Counted(b) as c:
            c.daemon("2026-11-24T09:59:55+01:00")
            early = b.redis.llen(b.ready)
            ping = load.Pinger(b.env.server.socket)
            c.wait_ready(1)
            first = int(b.redis.lindex(b.ready, 0).split("\t")[6])
            before = min(int(e.split("\t")[6]) for e in b.redis.lrange(b.ready, 0, 1000))
            c.begin(0)
            c.wait_ready(HELD)
            p99, worst, count = ping.stop()
        row(f"{HELD:,} held jobs, their window opens: first release after", f"{first - opening} ms", "250 ms", 0 <= first - opening <= 250)
        row("  PING of another client meanwhile", f"p99 {p99:.2f} ms, worst {worst:.2f} ms of {count}", "2 and 10 ms", p99 <= 2 and worst <= 10)
        row("  released before the opening", str(early + (before < opening)), "0", early == 0 and before >= opening)
        row("  daemon memory, peak", f"{c.peak_mib:.1f} MiB", "32 MiB", c.peak_mib <= 32)
        b.redis.delete(b.ready)
    with load.bench_env(False) as b:
        b.hold(10000)
        with load.Counted(b) as c:
            c.daemon("2026-11-24T12:50:00+01:00", wait=True)
            b.wait_because("window-closing")
            late = b.redis.llen(b.ready)
        row("  released after the last lawful instant (12:50:00)", str(late), "0", late == 0)


def part_start():
    with load.bench_env(False) as b:
        b.fill_lists(100000, 100000, LISTED)
        with load.Counted(b) as c:
            c.begin(0)
            c.daemon("2026-11-24T10:30:00+01:00", wait=True)
            seconds = time.monotonic() - c.started
        row(f"start with {LISTED:,} list entries", f"{seconds:.2f} s", "1 s", seconds < 1)


def part_idle():
    with load.bench_env(False) as b:
        b.more_campaigns(999)
        b.hold(HELD)
        with load.Counted(b) as c:
            c.daemon("2026-11-24T06:00:00+01:00", wait=True)
            b.wait_because("outside-hours")
            b.wait_settled()
            c.begin(0)
            before = b.client_commands()
            time.sleep(20)  # what is measured is twenty seconds in which nothing happens
            commands = (b.client_commands() - before) / 20
        share = 100 * c.daemon_cpu / c.seconds
        row("idle, a million held, a thousand campaigns", f"{commands:.1f} Redis commands/s", "20/s", commands <= 20)
        row("  of a core", f"{share:.2f} %", "1 %", share < 1)


def part_life():
    """A quarter of the jobs, and a tenth of the longest list."""
    with load.bench_env(False) as b:
        b.fill_lists(100000, 100000, LISTED // 10)
        costs = life.measure(b, JOBS // 4)
        whole = sum(costs.values())
        row("a whole life, Redis CPU a job", f"{whole:.1f} us", "35 us", whole <= 35)
        for name, cost in costs.items():
            row("  " + name, f"{cost:.1f} us", "-")
    for aof in (False, True):
        with load.bench_env(aof) as b:
            b.fill_lists(LISTED // 10, 100000, 100000)
            rate, redis_us, p99, worst = life.together(b, JOBS // 4)
            label = "whole lives at once, licetd and two senders" + (", append-only file on" if aof else "")
            row(label, f"{rate:,.0f} jobs/s, {redis_us:.1f} us of Redis a job", "25,000 jobs/s", rate >= 25000)
            row("  PING of another client meanwhile", f"p99 {p99:.2f} ms, worst {worst:.2f} ms", "2 and 10 ms", p99 <= 2 and worst <= 10)
            if aof:
                continue
            others, why = life.instead(b, JOBS // 8)
            for who, target in (("bullmq", 2.5), ("plain", None)):
                name = "  against BullMQ doing the same" if who == "bullmq" else "  against a plain Node script, of which nothing is atomic"
                if who not in others:
                    row(name, why, "-")
                    continue
                theirs, theirs_us = others[who]
                row(name, f"{rate / theirs:.2f} times ({theirs:,.0f} jobs/s, {theirs_us:.1f} us of Redis a job)", f"{target} times" if target else "-",
                    rate / theirs >= target if target else None)


def part_log():
    """Pairs in one run: without a log, and with it."""
    found, size = logged.pairs(JOBS // 4, 3)
    def middle(which, what):
        return sorted(pair[which][what] for pair in found)[len(found) // 2]
    row("decision log: jobs/s of whole lives without and with it", f"{middle(0, 0):,.0f} and {middle(1, 0):,.0f}", "-")
    redis_us, daemon_us = middle(1, 1) - middle(0, 1), middle(1, 2) - middle(0, 2)
    row("  what it costs Redis a logged job", f"{redis_us:.1f} us ({middle(0, 1):.1f} and {middle(1, 1):.1f})", "3 us", redis_us <= 3)
    row("  what it costs licetd", f"{daemon_us:.1f} us ({middle(0, 2):.1f} and {middle(1, 2):.1f})", "12 us", daemon_us <= 12)
    row("  on the disk behind the last record", f"{1000 * middle(1, 3):.0f} ms", "-")
    row("  disk a call, tiles and checkpoints included", f"{size:,.0f} bytes", "-")


def part_big_log():
    lines = int(os.environ.get("LINES", "10000000"))
    with load.bench_env(False) as b:
        folder = logged.big(b.env, lines)
        size = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)
        row(f"a log of {lines:,} made calls", f"{size / lines:,.0f} bytes an entry", "-")
        ctl, python = os.path.join(load.harness.BUILD, "licetctl"), os.path.join(load.harness.ROOT, "src", "verify", "licet_verify.py")
        logged.cached(folder)
        scale = lines / 10000000
        for name, words, target in (("  log verify", (ctl, "log", "verify", folder), 120), ("  licet-verify", ("/usr/bin/python3", "-B", python, folder), 360)):
            seconds = logged.timed(*words)
            row(name, f"{seconds:.1f} s", f"{target * scale:.0f} s", seconds <= target * scale)
        first = logged.timed(ctl, "log", "prove", "acme.big", f"job-{lines // 3}", "--log", folder)
        seconds = min(logged.timed(ctl, "log", "prove", "acme.big", f"job-{lines // n}", "--log", folder) for n in (2, 3, 5))
        row("  log prove", f"{1000 * seconds:.0f} ms, the first time {first:.1f} s", "50 ms", seconds <= 0.05)


def part_enqueue():
    with load.bench_env(False) as b:
        path = os.path.join(b.env.folder, "jobs.jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(t + "\n" for t in b.jobs(JOBS))
        start = time.monotonic()
        b.env.ctl("enqueue", "acme.b", path, timeout=300)
        rate = JOBS / (time.monotonic() - start)
        row("licetctl enqueue, lines of JSON", f"{rate:,.0f} lines/s", "100,000/s", rate >= 100000)


def main():
    parts = {"release": part_release, "start": part_start, "opening": part_opening, "idle": part_idle, "life": part_life, "log": part_log, "biglog": part_big_log, "enqueue": part_enqueue}
    for name in (os.environ.get("ONLY") or ",".join(p for p in parts if p != "biglog")).split(","):
        print(f"{name} …", flush=True)
        parts[name]()
    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    print()
    for r in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(r, widths)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
