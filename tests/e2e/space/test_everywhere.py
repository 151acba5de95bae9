"""What licetctl tells and erases is of every space of the platform; and where one does not answer, it says so and fails."""

import json
import os

from checks import HIDDEN, NUMBER
from harness import contains, equal, full_speed
from redis import ResponseError
from sender import WAIT, Sender, wait_started
from spaces import HUB, enter, hear, space
from terminal import Terminal, fits
from world import OPEN, job

SPACES = ("a", "b", "c")


def platform(env, *names, conf="", own="a"):
    """Spaces on one Redis, without a licetd; the configuration names the first of them. A campaign of acme is in each."""
    names = names or SPACES
    env.redis  # pylint: disable=pointless-statement
    env.write_conf(f'prefix = "licet-sim:{{{own}}}:";\n' + conf)
    worlds = [space(env, name, campaign=f"acme-{name}.noel").define(advertiser=f"acme-{name}") for name in names]
    for w, name in zip(worlds, names):
        w.r.rename(w.p + "advertiser:acme", w.p + f"advertiser:acme-{name}")
        w.r.hset(w.p + "source:web-2026", "collected_by", f"acme-{name}")
        w.r.hset(w.p + f"advertiser:acme-{name}", mapping={"name": f"Acme {name}", "siren": f"5521005{ord(name[0]) % 100:02}"})
    enter(env.redis, *names)
    env.set_prefix(f"licet-sim:{{{own}}}:")
    return worlds


def without_a_right(env, name, *spaces):
    """A configuration whose user has no right in that space."""
    env.redis.execute_command("ACL", "SETUSER", "most", "reset", "on", ">x", "+@all", *[f"~licet-sim:{{{s}}}:*" for s in (*spaces, "licet") if s != name])
    path = os.path.join(env.folder, "password")
    with open(path, "w", encoding="utf-8") as f:
        f.write("x\n")
    os.chmod(path, 0o600)
    env.write_conf(f'prefix = "licet-sim:{{a}}:";\nredis_user = "most";\nredis_password_file = "{path}";\n', "most.conf")


def of_person(i, person=None, number=NUMBER):
    return {**job(i), "to": number, **({"person": person} if person else {})}


# --- a person's rights ----------------------------------------------------------------------------


def test_what_is_held(env):
    """A number in two spaces; a person that one knows by it, and another by another number: found in all."""
    a, b, c = platform(env)
    b.push(of_person(1, "p-77"), job(2))
    c.push(of_person(3, "p-77", "+33600000099"))
    env.ctl("oppose", NUMBER)
    said = env.ctl_json("subject", "show", NUMBER)
    equal((said["spaces"], said["persons"], said["limits"]), (["a", "b", "c"], ["p-77"], []))
    equal({(h["space"], h["what"]) for h in said["held"]},
          {(s, what) for s in SPACES for what in ("list", "opposition", "dated")} | {("b", "queue"), ("c", "queue")})
    out = env.ctl("subject", "show", NUMBER).out
    contains(out, "licet-sim:{c}:campaign:acme-c.noel:queue")
    contains(out, ", in 3 spaces; --json or --out FILE has the data")
    path = env.folder + "/person.json"
    env.ctl("subject", "show", NUMBER, "--out", path)
    with open(path, encoding="utf-8") as f:
        equal(len(json.load(f)["held"]), said["count"])
    html = env.ctl("subject", "show", NUMBER, "--format", "html", "--lang", "fr").out
    contains(html, "Tous les espaces de la plateforme ont été interrogés : a, b, c.")
    # One alone, because it is named: it says so.
    alone = env.ctl_json("subject", "show", NUMBER, "--space", "c")
    equal((alone["space"], {h["what"] for h in alone["held"]}), ("c", {"list", "opposition", "dated"}))
    contains(env.ctl("subject", "show", NUMBER, "--space", "c").out, "space c alone: what the others have is not in it")
    contains(env.ctl("subject", "show", NUMBER, "--space", "c", "--lang", "fr").out, "espace c seul")
    # One that does not answer is a limit, and what the others have is told.
    without_a_right(env, "b", *SPACES)
    said = env.ctl("subject", "show", NUMBER, "--json", code=1)
    [limit] = said.json["limits"]
    contains(limit, "space b: the user most of Redis has no right to")
    equal({h["space"] for h in said.json["held"]}, {"a", "c"})
    contains(said.err, limit)


