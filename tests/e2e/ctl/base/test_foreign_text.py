"""Texts of others: whatever stands in Redis or in a file, licetctl and licetd show it so that it can do no harm."""

import json
import os
import re
import subprocess

import commands
import harness
from checks import write
from harness import full_speed, Failure, contains, equal
from world import CAMPAIGN, World, job, start

FOUL = ("\r\nINJECTED: 0\x1b[31m\x07\x7f\x85\x9b2J\u202egip\u202c\u2066x\u2069\u200e\u200f\u061c\u2028\u2029\ufeff")
BYTES = FOUL.encode() + b"\xff\xc0\xaf"
HARM = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
# Fields whose text stops no reading.
TEXTS = ("name", "source", "collected_by", "informed", "legal_basis", "operator", "detail", "reason", "hint", "rule", "last_error", "sender", "field", "text", "what",
         "wording_hash", "approved_by", "message", "product", "proof", "id", "person", "why", "because")


def check(what, out):
    try:
        text = out.decode()
    except UnicodeDecodeError as error:
        raise Failure(f"{what}: no UTF-8: {error}") from error
    found = HARM.search(text)
    if found:
        raise Failure(f"{what}: {found.group()!r} in {text[max(0, found.start() - 80):found.end() + 20]!r}")
    if re.search("^ *INJECTED", text, re.M):
        raise Failure(f"{what}: a line of its own: {text!r}")


def run(env, words):
    done = subprocess.run([os.path.join(harness.BUILD, "licetctl"), *words, *env.common()], stdin=subprocess.DEVNULL, capture_output=True, cwd=harness.ROOT,
                          env=env.environment(), timeout=60, check=False)
    if done.returncode not in (0, 1):
        raise Failure(f"{words}: exit {done.returncode}: {done.stderr!r}")
    check(f"{words} (out)", done.stdout)
    check(f"{words} (err)", done.stderr)
    if "--json" in words and done.returncode == 0 and done.stdout.strip():
        text = done.stdout.decode()
        if words[0] != "export":
            json.loads(text)


def run_all(env, names):
    for name, words in commands.commands(env).items():
        if name in names:
            run(env, words)
            if "csv" not in name:
                run(env, (*words, "--json"))


def plant(raw, p, wanted):
    """Into every value of every hash and the newest entry of every stream, and as a field of its own."""
    for key in list(raw.scan_iter(p.encode() + b"*", 1000)):
        kind = raw.type(key)
        if kind == b"hash" and not key.endswith((b":stats", b":clock", b":numbering")):
            for name, value in raw.hgetall(key).items():
                if wanted(name.decode("latin-1")):
                    raw.hset(key, name, value + BYTES)
            raw.hset(key, b"x" + BYTES, BYTES)
        elif kind == b"stream":
            newest = raw.xrevrange(key, count=1)
            if newest:
                fields = {n: v + BYTES if wanted(n.decode("latin-1")) else v for n, v in newest[0][1].items()}
                raw.xadd(key, {**fields, b"x" + BYTES: BYTES})


@full_speed
def test_every_command_shows_it_harmless(env):
    w = commands.scene(env)
    raw = env.server.connect(decode_responses=False)
    w.push(json.dumps(job("foul\u202e", to="+33600000021", vars={FOUL: FOUL}), ensure_ascii=False), b'{"id":"x' + BYTES.replace(b"\n", b"") + b'"', json.dumps({"id": "y", "to": "06", FOUL: 1}))
    w.wait_intake(16)
    run_all(env, commands.READING)
    plant(raw, w.p, lambda name: name in TEXTS)
    raw.hset(w.p + "halt", "source:old", b"why" + BYTES)
    raw.sadd(w.p + "campaigns", b"x" + BYTES)
    raw.sadd(w.p + "routes", b"x" + BYTES)
    run_all(env, commands.READING)
    plant(raw, w.p, lambda name: True)
    run_all(env, commands.READING)
    # Those that wait until licetd has acted do so for seconds, in vain here.
    run_all(env, [n for n in commands.commands(env) if n not in (*commands.READING, "reload", "campaign resume", "campaign stop")])
    w.daemon.stop()
    raw.flushall()
    with open(w.daemon.log_path, "rb") as log:
        check("the log", log.read())


