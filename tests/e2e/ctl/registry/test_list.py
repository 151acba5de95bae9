"""licetctl list: loaded, shown, checked."""

from checks import MASK, NUMBER, fails, misuse, shows, write
from harness import contains, equal, wait_until
from world import OPEN, World, another, job, packed, start


def test_list_load_swaps_while_the_daemon_runs(env):
    w = start(env)
    first = write(env, "anti-1.csv", "numéro;nom", "06 00 00 00 01;Zoé", '"+33 (0)6 00 00 00 02";"a;b"', "", "0033600000003;", "06.00.00.00.04")
    got = env.ctl_json("list", "load", "anti-prospection", first, "--source", "sftp")
    equal(got, {"list": "anti-prospection", "loaded": True, "count": 4, "before": 0, "added": 4, "bad": 0, "error": "", "lines": []})
    equal(packed(w, "anti-prospection"), {f"+3360000000{i}" for i in (1, 2, 3, 4)})
    meta = w.r.hgetall(w.p + "list-meta:anti-prospection")
    equal((meta["source"], meta["count"], meta["last_error"]), ("sftp", "4", ""))
    w.push(job(1), job(5))
    w.wait_intake(2)
    equal(w.reasons(), {"1": "listed"})
    wait_until(lambda: w.stat("ready") == 1, 5, "the other one")
    second = write(env, "anti-2.csv", *[f"060000000{i}" for i in range(2, 6)])
    contains(shows(env, "list", "load", "anti-prospection", second), "4 numbers, 4 before")
    equal(w.take(), [], "the one that is on the new list")
    w.wait_stat("refused.listed", 2)
    equal(sorted(k for k in w.r.scan_iter(w.p + "list:*")), [w.p + "list:anti-prospection"], "nothing is left aside")
    equal(w.r.ttl(w.p + "list:anti-prospection"), -1)
    w.balance()
    equal(env.ctl_json("list", "load", "anti-prospection", "-", "--force", stdin=b"")["count"], 0)
    equal((w.r.exists(w.p + "list:anti-prospection"), w.r.hget(w.p + "list-meta:anti-prospection", "count")), (0, "0"))
    equal(w.r.hget(w.p + "list-meta:anti-prospection", "source"), "stdin")
    w.push(job(6))
    equal([j["id"] for j in w.wait_taken(1)], ["6"])


def test_list_load_refuses(env):
    w = World(env).define()
    key, meta = w.p + "list:anti-prospection", w.p + "list-meta:anti-prospection"
    env.ctl("list", "load", "anti-prospection", write(env, "ten.csv", *[f"+336000000{i}" for i in range(10, 20)]))
    shrunk = write(env, "seven.csv", *[f"+336000000{i}" for i in range(10, 17)])
    contains(fails(env, "list", "load", "anti-prospection", shrunk), "shrink from 10 to 7 numbers, more than 20 %")
    contains(w.r.hget(meta, "last_error"), "shrink from 10 to 7")
    equal((len(packed(w, "anti-prospection")), len(list(w.r.scan_iter(key + ":*")))), (10, 0))
    got = env.ctl_json("list", "load", "anti-prospection", shrunk, code=1)
    equal((got["loaded"], got["count"], got["before"]), (False, 7, 10))
    contains(shows(env, "list", "load", "anti-prospection", shrunk, "--force"), "7 numbers, 10 before")
    equal(w.r.hget(meta, "last_error"), "")
    bad = write(env, "bad.csv", "number", *[f"+336000000{i}" for i in range(10, 17)], "06 00 00 00 0", "hello")
    done = env.ctl("list", "load", "anti-prospection", bad, code=1)
    equal(done.err.splitlines()[0][:47], "bad.csv:9: number-malformed: 06 00 0• •• •; 10 ")
    contains(done.err, "bad.csv:10: number-malformed")
    contains(done.err, "2 bad lines: nothing was changed")
    contains(w.r.hget(meta, "last_error"), "2 bad lines")
    got = env.ctl_json("list", "load", "anti-prospection", bad, "--skip-bad")
    equal((got["count"], got["bad"], [li["line"] for li in got["lines"]]), (7, 2, [9, 10]))
    w.r.set(w.p + "list:planted", "x")
    contains(fails(env, "list", "load", "planted", bad, "--force"), "expected a set")
    fails(env, "list", "load", "anti-prospection", env.folder + "/none.csv")
    for words in (("load", "anti-prospection"), ("show",), ("show", "anti-prospection", "x"), ("check", "anti-prospection"), ("load", "Bad Name", "-"), ("drop", "x")):
        misuse(env, "list", *words)


