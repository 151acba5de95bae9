"""What is held about a person: shown whole, and erased so that nothing of it is left anywhere
but what is said to be kept."""

import glob
import json
import os
import re
import threading

import harness
from checks import HIDDEN, MASK, NUMBER, fails, misuse, shows
from harness import Failure, contains, equal, wait_until
from test_users import Users
from world import CAMPAIGN, CONSENT, OPEN, World, job

DAY_MS = 86400000
NOW_MS = 1795512600000  # OPEN
PERSON, SECRET = "person-4711", "SECRET-VARS-77"
SPELLINGS = (NUMBER, "06 00 00 00 01", "+33 (0)6 00.00.00.01", "0033600000001", "06.00.00.00.01", "06-00-00-00-01")
PLAIN = ("--aof-use-rdb-preamble", "no")  # so that the file can be searched


def mine(i, to=NUMBER, **more):
    return job(i, to=to, person=PERSON, vars={"name": SECRET}, **more)


def values(raw, key):
    """Everything a key holds, as bytes."""
    kind = raw.type(key).decode()
    if kind == "list":
        return raw.lrange(key, 0, -1)
    if kind == "set":
        return list(raw.smembers(key))
    if kind == "zset":
        return raw.zrange(key, 0, -1)
    if kind == "hash":
        return [x for pair in raw.hgetall(key).items() for x in pair]
    if kind == "stream":
        return [x for _, f in raw.xrange(key) for pair in f.items() for x in pair]
    return [raw.get(key)]


def digits(data):
    return re.sub(rb"[^0-9]", b"", data)


def search(env, *needles, number=True):
    """The keys whose names or values hold one of the texts, or the number in any spelling."""
    raw, found = env.server.connect(decode_responses=False), {}
    for key in raw.scan_iter("*", 1000):
        for value in [key, *values(raw, key)]:
            hits = [n for n in needles if n.encode() in value]
            if number and (b"600000001" in value or any(s.encode() in value for s in SPELLINGS)):
                hits.append("number")
            for hit in hits:
                found.setdefault(hit, set()).add(key.decode().replace(env.prefix, "", 1))
    return found


def aof(env):
    data = b""
    for path in glob.glob(os.path.join(env.server.folder, "**", "*.aof"), recursive=True):
        with open(path, "rb") as f:
            data += f.read()
    return data


def erase(env, *words, number=NUMBER, code=0):
    return env.ctl("subject", "erase", number, *words, "--json", code=code).json


def start(env, **definition):
    env.start_redis(*PLAIN)
    w = World(env).define(**definition)
    w.daemon = env.daemon("--simulate", OPEN)
    return w


def life(env):
    """One person in every place where one may be."""
    w = start(env)
    others = {name: World(env, campaign="acme." + name).define() for name in ("called", "lost", "held", "later", "queue")}
    r = w.r
    # An earlier version took consents with fields of their own.
    r.hset(w.p + "consent:acme", NUMBER, json.dumps({"consents": [{**CONSENT, "note": SECRET, "person": PERSON}]}))
    w.attempt(NUMBER, "2026-10-26", person=PERSON)
    others["called"].push(mine("done-1", SPELLINGS[1]))
    token = w.wait_taken(1)[0]["token"]
    equal(w.done(token, "answered", "12 s"), "OK")
    others["called"].wait_stat("done", 1)
    others["lost"].push(mine("lost-1", SPELLINGS[2]))
    w.lost = w.wait_taken(1)[0]["token"]
    wait_until(lambda: r.xlen(w.p + "settle:main") == 0, 10, "the settling")
    r.fcall("licet_lapse", 1, w.ready, NOW_MS + DAY_MS, 10)
    equal(others["lost"].stat("unknown"), 1)
    others["held"].push(mine("held-1", SPELLINGS[3], postcode="97400"))
    others["held"].wait_stat("held", 1)
    others["later"].push(mine("later-1", SPELLINGS[4], not_before="2026-11-25T11:00:00+01:00"))
    others["later"].wait_stat("later", 1)
    w.push(mine("ready-1"), mine("dup-1"), mine("bad-1", unknown=1), '{"id":"x","phone":"06 00 00 00 01"', json.dumps({"id": "y", "phone": SPELLINGS[5]}),
           job(77), job(78, to="+33600000078", vars={"friend": PERSON + "0"}))
    w.wait_intake(7)
    w.wait_stat("ready", 3)
    r.xadd(w.p + "errors", {"where": "x", "error": "e", "entry": "a\t06 00 00 00 01\t" + PERSON})
    r.xadd(w.p + "recall:main", {"token": "t", "to": NUMBER, "reason": "opposed-platform"}, f"{NOW_MS}-0")
    r.sadd(w.p + "slots:acme", f"{NUMBER}/{NOW_MS}", f"+33600000077/{NOW_MS}")
    w.daemon.stop()
    others["queue"].push(job(70), mine("queue-1", SPELLINGS[5]), job(71), mine("queue-2"), job(72))
    r.hset(w.p + "advertiser:other", "name", "Other")
    w.oppose(NUMBER, scope="other")
    w.attempt(NUMBER, "2026-10-20", person=PERSON)
    w.others = others
    return w


