"""licetctl log prove: one call for somebody who has not the whole log; both verifiers judge it alike."""

import datetime
import hashlib
import json
import os
import random
import subprocess

from decision_log import RULEBOOK, configure, wait_logged
from harness import ROOT, Failure, contains, equal, full_speed, own_target, wait_until
from race import seed_of
from test_log import VERIFY
from world import OPEN, World, job


def ms(text):
    return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def proof_of(env, **changes):
    w = World(env)
    w.folder = configure(env)
    w.define(retry="busy:1m", retry_max="3", **changes)
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, 21)], *[job(500 + i, consent=None) for i in range(300)])
    got = wait_until(lambda: w.stat("ready") == 20 and w.take(20), 20, "jobs to take")
    for each in got:
        w.done(each["token"])
    w.wait_stat("done", 20)
    wait_logged(w, w.folder)
    w.path = os.path.join(env.folder, "proof.json")
    contains(env.ctl("log", "prove", w.c, "7", "-o", w.path).out, "with what it rests on")
    w.pub = w.folder + ".key.pub"
    return w


def both(env, path, key=None):
    ours = env.run("verify", path, *(("--key", key) if key else ()), "--json", code=None)
    try:
        proof = VERIFY.Proof(path, VERIFY.Key(open(key, encoding="utf-8").readline()) if key else None)
        theirs = proof.check()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        theirs, proof = False, error
    if (ours.code == 0) != theirs:
        raise Failure(f"they disagree: licetctl {ours!r}; licet-verify {theirs} {getattr(proof, 'faults', proof)}")
    return theirs


def test_the_hours_are_judged_alike(env):
    """licet-verify reads the rulebook by code of its own: each edge of two years, in every place, and a call moved to it."""
    with open(RULEBOOK, encoding="utf-8") as file:
        law = VERIFY.licet_law.Law(file.read())
    for place in ("metropole", "alsace-moselle", "mayotte", "saint-pierre-et-miquelon", "metropole+alsace-moselle", "guadeloupe+saint-martin+saint-barthelemy"):
        for window in env.run("windows", place, "--from", "2026-07-01T00:00:00Z", "--days", "400", "--json", "--rulebook", RULEBOOK).json:
            first, end = (int(datetime.datetime.fromisoformat(window[k].replace("Z", "+00:00")).timestamp() * 1000) for k in ("open", "close"))
            edges = [law.is_open(place, t) for t in (first - 1, first, end - 1, end)]
            equal(edges, [False, True, True, False], f"{place}, {window}")
    record = {"place": "metropole", "taken_ms": str(ms("2026-12-24T12:59:00+01:00")), "not_after_ms": str(ms("2026-12-24T13:00:00+01:00"))}
    equal(law.judge(record), "lawful", "until the last moment")
    equal(law.judge({**record, "not_after_ms": str(ms("2026-12-24T13:00:00+01:00") + 1)}), "outside", "one moment more")
    equal(law.judge({**record, "not_after_ms": str(ms("2026-12-24T13:30:00+01:00")), "done_ms": str(ms("2026-12-24T12:59:30+01:00"))}), "lawful", "reported before")
    christmas = {"place": "metropole", "taken_ms": str(ms("2026-12-25T11:00:00+01:00")), "not_after_ms": str(ms("2026-12-25T11:10:00+01:00"))}
    equal(law.judge(christmas), "outside", "Christmas")
    equal(law.judge({**christmas, "slot_ms": "1"}), "asked for", "at a time of one's own")
    equal(law.judge({**christmas, "place": "nowhere"}), "not judged")


def test_a_call_outside_the_hours_is_no_proof(env):
    """Both verifiers say so of one that is proven and was not lawful: a rulebook that calls at night, and the law that is put in its place."""
    w = proof_of(env)
    with open(w.path, encoding="utf-8") as file:
        proof = json.load(file)
    equal(VERIFY.Proof(w.path).check(), True)
    law = next(e for e in proof["entries"] if e["role"] == "law")
    entry = json.loads(law["line"])
    entry["text"] = entry["text"].replace("mon-fri 10:00-13:00,14:00-20:00", "mon-fri 14:00-20:00")
    entry["file_hash"] = hashlib.sha256(entry["text"].encode()).hexdigest()
    law["line"] = VERIFY.ENCODER.encode(entry)
    with open(w.path, "w", encoding="utf-8") as file:
        json.dump(proof, file)
    judged = VERIFY.Proof(w.path)
    equal((judged.check(), judged.hours), (False, "outside"), judged.faults)
    told = env.run("verify", w.path, "--json", code=1).json
    equal(told["hours"], "outside", told)


