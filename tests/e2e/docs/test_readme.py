"""What README.md and licet-sender(7) tell people to type works as it stands there."""

import json
import os
import re
import subprocess
import time

import redis

from examples import Shell, of_page, of_sender, readme
from harness import BUILD, ROOT, SIM, SLOW, contains, equal, free_port, full_speed
from world import CONSENT, OPEN, World


@full_speed
def test_a_newcomer(env):
    """From a checkout to the first released call, by the commands of README.md alone; nothing runs yet."""
    port = str(free_port())
    block = readme("sh")[0].replace("6390", port)
    block = block.replace("build/release/licetctl", os.path.join(BUILD, "licetctl")).replace("make\n", "")
    start = time.monotonic()
    done = subprocess.run(["bash", "-ec", block], cwd=ROOT, env=env.environment(), capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60 * SLOW)
    out = done.stdout.decode()
    equal(done.returncode, 0, out + done.stderr.decode())
    contains(out, "a sender has the first one")
    contains(out, "redis-cli RPUSH")
    equal(time.monotonic() - start < 120, True, "two minutes")
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        end = re.search(r"`(redis-cli -p 6390 shutdown \w+)`", file.read()).group(1)
    subprocess.run(end.replace("6390", port).split(), check=True, timeout=60)


def test_the_short_starts(env):
    """Push, take and report, look, explain: in the order of the page."""
    World(env).define().r.delete(env.prefix + "campaigns", env.prefix + "campaign:acme.noel:def")
    w = World(env)
    shell = Shell(env)
    _, push, look, answer = readme("sh")
    env.daemon("--simulate", OPEN)
    shell.run(push)
    w.wait_stat("ready", 1)
    shell.run(answer)
    called = []
    code = readme("python")[0].replace("redis.Redis(", f"redis.Redis(unix_socket_path={env.server.socket!r}, ").replace("licet:", w.p)
    exec(code, {"place_call": lambda to, *a, **k: called.append(to) or "answered"})  # pylint: disable=exec-used
    w.wait_stat("done", 1)
    equal((called, w.ended("done")["crm-1"]["outcome"]), (["+33612345678"], "answered"))
    shell.run(look)


# What the functions reply to the examples, after a call to the number is over. The opposition
# came first, and is undone; a breaker that is not open has nothing to reset.
REPLIES = {"licet_oppose": [1, 0, 0], "licet_consent": 1, "licet_withdraw": [0, 0], "licet_attempt": 2, "licet_unoppose": 1, "licet_breaker": "canary"}


def ready(env):
    """One job that a sender may take, on a route with a canary."""
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "canary": 5})
    w.push({"id": "1", "to": "0612345678", "consent": CONSENT})
    env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    return w


def is_recorded(w):
    """What all examples leave behind, whatever language they are in."""
    w.wait_stat("done", 1)
    equal(w.ended("done")["1"]["outcome"], "answered")
    equal([(f["kind"], f["by"]) for _, f in w.r.xrange(w.p + "oppositions")], [("opposed", ""), ("withdrawn", ""), ("undone", "A. Martin")])
    record = json.loads(w.r.hget(w.p + "consent:acme", "+33612345678"))
    equal(([c["proof"] for c in record["consents"]], record["withdrawn_ms"]), (["form-v3/88121"], 1795507200000))
    equal((w.attempts("+33612345678"), w.attempts("p:p-77")), (["2026-11-20", "2026-11-24"], ["2026-11-20"]))
    equal(w.r.hget(w.ready + ":health", "reset_by"), "A. Martin")


def test_functions_with_redis_cli(env):
    w = ready(env)
    shell = Shell(env)
    take, done, *others = re.findall(r"^redis-cli.*?(?=^redis-cli|\Z)", of_sender("sh"), re.M | re.S)
    token = shell.run(take).split("\n")[1]
    shell.run(done.replace("6b04ca6b4c5fc0f5.1", token))
    for line in others:
        want = REPLIES[line.split()[2]]
        equal(shell.run(line).split(), [str(x) for x in (want if isinstance(want, list) else [want])], line)
    equal([line.split()[2] for line in others], list(REPLIES))
    is_recorded(w)


def test_python(env):
    w = ready(env)
    code = of_sender("python").replace("redis.Redis(", f"redis.Redis(unix_socket_path={env.server.socket!r}, ").replace("licet:", w.p)
    names = {"place_call": lambda to, *a, **k: called.append(to) or "answered"}
    called = []
    exec(code, names)  # pylint: disable=exec-used
    equal((called, names["added"], names["known"]), (["+33612345678"], 1, 1))
    is_recorded(w)


def test_pushed_from_python(env):
    """Of licet-campaign(5)."""
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    code = of_page("licet-campaign.5", "python")[0].replace("redis.Redis(", f"redis.Redis(unix_socket_path={env.server.socket!r}, ").replace("licet:", w.p)
    exec(code, {})  # pylint: disable=exec-used
    w.wait_stat("ready", 1)
    equal(w.take(1)[0]["to"], "+33612345678")


def test_node(env):
    """With Debian's node and node-redis; a folder of the test's own says where that is."""
    w = ready(env)
    os.mkdir(os.path.join(env.folder, "node_modules"))
    os.symlink("/usr/share/nodejs/redis", os.path.join(env.folder, "node_modules", "redis"))
    code = of_sender("js").replace("createClient()", "createClient(%s)" % json.dumps({"socket": {"path": env.server.socket}}))
    path = os.path.join(env.folder, "example.mjs")
    with open(path, "w", encoding="utf-8") as f:
        f.write("const placeCall = async job => { console.log(job.to); return 'answered'; };\n" + code.replace("licet:", w.p))
    done = subprocess.run(["/usr/bin/node", path], capture_output=True, text=True, check=False, timeout=60,
                          env={**env.environment(), "NODE_PATH": "/usr/share/nodejs"})
    equal((done.returncode, done.stdout, done.stderr), (0, "+33612345678\n", ""))
    is_recorded(w)


