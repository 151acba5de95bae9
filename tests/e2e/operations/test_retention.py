"""What ended is kept for its time and then goes; nothing goes that an archive waits for."""

import json

from checks import NUMBER
from harness import Failure, contains, equal, full_speed, wait_until
from streams import KEEP, NOW_MS, STREAMS, fill, trim
from world import CONSENT, OPEN, World, job, start

DAY_MS = 86400000
HOUR_MS = 3600000


def left(w, stream):
    return [int(entry.split("-")[0]) for entry, _ in w.r.xrange(w.key(stream))]


# -- exact limits


def test_limits_are_exact(env):
    """Each stream has its own; to the millisecond."""
    w = start(env)
    w.daemon.stop()
    for n, stream in enumerate(STREAMS):
        limit = 1000000 * (n + 1)
        fill(w, stream, *range(limit - 250, limit + 3))
        equal(trim(w, stream, limit), [250, 0, ""])
        equal(left(w, stream), [limit, limit + 1, limit + 2])
        equal(trim(w, stream, limit), [0, 0, ""])


def test_a_long_stream_goes_in_pieces(env):
    w = start(env)
    w.daemon.stop()
    pipe = w.r.pipeline()
    for i in range(1, 5001):
        pipe.xadd(w.key("done"), {"id": str(i)}, f"{i}-0")
    pipe.execute()
    calls = []
    while not calls or calls[-1][1] == 1:
        calls.append(trim(w, "done", 4990))
    equal((len(calls), max(c[0] for c in calls) <= 2100, sum(c[0] for c in calls)), (3, True, 4989), calls)
    equal(left(w, "done"), list(range(4990, 5001)))


def test_bad_calls(env):
    w = start(env)
    for key, text, want in (("list:opposition", "1", "KEY"), ("campaign:x:done", "soon", "TIME"), ("campaign:x:def", "1", "TYPE")):
        w.r.hset(w.p + "campaign:x:def", "a", "b")
        try:
            w.r.fcall("licet_trim", 1, w.p + key, text)
        except Exception as error:  # pylint: disable=broad-except
            equal(str(error).split()[0], want)
        else:
            raise Failure(key)
    equal(w.r.fcall("licet_trim", 1, w.p + "campaign:none:done", 1), [0, 0, ""])


# -- the daemon does it


def test_daemon_trims_each_in_its_time(env):
    """Of listed campaigns and of those that nobody lists any more; the counters stay."""
    w = World(env).define()
    old = World(env, campaign="acme.old")
    for stream, days in KEEP.items():
        limit = NOW_MS - days * DAY_MS
        for each in (w, old):
            fill(each, stream, limit - HOUR_MS, limit - 1, limit + HOUR_MS, NOW_MS)
    w.r.hset(w.key("stats"), mapping={"refused": 4, "intake": 4})
    env.daemon("--simulate", OPEN)
    for stream, days in KEEP.items():
        want = [NOW_MS - days * DAY_MS + HOUR_MS, NOW_MS]
        for each in (w, old):
            wait_until(lambda each=each, stream=stream, want=want: left(each, stream) == want, 10,
                       lambda each=each, stream=stream: f"{each.c} {stream}: {left(each, stream)}")
    equal((w.stat("refused"), w.stat("intake")), (4, 4))


@full_speed
def test_time_goes_by(env):
    """One daemon that runs on: what was young enough at first goes when its time has come."""
    env.write_conf("keep_invalid_days = 1;\nkeep_refused_days = 2;\nkeep_done_days = 0;\n")
    w = World(env).define()
    for stream in STREAMS:
        fill(w, stream, NOW_MS - DAY_MS + 4 * HOUR_MS)
    w.daemon = env.daemon("--simulate", OPEN, "--speed", "7200")
    equal([len(left(w, s)) for s in STREAMS], [1, 1, 1])
    wait_until(lambda: left(w, "invalid") == [], 20, "invalid")
    equal(len(left(w, "refused")), 1)
    wait_until(lambda: left(w, "refused") == [], 40, "refused")
    equal(len(left(w, "done")), 1)


def test_real_jobs(env):
    """What the functions write is dated by the clock that decides."""
    w = start(env)
    w.push(job(1), job(2, consent=None), "no JSON")
    w.wait_intake(3)
    equal(w.done(w.take()[0]["token"]), "OK")
    w.wait_stat("done", 1)
    w.daemon.stop()
    at = {stream: left(w, stream)[0] for stream in STREAMS}
    for stream, days in KEEP.items():
        equal(trim(w, stream, at[stream])[0], 0, stream)
        equal(trim(w, stream, at[stream] + 1)[0], 1, stream)
        equal(NOW_MS <= at[stream] < NOW_MS + DAY_MS, True, days)
    w.balance()


