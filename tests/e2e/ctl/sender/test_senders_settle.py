"""licetctl senders and settle: who has which job, and what became of those that nobody reported."""

from checks import fails, misuse, shows, write
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


def unknown(env, count, *senders):
    """That many jobs of each sender whose leases are over."""
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(1, count * len(senders) + 1)])
    w.wait_stat("ready", count * len(senders))
    had = {s: [j["id"] for j in w.take(count, s)] for s in senders}
    w.wait_stat("unknown", count * len(senders))
    return w, had


def test_settle_many(env):
    """Those of a sender, of a file of ids, of a file of outcomes, of a route."""
    w, had = unknown(env, 5, "box-1", "box-2", "box-3")
    got = env.ctl_json("settle", CAMPAIGN, "answered", "--sender", "box-1", "--reason", "its own log")
    equal((got["settled"], {i for i, e in w.ended("done").items() if e["sender"] == "box-1"}), (5, set(had["box-1"])))
    ids = write(env, "ids.txt", *had["box-2"][:2])
    contains(shows(env, "settle", CAMPAIGN, "not-placed", "--ids", ids, "--reason", "the box was off"), "2 settled, 0 opposed")
    outcomes = write(env, "outcomes.csv", "id;outcome", f"{had['box-2'][2]};refused", f"{had['box-2'][3]};answered", "none;busy")
    got = env.ctl_json("settle", CAMPAIGN, "--file", outcomes, "--reason", "call log", code=1)
    equal((got["settled"], got["opposed"], got["not_unknown"]), (2, 1, ["none"]))
    equal({w.ended("done")[i]["outcome"] for i in had["box-2"][2:4]}, {"refused", "answered"})
    # Of all campaigns, by its route.
    contains(fails(env, "settle", "answered", "--route", "mian", "--reason", "x"), "mian")
    contains(shows(env, "settle", "answered", "--route", "main", "--reason", "call log"), "6 settled")
    equal(w.balance()["unknown"], 0)
    contains(shows(env, "settle", "answered", "--route", "main", "--reason", "call log", code=1), "0 settled")
    for words in (("answered", "--ids", ids), (CAMPAIGN, "--ids", ids), (CAMPAIGN, "answered", "--file", outcomes), (CAMPAIGN, "1", "answered", "--sender", "x")):
        misuse(env, "settle", *words, "--reason", "x")
    contains(fails(env, "settle", CAMPAIGN, "--file", write(env, "bad.csv", "id;outcome", "1;happy"), "--reason", "x"), "happy is not an outcome")
    contains(fails(env, "settle", CAMPAIGN, "answered", "--ids", write(env, "twice", "1", "1"), "--reason", "x"), "stands there twice")
    contains(fails(env, "settle", CAMPAIGN, "--file", ids, "--reason", "x"), "expected a header with columns id and outcome")
