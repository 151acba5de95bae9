"""Every command of licetctl on a platform of three spaces, where none is named: it is of all of them, of the one that has what it
was asked for, of one that it names, or of none. Nothing is done in one space as if there were no other."""

import os
import re
import subprocess

from commands import NUMBER, commands
from harness import BUILD, Failure, contains, equal, full_speed, wait_until
from test_serve import HEAD, HUB, serve, space
from world import World, job

NAMES = ("north", "south", "west")
CAMPAIGN, ADVERTISER = "acme-south.noel", "acme-south"
ALL, FOUND, ONE, NAMED, NONE, OWN = "all spaces", "the space that has it", "one, which it names", "the one of --space, or an error", "needs no space", "names its space itself"

# By form, as licetctl help has it: what it is of.
ROWS = {
    "init": NAMED, "check-config": NONE, "reload": FOUND, "acl": NONE, "space list": ALL, "space check": ALL, "space add": OWN, "space forgo": OWN, "completion": NONE,
    "status": ALL, "top": ALL, "preflight": ALL, "forecast": FOUND, "simulate": FOUND,
    "campaign list": ALL, "campaign show": FOUND, "campaign put": FOUND, "campaign pause": FOUND, "campaign resume": FOUND, "campaign stop": FOUND, "campaign cancel": FOUND, "campaign purge": FOUND,
    "enqueue": FOUND, "batch list": FOUND, "batch show": FOUND, "batch cancel": FOUND, "refused": FOUND, "invalid": FOUND, "done": FOUND, "requeue": FOUND, "follow": FOUND, "schema job": NONE, "schema consent": NONE, "schema outcome": NONE,
    "halt": ALL, "unhalt": ALL, "breaker": ALL, "senders": ALL, "sender": ALL, "take": NAMED, "report": FOUND, "settle": FOUND,
    "oppose": ALL, "consent import": FOUND, "consent show": FOUND, "consent withdraw": FOUND, "consent expiring": FOUND,
    "list load": ALL, "list show": ALL, "list check": ALL, "list review": ALL, "list mend": NAMED, "list accept": NAMED,
    "attempts import": FOUND, "attempts show": FOUND, "advertiser show": FOUND, "advertiser put": ONE, "advertiser alias": FOUND, "advertiser release": FOUND,
    "explain": FOUND, "verify": NONE, "dossier": ALL, "subject show": ALL, "subject erase": ALL, "attest": FOUND, "export": FOUND,
    "log keygen": NONE, "log verify": ALL, "log compare": ALL, "log prove": FOUND,
    "phone": NONE, "windows": NONE, "calendar": NONE, "rulebook show": NONE, "rulebook diff": ALL, "reasons": NONE, "vocabulary": NONE,
}
# What cannot be tried here: it asks, adds or waits; and tests of its own hold it to what it says.
UNTRIED = ("completion", "space add", "space forgo", "verify", "log keygen")
# What the second of the asking is in: an attestation has it, and its hash goes by it.
TIME = re.compile(r"\d\d:\d\d(:\d\d)?(\.\d+)?Z?|\d+ s ago|(?<=without its hash: )\w+")


def forms():
    """Each form of each command that help lists."""
    def said(*words):
        return subprocess.run([os.path.join(BUILD, "licetctl"), *words], capture_output=True, check=True, text=True).stdout
    names = re.findall(r"^(?:[A-Z][a-z]+ +| {10})([a-z-]+) +\S", said("--help").split("licetctl help")[0], re.M)
    found = set()
    for name in names:
        usages = re.findall(rf"^licetctl {name}((?: [a-z]+\b(?!\|))?)", said("help", name), re.M)
        found |= {name + verb for verb in usages}
    return found


