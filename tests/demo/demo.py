"""The story of one campaign, told in a minute, every figure computed.

    make demo            ends by itself and leaves nothing running
    KEEP=1 make demo     keeps licetd and its Redis until Ctrl-C, to look at the page and to try licetctl

Meanwhile licetd serves its page: the address is printed first.

Good Friday 2027 in France: 2,000 voice messages of one advertiser, a real licetd on a
simulated clock, a real redis-server in a temporary folder, a sender that takes what is
released. At the end an oracle that shares no code with the daemon judges every call."""

import collections
import datetime
import json
import os
import random
import sys
import threading
import time
import zoneinfo

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position

P = "licet-sim:"
C = "acme.paques"
FRIDAY = "2027-03-26T09:59:50+01:00"
TUESDAY = "2027-03-30T09:59:58+02:00"
UTC = datetime.timezone.utc
TOWNS = {"0142": "75011", "0231": "14000", "0491": "13001", "0556": "33000"}
ZONES = {"metropole": "Europe/Paris", "alsace-moselle": "Europe/Paris", "la-reunion": "Indian/Reunion",
         "martinique": "America/Martinique", "guyane": "America/Cayenne"}
CONSENT = {"product": "jouets", "channel": "automated-voice", "collected_at": "2026-09-01T10:12:00+02:00", "until": "2027-08-31",
           "form": ["identity", "choice", "period", "withdrawal", "proof"], "proof": "form-v3/88121"}
EXPIRED = dict(CONSENT, collected_at="2026-03-01T10:12:00+01:00", until="2027-02-28")
TERMS = ("held", "later", "ready", "taken", "unknown", "settling", "done", "refused", "invalid", "cancelled", "erased")

KEEP = bool(os.environ.get("KEEP"))
failures = []


def colour(code, text):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


def say(text=""):
    print(text, flush=True)


def step(when, text):
    say(f"  {colour('2', when)}  {text}")


def title(text):
    say("\n" + colour("1", text))


def check(good, text):
    if not good:
        failures.append(text)
    return good


# --- the contacts -----------------------------------------------------------------------

