"""licetctl acl: the users of Redis for a prefix, its routes and its clients."""

import os

import redis

from harness import CLUSTERED, Failure, equal, wait_until
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
