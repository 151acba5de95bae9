"""Run the end-to-end tests: run.py [PATTERN]... | --own

A test stands in the folder of what it tests. A pattern is a part of "folder/file.test"; without one, all run but
those with a target of their own, which --own lists. The last line counts."""

import collections
import concurrent.futures
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness  # noqa: E402  pylint: disable=wrong-import-position
import offspring  # noqa: E402  pylint: disable=wrong-import-position

# Those of ten seconds and more come first: nobody waits for the last of them alone.
LONG = tuple("/" + name for name in (
    "test_unanswered.test_each_read_fails_once", "test_packed_list.test_a_hash_that_is_no_packed_list", "test_chaos.test_whatever_happens",
    "test_log_gate.test_a_slow_disk_never_stalls_the_loop", "test_log_gate.test_one_instance_writes_and_the_other_takes_over",
    "test_log_gate.test_a_daemon_without_a_log_stands_still_beside_one_that_has_it", "test_stop.test_terminated", "test_stop.test_interrupted",
    "test_log_compare.test_each_attack_is_named", "test_log_prove.test_both_agree_on_damaged_proofs", "test_serve.test_a_rate_for_all",
    "test_serve.test_as_the_hub_says", "test_retention.test_time_goes_by", "test_french.test_nothing_stays_english",
    "test_refused_reads.test_every_read_fails_once", "test_half_done.test_each_call_raises", "test_race.test_killed_at_any_moment",
    "test_race.test_windows_and_brakes_are_final", "test_race.test_an_opposition_is_final", "test_verify.test_what_is_no_receipt",
    "test_numbers.test_functions_read_as_the_core_does", "test_lead.test_half_each", "test_page_spaces.test_three_spaces", "test_come_and_go.test_top",
    "test_come_and_go.test_follow", "test_come_and_go.test_a_sender", "test_metrics.test_progress_and_what_waits_lawfully",
    "test_forecast.test_the_end_comes_first", "test_rulebooks.test_zone_data_that_is_renewed_is_read_again",
    "test_release.test_holds_until_the_window_opens", "test_paper.test_printed_on_paper", "test_campaign.test_export_that_fails_ends_nothing",
    "test_log_erase.test_killed_while_lines_go", "test_sentinel.test_the_bridge_dials_once_through_a_failover"))
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def find_files():
    """Of the tests, each as "folder/file". They import each other by their file's name, which only one of them has."""
    top = os.path.dirname(os.path.abspath(__file__))
    files = sorted(os.path.relpath(os.path.join(folder, file), top)[:-3] for folder, _, names in os.walk(top)
                   for file in names if file.startswith("test_") and file.endswith(".py"))
    named = collections.Counter(os.path.basename(file) for file in files)
    twice = [name for name, count in named.items() if count > 1]
    if twice:
        sys.exit(f"run.py: more than one file is named {', '.join(twice)}")
    sys.path.extend(dict.fromkeys(os.path.join(top, os.path.dirname(file)) for file in files))
    return files


def discover(patterns, own=False):
    """The names of the tests, file by file; with own those that have a target of their own."""
    for file in find_files():
        module = importlib.import_module(os.path.basename(file))
        for name, test in list(vars(module).items()):
            full = f"{file}.{name}"
            if not name.startswith("test_") or not callable(test) or (harness.SLOW > 1 and hasattr(test, "full_speed")):
                continue
            if any(p in full for p in patterns) if patterns else hasattr(test, "own_target") == own:
                yield full


def run(full):
    """Returns the name, the seconds, the folder, why it was skipped, and the traceback of the failure; None: neither."""
    file, name = full.split(".")
    test = getattr(importlib.import_module(os.path.basename(file)), name)
    start = time.monotonic()
    failure = skipped = None
    env = harness.Env(full, within=tempfile.gettempdir())
    try:
        test(env)
        env.check_masked()
    except harness.Skipped as why:
        skipped = str(why)
    except Exception:  # pylint: disable=broad-except
        failure = traceback.format_exc()
    finally:
        env.end()
        offspring.end_all()
        harness.let_go_of_ports()
        env.close(failure is not None or sys.exc_info()[0] is not None)
    return full, time.monotonic() - start, env.folder, skipped, failure


class Stopped(BaseException):
    """By a signal, which it names."""


def stop(number, _):
    for each in STOPPING:  # once is enough
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def work():
    """What a process that runs tests begins with. Ctrl-C reaches it as well: it is the first process that ends all."""
    for number in STOPPING:
        if signal.getsignal(number) is stop:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, lambda *_: None)
    harness._die_with_parent()  # pylint: disable=protected-access
    offspring.adopt()


def measures(full):
    """Is nothing to run beside it?"""
    file, name = full.split(".")
    return hasattr(getattr(importlib.import_module(os.path.basename(file)), name), "measures")


def run_all(names, kept, jobs):
    """So many at once; each has a Redis and a folder of its own. Returns how many passed, failed and were skipped."""
    passed = failed = left_out = 0
    slow = []
    # Not a Pool: its workers may start no processes of their own. Not "with": when it is stopped, it would wait for all the tests.
    pool = concurrent.futures.ProcessPoolExecutor(jobs, initializer=work)
    for done in concurrent.futures.as_completed([pool.submit(run, name) for name in names]):
        full, seconds, folder, skipped, failure = done.result()
        slow.append((seconds, full))
        if skipped is not None:
            left_out += 1
            print(f"skipped {full}: {skipped}", flush=True)
        elif failure is None:
            passed += 1
        else:
            failed += 1
            kept.append(folder)
            print(f"FAILED {full}\n{failure}", flush=True)
    pool.shutdown()
    if os.environ.get("LICET_SLOW"):
        for seconds, full in sorted(slow, reverse=True)[:10]:
            print(f"{seconds:6.2f} s  {full}")
    return passed, failed, left_out


def clear(folder, kept):
    """The folder of this run, but for what a test that failed has left to be looked at."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path not in kept:
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    if not kept:
        os.rmdir(folder)


def main():
    if sys.argv[1:] == ["--own"]:
        print("\n".join(discover([], own=True)))
        return 0
    names = sorted(discover(sys.argv[1:]), key=lambda name: not name.endswith(LONG))
    kept = []
    offspring.adopt()
    folder = tempfile.tempdir = os.environ["TMPDIR"] = harness.make_folder()
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, stop)
    # Four times as many at once as there are cores, and two: most of a test is waiting. A sanitizer works meanwhile: three times.
    jobs = int(os.environ.get("LICET_JOBS", 2 + (3 if harness.SLOW > 1 else 4) * (os.cpu_count() or 1)))
    alone = [name for name in names if measures(name)]
    try:
        counts = [run_all([name for name in names if name not in alone], kept, jobs)] if len(alone) < len(names) else []
        counts += [run_all(alone, kept, 1)] if alone else []
        passed, failed, skipped = map(sum, zip((0, 0, 0), *counts))
    except Stopped as stopped:
        offspring.end_all()
        clear(folder, kept)
        print("stopped", flush=True)
        # As the signal would have: without waiting for what was to be done.
        signal.signal(stopped.args[0], signal.SIG_DFL)
        os.kill(os.getpid(), stopped.args[0])
    offspring.end_all()
    clear(folder, kept)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
