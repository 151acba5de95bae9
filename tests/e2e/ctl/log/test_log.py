"""licetctl log: keys; and a log is whole or it is not, by two programs that share no code."""

import base64
import glob
import importlib.util
import json
import os
import random
import shutil
import stat
import subprocess

from decision_log import configure, lines, must_be_whole, wait_logged, wait_sealed
from harness import ROOT, Failure, contains, equal, own_target, wait_until
from race import seed_of
from world import OPEN, World, job


def verifier():
    """licet-verify as a module: it is imported once, not started for each log."""
    spec = importlib.util.spec_from_file_location("licet_verify", os.path.join(ROOT, "src", "verify", "licet_verify.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFY = verifier()


def test_keygen(env):
    key, mac = os.path.join(env.folder, "k"), os.path.join(env.folder, "m")
    made = env.run("log", "keygen", "-o", key, "--origin", "example.com/licet", "--json").json
    told = env.run("log", "keygen", "-o", key + "2", "--origin", "example.com/licet").out.splitlines()
    equal(len(told), 2, "lines")
    equal(VERIFY.Key(told[0]).key, base64.b64decode(told[1]), "the key alone")
    equal(VERIFY.Key(made["verifier"]).name, "example.com/licet")
    equal(stat.S_IMODE(os.stat(key).st_mode), 0o600, "mode")
    contains(open(key, encoding="utf-8").read(), "PRIVATE+KEY+example.com/licet+")
    assert made["verifier"] != told[0], "two keys are two"
    contains(env.run("log", "keygen", "-o", key, code=1).err, "is there already: nothing was changed")
    env.run("log", "keygen", "--mac", "-o", mac)
    equal(len(base64.b64decode(open(mac, encoding="utf-8").read())), 32, "bytes")
    contains(env.run("log", "keygen", code=2).err, "-o must say which file to make")
    contains(env.run("log", "keygen", "-o", key + "3", "--origin", "a b", code=2).err, "no space")
    contains(env.run("log", "keygen", "-o", key + "3", "--mac", "--next", code=2).err, "--mac makes another key")
    contains(env.run("log", "keygen", "--next", "-c", configure(env) + ".conf", "-o", key + "4", "--origin", "x", code=2).err, "the name of the one before")
    equal(env.run("log", "keygen", "-o", key + "5").out.startswith("licet/"), True, "a default")


def test_use(env):
    contains(env.run("log", code=2).err, "an argument is missing")
    contains(env.run("log", "verfy", code=2).err, "log has no verfy")
    contains(env.run("log", "verify", env.folder, code=1).err, "is no decision log")
    contains(env.run("log", "verify", env.folder + "/none", code=1).err, "No such file")
    contains(env.ctl("log", "verify", code=1).err, "no decision log is kept")
    os.mkdir(env.folder + "/empty")
    os.mkdir(env.folder + "/empty/checkpoints")
    contains(env.run("log", "verify", env.folder + "/empty", code=1).err, "no log begins there")


def make_log(env, jobs=300, erased=0):
    """A log of some hundred lines: several tiles, several checkpoints. erased: lines that left it, as their persons were erased."""
    w = World(env)
    folder = configure(env)
    w.define()
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i, consent=None) for i in range(jobs)], *[job(1000 + i) for i in range(20)])
    got = wait_until(lambda: w.take(20), 20, "jobs to take")
    wait_logged(w, folder)
    shutil.copy(os.path.join(folder, "checkpoint"), folder + ".anchor")
    for each in got:
        w.done(each["token"])
    wait_until(lambda: len(lines(folder, "call")) == len(got), 20, "the calls")
    wait_logged(w, folder)
    for i in range(erased):
        w.r.fcall("licet_log_erase", 1, w.p + "log", f"{i:032x}", json.dumps({"number": f"+336{i * 3:08d}", "by": "test", "entries": {}}))
    wait_until(lambda: w.r.hlen(w.p + "log:erase") == 0, 90, "the persons to go")
    wait_sealed(folder)
    w.daemon.stop()
    told = must_be_whole(env, folder, "--anchored", folder + ".anchor")
    equal((told["anchored"], told["erased"]), (1, erased), "anchored, erased")
    return folder