def test_list_live_show_check(env):
    w = World(env)
    w.r.hset(w.p + "advertiser:acme", "name", "Acme")
    env.redis.sadd(w.p + "list:opposition", "+33600000009")
    got = env.ctl_json("list", "load", "opposition", write(env, "opp.csv", NUMBER, "+33600000002"), "--source", "crm")
    equal((got["count"], got["before"], got["added"]), (3, 1, 2), "added to, never replaced")
    contains(env.ctl("list", "load", "opposition", "-", stdin=b"0600000003\n0600\n", code=1).err, "the other numbers were added")
    equal(w.r.sismember(w.p + "list:opposition", "+33600000003"), 1)
    equal(env.ctl_json("list", "load", "opposition:acme", "-", stdin=b"0600000004\n")["count"], 1)
    got = env.ctl_json("list", "show", "opposition")
    equal((got["count"], got["mode"], got["meta"]["source"], got["meta"]["count"]), (4, "required", "crm", "3"))
    for part in ("required", "crm", "age"):
        contains(shows(env, "list", "show", "opposition"), part)
    contains(shows(env, "list", "show", "anti-prospection"), "if-present, 31 days")
    fails(env, "list", "show", "no-such-list")
    equal(env.ctl_json("list", "check", "opposition", "06 00 00 00 01"), {"list": "opposition", "to": MASK, "on": True})
    contains(shows(env, "list", "check", "opposition:acme", NUMBER, code=1), MASK + " is not on opposition:acme")
    fails(env, "list", "check", "opposition", "06 00")


def test_list_load_uses_each_line_or_tells_it(env):
    """Nothing taken for none: an empty first column, a tab first, a second column of numbers, a page of an error."""
    w = World(env).define()
    key, meta = w.p + "list:opposition", w.p + "list-meta:opposition"
    for name, text, want in (("a", ";Téléphone\n;06 00 00 00 11\n", 11), ("b", "\tx\n\t0600000012\n", 12), ("c", "\t06 00 00 00 13\n", 13),
                             ("d", "Téléphone 1;Nom\n0600000014;Zoé\n", 14), ("e", "sep=;\nNom;Tel\nZoé;0600000015\n", 15), ("f", "Tel\n\n0600000016", 16)):
        equal(env.ctl_json("list", "load", "opposition", write(env, name + ".csv", text.rstrip("\n")))["count"], want - 10, name)
        equal(w.r.sismember(key, f"+336000000{want}"), 1, name)
    two = write(env, "two.csv", "Nom;Téléphone;Mobile;Ville;Autre", "Zoé;0600000021;0600000022;Aix;", "Ana;;0600000023;Nice;0600000024", "Léo;0600000025;06;Nice;x",
                "Noé;;;Brest;", ";;;;")
    done = env.ctl("list", "load", "opposition", two, code=1)
    equal(w.r.smismember(key, [f"+336000000{i}" for i in range(21, 26)]), [1] * 5)
    contains(done.err, "two.csv:4: Mobile: number-malformed: ••;")
    contains(done.err, "two.csv:5: number-malformed")
    contains(done.err, "numbers stand in 3 columns, and all of them are taken: Téléphone (2), Mobile (2), Autre (1)")
    contains(done.err, "2 bad lines: the other numbers were added")
    equal(env.ctl_json("list", "load", "opposition", two, "--skip-bad")["columns"], {"Téléphone": 2, "Mobile": 2, "Autre": 1})
    before = w.r.hgetall(meta)
    for text in ("Service Unavailable", "<html><body>503</body></html>", "", "Téléphone;Nom", "\n\n", "x\ny"):
        for name in ("opposition", "anti-prospection"):
            done = env.ctl("list", "load", name, "-", "--skip-bad", stdin=text.encode(), code=1)
            contains(done.err, "there is no number in the file")
    equal({**w.r.hgetall(meta), "last_error": ""}, before)
    equal(w.r.hget(w.p + "list-meta:anti-prospection", "refreshed_at"), None)


