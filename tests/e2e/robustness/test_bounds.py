"""What others write may be of any length, hold any byte, and be any number: what is read has bounds."""

import os

from harness import SLOW, ROOT, equal, full_speed, wait_until
from world import OPEN, World, consent, job


def test_control_characters_are_a_fault(env):
    """C ends a text at a zero byte, Lua does not: what the one judges, the other hands over."""
    w = World(env).define(caller_id="+33612345678")
    r, word = env.server.connect(decode_responses=False), "control characters in its "
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    cases = [(w.key("def"), b"caller_id\0", b"+33162001234", "definition: caller_id?: " + word + "name"),
             (w.key("def"), b"opt_out", b"+33805123456\0 +33899123456", "definition: opt_out: " + word + "value"),
             (w.p + "advertiser:acme", b"caller_ids", b"+33162001234\t", "advertiser: caller_ids: " + word + "value"),
             (w.p + "source:web-2026", b"note", b"a\x7f", "source: note: " + word + "value"),
             (w.p + "route:main", b"operator\r", b"", "route: operator?: " + word + "name")]
    w.wait_state(state="rejected")
    w.r.hset(w.key("def"), "caller_id", "+33162001234")
    w.wait_stat("ready", 1)
    for key, field, value, fault in cases:
        old = r.hget(key, field)
        r.hset(key, field, value)
        w.wait_state(state="rejected")
        wait_until(lambda f=fault: f in w.state()["faults"], 5, fault)
        wait_until(lambda: w.r.llen(w.ready) == 0, 5, "what was ready to come back")
        equal(w.take(), [])
        assert fault in env.ctl("campaign", "show", w.c).out, fault
        r.hdel(key, field)
        if old is not None:
            r.hset(key, field, old)
        w.wait_stat("ready", 1)
    r.hset(w.p + "halt", b"source:other\0", b"care")
    w.wait_because("halted")
    wait_until(lambda: w.r.llen(w.ready) == 0, 5, "what was ready to come back")
    equal(w.take(), [])
    r.delete(w.p + "halt")
    w.wait_stat("ready", 1)
    r.hset(w.p + "list-meta:opposition", b"source", b"c\0")
    w.wait_because("list-malformed")
    equal(w.take(), [])
    told = {(f["where"], f["error"]) for _, f in w.r.xrange(w.p + "errors")}
    assert (w.p + "list-meta:opposition", "source: " + word + "value") in told, told
    assert (w.p + "halt", "source:other?: " + word + "name") in told, told


