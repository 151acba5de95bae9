"""One reading of numbers: what a function of Redis takes is what the core reads, to the byte."""

import concurrent.futures
import json
import os
import random
import subprocess

from harness import BUILD, CONF, Failure, equal, full_speed
from redis import ResponseError
from world import CONSENT, OPEN, World, job

SEPARATORS = (" ", ".", "-", "/", "\u00a0", "\u202f", "\u2009", "\u2011", "\u2013", "\u200e", "\t", "  ")
ODD = ("+33 06 12 34 56 78", "00 33 (0)6 12 34 56 78", "+33-(0)6-12-34-56-78", "+33 (0)(0)6 12 34 56 78", "(0)6 12 34 56 78", "(+33) 6 12 34 56 78",
       "+33 694 12 34 56", "+33 612 34 56", "+33 6 12 34 56 78 9", "+330612345678", "++33612345678", "33612345678", "+0033612345678", "0033612345678",
       "00 00 33 6 12 34 56 78", "06 12 34 56 7", "06 12 34 56 78 9", "3631", "15", "0800123456", "+33800123456", "+33162123456", "+44 20 7946 0000", "+1", "+",
       "00", "0", "", " ", "()", "06 12 34 56 78 ext 2", "tel:+33612345678", "06,12,34,56,78", "O6 12 34 56 78", "06\n12345678", "06\x0112345678",
       "\uff10\uff16 12 34 56 78", "\u0660\u0666 12 34 56 78", "06 12 34 56 78\u200b", "06\u2028123456 78", "06\u2029123456 78", "+33\u202a6 12345678",
       "+33 (0)6 12 34 56 78", "+33(0)612345678", "0033(0)612345678", "+33 (06) 12 34 56 78", "+33 ( 0 )6 12 34 56 78", "+ 33 6 12 34 56 78",
       "+262 692 12 34 56", "0692 12 34 56", "+33692123456", "0976123456", "0939612345", "+999 123 456 789", "+800 1234 5678", "+888123456789", "+2690000001",
       "9" * 20, "9" * 21, "+" + "3" * 16, "+" + "9" * 300)


def digits(draw, count):
    return "".join(draw.choice("0123456789") for _ in range(count))


def written(draw, text):
    """The same digits with something between them."""
    separator, every = draw.choice(SEPARATORS), draw.choice((1, 2, 2, 3))
    start = 1 if text[:1] == "+" else 0
    return text[:start] + separator.join(text[i:i + every] for i in range(start, len(text), every))


def damaged(draw, text):
    at = draw.randrange(len(text) + 1)
    return draw.choice((text[:at] + digits(draw, 1) + text[at:], text[:at] + text[at + 1:], text[:at] + draw.choice("+()x,;\u00b7\u2012\u2030 ") + text[at:],
                        text[:at] + "(0)" + text[at:], "0" + text, "+" + text.lstrip("+"), "00" + text.lstrip("+")))


def spellings(plan, count):
    """Of every range and every national form of the plan, sound, odd and damaged."""
    draw = random.Random(20261124)
    ranges = {k: v.split() for k, v in plan.items() if k[0] == "+" and len(v.split()) == 3}
    others = {k: v.split() for k, v in plan.items() if k[0] == "+" and len(v.split()) == 2}
    nationals = [k.split("/") for k in plan if "/" in k]
    sound = []
    for prefix, (least, most, _) in sorted(ranges.items()):
        for size in {int(least), int(most), int(most) + 1, int(least) - 1}:
            sound.append(prefix + digits(draw, max(0, size + 1 - len(prefix))))
    for prefix in sorted(others):  # lines that have two names
        sound += [prefix + digits(draw, size - len(prefix)) for size in (13, 13, 13, 12, 14)]
    for prefix, size in sorted(nationals):
        sound += [prefix + digits(draw, int(size) - len(prefix)) for _ in range(3)]
    found = list(ODD) + sound
    while len(found) < count:
        text = draw.choice(sound)
        way = draw.randrange(5)
        found.append(written(draw, text) if way == 0 else damaged(draw, text) if way == 1 else damaged(draw, written(draw, text)) if way == 2 else
                     "00" + text[1:] if way == 3 and text[0] == "+" else f"{text[:3]} (0){text[3:]}" if text[0] == "+" else "+33" + text)
    return list(dict.fromkeys(found))


