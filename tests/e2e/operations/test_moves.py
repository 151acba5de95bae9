"""What a definition says, and a status that is written into it: at once, for what waits and for what is ready."""

import os
import signal
import time

from harness import ROOT, Failure, equal, full_speed, wait_until
from world import OPEN, World, job, start, start_ready

JOBS = 300


def withdrawn(w, count):
    wait_until(lambda: w.stat("withdrawn") == count, 10, lambda: f"{count} to come back, {w.stats()}")


def timed(w, change, seen):
    """Seconds from the change until it is seen."""
    change()
    at = time.monotonic()
    equal(w.take() if w.r.hget(w.key("def"), "status") != "running" else [], [], "no sender gets one any more")
    wait_until(seen, 10, lambda: f"{w.stats()} {w.state()}")
    return time.monotonic() - at


# -- how soon


@full_speed
def test_within_a_quarter_of_a_second(env):
    """A pause is effective at the hand-over at once; what was ready is back, and state says so, within 250 ms
    on a machine that does nothing else. Here several tests share it: the best of some tries must do, and
    half of them no worse than twice."""
    w = start_ready(env, JOBS)
    took = {"paused": [], "running": []}
    for _ in range(7):
        for status, state in (("paused", "paused"), ("running", "running")):
            took[status].append(timed(
                w, lambda s=status: w.r.hset(w.key("def"), "status", s),
                lambda s=state, n=JOBS if status == "running" else 0: w.state().get("state") == s and w.stat("ready") == n))
    for status, all_ in took.items():
        all_.sort()
        if os.environ.get("LICET_SLOW"):
            print(status, " ".join(f"{1000 * t:.0f}" for t in all_), "ms")
        if all_[0] > 0.25 or all_[3] > 0.5:
            raise Failure(f"{status}: {all_} s")
    w.balance()


@full_speed
def test_stop_and_dates_within_a_quarter_of_a_second(env):
    best = {}
    for name, change in (("stop", {"status": "stopped"}), ("end", {"end": "2026-11-24T10:30:00+01:00"}),
                         ("start", {"start": "2026-11-25T10:30:00+01:00"}), ("window", {"window": "mon-fri 16:00-18:00"})):
        for i in range(3):
            w = World(env, "licet-sim:", f"acme.{name}{i}").define()
            w.push(*[job(k) for k in range(50)])
            if not env.daemons:
                env.daemon("--simulate", OPEN)
            w.wait_stat("ready", 50)
            took = timed(w, lambda: w.r.hset(w.key("def"), mapping=change), lambda: w.stat("ready") == 0)
            best[name] = min(took, best.get(name, 9))
            w.balance()
            w.r.srem(w.p + "campaigns", w.c)
    if os.environ.get("LICET_SLOW"):
        print(best)
    if max(best.values()) > 0.25:
        raise Failure(f"{best} s")


# -- what a definition says


def test_the_take_reads_dates_and_route_itself(env):
    """No daemon: what was released before a date was moved, or a campaign went to another route, is not handed over."""
    w = start_ready(env, 1)
    w.daemon.kill()
    for i, (field, value, reason) in enumerate((("end", "2026-11-24T10:00:00+01:00", "campaign-ended"),
                                                ("start", "2026-11-25T10:00:00+01:00", "campaign-not-started"),
                                                ("route", "other", "campaign-rejected"))):
        before = w.r.hget(w.key("def"), field)
        w.r.hset(w.key("def"), field, value)
        equal(w.take(1), [], field)
        back = [f for _, f in w.r.xrange(w.p + "settle:main")]
        equal((len(back), back[i]["kind"], back[i]["reason"]), (i + 1, "back", reason))
        if before is None:
            w.r.hdel(w.key("def"), field)
        else:
            w.r.hset(w.key("def"), field, before)
        w.r.rpush(w.ready, back[i]["entry"])
    equal(len(w.take(1)), 1, "all as it was")


