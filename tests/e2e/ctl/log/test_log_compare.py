"""licetctl log compare: whoever has every right on Redis changes nothing unseen, once licetd has read it."""

import concurrent.futures
import json
import os
import random
import tempfile

from decision_log import configure, configure_two, lines, must_be_whole, wait_lines, wait_logged
from harness import Env, Failure, contains, equal, full_speed, own_target, wait_until
from race import seed_of
from world import OPEN, World, job


def begin(env, calls=12):
    w = World(env)
    w.folder = configure(env)
    w.define()
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, calls + 1)], *[job(500 + i, consent=None) for i in range(4)], "no json")
    got = wait_until(lambda: w.stat("ready") == calls and w.take(calls), 20, "jobs to take")
    for each in got:
        w.done(each["token"])
    w.oppose("+33600000601", "acme")
    w.oppose("+33600000602")
    w.wait_stat("done", calls)
    wait_logged(w, w.folder)
    return w


def compare(env, w, code=0, *dirs):
    return env.ctl("log", "compare", *(dirs or (w.folder,)), "--json", code=code).json


def test_nothing_was_done(env):
    w = begin(env)
    told = compare(env, w)
    equal((told["ok"], told["logged"], told["same"]), (True, 19, 19), "what it says")
    contains(env.ctl("log", "compare", w.folder).out, "Nothing was removed, changed or invented")
    contains(env.ctl("log", "compare").out, w.folder)
    # What leaves by the rules is no fault.
    env.ctl("requeue", w.c, "--reason", "consent-missing")
    wait_until(lambda: len([e for e in lines(w.folder, "refusal") if e["record"].get("kind") == "requeued"]) == 1, 10, "what was put back")
    wait_logged(w, w.folder)
    told = compare(env, w)
    equal((told["erased"], told["faults"]), (4, []), "requeued")
    w.daemon.stop()
    # What is written while nobody reads waits, and is none yet.
    w.oppose("+33600000603")
    equal(compare(env, w)["waiting"], 1, "waiting")
    env.prefix = "licet-sim:other:"
    contains(env.ctl("log", "compare", w.folder, code=1).err, f"is the log of the keys {w.p}*")


def test_attest_and_dossier_say_what_the_log_says(env):
    w = begin(env)
    said = env.ctl("attest", w.c, "--json").json["log"]
    equal((said["whole"], said["same"], said["faults"]), (True, 19, []), "what attest says")
    contains(said["heads"][0], "licet/test ")
    contains(env.ctl("attest", w.c).out, "Decision log\n  Head of the log: licet/test ")
    contains(env.ctl("attest", w.c, "--lang", "fr").out, "Journal des décisions")
    equal(env.ctl("dossier", "+33600000001", "--json").json["log"]["whole"], True)
    contains(env.ctl("dossier", "+33600000001", "--lang", "fr").out, "figurent tels qu'ici")
    # The same ids, one text changed: the counters add up, and nothing else would tell.
    entries = w.r.xrange(w.key("done"))
    w.r.delete(w.key("done"))
    for i, (id_, fields) in enumerate(entries):
        w.r.xadd(w.key("done"), {**fields, "outcome": "busy"} if i == 0 else fields, id=id_)
    told = env.ctl("attest", w.c, code=1)
    contains(told.out, f"changed: {w.key('done')}")
    contains(told.out, "REDIS AND THE LOG DIFFER")
    contains(env.ctl("dossier", "+33600000001", code=1).out, "REDIS AND THE LOG DIFFER")
    # What is kept of it reads the same whoever asks; people read it in their language.
    kept = [env.ctl("attest", w.c, "--json", "--lang", lang, code=1).json["log"]["faults"] for lang in ("fr", "en")]
    equal(kept[0], kept[1], "faults in both languages")
    for words in (("attest", w.c), ("attest", w.c, "--format", "html"), ("log", "compare", w.folder)):
        french = env.ctl(*words, "--lang", "fr", code=1).out
        contains(french, "modifié : licet-sim:")
        contains(french.replace("&#39;", "'"), " l'a telle qu'elle était")
    os.rename(w.folder, w.folder + ".away")
    contains(env.ctl("attest", w.c, code=1).out, "unread")
    with open(w.folder + ".away/checkpoint", "w", encoding="utf-8") as file:
        file.write("x\n")
    equal(env.ctl("log", "verify", w.folder + ".away", "--json", "--lang", "fr", code=1).json["faults"], ["checkpoint: it is none"])
    contains(env.ctl("log", "verify", w.folder + ".away", "--lang", "fr", code=1).out, "  DÉFAUT       checkpoint : n'en est pas un\nPAS entier.\n")


# In one step, as licetd adds to it meanwhile.
MADE_ANEW = """
local new, all = cjson.decode(ARGV[1]), redis.call('XRANGE', KEYS[1], '-', '+')
redis.call('DEL', KEYS[1])
for _, e in ipairs(all) do redis.call('XADD', KEYS[1], e[1], unpack(new[e[1]] or e[2])) end"""
BEHIND = """
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then return redis.call('XADD', KEYS[1], string.format('%.0f', string.match(info[i + 1], '^%d+') + 1) .. '-*', unpack(ARGV)) end
end"""


def add_behind(r, stream, fields):
    """A millisecond behind the last entry."""
    return r.eval(BEHIND, 1, stream, *[x for pair in fields.items() for x in pair])


