"""Three spaces on a real cluster, objections and jobs in all of them, and their masters killed in turn: who said no is called nowhere."""

import json
import os
import random
import threading
import time

import redis
from harness import equal, own_target, wait_until
from nodes import Follower
from test_cluster_of_spaces import begin
from world import job

SECONDS = int(os.environ.get("LICET_SPACES_S", "60"))
RATE = 200             # objections a second
KILL_EVERY_S = 20
ELSEWHERE_S = 1        # so long after an objection in one space another may hand over
LOST = (redis.exceptions.RedisError, OSError)


class Caller:
    """One thread's own connection to each space."""

    def __init__(self, worlds):
        self.spaces = [(w, Follower(w.view.cluster, patience=1, single_connection_client=True)) for w in worlds]

    def oppose(self, at, number):
        """Returns whether it was answered, and then whether a replica has it."""
        w, r = self.spaces[at]
        try:
            r.fcall("licet_oppose", 1, w.p + "list:opposition", number, "web", "said no")
        except LOST:
            return False, False
        try:
            return True, r.wait(1, 200) >= 1
        except LOST:
            return True, False


class Scene:
    def __init__(self, worlds):
        self.worlds, self.stop, self.lock = worlds, threading.Event(), threading.Lock()
        self.next = 0
        self.everywhere, self.somewhere, self.kept = {}, {}, set()  # number -> when; number -> (when, space); numbers that a replica has
        self.taken = [[] for _ in worlds]                            # (when it was asked, number)
        self.faults = []

    def number(self):
        with self.lock:
            self.next += 1
            return self.next

    def guarded(self, work, *words):
        try:
            work(*words)
        except Exception as error:  # pylint: disable=broad-except
            self.faults.append(repr(error))
            raise

    def object(self, share):
        """A number gets a job in each space, and within two seconds says no: in one space, or in all."""
        caller, rng, due = Caller(self.worlds), random.Random(share), []
        began = time.monotonic()
        count = 0
        while not self.stop.is_set():
            now = time.monotonic()
            while count < (now - began) * RATE / 4:
                count += 1
                n = self.number()
                for w, r in caller.spaces:
                    try:
                        r.rpush(w.key("queue"), json.dumps(job(n)))
                    except LOST:
                        pass
                due.append((now + rng.random() * 2, n, rng.random() < 0.5))
            due.sort()
            while due and due[0][0] <= now and not self.stop.is_set():
                _, n, all_of_them = due.pop(0)
                self.say_no(caller, rng, f"+336{n:08}", all_of_them)
            time.sleep(0.01)

    def say_no(self, caller, rng, number, all_of_them):
        if not all_of_them:
            at = rng.randrange(3)
            answered, kept = caller.oppose(at, number)
            if answered:
                self.somewhere[number] = (time.monotonic(), at)
                if kept:
                    self.kept.add(number)
            return
        left = [0, 1, 2]
        rng.shuffle(left)
        while left and not self.stop.is_set():
            left = [at for at in left if not caller.oppose(at, number)[0]]
        if not left:
            self.everywhere[number] = time.monotonic()

    def take(self, at):
        w = self.worlds[at]
        r = Follower(w.view.cluster, patience=1)
        while not self.stop.is_set():
            asked = time.monotonic()
            try:
                found = r.fcall("licet_take", 1, w.ready, "s1", 20)
            except LOST:
                time.sleep(0.05)
                continue
            for flat in found:
                one = dict(zip(flat[::2], flat[1::2]))
                self.taken[at].append((asked, one["to"]))
            time.sleep(0.02)


def kill_in_turn(cluster, scene, until):
    """Returns how many died."""
    count = 0
    while time.monotonic() + KILL_EVERY_S < until:
        w = scene.worlds[count % 3]
        master = w.view.master
        replica = cluster.replica_of(master)
        cluster.wait_replicated(master)
        master.kill()
        wait_until(lambda w=w, replica=replica: w.view.master is replica, 30, "the replica to take over")
        time.sleep(2)
        master.start()
        wait_until(lambda master=master: master.role() == "slave", 30, "the old master to follow")
        count += 1
        time.sleep(max(0, min(KILL_EVERY_S / 2, until - time.monotonic())))
    return count


@own_target
def test_masters_die_in_turn(env):
    cluster, worlds = begin(env, 1)
    scene = Scene(worlds)
    for w in worlds:
        w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": "3600", "breaker_pct": "0"})
    threads = [threading.Thread(target=scene.guarded, args=(scene.object, i)) for i in range(4)]
    threads += [threading.Thread(target=scene.guarded, args=(scene.take, i)) for i in range(3)]
    until = time.monotonic() + SECONDS
    for t in threads:
        t.start()
    try:
        kills = kill_in_turn(cluster, scene, until)
        time.sleep(max(0, until - time.monotonic()))
    finally:
        scene.stop.set()
        for t in threads:
            t.join()
    equal(scene.faults, [])
    ended = time.monotonic()

    def lists():
        return [set(w.r.smembers(w.p + "list:opposition")) for w in worlds]

    def alike():
        found = lists()
        return found[0] == found[1] == found[2]
    wait_until(alike, 30, lambda: f"the lists to be alike: {[len(x) for x in lists()]}")
    alike_after = time.monotonic() - ended
    on = lists()[0]
    after_all = [(at, n) for at, taken in enumerate(scene.taken) for t, n in taken if n in scene.everywhere and t > scene.everywhere[n]]
    there = [(at, n) for at, taken in enumerate(scene.taken) for t, n in taken if n in scene.somewhere and at == scene.somewhere[n][1] and t > scene.somewhere[n][0] and n in scene.kept]
    late = [round(t - scene.somewhere[n][0], 2) for at, taken in enumerate(scene.taken) for t, n in taken if n in scene.somewhere and t > scene.somewhere[n][0] + ELSEWHERE_S and n in scene.kept]
    missing = [n for n in scene.everywhere if n not in on] + [n for n in scene.kept if n not in on]
    print(f"  {SECONDS} s, {kills} masters killed; {len(scene.everywhere)} said no in all spaces, {len(scene.somewhere)} in one ({len(scene.kept)} of these on a replica); "
          f"{sum(map(len, scene.taken))} jobs taken; handed over after all {len(after_all)}, after one, there {len(there)}, elsewhere later than {ELSEWHERE_S} s {len(late)}; "
          f"missing {len(missing)}; lists alike after {alike_after:.1f} s")
    equal((after_all, there, late, missing), ([], [], [], []))
    equal(alike_after < 10, True, f"{alike_after:.1f} s until the lists were alike")
    equal(len(scene.everywhere) > SECONDS * 10 and len(scene.somewhere) > SECONDS * 10 and sum(map(len, scene.taken)) > SECONDS * 10, True, "enough of each")
    for w in worlds:
        w.daemon.stop()
