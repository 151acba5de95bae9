-- licet_commit: move one batch from the head of a source, in one step or not at all.
--
-- The daemon peeked the batch and decided what needs no Redis. Here the head is
-- compared with what it saw, and what lives in Redis is asked again: definition,
-- halts, list metas, lists, duplicates, cancellations, registry, attempts.
--
-- KEYS  1 source (list: queue or held; zset: later)   2 ready   3 later   4 refused
--       5 invalid   6 stats   7 seen   8 cancel   9 consent   10 attempts
--       11 campaign pace   12 route pace   13 definition   14 advertiser   15 contact source
--       16 route   17 totals   18 facts   19 20 dated oppositions (platform, advertiser)   21 slots
--       22 oppositions (stream)   23 rulebooks   24 health of the route   then o.names list keys, as many list-meta keys,
--       o.helds held lists, o.forms registered forms
-- ARGV  1 o, JSON: prefix, campaign, kind (queue, held, later), place (of a held
--         source), now, deadline (ms; 0: none), backlog (of the ready list), names
--         (lists, in order), helds (places), n, r, l, x (sizes), scopes (advertiser,
--         source, route), persons, registry, history (is there such a block?),
--         pf (persons among r), pidx (position in r of each), again (positions in r of
--         jobs that were out before), rates ({interval ms, known} for campaign, route),
--         repeats (may a number, id or person stand twice in the batch?), own (position in
--         names of the advertiser's list), platform (of everybody's), lifts, opposed, slots (is there such a block?),
--         lpersons (likewise), whole (do the jobs of r
--         stand in their entries as they are stored? Then they are not said twice: what passes
--         through Lua is hashed byte by byte), forms (how many), rulebook (its hash), breaker (has the route
--         one?), canary
--       2 definitions, 3 list dates, as the daemon knew them
--       4 id and 5 text of the facts that the entries name
--       6 7 8 positions of the groups r, l, x in the batch, JSON ("": all, in order)
--       then, in blocks: the jobs as stored, but those of r where whole; of r: numbers, ids
--       ("i:" before), persons ("p:" before, or ""), ready entries, fields of the attempts of r numbers and
--       then of pf persons, their marks in one text, the attempts known of these, and new;
--       of l: numbers, ids, persons; of r and l: registry values known; lifts (when the last
--       consent that may lift an opposition was given, ms, or ""), opposed (the dated
--       oppositions known: number's, "|", person's; or ""); slots of r (number and time, or
--       ""); l targets; x ends
-- Groups: r may be released; l goes to its target unless a list or a cancellation says
-- otherwise; x ends. A target is "h<held>", "z<score>" or "e<end>", then, where the
-- stored form changes, a tab and the new form. An end is a JSON array: r or i (refused,
-- invalid), id, to, reason, rule, field, position, hint.
-- Returns {'ok', ready, held, later, refused, invalid, ready length}, or, with nothing
-- changed, {'moved'}, {'def'}, {'meta'}, {'halt', scope, reason}, {'late'},
-- {'full', length}, {'breaker', room}, {'pace', campaign, route}, {'type', key, wanted},
-- {'rulebook', instance}, {'registry', position, value, …}, {'opposed', position, dated
-- oppositions, …} or {'history', position, packed attempts, …} (person
-- positions follow those of r).

-- One hash as text, to be compared with what the daemon knew. In the order that Redis
-- gives: should that change, the daemon reads again and nothing else happens.
local function hash_text(key)
  return table.concat(redis.call('HGETALL', key), '\31')
end

-- Does an entry end with that job, all that follows its first line?
local function entry_holds(entry, job)
  local before = #entry - #job
  return string.find(entry, '\n', 1, true) == before and string.find(entry, job, before + 1, true) ~= nil
end

