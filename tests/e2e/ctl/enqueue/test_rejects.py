"""licetctl enqueue --rejects: refused rows as they were, to be mended and queued as the file's continuation."""

import csv
import io
import json
import os
import random
import re

from checks import fails, misuse, write
from harness import contains, equal
from test_enqueue import complete, killed, queue, store
from world import CAMPAIGN, World

HEAD = "id;Mobile;Prénom;Remarque\r\n"
ROWS = ("1;06 00 00 00 01;Zoé;\r\n", '2;3,36E+10;"Anne ""Nana""";"deux\r\nlignes"\r\n', "3;0600000003;Noël;ok\r\n", "4;0600000004\r\n", '5;06000;"ouvert;\r\n',
        "6;0899123456;Œdipe €;=1+1\r\n")


def read(path, encoding):
    with open(path, encoding=encoding, newline="") as f:
        text = f.read()
    return text, list(csv.reader(io.StringIO(text), delimiter=";"))


def mend(path, encoding, change):
    """Save it again with another cell for the number where change() gives one."""
    _, rows = read(path, encoding)
    for row in rows[1:]:
        row[1] = change(row) or row[1]
    with open(path, "w", encoding=encoding, newline="") as f:
        csv.writer(f, delimiter=";", lineterminator="\r\n").writerows(rows)


