"""licetctl preflight: what will be done at an opening, and what stops it."""

from checks import misuse, shows
from harness import contains, equal
from world import CAMPAIGN, World, job

NIGHT = "2026-11-24T06:00:00+01:00"


def start(env, **definition):
    """A campaign with two jobs that wait, and a sender that took one before."""
    w = World(env).define(at="2026-11-01T06:00:00Z", **definition)
    w.daemon = env.daemon("--simulate", NIGHT)
    w.push(job(1), job(2), job(3, to="+596696000003"))
    w.wait_stat("held", 3)
    w.r.xadd(w.key("done"), {"route": "main", "taken_ms": "1795400000000"})
    return w


def one(env, *words, code=0, campaign=CAMPAIGN):
    said = env.ctl_json("preflight", *words, code=code)
    return said["at"], {c["campaign"]: c for c in said["campaigns"]}[campaign]


def test_it_releases(env):
    w = start(env, rate="300/h")
    at, c = one(env)
    equal((at, c["does"], c["waiting"], c["may_go"], c["places"], c["per_h"], c["until_close"]),
          ("2026-11-24T09:00:00Z", "releases", 3, 2, ["metropole+alsace-moselle"], 300, "2026-11-24T11:50:00Z"))
    contains(shows(env, "preflight"), "At Tue 24 Nov 2026 10:00, Europe/Paris")
    contains(shows(env, "preflight"), "2 may go, 300/h, in metropole+alsace-moselle; until Tue 24 Nov 2026 12:50")
    w.r.hdel(w.key("def"), "rate")
    contains(shows(env, "preflight"), "2 at once")
    # What it says is what happens.
    w.daemon.stop()
    env.daemon("--simulate", "2026-11-24T10:00:00+01:00")
    w.wait_stat("released", 2)


def test_what_only_waits_is_no_fault(env):
    w = start(env)
    _, c = one(env, "--at", "2026-11-24T12:55:00+01:00")
    equal((c["does"], c["reason"], c["until"]), ("waits", "window-closing", "2026-11-24T13:00:00Z"))
    _, c = one(env, "--at", "2026-12-25T11:00:00+01:00")
    equal((c["does"], c["reason"], c["detail"], c["until"]), ("waits", "holiday", "Noël", "2026-12-28T09:00:00Z"))
    w.r.hset(w.key("def"), "start", "2026-12-01T00:00:00Z")
    _, c = one(env)
    equal((c["does"], c["reason"], c["until"]), ("waits", "campaign-not-started", "2026-12-01T00:00:00Z"))
    World(env, campaign="acme.idle").define(at="2026-11-01T06:00:00Z")
    _, c = one(env, campaign="acme.idle")
    equal((c["does"], c["reason"]), ("nothing-waits", "nothing-queued"))


def test_jobs_that_wait_for_a_time(env):
    w = start(env)
    w.daemon.stop()
    w.r.delete(*w.r.scan_iter(w.key("held:*")), w.key("stats"))
    w.r.zadd(w.key("later"), {'#attempt=1;u=1\t{"id":"9","to":"+33600000009"}': 1795788000000})  # 2026-11-27T14:00:00Z
    w.daemon = env.daemon("--simulate", NIGHT)
    at, c = one(env)
    equal((at, c["does"], c["reason"], c["until"]), ("2026-11-24T09:00:00Z", "waits", "not-before", "2026-11-27T14:00:00Z"))
    _, c = one(env, "--at", "2026-11-27T15:30:00+01:00")
    equal((c["does"], c["may_go"]), ("releases", 1))


def test_what_stops_it(env):
    w = start(env)
    d, p = w.key("def"), w.p

    def stopped(reason, detail, *words):
        _, c = one(env, *words, code=1)
        equal((c["does"], c["reason"]), ("stopped", reason), str(c))
        contains(c["detail"], detail)
    w.r.hset(d, "status", "paused")
    stopped("campaign-paused", "status")
    w.r.hset(d, mapping={"status": "running", "sectr": "x"})
    stopped("campaign-rejected", "sectr, did you mean sector?")
    w.r.hdel(d, "sectr")
    w.r.hset(p + "source:web-2026", "status", "blocked")
    stopped("campaign-rejected", "source-unapproved")
    w.r.hset(p + "source:web-2026", "status", "approved")
    w.r.hset(p + "halt", "route:main", "looked at")
    stopped("halted", "route:main")
    w.r.delete(p + "halt")
    w.r.hset(d, "end", "2026-11-24T10:00:00+01:00")
    stopped("campaign-ended", "end")
    w.r.hdel(d, "end")
    w.r.hdel(p + "advertiser:acme", "attempts_before")
    stopped("history-unknown", "attempts_before")
    w.r.hset(p + "advertiser:acme", "attempts_before", "none")
    w.r.hset(p + "ready:main:health", mapping={"state": "tripped", "why": "26 of the last 50 failed"})
    stopped("route-breaker", "26 of the last 50")
    w.r.delete(p + "ready:main:health")
    one(env)


def test_a_list_that_is_stale_by_then(env):
    """Fresh now, and past its age at the opening."""
    w = start(env)
    w.r.hset(p_meta := w.p + "list-meta:anti-prospection", mapping={"refreshed_at": "2026-11-01T12:00:00Z", "source": "x"})
    one(env, "--at", "2026-12-02T10:30:00+01:00")
    _, c = one(env, "--at", "2026-12-03T10:30:00+01:00", code=1)
    equal((c["does"], c["reason"], c["detail"]), ("stopped", "list-stale", "anti-prospection"))
    w.r.delete(p_meta)
    w.r.delete(w.p + "list-meta:opposition")
    _, c = one(env, code=1)
    equal((c["reason"], c["detail"]), ("list-missing", "opposition"))


def test_daemon_and_senders(env):
    w = start(env)
    w.r.delete(w.key("done"))
    _, c = one(env, code=1)
    equal((c["reason"], c["detail"]), ("nobody-taking", "nobody has ever taken a job on route main"))
    w.r.xadd(w.key("done"), {"route": "main", "taken_ms": "1794000000000"})
    _, c = one(env, code=1)
    contains(c["detail"], "was taken 17 days ago")
    w.daemon.stop()
    _, c = one(env, code=1)
    equal((c["reason"], c["detail"]), ("daemon-down", "no licetd runs on these keys"))
    # Ready, and nobody comes.
    w.daemon = env.daemon("--simulate", "2026-11-24T10:00:00+01:00", "--speed", "1000")
    w.wait_stat("ready", 2)
    w.daemon.stop()
    env.daemon("--simulate", "2026-11-24T10:30:00+01:00")
    _, c = one(env, code=1)
    contains(c["detail"], "2 jobs are ready on route main, the first for ")
    w.wait_taken(2)
    one(env)


def test_bad_use(env):
    World(env).define()
    for words in (("preflight", "now"), ("preflight", "--at", "tomorrow")):
        misuse(env, *words)
    shows(env, "preflight")
