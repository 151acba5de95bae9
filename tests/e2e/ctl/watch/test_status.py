"""licetctl status: everything on one screen."""

from checks import misuse, shows
from harness import Failure, contains, equal, wait_until
from terminal import Terminal, fits, lines_of, scene
from world import CAMPAIGN, OPEN, World, job


def test_status(env):
    w = World(env).define()
    equal(env.ctl_json("status")["daemons"], [])
    contains(shows(env, "status"), "none is running")
    w.push(job(1), job(2), "not json")
    w.daemon = env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 2)
    w.wait_state(state="running")
    w.take(1)
    w.wait_stat("taken", 1)
    w.r.hset(w.p + "halt", "source:web-2026", "wrong file")
    w.wait_because("halted")
    wait_until(lambda: w.stat("held") == 1, 5, "the ready one to come back")
    got = env.ctl_json("status")
    equal((got["daemons"][0]["simulated"], got["redis"]["met"], got["halts"]), ("yes", True, {"source:web-2026": "wrong file"}))
    assert got["daemons"][0]["age_s"] <= 5, got["daemons"]
    c = got["campaigns"][0]
    equal((c["id"], c["state"], c["because"], c["taken"], c["held"], c["invalid"], c["intake"]),
          (CAMPAIGN, "waiting", "halted", 1, 1, 1, 3))
    equal((got["routes"][0]["route"], got["routes"][0]["leases"]), ("main", 1))
    equal([(li["name"], li["mode"], li["state"]) for li in got["lists"]],
          [("opposition", "required", "ok"), ("anti-prospection", "if-present", "not used")])
    out = shows(env, "status")
    for part in ("acme.noel", " halted ", "wrong file", "anti-prospection", " (simulated) in Europe/Paris"):
        contains(out, part)
    misuse(env, "status", "now")


def test_status_fits(env):
    """Forty campaigns on 24 lines: those that somebody must look at, how many there are besides, and all of them if asked."""
    w = scene(env)
    for i in range(40):
        World(env, campaign=f"many.{i:02d}").define(**({"product": None} if i in (7, 33) else {}))
    wait_until(lambda: w.r.hget(w.p + "campaign:many.39:state", "state") and w.r.hget(w.p + "campaign:many.33:state", "state") == "rejected", 20, "states")
    t = Terminal(env)
    t.licetctl("status")
    text = t.wait_for("more (--all, or licetctl top)", "Lists", "$")
    fits(text)
    for part in ("licetd  ", "acme.broken", "many.07", "opposition"):
        contains(text, part)
    if not text.startswith("licetd"):
        raise Failure(text)
    t.licetctl("status", "--all", after="; echo end''ed")
    t.wait_for("ended")
    for i in range(40):
        contains("\n".join(lines_of(t)), f"many.{i:02d}")
    equal(len(env.ctl_json("status")["campaigns"]), 42)
    contains(shows(env, "status"), "many.39")


def test_in_french(env):
    """On a terminal of 80 by 24 as well; codes stay in the JSON."""
    w = scene(env)
    w.take(3)
    text = shows(env, "status", "--lang", "fr")
    for part in ("vu il y a", "recueil fr", "(non signé)", "conserve ce qu'il a confirmé", "Campagnes", "campagne non conforme", "en cours", "en attente", "obligatoire  à jour", "si présente  inutilisée"):
        contains(text, part)
    equal([c["because"] for c in env.ctl_json("status")["campaigns"] if c["id"] == "acme.broken"], ["campaign-rejected"])
    said = shows(env, "senders", "--lang", "fr")
    for part in ("main : 17 prêtes, 3 chez les émetteurs, 0 d'issue inconnue", "émetteur", "numéro", "reste"):
        contains(said, part)
    t = Terminal(env, LANG="C.UTF-8", LC_ALL="C.UTF-8")
    t.licetctl("status", "--lang", "fr")
    fits(t.wait_for("Campagnes", "comment elle va", "à jour"))
