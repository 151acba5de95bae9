"""licetctl oppose: what people said, on record at once."""

from checks import MASK, NUMBER, fails, misuse, shows
from harness import contains, equal
from world import World, job, start


def test_oppose(env):
    w = start(env)
    w.push(*[job(i) for i in range(1, 4)])
    w.wait_stat("ready", 3)
    equal(env.ctl_json("oppose", "06 00 00 00 01", "--source", "mail", "--reason", "letter", "--event", "2026-11-23T18:00:00+01:00"),
          {"to": MASK, "scope": "opposition", "added": True, "withdrawn": 1, "already_out": 0})
    entry = w.r.xrange(w.p + "oppositions")[0][1]
    equal((entry["number"], entry["source"], entry["reason"], entry["event"]), (NUMBER, "mail", "letter", "2026-11-23T17:00:00Z"))
    equal(len(w.take()), 2)
    contains(shows(env, "oppose", "+33600000002", "--advertiser", "acme"), "added to opposition:acme; 0 ready taken back; 1 already out")
    contains(shows(env, "oppose", "+33600000002", "--advertiser", "acme"), "was already on")
    # Taken back, with a reason and a name.
    contains(misuse(env, "oppose", "+33600000002", "--advertiser", "acme", "--undo"), "--undo needs --reason")
    equal(env.ctl_json("oppose", "+33600000002", "--advertiser", "acme", "--undo", "--reason", "mistyped", "--by", "eve"),
          {"to": MASK, "scope": "opposition:acme", "undone": True})
    contains(shows(env, "oppose", "+33600000002", "--advertiser", "acme", "--undo", "--reason", "mistyped", code=1), "was not on opposition:acme")
    entry = w.r.xrevrange(w.p + "oppositions", "+", "-", 1)[0][1]
    equal((entry["kind"], entry["by"], entry["reason"], entry["scope"]), ("undone", "eve", "mistyped", "opposition:acme"))
    for words in ((), (NUMBER, "--event", "yesterday"), (NUMBER, "--advertiser", "A b"), (NUMBER, "--source", ""), (NUMBER, "--sourc", "x")):
        misuse(env, "oppose", *words)
    fails(env, "oppose", "06 00 00 00 0")


def test_oppose_without_a_daemon(env):
    w = World(env).define()
    env.ctl("oppose", NUMBER)
    equal(w.r.smembers(w.p + "list:opposition"), {NUMBER})
