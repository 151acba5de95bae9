"""What ended is kept for its time and then goes; nothing goes that an archive waits for."""

import json
import os
import signal
import subprocess

import harness
from checks import HIDDEN, NUMBER, fails, misuse, shows
from harness import Failure, contains, equal, wait_until
from world import CAMPAIGN, OPEN, World, job, start

DAY_MS = 86400000
HOUR_MS = 3600000
NOW_MS = 1795512600000  # OPEN
KEEP = {"refused": 90, "invalid": 30, "done": 1095}
STREAMS = tuple(KEEP)


def fill(w, stream, *times, **fields):
    """Entries of these times, as the functions write them."""
    return [w.r.xadd(w.key(stream), {"id": str(i), "to": NUMBER, "reason": "duplicate", "outcome": "answered", **fields}, f"{t}-0")
            for i, t in enumerate(times)]


def left(w, stream):
    return [int(entry.split("-")[0]) for entry, _ in w.r.xrange(w.key(stream))]


def trim(w, stream, from_ms):
    return w.r.fcall("licet_trim", 1, w.key(stream), from_ms)


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


# -- export


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def group(w, stream):
    return next((g for g in w.r.xinfo_groups(w.key(stream)) if g["name"] == "archive"), None)


def test_export_reads_from_an_instant(env):
    w = start(env)
    w.push(job(1), job(2, consent=None, vars={"name": "Zoé"}), "no JSON")
    w.wait_intake(3)
    equal(w.done(w.take()[0]["token"], "answered", "12 s"), "OK")
    w.wait_stat("done", 1)
    got = [json.loads(line) for line in env.ctl("export", CAMPAIGN, "--since", OPEN).out.splitlines()]
    equal([(e["kind"], e["id"], e["campaign"]) for e in got], [("done", "1", CAMPAIGN), ("refused", "2", CAMPAIGN)])
    equal((got[0]["to"], got[0]["outcome"], got[0]["detail"]), (NUMBER, "answered", "12 s"))
    equal((got[1]["reason"], json.loads(got[1]["job"])["vars"]["name"]), ("consent-missing", "Zoé"))
    equal([json.loads(x)["kind"] for x in env.ctl("export", CAMPAIGN, "--since", OPEN, "--kind", "invalid").out.splitlines()], ["invalid"])
    equal(env.ctl("export", CAMPAIGN, "--since", "2027-01-01T00:00:00Z").out, "")
    for stream in STREAMS:
        equal(w.r.xinfo_groups(w.key(stream)), [], "a plain export begins no archive")
    path = env.folder + "/x.jsonl"
    equal(env.ctl_json("export", CAMPAIGN, "--since", OPEN, "--out", path)["entries"], 2)
    equal(lines(path), got)
    equal(os.stat(path).st_mode & 0o777, 0o600)
    equal(os.listdir(env.folder).count("x.jsonl.part"), 0)
    contains(fails(env, "export", CAMPAIGN, "--since", OPEN, "--out", path), "is there already")
    contains(shows(env, "export", CAMPAIGN, "--since", OPEN, "--out", path + "2"), "2 entries")


def test_export_csv(env):
    import csv
    w = start(env)
    w.push('{"id":"1","to":"+33600000001",\n"vars":{"x":"a, \\"b\\""}}', job(2))
    w.wait_intake(2)
    w.done(w.take()[0]["token"])
    w.wait_stat("done", 1)
    out = env.ctl("export", CAMPAIGN, "--since", OPEN, "--format", "csv").out
    rows = list(csv.DictReader(out.splitlines()))
    equal([(r["kind"], r["id"]) for r in rows], [("done", "2"), ("refused", "1")])
    equal(json.loads(rows[1]["job"])["vars"]["x"], 'a, "b"')
    # Every field that the functions write has a column.
    for stream, row in zip(("done", "refused"), rows):
        for entry, fields in w.r.xrange(w.key(stream)):
            equal(row["entry"], entry)
            for name, value in fields.items():
                if name != "at":
                    equal(row[name], value.replace("\n", " "), name)


def test_export_bytes_that_are_no_text(env):
    w = start(env)
    w.push(b'{"id":"1","to":"\xff"}')
    w.wait_stat("invalid", 1)
    got = json.loads(env.ctl("export", CAMPAIGN, "--since", OPEN, "--kind", "invalid").out)
    equal(bytes.fromhex(got["job_hex"]), b'{"id":"1","to":"\xff"}')


def test_archive_acknowledges(env):
    w = start(env)
    w.daemon.stop()
    path = env.folder + "/archive.jsonl"
    fill(w, "done", *range(NOW_MS - 2, NOW_MS + 1300))
    fill(w, "refused", NOW_MS)
    out = env.ctl_json("export", CAMPAIGN, "--since", OPEN, "--archive", "--out", path)
    equal((out["entries"], out["archived"], out["elsewhere"]), (1301, True, 0))
    equal([e["entry"] for e in lines(path) if e["kind"] == "done"], [f"{t}-0" for t in range(NOW_MS, NOW_MS + 1300)])
    equal((group(w, "done")["pending"], group(w, "done")["last-delivered-id"]), (0, f"{NOW_MS + 1299}-0"))
    equal(group(w, "invalid") if w.r.exists(w.key("invalid")) else None, None)
    fill(w, "done", NOW_MS + 2000)
    equal(trim(w, "done", NOW_MS + 9000)[2], f"{NOW_MS + 2000}-0")
    out = env.ctl_json("export", CAMPAIGN, "--archive", "--out", path)
    equal((out["entries"], len(lines(path))), (1, 1302))
    equal(trim(w, "done", NOW_MS + 9000), [1, 0, ""])
    # A second time there is nothing, and the file stays as it is.
    equal(env.ctl_json("export", CAMPAIGN, "--archive", "--out", path)["entries"], 0)
    equal(len(lines(path)), 1302)