def test_erased_everywhere(env):
    a, b, c = platform(env)
    b.push(of_person(1, "p-77"), job(2))
    c.push(of_person(3, "p-77", "+33600000099"))
    env.ctl("oppose", "+33600000003")  # the library
    before = env.redis.info("persistence")["aof_rewrites"]
    without_a_right(env, "b", *SPACES)
    done = env.ctl("subject", "erase", NUMBER, "--person", "p-77", code=1)
    contains(done.out, "Space b\nNOTHING WAS ERASED, it did not answer: the user most of Redis has no right to")
    contains(done.err, "nothing was erased in space b: the user most")
    equal((b.r.llen(b.key("queue")), c.r.llen(c.key("queue"))), (2, 0))
    env.write_conf('prefix = "licet-sim:{a}:";\n')
    c.push(of_person(3, "p-77", "+33600000099"))
    done = env.ctl_json("subject", "erase", NUMBER)
    equal([(s["space"], s["erased"], s["append_only_file"], s["done"]) for s in done["spaces"]],
          [("a", {}, "rewritten", True), ("b", {"queue": 1}, "rewritten", True), ("c", {"queue": 1}, "rewritten", True)])
    equal((done["erased"], done["persons"], done["done"]), ({"queue": 2}, 1, True))
    equal((b.r.llen(b.key("queue")), c.r.llen(c.key("queue"))), (1, 0))
    equal(env.redis.info("persistence")["aof_rewrites"] - before, 2, "one server, one file: once for each of both erasures")
    b.push(of_person(4))
    contains(env.ctl("subject", "erase", NUMBER, "--lang", "fr").out, "\nEspace b\nEffacé :\n  en file d'attente 1\n")
    # One space alone.
    b.push(of_person(5))
    alone = env.ctl_json("subject", "erase", NUMBER, "--space", "c")
    equal((alone["space"], alone["erased"], b.r.llen(b.key("queue"))), ("c", {}, 2))
    contains(env.ctl("subject", "erase", NUMBER, "--space", "b").out, "space b alone: what the others have is not in it\n")


def test_a_dossier_of_all(env):
    a, b, c = platform(env)
    b.push(of_person(1))
    env.ctl("list", "load", "anti-prospection", lines_file(env, NUMBER), "--force", code=None)
    env.ctl("oppose", NUMBER, "--space", "a", "--advertiser", "acme-a")
    env.redis.xadd(a.p + "oppositions", opposed("web", 1795514400000))
    env.redis.xadd(b.p + "oppositions", {**opposed("web", 1795514400000), "space": "a"})
    said = env.ctl_json("dossier", NUMBER)
    equal((said["spaces"], said["known"], said["limits"]), (["a", "b", "c"], True, []))
    equal([(e["space"], e["kind"], e["scope"]) for e in said["events"]], [("a", "opposed", "opposition"), ("a", "opposed", "opposition:acme-a")])
    contains(str(said["events"][0]["details"]), "heard by space b")
    equal([n["text"] for n in said["now"]], ["Campaign acme-b.noel: queued, not judged yet (space b)"])
    out = env.ctl("dossier", NUMBER).out
    contains(out, "All spaces of the platform were asked: a, b, c")
    contains(env.ctl("dossier", NUMBER, "--format", "html").out, "All spaces of the platform were asked: a, b, c.")
    contains(env.ctl("dossier", NUMBER, "--lang", "fr").out, "entendue par l'espace b")
    alone = env.ctl_json("dossier", NUMBER, "--space", "b")
    equal((alone["space"], [e["scope"] for e in alone["events"]]), ("b", ["opposition"]))
    contains(env.ctl("dossier", NUMBER, "--space", "b").out, "space b alone: what the others have is not in it")
    equal(HIDDEN in out, False)
    without_a_right(env, "c", *SPACES)
    done = env.ctl("dossier", NUMBER, "--from", "2026-01-01T00:00:00Z", "--json", code=1)
    contains(done.err, "nothing was read in space c: the simulated clock could not be read: NOPERM")
    equal(done.json["between"]["none_proven"], False)
    contains(str(done.json["between"]["doubts"]), "space c: ")


def opposed(source, ms):
    return {"number": NUMBER, "scope": "opposition", "source": source, "reason": "said no", "kind": "opposed", "event": "2026-11-24T09:00:00Z",
            "received_ms": str(ms)}


