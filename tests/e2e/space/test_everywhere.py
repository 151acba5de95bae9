"""What licetctl tells and erases is of every space of the platform; and where one does not answer, it says so and fails."""

import json
import os

from checks import HIDDEN, NUMBER
from harness import contains, equal, full_speed
from world import World, job

SPACES = ("a", "b", "c")
HUB = "licet-sim:{licet}:spaces"


def platform(env, *names, conf="", own="a"):
    """Spaces on one Redis, without a licetd; the configuration names the first of them. A campaign of acme is in each."""
    names = names or SPACES
    env.redis  # pylint: disable=pointless-statement
    env.write_conf(f'prefix = "licet-sim:{{{own}}}:";\n' + conf)
    worlds = [World(env, f"licet-sim:{{{name}}}:", f"acme-{name}.noel").define(advertiser=f"acme-{name}") for name in names]
    for w, name in zip(worlds, names):
        w.r.rename(w.p + "advertiser:acme", w.p + f"advertiser:acme-{name}")
        w.r.hset(w.p + f"advertiser:acme-{name}", mapping={"name": f"Acme {name}", "siren": f"5521005{ord(name) % 100:02}"})
    env.redis.hset(HUB, mapping={name: "open" for name in names})
    env.set_prefix(f"licet-sim:{{{own}}}:")
    return worlds


def without_a_right(env, name, *spaces):
    """A configuration whose user has no right in that space."""
    env.redis.execute_command("ACL", "SETUSER", "most", "on", ">x", "+@all", *[f"~licet-sim:{{{s}}}:*" for s in (*spaces, "licet") if s != name])
    path = os.path.join(env.folder, "password")
    with open(path, "w", encoding="utf-8") as f:
        f.write("x\n")
    os.chmod(path, 0o600)
    env.write_conf(f'prefix = "licet-sim:{{a}}:";\nredis_user = "most";\nredis_password_file = "{path}";\n', "most.conf")


def of_person(i, person=None, number=NUMBER):
    return {**job(i), "to": number, **({"person": person} if person else {})}


# --- a person's rights ----------------------------------------------------------------------------


def test_what_is_held(env):
    """A number in two spaces; a person that one knows by it, and another by another number: found in all."""
    a, b, c = platform(env)
    b.push(of_person(1, "p-77"), job(2))
    c.push(of_person(3, "p-77", "+33600000099"))
    env.ctl("oppose", NUMBER)
    said = env.ctl_json("subject", "show", NUMBER)
    equal((said["spaces"], said["persons"], said["limits"]), (["a", "b", "c"], ["p-77"], []))
    equal({(h["space"], h["what"]) for h in said["held"]},
          {(s, what) for s in SPACES for what in ("list", "opposition", "dated")} | {("b", "queue"), ("c", "queue")})
    out = env.ctl("subject", "show", NUMBER).out
    contains(out, "licet-sim:{c}:campaign:acme-c.noel:queue")
    contains(out, ", in 3 spaces; --json or --out FILE has the data")
    path = env.folder + "/person.json"
    env.ctl("subject", "show", NUMBER, "--out", path)
    with open(path, encoding="utf-8") as f:
        equal(len(json.load(f)["held"]), said["count"])
    html = env.ctl("subject", "show", NUMBER, "--format", "html", "--lang", "fr").out
    contains(html, "Tous les espaces de la plateforme ont été interrogés : a, b, c.")
    # One alone, because it is named: it says so.
    alone = env.ctl_json("subject", "show", NUMBER, "--space", "c")
    equal((alone["space"], {h["what"] for h in alone["held"]}), ("c", {"list", "opposition", "dated"}))
    contains(env.ctl("subject", "show", NUMBER, "--space", "c").out, "space c alone: what the others have is not in it")
    contains(env.ctl("subject", "show", NUMBER, "--space", "c", "--lang", "fr").out, "espace c seul")
    # One that does not answer is a limit, and what the others have is told.
    without_a_right(env, "b", *SPACES)
    said = env.ctl("subject", "show", NUMBER, "--json", code=1)
    [limit] = said.json["limits"]
    contains(limit, "space b: the user most of Redis has no right to")
    equal({h["space"] for h in said.json["held"]}, {"a", "c"})
    contains(said.err, limit)