def test_recalls_go(env):
    """Numbers that were told to senders do not stay for ever."""
    w = World(env).define()
    w.r.sadd(w.p + "routes", "main")
    key = w.p + "recall:main"
    for t in (NOW_MS - 3 * DAY_MS, NOW_MS - DAY_MS):
        w.r.xadd(key, {"token": "t", "to": NUMBER}, f"{t}-0")
    env.daemon("--simulate", OPEN)
    wait_until(lambda: w.r.xlen(key) == 1, 10, "the recall")


# -- where archiving is on


def test_never_past_what_was_not_acknowledged(env):
    w = start(env)
    w.daemon.stop()
    key = w.key("done")
    fill(w, "done", *range(10, 20))
    w.r.xgroup_create(key, "archive", "0")
    equal(trim(w, "done", 15), [0, 0, "10-0"], "nothing was delivered yet")
    got = w.r.xreadgroup("archive", "me", {key: ">"}, count=6)[0][1]
    equal(trim(w, "done", 15), [0, 0, "10-0"], "delivered is not acknowledged")
    w.r.xack(key, "archive", "10-0", "11-0", "13-0")
    equal(trim(w, "done", 15), [2, 0, "12-0"])
    equal(left(w, "done"), list(range(12, 20)), "an entry that was acknowledged behind stays with it")
    w.r.xack(key, "archive", *[i for i, _ in got])
    equal(trim(w, "done", 19), [4, 0, "16-0"], "what comes after was never delivered")
    w.r.xgroup_create(key, "other", "0")
    w.r.xreadgroup("archive", "me", {key: ">"})
    w.r.xack(key, "archive", *[f"{i}-0" for i in range(16, 20)])
    equal(trim(w, "done", 19), [3, 0, ""], "only that group counts")
    equal(left(w, "done"), [19])
    w.r.xadd(key, {"id": "x"}, "19-1")
    equal(trim(w, "done", 19), [0, 0, ""], "young enough")


def test_daemon_says_once_that_archiving_lags(env):
    env.write_conf("keep_done_days = 1;\nkeep_invalid_days = 1;\n")
    w = World(env).define()
    entries = fill(w, "done", NOW_MS - 3 * DAY_MS, NOW_MS - 2 * DAY_MS)
    fill(w, "invalid", *[NOW_MS - DAY_MS + h * HOUR_MS for h in (2, 4, 6)])
    w.r.xgroup_create(w.key("done"), "archive", "0")
    w.daemon = env.daemon("--simulate", OPEN, "--speed", "7200")

    def said():
        return [e for _, e in w.r.xrange(w.p + "errors") if "archiving lags" in e["error"]]

    # Three rounds more, at least, in which it could say it again.
    wait_until(lambda: left(w, "invalid") == [], 20, "rounds of trimming")
    equal(w.daemon.log().count("archiving lags"), 1)
    equal((len(said()), said()[0]["where"]), (1, w.key("done")))
    contains(said()[0]["error"], entries[0])
    equal(w.r.xlen(w.key("done")), 2)
    w.r.xreadgroup("archive", "me", {w.key("done"): ">"})
    w.r.xack(w.key("done"), "archive", *entries)
    wait_until(lambda: w.r.xlen(w.key("done")) == 0, 10, "the trim")
    # Redis trims before licetd has the reply.
    wait_until(lambda: "archive-caught-up" in w.daemon.log(), 10, lambda: f"archive-caught-up in {w.daemon.log()}")
    equal(len(said()), 1)


def test_proofs_of_consent(env):
    """Three years from their collection, and from the last day on which they could be used; a withdrawal stays; licetd tells how many went."""
    w = World(env).define()

    def record(*consents, **more):
        return json.dumps({"consents": [{**CONSENT, "collected_at": at, "until": until} for at, until in consents], **more})
    old, edge, new = ("2021-09-01T10:12:00+02:00", "2022-08-31"), ("2022-12-01T10:12:00+01:00", "2023-11-30"), ("2026-09-01T10:12:00+02:00", "2027-08-31")
    key = w.p + "consent:acme"
    w.r.hset(key, mapping={"+33600000001": record(new, old), "+33600000002": record(old), "+33600000003": record(edge), "+33600000004": record(new), "+33600000005": "unreadable",
                           "+33600000006": record(old, withdrawn_ms=1600000000000, withdrawn_received_ms=1600000000000), **{f"+3361{i:07}": record(old) for i in range(700)}})
    daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: "event=proofs-deleted" in daemon.log(), 20, daemon.log)
    contains(daemon.log(), "event=proofs-deleted advertiser=acme proofs=703 numbers=701")
    equal({n: len(json.loads(v)["consents"]) for n, v in w.r.hgetall(key).items() if v != "unreadable"},
          {"+33600000001": 1, "+33600000003": 1, "+33600000004": 1, "+33600000006": 0})
    equal((json.loads(w.r.hget(key, "+33600000006"))["withdrawn_ms"], w.r.hget(key, "+33600000005")), (1600000000000, "unreadable"))
