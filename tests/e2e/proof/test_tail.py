"""licetd writes the decision log: what it did, and what it rests on."""

import os
import subprocess

from decision_log import RULEBOOK, configure, lines, must_be_whole, sealed, wait_lines, wait_logged, wait_sealed
from harness import contains, equal, wait_until
from world import CONSENT, FORM, OPEN, World, job


def begin(env, *words, lists=("opposition",), **options):
    w = World(env)
    folder = configure(env, **options)
    w.define(lists=lists)
    w.daemon = env.daemon("--simulate", OPEN, *words)
    return w, folder


def test_a_life_stands_in_the_log(env):
    w, folder = begin(env)
    w.r.hset(w.p + "form:web-v3", mapping=FORM)
    w.push(*[job(i) for i in range(1, 5)], job(5, consent=None), "no json", job(6, consent="web-v3"))
    w.wait_intake(7)
    taken = wait_until(w.take, 10, "jobs to take")
    for got, outcome in zip(taken, ("answered", "busy", "opted-out", "voicemail")):
        equal(w.done(got["token"], outcome), "OK")
    w.oppose("+33600000079", "acme")
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000042", '{"product":"toys","channel":"automated-voice","collected_at":"2026-09-01T10:12:00+02:00"}')
    w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", "+33600000042", "web", "no more")
    w.r.hset(w.p + "halt", "source:other", "a test")
    wait_lines(folder, "call", 4)
    wait_lines(folder, "halt", 1)
    wait_lines(folder, "consent", 2)
    wait_lines(folder, "refusal", 2)
    wait_logged(w, folder)
    first = lines(folder)[0]
    equal((first["kind"], first["event"], first["origin"], first["prefix"]), ("daemon", "start", "licet/test", w.p), "the first line")
    contains(open(folder + ".key.pub", encoding="utf-8").read(), first["key"])
    calls = {e["record"]["id"]: e for e in lines(folder, "call")}
    done = w.ended("done")
    equal(set(calls), set(done), "the calls")
    made = {e["made"] for e in lines(folder, "definition") if "made" in e}
    for call in calls.values():
        equal(call["record"], done[call["record"]["id"]], "a record as Redis has it")
        assert call["record"]["made"] in made, "what it rests on stands in the log"
        assert min(e["index"] for e in lines(folder, "definition") if e.get("made") == call["record"]["made"]) < call["index"]
    equal({e["record"]["kind"] for e in lines(folder, "consent")}, {"registered", "withdrawn"}, "consents")
    equal({e["record"]["number"] for e in lines(folder, "opposition")} >= {"+33600000079"}, True, "the opposition")
    law = lines(folder, "law")[0]
    with open(RULEBOOK, encoding="utf-8") as f:
        equal(law["text"], f.read(), "the rulebook, whole")
    equal(lines(folder, "list")[0]["meta"]["refreshed_at"], "2026-11-24T06:00:00Z", "the list")
    equal(len({e["salt"] for e in lines(folder)}), len(lines(folder)), "each has a salt of its own")
    w.daemon.stop()
    equal(lines(folder)[-1]["event"], "stop")
    equal(sealed(folder), len(lines(folder)), "the end is signed")
    told = must_be_whole(env, folder)
    equal(told["lines"], len(lines(folder)))
    beat = None
    w.daemon = env.daemon("--simulate", OPEN)
    beat = wait_until(lambda: [h for k in w.r.scan_iter(w.p + "daemon:*") for h in [w.r.hgetall(k)] if h.get("log_writer") == "yes"], 10, "the heartbeat")[0]
    assert int(beat["log_size"]) >= told["lines"], beat
    equal(beat["log_error"], "")
    wait_sealed(folder)
    equal(len(lines(folder, "call")), 4, "nothing is logged twice after a stop in good order")
    must_be_whole(env, folder)


def test_a_list_has_a_digest(env):
    """What sha256sum says of its sorted digits; of a list that somebody swapped by hand nobody knows it."""
    w, folder = begin(env, lists=("opposition", "anti-prospection"))
    path = os.path.join(env.folder, "scrub.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("+33700000009\n+33600000001\n+590690000001\n+33600000001\n")
    equal({e["digest"] for e in wait_lines(folder, "list", 2)}, {"unknown"}, "before")
    env.ctl("list", "load", "anti-prospection", path)
    want = "sha256:" + subprocess.run(f"tr -d + < {path} | sort -nu | sha256sum", shell=True, capture_output=True, text=True, check=True).stdout.split()[0]
    wait_until(lambda: lines(folder, "list")[-1]["digest"] == want, 10, lambda: f"{want}: {lines(folder, 'list')}")
    w.r.hset(w.p + "list-meta:anti-prospection", "version", "another")
    wait_until(lambda: lines(folder, "list")[-1]["digest"] == "unknown", 10, "another version")


def test_without_a_log_nothing_is_there(env):
    w = World(env).define()
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    entry = w.r.lindex(w.ready, 0)
    got = w.take()[0]
    w.done(got["token"])
    w.wait_stat("done", 1)
    record = w.ended("done")["1"]
    assert "mac" not in record and "made" not in record, record
    equal(len(entry.split("\n")[0].split("\t")), 25, "fields of the entry")
    equal(list(w.r.scan_iter(w.p + "log*")), [], "keys of a log")
    beat = [w.r.hgetall(k) for k in w.r.scan_iter(w.p + "daemon:*")][0]
    equal([f for f in beat if f.startswith("log_")], [], "fields of the heartbeat")
