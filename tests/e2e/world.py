"""A sound campaign and its jobs, typed as the contract types them. Numbers are made up."""

import datetime
import json
import re

from harness import wait_until

CONSENT = {"product": "toys", "channel": "automated-voice", "collected_at": "2026-09-01T10:12:00+02:00", "until": "2027-08-31",
           "form": ["identity", "choice", "period", "withdrawal", "proof"], "proof": "form-v3/88121"}
FORM = {"product": "toys", "channel": "automated-voice", "mentions": "identity choice period withdrawal proof",
        "bases": "L223-1 L34-5", "act": "ticked-box", "wording_hash": "sha256:ab12", "from": "2026-08-15", "approved_by": "A. Martin"}
CAMPAIGN = "acme.noel"
OPEN = "2026-11-24T10:30:00+01:00"     # a Tuesday, in the morning window of Paris
BEFORE = "2026-11-24T09:59:50+01:00"
UNPLACED = "metropole+alsace-moselle"  # where a mobile without address may be

# The terms whose sum is the intake, always.
TERMS = ("held", "later", "ready", "taken", "unknown", "settling", "done", "refused", "invalid", "cancelled", "erased")


EPOCH = datetime.date(1970, 1, 1)


def attempts_slot(who):
    """Field and mark, as include/core/consent/attempts.h says."""
    if who.startswith("p:"):
        a = b = 0
        for c in who[2:].encode():
            a, b = (a * 1000003 + c + 1) % 33554393, (b * 16777619 + c + 1) % 33554383
        n = 1 << 50 | a << 25 | b
    else:
        n = int(who[1:])
    return f"{n % 65536:04x}", bytes(0x80 | (n >> 16) >> shift & 0x7f for shift in (28, 21, 14, 7, 0))


class World:
    """One campaign on one prefix."""

    def __init__(self, env, prefix="licet-sim:", campaign=CAMPAIGN):
        env.prefix = prefix
        self.env, self.r, self.p, self.c = env, env.redis, env.prefix, campaign

    def key(self, part):
        return f"{self.p}campaign:{self.c}:{part}"

    @property
    def ready(self):
        return self.p + "ready:main"

    def define(self, lists=("opposition",), at="2026-11-24T06:00:00Z", **changes):
        r, p = self.r, self.p
        for name in lists:
            r.hset(p + "list-meta:" + name, mapping={"refreshed_at": at, "source": "crm"})
        r.hset(p + "advertiser:acme", mapping={"name": "Acme", "siren": "552100554", "caller_ids": "+33162001234", "country": "FR",
                                               "attempts_before": "none", "gap_days": "0"})
        r.hset(p + "source:web-2026", mapping={"name": "acme.example web form", "collected_by": "acme", "legal_basis": "consent",
                                               "acquired_at": "2026-09-01", "informed": "notice-v2", "status": "approved"})
        definition = {"advertiser": "acme", "purpose": "prospecting", "sector": "retail", "product": "toys", "delivery": "call",
                      "message": "noel-2026.wav", "message_seconds": "25", "announces": "identity commercial opt-out",
                      "synthetic_voice": "no", "caller_id": "+33162001234", "opt_out": "+33805123456 key:9", "source": "web-2026",
                      "route": "main", "status": "running"}
        definition.update(changes)
        r.hset(self.key("def"), mapping={k: v for k, v in definition.items() if v is not None})
        r.sadd(p + "campaigns", self.c)
        return self

    def push(self, *jobs):
        self.r.rpush(self.key("queue"), *[j if isinstance(j, (str, bytes)) else json.dumps(j) for j in jobs])

    # -- what is seen

    def stats(self):
        return {k: int(v) for k, v in self.r.hgetall(self.key("stats")).items()}

    def stat(self, name):
        return int(self.r.hget(self.key("stats"), name) or 0)

    def wait_stat(self, name, value, timeout=10):
        wait_until(lambda: self.stat(name) == value, timeout, lambda: f"{name} = {value} in {self.stats()} {self.state()}")

    def wait_intake(self, value, timeout=20):
        self.wait_stat("intake", value, timeout)

    def state(self):
        return self.r.hgetall(self.key("state"))

    def wait_state(self, timeout=10, **want):
        wait_until(lambda: all(self.state().get(k) == v for k, v in want.items()), timeout, lambda: f"{want}, not {self.state()}")

    def wait_because(self, because, timeout=10):
        self.wait_state(timeout, because=because)

    def ended(self, stream):
        """Entries of refused, invalid or done, by job id."""
        return {f.get("id"): f for _, f in self.r.xrange(self.key(stream))}

    def reasons(self, stream="refused"):
        return {i: f["reason"] for i, f in self.ended(stream).items()}

    def balance(self):
        """Promise 3, at one instant: licetd may be moving jobs. Returns the counters."""
        s, held, later = self._counts()
        total = sum(s.get(t, 0) for t in TERMS)
        assert s.get("intake", 0) == total, f"intake {s.get('intake', 0)} but the terms sum to {total}: {s}"
        assert held == s.get("held", 0), f"{held} jobs in held lists, {s.get('held', 0)} counted"
        assert later == s.get("later", 0), f"{later} in later, {s}"
        return s

    def _counts(self):
        """The counters, how many are held, how many are put off. A place that comes while the lists are looked for is seen
        by its counter: then once more."""
        places = {name[len("held."):] for name in self.stats() if name.startswith("held.")}
        places = sorted(places | {k[len(self.key("held:")):] for k in self.r.scan_iter(self.key("held:*"))})
        with self.r.pipeline(transaction=True) as p:
            p.hgetall(self.key("stats"))
            p.zcard(self.key("later"))
            for place in places:
                p.llen(self.key("held:" + place))
            stats, later, *held = p.execute()
        stats = {k: int(v) for k, v in stats.items()}
        more = [n for n in stats if n.startswith("held.") and n[len("held."):] not in places]
        return (stats, sum(held), later) if not more else self._counts()

    # -- what a sender does

    def take(self, count=100, sender="s1", route="main"):
        reply = self.r.fcall("licet_take", 1, f"{self.p}ready:{route}", sender, count)
        return [dict(zip(j[::2], j[1::2])) for j in reply]

    def done(self, token, outcome="answered", detail="", route="main"):
        return self.r.fcall("licet_done", 1, f"{self.p}ready:{route}", token, outcome, detail)

    def oppose(self, number, scope="", source="web", reason="said no"):
        name = "opposition" + (":" + scope if scope else "")
        return self.r.fcall("licet_oppose", 1, f"{self.p}list:{name}", number, source, reason)

    def attempt(self, number, *dates, person="", advertiser="acme", outcome=""):
        """Attempts made elsewhere; returns how many are known then."""
        return [self.r.fcall("licet_attempt", 1, f"{self.p}attempts:{advertiser}", number, d, person, outcome) for d in dates][-1]

    def attempts(self, who, advertiser="acme", reached=False):
        """The days of the attempts on record of a number, or of "p:<person>"; reached: with * behind those that did."""
        field, mark = attempts_slot(who)
        bucket = self.env.server.connect(decode_responses=False).hget(f"{self.p}attempts:{advertiser}", field) or b""
        found = re.search(re.escape(mark) + b"([\x00-\x7f]*)", bucket)
        days = found.group(1) if found else b""
        codes = [((days[i] & 0x3f) << 7 | days[i + 1], "*" if days[i] & 0x40 and reached else "") for i in range(0, len(days), 2)]
        return [str(EPOCH + datetime.timedelta(days=16384 + c)) + star for c, star in codes]

    def set_attempts(self, who, *dates, advertiser="acme"):
        """Put them there, where no function is loaded."""
        field, mark = attempts_slot(who)
        codes = [(datetime.date.fromisoformat(d) - EPOCH).days % 8192 for d in dates]
        record = mark + b"".join(bytes((c >> 7, c & 0x7f)) for c in codes)
        raw = self.env.server.connect(decode_responses=False)
        raw.hset(f"{self.p}attempts:{advertiser}", field, (raw.hget(f"{self.p}attempts:{advertiser}", field) or b"") + record)

    def wait_taken(self, count, timeout=10):
        """Take until so many were handed over."""
        got = []
        wait_until(lambda: got.extend(self.take()) or len(got) >= count, timeout, lambda: f"{count} jobs to take, {self.stats()}")
        return got


