"""licetctl enqueue: files as people have them, each line queued once, or told why not."""

import csv
import json
import os
import random
import re
import resource
import signal
import subprocess

import harness
from checks import HIDDEN, fails, misuse, shows, write
from harness import Failure, contains, equal, full_speed, wait_until
from terminal import Terminal
from world import CAMPAIGN, CONSENT, OPEN, World, job, start


def queue(w):
    return [json.loads(j) for j in w.r.lrange(w.key("queue"), 0, -1)]


def store(env, name, data):
    path = env.folder + "/" + name
    with open(path, "wb") as f:
        f.write(data)
    return path


def test_enqueue_csv(env):
    w = start(env)
    heads = "id;to;postcode;not_before;prénom;consent.product;consent.channel;consent.collected_at;consent.until;consent.form;consent.proof"
    tail = "toys;automated-voice;2026-09-01T10:12:00+02:00;2027-08-31;identity|choice|period|withdrawal|proof;f/1"
    path = write(env, "contacts.csv", "\ufeff" + heads, "1;06 00 00 00 01;67000;;Zoé;" + tail, '2;"0600000002";;;"a ""b"" c";' + tail,
                 "3;06 00 00 00 0;;;x;" + tail, "4;0600000004;6700;;x;" + tail, "5;0600000005;;tomorrow;x;" + tail, ";0600000006;;;x;" + tail,
                 "7;0600000007", "8;0899123456;;;x;" + tail, "9;0600000009;9999;;x;" + tail, '10;"0600000010;;;x;' + tail)
    got = env.ctl_json("enqueue", CAMPAIGN, "--vars", "*", path, "--dry-run", code=1)
    equal((got["pushed"], got["refused"], got["dry_run"]), (2, 8, True))
    equal(w.stat("intake"), 0)
    got = env.ctl_json("enqueue", CAMPAIGN, "--vars", "*", path, code=1)
    equal([(li["line"], li["field"], li["reason"]) for li in got["lines"]],
          [(4, "to", "number-malformed"), (5, "postcode", "field-malformed"), (6, "not_before", "field-malformed"), (7, "id", "field-missing"),
           (8, "", "field-malformed"), (9, "to", "number-class"), (10, "postcode", "field-malformed"), (11, "", "field-malformed")])
    jobs = {j["id"]: j for j in w.wait_taken(2)}
    equal(json.loads(jobs["1"]["vars"]), {"prénom": "Zoé"})
    equal(json.loads(jobs["2"]["vars"]), {"prénom": 'a "b" c'})
    done = env.ctl("enqueue", CAMPAIGN, "--vars", "*", path, "--again", code=1)
    contains(done.out, "acme.noel: 2 jobs queued, 8 lines refused")
    contains(done.err, "contacts.csv:4: to: number-malformed: 06 00 0• •• •;")
    equal(w.balance().get("invalid", 0), 0)


def test_enqueue_sends_no_column_that_nobody_named(env):
    """What a person bought is no sender's business: vars are asked for, and said."""
    w = World(env).define()
    lines = ("id;to;Nom;Panier", "1;0600000001;Martin;129 €")
    done = env.ctl("enqueue", CAMPAIGN, write(env, "a.csv", *lines))
    contains(done.err, "columns that go to nobody: Nom, Panier (--vars names those that senders get)")
    equal(queue(w), [{"id": "1", "to": "0600000001"}])
    got = env.ctl("enqueue", CAMPAIGN, write(env, "b.csv", *lines), "--again", "--vars", "Panier", "--json")
    contains(got.err, "columns that go to senders, in vars: Panier")
    contains(got.err, "columns that go to nobody: Nom\n")
    equal((got.json["vars"], got.json["left_out"]), (["Panier"], ["Nom"]))
    equal(queue(w)[-1]["vars"], {"Panier": "129 €"})


def test_enqueue_jsonl(env):
    w = start(env)
    lines = [json.dumps(job(i, vars={"n": i})) for i in range(3000)] + ['{"id":"x"', '{"id":"y","to":"0600000001","too":1}', ""]
    got = env.ctl_json("enqueue", CAMPAIGN, "-", stdin="\n".join(lines).encode(), code=1)
    equal((got["pushed"], got["refused"]), (3000, 2))
    equal([(li["line"], li["field"], li["reason"]) for li in got["lines"]], [(3001, "", "json-malformed"), (3002, "too", "field-unknown")])
    w.wait_intake(3000)
    equal(w.balance().get("invalid", 0), 0)
    path = write(env, "jobs.jsonl", json.dumps(job(5000)))
    contains(shows(env, "enqueue", CAMPAIGN, path), "acme.noel: 1 job queued, 0 lines refused")


