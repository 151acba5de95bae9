"""A slot that is moved key by key, with a rest between keys, while licetd releases, senders take and report, and people object.

`make check` moves it twice, `make check-long` twenty times with 40,000 jobs and 0.1 s between keys (LICET_MOVES). Every job is in one
place afterwards, none was handed over twice, and none after its person had objected."""

import collections
import os
import random
import threading
import time


import harness
from harness import Failure, equal, full_speed, own_target, wait_until
from nodes import Nodes
from oracle import account, settled
from race import seed_of
from world import OPEN, World, job

P = "licet-sim:{one}:"
BATCH = 20


class Party(threading.Thread):
    """Goes on until it is told to end; what it fails with is the test's."""

    def __init__(self, work, *args):
        super().__init__(daemon=True)
        self.work, self.args, self.ended, self.error = work, args, threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.ended.is_set() and self.work(*self.args):
                pass
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def check(self):
        if self.error is not None:
            raise self.error

    def end(self):
        self.ended.set()
        self.join(60 * harness.SLOW)
        self.check()


class Story:
    """What was seen, by the one clock of this process."""

    def __init__(self, cluster, w, jobs, seed):
        self.cluster, self.w, self.random = cluster, w, random.Random(seed)
        self.left = list(range(jobs))
        self.pushed, self.handed, self.objected = {}, collections.defaultdict(list), {}
        self.taken_s = []  # when a take that got something had returned
        self.reported = 0

    def push(self, client, pace):
        """Some jobs more."""
        chunk, self.left = self.left[:BATCH], self.left[BATCH:]
        if not chunk:
            return False
        for i in chunk:
            self.pushed[f"+336{i:08d}"] = str(i)
        client.rpush(self.w.key("queue"), *[harness.json.dumps(job(i)) for i in chunk])
        time.sleep(pace)
        return True

    def send(self, client, name):
        """Take, and report each: no call is repeated that may have been done."""
        sent = time.monotonic()
        reply = client.fcall("licet_take", 1, self.w.ready, name, BATCH)
        back = time.monotonic()
        jobs = [dict(zip(j[::2], j[1::2])) for j in reply]
        if not jobs:
            time.sleep(0.01)
            return True
        self.taken_s.append(back)
        for j in jobs:
            self.handed[j["id"]].append((sent, j["to"]))
        words = [w for j in jobs for w in (j["token"], "answered", "")]
        said = client.fcall("licet_done", 1, self.w.ready, *words)
        equal(said if isinstance(said, list) else [said], ["OK"] * len(jobs), "reports")
        self.reported += len(jobs)
        return True

    def object(self, client, pace):
        """By the function, or by hand."""
        number = f"+336{self.random.randrange(len(self.pushed) + len(self.left)):08d}"
        if self.random.random() < 0.5:
            client.sadd(P + "list:opposition", number)
        else:
            client.fcall("licet_oppose", 1, P + self.random.choice(("list:opposition", "list:opposition:acme")), number, "web", "said no")
        self.objected.setdefault(number, time.monotonic())
        time.sleep(pace)
        return True

    def judge(self):
        """Returns how many jobs were handed over."""
        twice = [i for i, times in self.handed.items() if len(times) > 1]
        after = [(i, sent - self.objected[to]) for i, times in self.handed.items() for sent, to in times if self.objected.get(to, sent) < sent]
        if twice or after:
            raise Failure(f"handed over twice: {twice[:5]}; after its person had objected: {after[:5]}")
        return len(self.handed)


def resharded(env, moves, jobs, pause, replicas):
    cluster = Nodes(env, P, 3, replicas)
    cluster.configure(env)
    w = World(env, P).define()
    daemon = env.daemon("--simulate", OPEN)
    seed = seed_of(env.name)
    story = Story(cluster, w, jobs, seed)
    parties = [Party(story.send, cluster.connect(patience=60), f"s{n}") for n in range(2)]
    parties += [Party(story.object, cluster.connect(patience=60), 0.02)]
    # As many as are moved about: something is ready at each move.
    seconds = moves * (40 * pause + 1.5)
    producer = Party(story.push, cluster.connect(patience=60), seconds / (jobs / BATCH))
    first = []

    def all_well():
        for party in [*parties, producer]:
            party.check()
        return True
    wait_until(lambda: all_well() and story.reported, 20, daemon.log)
    for _ in range(moves):
        target = story.random.choice([n for n in cluster.masters_now() if n is not cluster.master])
        cluster.move(target, pause)
        moved = time.monotonic()
        before = len(story.taken_s)
        wait_until(lambda n=before: all_well() and len(story.taken_s) > n, 20, lambda: f"a take after the move\n{daemon.log()}")
        first.append(story.taken_s[before] - moved)
    producer.join(seconds * 2 * harness.SLOW + 60)
    producer.end()
    wait_until(lambda: all_well() and w.r.llen(w.key("queue")) == 0 and w.stat("ready") == 0 and w.stat("taken") == 0, 60, lambda: f"all to be through: {w.stats()}\n{daemon.log()}")
    for party in parties:
        party.end()
    settled(w)
    daemon.stop()
    handed = story.judge()
    where = collections.Counter(account(w, {(w.c, i): None for i in story.pushed.values()}, [w]).values())
    equal((where["done"], sum(where.values())), (handed, jobs), "what was handed over, and all")
    assert "redis-refused" not in daemon.log() and "expected a" not in daemon.log(), daemon.log()
    print(f"  {moves} moves, {pause} s between keys: {jobs} jobs, {handed} handed over, lost 0, twice 0, after {len(story.objected)} objections 0; "
          f"first take after a move: {sorted(first)[len(first) // 2]:.2f} s, at most {max(first):.2f} s", flush=True)
    late = [f for f in first if f > 1 * harness.SLOW]
    equal(late, [], "first takes later than a second after the move")


@full_speed
def test_two_moves(env):
    resharded(env, 2, 1000, 0.01, 0)


@own_target
def test_many_moves(env):
    moves = int(os.environ.get("LICET_MOVES", "20"))
    resharded(env, moves, 2000 * moves, 0.1, 1)
