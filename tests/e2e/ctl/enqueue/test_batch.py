"""licetctl batch: what was queued as one ends as one, wherever its jobs are, whatever is killed meanwhile."""

import hashlib
import json
import os
import random
import signal
import subprocess

import harness
from checks import fails, misuse, write
from harness import contains, equal, own_target, wait_until
from world import CAMPAIGN, OPEN, World, job, start

FAR = "2026-11-26T11:00:00+01:00"


def jobs_file(env, name, *jobs):
    return write(env, name, *[json.dumps(j) for j in jobs])


def batches(w):
    return {k: json.loads(v) for k, v in w.r.hgetall(w.key("batches")).items()}


def test_batch_list_and_show(env):
    w = World(env).define()
    path = write(env, "contacts.csv", "id;to", "1;0600000001", "2;06", "3;0600000003")
    env.ctl("enqueue", CAMPAIGN, path, code=1)
    env.ctl("enqueue", CAMPAIGN, "-", "--batch", "noël", stdin=json.dumps(job(4)).encode())
    env.ctl("enqueue", CAMPAIGN, jobs_file(env, "more.jsonl", job(5), job(6)), "--batch", "noël")
    got = batches(w)
    equal({k: (v["name"], v["lines"], v["queued"], v["refused"]) for k, v in got.items()}, {"contacts.csv": ("contacts.csv", 4, 2, 1), "noël": ("noël", 3, 3, 0)})
    equal(all(v["by"] and v["at"].endswith("Z") for v in got.values()), True)
    # The file has grown; another one of its name is another batch; a dry run is none.
    with open(path, "a", encoding="utf-8") as f:
        f.write("7;0600000007\n")
    env.ctl("enqueue", CAMPAIGN, path)
    env.ctl("enqueue", CAMPAIGN, path)
    equal({k: batches(w)["contacts.csv"][k] for k in ("lines", "queued", "refused")}, {"lines": 5, "queued": 3, "refused": 1})
    os.makedirs(env.folder + "/other")
    env.ctl("enqueue", CAMPAIGN, write(env, "other/contacts.csv", "id;to;x", "8;0600000008;"))
    env.ctl("enqueue", CAMPAIGN, write(env, "dry.csv", "id;to", "9;0600000009"), "--dry-run")
    listed = env.ctl_json("batch", "list", CAMPAIGN)
    equal(sorted(b["name"].split("-")[0] for b in listed), ["contacts.csv", "contacts.csv", "noël"])
    equal({b["state"] for b in listed}, {"queued"})
    contains(env.ctl("batch", "list", CAMPAIGN).out, "contacts.csv")
    contains(env.ctl("batch", "show", CAMPAIGN, "contacts.csv").out, "5 lines, 3 jobs queued, 1 refused")
    contains(fails(env, "batch", "show", CAMPAIGN, "contact.csv"), "did you mean contacts.csv?")
    misuse(env, "batch", "drop", CAMPAIGN, "x")
    misuse(env, "batch", "cancel", CAMPAIGN)
    misuse(env, "enqueue", CAMPAIGN, path, "--batch", "a\nb")


def everywhere(env, **definition):
    """A world in which jobs of two batches are queued, held, put off, ready and with a sender; licetd runs."""
    w = World(env).define(**definition)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": "6"})
    mine = [job(i) for i in range(1, 9)] + [job(20, not_before=FAR), job(21, not_before=FAR), job(30, postcode="97110", to="+590690000030")]
    theirs = [job(101), job(120, not_before=FAR), job(130, postcode="97110", to="+590690000130")]
    w.daemon = env.daemon("--simulate", OPEN)
    env.ctl("enqueue", CAMPAIGN, jobs_file(env, "mine.jsonl", *mine))
    env.ctl("enqueue", CAMPAIGN, jobs_file(env, "theirs.jsonl", *theirs))
    w.wait_intake(14)
    return w