def test_enqueue_refuses(env):
    w = World(env).define()
    contains(fails(env, "enqueue", "acme.noe", "-"), "did you mean")
    w.r.srem(w.p + "campaigns", CAMPAIGN)
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", "-"), f"is not in {env.prefix}campaigns")
    w.r.sadd(w.p + "campaigns", CAMPAIGN)
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", "-", stdin=b"id,fax\n"), "no column to")
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", "-", stdin=b"id,to,consent.produkt\n"), "did you mean consent.product?")
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", "-", stdin=b"id,to,id\n"), "there twice")
    contains(env.ctl("enqueue", CAMPAIGN, "--vars", "*", "-", stdin=b"id,to,postcod\n").err, "is no field of a job; did you mean postcode?")
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", env.folder + "/none.csv"), "No such file")
    misuse(env, "enqueue", CAMPAIGN)
    misuse(env, "enqueue", CAMPAIGN, "--vars", "*", "-", "--dry")


# -- files as spreadsheets and CRM exports have them

FRENCH = "N° client;Prénom;Téléphone;Code postal;Ville;Remarque\r\n"


def test_enqueue_french_export(env):
    """Windows-1252, semicolons, CRLF, quotes with line breaks and doubled quotes in them, empty lines, spellings of a number."""
    w = World(env).define()
    text = FRENCH + ("c1;Zoé;06 00 00 00 01;67000;Sélestat;\r\n" "\r\n" 'c2;"Anne ""Nana""";06.00.00.00.02;13001;"Aix; Marseille";"deux\r\nlignes"\r\n'
                     "c3;Noël;+33 (0)6 00 00 00 03;;;\r\n" "c4;;0033600000004;97410;Saint-Pierre;\r\n" "\r\nc5;;06-00-00-00-05;;;")
    done = env.ctl("enqueue", CAMPAIGN, "--vars", "*", store(env, "export.csv", text.encode("cp1252")))
    for part in ("is not UTF-8; it is read as windows-1252", "column N° client is taken as id", "column Téléphone is taken as to",
                 "column Code postal is taken as postcode"):
        contains(done.err, part)
    equal(queue(w), [{"id": "c1", "to": "06 00 00 00 01", "postcode": "67000", "vars": {"Prénom": "Zoé", "Ville": "Sélestat"}},
                     {"id": "c2", "to": "06.00.00.00.02", "postcode": "13001",
                      "vars": {"Prénom": 'Anne "Nana"', "Ville": "Aix; Marseille", "Remarque": "deux\r\nlignes"}},
                     {"id": "c3", "to": "+33 (0)6 00 00 00 03", "vars": {"Prénom": "Noël"}},
                     {"id": "c4", "to": "0033600000004", "postcode": "97410", "vars": {"Ville": "Saint-Pierre"}},
                     {"id": "c5", "to": "06-00-00-00-05"}])


def test_enqueue_encodings(env):
    w = World(env).define()
    text = "id;to;Prénom\n1;0600000001;Zoé\n2;0600000002;Œdipe\n"
    want = [{"id": "1", "to": "0600000001", "vars": {"Prénom": "Zoé"}}, {"id": "2", "to": "0600000002", "vars": {"Prénom": "Œdipe"}}]
    for name, encoding, options in (("plain", "utf-8", ()), ("bom", "utf-8-sig", ()), ("wide", "utf-16", ()), ("wide-be", "utf-16-be", ()),
                                    ("windows", "cp1252", ()), ("mac", "mac-roman", ("--encoding", "MACINTOSH"))):
        data = text.encode(encoding)
        if name == "wide-be":
            data = b"\xfe\xff" + data
        w.r.delete(w.key("queue"))
        done = env.ctl("enqueue", CAMPAIGN, "--vars", "*", store(env, name + ".csv", data), "--again", *options)
        equal(queue(w), want, name)
        equal("read as windows-1252" in done.err, name == "windows", done.err)
    # Through a pipe likewise.
    w.r.delete(w.key("queue"))
    env.ctl("enqueue", CAMPAIGN, "--vars", "*", "-", stdin=text.encode("utf-16"))
    equal(queue(w), want)
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", store(env, "x.csv", b"id,to\n"), "--encoding", "klingon"), "unknown encoding klingon")