def test_a_proof_stands_alone(env):
    w = proof_of(env)
    equal(os.stat(w.path).st_mode & 0o777, 0o600, "mode")
    with open(w.path, encoding="utf-8") as file:
        proof = json.load(file)
    equal([e["role"] for e in proof["entries"]][:3], ["first", "law", "definition"], "roles")
    equal(proof["entries"][-1]["role"], "call")
    equal(json.loads(proof["entries"][-1]["line"])["record"]["id"], "7")
    os.rename(w.folder, w.folder + ".away")
    w.server = env.server.kill()
    told = env.run("verify", w.path, "--key", w.pub, "--json").json
    equal((told["confirmed"], told["origin"], told["job"], told["hours"], told["faults"]), (True, "licet/test", "7", "lawful", []), "what it says")
    contains(env.run("verify", w.path).out, "Confirmed.")
    french = env.run("verify", w.path, "--lang", "fr").out
    contains(french, f"L'appel 7 de {w.key('done')}, transmis le ")
    contains(french, "selon les horaires légaux prouvés avec lui : licite\nConfirmé.\n")
    script = os.path.join(ROOT, "src", "verify", "licet_verify.py")
    said = subprocess.run(["/usr/bin/python3", "-B", script, w.path, "--key", w.pub], capture_output=True, text=True, check=True).stdout
    contains(said, "with the time zones of this machine: lawful.")
    equal(both(env, w.path, w.pub), True)
    equal(both(env, w.path), True)
    contains(env.run("verify", w.path, "--key", "x+y", code=1).err, "no verifier key")
    other = os.path.join(env.folder, "other")
    made = env.run("log", "keygen", "-o", other, "--origin", "licet/test").out.splitlines()[0]
    with open(other + ".pub", "w", encoding="utf-8") as file:
        file.write(made + "\n")
    equal(both(env, w.path, other + ".pub"), False, "another key")
    contains(env.run("verify", w.path, "--key", other + ".pub", "--lang", "fr", code=1).out, "  DÉFAUT key : celle de --key n'a pas signé ce journal\n")


def test_what_cannot_be_proven(env):
    w = proof_of(env)
    contains(env.ctl("log", "prove", w.c, "99", code=1).err, "no call of 99")
    contains(env.ctl("log", "prove", w.c, "99", "--lang", "fr", code=1).err, f"aucun appel de 99 dans la campagne {w.c} ne figure au journal")
    contains(env.ctl("log", "prove", w.c, "500", code=1).err, "no call of 500")
    contains(env.ctl("log", "prove", "other", "7", code=1).err, "no call of 7 in campaign other")
    contains(env.ctl("log", "prove", w.c, "7", "-o", w.path, code=1).err, "is there already")
    contains(env.ctl("log", "prove", w.c, code=2).err, "an argument is missing")
    contains(env.run("log", "prove", w.c, "7", "--log", env.folder, code=1).err, "is no decision log")


def test_it_is_found_by_an_index(env):
    """Made by the first look, and trusted by nobody."""
    w = proof_of(env)
    def prove(code=0):
        return env.ctl("log", "prove", w.c, "7", code=code).out
    first, index = prove(), os.path.join(w.folder, "entries", "000000000000.index")
    assert os.path.getsize(index) > 300, "an index"
    made = os.stat(index).st_mtime_ns
    equal(prove(), first, "by the index")
    w.push(*[job(900 + i, consent=None) for i in range(20)])
    w.wait_stat("refused", 320)
    wait_logged(w, w.folder)
    equal(json.loads(prove())["entries"][-1]["line"], json.loads(first)["entries"][-1]["line"], "after more was logged")
    equal(os.stat(index).st_mtime_ns, made, "a few lines more are read")
    with open(index, "r+b") as file:
        file.truncate(os.path.getsize(index) // 2)
    equal(json.loads(prove())["job"], "7", "one that is cut off is made anew")
    with open(index, "r+b") as file:
        file.seek(40)
        file.write(b"\xff" * 400)
    told = env.ctl("log", "prove", w.c, "7", code=None)
    assert told.code == 1 or json.loads(told.out)["job"] == "7", told
    os.unlink(index)
    equal(json.loads(prove())["job"], "7", "and without one")
    both(env, w.path, w.pub)


def damage(proof, chance):
    entries = proof["entries"]
    e = chance.choice(entries)
    text, at = chance.choice(("line", "proof")), None
    way = chance.choice(("a character", "a cut", "another proof", "an entry gone", "two entries swapped", "a role"))
    if way == "a character":
        at = chance.randrange(len(e[text]))
        e[text] = e[text][:at] + chr((ord(e[text][at]) ^ 1) or 65) + e[text][at + 1:]
    elif way == "a cut":
        e[text] = e[text][:chance.randrange(len(e[text]))]
    elif way == "another proof":
        other = chance.choice([o for o in entries if o is not e])
        e["proof"], other["proof"] = other["proof"], e["proof"]
    elif way == "an entry gone":
        e = chance.choice([o for o in entries if o["role"] in ("law", "definition", "call", "first")])
        entries.remove(e)
    elif way == "two entries swapped":
        other = chance.choice([o for o in entries if o is not e])
        e["line"], other["line"] = other["line"], e["line"]
    else:
        e["role"] = chance.choice([r for r in ("first", "call", "law", "definition", "key") if r != e["role"]])
    return way


def agree(env, times, seed):
    w = proof_of(env)
    chance = random.Random(seed)
    with open(w.path, encoding="utf-8") as file:
        whole = file.read()
    bad = os.path.join(env.folder, "bad.json")
    for i in range(times):
        proof = json.loads(whole)
        way = damage(proof, chance)
        if json.dumps(proof) == json.dumps(json.loads(whole)):
            continue
        with open(bad, "w", encoding="utf-8") as file:
            json.dump(proof, file)
        try:
            if both(env, bad, w.pub if chance.random() < 0.5 else None):
                raise Failure("it passed")
        except Failure as failure:
            raise Failure(f"{way} (LICET_SEED={seed}, number {i}): {failure}") from failure


@full_speed
def test_both_agree_on_damaged_proofs(env):
    agree(env, 60, 7)


@own_target
def test_both_agree_on_two_thousand_damaged_proofs(env):
    seed = seed_of(env.name)
    agree(env, int(os.environ.get("LICET_DAMAGED", "2000")), seed)
