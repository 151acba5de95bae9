"""One company under two ids: whoever objected to one is called for neither, and four calls are four calls, through every door."""

import json
import os
import signal
import subprocess

import harness
import spaces
from checks import fails, misuse
from decision_log import configure, lines, must_be_whole, wait_logged
from harness import contains, equal, wait_until
from redis import ResponseError
from spaces import HEAD, HUB
from test_users import Users
from world import CONSENT, OPEN, World, consent, job

NUMBERS = [f"+336000000{i:02d}" for i in range(100)]
DAYS = ("2026-11-12", "2026-11-13", "2026-11-16", "2026-11-17")


def pair(env, **more):
    """acme and, of the same company, beta, each with a campaign; nothing runs yet."""
    old = World(env).define()
    r, p = old.r, old.p
    r.hset(p + "advertiser:beta", mapping={**r.hgetall(p + "advertiser:acme"), "name": "Beta", "caller_ids": "+33162001299", **more})
    r.hset(p + "sirens", "552100554", more.pop("first", "acme"))
    new = World(env, p, "beta.one").define(advertiser="beta", caller_id="+33162001299")
    return old, new


def unite(env, code=0, reason="one company: Kbis of 2026-11-01"):
    return env.ctl("advertiser", "alias", "beta", "acme", "--reason", reason, code=code)


def both_refuse(old, new, number, reason, start):
    """A job to that number in a campaign of each."""
    for i, w in enumerate((old, new)):
        w.push(job(start + i, to=number))
        wait_until(lambda w=w, i=i: w.reasons().get(str(start + i)) == reason, 10, lambda w=w: f"{reason} of {w.c}: {w.reasons()} {w.stats()} {w.state()}")


def wait_whole(old, new):
    for w in (old, new):
        wait_until(lambda w=w: w.state().get("because") not in (None, "campaign-rejected"), 20, lambda w=w: w.state())


def united(env, **more):
    old, new = pair(env, **more)
    env.daemon("--simulate", OPEN)
    unite(env)
    wait_whole(old, new)
    return old, new


def test_what_stood_there_before_is_united(env):
    old, new = pair(env)
    r, p = old.r, old.p
    env.daemon("--simulate", OPEN)
    wait_until(lambda: r.exists(p + "numbering"), 10)
    # Who objected: to beta by hand, to beta with a date, as a person; attempts of both; a consent, and one withdrawn.
    r.sadd(p + "list:opposition:beta", NUMBERS[1])
    old.oppose(NUMBERS[2], "beta")
    r.fcall("licet_oppose", 1, p + "list:opposition:beta", NUMBERS[3], "web", "no", "", "p-3")
    old.attempt(NUMBERS[4], *DAYS[:2], advertiser="beta", person="p-4")
    old.attempt(NUMBERS[4], *DAYS[2:], advertiser="acme", person="p-4")
    given, later = json.dumps(CONSENT), json.dumps(consent(collected_at="2026-10-01T10:00:00Z"))
    r.fcall("licet_consent", 1, p + "consent:beta", NUMBERS[5], given)
    r.fcall("licet_consent", 1, p + "consent:beta", NUMBERS[6], given)
    r.fcall("licet_consent", 1, p + "consent:acme", NUMBERS[6], later)
    r.fcall("licet_withdraw", 1, p + "consent:beta", NUMBERS[7], "web", "no")
    r.sadd(p + "slots:beta", "+33600000008/1")
    contains(unite(env).out, "beta is another name of acme")
    wait_whole(old, new)
    for kind in ("list:opposition", "oppositions:dated", "consent", "attempts", "slots"):
        equal(r.exists(f"{p}{kind}:beta"), 0, kind)
    equal(r.smembers(p + "list:opposition:acme"), set(NUMBERS[1:4]))
    equal(sorted(r.hkeys(p + "oppositions:dated:acme")), [NUMBERS[2], NUMBERS[3], "p:p-3"])
    equal(old.attempts(NUMBERS[4]), list(DAYS))
    equal(old.attempts("p:p-4"), list(DAYS))
    equal([c["collected_at"] for c in json.loads(r.hget(p + "consent:acme", NUMBERS[6]))["consents"]], ["2026-10-01T10:00:00Z", CONSENT["collected_at"]])
    equal(r.hget(p + "consent:acme", NUMBERS[5]), '{"consents":[' + given + "]}")
    equal(r.smembers(p + "slots:acme"), {"+33600000008/1"})
    equal((r.hgetall(p + "aliases"), r.hgetall(p + "sirens")), ({"beta": "acme"}, {"552100554": "acme"}))
    both_refuse(old, new, NUMBERS[1], "opposed-advertiser", 10)
    both_refuse(old, new, NUMBERS[2], "opposed-advertiser", 20)
    both_refuse(old, new, NUMBERS[7], "consent-withdrawn", 30)
    # Four calls are four calls. A consent of the registry is one of both, and each has its own name and caller id.
    for w, number in ((old, NUMBERS[5]), (new, NUMBERS[6])):
        w.push(job(40, to=NUMBERS[4]), job(41, to=number, consent=None))
        w.wait_stat("later", 1)
    got = {j["campaign"]: j for j in new.wait_taken(2)}
    equal({c: (j["advertiser"], j["caller_id"]) for c, j in got.items()}, {"acme.noel": ("acme", "+33162001234"), "beta.one": ("beta", "+33162001299")})
    told = [f for _, f in r.xrange(p + "errors") if f["where"] == "aliases"]
    contains(told[0]["error"], "advertiser beta made another name of acme")
    equal(told[0]["reason"], "one company: Kbis of 2026-11-01")
    equal(unite(env).out.count(": 0 records"), 1)