def attack(w, chance, touched):
    """One thing done by hand to an entry that nobody touched yet. Returns what compare must count then."""
    r = w.r
    stream = w.key("done") if chance.random() < 0.6 else chance.choice((w.key("refused"), w.p + "oppositions"))
    entries = r.xrange(stream)
    free = [(i, f) for i, f in entries if (stream, i) not in touched]
    if len(free) < 3:
        return attack(w, chance, touched)
    id_, fields = chance.choice(free)
    touched.add((stream, id_))
    way = chance.choice(("remove", "change", "reorder", "edit a copy", "invent", "copy"))
    if way == "remove":
        r.xdel(stream, id_)
        return way, ("removed",)
    if way in ("change", "reorder"):  # the stream is made anew, with the ids that it had
        other = chance.choice([(i, f) for i, f in free if f != fields])
        new = {id_: dict(other[1]), other[0]: fields}
        if way == "change":
            new = {id_: dict(fields)}
            name = chance.choice(sorted(fields))
            new[id_][name] += "x"
        touched |= {(stream, i) for i in new}
        r.eval(MADE_ANEW, 1, stream, json.dumps({i: [x for pair in f.items() for x in pair] for i, f in new.items()}))
        return way, ("changed",)
    if way == "edit a copy":
        r.xdel(stream, id_)
        name = "outcome" if "outcome" in fields else "reason"
        touched.add((stream, add_behind(r, stream, {**fields, name: "x"})))
        return way, ("removed", "invented") if stream == w.key("done") else ("removed",)
    calls = r.xrange(w.key("done"))
    fields = chance.choice(calls)[1]
    new = {**fields, "to": "+33600009999", "id": "9999"} if way == "invent" else fields
    if way == "invent" and chance.random() < 0.3:
        new.pop("mac", None)
    touched.add((w.key("done"), add_behind(r, w.key("done"), new)))
    return way, ("invented",)


def attacks(env, times, seed):
    """While campaigns run: each attack that came after licetd had read what it touches is named, and fails the attestation."""
    w = begin(env, 60)
    for i in range(20):
        w.oppose(f"+336000007{i:02}")
    w.push(*[job(600 + i, consent=None) for i in range(20)])
    w.wait_stat("refused", 24)
    wait_logged(w, w.folder)
    chance, touched, before = random.Random(seed), set(), {}
    for i in range(times):
        w.push(job(2000 + i), job(4000 + i, consent=None))
        way, want = attack(w, chance, touched)
        wait_until(lambda: w.stat("queued") == 0 and not w.r.llen(w.key("queue")), 10, "the queue")
        wait_logged(w, w.folder)
        counts = env.ctl("log", "compare", w.folder, "--json", code=1).json["counts"]
        for what in want:
            if counts[what] <= before.get(what, 0):
                raise Failure(f"attack {i}, {way} (LICET_SEED={seed}): {what} was {before}, is {counts}")
        before = counts
    attested = env.ctl("attest", w.c, code=1)
    assert attested.err or attested.out
    must_be_whole(env, w.folder)


@full_speed
def test_each_attack_is_named(env):
    attacks(env, 12, 77)


def test_an_invented_call_is_known_by_its_code(env):
    w = begin(env)
    _, fields = w.r.xrange(w.key("done"))[0]
    last = w.r.xrevrange(w.key("done"), count=1)[0][0].split("-")[0]
    w.r.xadd(w.key("done"), {**fields, "to": "+33600009999"}, id=f"{int(last) + 1}-*")
    wait_lines(w.folder, "unproven", 1)
    told = compare(env, w, 1)
    equal([f["what"] for f in told["faults"]], ["invented"], "faults")
    contains(told["faults"][0]["why"], "licetd did not release that call")
    w.r.xadd(w.key("done"), fields, id=f"{int(last) + 2}-*")
    wait_logged(w, w.folder)
    contains(" ".join(f["why"] for f in compare(env, w, 1)["faults"]), "a copy of the call of another line")


def test_what_another_instance_wrote_is_asked_for(env):
    w = World(env)
    one, first, two, second = configure_two(env)
    w.define()
    for conf, number in ((first, 1), (second, 2), (first, 3)):
        env.conf = conf
        daemon = env.daemon("--simulate", OPEN)
        w.push(job(number, consent=None))
        wait_until(lambda n=number: w.stat("refused") == n, 20, "a refusal")
        wait_logged(w, one if conf == first else two)
        daemon.stop()
    equal(compare(env, w, 0, one, two)["same"], 3, "both at hand")
    told = compare(env, w, 1, one)
    equal([f["what"] for f in told["faults"]], ["not-at-hand"], "one alone")


def attack_one_world(env, seed):
    with tempfile.TemporaryDirectory(dir=env.folder) as folder:
        inner = Env(env.name, within=folder)
        try:
            attacks(inner, 20, seed)
        finally:
            inner.end()


@own_target
def test_a_thousand_attacks(env):
    """In worlds of twenty, so that what is attacked is few among many; some at once, as each waits for its licetd most of the time."""
    seed, worlds = seed_of(env.name), int(os.environ.get("LICET_ATTACKS", "1000")) // 20
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for done in concurrent.futures.as_completed([pool.submit(attack_one_world, env, seed + i) for i in range(worlds)]):
            done.result()
