"""/metrics and /healthz: what who watches the daemon is told, and that it cannot be hurt by asking."""

import datetime
import http.client
import os
import signal
import socket
import time

from prometheus_client.parser import text_string_to_metric_families

from harness import Failure, contains, equal, free_port, full_speed, wait_until
from world import CAMPAIGN, OPEN, World, job


def start(env, *words, clock=OPEN, conf="", **redis_options):
    port = free_port()
    env.write_conf(f"metrics_port = {port};\n{conf}")
    w = World(env).define(**redis_options)
    w.port, w.daemon = port, env.daemon("--simulate", clock, *words)
    return w


def ask(w, path, method="GET", **headers):
    c = http.client.HTTPConnection("127.0.0.1", w.port, timeout=20)
    try:
        c.request(method, path, headers=headers)
        r = c.getresponse()
        return r.status, r.read().decode()
    finally:
        c.close()


def scrape(w):
    """{(name, labels): value}"""
    code, text = ask(w, "/metrics")
    equal(code, 200)
    seen = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type != "unknown", family
        for s in family.samples:
            key = (s.name, tuple(sorted(s.labels.items())))
            assert key not in seen, f"{key} twice"
            seen[key] = s.value
    if "+336" in text:
        raise Failure("a number in the metrics")
    return seen


def value(seen, name, **labels):
    return seen.get((name, tuple(sorted(labels.items()))))


def test_the_numbers_are_those_of_redis(env):
    w = start(env)
    w.r.sadd(w.p + "list:opposition", "+33600000003")
    w.push(*[job(i) for i in range(1, 6)], job(9, consent=None), "{", job(7, postcode="97110", to="+590690000001"))
    w.wait_intake(8)
    got = w.wait_taken(2)
    w.done(got[0]["token"])
    w.done(got[1]["token"], "opted-out")
    w.wait_stat("done", 2)
    w.push(job(20))
    w.wait_stat("ready", 1)
    w.wait_state(state="running")
    wait_until(lambda: value(scrape(w), "licet_jobs", campaign=CAMPAIGN, where="ready") == 1, 10, "a page of now")
    wait_until(lambda: value(scrape(w), "licet_place_open", place="guadeloupe") == 0, 10, "the place to be told")
    wait_until(lambda: value(scrape(w), "licet_list_late", list="opposition") == 0, 10, "the list to be told")
    wait_until(lambda: value(scrape(w), "licet_list_members", list="opposition:acme") == 1, 10, "the list to be counted")
    seen, stats = scrape(w), w.stats()
    for where in ("held", "later", "ready", "taken", "unknown"):
        equal(value(seen, "licet_jobs", campaign=CAMPAIGN, where=where), stats.get(where, 0), where)
    for end in ("done", "refused", "invalid", "cancelled"):
        equal(value(seen, "licet_jobs_ended_total", campaign=CAMPAIGN, end=end), stats.get(end, 0), end)
    equal(value(seen, "licet_jobs_taken_in_total", campaign=CAMPAIGN), 9)
    equal(value(seen, "licet_jobs", campaign=CAMPAIGN, where="queue"), 0)
    equal(value(seen, "licet_refused_total", campaign=CAMPAIGN, reason="opposed-platform"), 1)
    equal(value(seen, "licet_refused_total", campaign=CAMPAIGN, reason="json-malformed"), 1)
    equal(value(seen, "licet_held", campaign=CAMPAIGN, place="guadeloupe"), 1)
    equal(value(seen, "licet_campaign_state", campaign=CAMPAIGN, state="running", because="allowed"), 1)
    equal(value(seen, "licet_route_ready", route="main"), stats["ready"])
    equal(value(seen, "licet_redis_up"), 1)
    assert value(seen, "licet_list_age_seconds", list="opposition") > 3600
    for outcome in ("answered", "opted-out"):
        equal(value(seen, "licet_calls_total", campaign=CAMPAIGN, outcome=outcome), 1)
    equal(value(seen, "licet_oppositions_total"), 1)
    equal((value(seen, "licet_list_members", list="opposition"), value(seen, "licet_list_members", list="opposition:acme")), (1, 1))
    equal(value(seen, "licet_campaign_info", campaign=CAMPAIGN, advertiser="acme", route="main"), None)
    equal(value(seen, "licet_redis_memory_share"), None, "of Redis without maxmemory")
    assert value(seen, "licet_redis_memory_bytes") > 100000
    # Guadeloupe opens at ten, its time.
    equal(value(seen, "licet_place_next_open_timestamp_seconds", place="guadeloupe"), datetime.datetime.fromisoformat("2026-11-24T14:00:00+00:00").timestamp())