def lines_file(env, *numbers):
    path = env.folder + "/numbers.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("number\n" + "".join(n + "\n" for n in numbers))
    return path


@full_speed
def test_nothing_changes_alone(env):
    """A tag, and no hub, or one that names this space alone: not a word more than without spaces."""
    a = platform(env, "a")[0]
    a.push(of_person(1))
    want = None
    for named in ((), ("a",)):
        env.redis.delete(HUB)
        if named:
            env.redis.hset(HUB, "a", "open")
        for words in ((), ("--space", "a")):
            got = [env.ctl("subject", "show", NUMBER, *words).out, sorted(env.ctl_json("dossier", NUMBER, *words))]
            want = want or got
            equal(got, want)


# --- one campaign, one advertiser ----------------------------------------------------------------


ACME = ("name", "Acme", "siren", "552100554", "caller_ids", "+33162001234", "country", "FR", "attempts_before", "none")


def test_a_campaign_is_found(env):
    """Whatever space the configuration names: the command goes on where the campaign is."""
    a, b, c = platform(env)
    b.push(job(1), job(2))
    equal(env.ctl_json("campaign", "show", b.c)["queue"], 2)
    contains(env.ctl("explain", b.c, NUMBER).out, b.c)
    env.ctl("campaign", "pause", c.c, code=None)
    equal((c.r.hget(c.key("def"), "status"), a.r.exists(a.p + "campaign:" + c.c + ":def")), ("paused", 0))
    for words in (("forecast", b.c), ("refused", b.c), ("batch", "list", b.c), ("requeue", b.c), ("follow", b.c, "--once"),
                  ("export", b.c, "--since", "2026-01-01T00:00:00Z"), ("consent", "expiring", b.c), ("attempts", "show", "acme-b", NUMBER)):
        equal(env.ctl(*words).code, 0, words)
    env.ctl("enqueue", c.c, "-", stdin=b'{"id":"9","to":"+33600000009"}\n')
    equal(c.r.llen(c.key("queue")), 1)
    contains(env.ctl("follow", b.c, c.c, "--once", code=1).err, f"campaigns {b.c} and {c.c} are in two spaces, b and c")
    contains(env.ctl("campaign", "show", "acme-x.noel", code=1).err, "campaign acme-x.noel is unknown")
    # A new one goes to its advertiser.
    env.ctl("campaign", "put", "acme-c.ete", "advertiser", "acme-c", "status", "paused", "--force")
    equal([w.r.exists(w.p + "campaign:acme-c.ete:def") for w in (a, b, c)], [0, 0, 1])
    env.ctl("oppose", NUMBER, "--advertiser", "acme-b")
    equal([w.r.exists(w.p + "list:opposition:acme-b") for w in (a, b, c)], [0, 1, 0])
    # One that was reported in another space, to an advertiser that nobody declared there, is settled by that.
    a.r.hset(a.p + "unplaced", "+33600000008", "opposition:acme-d crm said no")
    contains(env.ctl("oppose", "+33600000008", "--advertiser", "acme-b", "--by", "ann").out, "an objection that had no place is settled")
    equal((a.r.hlen(a.p + "unplaced"), b.r.sismember(b.p + "list:opposition:acme-b", "+33600000008")), (0, 1))
    # In two spaces nobody knows which is meant.
    a.r.hset(a.p + f"campaign:{b.c}:def", "advertiser", "acme-a")
    contains(env.ctl("campaign", "pause", b.c, code=1).err, f"campaign {b.c} is in two spaces, a and b: name one with --space")
    env.ctl("campaign", "show", b.c, "--space", "b")
    # One that does not answer may have it too: said, and what can be done is done; but not for one that nobody else has.
    a.r.delete(a.p + f"campaign:{b.c}:def")
    without_a_right(env, "c", *SPACES)
    contains(env.ctl("campaign", "show", b.c).err, f"space c does not answer whether it has the campaign {b.c} too")
    contains(env.ctl("campaign", "show", c.c, code=1).err, f"no space that answers has campaign {c.c}, and space c does not answer: the user most")


