"""What the benchmarks are made of: a Redis, one campaign whose jobs are held, clocks and counters."""

import contextlib
import json
import multiprocessing
import os
import socket
import time

import harness

SIM = "licet-sim:"
CONSENT = {"product": "toys", "channel": "automated-voice", "collected_at": "2026-09-01T10:12:00+02:00", "until": "2027-08-31",
           "form": ["identity", "choice", "period", "withdrawal", "proof"], "proof": "form-v3/88121"}
DEFINITION = {"advertiser": "acme", "purpose": "prospecting", "sector": "retail", "product": "toys", "delivery": "call", "message": "m.wav",
              "message_seconds": 25, "announces": "identity commercial opt-out", "synthetic_voice": "no", "caller_id": "+33162001234",
              "opt_out": "+33805123456 key:9", "source": "web", "route": "main", "status": "running"}


class Bench:
    def __init__(self, env, aof):
        self.env, self.p, self.ready = env, SIM, SIM + "ready:main"
        if env.server is None:
            env.start_redis("--appendonly", "yes" if aof else "no", "--auto-aof-rewrite-percentage", "0")
        r = self.redis = env.redis
        for name in ("opposition", "anti-prospection"):
            r.hset(SIM + "list-meta:" + name, mapping={"refreshed_at": "2026-11-23T06:00:00Z", "source": "bench"})
        r.hset(SIM + "advertiser:acme", mapping={"name": "Acme", "siren": "552100554", "caller_ids": "+33162001234", "country": "FR",
                                                 "attempts_before": "none"})
        r.hset(SIM + "source:web", mapping={"name": "form", "collected_by": "acme", "legal_basis": "consent", "acquired_at": "2026-09-01",
                                            "informed": "notice-v2", "status": "approved"})
        r.hset(SIM + "route:main", mapping={"location": "FR", "backlog": 10000000})
        self.define("acme.b")

    def define(self, name):
        self.redis.hset(f"{SIM}campaign:{name}:def", mapping=DEFINITION)
        self.redis.sadd(SIM + "campaigns", name)

    def more_campaigns(self, count):
        for i in range(count):
            self.define(f"acme.m{i}")

    @staticmethod
    def jobs(count):
        return [json.dumps({"id": f"j{i}", "to": f"+336{i:08d}", "consent": CONSENT}) for i in range(count)]

    def fill(self, key, lines, command="rpush"):
        pipe = self.redis.pipeline(transaction=False)
        for i in range(0, len(lines), 1000):
            getattr(pipe, command)(key, *lines[i:i + 1000])
            if len(pipe) >= 20:
                pipe.execute()
        pipe.execute()

    def fill_lists(self, platform, advertiser, scrub):
        """None of the jobs is on one of them."""
        for name, first, count in (("opposition", 0, platform), ("opposition:acme", 10000000, advertiser)):
            for at in range(first, first + count, 200000):
                self.fill(f"{SIM}list:{name}", [f"+336{50_000_000 + k:08d}" for k in range(at, min(at + 200000, first + count))], "sadd")
        self.pack("anti-prospection", range(33670000000, 33670000000 + scrub))
        self.fill(SIM + "plain:anti-prospection", [f"+{k}" for k in range(33670000000, 33670000000 + scrub)], "sadd")  # of who cannot read that

    def pack(self, name, numbers):
        """A scrub list as licetctl list load writes it."""
        buckets = {}
        for n in numbers:
            buckets.setdefault(n // 2048, bytearray()).extend((128 + n % 2048 // 128, n % 128))
        pipe = self.env.server.connect(decode_responses=False).pipeline(transaction=False)
        for field, marks in buckets.items():
            pipe.hset(f"{SIM}list:{name}", field, bytes(marks))
        pipe.execute()
        self.redis.hset(f"{SIM}list-meta:{name}", mapping={"count": len(numbers), "version": "1-1", "buckets": len(buckets)})

    def hold(self, count):
        """So many jobs are held. Returns the bytes of a payload."""
        lines = self.jobs(count)
        self.fill(SIM + "campaign:acme.b:queue", lines)
        daemon = self.env.daemon("--simulate", "2026-11-24T09:00:00+01:00")
        held = SIM + "campaign:acme.b:held:metropole+alsace-moselle"
        harness.wait_until(lambda: self.redis.llen(held) == count, 120, "the jobs to be held")
        daemon.stop()
        return sum(map(len, lines)) / count

    def wait_because(self, because):
        harness.wait_until(lambda: self.redis.hget(SIM + "campaign:acme.b:state", "because") == because, 30, because)

    def wait_settled(self):
        """Until two seconds pass without a campaign being looked at: what is done once, at start, is not idle."""
        seen, since = None, 0
        while seen is None or time.monotonic() - since < 2:
            calls = self.redis.info("commandstats")["cmdstat_llen"]["calls"]
            if calls != seen:
                seen, since = calls, time.monotonic()
            time.sleep(0.1)

    def client_commands(self):
        """Commands that clients sent, our questions aside: those inside functions are counted by Redis too."""
        stats = self.redis.info("commandstats")
        inside = sum(s["calls"] for n, s in stats.items() if n.startswith("cmdstat_fcall"))
        names = ("cmdstat_client|info", "cmdstat_xtrim", "cmdstat_scan", "cmdstat_time", "cmdstat_info", "cmdstat_watch", "cmdstat_smembers",
                 "cmdstat_unwatch")
        return inside + sum(stats.get(n, {"calls": 0})["calls"] for n in names)


def redis_cpu(client):
    """Seconds that the main thread of that Redis has used."""
    info = client.info("cpu")
    return info["used_cpu_user_main_thread"] + info["used_cpu_sys_main_thread"]


@contextlib.contextmanager
def bench_env(aof):
    env = harness.Env("bench", prefix=SIM)
    try:
        yield Bench(env, aof)
    finally:
        env.close(False)


class Counted:
    """CPU and time of one daemon and of Redis, from begin() on."""

    def __init__(self, bench):
        self.b, self.process = bench, None

    def __enter__(self):
        return self

    def daemon(self, at, wait=False):
        self.process = self.b.env.daemon("--simulate", at, wait=wait).process

    def begin(self, ready):
        self.ready, self.started = ready, time.monotonic()
        self.redis0, self.daemon0 = redis_cpu(self.b.redis), self._daemon()

    def wait_ready(self, count):
        """Until so many jobs are ready; returns how many are."""
        harness.wait_until(lambda: self.b.redis.llen(self.b.ready) >= count, 180, f"{count} jobs to be ready")
        return self.b.redis.llen(self.b.ready)

    def _daemon(self):
        if self.process is None:
            return 0
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        if hasattr(self, "started"):
            self.seconds = time.monotonic() - self.started
            self.redis_cpu, self.daemon_cpu = redis_cpu(self.b.redis) - self.redis0, self._daemon() - self.daemon0
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            self.peak_mib = next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmHWM"))
        self.b.env.daemons[-1].stop()


class Pinger:
    """Another client of that Redis: how long does a PING take?"""

    def __init__(self, path):
        self.ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=self._run, args=(path, theirs), daemon=True)
        self.process.start()

    @staticmethod
    def _run(path, pipe):
        s, took = socket.socket(socket.AF_UNIX), []
        s.connect(path)
        while not pipe.poll():
            start = time.perf_counter()
            s.sendall(b"PING\r\n")
            s.recv(64)
            took.append(1000 * (time.perf_counter() - start))
            time.sleep(0.001)
        took.sort()
        pipe.send((took[len(took) * 99 // 100], took[-1], len(took)))

    def stop(self):
        self.ours.send(None)
        return self.ours.recv()
