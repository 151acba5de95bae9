"""A slot that is moved key by key, with a rest between keys, while licetd releases, senders take and report, and people object.

`make check` moves it twice, `make check-long` twenty times with 40,000 jobs and 0.1 s between keys (LICET_MOVES). Every job is in one
place afterwards, none was handed over twice, and none after its person had objected."""

import collections
import os
import random
import threading
import time

import redis

import harness
from harness import Failure, equal, full_speed, own_target, wait_until
from nodes import Nodes
from oracle import account, places, settled
from race import seed_of
from world import OPEN, World, job

P = "licet-sim:{one}:"
BATCH = 20
LOST = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


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
        self.reported, self.failing = 0, False
        self.lost_calls, self.words = collections.Counter(), collections.Counter()

    def push(self, client, pace):
        """Some jobs more."""
        chunk, self.left = self.left[:BATCH], self.left[BATCH:]
        if not chunk:
            return False
        for i in chunk:
            self.pushed[f"+336{i:08d}"] = str(i)
        lines = [harness.json.dumps(job(i)) for i in chunk]
        while True:  # what was pushed twice is refused as a duplicate; with a failover, nothing less would do
            try:
                client.rpush(self.w.key("queue"), *lines)
                break
            except LOST:
                self.lost_calls["push"] += 1
        time.sleep(pace)
        return True

    def send(self, client, name):
        """Take, and report each: no call is repeated that may have been done."""
        sent = time.monotonic()
        try:
            reply = client.fcall("licet_take", 1, self.w.ready, name, BATCH)
        except LOST:  # what it got becomes unknown, or is handed over again
            self.lost_calls["take"] += 1
            return True
        back = time.monotonic()
        jobs = [dict(zip(j[::2], j[1::2])) for j in reply]
        if not jobs:
            time.sleep(0.01)
            return True
        self.taken_s.append(back)
        for j in jobs:
            self.handed[j["id"]].append((sent, j["to"]))
        words = [w for j in jobs for w in (j["token"], "answered", "")]
        while True:
            try:
                said = client.fcall("licet_done", 1, self.w.ready, *words)
                break
            except LOST:
                self.lost_calls["report"] += 1
        said = said if isinstance(said, list) else [said]
        if not self.failing and said != ["OK"] * len(jobs):
            raise Failure(f"reports: {said}")
        self.words.update(word.split()[0] for word in said)
        self.reported += len(jobs)
        return True

    def object(self, client, pace):
        """By the function, or by hand: somebody who has a job, or gets one soon."""
        number = f"+336{self.random.randrange(len(self.pushed) + min(len(self.left), 5000)):08d}"
        try:
            if self.random.random() < 0.5:
                client.sadd(P + "list:opposition", number)
            else:
                client.fcall("licet_oppose", 1, P + self.random.choice(("list:opposition", "list:opposition:acme")), number, "web", "said no")
            if self.failing and client.wait(1, 1000) < 1:  # what no replica has may go with its master
                return True
            self.objected.setdefault(number, time.monotonic())
        except LOST:  # it is not known whether it was recorded: nothing is claimed
            self.lost_calls["objection"] += 1
        except redis.exceptions.ResponseError as error:
            if not str(error).startswith("UNBLOCKED "):  # WAIT, of a master that is none any more: nor is this
                raise
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


def places_of(w, story):
    """Where each job is that was pushed, and which are nowhere."""
    where = places(w, [w.c])
    return where, [i for i in story.pushed.values() if not where.get((w.c, i))]


@own_target
def test_failovers_while_jobs_pass(env):
    """Five planned ones, five by kill -9, with min-replicas-to-write 1 and two replicas each: no objection that a replica had is forgotten, and it goes on within a
    second, or within the node-timeout and four seconds."""
    cluster = Nodes(env, P, 3, 2, more=("--min-replicas-to-write", "1", "--min-replicas-max-lag", "1"))
    cluster.configure(env)
    w = World(env, P).define()
    daemon = env.daemon("--simulate", OPEN)
    story = Story(cluster, w, 200000, seed_of(env.name))  # pushed for as long as failovers go on
    story.failing = True
    parties = [Party(story.send, cluster.connect(patience=60), f"s{n}") for n in range(2)]
    parties += [Party(story.object, cluster.connect(patience=60), 0.02)]
    producer = Party(story.push, cluster.connect(patience=60), BATCH / 150)

    def all_well():
        for party in [*parties, producer]:
            party.check()
        return True
    wait_until(lambda: all_well() and story.reported, 20, daemon.log)
    stood = {"planned": [], "killed": []}
    for n in range(10):
        first = cluster.master
        second = cluster.replica_of(first)
        cluster.wait_replicated(first)
        begun = time.monotonic()
        if n % 2 == 0:
            second.cluster("FAILOVER")
            wait_until(lambda s=second: s.role() == "master" and cluster.owner(s) is s, 30, "the failover")
        else:
            first.kill()  # either of the two takes over
            second = cluster.master
        changed, before = time.monotonic(), len(story.taken_s)
        wait_until(lambda b=before: all_well() and len(story.taken_s) > b + 1, 30, lambda: f"takes behind the failover\n{daemon.log()}")
        stood["planned" if n % 2 == 0 else "killed"].append((changed - begun, story.taken_s[before + 1] - changed))
        if n % 2:
            first.start()
        wait_until(lambda f=first: f.role() == "slave", 30, "the old master to follow")
    producer.end()
    jobs = len(story.pushed)
    wait_until(lambda: all_well() and w.r.llen(w.key("queue")) == 0 and w.stat("ready") == 0, 60, lambda: f"all to be through: {w.stats()}\n{daemon.log()}")
    for party in parties:
        party.end()
    settled(w)
    daemon.stop()
    twice = sum(len(times) > 1 for times in story.handed.values())
    after = [(i, sent - story.objected[to]) for i, times in story.handed.items() for sent, to in times if story.objected.get(to, sent) < sent]
    equal(after, [], "handed over after an objection that a replica had")
    where, nowhere = places_of(w, story)
    print(f"  10 failovers: {jobs} jobs, {len(story.handed)} handed over, {twice} of them twice, {len(nowhere)} lost, after {len(story.objected)} objections 0; "
          f"calls whose answer was lost {dict(story.lost_calls)}, reports {dict(story.words)}; "
          f"the replica took over after, and a take came back within: planned {[f'{a:.1f}+{b:.2f}' for a, b in stood['planned']]}, "
          f"killed {[f'{a:.1f}+{b:.2f}' for a, b in stood['killed']]} s", flush=True)
    assert twice <= 10 and len(nowhere) <= BATCH, (twice, nowhere)
    assert all(b <= harness.SLOW for _, b in stood["planned"]), stood
    assert all(a <= 5 * harness.SLOW and b <= 4 * harness.SLOW for a, b in stood["killed"]), stood
    w.balance()
