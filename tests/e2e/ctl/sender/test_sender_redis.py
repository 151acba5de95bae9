"""licetctl sender when Redis goes away, forgets or refuses; many jobs; and the commands by hand."""

import collections
import os

from harness import BUILD, contains, equal, full_speed, wait_until
from proxy import Proxy
from sender import BATCH, WAIT, Sender, children, go, once, outcomes, read, ready, script, wait_started
from world import OPEN, World, job, start


# -- Redis goes away


def test_redis_killed_while_a_job_runs(env):
    w = start(env)
    ready(w, job(1), job(2))
    w.r.config_set("appendfsync", "always")
    sender = Sender(env, WAIT.format(env.folder), "--jobs", "2")
    wait_started(env, 2)
    w.wait_stat("taken", 2)
    env.server.kill()
    sender.wait_said("event=redis-lost running=2")
    go(env)
    env.server.start()
    w.r = env.redis
    w.wait_stat("done", 2, 30)
    equal(set(outcomes(w).values()), {("answered", "")})
    w.push(job(3))
    w.wait_stat("done", 3, 30)
    sender.signal().wait()
    assert "+3360000000" not in sender.err, sender.err
    w.balance()


def test_reports_wait_for_redis(env):
    """Commands that end while Redis is away; then a second signal, which gives up and says what is lost."""
    w = start(env)
    ready(w, job(1), job(2))
    w.r.config_set("appendfsync", "always")
    sender = Sender(env, "cat > /dev/null; " + WAIT.format(env.folder), "--jobs", "2")
    wait_started(env, 2)
    w.wait_stat("taken", 2)
    env.server.kill()
    sender.wait_said("redis-lost")
    go(env)
    sender.signal()
    sender.wait_said("event=stopping")
    wait_until(lambda: not children(sender.process.pid), 10, "the commands to end")
    equal(sender.process.poll(), None, "it waits for Redis")
    env.server.start()
    w.r = env.redis
    sender.wait(timeout=30)
    w.wait_stat("done", 2)
    w.push(job(3))
    w.wait_stat("ready", 1)
    sender = Sender(env, "exit 17")
    w.wait_stat("done", 3)
    os.unlink(os.path.join(env.folder, "go"))
    os.unlink(os.path.join(env.folder, "started"))
    w.push(job(4))
    sender.signal().wait()
    w.wait_stat("ready", 1)
    sender = Sender(env, WAIT.format(env.folder).replace("exit 10", "exit 17"))
    wait_started(env, 1)
    env.server.kill()
    go(env)
    sender.wait_said("redis-lost")
    wait_until(lambda: not children(sender.process.pid), 10, "the command to end")
    sender.signal().wait_said("event=stopping")
    sender.signal().wait(1, 30)
    for part in ("event=not-reported", 'id="4"', "to=+3360000••••", "outcome=opted-out", "licetctl report "):
        contains(sender.err, part)
    contains(sender.out, "1 not reported")


def test_an_answer_that_is_lost(env):
    """The report is sent again, and "late" is an answer. A take whose answer is lost is nobody's."""
    w = start(env, route={"lease_s": 4})
    ready(w, job(1))
    proxy = Proxy(env)
    proxy.drop = b"licet_done"
    sender = Sender(env, "exit 17", "--once", common=proxy.common(env)).wait()
    contains(sender.err, "event=reported-late")
    equal(sender.out.strip(), "main: 1 taken, 1 opted-out; 1 of them late")
    w.wait_stat("done", 1)
    equal(outcomes(w)["1"][0], "opted-out")
    ready(w, job(2))
    proxy.held.clear()
    proxy.drop = b"licet_take"
    sender = Sender(env, f"touch {env.folder}/started", common=proxy.common(env))
    sender.wait_said("event=take-lost")
    w.wait_stat("unknown", 1)
    equal(os.path.exists(os.path.join(env.folder, "started")), False)
    sender.signal().wait()
    w.balance()


def test_redis_that_forgot(env):
    """Emptied in between: the report is refused and told; an opposition is recorded all the same."""
    w = start(env)
    ready(w, job(1), job(2))
    sender = Sender(env, f'echo $LICET_ID >> {env.folder}/started; while [ -e {env.folder}/started -a ! -e {env.folder}/go ]; do sleep 0.02; done; '
                         'if [ $LICET_ID = 1 ]; then exit 10; else exit 18; fi', "--jobs", "2")
    wait_started(env, 2)
    w.daemon.stop()
    w.r.flushdb()
    go(env)
    sender.wait_said("event=report-refused")
    sender.wait_said("event=token-forgotten")
    wait_until(lambda: w.r.smembers(w.p + "list:opposition") == {"+33600000002"}, 10, "the opposition")
    sender.signal().wait(1)
    contains(sender.out, "2 taken, 1 refused; 1 of them late; 1 reports refused")


def test_reports_go_in_one_call(env):
    """Each is answered for itself: those that Redis forgot harm no other, and what ended together is one call."""
    w = start(env)
    ready(w, *[job(i) for i in range(1, 41)])
    command = script(env, BATCH + """
import pathlib, time
pathlib.Path("started").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.02)
# At once, whether or not the environment has Python write each line apart.
os.write(1, "".join(f'{j["token"]} {"never-again" if j["id"] == "2" else "answered"}\\n' for j in jobs).encode())
""")
    sender = Sender(env, command, "--batch", "40")
    wait_until(lambda: os.path.exists(os.path.join(env.folder, "started")), 10, "the command")
    w.wait_stat("taken", 40)
    for token, lease in w.r.hgetall(w.ready + ":lease").items():
        if lease.split("\t")[4] in ("1", "2"):
            w.r.hdel(w.ready + ":lease", token)
            w.r.zrem(w.ready + ":lapse", token)
    w.r.config_resetstat()
    go(env)
    sender.wait_said("event=report-refused")
    sender.wait_said("event=token-forgotten")
    w.wait_stat("done", 38)
    wait_until(lambda: w.r.smembers(w.p + "list:opposition") == {"+33600000002"}, 10, "the opposition")
    sender.signal().wait(1)
    contains(sender.out, "40 taken, 38 answered, 1 never-again; 1 of them late; 1 reports refused")
    equal(sorted(outcomes(w)), sorted(str(i) for i in range(3, 41)))
    calls = w.r.info("commandstats")["cmdstat_zmscore"]["calls"]
    assert calls < 25, f"{calls} calls of licet_done for 40 reports"