def platform(env):
    """A licetd for three spaces, with a log for each; a campaign and its advertiser in each, two calls made."""
    worlds = [space(env, name, NAMES) for name in NAMES]
    r, files = env.redis, {}
    for file, words in (("log.key", ("--origin", "example.com/licet")), ("mac.key", ("--mac",))):
        files[file] = os.path.join(env.folder, file)
        env.run("log", "keygen", "-o", files[file], *words)
    logs = os.path.join(env.folder, "logs")
    os.mkdir(logs, 0o700)
    r.hset(HUB, mapping={name: "open" for name in NAMES})
    for i, w in enumerate(worlds):
        w.of = World(env, w.p, f"acme-{w.name}.noel")
        w.of.define(advertiser=f"acme-{w.name}")
        r.rename(w.p + "advertiser:acme", w.p + f"advertiser:acme-{w.name}")
        r.hset(w.p + f"advertiser:acme-{w.name}", "siren", f"55210055{i}")
        r.hset(w.p + f"advertiser:brand-{w.name}", mapping=r.hgetall(w.p + f"advertiser:acme-{w.name}"))
        r.hset(w.p + "source:web-2026", "collected_by", f"acme-{w.name}")
        r.srem(w.p + "campaigns", w.c)
        r.delete(w.key("def"))
    daemon = serve(env, worlds, NAMES, ('log_dir = "";', f'log_dir = "{logs}";'), ('log_key_file = "";', f'log_key_file = "{files["log.key"]}";'),
                   ('log_mac_key_file = "";', f'log_mac_key_file = "{files["mac.key"]}";'), ("log_seal_s = 10;", "log_seal_s = 1;"),
                   ('prefix = "licet:";', f'prefix = "{HEAD}";'))
    env.set_prefix(HEAD)
    for w in worlds:
        w.of.push(job(1), job(2), job(3, consent=None), job(4))
        w.of.wait_stat("ready", 3)
        w.taken = w.of.wait_taken(2)
        for got in w.taken:
            w.of.done(got["token"], "answered")
    for w in worlds:
        wait_until(lambda w=w: w.of.stat("done") == len(w.taken) and os.path.exists(os.path.join(logs, w.name, "checkpoint")), 20, w.of.stats)
    return daemon, worlds


def words_of(env, worlds):
    """How each form is tried: those that change something behind those that read."""
    known = commands(env)
    rows = {
        "space list": ("space", "list"), "space check": ("space", "check"), "log verify": ("log", "verify"), "log compare": ("log", "compare"), "log prove": ("log", "prove", CAMPAIGN, "1"),
        "rulebook diff": ("rulebook", "diff", "--on", "2026-08-11"), "rulebook show": ("rulebook", "show"), "list review": ("list", "review", "opposition"), "list mend": ("list", "mend", "opposition"),
        "list accept": ("list", "accept", "opposition", "--reason", "a test"), "init": ("init",), "check-config": ("check-config",), "acl": ("acl",), "schema job": ("schema", "job"), "schema consent": ("schema", "consent"), "schema outcome": ("schema", "outcome"),
        "simulate": ("simulate", CAMPAIGN, "--at", "2026-11-24"), "consent expiring": ("consent", "expiring", CAMPAIGN), "phone": ("phone", NUMBER), "windows": ("windows", NUMBER),
        "calendar": ("calendar",), "reasons": ("reasons",), "vocabulary": ("vocabulary",), "breaker": ("breaker", "main"), "halt": ("halt", "route:main", "--reason", "a test"), "unhalt": ("unhalt", "route:main"),
        "sender": ("sender", "--route", "main", "--exec", "echo answered", "--once", "--jobs", "1"), "report": ("report", worlds[1].taken[0]["token"], "answered"),
        "advertiser put": ("advertiser", "put", "gamma", "name", "G", "siren", "552100999", "caller_ids", "+33162001299", "country", "FR", "attempts_before", "none"),
        "advertiser alias": ("advertiser", "alias", "brand-south", ADVERTISER, "--reason", "a test"),
        "advertiser release": ("advertiser", "release", "552100551", "--reason", "a test"),
    }
    for form in ROWS:
        if form not in rows and form not in UNTRIED:
            rows[form] = tuple(CAMPAIGN if w == "acme.noel" else ADVERTISER if w == "acme" else w for w in known[form])
    order = list(known) + list(rows)
    last = ("sender", "take", "campaign stop", "campaign purge")
    return sorted(((form, words) for form, words in rows.items()), key=lambda row: (row[0] in last, order.index(row[0])))