def both(env, folder, *anchors, key=None):
    """What the two say of a folder: True where all fits. They must agree."""
    words = [w for a in anchors for w in ("--anchored", a)]
    ours = env.run("log", "verify", folder, *(("--key", key) if key else ()), *words, "--json", code=None)
    try:
        log = VERIFY.Log(folder, VERIFY.Key(open(key, encoding="utf-8").readline()) if key else None, anchors)
        theirs = log.check()
    except (OSError, ValueError) as error:
        theirs, log = False, error
    if (ours.code == 0) != theirs:
        raise Failure(f"they disagree: licetctl {ours!r}; licet-verify {theirs} {getattr(log, 'faults', log)}")
    return theirs


def damage(folder, chance, others):
    """Change one thing. Returns what, for the error."""
    def pick(pattern):
        return chance.choice(sorted(p for p in glob.glob(os.path.join(folder, pattern), recursive=True) if os.path.isfile(p)))

    def rewrite(path, change):
        with open(path, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(change(data))

    def flip(data):
        at = chance.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:]

    def of_lines(change):
        def changed(data):
            rows = data.split(b"\n")[:-1]
            change(rows)
            return b"".join(r + b"\n" for r in rows)
        return changed

    def swap(rows):
        i = chance.randrange(len(rows) - 1)
        rows[i], rows[i + 1] = rows[i + 1], rows[i]

    def double(rows):
        i = chance.randrange(len(rows) - 1)
        rows.insert(i, rows[i])

    def forge(rows):
        """As if erased: with its right hash, or a wrong one, and with no entry that names it."""
        i = chance.randrange(len(rows))
        leaf = VERIFY.leaf_hash(rows[i]).hex() if chance.random() < 0.7 else "00" * 32
        rows[i] = b'{"erased":"' + leaf.encode() + b'"}'

    def edit(rows):
        i = chance.randrange(len(rows))
        entry = json.loads(rows[i])
        entry[chance.choice(sorted(entry))] = chance.choice(("x", 1, [], {"a": "b"}))
        rows[i] = VERIFY.ENCODER.encode(entry).encode()

    entries, tiles, checkpoint = "entries/*", "tile/**", os.path.join(folder, "checkpoint")
    ways = {
        "a bit of a line": lambda: rewrite(pick(entries), flip),
        "a bit of a tile": lambda: rewrite(pick(tiles), flip),
        "a bit of a checkpoint": lambda: rewrite(pick("checkpoint*/*") if chance.random() < 0.5 else checkpoint, flip),
        "an order": lambda: rewrite(pick(entries), of_lines(swap)),
        "a line gone": lambda: rewrite(pick(entries), of_lines(lambda rows: rows.pop(chance.randrange(len(rows))))),
        "a line twice": lambda: rewrite(pick(entries), of_lines(double)),
        "a forged erasure": lambda: rewrite(pick(entries), of_lines(forge)),
        "an edited line": lambda: rewrite(pick(entries), of_lines(edit)),
        "a truncated tile": lambda: rewrite(pick(tiles), lambda data: data[:chance.randrange(len(data))]),
        "a tile gone": lambda: os.unlink(pick(tiles)),
        "lines cut off": lambda: rewrite(pick(entries), lambda data: data[:chance.randrange(len(data))]),
        "an older checkpoint": lambda: shutil.copy(pick("checkpoints/*"), checkpoint),
        "no checkpoint": lambda: os.unlink(checkpoint),
        "an old checkpoint gone": lambda: os.unlink(pick("checkpoints/*")),
        "another log's checkpoint": lambda: shutil.copy(os.path.join(others, "checkpoint"), checkpoint),
        "a torn line behind": lambda: rewrite(pick(entries), lambda data: data + b'{"at_ms'),
        "a line behind": lambda: rewrite(pick(entries), lambda data: data + data.split(b"\n")[0] + b"\n"),
        "garbage behind": lambda: rewrite(pick(entries), lambda data: data + b"\xff\0\n"),
    }
    way = chance.choice(sorted(ways))
    ways[way]()
    return way