def test_every_door(env):
    old, new = united(env)
    r, p = old.r, old.p
    call = r.fcall
    # Functions, with a key of beta.
    equal(call("licet_oppose", 1, p + "list:opposition:beta", NUMBERS[1], "crm", "no")[0], 1)
    both_refuse(old, new, NUMBERS[1], "opposed-advertiser", 100)
    call("licet_unoppose", 1, p + "list:opposition:beta", NUMBERS[1], "me", "a mistake")
    equal((r.smembers(p + "list:opposition:acme"), r.exists(p + "list:opposition:beta")), (set(), 0))
    equal(call("licet_consent", 1, p + "consent:beta", NUMBERS[2], json.dumps(CONSENT)), 1)
    equal(r.hkeys(p + "consent:acme"), [NUMBERS[2]])
    call("licet_withdraw", 1, p + "consent:beta", NUMBERS[3], "crm", "no")
    both_refuse(old, new, NUMBERS[3], "consent-withdrawn", 110)
    old.attempt(NUMBERS[4], *DAYS[:2], advertiser="beta")
    old.attempt(NUMBERS[4], *DAYS[2:], advertiser="acme")
    equal(old.attempts(NUMBERS[4]), list(DAYS))
    call("licet_consent", 1, p + "consent:beta", NUMBERS[4], json.dumps(CONSENT))
    # Commands.
    env.ctl("oppose", NUMBERS[5], "--advertiser", "beta")
    both_refuse(old, new, NUMBERS[5], "opposed-advertiser", 120)
    for name in ("opposition:beta", "opposition:acme"):
        contains(env.ctl("list", "check", name, NUMBERS[5]).out, "is on")
        equal(env.ctl_json("list", "show", name)["count"], 1)
    equal([env.ctl_json("attempts", "show", a, NUMBERS[4])["attempts"] for a in ("acme", "beta")], [list(DAYS)] * 2)
    equal(len(env.ctl_json("consent", "show", "beta", NUMBERS[2])["consents"]), 1)
    path = env.folder + "/c.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("number,product,channel,collected_at,until,form,proof\n" + NUMBERS[6] + ",toys,automated-voice,2026-09-01T10:12:00+02:00,2027-08-31,"
                "identity choice period withdrawal proof,f/1\n")
    env.ctl("consent", "import", "beta", path)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"number,at\n{NUMBERS[7]},2026-11-20\n")
    env.ctl("attempts", "import", "beta", path)
    equal((r.hexists(p + "consent:acme", NUMBERS[6]), old.attempts(NUMBERS[7])), (True, ["2026-11-20"]))
    env.ctl("oppose", NUMBERS[5], "--advertiser", "beta", "--undo", "--reason", "a mistake")
    equal(r.scard(p + "list:opposition:acme"), 0)
    for kind in ("consent", "attempts", "oppositions:dated", "list:opposition"):
        equal(r.exists(f"{p}{kind}:beta"), 0, kind)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"number\n{NUMBERS[9]}\n")
    contains(env.ctl("list", "load", "opposition:beta", path).err, "beta is another name of advertiser acme")
    equal((r.smembers(p + "list:opposition:acme"), r.exists(p + "list:opposition:beta")), ({NUMBERS[9]}, 0))
    both_refuse(old, new, NUMBERS[9], "opposed-advertiser", 130)
    equal(env.ctl_json("list", "review", "opposition:beta")["members"], 1)
    # Explained with one voice.
    env.ctl("oppose", NUMBERS[8], "--advertiser", "acme")
    for c in (old.c, new.c):
        equal(env.ctl_json("explain", c, NUMBERS[8], code=1)["reason"], "opposed-advertiser", c)
        equal(env.ctl_json("explain", c, NUMBERS[4], code=None)["reason"], "cap-reached", c)
    contains(env.ctl("dossier", NUMBERS[8]).out, "acme")
    shown = env.ctl_json("advertiser", "show", "beta")
    equal((shown["company"], shown["objected"] - 1, shown["faults"], shown["siren_of"]), (["acme", "beta"], 1, [], "acme"))
    equal(env.ctl_json("advertiser", "show", "acme")["company"], ["acme", "beta"])
    contains(env.ctl("advertiser", "show", "beta").out, "another name of acme")