def test_enqueue_one_bad_byte_is_one_bad_line(env):
    """A file of UTF-8 stays one: its other accents are not taken for something else."""
    w = World(env).define()
    lines = [f"{i};06000000{i:02d};Zoé\n".encode() for i in range(1, 6)]
    lines[2] = lines[2].replace("é".encode(), b"\xe9")
    lines[3] = lines[3].replace("é".encode(), b"\xed\xa0\x80")  # half of a pair of UTF-16, which is no character
    got = env.ctl_json("enqueue", CAMPAIGN, "--vars", "*", store(env, "mixed.csv", "id;to;prénom\n".encode() + b"".join(lines)), code=1)
    equal([(li["line"], li["reason"]) for li in got["lines"]], [(4, "field-malformed"), (5, "field-malformed")])
    for line in got["lines"]:
        contains(line["hint"], "--encoding")
    equal([j["vars"]["prénom"] for j in queue(w)], ["Zoé"] * 3)


def test_enqueue_a_stray_quote_before_a_line_that_is_too_long(env):
    """Both are told, and neither takes another line with it, whether the long one ends in the window, behind it or with
    the file."""
    w = World(env).define()
    for n, (size, end) in enumerate(((80000, "\n"), (80000, ""), (300000, "\n"), (300000, ""))):
        text = f'id;to;x\n{n}a;0600000001;y\n{n}b;0600000002;"\n"{"z" * size};{n}c;0600000003;y{end}'
        text += f"{n}d;0600000004;y\n" if end else ""
        got = env.ctl_json("enqueue", CAMPAIGN, store(env, f"l{n}.csv", text.encode()), code=1)
        equal([(li["line"], li["hint"]) for li in got["lines"]], [(3, "quotes that do not close"), (4, "the line is too long")], f"{size} {end!r}")
        equal(got["pushed"], 2 if end else 1)
    equal([j["id"] for j in queue(w)], ["0a", "0d", "1a", "2a", "2d", "3a"])


def test_enqueue_delimiters(env):
    w = World(env).define()
    for n, sep in enumerate(",;\t|"):
        head = sep.join(("id", '"to"', '"a,b;c|d"'))
        env.ctl("enqueue", CAMPAIGN, "--vars", "*", write(env, f"d{n}.csv", head, sep.join((str(n), "0600000001", '"x,y"'))))
        equal(queue(w)[-1], {"id": str(n), "to": "0600000001", "vars": {"a,b;c|d": "x,y"}})
    path = write(env, "given.csv", "id|to|a;b;c;d", "9|0600000001|x")
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", path), "no column to")
    env.ctl("enqueue", CAMPAIGN, "--vars", "*", path, "--delimiter", "|")
    equal(queue(w)[-1]["vars"], {"a;b;c;d": "x"})
    misuse(env, "enqueue", CAMPAIGN, "--vars", "*", path, "--delimiter", "x")


def test_enqueue_what_stands_around_a_header(env):
    """A line "sep=;" before it, delimiters without a name behind it."""
    w = World(env).define()
    for n in range(2):
        env.ctl("enqueue", CAMPAIGN, "--vars", "*", write(env, f"s{n}.csv", "sep=|", "id|a;b|to||", f"{n}|x;y|0600000001||", f"{n}b|x;y|0600000002|z|"))
    equal([(j["id"], j["vars"]) for j in queue(w)], [(i, {"a;b": "x;y"}) for i in ("0", "0b", "1", "1b")])
    contains(fails(env, "enqueue", CAMPAIGN, "--vars", "*", write(env, "gap.csv", "id;;to", "1;;0600000001")), "a column without a name")


def test_enqueue_a_stray_quote_takes_one_line(env):
    w = World(env).define()
    path = write(env, "quotes.csv", "id;to;name", '1;0600000001;"open', '2;0600000002;"closed"', "3;0600000003;plain", '4;0600000004;"two', 'lines"',
                 '5;0600000005;"open at the end', "6;0600000006;plain")
    got = env.ctl_json("enqueue", CAMPAIGN, "--vars", "*", path, code=1)
    equal([(li["line"], li["hint"]) for li in got["lines"]], [(2, "quotes that do not close"), (7, "quotes that do not close")])
    equal([(j["id"], j["vars"]["name"]) for j in queue(w)], [("2", "closed"), ("3", "plain"), ("4", "two\nlines"), ("6", "plain")])


