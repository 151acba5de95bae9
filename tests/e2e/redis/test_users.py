"""conf/redis-users.acl: each user can do its work, and no more. Logged in as each."""

import json
import os
import socket

import redis

import harness
from checks import write
from harness import Failure, contains, equal, wait_until
from world import CAMPAIGN, OPEN, World, job

FILE = os.path.join(harness.ROOT, "conf", "redis-users.acl")
NUMBER = "+33600000042"
P = harness.SIM
C = P + "campaign:" + CAMPAIGN + ":"


class Users:
    """A Redis with that file, on the prefix of the tests; each user has its name as password."""

    def __init__(self, env):
        path = os.path.join(env.folder, "users.acl")
        lines = env.run("acl", "--prefix", P, "-c", env.conf).out.splitlines()
        equal(lines[0], "user default off")
        self.lines = lines[1:]
        with open(path, "w", encoding="utf-8") as f:
            for line in self.lines:
                word, name, off, rest = line.split(" ", 3)
                equal((word, off), ("user", "off"), name)
                f.write(f"user {name} on >{name} {rest}\n")
        env.start_redis("--aclfile", path)
        self.env, self.admin = env, env.redis  # the default user, for the tests
        self.names = [line.split()[1] for line in self.lines]

    def __getitem__(self, name):
        return self.env.server.connect(username="licet-" + name, password="licet-" + name)

    def conf(self, name):
        """A configuration that logs in as that user."""
        with open(os.path.join(self.env.folder, "password-" + name), "w", encoding="utf-8") as f:
            f.write("licet-" + name + "\n")
        self.env.write_conf(f'redis_user = "licet-{name}";\nredis_password_file = "{f.name}";\n', name + ".conf")

    def denied(self):
        return [(e["username"], e["object"], e["reason"]) for e in self.admin.acl_log()]


def scene(env):
    """ops have declared, marketing has queued, licetd runs: each as its own user."""
    users = Users(env)
    w = World(env)
    w.r = users["ops"]
    w.define()
    users["ops"].srem(P + "campaigns", CAMPAIGN)
    users.conf("daemon")
    w.daemon = env.daemon("--simulate", OPEN)
    marketing = users["marketing"]
    marketing.hset(C + "def", "message", "noel.wav")
    marketing.sadd(P + "campaigns", CAMPAIGN)
    w.r = users.admin
    return users, w, marketing


def test_each_can_do_its_work(env):
    users, w, marketing = scene(env)
    sender, monitoring, ops = users["sender"], users["monitoring"], users["ops"]
    w.r = marketing
    w.push(*[job(i) for i in range(1, 9)])
    marketing.sadd(C + "cancel", "8")
    w.r = users.admin
    w.wait_stat("ready", 7)
    w.r = sender
    taken = w.take(4, "box")
    equal(len(taken), 4)
    for got, outcome in zip(taken, ("answered", "opted-out", "never-again", "not-placed")):
        equal(w.done(got["token"], outcome), "OK")
    equal(sender.wait(0, 1), 0)  # what wait_replicas needs
    wait_until(lambda: sender.sismember(P + "list:opposition", taken[2]["to"]), 5, "licetd to put it on the list")
    equal(w.oppose("+33600000005"), [1, 1, 0])
    equal(w.done("no-such-token", "opted-out", "+33600000071"), "late")
    # What marketing adds is final too; it is told less.
    w.r = marketing
    equal(w.oppose("06 00 00 00 06", "acme"), [1, 0, 0])
    w.wait_state(state="running")
    w.r = sender
    equal([j["id"] for j in w.take(9, "box")], ["7"])
    w.r = users.admin
    w.wait_stat("refused", 2)
    equal(w.reasons(), {"5": "opposed-platform", "6": "opposed-advertiser", "8": "cancelled"})
    equal(marketing.xlen(C + "refused"), 3)
    equal(monitoring.hget(P + "stats", "intake"), "8")
    contains(monitoring.info("server"), "redis_version")
    equal(monitoring.llen(w.ready), 0)
    equal(ops.fcall("licet_unoppose", 1, P + "list:opposition:acme", "+33600000006", "ops", "a test"), 1)
    ops.hset(P + "halt", "route:main", "a test")
    w.wait_because("halted")
    w.balance()
    equal(users.denied(), [])


