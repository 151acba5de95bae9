"""Each command of licetctl as each user of conf/redis-users.acl, against tests/tables/roles.txt."""

import os
import re

import commands
import harness
from harness import Failure, contains, equal, full_speed
from test_users import P, Users
from world import World, another

TABLE = os.path.join(harness.ROOT, "tests", "tables", "roles.txt")
CLIENT = "marketing-acme"  # one client's marketing system, as licetctl acl --client prints it
ROLES = ("ops", "marketing", CLIENT, "sender", "monitoring")


def read_table():
    with open(TABLE, encoding="utf-8") as f:
        rows = [[cell.strip() for cell in line.split("|")] for line in f if line.strip() and not line.startswith("#")]
    equal(rows[0], ["command", *ROLES])
    return {row[0]: dict(zip(ROLES, row[1:])) for row in rows[1:]}


def try_as(env, words, role):
    """"yes", or the command and the key whose right is missing, the user named in one sentence."""
    done = env.ctl(*words, code=None)
    said = re.search(r"the user (\S+) of Redis has no right to (.+?)(, which this command needs)? \(NOPERM", done.err)
    if said is None:
        if "NOPERM" in done.err or "permissions" in done.err or done.code not in (0, 1):
            raise Failure(f"{role}: {done!r}")
        return "yes"
    equal((said.group(1), done.code), ("licet-" + role, 1), repr(done))
    return re.sub(r"daemon:\S+", "daemon:<instance>", said.group(2).replace(env.prefix, ""))


@full_speed
def test_each_command_as_each_user(env):
    """A right that is missing is named; what README promises a role works."""
    users = Users(env)
    env.prefix = P
    client = next(line for line in env.ctl("acl", "--client", "acme").out.splitlines() if " licet-marketing-acme " in line).split(" ", 3)[3]
    root, *selectors = client.split(" (")
    users.admin.execute_command("ACL", "SETUSER", "licet-" + CLIENT, "on", ">licet-" + CLIENT, *root.split(), *["(" + s for s in selectors])
    w = World(env)
    another(w, "beta.ete", advertiser="beta")  # of which the client learns nothing
    commands.scene(env, w.define(lists=("opposition", "anti-prospection")))
    got = {}
    for role in ROLES:
        users.conf(role)
        for name, words in commands.commands(env).items():
            if role == CLIENT and name in ("status", "campaign list", "preflight"):
                said = env.ctl(*words, code=None)
                equal("beta.ete" in said.out + said.err, False, repr(said))
                contains(said.err, "1 campaign of others is not shown: this user of Redis may not read it")
            if name not in ("reload", "rulebook diff", "campaign purge", "campaign stop"):
                got.setdefault(name, {})[role] = try_as(env, words, role)
        # What was paused goes on, for the next one.
        w.r.hset(w.key("def"), "status", "running")
    want = read_table()
    lines = [" | ".join(["command", *ROLES])] + [" | ".join([name, *[row[r] for r in ROLES]]) for name, row in got.items()]
    if got != want:
        differs = [name for name in got if got[name] != want.get(name)] + [name for name in want if name not in got]
        raise Failure(f"{differs} differ; it is\n" + "\n".join(lines))
    # The page for people has yes or no of each.
    with open(os.path.join(harness.ROOT, "src", "man", "licet-security.7.scd"), encoding="utf-8") as f:
        page = f.read().split("# COMMANDS OF EACH ROLE")[1].split("```")[1].strip().splitlines()
    equal(page[0].split(), ["command", *ROLES])
    told = {line[:20].strip(): line[20:].split() for line in page[1:]}
    equal(told, {name: ["yes" if row[r] == "yes" else "-" for r in ROLES] for name, row in got.items()}, "licet-security(7)")