def test_enqueue_mapping(env):
    w = World(env).define()
    path = write(env, "map.csv", "Ref;Tel;Mobile;Zone;Couleur;Taille", "a;0600000001;0600000002;67000;bleu;3")
    contains(fails(env, "enqueue", CAMPAIGN, path), "columns Tel and Mobile may both be the field to: say which one, --map to=Tel")
    env.ctl("enqueue", CAMPAIGN, path, "--map", "to=Mobile,postcode=Zone", "--vars", "Couleur")
    equal(queue(w), [{"id": "a", "to": "0600000002", "postcode": "67000", "vars": {"Couleur": "bleu"}}])
    contains(fails(env, "enqueue", CAMPAIGN, path, "--map", "to=Mobil"), "there is no column Mobil, did you mean Mobile?")
    contains(misuse(env, "enqueue", CAMPAIGN, path, "--map", "postcod=Zone,to=Tel"), "did you mean postcode?")
    misuse(env, "enqueue", CAMPAIGN, path, "--map", "to")
    contains(fails(env, "enqueue", CAMPAIGN, path, "--map", "to=Tel", "--vars", "Taile"), "did you mean Taille?")
    # A file without a header shows no number.
    contains(fails(env, "enqueue", CAMPAIGN, write(env, "bare.csv", "1;0600000001", "2;0600000002")), "column 2 looks like a number")
    # A field by its own name wins over what people call it.
    env.ctl("enqueue", CAMPAIGN, "--vars", "*", write(env, "own.csv", "id,to,tel", "b,0600000003,0100000000"))
    equal(queue(w)[-1], {"id": "b", "to": "0600000003", "vars": {"tel": "0100000000"}})


def test_enqueue_made_ids(env):
    """Without an id the file and the line are one: the same when it is read again, another in another file."""
    w = World(env).define()
    path = write(env, "noid.csv", "tel", "0600000001", "0600000002")
    contains(env.ctl("enqueue", CAMPAIGN, path).err, "ids are made of the file's beginning and the line")
    env.ctl("enqueue", CAMPAIGN, path, "--again")
    env.ctl("enqueue", CAMPAIGN, write(env, "other.csv", "tel", "0600000003"))
    ids = [j["id"] for j in queue(w)]
    equal(ids[:2], ids[2:4])
    equal(len(set(ids)), 3)


def test_enqueue_what_spreadsheets_do(env):
    w = World(env).define()
    path = write(env, "excel.csv", "id;to;cp", "1;3,36E+10;75001", "2;6.00E+08;75001", "3;600000003;1000", "4;0600000004;75001")
    got = env.ctl_json("enqueue", CAMPAIGN, path, code=1)
    equal([(li["line"], li["reason"], li["hint"].split(":")[0]) for li in got["lines"]],
          [(2, "number-malformed", "a spreadsheet has rounded it"), (3, "number-malformed", "a spreadsheet has rounded it"),
           (4, "number-malformed", "a spreadsheet may have taken its first zero")])
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--again", "--excel-zero", code=1)
    equal((got["pushed"], got["refused"], got["reasons"]), (2, 2, {"number-malformed": 2}))
    equal(queue(w)[1], {"id": "3", "to": "0600000003", "postcode": "01000"})


def test_enqueue_report(env):
    World(env).define()
    path = write(env, "r.csv", "Identifiant;Mobile;CP", "1;0600000001;67000", "2;06000000;67000", "3;0600000001;9999x", "4;0899123456;67000")
    report = env.folder + "/report.csv"
    done = env.ctl("enqueue", CAMPAIGN, path, "--report", report, code=1)
    contains(done.out, "1 job queued, 3 lines refused\n  1 number-malformed\n  1 field-malformed\n  1 number-class")
    with open(report, encoding="utf-8", newline="") as f:
        text = f.read()
    contains(misuse(env, "enqueue", CAMPAIGN, path, "--report", env.folder + "/./r.csv"), "is the file itself")
    rows = list(csv.DictReader(text.splitlines()))
    equal([(r["line"], r["verdict"], r["column"], r["field"], r["reason"]) for r in rows],
          [("3", "refused", "Mobile", "to", "number-malformed"), ("4", "refused", "CP", "postcode", "field-malformed"),
           ("5", "refused", "Mobile", "to", "number-class")])
    for hidden in ("06000000;", HIDDEN, "0899123456"):
        if hidden in text + done.err:
            raise Failure(f"{hidden} in {text} {done.err}")