def test_an_advertiser_is_in_one_space(env):
    a, b, c = platform(env)
    hub = {name: f"licet-sim:{{licet}}:{name}" for name in ("advertisers", "sirens")}
    done = env.ctl_json("advertiser", "put", "acme", *ACME, "--space", "b")
    equal((done["stored"], done["space"], b.r.hget(b.p + "advertiser:acme", "siren")), (True, "b", "552100554"))
    equal({name: env.redis.hgetall(key) for name, key in hub.items()}, {"advertisers": {"acme": "b"}, "sirens": {"552100554": "acme"}})
    # It stays there, wherever it is put from; and a SIREN is in one space, by whatever id.
    contains(env.ctl("advertiser", "put", "acme", "name", "Acme SA").out, "acme: stored, sound, in space b")
    contains(env.ctl("advertiser", "put", "acme", *ACME, "--space", "c", code=1).err, "acme was not stored: acme is in space b")
    contains(env.ctl("advertiser", "put", "abel", *ACME, code=1).err, "abel was not stored: the SIREN 552100554 is that of advertiser acme")
    equal([w.r.exists(w.p + "advertiser:acme") + w.r.exists(w.p + "advertiser:abel") for w in (a, b, c)], [0, 1, 0])
    # Without --space it goes where the fewest are.
    env.redis.hset(hub["advertisers"], mapping={"x": "a", "y": "c"})
    env.redis.hset(HUB, "b", "closing")
    env.redis.hset(hub["advertisers"], "z", "a")
    equal(env.ctl_json("advertiser", "put", "bo", *ACME[:2], "siren", "552100555", *ACME[4:])["space"], "c")
    # What is not sound claims nothing.
    done = env.ctl("advertiser", "put", "cy", "siren", "12", "gap_days", "x", code=1)
    contains(done.out, "cy: not stored\n  advertiser-incomplete: name of advertiser cy is not set")
    contains(done.out, "siren of advertiser cy: expected nine digits")
    contains(env.ctl("advertiser", "put", "cy", *ACME[:2], "caller_ids", "+33612345678", code=1).out, "caller_id is in no range for automata")
    contains(env.ctl("advertiser", "put", "cy", "siern", "1", code=2).err, "an advertiser has no siern, did you mean siren?")
    equal(env.redis.hexists(hub["advertisers"], "cy"), False)
    # Released, the SIREN is free in the hub, too.
    b.r.hset(b.p + "sirens", "552100554", "acme")
    contains(env.ctl("advertiser", "release", "552100554", "--reason", "a mistake").out, "was advertiser acme's, and is free")
    equal((b.r.hgetall(b.p + "sirens"), env.redis.hgetall(hub["sirens"])), ({}, {"552100555": "bo"}))


def test_a_claim_is_whole_or_nothing(env):
    """The function: both are claimed, or neither; again is no change; what is of a wrong kind is told before the first write."""
    platform(env)
    env.ctl("oppose", NUMBER)  # the library
    key, sirens = "licet-sim:{licet}:advertisers", "licet-sim:{licet}:sirens"

    def claim(*words, key=key):
        try:
            return env.redis.fcall("licet_claim", 1, key, *words)
        except ResponseError as e:
            return str(e)
    equal((claim("acme", "a", "552100554"), claim("acme", "a", "552100554"), claim("acme", "a", ""), claim("acme", "a", "552100555")), (1, 0, 0, 1))
    before = env.redis.hgetall(key), env.redis.hgetall(sirens)
    equal(claim("acme", "b", "552100556"), "ADVERTISER acme is in space a")
    equal(claim("abel", "b", "552100554"), "SIREN the SIREN 552100554 is that of advertiser acme")
    for words, want in ((("Acme", "a", ""), "ADVERTISER expected"), (("acme", "licet", ""), "SPACE expected"), (("acme", "a", "12"), "SIREN expected nine digits")):
        contains(claim(*words), want)
    contains(claim("acme", "a", "", key="licet-sim:{a}:advertisers"), "KEY expected licet:{licet}:advertisers")
    equal((env.redis.hgetall(key), env.redis.hgetall(sirens)), before)
    env.redis.delete(sirens)
    env.redis.set(sirens, "a string")
    contains(claim("zoe", "a", "552100559"), "should be a hash")
    equal(env.redis.hexists(key, "zoe"), False)


# --- how things stand ----------------------------------------------------------------------------


STATS = {"intake": 60, "held": 40, "ready": 5, "taken": 3, "refused": 10, "done": 2, "held.metropole": 30, "held.guadeloupe": 10, "refused.opposed-platform": 10,
         "released": 10}


