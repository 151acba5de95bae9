"""Nothing taken for none: each command says what Redis did not answer, and fails."""

import commands
import harness
from harness import Failure, contains, equal, full_speed, own_target
from proxy import Fault
from world import CAMPAIGN, start_ready

# Who may not ask these is told so instead.
TOLD = {"NOPERM": (b"CONFIG", b"INFO"), "WRONGTYPE": (b"CONFIG", b"SMISMEMBER", b"SCARD", b"XINFO"), "BUSY": (b"CONFIG",), "LOADING": (b"CONFIG",), "cut": (b"CONFIG",)}
BY_NAME = {"explain": (b"LRANGE", b"HSCAN", b"HGET"), "status": (b"SCAN", b"XREVRANGE"), "preflight": (b"LINDEX", b"HSCAN"), "enqueue --dry-run": (b"HGETALL", b"SMEMBERS", b"HMGET")}
KINDS = tuple(TOLD)
HANDSHAKE = 1  # the PING by which a connection begins


def is_told(name, command, kind):
    if kind == "NOPERM" and command[0] in BY_NAME.get(name, ()):
        return True
    if kind == "NOPERM" and command[0] == b"HGET" and command[1].endswith(b":state") and command[2] == b"state":
        return True  # a campaign of others, which is said so
    return command[0] in TOLD[kind] or command[0] == b"EXEC" or (kind == "WRONGTYPE" and command[0] == b"HMGET")


def fail_each(env, names, kinds_of):
    w = commands.scene(env)
    fault = Fault(env)
    tried = 0
    for name, words in commands.commands(env).items():
        if name not in names or name == "rulebook diff":  # which needs none
            continue
        fault.arm()
        whole = env.run(*words, *fault.common(env))
        for at, command in list(enumerate(fault.requests))[HANDSHAKE::1 if harness.SLOW == 1 else 5]:
            for kind in kinds_of(tried):
                if is_told(name, command, kind):
                    continue
                if name == "enqueue --dry-run" and kind in ("NOPERM", "WRONGTYPE"):  # it says so, and looks at the form alone
                    continue
                fault.arm(at, kind)
                done = env.run(*words, *fault.common(env), code=None)
                said = [line for line in done.err.splitlines() if "columns that go to nobody" not in line]
                # It may have asked something else at that place: jobs move meanwhile.
                if len(fault.requests) <= at or is_told(name, fault.requests[at], kind):
                    continue
                if harness.CLUSTERED and done.code == 0 and "space e2e alone: what the others have is not in it\n" in done.out + done.err:
                    continue  # the hub did not answer whether there are others: who names one space is told so, and needs no more
                if done.code != 1 or not said or (len(said) > 1 and kind != "WRONGTYPE"):
                    raise Failure(f"{name}, {kind} of {fault.requests[at][:3]}: {done!r}")
                if kind != "WRONGTYPE" and name not in ("campaign list", "subject show", "dossier") and done.out and done.out == whole.out:
                    raise Failure(f"{name}, {kind} of {fault.requests[at][:3]}: it says what it would have said anyway")
                tried += 1
    assert tried >= 250 / harness.SLOW, tried
    w.daemon.stop()


@full_speed
def test_each_read_fails_once(env):
    """One kind of error at each place, another at the next."""
    fail_each(env, commands.READING, lambda n: (KINDS[n % len(KINDS)],))


@own_target
def test_each_read_fails_in_each_way(env):
    fail_each(env, commands.READING, lambda n: KINDS)


def test_what_is_of_the_wrong_type_is_no_zero(env):
    """The rest is shown, with a question mark where nobody can count, and the exit code is 1."""
    w = start_ready(env, 2)
    w.daemon.stop()
    w.r.delete(w.key("queue"), w.ready)
    w.r.set(w.key("queue"), "x")
    done = env.ctl("status", code=1)
    contains(done.err, "campaign:acme.noel:queue met a key of the wrong type: what is shown is not all")
    got = env.ctl_json("status", code=1)["campaigns"][0]
    equal((got["queue"], got["intake"] if "intake" in got else 2), (None, 2))
    contains(env.ctl("campaign", "show", CAMPAIGN, code=1).out, "queue ?")
    contains(env.ctl("attest", CAMPAIGN, code=1).err, "wrong type")
    equal(env.ctl("attest", CAMPAIGN, code=1).out, "")


def test_a_right_that_is_missing_is_named(env):
    """Which, and for whom."""
    start_ready(env, 1)
    env.redis.execute_command("ACL", "SETUSER", "default", "-xrange")
    err = env.ctl("attest", CAMPAIGN, code=1).err
    contains(err, f"the user default of Redis has no right to XRANGE {env.prefix}oppositions")
    equal(err.count("\n"), 1)
