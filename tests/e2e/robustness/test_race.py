"""The proof that a no is final: senders take as fast as they can while others say no.

`make check` runs the short form, `make race` the long one. LICET_SEED repeats a run's
choices; how the processes interleave is the machine's."""

import collections
import datetime
import glob
import json
import random
import time

from harness import SLOW, Failure, equal, wait_until
from oracle import Story, account, judge_handovers, judge_refusals, judge_takes, settled
from race import LONG, SENDERS, Stage, objector, seed_of, sender, switcher
from world import OPEN, UNPLACED, World, job

CALLER_IDS = {"acme": "+33162001234", "brio": "+33162005678"}
SOURCES = {"acme": "web-2026", "brio": "brio-2026"}
LISTED_MAX = 2000  # of one route, by licetctl senders
CAMPAIGNS = (("acme.a", "acme"), ("acme.b", "acme"), ("brio.c", "brio"))


def worlds_of(env, campaigns, prefix="licet-sim:", **changes):
    """Campaigns of two advertisers."""
    worlds = []
    for name, advertiser in campaigns:
        w = World(env, prefix, campaign=name)
        w.define(advertiser=advertiser, source=SOURCES[advertiser], caller_id=CALLER_IDS[advertiser], **changes)
        worlds.append(w)
    r, p = worlds[0].r, worlds[0].p
    r.hset(p + "advertiser:brio", mapping={**r.hgetall(p + "advertiser:acme"), "name": "Brio", "siren": "732829320",
                                             "caller_ids": CALLER_IDS["brio"]})
    r.hset(p + "source:brio-2026", mapping={**r.hgetall(p + "source:web-2026"), "name": "brio.example", "collected_by": "brio"})
    return worlds


