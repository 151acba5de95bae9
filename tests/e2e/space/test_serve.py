"""One licetd for several spaces: each has its own work, and what stops one does not stop another."""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

import spaces
from harness import BUILD, ROOT, SLOW, Failure, contains, equal, free_port, full_speed, measures, wait_until
from spaces import HEAD, HUB, enter, hear, one_objection_holds_in
from test_service import Notices
from world import OPEN, job

LIMIT_MS = 60000


def space(env, name, peers=(), limit_ms=LIMIT_MS):
    """One with a campaign, which hears its peers, if any."""
    w = spaces.space(env, name)
    w.define()
    if peers:
        hear(w, peers, limit_ms)
    return w


def beats(daemon, w):
    if daemon.process.poll() is not None:
        raise Failure(f"licetd ended with {daemon.process.returncode}:\n{daemon.log()}")
    return any(w.r.hget(key, "pid") == str(daemon.process.pid) for key in w.r.scan_iter(w.p + "daemon:*", 1000))


def serve(env, worlds, said, *more, words=()):
    """One licetd; said: its spaces, as the configuration has them."""
    env.port = free_port()
    text = env.conf_text().replace("spaces = [];", f"spaces = [ {', '.join(chr(34) + s + chr(34) for s in said)} ];")
    text = text.replace("metrics_port = 0;", f"metrics_port = {env.port};")
    for was, now in more:
        text = text.replace(was, now)
    env.write_conf(text)
    env.set_prefix(HEAD)
    daemon = env.daemon("--simulate", OPEN, *words, wait=False)
    # It has read its configuration, which the next one that is started writes anew.
    wait_until(lambda: daemon.log() != "" or daemon.process.poll() is not None, 20, "its first line")
    for w in worlds:
        wait_until(lambda w=w: beats(daemon, w), 20, lambda w=w: f"the heartbeat in {w.name}\n{daemon.log()}")
    return daemon


def begin(env, *names, said=None, more=(), words=(), limit_ms=LIMIT_MS):
    worlds = [space(env, name, names, limit_ms) for name in names]
    enter(worlds[0].r, *names)
    return serve(env, worlds, said or names, *more, words=words), worlds


