"""What the tests of licetctl ask of its output: one line of error, numbers masked."""

from harness import Failure, equal
from world import OPEN, World

NUMBER = "+33600000001"
HIDDEN = "600000001"  # of NUMBER: what no text may show
MASK = "+3360000••••"


def start(env, at=OPEN, **definition):
    w = World(env).define(**definition)
    w.daemon = env.daemon("--simulate", at)
    return w


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
