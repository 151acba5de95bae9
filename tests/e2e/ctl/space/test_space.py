"""licetctl space: one more space, whether all agree, and to go on without one; and what is done in all of them."""

import os

import spaces
from checks import fails, misuse, write
from harness import apart_from_clusters, contains, equal, full_speed, wait_until
from spaces import HUB
from world import OPEN, World, job

NUMBERS = [f"+336000000{i:02}" for i in range(40)]


def space(env, name, daemon=True, own=False):
    """own: its advertiser is in no other space."""
    w = spaces.space(env, name)
    w.define(**({"advertiser": f"acme-{name}"} if own else {}))
    if own:
        w.r.rename(w.p + "advertiser:acme", w.p + f"advertiser:acme-{name}")
        w.r.hset(w.p + f"advertiser:acme-{name}", "siren", f"5521005{ord(name) % 100:02}")
        w.r.hset(w.p + "source:web-2026", "collected_by", f"acme-{name}")
    if daemon:
        w.daemon = env.daemon("--instance", f"vm-{name}", "--simulate", OPEN)
    return w


def at(env, w):
    env.prefix = w.p
    return env


def test_add(env):
    """The first one is entered; a new one gets what is on the platform's list, with its dates, and they hear each other."""
    a = space(env, "a", own=True)
    for number in NUMBERS[:30]:
        a.oppose(number)
    a.r.sadd(a.p + "list:opposition", NUMBERS[31])  # by hand, without a date
    a.r.fcall("licet_unoppose", 1, a.p + "list:opposition", NUMBERS[3], "me", "a mistake")
    b = space(env, "b", own=True)
    done = at(env, a).ctl("space", "add", "b")
    contains(done.out, "b: open; load its lists")
    equal(a.r.hgetall(HUB), {"a": "open", "b": "open"})
    equal((a.r.hgetall(a.p + "peers"), a.r.hgetall(b.p + "peers")), ({"b": "60000"}, {"a": "60000"}))
    equal(b.r.smembers(b.p + "list:opposition"), a.r.smembers(a.p + "list:opposition"))
    equal(b.r.hgetall(b.p + "oppositions:dated"), a.r.hgetall(a.p + "oppositions:dated"))
    equal(b.r.hgetall(b.p + "oppositions:undone"), a.r.hgetall(a.p + "oppositions:undone"))
    contains(env.ctl("space", "check", "--repair").out, "all of them know and hear each other")
    b.push(job(1), job(35))
    equal([j["id"] for j in b.wait_taken(1)], ["35"])
    b.oppose("+33600000036")
    wait_until(lambda: a.r.sismember(a.p + "list:opposition", "+33600000036"), 5, "a to hear b")
    # A third one, asked for from the second; and again, which changes nothing.
    c = space(env, "c")
    at(env, b).ctl("space", "add", "c")
    at(env, b).ctl("space", "add", "c")
    equal(c.r.smembers(c.p + "list:opposition"), a.r.smembers(a.p + "list:opposition"))
    equal([sorted(each.r.hkeys(each.p + "peers")) for each in (a, b, c)], [["b", "c"], ["a", "c"], ["a", "b"]])
    equal([row["why"] for row in env.ctl_json("space", "list")], ["", "", ""])


@full_speed
def test_the_option(env):
    """--space is the tag of the prefix, whatever that was; licetd has it too."""
    w = space(env, "retail", daemon=False)
    for prefix in ("licet-sim:", "licet-sim:{other}:"):
        env.prefix = prefix
        equal([c["id"] for c in env.ctl_json("campaign", "list", "--space", "retail")], [w.c])
    for name in ("A", "licet", "x" * 25):
        contains(env.ctl("status", "--space", name, code=2).err, "--space must be 1 to 24 small letters")
    env.prefix = "licet-sim:"
    daemon = env.daemon("--space", "retail", "--simulate", OPEN, wait=False)
    w.push(job(1))
    w.wait_stat("ready", 1)
    w.wait_taken(1)
    daemon.stop()