KEPT = {"campaign:acme.called:done", "list:opposition:other", "oppositions", "oppositions:dated:other", "consent:acme", "ready:main:past:20781"}


# -- show


def test_show_has_everything(env):
    w = life(env)
    held = search(env, PERSON + '"', SECRET)
    equal(len(held["number"]) > 15, True, held)
    path = env.folder + "/access.json"
    out = env.ctl_json("subject", "show", NUMBER, "--out", path)
    equal(os.stat(path).st_mode & 0o777, 0o600)
    with open(path, encoding="utf-8") as f:
        got = json.load(f)
    equal((got["number"], got["persons"], got["count"], got["limits"]), (NUMBER, [PERSON], out["count"], []))
    equal(len(got["held"]), got["count"])
    # Every key in which a search finds the number is in it.
    equal(held["number"] - {h["key"].replace(w.p, "", 1) for h in got["held"]}, set())
    by = {}
    for h in got["held"]:
        by.setdefault(h["what"], []).append(h)
    equal({k: len(v) for k, v in by.items()},
          {"queue": 2, "held": 1, "later": 1, "ready": 1, "unknown": 1, "refused": 1, "invalid": 3, "done": 1, "past": 1, "recall": 1, "opposition": 1,
           "dated": 1, "list": 1, "consent": 1, "attempts": 2, "slot": 1, "seen": 6 + 2 + 0 + 1, "error": 1})
    equal(by["held"][0]["job"]["vars"], {"name": SECRET})
    equal((by["ready"][0]["job"]["id"], by["ready"][0]["campaign"], by["held"][0]["place"].split("+")[0]), ("ready-1", CAMPAIGN, "metropole"))
    equal(by["attempts"][0]["dates"], ["2026-10-20", "2026-10-26", "2026-11-24", "2026-11-24", "2026-11-24"])
    equal(by["consent"][0]["value"]["consents"][0]["note"], SECRET)
    # The same on standard output; what people read has no values.
    equal(env.ctl_json("subject", "show", SPELLINGS[2])["held"], got["held"])
    text = shows(env, "subject", "show", NUMBER)
    contains(text, MASK)
    for value in (SECRET, PERSON, *SPELLINGS):
        equal(value in text, False, value)
    equal(shows(env, "subject", "show", NUMBER, "--out", path + "2").count("\n") > 10, True)
    contains(fails(env, "subject", "show", NUMBER, "--out", path), "is there already")
    equal(w.r.xlen(w.p + "errors") >= 1, True)


def test_show_by_person(env):
    w = start(env)
    w.daemon.stop()
    w.push(job(1, to="+33600000009", person=PERSON), job(2, to="+33600000009", person="p-2"), job(3, to="06 00 00 00 01", person="p-3"))
    got = env.ctl_json("subject", "show", NUMBER)
    equal((got["persons"], [h["job"]["id"] for h in got["held"]]), (["p-3"], ["3"]))
    got = env.ctl_json("subject", "show", NUMBER, "--person", PERSON)
    equal(sorted(h["job"]["id"] for h in got["held"]), ["1", "3"])
    equal("+33600000009" in env.ctl("subject", "show", NUMBER, "--person", PERSON).out, False)
    got = env.ctl("subject", "show", "+33600000044", "--json", code=1).json
    equal((got["held"], got["count"]), ([], 0))


def test_show_says_what_it_could_not_read(env):
    w = start(env)
    w.daemon.stop()
    w.r.set(w.key("held:metropole"), "no list")
    result = env.ctl("subject", "show", NUMBER, code=1)
    contains(result.err, "held:metropole could not be read")


