"""licetctl advertiser show: what is declared, what holds where nothing is, and whose the SIREN and the caller ids are."""

from checks import fails, misuse, shows
from harness import CLUSTERED, contains, equal, wait_until
from terminal import Terminal
from world import OPEN, World, job

SIREN, CALLER = "552100554", "+33162001234"


def test_what_is_declared(env):
    w = World(env).define()
    w.r.hset(w.p + "advertiser:acme", "nickname", "x" * 120)
    World(env, w.p, "acme.easter").define(status="paused")
    World(env, w.p, "beta.one").define(advertiser="beta")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000001")
    all_ = env.ctl_json("advertiser", "show", "acme")
    equal((all_["id"], all_["declared"]["name"], all_["declared"]["gap_days"], all_["faults"]), ("acme", "Acme", "0", []))
    equal((all_["siren_of"], all_["caller_ids"], all_["objected"]), (None, [{"number": CALLER, "siren": None}], 1))
    equal(all_["campaigns"], [{"id": "acme.easter", "status": "paused"}, {"id": "acme.noel", "status": "running"}])
    equal(all_.get("space"), "e2e" if CLUSTERED else None, "the space that a tag of the prefix names")
    # Once a campaign ran, both are its own.
    env.daemon("--simulate", OPEN)
    w.push(job(1))
    wait_until(lambda: w.r.hgetall(w.p + "caller-ids") and w.r.hgetall(w.p + "sirens"), 10)
    all_ = env.ctl_json("advertiser", "show", "acme")
    equal((all_["siren_of"], all_["caller_ids"][0]["siren"]), ("acme", SIREN))
    text = shows(env, "advertiser", "show", "acme")
    for line in ("  name             Acme\n", "  552100554     this advertiser\n", "  numbers on opposition:acme: 1\n", "  acme.easter  paused\n"):
        contains(text, line)
    assert "beta" not in text, text


def test_what_holds_where_nothing_is(env):
    w = World(env).define()
    w.r.hdel(w.p + "advertiser:acme", "gap_days", "attempts_before", "name")
    w.r.hset(w.p + "advertiser:acme", "caller_ids", "+33612345678")
    w.r.hset(w.p + "sirens", SIREN, "first")
    w.r.hset(w.p + "caller-ids", "+33612345678", "732829320")
    all_ = env.ctl_json("advertiser", "show", "acme")
    equal((all_["care_gap_days"], all_["siren_of"]), (1, "first"))
    equal([f["fault"] for f in all_["faults"]], ["advertiser-incomplete", "caller-id-class"])
    text = shows(env, "advertiser", "show", "acme")
    for line in ("1: not declared, care_gap_days of licet.conf holds", "not declared: its jobs are held, history-unknown",
                 "Faults: no job of its campaigns moves", "name of advertiser acme is not set",
                 "advertiser first: campaigns of acme are rejected", "SIREN 732829320: campaigns that show it are rejected"):
        contains(text, line)
    french = shows(env, "advertiser", "show", "acme", "--lang", "fr")
    for line in ("1 : non déclaré, care_gap_days de licet.conf vaut", "non déclaré : ses appels sont retenus, history-unknown",
                 "Défauts : aucune tâche de ses campagnes ne part", "name de l'annonceur acme n'est pas renseigné",
                 "l'annonceur first : les campagnes de acme sont rejetées"):
        contains(french, line)
    # What cannot be read is an error, and not nobody.
    w.r.delete(w.p + "sirens")
    w.r.set(w.p + "sirens", "planted")
    contains(env.ctl("advertiser", "show", "acme", code=1).err, "wrong")


def test_it_fits_a_terminal(env):
    w = World(env).define()
    w.r.hset(w.p + "advertiser:acme", mapping={"name": "A long name " * 12, "caller_ids": " ".join(f"+3316200{n}" for n in range(1200, 1208))})
    terminal = Terminal(env, height=60)
    terminal.licetctl("advertiser", "show", "acme")
    terminal.wait_for("Campaigns", "acme.noel")
    # -J: what the terminal itself had to wrap comes as one line.
    wide = [line for line in terminal.screen("-J").splitlines() if len(line.rstrip()) > 80]
    equal(wide, [])


def test_nobody_declared_it(env):
    w = World(env).define()
    contains(fails(env, "advertiser", "show", "acmee"), "advertiser acmee is unknown")
    w.r.sadd(w.p + "advertisers", "gone")
    contains(fails(env, "advertiser", "show", "gone"), "advertiser gone is not declared any more")
    w.r.set(w.p + "advertiser:odd", "planted")
    contains(fails(env, "advertiser", "show", "odd"), "odd: it is not a hash")
    for words in (("show",), ("show", "Acme"), ("show", "acme", "beta"), ("show", "acme", "--reason", "x")):
        misuse(env, "advertiser", *words)
