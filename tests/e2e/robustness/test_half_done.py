"""No function does half of something: each of its calls of Redis raises in turn, and what it touches is of a wrong kind in turn.

What raises before the first write changes nothing. Behind it only what cannot fail is called, and a raise there is told and
doubles nothing. Where jobs are is told by the keys alone, beside the counters."""

import functools
import json
import os
import random
import re

import raising
from harness import ROOT, SIM, Failure, full_speed, own_target, wait_until
from proxy import Proxy
from raising import COUNTED, RAISE, Calls, State, Whereabouts, run
from redis import ResponseError
from world import CAMPAIGN, CONSENT, OPEN, World, consent, job, pack

P = SIM
READY, LEASES = P + "ready:main", P + "ready:main:lease"
C = f"{P}campaign:{CAMPAIGN}:"
FAR = "2026-11-24T11:00:00+01:00"


class Stopper(Proxy):
    """Answers every licet_commit with an error, but for those that have nothing moved as licetd has to judge an opposition first."""

    refuse = property(lambda self: self._stop, lambda self, value: None)

    def __init__(self, env, lets):
        super().__init__(env)
        self.lets, self.call = lets, None

    def _stop(self, words):
        if words[:2] != [b"FCALL", b"licet_commit"]:
            return False
        self.lets -= 1
        if self.lets < 0:
            self.call = self.call or words
        return self.lets < 0


def world(env, **definition):
    w = World(env, P).define(lists=("opposition", "bloctel"), **definition)
    pack(w, "anti-prospection", "+33600000098", "+33700000001")
    return w


class Stage:
    """A world that licetd has left: keys that each case is played on."""

    def __init__(self, env):
        self.raw = env.server.connect(decode_responses=False, encoding_errors="replace")
        self.r = env.redis
        # Of the hundreds of ranges those that are asked for.
        plan = [f for f in self.r.hkeys(P + "numbering") if not f.startswith(("international", "trunk", "proof", "+336", "+5906", "06/"))]
        self.r.hdel(P + "numbering", *plan)
        raising.load(self.raw)
        self.state = State(self.raw, P)

    def where(self):
        return Whereabouts(self.state.look(), P, CAMPAIGN)

    def take(self, count):
        return [dict(zip(j[::2], j[1::2])) for j in self.r.fcall("licet_take", 1, READY, "s1", count)]


def commit_stage(env, source):
    """A mixed batch as it was about to be moved: the call, and the stage."""
    w = world(env, retry="busy:1h")
    r = w.r
    r.hset(P + "route:main", mapping={"location": "FR", "rate": "1000/s", "canary": "50", "breaker_pct": "50"})
    r.sadd(w.key("cancel"), "3")
    jobs = [job(1), job(2, person="p2"), job(3), job(4), job(5), job(1, to="+33600000091"), {"id": "6"}, job(7, not_before=FAR), job(8, postcode="97110", to="+590690000008"),
            job(9, consent=consent(slot="2026-11-24T10:35:00+01:00")), job(10, consent=consent(until="2026-10-01")), job(11, consent=consent(via="web"))]
    early = "2026-11-24T05:00:00+01:00"
    daemon = env.daemon("--simulate", early if source == "held" else OPEN)
    for number, name in (("+33600000004", "opposition"), ("+33600000005", "opposition:acme")):
        r.fcall("licet_oppose", 1, P + "list:" + name, number, "web", "no")
    r.fcall("licet_oppose", 1, P + "list:opposition:acme", "+33600000011", "web", "no", "2026-08-01T10:00:00Z")
    if source == "later":
        jobs = [job(i, not_before=FAR) for i in range(20, 26)]
    if source != "queue":
        w.push(*jobs)
        w.wait_intake(len(jobs))
        if source == "later":
            w.wait_stat("later", len(jobs))
    daemon.stop()
    proxy = Stopper(env, 0 if source == "later" else 1)
    env.server.words = ["--socket", proxy.path]
    daemon = env.daemon("--simulate", OPEN if source != "later" else FAR)
    if source == "queue":
        w.push(*jobs)
    call = wait_until(lambda: proxy.call, 20, "a commit")
    daemon.kill()
    return call, Stage(env)