def test_archive_takes_up_what_was_left(env):
    """Delivered and never acknowledged; erased meanwhile; with another reader; half a line."""
    w = start(env)
    w.daemon.stop()
    key, path = w.key("done"), env.folder + "/a.jsonl"
    fill(w, "done", *range(1, 11))
    w.r.xgroup_create(key, "archive", "0")
    w.r.xreadgroup("archive", "licetctl", {key: ">"}, count=5)
    w.r.xreadgroup("archive", "other", {key: ">"}, count=2)
    w.r.xdel(key, "3-0")
    with open(path, "w", encoding="utf-8") as f:
        f.write('{"entry":"1-0","kind":"done"}\n{"entry":"2-0","ki')
    out = env.ctl("export", CAMPAIGN, "--archive", "--out", path, "--json")
    equal((out.json["entries"], out.json["erased"], out.json["elsewhere"]), (7, 1, 2))
    contains(out.err, "2 entries are with another reader")
    equal([e["entry"] for e in lines(path)], ["1-0", "1-0", "2-0", "4-0", "5-0", "8-0", "9-0", "10-0"])
    equal(trim(w, "done", 100), [5 - 1, 0, "6-0"])


def test_archive_survives_a_kill(env):
    """Killed between any two steps and run again: each entry is in the file, once at least."""
    w = start(env)
    w.daemon.stop()
    count, path = 20000, env.folder + "/killed.jsonl"
    pipe = w.r.pipeline()
    for i in range(1, count + 1):
        pipe.xadd(w.key("done"), {"id": str(i), "to": NUMBER}, f"{i}-0")
    pipe.execute()
    words = [os.path.join(harness.BUILD, "licetctl"), "export", CAMPAIGN, "--archive", "--kind", "done", "--out", path, *env.common()]
    killed = 0
    for part in (1, 4000, 9000):
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env.environment(), cwd=harness.ROOT)
        wait_until(lambda part=part, child=child: child.poll() is not None or
                   (w.r.xinfo_groups(w.key("done")) and group(w, "done")["entries-read"] or 0) >= part, 30, "some entries")
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        if os.path.exists(path):
            acknowledged = group(w, "done")
            with open(path, "rb") as f:
                whole = f.read().count(b"\n")
            equal(whole >= (acknowledged["entries-read"] or 0) - acknowledged["pending"], True, "acknowledged before it was written")
    equal(killed, 3)
    env.ctl("export", CAMPAIGN, "--archive", "--kind", "done", "--out", path)
    got = [e["id"] for e in lines(path)]
    equal(sorted(set(got), key=int), [str(i) for i in range(1, count + 1)])
    equal(len(got) <= count + 3 * 500, True, len(got))
    equal(group(w, "done")["pending"], 0)


def test_purge_waits_for_the_archive(env):
    w = start(env, status="stopped")
    fill(w, "refused", 1, 2)
    w.r.xgroup_create(w.key("refused"), "archive", "0")
    contains(fails(env, "campaign", "purge", CAMPAIGN), "not all of refused is archived")
    w.r.xreadgroup("archive", "me", {w.key("refused"): ">"})
    contains(fails(env, "campaign", "purge", CAMPAIGN), "not all of refused is archived")
    w.r.xack(w.key("refused"), "archive", "1-0", "2-0")
    env.ctl("campaign", "purge", CAMPAIGN)


def test_archive_full_disk_loses_nothing(env):
    w = start(env)
    w.daemon.stop()
    fill(w, "done", *range(1, 2001))
    path = env.folder + "/full.jsonl"
    words = [os.path.join(harness.BUILD, "licetctl"), "export", CAMPAIGN, "--archive", "--kind", "done", "--out", path, *env.common()]
    done = subprocess.run(["bash", "-c", "ulimit -f 100; trap '' XFSZ; exec \"$@\"", "bash", *words], capture_output=True, env=env.environment(),
                          cwd=harness.ROOT, check=False)
    equal((done.returncode, done.stderr.count(b"\n")), (1, 1), done.stderr)
    kept = len(lines(path))
    equal(kept % 500 == 0 and 0 <= kept < 2000, True, kept)
    equal(group(w, "done")["pending"], 500)
    env.ctl("export", CAMPAIGN, "--archive", "--kind", "done", "--out", path)
    equal([e["entry"] for e in lines(path)], [f"{i}-0" for i in range(1, 2001)])


def test_export_bad_use(env):
    w = start(env)
    fill(w, "done", 1)
    for words, part in ((("--kind", "held", "--since", OPEN), "--kind must be"), (("--since", "yesterday"), "an instant"), ((), "--since is missing"),
                        (("--format", "xml", "--since", OPEN), "--format must be"), (("--archive",), "--archive needs --out FILE"),
                        (("--archive", "--out", "-"), "--archive needs --out FILE")):
        contains(misuse(env, "export", CAMPAIGN, *words), part)
    contains(fails(env, "export", "acme.nowl", "--since", OPEN), "did you mean acme.noel")
    contains(fails(env, "export", CAMPAIGN, "--archive", "--out", "/nowhere/x"), "/nowhere/x: No such file")
    path = env.folder + "/other"
    with open(path, "w", encoding="utf-8") as f:
        f.write("a,b\n")
    contains(fails(env, "export", CAMPAIGN, "--archive", "--out", path), "name another file")
    with open(path, encoding="utf-8") as f:
        equal(f.read(), "a,b\n")
    equal(w.r.xinfo_groups(w.key("done")), [], "nothing was begun")
    equal(HIDDEN in fails(env, "export", CAMPAIGN, "--archive", "--out", "/dev/null"), False)
