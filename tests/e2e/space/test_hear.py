"""What one space recorded and another hears: in whatever order it comes, all end with the same, and nobody is lifted who objected."""

import os
import random

import raising
from harness import CLUSTERED, Failure, contains, equal, own_target
from redis import ResponseError

NUMBERS = ("+33600000001", "+33600000002", "+33600000003")
PERSONS = ("", "", "ann", "bob")
BASE_MS = 1795000000000
NOW, SPREAD_MS = 5000, 4000  # clocks of spaces differ by as much


class Space:
    """One of a few, on one Redis, without a licetd."""

    def __init__(self, env, name):
        self.r, self.name, self.p = env.redis, name, f"licet-sim:{{{name}}}:"

    def clock(self, ms):
        self.r.hset(self.p + "clock", mapping={"sim_base_ms": BASE_MS + ms, "real_base_ms": 0, "speed": 0})

    def oppose(self, number, event="", person=""):
        return self.r.fcall("licet_oppose", 1, self.p + "list:opposition", number, "web", "no", event, person)

    def undo(self, number, person=""):
        return self.r.fcall("licet_unoppose", 1, self.p + "list:opposition", number, "me", "a test", person)

    def stream(self, after="-"):
        return self.r.xrange(self.p + "oppositions", "(" + after if after != "-" else "-")

    def hear(self, other, entries, ms="", first="first", last=None):
        words = []
        for _, f in entries:
            words += [f["kind"], f["number"], f["person"], f["event"], f["received_ms"], f.get("how", "o"), f["source"], f["reason"], f["by"], f.get("space", "")]
        return self.r.fcall("licet_hear", 1, self.p + "heard", other, ms, last or (entries[-1][0] if entries else ""), first, *words)

    def knows(self):
        return (self.r.smembers(self.p + "list:opposition"), self.r.hgetall(self.p + "oppositions:dated"), self.r.hgetall(self.p + "oppositions:undone"))


def instant(ms):
    return f"2026-11-{10 + ms // 1000:02}T{8 + ms % 10:02}:00:00Z"


def begin(env, names=("a", "b", "c")):
    raising.load(env.redis)
    return [Space(env, name) for name in names]


def exchange(rng, spaces, told):
    """Some entries of one space to another, in any order, also such as it has heard."""
    to, of = rng.sample(spaces, 2)
    entries = of.stream()
    some = rng.sample(entries, rng.randint(0, min(len(entries), 4)))
    if rng.random() < 0.3:
        some = some + some[:1]
    if some:
        to.hear(of.name, some)
    told[to.name, of.name] = told.get((to.name, of.name), set()) | {e[0] for e in some}


def one_history(rng, spaces, told):
    """Objections and undos anywhere, by clocks that differ, heard now and then."""
    skew = {s.name: rng.randint(-SPREAD_MS, SPREAD_MS) for s in spaces}
    for step in range(rng.randint(3, 9)):
        s = rng.choice(spaces)
        s.clock(NOW + step * 700 + skew[s.name])
        what, number, person = rng.random(), rng.choice(NUMBERS), rng.choice(PERSONS)
        if what < 0.5:
            s.oppose(number, rng.choice(("", instant(rng.randrange(9000)))), person)
        elif what < 0.7:
            s.undo(number, person)
        else:
            exchange(rng, spaces, told)


def all_hear_all(spaces):
    """Until nothing changes any more: it must end."""
    for _ in range(20):
        if not sum(to.hear(of.name, of.stream()) for to in spaces for of in spaces if to is not of and of.stream()):
            return
    raise Failure("the spaces tell each other the same again and again")


def judge(spaces, seed):
    """By what their streams tell: who objected after the last undo is on the list, with the latest date; nobody else is."""
    entries = [f for s in spaces for _, f in s.stream() if "space" not in f]
    on, dates = set(), {}
    for number in NUMBERS:
        undone = max([int(f["received_ms"]) for f in entries if f["kind"] == "undone" and f["number"] == number], default=0)
        mine = [f for f in entries if f["kind"] == "opposed" and f["number"] == number and int(f["received_ms"]) > undone]
        if mine:
            on.add(number)
            dates[number] = mine
    for s in spaces:
        listed, dated, _ = s.knows()
        equal(listed, on, f"who is on the list of {s.name}, seed {seed}")
        equal({f for f in dated if not f.startswith("p:")}, on, f"who has a date in {s.name}, seed {seed}")
    equal([s.knows() for s in spaces[1:]], [spaces[0].knows()] * (len(spaces) - 1), f"all spaces know the same, seed {seed}")


def histories(env, count):
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    rng, spaces = random.Random(seed), begin(env)
    for n in range(count):
        told = {}
        one_history(rng, spaces, told)
        all_hear_all(spaces)
        judge(spaces, f"{seed}, history {n}")
        for s in spaces:
            s.r.delete(*[s.p + k for k in ("list:opposition", "oppositions", "oppositions:dated", "oppositions:undone", "heard", "list-meta:opposition", "kept")])


def test_whatever_the_order(env):
    histories(env, 150)


@own_target
def test_whatever_the_order_ten_thousand(env):
    histories(env, 10000)