def life_stage(env):
    """Jobs in every place: ready, with a sender, unknown, held, later, done, refused, invalid; and events that were not settled yet."""
    w = world(env, retry="busy:1h no-answer:1h", retry_max="3")
    r = w.r
    r.hset(P + "route:main", mapping={"location": "FR", "canary": "50", "breaker_pct": "50"})
    r.sadd(w.key("cancel"), "90")
    daemon = env.daemon("--simulate", OPEN)
    r.fcall("licet_oppose", 1, P + "list:opposition:acme", "+33600000091", "web", "no")
    w.push(*[job(i, person=f"p{i}" if i % 2 else None) if i % 2 else job(i) for i in range(1, 13)], job(90), job(91), {"id": "92"},
           job(93, not_before=FAR), job(94, postcode="97110", to="+590690000094"))
    w.wait_intake(17)
    wait_until(lambda: w.stat("ready") == 12, 10, lambda: w.stats())
    token = w.take(1)[0]["token"]
    r.zadd(READY + ":lapse", {token: 1})
    w.wait_stat("unknown", 1)
    done = w.take(1)[0]["token"]
    w.done(done, "answered")
    w.wait_stat("done", 1)
    r.fcall("licet_consent", 1, P + "consent:acme", "+33600000003", json.dumps(CONSENT))
    w.attempt("+33600000007", "2026-11-20", person="p7")
    w.take(4)
    wait_until(lambda: not r.xlen(P + "settle:main"), 10, "the takes to be settled")
    daemon.kill()
    for key in r.scan_iter(P + "daemon:*"):
        r.delete(key)
    r.hset(P + "unplaced", "+33600000055", "1795500000000 opposition:nobody")
    # Keys that were there, and are not any more.
    r.hset(P + "kept", mapping={"campaign:gone:stats": "there", "attempts:gone": "there"})
    # Reported by a sender, and to be put on its list: of one that is ready, and of one that nobody is to call.
    r.hset(P + "unplaced", "+33600000056", "1795500000000 opposition\t\tcall:x\tnever-again\tp56\tc\n1795500000001 opposition:acme\t\tweb\tno\t\to")
    r.hset(P + "unplaced", "+33600000012", "1795500000000 opposition:acme\t2026-11-24T08:00:00Z\tweb\tno\t\to")
    return Stage(env)


# -- the calls: (name, what is done before, the words behind FCALL)


def leased(s, i):
    """Token of the i-th that a sender has."""
    return sorted(s.r.hkeys(LEASES))[i]


def entry(s, i=0):
    return s.raw.lindex(READY, i)


def reported(s):
    """Events of each kind are waiting."""
    s.r.sadd(C + "cancel", job_id(s.r.lindex(READY, 0)))
    s.take(2)
    for i, outcome in enumerate(("answered", "busy", "not-placed", "opted-out")):
        s.r.fcall("licet_done", 1, READY, leased(s, 0), outcome, f"report {i}")


def job_id(text):
    return json.loads(text.split("\n", 1)[1])["id"]


def number_in(text):
    return json.loads(text.split("\n", 1)[1])["to"]


def done_args(s, *outcomes):
    tokens = sorted(s.r.hkeys(LEASES))
    return [x for t, o in zip(tokens, outcomes) for x in (t, o, "as told")]


def refuse_two(s):
    """One is cancelled, one is on a list, one has a person who objected."""
    s.r.sadd(C + "cancel", job_id(s.r.lindex(READY, 0)))
    s.r.sadd(P + "list:opposition", number_in(s.r.lindex(READY, 1)))
    s.r.hset(P + "oppositions:dated:acme", "p:p9", "1795500000000 1795500000000 o")


def lapse_all(s):
    s.r.zadd(READY + ":lapse", {t: 1 for t in s.r.zrange(READY + ":lapse", 0, -1)})


