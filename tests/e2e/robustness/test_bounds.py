"""What others write may be of any length, hold any byte, and be any number: what is read has bounds."""

from harness import equal, wait_until
from world import OPEN, World, job


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
    equal(w.take(), [])
    r.delete(w.p + "halt")
    w.wait_stat("ready", 1)
    r.hset(w.p + "list-meta:opposition", b"source", b"c\0")
    w.wait_because("list-malformed")
    equal(w.take(), [])
    told = {(f["where"], f["error"]) for _, f in w.r.xrange(w.p + "errors")}
    assert (w.p + "list-meta:opposition", "source: " + word + "value") in told, told
    assert (w.p + "halt", "source:other?: " + word + "name") in told, told