def test_enqueue_reads_what_csv_writes(env):
    """Random cells with quotes, delimiters and line breaks in them, as another program writes them, across the borders of what is read at once."""
    w = World(env).define()
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    pieces = ["a", "é", "œ", "€", '"', '""', ",", ";", "\t", "|", "\n", "\r\n", " ", "x" * 300, "{", "\\", "\x01", "😀"]

    def cell():
        return "z" + "".join(chance.choice(pieces) for _ in range(chance.randrange(12))) + "z"
    for encoding, sep, end in (("utf-8", ",", "\r\n"), ("utf-16", ";", "\n"), ("utf-8-sig", "\t", "\n")):
        want = [[str(i), f"06{i:08d}", cell(), cell()] for i in range(1500)]
        path = env.folder + "/random.csv"
        with open(path, "w", encoding=encoding, newline="") as f:
            out = csv.writer(f, delimiter=sep, lineterminator=end)
            out.writerow(["id", "to", "un", "deux"])
            out.writerows(want)
        w.r.delete(w.key("queue"))
        done = env.ctl("enqueue", CAMPAIGN, "--vars", "*", path, "--again", code=None)
        if done.code != 0:
            raise Failure(f"seed {seed}, {encoding}: {done!r}")
        equal([[j["id"], j["to"], j["vars"]["un"], j["vars"]["deux"]] for j in queue(w)], want, f"cells, seed {seed}")


def test_enqueue_long_lines(env):
    """One that is too long costs itself; the place in the file is known behind it too."""
    w = World(env).define()
    path = env.folder + "/long.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("id,to,v\n1,0600000001,a\n2,0600000002," + "x" * 9000 + "\n3,0600000003," + "y" * 400000 + "\n4,0600000004,b\n" + 'n,"' * 300000 + "\n5,0600000005,c\n")
    got = env.ctl_json("enqueue", CAMPAIGN, "--vars", "*", path, code=1)
    equal([(li["line"], li["reason"]) for li in got["lines"]], [(3, "job-too-large"), (4, "field-malformed"), (6, "field-malformed")])
    equal([j["id"] for j in queue(w)], ["1", "4", "5"])
    contains(env.ctl("enqueue", CAMPAIGN, "--vars", "*", path).out, "already queued, all 7 lines")


# -- each line once


def rows(n, first=0):
    return [f"{i};06{i:08d};name {i}" for i in range(first, first + n)]


def test_enqueue_again_and_grown(env):
    w = World(env).define()
    path = write(env, "g.csv", "id;to;name", *rows(1200))
    equal(env.ctl_json("enqueue", CAMPAIGN, path)["pushed"], 1200)
    got = env.ctl_json("enqueue", CAMPAIGN, path)
    equal((got["pushed"], got["queued_before"]), (0, 1201))
    contains(shows(env, "enqueue", CAMPAIGN, path), "already queued, all 1201 lines of it; --again")
    with open(path, "a", encoding="utf-8") as f:
        f.write("\n".join(rows(800, 1200)))  # without an end: the next lines continue it
    contains(shows(env, "enqueue", CAMPAIGN, path), "the first 1201 lines were queued before\nacme.noel: 800 jobs queued")
    with open(path, "a", encoding="utf-8") as f:
        f.write("\n" + "\n".join(rows(5, 2000)) + "\n")
    os.rename(path, env.folder + "/renamed.csv")
    equal(env.ctl_json("enqueue", CAMPAIGN, env.folder + "/renamed.csv")["pushed"], 5)
    equal([j["id"] for j in queue(w)], [str(i) for i in range(2005)])
    # One that begins alike and is another one is not queued without a word.
    write(env, "renamed.csv", "id;to;name", *rows(1), "x;0600000009;changed", *rows(1998, 2))
    contains(fails(env, "enqueue", CAMPAIGN, env.folder + "/renamed.csv"), "differs before")
    equal(w.r.llen(w.key("queue")), 2005)
    equal(env.ctl_json("enqueue", CAMPAIGN, env.folder + "/renamed.csv", "--again")["pushed"], 2000)
    keys = list(w.r.scan_iter(w.key("enqueue:*")))
    equal([w.key("enqueue:") + name for name in w.r.smembers(w.key("enqueue"))], keys)
    equal(len(keys), 1)
    equal(w.r.hlen(keys[0]), 1)
    if not 0 < w.r.ttl(keys[0]) <= 90 * 86400:
        raise Failure(f"{keys[0]} lives for {w.r.ttl(keys[0])} s")
    # A campaign of that name that is made later knows nothing of it.
    w.r.delete(w.key("queue"))
    w.r.hset(w.key("def"), "status", "stopped")
    env.ctl("campaign", "purge", CAMPAIGN)
    equal(list(w.r.scan_iter(w.p + "campaign:*")), [])