def job(i, to=None, consent=CONSENT, **more):
    j = {"id": str(i), "to": to or f"+336{i:08d}"}
    if consent is not None:
        j["consent"] = consent
    j.update(more)
    return j


def start(env, clock=OPEN, *jobs, words=(), route=None, **definition):
    """A campaign whose jobs are queued before licetd starts at that time, with these words."""
    w = World(env).define(**definition)
    if route is not None:
        w.r.hset(w.p + "route:main", mapping={"location": "FR", **route})
    if jobs:
        w.push(*jobs)
    w.clock = clock
    w.daemon = env.daemon("--simulate", clock, *words)
    return w


def start_ready(env, count, **more):
    w = start(env, OPEN, *[job(i) for i in range(count)], **more)
    w.wait_stat("ready", count)
    return w


def another(w, name, **definition):
    """A second campaign beside that one."""
    return World(w.env, w.p, name).define(**definition)


def consent(**changes):
    """The sound one, changed; None takes a field away."""
    c = {**CONSENT, **changes}
    return {k: v for k, v in c.items() if v is not None}


def packed(w, name):
    """The numbers of a packed list: of each bucket what its numbers share, and the two bytes of each."""
    found = set()
    for field, marks in w.env.server.connect(decode_responses=False).hgetall(w.p + "list:" + name).items():
        found |= {f"+{int(field) * 2048 + (marks[i] - 128) * 128 + marks[i + 1]}" for i in range(0, len(marks), 2)}
    return found


def pack(w, name, *numbers, version="1-1"):
    """A packed list of these, as licetctl list load writes it."""
    buckets = {}
    for n in sorted({int(number[1:]) for number in numbers}):
        buckets.setdefault(n // 2048, bytearray()).extend((128 + n % 2048 // 128, n % 128))
    w.env.server.connect(decode_responses=False).hset(w.p + "list:" + name, mapping={str(f): bytes(b) for f, b in buckets.items()})
    w.r.hset(w.p + "list-meta:" + name, mapping={"refreshed_at": "2026-11-24T06:00:00Z", "source": "x", "count": len(numbers), "version": version,
                                                 "buckets": len(buckets)})


def oppose_at(w, number, event, scope="acme", person=""):
    name = "opposition" + (":" + scope if scope else "")
    return w.r.fcall("licet_oppose", 1, w.p + "list:" + name, number, "web", "said no", event, person)