def test_errors_of_redis(env):
    w = start(env)
    ready(w, job(1))
    # A report that cannot be written now is written later; meanwhile nothing more is taken.
    sender = Sender(env, WAIT.format(env.folder))
    wait_started(env, 1)
    w.push(job(2))
    w.wait_stat("ready", 1)
    w.wait_stat("taken", 1)
    w.daemon.stop()
    w.r.rename(w.p + "out", w.p + "aside")
    w.r.set(w.p + "out", "planted")
    go(env)
    sender.wait_said("event=report-refused")
    contains(sender.err, "should be a hash")
    w.r.delete(w.p + "out")
    w.r.rename(w.p + "aside", w.p + "out")
    wait_until(lambda: w.r.hlen(w.ready + ":lease") == 0 and w.r.llen(w.ready) == 0, 20, "both to be reported")
    # A list of a wrong type is waited for, without --once.
    w.r.set(w.ready, "planted")
    sender.wait_said("event=take-refused")
    equal(sender.process.poll(), None)
    w.r.delete(w.ready)
    sender.signal().wait()
    w.r.set(w.ready, "planted")
    _, err = once(env, "true", code=1)
    contains(err, "should be a list")
    # Who may not take is told so, and it ends.
    w.r.delete(w.ready)
    w.r.acl_setuser("default", enabled=True, nopass=True, commands=["+@all", "-llen"], keys=["*"], channels=["*"], reset=True)
    once(env, "true")
    w.r.acl_setuser("default", enabled=True, nopass=True, commands=["+@all", "-fcall", "-llen"], keys=["*"], channels=["*"], reset=True)
    _, err = once(env, "true", code=1)
    contains(err, "NOPERM")
    sender = Sender(env, "true").wait(1)
    contains(sender.err, 'action="taking no more"')


# -- many


def test_two_bridges_never_share_a_job(env):
    w = start(env)
    count = 600
    ready(w, *[job(i) for i in range(count)])
    f = env.folder
    senders = [Sender(env, f"echo $LICET_ID >> {f}/got; exit 10", "--jobs", "4", "--once", "--name", f"s{i}") for i in range(2)]
    for sender in senders:
        sender.wait(timeout=120)
    got = read(env, "got").split()
    equal(len(got), count)
    equal(len(set(got)), count, "jobs, each once")
    w.wait_stat("done", count, 30)
    by = collections.Counter(f["sender"] for f in w.ended("done").values())
    equal(set(by), {"s0", "s1"}, "both had work")
    equal(w.balance()["done.answered"], count)


@full_speed
def test_memory_is_constant(env):
    w = start(env)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 5000})
    w.push(*[job(i, vars={"x": "y" * 2000}) for i in range(4000)])
    sender = Sender(env, "while read -r line; do :; done; exit 16", "--batch", "50", "--jobs", "2")

    def rss():
        with open(f"/proc/{sender.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))

    wait_until(lambda: w.stat("done") >= 1000, 60, lambda: f"a quarter, not {w.stats()}")
    first = rss()
    w.wait_stat("done", 4000, 120)
    grown = rss() - first
    sender.signal().wait()
    if "asan" not in BUILD:  # freed memory is kept aside there
        assert grown < 512, f"grown by {grown} KiB over 3000 jobs, from {first}"
        assert first < 12000, f"{first} KiB"
    w.balance()


# -- by hand


def test_by_hand(env):
    """take, report and senders where there is more than one route, and more than is shown."""
    w = World(env).define(route="side")
    w.r.hset(w.p + "route:side", mapping={"location": "FR", "backlog": 5000})
    w.daemon = env.daemon("--simulate", OPEN)
    contains(env.ctl("take", "sid", code=1).err, "route sid is unknown")
    contains(env.ctl("take", "side", "--sender", "a\nb", code=2).err, "--sender must be")
    count = 2500
    w.push(*[job(i) for i in range(count)])
    w.wait_stat("ready", count, 30)
    contains(env.ctl("take", "sied", code=1).err, "did you mean side?")
    token = env.ctl_json("take", "side")[0]["token"]
    equal(env.ctl("report", token, "answered").out, "OK\n", "its route is found")
    contains(env.ctl("report", token, "opted-out", code=1).out, "late")
    equal(w.r.scard(w.p + "list:opposition:acme"), 1, "and found again after its report")
    taken = 0
    while jobs := w.take(500, route="side"):
        taken += len(jobs)
    equal(taken, count - 1)
    got = [r for r in env.ctl_json("senders") if r["route"] == "side"][0]
    equal((got["ready"], got["lease_count"], got["unknown_count"]), (0, count - 1, 0))
    equal(len(got["leases"]), 2000)
    out = env.ctl("senders").out
    contains(out, f"side: 0 ready, {count - 1} with senders, 0 unknown")
    contains(out, f"... and {count - 1 - 2000} more")
