"""Failover with Redis Sentinel: real servers, real Sentinels, a sender that knows them too.

Replication is asynchronous: what a master had acknowledged and not yet passed on is gone
with it. These tests count what that is, and what min-replicas-to-write and WAIT make of it."""

import collections
import signal
import threading
import time

import redis

import harness
import sender
from cluster import PASSING, Cluster
from examples import of_page
from harness import Failure, contains, equal, full_speed, own_target, wait_until
from oracle import account, settled
from world import OPEN, World, job


def scene(env, more="", **definition):
    """A cluster with one sound campaign; the daemon is not started."""
    cluster = Cluster(env)
    w = World(env)
    w.define(**definition)
    cluster.configure(env, more=more)
    return cluster, w


AFTER_LEASES = "2026-11-24T11:10:00+01:00"  # forty minutes after OPEN; a lease is fifteen


def start(env, wait=True, at=OPEN):
    d = harness.Daemon(env, "--simulate", at)
    return d.wait_ready() if wait else d


class Sender(threading.Thread):
    """Takes and reports, as fast as it can, through Redis' own client for Sentinel. One that waits asks WAIT behind
    each of them, dials nothing that is in one Redis only, and sends a report until it is in two."""

    def __init__(self, cluster, ready, waits=False):
        super().__init__(daemon=True)
        self.r, self.ready, self.waits = cluster.connect(), ready, waits
        self.takes = []  # those that were dialled: (sent, back, token, id)
        self.lost = 0  # takes whose answer did not come, on a connection that had answered before
        self.doubtful = False  # there was no answer: is there a master?
        self.undialled = 0
        self.acked = {}  # token: when its last report was sent and answered
        self.late = self.strange = 0
        self.reports = collections.deque()
        self.end, self.failure = threading.Event(), None

    def run(self):
        try:
            while not self.end.is_set():
                try:
                    if self.doubtful:
                        self.r.ping()
                        self.doubtful = False
                    if not self._report() and not self._take():
                        self.end.wait(harness.POLL_S)
                except PASSING:
                    self.doubtful = True
                    self.end.wait(harness.POLL_S)
                except redis.exceptions.ResponseError as error:
                    if not str(error).startswith("NOREPLICAS"):
                        raise
                    self.end.wait(harness.POLL_S)
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def _call(self, function, *words):
        """The answer, and whether it may be relied on."""
        if not self.waits:
            return self.r.fcall(function, 1, self.ready, *words), True
        with self.r.pipeline(transaction=False) as pipe:  # WAIT speaks of its own connection
            pipe.fcall(function, 1, self.ready, *words)
            pipe.wait(1, 1000)
            got, copies = pipe.execute(raise_on_error=False)
        if isinstance(got, Exception):
            raise got
        return got, copies >= 1

    def _take(self):
        sent = time.monotonic()
        try:
            got, safe = self._call("licet_take", "s1", 10)
        except PASSING:
            self.lost += 1
            raise
        for j in got:
            fields = dict(zip(j[::2], j[1::2]))
            self.undialled += not safe
            if safe:
                self.takes.append((sent, time.monotonic(), fields["token"], fields["id"]))
            self.reports.append((fields["token"], "answered" if safe else "not-placed"))
        return got

    def _report(self):
        """Reports are kept until they were answered: a second one is answered late."""
        if not self.reports:
            return False
        token, outcome = self.reports[0]
        sent = time.monotonic()
        try:
            got, safe = self._call("licet_done", token, outcome, "")
            self.late += got == "late"
            if not safe:
                return True
            self.acked[token] = (sent, time.monotonic())
        except redis.exceptions.ResponseError as error:
            if not str(error).startswith("TOKEN never handed out here"):
                raise
            self.strange += 1  # its release is lost, too
        self.reports.popleft()
        return True

    def finish(self):
        self.end.set()
        self.join()
        if self.failure:
            raise self.failure
        while self.reports:
            self._report()

    def wait_more(self, count=60, timeout=30):
        want = len(self.takes) + count
        wait_until(lambda: len(self.takes) >= want or self.failure, timeout, lambda: f"{want} jobs handed over, {len(self.takes)} were")
        if self.failure:
            raise self.failure

    def twice(self):
        """The first takes of jobs that were dialled twice, as (sent, back)."""
        by_job = collections.defaultdict(list)
        for take in self.takes:
            by_job[take[3]].append(take[:2])
        return [take for takes in by_job.values() for take in takes[:-1]]

    def leased(self, tokens):
        """Why those are still with a sender: (takes whose answer went under, reports that were answered and lost)."""
        handed = {take[2] for take in self.takes}
        unheard = [t for t in tokens if t not in handed]
        reported = [self.acked[t] for t in tokens if t in self.acked]
        equal(len(tokens), len(unheard) + len(reported), "leases that are explained")
        return unheard, reported


