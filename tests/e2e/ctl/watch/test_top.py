"""licetctl top: campaigns as they move, on a terminal of 80 by 24."""

import os
import pty
import signal
import subprocess

import harness
from checks import misuse, shows
from harness import Failure, contains, equal, wait_until
from terminal import Terminal, fits, scene
from world import CAMPAIGN, World


def test_top(env):
    w = scene(env)
    t = Terminal(env)
    before = t.settings()
    t.licetctl("top")
    text = t.wait_for("licet top", "la-reunion", "q quit")
    fits(text)
    for part in ("2 campaigns", "heartbeat", "rejected", "acme.noel", "consent-missing 2, consent-scope 1"):
        contains(text, part)
    # Who needs somebody is first.
    if text.index("acme.broken") > text.index("acme.noel"):
        raise Failure(text)
    line = next(li for li in text.split("\n") if li.startswith("la-reunion"))
    contains(line, "       7  Tue 24 Nov 2026 14:00")
    line = next(li for li in text.split("\n") if li.startswith(CAMPAIGN))
    equal(line.split()[-4:], ["0", "7", "20", "0"])
    # It is live.
    w.take(5)
    wait_until(lambda: next(li for li in t.screen().split("\n") if li.startswith(CAMPAIGN)).split()[-2:] == ["15", "5"], 20, t.screen)
    t.key("s")
    text = t.wait_for("by name")
    t.key("r")
    text = t.wait_for("by name, reversed", CAMPAIGN, "acme.broken")
    if text.index(CAMPAIGN) > text.index("acme.broken"):
        raise Failure(text)
    t.key("?")
    t.wait_for("reverse", "up down", gone=("acme.noel",))
    t.key("?")
    t.wait_for("acme.noel")
    t.key("p")
    t.wait_for("PAUSED")
    t.key("q")
    t.wait_for("$", gone=("licet top",))
    equal(t.settings(), before)


def test_the_hours(env):
    """A curve of the last day of all, and of each campaign where there is room; asked for once a minute."""
    w = scene(env)
    w.r.hset(w.key("hours"), mapping={"2026-11-24T07Z:released": 40, "2026-11-24T08Z:released": 80, "2026-11-24T08Z:answered": 9, "2026-11-23T09Z:released": 999})
    said = env.ctl_json("top")
    # What licetd itself adds goes to the hour that runs.
    equal(said["released_by_hour"][:-1], [0] * 21 + [40, 80])
    equal({c["id"]: sum(c["released_by_hour"][:-1]) for c in said["campaigns"]}, {CAMPAIGN: 120, "acme.broken": 0})
    contains(env.ctl("top", "--once").out, "\nby hour    |                     -#")
    t = Terminal(env, LANG="C.UTF-8", LC_ALL="C.UTF-8")
    t.licetctl("top")
    fits(t.wait_for("|                     ▄█", "|  released, 80 at best, ", "q quit"))
    asked = w.r.info("commandstats")["cmdstat_hmget"]["calls"]
    t.resize(160, 50)
    text = t.wait_for("RELEASED IN 24 H")
    line = next(li for li in text.split("\n") if li.startswith(CAMPAIGN))
    contains(line, "                     ▄█")
    looks = w.r.info("commandstats")["cmdstat_hgetall"]["calls"]
    wait_until(lambda: w.r.info("commandstats")["cmdstat_hgetall"]["calls"] > looks + 12, 20, "it to look again")
    # One round more for each campaign where the minute turned meanwhile; licetd itself asks so as well.
    assert w.r.info("commandstats")["cmdstat_hmget"]["calls"] - asked < 40, "the hours are asked for at each look"
    t.key("q")


def test_top_gives_the_terminal_back(env):
    """Whatever ends it: a signal, Ctrl-C; and Ctrl-Z and fg."""
    scene(env)
    t = Terminal(env)
    before = t.settings()

    def back(*parts):
        t.wait_for("$", *parts, gone=("licet top",))
        equal(t.settings(), before)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        t.licetctl("top", after="; echo ended=$?")
        t.wait_for("licet top")
        os.kill(t.pid("licetctl"), number)
        back(f"ended={128 + number}") if number != signal.SIGINT else back()
    t.licetctl("top")
    t.wait_for("licet top")
    t.key("C-c")
    back()
    t.licetctl("top", after="; echo ended=$?")
    t.wait_for("licet top")
    t.key("C-z")
    back("ended=")
    t.type("fg")
    t.key("Enter")
    t.wait_for("licet top", "acme.noel")
    t.key("q")
    back()


def test_top_outlives_redis(env):
    """It says that Redis is away, with what it saw last, hears keys, and goes on when it is back, from a new process too."""
    w = scene(env)
    t = Terminal(env)
    before = t.settings()
    t.licetctl("top", after="; echo ended=$?")
    t.wait_for("licet top", "acme.noel", gone=("away",))
    for _ in range(2):
        env.server.kill()
        t.wait_for("Redis      away, trying again: ", "acme.noel", "acme.broken")
        t.key("s")
        t.wait_for("away, trying again")
        env.server.start()
        t.wait_for("licet top", "acme.noel", gone=("away",))
    t.wait_for("by rate")
    # What it shows is of now.
    w.r = env.redis
    before_take = w.stat("taken")
    w.take(5)
    wait_until(lambda: next(li for li in t.screen().split("\n") if li.startswith(CAMPAIGN)).split()[-1] == str(before_take + 5), 20, t.screen)
    env.server.kill()
    t.wait_for("away, trying again")
    t.key("q")
    t.wait_for("$", "ended=0", gone=("licet top",))
    equal(t.settings(), before)
    # Without a terminal there is nobody to wait for it.
    contains(env.ctl("top", code=1).err, "licetctl: Redis")


