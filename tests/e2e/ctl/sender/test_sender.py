"""licetctl sender: the jobs of a route to a command, and what became of them back."""

import collections
import json
import os
import resource
import signal
import time

from harness import SLOW, contains, equal, full_speed, wait_until
from offspring import is_alive
from proxy import Proxy
from sender import BATCH, WAIT, Sender, go, once, outcomes, read, ready, script, wait_started
from world import OPEN, World, job, start

JOB_FIELDS = "token campaign id to advertiser caller_id message delivery opt_out attempt released_ms not_after_ms vars".split()


# -- what a command gets


def test_the_job_in_environment_and_input(env):
    w = start(env)
    vars_text = '{"name":"Zo\\u00e9","n":1.50,\n "e":1e2}'
    w.push('{"id":"a \\"b\\"","to":"0612345678","consent":%s,"vars":%s}' % (json.dumps(job(1)["consent"]), vars_text))
    w.wait_stat("ready", 1)
    env.extra = {"LICET_TO": "from outside", "LICET_OWN": "kept", "MORE": "kept"}
    got, _ = once(env, f"env -0 > {env.folder}/env; cat > {env.folder}/in; echo answered 12 s", "--name", "box-1")
    equal((got["route"], got["sender"], got["taken"], got["late"], got["outcomes"]), ("main", "box-1", 1, 0, {"answered": 1}))
    seen = dict(v.split("=", 1) for v in read(env, "env").split("\0") if v)
    text = read(env, "in")
    equal(text.count("\n"), 1, "one line")
    line = json.loads(text)
    equal(sorted(line), sorted(JOB_FIELDS))
    contains(text, '"vars":' + vars_text.replace("\n", " "))
    equal(line["vars"], {"name": "Zoé", "n": 1.5, "e": 100.0})
    equal((line["attempt"], line["to"], line["id"]), (1, "+33612345678", 'a "b"'))
    equal(seen["LICET_VARS"], vars_text, "to the byte")
    for field in set(JOB_FIELDS) - {"vars"}:
        equal(seen["LICET_" + field.upper()], str(line[field]), field)
    equal((seen["LICET_TO"], seen["LICET_OWN"], seen["MORE"]), ("+33612345678", "kept", "kept"))
    equal((seen["LICET_ROUTE"], seen["LICET_SENDER"], seen["LICET_JOBS"], seen["LICET_TIMEOUT_S"]), ("main", "box-1", "1", "720"))
    left_ms = int(seen["LICET_NOT_AFTER_MS"]) - int(seen["LICET_NOW_MS"])
    assert 8000000 < left_ms <= 8400000, f"{left_ms} ms to 12:50, by the simulated clock"
    w.wait_stat("done", 1)
    done = w.ended("done")['a "b"']
    equal((done["outcome"], done["detail"], done["sender"]), ("answered", "12 s", "box-1"))
    w.balance()