def test_bad_use(env):
    World(env).define()
    for words, part in ((("shwo", NUMBER), "subject has no shwo, did you mean show?"), (("show", NUMBER, "--advertiser", "a"), "--advertiser belongs to erase"),
                        (("erase", NUMBER, "--out", "x"), "--out belongs to show"), (("erase", NUMBER, "--advertiser", "A!"), "is not an id"), (("show",), "missing")):
        contains(misuse(env, "subject", *words), part)
    contains(fails(env, "subject", "erase", "0600000"), "number-malformed")


# -- erase


def test_nothing_is_left(env):
    w = life(env)
    counts = {name: o.stats() for name, o in w.others.items()}
    contains(aof(env).decode(errors="replace"), SECRET)
    out = erase(env)
    equal((out["done"], out["out"], out["settling"], out["limits"], out["unknown_keys"], out["append_only_file"]), (True, 0, 0, [], [], "rewritten"))
    equal({k: v for k, v in out["erased"].items() if k != "seen"},
          {"queue": 2, "held": 1, "later": 1, "ready": 1, "unknown": 1, "refused": 1, "invalid": 3, "recall": 1, "slot": 1, "error": 1})
    # In every key, and on the disk, raw.
    found = search(env, PERSON, SECRET)
    equal(found.get(SECRET), None)
    equal(found.get(PERSON), {"ready:main"}, "of somebody else, whose variables begin alike")
    equal(found["number"], KEPT, "the number is where it was said to be kept")
    equal({k["key"].replace(w.p, "", 1) for k in out["kept"]}, KEPT | {"attempts:acme"}, "and nothing else was said")
    wait_until(lambda: SECRET.encode() not in aof(env), 10, "the old file to go")
    text = aof(env)
    equal((SECRET.encode() in text, PERSON.encode() + b'"' in text, b"06 00 00 00 01" in text), (False, False, False))
    # Every term is still right, and says where the jobs went.
    for name, gone in (("held", "held"), ("later", "later"), ("lost", "unknown")):
        s = w.others[name].balance()
        equal((s[gone], s["erased"], s["intake"]), (counts[name][gone] - 1, 1, counts[name]["intake"]), name)
    equal({k: v for k, v in w.others["queue"].balance().items() if v}, {"intake": 2, "erased": 2})
    s = w.balance()
    equal((s["erased"], s["ready"], s["refused"], s["invalid"]), (1, 2, 1, 3))
    equal(w.r.hget(w.p + "stats", "erased"), "6")
    equal([json.loads(x)["id"] for x in w.r.lrange(w.others["queue"].key("queue"), 0, -1)], ["70", "71", "72"])
    equal(w.r.smembers(w.p + "slots:acme"), {f"+33600000077/{NOW_MS}"})
    # Once more: there is nothing to do, and nothing is said twice.
    entries = w.r.xlen(w.p + "oppositions")
    again = erase(env)
    equal((again["erased"], again["kept"], w.r.xlen(w.p + "oppositions")), ({}, out["kept"], entries))


def test_what_is_kept_is_minimal_and_dated(env):
    w = life(env)
    out = {k["key"].replace(w.p, "", 1): k for k in erase(env)["kept"]}
    record = json.loads(w.r.hget(w.p + "consent:acme", NUMBER))
    equal(record["consents"], [CONSENT], "what R223-2 asks, and no more")
    equal(record["withdrawn_ms"] >= NOW_MS and record["withdrawn_ms"] == record["withdrawn_received_ms"], True)
    equal(out["consent:acme"]["until"], "2029-09-01T08:12:00Z")
    equal((out["attempts:acme"]["dates"], out["attempts:acme"]["until"]), (["2026-10-26", "2026-11-24", "2026-11-24"], "2026-12-25T00:00:00Z"))
    equal((w.attempts(NUMBER), w.attempts("p:" + PERSON)), (["2026-10-26", "2026-11-24", "2026-11-24"],) * 2)
    equal((out["campaign:acme.called:done"]["count"], out["campaign:acme.called:done"]["until"][:10]), (1, "2029-11-23"))
    equal((out["oppositions"]["count"], out["oppositions"]["until"]), (2, None))
    kinds = [(f["kind"], f["scope"], f["source"]) for _, f in w.r.xrange(w.p + "oppositions")]
    equal(kinds, [("opposed", "opposition:other", "web"), ("withdrawn", "consent:acme", "erasure")])
    text = env.ctl("subject", "erase", NUMBER).out
    for part in (MASK, "Kept:", "proof of consent, withdrawn (1), until 2029-09-01", "Append-only file: rewritten", "RDB snapshots and backups", "senders"):
        contains(text, part)
    equal(HIDDEN in text or PERSON in text, False)


