"""An hour at a rate that a platform would have: does anything grow that should not?

    make soak [SECONDS=3600] [RATE=2000]

Campaigns come, are drained and purged; two routes with a sender each; people object; licetd reloads. Each minute a
line; at the end memory, descriptors and keys of the last quarter beside those of the second, and what is asked
of Redis when nothing happens."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position
import load  # noqa: E402  pylint: disable=wrong-import-position

SECONDS, RATE = int(os.environ.get("SECONDS", "3600")), int(os.environ.get("RATE", "2000"))
ALIVE, LIFE_S, ROUTES = 8, 120, ("main", "box1")
P = load.SIM


class Soak:
    def __init__(self, b):
        self.b, self.r, self.number, self.campaigns, self.ending, self.made, self.rows = b, b.redis, 0, [], [], 0, []
        self.pushed = self.opposed = self.reloads = self.purged = 0
        b.redis.hset(P + "route:box1", mapping={"location": "FR", "backlog": 5000})
        b.redis.hset(P + "route:main", mapping={"location": "FR", "backlog": 5000})
        self.daemon = b.env.daemon("--simulate", "2026-11-24T10:00:30+01:00")
        self.senders = [subprocess.Popen([os.path.join(harness.BUILD, "bench", "sender"), b.env.server.socket, P, "s-" + route, route],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for route in ROUTES]

    def campaign(self):
        name = f"acme.s{self.made}"
        self.r.hset(f"{P}campaign:{name}:def", mapping=dict(load.DEFINITION, route=ROUTES[self.made % 2]))
        self.r.sadd(P + "campaigns", name)
        self.made += 1
        self.campaigns.append((name, time.monotonic()))

    def push(self, count):
        lines = {}
        for _ in range(count):
            i = self.number = self.number + 1
            name = self.campaigns[i % len(self.campaigns)][0]
            lines.setdefault(name, []).append(json.dumps({"id": f"j{i}", "to": f"+336{10000000 + i % 19000000:08d}", "consent": load.CONSENT}))
        pipe = self.r.pipeline(transaction=False)
        for name, some in lines.items():
            pipe.rpush(f"{P}campaign:{name}:queue", *some)
        pipe.execute()
        self.pushed += count

    def stats(self, name):
        return {k: int(v) for k, v in self.r.hgetall(f"{P}campaign:{name}:stats").items() if v.lstrip("-").isdigit()}

    def retire(self):
        """The oldest ends: nothing more is queued in it, and once it is drained it is purged."""
        name, since = self.campaigns[0]
        if len(self.campaigns) < ALIVE or time.monotonic() - since < LIFE_S:
            return
        self.campaigns.pop(0)
        self.ending.append(name)

    def purge(self):
        for name in list(self.ending):
            s = self.stats(name)
            if self.r.llen(f"{P}campaign:{name}:queue") or any(s.get(k) for k in ("ready", "taken", "held", "later", "settling")):
                continue
            total = sum(s.get(k, 0) for k in ("held", "later", "ready", "taken", "unknown", "settling", "done", "refused", "invalid", "cancelled", "erased"))
            if total != s["intake"]:
                raise harness.Failure(f"{name}: {s}")
            self.b.env.ctl("campaign", "stop", name)
            self.b.env.ctl("campaign", "purge", name)
            self.ending.remove(name)
            self.purged += 1

    def oppose(self):
        number = f"+336{10000000 + (self.number * 7) % 19000000:08d}"
        self.r.fcall("licet_oppose", 1, P + ("list:opposition" if self.opposed % 2 else "list:opposition:acme"), number, "web", "no")
        self.opposed += 1

    def sample(self, at):
        pid = self.daemon.process.pid
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
        row = {"s": round(at), "rss_kib": rss, "fds": len(os.listdir(f"/proc/{pid}/fd")), "keys": self.r.dbsize(),
               "redis_mib": self.r.info("memory")["used_memory"] >> 20, "ready": sum(self.r.llen(P + "ready:" + x) for x in ROUTES),
               "settle": sum(self.r.xlen(P + "settle:" + x) for x in ROUTES), "leases": sum(self.r.hlen(P + "ready:" + x + ":lease") for x in ROUTES),
               "out": self.r.hlen(P + "out"), "done": int(self.r.hget(P + "stats", "done") or 0), "pushed": self.pushed, "purged": self.purged}
        self.rows.append(row)
        print("  ".join(f"{k} {v}" for k, v in row.items()), flush=True)

    def run(self):
        began = last_sample = last_reload = last_purge = time.monotonic()
        for _ in range(ALIVE):
            self.campaign()
        while (now := time.monotonic()) - began < SECONDS:
            due = int((now - began) * RATE) - self.pushed
            if due > 0:
                self.push(min(due, 2000))
                for _ in range(max(1, due // 100)):
                    self.oppose()
            if now - last_purge > 2:
                self.retire()
                while len(self.campaigns) < ALIVE:
                    self.campaign()
                self.purge()
                last_purge = now
            if now - last_reload > 30:
                self.daemon.process.send_signal(signal.SIGHUP)
                self.reloads, last_reload = self.reloads + 1, now
            if now - last_sample > 60:
                self.sample(now - began)
                last_sample = now
            time.sleep(0.02)  # the beat of what pushes

    def end(self):
        harness.wait_until(lambda: sum(int(v) for v in self.r.hmget(P + "stats", "done", "refused", "invalid") if v) >= self.pushed, 120,
                           lambda: f"the last jobs: {self.r.hgetall(P + 'stats')}")
        said = [s.communicate()[0].strip() for s in self.senders]
        print("senders reported", said, "reloads", self.reloads, "oppositions", self.opposed, "campaigns purged", self.purged)
        self.b.wait_settled()
        if len(self.rows) < 4:
            return
        before = self.b.client_commands()
        time.sleep(20)  # in which nothing happens
        print(f"idle: {(self.b.client_commands() - before) / 20:.1f} Redis commands/s")
        quarter = max(1, len(self.rows) // 4)
        for name in ("rss_kib", "fds", "keys", "ready", "settle", "leases", "out"):
            early, late = (statistics.median(r[name] for r in self.rows[a:b]) for a, b in ((quarter, 2 * quarter), (-quarter, None)))
            print(f"{name}: {early:g} in the second quarter, {late:g} in the last")


def main():
    with load.bench_env(True) as b:
        b.fill_lists(100000, 10000, 100000)
        soak = Soak(b)
        soak.run()
        soak.end()
        print("errors", [f for _, f in b.redis.xrevrange(P + "errors", count=5)])


main()