def test_enqueue_nothing_pushed_keeps_no_place(env):
    w = World(env).define()
    path = write(env, "n.csv", "id;to", "1;06", "2;07")
    env.ctl("enqueue", CAMPAIGN, path, code=1)
    equal(list(w.r.scan_iter(w.key("enqueue:*"))), [])


def test_enqueue_a_queue_that_is_none(env):
    """Redis goes on in a transaction of which a command fails: the place must not move without its jobs."""
    w = World(env).define()
    path = write(env, "q.csv", "id;to;name", *rows(700))
    w.r.set(w.key("queue"), "somebody's")
    contains(env.ctl("enqueue", CAMPAIGN, path, code=1).err, "Redis takes no more jobs: WRONGTYPE")
    w.r.delete(w.key("queue"))
    equal(env.ctl_json("enqueue", CAMPAIGN, path)["pushed"], 700)
    with open(path, "a", encoding="utf-8") as f:
        f.write("\n".join(rows(100, 700)) + "\n")
    w.r.set(w.key("queue"), "somebody's")
    env.ctl("enqueue", CAMPAIGN, path, code=1)
    w.r.delete(w.key("queue"))
    equal(env.ctl_json("enqueue", CAMPAIGN, path)["pushed"], 100)
    equal([j["id"] for j in queue(w)], [str(i) for i in range(700, 800)])


def killed(env, path, wait, *options):
    """Start it, kill -9 it once wait() is true, or it has ended."""
    words = [os.path.join(harness.BUILD, "licetctl"), "enqueue", CAMPAIGN, path, *options, *env.common()]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=harness.ROOT, env=env.environment()) as p:
        wait_until(lambda: p.poll() is not None or wait(), 30, "the moment to kill it")
        p.kill()
        return p.wait() == -signal.SIGKILL


def complete(env, path, *options, ends=(0,)):
    """Run it until nobody is in its way: what a killed one had sent last may come in between."""
    def once():
        done = env.ctl("enqueue", CAMPAIGN, path, *options, code=None)
        if "somebody else is queueing this file" in done.err:
            return False
        if done.code not in ends:
            raise Failure(repr(done))
        return True
    wait_until(once, 30, "a run that ends")


def test_enqueue_killed_at_any_moment(env):
    """kill -9 of licetctl, at random moments, many times: each line exactly once, in order."""
    w = World(env).define()
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    total, kills = 60000, 0
    path = write(env, "k.csv", "id;to;name", *rows(total))
    while kills < 12 and w.r.llen(w.key("queue")) < total:
        goal = w.r.llen(w.key("queue")) + chance.randrange(1, 6000)
        kills += killed(env, path, lambda g=goal: w.r.llen(w.key("queue")) >= g)
    complete(env, path)
    equal([j["id"] for j in queue(w)], [str(i) for i in range(total)], f"ids, seed {seed}")
    if kills < 5:
        raise Failure(f"only {kills} kills hit, seed {seed}")


def test_enqueue_redis_killed(env):
    """kill -9 of Redis: what it had kept and the place in the file are one."""
    env.start_redis("--appendfsync", "always")
    w = World(env).define()
    total = 30000
    path = write(env, "r.csv", "id;to;name", *rows(total))
    for goal in (1, 5000, 12000):
        words = [os.path.join(harness.BUILD, "licetctl"), "enqueue", CAMPAIGN, path, *env.common()]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=harness.ROOT, env=env.environment()) as p:
            wait_until(lambda g=goal, q=p: q.poll() is not None or w.r.llen(w.key("queue")) >= g, 30, "some jobs")
            env.server.restart()
            w.r = env.redis
            contains(p.stderr.read().decode(), "Redis")
            equal(p.wait(), 1)
    complete(env, path)
    equal([j["id"] for j in queue(w)], [str(i) for i in range(total)])