def test_licetctl_as_each(env):
    users, w, _ = scene(env)
    users.conf("marketing")
    env.ctl("enqueue", CAMPAIGN, "-", stdin=b'{"id":"1","to":"+33600000001"}\n')
    path = write(env, "jobs.jsonl", '{"id":"2","to":"+33600000002"}')
    contains(env.ctl("enqueue", CAMPAIGN, path).out, "1 job queued")
    contains(env.ctl("enqueue", CAMPAIGN, path).out, "already queued")
    env.ctl("enqueue", CAMPAIGN, path, "--again")
    env.ctl("oppose", NUMBER)
    env.ctl("campaign", "show", CAMPAIGN)
    wait_until(lambda: w.stat("refused") == 3, 10, "the jobs without consent")
    env.ctl("refused", CAMPAIGN)
    users.conf("sender")
    equal(env.ctl_json("take", "main", "--sender", "me"), [])
    users.conf("monitoring")
    contains(env.ctl("status").out, CAMPAIGN)
    contains(env.ctl("top").out, CAMPAIGN)
    users.conf("ops")
    contains(env.ctl("status").out, CAMPAIGN)
    env.ctl("halt", "route:main", "--reason", "a test")
    env.ctl("oppose", NUMBER, "--undo", "--by", "ops", "--reason", "a test")
    # Reported while licetd is away, and so on no list yet: it is taken back all the same, for good.
    w.daemon.stop()
    marketing = users["marketing"]
    equal(marketing.fcall("licet_oppose", 1, P + "list:opposition", NUMBER, "web", "no")[0], 1)
    equal(w.r.hexists(P + "unplaced", NUMBER), True)
    env.ctl("oppose", NUMBER, "--undo", "--by", "ops", "--reason", "a test")
    equal((w.r.exists(P + "unplaced"), w.r.sismember(P + "list:opposition", NUMBER)), (0, 0))
    equal([f["kind"] for _, f in w.r.xrevrange(P + "oppositions", count=2)], ["undone", "opposed"])
    # Whether there are other spaces marketing may not ask; they hear of it from this one.
    equal([d for d in users.denied() if not d[1].endswith("{licet}:spaces")], [])


def test_dry_run_of_marketing(env):
    """It asks what becomes of its own numbers, and writes nothing; where a job is ready it may not see, and that is said."""
    users, w, _ = scene(env)
    users.conf("marketing")
    path = write(env, "jobs.jsonl", json.dumps(job(2)), '{"id":"3","to":"+336"}', '{"id":"4","to":"+33600000004"}')
    got = env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run", code=1)
    equal((got["judged"], got["now"], got["never"], got["refused"]), (True, 1, 1, 1))
    equal(w.stat("intake"), 0)
    w.push(job(5))
    w.wait_stat("ready", 1)
    got = env.ctl_json("explain", CAMPAIGN, "+33600000005", code=1)
    equal(got["job"], "unseen")
    contains(env.ctl("explain", CAMPAIGN, "+33600000005", code=1).out, "this user sees neither what is ready nor what senders have")
    equal(env.ctl_json("batch", "list", CAMPAIGN), [])


# What clients say of themselves when they connect. SETINFO is younger than Redis 7.0.
GREETINGS = (("HELLO", "3"), ("HELLO", "2"), ("PING",), ("ECHO", "x"), ("SELECT", "0"), ("CLIENT", "ID"), ("CLIENT", "GETNAME"), ("CLIENT", "INFO"),
             ("CLIENT", "SETNAME", "box-1"), ("CLIENT", "SETINFO", "LIB-NAME", "redis-py"), ("CLIENT", "SETINFO", "LIB-VER", "6.1.0"),
             ("CLIENT", "REPLY", "ON"), ("RESET",))