def get(env, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{env.port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def goes_on(w, number):
    """A job goes from the queue to a sender."""
    w.push(job(number))
    equal([j["id"] for j in w.wait_taken(1)], [str(number)])


def test_three_spaces(env):
    """Work in each, an objection to the platform in all, one heartbeat and one log line a space; the end drains all."""
    daemon, (a, b, c) = begin(env, "a", "b", "c")
    one_objection_holds_in((a, b, c))
    code, text = get(env, "/healthz")
    equal((code, text), (200, "ok\nprogress_age_ms 0\n"))
    for name in "abc":
        contains(daemon.log(), f"event=library-ready space={name} ")
        contains(daemon.log(), f"event=space-served space={name} prefix={HEAD}{{{name}}}:")
    a.push(*[job(i) for i in range(10, 400)])
    daemon.stop()
    for w in (a, b, c):
        w.balance()
        equal(list(w.r.scan_iter(w.p + "daemon:*")), [], "heartbeats that stayed")
    equal(daemon.log().count("event=space-ended"), 3)


def test_metrics_of_several(env):
    daemon, (a, b) = begin(env, "a", "b")
    for w in (a, b):
        w.push(job(1))
        w.wait_stat("ready", 1)
    # When the reply to the release has come, too.
    text = wait_until(lambda: (t := get(env, "/metrics")[1]).count('route="main",le="+Inf"} 1\n') == 2 and t, 10, "both releases")
    for name in "ab":
        contains(text, f'licet_jobs{{space="{name}",campaign="acme.noel",where="ready"}} 1\n')
        contains(text, f'licet_redis_up{{space="{name}"}} 1\n')
        contains(text, f'licet_push_to_release_seconds_bucket{{space="{name}",route="main",le="+Inf"}} 1\n')
    alone = ("licet_build_info", "licet_reload_failed", "licet_rulebook_signed")
    for line in text.splitlines():
        if not line.startswith("#"):
            equal('space="' in line, not line.startswith(alone), line)
    equal(len(re.findall(r"^# TYPE licet_jobs ", text, re.M)), 1)
    for query, want in (("", ""), ("?space=b", "b"), ("?x=1&space=a", "a")):
        code, text = get(env, "/state.json" + query)
        equal(code, 200)
        contains(text, f'"space":"{want}","spaces":["a","b"]')
    equal(get(env, "/state.json?space=nobody")[0], 503)
    daemon.stop()


def test_one_is_broken(env):
    """A key of another type, a right that is missing, a library from the future: one space stands still and says so; the others go on."""
    told = Notices(env)
    daemon, (a, b, c) = begin(env, "a", "b", "c", limit_ms=2000 * SLOW)
    told.wait_for("STATUS=3 spaces, 0 led elsewhere, 3 well, rulebook fr ")
    c.r.hset(c.p + "peers", "b", "0 me 2026-11-24T09:30:00Z")
    b.r.delete(b.p + "campaigns")
    b.r.set(b.p + "campaigns", "a string")
    wait_until(lambda: "event=error space=b where=campaigns" in daemon.log().replace(b.p, ""), 10, daemon.log)
    goes_on(a, 1)
    goes_on(c, 1)
    b.r.delete(b.p + "campaigns")
    b.r.sadd(b.p + "campaigns", b.c)
    goes_on(b, 1)
    # What b records cannot be kept: who is to hear it stands still, and is told by name.
    b.r.delete(b.p + "oppositions")
    b.r.set(b.p + "oppositions", "a string")
    a.wait_state(15, because="list-stale")
    wait_until(lambda: get(env, "/healthz")[0] == 503, 5, "a to be told")
    contains(get(env, "/healthz")[1], "a: opposition: space b not heard since 20")
    while "2 well, rulebook fr 2026-11-23; a: opposition: space b not heard since 20" not in told.wait_for("STATUS=3 spaces, "):
        pass
    goes_on(c, 2)
    b.r.delete(b.p + "oppositions")
    goes_on(a, 2)
    goes_on(b, 2)
    wait_until(lambda: get(env, "/healthz")[0] == 200, 10, lambda: get(env, "/healthz")[1])
    daemon.stop()


def test_no_right_in_one(env):
    """The user of licetd may do nothing in b."""
    r = env.redis
    r.acl_setuser("licetd", enabled=True, nopass=True, commands=["+@all"], keys=[HEAD + "{a}:*", HEAD + "{c}:*", HEAD + "{licet}:*"])
    worlds = [space(env, name, "abc") for name in "abc"]
    enter(r, *"abc")
    # Nobody hears b, for want of the right: the others were told to go on without it.
    for w in (worlds[0], worlds[2]):
        r.hset(w.p + "peers", "b", "0 me 2026-11-24T09:30:00Z")
    daemon = serve(env, [worlds[0], worlds[2]], "abc", ('redis_user = "";', 'redis_user = "licetd";'), ('redis_password_file = "";', f'redis_password_file = "{password(env)}";'))
    goes_on(worlds[0], 1)
    goes_on(worlds[2], 1)
    code, text = get(env, "/healthz")
    equal(code, 503)
    contains(text, "b: ")
    contains(daemon.log(), "event=redis-refused space=b ")
    equal([line for line in text.splitlines() if line.startswith(("a:", "c:"))], [])
    daemon.stop()


def password(env):
    path = os.path.join(env.folder, "password")
    with open(path, "w", encoding="utf-8") as file:
        file.write("any\n")
    os.chmod(path, 0o600)
    return path


def test_reload_of_all(env):
    """One reload for all spaces; a bad one changes nothing in any."""
    daemon, (a, b) = begin(env, "a", "b", words=("--verdict", os.path.join(env.folder, "verdict")))
    with open(env.conf, encoding="utf-8") as file:
        good = file.read()

    def reloaded(text, count):
        env.write_conf(text)
        daemon.signal(signal.SIGHUP)
        for w in (a, b):
            [key] = w.r.scan_iter(w.p + "daemon:*")
            wait_until(lambda w=w, key=key: w.r.hget(key, "reloads") == str(count), 10, daemon.log)
        return [w.r.hget(next(w.r.scan_iter(w.p + "daemon:*")), "reload_error") for w in (a, b)]
    equal(reloaded(good.replace("batch_max = 200;", "batch_max = 100;"), 1), ["", ""])
    # Each space says so for itself; the line for all of them follows the last.
    wait_until(lambda: "event=reloaded " in daemon.log(), 10, daemon.log)
    said = reloaded(good.replace("batch_max = 200;", "batch_maxi = 100;"), 2)
    equal(said[0], said[1])
    contains(said[0], "batch_maxi")
    with open(os.path.join(env.folder, "verdict"), encoding="utf-8") as file:
        contains(file.read(), "batch_maxi")
    equal(reloaded(good.replace('"a", "b"', ""), 3)[0], "the prefix cannot change while running")
    # Another space comes by a reload, and one goes.
    c = space(env, "c", "abc")
    env.set_prefix(HEAD)
    equal(reloaded(good.replace('"a", "b"', '"a", "b", "c"'), 4), ["", ""])
    goes_on(c, 1)
    env.write_conf(good)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "event=space-ended space=c" in daemon.log(), 10, daemon.log)
    equal(list(c.r.scan_iter(c.p + "daemon:*")), [])
    goes_on(a, 1)
    daemon.stop()


@full_speed
def test_as_the_hub_says(env):
    """"*": who comes into the hub is served within seconds, who goes is left in good order, and a hub that is lost changes nothing."""
    daemon, (a, b) = begin(env, "a", "b", said="*")
    c = space(env, "c", "abc")
    goes_on(a, 1)
    for w in (a, b):
        w.r.hset(w.p + "peers", "c", LIMIT_MS)
    c.r.hset(HUB, "c", "open")
    c.push(job(1))
    equal([j["id"] for j in c.wait_taken(1, 10)], ["1"])
    b.r.hdel(HUB, "b")
    wait_until(lambda: "event=space-ended space=b" in daemon.log(), 10, daemon.log)
    equal(list(b.r.scan_iter(b.p + "daemon:*")), [])
    b.push(job(7))
    hub = a.r.hgetall(HUB)
    a.r.delete(HUB)
    wait_until(lambda: "event=hub-unread" in daemon.log(), 10, daemon.log)
    goes_on(a, 2)
    a.r.set(HUB, "a string")
    wait_until(lambda: "WRONGTYPE" in daemon.log(), 10, daemon.log)
    goes_on(c, 2)
    a.r.delete(HUB)
    a.r.hset(HUB, mapping={**hub, "b": "open", "No Name": "open"})
    equal([j["id"] for j in b.wait_taken(1, 15)], ["7"])
    contains(daemon.log(), 'event=hub-name key=licet-sim:{licet}:spaces field="No Name"')
    daemon.stop()


@full_speed
def test_a_rate_for_all(env):
    """Of the rate of a route in the hub each space has the same part, where nothing waits; one that cannot be read changes nothing, and is told."""
    daemon, worlds = begin(env, "a", "b", "c")
    r, shared = env.redis, HEAD + "{licet}:route:main"

    def rates():
        return [w.r.hget(w.p + "route:main", "rate") for w in worlds]
    r.hset(shared, "rate", "30/h")
    wait_until(lambda: rates() == ["240/d"] * 3, 15, lambda: f"the parts, {rates()}")
    r.hset(HUB, "d", "open")
    wait_until(lambda: rates() == ["180/d"] * 3, 15, lambda: f"the parts of four, {rates()}")
    r.hset(shared, "rate", "fast")
    for w in worlds:
        wait_until(lambda w=w: any(e["where"] == shared for _, e in w.r.xrange(w.p + "errors")), 15, f"{w.name} to tell")
    equal(rates(), ["180/d"] * 3)
    daemon.stop()


def keep_log(env, name="logs"):
    """A folder for the logs of all spaces, and what the configuration says of it."""
    key, mac, logs = (os.path.join(env.folder, file) for file in (name + ".key", "mac.key", name))
    env.run("log", "keygen", "-o", key, "--origin", f"example.com/{name}")
    if not os.path.exists(mac):
        env.run("log", "keygen", "--mac", "-o", mac)
    os.mkdir(logs, 0o700)
    return logs, (('log_dir = "";', f'log_dir = "{logs}";'), ('log_key_file = "";', f'log_key_file = "{key}";'),
                  ('log_mac_key_file = "";', f'log_mac_key_file = "{mac}";'), ("log_seal_s = 10;", "log_seal_s = 1;"))


@measures
def test_a_rate_by_what_waits(env):
    """Who has jobs has what the others leave; all together never more than the rate, whatever comes and goes; and it settles."""
    daemon, worlds = begin(env, "a", "b", "c")
    a, b, c = worlds
    r, shared, most = env.redis, HEAD + "{licet}:route:main", 12 * 86400

    def parts():
        said = [w.r.hget(w.p + "route:main", "rate") for w in worlds]
        return [int(text.removesuffix("/d")) if text else None for text in said]

    seen = []

    def look():
        got = parts()
        if None not in got:
            equal(sum(got) <= most, True, f"{got} of {most}")
            if not seen or seen[-1] != got:
                seen.append(got)
        return got
    for w in worlds:
        w.r.hset(w.p + "route:main", "backlog", "100000")
    r.hset(shared, "rate", "12/s")
    wait_until(lambda: look() == [most // 3] * 3, 15, lambda: f"equal parts: {seen}")
    a.push(*[job(i) for i in range(3000)])
    floor = most // 3 // 8
    wait_until(lambda: look() == [most - 2 * floor, floor, floor], 40, lambda: f"a to have what is left: {seen}")
    # One that begins has its part within two looks, and both the same.
    b.push(*[job(i) for i in range(3000)])
    wait_until(lambda: look() == [(most - floor) // 2, (most - floor) // 2, floor], 30, lambda: f"a and b: {seen}")
    until = time.monotonic() + 30
    count = len(seen)
    while time.monotonic() < until:
        look()
        time.sleep(0.1)
    equal(len(seen), count, f"nothing changed, and neither do the parts: {seen}")
    begun, had = time.monotonic(), [w.stat("released") for w in worlds]
    time.sleep(10)
    rate = sum(w.stat("released") - n for w, n in zip(worlds, had)) / (time.monotonic() - begun)
    equal(9 < rate <= 12.5, True, f"{rate:.1f} a second of 12")
    # Nothing waits any more: after a minute all have the same.
    for w in (a, b):
        w.r.hset(w.key("def"), "status", "paused")
    wait_until(lambda: look() == [most // 3] * 3, 120, lambda: f"equal parts again: {seen}")
    equal(len(seen) <= 8, True, f"it went straight there: {seen}")
    daemon.stop()


def test_a_log_for_each(env):
    """Each space has a folder of its own in log_dir, and a log of its own name; one that cannot be kept stops that space alone."""
    logs, said = keep_log(env)
    os.mkdir(os.path.join(logs, "b"), 0o700)
    with open(os.path.join(logs, "b", "checkpoint"), "w", encoding="utf-8") as file:
        file.write("no checkpoint\n")
    names = "abc"
    worlds = [space(env, name, names) for name in names]
    enter(worlds[0].r, *names)
    a, b, c = worlds
    daemon = serve(env, [a, c], names, *said)
    for w in (a, c):
        w.r.hset(w.p + "peers", "b", "0 me 2026-11-24T09:30:00Z")
        goes_on(w, 1)
    contains(daemon.log(), "event=decision-log space=b ")
    code, text = get(env, "/healthz")
    equal(code, 503)
    contains(text, "b: ")
    daemon.stop()
    for w in (a, c):
        said = env.run("log", "verify", os.path.join(logs, w.name), "--json").json
        equal((said["ok"], said["origin"]), (True, f"example.com/logs/{w.name}"))


def test_what_excludes_itself(env):
    """Said by licetd --check and by check-config, alike."""
    good = env.conf_text()
    rows = [('spaces = [ "a", "*" ];', "", 'spaces: * means all spaces, and stands alone'),
            ('spaces = [ "a", "a" ];', "", "spaces: a stands there twice"),
            ('spaces = [ "licet" ];', "", "spaces must be * or a name"),
            ('spaces = [ "a" ];', 'prefix = "licet:{a}:";', "spaces and a prefix with a tag exclude each other"),
            ('spaces = [ "a" ];', 'prefix = "licet:{";', "spaces and a prefix with a tag exclude each other")]
    for named, prefix, want in rows:
        env.write_conf(good.replace("spaces = [];", named).replace('prefix = "licet:";', prefix))
        for words in ([os.path.join(BUILD, "licetd"), "--check", "-c", env.conf], [os.path.join(BUILD, "licetctl"), "check-config", "-c", env.conf]):
            done = subprocess.run(words, capture_output=True, cwd=ROOT, env=env.environment(), timeout=20 * SLOW, check=False)
            equal(done.returncode != 0, True, words)
            contains((done.stdout + done.stderr).decode(), f"{env.conf}:")
            contains((done.stdout + done.stderr).decode(), want)
    env.write_conf(good.replace("spaces = [];", 'spaces = [ "a", "b" ];'))
    done = subprocess.run([os.path.join(BUILD, "licetd"), "--check", "-c", env.conf], capture_output=True, env=env.environment(), timeout=20 * SLOW, check=False)
    equal((done.returncode, done.stderr), (0, b""))
