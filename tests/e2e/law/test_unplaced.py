"""Objections to an advertiser that nobody declared: never taken for recorded, and never lost."""

import json

from harness import contains, equal, wait_until
from redis import ResponseError
from world import CONSENT, job, start

NUMBER = "+33600000001"


def refused(call, *args):
    try:
        call(*args)
    except ResponseError as error:
        return str(error).split()[0]
    return None


def kinds(w):
    return [(f["kind"], f["number"], f["scope"]) for _, f in w.r.xrange(w.p + "oppositions")]


def test_an_objection_without_a_place_holds_the_number(env):
    w = start(env)
    equal(refused(w.oppose, "06 00 00 00 01", "acmee"), "ADVERTISER")
    equal((w.r.exists(w.p + "list:opposition:acmee"), kinds(w)), (0, [("unplaced", NUMBER, "opposition:acmee")]))
    w.push(job(1), job(2))
    w.wait_intake(2)
    w.wait_stat("later", 1)
    equal([j["id"] for j in w.wait_taken(1)], ["2"])
    got = env.ctl_json("explain", w.c, NUMBER)
    equal((got["verdict"], got["reason"]), ("hold", "facts-unknown"))
    equal(env.ctl_json("status")["unplaced"], 1)
    contains(env.ctl("status").out.splitlines()[0], "needs somebody: 1 objection to an unknown advertiser")
    # A person finds out whom it was meant for.
    got = env.ctl_json("oppose", NUMBER, "--advertiser", "acme", "--reason", "acmee is acme")
    equal((got["added"], got["placed"]), (True, True))
    equal(kinds(w)[1:], [("opposed", NUMBER, "opposition:acme"), ("placed", NUMBER, "opposition:acmee")])
    equal(w.r.exists(w.p + "unplaced"), 0)
    w.balance()


def test_dismissed(env):
    w = start(env)
    equal(refused(w.r.fcall, "licet_withdraw", 1, w.p + "consent:nobody", NUMBER, "crm", "mail", ""), "ADVERTISER")
    equal((w.r.exists(w.p + "consent:nobody"), kinds(w)), (0, [("unplaced", NUMBER, "consent:nobody")]))
    w.push(job(1))
    w.wait_stat("later", 1)
    env.ctl("oppose", NUMBER, "--dismiss", code=2)
    contains(env.ctl("oppose", NUMBER, "--dismiss", "--reason", "a test of the form").out, "dismissed, and recorded")
    contains(env.ctl("oppose", NUMBER, "--dismiss", "--reason", "again", code=1).out, "no objection waits")
    equal(kinds(w)[-1], ("dismissed", NUMBER, "consent:nobody"))
    # It is looked at again within a minute.
    w.daemon.stop()
    env.daemon("--simulate", "2026-11-24T10:32:00+01:00")
    equal([j["id"] for j in w.wait_taken(1)], ["1"])


def test_ready_when_it_comes(env):
    w = start(env)
    w.push(job(1))
    w.wait_stat("ready", 1)
    equal(refused(w.oppose, NUMBER, "acmee"), "ADVERTISER")
    equal(w.take(), [])
    w.wait_stat("later", 1)
    w.balance()


def test_registry_and_attempts_of_nobody(env):
    w = start(env)
    for call in (lambda: w.r.fcall("licet_consent", 1, w.p + "consent:nobody", NUMBER, json.dumps(CONSENT)),
                 lambda: w.r.fcall("licet_attempt", 1, w.p + "attempts:" + w.c, NUMBER, "2026-11-20")):
        equal(refused(call), "ADVERTISER")
    equal([k for part in ("consent:*", "attempts:*", "oppositions*", "unplaced") for k in w.r.keys(w.p + part)], [])


def test_one_that_was_declared_once_stays_known(env):
    w = start(env)
    wait_until(lambda: w.r.sismember(w.p + "advertisers", "acme"), 10, "the advertiser to be noted")
    w.r.delete(w.p + "advertiser:acme")
    equal(w.oppose(NUMBER, "acme"), [1, 0, 0])
    equal(w.r.fcall("licet_consent", 1, w.p + "consent:acme", NUMBER, json.dumps(CONSENT)), 1)


def test_a_list_of_nobody_is_told(env):
    w = start(env)
    w.r.sadd(w.p + "list:opposition:acmee", NUMBER)

    def told():
        return [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == w.p + "list:opposition:acmee"]

    wait_until(told, 20, "the list of nobody to be told")
    contains(told()[0], "never declared: it protects nobody")


def test_what_place_refuses(env):
    w = start(env)
    for who, why, kind, error in (("", "why", "placed", "BY"), ("me", "", "placed", "REASON"), ("me", "a\nb", "placed", "REASON"), ("me", "why", "lost", "KIND")):
        equal(refused(w.r.fcall, "licet_place", 1, w.p + "unplaced", NUMBER, who, why, kind), error)
    equal(w.r.fcall("licet_place", 1, w.p + "unplaced", NUMBER, "me", "why", "placed"), 0)