def lively(env, *names):
    """As licetd leaves them: states, counters, a route with a lease, a heartbeat."""
    worlds = platform(env, *names)
    for i, w in enumerate(worlds):
        w.r.hset(w.key("state"), mapping={"state": "running", "because": "allowed", "since": "2026-11-24T09:00:00Z"})
        w.r.hset(w.key("stats"), mapping=STATS)
        w.push(*[job(k) for k in range(i + 1)])
        w.r.sadd(w.p + "routes", "main")
        w.r.rpush(w.p + "ready:main", *["x"] * 5)
        w.r.hset(w.p + "rulebooks", "vm", "fr abc")
        w.r.hset(w.p + "daemon:vm", mapping={"now": "2026-11-24T09:00:00Z", "version": "0.1.0", "rulebook": "fr 1", "redis_policy": "met"})
        w.r.hset(w.p + "halt", "route:old", "no more")
        w.r.xadd(w.p + "errors", {"where": "campaigns", "error": f"of space {i}"})
    worlds[-1].r.hset(worlds[-1].p + "halt", "source:web-2026", "looked into")
    return worlds


def test_status_of_all(env):
    a, b, c = lively(env)
    c.r.delete(c.p + "daemon:vm")
    said = env.ctl_json("status")
    equal([(s["space"], s["answered"], s["redis"]["server"]) for s in said["spaces"]], [(s, True, "redis") for s in SPACES])
    equal([(x["space"], x["id"], x["queue"]) for x in said["campaigns"]], [("a", a.c, 1), ("b", b.c, 2), ("c", c.c, 3)])
    equal((said["totals"]["queue"], said["totals"]["held"], said["totals"]["intake"]), (6, 120, 180))
    equal([(r["space"], r["route"], r["ready"]) for r in said["routes"]], [(s, "main", 5) for s in SPACES])
    equal(said["halts"], {"route:old": "no more", "source:web-2026 (c)": "looked into"})
    out = env.ctl("status").out
    contains(out, "licetd  vm in a, b, version 0.1.0")
    contains(out, "licetd  none is running in c: nothing moves there")
    contains(out, "space  campaign")
    contains(out, "(all spaces)")
    equal([line.split() for line in out.splitlines() if line.startswith("*")], [["*", "*", "6", "120", "0", "15", "9", "0", "6", "30", "0"]])
    contains(env.ctl("status", "--lang", "fr").out, "espace  campagne")
    alone = env.ctl("status", "--space", "b")
    contains(alone.err, "space b alone: what the others have is not in it")
    equal(("space  campaign" in alone.out, b.c in alone.out, a.c in alone.out), (False, True, False))
    without_a_right(env, "b", *SPACES)
    done = env.ctl("status", code=1)
    contains(done.out, "space   b does not answer: the simulated clock could not be read: NOPERM")
    contains(done.err, "how things stand is not known in space b: ")
    equal([s["answered"] for s in env.ctl("status", "--json", code=1).json["spaces"]], [True, False, True])
    # The one that the configuration names may be the one that does not answer.
    without_a_right(env, "a", *SPACES)
    contains(env.ctl("status", code=1).err, "how things stand is not known in space a: ")
    contains(env.ctl("top", code=1).out, b.c)


