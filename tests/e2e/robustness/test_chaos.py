"""Everything is killed, cut, stopped, flushed, filled and spoiled while jobs pass, and then counted.

`make check` runs the short form, `make chaos` two thousand (LICET_CHAOS). The judges share
no code with what they judge. LICET_SEED repeats a run's choices."""

import collections
import os
import random
import time

from chaos import Driver, Told, brakeman, forbidden_by, objector, utc, write_rulebook
from harness import SLOW, Failure, equal, wait_until
from oracle import account, judge_handovers, settled
from race import Stage, seed_of
from spoiling import ASIDE
from test_race import CALLER_IDS, SOURCES, drained, stored, worlds_of
from world import CONSENT

FAULTS = int(os.environ.get("LICET_CHAOS", "0")) or 60 // SLOW
CAMPAIGNS = tuple((f"acme.{c}", "acme") for c in "abcdef") + (("brio.g", "brio"),)
CAP = 4
BRAKES = [(f"campaign:{c}", "paused") for c, _ in CAMPAIGNS] + [("all", ""), ("advertiser:acme", ""), ("source:brio-2026", ""), ("route:main", "")]
LEASE_S = 8


def population(count):
    """Jobs (campaign, id) -> (number, person, advertiser). Every number is in six campaigns of one
    advertiser, which may call it four times."""
    each, known = count // len(CAMPAIGNS), {}
    for k, (name, advertiser) in enumerate(CAMPAIGNS):
        for i in range(each):
            n = (i + k * each // len(CAMPAIGNS)) % each
            known[name, f"{name}-{i}"] = (f"+336{n:08d}", f"p-{i + 2 * k}" if i % 4 < 2 else "", advertiser)
    return known


def judge(story, known):
    """No take after a no had returned, none at or after its not_after, none above the cap."""
    breaches, calls, handed = [], collections.Counter(), 0
    for party, sent, back, _, before, _, jobs in story.takes:
        for token, campaign, id_, number, advertiser, _, not_after in jobs:
            handed += 1
            equal((number, advertiser), known[campaign, id_][::2], f"{campaign} {id_}")
            why = [story.finals.breach(w, sent, None) for w in forbidden_by(known, campaign, id_)]
            for scope in ("all", "advertiser:" + advertiser, "source:" + SOURCES[advertiser], "route:main", "campaign:" + campaign):
                why.append(story.brakes.breach(scope, sent, back, None))
            own = story.expires[campaign, id_] or not_after
            if before >= not_after or not_after > own:
                why.append(f"taken at {before}, not_after {not_after}, its own {own}")
            if story.intents.get(token) != "not-placed":
                calls[advertiser, number] += 1
            breaches += [f"{party} got {campaign} {id_} ({token}): {w}" for w in why if w]
    breaches += [f"{a} called {n} {c} times" for (a, n), c in calls.items() if c > CAP]
    if breaches:
        raise Failure(f"{len(breaches)} breaches in {handed} jobs handed over:\n  " + "\n  ".join(breaches[:10]))
    return handed, collections.Counter(calls.values())


def judge_refused(worlds, story, known):
    """Nobody is refused without a cause: a job that was pushed twice would show as a duplicate."""
    for each in worlds:
        for _, f in each.r.xrange(each.key("refused")):
            number, person, advertiser = known[each.c, f["id"]]
            causes = {"opposed-platform": [("number", number, ""), ("person", person, "")],
                      "opposed-advertiser": [("number", number, advertiser), ("person", person, advertiser)],
                      "cancelled": [("cancel", each.c, f["id"])], "consent-withdrawn": [("consent", number, advertiser)],
                      "listed": [("listed", number)]}.get(f["reason"], [])
            expired = f["reason"] in ("job-expired", "cap-unreachable") and story.expires[each.c, f["id"]] is not None
            if not expired and not any(c in story.finals.sent for c in causes):
                raise Failure(f"{each.c} {f['id']} was refused as {f['reason']} without a cause: {f}")


def judge_fates(w, worlds, story, handed):
    """Each token has one fate, and it is what its sender knows of it."""
    done = {f["token"]: f for each in worlds for _, f in w.r.xrange(each.key("done"))}
    unknown = set(w.r.hkeys(w.ready + ":unknown"))
    equal(unknown & set(done), set(), "tokens that are both done and unknown")
    lost = set(handed) - set(done) - unknown
    equal(len(lost), 0, f"tokens without a fate: {sorted(lost)[:5]}")
    for token, entry in done.items():
        equal(entry["outcome"], story.intents.get(token), f"{token} as its sender reported it")
    for _, token, outcome, reply in story.reports:
        if reply == "OK":
            equal(done.get(token, {}).get("outcome"), outcome, f"{token} was reported")
    return len(unknown)


def test_whatever_happens(env):
    env.write_conf(f'rulebook = "{write_rulebook(env)}";\n')
    with open(env.conf, encoding="utf-8") as f:
        conf = f.read()
    # With everysec a kill may undo what Redis had acknowledged: that is its promise, not ours.
    env.start_redis("--appendfsync", "always", "--auto-aof-rewrite-min-size", "4mb")
    now_ms = int(time.time() * 1000)
    consent = {**CONSENT, "collected_at": utc(now_ms - 86400000), "until": utc(now_ms + 200 * 86400000)}
    worlds = worlds_of(env, CAMPAIGNS, prefix="licet:", at=utc(now_ms - 3600000), lists=("opposition", "anti-prospection"))
    w = worlds[0]
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": LEASE_S * SLOW, "backlog": 300})
    seed = seed_of(env.name)
    rng, stage = random.Random(seed), Stage(w, seed, redis_dies=True)
    known = population(FAULTS * 70)
    w.r.hset(f"{w.p}campaign:{Driver.JUNK}:def", mapping=w.r.hgetall(w.key("def")))
    w.r.sadd(w.p + "campaigns", Driver.JUNK)
    driver = Driver(env, worlds, stage, rng, known, conf, shown=CALLER_IDS)
    jobs = [(c, i, stored(known, c, i, consent=consent)) for c, i in known]
    rng.shuffle(jobs)
    for n in range(2):  # together they need about as long as the driver
        driver.start_producer(f"p{n}", jobs[n::2], FAULTS * 0.15 * SLOW / (len(jobs) / 2 / 20))
    others = [stage.start("opposer", objector, known=known, pace=0.01), stage.start("brakes", brakeman, brakes=BRAKES)]
    for _ in range(FAULTS):
        driver.settle(rng.choice((0.01, 0.05, 0.1, 0.2, 0.4)) * SLOW)
        driver.harm()
    driver.calm()
    stage.stop(*others)
    for p in list(driver.producers):
        p.process.join(60 * SLOW)
    stage.check()
    junk = f"{w.p}campaign:{Driver.JUNK}:queue"
    wait_until(lambda: stage.check() or driver.accept_all() or (drained(worlds)() and w.r.llen(junk) == 0), 60 + FAULTS / 10, lambda: f"all to be through, {[each.stats() for each in worlds]}")
    stage.stop(*driver.senders)
    wait_until(lambda: not w.r.hlen(w.ready + ":lease"), LEASE_S + 20, "the leases to end")
    settled(w)
    for daemon in driver.daemons:
        daemon.stop()

    story = Told(stage, known)
    count, calls = judge(story, known)
    handed = judge_handovers(story, retried=())
    where = account(w, known, worlds)
    equal(w.r.llen(junk), 0, "rubbish that nobody looked at")
    equal(w.r.keys(ASIDE + "*"), [], "what was put aside and did not come back")
    judge_refused(worlds, story, known)
    unknown = judge_fates(w, worlds, story, handed)
    print(f"  {FAULTS} faults, {len(known)} jobs, {count} handed over, {unknown} unknown, "
          f"{story.counts['oppose']} oppositions, {dict(collections.Counter(where.values()))}, calls a number {dict(sorted(calls.items()))}; "
          f"{dict(driver.done)}", flush=True)
    if count < len(known) / 10 or len(driver.done) < 6 or (FAULTS >= 500 and not unknown):
        raise Failure("little passed, or no harm hit anything")