def lose_member(s):
    s.r.hset(P + "list-meta:opposition:acme", mapping={"floor": "5", "taken_off": "1"})
    s.r.hset(P + "oppositions:dated:acme", "+33600000077", "1795500000000 1795500000000 o")
    s.r.sadd(P + "list:opposition:acme", "06 00 00 00 66")


def old_attempts(s):
    s.raw.hset(P + "attempts:acme", "00ff", b"\x80\x80\x80\x80\x81\x01\x01\x80\x80\x80\x80\x82\x02\x02")


def old_proofs(s):
    s.r.hset(P + "numbering", "proof_days", "1096")
    for number in ("+33600000051", "+33600000052"):
        s.r.hset(P + "consent:acme", number, json.dumps({"consents": [{**CONSENT, "collected_at": "2021-09-01T10:12:00+02:00", "until": "2022-08-31"}]}))


def logged(s):
    """A decision log is kept, and is as far as it says; nobody has the lease any more."""
    s.r.set(P + "log:required", "1")
    s.r.hset(P + "log", mapping={"owner": "me:1", "until": "1", "began": "1"})
    s.r.hset(P + "log:positions", C + "done", NOW + "-0")
    s.r.xadd(P + "log:events", {"number": "+33600000044"}, id=NOW + "-0")
    s.r.hset(P + "log:logs", mapping={"me": "1", "you": "1"})
    s.r.hset(P + "log:erase", "ab", "{}")
    s.r.hset(P + "log:erased:ab", "you", "2")


def cancelling(s, phase):
    """A batch with jobs everywhere is to be cancelled, and that far."""
    s.r.rpush(C + "queue", json.dumps(job(81)), json.dumps(job(82)))
    ids = [*map(str, range(1, 13)), "81", "93", "94"]
    s.r.set(C + "batch:ab12", "".join(i + "\n" for i in ids))
    s.r.sadd(C + "cancel", "\n")
    s.r.hset(C + "batches", "b.csv", json.dumps({"name": "b.csv", "queued": 15}))
    state = {"by": "A. Martin", "at": "2026-11-24T09:00:00Z", "tag": "ab12"}
    if phase:
        s.r.sadd(C + "batch:ab12:gone", *ids)
        state = {"by": "A. Martin", "at_text": state["at"], "tag": "ab12", "phase": phase, "at": 0, "i": 1, "routes": ["main"], "cancelled": 0, "out": 0}
        if phase == "held":
            state["places"] = [held_key(s).split(":held:")[1]]
    s.r.hset(C + "cancelling", "b.csv", json.dumps(state))


def twin(s):
    """A second id of the company, with something of each kind; some of it is known of both."""
    s.r.hset(P + "advertiser:beta", mapping={**s.r.hgetall(P + "advertiser:acme"), "name": "Beta"})
    s.r.hset(P + "oppositions:dated:beta", mapping={"+33600000061": "1795500000000 1795500000000 o", "+33600000091": "1795600000000 1795600000000 o", "p:p61": "1795500000000 1795500000000 o"})
    s.r.sadd(P + "list:opposition:beta", "+33600000061", "+33600000062", "+33600000091")
    s.r.hset(P + "consent:beta", mapping={n: json.dumps({"consents": [CONSENT]}) for n in ("+33600000003", "+33600000063")})
    s.r.sadd(P + "slots:beta", "+33600000064/1")
    s.raw.hset(P + "attempts:beta", "00ff", b"\x80\x80\x80\x80\x81\x01\x01\x80\x80\x80\x80\x82\x02\x02")
    s.r.hset(P + "out", "beta/p61", "t61")


def joining(s):
    """And it is being united with the first."""
    twin(s)
    s.r.hset(P + "aliases", "beta", "acme joining")
    s.r.hset(P + "kept", "aliases", "there")
    s.r.sadd(P + "advertisers", "acme", "beta")
    for a in ("acme", "beta"):
        s.r.hset(P + "advertiser:" + a, mapping={"company": "acme beta", "joining": "beta"})


