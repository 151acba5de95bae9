"""Several spaces of one platform, each with its licetd: an objection to the platform holds in all of them."""

import threading
import time

from harness import SLOW, contains, equal, full_speed, measures, wait_until
from spaces import enter, hear, one_objection_holds_in, space
from world import OPEN, job

LIMIT_MS = 2000


def begin(env, *names, limit_ms=LIMIT_MS):
    """As licetctl space add leaves them: in the hub, and each among the others' peers."""
    worlds = [space(env, name).define() for name in names]
    enter(env.redis, *names)
    for w in worlds:
        hear(w, names, limit_ms * SLOW)
    for w in worlds:
        env.prefix = w.p
        w.daemon = env.daemon("--instance", "vm-" + w.name, "--simulate", OPEN)
    return worlds


@full_speed
def test_alone(env):
    """A tag, and a hub that names nobody: licetd says so, and all goes on as on one Redis."""
    w = space(env, "one").define()
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_taken(1)
    equal(w.r.hgetall(w.p + "peers"), {"*": "alone"})
    # Who has others now, and lost its peers by hand, is not alone for having been so before.
    enter(w.r, "one", "two")
    time.sleep(5.5)  # what the hub said holds for five seconds
    w.r.delete(w.p + "peers")
    w.wait_state(15, because="list-stale", rule="opposition: nobody knows the other spaces")
    equal(w.r.exists(w.p + "peers"), 0)


@full_speed
def test_nobody_knows_the_others(env):
    """The hub names somebody, and there are no peers: that is not to be alone."""
    enter(env.redis, "one", "two")
    w = space(env, "one").define()
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_state(because="list-stale", rule="opposition: nobody knows the other spaces")
    equal((w.take(), w.stat("released"), w.r.exists(w.p + "peers")), ([], 0, 0))


def test_an_objection_is_heard(env):
    a, b, c = begin(env, "a", "b", "c")
    one_objection_holds_in((a, b, c))
    for w in (b, c):
        w.wait_stat("refused", 1)
        equal(w.reasons(), {"1": "opposed-platform"})
    [(_, told)] = b.r.xrange(b.p + "oppositions")
    equal((told["space"], told["number"], told["kind"]), ("a", "+33600000001", "opposed"))
    # An advertiser's is nobody else's, and what is undone is undone in all.
    a.oppose("+33600000003", "acme")
    a.r.fcall("licet_unoppose", 1, a.p + "list:opposition", "+33600000001", "me", "a mistake")
    for w in (b, c):
        wait_until(lambda w=w: not w.r.sismember(w.p + "list:opposition", "+33600000001"), 5, "the undo")
        equal(w.r.exists(w.p + "list:opposition:acme"), 0)
    equal([w.r.xlen(w.p + "oppositions") for w in (a, b, c)], [3, 2, 2], "nothing comes back")


@full_speed
def test_who_does_not_hear_holds(env):
    """Without its licetd a space hears nobody, and hands nothing over after its limit."""
    a, b = begin(env, "a", "b")
    b.push(*[job(i) for i in range(3)])
    b.wait_stat("ready", 3)
    wait_until(lambda: b.take(1), 5, "a job")
    b.daemon.kill()
    wait_until(lambda: b.r.fcall_ro("licet_peers", 1, b.p + "peers")[:2] == ["late", "a"], LIMIT_MS * SLOW / 1000 + 3, "b not to hear a")
    equal(b.take(), [])
    a.oppose("+33600000002")
    env.prefix = b.p
    b.daemon = env.daemon("--instance", "vm-b", "--simulate", OPEN)
    equal([j["id"] for j in b.wait_taken(1)], ["1"])
    b.wait_stat("refused", 1)


@full_speed
def test_licetd_says_who_was_not_heard(env):
    """What a recorded cannot be read: b goes on for its limit, then stands still and says so, until it can, or a person goes on without."""
    a, b = begin(env, "a", "b")
    b.push(job(1))
    b.wait_taken(1)
    a.r.set(a.p + "oppositions", "a string")
    b.wait_state(15, because="list-stale")
    contains(b.state()["rule"], "opposition: space a not heard since 20")
    b.push(job(2))
    said = env.ctl_json("explain", b.c, "+33600000002", "--instance", "vm-b")
    equal((said["reason"], said["rule"]), ("list-stale", b.state()["rule"]))
    equal((b.take(), b.stat("released")), ([], 1))
    b.r.hset(b.p + "peers", "a", "0 me 2026-11-24T09:30:00Z")
    b.wait_taken(1)
    b.r.hset(b.p + "peers", "a", LIMIT_MS * SLOW)
    b.wait_state(15, because="list-stale")
    a.r.delete(a.p + "oppositions")
    b.push(job(3))
    b.wait_taken(1)


@full_speed
def test_what_is_lost_is_given_back(env):
    """b's Redis goes back to before it heard something, as a failover may: it comes again, and before anything is handed over."""
    a, b = begin(env, "a", "b")
    b.push(job(1), job(2))
    b.wait_stat("ready", 2)
    b.daemon.stop()
    raw = env.server.connect(decode_responses=False)
    before = {key: raw.dump(key) for key in raw.scan_iter(b.p + "*", 1000)}
    env.prefix = b.p
    b.daemon = env.daemon("--instance", "vm-b", "--simulate", OPEN)
    a.oppose("+33600000001")
    wait_until(lambda: b.r.sismember(b.p + "list:opposition", "+33600000001"), 5, "the objection")
    b.daemon.stop()
    raw.delete(*raw.scan_iter(b.p + "*", 1000))
    for key, value in before.items():
        raw.restore(key, 0, value)
    b.r.hset(b.p + "heard", "a", b.r.hget(b.p + "heard", "a").rsplit(" ", 1)[0] + " another-node")
    equal(b.r.fcall_ro("licet_peers", 1, b.p + "peers")[:2], ["node", "a"])
    equal(b.take(), [])
    b.daemon = env.daemon("--instance", "vm-b", "--simulate", OPEN)
    equal([j["id"] for j in b.wait_taken(1)], ["2"])
    equal(b.r.smembers(b.p + "list:opposition"), {"+33600000001"})


@measures
def test_how_late_the_others_hear(env):
    """Two hundred objections a second for ten seconds: each is on the other list within a second, and both are the same in the end."""
    a, b = begin(env, "a", "b", limit_ms=60000)
    sent, heard, count = {}, {}, 2000

    def listen():
        r, at = env.server.connect(), "0-0"
        while len(heard) < count:
            for _, entries in r.xread({b.p + "oppositions": at}, block=5000, count=500):
                now = time.monotonic()
                for at, f in entries:
                    heard[f["number"]] = now
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    begun = time.monotonic()
    for i in range(count):
        number = f"+336{i:08d}"
        a.oppose(number)
        sent[number] = time.monotonic()
        time.sleep(max(0, begun + (i + 1) / 200 - time.monotonic()))
    listener.join(30)
    late = sorted(heard[n] - sent[n] for n in sent)
    equal((len(late), a.r.smembers(a.p + "list:opposition")), (count, b.r.smembers(b.p + "list:opposition")))
    print(f"  heard after {late[count // 2] * 1000:.1f} ms (half), {late[count * 99 // 100] * 1000:.1f} ms (99 of 100), {late[-1] * 1000:.0f} ms (all)")
    equal(late[-1] < 1, True, f"the last one after {late[-1]:.2f} s")
