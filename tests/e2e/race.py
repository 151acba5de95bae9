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

    def ask(self, *commands):
        """Raises ConnectionError when Redis is away; the next call connects again."""
        try:
            if self.connection._sock is None:  # pylint: disable=protected-access
                self.connection.connect()
            for packed in self.connection.pack_commands(commands):
                self.connection._sock.sendall(packed)  # pylint: disable=protected-access
            return [self._read() for _ in commands]
        except (OSError, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            self.connection.disconnect()
            raise redis.exceptions.ConnectionError(str(error)) from error

    def _read(self):
        try:
            return self.connection.read_response()
        except redis.exceptions.ResponseError as error:
            return error


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
        """As Link.ask, across a Redis that is killed and comes again: None where it was away."""
        try:
            return self.link.ask(*commands)
        except redis.exceptions.ConnectionError:
            if not self.stage.redis_dies:
                raise
            time.sleep(0.005)
            return None

    def act(self, command):
        """One step, in a transaction with the counter or without. Returns when it was sent and
        when it had returned, the counter or None, and the reply."""
        sent = time.monotonic_ns()
        if self.random.random() < 0.5:
            reply = sound(self.link.ask(("MULTI",), command, ("INCR", self.stage.counter), ("EXEC",)))[-1]
            sound(reply)
            return sent, time.monotonic_ns(), reply[1], reply[0]
        reply = sound(self.link.ask(command))[0]
        return sent, time.monotonic_ns(), None, reply


class Stage:
    """Where they meet: a world and a folder of journals."""

    def __init__(self, world, seed, redis_dies=False):
        self.w, self.seed, self.redis_dies = world, seed, redis_dies
        self.socket, self.prefix = world.env.server.socket, world.p
        self.folder = os.path.join(world.env.folder, "journals")
        self.counter = "race-counter"  # outside the prefix: nobody's
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
    if jobs:
        before, after = (int(t[0]) * 1000 + int(t[1]) // 1000 for t in (replies[0], replies[-1]))
        party.journal.note("take", sent, back, counter, before, after, [
            [j["token"], j["campaign"], j["id"], j["to"], j["advertiser"], int(j["attempt"]), int(j["not_after_ms"])] for j in jobs])
    return jobs


def _report(party, ready, batch):
    """Report these. What Redis did not answer is reported again: then it may say late."""
    while batch:
        sent = time.monotonic_ns()
        replies = party.ask(*[("FCALL", "licet_done", 1, ready, j["token"], o, "") for j, o in batch])
        if replies is not None:
            party.journal.note("done", sent, time.monotonic_ns(), [
                [j["token"], j["to"], j["advertiser"], o, r] for (j, o), r in zip(batch, sound(replies))])
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
            time.sleep(0.001)
        if not jobs or rng.random() >= keep:
            _report(party, ready, hand)
            hand = []
    _report(party, ready, hand)


# -- those who object

def _target(party, jobs):
    """A job: of those that are ready just now, or any."""
    if party.random.random() < 0.5:
        at = party.random.choice((0, 0, 10, 50, 200))
        entry = party.link.ask(("LINDEX", party.stage.prefix + "ready:main", at))[0]
        if isinstance(entry, str):
            head = entry.split("\t", 4)
            return head[1], head[2]
    return party.random.choice(jobs)


def oppose(party, jobs):
    """One opposition: by SADD or by the function, to the platform or an advertiser, with a person or without."""
    rng, p = party.random, party.stage.prefix
    campaign, id_ = _target(party, jobs)
    number, person, _ = party.options["known"][campaign, id_]
    scope = rng.choice(("", "", "acme", "acme", "brio"))
    name = p + "list:opposition" + (":" + scope if scope else "")
    if rng.random() < 0.5:
        person = ""
        command = ("SADD", name, number)
    else:
        if rng.random() < 0.5:
            person = ""
        command = ("FCALL", "licet_oppose", 1, name, number, "web", "said no", "", person)
    sent, back, counter, reply = party.act(command)
    party.journal.note("oppose", sent, back, counter, number, person, scope, reply)


def opposer(party):
    """Object while senders take: a share of what is released, so that it lasts as long."""
    jobs, done = list(party.options["known"]), 0
    total, share = party.stage.prefix + "stats", party.options["share"]
    while not party.end.value:
        released = party.link.ask(("HGET", total, "released"))[0]
        if done < int(released or 0) * share:
            oppose(party, jobs)
            done += 1
        else:
            time.sleep(0.0005)


def cancel(party, jobs):
    campaign, id_ = _target(party, jobs)
    sent, back, counter, _ = party.act(("SADD", f"{party.stage.prefix}campaign:{campaign}:cancel", id_))
    party.journal.note("cancel", sent, back, counter, campaign, id_)


def withdraw(party, jobs):
    campaign, id_ = _target(party, jobs)
    number, _, advertiser = party.options["known"][campaign, id_]
    sent, back, counter, reply = party.act(("FCALL", "licet_withdraw", 1, f"{party.stage.prefix}consent:{advertiser}", number, "crm", "mail", ""))
    party.journal.note("withdraw", sent, back, counter, number, advertiser, reply)


def objector(party):
    """Oppositions, cancellations and withdrawals, in turn."""
    jobs, total, done = list(party.options["known"]), party.stage.prefix + "stats", 0
    while not party.end.value:
        released = party.link.ask(("HGET", total, "released"))[0]
        if done < int(released or 0) * party.options["share"]:
            party.random.choice((oppose, cancel, withdraw))(party, jobs)
            done += 1
        else:
            time.sleep(0.0005)


def switcher(party):
    """Put one brake on after the other and take it off again: halts, pauses, stops."""
    rng, p = party.random, party.stage.prefix
    while not party.end.value:
        scope, status = rng.choice(party.options["brakes"])
        if status:
            key = f"{p}campaign:{scope[9:]}:def"
            on, off = ("HSET", key, "status", status), ("HSET", key, "status", "running")
        else:
            on, off = ("HSET", p + "halt", scope, "a test"), ("HDEL", p + "halt", scope)
        put = party.act(on)[:3]
        until = time.monotonic() + rng.choice((0, 0, 0.002, 0.02, party.options.get("longest", 0.1)))
        while time.monotonic() < until and not party.end.value:
            sound(party.link.ask(("PING",)))
        party.journal.note("brake", scope, status, *put, *party.act(off)[:3])
        until = time.monotonic() + rng.uniform(0, party.options.get("longest", 0.1))
        while time.monotonic() < until and not party.end.value:
            sound(party.link.ask(("PING",)))