def test_nothing_of_ours_goes_along(env):
    """No password in the environment, no descriptor of Redis, no mask and no ignored signal."""
    secret = "never-to-be-seen-9f3a"
    w = start(env)
    ready(w, job(1))
    w.r.config_set("requirepass", secret)
    env.server.client = env.server.connect(password=secret)
    path = os.path.join(env.folder, "password")
    with open(path, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    env.write_conf(f'redis_password_file = "{path}";')
    env.extra = {"REDISCLI_AUTH": "other", "REDIS_URL": f"redis://:{secret}@localhost", "AUTH": secret, "KEPT": "never-to-be"}
    f = env.folder
    got, _ = once(env, f"cat /proc/self/environ > {f}/env; ls -l /proc/self/fd > {f}/fds; cat /proc/self/status > {f}/status; "
                       f"tr '\\0' ' ' < /proc/$PPID/cmdline > {f}/parent")
    equal(got["outcomes"], {"submitted": 1})
    for name in ("env", "parent"):
        assert read(env, name) and secret not in read(env, name), f"the password is in {name}"
    assert "REDISCLI_AUTH" not in read(env, "env")
    contains(read(env, "env"), "KEPT=never-to-be")
    fds = [line.split()[8:] for line in read(env, "fds").splitlines() if "->" in line]
    equal([fd for fd in fds if "socket:" in fd[-1] or "eventpoll" in fd[-1]], [])
    equal(sorted(int(fd[0]) for fd in fds), [0, 1, 2, 3], "three, and the folder that ls reads")
    status = dict(line.split(":\t", 1) for line in read(env, "status").splitlines() if ":\t" in line)
    equal((int(status["SigBlk"], 16), int(status["SigIgn"], 16) & 0x7fffffff), (0, 0), "signals, but two that are the C library's own")


# -- what it means


def test_every_outcome_by_exit_status(env):
    table = {0: "submitted", 10: "answered", 11: "voicemail", 12: "busy", 13: "no-answer", 14: "failed", 15: "not-placed", 16: "submitted",
             17: "opted-out", 18: "refused", 19: "never-again", 1: "failed", 2: "failed", 9: "failed", 21: "failed", 255: "failed"}
    help_text = env.run("help", "sender").out
    for status, outcome in table.items():
        if 10 <= status <= 19:
            contains(help_text, f"    {status}  {outcome}\n")
    w = start(env)
    ready(w, *[job(status) for status in table])
    got, err = once(env, "echo said $LICET_ID; exit $LICET_ID", "--jobs", "4")
    equal(got["outcomes"], dict(collections.Counter(table.values())))
    w.wait_stat("done", len(table))
    for status, outcome in table.items():
        detail = f"said {status}" if status == 0 or 10 <= status <= 19 else f"exit {status}: said {status}"
        equal(outcomes(w)[str(status)], (outcome, detail), f"exit {status}")
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000017", "+33600000018"})
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000019"})
    equal(w.attempts("+33600000015"), [], "not-placed gives the attempt back")
    for status in (1, 2, 9, 14, 21, 255):
        equal(w.attempts(f"+33600000{status:03d}"), ["2026-11-24"], f"exit {status} keeps the attempt")
    contains(err, "+3360000••••")
    assert "+3360000000" not in err and "+3360000025" not in err, err
    w.balance()


def test_last_line_says(env):
    says = {1: ("echo hello; echo; echo answered 12 s; echo", ("answered", "12 s")), 2: ("printf 'voicemail'", ("voicemail", "")),
            3: ("echo answerd 12 s", ("submitted", "answerd 12 s")), 4: ("kill -SEGV $$", ("failed", "signal 11")),
            5: ("echo opted-out key 9; kill -KILL $$", ("opted-out", "key 9")), 6: ("printf 'busy d\\351j\\340\\n'", ("busy", "d?j?")),
            7: ("head -c 100000 /dev/zero | tr '\\0' x; exit 10", ("answered", "x" * 500)), 8: ("exec >&-; exit 13", ("no-answer", ""))}
    w = start(env)
    ready(w, *[job(i) for i in says])
    for i, (text, _) in says.items():
        with open(os.path.join(env.folder, f"{i}.sh"), "w", encoding="ascii") as file:
            file.write(text + "\n")
    _, err = once(env, f". {env.folder}/$LICET_ID.sh")
    w.wait_stat("done", len(says))
    equal(outcomes(w), {str(i): want for i, (_, want) in says.items()})
    contains(err, 'said="answerd" meant="answered?"')
    w.balance()


def test_a_command_that_is_not_there(env):
    """Its first job is failed: nobody knows better. The others are not burnt."""
    w = start(env)
    ready(w, *[job(i) for i in range(5)])
    got, err = once(env, "/no/such/command", code=1)
    equal((got["taken"], got["outcomes"]), (1, {"failed": 1}))
    contains(err, "event=command-missing exit=127")
    w.wait_stat("done", 1)
    equal(w.balance()["ready"], 4)


def test_a_command_that_cannot_work(env):
    """It says itself that nothing was placed and that the next job would fare no better."""
    w = start(env)
    ready(w, *[job(i) for i in range(5)])
    got, err = once(env, "echo no trunk; exit 20", code=1)
    equal((got["taken"], got["outcomes"]), (1, {"not-placed": 1}))
    contains(err, "event=command-cannot-work")
    w.wait_stat("done", 1)
    equal(outcomes(w)["0"], ("not-placed", "no trunk"))
    equal(w.balance()["ready"], 4)


# -- batches


def test_batch(env):
    w = start(env)
    ready(w, *[job(i) for i in range(1, 26)])
    command = script(env, BATCH + """
t = {j["id"]: j["token"] for j in jobs}
if "1" in t:
    print(t["1"], "answered 12 s")
    print(t["2"], "opted-out key 9")
    print()
    print(t["3"], "answerd")
    print("no-such-token answered")
    print("+33600000001 busy")
    print(t["4"])
    print(t["1"], "busy")
    print(t["1"], "never-again", "called back")
    print("x" * 5000)
    sys.stdout.write(t["5"] + " busy")
else:
    sys.exit(11)
""")
    got, err = once(env, command, "--batch", "10")
    equal(got["taken"], 25)
    equal([len(line.split()) for line in read(env, "batches").splitlines()], [10, 10, 5])
    w.wait_stat("done", 25)
    done = outcomes(w)
    equal((done["1"], done["2"], done["3"], done["4"], done["5"], done["6"]),
          (("answered", "12 s"), ("opted-out", "key 9"), ("submitted", ""), ("submitted", ""), ("busy", ""), ("submitted", "")))
    equal({done[str(i)] for i in range(11, 26)}, {("voicemail", "")})
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000002"})
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000001"})
    for part in ('line=4 error="\\"answerd\\" is not an outcome, did you mean answered?"'.replace("\\", ""),
                 "line=5 error=\"it begins with no token of this batch", "line=6 ", 'line=7 error="\\"\\" is not an outcome"'.replace("\\", ""),
                 'line=8 error="a second line for a job', "line=10 error=\"it is longer than 4096 bytes"):
        contains(err, part)
    assert "+33600000001" not in err, err
    w.balance()


def test_batch_that_fails(env):
    """What it told before counts; the others are as unknown as a call can be: failed."""
    w = start(env)
    ready(w, *[job(i) for i in range(1, 5)])
    got, _ = once(env, script(env, BATCH + 'print(jobs[0]["token"], "answered", flush=True)\nos.kill(os.getpid(), 9)\n'), "--batch", "500")
    equal(got["outcomes"], {"answered": 1, "failed": 3})
    w.wait_stat("done", 4)
    equal(outcomes(w)["3"], ("failed", "signal 9"))


def test_large_batch_that_reads_nothing(env):
    """Half a megabyte for a command that does not want it stops nothing."""
    w = start(env)
    ready(w, *[job(i, vars={"x": "y" * 6000}) for i in range(100)])
    got, _ = once(env, "exit 11", "--batch", "500")
    equal(got["outcomes"], {"voicemail": 100})


def test_batch_lines_are_reported_at_once(env):
    w = start(env)
    ready(w, job(1), job(2))
    sender = Sender(env, script(env, BATCH + """
print(jobs[0]["token"], "answered", flush=True)
open("told", "w").close()
import time
while os.path.exists("told") and not os.path.exists("go"):
    time.sleep(0.01)
"""), "--batch", "10")
    w.wait_stat("done", 1)
    equal(w.stat("taken"), 1)
    open(os.path.join(env.folder, "go"), "w", encoding="ascii").close()
    w.wait_stat("done", 2)
    sender.signal().wait()


# -- time


def test_timeout_ends_the_whole_group(env):
    w = start(env, route={"lease_s": 20})
    ready(w, job(1))
    f = env.folder
    # The command and a grandchild that both ignore TERM.
    sender = Sender(env, f"trap '' TERM; (trap '' TERM; echo $$ > {f}/x; exec sleep 600) & echo $! > {f}/pid.new; mv {f}/pid.new {f}/pid; wait",
                    "--timeout", "1", "--once")
    wait_until(lambda: read(env, "pid"), 10, "the grandchild")
    grandchild = int(read(env, "pid"))
    os.kill(grandchild, 0)
    sender.wait()
    contains(sender.err, 'why="timeout"')
    wait_until(lambda: not is_alive(grandchild), 10, "the end of the grandchild")
    w.wait_stat("done", 1)
    equal(outcomes(w)["1"], ("failed", "timeout"))
    w.balance()


def test_timeout_gives_a_grace(env):
    """TERM first: a command may hang up and say so. The slot is free as soon as its group is gone."""
    w = start(env, route={"lease_s": 100})
    ready(w, job(1))
    began = time.monotonic()
    got, _ = once(env, "trap 'echo never-again hung up; exit 3' TERM; sleep 600 & wait", "--timeout", "1")
    equal(got["outcomes"], {"never-again": 1})
    assert time.monotonic() - began < 5 * SLOW, "it waited for its whole grace of five seconds"
    w.wait_stat("done", 1)
    equal(outcomes(w)["1"], ("never-again", "hung up"))


def test_timeout_is_shorter_than_the_lease(env):
    w = start(env, route={"lease_s": 10})
    ready(w, job(1))
    for seconds, code in ((10, 2), (9, 2), (8, 0)):
        result = env.ctl("sender", "--route", "main", "--exec", f"echo $LICET_TIMEOUT_S >> {env.folder}/t", "--once", "--timeout", str(seconds),
                         code=code)
        if code:
            contains(result.err, "is too long: the lease of route main is over after 10 s")
    equal(read(env, "t"), "8\n")
    w.wait_stat("done", 1)
    w.r.hset(w.p + "route:main", "lease_s", "100")
    ready(w, job(2))
    sender = Sender(env, f"echo $LICET_TIMEOUT_S >> {env.folder}/t", "--timeout", "80")
    w.wait_stat("done", 2)
    w.r.hset(w.p + "route:main", "lease_s", "50")
    w.push(job(3))
    w.wait_stat("done", 3)
    sender.signal().wait()
    contains(sender.err, "event=lease-shorter route=main lease_s=50")
    equal(read(env, "t"), "8\n80\n40\n", "what still fits")


def sim_now_ms(w):
    base, real, speed = w.r.hmget(w.p + "clock", "sim_base_ms", "real_base_ms", "speed")
    return int(base) + (time.time() * 1000 - int(real)) * float(speed)


def test_a_deadline_that_passes_on_the_way(env):
    """Handed over in time, answered too late: the command is not started."""
    env.write_conf("redis_timeout_ms = 30000;")
    w = start(env, "2026-11-24T12:49:55+01:00")
    ready(w, job(1))
    proxy = Proxy(env)
    proxy.hold = b"licet_take"
    sender = Sender(env, f"touch {env.folder}/started", "--once", common=proxy.common(env))
    assert proxy.held.wait(20), sender.err
    wait_until(lambda: sim_now_ms(w) >= 1795521000000, 20, "ten to one")
    equal(w.r.hlen(w.ready + ":lease"), 1)
    proxy.release.set()
    sender.wait()
    w.wait_stat("done", 1)
    equal(outcomes(w)["1"], ("not-placed", "too late: not_after had passed before it could start"))
    assert not os.path.exists(os.path.join(env.folder, "started"))
    equal(w.attempts("+33600000001"), [])
    w.balance()


# -- ends


def test_sigterm_finishes_what_runs(env):
    for number in (signal.SIGTERM, signal.SIGINT):
        go_path = os.path.join(env.folder, "go")
        for path in (go_path, os.path.join(env.folder, "started")):
            if os.path.exists(path):
                os.unlink(path)
        w = World(env, "licet-sim:%d:" % number).define()
        daemon = env.daemon("--simulate", OPEN)
        ready(w, *[job(i) for i in range(10)])
        sender = Sender(env, WAIT.format(env.folder), "--jobs", "3")
        wait_started(env, 3)
        equal(w.r.hlen(w.ready + ":lease"), 3, "never more than run")
        sender.signal(number)
        sender.wait_said("event=stopping running=3")
        go(env)
        sender.wait()
        w.wait_stat("done", 3)
        equal({o for o, _ in outcomes(w).values()}, {"answered"})
        equal((w.balance()["ready"], w.r.hlen(w.ready + ":lease")), (7, 0))
        contains(sender.out, "main: 3 taken, 3 answered\n")
        daemon.stop()


def test_second_signal_ends_what_runs(env):
    w = start(env)
    ready(w, *[job(i) for i in range(3)])
    sender = Sender(env, WAIT.format(env.folder), "--jobs", "2")
    wait_started(env, 2)
    sender.signal()
    sender.wait_said("event=stopping")
    sender.signal().wait()
    w.wait_stat("done", 2)
    equal(set(outcomes(w).values()), {("failed", "stopped")})
    equal(w.balance()["ready"], 1)


def test_third_signal_ends_at_once(env):
    w = start(env, route={"lease_s": 800})
    ready(w, job(1))
    sender = Sender(env, "trap '' TERM; " + WAIT.format(env.folder))
    wait_started(env, 1)
    sender.signal().wait_said("event=stopping")
    sender.signal().wait_said("event=ending")
    began = time.monotonic()
    sender.signal().wait()
    assert time.monotonic() - began < 3 * SLOW, "it waited for the grace"
    w.wait_stat("done", 1)
    equal(outcomes(w)["1"], ("failed", "stopped"))


def test_what_cannot_be_started(env):
    """Without a descriptor left nothing is placed, and says so; later it goes on."""
    w = start(env)
    sender = Sender(env, "exit 10").wait_said("event=redis-up")
    wait_until(lambda: len(os.listdir(f"/proc/{sender.process.pid}/fd")) > 6, 10, "its descriptors")
    most = resource.prlimit(sender.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(sender.process.pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{sender.process.pid}/fd")), most[1]))
    w.push(job(1))
    w.wait_stat("done", 1)
    resource.prlimit(sender.process.pid, resource.RLIMIT_NOFILE, most)
    w.push(job(2))
    w.wait_stat("done", 2)
    sender.signal().wait()
    equal(outcomes(w), {"1": ("not-placed", "it could not be started: Too many open files"), "2": ("answered", "")})
    equal(w.attempts("+33600000001"), [])
    w.balance()


def test_kill_9_leaves_them_unknown(env):
    """Nobody knows what became of the call: a person settles it."""
    w = start(env, route={"lease_s": 2})
    ready(w, job(1))
    sender = Sender(env, WAIT.format(env.folder))
    wait_started(env, 1)
    sender.signal(signal.SIGKILL).wait(-9)
    w.wait_stat("unknown", 1)
    go(env)
    unknown = env.ctl_json("senders")[0]["unknown"]
    contains(unknown[0]["sender"], f"-{sender.process.pid}")
    w.balance()


@full_speed
def test_idle_looks_are_few(env):
    """Half a second between two looks, one cheap command each, and no processor time."""
    w = start(env)
    proxy = Proxy(env)
    sender = Sender(env, "true", "--look-ms", "500", common=proxy.common(env))
    wait_until(lambda: any(b"LLEN" in r for r in proxy.requests), 10, "the first look")

    def ticks():
        with open(f"/proc/{sender.process.pid}/stat", encoding="ascii") as file:
            return sum(int(x) for x in file.read().split()[13:15])

    def six_looks():
        before, used, began = len(proxy.requests), ticks(), time.monotonic()
        wait_until(lambda: len(proxy.requests) >= before + 6, 10, "six more looks")
        took = time.monotonic() - began
        equal({r[0] for r in proxy.requests[before:]}, {b"LLEN"})
        assert took > 2.4, f"six looks in {took} s"
        assert ticks() - used <= 5, f"{ticks() - used} ticks in {took} s"

    six_looks()
    w.push(job(1))
    w.wait_stat("done", 1)
    wait_until(lambda: b"LLEN" in proxy.requests[-1], 10, "a look after the work")
    six_looks()
    sender.signal().wait()


def test_bad_use(env):
    env.redis  # pylint: disable=pointless-statement
    good = ["--route", "main", "--exec", "true"]
    for words, part in (([], "--route is missing"), (["--route", "main"], "--exec is missing"), (["--route", "main", "--exec", ""], "--exec"),
                        (["--route", "Main", "--exec", "x"], "is not an id"), (good + ["--jobs", "0"], "--jobs"), (good + ["--jobs", "501"], "--jobs"),
                        (good + ["--batch", "501"], "--batch"), (good + ["--timeout", "0"], "--timeout"), (good + ["--name", ""], "--name"),
                        (good + ["--name", "x" * 65], "--name"), (good + ["--name", "a\tb"], "--name"), (good + ["--look-ms", "1"], "--look-ms"),
                        (good + ["--onec"], "did you mean --once?"), (good + ["x"], "too many")):
        result = env.ctl("sender", *words, code=2)
        contains(result.err, part)
        equal(result.err.count("\n"), 1)
    contains(env.ctl("sender", "--route", "mian", "--exec", "true", code=1).err, "did you mean main?")
    env.server.kill()
    contains(env.ctl("sender", *good, code=1).err, "Redis at ")