def histogram(seen, name, **labels):
    """Its count; the buckets hold what histograms promise."""
    steps = sorted((float(dict(of)["le"]), n) for (found, of), n in seen.items()
                   if found == name + "_bucket" and {k: v for k, v in of if k != "le"} == labels)
    assert len(steps) > 10 and [n for _, n in steps] == sorted(n for _, n in steps), steps
    equal(steps[-1][0], float("inf"))
    equal(steps[-1][1], value(seen, name + "_count", **labels))
    assert value(seen, name + "_sum", **labels) >= sum((n - before) * low for (low, before), (_, n) in zip(steps, steps[1:]))
    return steps[-1][1]


@full_speed
def test_how_long_things_take(env):
    w = start(env, conf="metrics_by_advertiser = true;\n")
    w.push(*[job(i) for i in range(1, 4)])
    w.wait_stat("ready", 3)
    wait_until(lambda: value(scrape(w), "licet_route_ready", route="main") == 3, 10, "a page of now")
    wait_until(lambda: value(scrape(w), "licet_route_oldest_ready_seconds", route="main") >= 1, 10, "the first to grow old")
    seen = scrape(w)
    equal(histogram(seen, "licet_push_to_release_seconds", route="main"), 3)
    equal(histogram(seen, "licet_release_to_take_seconds", route="main"), 0)
    equal(value(seen, "licet_campaign_info", campaign=CAMPAIGN, advertiser="acme", route="main"), 1)
    got = w.wait_taken(3)
    w.done(got[0]["token"])
    w.wait_stat("done", 1)
    wait_until(lambda: value(scrape(w), "licet_route_taken", route="main") == 2, 10, "a page of now")
    seen = scrape(w)
    equal((value(seen, "licet_route_ready", route="main"), value(seen, "licet_route_oldest_ready_seconds", route="main")), (0, 0))
    equal((value(seen, "licet_route_unknown", route="main"), value(seen, "licet_route_to_settle", route="main")), (0, 0))
    equal(histogram(seen, "licet_release_to_take_seconds", route="main"), 1)
    assert value(seen, "licet_release_to_take_seconds_sum", route="main") >= 1
    assert 0 < value(seen, "licet_route_oldest_taken_seconds", route="main") < 60


def test_progress_and_what_waits_lawfully(env):
    """It waits for its window, or nobody has anything to do: no time passes. Somebody has to act: it is told."""
    w = start(env, clock="2026-11-24T21:00:00+01:00")
    w.push(job(1))
    w.wait_state(state="waiting", because="outside-hours")

    def age():
        return value(scrape(w), "licet_progress_age_seconds")
    wait_until(lambda: scrape(w) and age() == 0, 10, "the reading to be over")
    for _ in range(3):
        time.sleep(1)
        equal((age(), ask(w, "/healthz")[0]), (0, 200))
    w.r.hset(w.p + "halt", "all", "wrong recording")
    wait_until(lambda: "everything is halted" in ask(w, "/healthz")[1], 10, lambda: ask(w, "/healthz"))
    w.r.delete(w.p + "halt")
    wait_until(lambda: ask(w, "/healthz")[0] == 200, 10, lambda: ask(w, "/healthz"))
    os.kill(env.server.process.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: "progress_age_ms 0\n" not in ask(w, "/healthz")[1], 30, "it to grow while Redis is silent")
    finally:
        os.kill(env.server.process.pid, signal.SIGCONT)
    wait_until(lambda: ask(w, "/healthz")[0] == 200 and age() == 0, 10, "all to be well again")