# How far a replica that keeps up may be behind when its master goes.
LAG_S = 1
# min-replicas-max-lag counts whole seconds and is looked at once a second.
SPAN_S = 1 + 2


def lost_to(failovers, what, done, bounded):
    """All of it was done while a failover could lose it. Bounded: within the lag of the replica, not for as long as the
    old master goes on."""
    for sent, back in done:
        if not any(sent <= end and back >= begin - LAG_S for begin, end in failovers):
            raise Failure(f"a {what} was lost without a failover: {sent} to {back}, they were {failovers}")
    for begin, end in failovers:
        within = [d for d in done if d[0] <= end and d[1] >= begin - LAG_S]
        if bounded and within and max(b for _, b in within) - min(s for s, _ in within) > SPAN_S:
            raise Failure(f"{len(within)} times a {what} was lost, over more than {SPAN_S} s: {within}")


def gone_through(w, pushed):
    """All that was pushed has been handed over, or its take went under with a connection."""
    settled(w)
    s = w.stats()
    return s.get("intake") == pushed and not any(s.get(t, 0) for t in ("held", "later", "ready", "settling")) and w.r.llen(w.key("queue")) == 0


def passing(condition):
    """The same, false while there is no master to ask."""
    def ask():
        try:
            return condition()
        except PASSING:
            return False
    return ask


def lapse(env, w, daemon, count):
    """What nobody reported is unknown once its lease is over, and is never handed over again."""
    daemon.stop()
    start(env, at=AFTER_LEASES)
    w.wait_stat("unknown", count)
    equal((w.stat("taken"), w.r.hlen(w.ready + ":lease"), w.take(500)), (0, 0, []))
    equal(sum(w.stat(t) for t in ("done", "unknown")), w.stat("intake"))