def test_batch_cancel_everywhere(env):
    """Wherever a job waits it ends as cancelled, what is out is counted and not tried again, and nothing else is touched."""
    w = everywhere(env, retry="busy:1h")
    taken = w.take(2)
    equal({j["id"] for j in taken} <= {str(i) for i in range(1, 9)}, True)
    done = env.ctl("batch", "cancel", CAMPAIGN, "mine.jsonl")
    contains(done.out, "9 jobs ended as cancelled; 2 are out with senders, and not tried again")
    w.wait_stat("cancelled", 9)
    entries = [e for _, e in w.r.xrange(w.key("refused"))]
    equal(({e["reason"] for e in entries}, {e["rule"] for e in entries}, len({e["id"] for e in entries})), ({"cancelled"}, {"batch"}, 9))
    equal(all(e["to"].startswith("+") and json.loads(e["job"])["id"] == e["id"] for e in entries), True)
    note = batches(w)["mine.jsonl"]
    equal((note["cancelled"], note["out"], "cancelled_at" in note, "cancelled_by" in note), (9, 2, True, True))
    w.done(taken[0]["token"], "busy")
    w.done(taken[1]["token"], "answered")
    w.wait_stat("later", 2)  # when it is due it is met there, and ends
    equal(w.r.sismember(w.key("cancel"), taken[0]["id"]), 1)
    w.balance()
    # The other batch goes on; and the same file, put right, may be queued again.
    wait_until(lambda: [j["id"] for j in w.take(10)] == ["101"], 10, "the other batch")
    equal((w.r.exists(w.key("cancelling")), w.r.sismember(w.key("cancel"), "\n"), list(w.r.scan_iter(w.key("batch:*:gone")))), (0, 0, []))
    contains(fails(env, "batch", "cancel", CAMPAIGN, "mine.jsonl"), "was cancelled already")
    equal(env.ctl_json("enqueue", CAMPAIGN, env.folder + "/mine.jsonl", "--again")["pushed"], 11)
    equal("cancelled_at" in batches(w)["mine.jsonl"], False)
    wait_until(lambda: w.stat("intake") == 25, 10, "it again")


def test_batch_cancel_without_licetd(env):
    """What is queued ends though nothing else runs, if the functions are there; else the next licetd does it, and nothing moves before."""
    w = start(env)
    w.daemon.stop()
    env.ctl("enqueue", CAMPAIGN, jobs_file(env, "q.jsonl", *[job(i) for i in range(700)]))
    w.push(job(1000))
    contains(env.ctl("batch", "cancel", CAMPAIGN, "q.jsonl").out, "700 jobs ended as cancelled")
    equal((w.stat("cancelled"), w.stat("intake"), w.r.llen(w.key("queue"))), (700, 700, 1))
    env.ctl("enqueue", CAMPAIGN, jobs_file(env, "p.jsonl", job(2000), job(2001)))
    # As somebody who was killed just then left it.
    request = json.dumps({"by": "me", "at": "2026-11-24T09:00:00Z", "tag": tag_of("p.jsonl")})
    w.r.pipeline().hsetnx(w.key("cancelling"), "p.jsonl", request).sadd(w.key("cancel"), "\n").execute()
    contains(fails(env, "enqueue", CAMPAIGN, jobs_file(env, "r.jsonl", job(3000))), "a batch is being cancelled")
    w.daemon = env.daemon("--simulate", OPEN)
    w.wait_stat("cancelled", 702)
    wait_until(lambda: [j["id"] for j in w.take(10)] == ["1000"], 10, "what is left")
    equal(batches(w)["p.jsonl"]["cancelled"], 2)
    w.balance()


def tag_of(name):
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def kill_cancel(env, w, kills, chance):
    """kill -9 of whoever cancels, and of licetd, at any moment: the batch is whole, or gone."""
    name = "mine.jsonl"
    for k in range(kills):
        words = [os.path.join(harness.BUILD, "licetctl"), "batch", "cancel", CAMPAIGN, name, *env.common()]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=harness.ROOT, env=env.environment()) as p:
            deadline = chance.random() * 0.03
            try:
                p.wait(deadline)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL)
        if k % 4 == 3:
            w.daemon.kill()
            w.daemon = env.daemon("--simulate", OPEN)
        asked = w.r.hexists(w.key("cancelling"), name) or "cancelled_at" in batches(w)[name]
        if asked:
            return
    env.ctl("batch", "cancel", CAMPAIGN, name)


def killed_rounds(env, rounds):
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    w = World(env).define()
    w.daemon = env.daemon("--simulate", OPEN)
    total = 0
    for n in range(rounds):
        ids = range(n * 1000, n * 1000 + 300)
        # Those that are held, and those that are put off; licetd meets some of them while they are cancelled.
        some = [job(i, not_before=FAR) if i % 2 else job(i, postcode="97110", to=f"+590690{i:06d}") for i in ids]
        env.ctl("enqueue", CAMPAIGN, jobs_file(env, "mine.jsonl", *some), "--again", "--batch", "mine.jsonl")
        total += len(some)
        kill_cancel(env, w, 12, chance)
        wait_until(lambda: "cancelled_at" in batches(w)["mine.jsonl"], 20, f"the end of it, seed {seed}")
        equal((w.stat("cancelled"), w.r.llen(w.key("queue")), w.r.zcard(w.key("later"))), (total, 0, 0), f"round {n}, seed {seed}")
        w.balance()


def test_batch_cancel_killed(env):
    killed_rounds(env, 3)


@own_target
def test_batch_cancel_killed_many_times(env):
    """The long form: two hundred kills and more."""
    killed_rounds(env, 60)