def holds(env, worlds, form, words):
    """Is it of what its row says?"""
    kind, r = ROWS[form], env.redis
    said = env.run(*words, "-c", env.conf, *env.server.words, code=None)
    text = said.out + said.err
    if kind == ALL and form in ("halt", "unhalt"):
        equal([r.hexists(w.p + "halt", "route:main") for w in worlds], [form == "halt"] * 3, form)
    elif kind == ALL:
        assert all(name in text for name in NAMES) or re.search(r"\b(3|all) spaces\b", text), f"{form}: {text}"
    elif kind == NAMED:
        equal((said.code, said.out), (1, ""), form)
        contains(said.err, "name one with --space: north, south, west")
    elif kind == ONE:
        contains(text, "space north")
    elif kind == FOUND:
        assert not re.search(r"is unknown|in no space|did you mean|no advertiser|never handed out", text), f"{form}: {text}"
        if form in ("campaign show", "forecast", "refused", "invalid", "done", "explain", "attest", "export", "batch list", "consent show", "attempts show", "advertiser show"):
            alone = env.run(*words, "--space", "south", "-c", env.conf, *env.server.words, code=said.code)
            equal(TIME.sub("", said.out), TIME.sub("", alone.out), form)
    elif kind == NONE:
        away = env.run(*words, "-c", env.conf, "--socket", os.path.join(env.folder, "nobody"), code=said.code)
        equal(TIME.sub("", said.out) == TIME.sub("", away.out) or form in ("check-config", "windows"), True, form)
    return said


@full_speed
def test_every_form(env):
    equal(forms(), set(ROWS), "a row for each form, and none for what is none")
    daemon, worlds = platform(env)
    for form, words in words_of(env, worlds):
        try:
            holds(env, worlds, form, words)
        except (AssertionError, Failure) as error:
            raise Failure(f"{form}, {ROWS[form]}: {error}") from error
    daemon.stop()


def test_logs_of_all(env):
    """One log that is not as it was, and one that is away: each is named, the others are told, and the worst counts."""
    daemon, worlds = platform(env)
    words = ("-c", env.conf, *env.server.words)
    whole = env.run("log", "compare", *words, "--json").json
    equal((whole["ok"], [(s["space"], s["ok"]) for s in whole["spaces"]]), (True, [(name, True) for name in NAMES]))
    west = worlds[2]
    [(entry, _), *_] = west.r.xrange(west.of.key("refused"))
    west.r.xdel(west.of.key("refused"), entry)
    said = env.run("log", "compare", *words, code=1).out
    heads = re.split(r"^space (\w+):$", said, flags=re.M)[1:]
    equal(heads[::2], list(NAMES))
    equal(["Nothing was removed" in text for text in heads[1::2]], [True, True, False])
    contains(heads[5], "removed")
    contains(env.run("log", "compare", "--lang", "fr", *words, code=1).out, "espace west :")
    equal(env.run("log", "compare", *words, "--space", "north", "--json").json["ok"], True)
    daemon.stop()
    logs = os.path.join(env.folder, "logs")
    verified = env.run("log", "verify", *words, "--json").json
    equal([(s["space"], s["ok"], s["origin"]) for s in verified["spaces"]], [(name, True, f"example.com/licet/{name}") for name in NAMES])
    os.rename(os.path.join(logs, "south"), os.path.join(env.folder, "away"))
    said = env.run("log", "verify", *words, code=1)
    contains(said.out, "space south: no answer: ")
    contains(said.err, "whether the log is whole is not known in space south")
    equal(env.run("log", "verify", os.path.join(logs, "west"), *words).out.count("Whole"), 1)
    env.run("log", "verify", "--key", "x", *words, code=1)
    # In the folder of another instance, where that is named and ours is not there.
    with open(env.conf, encoding="utf-8") as file:
        text = file.read()
    os.makedirs(os.path.join(env.folder, "peer"))
    os.rename(os.path.join(env.folder, "away"), os.path.join(env.folder, "peer", "south"))
    env.write_conf(text.replace("log_peers = [];", f'log_peers = [ "{env.folder}/peer" ];'))
    env.run("log", "verify", *words)
    env.run("log", "prove", CAMPAIGN, "1", *words)