def test_php(env):
    """With Debian's php-redis: what senders call, and a form that takes an objection."""
    w = ready(env)
    code = of_sender("php").replace("'127.0.0.1'", f"'{env.server.socket}'")
    path = os.path.join(env.folder, "example.php")
    with open(path, "w", encoding="utf-8") as f:
        f.write("<?php\nfunction place_call($job) { echo $job['to'], \"\\n\"; return 'answered'; }\n" + code.replace("licet:", w.p))
    done = subprocess.run(["/usr/bin/php", path], capture_output=True, text=True, check=False, timeout=60, env=env.environment())
    equal((done.returncode, done.stdout, done.stderr), (0, "+33612345678\n", ""))
    w.wait_stat("done", 1)
    equal(w.ended("done")["1"]["outcome"], "answered")
    equal([(f["kind"], f["number"], f["source"]) for _, f in w.r.xrange(w.p + "oppositions")], [("opposed", "+33612345678", "web")])


# -- the error words

JSON = json.dumps(CONSENT)
# Of each function: what gives each word. The key is that of its row, or "" for KEY.
ERRORS = {
    "licet_take": ("ready:main", {"SENDER": ("", "1"), "COUNT": ("s1", "0"), "ROUTE": ("s1", "1")}),
    "licet_done": ("ready:main", {"OUTCOME": ("t", "happy"), "DETAIL": ("t", "busy", "x" * 501), "TOKEN": ("t", "busy"), "COUNT": ("t", "busy", "", "u")}),
    "licet_oppose": ("list:opposition:acme", {"NUMBER": ("06", "web", "x"), "SOURCE": ("+33600000001", "", "x"),
                                              "EVENT": ("+33600000001", "web", "x", "today"), "PERSON": ("+33600000001", "web", "x", "", "p" * 129)}),
    "licet_consent": ("consent:acme", {"NUMBER": ("06", JSON), "CONSENT": ("+33600000001", "{}")}),
    "licet_withdraw": ("consent:acme", {"NUMBER": ("06", "web", "x"), "SOURCE": ("+33600000001", "", "x"), "EVENT": ("+33600000001", "web", "x", "today")}),
    "licet_attempt": ("attempts:acme", {"NUMBER": ("06", "2026-11-20"), "DATE": ("+33600000001", "today"), "OUTCOME": ("+33600000001", "2026-11-20", "", "happy")}),
    "licet_unoppose": ("list:opposition:acme", {"NUMBER": ("06", "J", "x"), "BY": ("+33600000001", "", "x"), "REASON": ("+33600000001", "J", "")}),
    "licet_breaker": ("ready:main", {"BY": ("", "x"), "REASON": ("J", "")}),
}
# Arguments that are sound, and a key beside the first that is then of another type.
SOUND = {"licet_take": (("s1", "1"), "ready:main:lease"), "licet_done": (("t", "busy"), "ready:main:lease"),
         "licet_oppose": (("+33600000001", "web", "x"), "oppositions"), "licet_consent": (("+33600000001", JSON), "consent:acme"),
         "licet_withdraw": (("+33600000001", "web", "x"), "oppositions"), "licet_attempt": (("+33600000001", "2026-11-20"), "attempts:acme"),
         "licet_unoppose": (("+33600000001", "J", "x"), "oppositions"), "licet_breaker": (("J", "x"), "ready:main:health")}


def word_of(w, name, key, *args):
    try:
        return f"no error but {w.r.fcall(name, 1, key, *args)!r}"
    except redis.exceptions.ResponseError as error:
        return str(error).split()[0]


def test_error_words(env):
    with open(os.path.join(ROOT, "src", "man", "licet-sender.7.scd"), encoding="utf-8") as f:
        told = dict(re.findall(r"^\*FCALL (licet_\w+) 1 .*?^Errors: ([A-Z ]+)$", f.read(), re.M | re.S))
    w = World(env).define()
    env.daemon("--simulate", OPEN).stop()
    before = {k: w.r.dump(k) for k in w.r.scan_iter(w.p + "*")}
    equal(sorted(told), sorted(ERRORS))
    for name, (key, words) in ERRORS.items():
        equal(word_of(w, name, SIM + "elsewhere", *SOUND[name][0]), "KEY", name)
        for word, args in words.items():
            equal(word_of(w, name, w.p + ("ready:nowhere" if word == "ROUTE" else key), *args), word, f"{name} {args}")
        equal({k: w.r.dump(k) for k in w.r.scan_iter(w.p + "*")}, before, f"{name} changed something")
        other = w.p + SOUND[name][1]
        w.r.set(other, "x")
        equal(word_of(w, name, w.p + key, *SOUND[name][0]), "TYPE", name)
        w.r.delete(other)
        # Of an advertiser that nobody declared; an objection is kept all the same.
        nobody = w.p + key.replace("acme", "nobody")
        unknown = ["ADVERTISER"] if word_of(w, name, nobody, *SOUND[name][0]) == "ADVERTISER" else []
        equal(sorted(set(told[name].split()) - {"STREAM"}), sorted(["KEY", "TYPE", *unknown, *words]), name)
        w.r.delete(w.p + "unplaced", w.p + "oppositions")