def test_the_other_lists_of_all(env):
    """top, senders, campaign list, preflight, list show and check."""
    a, b, c = lively(env)
    top = env.ctl_json("top")
    equal([(x["space"], x["id"]) for x in sorted(top["campaigns"], key=lambda x: x["id"])], [("a", a.c), ("b", b.c), ("c", c.c)])
    equal({p["place"]: p["held"] for p in top["places"]}, {"metropole": 90, "guadeloupe": 30})
    equal((top["refused"], top["spaces"], top["away"]), ({"opposed-platform": 30}, 3, ""))
    out = env.ctl("top").out
    contains(out, "3 campaigns in 3 spaces")
    contains(out, "SPACE  CAMPAIGN")
    contains(out, "queue 6  held 120")
    contains(out, "HALTED     a, b: route:old (no more); c: ")
    equal([(r["space"], r["route"]) for r in env.ctl_json("senders")], [(s, "main") for s in SPACES])
    contains(env.ctl("senders").out, "3 spaces: 15 ready, 0 with senders, 0 unknown")
    contains(env.ctl("senders", "--lang", "fr").out, "3 espaces : 15 prêtes")
    equal([(x["space"], x["id"], x["queue"]) for x in env.ctl_json("campaign", "list")], [("a", a.c, 1), ("b", b.c, 2), ("c", c.c, 3)])
    contains(env.ctl("campaign", "list").out, "\n*      *")
    said = env.ctl("preflight", "--at", "2026-11-25T10:00:00+01:00", "--json", code=None).json
    equal([(x["space"], x["campaign"]) for x in said["campaigns"]], [("a", a.c), ("b", b.c), ("c", c.c)])
    contains(env.ctl("preflight", code=None).out, "space  campaign")
    equal(env.ctl("breaker", "main").out.count("\nmain: "), 3)
    equal(env.ctl("breaker", "main", "--space", "b").out.count("main: "), 1)
    equal(env.ctl("settle", "failed", "--route", "main", "--reason", "a test", code=1).out, "0 settled, 0 opposed\n")
    contains(env.ctl("follow", "--once", code=1).err, "there are 3 spaces, and one is followed at a time")
    env.ctl("oppose", NUMBER)
    env.ctl("list", "check", "opposition", NUMBER)
    b.r.srem(b.p + "list:opposition", NUMBER)
    done = env.ctl("list", "check", "opposition", NUMBER, code=1)
    contains(done.out, "space b: +3360000•••• is not on opposition")
    contains(done.err, "the spaces disagree: the number is on the list of 2 of 3")
    equal(env.ctl("list", "check", "opposition", "+33600000077", code=1).err, "")
    rows = env.ctl_json("list", "show", "opposition")["spaces"]
    equal([(r["space"], r["count"]) for r in rows], [("a", 1), ("b", 0), ("c", 1)])
    contains(env.ctl("list", "show", "opposition", "--lang", "fr").out, "espace")
    env.ctl("oppose", NUMBER, "--advertiser", "acme-c")
    equal(env.ctl_json("list", "show", "opposition:acme-c")["count"], 1)
    without_a_right(env, "b", *SPACES)
    for words, what in ((("top",), "how things stand is not known in space b"), (("senders",), "what is out is not known in space b"),
                        (("campaign", "list"), "which campaigns there are is not known in space b"),
                        (("preflight", "--at", "2026-11-25T10:00:00+01:00"), "what campaigns will do is not known in space b"),
                        (("list", "show", "opposition"), "how the list stands is not known in space b"),
                        (("list", "check", "opposition", NUMBER), "whether the number is on the list is not known in space b")):
        done = env.ctl(*words, code=1)
        contains(done.err, what)
        contains(done.out, "b")


@full_speed
def test_fits_a_terminal(env):
    """Eight spaces: nothing wraps on 80 columns, and what is beyond them is used."""
    names = ("alsace", "bretagne", "corse", "drome", "essonne", "finistere", "gironde", "herault-and-more")
    lively(env, *names)
    env.set_prefix("licet-sim:{alsace}:")
    env.write_conf('prefix = "licet-sim:{alsace}:";\n')
    for size in ((80, 24), (160, 50)):
        for words in (("status",), ("campaign", "list"), ("senders",), ("list", "show", "opposition")):
            t = Terminal(env, *size)
            t.licetctl(*words, after="; echo co''de=$?")
            t.wait_for("code=")
            text = t.screen("-S", "-", "-J").split("\ncode=")[0]
            equal([line for line in text.split("\n") if len(line) > size[0]], [], f"{words} on {size}")
            contains(text, "gironde")
            t = Terminal(env, *size)
        t.licetctl("top")
        text = t.wait_for("8 campaigns in 8 spaces", "q quit")
        contains(text, "SPACE")
        contains(text, "bretagne"[:6])
        fits(text, *size)
        t.key("q")


# --- a configuration that names several, or all ----------------------------------------------------


