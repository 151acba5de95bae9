"""The library with a probe: its k-th call of Redis raises, or all that it calls is written down. And what is asked of it then:
where each job is, told by the keys alone, beside what the counters say."""

import collections
import json
import os
import re

from harness import BUILD
from redis import ResponseError


def keys_of(tag):
    """Which call is to raise, and which were made: of functions on a prefix with that tag."""
    return tag + "test:raise", tag + "test:calls"


RAISE, CALLS = keys_of("{e2e}")  # of a prefix without one, too
# Late: global redis has no call while the library is loaded.
PROBE = """
local PROBE = { n = 0, at = 0 }
function PROBE.note(kind, ...)
  PROBE.n = PROBE.n + 1
  if PROBE.log then
    local words = { kind }
    for i = 1, math.min(select('#', ...), 12) do words[i + 1] = tostring((select(i, ...))) end
    PROBE.log[PROBE.n] = cjson.encode(words)
  end
  return PROBE.n == PROBE.at
end
function PROBE.call(...)
  if PROBE.note('call', ...) then error({ err = 'RAISED here' }) end
  return redis.call(...)
end
function PROBE.pcall(...)
  if PROBE.note('pcall', ...) then return { err = 'RAISED here' } end
  return redis.pcall(...)
end
local function probed(call)
  return function(keys, args)
    local tag = string.match(keys[1] or '', '{[^}]+}') or '{e2e}'
    local at = redis.pcall('GET', tag .. 'test:raise') -- in a cluster a key without a tag stands alone
    PROBE.n, PROBE.at = 0, tonumber(type(at) == 'string' and at or '0')
    PROBE.log = PROBE.at < 0 and {} or nil
    local done, reply = pcall(call, keys, args)
    if PROBE.log then
      redis.call('DEL', tag .. 'test:calls')
      for _, line in ipairs(PROBE.log) do redis.call('RPUSH', tag .. 'test:calls', line) end
    end
    if not done then error(reply) end
    return reply
  end
end
"""
WRITES = set("SADD SREM HSET HDEL HSETNX HINCRBY ZADD ZREM RPUSH LPUSH LTRIM LREM XADD XDEL XTRIM SET DEL EXPIRE".split())
SURE = {"TIME", "EXISTS", "TYPE", "DEL", "EXPIRE"}  # of whatever type a key is


def load(client):
    """The library in this build, probed, in the place of the one that is loaded."""
    with open(os.path.join(BUILD, "gen", "licet.lua"), encoding="utf-8") as file:
        head, text = file.read().split("\n", 1)
    text = re.sub(r"\bredis\.(p?call)\b", r"PROBE.\1", text)
    text = re.sub(r"(redis\.register_function\('\w+', )guarded\((\w+)\)\)", r"\1probed(\2))", text)
    text = re.sub(r"^(.*\bcallback = )guarded\((\w+)\)((?!.*no-writes).*)$", r"\1probed(\2)\3", text, flags=re.MULTILINE)
    client.function_load(head + "\n" + PROBE + text, replace=True)


class State:
    """All keys under a prefix: kept, put back, and as a value that can be compared."""

    READS = {"string": lambda p, k: p.get(k), "hash": lambda p, k: p.hgetall(k), "set": lambda p, k: p.smembers(k),
             "list": lambda p, k: p.lrange(k, 0, -1), "zset": lambda p, k: p.zrange(k, 0, -1, withscores=True)}

    def __init__(self, raw, prefix, keep=True):
        self.raw, self.prefix = raw, prefix.encode()
        if keep:
            self.keep()
        else:
            self.value = self.look()

    def keys(self):
        return sorted(self.raw.keys(self.prefix + b"*"))

    def keep(self):
        keys = self.keys()
        pipe = self.raw.pipeline(False)
        for key in keys:
            pipe.dump(key)
            pipe.pttl(key)
        found = pipe.execute()
        self.dumps = [(key, found[2 * i], max(0, found[2 * i + 1])) for i, key in enumerate(keys)]
        self.value = self.look()
        return self

    def put_back(self):
        pipe = self.raw.pipeline(False)
        now = self.keys()
        if now:
            pipe.delete(*now)
        for key, dump, ttl in self.dumps:
            pipe.restore(key, ttl, dump)
        pipe.execute()

    def look(self):
        keys = self.keys()
        pipe = self.raw.pipeline(False)
        for key in keys:
            pipe.type(key)
        types = [t.decode() for t in pipe.execute()]
        for key, type_ in zip(keys, types):
            if type_ == "stream":
                pipe.xrange(key)
            else:
                self.READS[type_](pipe, key)
        return dict(zip(keys, pipe.execute()))


def reads_of(words):
    """Keys that a command reads or writes."""
    command = words[0].upper()
    if command == "TIME":
        return []
    if command == "XINFO":
        return words[2:3]
    if command in ("EXISTS", "DEL"):
        return words[1:]
    return words[1:2]