def joined(s):
    """All of it is there, and that is not told yet."""
    joining(s)
    s.r.delete(*[P + kind + ":beta" for kind in ("oppositions:dated", "list:opposition", "consent", "slots", "attempts")])
    s.r.hdel(P + "out", "beta/p61")


def nothing(_):
    pass


NOW = "1795511400000"
CASES = [
    ("take", refuse_two, lambda s: ["licet_take", 1, READY, "s1", 100]),
    *[("done " + o, nothing, lambda s, o=o: ["licet_done", 1, READY, leased(s, 0), o, "as told"]) for o in ("answered", "opted-out", "never-again", "not-placed")],
    ("done many", nothing, lambda s: ["licet_done", 1, READY, *done_args(s, "answered", "opted-out", "busy", "never-again")]),
    ("done late", lapse_all, lambda s: ["licet_done", 1, READY, leased(s, 0), "opted-out", ""]),
    ("done unknown", nothing, lambda s: ["licet_done", 1, READY, s.r.hkeys(READY + ":unknown")[0], "never-again", ""]),
    ("done by number", nothing, lambda s: ["licet_done", 1, READY, "no-such", "opted-out", "+33 6 00 00 00 01"]),
    ("oppose", nothing, lambda s: ["licet_oppose", 1, P + "list:opposition", number_in(s.r.lindex(READY, 0)), "web", "no", "", "p9"]),
    ("oppose who is out", nothing, lambda s: ["licet_oppose", 1, P + "list:opposition:acme", s.r.hvals(LEASES)[0].split("\t")[5], "web", "no", "2026-11-01T10:00:00Z", "p5"]),
    ("oppose unplaced", nothing, lambda s: ["licet_oppose", 1, P + "list:opposition:acne", "+33600000044", "web", "no"]),
    ("unoppose", nothing, lambda s: ["licet_unoppose", 1, P + "list:opposition:acme", "+33600000091", "A. Martin", "by mistake", "p3"]),
    ("consent", nothing, lambda s: ["licet_consent", 1, P + "consent:acme", "+33600000003", json.dumps(consent(proof="another"))]),
    ("withdraw", nothing, lambda s: ["licet_withdraw", 1, P + "consent:acme", number_in(s.r.lindex(READY, 1)), "web", "no"]),
    ("attempt", nothing, lambda s: ["licet_attempt", 1, P + "attempts:acme", "+33600000007", "2026-11-21", "p7"]),
    ("settle", reported, lambda s: ["licet_settle", 1, P + "settle:main", NOW, "-", 100]),
    ("settle odd", lambda s: (reported(s), s.r.xadd(P + "settle:main", {"kind": "taken", "campaigns": "5"})), lambda s: ["licet_settle", 1, P + "settle:main", NOW, "-", 100]),
    *[("recall " + reason, lambda s: s.r.sadd(C + "cancel", job_id(s.r.lindex(READY, 0))),
       lambda s, r=reason: ["licet_recall", 1, READY, NOW, 4, json.dumps({CAMPAIGN: [r, "rule"]})]) for reason in ("campaign-paused", "listed", "not-before")],
    ("recall cancelled", lambda s: s.r.sadd(C + "cancel", job_id(s.r.lindex(READY, 0))), lambda s: ["licet_recall", 1, READY, NOW, 4, "{}"]),
    ("lapse mended", lambda s: s.r.delete(READY + ":lapse"), lambda s: ["licet_lapse", 1, READY, NOW, 100]),
    ("lapse", lapse_all, lambda s: ["licet_lapse", 1, READY, NOW, 100]),
    *[("requeue " + part, nothing, lambda s, part=part: ["licet_requeue", 1, C + part, "", "", "-", "+", 100]) for part in ("refused", "invalid")],
    *[("resolve " + o, nothing, lambda s, o=o: ["licet_resolve", 1, READY, s.r.hkeys(READY + ":unknown")[0], o, "asked"])
      for o in ("answered", "busy", "not-placed", "opted-out", "never-again")],
    ("erase queue", lambda s: s.r.rpush(C + "queue", json.dumps(job(80))), lambda s: ["licet_erase", 1, C + "queue", "+33600000080", json.dumps(job(80)), "1"]),
    ("erase held", nothing, lambda s: ["licet_erase", 1, held_key(s), "+590690000094", s.raw.lindex(held_key(s), 0), "1"]),
    ("erase later", nothing, lambda s: ["licet_erase", 1, C + "later", "+33600000093", s.raw.zrange(C + "later", 0, 0)[0]]),
    ("erase ready", nothing, lambda s: ["licet_erase", 1, READY, "+33600000001", entry(s, 1), "1"]),
    ("erase unknown", nothing, lambda s: ["licet_erase", 1, READY + ":unknown", "+33600000001", s.r.hkeys(READY + ":unknown")[0]]),
    ("erase consent", nothing, lambda s: ["licet_erase", 1, P + "consent:acme", "+33600000003"]),
    ("erase attempts", lambda s: s.r.fcall("licet_attempt", 1, P + "attempts:acme", "+33600000007", "2026-01-01", "p7"),
     lambda s: ["licet_erase", 1, P + "attempts:acme", "+33600000007", "p7"]),
    ("erase seen", nothing, lambda s: ["licet_erase", 1, C + "seen", "+33600000001", "+33600000001", "i:1"]),
    ("erase refused", nothing, lambda s: ["licet_erase", 1, C + "refused", "+33600000091", s.r.xrange(C + "refused")[0][0]]),
    ("trim", nothing, lambda s: ["licet_trim", 1, C + "done", "1"]),
    ("trim logged", logged, lambda s: ["licet_trim", 1, C + "done", "1"]),
    ("consent logged", logged, lambda s: ["licet_consent", 1, P + "consent:acme", "+33600000003", json.dumps(consent(proof="another"))]),
    ("log", nothing, lambda s: ["licet_log", 1, P + "log", "me:1", 10000, "good", NOW]),
    ("log off", logged, lambda s: ["licet_log_off", 1, P + "log"]),
    ("log erase", logged, lambda s: ["licet_log_erase", 1, P + "log", "cd", "{}"]),
    ("log next", logged, lambda s: ["licet_log_next", 1, P + "log", "me"]),
    ("log erased", logged, lambda s: ["licet_log_erased", 1, P + "log", "me", "ab", 3]),
    ("log told", logged, lambda s: ["licet_log_told", 1, P + "log", "me:1", P + "log:events", NOW + "-1", C + "done", NOW + "-0"]),
    ("erase refused logged", logged, lambda s: ["licet_erase", 1, C + "refused", "+33600000091", s.r.xrange(C + "refused")[0][0]]),
    ("requeue logged", logged, lambda s: ["licet_requeue", 1, C + "refused", "", "", "-", "+", 100]),
    *[("batch cancel " + phase, lambda s, phase=phase: cancelling(s, phase), lambda s: ["licet_batch_cancel", 1, C + "cancelling"])
      for phase in ("", "ready", "leases", "unknown", "queue", "held", "later", "over")],
    *[("proofs" + what, before, lambda s: ["licet_proofs", 1, P + "consent:acme", "0", 100]) for what, before in (("", old_proofs), (" logged", lambda s: (logged(s), old_proofs(s))))],
    ("prune", old_attempts, lambda s: ["licet_prune", 1, P + "attempts:acme", "0", "20780", 100, 31]),
    ("hours", nothing, lambda s: ["licet_hours", 1, P + "campaigns", CAMPAIGN]),
    ("guard", lose_member, lambda s: ["licet_guard", 1, P + "campaigns", "opposition", 0, "", "", "opposition:acme", 9, "", "x", "bloctel", 0, "", "", "anti-prospection", 0, "", ""]),
    ("accept", lose_member, lambda s: ["licet_accept", 1, P + "list-meta:opposition:acme", "A. Martin", "they moved"]),
    ("mend", lose_member, lambda s: ["licet_mend", 1, P + "list:opposition:acme", "drop", "06 00 00 00 66"]),
    ("place", nothing, lambda s: ["licet_place", 1, P + "unplaced", "+33600000055", "A. Martin", "asked", "dismissed"]),
    ("alias", twin, lambda s: ["licet_alias", 1, P + "aliases", "beta", "acme", "A. Martin", "one company", ""]),
    *[("alias " + part, joining, lambda s, part=part: ["licet_alias", 1, P + "aliases", "beta", "acme", "A. Martin", "one company", part + " 0"])
      for part in ("out", "dated", "list", "consent", "attempts", "slots")],
    ("alias over", joined, lambda s: ["licet_alias", 1, P + "aliases", "beta", "acme", "A. Martin", "one company", "slots 0"]),
    ("oppose an alias", joined, lambda s: ["licet_oppose", 1, P + "list:opposition:beta", number_in(s.r.lindex(READY, 0)), "web", "no", "", "p9"]),
    ("breaker", lambda s: s.r.hset(READY + ":health", mapping={"state": "tripped", "why": "x"}), lambda s: ["licet_breaker", 1, READY, "A. Martin", "mended"]),
    ("publish", nothing, lambda s: ["licet_publish", 1, C + "state", 60, "state", "running", "since", "now"]),
    ("present", nothing, lambda s: ["licet_present", 1, P + "rulebooks", "me", "hash", 60]),
]
ERASED = {"erase " + part for part in ("queue", "held", "later", "ready", "unknown", "refused", "refused logged")}
# What goes by design: a refused job that is erased or that is trimmed is counted as before.
# A sender may write to streams, and not ask them: what it tells there it tells first, and what told cannot be done by half.
STREAM_FIRST = {"take", "done", "oppose", "withdraw"}
UNCOUNTED = {"erase refused", "erase refused logged", "trim"}


