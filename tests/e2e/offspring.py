"""Processes that were started and left behind: none outlives its test, or the run."""

import ctypes
import glob
import os
import signal

PR_SET_CHILD_SUBREAPER = 36


def adopt():
    """Be the parent of all whose own parent ends, so that they can be found: also of daemons, and of groups of their own."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def children(pid):
    """Of all its threads."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass  # the thread has ended
    return found


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def end_all():
    """Kill all that descends from this process. Parents first: what they leave is adopted, and found in the next round."""
    while mine := children(os.getpid()):
        for pid in mine:
            _kill(pid)
        for pid in mine:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass  # somebody else here has waited for it


def is_alive(pid):
    """One that has ended and waits for its parent to ask is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
