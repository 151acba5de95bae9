"""Parties that race for one Redis, each a process with a connection of its own.

What a party does and sees goes line by line into its journal, which outlives a
SIGKILL. Instants are those of CLOCK_MONOTONIC, which all processes share. Where that
is not sharp enough, a step and the increment of one counter are one transaction, and
so are the reading of that counter and a take: then their order is known without a clock."""

import json
import multiprocessing
import os
import random
import signal
import time
import traceback

import redis

from harness import SLOW, Failure, _die_with_parent

FORK = multiprocessing.get_context("fork")
LONG = int(os.environ.get("LICET_RACE", "0"))  # jobs of the long form; 0: the short one
SENDERS = 4
NEVER = 1 << 62


def seed_of(name):
    """The seed of a test, printed so that it can be passed back."""
    seed = int(os.environ.get("LICET_SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"{name}: LICET_SEED={seed}", flush=True)
    return seed


class Link:
    """Commands that go out together, replies in their order; errors are replies too."""

    def __init__(self, socket):
        self.connection = redis.UnixDomainSocketConnection(path=socket, decode_responses=True, socket_timeout=30 * SLOW)

    def ask(self, *commands, stamps=None):
        """Raises ConnectionError when Redis is away; the next call connects again. stamps: a list for
        the instants at which the replies were there."""
        try:
            if self.connection._sock is None:  # pylint: disable=protected-access
                self.connection.connect()
            for packed in self.connection.pack_commands(commands):
                self.connection._sock.sendall(packed)  # pylint: disable=protected-access
            return [self._read(stamps) for _ in commands]
        except (OSError, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            self.connection.disconnect()
            raise redis.exceptions.ConnectionError(str(error)) from error

    def _read(self, stamps):
        try:
            reply = self.connection.read_response()
        except redis.exceptions.ResponseError as error:
            reply = error
        if stamps is not None:
            stamps.append(time.monotonic_ns())
        return reply


# Errors that pass: Redis is full, is loading, or its functions are being loaded again.
PASSING = ("OOM", "LOADING", "BUSY", "CLUSTERDOWN", "EXECABORT", "MISCONF", "command not allowed when used memory", "Function not found", "Redis is loading",
           "Transaction discarded")


# Where what stands in Redis is spoiled for a while: a function says what it found, and has changed nothing.
SPOILED = PASSING + ("TYPE ", "STREAM ", "wrong kind of value")


def passes(reply, passing=PASSING):
    """Is it an error that passes, or does it hold one?"""
    if isinstance(reply, list):
        return any(passes(r, passing) for r in reply)
    return isinstance(reply, Exception) and any(p in str(reply) for p in passing)


def sound(replies):
    """The replies, none of which may be an error."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


class Journal:
    def __init__(self, folder, name):
        self.file = os.open(os.path.join(folder, name + ".journal"), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def note(self, *fields):
        os.write(self.file, json.dumps(fields).encode() + b"\n")


def journals(folder):
    """Everything that was noted: (party, fields). A line that a SIGKILL cut was never noted."""
    for name in sorted(os.listdir(folder)):
        if name.endswith(".journal"):
            with open(os.path.join(folder, name), "rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield name[:-8], json.loads(line)


class Party:
    """A process that runs work(self) until told to stop."""

    def __init__(self, stage, name, work, **options):
        self.stage, self.name, self.options = stage, name, options
        self.random = random.Random(f"{stage.seed} {name}")
        self.end = FORK.RawValue("b", 0)  # no lock: the holder of one may be killed
        self.process = FORK.Process(target=self._run, args=(work,), daemon=True)
        self.process.start()
        stage.parties.append(self)

    def _run(self, work):
        _die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.link, self.journal = Link(self.stage.socket), Journal(self.stage.folder, self.name)
        try:
            work(self)
        except BaseException:  # pylint: disable=broad-except
            self.journal.note("failed", traceback.format_exc())
            os._exit(1)
        os._exit(0)

    def kill(self):
        self.process.kill()
        self.process.join()
        self.stage.parties.remove(self)

    def ask(self, *commands):
        """As Link.ask, across a Redis that is killed and comes again: None where it was away, or
        something of it could not be done just then."""
        try:
            replies = self.link.ask(*commands)
        except redis.exceptions.ConnectionError:
            if not self.stage.redis_dies:
                raise
            replies = None
        if replies is None or (self.stage.redis_dies and passes(replies, SPOILED)):
            time.sleep(0.005)
            return None
        return replies

    def act(self, *steps):
        """Steps, one after the other and all in one round trip, each in a transaction with the counter or
        without. For each, when it was sent, when it had returned, the counter or None, and the reply."""
        counted = [self.random.random() < 0.5 for _ in steps]
        calls = []
        for step, also in zip(steps, counted):
            calls += [("MULTI",), step, ("INCR", self.stage.counter), ("EXEC",)] if also else [step]
        sent, stamps, acts, at = time.monotonic_ns(), [], [], 0
        replies = sound(self.link.ask(*calls, stamps=stamps))
        for also in counted:
            at += 4 if also else 1
            reply, counter = sound(replies[at - 1]) if also else (replies[at - 1], None)
            acts.append((sent, stamps[at - 1], counter, reply))
        return acts


class Stage:
    """Where they meet: a world and a folder of journals."""

    def __init__(self, world, seed, redis_dies=False):
        self.w, self.seed, self.redis_dies = world, seed, redis_dies
        self.socket, self.prefix = world.env.server.socket, world.p
        self.folder = os.path.join(world.env.folder, "journals")
        self.counter = "{e2e}race-counter"  # outside the prefix: nobody's; where that has a tag, with the same
        self.parties = []
        os.mkdir(self.folder)

    def start(self, name, work, **options):
        return Party(self, name, work, **options)

    def check(self):
        """Did one of them fail?"""
        for party in self.parties:
            if party.process.exitcode not in (None, 0):
                why = [f for n, f in journals(self.folder) if n == party.name and f[0] == "failed"]
                raise Failure(f"{party.name} ended with {party.process.exitcode}: {why[-1][1] if why else ''}")

    def stop(self, *parties):
        for party in parties or self.parties:
            party.end.value = 1
        for party in parties or self.parties:
            party.process.join(60 * SLOW)
            if party.process.exitcode is None:
                party.process.kill()
                raise Failure(f"{party.name} does not end")
        self.check()


# -- senders

OUTCOMES = ("answered",) * 20 + ("voicemail",) * 6 + ("busy",) * 4 + ("no-answer",) * 6 + (
    "failed", "submitted", "not-placed", "opted-out", "refused", "never-again")


def _take(party, ready):
    """Take 1 to 50. Notes when that was sent, what came, and Redis TIME before and after.
    Returns the jobs, or None where the reply was lost."""
    call = ("FCALL", "licet_take", 1, ready, party.name, party.random.randint(1, 50))
    ordered = party.random.random() < 0.5
    calls = (("MULTI",), ("GET", party.stage.counter), call, ("EXEC",)) if ordered else (call,)
    sent = time.monotonic_ns()
    replies = party.ask(("TIME",), *calls, ("TIME",))
    back = time.monotonic_ns()
    if replies is None:
        return None
    sound(replies)
    counter, jobs = sound(replies[-2]) if ordered else (None, replies[-2])
    counter = int(counter or 0) if ordered else None
    jobs = [dict(zip(j[::2], j[1::2])) for j in jobs]
    for j in jobs:
        if party.options.get("shown", {}).get(j["advertiser"], j["caller_id"]) != j["caller_id"]:
            raise Failure(f"{j['campaign']} {j['id']} came with a caller id that is none of {j['advertiser']}'s: {j['caller_id']}")
    if jobs:
        before, after = (int(t[0]) * 1000 + int(t[1]) // 1000 for t in (replies[0], replies[-1]))
        party.journal.note("take", sent, back, counter, before, after, [
            [j["token"], j["campaign"], j["id"], j["to"], j["advertiser"], int(j["attempt"]), int(j["not_after_ms"])] for j in jobs])
    return jobs


def _report(party, ready, batch):
    """Report these. What Redis did not answer is reported again: then it may say late."""
    if batch:  # before, for a kill may come between the step and the note of its reply
        party.journal.note("intent", [[j["token"], o] for j, o in batch])
    while batch:
        sent = time.monotonic_ns()
        replies = party.ask(*[("FCALL", "licet_done", 1, ready, j["token"], o, "") for j, o in batch])
        if replies is not None:
            party.journal.note("done", sent, time.monotonic_ns(), [
                [j["token"], j["campaign"], j["id"], o, r] for (j, o), r in zip(batch, sound(replies))])
            return


def sender(party):
    """Take as fast as it can, and report: at once, or in a later turn."""
    ready, hand, rng = party.stage.prefix + "ready:main", [], party.random
    keep = party.options.get("keep", 0.3)
    while not party.end.value:
        jobs = _take(party, ready)
        if jobs is None:
            continue
        hand += [(j, rng.choice(OUTCOMES)) for j in jobs]
        if not jobs:
            time.sleep(rng.uniform(0, 0.03))  # so that something is ready when they object
        if rng.random() >= keep:
            _report(party, ready, hand)
            hand = []
    _report(party, ready, hand)


# -- those who object

BURST = 8


def _targets(party, jobs, count):
    """Jobs: half of those that are ready just now and will be taken next, half any."""
    at = [party.random.choice((0, 1, 5, 20, 50, 100, 300)) for _ in range(count)]
    found = party.link.ask(*[("LINDEX", party.stage.prefix + "ready:main", i) for i in at])
    heads = [e.split("\t", 4)[1:3] for e in found if isinstance(e, str) and party.random.random() < 0.7]
    return [tuple(h) for h in heads] + party.random.sample(jobs, count - len(heads))


def _opposition(party, campaign, id_):
    """By SADD or by the function, to the platform or an advertiser, with a person or without."""
    rng = party.random
    number, person, _ = party.options["known"][campaign, id_]
    scope = rng.choice(("", "", "acme", "acme", "brio"))
    name = party.stage.prefix + "list:opposition" + (":" + scope if scope else "")
    if rng.random() < 0.5:
        return ("SADD", name, number), ("oppose", number, "", scope)
    if rng.random() < 0.5:
        person = ""
    return ("FCALL", "licet_oppose", 1, name, number, "web", "said no", "", person), ("oppose", number, person, scope)


def _cancellation(party, campaign, id_):
    return ("SADD", f"{party.stage.prefix}campaign:{campaign}:cancel", id_), ("cancel", campaign, id_)


def _withdrawal(party, campaign, id_):
    number, _, advertiser = party.options["known"][campaign, id_]
    return (("FCALL", "licet_withdraw", 1, f"{party.stage.prefix}consent:{advertiser}", number, "crm", "mail", ""),
            ("withdraw", number, advertiser))


KINDS = {"oppose": _opposition, "cancel": _cancellation, "withdraw": _withdrawal}


def objector(party):
    """Say no while senders take, in bursts: as many as a share of what is released, so that it
    goes on as long as they do."""
    jobs, done = list(party.options["known"]), 0
    total, share = party.stage.prefix + "stats", party.options["share"]
    while not party.end.value:
        if done >= int(party.link.ask(("HGET", total, "released"))[0] or 0) * share:
            time.sleep(0.0005)
            continue
        steps = [KINDS[party.random.choice(party.options["kinds"])](party, c, i) for c, i in _targets(party, jobs, BURST)]
        for (_, what), act in zip(steps, party.act(*[command for command, _ in steps])):
            party.journal.note(what[0], act[:3], *what[1:], act[3])
        done += BURST


def choose_brake(party):
    """A scope, and the steps that put the brake on and take it off."""
    p = party.stage.prefix
    scope, status = party.random.choice(party.options["brakes"])
    if status:
        key = f"{p}campaign:{scope[9:]}:def"
        return scope, ("HSET", key, "status", status), ("HSET", key, "status", "running")
    return scope, ("HSET", p + "halt", scope, "a test"), ("HDEL", p + "halt", scope)


def switcher(party):
    """Put one brake on after the other and take it off again: halts, pauses, stops."""
    rng = party.random
    while not party.end.value:
        scope, on, off = choose_brake(party)
        put = party.act(on)[0]
        until = time.monotonic() + rng.choice((0, 0, 0.002, 0.02, party.options.get("longest", 0.1)))
        while time.monotonic() < until and not party.end.value:
            sound(party.link.ask(("PING",)))
        party.journal.note("brake", scope, put[:3], party.act(off)[0][:3])
        until = time.monotonic() + rng.uniform(0, party.options.get("longest", 0.1))
        while time.monotonic() < until and not party.end.value:
            sound(party.link.ask(("PING",)))