def test_a_job_that_nobody_takes_in(env):
    """Redis is full: nothing is taken in, and the first of the queue grows old."""
    w = start(env, conf="memory_high_pct = 40;\n")
    w.wait_because("nothing-queued")
    w.r.config_set("maxmemory", int(w.r.info("memory")["used_memory"] * 1.5))
    wait_until(lambda: ask(w, "/healthz")[0] == 503, 20, "it to be full")
    w.push(job(1))
    wait_until(lambda: value(scrape(w), "licet_campaign_oldest_queued_seconds", campaign=CAMPAIGN) > 1, 10, lambda: scrape(w))
    seen = scrape(w)
    assert value(seen, "licet_progress_age_seconds") > 0 and 0.4 < value(seen, "licet_redis_memory_share") <= 1, seen
    w.r.config_set("maxmemory", 0)
    w.wait_stat("ready", 1)
    wait_until(lambda: value(scrape(w), "licet_campaign_oldest_queued_seconds", campaign=CAMPAIGN) == 0, 10, lambda: scrape(w))
    equal(histogram(scrape(w), "licet_push_to_release_seconds", route="main"), 1)
    assert value(scrape(w), "licet_push_to_release_seconds_sum", route="main") > 1


def test_nothing_can_move_until_somebody_acts(env):
    """A list that all need is missing, for a minute: not healthy, and why. Others that may go make it so again."""
    w = start(env, "--speed", "60", lists=())
    w.push(job(1))
    w.wait_because("list-missing")
    wait_until(lambda: ask(w, "/healthz")[0] == 503, 20, lambda: ask(w, "/healthz"))
    contains(ask(w, "/healthz")[1], f"no campaign can move until somebody acts: {CAMPAIGN}, list-missing")
    w.r.hset(w.p + "list-meta:opposition", mapping={"refreshed_at": "2026-11-24T06:00:00Z", "source": "crm"})
    wait_until(lambda: ask(w, "/healthz")[0] == 200, 20, lambda: ask(w, "/healthz"))


def test_health_is_not_a_ping(env):
    w = start(env)
    wait_until(lambda: ask(w, "/healthz")[0] == 200, 10, lambda: ask(w, "/healthz"))
    code, text = ask(w, "/healthz")
    equal((code, text.split("\n")[0]), (200, "ok"))
    contains(text, "progress_age_ms ")
    os.kill(w.r.info("server")["process_id"], signal.SIGSTOP)
    try:
        # Its port is open, and it does not answer.
        wait_until(lambda: ask(w, "/healthz")[0] == 503, 30, "the silence of Redis to be noticed")
    finally:
        os.kill(env.server.process.pid, signal.SIGCONT)
    wait_until(lambda: ask(w, "/healthz")[0] == 200, 30, "it to be good again")
    env.server.kill()
    wait_until(lambda: ask(w, "/healthz") == (503, ask(w, "/healthz")[1]), 30, "no Redis")
    contains(ask(w, "/healthz")[1], "no Redis")
    equal(value(scrape(w), "licet_redis_up"), 0)


def test_redis_that_cannot_save(env):
    """It refuses all writes: told though nothing is due, and over when it is."""
    w = start(env)
    blocked = os.path.join(w.r.config_get("dir")["dir"], w.r.config_get("dbfilename")["dbfilename"])
    os.mkdir(blocked)  # no file can be renamed to a folder's name
    w.r.config_set("save", "3600 1")
    w.r.bgsave()
    wait_until(lambda: w.r.info("persistence")["rdb_last_bgsave_status"] == "err", 10, "the snapshot to fail")
    wait_until(lambda: ask(w, "/healthz")[0] == 503, 30, "it to be told")
    contains(ask(w, "/healthz")[1], "MISCONF")
    contains(w.daemon.log(), "event=redis-misconf")
    contains(env.ctl("status", code=1).err, "MISCONF")
    os.rmdir(blocked)
    w.r.bgsave()
    wait_until(lambda: ask(w, "/healthz")[0] == 200, 30, "it to be good again")
    contains(w.daemon.log(), "event=redis-saves-again")