def test_rejects_as_they_were(env):
    """In the file's own encoding, separator and line ends, with the line and what is wrong; nobody else may read it."""
    w = World(env).define()
    for encoding, mark in (("cp1252", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-8", "")):
        text = mark + HEAD + "".join(ROWS)
        path, bad = store(env, "r.csv", text.encode(encoding)), env.folder + "/bad.csv"
        env.ctl("enqueue", CAMPAIGN, path, "--again", "--rejects", bad, code=1)
        got, rows = read(bad, encoding)
        equal(os.stat(bad).st_mode & 0o777, 0o600)
        lines = got.split("\r\n")
        equal((got.startswith(mark), lines[0].startswith(mark + HEAD.rstrip() + ";licet.line ")), (True, True))
        equal(lines[0].endswith(";licet.wrong"), True)
        # The rows whole as they were, but the one whose quotes would take the next with it.
        for row in (ROWS[1], ROWS[3], ROWS[5]):
            contains(got, row.rstrip())
        equal([r[4] for r in rows[1:]], ["3", "6", "7", "8"])
        equal([r[:4] for r in rows[1:]], [["2", "3,36E+10", 'Anne "Nana"', "deux\r\nlignes"], ["4", "0600000004", "", ""], ["5", "06000", '"ouvert', ""],
                                          ["6", "0899123456", "Œdipe €", "=1+1"]])
        for row, part in zip(rows[1:], ("Mobile: number-malformed; a spreadsheet has rounded it", "2 cells, the header has 4", "quotes that do not close",
                                        "Mobile: number-class")):
            contains(row[5], part)
        contains(fails(env, "enqueue", CAMPAIGN, path, "--again", "--rejects", bad), "is there already")
        contains(misuse(env, "enqueue", CAMPAIGN, path, "--rejects", path), "is the file itself")
        os.unlink(bad)
    # Nothing refused: no file. What Windows-1252 does not have goes back as it came.
    env.ctl("enqueue", CAMPAIGN, store(env, "good.csv", ("x;" + HEAD + "y;" + ROWS[0]).encode()), "--rejects", bad)
    equal(os.path.exists(bad), False)
    raw = b"id;Mobile;Nom\n1;06000;\x81\xe9t\xe9 \xe0\n2;06000;\x90\n"
    env.ctl("enqueue", CAMPAIGN, store(env, "odd.csv", raw), "--encoding", "windows-1252", "--rejects", bad, code=1)
    with open(bad, "rb") as f:
        got = f.read()
    equal([re.sub(rb';(licet\.)?(line [0-9a-f]{12}|\d+);("field-.*"|licet\.wrong)$', b"", line) for line in got.splitlines()], raw.splitlines())


def test_rejects_mended_and_queued(env):
    """In whatever state and however often: each line once, with the id that its own line gives it."""
    w = World(env).define()
    path = store(env, "m.csv", ("Mobile;;\r\n" + "".join(f"{n}\r\n" for n in ("0600000001;;", "06;;", "0600000003;;", "07;;", "08;;"))).encode("cp1252"))
    bad, worse = env.folder + "/bad.csv", env.folder + "/worse.csv"
    env.ctl("enqueue", CAMPAIGN, path, "--rejects", bad, code=1)
    made = queue(w)[0]["id"].rsplit("-", 1)[0]
    with open(bad, encoding="cp1252", newline="") as f:
        text = f.read()
    with open(bad, "w", encoding="cp1252", newline="") as f:
        f.write(text.replace("06;;", "0600000002;;"))
    got = env.ctl_json("enqueue", CAMPAIGN, bad, "--rejects", worse, code=1)
    equal((got["pushed"], got["refused"], got["rejects"]), (1, 2, 2))
    equal([(j["id"], j["to"]) for j in queue(w)], [(made + "-2", "0600000001"), (made + "-4", "0600000003"), (made + "-3", "0600000002")])
    # The refused of the refused: the same two columns, and the line that it was at first.
    with open(worse, encoding="cp1252", newline="") as f:
        again = f.read()
    equal([line.split(";")[:4] for line in again.splitlines()[1:]], [["07", "", "", "5"], ["08", "", "", "6"]])
    with open(worse, "w", encoding="cp1252", newline="") as f:
        f.write(again.replace("07;;", "0600000004;;"))
    equal(env.ctl_json("enqueue", CAMPAIGN, worse, code=1)["pushed"], 1)
    # The first one, mended further: what went in from the other does not go in again.
    with open(bad, "w", encoding="cp1252", newline="") as f:
        f.write(text.replace("06;;", "0600000002;;").replace("07;;", "0600000004;;").replace("08;;", "0600000005;;"))
    got = env.ctl_json("enqueue", CAMPAIGN, bad)
    equal((got["pushed"], got["mended_before"]), (1, 2))
    equal(env.ctl_json("enqueue", CAMPAIGN, bad)["pushed"], 0)
    equal(sorted(j["id"] for j in queue(w)), [f"{made}-{n}" for n in range(2, 7)])
    with open(bad, "rb") as f:
        contains(fails(env, "enqueue", CAMPAIGN, "-", stdin=f.read()), "is queued from a file")
    # The file itself has nothing left to mend.
    env.ctl("enqueue", CAMPAIGN, path, "--rejects", env.folder + "/none.csv")
    equal(os.path.exists(env.folder + "/none.csv"), False)
    w.r.hset(w.key("def"), "status", "stopped")
    w.r.delete(w.key("queue"))
    env.ctl("campaign", "purge", CAMPAIGN)
    equal(list(w.r.scan_iter(w.p + "campaign:*")), [])


def test_rejects_of_json(env):
    w = World(env).define()
    lines = ('{"id":"1","to":"0600000001"}', '{"id":"2","to":"06"}', '{"id":"3"', '{"id":"4","to":"07","vars":{"n":89330100000000000000}}', "{}")
    path, bad = write(env, "j.jsonl", *lines), env.folder + "/bad.jsonl"
    env.ctl("enqueue", CAMPAIGN, path, "--rejects", bad, code=1)
    with open(bad, encoding="utf-8") as f:
        text = f.read()
    rows = [line.partition('"licet.wrong":"')[2] for line in text.splitlines()]
    equal([r.partition('",')[2] for r in rows], [lines[1][1:], lines[2][1:], lines[3][1:], ""])
    with open(bad, "w", encoding="utf-8") as f:
        f.write(text.replace('"to":"06"', '"to":"0600000002"').replace('"to":"07"', '"to":"0600000004"'))
    got = env.ctl_json("enqueue", CAMPAIGN, bad, "--rejects", env.folder + "/worse.jsonl", code=1)
    equal((got["pushed"], got["refused"]), (2, 2))
    equal(w.r.lrange(w.key("queue"), 1, -1), ['{"id":"2","to":"0600000002"}', lines[3].replace("07", "0600000004")])
    equal(env.ctl_json("enqueue", CAMPAIGN, bad, code=1)["pushed"], 0)
    with open(env.folder + "/worse.jsonl", encoding="utf-8") as f:
        equal([json.loads(line)["licet.line"].split("-")[1] for line in f.read().splitlines() if line.endswith("}") and '"3"' not in line], ["5"])


def test_rejects_survive_kills(env):
    """kill -9 of queueing, and of queueing what was mended: at the end each line is in the queue or in the rejects."""
    w = World(env).define()
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    chance, total, bad = random.Random(seed), 20000, env.folder + "/bad.csv"
    path = write(env, "k.csv", "id;Mobile", *[f"{i};{'06' if i % 3 == 0 else f'06{i:08d}'}" for i in range(total)])

    def run(file, *words):
        for _ in range(4):
            goal = w.r.llen(w.key("queue")) + chance.randrange(1, 3000)
            killed(env, file, lambda g=goal: w.r.llen(w.key("queue")) >= g, *words)
        complete(env, file, *words, ends=(0, 1))
    run(path, "--rejects", bad)
    _, rows = read(bad, "utf-8")
    equal([r[0] for r in rows[1:]], [str(i) for i in range(0, total, 3)], f"rejects, seed {seed}")
    mend(bad, "utf-8", lambda row: f"06{int(row[0]):08d}")
    run(bad)
    equal(sorted(int(j["id"]) for j in queue(w)), list(range(total)), f"ids, seed {seed}")


def test_rejects_examples_and_counts(env):
    """Ten examples of a kind, and how many there are of each."""
    World(env).define()
    path = write(env, "e.csv", "id;to;not_before", *[f"{i};06;" for i in range(30)], *[f"{i};0600000001;demain" for i in range(30, 60)], "60;x")
    done = env.ctl("enqueue", CAMPAIGN, path, "--dry-run", code=1)
    told = [line for line in done.err.splitlines() if line.startswith("e.csv:")]
    equal(len(told), 21)
    contains(done.err, "... and 40 more bad lines")
    contains(done.out, "  30 number-malformed\n  31 field-malformed\n")
    contains(done.out, "    30 field-malformed, not_before: expected a date and a time, such as 18/04/2026 13:37\n")
    contains(done.out, "    1 field-malformed, N cells, the header has N\n")
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run", code=1)
    equal([(r["reason"], r["count"]) for r in got["rules"]], [("number-malformed", 30), ("field-malformed", 30), ("field-malformed", 1)])