-- The batch as it is stored, if the source still begins with the very jobs that the daemon
-- saw; else nil.
local function batch_stored(key, args, o, at, r_index)
  local first = at.jobs
  if o.kind == 'later' then
    local scores = redis.call('ZMSCORE', key, unpack(args, first, first + o.n - 1))
    for i = 1, o.n do if not scores[i] then return nil end end
    return { unpack(args, first, first + o.n - 1) }
  end
  local stored, in_entry = redis.call('LRANGE', key, 0, o.n - 1), {}
  if #stored < o.n then return nil end
  for k = 1, o.whole and o.r or 0 do
    local i = r_index[k]
    if not entry_holds(args[at.entries + k - 1], stored[i]) then return nil end
    in_entry[i] = true
  end
  if o.whole and o.r == o.n then return stored end
  for i = 1, o.n do
    if not in_entry[i] then
      if stored[i] ~= args[first] then return nil end
      first = first + 1
    end
  end
  return stored
end

local LISTS_AT = 24 -- keys before those of the lists

local function commit_layout(o)
  local at, next_ = {}, 9
  local function block(name, size)
    at[name] = next_
    next_ = next_ + size
  end
  block('jobs', o.whole and o.n - o.r or o.n)
  block('numbers', o.r)
  block('ids', o.r)
  block('persons', o.persons and o.r or 0)
  block('entries', o.r)
  block('afields', o.r + o.pf)
  block('amarks', 1)
  block('known', o.history and o.r + o.pf or 0)
  block('new', o.history and o.r + o.pf or math.min(o.r, 1))
  block('lnumbers', o.l)
  block('lids', o.l)
  block('lpersons', o.lpersons and o.l or 0)
  block('registry', o.registry and o.r or 0)
  block('lregistry', o.registry and o.l or 0)
  block('lifts', o.lifts and o.r or 0)
  block('llifts', o.lifts and o.l or 0)
  block('opposed', o.opposed and o.r or 0)
  block('lopposed', o.opposed and o.l or 0)
  block('slots', o.slots and o.r or 0)
  block('targets', o.l)
  block('ends', o.x)
  return at
end