def through_failovers(env, label, min_replicas=0, waits=False):
    """kill -9 of the master; the old one comes back as a replica; SENTINEL FAILOVER to it. All that was lost is accounted
    for. Returns how many jobs were dialled twice and how many reports were lost."""
    jobs = 6000
    cluster, w = scene(env, rate="120/s")
    for node in cluster.nodes:
        node.client.config_set("min-replicas-max-lag", 1)
        node.client.config_set("min-replicas-to-write", min_replicas)
        node.words += ("--min-replicas-max-lag", "1", "--min-replicas-to-write", str(min_replicas))
    for i in range(0, jobs, 500):
        w.push(*[job(k) for k in range(i, i + 500)])
    cluster.wait_replicated()
    daemon, box = start(env), Sender(cluster, w.ready, waits)
    box.start()
    box.wait_more()
    old, new = cluster.master, cluster.replica
    begin = time.monotonic()
    old.kill()
    cluster.wait_master(new)
    failovers = [(begin, time.monotonic())]
    if min_replicas == 0 and not waits:  # else it waits for a replica
        box.wait_more()
    old.start()
    cluster.wait_replica(old)
    box.wait_more()
    contains(daemon.log(), f"redis-up link=work at=127.0.0.1:{new.port}")
    equal(old.calls("fcall"), (0, 0), "calls of the daemon on a replica")
    begin = time.monotonic()
    cluster.switch(old)
    switch_s = time.monotonic() - begin
    cluster.wait_replica(new)  # until then the one that is master no more may not know it
    failovers.append((begin, time.monotonic()))
    box.wait_more()
    contains(daemon.log(), f"redis-up link=work at=127.0.0.1:{old.port}")
    w.r.hset(w.key("def"), "rate", "2000/s")
    wait_until(passing(lambda: gone_through(w, jobs)), 60, lambda: f"all jobs to pass: {w.stats()}")
    box.finish()
    settled(w)
    where = collections.Counter(account(w, {(w.c, str(i)): None for i in range(jobs)}, [w]).values())
    equal(set(where) <= {"done", "taken"}, True, where)
    tokens = w.r.hkeys(w.ready + ":lease")
    equal(where["taken"], len(tokens), "jobs that are taken, and leases")
    unheard, reports = box.leased(tokens)
    assert len(unheard) <= 10 * box.lost, f"{len(unheard)} leases that no sender knows, but only {box.lost} takes had no answer"
    twice = box.twice()
    print(f"{label}: {jobs} jobs through kill -9 and SENTINEL FAILOVER: {len(twice)} dialled twice, {len(reports)} reports lost, "
          f"{len(unheard)} in {box.lost} takes whose answer went under, {box.undialled} not dialled, {box.late} late reports, {box.strange} of a "
          f"token nobody knows; new master after {failovers[0][1] - failovers[0][0]:.1f} s and {switch_s:.1f} s, old one a replica for all "
          f"Sentinels after {failovers[1][1] - failovers[1][0]:.1f} s", flush=True)
    lost_to(failovers, "take", twice, min_replicas > 0)
    lost_to(failovers, "report", reports, min_replicas > 0)
    lapse(env, w, daemon, len(tokens))
    return len(twice), len(reports)


@own_target
def test_releases_go_on_through_failovers(env):
    through_failovers(env, "as shipped")


@own_target
def test_min_replicas_through_failovers(env):
    """A master that lost its replica takes no writes: what it acknowledged is there after the failover, but for what
    its replica had not read yet."""
    through_failovers(env, "min-replicas-to-write 1", 1)


@own_target
def test_a_sender_that_waits_through_failovers(env):
    """Nothing that WAIT confirmed is lost, whatever the servers are told."""
    equal(through_failovers(env, "a sender that asks WAIT", waits=True), (0, 0), "jobs dialled twice, and reports lost")


@own_target
def test_a_master_that_hangs_is_left(env):
    """It answers nobody and closes nothing: the Sentinels tell before any deadline does."""
    cluster, w = scene(env, more="redis_timeout_ms = 60000;")
    daemon = start(env)
    old, new = cluster.master, cluster.replica
    old.freeze()
    cluster.wait_master(new)
    wait_until(lambda: "the Sentinels name another master" in daemon.log(), 20, daemon.log)
    wait_until(passing(lambda: w.push(job(1)) or True), 20, "a push to the new master")
    equal([j["id"] for j in w.wait_taken(1)], ["1"])
    old.thaw()
    cluster.wait_replica(old)
    w.push(job(2))
    equal([j["id"] for j in w.wait_taken(1)], ["2"])


def test_the_bridge_follows_the_master(env):
    """The old one is a master for some seconds more, and would hand over jobs in vain."""
    cluster, w = scene(env)
    start(env)
    bridge = sender.Sender(env, "exit 10", "--jobs", "4")
    w.push(job(1))
    w.wait_stat("done", 1)
    cluster.wait_replicated()
    new = cluster.replica
    cluster.switch(new)
    bridge.wait_said(f"redis-up link=sender at=127.0.0.1:{new.port}")
    w.r = cluster.connect()  # the one of before may still lead to the old one
    w.push(*[job(i) for i in range(2, 20)])
    w.wait_stat("done", 19)
    bridge.signal().wait()
    contains(bridge.err, "the Sentinels name another master")


