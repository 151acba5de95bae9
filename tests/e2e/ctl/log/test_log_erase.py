"""Lines leave the decision log: of a person who is erased, and of what was kept long enough. The tree stays whole."""

import glob
import json
import os
import random
import signal
import time

from decision_log import configure, lines, must_be_whole, wait_logged
from harness import BUILD, Failure, contains, equal, full_speed, own_target, wait_until
from race import seed_of
from test_log import both
from test_log_compare import begin, compare
from world import OPEN, World, job

NUMBER = "+33600000501"  # refused, in begin()


def erase(env, number=NUMBER, *words, code=0):
    return env.ctl("subject", "erase", number, *words, "--json", code=code).json


def erased(folder):
    return [e["index"] for e in lines(folder) if "erased" in e]


def named(folder):
    """Ground and lines of the entries that erase."""
    return [(e["ground"], [i for a, b in e["lines"] for i in range(a, b + 1)]) for e in lines(folder, "erase")]


def holds(folder, text):
    """Files of the log in which a text stands."""
    return [p for p in glob.glob(folder + "/**", recursive=True) if os.path.isfile(p) and text.encode() in open(p, "rb").read()]


def is_whole(env, w):
    must_be_whole(env, w.folder)
    equal(both(env, w.folder, key=w.folder + ".key.pub"), True, "by both")


def test_a_person_leaves_the_log(env):
    w = begin(env)
    # Who is to go, also in a job that no reader could read, and one whose number is another, and the person the same.
    w.push(job(601, to=NUMBER, person="p-9", consent=None), {"id": "602", "to": NUMBER, "mistake": 1}, f'{{"id":"603","to":"{NUMBER}"',
           job(604, to="+33600000604", person="p-9", consent=None), job(605, consent=None))
    wait_until(lambda: len(lines(w.folder, "refusal")) >= 10, 10, "the refusals")
    wait_logged(w, w.folder)
    gone = [e["index"] for e in lines(w.folder, "refusal") if e["record"].get("to") in (NUMBER, "+33600000604") or NUMBER in e["record"].get("job", "")]
    told = erase(env)
    equal((told["done"], [(log["lines"], log["why"]) for log in told["logs"]]), (True, [(len(gone), None)]), told["logs"])
    equal(len(gone), 5, "lines of the person")
    equal(erased(w.folder), gone, "what is erased")
    equal([(ground, listed) for ground, listed in named(w.folder)], [("subject", gone)], "what the entry names")
    equal(lines(w.folder, "erase")[0]["by"] != "", True)
    wait_logged(w, w.folder)
    left = [(e["kind"], e["record"].get("kind")) for e in lines(w.folder) if NUMBER in json.dumps(e)]
    equal(left, [("consent", "withdrawn")], "what is left of the number: that it may not be called")
    equal(list(w.r.hgetall(w.p + "log:erase")), [], "nothing of the request is left")
    wait_logged(w, w.folder)
    is_whole(env, w)
    told = compare(env, w)
    equal((told["erased"], told["faults"]), (5, []), "compare")
    contains(env.ctl("log", "compare", w.folder).out, "put back or erased, as the log says")
    # Again there is nothing; and somebody else stays.
    told = erase(env)
    equal((told["done"], told["logs"][0]["lines"], named(w.folder)), (True, 0, [("subject", gone)]), "once more")
    equal(len(holds(w.folder, "+33600000502")), 1, "another person")
    w.push(job(701))
    w.wait_stat("ready", 1)
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: len(lines(w.folder, "daemon")) == 3, 10, "it goes on")
    wait_logged(w, w.folder)
    is_whole(env, w)


def test_an_advertiser_alone(env):
    w = begin(env, 2)
    w.r.hset(w.p + "advertiser:other", mapping={"name": "Other", "siren": "542107651", "caller_ids": "+33162001235", "country": "FR", "attempts_before": "none"})
    other = World(env, campaign="other.x").define(advertiser="other", caller_id="+33162001235")
    other.push(job(1, to=NUMBER, consent=None))
    other.wait_stat("refused", 1)
    wait_logged(other, w.folder)
    told = erase(env, NUMBER, "--advertiser", "other")
    equal((told["done"], told["logs"][0]["lines"]), (True, 1), told)
    equal([e["stream"] for e in lines(w.folder, "refusal") if e["record"].get("to") == NUMBER], [w.key("refused")], "what stays")