def test_enqueue_two_at_once(env):
    """Two of the same file: one wins, the other says so, and no line comes twice."""
    w = World(env).define()
    total = 40000
    path = write(env, "two.csv", "id;to;name", *rows(total))
    words = [os.path.join(harness.BUILD, "licetctl"), "enqueue", CAMPAIGN, path, *env.common()]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=harness.ROOT, env=env.environment()) for _ in range(2)]
    ends = [(p.communicate(timeout=60), p.returncode) for p in both]
    for (_, err), code in ends:
        if code != 0:
            contains(err.decode(), "somebody else is queueing this file")
    complete(env, path)
    equal([j["id"] for j in queue(w)], [str(i) for i in range(total)])


# -- what would become of it


def dump(w):
    return {k: (w.r.type(k), w.env.server.connect(decode_responses=False).dump(k)) for k in w.r.scan_iter("*")}


def test_enqueue_dry_run(env):
    """What it says of each line is what licetd then does with it, and it writes nothing."""
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.daemon = env.daemon("--simulate", OPEN)
    w.r.sadd(w.p + "list:opposition", "+33600000002")
    w.attempt("+33600000006", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
    w.r.sadd(w.key("cancel"), "8")
    jobs = [job(1), job(2), job(4, consent=None), job(5, consent={**CONSENT, "product": "cars"}), job(6), job(7, "0692 12 34 56"), job(8),
            job(9, not_before="2026-11-26T11:00:00+01:00"), job(11, "+33600000001"),
            job(12, "0692 12 34 57", not_after="2026-11-24T12:00:00+01:00", consent={**CONSENT, "until": "2026-11-24"})]
    path = write(env, "dry.jsonl", *[json.dumps(j) for j in jobs], '{"id":"z"')
    w.daemon.stop()
    before = dump(w)
    report = env.folder + "/dry.csv"
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run", "--report", report, code=1)
    equal(dump(w), before)
    equal((got["now"], got["later"], got["never"], got["unknown"], got["refused"], got["judged"]), (1, 3, 6, 0, 1, True))
    equal(got["days"], [{"date": "2026-11-24", "count": 1}, {"date": "2026-11-26", "count": 1}, {"date": "2026-12-02", "count": 1}])
    with open(report, encoding="utf-8", newline="") as f:
        said = {r["line"]: r for r in csv.DictReader(f)}
    equal(len(said), len(jobs) + 1)
    equal((said["11"]["verdict"], said["11"]["reason"]), ("refused", "json-malformed"))
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(*jobs)
    w.wait_intake(len(jobs))
    reasons, later = w.reasons(), w.r.zrange(w.key("later"), 0, -1, withscores=True)
    for n, j in enumerate(jobs, 1):
        line = said[str(n)]
        equal(line["id"], j["id"])
        if j["id"] in reasons:
            equal((line["verdict"], line["reason"], line["at"]), ("never", reasons[j["id"]], ""), j["id"])
            continue
        explained = env.ctl_json("explain", CAMPAIGN, j["to"])
        equal(line["verdict"], "now" if explained["verdict"] == "release" else "later", j["id"])
        if line["verdict"] == "later":
            equal((line["at"], line["reason"]), (explained["next_lawful"], explained["reason"]), j["id"])
    equal(len(later), 2)
    text = shows(env, "enqueue", CAMPAIGN, path, "--dry-run", code=1)
    contains(text, "callable now")


def test_enqueue_dry_run_of_a_paused_campaign(env):
    w = World(env).define(status="paused")
    w.daemon = env.daemon("--simulate", OPEN)
    path = write(env, "p.jsonl", json.dumps(job(1)))
    contains(shows(env, "enqueue", CAMPAIGN, path, "--dry-run"), "Nothing of the campaign moves now: campaign-paused, status. If that is lifted:")
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run")
    equal((got["blocked"]["reason"], got["now"]), ("campaign-paused", 1))


def test_enqueue_dry_run_before_the_start(env):
    w = World(env).define(start="2026-11-26T11:00:00+01:00")
    w.daemon = env.daemon("--simulate", OPEN)
    path = write(env, "s.jsonl", json.dumps(job(1)))
    report = env.folder + "/s-report.jsonl"
    equal(env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run", "--report", report)["later"], 1)
    with open(report, encoding="utf-8") as f:
        line = json.loads(f.read())
    equal((line["verdict"], line["at"], line["reason"]), ("later", "2026-11-26T10:00:00Z", "campaign-not-started"))


# -- large


@full_speed
def test_enqueue_a_million(env):
    """Constant memory, and every line; the rate is told."""
    w = World(env).define()
    path = env.folder + "/m.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("id;to;postcode;prénom\n")
        for i in range(1000000):
            f.write(f"{i};06 {i // 1000000:02d} {i // 10000 % 100:02d} {i // 100 % 100:02d} {i % 100:02d};67000;Zoé\n")
    words = [os.path.join(harness.BUILD, "licetctl"), "enqueue", CAMPAIGN, path, *env.common()]
    peak = [0]

    def ended(p):
        """Its memory is read as it runs: what a waiting parent is told includes the parent's own."""
        with open(f"/proc/{p.pid}/status", encoding="ascii") as status:
            peak[0] = max([peak[0]] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        return p.poll() is not None

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=harness.ROOT, env=env.environment()) as p:
        wait_until(lambda: ended(p), 120, "a million lines")
        contains(p.stdout.read().decode(), "1000000 jobs queued, 0 lines refused")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    equal(w.r.llen(w.key("queue")), 1000000)
    equal(json.loads(w.r.lindex(w.key("queue"), -1))["id"], "999999")
    if harness.SLOW == 1 and not 0 < peak[0] < 12 * 1024:
        raise Failure(f"{peak[0]} KiB")
    # 100,000 lines/s on a core of one's own.
    if harness.SLOW == 1 and seconds > 10:
        raise Failure(f"{seconds:.1f} s of processor for a million lines")
    os.unlink(path)


@full_speed
def test_enqueue_shows_how_far_it_is(env):
    """On a terminal: rate, part and time left; wiped away at the end."""
    World(env).define()
    path = env.folder + "/p.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("id;to\n" + "".join(f"{i};06{i:08d}\n" for i in range(400000)))
    t = Terminal(env)
    t.licetctl("enqueue", CAMPAIGN, path)
    seen = t.wait_for("/s, ", " left", "acme.noel: ")
    if not re.search(r"^acme\.noel: \d+, \d+/s, \d+ %, \d+:\d\d left$", seen, re.M):
        raise Failure(seen)
    t.wait_for("400000 jobs queued, 0 lines refused", gone=(" left",))


def test_enqueue_shows_the_bad_value(env):
    """And not the number, which is none; masked, as it may hold one."""
    World(env).define()
    path = write(env, "v.csv", "id;to;not_before;consent.collected_at", "1;0600000001;tomorrow;", "2;0600000002;;01/09/2026", "3;0600000003;;0612345678 le 1er")
    err = env.ctl("enqueue", CAMPAIGN, path, "--dry-run", code=1).err
    for part in ("v.csv:2: not_before: field-malformed: tomorrow;", "v.csv:3: consent.collected_at: field-malformed: 01/09/2026;",
                 "v.csv:4: consent.collected_at: field-malformed: 061234•••• le 1er;"):
        contains(err, part)
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run", code=1)
    equal([li["value"] for li in got["lines"]], ["tomorrow", "01/09/2026", "061234•••• le 1er"])


def test_dry_run_counts_by_reason_and_rule(env):
    w = World(env).define()
    lines = [json.dumps(job(i, consent={**CONSENT, "form": "web-v9"})) for i in range(3)]
    lines += [json.dumps(job(i, consent={k: v for k, v in CONSENT.items() if k != "until"})) for i in range(3, 5)]
    lines.append(json.dumps(job(5, consent=None)))
    path = write(env, "f.jsonl", *lines)
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run")
    equal(got["why"], {"consent-missing": 1, "consent-form": 5})
    equal(sorted((r["reason"], r["rule"], r["count"]) for r in got["why_rules"]),
          [("consent-form", "form-unknown", 3), ("consent-form", "until", 2), ("consent-missing", "job and registry", 1)])
    out = env.ctl("enqueue", CAMPAIGN, path, "--dry-run").out
    contains(out, "form-unknown: a mention, basis, act or proof is missing")
    contains(out, "until: a mention, basis, act or proof is missing")
    equal(w.stat("intake"), 0)