def test_the_bridge_waits_for_replicas(env):
    """With wait_replicas it dials nothing that is in one Redis only: a take that finds no replica is not placed, and none
    is made until it is back."""
    cluster, w = scene(env, more="wait_replicas = 1;\nwait_ms = 100;")
    start(env)
    bridge = sender.Sender(env, f"echo $LICET_ID >> {env.folder}/started; exit 10")
    w.push(job(1))
    w.wait_stat("done", 1)
    replica = cluster.replica
    replica.freeze()
    w.push(job(2))  # what is released before licetd knows is taken before the bridge does
    bridge.wait_said("why=\"0 of 1 replicas acknowledged within 100 ms\"")
    bridge.wait_said("report-unsafe")
    replica.thaw()
    w.wait_stat("done", 2, 20)
    w.push(job(3))
    w.wait_stat("done", 3, 20)
    equal(sender.outcomes(w), {"1": ("answered", ""), "2": ("not-placed", "0 of 1 replicas acknowledged within 100 ms"), "3": ("answered", "")})
    equal(sender.read(env, "started").split(), ["1", "3"])
    bridge.signal().wait()
    w.balance()


def left_behind(cluster, w):
    """The replica gets nothing more. Returns a function that kills the master then and lets the replica take its place."""
    cluster.wait_replicated()
    old, new = cluster.master, cluster.replica
    new.freeze()
    w.r.set("full", "x" * (32 << 20))  # more than sockets hold: what comes after it stays in the master

    def fail():
        old.kill()
        new.thaw()
        cluster.wait_master(new)
        w.r = cluster.connect()
        return old, new
    return fail


@full_speed
def test_the_bridge_reports_again_after_a_failover(env):
    """A report that the replica had not got is made to the next master."""
    cluster, w = scene(env, more="wait_replicas = 1;\nwait_ms = 2000;")
    start(env)
    bridge = sender.Sender(env, sender.WAIT.format(env.folder))
    w.push(job(1))
    sender.wait_started(env, 1)
    fail = left_behind(cluster, w)
    sender.go(env)
    wait_until(lambda: w.r.hlen(w.ready + ":lease") == 0, 10, "the report")
    fail()
    wait_until(passing(lambda: w.stat("done") == 1), 20, lambda: f"the report to be made again: {w.stats()}\n{bridge.err}")
    equal((sender.outcomes(w), sender.read(env, "started").split()), ({"1": ("answered", "")}, ["1"]))
    bridge.signal().wait()
    w.balance()


def dialled_once(env, wait_ms, said):
    """The replica has not got a take when the master dies; said is what the bridge says of it."""
    cluster, w = scene(env, more=f"wait_replicas = 1;\nwait_ms = {wait_ms};")
    start(env)
    bridge = sender.Sender(env, f"echo $LICET_ID >> {env.folder}/started; exit 10")
    w.push(job(1))
    w.wait_stat("done", 1)
    w.r.hset(w.key("def"), "status", "paused")
    w.push(job(2))
    w.wait_because("campaign-paused")
    fail = left_behind(cluster, w)
    w.r.hset(w.key("def"), "status", "running")
    if wait_ms < 1000:
        bridge.wait_said("report-unsafe", 20)
    else:
        wait_until(lambda: w.r.hlen(w.ready + ":lease") == 1, 20, lambda: f"the take: {w.stats()}\n{bridge.err}")
    old, new = fail()
    bridge.wait_said(said, 20)
    wait_until(passing(lambda: w.r.hset(w.key("def"), "status", "running") is not None), 20, "the new master")  # this was lost, too
    bridge.wait_said(f"0 of 1 replicas acknowledged within {wait_ms} ms", 20)
    old.start("--replicaof", "127.0.0.1", str(new.port))
    wait_until(passing(lambda: w.stat("done") == 2), 30, lambda: f"the job to be handed over again: {w.stats()}\n{bridge.err}")
    equal((sender.outcomes(w), sender.read(env, "started").split()), ({"1": ("answered", ""), "2": ("answered", "")}, ["1", "2"]))
    bridge.signal().wait()
    w.balance()


