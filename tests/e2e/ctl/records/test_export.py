"""licetctl export: what ended, out of Redis; an archive acknowledges what it has, and nothing goes before that."""

import json
import os
import signal
import subprocess

import harness
from checks import HIDDEN, NUMBER, fails, lines, misuse, shows
from harness import contains, equal, wait_until
from streams import NOW_MS, STREAMS, fill, trim
from world import CAMPAIGN, OPEN, job, start


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
    # The group first: else licetd may trim what is of 1970 before anybody waits for it.
    w.r.xgroup_create(w.key("refused"), "archive", "0", mkstream=True)
    fill(w, "refused", 1, 2)
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