class Contacts:
    """2,000 jobs. What each really is stays here, for the oracle."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.lines, self.truth = [], {}
        self.opposed, self.opposed_acme, self.listed = [], [], []
        self.serial = 0

    def number(self, prefix, digits=10):
        self.serial += 1
        return prefix + f"{self.serial:0{digits - len(prefix)}d}"

    def add(self, national, places, consent=CONSENT, **more):
        """places: every territory in which the callee may be."""
        job = {"id": f"c{len(self.lines) + 1}", "to": national}
        if consent is not None:
            job["consent"] = consent
        job.update(more)
        self.lines.append(json.dumps(job))
        self.truth[job["id"]] = {"to": national, "places": places, "consent": consent is CONSENT, "has_consent": consent is not None}
        return national

    def at_home(self, prefix, **more):
        """A fixed line and the town it was given out in: without an address it could be in Alsace as well."""
        return self.add(self.number(prefix), ("metropole",), postcode=TOWNS[prefix], **more)

    def make(self):
        anywhere = ("metropole", "alsace-moselle")
        for _ in range(890):
            self.at_home(self.chance.choice(list(TOWNS)))
        for _ in range(300):
            self.add(self.number("06"), ("metropole",), postcode=self.chance.choice(["75011", "13001", "69003", "59000", "33000"]))
        for _ in range(250):
            self.add(self.number("06"), anywhere)
        for _ in range(60):
            self.add(self.number("0388"), ("alsace-moselle",))
        for _ in range(40):
            self.add(self.number("077"), ("alsace-moselle",), postcode=self.chance.choice(["67000", "68100", "57000"]))
        for _ in range(60):
            self.add(self.number("0692"), ("la-reunion",))
        for _ in range(40):
            self.add(self.number("0696"), ("martinique",))
        for _ in range(30):
            self.add(self.number("0694"), ("guyane",))
        for _ in range(100):
            self.opposed.append(self.at_home("0142"))
        for _ in range(50):
            self.opposed_acme.append(self.at_home("0231"))
        for _ in range(50):
            self.listed.append(self.at_home("0556"))
        for _ in range(45):
            self.at_home("0142", consent=None)
        for _ in range(35):
            self.at_home("0142", consent=EXPIRED)
        for k in range(20):
            first = json.loads(self.lines[k * 7])
            again = first["to"]
            self.add(again[:2] + " " + again[2:4] + " " + again[4:], ("metropole",), postcode=first["postcode"])
        for k in range(10):
            self.add(f"0892 70 00 {k:02d}", ())
        broken = ['{"id":"x%d","to":"06 00"}', '{"id":"x%d"}', "x%d;0612345678", '{"id":"x%d","to":"0612345678","postcod":"67000"}',
                  '{"id":"x%d","to":"0612345678","not_after":"demain"}']
        self.lines += [broken[k % 5] % k for k in range(20)]
        self.chance.shuffle(self.lines)
        return self


def e164(national):
    """For the oracle only: enough of the plan for the numbers made up here."""
    d = "".join(c for c in national if c.isdigit())
    for prefix, code in (("0692", "+262"), ("0696", "+596"), ("0694", "+594")):
        if d.startswith(prefix):
            return code + d[1:]
    return "+33" + d[1:]


# --- the oracle ---------------------------------------------------------------------------

def easter(year):
    """Meeus, Jones, Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * (c // 4) - c % 4 - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return datetime.date(year, month, (h - m + r + month + 19) % 32)


def closed_days(place, year):
    e, day = easter(year), datetime.timedelta(days=1)
    days = {datetime.date(year, m, d) for m, d in ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))}
    days |= {e + day, e + 39 * day, e + 50 * day}
    if place in ("alsace-moselle", "martinique"):
        days.add(e - 2 * day)
    return days


def lawful_hour(places, at):
    """May a call that starts at that instant ring in every place that it may reach?"""
    for place in places:
        local = at.astimezone(zoneinfo.ZoneInfo(ZONES[place]))
        end = local + datetime.timedelta(seconds=600)
        minute, last = local.hour * 60 + local.minute, end.hour * 60 + end.minute
        inside = (600 <= minute and last <= 780) or (840 <= minute and last <= 1200)
        if local.weekday() > 4 or not inside or local.date() in closed_days(place, local.year):
            return False
    return bool(places)


class Oracle:
    """Everything that was said, when; every call, when."""

    def __init__(self, contacts):
        self.contacts = contacts
        self.calls, self.objections = [], {}

    def outside_the_law(self):
        numbers, bad = set(), []
        never = {e164(n) for n in self.contacts.opposed + self.contacts.opposed_acme + self.contacts.listed}
        for call in self.calls:
            truth, at = self.contacts.truth[call["id"]], call["at"]
            if call["to"] in numbers:
                bad.append((call, "called twice"))
            elif call["to"] in never or self.objections.get(call["to"], at) < at:
                bad.append((call, "had objected"))
            elif not truth["consent"]:
                bad.append((call, "no valid consent"))
            elif not lawful_hour(truth["places"], at):
                bad.append((call, "hour or day"))
            numbers.add(call["to"])
        return bad

    def careless(self):
        """A dialler that looks once, at queueing, by its own clock in Paris: it reads the
        lists, wants a consent and a number, and dials from ten o'clock that Friday."""
        ten = datetime.datetime.fromisoformat("2027-03-26T10:00:00+01:00")
        lists = set(self.contacts.opposed + self.contacts.listed)
        never = {e164(n) for n in self.contacts.opposed + self.contacts.opposed_acme + self.contacts.listed}
        placed, seen = [], set()
        for line in self.contacts.lines:
            try:
                job = json.loads(line)
            except ValueError:
                continue
            to = job.get("to", "")
            if sum(c.isdigit() for c in to) != 10 or to in lists or to in seen or "consent" not in job:
                continue
            seen.add(to)
            placed.append(job)
        bad = collections.Counter()
        called = set()
        for job in placed:
            truth, number = self.contacts.truth.get(job["id"]), e164(job["to"])
            if truth is None or not truth["places"]:
                bad["no person's line, or malformed"] += 1
            elif number in called:
                bad["called twice"] += 1
            elif number in never:
                bad["had objected to this advertiser"] += 1
            elif number in self.objections:
                bad["objected after queueing"] += 1
            elif not truth["consent"]:
                bad["consent expired"] += 1
            elif not lawful_hour(truth["places"], ten):
                bad["closed there at that hour, or a holiday"] += 1
            called.add(number)
        return len(placed), bad