def held_key(s):
    return next(k for k in s.r.scan_iter(C + "held:*") if s.r.llen(k))


@functools.cache
def touched():
    """The keys that each function touches, as the table lists them."""
    with open(os.path.join(ROOT, "tests", "tables", "library-keys.txt"), encoding="utf-8") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    return {row[0]: set(row[1:]) for row in rows if row}


NAMES = ((r"campaign:[^:]+", "campaign:<c>"), (r"held:.*", "held:<place>"), (r"batch:ab12", "batch:<tag>"), (r"(ready|settle|recall|route):main", r"\1:<r>"), (r":(past|settled):.*", r":\1:<day>"), (r"log:erased:.*", "log:erased:<id>"),
         (r"(advertiser|consent|attempts|slots|dated):[^:]+", r"\1:<a>"), (r"(list|list-meta):(opposition:.*|bloctel|anti-.*|opposition)", r"\1:<list>"),
         (r"source:.*", "source:<s>"), (r"form:.*", "form:<f>"))


def named(key):
    """A key as the table names it; None: it is no key of licet's."""
    if not key.startswith(P):
        return None
    key = key[len(P):]
    for pattern, to in NAMES:
        key = re.sub("(?:^|(?<=:))" + pattern if pattern[0] != ":" else pattern, to, key)
    return key


