"""Four attempts in thirty days: counted by number and by person, told from elsewhere, and forgotten in time."""

from harness import Failure, contains, equal, wait_until
from world import OPEN, World, job, start


def test_cap_of_four(env):
    """Attempts on 1, 2, 3 and 4 November make 2 December the next lawful day."""
    w = World(env).define()
    w.daemon = env.daemon("--simulate", OPEN)
    days = ("2026-11-01", "2026-11-02T10:30:00+01:00", "2026-11-03", "2026-11-04")
    equal(w.attempt("06 00 00 00 01", *days), 4)
    equal(w.attempt("+33600000009", *days, person="p-9"), 4)
    w.push(job(1), job(2), job(3, person="p-9"))
    w.wait_intake(3)
    equal(w.stat("later"), 2)
    equal({s for _, s in w.r.zrange(w.key("later"), 0, -1, withscores=True)}, {1796202000000.0}, "2 December, ten in Paris")
    equal([j["id"] for j in w.take()], ["2"])
    w.balance()
    w.daemon.stop()
    env.daemon("--simulate", "2026-12-02T09:59:58+01:00")
    w.wait_stat("ready", 2)
    equal(sorted(j["id"] for j in w.take()), ["1", "3"])
    w.balance()


def test_cap_unreachable(env):
    w = World(env).define(end="2026-12-01T00:00:00+01:00")
    env.daemon("--simulate", OPEN)
    w.attempt("+33600000001", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
    w.push(job(1))
    w.wait_stat("refused.cap-unreachable", 1)


def test_attempts_made_elsewhere(env):
    """licet_attempt: sorted, bounded, refused with a word; and what counts no more is pruned."""
    w = start(env)
    equal(w.attempt("06 00 00 00 01", "2026-11-20", "2026-11-02T23:30:00-04:00", "2026-11-03"), 3)
    equal(w.attempts("+33600000001"), ["2026-11-02", "2026-11-03", "2026-11-20"])
    equal(w.attempt("+33600000002", "2024-01-01"), 0, "far too old to count")
    equal(w.attempts("+33600000002"), [])
    equal(w.attempt("+33600000003", *["2026-11-05"] * 40), 32)
    for words, expected in ((("12", "2026-11-20"), "NUMBER"), (("0600000001", "soon"), "DATE"), (("0600000001", "2026-13-01"), "DATE"),
                            (("0600000001", "2026-11-26"), "DATE"), (("0600000001", "2026-11-20T10:00:00"), "DATE")):
        try:
            w.attempt(*words)
            raise Failure(f"{words} was accepted")
        except Exception as error:  # pylint: disable=broad-except
            contains(str(error), expected)
    w.daemon.stop()  # it prunes too
    equal(w.attempt("+33600000004", "2026-10-01"), 1)
    # Two numbers of one bucket: 65,536 apart.
    equal(w.attempt("+33600065537", "2026-10-01"), 1)
    equal(w.attempt("+33600000001", "2026-11-24"), 4)
    today, cursor, gone = 20781, "0", 0
    while True:
        cursor, _, taken = w.r.fcall("licet_prune", 1, w.p + "attempts:acme", cursor, today, 10, 32)
        gone += taken
        if cursor == "0":
            break
    equal((gone, w.attempts("+33600000004"), w.attempts("+33600065537")), (2, [], []))
    equal(len(w.attempts("+33600000001")), 4)


def test_attempts_are_pruned_by_the_daemon(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN).stop()
    w.attempt("+33600000001", "2026-10-01")
    w.attempt("+33600000002", "2026-11-01")
    env.daemon("--simulate", OPEN)
    wait_until(lambda: w.attempts("+33600000001") == [], 10, "the old attempt to go")
    equal(w.attempts("+33600000002"), ["2026-11-01"])


def test_released_numbers_share_buckets(env):
    """Released in one batch, 65,536 apart: each has its own attempt, persons too."""
    w = start(env)
    w.push(*[job(i, f"+336{i * 65536:08d}", person=f"p{i}") for i in range(100)])
    w.wait_stat("ready", 100)
    equal([w.attempts(f"+336{i * 65536:08d}") for i in range(100)], [["2026-11-24"]] * 100)
    # Each person had one: three more make four, and the fifth has to wait.
    w.attempt("+33740000000", "2026-11-20", "2026-11-21", "2026-11-22", person="p7")
    other = World(env, w.p, "acme.other").define()
    other.push(job(1, "+33740000001", person="p7"), job(2, "+33740000002", person="p8"))
    other.wait_stat("later", 1)
    other.wait_stat("ready", 1)


def test_counts_its_own_attempts(env):
    """The fifth campaign in a month may not reach the same number."""
    w = start(env)
    for i in range(5):
        each = World(env, w.p, f"acme.c{i}").define()
        each.push(job(1))
        each.wait_intake(1)
        if i < 4:
            got = each.wait_taken(1)
            each.done(got[0]["token"], "no-answer")
            each.wait_stat("done", 1)
        else:
            equal(each.stat("later"), 1)
            each.wait_because("cap-reached")