def test_an_erased_person_is_not_called(env):
    """Not on a consent of the registry, nor on one that a job brings again; a new one counts."""
    w = life(env)
    erase(env)
    w.daemon = env.daemon("--simulate", "2026-11-24T10:40:00+01:00")
    w.push(job("again", to=SPELLINGS[1]), job("registry", to=NUMBER, consent=None))
    wait_until(lambda: {"again", "registry"} <= set(w.reasons()), 10, w.reasons)
    equal([w.reasons()[i] for i in ("again", "registry")], ["consent-withdrawn"] * 2)
    new = {**CONSENT, "collected_at": "2026-11-24T10:50:00+01:00"}
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", "2026-11-24T10:55:00+01:00")
    w.push(job("new", to=NUMBER, consent=new))
    wait_until(lambda: "new" in [t["id"] for t in w.take()], 10, w.reasons)
    w.balance()


def test_late_report_still_opposes(env):
    w = life(env)
    erase(env)
    equal(w.done(w.lost, "opted-out"), "late")
    equal(w.r.sismember(w.p + "list:opposition:acme", NUMBER), 1)


def test_a_person_who_objected_stays_blocked(env):
    """The opposition is kept with the person, since it is honoured by both."""
    w = start(env)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition:acme", NUMBER, "web", "no", "", PERSON)
    w.daemon.stop()
    w.push(mine(1), mine(2, to="+33600000055"))
    out = erase(env)
    equal((out["erased"], out["done"]), ({"queue": 2}, True))
    found = search(env, PERSON, SECRET)
    equal((found[PERSON], found.get(SECRET)), ({"oppositions", "oppositions:dated:acme"}, None))
    equal({k["key"].replace(w.p, "", 1) for k in out["kept"]} >= {"oppositions", "oppositions:dated:acme", "list:opposition:acme"}, True)
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(mine(3, to="+33600000056"))
    wait_until(lambda: w.reasons().get("3") == "opposed-advertiser", 10, w.reasons)


def test_only_one_advertiser(env):
    w = start(env)
    w.r.hset(w.p + "advertiser:bolt", mapping={"name": "Bolt", "siren": "552081317", "caller_ids": "+33162001235", "country": "FR", "attempts_before": "none"})
    bolt = World(env, campaign="bolt.x").define(advertiser="bolt", caller_id="+33162001235")
    for a in ("acme", "bolt"):
        w.r.fcall("licet_consent", 1, w.p + "consent:" + a, NUMBER, json.dumps(CONSENT))
    w.push(mine(1), job(3, consent=None, to=NUMBER))
    bolt.push(mine(2, consent={**CONSENT, "advertiser": "552081317"}))
    w.wait_stat("ready", 1)
    bolt.wait_stat("ready", 1)
    w.wait_stat("refused", 1)
    w.daemon.stop()
    before = bolt.stats()
    out = erase(env, "--advertiser", "acme")
    equal((out["done"], out["erased"]["ready"], out["erased"]["refused"]), (True, 1, 1))
    equal([j["id"] for j in w.take()], ["2"])
    equal(bolt.stats(), before)
    equal(w.balance()["erased"], 1)
    equal("withdrawn_ms" in json.loads(w.r.hget(w.p + "consent:bolt", NUMBER)), False)
    equal("withdrawn_ms" in json.loads(w.r.hget(w.p + "consent:acme", NUMBER)), True)
    equal(w.r.sismember(bolt.key("seen"), NUMBER), 1)
    equal(w.r.sismember(w.key("seen"), NUMBER), 0)


def test_named_advertiser_with_nothing_left(env):
    """Its records were trimmed long ago; an old file that is queued again calls nobody."""
    w = start(env)
    out = erase(env, "--advertiser", "acme")
    equal(([k["what"] for k in out["kept"]], out["erased"]), (["withdrawal", "oppositions on record"][::-1], {}))
    w.push(mine(1))
    wait_until(lambda: w.reasons() == {"1": "consent-withdrawn"}, 10, w.reasons)
    equal(erase(env)["erased"], {"refused": 1})


