"""What a terminal of 80 by 24 and one of 160 by 50 show of a full house: 8 campaigns, 23 places, 4 routes. Nothing wraps, and
what needs somebody is seen."""

import subprocess

import commands
from harness import BUILD, CONF, ROOT, contains, equal, full_speed, wait_until
from terminal import Terminal, fits
from world import CAMPAIGN, World, job

SUNDAY = "2026-11-29T11:00:00+01:00"
# Numbers of overseas lines with the postcodes of others: each pair is a place of its own.
LINES = {"0590": "97100", "0594": "97300", "0596": "97200", "0262": "97400", "0269": "97600"}


def jobs_of_many_places():
    jobs = [job(i, f"0600{i:06}") for i in range(40)] + [job(100 + i, f"0600001{i:03}", postcode=code) for i, code in enumerate(("75001", "67000"))]
    at = 200
    for line in LINES:
        for code in (None, *LINES.values()):
            jobs.append(job(at, f"{line}{at:06}", **({"postcode": code} if code else {})))
            at += 1
    return jobs


def house(env, clock=SUNDAY):
    """Campaigns: one with 23 places, one each that is paused, rejected, halted, not started, stale, idle, and one on a tripped route."""
    w = World(env).define(lists=("opposition", "anti-prospection"), rate="300/h")
    r, p = w.r, w.p
    for route in ("alt", "box2", "api"):
        r.hset(p + f"route:{route}", mapping={"location": "FR"})
    r.hset(p + "ready:alt:health", mapping={"state": "tripped", "since": "1795791600000", "why": "60 of 100 failed"})
    others = {
        "acme.paused": {"status": "paused"}, "acme.rejected": {"sector": "reatil"}, "acme.later": {"start": "2027-01-04T10:00:00+01:00"},
        "acme.tripped": {"route": "alt"}, "acme.idle": {"route": "box2"}, "beta.a-campaign-with-a-rather-long-name": {"route": "api", "family": "f"}}
    for name, changes in others.items():
        World(env, p, name).define(**changes)
    World(env, p, "acme.halted").define(source="bought-2020")
    r.hset(p + "source:bought-2020", mapping=r.hgetall(p + "source:web-2026"))
    r.hset(p + "halt", "source:bought-2020", "no proof of consent")
    for i, name in enumerate((*others, "acme.halted")):
        if name != "acme.idle":
            World(env, p, name).push(*[job(5000 + 100 * i + k) for k in range(3)])
    w.push(*jobs_of_many_places())
    env.daemon("--simulate", clock)
    w.wait_intake(len(jobs_of_many_places()))
    wait_until(lambda: all(World(env, p, n).state().get("because") not in (None, "", "allowed") for n in (w.c, "acme.halted", *others)), 20, "states of all")
    return w


def held(w):
    return {k.split(":held:")[1]: w.r.llen(k) for k in w.r.scan_iter(w.key("held:*"))}


SIZES = ((80, 24), (160, 50))
NEEDING = ("acme.halted", "acme.rejected", "acme.tripped")


def show(env, size, *words):
    """What a command prints on a terminal of that size, and how it ended. Nothing wraps: a line that is as wide as the terminal
    would go on in the next."""
    t = Terminal(env, *size)
    t.licetctl(*words, after="; echo co''de=$?")
    t.wait_for("code=")
    text = t.screen("-S", "-", "-J").split("\ncode=")[0]  # -J: a line that wrapped is one again
    wide = [line for line in text.split("\n") if len(line) > size[0]]
    equal(wide, [], f"{words} on {size}")
    return text


def needing_are_seen(text, what):
    missing = [name for name in NEEDING if name not in text]
    equal(missing, [], f"{what}\n{text}")


def test_status(env):
    w = house(env)
    equal((len(held(w)), len(w.r.smembers(w.p + "campaigns")), len(w.r.smembers(w.p + "routes"))), (23, 8, 4), "the house")
    for size in SIZES:
        text = show(env, size, "status")
        equal(len(text.split("\n")) < size[1], True, f"lines on {size}\n{text}")
        needing_are_seen(text, "status")
        for part in ("weekend until Mon ", "campaign-not-started until 4 Jan", "did you mean retail?", "in Europe/Paris, as all times here", "no proof of consent"):
            contains(text, part)
        equal([route for route in ("alt", "api", "box2", "main") if f"\n{route} " not in text], [], "a line for each route")
        equal([word for word in ("running",) if word in text], [], "what stands still does not run")
    contains(show(env, (160, 50), "status"), "beta.a-campaign-with-a-rather-long-name")