# --- the play --------------------------------------------------------------------------------

class Play:
    def __init__(self, env):
        self.env, self.r = env, env.redis
        self.contacts = Contacts(20270326).make()
        self.oracle = Oracle(self.contacts)
        self.port = harness.free_port()
        env.write_conf(env.conf_text().replace("metrics_port = 0;", f"metrics_port = {self.port};"))

    def key(self, part):
        return f"{P}campaign:{C}:{part}"

    def stats(self):
        return {k: int(v) for k, v in self.r.hgetall(self.key("stats")).items()}

    def now(self):
        c = self.r.hgetall(P + "clock")
        ms = int(c["sim_base_ms"]) + (time.time() * 1000 - int(c["real_base_ms"])) * float(c["speed"])
        return datetime.datetime.fromtimestamp(ms / 1000, UTC)

    def clock(self):
        return self.now().astimezone(zoneinfo.ZoneInfo("Europe/Paris")).strftime("%a %H:%M:%S")

    def define(self):
        r = self.r
        for name in ("opposition", "anti-prospection"):
            r.hset(P + "list-meta:" + name, mapping={"refreshed_at": "2027-03-25T06:00:00Z", "source": "crm"})
        r.sadd(P + "list:opposition", *map(e164, self.contacts.opposed))
        r.sadd(P + "list:opposition:acme", *map(e164, self.contacts.opposed_acme))
        r.sadd(P + "list:anti-prospection", *map(e164, self.contacts.listed))
        r.hset(P + "advertiser:acme", mapping={"name": "Acme Jouets", "siren": "552100554", "caller_ids": "+33162001234", "country": "FR",
                                               "attempts_before": "none"})
        r.hset(P + "source:web-2026", mapping={"name": "formulaire acme.example", "collected_by": "acme", "legal_basis": "consent",
                                               "acquired_at": "2026-09-01", "informed": "notice-v2", "status": "approved"})
        r.hset(self.key("def"), mapping={
            "advertiser": "acme", "purpose": "prospecting", "sector": "retail", "product": "jouets", "delivery": "call",
            "message": "paques-2027.wav", "message_seconds": 25, "announces": "identity commercial opt-out", "synthetic_voice": "no",
            "caller_id": "+33162001234", "opt_out": "+33805123456 key:9", "source": "web-2026", "route": "main", "status": "running"})
        r.sadd(P + "campaigns", C)

    def sender(self, until):
        """Take what is released, report what became of it."""
        outcomes = ["answered"] * 5 + ["voicemail"] * 3 + ["no-answer", "busy"]
        took = 0
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < 20:
            jobs = [dict(zip(j[::2], j[1::2])) for j in self.r.fcall("licet_take", 1, P + "ready:main", "asterisk-1", 50)]
            at = self.now()
            for job in jobs:
                self.oracle.calls.append({"id": job["id"], "to": job["to"], "at": at, "token": job["token"]})
                self.r.fcall("licet_done", 1, P + "ready:main", job["token"], self.contacts.chance.choice(outcomes))
            took += len(jobs)
            if jobs:
                idle_since = time.monotonic()
            elif until():
                break
            else:
                time.sleep(0.01)
        return took

    def friday(self):
        daemon = self.env.daemon("--simulate", FRIDAY)
        say(f"  {colour('1', f'http://127.0.0.1:{self.port}/')}  shows all of it in a browser, while it runs" + ("" if KEEP else "; KEEP=1 make demo keeps it"))
        title("Good Friday, 26 March 2027, ten seconds before the window opens in Paris")
        step(self.clock(), f"{len(self.contacts.lines)} messages of one advertiser are pushed to {self.key('queue')}")
        self.r.rpush(self.key("queue"), *self.contacts.lines)
        harness.wait_until(lambda: self.stats().get("intake") == len(self.contacts.lines), 8, "the intake")
        s = self.stats()
        step(self.clock(), f"all judged: {s['held']} held, {s['refused']} refused, {s['invalid']} malformed; ready for a sender: {s.get('ready', 0)}")
        check(s.get("ready", 0) == 0, "released before the opening")
        harness.wait_until(lambda: self.r.llen(P + "ready:main") >= 1000, 20, "the opening")
        step(self.clock(), f"the window opened: {self.r.llen(P + 'ready:main')} calls wait in a short ready list, one step from a sender")
        entries = self.r.lrange(P + "ready:main", 500, 502)
        numbers = [entry.split("\t")[3] for entry in entries]
        self.r.sadd(P + "list:opposition", numbers[0])
        told = [self.r.fcall("licet_oppose", 1, P + "list:opposition", numbers[1], "web", "formulaire"),
                self.r.fcall("licet_oppose", 1, P + "list:opposition:acme", numbers[2], "crm", "par téléphone")]
        for number in numbers:
            self.oracle.objections[number] = self.now()
        step(self.clock(), f"three people object at that moment (a plain SADD, a web form, a CRM): {told[0][1] + told[1][1]} taken back at once, the third when its turn comes")
        took = self.sender(lambda: self.r.llen(P + "ready:main") == 0 and not self.open_places())
        step(self.clock(), f"a sender took {took} calls; none of the three")
        check(not any(c["to"] in numbers for c in self.oracle.calls), "somebody who objected was called")
        harness.wait_until(lambda: self.stats().get("done") == took, 10, "the outcomes")
        self.waiting()
        daemon.kill()
        step(self.clock(), "kill -9 of the daemon")

    def open_places(self):
        held = {k[5:]: v for k, v in self.stats().items() if k.startswith("held.") and v > 0}
        return [p for p in held if self.r.hget(P + "place:" + p, "open") == "yes" and p == "metropole"]

    def waiting(self):
        for name, count in sorted(self.stats().items(), key=lambda kv: -kv[1]):
            if name.startswith("held.") and count > 0:
                place = self.r.hgetall(P + "place:" + name[5:])
                at = datetime.datetime.fromisoformat(place["next_open"].replace("Z", "+00:00"))
                zone = ZONES[name[5:].split("+", maxsplit=1)[0]]
                local = at.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%a %d %B %H:%M there")
                why = {"yes": "too close to the end of the window (guard)", "no": place["rule"] if place["why"] == "holiday" else place["why"]}[place["open"]]
                say(f"      held {count:4d}  {name[5:]:26} until {local:30} {why}")

    def tuesday(self):
        before = len(self.oracle.calls)
        daemon = self.env.daemon("--simulate", TUESDAY)
        title("Tuesday, 30 March 2027: Easter Monday and the change to summer time lie between")
        step(self.clock(), "the daemon starts again on what Redis holds")
        took = self.sender(lambda: self.now() > datetime.datetime.fromisoformat("2027-03-30T10:00:02+02:00") and self.r.llen(P + "ready:main") == 0)
        paris_ten = datetime.datetime.fromisoformat("2027-03-30T10:00:00+02:00")
        early = [c for c in self.oracle.calls[before:] if c["at"] < paris_ten and "la-reunion" not in self.contacts.truth[c["id"]]["places"]]
        reunion = sum("la-reunion" in self.contacts.truth[c["id"]]["places"] for c in self.oracle.calls[before:])
        step(self.clock(), f"{took} more calls: {reunion} to La Réunion, where it is noon, the others from ten o'clock on; early: {len(early)}")
        check(not early, "called early")
        harness.wait_until(lambda: self.stats().get("done") == len(self.oracle.calls), 10, "the outcomes")
        self.waiting()
        explain = self.explain()
        if not KEEP:
            daemon.stop()
        return explain

    def explain(self):
        """The daemon's own answer for one that waits."""
        entry = next(iter(self.r.lrange(self.key("held:martinique"), 0, 0)), None)
        number = e164(json.loads(entry)["to"]) if entry else "+596696000000"
        done = self.env.ctl("explain", C, number, code=None)
        return number, done

    def report(self, explain):
        s, calls = self.stats(), self.oracle.calls
        title("The account")
        say(f"  placed     {len(calls):5d}")
        say(f"  held       {s.get('held', 0) + s.get('later', 0):5d}  (until when and why: above)")
        for kind in ("refused", "invalid"):
            say(f"  {kind:10} {s.get(kind, 0):5d}")
            for name, n in sorted(s.items(), key=lambda kv: -kv[1]):
                if name.startswith(kind + "."):
                    say(f"             {n:5d}  {name[len(kind) + 1:]}")
        terms = {t: s[t] for t in TERMS if s.get(t)}
        total = sum(terms.values())
        balanced = check(total == s["intake"] == len(self.contacts.lines), f"{s['intake']} taken in, {total} accounted for")
        check(s.get("done") == len(calls), "calls and records differ")
        check(len({c["token"] for c in calls}) == len(calls), "a job was handed over twice")
        say(f"  balance    {s['intake']:5d} = " + " + ".join(f"{n} {t}" for t, n in terms.items()) + ("" if balanced else "  DOES NOT BALANCE"))
        bad = self.oracle.outside_the_law()
        for call, why in bad[:5]:
            say(f"             {call['id']}: {why}")
        check(not bad, "calls outside the law")
        say(f"  {colour('1', 'calls outside the law')}  {len(bad)}   (every one of {len(calls)} judged again by an oracle of its own)")
        placed, indefensible = self.oracle.careless()
        title("The same jobs in a dialler that checks once, at queueing, by the server's clock")
        say(f"  placed     {placed:5d}   of which could not be defended: {sum(indefensible.values())}")
        for why, n in indefensible.most_common():
            say(f"             {n:5d}  {why}")
        number, done = explain
        title("Why does that one wait?")
        if done.code == 0 and done.out.strip():
            say("\n".join("  " + line for line in done.out.strip().splitlines()))
        check(done.code == 0, f"explain failed: {done.err}")
        ctl = os.environ.get("LICET_BUILD", "build/release") + "/licetctl"
        say(f"\n  try, {'now' if KEEP else 'after KEEP=1 make demo, which keeps that Redis up'}:\n    {ctl} explain {C} {number} -c conf/licet.conf --prefix {P} --socket {self.env.server.socket}")
        say(f"  or at once, without a Redis:\n    {ctl} windows la-reunion --from 2027-03-26T00:00:00Z --days 7 -c conf/licet.conf")


def keep(play):
    """Until somebody has seen enough."""
    say(f"\n  http://127.0.0.1:{play.port}/ stays, and so does its Redis. Ctrl-C ends the demo.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("")


def main():
    started = time.monotonic()
    env = harness.Env("demo", prefix=P)
    play = None
    try:
        env.start_redis()
        play = Play(env)
        play.define()
        play.friday()
        play.report(play.tuesday())
        if KEEP:
            keep(play)
    except (harness.Failure, KeyboardInterrupt) as error:
        failures.append(str(error) or "interrupted")
    finally:
        env.close(False)
    say(f"\n{time.monotonic() - started:.0f} s. " + ("Every figure balances." if not failures else "FAILED: " + "; ".join(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