def test_erased_everywhere(env):
    a, b, c = platform(env)
    b.push(of_person(1, "p-77"), job(2))
    c.push(of_person(3, "p-77", "+33600000099"))
    env.ctl("oppose", "+33600000003")  # the library
    before = env.redis.info("persistence")["aof_rewrites"]
    without_a_right(env, "b", *SPACES)
    done = env.ctl("subject", "erase", NUMBER, "--person", "p-77", code=1)
    contains(done.out, "Space b\nNOTHING WAS ERASED, it did not answer: the user most of Redis has no right to")
    contains(done.err, "nothing was erased in space b: the user most")
    equal((b.r.llen(b.key("queue")), c.r.llen(c.key("queue"))), (2, 0))
    env.write_conf('prefix = "licet-sim:{a}:";\n')
    c.push(of_person(3, "p-77", "+33600000099"))
    done = env.ctl_json("subject", "erase", NUMBER)
    equal([(s["space"], s["erased"], s["append_only_file"], s["done"]) for s in done["spaces"]],
          [("a", {}, "rewritten", True), ("b", {"queue": 1}, "rewritten", True), ("c", {"queue": 1}, "rewritten", True)])
    equal((done["erased"], done["persons"], done["done"]), ({"queue": 2}, 1, True))
    equal((b.r.llen(b.key("queue")), c.r.llen(c.key("queue"))), (1, 0))
    equal(env.redis.info("persistence")["aof_rewrites"] - before, 2, "one server, one file: once for each of both erasures")
    b.push(of_person(4))
    contains(env.ctl("subject", "erase", NUMBER, "--lang", "fr").out, "\nEspace b\nEffacé :\n  en file d'attente 1\n")
    # One space alone.
    b.push(of_person(5))
    alone = env.ctl_json("subject", "erase", NUMBER, "--space", "c")
    equal((alone["space"], alone["erased"], b.r.llen(b.key("queue"))), ("c", {}, 2))
    contains(env.ctl("subject", "erase", NUMBER, "--space", "b").out, "space b alone: what the others have is not in it\n")


def test_a_dossier_of_all(env):
    a, b, c = platform(env)
    b.push(of_person(1))
    env.ctl("list", "load", "anti-prospection", lines_file(env, NUMBER), "--force", code=None)
    env.ctl("oppose", NUMBER, "--space", "a", "--advertiser", "acme-a")
    env.redis.xadd(a.p + "oppositions", opposed("web", 1795514400000))
    env.redis.xadd(b.p + "oppositions", {**opposed("web", 1795514400000), "space": "a"})
    said = env.ctl_json("dossier", NUMBER)
    equal((said["spaces"], said["known"], said["limits"]), (["a", "b", "c"], True, []))
    equal([(e["space"], e["kind"], e["scope"]) for e in said["events"]], [("a", "opposed", "opposition"), ("a", "opposed", "opposition:acme-a")])
    contains(str(said["events"][0]["details"]), "heard by space b")
    equal([n["text"] for n in said["now"]], ["Campaign acme-b.noel: queued, not judged yet (space b)"])
    out = env.ctl("dossier", NUMBER).out
    contains(out, "All spaces of the platform were asked: a, b, c")
    contains(env.ctl("dossier", NUMBER, "--format", "html").out, "All spaces of the platform were asked: a, b, c.")
    contains(env.ctl("dossier", NUMBER, "--lang", "fr").out, "entendue par l'espace b")
    alone = env.ctl_json("dossier", NUMBER, "--space", "b")
    equal((alone["space"], [e["scope"] for e in alone["events"]]), ("b", ["opposition"]))
    contains(env.ctl("dossier", NUMBER, "--space", "b").out, "space b alone: what the others have is not in it")
    equal(HIDDEN in out, False)
    without_a_right(env, "c", *SPACES)
    done = env.ctl("dossier", NUMBER, "--from", "2026-01-01T00:00:00Z", "--json", code=1)
    contains(done.err, "nothing was read in space c: the simulated clock could not be read: NOPERM")
    equal(done.json["between"]["none_proven"], False)
    contains(str(done.json["between"]["doubts"]), "space c: ")


def opposed(source, ms):
    return {"number": NUMBER, "scope": "opposition", "source": source, "reason": "said no", "kind": "opposed", "event": "2026-11-24T09:00:00Z",
            "received_ms": str(ms)}


def lines_file(env, *numbers):
    path = env.folder + "/numbers.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write("number\n" + "".join(n + "\n" for n in numbers))
    return path


@full_speed
def test_nothing_changes_alone(env):
    """A tag, and no hub, or one that names this space alone: not a word more than without spaces."""
    a = platform(env, "a")[0]
    a.push(of_person(1))
    want = None
    for named in ((), ("a",)):
        env.redis.delete(HUB)
        if named:
            env.redis.hset(HUB, "a", "open")
        for words in ((), ("--space", "a")):
            got = [env.ctl("subject", "show", NUMBER, *words).out, sorted(env.ctl_json("dossier", NUMBER, *words))]
            want = want or got
            equal(got, want)
