"""What conf/ has for Prometheus and Grafana: each expression asks what a run has, with the labels that it names."""

import glob
import json
import os
import re
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

import decision_log
from harness import ROOT, contains, equal, free_port, full_speed, wait_until
from world import OPEN, World, job

TARGETS = {"instance", "job"}  # Prometheus adds them
WORDS = r"\b(licet_[a-z0-9_]+)\b(?:\{([^}]*)\})?"


def conf(name):
    with open(os.path.join(ROOT, "conf", name), encoding="utf-8") as f:
        return f.read()


def dashboard():
    return json.loads(conf("grafana-dashboard.json"))


def alerts():
    """{name: expression}"""
    rules = re.findall(r"- alert: (\w+)\n\s+expr: (>-\n(?:\s{10}.*\n)+|.*\n)((?:\s{8}.*\n)+)", conf("licet-alerts.yml") + "\n")
    equal(len(rules), conf("licet-alerts.yml").count("- alert:"))
    for name, _, rest in rules:
        contains(rest, "annotations: {summary: ")
        assert set(re.findall(r"^\s{8}(\w+):", rest, re.M)) <= {"for", "annotations"}, (name, rest)
    return {name: expr.replace(">-", "") for name, expr, _ in rules}


def lively(env):
    """A run in which all that can be told is: refusals, calls of several outcomes, a decision log that is anchored, maxmemory."""
    port = free_port()
    decision_log.configure(env, more=f'metrics_port = {port};\nmetrics_by_advertiser = true;\nlog_anchor = "cat > /dev/null";\n')
    w = World(env).define()
    w.r.config_set("maxmemory", 1 << 30)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": "60"})
    w.port, w.daemon = port, env.daemon("--simulate", OPEN)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition", "+33600000099", "web", "no")
    w.push(*[job(i) for i in range(1, 60)], job(99), "{", job(80, postcode="97110", to="+590690000001"))
    w.wait_intake(62)
    got = w.wait_taken(50)
    for i, j in enumerate(got[:45]):
        w.done(j["token"], ("answered", "voicemail", "busy", "opted-out")[i % 4])
    w.wait_stat("done", 45)
    return w


def samples(w):
    with urllib.request.urlopen(f"http://127.0.0.1:{w.port}/metrics", timeout=10) as reply:
        return [(s.name, s.labels) for f in text_string_to_metric_families(reply.read().decode()) for s in f.samples]


def asked(expression):
    """Each metric of an expression, with what it wants of labels."""
    for name, wants in re.findall(WORDS, expression):
        yield name, re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"', wants)


def has(found, name, wants, values=True):
    def suits(labels, key, how, value):
        if key not in labels:
            return False
        value = re.sub(r"\$\w+", ".*", value)
        same = re.fullmatch(value, labels[key]) is not None if "~" in how else labels[key] == value
        return same != how.startswith("!") or not values
    return any(n == name and all(suits(labels, *want) for want in wants if want[0] not in TARGETS) for n, labels in found)


def labels_used(expression):
    return {label for words in re.findall(r"\b(?:by|on|group_left|without)\s*\(([^)]*)\)", expression) for label in re.findall(r"\w+", words)} - TARGETS - {"le"}


def complaints(found, expression, values=True):
    bad = [f"{name} {wants}: nothing in a run" for name, wants in asked(expression) if not has(found, name, wants, values)]
    names = {name for name, _ in asked(expression)}
    known = {label for n, labels in found if n in names for label in labels}
    return bad + [f"no label {label}" for label in labels_used(expression) - known] + ([] if names else ["it asks for nothing"])


@full_speed
def test_no_panel_is_without_data(env):
    w = lively(env)
    board = dashboard()
    wanted = [t for p in board["panels"] for t in p.get("targets", [])]
    wait_until(lambda: not [c for t in wanted if "vector(0)" not in t["expr"] for c in complaints(samples(w), t["expr"])], 20,
               lambda: [(t["expr"], complaints(samples(w), t["expr"])) for t in wanted if complaints(samples(w), t["expr"])])
    found = samples(w)
    for target in wanted:
        bad = complaints(found, target["expr"], values="vector(0)" not in target["expr"])
        equal(bad, [], target["expr"])
        names = {name for name, _ in asked(target["expr"])}
        known = {label for n, labels in found if n in names for label in labels}
        equal(set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))) - known, set(), target["expr"])
    for variable in board["templating"]["list"]:
        for metric, label in re.findall(r"label_values\((\w+), (\w+)\)", variable["query"]["query"] if isinstance(variable["query"], dict) else ""):
            assert any(n == metric and label in labels for n, labels in found), variable
    for name, expression in alerts().items():
        if name != "LicetDown":
            equal(complaints(found, expression, values=False), [], name)
    told = {re.sub(r"_(bucket|sum|count)$", "", n) for n, _ in found}
    shown = {re.sub(r"_(bucket|sum|count)$", "", n) for t in wanted for n, _ in asked(t["expr"])} | {n for e in alerts().values() for n, _ in asked(e)}
    # What neither a panel nor an alert asks for: for a person, or for sums by advertiser.
    equal(told - shown, {"licet_campaign_info", "licet_replicas_acknowledged", "licet_rulebook_signed", "licet_waits_short_total"})


def test_the_dashboard_imports_as_it_is(_env):
    board = dashboard()
    equal([v["name"] for v in board["templating"]["list"]], ["datasource", "campaign", "route"])
    equal(board["templating"]["list"][0]["query"], "prometheus")
    equal({"__inputs", "__requires", "id"} & set(board), set())
    ids, taken = [], set()
    for p in board["panels"]:
        ids.append(p["id"])
        at = p["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, f"{p['title']} lies over another"
        taken |= cells
        if p["type"] != "row":
            equal(p["datasource"], {"type": "prometheus", "uid": "${datasource}"})
            assert p["targets"] and p["title"]
            equal(len({t["refId"] for t in p["targets"]}), len(p["targets"]))
    equal(len(ids), len(set(ids)))
    equal({v for v in re.findall(r"\$\{?(\w+)", conf("grafana-dashboard.json"))}, {"datasource", "campaign", "route", "__rate_interval", "__all"})


def test_the_rules_are_found_by_the_scrape_config(_env):
    text = conf("licet-prometheus.yml")
    equal(re.findall(r'rule_files: \["([^"]+)"\]', text), ["licet-alerts.yml"])
    equal(re.findall(r"job_name: (\w+)", text), re.findall(r'up\{job="(\w+)"\}', conf("licet-alerts.yml")))
    assert glob.glob(os.path.join(ROOT, "conf", "licet-alerts.yml"))
