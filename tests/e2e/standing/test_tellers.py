"""Whoever is asked why a campaign stands still gives the same answer: licetd's state, explain, preflight, forecast, status and /metrics."""

import re
import urllib.request

from harness import equal, free_port, wait_until
from world import OPEN, World, job

NUMBER = "+33600000001"


def tripped(w):
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "breaker_pct": "50"})
    w.r.hset(w.ready + ":health", mapping={"state": "tripped", "why": "12 of 20 failed"})


def canary(w):
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "canary": "5"})
    w.r.hset(w.ready + ":health", mapping={"state": "canary", "released": "5"})


def define(w, **changes):
    w.r.hset(w.key("def"), mapping=changes)


STRICT = ("redis_policy_strict = false", "redis_policy_strict = true")
# What is set: options of redis-server, changes of licet.conf, things done to Redis; then the reason and a part of the rule.
SCENES = {
    "canary out": ((), (), [canary], "route-breaker", "canary"),
    "appendfsync no": (("--appendfsync", "no"), [STRICT], [], "redis-policy", "appendfsync is no"),
    "missing replicas": ((), [("wait_replicas = 0", "wait_replicas = 1"), ("wait_ms = 200", "wait_ms = 10")], [], "redis-policy", "0 of 1 replicas"),
    "AOF off, and paused": (("--appendonly", "no"), [STRICT], [lambda w: define(w, status="paused")], "redis-policy", "appendonly is off"),
    "unsigned, and a list is missing": ((), [("require_approved = false", "require_approved = true")],
                                        [lambda w: w.r.delete(w.p + "list-meta:opposition")], "law-unknown", "rulebook unsigned"),
    "Redis full, and a fault": (("--maxmemory", "8mb"), [("memory_high_pct = 90", "memory_high_pct = 10")],
                                [lambda w: define(w, sector="toys")], "redis-full", "maxmemory"),
    "a fault, and halted": ((), (), [lambda w: define(w, sector="weapons"), lambda w: w.r.hset(w.p + "halt", "all", "test")], "campaign-rejected", ""),
    "halted, and stopped": ((), (), [lambda w: define(w, status="stopped"), lambda w: w.r.hset(w.p + "halt", "source:web-2026", "test")],
                            "halted", "source:web-2026"),
    "paused, and a list is missing": ((), (), [lambda w: define(w, status="paused"), lambda w: w.r.delete(w.p + "list-meta:opposition")],
                                      "campaign-paused", "status"),
    "ended, and the breaker is open": ((), (), [lambda w: define(w, end="2026-11-24T09:00:00Z"), tripped], "campaign-ended", "end"),
    "no history, and a list of a wrong kind": ((), (), [lambda w: w.r.hdel(w.p + "advertiser:acme", "attempts_before"),
                                                        lambda w: w.r.hset(w.p + "list:opposition", "a", "b")], "list-malformed", "opposition"),
    "a list is missing, and the breaker is open": ((), (), [lambda w: w.r.delete(w.p + "list-meta:opposition"), tripped], "list-missing", "opposition"),
    "the breaker is open, and it has not started": ((), (), [tripped, lambda w: define(w, start="2026-12-01T09:00:00Z")],
                                                    "route-breaker", "12 of 20 failed"),
    "the route is closed": ((), (), [lambda w: w.r.hset(w.p + "route:main", mapping={"location": "FR", "status": "closed"})], "route-full", "main"),
}




def begin(env, options, changes, harms):
    env.start_redis(*options)
    text = env.conf_text()
    port = free_port()
    for before, after in [*changes, ("metrics_port = 0", f"metrics_port = {port}")]:
        assert before in text, before
        text = text.replace(before, after)
    env.write_conf(text)
    w = World(env).define()
    for harm in harms:
        harm(w)
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    return w, port


def metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return re.search(r'^licet_campaign_state\{.*because="([^"]*)"', answer.read().decode(), re.M).group(1)


def tellers(env, w, port):
    """Who says what."""
    explained = env.ctl("explain", w.c, NUMBER, "--json", code=None).json
    assert explained["verdict"] in ("hold", "refuse"), explained
    forecast = env.ctl("forecast", w.c, "--json", code=None)
    blocked = forecast.json["blocked"] if forecast.code == 0 else {"reason": "campaign-rejected" if "is rejected" in forecast.err else forecast.err}
    return {
        "state": w.state()["because"],
        "explain": explained["reason"],
        "forecast": blocked and blocked["reason"],
        "preflight": env.ctl("preflight", "--json", code=None).json["campaigns"][0]["reason"],
        "status": env.ctl_json("status", "--all")["campaigns"][0]["because"],
        "metrics": metrics(port),
    }


def agree(env, name):
    options, changes, harms, because, rule = SCENES[name]
    w, port = begin(env, options, changes, harms)
    w.wait_because(because, 20)
    wait_until(lambda: rule in w.state()["rule"], 10, w.state)
    said = tellers(env, w, port)
    if because == "campaign-ended":
        w.wait_stat("refused", 1)
        equal(said.pop("preflight") in (because, "nothing-queued"), True)  # its job is being refused meanwhile
    if name == "canary out":
        said.pop("forecast")  # it passes when outcomes come: taken for granted, and said
    equal(said, {who: because for who in said}, name)


def make(name):
    def test(env):
        agree(env, name)
    test.__name__ = "test_" + re.sub(r"[^a-z0-9]+", "_", name.lower())
    test.__doc__ = f"All say why: {name}."
    return test


for scene in SCENES:
    globals()[make(scene).__name__] = make(scene)
