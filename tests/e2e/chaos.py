"""What goes wrong, on purpose: a driver that kills, stops, cuts, flushes and fills, and the
parties that go on all the same."""

import collections
import datetime
import glob
import os
import re
import signal
import socket
import threading
import time

import redis

import harness
from harness import SLOW, Failure, wait_until
from oracle import Story, forbidding
from race import FORK, SENDERS, Journal, choose_brake, sender
from spoiling import Spoiling

# -- a law under which it is always an hour to call: these tests run on the real clock


def write_rulebook(env):
    """The rulebook that is shipped, with windows that never close and no holidays where mobiles are."""
    with open(os.path.join(harness.ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    text, hours = re.subn(r'hours = "mon-fri [^"]*"', 'hours = "mon-sun 00:00-24:00"', text)
    text, places = re.subn(r'(\{ name = "(?:metropole|alsace-moselle)"; covered = true; zones = \[ "Europe/Paris" \]; )'
                           r'holiday_sets = \[ "national" \];(?:\s*holidays = \(.*?\n\t\t\);)?', r"\1holiday_sets = [];", text, flags=re.S)
    if hours != 2 or places != 2:
        raise Failure(f"the rulebook is not what was expected: {hours} hours, {places} places")
    path = os.path.join(env.folder, "always.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def utc(ms):
    return datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- a relay, so that connections can be slow and be cut


class Relay:
    """A Unix socket that leads to Redis. delay_ms holds back what passes; cut closes what is open."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self.delay_ms, self.cuts = FORK.RawValue("i", 0), FORK.RawValue("i", 0)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(64)
        self.process = FORK.Process(target=self._serve, args=(listener,), daemon=True)
        self.process.start()
        listener.close()

    def _serve(self, listener):
        harness._die_with_parent()  # pylint: disable=protected-access
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.target)
            except OSError:
                client.close()
                continue
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(a, b, self.cuts.value), daemon=True).start()

    def _pass(self, source, sink, cuts):
        source.settimeout(0.05)
        try:
            while self.cuts.value == cuts:
                try:
                    data = source.recv(65536)
                except socket.timeout:
                    continue
                if not data:
                    break
                time.sleep(self.delay_ms.value / 1000)
                sink.settimeout(None)
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def kill(self):
        self.process.kill()
        self.process.join()


# -- parties that go on whatever happens to Redis


def producer(party):
    """Push jobs, each once: the push and how far it came are one transaction. A third of the jobs
    may not start any more some seconds later."""
    stage, rng, jobs = party.stage, party.random, party.options["jobs"]
    mark = f"{{e2e}}producer:{party.name.split('.')[0]}"
    at = None
    while not party.end.value:
        if at is None:  # at the beginning, and whenever the reply was lost
            replies = party.ask(("GET", mark))
            if replies is None:
                continue
            at = int(replies[0] or 0)
        if at >= len(jobs):
            return
        chunk, lines = jobs[at:at + rng.randint(1, 40)], collections.defaultdict(list)
        now_ms = int(time.time() * 1000)
        ends = []
        for campaign, id_, text in chunk:
            if rng.random() < 0.33:
                ends.append([campaign, id_, now_ms // 1000 * 1000 + rng.randint(1, 20) * 1000])
                text = text[:-1] + f', "not_after": "{utc(ends[-1][2])}"}}'
            else:
                ends.append([campaign, id_, None])
            lines[campaign].append(text)
        party.journal.note("expires", time.monotonic_ns(), ends)  # what was not pushed then is pushed anew, and noted anew
        pushes = [("RPUSH", f"{stage.prefix}campaign:{c}:queue", *texts) for c, texts in lines.items()]
        replies = party.ask(("MULTI",), *pushes, ("SET", mark, at + len(chunk)), ("EXEC",))
        at = at + len(chunk) if replies is not None and isinstance(replies[-1], list) else None
        time.sleep(rng.uniform(0, 2 * party.options["pace"]))


def objector(party):
    """Say no to some of what is ready or anything, and note what was meant before, what holds after."""
    stage, rng, known = party.stage, party.random, party.options["known"]
    jobs = list(known)
    while not party.end.value:
        campaign, id_ = rng.choice(jobs)
        head = party.ask(("LINDEX", stage.prefix + "ready:main", rng.choice((0, 1, 5, 20))))
        if head and isinstance(head[0], str) and rng.random() < 0.6:
            campaign, id_ = head[0].split("\t", 4)[1:3]
        number, person, advertiser = known[campaign, id_]
        kind = rng.choice(("oppose", "oppose", "cancel", "withdraw"))
        scope = rng.choice(("", advertiser))
        name = stage.prefix + "list:opposition" + (":" + scope if scope else "")
        if kind == "cancel":
            what, step = (campaign, id_), ("SADD", f"{stage.prefix}campaign:{campaign}:cancel", id_)
        elif kind == "withdraw":
            what, step = (number, advertiser), ("FCALL", "licet_withdraw", 1, f"{stage.prefix}consent:{advertiser}", number, "crm", "mail", "")
        elif rng.random() < 0.5 and scope == "brio":  # who is put on a list by hand is gone with it; these lists stay
            what, step = (number, "", scope), ("SADD", name, number)
        else:
            what, step = (number, person, scope), ("FCALL", "licet_oppose", 1, name, number, "web", "said no", "", person)
        party.journal.note("meant", kind, *what)
        sent = time.monotonic_ns()
        replies = party.ask(step)
        if replies is not None and not isinstance(replies[0], Exception):
            party.journal.note(kind, (sent, time.monotonic_ns(), None), *what, replies[0])
        elif replies is not None:
            raise replies[0]
        time.sleep(rng.uniform(0, 2 * party.options["pace"]))


def brakeman(party):
    """Pause and halt, and take it back."""
    rng = party.random

    def surely(step):
        while True:
            sent = time.monotonic_ns()
            replies = party.ask(step)
            if replies is not None:
                return sent, time.monotonic_ns(), None
    while not party.end.value:
        scope, on, off = choose_brake(party)
        put = surely(on)
        time.sleep(rng.choice((0, 0.02, 0.2)))
        party.journal.note("brake", scope, put, surely(off))
        time.sleep(rng.uniform(0.1, 0.6))


class Told(Story):
    """Adds to the story what was only meant, what expires and which lists were loaded."""

    def __init__(self, stage, known):
        self.expires, self.noted = {}, {}
        super().__init__(stage, known)
        for _, _, _, _, _, _, jobs in self.takes:  # a sender that was killed may have reported all the same
            for token, campaign, id_, *_ in jobs:
                outcome, (number, person, advertiser) = self.intents.get(token), known[campaign, id_]
                if outcome in ("opted-out", "refused", "never-again"):
                    self._meant("", "oppose", number, person, "" if outcome == "never-again" else advertiser)

    def _meant(self, _party, kind, *what):
        if kind == "oppose":
            number, person, scope = what
            self.finals.sent[("number", number, scope)] = 0
            if person:
                self.finals.sent[("person", person, scope)] = 0
        elif kind == "cancel":
            self.finals.sent[("cancel", *what)] = 0
        else:
            self.finals.sent[("consent", *what)] = 0

    def _expires(self, _party, at, ends):
        for campaign, id_, end_ms in ends:
            if at > self.noted.get((campaign, id_), 0):  # the last attempt to push it is the one that did
                self.noted[campaign, id_] = at
                self.expires[campaign, id_] = end_ms

    def _loading(self, _party, numbers):
        for number in numbers:
            self.finals.sent[("listed", number)] = 0

    def _loaded(self, _party, sent, back, numbers):
        for number in numbers:
            self.finals.add(("listed", number), sent, back, None)


def forbidden_by(known, campaign, id_):
    return forbidding(known, campaign, id_) + [("listed", known[campaign, id_][0])]


# -- the driver


class Driver(Spoiling):
    """Does one harm after the other, at random moments, and makes good again what would last."""

    def __init__(self, env, worlds, stage, rng, known, conf, **options):
        self.env, self.worlds, self.stage, self.rng, self.known, self.conf = env, worlds, stage, rng, known, conf
        self.w = worlds[0]
        self.options = options  # of the senders
        self.done, self.accepted = collections.Counter(), set()
        self.later = []  # (when, what)
        self.journal = Journal(stage.folder, "driver")
        self.clock = os.path.join(env.folder, "clock")
        self.listed, self.born, self.lists = [], 0, 0
        self.relays = [Relay(os.path.join(env.folder, f"r{n}.sock"), env.server.socket) for n in "ab"]
        env.helpers += self.relays
        self.daemons, self.senders, self.producers = [None, None], [], []
        self._set_clock("+0s")
        for n in range(2):
            self._start_daemon(n)
        for _ in range(SENDERS):
            self._start_sender()

    # -- those that may be killed

    def _start_daemon(self, n):
        extra = dict(self.env.extra)
        if n == 1:  # this one's clock can be set
            library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
            self.env.extra = {**extra, "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": self.clock, "FAKETIME_NO_CACHE": "1",
                              "FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        self.daemons[n] = self.env.daemon("--socket", self.relays[n].path, "--instance", "ab"[n], wait=False)
        self.env.extra = extra

    def _start_sender(self):
        self.senders.append(self.stage.start(f"s{self.born}", sender, keep=0.5, **self.options))
        self.born += 1

    def start_producer(self, name, jobs, pace):
        self.producers.append(self.stage.start(name, producer, jobs=jobs, pace=pace))

    def _set_clock(self, text):
        with open(self.clock + ".new", "w", encoding="ascii") as f:
            f.write(text + "\n")
        os.rename(self.clock + ".new", self.clock)

    def _write_conf(self, text):
        with open(self.env.conf + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(self.env.conf + ".new", self.env.conf)

    def _after(self, seconds, what):
        self.later.append((time.monotonic() + seconds * SLOW, what))

    def _any_daemon(self):
        return self.rng.choice([d for d in self.daemons if d.process.poll() is None] or self.daemons)

    def _redis(self, *words):
        """Where Redis just comes up again, the harm is not done."""
        try:
            return self.w.r.execute_command(*words)
        except redis.exceptions.RedisError:
            return None

    # -- harms

    def kill_sender(self):
        victim = self.senders.pop(self.rng.randrange(len(self.senders)))
        victim.kill()
        self._start_sender()

    def kill_producer(self):
        if not self.producers:
            return
        victim = self.producers.pop(self.rng.randrange(len(self.producers)))
        ended = victim.process.exitcode == 0
        victim.kill()
        if not ended:
            name, life = (victim.name.split(".") + ["0"])[:2]
            self.start_producer(f"{name}.{int(life) + 1}", **victim.options)

    def kill_daemon(self):
        n = self.rng.randrange(2)
        self.daemons[n].kill()
        self._start_daemon(n)

    def kill_redis(self):
        self.env.server.restart()
        for each in self.worlds:
            each.r = self.env.redis

    def flush_functions(self):
        self._redis("FUNCTION", "FLUSH", "SYNC")

    def flush_scripts(self):
        self._redis("SCRIPT", "FLUSH")

    def kill_clients(self):
        self._redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def cut(self):
        relay = self.rng.choice(self.relays)
        relay.cuts.value += 1

    def delay(self):
        """Some pass the deadline of a command, three seconds."""
        relay = self.rng.choice(self.relays)
        relay.delay_ms.value = self.rng.choice((1, 20, 200, 1000, 4000))
        self._after(self.rng.uniform(0.05, 0.6), lambda: setattr(relay.delay_ms, "value", 0))

    def stop_daemon(self):
        """Beyond the deadlines of its commands, now and then."""
        victim = self._any_daemon()
        if victim.process.poll() is not None:
            return
        victim.signal(signal.SIGSTOP)
        self._after(self.rng.choice((0.1, 0.5, 1, 3.5)),
                    lambda: victim.process.poll() is None and victim.signal(signal.SIGCONT))

    def step_clock(self):
        self._set_clock(self.rng.choice(("+30s", "-30s", "+3600s", "-3600s", "+1s", "-1s")))
        self._after(self.rng.uniform(0.1, 1.5), lambda: self._set_clock("+0s"))

    def swap_list(self):
        """One more tenth of those who will be listed."""
        more = [n for n, _, _ in self.rng.sample(list(self.known.values()), 5)]
        self.listed = sorted(set(self.listed) | set(more))
        self.lists += 1
        path = os.path.join(self.env.folder, "list.csv")
        with open(path, "w", encoding="ascii") as f:
            f.write("".join(n + "\n" for n in self.listed))
        self.journal.note("loading", more)
        sent = time.monotonic_ns()
        result = self.env.ctl("list", "load", "anti-prospection", path, "--force", code=None)
        if result.code == 0:
            self.journal.note("loaded", sent, time.monotonic_ns(), self.listed)

    def reload(self):
        """A good file or a bad one."""
        bad = self.rng.random() < 0.5
        self._write_conf(self.conf + ("no_such_key = 1;\n" if bad else f"look_ms = {self.rng.randint(50, 250)};\n"))
        victim = self._any_daemon()
        if victim.process.poll() is None:
            victim.signal(signal.SIGHUP)
            self.done["reload, " + ("bad" if bad else "good")] += 1
        # A daemon that starts must find a good one.
        self._after(0.05, lambda: self._write_conf(self.conf))
        self.settle(0.15)

    def fill_memory(self):
        try:
            self.w.r.config_set("maxmemory", max(1, self.w.r.info("memory")["used_memory"] * self.rng.randint(60, 101) // 100))
        except redis.exceptions.RedisError:
            return
        self._after(self.rng.uniform(0.05, 0.4), lambda: self._redis("CONFIG", "SET", "maxmemory", "0"))

    HARMS = ((kill_sender, 6), (kill_producer, 3), (kill_daemon, 4), (kill_redis, 2), (flush_functions, 2), (flush_scripts, 1),
             (kill_clients, 2), (cut, 4), (delay, 3), (stop_daemon, 2), (step_clock, 2), (swap_list, 1), (reload, 2), (fill_memory, 2))

    def harm(self):
        harms = self.HARMS + self.SPOILS
        does = self.rng.choices([h for h, _ in harms], [n for _, n in harms])[0]
        does(self)
        self.done[does.__name__] += 1

    def settle(self, seconds):
        """Wait, and make good what is due."""
        end = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            due, self.later = [w for t, w in self.later if t <= now], [(t, w) for t, w in self.later if t > now]
            for what in due:
                what()
            self.stage.check()
            if now >= end:
                return
            time.sleep(max(0, min([end] + [t for t, _ in self.later]) - now))

    def calm(self):
        """No more harm, and nothing of it lasts."""
        while self.later:
            self.settle(max(t for t, _ in self.later) - time.monotonic() + 0.01)
        self._write_conf(self.conf)
        for n, daemon in enumerate(self.daemons):
            if daemon.process.poll() is not None:
                self._start_daemon(n)
        wait_until(lambda: self._redis("CONFIG", "SET", "maxmemory", "0"), 10, "Redis")