@full_speed
def test_the_spaces_of_the_configuration(env):
    """spaces = [ "b", "a" ] begins with the first of them, and [ "*" ] with none: every space is asked alike, and what is done in one is found."""
    a, b, c = lively(env)
    redis = f'redis_socket = "{env.server.path}";\n' if hasattr(env.server, "path") else ""
    for spaces, first in (('"b", "a"', "b"), ('"*"', "a")):
        env.write_conf(f'prefix = "licet-sim:";\nspaces = [ {spaces} ];\n' + redis)

        def ctl(*words, code=0):
            return env.run(*words, "-c", env.conf, *env.server.words, code=code)
        equal([s["space"] for s in ctl("status", "--json").json["spaces"]], [first, *[s for s in SPACES if s != first]] if first != "a" else list(SPACES))
        equal(sorted(x["id"] for x in ctl("campaign", "list", "--json").json), [a.c, b.c, c.c])
        equal(ctl("campaign", "show", c.c, "--json").json["queue"], 3)
        contains(ctl("campaign", "show", "acme-x.noel", code=1).err, "acme-x.noel is ")
        equal(ctl("list", "show", "opposition", "--json").json["spaces"][0]["space"], first)
        ctl("halt", "route:main", "--reason", "a test")
        equal([w.r.hexists(w.p + "halt", "route:main") for w in (a, b, c)], [True] * 3)
        ctl("unhalt", "route:main")
        ctl("halt", "advertiser:acme-c", "--reason", "a test")
        equal([w.r.hexists(w.p + "halt", "advertiser:acme-c") for w in (a, b, c)], [False, False, True])
        ctl("unhalt", "advertiser:acme-c")
        ctl("oppose", NUMBER)
        equal([w.r.sismember(w.p + "list:opposition", NUMBER) for w in (a, b, c)], [1, 1, 1])
        equal(len(ctl("space", "list", "--json", code=1).json), 3)
        equal(ctl("dossier", NUMBER, "--json").json["spaces"][0], first)
        equal(len(ctl("subject", "show", NUMBER, "--json").json["spaces"]), 3)
        equal(ctl("advertiser", "put", "acme", *ACME, "--json").json["stored"], True)
        equal(ctl("campaign", "show", b.c, "--space", "b", "--json").json["queue"], 2)
    contains(ctl("take", "main", code=1).err, "this is done in one space, and there are 3: name one with --space: a, b, c")
    env.redis.delete(HUB)
    contains(ctl("status", code=1).err, 'spaces is "*", and the hub names none')


def test_the_one_at_hand_is_away(env):
    """It is a space as any other: what is told of the others is told, and it is named."""
    _, b, _ = platform(env)
    b.push(of_person(1))
    env.ctl("oppose", NUMBER)
    env.write_conf('prefix = "licet-sim:{a}:";\n')
    without_a_right(env, "a", *SPACES)
    rows = env.ctl("space", "list", "--json", code=1).json
    equal([r["space"] for r in rows], list(SPACES))
    contains(rows[0]["why"], "NOPERM")
    equal([r["oppositions"] for r in rows[1:]], [1, 1])
    for words in (("status",), ("list", "show", "opposition"), ("preflight",), ("senders",), ("campaign", "list")):
        said = env.ctl(*words, code=1)
        contains(said.err, " in space a: ")
    equal(env.ctl_json("campaign", "show", b.c)["queue"], 1)
    contains(env.ctl("campaign", "show", b.c).err, "space a does not answer whether it has the campaign acme-b.noel too: ")


# --- one bridge for all ---------------------------------------------------------------------------


def ready_in(env, w, daemon, *jobs):
    """Released jobs of a space, left there by a licetd that has ended."""
    env.set_prefix(w.p)
    d = env.daemon("--instance", f"vm-{w.p[11:12]}", "--simulate", OPEN)
    w.push(*jobs)
    w.wait_stat("ready", len(jobs))
    if not daemon:
        d.stop()
    env.set_prefix("licet-sim:{a}:")
    return d


def several(env, *names):
    worlds = platform(env, *names)
    for w in worlds:
        hear(w, [each.name for each in worlds], 60000)
    return worlds