def read_by_core(text):
    """Its E.164, or None: it has none, or is no number that the plan knows."""
    done = subprocess.run([os.path.join(BUILD, "licetctl"), "phone", "--json", "-c", CONF, "--", text], check=False, capture_output=True)
    if done.returncode not in (0, 1) or not done.stdout:
        raise Failure(f"licetctl phone: {done.returncode} {done.stderr!r}")
    return json.loads(done.stdout)["e164"]


def read_by_core_all(texts):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(read_by_core, texts))


def read_by(call, shown):
    """The number under which a function wrote, as shown() tells it before and after; None: it answered NUMBER and wrote nothing."""
    before = shown()
    try:
        call()
    except ResponseError as error:
        equal((str(error).split()[0], shown()), ("NUMBER", before))
        return None
    (number,) = shown() - before
    return number


def writers(w):
    """Functions that note a number as it is: the call, what shows the numbers that it noted, and the key that they are in."""
    listed, registry = w.p + "list:opposition:acme", w.p + "consent:acme"
    yield lambda text: w.r.fcall("licet_oppose", 1, listed, text, "web", "no"), lambda: w.r.smembers(listed), listed
    yield lambda text: w.r.fcall("licet_withdraw", 1, registry, text, "web", "mail", ""), lambda: set(w.r.hkeys(registry)), registry
    yield lambda text: w.r.fcall("licet_consent", 1, registry, text, json.dumps(CONSENT)), lambda: set(w.r.hkeys(registry)), registry


def others(w):
    """Functions that take a number; whether they do is all that is looked at."""
    yield lambda text: w.r.fcall("licet_unoppose", 1, w.p + "list:opposition:acme", text, "me", "error")
    yield lambda text: w.r.fcall("licet_attempt", 1, w.p + "attempts:acme", text, "2026-11-20")


def is_refused(call, text):
    try:
        call(text)
    except ResponseError as error:
        equal(str(error).split()[0], "NUMBER")
        return True
    return False


@full_speed
def test_functions_read_as_the_core_does(env):
    w, daemon = start(env)
    daemon.stop()  # it would put back what vanishes from a list
    texts = spellings(w.r.hgetall(w.p + "numbering"), 2400)
    assert len(texts) >= 2000, len(texts)
    want = read_by_core_all(texts)
    assert sum(number is not None for number in want) > 500 and want.count(None) > 500
    for call, shown, key in writers(w):
        for text, number in zip(texts, want):
            got = read_by(lambda: call(text), shown)  # pylint: disable=cell-var-from-loop
            if got != number:
                raise Failure(f"{key}: {text[:-4]!r} and four more is read as {got and got[:-4]}, by the core as {number and number[:-4]}")
            if number is not None:
                w.r.delete(key)
    for call in others(w):
        equal([is_refused(call, text) for text in texts], [number is None for number in want])


def start(env):
    w = World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    w.wait_state()
    return w, daemon


def test_a_spelling_that_is_no_number_is_not_recorded(env):
    """Each was once recorded under a number that nobody has, and the person was called."""
    w, _ = start(env)
    for text in ("+33 06 12 34 56 78", "+33 694 12 34 56", "+33 6 12 34 56", "3631"):
        equal(is_refused(w.oppose, text), True)
    for text in ("00 33 (0)6 00 00 00 01", "+33-(0)6-00-00-00-02", "06\u202f00\u202f00\u202f00\u202f03"):
        w.oppose(text)
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000001", "+33600000002", "+33600000003"})