def test_marks_of_a_family(env):
    """Marks of number, id and person are shared by a family: they go with the person."""
    w = start(env, family="f1")
    w.push(mine(1), job(2))
    w.wait_stat("ready", 2)
    key = w.p + "family:f1:seen"
    equal(w.r.smembers(key), {NUMBER, "i:1", "p:" + PERSON, "+33600000002", "i:2"})
    erase(env)
    equal(w.r.smembers(key), {"+33600000002", "i:2"})
    w.balance()


def test_with_a_sender(env):
    """What a sender has cannot be erased: it says so, and the next run takes the rest."""
    w = start(env)
    w.push(mine(1))
    w.wait_stat("ready", 1)
    token = w.take()[0]["token"]
    result = env.ctl("subject", "erase", NUMBER, "--json", code=1)
    equal((result.json["out"], result.json["done"]), (1, False))
    contains(result.err, "1 jobs of it are with a sender")
    equal(w.done(token, "busy"), "OK")
    w.wait_stat("done", 1)
    out = erase(env)
    equal((out["out"], out["done"]), (0, True))
    found = search(env, PERSON, SECRET)
    equal((found.get(PERSON), found.get(SECRET)), (None, None))
    w.balance()


def test_reported_and_not_moved_yet(env):
    """While no daemon runs, what was reported is settled first."""
    w = start(env, retry="busy:30m")
    w.push(mine(1))
    w.wait_stat("ready", 1)
    w.daemon.stop()
    equal(w.done(w.take()[0]["token"], "busy"), "OK")
    equal(w.r.xlen(w.p + "settle:main"), 2)
    out = erase(env)
    equal((out["done"], out["erased"]["later"]), (True, 1))
    equal((w.balance()["erased"], w.r.xlen(w.key("done"))), (1, 1))
    equal(search(env, PERSON, SECRET).keys(), {"number"})


def test_races_with_senders_and_the_daemon(env):
    """Jobs are released and taken meanwhile: each of the person's is erased, or was out and said to be."""
    w = start(env)
    names = [f"acme.r{i}" for i in range(12)]
    worlds = [World(env, campaign=n).define() for n in names]
    jobs = [job(i) for i in range(100, 160)]
    for each in worlds:
        each.push(*jobs[:30], mine("mine"), *jobs[30:])
    taken, stop = [], threading.Event()

    def sender():
        client = env.server.connect()
        while not stop.is_set():
            for flat in client.fcall("licet_take", 1, w.ready, "s", 7):
                got = dict(zip(flat[::2], flat[1::2]))
                taken.append(got)
                client.fcall("licet_done", 1, w.ready, got["token"], "answered", "")

    thread = threading.Thread(target=sender)
    thread.start()
    try:
        wait_until(lambda: len(taken) > 100, 20, "senders at work")
        results = [env.ctl("subject", "erase", NUMBER, "--json", code=None)]
        while results[-1].code == 1 and len(results) < 10:
            results.append(env.ctl("subject", "erase", NUMBER, "--json", code=None))
        equal((results[-1].code, results[-1].json["out"]), (0, 0), results[-1].err)
        after = len(taken)
        wait_until(lambda: all(each.stat("ready") + each.stat("held") + each.stat("taken") == 0 and each.r.llen(each.key("queue")) == 0
                               for each in worlds), 60, lambda: [each.stats() for each in worlds])
    finally:
        stop.set()
        thread.join()
    called = [t["campaign"] for t in taken if t["to"] == NUMBER]
    equal([t["campaign"] for t in taken[after + 7:] if t["to"] == NUMBER], [], "none goes out once it is erased")
    for each in worlds:
        s = each.balance()
        mine_ended = s["erased"] + called.count(each.c)
        equal(mine_ended + sum(1 for _, f in each.r.xrange(each.key("refused")) if f["to"] == NUMBER) <= 1, True, s)
        equal((s["intake"], s["erased"] <= 1), (61, True), s)
    found = search(env, PERSON, SECRET)
    equal((found.get(PERSON), found.get(SECRET)), (None, None))