def say(users, name, words):
    """The answer, as the server types it, on a connection of that user's own."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(users.env.server.socket)
        lines = s.makefile("rb")
        for each in (("AUTH", "licet-" + name, "licet-" + name), words):
            s.sendall(b"*%d\r\n" % len(each) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in each))
            answer = lines.readline().decode().rstrip()
        return answer


def test_clients_that_tell_who_they_are(env):
    """Nothing of that is denied: each denial takes one of the 128 places of ACL LOG from one that matters."""
    users = Users(env)
    unknown = set()
    for name in FORBIDDEN:
        for words in GREETINGS:
            answer = say(users, name, words)
            if answer.startswith("-ERR unknown subcommand"):
                unknown.add(words[:2])
            elif answer.startswith("-"):
                raise Failure(f"licet-{name}, {words}: {answer}")
    assert unknown <= {("CLIENT", "SETINFO")}, unknown
    equal(users.denied(), [])


# What each may not do: a command, word by word. None may trouble the connections of others, or listen to what is written.
TO_OTHERS = (("CLIENT", "KILL", "TYPE", "normal"), ("CLIENT", "LIST"), ("CLIENT", "PAUSE", "1"), ("CLIENT", "UNPAUSE"), ("CLIENT", "UNBLOCK", "1"),
             ("CLIENT", "NO-EVICT", "on"), ("SUBSCRIBE", "x"))
FORBIDDEN = {
    "marketing": (
        ("HSET", P + "source:web-2026", "status", "approved"),
        ("HSET", P + "advertiser:acme", "service_approved", CAMPAIGN),
        ("SADD", P + "list:opposition", NUMBER), ("SADD", P + "list:opposition:acme", "junk"), ("XADD", P + "oppositions", "*", "kind", "opposed"),
        ("SREM", P + "list:opposition", NUMBER), ("HDEL", P + "unplaced", NUMBER), ("DEL", P + "unplaced"),
        ("DEL", P + "list:opposition"),
        ("SPOP", P + "list:opposition"),
        ("SMOVE", P + "list:opposition", P + "campaigns", NUMBER),
        ("SMEMBERS", P + "list:opposition"),
        ("SUNIONSTORE", P + "campaigns", P + "list:opposition"),
        ("RENAME", P + "list:opposition", P + "campaigns"),
        ("FCALL", "licet_unoppose", 1, P + "list:opposition", NUMBER, "me", "why"),
        ("FCALL", "licet_consent", 1, P + "consent:acme", NUMBER, "{}"),
        ("HSET", P + "oppositions:dated:acme", NUMBER, "1 1 o"),
        ("HSET", P + "consent:acme", NUMBER, "{}"),
        ("HSET", C + "state", "state", "running"),
        ("DEL", C + "queue"), ("EXPIRE", C + "stats", 1), ("HDEL", C + "state", "state"), ("WATCH", P + "consent:acme"),
        ("HINCRBY", C + "stats", "done", 1),
        ("XADD", C + "done", "*", "id", "1"),
        ("RPUSH", P + "ready:main", "x"),
        ("LRANGE", P + "ready:main", 0, -1),
        ("XADD", P + "settle:main", "*", "kind", "done"),
        ("HSET", P + "list-meta:opposition", "refreshed_at", "2026-11-24T06:00:00Z"),
        ("HDEL", P + "halt", "all"),
        ("FUNCTION", "LOAD", "REPLACE", "#!lua name=licet\n"),
        ("FUNCTION", "FLUSH"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("ACL", "LIST"), ("EVAL", "return 1", 0), ("MONITOR",), ("KEYS", "*"),
        ("HSET", "other:key", "a", "b")),
    "sender": (
        ("HSET", P + "ready:main:health", "state", "flowing"), ("HSET", P + "ready:main:times", "n", "1"), ("EXPIRE", P + "ready:main", "1"),
        ("EXPIRE", P + "ready:main:lease", "1"), ("HSET", P + "judged", "a", "b"), ("HDEL", P + "ready:main:unknown", "x"),
        ("SADD", P + "list:opposition", NUMBER), ("SADD", P + "list:opposition:acme", "junk"), ("XADD", P + "oppositions", "*", "kind", "opposed"),
        ("HSET", P + "oppositions:dated", NUMBER, "1 1 o"), ("HDEL", P + "oppositions:dated:acme", NUMBER), ("XADD", P + "recall:main", "*", "to", NUMBER),
        ("HDEL", P + "unplaced", NUMBER), ("LRANGE", P + "ready:box1", 0, -1), ("XADD", P + "settle:box1", "*", "kind", "done"),
        ("HGET", P + "ready:box1:lease", "x"), ("FCALL", "licet_take", 1, P + "ready:box1", "me", 1), ("FCALL", "licet_done", 1, P + "ready:box1", "t", "answered"),
        ("SMEMBERS", P + "list:opposition"), ("SSCAN", P + "list:opposition", 0), ("SRANDMEMBER", P + "list:opposition"),
        ("SPOP", P + "list:opposition"), ("SINTER", P + "list:opposition", P + "list:opposition"), ("SREM", P + "list:opposition", NUMBER),
        ("SUNIONSTORE", P + "ready:x", P + "list:opposition"), ("COPY", P + "list:opposition", P + "ready:x"),
        ("SADD", P + "list:bloctel", NUMBER), ("DUMP", P + "list:opposition"),
        ("HGETALL", P + "consent:acme"), ("HSCAN", P + "consent:acme", 0), ("HSET", P + "consent:acme", NUMBER, "{}"),
        ("XRANGE", P + "oppositions", "-", "+"), ("XREVRANGE", P + "settle:main", "+", "-"),
        ("RPUSH", P + "ready:main", "x"), ("LPUSH", P + "ready:main", "x"), ("LSET", P + "ready:main", 0, "x"),
        ("RPUSH", C + "queue", "{}"), ("LRANGE", C + "queue", 0, -1), ("HSET", C + "def", "status", "running"),
        ("HINCRBY", C + "stats", "done", 1), ("XADD", C + "done", "*", "id", "1"),
        ("FCALL", "licet_commit", 0), ("FCALL", "licet_unoppose", 1, P + "list:opposition", NUMBER, "me", "why"),
        ("FCALL", "licet_settle", 1, P + "settle:main"), ("SCAN", 0), ("FLUSHALL",), ("CONFIG", "SET", "maxmemory", 1)),
    "monitoring": (
        ("HSET", P + "stats", "done", 1), ("HSET", C + "state", "state", "running"), ("SADD", P + "list:opposition", NUMBER),
        ("SMEMBERS", P + "list:opposition"), ("SISMEMBER", P + "list:opposition", NUMBER), ("XRANGE", C + "done", "-", "+"),
        ("LRANGE", P + "ready:main", 0, -1), ("LRANGE", C + "queue", 0, -1), ("HGETALL", P + "consent:acme"), ("DEL", P + "halt"),
        ("FCALL", "licet_take", 1, P + "ready:main", "me", 1), ("FLUSHALL",), ("MONITOR",)),
    "daemon": (
        ("FLUSHALL",), ("CONFIG", "SET", "appendonly", "no"), ("ACL", "LIST"), ("KEYS", "*"), ("HSET", "other:key", "a", "b"),
        ("EVAL", "return 1", 0), ("SHUTDOWN",), ("FUNCTION", "FLUSH"), ("MONITOR",)),
    "ops": (
        ("FLUSHALL",), ("CONFIG", "SET", "appendonly", "no"), ("ACL", "SETUSER", "x"), ("KEYS", "*"), ("HSET", "other:key", "a", "b"),
        ("FUNCTION", "LOAD", "REPLACE", "#!lua name=licet\n"), ("SHUTDOWN",), ("MONITOR",)),
}


def test_none_can_do_more(env):
    users, w, _ = scene(env)
    equal(sorted("licet-" + n for n in FORBIDDEN), sorted(users.names))
    w.push(job(1))
    w.wait_stat("ready", 1)
    users.admin.sadd(P + "list:opposition", NUMBER)
    for name, commands in FORBIDDEN.items():
        client = users[name]
        listening = () if name in ("daemon", "ops") else (("CLIENT", "TRACKING", "ON", "BCAST"),)
        for words in commands + TO_OTHERS + listening:
            try:
                reply = client.execute_command(*words)
            except redis.exceptions.NoPermissionError:
                continue
            raise Failure(f"licet-{name} did {words[:2]}: {reply!r}")
    equal(w.stat("ready"), 1)


def test_a_campaign_of_another_client(env):
    """A campaign id that begins with the advertiser lets a user be one client's."""
    users, _, _ = scene(env)
    rules = next(line for line in users.lines if " licet-marketing " in line).split(" ", 3)[3]
    rules = rules.replace("campaign:*", "campaign:acme.*").replace("%R~" + P + "list:opposition ", "").replace("~" + P + "list:opposition ", "").replace("list:opposition:*", "list:opposition:acme")
    root, *selectors = rules.split(" (")
    users.admin.execute_command("ACL", "SETUSER", "acme", "on", ">acme", *root.split(), *["(" + s for s in selectors])
    acme = env.server.connect(username="acme", password="acme")
    equal(acme.rpush(P + "campaign:acme.noel:queue", "{}"), 1)
    equal(acme.fcall("licet_oppose", 1, P + "list:opposition:acme", NUMBER, "crm", "no"), [1, 0, 0])
    for words in (("RPUSH", P + "campaign:other.noel:queue", "{}"), ("RPUSH", P + "campaign:x:queue", "{}"),
                  ("XRANGE", P + "campaign:other.noel:refused", "-", "+"), ("FCALL", "licet_oppose", 1, P + "list:opposition:other", NUMBER, "crm", "no")):
        try:
            acme.execute_command(*words)
        except redis.exceptions.NoPermissionError:
            continue
        raise Failure(f"acme did {words}")