@full_speed
def test_what_cannot_be_added(env):
    a = space(env, "a", daemon=False)
    for name in ("B", "x" * 25, "licet", "a_b", ""):
        contains(misuse(env, "space", "add", name), "cannot be a space")
    misuse(env, "space", "add")
    misuse(env, "space", "burn", "b")
    misuse(env, "space", "list", "b")
    b = space(env, "b", daemon=False)
    b.r.sadd(b.p + "list:opposition", NUMBERS[0])
    contains(fails(at(env, a), "space", "add", "b"), "space b has objections of its own already")
    b.r.delete(b.p + "list:opposition")
    a.r.hset(HUB, "a", "open")
    contains(fails(at(env, b), "space", "add", "c"), "the hub does not name b")


def test_without_a_tag(env):
    apart_from_clusters("a prefix has a tag there")
    World(env).define()
    contains(fails(env, "space", "list"), "has no tag: there is one space")
    contains(fails(env, "space", "add", "c"), "has no tag: give it one first")
    contains(fails(env, "space", "forgo", "c", "--reason", "x"), "has no tag: there is one space")


@full_speed
def test_check_says_what_is_wrong(env):
    a, b = space(env, "a"), space(env, "b")
    at(env, a).ctl("space", "add", "b")
    a.r.hdel(a.p + "peers", "b")
    a.r.hset(a.p + "peers", "*", "alone")
    done = env.ctl("space", "check", code=1)
    contains(done.out, "b is not among its peers")
    a.r.hset(a.p + "peers", "b", "60000")
    b.r.sadd(b.p + "list:opposition", NUMBERS[0])
    contains(env.ctl("space", "check", code=1).out, "1 numbers are on its list of the platform, 0 on that of a")


def test_check_the_directory(env):
    """An advertiser or a SIREN in two spaces, or otherwise than the hub has it; what nobody has claimed is claimed by --repair."""
    a, b = space(env, "a", daemon=False), space(env, "b", daemon=False)
    spaces.enter(env.redis, "a", "b")
    for w, names, sirens in ((a, ("acme", "zoe"), {"552100554": "acme"}), (b, ("acme", "bo"), {"552100554": "bo", "552100555": "acme"})):
        w.r.sadd(w.p + "advertisers", *names)
        w.r.hset(w.p + "sirens", mapping=sirens)
    hub = "licet-sim:{licet}:"
    env.redis.hset(hub + "advertisers", "zoe", "b")
    env.redis.hset(hub + "sirens", "552100555", "abel")
    rows = at(env, a).ctl("space", "check", "--json", code=1).json
    equal(sorted(rows[0]["findings"]), ["advertiser acme is not in the hub; space check --repair enters it", "advertiser zoe is in space b, says the hub"])
    equal(sorted(rows[1]["findings"]), [
        "SIREN 552100554 is in space a too", "SIREN 552100555 is that of advertiser abel, says the hub, and of acme here", "advertiser acme is in space a too",
        "advertiser acme is not in the hub; space check --repair enters it", "advertiser bo is not in the hub; space check --repair enters it"])
    done = env.ctl("space", "check", "--repair", code=1)
    contains(done.out, "b: advertiser bo cannot be claimed: the SIREN 552100554 is that of advertiser acme")
    equal(env.redis.hgetall(hub + "advertisers"), {"zoe": "b", "acme": "a"})
    contains(env.ctl("space", "check", code=1).out, "b: advertiser acme is in space a, says the hub")
    equal("findings" in env.ctl("space", "list", "--json", code=1).json[0], False)


def test_check_the_members(env):
    """The same number of members, and not the same: found and mended, but for what was taken back and has yet to be heard."""
    a, b, c = (space(env, name, daemon=False) for name in ("a", "b", "c"))
    for w in (a, b, c):
        w.r.delete(w.p + "advertiser:acme")
        env.redis.hset(HUB, w.p[11:12], "open")
    many = [f"+3361{i:07}" for i in range(2500)]
    for w, extra in ((a, NUMBERS[:3]), (b, NUMBERS[3:6]), (c, NUMBERS[1:4])):
        w.r.sadd(w.p + "list:opposition", *many, *extra)
    rows = at(env, a).ctl("space", "check", "--members", "--json", code=1).json
    equal([row["findings"] for row in rows], [[f"it lacks {n} numbers that others have; space check --repair adds them"] for n in (3, 3, 3)])
    # Taken back in b after it was received in a: a will hear that.
    a.r.hset(a.p + "oppositions:dated", NUMBERS[0], "1795514400000 1795514400000 o")
    b.r.hset(b.p + "oppositions:undone", NUMBERS[0], "1795514500000")
    done = env.ctl("space", "check", "--repair", "--by", "ann", code=1)
    contains(done.err, "space a: 3 numbers added")
    contains(done.err, "space b: 2 numbers added")
    equal([w.r.smembers(w.p + "list:opposition") for w in (a, b, c)], [{*many, *NUMBERS[:6]}, {*many, *NUMBERS[1:6]}, {*many, *NUMBERS[1:6]}])
    [(_, told)] = b.r.xrange(b.p + "errors")
    equal((told["where"], told["error"]), ("list:opposition", "2 numbers that the platform's list of another space has are added without a date by ann"))
    equal(b.r.exists(b.p + "oppositions:dated"), 0)
    done = env.ctl("space", "check", "--members", code=1)
    equal("it lacks" in done.out, False)
    b.r.sadd(b.p + "list:opposition", NUMBERS[0])  # by hand, after that: it counts
    contains(env.ctl("space", "check", "--repair", code=1).err, "space c: 1 numbers added")


