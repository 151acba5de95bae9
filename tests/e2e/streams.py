"""Streams of what ended, as the functions write and trim them."""

from checks import NUMBER

NOW_MS = 1795512600000  # OPEN
KEEP = {"refused": 90, "invalid": 30, "done": 1095}
STREAMS = tuple(KEEP)


def fill(w, stream, *times, **fields):
    """Entries of these times, as the functions write them."""
    return [w.r.xadd(w.key(stream), {"id": str(i), "to": NUMBER, "reason": "duplicate", "outcome": "answered", **fields}, f"{t}-0")
            for i, t in enumerate(times)]


def trim(w, stream, from_ms):
    return w.r.fcall("licet_trim", 1, w.key(stream), from_ms)
