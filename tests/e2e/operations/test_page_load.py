"""What the page costs: a thousand campaigns, a hundred who look, ten thousand who say nothing. By sizes, counts and shares of time."""

import contextlib
import json
import multiprocessing
import os
import resource
import socket
import statistics
import threading
import time

from harness import equal, free_port, measures, wait_until
from test_page import browser, get, state
from world import OPEN, World, job

MANY = 1000


def cpu_ms(w):
    """What licetd has had of a core."""
    with open(f"/proc/{w.daemon.process.pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e6


def rss_kib(w):
    with open(f"/proc/{w.daemon.process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def many(env):
    port = free_port()
    env.write_conf(f"metrics_port = {port};\n")
    w = World(env).define()
    sound, pipe = w.r.hgetall(w.key("def")), w.r.pipeline(transaction=False)
    hours = {f"2026-11-2{d}T{h:02d}Z:{what}": 5 for d in range(4) for h in range(8, 16) for what in ("released", "refused", "answered")}
    for i in range(MANY):
        c, odd = f"{w.p}campaign:client{i % 50:02d}.campaign-{i:04d}", {0: {"sector": "nonsense"}, 1: {"status": "paused"}}.get(i % 10, {})
        pipe.hset(c + ":def", mapping={**sound, **odd})
        pipe.hset(c + ":hours", mapping=hours)
        pipe.rpush(c + ":queue", *[json.dumps(job(i * 3 + k, to=f"+2626920{i * 3 + k:05d}", postcode="97400")) for k in range(3)])
        pipe.sadd(w.p + "campaigns", f"client{i % 50:02d}.campaign-{i:04d}")
    pipe.execute()
    w.port, w.daemon = port, env.daemon("--simulate", OPEN)
    wait_until(lambda: len([c for c in state(w)["campaigns"] if c["state"]]) > MANY, 60, "all to be read")
    wait_until(lambda: all(c.get("queue", 0) == 0 or c["state"] != "running" for c in state(w)["campaigns"]), 60, "all to be taken in")
    return w


def readings(w):
    return w.r.info("commandstats")["cmdstat_fcall_ro"]["calls"]


def watched(w, seconds, looks=()):
    """What a second costs licetd and asks of Redis, while some look, each so often."""
    over = threading.Event()

    def look(path, every):
        while not over.wait(every):
            equal(get(w.port, path)[0], 200)
    who = [threading.Thread(target=look, args=one) for one in looks]
    for t in who:
        t.start()
    began, cpu, asked = time.monotonic(), cpu_ms(w), readings(w)
    over.wait(seconds)
    took = time.monotonic() - began
    cost = ((cpu_ms(w) - cpu) / took, (readings(w) - asked) / took)
    over.set()
    for t in who:
        t.join()
    return cost


@measures
def test_a_thousand_campaigns(env):
    w = many(env)
    size = len(get(w.port, "/state.json")[2])
    assert size < 300_000, f"/state.json has {size} bytes"
    alone, looked = [], []
    for _ in range(3):  # in pairs: others use this machine too
        alone.append(watched(w, 4)[0])
        looked.append(watched(w, 4, [("/state.json", 1.05)])[0])
    each = statistics.median(b - a for a, b in zip(alone, looked)) * 1.05
    assert each < 20, f"a state takes {each:.1f} ms of licetd"
    before = cpu_ms(w)
    equal(get(w.port, "/forecast/client02.campaign-0002.json")[0], 200)
    assert cpu_ms(w) - before < 20, f"a forecast takes {cpu_ms(w) - before:.1f} ms of licetd"
    get(w.port, "/metrics")
    assert rss_kib(w) < 32 * 1024, f"licetd has {rss_kib(w)} KiB"
    print(f"  {size} bytes, {each:.1f} ms a state, {rss_kib(w)} KiB")
    b = browser()
    try:
        b.get(f"http://127.0.0.1:{w.port}/")
        wait_until(lambda: f"Campaigns ({MANY + 1:,})" in b.execute_script("return document.body.innerText"), 20, "the overview")
        # The least of some: others use this machine too.
        drawn = b.execute_script("return Array.from({ length: 15 }, () => { const t = performance.now(); draw(true); document.body.offsetHeight; return performance.now() - t; })")
        assert min(drawn) < 100, f"a view is drawn in {sorted(drawn)} ms"
        print(f"  drawn in {min(drawn):.0f} to {max(drawn):.0f} ms")
    finally:
        b.quit()


@measures
def test_a_hundred_who_look(env):
    """They cost Redis what one does, and licetd less than three parts in a hundred of a core."""
    w = many(env)
    one, hundred = [], []
    for _ in range(3):
        one.append(watched(w, 5, [("/state.json", 1.05)]))
        hundred.append(watched(w, 5, [("/state.json", 2)] * 100))
    more = statistics.median(b[0] - a[0] for a, b in zip(one, hundred))
    asked = [statistics.median(x[1] for x in kind) for kind in (one, hundred)]
    print(f"  {more:.1f} ms of licetd a second more, {asked[0]:.1f} and {asked[1]:.1f} readings")
    assert asked[1] < 1.25 * asked[0] + 2, f"{asked} readings a second"
    assert more < 30, f"{more:.1f} ms a second"
    assert rss_kib(w) < 32 * 1024, f"licetd has {rss_kib(w)} KiB"


def looking(port, paths, over):
    """A hundred who look each two seconds; in a process of its own, so that they are in nobody's way here."""
    def one(path):
        while not over.wait(2):
            with contextlib.suppress(OSError):
                get(port, path)
    who = [threading.Thread(target=one, args=(paths[i % len(paths)],)) for i in range(100)]
    for thread in who:
        thread.start()
    for thread in who:
        thread.join()


@measures
def test_the_release_path_beside_who_looks(env):
    """A hundred who look at the page and at a campaign: jobs go out in as many calls, which take Redis as long, as without them."""
    port = free_port()
    env.write_conf(f"metrics_port = {port};\n")
    w = World(env).define()
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": "100000"})
    w.port, w.daemon = port, env.daemon("--simulate", OPEN)
    w.wait_because("nothing-queued")
    made, context = 0, multiprocessing.get_context("fork")

    def release(count=6000):
        """Calls of functions, and microseconds that Redis takes for them, for each job that goes out of a queue that was full."""
        nonlocal made
        jobs = [json.dumps(job(made + i, to=f"+336{10_000_000 + made + i}")) for i in range(count)]
        one = World(env, campaign=f"acme.r{made}").define(status="paused")
        one.wait_state(state="paused")
        one.push(*jobs)
        made += count
        w.r.config_resetstat()
        w.r.hset(one.key("def"), "status", "running")
        one.wait_stat("released", count, 60)
        spent = w.r.info("commandstats")["cmdstat_fcall"]
        return spent["calls"] / count, spent["usec"] / count
    release()
    alone, beside = [], []
    for k in range(8):
        over = context.Event()
        who = context.Process(target=looking, args=(port, ["/state.json", f"/campaign/{w.c}.json", f"/forecast/{w.c}.json"], over))
        if k % 2:
            who.start()
            time.sleep(0.5)
        (beside if k % 2 else alone).append(release())
        over.set()
        if k % 2:
            who.join()
    shares = [statistics.median(b[i] / a[i] for a, b in zip(alone, beside)) for i in (0, 1)]
    print(f"  {shares[0]:.3f} of the calls and {shares[1]:.3f} of the time that it takes alone")
    assert shares[0] < 1.1 and shares[1] < 1.15, (alone, beside)  # of a machine that others use too


@measures
def test_ten_thousand_who_say_nothing(env):
    """Idle, or a byte now and then: few are let in at a time, and jobs go out as they do without them."""
    port = free_port()
    env.write_conf(f"metrics_port = {port};\n")
    w = World(env).define()
    w.port, w.daemon = port, env.daemon("--simulate", OPEN)
    w.wait_because("nothing-queued")
    folder = f"/proc/{w.daemon.process.pid}/fd"
    before, memory = len(os.listdir(folder)), rss_kib(w)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 12_000), hard))
    alone = watched(w, 3)[0]
    open_ones, most, released = [], 0, 0
    try:
        for i in range(10_000):
            s = socket.socket()
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                s.connect(("127.0.0.1", port))
            open_ones.append(s)
            if i % 1000 == 0:  # and work goes on
                released += 1
                w.push(job(released))
                w.wait_stat("ready", released, 5)
        cpu, began = cpu_ms(w), time.monotonic()
        while time.monotonic() - began < 12:
            for s in open_ones[::7]:
                with contextlib.suppress(OSError):
                    s.send(b"G")
            most = max(most, len(os.listdir(folder)) - before)
            released += 1
            w.push(job(released))
            w.wait_stat("ready", released, 5)
        busy = (cpu_ms(w) - cpu) / (time.monotonic() - began)
    finally:
        for s in open_ones:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(f"  {most} descriptors at most, {busy - alone:.1f} ms of licetd a second more, {rss_kib(w) - memory} KiB more, {released} jobs went out meanwhile")
    assert most <= 256 + 128 + 128 + 16, most
    assert rss_kib(w) - memory < 16 * 1024, rss_kib(w) - memory
    # The pushes of this test are in it as well.
    assert busy - alone < 100, f"{busy - alone:.1f} ms a second"
    wait_until(lambda: get(port, "/healthz")[0] == 200, 30, "it to answer again")
