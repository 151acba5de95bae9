"""licetctl acl: the users of Redis for a prefix, its routes and its clients."""

import os

import redis

from harness import CLUSTERED, Failure, equal, wait_until
from spaces import enter, hear, space
from test_users import FILE, NUMBER, P
from world import OPEN, World, job


def test_routes_and_clients(env):
    """licetctl acl: a sender for each route, a client's system for its campaigns; Redis takes the file, and they may what they should."""
    env.prefix = P
    path = os.path.join(env.folder, "routes.acl")
    said = env.ctl("acl", "--route", "main,box1", "--client", "acme,beta").out
    names = [line.split()[1] for line in said.splitlines()]
    equal(names, ["default", "licet-daemon", "licet-ops", "licet-marketing-acme", "licet-marketing-beta", "licet-sender", "licet-sender-box1", "licet-monitoring"])
    with open(FILE, encoding="utf-8") as f:
        shipped = f.read()
    for got, want in zip(env.ctl_json("acl"), shipped.replace("~licet:", "~" + P).splitlines(), strict=True):
        # Where the prefix has a tag, licetd reads what other spaces record, and operations act in all of them.
        more = got.removeprefix(want)
        equal(got.startswith(want) and (more == "" or (CLUSTERED and want.split()[1] in ("licet-daemon", "licet-ops"))), True, got)
    with open(path, "w", encoding="utf-8") as f:
        for line in said.splitlines():
            name = line.split()[1]
            f.write("user default on nopass ~* &* +@all\n" if name == "default" else line.replace(f"user {name} off", f"user {name} on >x") + "\n")
    env.start_redis("--aclfile", path)
    w = World(env).define(route="box1")
    w.r.hset(P + "route:box1", mapping={"location": "FR"})
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    wait_until(lambda: w.r.llen(P + "ready:box1") == 1, 10, "the job")

    def as_(name):
        return env.server.connect(username=name, password="x")

    def refused(client, *words):
        try:
            raise Failure(f"{words}: {client.execute_command(*words)!r}")
        except redis.exceptions.NoPermissionError:
            pass
    refused(as_("licet-sender"), "FCALL", "licet_take", 1, P + "ready:box1", "me", 1)
    box = as_("licet-sender-box1")
    refused(box, "FCALL", "licet_take", 1, P + "ready:main", "me", 1)
    [taken] = box.fcall("licet_take", 1, P + "ready:box1", "me", 5)
    equal(box.fcall("licet_done", 1, P + "ready:box1", taken[1], "never-again"), "OK")
    w.wait_stat("done", 1)
    wait_until(lambda: w.r.sismember(P + "list:opposition", "+33600000001"), 5, "the opposition")
    acme = as_("licet-marketing-acme")
    equal(acme.rpush(P + "campaign:acme.noel:queue", "{}"), 1)
    equal(acme.fcall("licet_oppose", 1, P + "list:opposition:acme", NUMBER, "crm", "no"), [1, 0, 0])
    refused(acme, "RPUSH", P + "campaign:beta.noel:queue", "{}")
    refused(acme, "FCALL", "licet_oppose", 1, P + "list:opposition", NUMBER, "crm", "no")
    for words in (("--route", "main,Bad"), ("--client", "a,,b"), ("x",)):
        env.ctl("acl", *words, code=2)


def test_users_of_several_spaces(env):
    """--spaces: one set of users for a licetd and a bridge that serve them all; --by-space: a set for each. Redis takes both, and nothing is denied."""
    env.set_prefix("licet-sim:{a}:")
    names = [line.split()[1] for line in env.ctl("acl", "--spaces", "a,b", "--by-space").out.splitlines()]
    equal(names[:5], ["default", "licet-daemon.a", "licet-daemon.b", "licet-ops.a", "licet-ops.b"])
    equal(env.ctl("acl", "--spaces", "a").out, env.ctl("acl").out)
    env.ctl("acl", "--spaces", "a,B", code=2)
    path, passwords = os.path.join(env.folder, "spaces.acl"), os.path.join(env.folder, "password")
    with open(path, "w", encoding="utf-8") as f:
        for line in (*env.ctl("acl", "--spaces", "a,b").out.splitlines(), *env.ctl("acl", "--spaces", "a,b", "--by-space").out.splitlines()[1:]):
            word, name, _, rest = line.split(" ", 3) if line.count(" ") > 2 else (*line.split(" "), "")
            f.write("user default on nopass ~* &* +@all\n" if name == "default" else f"{word} {name} on >x {rest}\n")
    with open(passwords, "w", encoding="utf-8") as f:
        f.write("x\n")
    os.chmod(passwords, 0o600)
    env.start_redis("--aclfile", path)
    worlds = [space(env, name).define() for name in ("a", "b")]
    for w in worlds:
        hear(w, "ab", 60000)
    enter(env.redis, "a", "b")

    def as_(name, more):
        env.write_conf(f'redis_user = "licet-{name}";\nredis_password_file = "{passwords}";\n' + more, name + ".conf")
    as_("daemon", 'prefix = "licet-sim:";\nspaces = [ "a", "b" ];\n')
    env.set_prefix("licet-sim:")
    daemon = env.daemon("--simulate", OPEN, wait=False)
    for i, w in enumerate(worlds):
        w.push(job(i + 1))
        w.wait_stat("ready", 1)
    as_("sender", 'prefix = "licet-sim:{a}:";\n')
    env.set_prefix("licet-sim:{a}:")
    equal(env.ctl("sender", "--route", "main", "--once", "--json", "--exec", "echo never-again").json["spaces"], {"a": 1, "b": 1})
    for w in worlds:
        w.wait_stat("done", 1)
    daemon.stop()
    equal([(e["username"], e["object"], e["reason"]) for e in env.redis.acl_log() if e["username"] != "licet-daemon"], [])
