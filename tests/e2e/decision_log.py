"""A decision log of a test's own: its keys, its folder, licetd with it, and what stands in it."""

import glob
import json
import os

from harness import ROOT, Failure, wait_until

RULEBOOK = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")


def configure(env, name="log", origin="licet/test", more="", instance=None):
    """Keys and a configuration with them. Returns the folder of the log."""
    folder = os.path.join(env.folder, name)
    key, mac = folder + ".key", os.path.join(env.folder, "mac.key")
    if not os.path.exists(key):
        made = env.run("log", "keygen", "-o", key, "--origin", origin)
        with open(key + ".pub", "w", encoding="utf-8") as f:
            f.write(made.out.splitlines()[0] + "\n")
    if not os.path.exists(mac):
        env.run("log", "keygen", "--mac", "-o", mac)
    text = (f'log_dir = "{folder}";\nlog_origin = "{origin}";\nlog_key_file = "{key}";\nlog_mac_key_file = "{mac}";\n'
            f'log_seal_s = 1;\nrulebook = "{RULEBOOK}";\n' + more)
    if instance:
        text += f'instance = "{instance}";\n'
    env.write_conf(text, name + ".conf")
    return folder


def configure_two(env):
    """Two instances, each with a log of its own. Returns a folder and a configuration of each."""
    one = configure(env, "one", "licet/one", instance="one")
    first = env.conf
    two = configure(env, "two", "licet/two", instance="two")
    return one, first, two, env.conf


def lines(folder, kind=None):
    """The lines of a log, as objects with their index; of one kind."""
    found, index = [], 0
    for path in sorted(glob.glob(os.path.join(folder, "entries", "*.jsonl"))):
        with open(path, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    entry = json.loads(line)
                    entry["index"] = index
                    if kind is None or entry.get("kind") == kind:
                        found.append(entry)
                index += 1
    return found


def wait_lines(folder, kind, count, timeout=10):
    wait_until(lambda: len(lines(folder, kind)) >= count, timeout,
               lambda: f"{count} lines of {kind}; there are {[e.get('kind') for e in lines(folder)]}")
    return lines(folder, kind)


def sealed(folder):
    """How many lines the newest checkpoint covers."""
    try:
        with open(os.path.join(folder, "checkpoint"), encoding="utf-8") as file:
            return int(file.read().split("\n")[1])
    except FileNotFoundError:
        return 0


def wait_sealed(folder, timeout=10):
    """Until a checkpoint covers every line."""
    wait_until(lambda: 0 < sealed(folder) == len(lines(folder)), timeout, lambda: f"a checkpoint of all; it covers {sealed(folder)}")


def before(a, b):
    """Of two ids of a stream."""
    return [int(n) for n in a.split("-")] < [int(n) for n in b.split("-")]


def wait_logged(w, folder, timeout=10):
    """Until all that stands in the streams of a world is in its log, and told to Redis."""
    def done():
        told = w.r.hgetall(w.p + "log:positions")
        for part in ("done", "refused", "invalid"):
            last = w.r.xrevrange(w.key(part), count=1)
            if last and before(told.get(w.key(part), "0-0"), last[0][0]):
                return False
        last = w.r.xrevrange(w.p + "oppositions", count=1)
        return not last or not before(told.get(w.p + "oppositions", "0-0"), last[0][0])
    wait_until(done, timeout, lambda: f"all logged: {w.r.hgetall(w.p + 'log:positions')}")
    wait_sealed(folder)


def must_be_whole(env, folder, *more):
    result = env.run("log", "verify", folder, "--key", folder + ".key.pub", *more, "--json", code=None)
    if result.code != 0 or not result.json["ok"]:
        raise Failure(f"the log is not whole: {result!r}")
    return result.json