def test_what_is_heard(env):
    """A date, a person, where it came from; a repeat changes nothing; and what is no entry is passed over."""
    a, b, _ = begin(env)
    for s in (a, b):
        s.clock(0)
    a.oppose(NUMBERS[0], "2026-11-10T08:00:00Z", "ann")
    a.r.hset(a.p + "advertiser:acme", "name", "Acme")
    a.r.fcall("licet_oppose", 1, a.p + "list:opposition:acme", NUMBERS[1], "web", "no")
    entries = [e for e in a.stream() if e[1]["scope"] == "opposition"]
    equal(b.hear("a", entries, ms="1795000000500"), 1)
    equal(b.knows(), a.knows())
    [(_, told)] = b.stream()
    equal({k: told[k] for k in ("space", "kind", "event", "source", "reason", "person")},
          {"space": "a", "kind": "opposed", "event": "2026-11-10T08:00:00Z", "source": "web", "reason": "no", "person": "ann"})
    node = b.r.execute_command("CLUSTER", "MYID") if CLUSTERED else "-"
    equal(b.r.hget(b.p + "heard", "a"), f"1795000000500 {entries[-1][0]} {node}")
    equal(b.hear("a", entries), 0)
    equal(a.hear("b", b.stream()), 0)
    equal(a.r.xlen(a.p + "oppositions"), 2, "nothing comes back")
    broken = [("1-1", {**entries[0][1], **change}) for change in ({"number": "06"}, {"kind": "placed"}, {"received_ms": "x"}, {"event": "yesterday"})]
    equal(b.hear("a", broken), 0)
    equal(b.r.smembers(b.p + "list:opposition"), {NUMBERS[0]})


def test_what_is_refused(env):
    a, _, _ = begin(env)
    a.clock(0)
    for words, said in (((a.p + "heard", "a", "", "", ""), "SPACE"), ((a.p + "heard", "B", "", "", ""), "SPACE"), ((a.p + "heard", "b", "x", "", ""), "TIME"),
                        ((a.p + "heard", "b", "", "1", ""), "ID"), ((a.p + "heard", "b", "", "", "", "opposed"), "ENTRY"), (("licet:heard", "b", "", "", ""), "KEY"),
                        ((a.p + "x", "b", "", "", ""), "KEY"), ((a.p + "heard", "b", "5", "1-1", ""), "FIRST")):
        try:
            raise Failure(f"{words}: {a.r.fcall('licet_hear', 1, *words)!r}")
        except ResponseError as error:
            contains(str(error), said)
    a.r.set(a.p + "oppositions:undone", "x")
    try:
        raise Failure(repr(a.hear("b", [], last="1-1")))
    except ResponseError as error:
        contains(str(error), "TYPE")
    equal(a.r.exists(a.p + "heard"), 0)


def test_nothing_new(env):
    """Of many spaces at once: the time goes on, and never back; who was heard on another node has to be heard anew."""
    a, b, c = begin(env)
    entries = b.stream() if b.oppose(NUMBERS[0]) else []
    a.hear("b", entries, "1795000000500")
    a.hear("c", [], "1795000000500")
    a.r.hset(a.p + "heard", "d", "1795000000500 7-1 another-node")

    def quiet(*words):
        return a.r.fcall("licet_quiet", 1, a.p + "heard", *words)
    id_, node = a.r.hget(a.p + "heard", "b").split()[1:]
    equal(quiet("b", "1795000000900", "c", "1795000000100", "d", "1795000000900", "e", "1795000000900"), ["d", "e"])
    equal(a.r.hgetall(a.p + "heard"), {"b": f"1795000000900 {id_} {node}", "c": f"1795000000500 0-0 {node}", "d": "1795000000500 7-1 another-node"})
    for words, said in (((), "SPACE"), (("B", "1"), "SPACE"), (("b", "x"), "TIME"), (("b",), "TIME")):
        try:
            raise Failure(f"{words}: {quiet(*words)!r}")
        except ResponseError as error:
            contains(str(error), said)
    a.r.set(b.p + "heard", "x")
    try:
        raise Failure(repr(b.r.fcall("licet_quiet", 1, b.p + "heard", "a", "1")))
    except ResponseError as error:
        contains(str(error), "TYPE")


def test_half_done(env):
    """Whatever call of Redis raises: told again, the space knows what it would have known at once."""
    a, b, _ = begin(env)
    a.clock(0)
    for n, number in enumerate(NUMBERS):
        a.oppose(number, instant(1000 * n), PERSONS[n + 1])
    a.undo(NUMBERS[1])
    for s in (a, b):
        s.clock(900)
    a.oppose(NUMBERS[1], instant(300))
    keys = [b.p + k for k in ("list:opposition", "oppositions", "oppositions:dated", "oppositions:undone", "heard", "list-meta:opposition", "kept")]
    at, made = raising.keys_of("{b}")
    b.r.set(at, -1)
    b.hear("a", a.stream())
    calls = b.r.llen(made)
    equal(calls > 40, True, f"{calls} calls of Redis")
    for k in range(1, calls + 1):
        raised = False
        b.r.delete(*keys)
        b.r.set(at, k)
        try:
            b.hear("a", a.stream())
        except ResponseError:
            raised = True
        b.r.delete(at)
        if b.r.exists(b.p + "heard") and raised:
            raise Failure(f"heard is noted before call {k} was made")
        b.hear("a", a.stream())
        equal(b.knows(), a.knows(), f"call {k} raised")