def test_whatever_the_hub_names(env):
    """spaces = [ "*" ]: what is done in all of them needs no name, what is done in one does."""
    daemon, worlds = platform(env)
    with open(env.conf, encoding="utf-8") as file:
        text = file.read()
    env.write_conf(text.replace(f"spaces = [ {', '.join(chr(34) + n + chr(34) for n in NAMES)} ];", 'spaces = [ "*" ];'))
    words = ("-c", env.conf, *env.server.words)
    for asked in (("log", "compare"), ("log", "verify"), ("list", "review", "opposition"), ("rulebook", "diff", "--on", "2026-08-11")):
        said = env.run(*asked, *words)
        equal((all(name in said.out for name in NAMES), said.err), (True, ""), asked)
    contains(env.run("reload", *words).out, " reloaded: rulebook fr ")
    for asked in (("take", "main"), ("list", "mend", "opposition"), ("init",)):
        contains(env.run(*asked, *words, code=1).err, "name one with --space: north, south, west")
    contains(env.run("report", "no-such-token", "busy", *words, code=1).err, "never handed out in any of 3 spaces")
    contains(env.run("advertiser", "release", "999999999", "--reason", "x", *words, code=1).err, "no advertiser has used it")
    worlds[1].of.push(job(5))
    worlds[1].of.wait_stat("ready", 1)
    equal(env.run("take", "main", *words, "--space", "south", "--json").json[0]["campaign"], CAMPAIGN)
    # One that does not answer is named, and the others are told.
    worlds[0].r.execute_command("ACL", "SETUSER", "default", "resetkeys", "~licet-sim:{north}:*", "~licet-sim:{south}:*", "~licet-sim:{licet}:*")
    for asked in (("list", "review", "opposition"), ("rulebook", "diff", "--on", "2026-08-11")):
        said = env.run(*asked, *words, code=1)
        contains(said.err, "in space west: ")
        contains(said.out.lower(), "space south")
    worlds[0].r.execute_command("ACL", "SETUSER", "default", "~*")
    daemon.stop()


def test_a_source_is_halted_where_it_is(env):
    """A source that one space has, begun in another; one that two have is refused, with both names."""
    _, south, west = worlds = [space(env, name, NAMES) for name in NAMES]
    env.redis.hset(HUB, mapping={name: "open" for name in NAMES})
    env.write_conf(f'prefix = "{HEAD}";\nspaces = [ "north", "south", "west" ];\n')
    words = ("-c", env.conf, *env.server.words)
    south.r.rename(south.p + "source:web-2026", south.p + "source:shop")
    south.r.hset(south.key("def"), "source", "shop")
    env.run("halt", "source:shop", "--reason", "a test", *words)
    equal([w.r.hkeys(w.p + "halt") for w in worlds], [[], ["source:shop"], []])
    contains(env.run("halt", "source:web-2026", "--reason", "a test", *words, code=1).err, "is in two spaces, north and west")
    env.run("halt", "source:web-2026", "--reason", "a test", "--space", "west", *words)
    equal(west.r.hkeys(west.p + "halt"), ["source:web-2026"])


@full_speed
def test_a_route_of_all(env):
    """The box of a route takes from every space: what is done for the route is done in each."""
    daemon, worlds = platform(env)
    words = ("-c", env.conf, *env.server.words)
    for w in worlds[:2]:
        w.r.hset(w.p + "route:main", mapping={"lease_s": 1, "breaker_pct": 50})
        w.r.hset(w.p + "ready:main:health", mapping={"state": "tripped", "since": "1795791600000", "why": "26 of the last 50 failed"})
    shown = env.run("breaker", "main", *words).out
    equal(re.findall(r"^space (\w+):\nmain: (breaker open|neither)", shown, re.M), [("north", "breaker open"), ("south", "breaker open"), ("west", "neither")])
    done = env.run("breaker", "main", "--reset", "--reason", "a new box", *words).out
    equal(re.findall(r"^(\w+)  main: (was tripped|there is nothing)", done, re.M), [("north", "was tripped"), ("south", "was tripped"), ("west", "there is nothing")])
    env.run("breaker", "main", "--reset", "--reason", "again", *words, code=1)
    contains(env.run("breaker", "nowhere", *words, code=1).err, "nowhere")
    for w in worlds[:2]:
        w.of.push(job(20, "0600000020"))
        wait_until(lambda w=w: w.of.take(1, "dead-box"), 10, "a job")
    for w in worlds[:2]:
        w.of.wait_stat("unknown", 1)
    contains(env.run("settle", "busy", "--sender", "dead-box", "--reason", "it burnt", *words).out, "2 settled, 0 opposed")
    for w in worlds[:2]:
        w.of.wait_stat("unknown", 0)
    equal(env.run("settle", "busy", "--sender", "dead-box", "--reason", "again", *words, code=1).out, "0 settled, 0 opposed\n")
    daemon.stop()
