"""licetctl init: eight questions, and a first campaign is there, or is tried."""

from checks import fails
from harness import PROD, SIM, contains, equal
from terminal import Terminal
from world import OPEN, World, job

def lines(*answers):
    return "".join(answer + "\n" for answer in answers).encode()


def test_sim_shows_the_first_released_job(env):
    """With the defaults, whatever day it is; nothing of it stays, and no real key is touched."""
    env.redis.set(PROD + "mine", "1")
    out = env.ctl("init", "--sim").out
    for part in ("redis-cli HSET", "redis-cli SADD", "redis-cli RPUSH", "redis-cli FCALL licet_take 1 ", "It released 3 jobs, and a sender has the first one", "+3360000••••"):
        contains(out, part)
    equal(env.redis.keys("*"), [PROD + "mine"])


def test_sim_as_json_and_kept(env):
    env.redis.ping()
    got = env.ctl_json("init", "--sim", "--keep")
    equal((got["campaign"], got["taken"]["campaign"], got["taken"]["id"], got["taken"]["to"]), ("acme.first", "acme.first", "1", "+3360000••••"))
    equal([c[0] for c in got["commands"]], ["HSET"] * 4 + ["SADD"] + ["RPUSH"] * 3)
    p = got["prefix"]
    equal(p.startswith("licet-sim:{run-" if SIM == "licet-sim:" else SIM + "run-"), True, p)
    stats = env.redis.hgetall(p + "campaign:acme.first:stats")
    equal((stats["intake"], env.redis.llen(p + "ready:main"), env.redis.hlen(p + "ready:main:lease")), ("3", 2, 1))
    equal(env.redis.keys(PROD + "*"), [])


def test_the_commands_are_what_it_does(env):
    """Typed by hand, they give the same keys."""
    env.redis.ping()
    got = env.ctl_json("init", stdin=lines("Jouets du Nord", "732829320", "+33162001299", "shop till", "", "retail cars", "hello.wav 20", "0805 123 457"))
    made = {k: env.redis.dump(k) for k in env.redis.keys(PROD + "*")}
    equal(sorted(made), [PROD + k for k in ("advertiser:jouets-du-nord", "campaign:jouets-du-nord.first:def", "campaigns", "list-meta:opposition", "source:shop-till")])
    hashes = {k: env.redis.hgetall(k) for k in made if k != PROD + "campaigns"}
    definition = hashes[PROD + "campaign:jouets-du-nord.first:def"]
    equal((definition["product"], definition["message"], definition["message_seconds"], definition["opt_out"], definition["status"]),
          ("cars", "hello.wav", "20", "+33805123457 key:9", "paused"))
    env.redis.flushall()
    for words in got["commands"]:
        env.redis.execute_command(*words)
    equal({k: env.redis.hgetall(k) for k in env.redis.keys(PROD + "*") if k != PROD + "campaigns"}, hashes)


def test_what_it_made_runs(env):
    """Resumed, the campaign releases."""
    env.prefix = "licet-sim:"
    env.redis.hset(SIM + "clock", mapping={"sim_base_ms": 1795512600000, "real_base_ms": 0, "speed": 0})
    env.ctl("init", stdin=lines("Acme", "552100554", "+33162001234", "web", "crm", "retail toys", "noel.wav 25", "+33805123456"))
    w = World(env, campaign="acme.first")
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    env.ctl("campaign", "resume", "acme.first")
    w.wait_stat("ready", 1)


def test_bad_answers(env):
    """What licetd would reject is named; nothing was written. Without a default somebody has to say it."""
    env.redis.ping()
    good = ["Acme", "552100554", "+33162001234", "web", "crm", "retail toys", "noel.wav 25", "+33805123456"]
    for at, answer, said in ((0, "", "no answer to question 1"), (1, "12", "nine digits"), (2, "0612345678", "caller-id"), (5, "reatil toys", "did you mean retail?"),
                             (5, "cpf x", "sector-banned"), (6, "noel.wav", "message_seconds"), (7, "0899123456", "opt-out-surcharged"), (0, "a" * 300, "bytes at most")):
        contains(fails(env, "init", stdin=lines(*good[:at], answer, *good[at + 1:])), said)
        equal(env.redis.keys("*"), [], answer)
    env.ctl("init", stdin=lines(*good))
    contains(fails(env, "init", stdin=lines(*good)), "advertiser acme is declared already")


def test_on_a_terminal(env):
    """It asks, and asks again where licetd would say no."""
    env.redis.ping()
    t = Terminal(env, width=100, height=50)
    t.licetctl("init")
    t.wait_for("1. Who has people called?", "such as Acme:")
    t.type("Acme")
    t.key("Enter")
    t.wait_for("2. Its SIREN")
    t.type("12")
    t.key("Enter")
    t.wait_for("expected nine digits")
    for answer in ("552100554", "+33162001234", "web", "", "", "", "+33805123456"):
        t.type(answer)
        t.key("Enter")
    t.wait_for("acme.first is sound and paused")


def test_an_interrupted_trial_leaves_nothing(env):
    env.redis.ping()
    t = Terminal(env, width=100, height=50)
    t.licetctl("init", "--sim")
    t.wait_for("1. Who has people called?")
    t.key("C-c")
    t.wait_for("[Acme]: ^C\n$")
    equal(env.redis.keys("*"), [])
