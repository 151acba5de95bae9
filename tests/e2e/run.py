"""Run the end-to-end tests: run.py [PATTERN]...

A pattern is a part of "file.test"; without one, all run. The last line counts."""

import importlib
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness  # noqa: E402  pylint: disable=wrong-import-position


def discover(patterns):
    folder = os.path.dirname(os.path.abspath(__file__))
    for file in sorted(os.listdir(folder)):
        if not (file.startswith("test_") and file.endswith(".py")):
            continue
        module = importlib.import_module(file[:-3])
        for name, test in list(vars(module).items()):
            full = f"{file[:-3]}.{name}"
            if name.startswith("test_") and callable(test) and (
                    not patterns or any(p in full for p in patterns)):
                yield full, test


def run(full, test):
    """Returns None, or the traceback of the failure."""
    failure = None
    env = harness.Env(full)
    try:
        test(env)
    except KeyboardInterrupt:
        env.close(True)
        raise
    except Exception:  # pylint: disable=broad-except
        failure = traceback.format_exc()
    env.close(failure is not None)
    return failure


def main():
    passed = failed = 0
    slow = []
    for full, test in discover(sys.argv[1:]):
        start = time.monotonic()
        failure = run(full, test)
        slow.append((time.monotonic() - start, full))
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