def test_by_hand_after_it_was_made(env):
    """SADD is the low road, and holds all the same: also for what is ready."""
    old, new = united(env)
    r, p = old.r, old.p
    for w, number in ((old, NUMBERS[2]), (new, NUMBERS[4])):
        w.push(job(1, to=NUMBERS[1]), job(2, to=number))
    for w in (old, new):
        w.wait_stat("ready", 2)
    r.sadd(p + "list:opposition:beta", NUMBERS[1])
    equal({j["to"] for j in new.wait_taken(2)}, {NUMBERS[2], NUMBERS[4]})
    for w in (old, new):
        wait_until(lambda w=w: w.reasons().get("1") == "opposed-advertiser", 10, lambda w=w: w.reasons())
    r.sadd(p + "list:opposition:beta", NUMBERS[3])
    both_refuse(old, new, NUMBERS[3], "opposed-advertiser", 20)
    equal(env.ctl_json("explain", old.c, NUMBERS[3], code=1)["reason"], "opposed-advertiser")
    contains(env.ctl("list", "check", "opposition:acme", NUMBERS[3]).out, "is on")
    # Taken back, it is off both.
    env.ctl("oppose", NUMBERS[3], "--advertiser", "acme", "--undo", "--reason", "a mistake")
    equal(r.sismember(p + "list:opposition:beta", NUMBERS[3]), 0)
    # A halt of one stops both, and what is ready is not handed over.
    for w, number in ((old, NUMBERS[5]), (new, NUMBERS[6])):
        w.push(job(5, to=number))
        w.wait_stat("ready", 1)
    for scope in ("advertiser:acme", "advertiser:beta"):
        r.hset(p + "halt", scope, "a test")
        equal(new.take(), [])
        for w in (old, new):
            w.wait_state(because="halted")
        r.hdel(p + "halt", scope)
        for w in (old, new):
            w.wait_stat("ready", 1)


def test_what_was_out_when_it_was_made(env):
    """Ready jobs are judged again, and what a sender has counts for both."""
    old, new = pair(env, first="beta")
    r, p = old.r, old.p
    env.daemon("--simulate", OPEN)
    own = consent(advertiser="552100554")
    new.push(job(1, to=NUMBERS[1], person="p-1", consent=own), job(2, to=NUMBERS[2], consent=own), job(3, to=NUMBERS[3], consent=own))
    new.wait_stat("ready", 3)
    token = {j["id"]: j["token"] for j in new.take(2)}
    unite(env)
    wait_whole(old, new)
    equal(old.attempts(NUMBERS[1]), ["2026-11-24"])
    equal(r.hget(p + "out", "acme/p-1"), token["1"])
    # Its attempt is given back, and an objection in a call of beta is one to acme.
    new.done(token["1"], "not-placed")
    new.wait_stat("settling", 0)
    wait_until(lambda: old.attempts(NUMBERS[1]) == [], 10, lambda: old.attempts(NUMBERS[1]))
    new.done(token["2"], "opted-out")
    equal(r.sismember(p + "list:opposition:acme", NUMBERS[2]), 1)
    old.push(job(12, to=NUMBERS[2]))
    wait_until(lambda: old.reasons().get("12") == "opposed-advertiser", 10, lambda: old.reasons())
    equal([j["id"] for j in new.wait_taken(1)], ["3"])
    for kind in ("attempts", "list:opposition"):
        equal(r.exists(f"{p}{kind}:beta"), 0, kind)
    for w in (old, new):
        w.balance()