def test_objections_without_a_place(env):
    """Who may only add to a list keeps one too; to end it is for ops."""
    users, _, _ = scene(env)
    for i, name in enumerate(("marketing", "sender")):
        number = f"+3360000008{i}"
        try:
            users[name].fcall("licet_oppose", 1, P + "list:opposition:acmee", number, "web", "no")
            raise Failure("an advertiser that nobody declared was taken")
        except redis.ResponseError as error:
            equal(str(error).split()[0], "ADVERTISER")
        contains(users.admin.hget(P + "unplaced", number), " opposition:acmee")
        try:
            users[name].hdel(P + "unplaced", number)
            raise Failure("it was taken off")
        except redis.exceptions.NoPermissionError:
            pass
    equal(users["ops"].fcall("licet_place", 1, P + "unplaced", "+33600000080", "ops", "a test", "dismissed"), 1)


def test_what_they_report_waits_for_licetd(env):
    """Nobody is called from then on, licetd or not; licetd puts it on its list, with its date and who said so."""
    users, w, _ = scene(env)
    w.push(*[job(i) for i in range(1, 6)], job(6, person="p6"), job(7, person="p6"))
    w.wait_stat("ready", 6)
    w.daemon.kill()
    sender, marketing = users["sender"], users["marketing"]
    equal(marketing.fcall("licet_oppose", 1, P + "list:opposition:acme", "06 00 00 00 01", "crm", "a\tletter", "2026-11-01T09:00:00Z"), [1, 0, 0])
    equal(marketing.fcall("licet_oppose", 1, P + "list:opposition", "+33600000002", "crm", "no"), [1, 0, 0])
    equal(marketing.fcall("licet_oppose", 1, P + "list:opposition:acme", "+33600000002", "crm", "no"), [1, 0, 0])
    equal(sender.fcall("licet_oppose", 1, P + "list:opposition", "+33600000003", "web", "no"), [1, 1, 0], "those of its own route come back at once")
    # What somebody writes there by hand holds that number, and nobody else's.
    for number, text in (("+33600000004", "x"), ("+33600000004x", "1 opposition\t\t\t\t\to"), ("+33600000099", "1 opposition:\t\t\t\t\to"), ("", "\n\n")):
        marketing.hset(P + "unplaced", number, text)
    w.r = sender
    taken = w.take(9, "box")
    equal(sorted(j["id"] for j in taken), ["5", "6"])
    equal([w.done(j["token"], "refused" if j["id"] == "6" else "answered") for j in taken], ["OK", "OK"])
    w.r = users.admin
    equal((w.r.exists(P + "list:opposition"), w.r.exists(P + "oppositions")), (0, 0), "no right on lists and records")
    w.daemon = env.daemon("--simulate", OPEN)
    wait_until(lambda: w.r.hlen(P + "unplaced") == 4, 10, lambda: w.r.hgetall(P + "unplaced"))
    equal(w.r.smembers(P + "list:opposition"), {"+33600000002", "+33600000003"})
    equal(w.r.smembers(P + "list:opposition:acme"), {"+33600000001", "+33600000002", "+33600000006"})
    record = {(f["number"], f["scope"]): f for _, f in w.r.xrange(P + "oppositions")}
    equal(len(record), 5)
    one, called = record["+33600000001", "opposition:acme"], record["+33600000006", "opposition:acme"]
    equal((one["source"], one["reason"], one["event"], one["kind"]), ("crm", "a letter", "2026-11-01T09:00:00Z", "opposed"))
    equal((called["source"], called["reason"], called["person"]), ("call:" + CAMPAIGN, "refused", "p6"))
    dated = w.r.hgetall(P + "oppositions:dated:acme")
    equal(dated["+33600000001"].split()[0], "1793523600000")
    equal((dated["p:p6"][-1], dated["+33600000001"][-1]), ("c", "o"))
    w.wait_stat("refused", 4)
    equal(w.reasons(), {"1": "opposed-advertiser", "2": "opposed-platform", "3": "opposed-platform", "7": "duplicate"})
    w.balance()
    equal(users.denied(), [])
