"""licetctl follow: each outcome as a line of JSON, none missing, whatever is killed; and the webhook that posts them."""

import contextlib
import hashlib
import hmac
import http.server
import json
import os
import random
import signal
import subprocess
import threading

import harness
from checks import fails, misuse
from harness import Failure, contains, equal, own_target, wait_until
from world import CAMPAIGN, OPEN, World, job, start

WEBHOOK = os.path.join(harness.ROOT, "tests", "examples", "webhook")


def lines(done):
    return [json.loads(line) for line in done.out.splitlines()]


def fill(w, count, first=0):
    """Entries as licetd writes them."""
    for i in range(first, first + count):
        w.r.xadd(w.key("done" if i % 2 else "refused"), {"id": str(i), "to": f"+336{i:08d}", "outcome": "answered", "reason": "cancelled", "job": "{}"}, id=f"{1795511400000 + i}-0")


def test_follow_goes_on(env):
    """Done, refused and invalid, of all campaigns or some; each group where it was; what is written anew and made anew later."""
    w = start(env)
    other = World(env, w.p, "acme.other").define()
    w.push(job(1), job(2, consent=None), "no json")
    w.wait_intake(3)
    other.push(job(3, consent=None))
    other.wait_intake(1)
    w.done(w.take(1)[0]["token"], "answered", "said yes")
    w.wait_stat("done", 1)
    got = lines(env.ctl("follow", "--once"))
    equal(sorted((e["stream"], e["campaign"], e.get("id", "")) for e in got),
          [("done", CAMPAIGN, "1"), ("invalid", CAMPAIGN, ""), ("refused", CAMPAIGN, "2"), ("refused", "acme.other", "3")])
    one = next(e for e in got if e["stream"] == "done")
    equal((one["event_id"], one["outcome"], one["to"], one["detail"]), (f"done:{CAMPAIGN}:{one['entry']}", "answered", "+33600000001", "said yes"))
    equal(lines(env.ctl("follow", "--once")), [])
    equal(len(lines(env.ctl("follow", CAMPAIGN, "--once", "--group", "crm", "--kinds", "refused"))), 1)
    w.oppose("+33600000009")
    equal([(e["stream"], e["number"], e["kind"]) for e in lines(env.ctl("follow", "--once", "--kinds", "oppositions"))], [("oppositions", "+33600000009", "opposed")])
    # A line that was written and not acknowledged comes again.
    w.push(job(5, consent=None))
    w.wait_stat("refused", 2)
    w.r.xreadgroup("follow", "licetctl", {w.key("refused"): ">"})
    equal([e["id"] for e in lines(env.ctl("follow", "--once"))], ["5"])
    w.r.xgroup_destroy(w.key("refused"), "follow")
    equal([e["id"] for e in lines(env.ctl("follow", "--once"))], ["2", "5"])
    contains(misuse(env, "follow", "--kinds", "refusd"), "did you mean refused?")
    contains(fails(env, "follow", "acme.noe"), "did you mean")


def test_follow_as_it_comes(env):
    """And a campaign that is made while it runs."""
    w = World(env).define()
    words = [os.path.join(harness.BUILD, "licetctl"), "follow", *env.common()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=harness.ROOT, env=env.environment()) as p:
        fill(w, 2)
        got = [json.loads(p.stdout.readline()) for _ in range(2)]
        other = World(env, w.p, "acme.new").define()
        fill(other, 2)
        got += [json.loads(p.stdout.readline()) for _ in range(2)]
        p.kill()
    equal(sorted((e["campaign"], e["id"]) for e in got), sorted([(c, i) for c in (CAMPAIGN, "acme.new") for i in "01"]))


def test_follow_acknowledges_what_is_named(env):
    w = World(env).define()
    fill(w, 5)
    words = [os.path.join(harness.BUILD, "licetctl"), "follow", "--ack", *env.common()]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=harness.ROOT, env=env.environment()) as p:
        first = [json.loads(p.stdout.readline()) for _ in range(5)]
        p.stdin.write("".join(e["event_id"] + "\n" for e in first[:2]).encode() + b"no such\n")
        p.stdin.flush()
        p.stdin.close()
        equal(p.wait(20), 0)
    equal(sorted(e["id"] for e in lines(env.ctl("follow", "--once"))), sorted(e["id"] for e in first[2:]))


# -- the webhook


class Receiver:
    """A loopback server that answers as it pleases; what it accepted."""

    def __init__(self, secret, choose):
        self.got, self.bad, self.tries = [], [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) < int(self.headers["Content-Length"]):
                    return  # the client was killed in the middle of it
                stamp, event = self.headers["Licet-Timestamp"], self.headers["Licet-Event"]
                want = "v1=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
                if not hmac.compare_digest(self.headers["Licet-Signature"], want) or json.loads(body)["event_id"] != event:
                    outer.bad.append(event)
                outer.tries += 1
                status = choose(event, outer.tries)
                if status == 200:
                    outer.got.append(event)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # of a client that was killed
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def hook(env, url):
    secret = os.path.join(env.folder, "secret")
    with open(secret, "w", encoding="utf-8") as f:
        f.write("s3cret\n")
    dead = os.path.join(env.folder, "dead.jsonl")
    words = [WEBHOOK, "--url", url, "--secret-file", secret, "--dead-letters", dead, "--attempts", "3", "--first-pause", "0.01", "--",
             os.path.join(harness.BUILD, "licetctl"), "follow", *env.common(), "--group", "crm"]
    return words, dead


def buried(dead):
    if not os.path.exists(dead):
        return set()
    with open(dead, encoding="utf-8") as f:
        return {json.loads(line)["event_id"] for line in f if line.endswith("\n")}


def killed_hook(env, total, kills):
    """kill -9 of webhook and follow, at any moment, before a receiver that often fails: each event arrived, or is a dead letter."""
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    w = World(env).define()
    receiver = Receiver(b"s3cret", lambda event, n: 410 if event.endswith("7-0") else 200 if chance.random() < 0.7 else 503)
    words, dead = hook(env, receiver.url)
    for k in range(kills + 1):
        fill(w, total // (kills + 1), k * (total // (kills + 1)))
        known = len(receiver.got)
        with subprocess.Popen(words, cwd=harness.ROOT, env=env.environment(), stderr=subprocess.DEVNULL, start_new_session=True) as p:
            # So many more, or all there are.
            goal, limit = (known + chance.randrange(1, 12), 30) if k < kills else (1 << 30, 60)
            try:
                wait_until(lambda g=goal: len(receiver.got) >= g or p.poll() is not None or
                           len(set(receiver.got) | buried(dead)) >= w.r.xlen(w.key("done")) + w.r.xlen(w.key("refused")), limit,
                           lambda: f"some events, or all, seed {seed}: {len(set(receiver.got))} and {len(buried(dead))}")
            finally:
                os.killpg(p.pid, signal.SIGKILL)
    want = {f"{kind}:{CAMPAIGN}:{entry}" for kind in ("done", "refused") for entry, _ in w.r.xrange(w.key(kind))}
    have = set(receiver.got) | buried(dead)
    equal((sorted(want - have), sorted(have - want), receiver.bad), ([], [], []), f"missing, unknown, badly signed, seed {seed}")
    if not {e for e in want if e.endswith("7-0")} <= buried(dead):
        raise Failure(f"what is gone for good is no dead letter, seed {seed}")
    equal(os.stat(dead).st_mode & 0o777, 0o600)


def test_webhook_loses_none(env):
    killed_hook(env, 60, 5)


@own_target
def test_webhook_loses_none_many_times(env):
    killed_hook(env, 2000, 200)