def test_a_closed_gate_is_not_healthy(env):
    w = start(env)
    wait_until(lambda: ask(w, "/healthz")[0] == 200, 10, lambda: ask(w, "/healthz"))
    w.r.hset(w.p + "rulebooks", "another", "0" * 64 + f" {int(time.time()) + 600}")
    wait_until(lambda: ask(w, "/healthz")[0] == 503, 30, "another rulebook to be told")


def test_who_asks_too_much_gets_less(env):
    w = start(env)
    equal(ask(w, "/metrics", "HEAD"), (200, ""))
    equal(ask(w, "/other")[0], 404)
    assert ask(w, "/metrics", "POST")[0] in (405, 501)
    for path, headers in (("/metrics", {"X-Long": "x" * 20000}), ("/" + "x" * 20000, {})):
        try:
            assert ask(w, path, **headers)[0] >= 400
        except (http.client.HTTPException, OSError):
            pass
    # Forty that ask at once and go away before they are answered, and some that say nothing.
    hung = [socket.create_connection(("127.0.0.1", w.port)) for _ in range(40)]
    for i, s in enumerate(hung):
        if i % 4 == 1:
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        elif i % 4 == 2:
            s.sendall(b"\x00\xff\r\n\r\n")
        elif i % 4 == 3:
            s.sendall(b"GET /metrics HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
    for s in hung:
        s.close()
    before = w.r.info("commandstats")["cmdstat_fcall_ro"]["calls"]
    for _ in range(50):
        equal(ask(w, "/metrics")[0], 200)
    after = w.r.info("commandstats")["cmdstat_fcall_ro"]["calls"]
    assert after - before < 40, f"fifty pages cost Redis {after - before} calls"
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1)
    w.daemon.stop()


def test_a_port_that_is_taken(env):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        env.write_conf(f"metrics_port = {s.getsockname()[1]};\n")
        w = World(env).define()
        daemon = env.daemon("--simulate", OPEN)
        contains(daemon.log(), "going on without")
        w.push(job(1))
        equal(len(w.wait_taken(1)), 1)


@full_speed
def test_an_import_that_failed_is_told_at_once(env):
    """Not when the list is too old and everything holds."""
    w = start(env, lists=("opposition", "anti-prospection"))
    errors = lambda: [f["error"] for _, f in w.r.xrange(w.p + "errors") if f["where"].endswith("anti-prospection")]  # noqa: E731
    missing = os.path.join(env.folder, "no-such.csv")
    equal(env.ctl("list", "load", "anti-prospection", missing, code=None).code, 1)
    wait_until(lambda: any("list-late: the last import failed" in e for e in errors()), 10, errors)
    contains(w.daemon.log(), "no-such.csv: No such file")
    wait_until(lambda: value(scrape(w), "licet_list_late", list="anti-prospection") == 1, 10, "the metric")
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1, "it is told, and does not hold: the list is young")
    good = os.path.join(env.folder, "list.csv")
    with open(good, "w", encoding="utf-8") as f:
        f.write("+33600000077\n")
    env.ctl("list", "load", "anti-prospection", good, "--every", "24")
    equal(w.r.hget(w.p + "list-meta:anti-prospection", "expected_by")[:11], "2026-11-25T")
    wait_until(lambda: value(scrape(w), "licet_list_late", list="anti-prospection") == 0, 10, "all to be well")
    w.r.hset(w.p + "list-meta:anti-prospection", "expected_by", "2026-11-24T08:00:00Z")
    wait_until(lambda: any("an import was expected by 2026-11-24T08:00:00Z" in e for e in errors()), 10, errors)


def test_many_connections_use_up_no_descriptors(env):
    w = start(env)
    folder, open_ones = f"/proc/{w.daemon.process.pid}/fd", []
    before = len(os.listdir(folder))
    try:
        for _ in range(370):
            open_ones.append(socket.create_connection(("127.0.0.1", w.port), timeout=5))
        w.push(job(1))
        w.wait_stat("ready", 1)
        most = len(os.listdir(folder)) - before
        assert 10 < most <= 256 + 128 + 2, most  # those that one turn finds in the line are let in together
    finally:
        for s in open_ones:
            s.close()
    equal(ask(w, "/healthz")[0], 200)