class Played:
    """One call on keys of its own, and what is found wrong with it."""

    def __init__(self, stage, name, call, faults):
        self.s, self.name, self.call, self.faults = stage, name, ["FCALL", *call], faults
        self.state = State(stage.raw, P)
        self.before = stage.where()
        bad = self.before.wrong(self.before)
        if bad:
            raise Failure(f"{name}: the stage: {bad}")

    def fault(self, text):
        self.faults.append(f"{self.name}: {text}")

    def run(self, at=0):
        self.state.put_back()
        return run(self.s.raw, self.call, at)

    def judge(self, what, reply, counters=True):
        """After a call: an error has changed nothing, and whatever it said each job is in one place and counted there."""
        self.after = look = self.state.look()
        if isinstance(reply, ResponseError) and not str(reply).startswith(("ADVERTISER", "STREAM")):
            if look != self.state.value:
                changed = sorted(k.decode() for k in {*look, *self.state.value} if look.get(k) != self.state.value.get(k))
                self.fault(f"{what}: {reply} and yet changed {changed}")
            return
        bad = Whereabouts(look, P, CAMPAIGN).wrong(self.before, 1 if self.name in ERASED else 0, counters and self.name not in UNCOUNTED)
        if self.name.startswith("lapse") and (READY + ":odd").encode() in look:
            bad = []  # of which campaign a lease was that is none, nobody knows: it is kept, and told
        if bad:
            self.fault(f"{what}: {reply!r:.60} {bad}")

    def plain(self):
        """As it should be; what it called is kept."""
        reply = self.run(-1)
        self.calls = Calls(self.s.raw)
        if isinstance(reply, ResponseError) and not str(reply).startswith("ADVERTISER"):
            self.fault(f"does not run: {reply}")
        elif self.name.startswith("commit") and reply[0] != b"ok":
            self.fault(f"does not move: {reply}")
        elif not isinstance(reply, ResponseError):
            self.judge("plain", reply)
        unknown = {k for k in map(named, self.calls.keys) if k} - touched().get(self.call[1] if isinstance(self.call[1], str) else self.call[1].decode(), set())
        if unknown:
            self.fault(f"touches what tests/tables/library-keys.txt does not list: {sorted(unknown)}")
        for line in self.calls.unasked(self.name.split()[0] not in STREAM_FIRST):
            self.fault(f"not asked before the first write: {line}")

    def raises(self, places):
        """At each of these calls."""
        for at in places:
            reply = self.run(at)
            kind, command = self.calls.all[at - 1][0], " ".join(self.calls.all[at - 1][3][:2])
            what = f"raise at {at} of {len(self.calls.all)} ({kind} {command}), the first write is {self.calls.first_write}"
            if at <= self.calls.first_write or kind == "pcall":
                self.judge(what, reply)
                continue
            if not isinstance(reply, ResponseError):
                self.judge(what, reply)
            if self.name.split()[0] in STREAM_FIRST:
                continue
            doubled = self.s.where().twice_to_call() - self.before.doubled()
            if doubled:
                self.fault(f"{what}: doubled {sorted(doubled)}")

    # -- what is of a wrong kind

    def planted(self, what, plant, *key):
        """Run on keys that somebody else wrote to."""
        self.state.put_back()
        plant(*key)
        kept = self.state, self.before
        self.state = State(self.s.raw, P, keep=False)
        self.before = Whereabouts(self.state.value, P, CAMPAIGN)
        reply = run(self.s.raw, self.call)
        self.judge(f"{what}: {' '.join(str(k)[:50] for k in key)}", reply)
        self.told(what, key)
        self.state, self.before = kept

    def told(self, what, key):
        """A counter that is no number, where it would have changed."""
        name = key[1].decode() if len(key) == 3 and key[0] == C + "stats" else None
        if name not in COUNTED or self.before.counted()[name] is not None:
            return
        after = Whereabouts(self.after, P, CAMPAIGN)
        errors = self.after.get((P + "errors").encode(), [])
        if after.expected()[name] != self.before.expected()[name] and not any(key[1] in f.get(b"error", b"") for _, f in errors):
            self.fault(f"{what}: {name} is silent")

    def wrong_kinds(self):
        """Each, as a function."""
        r, raw = self.s.r, self.s.raw
        ours = sorted(k for k in self.calls.keys if k.startswith(P))
        values = {k.decode(): v for k, v in self.state.value.items()}

        def typed(key):
            kind = r.type(key)
            r.delete(key)
            if kind == "string":
                r.rpush(key, "planted")
            else:
                r.set(key, "planted")

        def full(key, last):
            r.delete(key)
            r.xadd(key, {"kind": "x"}, last)

        def listed(key, i):
            raw.lset(key, i, b"planted")

        streams = {words[1] for _, command, _, words in self.calls.all if command == "XADD"}
        for key in ours:
            yield "wrong type", typed, key
            value = values.get(key)
            if key in streams and not key.endswith("settle:main" if self.name.startswith("settle") else ":none"):
                for left in (0, 1, 2):
                    yield "full", full, key, f"18446744073709551615-{2 ** 64 - 1 - left}"
            elif isinstance(value, dict):
                for field in sorted(value)[:MOST_FIELDS]:
                    for bad in BAD:
                        yield "wrong value", raw.hset, key, field.decode("latin-1").encode("latin-1"), bad
            elif isinstance(value, bytes):
                for bad in BAD:
                    yield "wrong value", raw.set, key, bad
            elif isinstance(value, set):
                yield "wrong value", raw.sadd, key, b"\xff planted"
            elif isinstance(value, list) and r.type(key) == "list" and ":held:" not in key:
                for i in range(len(value)):
                    yield "wrong value", listed, key, i
            elif isinstance(value, list) and r.type(key) == "zset":
                for member, _ in value:
                    yield "wrong value", lambda k, m, v: raw.zadd(k, {m: v}), key, member, "inf"