def test_definitions_stay_readable(env):
    """French names, other scripts and what a sender says stay as they are."""
    w = start(env)
    w.r.hset(w.p + "source:web-2026", "name", "Élan & Cie, « 東京 »")
    contains(env.ctl("attest", CAMPAIGN).out, "Élan & Cie, « 東京 »")


def test_an_attestation_has_no_line_of_others(env):
    World(env).define(message="x\nCalls outside lawful hours: 0")
    out = env.ctl("attest", CAMPAIGN).out
    contains(out, "x?Calls outside lawful hours: 0")


def test_masks_in_files(env):
    """A cell that holds more than a number shows six digits of a run at most."""
    w = start(env)
    cell = "0612345678 poste 1234"
    path = write(env, "c.csv", "id;to;consent.collected_at", f"1;{cell};", f"2;0612345678/0712345678;", "3;0600000001;0612345678")
    report = env.folder + "/r.csv"
    texts = [env.ctl("enqueue", CAMPAIGN, path, code=1).err, env.ctl("enqueue", CAMPAIGN, path, "--dry-run", "--report", report, code=1).err,
             env.ctl("enqueue", CAMPAIGN, path, "--dry-run", "--json", code=1).out]
    with open(report, encoding="utf-8") as f:
        texts.append(f.read())
    numbers = write(env, "n.csv", cell, "0612345678,0712345678 x")
    texts += [str(env.ctl("list", "load", "opposition", numbers, code=1)), str(env.ctl("oppose", cell, code=1)), str(env.ctl("explain", CAMPAIGN, cell, code=1)),
              str(env.ctl("list", "check", "opposition", cell, code=1)), str(env.ctl("phone", cell, code=1)), str(env.ctl("consent", "import", "acme", numbers, code=1)),
              str(env.ctl("campaign", "show", "0612345678 x", code=2)), str(env.ctl("refused", "0612345678", code=1))]
    w.push(json.dumps({"id": "9", "to": cell}), json.dumps({"id": "8", "to": "0600000001", "0612345678": 1}))
    w.wait_stat("invalid", 2)
    texts.append(env.ctl("invalid", CAMPAIGN).out)
    for text in texts:
        text = re.sub(r"\('[a-z]+', .*?\) ->|licet-e2e\S+|^.* -> \d+$", "", text, flags=re.M)  # the words of the command
        found = re.search(r"\d{7}", text)
        if found:
            raise Failure(f"more than six digits in {text!r}")
    contains(texts[0], "061234•••• ????? ••••")


def test_no_cell_is_a_formula(env):
    w = start(env)
    for i, text in enumerate(("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "＝1")):
        w.push(job(text, to=f"+3360000000{i}", consent=None))
    w.wait_stat("refused", 5)  # a tab is no id
    out = env.ctl("export", CAMPAIGN, "--since", "2026-01-01T00:00:00Z", "--format", "csv", "--kind", "refused").out
    for part in ("\"'=1+1\"", "\"'+1+1\"", "\"'-1+1\"", "\"'@SUM(1)\"", "\"'＝1\"", ",+33600000001,"):
        contains(out, part)
    path = write(env, "f.csv", "id;to", "=2+2;0600000001", "=3+3;06")
    report = env.folder + "/r.csv"
    env.ctl("enqueue", CAMPAIGN, path, "--dry-run", "--report", report, code=1)
    with open(report, encoding="utf-8") as f:
        contains(f.read(), "\"'=2+2\"")
    equal(w.stat("invalid"), 1)