@full_speed
def test_forgo(env):
    """A space that is dead for good: the others go on when a person says so; and count on it again."""
    a, b, c = space(env, "a"), space(env, "b"), space(env, "c")
    for name in ("b", "c"):
        at(env, a).ctl("space", "add", name)
    done = env.ctl("space", "forgo", "c", "--reason", "its machines burnt", "--by", "ann")
    contains(done.out, "c: the others go on without hearing it")
    for w in (a, b):
        contains(w.r.hget(w.p + "peers", "c"), "0 ann 20")
        contains(str(w.r.xrevrange(w.p + "errors", count=3)), "space c is forgone by ann: its machines burnt")
    equal(c.r.hget(c.p + "peers", "a"), "60000")
    contains(env.ctl("space", "check", code=1).out, "it goes on without c: ann 20")
    env.ctl("space", "forgo", "c", "--undo", "--reason", "it is back")
    equal(a.r.hget(a.p + "peers", "c"), "60000")
    contains(fails(env, "space", "forgo", "d", "--reason", "x"), "no space is called d")
    misuse(env, "space", "forgo", "c")


def test_done_in_all(env):
    """An objection to everybody, its undo, and halts: in every space before the command ends, or it fails by name."""
    a, b = space(env, "a"), space(env, "b")
    at(env, a).ctl("space", "add", "b")
    b.daemon.stop()  # nobody hears there
    equal(env.ctl_json("oppose", NUMBERS[0])["spaces"], [{"space": "a", "answered": True}, {"space": "b", "answered": True}])
    equal(b.r.sismember(b.p + "list:opposition", NUMBERS[0]), 1)
    env.ctl("oppose", NUMBERS[1], "--advertiser", "acme")
    equal(b.r.exists(b.p + "list:opposition:acme"), 0)
    env.ctl("oppose", NUMBERS[0], "--undo", "--reason", "a mistake")
    equal(b.r.sismember(b.p + "list:opposition", NUMBERS[0]), 0)
    env.ctl("halt", "all", "--reason", "a test")
    env.ctl("halt", "advertiser:acme", "--reason", "a test")
    equal((b.r.hgetall(b.p + "halt"), a.r.hlen(a.p + "halt")), ({"all": "a test"}, 2))
    env.ctl("unhalt", "all")
    equal(b.r.hgetall(b.p + "halt"), {})
    b.r.delete(b.p + "list:opposition")
    b.r.set(b.p + "list:opposition", "a string")
    b.r.delete(b.p + "halt")
    b.r.set(b.p + "halt", "a string")
    done = env.ctl("oppose", NUMBERS[2], code=1)
    equal(done.err.count("the objection is not recorded in space b: "), 1, done.err)
    equal(a.r.sismember(a.p + "list:opposition", NUMBERS[2]), 1)
    contains(env.ctl("halt", "route:main", "--reason", "a test", code=1).err, "it is not halted in space b: ")
    # The one at hand, where it begins, keeps no other from it.
    at(env, b)
    contains(env.ctl("oppose", NUMBERS[3], code=1).err, "the objection is not recorded in space b: ")
    equal(a.r.sismember(a.p + "list:opposition", NUMBERS[3]), 1)
    contains(env.ctl("halt", "all", "--reason", "a test", code=1).err, "it is not halted in space b: ")
    equal(a.r.hget(a.p + "halt", "all"), "a test")
    contains(env.ctl("unhalt", "all", code=1).err, "it is halted still in space b: ")
    equal(a.r.hget(a.p + "halt", "all"), None)
    # A route that campaigns of another space alone have is no typing mistake.
    b.r.delete(b.p + "halt")
    a.r.hset(a.key("def"), "route", "second")
    env.ctl("halt", "route:second", "--reason", "a test")
    equal((a.r.hget(a.p + "halt", "route:second"), b.r.hget(b.p + "halt", "route:second")), ("a test", "a test"))
    contains(env.ctl("halt", "route:secnd", "--reason", "a test", code=1).err, "did you mean second?")