def test_top(env):
    house(env)
    for size in SIZES:
        t = Terminal(env, *size)
        t.licetctl("top")
        text = t.wait_for("q quit", "acme.idle")
        lines = fits(text, *size)
        equal("q quit" in lines[-1], True, text)
        needing_are_seen(text, "top")
        for part in ("Europe/Paris", "weekend until Mon 10:00", "campaign-not-started until 4 Jan", " more places" if size[1] == 24 else "guyane+mayotte", "no proof of consent"):
            contains(text, part)
        equal([route for route in ("alt", "api", "box2", "main") if f"\n{route} " not in text], [], f"a line for each route\n{text}")
        t.key("q")
        t.licetctl("top", "--lang", "fr")
        lines = fits(t.wait_for("q quitter", "acme.idle"), *size)
        head = next(line for line in lines if line.startswith("CAMPAGNE"))
        row = next(line for line in lines if line.startswith("acme.later"))
        contains(row, "pas commencée jusqu'au 4 janv.")
        equal(row[head.index("PRÊT") + 3], "0", f"columns stand below their heads\n{head}\n{row}")
        t.key("q")


def test_forecast(env):
    house(env)
    for size in SIZES:
        text = show(env, size, "forecast", "acme.noel")
        first, second = [line.split()[0] for line in text.split("\n")[text.split("\n").index(next(line for line in text.split("\n") if line.startswith("place "))) + 1:][:2]]
        equal((first, second in ("metropole+alsace-moselle",)), ("metropole+alsace-moselle", False))
        contains(text, "Released per hour, Europe/Paris")
        contains(text, "and 16 more" if size[1] == 24 else "guyane+mayotte")
        contains(text, "lists stay fresh")
    env.ctl("campaign", "put", "acme.noel", "rate", "30/d")
    contains(show(env, (80, 24), "forecast", "acme.noel"), "Released per day, and left")


@full_speed
def test_explain_and_preflight(env):
    house(env)
    for size in SIZES:
        text = show(env, size, "explain", "acme.noel", "0600000001")
        for part in ("Not now: weekend", "D223-9 C. conso.", "What was looked at"):
            contains(" ".join(text.split()), part)
        text = show(env, size, "explain", "acme.noel", "0600000001", "--lang", "fr")
        contains(" ".join(text.split()), "Pas maintenant : week-end")
        text = show(env, size, "preflight")
        needing_are_seen(text, "preflight")
        contains(" ".join(text.split()), "sector: reatil, did you mean retail?")
        for words in (("senders",), ("campaign", "list"), ("campaign", "show", "acme.rejected"), ("reasons",), ("list", "show", "opposition"), ("breaker", "alt")):
            show(env, size, *words)


@full_speed
def test_records_and_evidence(env):
    """What is read by people fits too: calls, refusals, a dossier, an attestation, in both languages."""
    commands.scene(env)
    for size in SIZES:
        for words in (("done", CAMPAIGN), ("refused", CAMPAIGN), ("invalid", CAMPAIGN), ("dossier", "+33600000001"), ("dossier", "+33600000001", "--lang", "fr"),
                      ("attest", CAMPAIGN), ("attest", CAMPAIGN, "--lang", "fr"), ("senders",), ("campaign", "show", CAMPAIGN)):
            text = show(env, size, *words)
            equal(text.strip() != "", True, words)
    contains(" ".join(show(env, (80, 24), "dossier", "+33600000001").split()), "Called for Acme (acme), campaign acme.noel, attempt 1")


@full_speed
def test_a_closed_pipe_is_no_error(env):
    """head has read enough; /dev/full has not taken what there was."""
    for words, code in (("reasons | head -1", 0), ("--help | head -1", 0), ("reasons > /dev/full", 1)):
        text = f"set -o pipefail; {BUILD}/licetctl {words} > /dev/null" if "|" in words else f"{BUILD}/licetctl {words}"
        done = subprocess.run(["bash", "-c", text], cwd=ROOT, env=env.environment(), capture_output=True, check=False, timeout=20)
        equal((done.returncode, done.stderr.decode()), (code, ""), words)
    # The reader is gone before anything is written.
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {BUILD}/licetctl vocabulary -c {CONF} | true; echo $?"], cwd=ROOT, env=env.environment(), capture_output=True,
                          check=False, timeout=20)
    equal((done.stdout.decode(), done.stderr.decode()), ("0\n", ""))