def test_narrower_window_withdraws(env):
    w = start_ready(env, 5)
    w.r.hset(w.key("def"), "window", "mon-fri 16:00-18:00")
    withdrawn(w, 5)
    w.wait_state(because="outside-campaign-hours", until="2026-11-24T15:00:00Z")
    equal(w.take(), [])
    w.r.hdel(w.key("def"), "window")
    w.wait_stat("ready", 5)
    w.balance()


def test_what_no_sender_sees_withdraws_nothing(env):
    w = start_ready(env, 2)
    w.r.hset(w.key("def"), mapping={"rate": "1/h", "priority": "7", "weight": "3", "retry": "busy:30m", "retry_max": "1"})
    w.r.hset(w.p + "route:main", mapping={"location": "FR"})
    withdrawn(w, 2)  # a route that was declared: that, a sender may see
    w.r.hset(w.p + "route:main", mapping={"backlog": "500", "canary": "0"})
    w.wait_because("rate-limit")
    equal(w.stat("withdrawn"), 2)


def test_change_while_no_daemon_runs(env):
    """A daemon that starts finds out what is ready of another definition, and leaves the rest where it is."""
    w = start_ready(env, 3)
    other = World(env, w.p, "acme.other").define()
    other.push(job(1))
    other.wait_stat("ready", 1)
    wait_until(lambda: all(x.state().get("definition") for x in (w, other)), 10, "both states")
    w.daemon.kill()
    w.r.hset(w.key("def"), "window", "mon-fri 16:00-18:00")
    env.daemon("--simulate", OPEN)
    withdrawn(w, 3)
    w.wait_because("outside-campaign-hours")
    equal((other.stat("withdrawn"), other.stat("ready")), (0, 1))


def test_other_rulebook_withdraws(env):
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    path = os.path.join(env.folder, "own.conf")

    def write(hours):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("mon-fri 10:00-13:00,14:00-20:00", hours))
    write("mon-fri 10:00-13:00,14:00-20:00")
    env.write_conf(f'rulebook = "{path}";')
    w = start_ready(env, 3)
    write("mon-fri 14:00-20:00")
    w.daemon.signal(signal.SIGHUP)
    withdrawn(w, 3)
    w.wait_state(because="outside-hours", until="2026-11-24T13:00:00Z")
    w.balance()


def test_changes_while_a_long_list_is_looked_through(env):
    """What was looked at before the second change is looked at again."""
    w = start(env, OPEN, *[job(i) for i in range(3000)], route={"backlog": 100000})
    w.wait_stat("ready", 3000, 20)
    other = World(env, w.p, "acme.other").define()
    other.push(*[job(i, f"+3361{i:07d}") for i in range(200)])
    other.wait_stat("ready", 200)
    for i in range(20):
        other.r.hset(other.key("def"), "message", f"m{i}.wav")
    w.r.hset(w.key("def"), "window", "mon-fri 16:00-18:00")
    other.r.hset(other.key("def"), "window", "mon-fri 17:00-18:00")
    for each in (w, other):
        each.wait_stat("ready", 0, 20)
        each.wait_because("outside-campaign-hours")
        each.balance()


def test_pause_resume_stop(env):
    w = start(env)
    w.push(*[job(i) for i in range(10)])
    w.wait_stat("ready", 10)
    w.r.hset(w.key("def"), "status", "paused")
    equal(w.take(3), [], "at once")
    w.wait_state(state="paused", because="campaign-paused")
    w.wait_stat("held", 10)
    w.r.hset(w.key("def"), "status", "running")
    w.wait_stat("ready", 10)
    equal(len(w.take(2)), 2)
    w.r.hset(w.key("def"), "status", "stopped")
    w.wait_stat("refused", 8)
    equal(set(w.reasons().values()), {"campaign-ended"})
    w.wait_state(state="stopped", because="campaign-ended")
    w.balance()


def test_changed_definition_comes_back(env):
    w = start(env)
    w.push(*[job(i) for i in range(5)])
    w.wait_stat("ready", 5)
    w.r.hset(w.key("def"), "message", "other.wav")
    wait_until(lambda: w.stat("withdrawn") == 5, 5, f"the ready jobs to come back {w.stats()}")
    equal({j["message"] for j in w.wait_taken(5)}, {"other.wav"})
    w.balance()