def test_a_log_that_does_not_answer(env):
    """Whoever is away is named, and does it when it comes back."""
    w = World(env)
    one, two = configure(env, "one", "licet/one", instance="one"), configure(env, "two", "licet/two", instance="two")
    second = env.conf
    w.define()
    b = env.daemon("--simulate", OPEN)
    w.push(job(501, consent=None))
    wait_until(lambda: lines(two, "refusal"), 10, "a refusal")
    wait_logged(w, two)
    b.stop()
    configure(env, "one", "licet/one", instance="one")
    env.daemon("--simulate", OPEN)
    wait_until(lambda: lines(one, "daemon"), 20, "the other to write")
    w.r.hset(w.p + "log:logs", "two", 1)  # as if it were long ago
    done = env.ctl("subject", "erase", NUMBER, code=1)
    contains(done.out, "two: NO ANSWER: it was last heard of")
    contains(done.out, "one: 0 erased")
    contains(done.err, "a decision log did not answer")
    equal(len(holds(two, NUMBER)), 1, "it is still there")
    equal(json.loads(w.r.hvals(w.p + "log:erase")[0])["number"], NUMBER, "the request stands")
    env.conf = second
    env.daemon("--simulate", OPEN)
    wait_until(lambda: not holds(two, NUMBER), 20, "its lines to go")
    wait_until(lambda: w.r.hlen(w.p + "log:erase") == 0, 10, "the request to go")
    equal(erase(env)["done"], True, "all have answered")
    env.run("log", "verify", two, "--key", two + ".key.pub")
    env.ctl("log", "compare", one, two)


def test_what_was_kept_long_enough_leaves(env):
    w = begin(env)
    w.daemon.stop()
    text = open(env.conf, encoding="utf-8").read()
    # Calls for two days, what was refused for nine, what could not be read for ever.
    env.write_conf(text + "keep_done_days = 2;\nkeep_refused_days = 9;\nkeep_invalid_days = 0;\n", "keep.conf")
    calls = [e["index"] for e in lines(w.folder, "call")]
    refused = [e["index"] for e in lines(w.folder, "refusal") if e["stream"].endswith(":refused")]
    w.daemon = env.daemon("--simulate", "2026-11-26T10:20:00+01:00")
    wait_until(lambda: len(lines(w.folder, "law")) == 2, 10, "the new times")
    wait_logged(w, w.folder)
    equal(erased(w.folder), [], "not yet")
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", "2026-11-28T10:31:00+01:00")
    wait_until(lambda: named(w.folder) and erased(w.folder) == calls, 20, lambda: f"{calls} to go: {named(w.folder)} {erased(w.folder)}")
    equal(named(w.folder), [("retention", calls)], "what the entry names")
    contains(lines(w.folder, "erase")[0]["by"], "licetd ")
    wait_until(lambda: w.r.xlen(w.key("done")) == 0, 20, "Redis to let them go")
    wait_logged(w, w.folder)
    is_whole(env, w)
    told = compare(env, w)
    equal((told["retired"], told["erased"], told["faults"]), (12, 0, []), "compare")
    contains(env.ctl("log", "compare", w.folder).out, "12 retired by their age")
    contains(env.ctl("log", "verify", w.folder).out, "12, 12 of them as they were kept long enough")
    w.daemon.stop()
    w.daemon = env.daemon("--simulate", "2026-12-05T10:31:00+01:00")
    wait_until(lambda: erased(w.folder) == sorted(calls + refused), 20, lambda: f"{refused} to go, too: {erased(w.folder)}")
    equal(len(lines(w.folder, "opposition")), 2, "oppositions stay")
    equal(len([e for e in lines(w.folder, "refusal") if e["stream"].endswith(":invalid")]), 1, "for ever")
    wait_logged(w, w.folder)
    is_whole(env, w)


def kills(env, times):
    """kill -9 while lines go: none is erased without an entry that names it, none is half written, and in the end all are gone."""
    env.extra["LD_PRELOAD"] = os.path.join(BUILD, "memory", "slow.so")
    env.extra["LICET_SLOW_MS"] = "40"
    seed = seed_of(env.name)
    chance = random.Random(seed)
    w = begin(env, 2)
    for i in range(times):
        number = f"+336000{20000 + i}"
        w.push(job(2000 + i, to=number, consent=None))
        wait_until(lambda: holds(w.folder, number), 20, "the refusal")
        wait_logged(w, w.folder)
        entry = next(e["id"] for e in lines(w.folder, "refusal") if e["record"].get("to") == number)
        w.r.fcall("licet_erase", 1, w.key("refused"), number, entry)
        w.r.fcall("licet_log_erase", 1, w.p + "log", f"{i:032x}", json.dumps({"number": number, "by": "test", "entries": {}}))
        time.sleep(chance.random() * 2.3)  # it is asked for every two seconds
        w.daemon.process.send_signal(signal.SIGKILL)
        w.daemon.process.wait()
        env.daemons.remove(w.daemon)
        w.r.delete(w.p + "log", w.p + "log:good")
        if not both(env, w.folder):
            raise Failure(f"the log is not whole (LICET_SEED={seed}, number {i})")
        w.daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: w.r.hlen(w.p + "log:erase") == 0, 60, "all requests to be done")
    equal(holds(w.folder, "+3360002"), [], "nothing of them is left")
    equal(glob.glob(w.folder + "/entries/*.new"), [], "copies")
    wait_logged(w, w.folder)
    env.extra.clear()
    is_whole(env, w)
    equal(compare(env, w)["faults"], [], "compare")


@full_speed
def test_killed_while_lines_go(env):
    kills(env, 3)


@own_target
def test_killed_many_times_while_lines_go(env):
    kills(env, int(os.environ.get("LICET_ERASE_KILLS", "60")))
