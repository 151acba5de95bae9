"""licetctl take and report: a sender by hand."""

import json

from checks import NUMBER, fails, misuse, shows
from harness import contains, equal
from world import job, start


def test_take_and_report(env):
    w = start(env)
    w.push(*[job(i, vars={"n": i}) for i in range(1, 5)])
    w.wait_stat("ready", 4)
    got = env.ctl_json("take", "main", "--count", "2", "--sender", "hand")
    equal(list(got[0]), "token campaign id to advertiser caller_id message delivery opt_out attempt released_ms not_after_ms vars".split())
    equal((got[0]["to"], got[0]["attempt"], json.loads(got[0]["vars"])), (NUMBER, 1, {"n": 1}))
    out = shows(env, "take", "main")
    contains(out, "+3360000••••")
    equal(shows(env, "report", got[0]["token"], "answered"), "OK\n")
    equal(env.ctl_json("report", got[1]["token"], "opted-out", "--detail", "key 9")["reply"], "OK")
    equal(env.ctl_json("report", got[1]["token"], "answered", code=1)["reply"], "late")
    contains(shows(env, "report", got[1]["token"], "answered", code=1), "late")
    contains(fails(env, "report", "no-such-token", "answered"), "never handed out here")
    w.wait_stat("done", 2)
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000002"})
    equal(len(env.ctl_json("take", "main", "--count", "9")), 1)
    contains(shows(env, "take", "main"), "no job is ready")
    equal(env.ctl_json("take", "main"), [])
    w.wait_stat("taken", 2)
    w.balance()
    contains(misuse(env, "report", "t", "answerd"), "did you mean answered?")
    for words in (("take",), ("take", "Main"), ("take", "main", "--count", "0"), ("take", "main", "--sender", ""), ("report", "t")):
        misuse(env, *words)
