"""Memory runs out: an allocation fails, alone or with all that follow, while jobs pass.

What comes of it is what is right, an error in words, or the end of the program in words, and
then the next one goes on: no job is lost and none handed over twice. `make check` tries some
allocations, `make memory` some hundreds (LICET_MEMORY). LICET_SEED repeats a run's choices."""

import collections
import csv
import json
import os
import random
import re
import shutil
import time
import urllib.request

from chaos import utc, write_rulebook
from harness import BUILD, SLOW, Failure, equal, free_port, wait_until
from oracle import Story, account, judge_handovers, judge_refusals, settled
from race import Stage, seed_of, sender
from test_race import CAMPAIGNS, drained, population, stored, worlds_of
from world import CONSENT, World

TRIES = int(os.environ.get("LICET_MEMORY", "0")) or 15 // SLOW
ON = 37  # the signal from which on is counted: one that licetd has no use for
JOBS = 12  # of a campaign, at each try
RULEBOOK = 9000  # allocations that reading it takes, about; hiredis and libconfig fall at many of them
LIBRARIES = ("libhiredis", "libconfig")


def failing(env, at, run=1, on=0):
    """The programs that are started next fail so."""
    library = os.path.join(env.folder, "alloc.so")  # a copy: LD_PRELOAD is a list, and the name of the build folder may have a blank in it
    if not os.path.exists(library):
        shutil.copy(os.path.join(BUILD, "memory", "alloc.so"), library)
    env.extra = {"LD_PRELOAD": library, "LICET_FAIL_AT": str(at), "LICET_FAIL_RUN": str(run),
                 "LICET_FAIL_ON": str(on), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


def end_of(code, text):
    """How a program ended, in a word; what must not be is a failure."""
    if not re.search(r"^alloc: \d+ fails$", text, re.M):
        return "nothing failed" if code == 0 else f"wrong: {code}, and nothing failed"
    fell = re.search(r"^alloc: fell in (.*)$", text, re.M)
    if code == 0:
        return "right"
    if code == -6 and "event=out-of-memory" in text:
        return "stopped"
    if code in (-6, -11) and fell and any(name in fell.group(1) for name in LIBRARIES):
        return "ended in a library"
    if code > 0 and re.search("out of memory|memory ran out|out of dynamic memory|Cannot allocate memory", text):
        return "error"
    return f"wrong: {code}"


def look(port):
    """Somebody reads the metrics."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2 * SLOW) as page:
            text = page.read().decode()
    except OSError:
        return
    if not text.endswith("\n") or "licet_" not in text:
        raise Failure(f"half a page: {text[-200:]!r}")


class Licetd:
    """One try after the other."""

    def __init__(self, env, rng, worlds, known, port):
        self.env, self.rng, self.worlds, self.port = env, rng, worlds, port
        self.left = [(w, i) for i in range(len(known) // len(worlds)) for w in worlds]
        self.known, self.ends = known, collections.Counter()

    def push(self):
        for w, i in self.left[:JOBS * len(self.worlds)]:
            w.push(stored(self.known, w.c, f"{w.c}-{i}", consent=self.consent))
        del self.left[:JOBS * len(self.worlds)]

    def waits(self):
        return any(w.r.llen(w.key("queue")) for w in self.worlds)

    def one(self):
        """licetd is started, meets its failure at the start, in a reload or while jobs pass, and is
        ended if it lives."""
        n, run = sum(self.ends.values()), self.rng.choice((1, 1, 1, 0))
        kind = ("jobs", "start", "jobs", "reload", "jobs")[n % 5]
        # Of what jobs take, up to a thousand: as many below ten as above a hundred, and the first at once.
        at = int(10 ** (3 * ((n * 0.382 + self.rng.random() / 10) % 1))) if kind == "jobs" else self.rng.randint(1, RULEBOOK)
        failing(self.env, at, run, 0 if kind == "start" else ON)
        daemon = self.env.daemon(wait=False)
        process = daemon.process

        def ready():
            return process.poll() is not None or any(
                self.worlds[0].r.hget(k, "pid") == str(process.pid) for k in self.worlds[0].r.scan_iter(self.worlds[0].p + "daemon:*", 1000))
        wait_until(ready, 20, lambda: f"licetd to start or to end: {daemon.log()}")
        if kind != "start" and process.poll() is None:
            daemon.signal(ON)
            if kind == "reload":
                daemon.signal(1)
        self.push()
        look(self.port)
        wait_until(lambda: process.poll() is not None or not self.waits(), 20, lambda: f"jobs to pass: {daemon.log()}")
        if process.poll() is None:
            daemon.process.terminate()
        code = daemon.wait_end()
        end = end_of(code, daemon.log())
        self.ends[end] += 1
        if end.startswith("wrong"):
            raise Failure(f"{kind}, allocation {at}, run {run}: {end}\n{daemon.log()[-3000:]}")


def test_licetd(env):
    """Memory runs out in licetd, again and again, while senders take and report."""
    port = free_port()
    env.write_conf(f'rulebook = "{write_rulebook(env)}";\nmetrics_port = {port};\n')
    now_ms = int(time.time() * 1000)
    worlds = worlds_of(env, CAMPAIGNS, prefix="licet:", at=utc(now_ms - 3600000))
    w = worlds[0]
    seed = seed_of(env.name)
    stage, known = Stage(w, seed), population(CAMPAIGNS, JOBS * len(CAMPAIGNS) * TRIES)
    licetd = Licetd(env, random.Random(seed), worlds, known, port)
    licetd.consent = {**CONSENT, "collected_at": utc(now_ms - 86400000), "until": utc(now_ms + 200 * 86400000)}
    env.daemon().stop()  # the functions are there
    senders = [stage.start(f"s{i}", sender) for i in range(2)]
    for _ in range(TRIES):
        licetd.one()
        stage.check()
    env.extra = {}
    env.daemon()
    wait_until(lambda: stage.check() or drained(worlds)(), 60, lambda: f"all to be through, {[each.stats() for each in worlds]}")
    stage.stop(*senders)
    settled(w)
    wait_until(lambda: not w.r.hlen(w.ready + ":lease"), 20, "the leases to end")
    env.daemons[-1].stop()

    story = Story(stage, known)
    handed = judge_handovers(story, retried=())
    where = account(w, known, worlds)
    judge_refusals(w, story, worlds)
    print(f"  {TRIES} tries, {len(known)} jobs, {len(handed)} handed over, {dict(collections.Counter(where.values()))}; {dict(licetd.ends)}", flush=True)
    if licetd.ends["nothing failed"] > TRIES / 2 or not handed or (TRIES >= 100 and licetd.ends["stopped"] < TRIES / 10):
        raise Failure("memory hardly ran out, or little passed")


def test_enqueue(env):
    """Memory runs out in licetctl enqueue: it says so, and the next one goes on where that ended."""
    rng, count, ends = random.Random(seed_of(env.name)), 300, collections.Counter()
    path = os.path.join(env.folder, "contacts.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(("id", "to", "prénom"))
        rows.writerows((i, f"+336{i:08d}", "Zoé" if i % 7 else 'Zoé\n"la belle"') for i in range(count))

    def world(name):
        return World(env, "licet:", campaign="acme." + name).define()
    failing(env, 10 ** 9)
    world("all")
    total = int(re.search(r"^alloc: (\d+) in all$", env.ctl("enqueue", "acme.all", path).err, re.M).group(1))
    for n in range(TRIES * 2):
        w = world(f"n{n}")
        # Most come after the rulebook's, which are nineteen in twenty.
        at = rng.randint(1, total) if n % 3 == 0 else rng.randint(total - total // 20, total)
        failing(env, at, rng.choice((1, 1, 0)))
        got = env.ctl("enqueue", w.c, path, code=None)
        # An error of licetctl has no words of the allocator's where Redis was the one to be lost.
        end = "error" if got.code == 1 and "licetctl: " in got.err else end_of(got.code, got.err)
        ends[end] += 1
        if end.startswith("wrong"):
            raise Failure(f"allocation {at} of {total}: {end}: {got!r}")
        if got.code == 0:
            equal(w.r.llen(w.key("queue")), count, f"allocation {at}: queued, as it said {got.out!r}")
        env.extra = {}
        env.ctl("enqueue", w.c, path)
        ids = [json.loads(j)["id"] for j in w.r.lrange(w.key("queue"), 0, -1)]
        equal(ids, [str(i) for i in range(count)], f"allocation {at} of {total}, {end}: the queue in the end")
    print(f"  {TRIES * 2} tries of {total} allocations: {dict(ends)}", flush=True)
    if not ends["stopped"]:
        raise Failure("memory hardly ran out")