@full_speed
def test_the_bridge_dials_once_through_a_failover(env):
    """A take that the replica had not got is not dialled; the next master hands the job over again, once it has a
    replica."""
    dialled_once(env, 2000, "none is dialled")


@full_speed
def test_the_bridge_tells_no_other_master_of_a_take(env):
    """The take was reported not-placed to a master that died. The next one, which hands the job over with the same
    token, must not hear of it."""
    dialled_once(env, 500, "report-dropped")  # a replica that has just come is asked within that


@full_speed
def test_the_example_of_the_manual(env):
    """licet-sender(7): what a replica has is dialled and reported; what none has is given back to the same server."""
    cluster, w = scene(env)
    start(env)
    code, = of_page("licet-sender.7", "failover")
    for host, process in zip(("10.0.0.1", "10.0.0.2"), cluster.sentinels):
        code = code.replace(f'("{host}", 26379)', f'("127.0.0.1", {process.port})')
    dialled = []

    def run():
        exec(code.replace("licet:", w.p), {"place_call": lambda j: dialled.append(j["id"]) or "busy"})  # pylint: disable=exec-used
    w.push(job(1))
    w.wait_stat("ready", 1)
    cluster.wait_replicated()
    run()
    w.wait_stat("done", 1)
    w.push(job(2))
    w.wait_stat("ready", 1)
    replica = cluster.replica
    replica.freeze()
    run()
    w.wait_stat("done", 2)
    equal((dialled, [w.ended("done")[i]["outcome"] for i in "12"]), (["1"], ["busy", "not-placed"]))
    # What Redis has lost is no report, but what the person said holds for everybody.
    replica.thaw()
    names = {"place_call": None}
    exec(code.replace("licet:", w.p), names)  # pylint: disable=exec-used
    names["report"]({"token": "lost.1", "to": "+33600000009"}, "busy")
    names["report"]({"token": "lost.1", "to": "+33600000009"}, "opted-out")
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000009"})
    w.balance()


@full_speed
def test_what_a_failover_can_lose(env):
    """The replica is behind when the master dies: takes, reports and oppositions that were acknowledged are gone. Who
    asks WAIT is told so before he dials, and reports again."""
    cluster, w = scene(env)
    w.push(*[job(i) for i in range(20)])
    daemon = start(env)
    w.wait_stat("ready", 20)
    cluster.wait_replicated()
    safe = w.take(5)
    equal(w.r.wait(1, 5000), 1)
    old, new = cluster.master, cluster.replica
    new.freeze()
    w.r.set("full", "x" * (32 << 20))  # more than sockets hold: what comes after it stays in the master
    took = w.take(10)
    equal(w.r.wait(1, 50), 0, "replicas that have the take")
    equal([w.done(j["token"]) for j in safe], ["OK"] * 5)
    equal(w.r.wait(1, 50), 0, "replicas that have the reports")
    numbers = [j["to"] for j in w.take(5)]
    for number in numbers:
        equal(w.oppose(number), [1, 0, 1])
    old.kill()
    new.thaw()
    cluster.wait_master(new)
    again = []
    wait_until(passing(lambda: again.extend(w.take()) or len(again) >= 15), 20, lambda: f"what was lost to come again: {len(again)}")
    equal(sorted(j["to"] for j in again), sorted([j["to"] for j in took] + numbers))
    equal({j["token"] for j in again} & {j["token"] for j in safe}, set())
    equal([w.r.sismember(w.p + "list:opposition", n) for n in numbers], [0] * 5)
    # Who knows that his report was lost says it again, even to the new master; the others' jobs are with a person.
    equal([w.done(j["token"]) for j in safe[:3] + again], ["OK"] * (3 + len(again)))
    w.wait_stat("done", 3 + len(again))
    w.balance()
    lapse(env, w, daemon, 2)
    equal(sorted(w.r.hkeys(w.ready + ":unknown")), sorted(j["token"] for j in safe[3:]))
    equal(w.done(safe[3]["token"]), "late")
    w.wait_because("outcome-unknown")
    env.ctl("settle", w.c, safe[3]["id"], "answered", "--reason", "the bill says so")
    w.wait_stat("done", 4 + len(again))
    w.balance()
    print(f"lost with a replica that was behind: {len(again)} takes of {len(again) + len(safe)}, {len(numbers)} oppositions, {len(safe)} reports; "
          f"of the {len(safe)} takes that WAIT had confirmed: 0", flush=True)