MOST_FIELDS = 25  # of the hundreds of ranges of numbers
BAD = ("abc", "", "1.5", "inf", "nan", "-5", "99999999999999999999", b"\x00\xff\t", "8" * 400)


def stages(s, cases=CASES):
    """Each case on its own keys."""
    first = State(s.raw, P)
    for name, prepare, words in cases:
        first.put_back()
        s.raw.set(RAISE, 0)
        prepare(s)
        yield name, words(s)
    first.put_back()


def show(faults):
    if faults:
        raise Failure(f"{len(faults)} faults\n" + "\n".join(faults))


@full_speed
def test_each_call_raises(env):
    s, faults = life_stage(env), []
    for name, words in stages(s):
        played = Played(s, name, words, faults)
        played.plain()
        played.raises(range(1, len(played.calls.all) + 1))
    show(faults)


def commit_raises(env, source):
    call, s = commit_stage(env, source)
    faults = []
    played = Played(s, "commit " + source, call[1:], faults)
    played.plain()
    played.raises(range(1, len(played.calls.all) + 1))
    show(faults)


def commit_of_wrong_kinds(env, source, count):
    call, s = commit_stage(env, source)
    faults = []
    wrong_kinds(Played(s, "commit " + source, call[1:], faults), count)
    show(faults)


