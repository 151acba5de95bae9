"""Run the end-to-end tests: run.py [PATTERN]...

A pattern is a part of "file.test"; without one, all run. The last line counts."""

import concurrent.futures
import importlib
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness  # noqa: E402  pylint: disable=wrong-import-position


def discover(patterns):
    """The names of the tests, file by file."""
    folder = os.path.dirname(os.path.abspath(__file__))
    for file in sorted(os.listdir(folder)):
        if not (file.startswith("test_") and file.endswith(".py")):
            continue
        module = importlib.import_module(file[:-3])
        for name, test in list(vars(module).items()):
            full = f"{file[:-3]}.{name}"
            if name.startswith("test_") and callable(test) and (patterns or not hasattr(test, "own_target")) and not (harness.SLOW > 1 and hasattr(test, "full_speed")) and (
                    not patterns or any(p in full for p in patterns)):
                yield full


def run(full):
    """Returns the name, the seconds, and None or the traceback of the failure."""
    module, name = full.split(".")
    test = getattr(importlib.import_module(module), name)
    start = time.monotonic()
    failure = None
    env = harness.Env(full)
    try:
        test(env)
        env.check_masked()
    except Exception:  # pylint: disable=broad-except
        failure = traceback.format_exc()
    finally:
        env.close(failure is not None or sys.exc_info()[0] is not None)
    return full, time.monotonic() - start, failure


def main():
    """Twice as many at once as there are cores, and two (LICET_JOBS): most of a test is waiting, and
    each has a Redis and a folder of its own."""
    jobs = int(os.environ.get("LICET_JOBS", 2 + 2 * (os.cpu_count() or 1)))
    # The long ones first: nobody waits for the last of them alone.
    long = ("test_sentinel", "test_simulate", "test_forecast", "test_chaos", "test_race", "test_retention", "test_enqueue", "test_memory",
            "test_examples")
    names = sorted(discover(sys.argv[1:]), key=lambda name: not name.startswith(long))
    passed = failed = 0
    slow = []
    # Not a Pool: its workers may start no processes of their own.
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, name) for name in names]):
            full, seconds, failure = done.result()
            slow.append((seconds, full))
            if failure is None:
                passed += 1
            else:
                failed += 1
                print(f"FAILED {full}\n{failure}", flush=True)
    if os.environ.get("LICET_SLOW"):
        for seconds, full in sorted(slow, reverse=True)[:10]:
            print(f"{seconds:6.2f} s  {full}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
