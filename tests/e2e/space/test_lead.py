"""Two licetd that serve the same spaces: each space is led by one of them, and by the other within four seconds once that is gone."""

import collections
import contextlib
import os
import threading
import time

import raising
from harness import SLOW, Failure, contains, equal, full_speed, measures, wait_until
from redis import RedisError, ResponseError
from spaces import HEAD, cpu_of, enter
from test_serve import get, goes_on, keep_log, serve, space
from world import OPEN, World, job

INSTANCES = ("vm-1", "vm-2")
MASK = (1 << 64) - 1


def suits(instance, name):
    """As src/daemon/lead.c reckons it."""
    value = 0xcbf29ce484222325
    for byte in f"{instance}/{name}".encode():
        value = (value ^ byte) * 0x100000001b3 & MASK
    value = (value ^ value >> 33) * 0xff51afd7ed558ccd & MASK
    return value ^ value >> 33


def names(count):
    """Spaces of which each instance suits half."""
    of = collections.defaultdict(list)
    for i in range(200):
        of[max(INSTANCES, key=lambda instance, i=i: suits(instance, f"s{i}"))].append(f"s{i}")
    return sorted(of[INSTANCES[0]][:count // 2] + of[INSTANCES[1]][:count // 2])


def begin(env, count):
    """Both run; the first had all of them for a moment."""
    worlds = [space(env, name, names(count)) for name in names(count)]
    enter(worlds[0].r, *[w.name for w in worlds])
    first = serve(env, worlds, "*", words=("--instance", INSTANCES[0]))
    env.set_prefix(HEAD)
    # Only one of them can have the port.
    env.write_conf(open_text(env.conf).replace(f"metrics_port = {env.port};", "metrics_port = 0;"))
    second = env.daemon("--simulate", OPEN, "--instance", INSTANCES[1], wait=False)
    return worlds, first, second


def open_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def leaders(worlds):
    return {w.name: w.r.get(w.p + "lead") for w in worlds}


def shared(worlds):
    return leaders(worlds) == {w.name: max(INSTANCES, key=lambda instance, w=w: suits(instance, w.name)) for w in worlds}


def works(w, instance):
    return w.r.exists(f"{w.p}daemon:{instance}") == 1


@full_speed
def test_half_each(env):
    """Work while they share it out, while one is killed, while it comes back, while one stops: nothing is lost, doubled or late."""
    worlds, first, second = begin(env, 8)
    taken, stop = collections.defaultdict(list), threading.Event()

    def push_and_take(w):
        i = 0
        with contextlib.suppress(RedisError):  # where the test has failed
            while not stop.is_set() or len(taken[w.name]) < i:
                if not stop.is_set():
                    w.push(job(i))
                    i += 1
                taken[w.name].extend(int(j["id"]) for j in w.take())
                time.sleep(0.05)
    workers = [threading.Thread(target=push_and_take, args=(w,), daemon=True) for w in worlds]
    for each in workers:
        each.start()
    wait_until(lambda: shared(worlds), 20, lambda: f"each to have half: {leaders(worlds)}\n{second.log()[-2000:]}")
    for w in worlds:
        ours, other = (INSTANCES if w.r.get(w.p + "lead") == INSTANCES[0] else INSTANCES[::-1])
        wait_until(lambda w=w, ours=ours, other=other: works(w, ours) and not works(w, other), 10, lambda w=w: f"one heartbeat in {w.name}")
        led = " ".join(name for name, who in sorted(leaders(worlds).items()) if who == ours)
        wait_until(lambda w=w, ours=ours, led=led: w.r.hget(f"{w.p}daemon:{ours}", "spaces") == led, 10, f"{led} in the heartbeat")
    text = get(env, "/metrics")[1]
    equal({w.name for w in worlds if f'licet_space_led{{space="{w.name}"}} 1\n' in text}, {name for name, who in leaders(worlds).items() if who == INSTANCES[0]})
    lost = [w for w in worlds if w.r.get(w.p + "lead") == INSTANCES[1]]
    second.kill()
    killed = time.monotonic()
    wait_until(lambda: all(works(w, INSTANCES[0]) for w in lost), 10, lambda: f"the first to take over: {leaders(worlds)}\n{first.log()[-2000:]}")
    late = time.monotonic() - killed
    print(f"  four spaces were taken over {late:.1f} s after the other was killed")
    equal(late < 4 * SLOW, True, f"taken over after {late:.1f} s")
    env.set_prefix(HEAD)
    second = env.daemon("--simulate", OPEN, "--instance", INSTANCES[1], wait=False)
    wait_until(lambda: shared(worlds), 20, lambda: f"each to have half again: {leaders(worlds)}")
    first.stop()
    equal(INSTANCES[0] in leaders(worlds).values(), False, "led by who has stopped")
    wait_until(lambda: all(works(w, INSTANCES[1]) for w in worlds), 10, "the second to have all")
    stop.set()
    for each in workers:
        each.join(30)
    for w in worlds:
        equal(sorted(taken[w.name]), list(range(len(taken[w.name]))), f"what {w.name} handed over")
        w.balance()
    second.stop()
    equal([w.r.exists(w.p + "lead") for w in worlds], [0] * 8)


@full_speed
def test_the_log_goes_with_the_lead(env):
    """One is killed, and had the lease of a space's log for ten seconds: the other has both as soon as the lead has ended."""
    worlds = [space(env, name, names(2)) for name in names(2)]
    enter(worlds[0].r, *names(2))
    folders, daemons = {}, {}
    for instance in INSTANCES:
        folders[instance], said = keep_log(env, instance)
        daemons[instance] = serve(env, [], "*", *said, words=("--instance", instance))
    wait_until(lambda: shared(worlds), 20, lambda: f"each to have one: {leaders(worlds)}")
    for w in worlds:
        goes_on(w, 1)
    lost = next(w for w in worlds if leaders(worlds)[w.name] == INSTANCES[1])
    daemons[INSTANCES[1]].kill()
    killed = time.monotonic()
    lost.push(job(2))
    lost.wait_taken(1)
    late = time.monotonic() - killed
    print(f"  with a log the other went on after {late:.1f} s")
    equal(late < 5 * SLOW, True, f"{late:.1f} s")
    daemons[INSTANCES[0]].stop()
    said = env.run("log", "verify", os.path.join(folders[INSTANCES[0]], lost.name), "--json").json
    equal((said["ok"], said["origin"]), (True, f"example.com/{INSTANCES[0]}/{lost.name}"))


@full_speed
def test_nothing_rests_on_it(env):
    """A lead of another kind, or of nobody who is there: the space is worked in all the same."""
    worlds = [space(env, name, ("a", "b")) for name in ("a", "b")]
    a, b = worlds
    enter(a.r, "a", "b")
    a.r.sadd(a.p + "lead", "spoiled")
    b.r.set(b.p + "lead", "vm-gone", px=3000)
    daemon = serve(env, worlds, "ab", words=("--instance", "vm-1"))
    for w in worlds:
        goes_on(w, 1)
    a.r.delete(a.p + "lead")
    wait_until(lambda: leaders(worlds) == {"a": "vm-1", "b": "vm-1"}, 10, lambda: f"both to be led: {leaders(worlds)}")
    daemon.stop()


def test_the_function(env):
    raising.load(env.redis)
    r, p = env.redis, HEAD + "{a}:"

    def lead(*words):
        return r.fcall("licet_lead", 1, p + "lead", *words)
    who, left, now, *live = lead("vm-1", "3000", "take")
    equal((who, left, live), ("vm-1", 3000, ["vm-1"]))
    equal(abs(int(now) - r.time()[0] * 1000) < 2000, True)
    who, left, _, *live = lead("vm-2", "3000", "take")
    equal((who, 0 < left <= 3000, live), ("vm-1", True, ["vm-1", "vm-2"]))
    equal(lead("vm-2", "3000", "give", "vm-3")[0], "vm-1", "who has it not gives it not")
    equal(lead("vm-1", "3000", "give", "vm-2")[0], "vm-2")
    equal((r.get(p + "lead"), 0 < r.pttl(p + "lead") <= 3000), ("vm-2", True))
    equal(lead("vm-1", "3000", "leave")[::3], ["vm-2", "vm-2"])
    equal(lead("vm-2", "3000", "leave")[:2], ["", 0])
    equal((r.exists(p + "lead"), r.exists(p + "instances")), (0, 0))
    r.hset(p + "instances", "vm-old", "1")
    equal(lead("vm-1", "3000", "take")[3:], ["vm-1"])
    equal(r.hkeys(p + "instances"), ["vm-1"], "who was not there for a minute is forgotten")
    for words, said in ((("", "3000", "take"), "INSTANCE"), (("vm 1", "3000", "take"), "INSTANCE"), (("vm-1", "1", "take"), "TIME"), (("vm-1", "x", "take"), "TIME"),
                        (("vm-1", "3000", "seize"), "HOW"), (("vm-1", "3000", "give"), "INSTANCE")):
        try:
            raise Failure(f"{words}: {lead(*words)!r}")
        except ResponseError as error:
            contains(str(error), said)
    r.delete(p + "instances")
    r.set(p + "instances", "x")
    before = r.get(p + "lead")
    try:
        raise Failure(repr(lead("vm-1", "3000", "leave")))
    except ResponseError as error:
        contains(str(error), "TYPE")
    equal(r.get(p + "lead"), before, "nothing was done")
    try:
        raise Failure(repr(r.fcall("licet_lead", 1, "licet:lead", "vm-1", "3000", "take")))
    except ResponseError as error:
        contains(str(error), "KEY")


def pace(env, worlds, turn, jobs):
    """CPU of Redis, in us a job, and jobs a second, from the queues of all spaces to ready. Each turn has numbers of its own."""
    own = []
    for w in worlds:
        c = World(env, w.p, f"acme.t{turn}").define()
        c.r.srem(c.p + "campaigns", c.c)  # all is there before anything begins
        for at in range(0, jobs, 1000):
            c.push(*[job(turn * jobs + at + i) for i in range(1000)])
        own.append(c)
    r = worlds[0].r
    before, begun = cpu_of(r), time.monotonic()
    for c in own:
        c.r.sadd(c.p + "campaigns", c.c)
    for c in own:
        c.wait_stat("ready", jobs, timeout=120)
    return 1e6 * (cpu_of(r) - before) / (jobs * len(own)), jobs * len(own) / (time.monotonic() - begun)


@measures
def test_two_keep_the_pace_of_one(env):
    """What a job costs Redis must not grow where two licetd share the spaces: by turns, the best of each."""
    worlds, first, second = begin(env, 8)
    for w in worlds:
        w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 1000000})
    found = {1: [], 2: []}
    for turn in range(3):
        wait_until(lambda: shared(worlds), 20, lambda: f"each to have half: {leaders(worlds)}")
        found[2].append(pace(env, worlds, 2 * turn, 5000))
        second.stop()
        wait_until(lambda: all(works(w, INSTANCES[0]) for w in worlds), 10, "the first to have all")
        found[1].append(pace(env, worlds, 2 * turn + 1, 5000))
        env.set_prefix(HEAD)
        second = env.daemon("--simulate", OPEN, "--instance", INSTANCES[1], wait=False)
    one, two = min(found[1]), min(found[2])
    print(f"  {one[0]:.1f} us of Redis a job with one licetd, {two[0]:.1f} with two: {one[0] / two[0]:.2f}; jobs/s {one[1]:,.0f} and {two[1]:,.0f}")
    equal(one[0] / two[0] >= 0.95, True, f"us and jobs/s with one and with two: {found}")
    first.stop()
    second.stop()
