#!/usr/bin/python3
"""make mutants: is each value of the law noticed by a test?

Each mutant is the law of France with one value changed: the unit tests that judge the law run on it (LICET_LAW names it) and one of them
must fail. A mutant that does not even load is no mutant. With core, lines of core.txt are changed in a copy of the sources.
One that survives is reported, exit 1: add the row that notices it."""

import argparse
import concurrent.futures
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import law

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAW = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")
# The cheapest that notice most come first.
TESTS = ("section11", "place", "consent", "campaign", "campaign_law", "situation", "phone", "decide", "rulebook", "window")
ENVIRONMENT = {**os.environ, "LICET_SEED": "1"}


def fails(build, name, **more):
    """Does that test fail?"""
    try:
        done = subprocess.run([os.path.join(build, "tests", name + "_test")], cwd=ROOT, env={**ENVIRONMENT, **more}, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def loads(build, path):
    """A number is judged by it, whatever comes out."""
    with open(path + ".licet", "w", encoding="utf-8") as f:
        f.write(f'rulebook = "{path}";\n')
    done = subprocess.run([os.path.join(build, "licetctl"), "phone", "0612345678", "--json", "-c", path + ".licet"], cwd=ROOT, capture_output=True,
                          timeout=60, check=False)
    os.remove(path + ".licet")
    return done.stdout != b""


def judge(build, folder, n, text):
    """None: it does not load. The test that noticed it, or "": none did."""
    path = os.path.join(folder, f"{n}.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    try:
        noticed = next((t for t in TESTS if fails(build, t, LICET_LAW=path)), "")
        return noticed if noticed == "" or loads(build, path) else None
    finally:
        os.remove(path)


def of_the_law(build, folder, sample):
    with open(LAW, encoding="utf-8") as f:
        whole = f.read()
    if judge(build, folder, "same", whole) != "":
        raise SystemExit("a copy of the law is not judged as the law is: run the unit tests")
    every = list(law.mutants(whole))
    if sample:
        every = random.Random(20261124).sample(every, sample)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        verdicts = list(pool.map(lambda item: judge(build, folder, item[0], item[1][1]), enumerate(every)))
    alive = [what for (what, _), verdict in zip(every, verdicts) if verdict == ""]
    print(f"mutants: {len(every)} of the law, {verdicts.count(None)} do not load, {len(every) - len(alive) - verdicts.count(None)} noticed, "
          f"{len(alive)} survive")
    return [f"{os.path.relpath(LAW, ROOT)}: {what}" for what in alive]


# --- core.txt: file | text | what it becomes -----------------------------------------------------------------

def lines_of_core():
    with open(os.path.join(os.path.dirname(__file__), "core.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.strip() and not line.startswith("#"):
                parts = [part.strip() for part in re.split(r" \| ", line.rstrip("\n"))]
                if len(parts) != 3:
                    raise SystemExit(f"core.txt:{number}: expected file | text | what it becomes")
                yield parts


def of_core(build, folder):
    """In a copy of the sources that takes over what was built."""
    copy = os.path.join(folder, "copy")
    for part in ("src", "include", "tests", "conf", "Makefile"):
        source, target = os.path.join(ROOT, part), os.path.join(copy, part)
        os.makedirs(copy, exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    shutil.copytree(build, os.path.join(copy, os.path.relpath(build, ROOT)))
    for stamp in glob.glob(os.path.join(ROOT, "build", "deps-*")):
        shutil.copy2(stamp, os.path.join(copy, "build"))
    alive, count = [], 0
    binaries = [os.path.join(os.path.relpath(build, ROOT), "tests", t + "_test") for t in TESTS]
    for file, was, becomes in lines_of_core():
        path = os.path.join(copy, file)
        with open(path, encoding="utf-8") as f:
            whole = f.read()
        found = list(re.finditer(r"\s+".join(re.escape(word) for word in was.split(" ")), whole))
        if len(found) != 1:
            raise SystemExit(f"core.txt: {was!r} stands {len(found)} times in {file}")
        count += 1
        write(path, whole[:found[0].start()] + becomes + whole[found[0].end():])
        made = subprocess.run(["make", "-s", "-j2", *binaries], cwd=copy, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if made.returncode != 0:
            raise SystemExit(f"core.txt: {becomes!r} does not build: {made.stderr[:400]}")
        if not any(subprocess.run([os.path.join(copy, b)], cwd=copy, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  check=False).returncode for b in binaries):
            alive.append(f"{file}: {was} became {becomes}")
        write(path, whole)
    print(f"mutants: {count} of the core, {len(alive)} survive")
    return alive


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--sample", type=int, default=0, help="so many of the law, always the same")
    options.add_argument("--core", action="store_true", help="those of core.txt as well")
    given = options.parse_args()
    build = os.path.join(ROOT, os.environ.get("LICET_BUILD", "build/release"))
    with tempfile.TemporaryDirectory(prefix="licet-mutants-") as folder:
        # Copies: whoever builds meanwhile changes nothing.
        os.mkdir(os.path.join(folder, "tests"))
        for name in ["licetctl", *(f"tests/{t}_test" for t in TESTS)]:
            shutil.copy2(os.path.join(build, name), os.path.join(folder, name))
        alive = of_the_law(folder, folder, given.sample)
        if given.core:
            alive += of_core(build, folder)
    for what in alive:
        print("  " + what)
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