class Calls:
    """What one call of a function asked of Redis, in order: [(kind, command, keys, words)]."""

    def __init__(self, client):
        self.all = []
        for line in client.lrange(CALLS, 0, -1):
            kind, *words = json.loads(line.decode("latin-1"))
            self.all.append((kind, words[0].upper(), reads_of(words), words))

    @property
    def first_write(self):
        """Its place, from 1; one more than there are: none."""
        return next((i for i, c in enumerate(self.all, 1) if c[1] in WRITES), len(self.all) + 1)

    @property
    def keys(self):
        return {k for _, _, keys, _ in self.all for k in keys}

    def unasked(self, streams=True):
        """Calls behind the first write that may fail: on keys whose type nothing asked, or (streams) into one that may be full."""
        asked, full, at, bad = set(), set(), self.first_write, []
        for i, (kind, command, keys, words) in enumerate(self.all, 1):
            into = streams and command == "XADD" and not keys[0].endswith("errors") and not full.issuperset(keys)
            # The very first write may raise: nothing was done.
            if i > at and (into or kind == "call" and command not in SURE and not asked.issuperset(keys) or kind == "call" and command == "HINCRBY"):
                bad.append(" ".join(words[:3]))
            if command != "EXISTS":  # it tells nothing of the type
                asked.update(keys)
            if command == "XINFO":
                full.update(keys)
        return bad


NUMBER = re.compile(rb"-?[0-9]{1,18}")
JOB_ID = re.compile(rb'"id"\s*:\s*"([^"]*)"')
CALLABLE = {"queue", "held", "later", "ready", "event-back"}
COUNTED = ("held", "later", "ready", "taken", "unknown", "done", "refused", "invalid", "cancelled")


class Whereabouts:
    """Where each job of one campaign is, told by the keys alone."""

    def __init__(self, keys, prefix, campaign, route="main"):
        self.keys, self.p = keys, prefix
        self.c, self.ready_key = f"{prefix}campaign:{campaign}:", f"{prefix}ready:{route}"
        self.of, self.counts = collections.defaultdict(list), collections.Counter()
        self.campaign = campaign
        for key in keys:
            if key.startswith((self.c + "held:").encode()):
                self._add("held", self._get(key, list))
        self._add("queue", self._get(self.c + "queue", list))
        self._add("later", [m[0] for m in self._get(self.c + "later", list)])
        self._add("ready", self._get(self.ready_key, list))
        self._add("lease", self._get(self.ready_key + ":lease", dict).values())
        self._add("unknown", self._get(self.ready_key + ":unknown", dict).values())
        self._add("odd", self._get(self.ready_key + ":odd", list))
        for name in ("refused", "invalid"):
            self._add(name, [f.get(b"job", b"") for _, f in self._get(self.c + name, list)], [f.get(b"reason") for _, f in self._get(self.c + name, list)])
        for _, fields in self._get(self.c + "done", list):
            if not fields.get(b"retry_ms"):
                self._add("done", [b'"id":"%s"' % fields.get(b"id", b"?")])
        self.taken = 0
        for _, fields in self._get(f"{prefix}settle:{route}", list):
            if fields.get(b"kind") == b"taken":
                told = json.loads(fields[b"campaigns"])
                self.taken += told.get(campaign, 0) if isinstance(told, dict) else 0
            elif b"entry" in fields:
                self._add("event-" + fields[b"kind"].decode(), [fields[b"entry"]])

    def _get(self, key, kind):
        value = self.keys.get(key.encode() if isinstance(key, str) else key)
        return value if isinstance(value, kind) else kind()

    def _add(self, place, texts, reasons=()):
        for i, text in enumerate(texts):
            found = JOB_ID.search(text)
            name = place
            if reasons and reasons[i] == b"cancelled":
                name = "cancelled"
            self.of[found.group(1) if found else text].append(name)
            self.counts[name] += 1

    def expected(self):
        """What the counters must be."""
        n = self.counts
        want = {k: n[k] for k in COUNTED if k not in ("ready", "taken")}
        want["ready"] = n["ready"] + n["event-back"] + self.taken
        want["taken"] = n["lease"] + n["event-done"] - self.taken
        return want

    def counted(self):
        """What the counters are; None: no number."""
        stats = self._get(self.c + "stats", dict)
        return {n: int(v) if NUMBER.fullmatch(v := stats.get(n.encode(), b"0")) else None for n in COUNTED}

    def wrong(self, before, erased=0, counters=True):
        """What is not as it must be, as texts: jobs that were there before and are lost, doubled ones, counters."""
        bad = [f"job {i.decode('latin-1')[:40]} in {places}" for i, places in self.of.items() if len(places) > 1 and i not in before.doubled()]
        lost = [i.decode("latin-1")[:40] for i in before.of if i not in self.of]
        if len(lost) > erased:
            bad.append(f"lost: {lost}")
        if counters:
            had, were = before.counted(), before.expected()
            have, are = self.counted(), self.expected()
            bad += [f"{n} counted {have[n]} after {had[n]}, there are {are[n]} after {were[n]}" for n in COUNTED
                    if had[n] is not None and (have[n] is None or have[n] - had[n] != are[n] - were[n])]
        return bad

    def twice_to_call(self):
        """Those that could be called once more than they should."""
        return {i for i, places in self.of.items() if len(places) > 1 and CALLABLE.intersection(places)}

    def doubled(self):
        return {i for i, places in self.of.items() if len(places) > 1}


def run(client, call, at=0):
    """Call a function so that its at-th call of Redis raises (0: none; -1: all are written down). Its reply, or its error."""
    client.set(RAISE, at)
    try:
        return client.execute_command(*call)
    except ResponseError as error:
        return error
