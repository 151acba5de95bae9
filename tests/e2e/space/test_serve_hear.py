"""One licetd hears each other space once for all that hear it: whatever connection is lost, nobody lacks anything in the end."""

import random
import threading
import time

from harness import full_speed, own_target, wait_until
from test_serve import begin


def run(env, seconds, count):
    daemon, worlds = begin(env, *[f"s{i}" for i in range(count)])
    for w in worlds:
        wait_until(lambda w=w: f"event=spaces-heard space={w.name}" in daemon.log(), 20, "all to hear all")
    rng, r = random.Random(5), env.server.connect(client_name="test")
    stop, said, cut = threading.Event(), [0], 0

    def oppose(w, first):
        i, connection = first, env.server.connect(client_name="test")
        while not stop.is_set():
            connection.fcall("licet_oppose", 1, w.p + "list:opposition", f"+336{i:08d}", "web", "no", "", "")
            i += 1
            said[0] += 1
            time.sleep(0.01)
    objectors = [threading.Thread(target=oppose, args=(w, 10 ** 6 * k), daemon=True) for k, w in enumerate(worlds)]
    for each in objectors:
        each.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        # Whichever of licetd: of an ear, of one that catches up, of a space's work or watch, of a lead.
        theirs = [c["id"] for c in r.client_list() if c["name"] == ""]
        r.client_kill_filter(_id=rng.choice(theirs))
        cut += 1
        time.sleep(0.1)
    stop.set()
    for each in objectors:
        each.join(20)

    def lacks():
        """Of each space, what another has and it has not."""
        sets = [r.smembers(w.p + "list:opposition") for w in worlds]
        everything = set().union(*sets)
        return [len(everything - s) for s in sets]
    begun = time.monotonic()
    wait_until(lambda: lacks() == [0] * count, 60, lambda: f"all to have all, {lacks()}\n{daemon.log()[-3000:]}")
    print(f"  {said[0]} objections in {count} spaces, {cut} connections cut: all have all {time.monotonic() - begun:.1f} s after the last")
    daemon.stop()


@own_target
@full_speed
def test_connections_are_cut(env):
    run(env, 30, 8)


@full_speed
def test_some_are_cut(env):
    run(env, 2, 3)