-- Values of a hash that are not what the daemon knew: {position, value, …}.
local function differing(bad, key, args, fields_at, known_at, n, shift)
  if n == 0 then return bad end
  local have = redis.call('HMGET', key, unpack(args, fields_at, fields_at + n - 1))
  for i = 1, n do
    local known = known_at and args[known_at + i - 1] or ''
    if (have[i] or '') ~= known then
      bad[#bad + 1] = i + shift
      bad[#bad + 1] = have[i] or ''
    end
  end
  return bad
end

-- The same for attempts. The buckets that were read are kept in o.buckets.
local function history_differing(key, args, o, at)
  local bad, n = {}, o.r + o.pf
  local have = redis.call('HMGET', key, unpack(args, at.afields, at.afields + n - 1))
  for i = 1, n do
    local days = ''
    if have[i] then
      o.buckets[args[at.afields + i - 1]] = have[i]
      days = attempts_in(have[i], o.marks[i])
    end
    if days ~= (o.history and args[at.known + i - 1] or '') then
      bad[#bad + 1] = i
      bad[#bad + 1] = days
    end
  end
  return bad
end

-- Instances whose rulebooks differ hold: who is right, nobody knows. Returns the other one.
local function other_rulebook(key, hash)
  local present = redis.call('HGETALL', key)
  local now = tonumber(redis.call('TIME')[1])
  for i = 1, #present, 2 do
    local theirs, until_s = string.match(present[i + 1], '^(%S+) (%d+)$')
    if theirs and theirs ~= hash and tonumber(until_s) > now then return present[i] end
  end
end

-- What must be so before anything moves. Returns a reply, or nil and the batch as it is stored.
local function commit_refusal(keys, args, o, at, r_index)
  local types = { keys[1], o.kind == 'later' and 'zset' or 'list', keys[2], 'list', keys[3], 'zset', keys[4], 'stream',
    keys[5], 'stream', keys[6], 'hash', keys[7], 'set', keys[8], 'set', keys[9], 'hash', keys[10], 'hash',
    keys[11], 'string', keys[12], 'string', keys[13], 'hash', keys[14], 'hash', keys[15], 'hash', keys[16], 'hash',
    keys[17], 'hash', keys[18], 'hash', keys[19], 'hash', keys[20], 'hash', keys[21], 'set', keys[22], 'stream', keys[23], 'hash',
    keys[24], 'hash',
    o.prefix .. 'halt', 'hash' }
  local lists, t = #o.names, #types
  for i = 1, lists do
    types[t + 1], types[t + 2], types[t + 3], types[t + 4] = keys[LISTS_AT + i], 'set', keys[LISTS_AT + lists + i], 'hash'
    t = t + 4
  end
  for i = 1, #o.helds do
    types[t + 1], types[t + 2] = keys[LISTS_AT + 2 * lists + i], 'list'
    t = t + 2
  end
  local forms_at = LISTS_AT + 2 * lists + #o.helds
  for i = 1, o.forms do
    types[t + 1], types[t + 2] = keys[forms_at + i], 'hash'
    t = t + 2
  end
  local key, want = wrong_type(types)
  if key then return { 'type', key, want } end
  local other = other_rulebook(keys[23], o.rulebook)
  if other then return { 'rulebook', other } end
  if o.deadline > 0 and now_ms(o.prefix) >= o.deadline then return { 'late' } end
  local known = {}
  for i = 13, 16 do known[i - 12] = hash_text(keys[i]) end
  for i = 1, o.forms do known[4 + i] = hash_text(keys[forms_at + i]) end
  if table.concat(known, '\29') ~= args[2] then return { 'def' } end
  local why, scope = halted(o.prefix, o.scopes[1], o.scopes[2], o.scopes[3])
  if why then return { 'halt', scope, why } end
  local dates = {}
  for i = 1, lists do dates[i] = redis.call('HGET', keys[LISTS_AT + lists + i], 'refreshed_at') or '' end
  if table.concat(dates, '\31') ~= args[3] then return { 'meta' } end
  local stored = batch_stored(keys[1], args, o, at, r_index)
  if not stored then return { 'moved' } end
  if o.r > 0 then
    local length = redis.call('LLEN', keys[2])
    if length + o.r > o.backlog then return { 'full', length } end
    local room = o.breaker and breaker_room(keys[24], o.canary, o.r)
    if room then return { 'breaker', room } end
    for i = 1, 2 do
      if o.rates[i][1] > 0 then
        local pace = { redis.call('GET', keys[11]) or '0', redis.call('GET', keys[12]) or '0' }
        if pace[i] ~= o.rates[i][2] then return { 'pace', pace[1], pace[2] } end
      end
    end
  end
  return nil, stored
end

-- Facts that the daemon decided on and that have changed since. Returns a reply, or nil.
local function commit_stale(keys, args, o, at)
  if o.registry or redis.call('EXISTS', keys[9]) == 1 then
    local bad = differing({}, keys[9], args, at.numbers, o.registry and at.registry, o.r, 0)
    bad = differing(bad, keys[9], args, at.lnumbers, o.registry and at.lregistry, o.l, o.r)
    if #bad > 0 then return { 'registry', unpack(bad) } end
  end
  o.buckets, o.marks = {}, {}
  for i = 1, o.r + o.pf do o.marks[i] = string.sub(args[at.amarks], 5 * i - 4, 5 * i) end
  if o.r > 0 and (o.history or redis.call('EXISTS', keys[10]) == 1) then
    local bad = history_differing(keys[10], args, o, at)
    if #bad > 0 then return { 'history', unpack(bad) } end
  end
end

-- Of the numbers from first on: the first list that each is on, the advertiser's own aside
-- (own: who is on that one). Nothing for the others.
local function list_hits(keys, args, o, first, n)
  local hit, own = {}, {}
  if n == 0 then return hit, own end
  for li = 1, #o.names do
    if redis.call('EXISTS', keys[LISTS_AT + li]) == 1 then
      local found = redis.call('SMISMEMBER', keys[LISTS_AT + li], unpack(args, first, first + n - 1))
      local to = li == o.own and own or hit
      for i = 1, n do
        if found[i] == 1 and not to[i] then to[i] = li end
      end
    end
  end
  return hit, own
end

-- Persons who objected, whatever the number.
local function person_hits(keys, args, o, first, n, hit, own)
  for k = 19, 20 do
    if redis.call('EXISTS', keys[k]) == 1 then
      local found = redis.call('HMGET', keys[k], unpack(args, first, first + n - 1))
      for i = 1, n do
        if found[i] and args[first + i - 1] ~= '' then
          if k == 19 then hit[i] = o.platform else own[i] = o.own end
        end
      end
    end
  end
end

-- The dated oppositions to the advertiser of a number and its person, as one text; '' where
-- there is none, or where the list has the number without a date.
local function opposed_text(keys, o, number, person)
  local of = redis.call('HMGET', keys[20], number, person ~= '' and person or number)
  local on_list = redis.call('SISMEMBER', keys[LISTS_AT + o.own], number) == 1
  if (on_list and not of[1]) or not (of[1] or of[2]) then return '' end
  return (of[1] or '') .. '|' .. (person ~= '' and of[2] or '')
end

-- Is a consent given at that time later than each of the oppositions?
local function is_later(ms, text)
  for event in string.gmatch(text, '(%d+) %d+ %a') do
    if tonumber(event) >= ms then return false end
  end
  return true
end

-- Which of a group an opposition to the advertiser stops, and which of them the daemon knew
-- and judged: their consents came later (lifted). unsure: what it has to judge yet.
local function opposed_among(keys, args, o, g, unsure, shift)
  for i in pairs(g.hit) do g.stop[i] = true end
  if next(g.own) == nil and not o.opposed then return end
  for i = 1, g.n do
    local known, text = o.opposed and args[g.opposed + i - 1] or '', ''
    if g.own[i] then
      local person = g.persons and args[g.persons + i - 1] or ''
      local lift = o.lifts and tonumber(args[g.lifts + i - 1]) or nil
      if known ~= '' or lift then text = opposed_text(keys, o, args[g.numbers + i - 1], person) end
      if text ~= '' and text == known then g.lifted[i] = text
      elseif text ~= '' and lift and is_later(lift, text) then
        unsure[#unsure + 1] = i + shift
        unsure[#unsure + 1] = text
      elseif g.hit[i] ~= o.platform or not g.hit[i] then g.hit[i] = o.own end
    elseif known ~= '' then
      -- It was undone meanwhile.
      unsure[#unsure + 1] = i + shift
      unsure[#unsure + 1] = ''
    end
    if g.hit[i] then g.stop[i] = true end
  end
end

local function cancelled_among(key, args, first, n)
  local gone = {}
  if n == 0 or redis.call('SCARD', key) == 0 then return gone end
  local ids = {}
  for i = 1, n do ids[i] = string.sub(args[first + i - 1], 3) end
  local found = redis.call('SMISMEMBER', key, unpack(ids))
  for i = 1, n do gone[i] = found[i] == 1 or nil end
  return gone
end

-- Which of the r candidates are the second of their number, id or person, in the campaign
-- or in this batch; and the marks of those that are not. Numbers, ids and persons stand in
-- one block, so that one command asks for all.
local function duplicates_among(seen, args, o, at, taken_out)
  local width = o.persons and 3 or 2
  local total = width * o.r
  local dup, marks, m, fresh, again = {}, {}, 0, {}, {}
  if o.r == 0 then return dup, marks end
  for _, i in ipairs(o.again) do again[i] = true end
  local found = redis.call('SMISMEMBER', seen, unpack(args, at.numbers, at.numbers + total - 1))
  for k = 1, total do
    if found[k] == 1 then dup[(k - 1) % o.r + 1] = true end
  end
  if not o.repeats and not o.persons and #o.again == 0 and next(dup) == nil and next(taken_out) == nil then
    return dup, nil -- the block itself is what to mark
  end
  for i = 1, o.r do
    if again[i] then dup[i] = nil
    else
      for k = at.numbers + i - 1, at.numbers + total - 1, o.r do
        if fresh[args[k]] then dup[i] = true end
      end
      -- A job that a list stops leaves no mark: the next of its number is none the less the first.
      if not dup[i] and not taken_out[i] then
        for k = at.numbers + i - 1, at.numbers + total - 1, o.r do
          local mark = args[k]
          if mark ~= '' then
            fresh[mark] = true
            m = m + 1
            marks[m] = mark
          end
        end
      end
    end
  end
  return dup, marks
end

local function add_end(keys, o, job, kind, id, to, reason, rule, field, position, hint)
  stream_add(kind == 'i' and keys[5] or keys[4], o.now, 'id', id, 'to', to, 'reason', reason, 'rule', rule,
    'field', field, 'position', position, 'hint', hint, 'at', o.at, 'job', job)
end

-- The job alone, without the line that a held or later entry may have before it.
local function job_of(stored)
  if string.byte(stored) ~= 35 then return stored end
  local tab = string.find(stored, '\t', 1, true)
  return tab and string.sub(stored, tab + 1) or stored
end

local function push_all(key, values)
  -- unpack has room for about 7,900 values; a batch is far smaller.
  if #values > 0 then redis.call('RPUSH', key, unpack(values)) end
end

-- Take the batch off its source.
local function source_remove(o, key)
  if o.kind == 'later' then
    redis.call('ZREM', key, unpack(o.stored))
  else
    redis.call('LTRIM', key, o.n, -1)
  end
end

-- End what a list, a cancellation or a duplicate stopped.
local function refuse_stopped(keys, args, o, at, group, counters)
  for i in pairs(group.stop) do
    local reason, rule
    if group.dup[i] then reason, rule = 'duplicate', 'this campaign or its family'
    elseif group.gone[i] then reason, rule = 'cancelled', 'cancel'
    elseif group.used and group.used[i] then reason, rule = 'consent-expired', 'slot'
    else reason, rule = list_reason(o.names[group.hit[i]]), o.names[group.hit[i]] end
    add_end(keys, o, job_of(o.stored[group.index[i]]), 'r', string.sub(args[group.ids + i - 1], 3),
      args[group.numbers + i - 1], reason, rule, '', '', '')
    if reason == 'cancelled' then count(counters, 'cancelled', 1)
    else
      count(counters, 'refused', 1)
      count(counters, 'refused.' .. reason, 1)
    end
  end
end

-- Write the attempts of what goes out. Several of them may share a bucket.
local function count_attempts(key, args, o, at, stop)
  local buckets, pairs_, p = o.buckets, {}, 0
  for i = 1, o.r + o.pf do
    if not stop[i <= o.r and i or o.pidx[i - o.r]] then
      local field, mark = args[at.afields + i - 1], o.marks[i]
      local bucket = buckets[field] or ''
      -- Without a history there is no record to be replaced.
      if o.history then bucket = attempts_put(bucket, mark, args[at.new + i - 1])
      else bucket = bucket .. mark .. args[at.new] end
      -- A bucket that is written twice has both records the second time.
      buckets[field] = bucket
      pairs_[p + 1], pairs_[p + 2] = field, bucket
      p = p + 2
    end
  end
  redis.call('HSET', key, unpack(pairs_))
end

-- Release what nothing stopped. Returns how many.
local function release(keys, args, o, at, group, marks)
  local n, stop = o.r, group.stop
  if next(stop) == nil then
    if n > 0 then redis.call('RPUSH', keys[2], unpack(args, at.entries, at.entries + n - 1)) end
  else
    local entries = {}
    for i = 1, o.r do
      if not stop[i] then entries[#entries + 1] = args[at.entries + i - 1] end
    end
    n = #entries
    push_all(keys[2], entries)
  end
  if n == 0 then return 0 end
  if not marks then redis.call('SADD', keys[7], unpack(args, at.numbers, at.numbers + 2 * o.r - 1))
  elseif #marks > 0 then redis.call('SADD', keys[7], unpack(marks)) end
  count_attempts(keys[10], args, o, at, stop)
  for i = 1, o.slots and o.r or 0 do
    if not stop[i] and args[at.slots + i - 1] ~= '' then
      redis.call('SADD', keys[21], args[at.slots + i - 1])
      redis.call('EXPIRE', keys[21], 31 * 86400)
    end
  end
  redis.call('HSETNX', keys[18], args[4], args[5])
  if o.canary > 0 then breaker_released(o.prefix, keys[2], o.scopes[3], n) end
  for i = 1, 2 do
    if o.rates[i][1] > 0 then
      local from = math.max(tonumber(o.rates[i][2]), o.now)
      redis.call('SET', keys[10 + i], string.format('%.3f', from + n * o.rates[i][1]), 'PX', 172800000)
    end
  end
  return n
end

-- Send the l group where it goes. Returns how many were held and put off.
local function place_targets(keys, args, o, at, group, counters)
  local held, later = 0, 0
  local lists, base = {}, LISTS_AT + 2 * #o.names
  for i = 1, o.l do
    if not group.stop[i] then
      local target, stored = args[at.targets + i - 1], o.stored[group.index[i]]
      local tab = string.find(target, '\t', 1, true)
      local kind, value = string.sub(target, 1, 1), string.sub(target, 2, tab and tab - 1)
      if tab then stored = string.sub(target, tab + 1) end
      if kind == 'h' then
        local at_list = tonumber(value)
        lists[at_list] = lists[at_list] or {}
        lists[at_list][#lists[at_list] + 1] = stored
        held = held + 1
      elseif kind == 'z' then
        redis.call('ZADD', keys[3], value, stored)
        later = later + 1
      else
        local e = cjson.decode(value)
        add_end(keys, o, job_of(stored), unpack(e))
        count(counters, 'refused', 1)
        count(counters, 'refused.' .. e[4], 1)
      end
    end
  end
  for at_list, values in pairs(lists) do
    push_all(keys[base + at_list], values)
    count(counters, 'held.' .. o.helds[at_list], #values)
  end
  return held, later
end

local function commit_counters(o, counters, released, held, later)
  count(counters, 'ready', released)
  count(counters, 'released', released)
  count(counters, 'held', held)
  count(counters, 'later', later)
  if o.kind == 'queue' then count(counters, 'intake', o.n)
  elseif o.kind == 'later' then count(counters, 'later', -o.n)
  else
    count(counters, 'held', -o.n)
    count(counters, 'held.' .. o.place, -o.n)
  end
end

local function index_of(text, n)
  if text ~= '' then return cjson.decode(text) end
  local all = {}
  for i = 1, n do all[i] = i end
  return all
end

-- What is known of a group: its place in the batch, lists, cancellations, duplicates.
local function group_of(keys, args, o, index, at, n)
  local g = { n = n, index = index, numbers = at[1], ids = at[2], persons = at[3], lifts = at[4], opposed = at[5],
    dup = {}, stop = {}, lifted = {} }
  g.hit, g.own = list_hits(keys, args, o, g.numbers, n)
  g.gone = cancelled_among(keys[8], args, g.ids, n)
  if g.persons and n > 0 then person_hits(keys, args, o, g.persons, n, g.hit, g.own) end
  for i in pairs(g.gone) do g.stop[i] = true end
  return g
end

-- Slots that were used: a precise time is asked for once.
local function used_slots(keys, args, o, at, stop)
  local used, again = {}, {}
  if not o.slots or o.r == 0 then return used end
  local found = redis.call('SMISMEMBER', keys[21], unpack(args, at.slots, at.slots + o.r - 1))
  for i = 1, o.r do
    local slot = args[at.slots + i - 1]
    if slot ~= '' and not stop[i] then
      if found[i] == 1 or again[slot] then used[i] = true end
      again[slot] = true
    end
  end
  return used
end

-- What a later consent lifted leaves the list, so that a new objection is one again.
local function lift(keys, args, o, at, r)
  for i in pairs(r.lifted) do
    if not r.stop[i] then
      local number, person = args[at.numbers + i - 1], r.persons and args[at.persons + i - 1] or ''
      redis.call('SREM', keys[LISTS_AT + o.own], number)
      redis.call('HDEL', keys[20], number, person ~= '' and person or number)
      stream_add(keys[22], o.now, 'number', number, 'person', string.sub(person, 3), 'scope', o.names[o.own], 'source', 'consent',
        'reason', 'lifted by a later consent', 'event', '', 'received_ms', ms_text(o.now), 'by', o.campaign, 'kind', 'lifted')
    end
  end
end

local function commit(keys, args)
  local o = cjson.decode(args[1])
  local at = commit_layout(o)
  local r_index = index_of(args[6], o.r)
  local no, stored = commit_refusal(keys, args, o, at, r_index)
  no = no or commit_stale(keys, args, o, at)
  if no then return no end
  o.stored = stored
  local r = group_of(keys, args, o, r_index,
    { at.numbers, at.ids, o.persons and at.persons, at.lifts, at.opposed }, o.r)
  local l = group_of(keys, args, o, index_of(args[7], o.l),
    { at.lnumbers, at.lids, o.lpersons and at.lpersons, at.llifts, at.lopposed }, o.l)
  local x_index, unsure, marks = index_of(args[8], o.x), { 'opposed' }
  opposed_among(keys, args, o, r, unsure, 0)
  opposed_among(keys, args, o, l, unsure, o.r)
  if #unsure > 1 then return unsure end
  r.used = used_slots(keys, args, o, at, r.stop)
  for i in pairs(r.used) do r.stop[i] = true end
  r.dup, marks = duplicates_among(keys[7], args, o, at, r.stop)
  for i in pairs(r.dup) do r.stop[i] = true end

  -- Writes begin here; nothing below may fail.
  local counters = {}
  source_remove(o, keys[1])
  refuse_stopped(keys, args, o, at, r, counters)
  refuse_stopped(keys, args, o, at, l, counters)
  lift(keys, args, o, at, r)
  local released = release(keys, args, o, at, r, marks)
  local held, later = place_targets(keys, args, o, at, l, counters)
  for i = 1, o.x do
    local e = cjson.decode(args[at.ends + i - 1])
    add_end(keys, o, job_of(o.stored[x_index[i]]), unpack(e))
    local class = e[1] == 'i' and 'invalid' or 'refused'
    count(counters, class, 1)
    count(counters, class .. '.' .. e[4], 1)
  end
  local refused, invalid = (counters.refused or 0) + (counters.cancelled or 0), counters.invalid or 0
  commit_counters(o, counters, released, held, later)
  -- Every term of the balance is there from the first job on.
  if redis.call('HEXISTS', keys[6], 'erased') == 0 then
    for _, term in ipairs(BALANCE) do redis.call('HSETNX', keys[6], term, 0) end
  end
  write_counters(keys[6], counters)
  for name in pairs(counters) do
    if string.find(name, '^held%.') then counters[name] = nil end
  end
  write_counters(keys[17], counters)
  return { 'ok', released, held, later, refused, invalid, redis.call('LLEN', keys[2]) }
end

redis.register_function('licet_commit', commit)