def fill(w):
    """More than one step has room for, of each kind."""
    r, p, pipe = w.r, w.p, w.r.pipeline(transaction=False)
    for i in range(1500):
        pipe.sadd(p + "list:opposition:beta", f"+3361000{i:04d}")
    for i in range(700):
        pipe.sadd(p + "list:opposition:beta", f"+3362000{i:04d}")
        pipe.hset(p + "oppositions:dated:beta", f"+3362000{i:04d}", "1795000000000 1795000000000 o")
        pipe.hset(p + "consent:beta", f"+3363000{i:04d}", '{"consents":[' + json.dumps(CONSENT) + "]}")
        pipe.sadd(p + "slots:beta", f"+3364000{i:04d}/1")
    pipe.execute()
    for i in range(300):
        w.set_attempts(f"+3365000{i:04d}", "2026-11-20", advertiser="beta")
    for i in range(150):
        w.set_attempts(f"+3365000{i:04d}", "2026-11-19", advertiser="acme")


def check_filled(w):
    r, p = w.r, w.p
    equal((r.scard(p + "list:opposition:acme"), r.hlen(p + "oppositions:dated:acme"), r.hlen(p + "consent:acme"), r.scard(p + "slots:acme")), (2200, 700, 700, 700))
    equal([w.attempts(f"+3365000{i:04d}") for i in (0, 149, 150, 299)], [["2026-11-19", "2026-11-20"]] * 2 + [["2026-11-20"]] * 2)
    for kind in ("list:opposition", "oppositions:dated", "consent", "attempts", "slots"):
        equal(r.exists(f"{p}{kind}:beta"), 0, kind)


def test_broken_off_at_any_step(env):
    """However often the command is killed: nothing is lost or doubled, and nothing of either goes out before it is whole."""
    old, new = pair(env)
    r, p = old.r, old.p
    env.daemon("--simulate", OPEN)
    wait_until(lambda: r.exists(p + "numbering"), 10)
    fill(old)
    for w, number in ((old, NUMBERS[1]), (new, NUMBERS[2])):
        w.push(job(1, to=number))
    old.wait_stat("ready", 1)
    cursor, steps = "", 0
    while True:
        # As many steps as a process gets to; then it is gone, and the next one begins without a cursor.
        reply = r.fcall("licet_alias", 1, p + "aliases", "beta", "acme", "me", "one company", cursor)
        steps += 1
        cursor = reply[0] if steps % 3 else ""
        if reply[0] == "":
            break
        equal(r.hget(p + "aliases", "beta"), "acme joining")
        equal(new.take(), [])
        assert steps < 2000
    assert steps > 20, steps
    check_filled(old)
    wait_whole(old, new)
    equal({j["campaign"] for j in new.wait_taken(2)}, {old.c, new.c})
    for w in (old, new):
        w.balance()


def test_killed_for_good(env):
    """The process itself, with kill -9; the campaigns say what they wait for."""
    old, new = pair(env)
    r, p = old.r, old.p
    env.daemon("--simulate", OPEN)
    wait_until(lambda: r.exists(p + "numbering"), 10)
    fill(old)
    command = [os.path.join(harness.BUILD, "licetctl"), "advertiser", "alias", "beta", "acme", "--reason", "one company", *env.common()]
    killed = 0
    for _ in range(40):
        before = r.hlen(p + "consent:beta") + r.hlen(p + "attempts:beta") + r.scard(p + "list:opposition:beta") + r.scard(p + "slots:beta")
        if r.hget(p + "aliases", "beta") == "acme":
            break
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env.environment(), cwd=harness.ROOT)
        wait_until(lambda: process.poll() is not None or before > sum((r.hlen(p + "consent:beta"), r.hlen(p + "attempts:beta"), r.scard(p + "list:opposition:beta"),
                                                                       r.scard(p + "slots:beta"))), 20)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        if r.hget(p + "aliases", "beta") == "acme joining":
            for w in (old, new):
                w.wait_state(because="campaign-rejected")
            contains(new.state()["faults"], "is being united with another")
    assert killed > 0, "it was never in time"
    unite(env)
    check_filled(old)
    wait_whole(old, new)


