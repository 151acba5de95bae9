"""What the tests of licetctl ask of its output: one line of error, numbers masked."""

import json
import math
import threading
import time

from harness import Failure, equal

NUMBER = "+33600000001"
HIDDEN = "600000001"  # of NUMBER: what no text may show
MASK = "+3360000••••"


def one_line(result, code):
    """An error is one line on standard error, without a number in it."""
    equal((result.code, result.out, result.err.count("\n")), (code, "", 1), repr(result))
    if HIDDEN in result.err:
        raise Failure(f"a number in {result.err!r}")
    return result.err


def misuse(env, *words):
    return one_line(env.ctl(*words, code=None), 2)


def fails(env, *words, **options):
    return one_line(env.ctl(*words, code=None, **options), 1)


def shows(env, *words, code=0, **options):
    """The text for people: masked."""
    out = env.ctl(*words, code=code, **options).out
    if HIDDEN in out or "\033" in out:
        raise Failure(f"{words}: {out!r}")
    return out


def write(env, name, *lines):
    path = env.folder + "/" + name
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(line + "\n" for line in lines))
    return path


def lines(path):
    """What a file of JSON lines has."""
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


class Busy:
    """What a busy machine costs whoever releases a job every so often: a release that comes late, and the pace does not make up
    for it. Wakes as often and asks Redis once, as a release does; a few milliseconds are nothing, what is more is lost."""

    FREE_S = 0.005

    def __init__(self, env, every_s):
        env.redis  # pylint: disable=pointless-statement
        self.client, self.every_s, self.lost_s, self.over = env.server.connect(), every_s, 0, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        while True:
            began = time.monotonic()
            if self.over.wait(self.every_s):
                return
            self.client.ping()
            self.lost_s += max(0, time.monotonic() - began - self.every_s - self.FREE_S)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.client.close()

    @property
    def late_s(self):
        """Twice what was seen: it is another process that was late."""
        return 2 * self.lost_s

    @property
    def jobs(self):
        """How many fewer may have gone out until now; a part of the time between two makes one late."""
        return math.ceil(self.late_s / self.every_s)
