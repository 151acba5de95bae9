"""Spaces that come into the hub, or leave it, while something runs that looks at all of them."""

import os

from harness import equal, full_speed, wait_until
from sender import Sender
from terminal import Terminal
from test_serve import HUB, LIMIT_MS, begin, serve, space
from world import job


def comes(env, name, worlds):
    w = space(env, name, [name, *[x.name for x in worlds]])
    for x in worlds:
        x.r.hset(x.p + "peers", name, LIMIT_MS)
    w.r.hset(HUB, name, "open")
    return w


@full_speed
def test_a_sender(env):
    """Who comes is served within seconds; who goes is taken from no more, and what is out there is reported; who comes back is served again."""
    daemon, (a, b) = begin(env, "a", "b", said="*")
    go, out = os.path.join(env.folder, "go"), os.path.join(env.folder, "out")
    sender = Sender(env, f'echo "$LICET_SPACE $LICET_ID" >> {out}; [ $LICET_ID != 7 ] || until [ -e {go} ]; do sleep 0.02; done; echo answered', "--jobs", "4")

    def called():
        if not os.path.exists(out):
            return []
        with open(out, encoding="utf-8") as f:
            return f.read().split("\n")[:-1]
    a.push(job(1))
    b.push(job(7))
    wait_until(lambda: sorted(called()) == ["a 1", "b 7"], 20, lambda: f"{called()}\n{sender.err}")
    c = comes(env, "c", (a, b))
    c.push(job(2))
    c.wait_stat("done", 1, 20)
    # b goes while its call lasts.
    b.r.hdel(HUB, "b")
    sender.wait_said("event=space-left space=b running=1")
    wait_until(lambda: "event=space-ended space=b" in daemon.log(), 10, daemon.log)
    equal(b.r.hlen(b.p + "ready:main:lease"), 1)
    with open(go, "w", encoding="utf-8"):
        pass
    wait_until(lambda: b.r.hlen(b.p + "ready:main:lease") == 0 and b.r.xlen(b.p + "settle:main") == 1, 10, lambda: f"the report\n{sender.err}")
    c.push(job(3))
    c.wait_stat("done", 2)
    # And comes back.
    b.r.hset(HUB, "b", "open")
    b.push(job(8))
    b.wait_stat("done", 2, 20)
    equal(sorted(called()), ["a 1", "b 7", "b 8", "c 2", "c 3"])
    # A hub that is lost, or says nonsense, changes nothing.
    b.r.delete(HUB)
    b.r.set(HUB, "a string")
    a.push(job(4))
    a.wait_stat("done", 2)
    sender.signal().wait()
    daemon.stop()
    for w in (a, b, c):
        w.balance()


def test_a_sender_of_one(env):
    """It began with the only space there was."""
    a = space(env, "a")
    a.r.hset(HUB, "a", "open")
    a.r.hset(a.p + "peers", "*", "alone")
    daemon = serve(env, [a], "*")
    sender = Sender(env, "echo answered", common=["-c", env.conf, "--prefix", "licet-sim:", *env.server.words])
    a.push(job(1))
    a.wait_stat("done", 1)
    b = comes(env, "b", (a,))
    a.r.hdel(a.p + "peers", "*")
    b.push(job(2))
    b.wait_stat("done", 1, 20)
    a.push(job(3))
    a.wait_stat("done", 2)
    sender.signal().wait()
    daemon.stop()


@full_speed
def test_top(env):
    """It shows who comes, and no more who has gone."""
    daemon, (a, b) = begin(env, "a", "b", said="*")
    terminal = Terminal(env, 100, 30)
    terminal.licetctl("top")
    terminal.wait_for("2 campaigns in 2 spaces")
    comes(env, "c", (a, b))
    terminal.wait_for("3 campaigns in 3 spaces", timeout=20)
    b.r.hdel(HUB, "b")
    terminal.wait_for("2 campaigns in 2 spaces", timeout=20)
    b.r.hdel(HUB, "a")
    terminal.wait_for("1 campaign in 1 space ", timeout=20)
    terminal.key("q")
    terminal.wait_for("$")
    daemon.stop()


@full_speed
def test_follow(env):
    """One space is followed; that there are others by now is said, and it goes on."""
    a = space(env, "a")
    a.r.hset(HUB, "a", "open")
    a.r.xadd(a.key("refused"), {"id": "1", "reason": "opposed-platform"})
    out, err = (os.path.join(env.folder, name) for name in ("out", "err"))
    terminal = Terminal(env, 100, 30)
    env.set_prefix(a.p)
    env.write_conf(f'prefix = "{a.p}";\n')
    terminal.licetctl("follow", after=f" > {out} 2> {err}")

    def said(path):
        with open(path, encoding="utf-8") as f:
            return f.read()
    wait_until(lambda: os.path.exists(out) and '"id":"1"' in said(out), 10, "the first line")
    comes(env, "b", (a,))
    wait_until(lambda: "of 2 spaces that there are now, this follows space a" in said(err), 20, lambda: said(err))
    a.r.xadd(a.key("refused"), {"id": "2", "reason": "opposed-platform"})
    wait_until(lambda: '"id":"2"' in said(out), 10, lambda: said(out))