def resident(daemon):
    """KiB that a licetd has in memory at the most so far."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))


def test_huge_jobs_are_not_read(env):
    w = World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    before = resident(daemon)
    huge = b'{"id":"h","vars":{"x":"\xc3\xa9' + b"y" * (32 << 20) + b'"}}'
    w.push(job(2), huge, *[b"z" * (2 << 20)] * 8, "w" * 9217, job(3))
    w.wait_intake(13, 30)
    w.wait_stat("ready", 3)
    entries = [f for _, f in w.r.xrange(w.key("invalid"))]
    equal([f["reason"] for f in entries], ["job-too-large"] * 10)
    equal([len(f["job"]) for f in entries[1:]], [512] * 9)
    assert huge.decode().startswith(entries[0]["job"]), entries[0]["job"][:40]
    equal(entries[0]["hint"], f"expected at most 8192 bytes, it has {len(huge)}: how it begins is kept")
    assert resident(daemon) - before < 8192 * SLOW, (before, resident(daemon))
    equal(w.balance()["invalid"], 10)


def test_huge_definitions_are_faults(env):
    w = World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    before, large = resident(daemon), "more than 1000 fields or 65536 bytes: it is not read"
    for key, part in ((w.key("def"), "definition"), (w.p + "advertiser:acme", "advertiser"), (w.p + "route:main", "route")):
        for field in ({"note": "x" * (32 << 20)}, {"n" * 65537: ""}, {f"n{i}": "" for i in range(1001)}):
            w.r.hset(key, mapping=field)
            wait_until(lambda p=part: f"{p}: {large}" in w.state().get("faults", ""), 10, part)
            wait_until(lambda: w.r.llen(w.ready) == 0, 5, "what was ready to come back")
            w.r.hdel(key, *field)
            if part == "route":
                w.r.hset(key, "location", "FR")
            w.wait_stat("ready", 1)
    w.r.hset(w.p + "halt", "source:other", "x" * 70000)
    w.wait_because("halted")
    assert resident(daemon) - before < 8192 * SLOW, (before, resident(daemon))


def test_what_looks_like_our_own_line_is_kept_as_it_came(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    pushed = "#attempt=2\t" + '{"id":"1","to":"+33600000001"}'
    w.push(pushed)
    for count in (1, 2):
        w.wait_stat("invalid", 1)
        equal([f["job"] for _, f in w.r.xrange(w.key("invalid"))], [pushed])
        if count == 1:
            equal(w.r.fcall("licet_requeue", 1, w.key("invalid"), "", "", "-", "+", 10)[1], 1)
    w.balance()


def test_names_that_nobody_registered(env):
    """Each job names another form, and none is there: each is asked for once, and none is in the way of the next."""
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 10000})
    w.r.hset(w.p + "form:known", mapping={"product": "toys", "channel": "automated-voice", "mentions": "identity choice period withdrawal proof",
                                          "from": "2026-01-01", "approved_by": "a lawyer"})
    w.r.config_resetstat()
    forms = [consent(form="known" if i % 3 == 0 else f"f{i}") for i in range(3000)]
    w.push(*[job(i, None, form) for i, form in enumerate(forms)])
    env.daemon("--simulate", OPEN)
    w.wait_stat("refused.consent-form", 2000, 20)
    w.wait_stat("ready", 1000)
    asked = int(w.r.info("commandstats")["cmdstat_fcall_ro"]["calls"])
    assert asked < 2600, asked
    # One that is registered later is known at once.
    w.r.hset(w.p + "form:f1", mapping=w.r.hgetall(w.p + "form:known"))
    w.push(job(4000, None, consent(form="f1")))
    w.wait_stat("ready", 1001)
    w.balance()


def test_many_strays_are_told_in_one_line(env):
    w = World(env).define()
    pipe = w.r.pipeline()
    for i in range(500):
        pipe.rpush(f"{w.p}campaign:nobody{i}:queue", "{}")
        pipe.sadd(f"{w.p}list:opposition:nobody{i}", "+33600000001")
    pipe.execute()
    daemon = env.daemon("--simulate", OPEN)

    def told(part):
        return [f["error"] for _, f in w.r.xrange(w.p + "errors") if part in f["error"]]
    wait_until(lambda: told("not in campaigns") and told("never declared"), 30, "both lines")
    for part, text in (("not in campaigns", "queues"), ("never declared", "lists")):
        assert len(told(part)) == 1 and text in told(part)[0], told(part)
    assert daemon.log().count("event=error ") == 2, daemon.log()
    w.r.sadd(w.p + "campaigns", *[f"Bad{i}" for i in range(10)])
    for i in range(100):
        w.r.set(f"{w.p}campaign:wrong{i}:queue", "x")
    w.r.sadd(w.p + "campaigns", *[f"wrong{i}" for i in range(100)])
    w.push(job(1))
    w.wait_stat("ready", 1)
    wait_until(lambda: w.r.xlen(w.p + "errors") >= 30, 10, "the errors")
    assert w.r.xlen(w.p + "errors") <= 31, w.r.xlen(w.p + "errors")


@full_speed  # memory of a sanitizer is no measure
def test_ids_without_a_campaign_cost_little(env):
    """Hours of their own or none, campaigns share what they see of places; of more ids than are looked after a line tells."""
    w = World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    w.push(job(1))
    w.wait_stat("ready", 1)
    before, definition = resident(daemon), w.r.hgetall(w.key("def"))
    pipe = w.r.pipeline()
    for i in range(300):
        pipe.hset(f"{w.p}campaign:own{i}:def", mapping={**definition, "window": "mon-fri 10:30-12:00" if i % 2 else "mon-fri 10:15-12:00"})
    pipe.sadd(w.p + "campaigns", *[f"own{i}" for i in range(300)], *[f"nobody{i}" for i in range(1000)])
    pipe.execute()
    wait_until(lambda: w.r.hget(f"{w.p}campaign:own299:state", "state") and w.r.hget(f"{w.p}campaign:nobody999:state", "state"), 20, "them all")
    grown = (resident(daemon) - before) / 1300
    assert grown < 20, f"{grown} KiB a campaign"
    w.r.sadd(w.p + "campaigns", *[f"many{i}" for i in range(5000)])
    wait_until(lambda: any("more ids than licetd looks after" in f["error"] for _, f in w.r.xrange(w.p + "errors")), 20, "the limit")
    w.push(job(2))
    w.wait_stat("ready", 2)


def test_many_lists_with_long_names(env):
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    path, place = os.path.join(env.folder, "own.conf"), '\t\t\t{ name = "anti-prospection"; mode = "if-present"; max_age_days = 31;'
    assert place in text

    def write(count):
        more = "".join(f'{{ name = "{"x" * 60}{i:03d}"; mode = "if-present"; article = "a"; }},\n' for i in range(count))
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(place, more + place))
    env.write_conf(f'rulebook = "{path}";')
    write(21)
    equal("regimes have at most 23 lists of different names" in env.ctl("check-config", code=1).err, True)
    write(20)
    w = World(env).define()
    w.r.hset(w.p + "list-meta:" + "x" * 60 + "000", mapping={"refreshed_at": "2026-11-24T06:00:00.000000000000000000000000000000000000000000000000001Z"})
    w.r.sadd(w.p + "list:opposition:acme", "+33600000001")
    w.r.sadd(w.p + "list:" + "x" * 60 + "019", "+33600000002")
    w.push(job(1), job(2), job(3))
    env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    equal(w.reasons(), {"1": "opposed-advertiser", "2": "listed"})
    asked = w.r.lindex(w.ready, 0).split("\n", 1)[0]
    for name in ["opposition!", "opposition:acme", "anti-prospection"] + ["x" * 60 + f"{i:03d}" for i in range(20)]:
        assert name in asked, name