def population(campaigns, count, number=lambda i: f"+336{i:08d}"):
    """Jobs (campaign, id) -> (number, person, advertiser). Each campaign has the same numbers,
    at other times. Half of the jobs have a person, who has another number in the other campaigns
    at about the same time."""
    each = count // len(campaigns)
    known = {}
    for k, (name, advertiser) in enumerate(campaigns):
        for i in range(each):
            n = (i + k * each // len(campaigns)) % each
            known[name, f"{name}-{i}"] = (number(n), f"p-{i + 2 * k}" if i % 4 < 2 else "", advertiser)
    return known


def stored(known, name, i, **more):
    number, person, _ = known[name, i]
    return json.dumps(job(i, number, **({"person": person} if person else {}), **more))


def push_all(worlds, known):
    for w in worlds:
        ids = [i for c, i in known if c == w.c]
        for at in range(0, len(ids), 1000):
            w.push(*[stored(known, w.c, i) for i in ids[at:at + 1000]])


def sim_ms(clock, real_ms):
    return int(clock[0] + (real_ms - clock[1]) * clock[2])


def sim_clock(w):
    c = w.r.hgetall(w.p + "clock")
    return float(c["sim_base_ms"]), float(c["real_base_ms"]), float(c["speed"])


def sim_now(w):
    seconds, micro = w.r.time()
    return sim_ms(sim_clock(w), seconds * 1000 + micro // 1000)


def drained(worlds, held=True):
    """Has everything that was pushed gone through?"""
    def check():
        return all(w.r.llen(w.key("queue")) == 0 and w.stat("ready") == 0 and (not held or w.stat("held") == 0) for w in worlds)
    return check


def told(text):
    if LONG:
        print("  " + text, flush=True)


def test_an_opposition_is_final(env):
    """Zero takes that were sent after the opposition had returned hand over that number in
    that scope, be it by SADD or by the function, by number or by person, or an outcome."""
    worlds = worlds_of(env, CAMPAIGNS)
    w = worlds[0]
    stage = Stage(w, seed_of(env.name))
    known = population(CAMPAIGNS, LONG or 6000 // SLOW)
    env.daemon("--simulate", OPEN)
    start = time.monotonic()
    senders = [stage.start(f"s{i}", sender) for i in range(SENDERS)]
    objects = stage.start("opposer", objector, kinds=("oppose",), known=known, share=0.2)
    push_all(worlds, known)

    def through():
        stage.check()
        return sum(each.stat("intake") for each in worlds) == len(known) and drained(worlds)()
    wait_until(through, 60 + len(known) / 300, lambda: f"all to be through, {[each.stats() for each in worlds]}")
    stage.stop(objects)
    stage.stop(*senders)
    settled(w)
    wait_until(drained(worlds), 10, "what came back to be placed")
    seconds = time.monotonic() - start
    env.daemons[-1].stop()

    story = Story(stage, known)
    handed = judge_takes(story, SOURCES)
    judge_handovers(story, retried=())
    where = account(w, known, worlds)
    was_ready = judge_refusals(w, story, worlds)
    # Without these the test would show nothing.
    at_take = sum(was_ready.values()) - story.withdrawn
    told(f"{len(known)} jobs in {seconds:.0f} s, {handed} handed over, {story.counts['oppose']} oppositions, {story.withdrawn} of them "
         f"took a ready job back, {at_take} were seen at the take; {collections.Counter(where.values())}")
    if not (handed > len(known) / 3 and story.withdrawn > 0 and at_take > 0):
        raise Failure(f"no race took place: {handed} handed over, {story.withdrawn} taken back, {at_take} at the take")


# -- windows, brakes, cancellations, withdrawals

START = "2026-11-24T12:44:00+01:00"
# Of the callee, short: each ends ten minutes before its end.
OFTEN = ("14:10-14:40", "15:45-16:10", "16:30-16:50", "17:10-17:30")
GUARD_MS = 600000
PLACES = {"+336": UNPLACED, "+262692": "la-reunion", "+262639": "mayotte", "+594694": "guyane", "+596696": "martinique"}
ZONES = {UNPLACED: 1, "la-reunion": 4, "mayotte": 3, "guyane": -3, "martinique": -4}  # hours before UTC, in November
STEERED = (("acme.a", "acme"), ("acme.often", "acme"), ("acme.stopped", "acme"), ("brio.c", "brio"))


def steered_number(i):
    return ("+336{:08d}", "+262692{:06d}", "+262639{:06d}", "+594694{:06d}", "+596696{:06d}")[i % 5].format(i)


def place_of(number):
    return next(place for prefix, place in PLACES.items() if number.startswith(prefix))


def ms_of(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


class Hours:
    """When a place may be called, less the guard, as `licetctl windows` has it."""

    def __init__(self, env):
        self.spans, self.often = {}, {}
        for place in PLACES.values():
            got = env.ctl_json("windows", place, "--from", "2026-11-24T00:00:00Z", "--days", "2")
            self.spans[place] = [(ms_of(w["open"]), ms_of(w["close"]) - GUARD_MS) for w in got]
            own = [[ms_of(f"2026-11-24T{t}:00Z") - ZONES[place] * 3600000 for t in o.split("-")] for o in OFTEN]
            self.often[place] = [(max(a, first), min(b, last - GUARD_MS)) for a, b in self.spans[place] for first, last in own]

    def breach(self, campaign, number, first_ms, last_ms):
        """Was it closed at every instant of [first, last]?"""
        place = place_of(number)
        spans = self.often[place] if campaign == "acme.often" else self.spans[place]
        if not any(first <= last_ms and first_ms < last for first, last in spans):
            return f"{campaign} {number} in {place} from {first_ms} to {last_ms}: {spans}"
        return None


def judge_hours(story, hours, clock, expires):
    """Nothing at or after not_after, nothing between a close less the guard and the next opening."""
    breaches, seen = [], collections.Counter()
    for party, _, _, _, before, after, jobs in story.takes:
        first, last = sim_ms(clock, before), sim_ms(clock, after)
        for token, campaign, id_, number, _, _, not_after in jobs:
            own = expires.get((campaign, id_), not_after)
            if not_after > own or first >= own:
                breaches.append(f"{party}: {token} at {first} until {not_after}, its own is {own}")
            seen[campaign, place_of(number)] += 1
            if first >= not_after:
                breaches.append(f"{party}: {token} at {first}, its not_after is {not_after}")
            why = hours.breach(campaign, number, first, last)
            if why:
                breaches.append(f"{party}: {why}")
    if breaches:
        raise Failure(f"{len(breaches)} breaches:\n  " + "\n  ".join(breaches[:10]))
    return seen


class Feeder:
    """Keeps the queues short, so that there is always something to take in. Every third job may
    not start any more a moment later: when it is in the queue, is ready or has been taken."""

    def __init__(self, worlds, known, rng, speed, most=300):
        self.worlds, self.known, self.rng, self.most = worlds, known, rng, most
        self.moment_ms = 300 * speed * SLOW
        self.left = {w.c: [i for c, i in known if c == w.c] for w in worlds}
        self.pushed, self.expires = set(), {}

    def _job(self, c, i, now_ms):
        self.pushed.add((c, i))
        if self.rng.random() > 0.33:
            return stored(self.known, c, i)
        end = int(now_ms + self.rng.uniform(0, self.moment_ms)) // 1000 * 1000
        self.expires[c, i] = end
        text = datetime.datetime.fromtimestamp(end // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return stored(self.known, c, i, not_after=text)

    def feed(self):
        for w in self.worlds:
            room = self.most - w.r.llen(w.key("queue"))
            if room > 0 and self.left[w.c]:
                now_ms = sim_now(w)
                w.push(*[self._job(w.c, i, now_ms) for i in self.left[w.c][:room]])
                del self.left[w.c][:room]


def test_windows_and_brakes_are_final(env):
    """Windows close, campaigns pause and stop, halts come and go, jobs are cancelled, consents
    withdrawn, all at once."""
    worlds = worlds_of(env, STEERED)
    w = worlds[0]
    worlds[1].r.hset(worlds[1].key("def"), "window", "mon-fri " + ",".join(OFTEN))
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 86400, "backlog": 400})
    stage = Stage(w, seed_of(env.name))
    known = population(STEERED, LONG or 16000, steered_number)
    speed = 180 if LONG else 1200 if SLOW == 1 else 800
    env.daemon("--simulate", START, "--speed", str(speed))
    clock, hours = sim_clock(w), Hours(env)
    feeder = Feeder(worlds, known, random.Random(stage.seed), speed)
    feeder.feed()
    senders = [stage.start(f"s{i}", sender, keep=0) for i in range(SENDERS)]
    others = [stage.start("objector", objector, kinds=("oppose", "cancel", "withdraw"), known=known, share=0.15),
              stage.start("halts", switcher, brakes=[(s, "") for s in ("all", "advertiser:acme", "advertiser:brio", "source:web-2026", "source:brio-2026", "route:main")]),
              stage.start("pauses", switcher, brakes=[("campaign:" + c, "paused") for c, _ in STEERED if c != "acme.stopped"]),
              stage.start("stops", switcher, brakes=[("campaign:acme.stopped", "stopped")], longest=0.05)]
    # Until twelve past three in Paris: the closing at one and the opening at two are in it,
    # Guyane and Martinique open, and the hours of acme.often come and go.
    until = ms_of("2026-11-24T15:12:00+01:00")

    def over():
        stage.check()
        feeder.feed()
        return sim_now(w) > until
    wait_until(over, 120, "twelve past three")
    stage.stop(*others)
    stage.stop(*senders)
    settled(w)
    env.daemons[-1].stop()

    story = Story(stage, known)
    handed = judge_takes(story, SOURCES)
    seen = judge_hours(story, hours, clock, feeder.expires)
    judge_handovers(story, retried=())
    where = account(w, feeder.pushed, worlds)
    was_ready = judge_refusals(w, story, worlds, stopped=("acme.stopped",), expires=feeder.expires)
    told(f"{len(feeder.pushed)} jobs, {handed} handed over, {dict(story.counts)}, {was_ready} when ready; {collections.Counter(where.values())}")
    told(f"handed over by campaign and place: {dict(seen)}")
    for campaign, _ in STEERED:
        if not any(c == campaign for c, _ in seen):
            raise Failure(f"nothing of {campaign} was handed over: {seen}")
    for place in PLACES.values():
        if not any(p == place for _, p in seen):
            raise Failure(f"nothing was handed over in {place}: {seen}")
    # Each of these in the long form; in the short one chance may leave out one or two.
    missing = {"cancelled", "consent-withdrawn", "campaign-ended", "opposed-platform", "opposed-advertiser"} - set(+was_ready)
    if len(missing) > (0 if LONG else 2):
        raise Failure(f"none of {missing} met a job that was ready: {was_ready}")
    if sum(each.stat("withdrawn") for each in worlds) <= sum(was_ready.values()):
        raise Failure("no brake and no window took a ready job back")


# -- kill -9

AFTERNOON = "2026-11-24T14:00:10+01:00"
MINUTES = ("--speed", "60")  # a retry comes after a minute at least, a second here


def sim_text(ms):
    """The next whole second, so that a daemon that starts anew never goes back in time."""
    return datetime.datetime.fromtimestamp(ms // 1000 + 1, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Chaos:
    """Kills, at random moments, and starts anew."""

    def __init__(self, env, w, stage, rng, share_redis):
        self.env, self.w, self.stage, self.rng = env, w, stage, rng
        self.share_redis = share_redis
        self.born, self.killed = SENDERS, set()
        self.senders = [stage.start(f"s{i}", sender, keep=0.8) for i in range(SENDERS)]
        self.kills = collections.Counter()
        self.due = 0.0

    def daemon_again(self):
        self.env.daemons[-1].kill()
        self.env.daemon("--simulate", sim_text(sim_now(self.w)), *MINUTES, wait=False)

    def redis_again(self, worlds):
        self.env.server.restart()
        for each in worlds:
            each.r = self.env.redis

    def step(self, worlds):
        """Returns whether something was killed."""
        if time.monotonic() < self.due:
            return False
        self.due = time.monotonic() + self.rng.uniform(0.02, 0.25) * (1 if SLOW == 1 else 2)
        # The second one is the daemon's, so that no run goes without.
        dice = self.rng.random() if sum(self.kills.values()) != 1 else self.share_redis
        if dice < self.share_redis:
            self.redis_again(worlds)
            self.kills["redis-server"] += 1
        elif dice < 0.35:
            self.daemon_again()
            self.kills["licetd"] += 1
        else:
            victim = self.senders.pop(self.rng.randrange(len(self.senders)))
            victim.kill()
            self.killed.add(victim.name)
            self.senders.append(self.stage.start(f"s{self.born}", sender, keep=0.8))
            self.born += 1
            self.kills["sender"] += 1
        return True


def settle_unknown(env, w, rng):
    """A person settles what nobody reported: some by the command, the others as it does."""
    unknown = {t: v.split("\t", 2) for t, v in w.r.hgetall(w.ready + ":unknown").items()}
    routes = env.ctl_json("senders")
    listed = {j["token"] for r in routes for j in r["unknown"]}
    equal(sum(r["unknown_count"] for r in routes), len(unknown), "how many licetctl senders counts")
    equal((len(listed), listed - set(unknown)), (min(len(unknown), LISTED_MAX), set()), "what licetctl senders lists")
    tokens = sorted(unknown)
    rng.shuffle(tokens)
    for n, token in enumerate(tokens):
        head = unknown[token][2].split("\t", 3)
        outcome = rng.choice(("answered", "no-answer", "failed", "not-placed", "refused"))
        if n < (40 if LONG else 8):
            env.ctl("settle", head[1], head[2], outcome, "--reason", "its sender was killed")
        else:
            equal(w.r.fcall("licet_resolve", 1, w.ready, token, outcome, "its sender was killed")[:2], head[1:3])
    equal(w.r.hlen(w.ready + ":unknown"), 0)


def test_killed_at_any_moment(env):
    """Senders, the daemon and Redis are killed: nothing is lost, nothing handed over twice,
    and what nobody reported is unknown until a person settles it."""
    # With everysec Redis answers before it writes while a sync is under way: a kill may undo
    # what it had acknowledged, and a job be handed over again.
    env.start_redis("--appendfsync", "always")
    worlds = worlds_of(env, CAMPAIGNS, retry="busy:1m no-answer:1m", retry_max="2")
    w = worlds[0]
    # Long enough for a sender that is alive, short enough to see it end.
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": 120 if SLOW == 1 else 200})
    seed = seed_of(env.name)
    rng, stage = random.Random(seed), Stage(w, seed, redis_dies=True)
    known = population(CAMPAIGNS, LONG // 2 or 3000 // SLOW)
    env.daemon("--simulate", AFTERNOON, *MINUTES)
    chaos = Chaos(env, w, stage, rng, 0.1)
    # Some more jobs after each kill, so that every one finds work under way.
    left = [(each, i) for i in range(len(known) // 3) for each in worlds]
    portion = 250 if SLOW == 1 else 120

    def through():
        stage.check()
        if chaos.step(worlds):
            for each, i in left[:portion]:
                each.push(stored(known, each.c, f"{each.c}-{i}"))
            del left[:portion]
        return not left and sum(each.stat("intake") for each in worlds) == len(known) and drained(worlds)()
    wait_until(through, 60 + len(known) / 100, lambda: f"all to be through, {[each.stats() for each in worlds]}")
    if not chaos.kills["licetd"]:
        chaos.daemon_again()
    # No more kills: retries come and go, leases end.
    wait_until(lambda: stage.check() or sum(each.stat("later") for each in worlds) == sum(
        w.r.zcount(each.key("later"), sim_now(w) + 180000, "+inf") for each in worlds) and drained(worlds)(), 30, "the retries")
    stage.stop()
    settled(w)
    wait_until(lambda: not w.r.hlen(w.ready + ":lease"), 15, "the leases to end")
    env.daemons[-1].stop()

    story = Story(stage, known)
    handed = judge_handovers(story)
    where = account(w, known, worlds)
    done = {f["token"]: f for each in worlds for _, f in w.r.xrange(each.key("done"))}
    unknown = set(w.r.hkeys(w.ready + ":unknown"))
    judge_fates(story, handed, done, unknown, chaos)
    counts = collections.Counter(where.values())
    told(f"{len(known)} jobs, {dict(chaos.kills)} killed, {len(handed)} handed over, {len(unknown)} unknown; {counts}")
    if (LONG and not unknown) or len(chaos.kills) < 2:
        raise Failure(f"no kill hit anything: {chaos.kills}, {len(unknown)} unknown")
    before = {each.c: each.stat("unknown") for each in worlds}
    settle_unknown(env, w, rng)
    for each in worlds:
        equal(each.stat("unknown"), 0, f"{each.c}: unknown, of {before[each.c]}")
    account(w, known, worlds)


def judge_fates(story, handed, done, unknown, chaos):
    """Each token has one fate, and it is what its sender knows of it."""
    equal(unknown & set(done), set(), "tokens that are both done and unknown")
    gone = set(handed) - set(done) - unknown
    equal(len(gone), 0, f"tokens without a fate: {sorted(gone)[:5]}")
    for token, entry in done.items():
        equal(entry["outcome"], story.intents.get(token), f"{token} as its sender reported it")
    first = {}
    for _, token, outcome, reply in story.reports:
        first.setdefault(token, (outcome, reply))
    for token, (outcome, reply) in first.items():
        if reply == "OK":
            equal(done.get(token, {}).get("outcome"), outcome, f"{token} was reported")
        elif token in done:  # Redis died between the step and its answer
            equal((done[token]["outcome"], chaos.kills["redis-server"] > 0), (outcome, True), f"{token} was reported late")
    # What came into nobody's journal went to one that was killed, or its reply was lost.
    for token in set(done) - set(handed):
        raise Failure(f"{token} is done and was handed to nobody")
    if not chaos.kills["redis-server"]:
        silent = {t for t in unknown if t not in first} - {t for t, h in handed.items() if h[3] in chaos.killed}
        senders = {chaos.w.r.hget(chaos.w.ready + ":unknown", t).split("\t")[1] for t in silent}
        equal(senders - chaos.killed, set(), "senders that were alive and have unknown jobs")


# -- a clock that runs ahead of Redis, as far as is allowed


def test_withdrawal_is_final_behind_a_clock_that_is_ahead(env):
    """The daemon stamps a release with its own clock, the function a withdrawal with that of
    Redis: it counts also where it seems to be the earlier one, in a ready list longer than
    the function searches."""
    library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 20000})
    env.extra = {"LD_PRELOAD": library, "FAKETIME": "+1.9s", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    env.daemon("--simulate", OPEN)
    # Withdrawn before the consent was given that job 0 carries: the release knows of it.
    equal(w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", "+33600000000", "crm", "mail", "2026-08-01T10:00:00Z"), [0, 0])
    w.push(*[job(i) for i in range(6000)])
    w.wait_stat("ready", 6000, 20)
    last = w.r.lindex(w.ready, -1).split("\t")
    equal(w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", last[3], "crm", "mail"), [0, 0], "too far behind to be found")
    record = json.loads(w.r.hget(w.p + "consent:acme", last[3]))
    if record["withdrawn_received_ms"] >= int(last[6]):
        raise Failure(f"released at {last[6]}, withdrawn later: {record}")
    got = []
    wait_until(lambda: got.extend(w.take(500)) or len(got) >= 5999, 20, "the others")
    w.wait_stat("refused.consent-withdrawn", 1)
    equal({j["id"] for j in got} ^ {str(i) for i in range(6000)}, {last[2]}, "all but that one")
    w.balance()
