"""The decision log of a space that another instance leads: what is to leave it leaves it at once, not when that changes."""

import os

from decision_log import lines, wait_logged
from harness import contains, equal, wait_until
from spaces import HEAD, enter
from test_serve import keep_log, serve, space
from world import job

NUMBER = "+33600000501"


def logged(env):
    """A licetd for a and b, each with a log; a refusal of that number in both."""
    logs, said = keep_log(env)
    worlds = [space(env, name, "ab") for name in "ab"]
    enter(env.redis, "a", "b")
    more = (*said, ('prefix = "licet:";', f'prefix = "{HEAD}";'))
    daemon = serve(env, worlds, "ab", *more, words=("--instance", "vm-1"))
    for w in worlds:
        w.folder = os.path.join(logs, w.name)
        w.push(job(501, to=NUMBER, consent=None), job(502, consent=None))
        wait_until(lambda w=w: len(lines(w.folder, "refusal")) == 2, 20, "the refusals")
        wait_logged(w, w.folder)  # and Redis told so: what it was not told is written again
    return daemon, worlds, more


def test_a_person_leaves_it(env):
    daemon, (a, b), more = logged(env)
    daemon.stop()
    # From now on another instance leads a; what this one wrote there is here.
    a.r.set(a.p + "lead", "vm-2", px=600000)
    daemon = serve(env, [b], "ab", *more, words=("--instance", "vm-1"))
    wait_until(lambda: "event=lead-elsewhere space=a" in daemon.log(), 20, daemon.log)
    words = ("-c", env.conf, *env.server.words)
    told = env.run("subject", "erase", NUMBER, *words, "--json", code=None, timeout=60).json
    equal([(s["space"], [(log["instance"], log["lines"], log["why"]) for log in s["logs"]]) for s in told["spaces"]],
          [(name, [("vm-1", 1, None)]) for name in "ab"], told)
    equal(told["done"], True, told)
    for w in (a, b):
        equal([e["ground"] for e in lines(w.folder, "erase")], ["subject"], w.name)
        equal(NUMBER in str(lines(w.folder, "refusal")), False, w.name)
        env.run("log", "verify", w.folder)
        equal(w.r.hlen(w.p + "log:erase"), 0)
    equal(len(lines(a.folder, "daemon")), len(lines(b.folder, "daemon")) - 1, "nothing else was written into it")
    equal((a.r.hget(a.p + "log", "owner"), a.r.get(a.p + "lead")), ("", "vm-2"))
    # It leads again: the log goes on behind what was erased.
    a.r.delete(a.p + "lead")
    a.push(job(503, consent=None))
    wait_until(lambda: len(lines(a.folder, "refusal")) == 2, 20, lambda: f"the next refusal\n{daemon.log()[-2000:]}")
    daemon.stop()
    env.run("log", "verify", a.folder)
    contains(env.run("log", "compare", *words).out, "erased, as the log says")
