"""Keys of ours that somebody deletes: told by name; what rests on one that cannot be made anew holds."""

import json

from harness import contains, equal, wait_until
from world import CONSENT, job, start

LATE = "2026-11-24T15:00:00+01:00"


def busy(env):
    """Something in each place, and noted as there."""
    w = start(env)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition:acme", "+33600000091", "web", "no", "", "p91")
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition", "+33600000092", "web", "no")
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000003", json.dumps(CONSENT))
    w.push(*[job(i) for i in range(1, 5)], job(91), {"id": "92"})
    w.wait_stat("ready", 4)
    w.push(job(5, person="p5"))  # the second commit notes what the first one made
    w.wait_stat("ready", 5)
    wait_until(lambda: w.r.hexists(w.p + "kept", "attempts:acme"), 10, lambda: w.r.hgetall(w.p + "kept"))
    return w


def told(w, name):
    return [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"] == w.p + name]


def test_what_is_only_told(env):
    w = busy(env)
    for name in (f"campaign:{w.c}:refused", f"campaign:{w.c}:invalid", "facts", "oppositions"):
        w.r.delete(w.p + name)
        wait_until(lambda name=name: told(w, name), 10, name)
        equal(told(w, name), ["it was gone: what it told is lost"])
    w.push(job(6))
    w.wait_stat("ready", 6)


def holds(env, name, taken):
    """From that instant on nothing that rests on it goes out, until somebody answers for it."""
    w = busy(env)
    name = name.format(c=w.c)
    w.r.rename(w.p + name, w.p + "aside")
    w.push(job(7))
    w.wait_state(because="facts-unknown", rule=w.p + name)
    wait_until(lambda: any("it was gone" in e for e in told(w, name)), 10, lambda: f"the key to be told: {told(w, name)}")
    contains(" ".join(told(w, name)), f"licetctl list accept {name} --reason R")
    equal(sorted(j["id"] for j in w.take()), taken)
    # Back in its place, or begun anew by somebody: a person says so.
    if w.r.exists(w.p + name) == 0:
        w.r.rename(w.p + "aside", w.p + name)
    env.ctl("list", "accept", name, code=2)
    contains(env.ctl("list", "accept", name, "--reason", "restored from the copy").out, "accepted as it is")
    contains(env.ctl("list", "accept", name, "--reason", "again", code=1).out, "lacks no members")
    contains(told(w, name)[-1], "as it is: restored from the copy")
    wait_until(lambda: w.take() or w.stat("ready") == 0, 10, "what was held to go out")
    w.balance()
    return w


def test_attempts(env):
    holds(env, "attempts:acme", ["1", "2", "3", "4", "5"])


def test_marks(env):
    holds(env, "campaign:{c}:seen", ["1", "2", "3", "4", "5"])


def test_consents(env):
    """A withdrawal may have gone with them: a take asks too."""
    holds(env, "consent:acme", [])


def test_dated_oppositions(env):
    """Of the persons who objected: who names one is not handed over."""
    holds(env, "oppositions:dated:acme", ["1", "2", "3", "4"])


def test_begun_anew(env):
    """A consent that comes in makes the key again, without the withdrawals that it had."""
    w = busy(env)
    w.r.delete(w.p + "consent:acme")
    wait_until(lambda: any("it was gone" in e for e in told(w, "consent:acme")), 10, "the key to be told")
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000004", json.dumps(CONSENT))
    w.push(job(8))
    w.wait_state(because="facts-unknown", rule=w.p + "consent:acme")
    equal(w.take(), [])
    env.ctl("list", "accept", "consent:acme", "--reason", "nobody had withdrawn")
    wait_until(lambda: w.take(), 10, "what was held to go out")


def test_begun_anew_at_once(env):
    """Before licetd has looked: whoever begins it anew notes that it was gone, or may not begin it."""
    w = busy(env)
    w.daemon.stop()
    for name, begin in (("consent:acme", lambda: w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", "+33600000004", "crm", "mail", "")),
                        ("attempts:acme", lambda: w.attempt("+33600000004", "2026-11-20")),
                        ("oppositions:dated:acme", lambda: w.r.fcall("licet_oppose", 1, w.p + "list:opposition:acme", "+33600000093", "web", "no", "", "p93"))):
        equal(w.r.hget(w.p + "kept", name), "there", name)
        w.r.delete(w.p + name)
        begin()
        equal((w.r.exists(w.p + name), w.r.hget(w.p + "kept", name)[:4]), (1, "lost"), name)
        contains(" ".join(told(w, name)), f"licetctl list accept {name} --reason R")
    equal(w.take(), [])


def test_what_goes_lawfully(env):
    """The last opposition undone, the last mark given back, a campaign purged: nothing is lost."""
    w = busy(env)
    w.r.fcall("licet_unoppose", 1, w.p + "list:opposition:acme", "+33600000091", "me", "a mistake", "p91")
    equal(w.r.exists(w.p + "oppositions:dated:acme"), 0)
    w.r.hset(w.p + "halt", "all", "to bring back what is ready")
    w.wait_stat("ready", 0)
    equal(w.r.exists(w.p + f"campaign:{w.c}:seen"), 0)
    w.r.hdel(w.p + "halt", "all")
    w.wait_stat("ready", 5)
    [one] = w.take(1)
    w.done(one["token"])
    w.wait_stat("done", 1)
    env.ctl("campaign", "stop", w.c)
    env.ctl("campaign", "purge", w.c)
    equal([k for k in w.r.hkeys(w.p + "kept") if k.startswith("campaign:")], [])
    equal([f["error"] for _, f in w.r.xrange(w.p + "errors") if "gone" in f["error"] and "seen" in f["where"]], [])