@full_speed
def test_wait_replicas_stops_releases(env):
    """A replica that does not acknowledge: at most what one WAIT covers is released, then nothing until it does."""
    cluster, w = scene(env, more="wait_replicas = 1;\nwait_ms = 100;\nbatch_max = 20;", rate=None)
    daemon = start(env)
    w.push(*[job(i) for i in range(100)])
    w.wait_stat("ready", 100)
    replica = cluster.replica
    replica.freeze()
    w.push(*[job(i) for i in range(100, 2000)])
    w.wait_because("redis-policy")
    contains(w.state()["rule"], "0 of 1 replicas acknowledged within 100 ms")
    contains(daemon.log(), "replicas-missing")
    contains(daemon.log(), "min-replicas-to-write is 0")
    contains(env.ctl("status").out, "min-replicas-to-write is 0")
    key = next(w.r.scan_iter(w.p + "daemon:*", 1000))
    wait_until(lambda: int(w.r.hget(key, "waits_short")) > 1, 10, "short waits to be counted")
    contains(w.r.hget(key, "redis_policy"), "0 of 1 replicas")
    before = w.stat("ready")
    # Two more answers, and nothing has moved.
    short = int(w.r.hget(key, "waits_short"))
    wait_until(lambda: int(w.r.hget(key, "waits_short")) > short + 1, 20, "more short waits")
    equal(w.stat("ready"), before)
    assert before < 1000, f"{before} were released though no replica acknowledged"
    replica.thaw()
    w.wait_stat("ready", 1000, 20)
    wait_until(lambda: "0 of 1" not in w.r.hget(key, "redis_policy"), 10, "the policy to be met again")
    contains(daemon.log(), "replicas-back")
    # Whoever gives up asking goes on.
    replica.freeze()
    equal(len(w.take(300)), 300)
    w.wait_because("redis-policy")
    cluster.configure(env)
    daemon.signal(signal.SIGHUP)
    w.wait_stat("ready", 1000, 20)
    print(f"wait_replicas = 1: {before - 100} of 1900 jobs were released after the last acknowledgement", flush=True)


def test_min_replicas_is_an_ordinary_path(env):
    cluster, w = scene(env)
    master, replica = cluster.master, cluster.replica
    master.client.config_set("min-replicas-max-lag", 1)
    master.client.config_set("min-replicas-to-write", 1)
    daemon = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    w.push(job(2))
    replica.kill()
    wait_until(lambda: "replicas-missing" in daemon.log(), 20, daemon.log)
    contains(daemon.log(), "NOREPLICAS")
    try:
        w.take()
        raise Failure("a take though nobody may write")
    except redis.exceptions.ResponseError as error:
        contains(str(error), "NOREPLICAS")
    replica.start("--replicaof", "127.0.0.1", str(master.port))
    wait_until(lambda: "replicas-back" in daemon.log(), 20, daemon.log)
    w.push(job(3))
    w.wait_stat("ready", 3)
    w.wait_state(state="running")
    equal(len(w.wait_taken(3)), 3)
    equal([line for line in daemon.log().splitlines() if "level=error" in line], [])
    w.balance()