def test_what_is_refused(env):
    old, new = pair(env)
    r, p = old.r, old.p
    r.hset(p + "advertiser:gamma", mapping={**r.hgetall(p + "advertiser:acme"), "siren": "732829320"})
    env.daemon("--simulate", OPEN)

    def refused(name, of, why):
        contains(fails(env, "advertiser", "alias", name, of, "--reason", "x"), why)
    refused("beta", "gamma", "they are two companies")
    refused("beta", "nobody", "advertiser nobody is unknown")
    refused("nobody", "acme", "advertiser nobody is unknown")
    r.hdel(p + "advertiser:beta", "attempts_before")
    refused("beta", "acme", "attempts_before of beta is not declared")
    r.hset(p + "advertiser:beta", "attempts_before", "none")
    r.hset(p + "sirens", mapping={"111111118": "beta"})
    old.attempt(NUMBERS[1], "2026-11-20", advertiser="beta")
    refused("beta", "acme", "has called under the SIREN 111111118")
    r.hdel(p + "sirens", "111111118")
    r.hset(p + "list-meta:opposition:beta", mapping={"floor": "3"})
    refused("beta", "acme", "members of opposition:beta are missing")
    r.delete(p + "list-meta:opposition:beta")
    equal((r.exists(p + "aliases"), r.hexists(p + "advertiser:beta", "company")), (0, False))
    unite(env)
    r.hset(p + "advertiser:delta", mapping={**r.hgetall(p + "advertiser:gamma"), "siren": "552100554"})
    refused("delta", "beta", "beta is another name of acme itself")
    refused("acme", "delta", "acme has other names of its own")
    refused("beta", "delta", "beta is another name of acme, for good")
    misuse(env, "advertiser", "alias", "beta", "beta", "--reason", "x")
    misuse(env, "advertiser", "alias", "beta", "acme")
    # Another name with another SIREN is none.
    r.hset(p + "advertiser:beta", "siren", "732829320")
    new.wait_state(because="campaign-rejected")
    r.hset(p + "advertiser:beta", "siren", "111111118")
    new.wait_state(because="campaign-rejected")
    wait_until(lambda: "siren is not that of advertiser acme" in new.state()["faults"], 10, lambda: new.state())
    try:
        r.fcall("licet_alias", 1, p + "aliases", "Beta", "acme", "me", "x", "")
        raise AssertionError("an id that is none")
    except ResponseError as error:
        contains(str(error), "ID expected")


def test_what_is_deleted_comes_back(env):
    """Neither the register nor the field of a definition is lost: each is made anew from the other."""
    old, new = united(env)
    r, p = old.r, old.p
    r.delete(p + "aliases")
    wait_until(lambda: r.hgetall(p + "aliases") == {"beta": "acme"}, 30)
    for a in ("acme", "beta"):
        kept = r.hgetall(p + "advertiser:" + a)
        r.delete(p + "advertiser:" + a)
        r.hset(p + "advertiser:" + a, mapping={k: v for k, v in kept.items() if k != "company"})
        wait_until(lambda a=a: r.hget(p + "advertiser:" + a, "company") == "acme beta", 30)
    old.oppose(NUMBERS[1], "beta")
    both_refuse(old, new, NUMBERS[1], "opposed-advertiser", 1)


def test_what_else_asks(env):
    """What counts, rehearses, attests and erases knows of it too."""
    old, new = united(env)
    r, p = old.r, old.p
    old.oppose(NUMBERS[1], "acme")
    old.oppose(NUMBERS[2], "beta")
    r.sadd(p + "list:opposition:beta", NUMBERS[3])
    old.attempt(NUMBERS[4], *DAYS)
    for n in (*NUMBERS[:8],):
        r.fcall("licet_consent", 1, p + "consent:acme", n, json.dumps(CONSENT))
    path = env.folder + "/jobs.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("id;to\n" + "".join(f"r{i};{NUMBERS[i]}\n" for i in range(6)))
    for c in (old.c, new.c):
        said = env.ctl_json("enqueue", c, path, "--dry-run", code=None)
        equal((said["now"], said["later"], said["never"], said["why"]), (2, 1, 3, {"opposed-advertiser": 3}), f"{c}: {said}")
    new.push(job(50, to=NUMBERS[1], consent=None, not_before="2026-11-24T11:00:00+01:00"), job(51, to=NUMBERS[6], consent=None, not_before="2026-11-24T11:00:00+01:00"))
    new.wait_intake(2)
    said = env.ctl_json("simulate", new.c, "--at", "2026-11-24T11:00:00+01:00", "--until", "2026-11-24T12:00:00+01:00", code=None, timeout=120)
    equal((said["jobs"], said["released"]), (1, 1), said)
    # An objection in a call of one is one in the record of both.
    new.push(job(60, to=NUMBERS[7], consent=None))
    taken = new.wait_taken(1)
    new.done(taken[0]["token"], "opted-out")
    new.wait_stat("done", 1)
    for c in (old.c, new.c):
        text = env.ctl("attest", c, code=None)
        contains(text.out, "552100554")
    contains(env.ctl("follow", new.c, "--once", "--kinds", "done").out, '"outcome"')
    # What was said to one is erased with the other.
    env.ctl("subject", "erase", NUMBERS[6], "--advertiser", "beta", code=None)
    assert "withdrawn_ms" in json.loads(r.hget(p + "consent:acme", NUMBERS[6])), r.hget(p + "consent:acme", NUMBERS[6])
    equal(r.exists(p + "consent:beta"), 0)


