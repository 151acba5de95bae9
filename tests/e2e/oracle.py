"""Judges of a race: where every job is, and whether a take came after what forbade it.

They read the streams, lists and hashes themselves and believe no counter."""

import bisect
import collections
import json

from harness import Failure, equal, wait_until
from race import NEVER, journals


def _id_of(stored):
    """A job as it is stored, perhaps with the line that an earlier attempt left before it."""
    if stored.startswith("#"):
        stored = stored.split("\t", 1)[1]
    return json.loads(stored)["id"]


def _of_entry(entry):
    head = entry.split("\n", 1)[0].split("\t")
    return head[1], head[2]


def places(w, campaigns, routes=("main",)):
    """Where every job is: (campaign, id) -> the places, each once for each time it is there."""
    r, p, where = w.r, w.p, collections.defaultdict(list)
    for c in campaigns:
        base = f"{p}campaign:{c}:"
        for job in r.lrange(base + "queue", 0, -1):
            where[c, _id_of(job)].append("queue")
        for key in r.scan_iter(base + "held:*", 1000):
            for job in r.lrange(key, 0, -1):
                where[c, _id_of(job)].append("held")
        for job in r.zrange(base + "later", 0, -1):
            where[c, _id_of(job)].append("later")
        for _, f in r.xrange(base + "done"):
            if not f["retry_ms"]:  # else one pass of several
                where[c, f["id"]].append("done")
        for _, f in r.xrange(base + "refused"):
            where[c, f["id"]].append("cancelled" if f["reason"] == "cancelled" else "refused")
        for _, f in r.xrange(base + "invalid"):
            where[c, f["id"]].append("invalid")
    for route in routes:
        for entry in r.lrange(f"{p}ready:{route}", 0, -1):
            where[_of_entry(entry)].append("ready")
        for part, name in (("lease", "taken"), ("unknown", "unknown")):
            for lease in r.hvals(f"{p}ready:{route}:{part}"):
                where[_of_entry(lease.split("\t", 2)[2])].append(name)
    return where


def settled(w, routes=("main",)):
    """Wait until the daemon has moved on all that senders reported."""
    wait_until(lambda: not any(w.r.xlen(f"{w.p}settle:{r}") for r in routes), 20, "the settle streams to be empty")


def account(w, pushed, worlds):
    """Every job that was pushed is in exactly one place, and each counter is right. Nothing
    may move meanwhile. Returns the places."""
    where = places(w, [each.c for each in worlds])
    wrong = [f"{k}: {where.get(k, 'nowhere')}" for k in pushed if len(where.get(k, ())) != 1]
    if wrong:
        raise Failure(f"{len(wrong)} jobs are not in one place: {wrong[:5]}")
    equal([k for k in where if k not in pushed], [], "jobs that nobody pushed")
    for each in worlds:
        stats = each.balance()
        have = collections.Counter(v[0] for k, v in where.items() if k[0] == each.c)
        for term in ("held", "later", "ready", "taken", "unknown", "done", "refused", "invalid", "cancelled"):
            equal(stats.get(term, 0), have[term], f"{each.c} {term}, counted and there")
        equal(stats.get("intake", 0) + have["queue"], sum(have.values()), f"{each.c}: intake and queue")
        equal((stats.get("settling", 0), stats.get("erased", 0)), (0, 0))
    return {k: v[0] for k, v in where.items()}


class Finals:
    """What holds for ever once it has returned: oppositions, cancellations, withdrawals."""

    def __init__(self):
        self.at = {}  # what -> (first instant it had returned, first counter)
        self.sent = {}

    def add(self, what, sent, back, counter):
        have = self.at.get(what, (NEVER, NEVER))
        self.at[what] = (min(have[0], back), min(have[1], NEVER if counter is None else counter))
        self.sent[what] = min(self.sent.get(what, NEVER), sent)

    def breach(self, what, sent, counter):
        """Why a take that was sent then could not hand that over; None if it could."""
        back, numbered = self.at.get(what, (NEVER, NEVER))
        if sent > back:
            return f"{what} had returned {(sent - back) / 1000:.0f} us before the take was sent"
        if counter is not None and counter >= numbered:
            return f"{what} was step {numbered}, the take came after step {counter}"
        return None


class Brakes:
    """What holds from one step to another, by scope."""

    def __init__(self):
        self.by_scope = collections.defaultdict(list)

    def add(self, scope, on, off):
        self.by_scope[scope].append((on, off))

    def close(self):
        for spans in self.by_scope.values():
            spans.sort()
        self.starts = {s: [on[1] for on, _ in spans] for s, spans in self.by_scope.items()}
        self.steps = {s: sorted((on[2], NEVER if off[2] is None else off[2]) for on, off in spans if on[2] is not None)
                      for s, spans in self.by_scope.items()}

    def breach(self, scope, sent, back, counter):
        at = bisect.bisect_left(self.starts.get(scope, []), sent) - 1
        if at >= 0 and back < self.by_scope[scope][at][1][0]:
            return f"{scope} was stopped from before the take was sent until after it had returned"
        return None

    def breach_by_step(self, scope, counter):
        """The same by the counter, where both ends of the brake were counted."""
        steps = self.steps.get(scope, [])
        at = bisect.bisect_right(steps, (counter, NEVER)) - 1
        if at >= 0 and steps[at][1] != NEVER and counter < steps[at][1]:
            return f"{scope} was stopped from step {steps[at][0]} to {steps[at][1]}, the take came after {counter}"
        return None


