"""The page over all spaces: a line for each, why each stands as it does, and sums that leave nobody out unsaid."""

import json
import os
import re

from harness import ROOT, contains, equal, full_speed, own_target, wait_until
from spaces import enter
from test_page import browser, quiet, shown
from test_serve import begin, get, goes_on, serve, space
from world import World, job


def state(env, query=""):
    code, text = get(env, "/state.json" + query)
    equal(code, 200, text)
    return json.loads(text)


def line(env, name):
    return {s["space"]: s for s in state(env)["all"]}[name]


def held_elsewhere(w, who="vm-2"):
    """As if another instance led it, for longer than this test takes."""
    w.r.set(w.p + "lead", who, px=600000)


def three(env):
    """a works, b is led by another instance, and of c there is a queue that is none."""
    worlds = [space(env, name, "abc") for name in "abc"]
    a, b, c = worlds
    enter(a.r, *"abc")
    held_elsewhere(b)
    for w in (a, c):
        w.r.hset(w.p + "peers", "b", "0 me 2026-11-24T09:30:00Z")
    World(env, c.p, campaign="acme.two").define(status="paused")
    c.r.set(f"{c.p}campaign:acme.two:queue", "a string")
    World(env, a.p, campaign="acme.wrong").define(sector="nonsense")
    env.served = serve(env, [a, c], "*")
    wait_until(lambda: line(env, "b")["health"] == "elsewhere", 20, lambda: line(env, "b"))
    return worlds


@full_speed
def test_three_spaces(env):
    a, _, c = three(env)
    a.push(job(1), job(2), job(3))
    a.wait_stat("ready", 3)
    c.push(job(4))
    c.wait_stat("ready", 1)
    a.take(1)
    wait_until(lambda: line(env, "a").get("jobs", {}).get("taken") == 1 and line(env, "c")["health"] == "unread", 10, lambda: state(env))
    got = state(env)
    equal((got["space"], got["spaces"], got["whole"], got["unknown"]), ("", ["a", "b", "c"], False, ""))
    lines = {s["space"]: s for s in got["all"]}
    equal([(n, s["health"], s["led_by"], "jobs" in s) for n, s in lines.items()], [("a", "well", "", True), ("b", "elsewhere", "vm-2", False), ("c", "unread", "", False)])
    equal("campaigns" in lines["b"], False, "nothing is told of a space that another instance leads")
    contains(lines["c"]["why"], "acme.two:queue is a key of another type")
    equal("queue" in next(x for x in lines["c"]["campaigns"] if x["id"] == "acme.two"), False, "a queue that cannot be read is not empty")
    equal({x["id"]: x["need"] for x in lines["a"]["campaigns"]}["acme.wrong"], "act")
    for jobs in (lines["a"]["jobs"], got["jobs"]):
        equal((jobs["intake"], jobs["ready"], jobs["taken"]), (3, 2, 1))
    assert got["places"] and not any("places" in s for s in got["all"])
    # Mended, it is in the sum again; and each by its name is as one alone.
    c.r.delete(f"{c.p}campaign:acme.two:queue")
    wait_until(lambda: state(env)["jobs"]["intake"] == 4, 10, lambda: state(env))
    equal([(s["space"], s["health"]) for s in state(env)["all"] if s["health"] != "elsewhere"], [("a", "well"), ("c", "well")])
    one = state(env, "?space=c")
    equal((one["space"], one["spaces"], "all" in one, "unread" in one), ("c", ["a", "b", "c"], False, False))
    equal(get(env, "/state.json?space=b"), (503, "another instance works in b: look at the page of vm-2\n"))
    for query in ("?space=nobody", "?space=", "?space=A+B"):
        equal(get(env, "/state.json" + query), (503, "no space of that name is served here\n"))
    for path in ("/campaign/acme.noel.json", "/forecast/acme.noel.json"):
        equal(get(env, path)[0], 400)
        equal(get(env, path + "?space=a")[0], 200)
    equal([get(env, path)[0] for path in ("/reasons.json", "/calendar/2027.json", "/nothing.json")], [200, 200, 404])
    # One that is open, but of which Redis does not answer.
    a.r.acl_setuser("default", enabled=True, nopass=True, commands=["+@all"], reset_keys=True, keys=["licet-sim:{a}:*", "licet-sim:{b}:*", "licet-sim:{licet}:*"])
    said = wait_until(lambda: (s := line(env, "c"))["health"] == "unread" and "jobs" not in s and s, 10, lambda: line(env, "c"))
    contains(said["why"], "NOPERM")
    a.take()
    goes_on(a, 9)
    a.r.acl_setuser("default", keys=["*"])
    env.served.stop()


