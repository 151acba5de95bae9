"""Clients as they are, which know clusters, run the recipes of the README and of licet-sender(7) on one: asked at a node that has not the slot."""

import json
import os
import re
import subprocess

from redis.cluster import RedisCluster

from examples import of_page, of_sender, readme
from harness import equal, full_speed
from nodes import Nodes
from world import OPEN, World, job

P = "licet-sim:{one}:"


def scene(env):
    """Returns the port of a node that has nothing to do with the space."""
    cluster = Nodes(env, P, 3, 0)
    cluster.configure(env)
    w = World(env, P).define()
    w.push(job(1, "0612345678"))
    env.daemon("--simulate", OPEN)
    w.wait_stat("ready", 1)
    return w, next(n for n in cluster.all if n is not cluster.master).port


def there(text):
    return text.replace("licet:", P)


def is_recorded(w):
    w.wait_stat("done", 1)
    equal(w.ended("done")["1"]["outcome"], "answered")
    equal([f["kind"] for _, f in w.r.xrange(w.p + "oppositions")], ["opposed", "withdrawn", "undone"])


@full_speed
def test_redis_cli(env):
    w, port = scene(env)
    words = f'redis-cli() {{ command redis-cli -e -c -p {port} "$@"; }}\nset -eu\n'

    def run(block):
        done = subprocess.run(["bash", "-c", words + there(block)], env=env.environment(), capture_output=True, text=True, check=False, timeout=60)
        equal(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout
    run(readme("sh")[1])  # the campaign and a job that is a duplicate of the first
    run("".join(line + "\n" for line in readme("sh")[2].splitlines() if line.startswith("redis-cli")))
    take, done, *others = re.findall(r"^redis-cli.*?(?=^redis-cli|\Z)", of_sender("sh"), re.M | re.S)
    token = run(take).split("\n")[1]
    run(done.replace("6b04ca6b4c5fc0f5.1", token))
    for line in others:
        if "licet_breaker" not in line:  # nothing is open
            run(line)
    is_recorded(w)


@full_speed
def test_redis_py(env):
    w, port = scene(env)
    client = RedisCluster(host="127.0.0.1", port=port, decode_responses=True)
    names = {"place_call": lambda *a, **k: "answered"}
    code = of_sender("python").replace("redis.Redis(decode_responses=True)", "client")
    exec(there(code).split(f'r.fcall("licet_breaker"')[0], {**names, "client": client})  # pylint: disable=exec-used
    is_recorded(w)
    # Its pipeline is no transaction on a cluster: what it pushes is there all the same.
    code = of_page("licet-campaign.5", "python")[0].replace("redis.Redis(decode_responses=True)", "client").replace('"crm-1"', '"crm-2"').replace("06 12 34 56 78", "06 12 34 56 79")
    exec(there(code), {"client": client})  # pylint: disable=exec-used
    w.wait_stat("ready", 1)


@full_speed
def test_node_redis(env):
    w, port = scene(env)
    os.mkdir(os.path.join(env.folder, "node_modules"))
    os.symlink("/usr/share/nodejs/redis", os.path.join(env.folder, "node_modules", "redis"))
    code = of_sender("js").replace("createClient()", "createCluster(%s)" % json.dumps({"rootNodes": [{"url": f"redis://127.0.0.1:{port}"}]}))
    code = code.replace("{ createClient }", "{ createCluster }").replace("await call('licet_breaker', ready, 'A. Martin',\n  'the box was replaced');\n", "")
    path = os.path.join(env.folder, "example.mjs")
    with open(path, "w", encoding="utf-8") as f:
        f.write("const placeCall = async job => 'answered';\n" + there(code))
    done = subprocess.run(["/usr/bin/node", path], capture_output=True, text=True, check=False, timeout=60, env={**env.environment(), "NODE_PATH": "/usr/share/nodejs"})
    equal((done.returncode, done.stderr), (0, ""))
    is_recorded(w)
