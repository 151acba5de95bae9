"""licetctl senders and settle: who has which job, and what became of those that nobody reported."""

from checks import fails, misuse, shows
from harness import contains, equal
from world import CAMPAIGN, OPEN, World, job


def test_senders_and_settle(env):
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, 4)])
    w.wait_stat("ready", 3)
    w.take(3, "box-1")
    w.wait_stat("unknown", 3)
    w.r.hset(w.p + "route:main", "lease_s", 600)
    w.push(job(4))
    w.wait_stat("ready", 1)
    token = w.take(1, "box-2")[0]["token"]
    got = env.ctl_json("senders")
    equal([(r["route"], r["ready"], len(r["leases"]), len(r["unknown"])) for r in got], [("main", 0, 1, 3)])
    lease = got[0]["leases"][0]
    equal((lease["sender"], lease["campaign"], lease["id"], lease["to"], lease["token"]), ("box-2", CAMPAIGN, "4", "+3360000••••", token))
    assert 500 < lease["left_s"] <= 600 and 0 <= lease["age_s"] < 60, lease
    out = shows(env, "senders")
    for part in ("main: 0 ready, 1 with senders, 3 unknown", "box-1", "a person must settle them"):
        contains(out, part)
    contains(shows(env, "settle", CAMPAIGN, "1", "answered", "--reason", "call log"), "settled as answered")
    got = env.ctl_json("settle", CAMPAIGN, "2", "refused", "--reason", "call log")
    equal(got, {"campaign": CAMPAIGN, "id": "2", "to": "+3360000••••", "outcome": "refused", "opposed": True})
    equal(env.ctl_json("settle", CAMPAIGN, "3", "not-placed", "--reason", "the box was off")["opposed"], False)
    equal((len(w.attempts("+33600000001")), w.attempts("+33600000003")), (1, []))
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000002"})
    w.wait_stat("taken", 1)
    stats = w.balance()
    equal((stats["unknown"], stats["done"], stats["done.answered"], stats["taken"]), (0, 3, 1, 1))
    done = w.ended("done")["1"]
    equal((done["detail"], done["sender"], done["outcome"]), ("settled by hand: call log", "box-1", "answered"))
    contains(fails(env, "settle", CAMPAIGN, "1", "answered", "--reason", "again"), "has no unknown job 1")
    equal(env.ctl_json("explain", CAMPAIGN, "+33600000004")["job"], "taken")
    for words in ((CAMPAIGN, "1", "answered"), (CAMPAIGN, "1", "happy", "--reason", "x"), (CAMPAIGN, "1")):
        misuse(env, "settle", *words)
