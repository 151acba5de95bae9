"""What stands in Redis goes wrong, on purpose, and is put right again some time later.

Each harm is one step in Redis, and so is what puts it right; both may be done twice, for whoever
does them may be killed with Redis in between. What was there waits outside our prefix meanwhile."""

import time

import redis

from harness import Failure

ASIDE = "chaos:{e2e}:"  # with the tag of a prefix that has one

SPOIL = """-- KEYS: the key, where it waits. It becomes a string.
if redis.call('EXISTS', KEYS[2], KEYS[2] .. ':absent') > 0 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) else redis.call('SET', KEYS[2] .. ':absent', '1') end
redis.call('SET', KEYS[1], 'FR')
return 1"""

RESTORE = """
if redis.call('DEL', KEYS[2] .. ':absent') == 1 then
  if redis.call('TYPE', KEYS[1]).ok == 'string' then redis.call('DEL', KEYS[1]) end
  return 'restored'
end
if redis.call('EXISTS', KEYS[2]) == 0 then return 'restored' end
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'string' and kind ~= 'none' then return 'made anew as a ' .. kind end
redis.call('DEL', KEYS[1])
redis.call('RENAME', KEYS[2], KEYS[1])
return 'restored'"""

SPOIL_FIELD = """-- ARGV: the field, a value that nobody can read.
if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('TYPE', KEYS[1]).ok == 'string' then return 0 end
redis.call('HSET', KEYS[2], 'was', redis.call('HGET', KEYS[1], ARGV[1]) or '', 'there', redis.call('HEXISTS', KEYS[1], ARGV[1]))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1"""

RESTORE_FIELD = """
if redis.call('TYPE', KEYS[1]).ok == 'string' then return 'not yet' end
local was, there = unpack(redis.call('HMGET', KEYS[2], 'was', 'there'))
if redis.call('DEL', KEYS[2]) == 0 or redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'restored' end
if there == '1' then redis.call('HSET', KEYS[1], ARGV[1], was) else redis.call('HDEL', KEYS[1], ARGV[1]) end
return 'restored'"""

FILL_STREAM = """-- The stream is at its last id: it takes no entry any more.
if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 0 end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do if info[i] == 'last-generated-id' then redis.call('SET', KEYS[2], info[i + 1]) end end
redis.call('XSETID', KEYS[1], '18446744073709551615-18446744073709551615')
return 1"""

RESTORE_STREAM = """
if redis.call('TYPE', KEYS[1]).ok == 'string' then return 'not yet' end
local id = redis.call('GETDEL', KEYS[2])
if id and redis.call('EXISTS', KEYS[1]) == 1 then redis.call('XSETID', KEYS[1], id) end
return 'restored'"""

# Events that were settled are gone, those that were not are there: each may be told twice.
REPLAY = """
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 0 end
for _, event in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 5)) do
  if not redis.pcall('XADD', KEYS[1], '*', unpack(event[2])) then return 0 end
end
return 1"""

GONE = """-- ARGV: whether it counts as there once licetd has noted it.
if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('TYPE', KEYS[1]).ok == 'string' then return 0 end
if ARGV[1] ~= '' and redis.call('HGET', KEYS[3], ARGV[1]) ~= 'there' then return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
return 1"""

# What came in meanwhile stays; what was there comes back to it.
COME_BACK = """
local kind, here = redis.call('TYPE', KEYS[2]).ok, redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return 'restored' end
if here == 'string' then return 'not yet' end
if kind == 'set' then
  redis.call('SUNIONSTORE', KEYS[1], KEYS[1], KEYS[2])
else
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do redis.call('HSETNX', KEYS[1], all[i], all[i + 1]) end
end
redis.call('DEL', KEYS[2])
return 'restored'"""

DELETE = "return redis.call('DEL', KEYS[1])"

TAKE_OFF = """-- KEYS: wherever the set may be just now.
for _, key in ipairs(KEYS) do
  if redis.call('TYPE', key).ok == 'set' then redis.call('SREM', key, unpack(ARGV)) end
end
return 'taken off'"""

EVENTS = (("kind", "done", "entry", "x"), ("kind", "taken", "campaigns", "5"), ("kind", "done"), ("kind", "taken", "entry", "a\tb\tc\n{}"),
          ("kind", "lapsed", "entry", "\x00" * 9), ("x", "y"), ("kind", "done", "entry", "t" * 70000))