def wrong_kinds(played, count):
    """All, or so many of them."""
    played.state.put_back()
    played.plain()
    played.state.put_back()
    kinds = list(played.wrong_kinds())
    for what, plant, *key in kinds if count is None else random.Random(played.name).sample(kinds, min(count, len(kinds))):
        played.planted(what, plant, *key)
    played.state.put_back()


def functions_of_wrong_kinds(env, count):
    s, faults = life_stage(env), []
    for name, words in stages(s):
        wrong_kinds(Played(s, name, words, faults), count)
    show(faults)


def test_what_is_of_a_wrong_kind(env):
    functions_of_wrong_kinds(env, 4)


@own_target
def test_all_that_is_of_a_wrong_kind(env):
    functions_of_wrong_kinds(env, None)


@own_target
def test_a_commit_among_what_is_of_a_wrong_kind(env):
    commit_of_wrong_kinds(env, "queue", None)


@own_target
def test_a_commit_from_held_among_what_is_of_a_wrong_kind(env):
    commit_of_wrong_kinds(env, "held", None)


def test_each_call_of_a_commit_raises(env):
    commit_raises(env, "queue")


def test_each_call_of_a_commit_from_held_raises(env):
    commit_raises(env, "held")


def test_each_call_of_a_commit_from_later_raises(env):
    commit_raises(env, "later")