class Story:
    """All journals of a stage, read once."""

    def __init__(self, stage, known):
        self.known = known
        self.takes, self.reports, self.intents = [], [], {}
        self.finals, self.brakes = Finals(), Brakes()
        self.counts = collections.Counter()
        self.withdrawn = 0
        for party, f in journals(stage.folder):
            self.counts[f[0]] += 1
            getattr(self, "_" + f[0].replace("-", "_"))(party, *f[1:])
        self.brakes.close()

    def _take(self, party, sent, back, counter, before, after, jobs):
        self.takes.append((party, sent, back, counter, before, after, jobs))

    def _intent(self, _party, reports):
        self.intents.update(reports)

    def _done(self, party, sent, back, reports):
        for token, campaign, id_, outcome, reply in reports:
            self.reports.append((party, token, outcome, reply))
            if outcome in ("opted-out", "refused", "never-again"):
                number, person, advertiser = self.known[campaign, id_]
                scope = "" if outcome == "never-again" else advertiser
                self.finals.add(("number", number, scope), sent, back, None)
                if person:
                    self.finals.add(("person", person, scope), sent, back, None)

    def _oppose(self, _party, act, number, person, scope, reply):
        self.finals.add(("number", number, scope), *act)
        if person:
            self.finals.add(("person", person, scope), *act)
        if isinstance(reply, list):
            self.withdrawn += reply[1]
            self.counts["opposed out"] += reply[2]

    def _cancel(self, _party, act, campaign, id_, _reply):
        self.finals.add(("cancel", campaign, id_), *act)

    def _withdraw(self, _party, act, number, advertiser, reply):
        self.finals.add(("consent", number, advertiser), *act)
        self.withdrawn += reply[0]

    def _brake(self, _party, scope, on, off):
        self.brakes.add(scope, on, off)

    def _failed(self, party, why):
        raise Failure(f"{party}: {why}")


def forbidding(known, campaign, id_):
    """What would forbid that job for ever."""
    number, person, advertiser = known[campaign, id_]
    whats = [("number", number, ""), ("number", number, advertiser), ("cancel", campaign, id_), ("consent", number, advertiser)]
    if person:
        whats += [("person", person, ""), ("person", person, advertiser)]
    return whats


def judge_takes(story, sources, route="main"):
    """Zero takes that were sent after the no handed the job over."""
    breaches, handed = [], 0
    for party, sent, back, counter, _, _, jobs in story.takes:
        for token, campaign, id_, number, advertiser, _, _ in jobs:
            handed += 1
            equal((number, advertiser), story.known[campaign, id_][::2], f"{campaign} {id_}")
            why = [story.finals.breach(w, sent, counter) for w in forbidding(story.known, campaign, id_)]
            for scope in ("all", "advertiser:" + advertiser, "source:" + sources[advertiser], "route:" + route, "campaign:" + campaign):
                why.append(story.brakes.breach(scope, sent, back, counter))
                if counter is not None:
                    why.append(story.brakes.breach_by_step(scope, counter))
            breaches += [f"{party} got {campaign} {id_} ({token}): {w}" for w in why if w]
    if breaches:
        raise Failure(f"{len(breaches)} breaches in {handed} jobs handed over:\n  " + "\n  ".join(breaches[:10]))
    return handed


def judge_refusals(w, story, worlds, stopped=(), expires=()):
    """Nobody is refused without a cause: over-blocking would hide a race. Returns how many
    were refused when they had been ready, by reason."""
    was_ready = collections.Counter()
    for each in worlds:
        for _, f in w.r.xrange(each.key("refused")):
            reason, (number, person, advertiser) = f["reason"], story.known[each.c, f["id"]]
            causes = {"opposed-platform": [("number", number, ""), ("person", person, "")],
                      "opposed-advertiser": [("number", number, advertiser), ("person", person, advertiser)],
                      "cancelled": [("cancel", each.c, f["id"])], "consent-withdrawn": [("consent", number, advertiser)]}
            if reason == "campaign-ended" and each.c in stopped:
                causes[reason] = []
            elif reason == "job-expired" and (each.c, f["id"]) in expires:
                causes[reason] = []
            elif reason not in causes or not any(c in story.finals.sent for c in causes[reason]):
                raise Failure(f"{each.c} {f['id']} was refused as {reason} without a cause: {f}")
            if f["hint"] == "was ready":
                was_ready[reason] += 1
    return was_ready


def judge_handovers(story, retried=("busy", "no-answer")):
    """Nothing is handed over twice: no token, and no job but for a retry that follows a
    report of its outcome. Returns the tokens handed over, with campaign, id and attempt."""
    tokens, jobs = {}, {}
    for party, _, _, _, _, _, handed in sorted(story.takes, key=lambda t: t[1]):
        for token, campaign, id_, _, _, attempt, _ in handed:
            if token in tokens:
                raise Failure(f"token {token} went to {tokens[token][3]} and to {party}")
            tokens[token] = (campaign, id_, attempt, party)
            earlier = jobs.setdefault((campaign, id_), [])
            if [a for _, a in earlier if a >= attempt]:
                raise Failure(f"{campaign} {id_} was handed over twice as attempt {attempt}: {earlier}, {token}")
            earlier.append((token, attempt))
    for key, passes in jobs.items():
        for token, _ in passes[:-1]:
            if story.intents.get(token) not in retried:
                raise Failure(f"{key} came again after {story.intents.get(token)}: {passes}")
    return tokens