class Spoiling:
    """Harms for a Driver: it has rng, env, worlds, w, accepted, _redis and _after."""

    LISTS = ("list:opposition", "list:opposition:acme")
    JUNK = "acme.junk"

    def _surely(self, script, keys, *args, then=None, until=None):
        """What makes good is tried until it is done. Another harm may have to be made good first, so
        a try that fails waits for its turn among them; then hears what was said at last."""
        until = until or time.monotonic() + 60
        try:
            said = why = self.w.r.eval(script, len(keys), *keys, *args)
        except redis.exceptions.RedisError as error:
            said, why = "not yet", error
        if said != "not yet":
            if then:
                then(said)
        elif time.monotonic() > until:
            raise Failure(f"{keys} could not be made good: {why}")
        else:
            self._after(0.02, lambda: self._surely(script, keys, *args, then=then, until=until))

    def _make_good(self, script, keys, *args, then=None):
        def heard(said):
            if said != "restored":
                raise Failure(f"{keys[0]}: {said}, while it was to be left alone")
            if then:
                then()
        self._surely(script, keys, *args, then=heard)

    def _for_a_while(self, spoil, restore, name, *args, key=None):
        keys = (self.w.p + name, ASIDE + (key or name))
        self._redis("EVAL", spoil, 2, *keys, *args)
        self._after(self.rng.choice((0, 0.02, 0.3, 1.5)), lambda: self._make_good(restore, keys, *args))

    def _campaign(self):
        return f"campaign:{self.rng.choice(self.worlds).c}:"

    # -- a key of the wrong type, a value that nobody can read (F1, F2, F5)

    def spoil_type(self):
        c = self._campaign()
        self._for_a_while(SPOIL, RESTORE, self.rng.choice((
            "route:main", "ready:main:health", "oppositions", "oppositions:dated:acme", "list:opposition:acme", "list-meta:opposition",
            "advertiser:acme", "source:brio-2026", "attempts:acme", "consent:acme", "halt", "unplaced", "ready:main", "ready:main:lease",
            "settle:main", c + "stats", c + "def", c + "seen", c + "later", c + "refused", c + "done", c + "cancel", "stats")))

    def spoil_value(self):
        c = self._campaign()
        name, field, value = self.rng.choice((
            (c + "stats", "ready", "abc"), (c + "stats", "withdrawn", "x"), (c + "stats", "taken", "1e400"), ("stats", "released", "x"),
            ("ready:main:health", "released", "x"), ("route:main", "lease_s", "soon"), ("list-meta:opposition", "refreshed_at", "yesterday"),
            ("list-meta:opposition", "floor", "many")))
        self._for_a_while(SPOIL_FIELD, RESTORE_FIELD, name, field, value, key=f"{name}:{field}")

    # -- a stream that is full, events that nobody sent or that come twice (F3, F4)

    def fill_stream(self):
        c = self._campaign()
        name = self.rng.choice(("settle:main", "oppositions", "recall:main", c + "refused", c + "done"))
        self._for_a_while(FILL_STREAM, RESTORE_STREAM, name, key="last:" + name)  # of each stream its own

    def forge_event(self):
        self._redis("XADD", self.w.p + "settle:main", "*", *self.rng.choice(EVENTS))

    def replay_events(self):
        self._redis("EVAL", REPLAY, 1, self.w.p + "settle:main")

    # -- keys that go away (F6, G14)

    def delete_ours(self):
        """What licetd makes anew from what it knows."""
        self._redis("DEL", self.w.p + self.rng.choice(("numbering", "routes", "out", "place:metropole", self._campaign() + "state")))

    def delete_kept(self):
        """What it cannot make anew: it holds, until a person has put it back and says so."""
        name = self.rng.choice((*self.LISTS, "consent:acme", "oppositions:dated:acme"))
        keys = (self.w.p + name, ASIDE + "gone:" + name)
        if not self._redis("EVAL", GONE, 3, *keys, self.w.p + "kept", "" if name in self.LISTS else name):
            return
        self._after(self.rng.choice((0, 0.1, 1.5)), lambda: self._put_back(name, keys))

    def _put_back(self, name, keys):
        self._make_good(COME_BACK, keys, then=lambda: self._accept(name))

    def _accept(self, name):
        """As soon as licetd has had the time to miss it, and at the end again."""
        self.accepted.add(name)
        self._after(1.2, self.accept_all)

    def accept_all(self):
        """A person answers for what is there, unless some of it still waits to be put back."""
        for name in sorted(self.accepted):
            if self._redis("EXISTS", ASIDE + "gone:" + name, ASIDE + name) == 0:
                self.env.ctl("list", "accept", name.removeprefix("list:"), "--reason", "put back whole", code=None)

    # -- definitions that two could read in two ways, or that no rule has seen (G1, G2, G3, G4)

    def spoil_definition(self):
        field, value = self.rng.choice((("caller_id\0", "+33612345678"), ("caller_id", "+33612345678"), ("opt_out", "+33899123456 key:9"),
                                        ("message", "x\nlicet"), ("advertiser", "nobody"), ("announces", "commercial")))
        name = self._campaign() + "def"
        self._for_a_while(SPOIL_FIELD, RESTORE_FIELD, name, field, value, key=f"{name}:{field}")

    def second_siren(self):
        key, fields = self.w.p + "advertiser:acme2", self._fields("advertiser:acme")
        if fields:
            self._redis("HSET", key, *fields)
            self._after(0.3, lambda: self._surely(DELETE, (key,)))

    def in_anothers_name(self):
        """acme's client defines a campaign of brio's, and queues for it."""
        p, c = self.w.p, "acme.evil"
        fields = self._fields("campaign:brio.g:def")
        if fields:
            self._redis("HSET", f"{p}campaign:{c}:def", *fields)
            self._redis("SADD", p + "campaigns", c)
            self._redis("RPUSH", f"{p}campaign:{c}:queue", '{"id":"evil","to":"+33611111111"}')

    def _fields(self, name):
        """Of a hash, each behind its name; nothing where it cannot be read just now."""
        try:
            return [x for pair in self.w.r.hgetall(self.w.p + name).items() for x in pair]
        except redis.exceptions.RedisError:
            return []

    # -- too much, and rubbish (G6, G7, G12, G13, G15)

    def push_rubbish(self):
        rng = self.rng
        payload = rng.choice(("{" * 9000, "\x00", '{"id":"a","id":"b"}', "#1\t2\t" + '{"id":"c"}', "x" * (12 << 20), '{"id":"d","to":"+33612345678","consent":{"form":"nowhere"}}',
                              '{"id":"e","to":"08 99 12 34 56"}', "[]", ""))
        self._redis("RPUSH", f"{self.w.p}campaign:{self.JUNK}:queue", *[payload] * rng.choice((1, 3)))

    def many_ids(self):
        names = [f"nobody-{self.rng.randrange(10**6)}" for _ in range(500)] + ["Bad Id", "x\n"]
        self._redis("SADD", self.w.p + "campaigns", *names)
        self._after(0.5, lambda: self._surely(TAKE_OFF, (self.w.p + "campaigns",), *names))

    def unlisted_queue(self):
        key = f"{self.w.p}campaign:lost-{self.rng.randrange(10**6)}:queue"
        self._redis("RPUSH", key, '{"id":"1","to":"+33612345678"}')
        self._after(0.5, lambda: self._surely(DELETE, (key,)))

    def rubbish_on_list(self):
        """Whoever takes a member off by hand answers for it."""
        name = self.rng.choice(self.LISTS)
        self._redis("SADD", self.w.p + name, "junk", "+330612345678")
        keys = (ASIDE + "gone:" + name, ASIDE + name, self.w.p + name)
        self._after(self.rng.choice((0.1, 1.5)),
                    lambda: self._surely(TAKE_OFF, keys, "junk", "+330612345678", then=lambda _: self._accept(name)))

    SPOILS = ((spoil_type, 6), (spoil_value, 4), (fill_stream, 3), (forge_event, 3), (replay_events, 4), (delete_ours, 3), (delete_kept, 3),
              (spoil_definition, 4), (second_siren, 1), (in_anothers_name, 1), (push_rubbish, 2), (many_ids, 1), (unlisted_queue, 1), (rubbish_on_list, 1))