def test_a_sender_of_all(env):
    """Jobs of three spaces are taken in turns, and reported where they came from; each command knows its space."""
    a, b, c = several(env)
    daemons = [ready_in(env, w, True, *[job(100 * i + k) for k in range(4)]) for i, w in enumerate((a, b, c))]
    out = env.folder + "/order"
    done = env.ctl("sender", "--route", "main", "--once", "--json", "--exec", f'echo "$LICET_SPACE $LICET_ID" >> {out}; echo answered')
    said = done.json
    equal((said["taken"], said["outcomes"], said["spaces"]), (12, {"answered": 12}, {"a": 4, "b": 4, "c": 4}))
    with open(out, encoding="utf-8") as f:
        order = [line.split()[0] for line in f]
    # Each in its turn: none has had two more than another. What is taken at once may begin in any order.
    had = [[order[:i].count(s) for s in "abc"] for i in range(1, 13)]
    equal([h for h in had if max(h) - min(h) > 2], [], f"each in its turn: {order}")
    for w in (a, b, c):
        w.wait_stat("done", 4)
        w.balance()
    # A batch is shared by those that had something.
    for i, w in enumerate((a, b, c)):
        w.push(*[job(1000 + 100 * i + k) for k in range(6)])
        w.wait_stat("ready", 6)
    sizes = env.folder + "/sizes"
    env.ctl("sender", "--route", "main", "--once", "--batch", "6", "--jobs", "1", "--exec", f'echo "$LICET_SPACE $LICET_JOBS" >> {sizes}; cat > /dev/null; exit 0')
    with open(sizes, encoding="utf-8") as f:
        taken = [line.split() for line in f]
    equal({s: sum(int(n) for x, n in taken if x == s) for s in SPACES}, {"a": 6, "b": 6, "c": 6})
    equal(max(int(n) for _, n in taken[3:]) <= 3, True, taken)
    # One alone, as it is named.
    a.push(job(2000))
    b.push(job(2001))
    a.wait_stat("ready", 1)
    b.wait_stat("ready", 1)
    equal(env.ctl("sender", "--route", "main", "--once", "--json", "--exec", "echo busy", "--space", "b").json["taken"], 1)
    equal(a.stat("ready"), 1)
    for d in daemons:
        d.stop()


def test_never_again_is_final_everywhere(env):
    """It is on the list of every other space before it is reported."""
    a, b, _ = several(env)
    ready_in(env, a, False, of_person(1))
    env.redis.config_set("slowlog-log-slower-than", 0)
    env.redis.slowlog_reset()
    env.ctl("sender", "--route", "main", "--once", "--exec", "echo never-again")
    calls = [entry["command"].decode().split()[1:4:2] for entry in reversed(env.redis.slowlog_get(1000)) if entry["command"].startswith(b"FCALL licet_")]
    told = [words for words in calls if words[0] in ("licet_oppose", "licet_done")]
    equal(sorted(told[:2]), [["licet_oppose", w.p + "list:opposition"] for w in (b, _)], "first the others")
    equal(told[2:], [["licet_done", a.ready]])
    equal([w.r.sismember(w.p + "list:opposition", NUMBER) for w in (a, b, _)], [1, 1, 1])
    [(_at, said)] = b.r.xrange(b.p + "oppositions")
    equal((said["source"], said["reason"]), (f"call:{a.c}", "never-again"))


def test_one_call_at_a_time(env):
    a, b, _ = several(env)
    for w in (a, b):
        ready_in(env, w, False, of_person(1))
    done = env.ctl("sender", "--route", "main", "--once", "--json", "--jobs", "4", "--exec", "sleep 1; echo answered", code=0)
    equal(done.json["outcomes"], {"answered": 1, "not-placed": 1})
    contains(done.err, "it is being dialled for space ")


@full_speed
def test_signals_end_what_runs_for_all(env):
    """Two signals: commands of every space are ended; and one that says never-again to the end is noted everywhere, or said not to be."""
    a, b, _ = several(env)
    ready_in(env, a, False, job(1))
    ready_in(env, b, False, job(2))
    sender = Sender(env, "trap 'echo never-again' TERM; " + WAIT.format(env.folder), "--jobs", "2")
    wait_started(env, 2)
    sender.signal().wait_said("event=stopping running=2")
    sender.signal().wait()
    contains(sender.out, "2 taken")
    contains(sender.out, "; of 3 spaces")
    equal([w.r.sismember(w.p + "list:opposition", f"+3360000000{i}") for i in (1, 2) for w in (a, b, _)], [1] * 6)


@full_speed
def test_a_space_that_is_away_delays_nobody(env):
    """Without a right in b: its jobs stay, the others' are called; never-again is reported after all, and said."""
    a, b, c = several(env)
    ready_in(env, a, False, of_person(1))
    ready_in(env, c, False, job(2))
    without_a_right(env, "b", *SPACES)
    done = env.ctl("sender", "--route", "main", "--once", "--json", "--exec", 'test "$LICET_ID" = 1 && echo never-again || echo answered', code=1)
    equal(done.json["outcomes"], {"answered": 1, "never-again": 1})
    contains(done.err, "event=objection-refused space=b")
    equal((c.r.sismember(c.p + "list:opposition", NUMBER), b.r.exists(b.p + "list:opposition")), (1, 0))
