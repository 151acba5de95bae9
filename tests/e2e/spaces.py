"""Several spaces of one platform, as licetctl space add and a marketing system leave them."""

from harness import equal, wait_until
from world import World, job

HEAD = "licet-sim:"
HUB = HEAD + "{licet}:spaces"


def space(env, name, **options):
    """Its keys, with one campaign; as options World has them."""
    w = World(env, f"{HEAD}{{{name}}}:", **options)
    w.name = name
    return w


def hear(w, names, limit_ms):
    """It hears the others of these, and stands still after that long without one."""
    w.r.hset(w.p + "peers", mapping={other: limit_ms for other in names if other != w.name})


def enter(client, *names):
    """The hub names them."""
    client.hset(HUB, mapping={name: "open" for name in names})


def one_objection_holds_in(worlds, timeout=5):
    """Two jobs in each; who objects to the platform in the first is called in none."""
    for w in worlds:
        w.push(job(1), job(2))
        w.wait_stat("ready", 2)
    worlds[0].oppose("+33600000001")
    for w in worlds[1:]:
        wait_until(lambda w=w: w.r.sismember(w.p + "list:opposition", "+33600000001"), timeout, "the objection")
        equal([j["id"] for j in w.wait_taken(1)], ["2"])


def cpu_of(client):
    """Seconds of the CPU of that Redis."""
    info = client.info("cpu")
    return info["used_cpu_user"] + info["used_cpu_sys"]