def test_top_sizes(env):
    scene(env)
    for i in range(40):
        env.redis.sadd(env.prefix + "campaigns", f"many.{i:02d}")
    t = Terminal(env)
    t.licetctl("top")
    text = t.wait_for("42 campaigns", "arrows show the others", "la-reunion", "q quit")
    fits(text)
    t.key("s")
    t.wait_for("by name", "acme.broken")
    for _ in range(3):
        t.key("Down")
    t.wait_for("4 to ", gone=("acme.broken",))
    t.resize(120, 60)
    t.wait_for("many.39", "acme.broken", gone=("arrows",))
    t.resize(60, 16)
    fits(t.wait_for("arrows", "q quit"), 60, 16)
    t.key("q")
    t.wait_for("$", gone=("licet top",))


def test_top_colour(env):
    scene(env)
    t = Terminal(env)
    t.licetctl("top")
    t.wait_for("acme.broken")
    contains(next(li for li in t.screen("-e").split("\n") if "acme.broken" in li), "\033[31m")
    t.key("q")
    t = Terminal(env, NO_COLOR="1")
    t.licetctl("top")
    t.wait_for("acme.broken", "q quit")
    if "\033[" in t.screen("-e"):
        raise Failure(t.screen("-e"))


def said_to(env, term, *words):
    """What a program writes onto a terminal of that kind, to its end, byte by byte."""
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        with subprocess.Popen([os.path.join(harness.BUILD, "licetctl"), *words, *env.common()], stdin=theirs, stdout=theirs, stderr=theirs,
                              env={**env.environment(), "TERM": term}) as process:
            os.close(theirs)
            said = b""
            try:
                while part := terminal.read(4096):
                    said += part
            except OSError:  # nobody has it open any more
                pass
        return process.returncode, said.decode()


def test_top_on_a_terminal_that_cannot(env):
    """One line that tells, and nothing that such a terminal would show as it stands."""
    scene(env)
    for term, why in (("dumb", "TERM=dumb cannot place the cursor; use --once to print a single frame"),
                      ("no-such", "unknown terminal TERM=no-such; use --once to print a single frame"),
                      ("", "unknown terminal TERM=; use --once to print a single frame")):
        code, said = said_to(env, term, "top")
        equal((code, said), (1, f"licetctl: {why}\r\n"))
        code, said = said_to(env, term, "top", "--once")
        equal((code, "\033" in said), (0, False))
        contains(said, "acme.noel")


def test_top_after_a_pause_on_another_terminal(env):
    """Ctrl-Z, the terminal becomes larger, fg: drawn anew and whole; also after kill -STOP, when the shell wrote over it."""
    scene(env)
    long = "acme." + "x" * 59
    World(env, campaign=long).define()
    t = Terminal(env)
    t.licetctl("top")
    fits(t.wait_for("3 campaigns", long[:16] + " ", "q quit", gone=(long[:17],)))
    for stop in (lambda: t.key("C-z"), lambda: os.kill(t.pid("licetctl"), signal.SIGSTOP)):
        stop()
        t.wait_for("Stopped")
        t.resize(160, 50)
        t.type("fg")
        t.key("C-j")  # Enter is another key while the terminal is as top left it
        fits(t.wait_for("licet top", long + " ", "acme.broken", "q quit", gone=("Stopped",)), 160, 50)
        t.resize(80, 24)
        fits(t.wait_for("3 campaigns", "q quit", gone=(long[:17],)))
    t.key("q")
    t.wait_for("$", gone=("licet top",))


def test_top_redraws_when_asked(env):
    """Something else wrote on the terminal: Ctrl-L."""
    scene(env)
    t = Terminal(env)
    t.licetctl("top")
    t.wait_for("acme.noel", "q quit")
    tty = t.tmux("display-message", "-p", "-t", "t", "#{pane_tty}").strip()
    with open(tty, "w", encoding="utf-8") as f:
        f.write("\033[HSOMETHING ELSE")
    t.wait_for("SOMETHING ELSE")
    t.key("C-l")
    t.wait_for("licet top", gone=("SOMETHING",))
    t.key("q")
    t.wait_for("$", gone=("licet top",))


def test_top_knows_wide_characters(env):
    """They take two columns: what is behind them stays on the line and in its place."""
    scene(env)
    t = Terminal(env)
    env.redis.hset(env.prefix + "halt", "route:r", "\u65e5\u672c" * 12 + " No\u0308e\u0308l \u009b31m")
    t.licetctl("top")
    t.wait_for("HALTED     route:r (" + "\u65e5\u672c" * 12 + " No\u0308e\u0308l ?31m)\n", "q quit")
    # In a smaller one the half of a character is left out.
    t.resize(39, 24)
    t.wait_for("HALTED     route:r (" + "\u65e5\u672c" * 4 + "\u65e5\n")
    t.key("q")
    t.wait_for("$", gone=("licet top",))


def test_top_as_text(env):
    scene(env)
    text = shows(env, "top")
    contains(text, "acme.broken")
    # The first two lines tell the time.
    # licetd may have added to the hours meanwhile.
    equal(*([line for line in lines.splitlines()[2:] if not line.startswith("by hour")] for lines in (text, shows(env, "top", "--once"))))
    got = env.ctl_json("top")
    equal([(c["id"], c["act"], c["held"], c["refused"]) for c in sorted(got["campaigns"], key=lambda c: c["id"])],
          [("acme.broken", True, 0, 0), (CAMPAIGN, False, 7, 3)])
    equal(got["places"], [{"place": "la-reunion", "held": 7, "open": False, "next_open": "2026-11-24T10:00:00Z"}])
    equal(got["refused"], {"consent-missing": 2, "consent-scope": 1})
    misuse(env, "top", "now")
