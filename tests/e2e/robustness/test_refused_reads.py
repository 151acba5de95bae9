"""Each command that licetd asks Redis is once refused, or its answer is lost: nothing that it knows is forgotten for that, what
could not be read is not taken for none, and all goes on."""

import itertools
import os
import random
import time

from harness import SLOW, Failure, equal, wait_until
from proxy import ERRORS, Proxy
from race import seed_of
from world import OPEN, World, job

# `make check` tries a few of all kinds and errors; `make check-long` tries them all (LICET_READS).
TRIES = int(os.environ.get("LICET_READS", "0")) or 10 // SLOW
ON_LIST = "+33760000001"
WATCHED_S = 3 * SLOW


def kind_of(words, prefix):
    """Of a function its name, of other commands what the key is of."""
    name = words[0].decode().upper()
    if name in ("FCALL", "FCALL_RO"):
        return words[1].decode()
    key = next((w.decode() for w in words[1:] if w.startswith(prefix.encode())), prefix)[len(prefix):]
    return f"{name} {key.split(':')[0]}".strip()


class Life:
    """A campaign that goes on, with who may be called and who may not, and licetd behind a proxy."""

    def __init__(self, env):
        self.w = w = World(env).define()
        w.r.sadd(w.p + "list:opposition", ON_LIST)
        self.proxy = Proxy(env)
        env.server.words = ["--socket", self.proxy.path]
        w.daemon = env.daemon("--simulate", OPEN)
        self.rounds = 0

    def goes_on(self, label):
        """Whoever objected is refused, the other is handed over, and licetd still knows what it knew."""
        w, self.rounds = self.w, self.rounds + 1
        w.push(job(f"no-{self.rounds}", ON_LIST), job(self.rounds))
        equal([j["id"] for j in w.wait_taken(1, 20)], [str(self.rounds)], label)
        w.wait_stat("refused.opposed-platform", self.rounds, 20)
        wrong = [e for e in (f["error"] for _, f in w.r.xrange(w.p + "errors")) if "not in campaigns" in e or "lacks" in e or "never declared" in e]
        equal(wrong, [], f"{label}: what is said")
        if w.daemon.process.poll() is not None:
            raise Failure(f"{label}: licetd ended\n{w.daemon.log()}")

    def kinds(self):
        """What licetd asks again and again while jobs come and go."""
        self.goes_on("the first")
        seen = []
        for _ in range(2):
            self.proxy.requests.clear()
            ends = time.monotonic() + WATCHED_S
            while time.monotonic() < ends:
                self.goes_on("all is well")
            seen.append({kind_of(words, self.w.p) for words in list(self.proxy.requests)})
        return sorted(seen[0] & seen[1])

    def goes_wrong(self, kind, error):
        proxy, prefix = self.proxy, self.w.p
        proxy.refused.clear()
        proxy.cut, proxy.error = error == "cut", ERRORS[error]
        proxy.refuse = lambda words: kind_of(words, prefix) == kind
        wait_until(lambda: self.goes_on(f"{kind}, {error}") or proxy.refused.is_set(), 20, f"{kind} to be asked")
        self.goes_on(f"after {kind}, {error}")


def test_every_read_fails_once(env):
    life = Life(env)
    kinds = life.kinds()
    assert len(kinds) > 12, kinds
    tries = list(itertools.product(kinds, ERRORS))
    random.Random(seed_of(env.name)).shuffle(tries)
    for kind, error in tries[:TRIES]:
        life.goes_wrong(kind, error)
    life.w.balance()
    print(f"  {len(kinds)} kinds: {', '.join(kinds)}")