@full_speed
def test_a_list_is_loaded_in_all(env):
    """A scrub list in every space; one that cannot take it keeps its own, and is named; the second run completes it."""
    a, b, c = space(env, "a"), space(env, "b"), space(env, "c")
    for name in ("b", "c"):
        at(env, a).ctl("space", "add", name)
    first, second = write(env, "first.csv", "number", *NUMBERS[:20]), write(env, "second.csv", "number", *NUMBERS[:21])
    contains(env.ctl("list", "load", "anti-prospection", first).out, "space c:")
    for w in (a, b, c):
        at(env, w).ctl("list", "check", "anti-prospection", NUMBERS[19])
    meta = b.p + "list-meta:anti-prospection"
    b.r.rename(meta, b.p + "aside")
    b.r.set(meta, "a string")
    done = at(env, a).ctl("list", "load", "anti-prospection", second, code=1)
    contains(done.err, "list anti-prospection was not loaded whole in space b: each said why")
    for w, code in ((a, 0), (b, 1), (c, 0)):
        if w is not b:
            at(env, w).ctl("list", "check", "anti-prospection", NUMBERS[20], code=code)
    b.r.rename(b.p + "aside", meta)
    at(env, b).ctl("list", "check", "anti-prospection", NUMBERS[20], code=1)
    at(env, a).ctl("list", "load", "anti-prospection", second)
    at(env, b).ctl("list", "check", "anti-prospection", NUMBERS[20])
    contains(misuse(env, "list", "load", "anti-prospection", "-"), "standard input can be read once, and there are 3 spaces")
    at(env, a).ctl("list", "load", "opposition:acme", first)
    equal((a.r.scard(a.p + "list:opposition:acme"), b.r.exists(b.p + "list:opposition:acme")), (20, 0))


@full_speed
def test_as_shipped_users(env):
    """licetd, a sender and operations of one space, each as licetctl acl prints it: they may what spaces need."""
    prefix = "licet-sim:{a}:"
    path, passwords = os.path.join(env.folder, "users.acl"), os.path.join(env.folder, "password")
    env.prefix = prefix
    with open(path, "w", encoding="utf-8") as f:
        for line in env.ctl("acl").out.splitlines():
            word, name, off, *rest = line.split(" ", 3)
            f.write("user default on nopass ~* &* +@all\n" if name == "default" else f"user {name} on >x {rest[0]}\n")
    with open(passwords, "w", encoding="utf-8") as f:
        f.write("x\n")
    os.chmod(passwords, 0o600)
    env.start_redis("--aclfile", path)
    a, b = space(env, "a", daemon=False, own=True), space(env, "b", own=True)

    def as_(name):
        env.write_conf(f'redis_user = "licet-{name}";\nredis_password_file = "{passwords}";\n', name + ".conf")
        env.prefix = prefix
        return env
    a.daemon = as_("daemon").daemon("--instance", "vm-a", "--simulate", OPEN)
    as_("ops").ctl("space", "add", "b")
    contains(env.ctl("space", "check", "--repair").out, "all of them know and hear each other")
    b.oppose(NUMBERS[0])
    wait_until(lambda: a.r.sismember(a.p + "list:opposition", NUMBERS[0]), 5, "a to hear b")
    a.push(job(1))
    a.wait_stat("ready", 1)
    sender = env.server.connect(username="licet-sender", password="x")
    equal(len(sender.fcall("licet_take", 1, a.ready, "box", 5)), 1)
    env.ctl("oppose", NUMBERS[2])
    env.ctl("space", "forgo", "b", "--reason", "a test")
    equal([(e["username"], e["object"], e["reason"]) for e in env.redis.acl_log()], [])