def test_a_list_that_no_rule_asks(env):
    """It protects nobody: nothing is written, unless somebody wants it so."""
    w = World(env).define()
    path = write(env, "one.csv", NUMBER)
    contains(fails(env, "list", "load", "liste-noire", path), "no rule asks this list today: it protects nobody")
    contains(fails(env, "list", "load", "opposition-", path), "did you mean opposition?")
    contains(fails(env, "list", "check", "opositionn", NUMBER), "list opositionn is unknown, did you mean opposition?")
    equal(sorted(w.r.scan_iter(w.p + "list*")), [w.p + "list-meta:opposition"])
    contains(env.ctl("list", "load", "liste-noire", path, "--force").out, "1 number,")


def test_an_advertiser_that_nobody_declared(env):
    """Whoever objects to it objected to nobody: refused before anything is written, with the nearest."""
    w = World(env).define()
    path = write(env, "one.csv", NUMBER)
    words = (("oppose", NUMBER, "--advertiser", "acmee"), ("consent", "withdraw", "acmee", NUMBER), ("consent", "import", "acmee", path),
             ("attempts", "import", "acmee", path), ("list", "load", "opposition:acmee", path))
    for each in (("consent", "show", "acmee", NUMBER), ("attempts", "show", "acmee", NUMBER), ("list", "check", "opposition:acmee", NUMBER), *words):
        contains(fails(env, *each), "advertiser acmee is unknown: nothing was written; did you mean acme?")
    contains(fails(env, "oppose", NUMBER, "--advertiser", "acme.noel"), "did you mean acme?")
    another(w, "spring", advertiser="acme")
    contains(fails(env, "oppose", NUMBER, "--advertiser", "spring"), "did you mean acme?")
    contains(fails(env, "oppose", NUMBER, "--advertiser", "zzz"), "declares it")
    equal([k for k in w.r.scan_iter(w.p + "*") if "acmee" in k], [])
    # One that was declared once stays known.
    env.ctl("oppose", NUMBER, "--advertiser", "acme")
    w.r.rename(w.p + "advertiser:acme", w.p + "gone")
    env.ctl("oppose", NUMBER, "--advertiser", "acme")


def test_list_review(env):
    """How many oppositions are due for review; none is lifted by that."""
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    wait_until(lambda: w.r.exists(w.p + "numbering"), 10, "the numbering")
    for i in range(3):
        w.oppose(f"+3360000000{i}", "acme")
    w.r.hset(w.p + "oppositions:dated:acme", "+33600000001", "1600000000000 1600000000000 o")
    w.r.hset(w.p + "oppositions:dated:acme", "+33600000002", "1600000000000 1795000000000 o")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000009")
    got = env.ctl_json("list", "review", "opposition:acme")
    equal((got["due"], got["dated"], got["members"], got["review_days"]), (1, 3, 4, 1096))
    out = shows(env, "list", "review", "opposition:acme")
    for part in ("1 of 4 were noted more than 1096 days ago", "1 have no date", "None is lifted by that"):
        contains(out, part)
    equal(w.r.scard(w.p + "list:opposition:acme"), 4)
    contains(fails(env, "list", "review", "bloctel"), "is loaded whole")
    fails(env, "list", "review", "opposition:acmee")