def test_archive_and_dossier_go_on(env):
    """Consumer groups, explain, dossier: none of them stumbles over what was erased."""
    w = life(env)
    w.r.xgroup_create(w.key("refused"), "archive", "0")
    w.r.xreadgroup("archive", "licetctl", {w.key("refused"): ">"})
    erase(env)
    path = env.folder + "/a.jsonl"
    out = env.ctl_json("export", CAMPAIGN, "--archive", "--kind", "refused", "--out", path)
    equal((out["entries"], out["erased"]), (0, 1))
    dossier = env.ctl_json("dossier", NUMBER)
    equal([e["kind"] for e in dossier["events"]], ["consent", "call", "opposed", "withdrawn"])
    equal((dossier["now"], dossier["limits"]), ([], []))
    # That none was placed before is still proven: no record of a call was deleted.
    between = env.ctl_json("dossier", NUMBER, "--from", "2026-11-22T08:00:00Z", "--to", "2026-11-23T09:00:00Z")["between"]
    equal((between["none_proven"], between["doubts"]), (True, []))
    env.ctl("explain", CAMPAIGN, NUMBER, code=None)
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(200))
    wait_until(lambda: "200" in [t["id"] for t in w.take()], 10, w.stats)
    w.balance()


# -- the append-only file


def test_who_may_not_rewrite_is_told(env):
    users = Users(env)
    w = World(env).define()
    w.push(mine(1))
    users.admin.execute_command("ACL", "SETUSER", "licet-ops", "-bgrewriteaof")
    users.conf("ops")
    env.redis.function_load(replace=True, code=open_library())
    result = env.ctl("subject", "erase", NUMBER, "--json", code=1)
    contains(result.json["append_only_file"], "an administrator must run BGREWRITEAOF")
    equal((result.json["erased"], result.json["done"]), ({"queue": 1}, False))


def test_ops_may(env):
    users = Users(env)
    w = World(env).define()
    users.conf("daemon")
    daemon = env.daemon("--simulate", OPEN)
    w.push(mine(1))
    w.wait_stat("ready", 1)
    daemon.stop()
    users.conf("ops")
    equal(env.ctl_json("subject", "show", NUMBER)["count"] > 0, True)
    out = erase(env)
    equal((out["done"], out["append_only_file"]), (True, "rewritten"))
    env.ctl("export", CAMPAIGN, "--archive", "--out", env.folder + "/x")
    equal(users.denied(), [])


def open_library():
    with open(os.path.join(harness.BUILD, "gen", "licet.lua"), encoding="utf-8") as f:
        return f.read()


def test_append_only_file_off(env):
    env.start_redis("--appendonly", "no")
    w = World(env).define()
    w.push(mine(1))
    out = erase(env)
    equal((out["append_only_file"], out["done"], out["erased"]), ("off", True, {"queue": 1}))
    contains(out["not_reached"][0], "BGSAVE")


def test_rewrite_that_fails_is_told(env):
    w = start(env)
    w.daemon.stop()
    w.push(mine(1))
    # No child can be made any more: the first file of the next rewrite is a folder.
    for n in range(2, 6):
        os.makedirs(os.path.join(env.server.folder, "appendonlydir", f"appendonly.aof.{n}.base.aof", "x"))
    result = env.ctl("subject", "erase", NUMBER, "--json", code=1)
    contains(result.json["append_only_file"], "NOT rewritten")
    equal(result.json["erased"], {"queue": 1})


# -- the function


def test_function_refuses_bad_calls(env):
    w = start(env)
    w.r.set(w.p + "campaign:typed:later", "x")
    for key, args, word in (("campaign:x:def", (NUMBER, "x"), "KEY"), ("oppositions", (NUMBER, "1-0"), "KEY"), ("list:opposition", (NUMBER, NUMBER), "KEY"),
                            ("campaign:x:done", (NUMBER, "1-0"), "KEY"), ("ready:main:lease", (NUMBER, "t"), "KEY"), ("campaign:x:queue", ("0600000001", "x"), "NUMBER"),
                            ("campaign:x:queue", (NUMBER,), "MEMBER"), ("ready:main", (NUMBER, "no entry"), "MEMBER"), ("campaign:typed:later", (NUMBER, "x"), "TYPE")):
        try:
            w.r.fcall("licet_erase", 1, w.p + key, *args)
        except Exception as error:  # pylint: disable=broad-except
            equal(str(error).split()[0], word, (key, args))
        else:
            raise Failure(f"{key} {args}")
    equal(w.r.fcall("licet_erase", 1, w.key("queue"), NUMBER, "not there", "1"), 0)
    equal(w.stats(), {})