# What a live log may look like, or an interrupted one; the rest is never whole.
HARMLESS = {"an older checkpoint", "an old checkpoint gone", "a torn line behind", "a line behind"}


def agree(env, times, seed, erased=0):
    chance = random.Random(seed)
    folder = make_log(env, erased=erased)
    others = os.path.join(env.folder, "another")
    os.mkdir(others)
    shutil.copytree(folder, os.path.join(others, "log"))
    equal(both(env, folder, folder + ".anchor", key=folder + ".key.pub"), True, "an untouched log")
    bad = os.path.join(env.folder, "bad")
    seen = set()
    for i in range(times):
        shutil.copytree(folder, bad)
        way = damage(bad, chance, os.path.join(others, "log"))
        with_key, anchored = chance.random() < 0.5, chance.random() < 0.5
        try:
            fits = both(env, bad, *([folder + ".anchor"] if anchored else []), key=folder + ".key.pub" if with_key else None)
        except Failure as failure:
            raise Failure(f"{way} (LICET_SEED={seed}, number {i}): {failure}") from failure
        if fits and way not in HARMLESS and not same(folder, bad):
            raise Failure(f"{way} passed (LICET_SEED={seed}, number {i})")
        seen.add((way, fits))
        shutil.rmtree(bad)
    return seen


def same(one, two):
    """Some damage changes nothing that counts: another log's checkpoint that is the same, a bit behind the last line."""
    def read(folder):
        return {os.path.relpath(p, folder): open(p, "rb").read() for p in glob.glob(folder + "/**", recursive=True) if os.path.isfile(p)}
    return read(one) == read(two)


def test_both_verifiers_agree_on_damaged_logs(env):
    agree(env, 60, 19)


@own_target
def test_both_verifiers_agree_on_ten_thousand_damaged_logs(env):
    seed = seed_of(env.name)
    seen = agree(env, int(os.environ.get("LICET_DAMAGED", "10000")), seed, erased=12)
    print("  " + ", ".join(sorted({way for way, _ in seen})))


def test_the_arithmetic_is_that_of_others(env):
    """The signed note that its format has as example, and the tree of eight leaves that Certificate Transparency tests with."""
    key = VERIFY.Key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = ("If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n").encode()
    equal(VERIFY.open_note(note, [key])[1], 0, "signed by")
    for i in range(0, len(note), 7):
        equal(VERIFY.open_note(note[:i] + bytes([note[i] ^ 1]) + note[i + 1:], [key]), None, f"byte {i}")
    tree = VERIFY.Tree()
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"):
        tree.append(VERIFY.leaf_hash(bytes.fromhex(leaf)))
    equal(tree.root().hex(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", "root")


def test_what_licet_verify_says(env):
    folder = make_log(env, 20)
    script = os.path.join(ROOT, "src", "verify", "licet_verify.py")

    def say(*words, code=0):
        done = subprocess.run(["/usr/bin/python3", "-B", script, *words], capture_output=True, text=True, check=False, env=env.environment())
        equal(done.returncode, code, f"exit: {done.stdout} {done.stderr}")
        return done.stdout + done.stderr
    told = say("--key", folder + ".key.pub", "--anchored", folder + ".anchor", folder)
    contains(told, "Proven: the")
    contains(told, "1 checkpoints that left")
    contains(told, "Not proven: what full rights on Redis changed before licetd read it")
    contains(say(folder, "--lang", "fr"), "Non prouvé : à qui est la clé")
    contains(say(code=2), "licet-verify [--key KEY]")
    contains(say("/none", code=1), "No such file")
    os.truncate(glob.glob(folder + "/entries/*")[0], 500)
    contains(say(folder, code=1), "FAULT: ")
