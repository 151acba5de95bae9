"""Bad input to the functions that senders, ops and marketing call: each is answered with the
word of its error, and nothing changes; but an opposition that was reported is kept."""

import json
import signal

from harness import Failure, equal, wait_until
from oracle import account
from world import CONSENT, OPEN, World, job

GARBAGE = b"\x00\xff\xfe\r\n$-1\r\n\x80"
HUGE = "9" * 1000000
NUMBER = "+33600000001"


class Bench:
    """A world that stands still: the daemon has gone, each state has a job. 1 is done, 2 is
    with a sender, the lease of 3 is over, 4 is ready, 5 is refused, 6 is unknown."""

    def __init__(self, env):
        self.w = w = World(env).define()
        self.p, self.ready = w.p, w.ready
        w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 1})
        w.r.sadd(w.p + "list:opposition", "+33600000005")
        env.daemon("--simulate", OPEN, "--speed", "20")
        w.push(job(6))
        w.wait_taken(1)
        w.wait_stat("unknown", 1)
        w.push(*[job(i) for i in range(1, 6)])
        w.wait_stat("ready", 4)
        env.daemons[-1].stop()
        self.raw = env.server.connect(decode_responses=False)
        self.over = self._take("3")
        w.r.hset(w.p + "route:main", "lease_s", 86400)
        first, self.held = self._take("1"), self._take("2")
        equal(w.done(first, "answered"), "OK")
        self.gone = first
        end = float(w.r.zscore(self.ready + ":lapse", self.over))
        clock = {k: float(v) for k, v in w.r.hgetall(w.p + "clock").items()}

        def over():
            seconds, micro = w.r.time()
            return clock["sim_base_ms"] + (seconds * 1000 + micro / 1000 - clock["real_base_ms"]) * clock["speed"] > end + 5
        wait_until(over, 10, "the lease to be over")
        equal(w.r.llen(self.ready), 1)

    def _take(self, id_):
        """Take that job alone: the others go behind it."""
        while self.w.r.lindex(self.ready, 0).split("\t")[2] != id_:
            self.w.r.lmove(self.ready, self.ready, "LEFT", "RIGHT")
        return self.w.take(1, "box-1")[0]["token"]

    def dump(self):
        """The whole keyspace, to the byte."""
        keys = sorted(self.raw.keys("*"))
        return {k: (self.raw.dump(k), self.raw.execute_command("PEXPIRETIME", k)) for k in keys}

    def call(self, function, keys, *args):
        try:
            return self.raw.fcall(function, len(keys), *keys, *args)
        except Exception as error:  # pylint: disable=broad-except
            return error

    def refuses(self, word, function, keys, *args):
        """An error that begins so, and nothing changed."""
        what = f"{function} {[str(k)[:60] for k in keys]} {[str(a)[:60] for a in args]}"
        before = self.dump()
        reply = self.call(function, keys, *args)
        if not isinstance(reply, Exception) or not str(reply).startswith(word + " "):
            raise Failure(f"{what}: want {word}, got {str(reply)[:200]!r}")
        self.same(before, what)

    def same(self, before, what, changed=()):
        after = self.dump()
        differ = {k.decode() for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        equal(sorted(differ), sorted(self.p + c for c in changed), f"keys that changed by {what}")

    def refuses_types(self, keys, function, on, *args):
        """Each of these keys with another type: TYPE names it, and nothing changes."""
        for key in keys:
            kept = self.raw.exists(key)
            if kept:
                self.raw.rename(key, self.p.encode() + b"aside")
            self.raw.set(key, "planted")
            self.refuses("TYPE " + key, function, on, *args)
            self.raw.delete(key)
            if kept:
                self.raw.rename(self.p.encode() + b"aside", key)


def bad_ready_keys(p):
    return [[], [""], [p + "list:opposition"], [p + "ready:"], [p + "ready:UP"], [p + "ready:a b"], [p + "ready:main:lease"],
            [p + "ready:main\n"], [GARBAGE], [p + "ready:" + HUGE + "/"]]


def test_take_refuses(env):
    b = Bench(env)
    for keys in bad_ready_keys(b.p):
        b.refuses("KEY", "licet_take", keys, "s1", 1)
    for sender in ("", "x" * 65, "a\tb", "a\nb", "a\x00b", GARBAGE, HUGE):
        b.refuses("SENDER", "licet_take", [b.ready], sender, 1)
    b.refuses("SENDER", "licet_take", [b.ready])
    for count in ("0", "-1", "501", "1.5", "", "ten", "nan", "inf", "-inf", "1e9", "5 5", "0x", GARBAGE, HUGE):
        b.refuses("COUNT", "licet_take", [b.ready], "s1", count)
    b.refuses("COUNT", "licet_take", [b.ready], "s1")
    b.refuses_types([b.ready + part for part in ("", ":lease", ":lapse")] + [b.p + "out", b.p + "settle:main", b.p + "route:main"],
                    "licet_take", [b.ready], "s1", 1)
    before = b.dump()
    b.refuses("ROUTE", "licet_take", [b.p + "ready:nowhere"], "s1", 1)
    b.same(before, "a take of nothing")


def test_done_refuses(env):
    b = Bench(env)
    for keys in bad_ready_keys(b.p):
        b.refuses("KEY", "licet_done", keys, b.held, "answered")
    for outcome in ("", "happy", "ANSWERED", "answered ", "no answer", GARBAGE, HUGE):
        b.refuses("OUTCOME", "licet_done", [b.ready], b.held, outcome)
    b.refuses("OUTCOME", "licet_done", [b.ready], b.held)
    b.refuses("OUTCOME", "licet_done", [b.ready])
    b.refuses("DETAIL", "licet_done", [b.ready], b.held, "answered", "x" * 501)
    b.refuses("DETAIL", "licet_done", [b.ready], b.held, "refused", HUGE)
    for token in ("", "no-such.1", b.held + "x", GARBAGE, HUGE):
        b.refuses("TOKEN", "licet_done", [b.ready], token, "answered")
        b.refuses("TOKEN", "licet_done", [b.ready], token, "refused", "no number")
    b.refuses("TOKEN", "licet_done", [b.p + "ready:nowhere"], b.held, "answered")
    today = int(b.w.r.hget(b.p + "clock", "sim_base_ms")) // 86400000
    b.refuses_types([b.ready + part for part in (":lease", ":lapse", ":unknown", f":past:{today}")] + [b.p + "out", b.p + "settle:main", b.p + "routes"],
                    "licet_done", [b.ready], b.held, "answered")
    # A token that nobody knows is looked for on the days before, and its number is read by the numbering plan.
    b.refuses_types([f"{b.ready}:past:{today - 1}", f"{b.ready}:past:{today - 2}", b.p + "numbering"],
                    "licet_done", [b.ready], "no-such.1", "refused", "06 00 00 00 77")


def test_done_keeps_only_the_opposition(env):
    """Late, foreign or told before: what changes is the opposition."""
    b = Bench(env)
    unknown = b.w.r.hkeys(b.ready + ":unknown")[0]
    for token in (b.over, b.gone, unknown):
        for outcome in ("answered", "not-placed", "busy", "submitted"):
            before = b.dump()
            equal(b.call("licet_done", [b.ready], token, outcome, GARBAGE), b"late")
            b.same(before, f"{outcome} of a lease that is over")
        before = b.dump()
        equal(b.call("licet_done", [b.ready], token, "opted-out"), b"late")
        recall = ("recall:main",) if token == b.over else ()  # no daemon has looked at that lease yet
        b.same(before, "opted-out", ("list:opposition:acme", "list-meta:opposition:acme", "oppositions", "oppositions:dated:acme", *recall))
        before = b.dump()
        equal(b.call("licet_done", [b.ready], token, "never-again"), b"late")
        b.same(before, "never-again", ("list:opposition", "list-meta:opposition", "oppositions", "oppositions:dated", *recall))
    for i, (token, route) in enumerate((("no-such.1", b.ready), (GARBAGE, b.ready), (b.held, b.p + "ready:nowhere"))):
        before = b.dump()
        equal(b.call("licet_done", [route], token, "refused", f"+3360000098{i}"), b"late", "a number as detail")
        b.same(before, "a foreign token", ("list:opposition", "list-meta:opposition", "oppositions", "oppositions:dated"))
    equal(b.call("licet_done", [b.ready], b.held, "answered"), b"OK", "who had it may still report it")


BAD_NUMBERS = ("", "x", "+", "+0123456789", "12", "+3312", "1" * 40, "+33 6 00 00 00 0x", GARBAGE, HUGE)
BAD_INSTANTS = ("yesterday", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24T10:00Z", "2026-13-01T10:00:00Z", "2026-00-01T10:00:00Z",
                "2026-02-30T10:00:00Z", "2026-11-31T10:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2026-11-24T10:00:61Z",
                "2026-11-24T10:00:00+25:00", "2026-11-24T10:00:00+01:60", "2026-11-24T10:00:00+0100", "2026-11-24T10:00:00Z ",
                " 2026-11-24T10:00:00Z", "1795510800000", GARBAGE, HUGE)


def test_oppose_refuses(env):
    b = Bench(env)
    key = b.p + "list:opposition"
    for keys in ([], [""], [b.p + "list:bloctel"], [key + ":"], [key + ":UP"], [key + "x"], [key + ":a:b"], [b.ready], [GARBAGE], [HUGE]):
        b.refuses("KEY", "licet_oppose", keys, NUMBER, "web", "no")
    for number in BAD_NUMBERS:
        b.refuses("NUMBER", "licet_oppose", [key], number, "web", "no")
    b.refuses("NUMBER", "licet_oppose", [key])
    b.refuses("SOURCE", "licet_oppose", [key], NUMBER)
    b.refuses("SOURCE", "licet_oppose", [key + ":acme"], NUMBER, "", "no")
    for event in BAD_INSTANTS:
        b.refuses("EVENT", "licet_oppose", [key], NUMBER, "web", "no", event)
    for person in ("p" * 129, "a\tb", "a\nb", GARBAGE, HUGE):
        b.refuses("PERSON", "licet_oppose", [key], NUMBER, "web", "no", "", person)
    b.refuses_types([key, b.p + "oppositions", b.p + "oppositions:dated", b.p + "numbering", b.p + "routes"],
                    "licet_oppose", [key], NUMBER, "web", "no")
    b.refuses_types([key + ":acme", b.p + "oppositions:dated:acme"], "licet_oppose", [key + ":acme"], NUMBER, "web", "no")
    equal(b.call("licet_oppose", [key], NUMBER, GARBAGE, GARBAGE, "2026-11-24T09:59:59.5Z"), [1, 0, 0], "any bytes as source")
    b.refuses("EVENT", "licet_oppose", [key], NUMBER, "web", "no", "2026-11-24T09:59:60Z")


def test_unoppose_refuses(env):
    b = Bench(env)
    key = b.p + "list:opposition"
    b.refuses("KEY", "licet_unoppose", [b.p + "list:bloctel"], "+33600000005", "me", "error")
    b.refuses("KEY", "licet_unoppose", [])
    for number in BAD_NUMBERS:
        b.refuses("NUMBER", "licet_unoppose", [key], number, "me", "error")
    b.refuses("BY", "licet_unoppose", [key], "+33600000005")
    b.refuses("REASON", "licet_unoppose", [key], "+33600000005", "me")
    b.refuses_types([key, b.p + "oppositions", b.p + "oppositions:dated", b.p + "numbering"], "licet_unoppose", [key], "+33600000005", "me", "error")
    before = b.dump()
    equal(b.call("licet_unoppose", [key], NUMBER, "me", "error"), 0)
    b.same(before, "taking back what is not there")


def test_registry_refuses(env):
    b = Bench(env)
    key, good = b.p + "consent:acme", json.dumps(CONSENT)
    for keys in ([], [b.p + "consent:"], [b.p + "consent:UP"], [b.p + "consents:acme"], [GARBAGE]):
        b.refuses("KEY", "licet_consent", keys, NUMBER, good)
        b.refuses("KEY", "licet_withdraw", keys, NUMBER, "crm", "mail")
    for number in BAD_NUMBERS:
        b.refuses("NUMBER", "licet_consent", [key], number, good)
        b.refuses("NUMBER", "licet_withdraw", [key], number, "crm", "mail")
    bad = ["", "x", "[]", "{}", "1", "null", good[:-1], good + "x", json.dumps({**CONSENT, "product": 1}), json.dumps({**CONSENT, "channel": None}),
           "[" * 2000 + "]" * 2000, GARBAGE, HUGE, good[:-1] + ', "weight": 1e999}', good[:-1] + ', "weight": nan}']
    bad += [json.dumps({**CONSENT, "collected_at": i}) for i in BAD_INSTANTS if isinstance(i, str)]
    for consent in bad:
        b.refuses("CONSENT", "licet_consent", [key], NUMBER, consent)
    b.refuses("CONSENT", "licet_consent", [key], NUMBER)
    b.refuses("SOURCE", "licet_withdraw", [key], NUMBER)
    for event in BAD_INSTANTS:
        b.refuses("EVENT", "licet_withdraw", [key], NUMBER, "crm", "mail", event)
    b.refuses_types([key, b.p + "numbering"], "licet_consent", [key], "06 00 00 00 01", good)
    b.refuses_types([key, b.p + "oppositions", b.p + "routes", b.p + "numbering"], "licet_withdraw", [key], "06 00 00 00 01", "crm", "mail")


def test_attempt_refuses(env):
    b = Bench(env)
    key = b.p + "attempts:acme"
    for keys in ([], [b.p + "attempts:"], [b.p + "attempts:UP"], [b.ready], [GARBAGE]):
        b.refuses("KEY", "licet_attempt", keys, NUMBER, "2026-11-20")
    for number in BAD_NUMBERS:
        b.refuses("NUMBER", "licet_attempt", [key], number, "2026-11-20")
    for when in ("", "2026-02-30", "2026-11-26", "9999-12-31", *[i for i in BAD_INSTANTS if i != "2026-11-24"]):
        b.refuses("DATE", "licet_attempt", [key], NUMBER, when)
    b.refuses_types([key, b.p + "numbering"], "licet_attempt", [key], "06 00 00 00 01", "2026-11-20")


def test_resolve_requeue_and_breaker_refuse(env):
    b = Bench(env)
    unknown = b.w.r.hkeys(b.ready + ":unknown")[0]
    for keys in bad_ready_keys(b.p):
        b.refuses("KEY", "licet_resolve", keys, unknown, "answered", "log")
        b.refuses("KEY", "licet_breaker", keys)
    for outcome in ("", "happy", GARBAGE, HUGE):
        b.refuses("OUTCOME", "licet_resolve", [b.ready], unknown, outcome, "log")
    b.refuses("DETAIL", "licet_resolve", [b.ready], unknown, "answered", HUGE)
    b.refuses_types([b.ready + ":unknown", b.p + "routes"] + [b.w.key(k) for k in ("stats", "done", "refused", "seen", "later")] +
                    [b.p + k for k in ("stats", "facts", "attempts:acme", "slots:acme")],
                    "licet_resolve", [b.ready], unknown, "not-placed", "log")
    for token in (b.held, b.gone, "no-such.1", "", GARBAGE):
        before = b.dump()
        equal(b.call("licet_resolve", [b.ready], token, "answered", "log"), None)
        b.same(before, "settling what is not unknown")
    b.refuses_types([b.ready + ":health"], "licet_breaker", [b.ready], "eve", "why")
    b.refuses("BY", "licet_breaker", [b.ready], "", "why")
    b.refuses("REASON", "licet_breaker", [b.ready], "eve", "")
    stream = b.w.key("refused")
    for keys in ([], [b.w.key("done")], [b.w.key("queue")], [b.p + "campaign:UP:refused"], [GARBAGE]):
        b.refuses("KEY", "licet_requeue", keys, "", "", "-", "+", 10)
    for count in ("0", "-1", "1001", "1.5", "ten", "nan", GARBAGE, HUGE):
        b.refuses("COUNT", "licet_requeue", [stream], "", "", "-", "+", count)
    b.refuses("COUNT", "licet_requeue", [stream])
    for first, last in (("", ""), ("x", "+"), ("-", "y"), ("-", ""), (GARBAGE, "+")):
        b.refuses("RANGE", "licet_requeue", [stream], "", "", first, last, 10)
    b.refuses_types([stream, b.w.key("queue"), b.w.key("stats"), b.p + "stats"], "licet_requeue", [stream], "", "", "-", "+", 10)


# -- what somebody put where it does not belong


def test_a_take_loses_nothing_by_what_was_planted(env):
    """Redis does not undo what a function wrote before an error: a take asks first what it
    cannot read, and hands over or gives back the others."""
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(*[job(i) for i in range(20)])
    w.wait_stat("ready", 20)
    r = w.r
    for i, record in enumerate(('{"withdrawn_received_ms":"soon"}', '{"withdrawn_received_ms":{}}', '"withdrawn_received_ms":')):
        r.hset(w.p + "consent:acme", f"+336{i:08d}", record)
    head = r.lindex(w.ready, 0).split("\t")
    for at, value in ((7, "soon"), (6, ""), (10, "x"), (11, "-"), (5, "")):
        planted = list(head)
        planted[0], planted[at] = f"planted.{at}", value
        r.lpush(w.ready, "\t".join(planted))
    r.lpush(w.ready, "no entry", "a\tb\n{}", "")
    # The daemon would reject the campaign for such a route, and take back what is ready.
    env.daemons[-1].signal(signal.SIGSTOP)
    for lease_s in ("soon", "nan", "-nan", "inf", "1e400", "-5", "0", "0x"):
        r.hset(w.p + "route:main", "lease_s", lease_s)
        for j in w.take(1):
            taken = float(r.hget(w.ready + ":lease", j["token"]).split("\t")[0])
            equal(float(r.zscore(w.ready + ":lapse", j["token"])) - taken, 900000, f"the lease by lease_s {lease_s}")
    r.hdel(w.p + "route:main", "lease_s")
    r.hset(w.p + "route:main", "location", "FR")
    env.daemons[-1].signal(signal.SIGCONT)
    # It takes back what was made of another route; that comes again.
    wait_until(lambda: (w.take(3), w.stat("taken"))[1] == 17, 20, lambda: f"all but three to be taken, {w.stats()}")
    wait_until(lambda: not r.xlen(w.p + "settle:main"), 10, "what came back to be settled")
    errors = [f["error"] for _, f in r.xrange(w.p + "errors")]
    equal(errors.count(f"an event that is none, kept in {w.ready}:odd"), 8, f"{errors}")
    equal(r.llen(w.ready + ":odd"), 8)
    env.daemons[-1].stop()
    stats = account(w, {(w.c, str(i)) for i in range(20)}, [w])
    equal(sorted(i for (_, i), place in stats.items() if place != "taken"), ["0", "1", "2"])
