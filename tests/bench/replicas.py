"""What WAIT costs: the release path with a replica, without and with wait_replicas = 1.

    make bench-replicas [JOBS=200000]

Master, replica, one Sentinel and the daemon share this machine: read the ratio."""

import sys

import bench
import harness
from cluster import Cluster


def rate(label, more):
    env = harness.Env("bench", prefix=bench.SIM)
    try:
        cluster = Cluster(env, sentinels=1)
        cluster.configure(env, more=more)
        bench.define(env.redis, bench.SIM)
        return bench.release_run(env, label)
    finally:
        env.close(False)


def main():
    plain = [rate("no WAIT", ""), rate("no WAIT", "")]
    waiting = [rate("WAIT 1 ", "wait_replicas = 1;"), rate("WAIT 1 ", "wait_replicas = 1;")]
    print(f"release with wait_replicas = 1: {max(waiting) / max(plain):.2f} of what it is without")
    return 0


if __name__ == "__main__":
    sys.exit(main())
