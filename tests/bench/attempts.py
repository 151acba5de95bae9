"""How much memory the attempts of many numbers take: bytes a number, counted in one run.

    make bench-attempts [NUMBERS=1000000]

The design's limit is 24 bytes for each number with attempts, at one million."""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position

NUMBERS = int(os.environ.get("NUMBERS", "1000000"))
LIMIT = 24


def main():
    env = harness.Env("bench-attempts", prefix="licet-sim:")
    try:
        r, p = env.start_redis(), env.prefix
        env.daemon("--simulate", "2026-11-24T09:00:00+01:00").stop()  # loads the library
        chance = random.Random(1)
        numbers = [f"+33{n}" for n in chance.sample(range(600000000, 800000000), NUMBERS)]
        worst = 0
        for attempt in range(1, 5):
            before = r.info("memory")["used_memory"] if attempt == 1 else start
            start = before
            for i in range(0, NUMBERS, 2000):
                pipe = r.pipeline(transaction=False)
                for number in numbers[i:i + 2000]:
                    pipe.fcall("licet_attempt", 1, p + "attempts:acme", number, f"2026-11-{10 + attempt:02d}")
                pipe.execute()
            each = (r.info("memory")["used_memory"] - start) / NUMBERS
            worst = max(worst, each)
            print(f"{NUMBERS} numbers with {attempt} attempts each: {each:5.2f} bytes a number, {r.hlen(p + 'attempts:acme')} buckets")
        print(f"limit: {LIMIT}")
        return 0 if worst <= LIMIT else 1
    finally:
        env.close(False)


if __name__ == "__main__":
    sys.exit(main())