def test_the_log_explains_itself(env):
    """The definition that a call rests on says whose other name its advertiser is; both verifiers agree."""
    old, new = pair(env)
    folder = configure(env)
    env.daemon("--simulate", OPEN)
    unite(env)
    wait_whole(old, new)
    new.push(job(1))
    got = wait_until(lambda: new.take(1), 20, "a job to take")
    new.done(got[0]["token"])
    new.wait_stat("done", 1)
    wait_logged(new, folder)
    said = [line["advertiser"] for line in lines(folder, "definition") if line["campaign"] == new.c]
    assert any('"company"' in json.dumps(d) and "acme beta" in json.dumps(d) for d in said), said
    must_be_whole(env, folder)
    env.ctl("log", "compare")
    path = os.path.join(env.folder, "proof.json")
    env.ctl("log", "prove", new.c, "1", "-o", path)
    contains(env.run("verify", path, "--key", folder + ".key.pub").out, "lawful")


def test_by_users_of_fewer_rights(env):
    """A sender and a marketing system may not ask whose other name it is: what they report waits for a moment, and licetd does."""
    users = Users(env)
    old, new = pair(env)
    users.conf("daemon")
    env.daemon("--simulate", OPEN)
    users.conf("ops")
    unite(env)
    wait_whole(old, new)
    r, p = old.r, old.p
    new.push(job(1, to=NUMBERS[1]))
    new.wait_stat("ready", 1)
    new.r = users["sender"]
    taken = new.take(1)
    equal((taken[0]["advertiser"], new.done(taken[0]["token"], "opted-out")), ("beta", "OK"))
    new.r = r
    for user, number in (("marketing", NUMBERS[2]), ("sender", NUMBERS[3])):
        equal(users[user].fcall("licet_oppose", 1, p + "list:opposition:beta", number, "crm", "no")[0], 1, user)
    wait_until(lambda: r.smembers(p + "list:opposition:acme") == set(NUMBERS[1:4]), 10, lambda: (r.smembers(p + "list:opposition:acme"), r.hgetall(p + "unplaced")))
    equal((r.exists(p + "list:opposition:beta"), r.hlen(p + "unplaced")), (0, 0))
    both_refuse(old, new, NUMBERS[2], "opposed-advertiser", 10)
    equal(users.denied(), [])
    # What marketing asks about a number it is told of both.
    users.conf("marketing")
    equal(env.ctl_json("explain", new.c, NUMBERS[3], code=1)["reason"], "opposed-advertiser")
    contains(env.ctl("consent", "show", "beta", NUMBERS[3], code=1).out, "acme has no consent of it")


def test_two_spaces(env):
    """An advertiser is in one space for good: no two of different spaces are united."""
    north, south = (spaces.space(env, name) for name in ("north", "south"))
    for w in (north, south):
        w.define()
    south.r.rename(south.p + "advertiser:acme", south.p + "advertiser:beta")
    env.redis.hset(HUB, mapping={"north": "open", "south": "open"})
    env.set_prefix(HEAD)
    env.write_conf(env.conf_text().replace("spaces = [];", 'spaces = [ "north", "south" ];').replace('prefix = "licet:";', f'prefix = "{HEAD}";'))
    said = env.run("advertiser", "alias", "beta", "acme", "--reason", "x", "-c", env.conf, *env.server.words, code=1).err
    contains(said, "beta is in space south and acme in space north")
    equal(env.redis.exists(north.p + "aliases"), 0)