def test_without_a_plan_only_e164_is_taken(env):
    """licetd has not published one: an objection in E.164 is recorded all the same."""
    w, daemon = start(env)
    daemon.stop()
    w.r.delete(w.p + "numbering")
    w.oppose("+33600000001")
    for text in ("06 00 00 00 02", "+33 600000003", "+0600000004", "+3360000000x"):
        equal(is_refused(w.oppose, text), True)
    equal(w.r.smembers(w.p + "list:opposition"), {"+33600000001"})


TWO_NAMES = [("+590976000001", "+594976000001", "0976 00 00 01"), ("+594939600001", "+590939600001", "09 39 60 00 01"),
             ("+596939700001", "00590939700001", "0939700001"), ("+596976600001", "+594 976 60 00 01", "0976600001")]


def test_a_line_with_two_names_is_one(env):
    """Lists, withdrawals, caps, duplicates and who is out: each knows the line however it is written."""
    w, _ = start(env)
    names = [name for line in TWO_NAMES for name in line]
    want = [line[0] for line in TWO_NAMES for _ in line]
    equal(read_by_core_all(names), want)
    for i, (name, other, national) in enumerate(TWO_NAMES):
        later = World(env, w.p, f"acme.line-{i}").define()
        w.r.fcall("licet_oppose", 1, w.p + "list:opposition:acme", (other, national, name)[i % 3], "web", "no")
        equal(w.r.sismember(w.p + "list:opposition:acme", name), True)
        later.push(*[job(f"{i}-{k}", text) for k, text in enumerate((name, other, national))])
        later.wait_stat("refused.opposed-advertiser", 3, 20)
        w.r.fcall("licet_unoppose", 1, w.p + "list:opposition:acme", other, "me", "an error")
        equal(w.r.sismember(w.p + "list:opposition:acme", name), False)
        w.r.fcall("licet_withdraw", 1, w.p + "consent:acme", other, "web", "mail", "2026-11-20T00:00:00Z")
        equal(w.r.hkeys(w.p + "consent:acme"), [name])
        w.r.delete(w.p + "consent:acme")


def test_a_line_with_two_names_is_called_once(env):
    w, _ = start(env)
    at = "2026-11-24T16:30:00+01:00"
    env.daemons[-1].stop()
    env.daemon("--simulate", at)
    w.push(job(1, "+594976000001"))
    w.wait_stat("ready", 1, 20)
    equal(w.r.fcall("licet_oppose", 1, w.p + "list:opposition", "0976 00 00 01", "web", "no")[1], 1, "taken back at once")
    w.push(job(2, "+594976000002"), job(3, "0976 00 00 02"), job(4, "+590976000002"))
    equal([j["to"] for j in w.wait_taken(1)], ["+590976000002"])
    w.wait_stat("refused.duplicate", 2, 20)
    # Earlier attempts are the line's, by whatever name they were reported.
    for day, text in enumerate(("+594976000003", "+590976000003", "0976000003", "00594976000003"), 20):
        w.r.fcall("licet_attempt", 1, w.p + "attempts:acme", text, f"2026-11-{day}")
    w.push(job(5, "0976000003"))
    w.wait_stat("later", 1, 20)


def test_a_list_that_holds_another_name_protects_nobody(env):
    """Written by hand, under a name that no lookup asks for: the list holds until it is mended."""
    w, _ = start(env)
    w.r.sadd(w.p + "list:opposition", "+594976000001")
    w.push(job(1))
    w.wait_because("list-malformed")
    w.r.srem(w.p + "list:opposition", "+594976000001")
    w.r.sadd(w.p + "list:opposition", "+590976000001")
    w.wait_stat("ready", 1, 20)
    w.r.sadd(w.p + "list:opposition", "+330612345678")
    w.push(job(2, "+33600000002"))
    w.wait_because("list-malformed")