@full_speed
def test_none_open(env):
    """All are led by others: the page says where to look."""
    worlds = [space(env, name, "ab") for name in "ab"]
    for w in worlds:
        held_elsewhere(w)
    enter(worlds[0].r, *"ab")
    daemon = serve(env, [], "ab")
    wait_until(lambda: "event=web " in daemon.log(), 20, daemon.log)
    wait_until(lambda: [s["health"] for s in state(env)["all"]] == ["elsewhere"] * 2, 20, daemon.log)
    got = state(env)
    equal((got["jobs"], got["whole"], got["places"]), ({}, False, []))
    equal(get(env, "/reasons.json")[0], 200)
    daemon.stop()


def test_what_a_space_says_has_its_french(env):
    """Each sentence that licetd has for why a space stands, or was not read, is one that the page knows."""
    del env
    def source(name):
        with open(os.path.join(ROOT, "src", name), encoding="utf-8") as f:
            return f.read()
    said = re.findall(r'return "([^"]+)";', source("daemon/health/progress.c"))
    said += re.findall(r'page_unread\([^;"]*"([^"]+)"\)', source("daemon/publish/page_state.c"))
    said += re.findall(r': "([^"]+)";', source("daemon/served.h"))
    assert len(said) >= 10, said
    page = source("page/page.js")
    equal([text for text in said if f'"{text}":' not in page], [])


class Page:
    def __init__(self, env):
        self.port = env.port


def look(env, names, shot, **how):
    b = browser(**how)
    w = Page(env)
    try:
        text = shown(b, w, "", names, shot)
        quiet(b, w)
        for view in ("routes", "lists", "log", "places"):
            shown(b, w, view, "", f"{shot}-{view}")
            quiet(b, w)
        return text
    finally:
        b.quit()


@own_target
def test_in_a_browser(env):
    a, _, c = three(env)
    a.push(*[job(i) for i in range(1, 5)])
    a.wait_stat("ready", 4)
    wait_until(lambda: line(env, "c")["health"] == "unread", 10, lambda: line(env, "c"))
    text = look(env, "Spaces (3)", "spaces-3")
    for words in ("led by vm-2", "look at the page there", "acme.two:queue is a key of another type", "campaign has faults", "without b, c", "Campaigns (4)"):
        contains(text, words)
    text = look(env, "Espaces (3)", "spaces-3-small", language="fr-FR", width=360, height=780, dark=True)
    for words in ("sans b, c", "acme.two:queue est une clé d'un autre type", "tenu par vm-2"):
        contains(text, words)
    b, w = browser(), Page(env)
    try:
        shown(b, w, "c/acme.wrong", "Where its jobs are")
        contains(b.current_url, "?space=a#/c/acme.wrong")
        shown(b, w, "c/acme.noel", "In several spaces")
        b.find_element("id", "to-c-c/acme.noel").click()
        wait_until(lambda: "All spaces › c" in b.execute_script("return document.body.innerText"), 10, lambda: b.execute_script("return document.body.innerText"))
        b.find_element("id", "all").click()
        wait_until(lambda: "In several spaces" in b.execute_script("return document.body.innerText"), 10, "all of them")
        b.get(f"http://127.0.0.1:{env.port}/?space=b")
        wait_until(lambda: "look at the page of vm-2" in b.execute_script("return document.body.innerText"), 10, "where to look")
    finally:
        b.quit()
    env.served.stop()


@own_target
def test_many_in_a_browser(env):
    names = [f"s{i:02d}" for i in range(32)]
    daemon, worlds = begin(env, *names, said="*")
    for i, w in enumerate(worlds):
        w.push(*[job(k) for k in range(i % 5 + 1)])
        w.wait_stat("ready", i % 5 + 1)
    wait_until(lambda: state(env)["jobs"].get("ready") == sum(i % 5 + 1 for i in range(32)), 10, lambda: state(env)["jobs"])
    equal(state(env)["whole"], True)
    text = look(env, "Spaces (32)", "spaces-32")
    contains(text, "Campaigns (32)")
    look(env, "Espaces (32)", "spaces-32-small", language="fr-FR", width=360, height=780, dark=True)
    daemon.stop()
