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
--       22 oppositions (stream)   23 rulebooks   24 health of the route   25 heads of the held lists
--       then o.names list keys, as many list-meta keys, o.helds held lists, o.forms registered forms
-- ARGV  1 o, a map: prefix, campaign, kind (queue, held, later), place (of a held source), head (what
--         the head of that list was counted to be at this batch), now, at, deadline (ms; 0: none),
--         backlog (of the ready list), names (lists, in order), helds (places), n, r, l, x (sizes),
--         scopes (advertiser, source, route), facts (were registry and attempts asked for?), pf (persons
--         among r), pidx (position in r of each), again (positions in r of jobs that were out before),
--         rates ({interval ms, known} for campaign, route), repeats (may a number, id or person stand
--         twice in the batch?), own (position in names of the advertiser's list), platform (of
--         everybody's), whole (do the jobs of r stand in their entries as they are stored? Then they
--         are not said twice: what passes through Lua is hashed byte by byte), forms (how many),
--         rulebook (its hash), made (fingerprint of the definitions), breaker (has the route one?),
--         canary, big (position in 9 of each job that is too large, of which only the beginning is
--         there -> its bytes)
--       2 definitions, 3 list dates, as the daemon knew them
--       4 id and 5 text of the facts that the entries name
--       then arrays, each empty where there is nothing to say:
--       6 7 8 positions of the groups r, l, x in the batch (empty: all, in order)
--       9 the jobs as stored, but those of r where whole
--       10 of r: numbers, ids ("i:" before), persons ("p:" before, or "")
--       11 fields of the attempts of r numbers and then of pf persons, then as many marks
--       12 the attempts known of these; 13 and new
--       14 of l: numbers, ids, persons, as 10
--       15 of r and l: registry values known
--       16 of r and l: when the last consent that may lift an opposition was given, ms, or ""
--       17 of r and l: the dated oppositions known: number's, "|", person's; or ""
--       18 slots of r (number and time, or "")
--       19 targets of l   20 ends of x
--       21 of r and l, where a list is packed: the bucket of each number, then as many marks
--       from 22 on the ready entries of r
-- o and the arrays are MessagePack: Redis makes a table of it in one go, while each argument costs as
-- much as the lookup of a number.
-- Groups: r may be released; l goes to its target unless a list or a cancellation says
-- otherwise; x ends. A target is "h<held>", "z<score>" or "e<end>", then, where the
-- stored form changes, a tab and the new form. An end is a JSON array: r or i (refused,
-- invalid), id, to, reason, rule, field, position, hint.
-- Returns {'ok', ready, held, later, refused, invalid, ready length}, or, with nothing
-- changed, {'moved'}, {'def'}, {'meta'}, {'lost', list}, {'halt', scope, reason}, {'late'},
-- {'full', length}, {'breaker', room}, {'pace', campaign, route}, {'type', key, wanted},
-- {'rulebook', instance}, {'cancelling'} (a batch), {'unplaced', position, …}, {'registry', position, value, …}, {'opposed', position, dated
-- oppositions, …} or {'history', position, packed attempts, …} (person
-- positions follow those of r).

local hash_flat, list_jobs, is_job
do
  -- What is read has a bound. A hash of others that nobody in his senses would have written is one word instead;
  -- fields.h says from where on C takes it for too large, and each of those here is.
  local HASH_FIELDS, HASH_BYTES = 1000, 1048576
  -- Of the jobs of a list in one go: more than any batch of sound ones has.
  local LIST_BYTES, LIST_STEP = 2097152, 32

  hash_flat = function(key)
    if redis.call('HLEN', key) > HASH_FIELDS then return { 'too-large' } end
    local bytes = redis.pcall('MEMORY', 'USAGE', key, 'SAMPLES', '0')
    if type(bytes) == 'number' and bytes > HASH_BYTES then return { 'too-large' } end
    return redis.call('HGETALL', key)
  end

  -- Jobs of a list, from a position on; fewer than asked where that is too much. Read in steps, so that what
  -- lies behind one that is huge is not read with it. Returns them, and which have more bytes than that.
  list_jobs = function(key, at, count, most)
    local jobs, n, bytes, step, large, call = {}, 0, 0, 1, {}, redis.call
    while n < count do
      local want = step < count - n and step or count - n
      local part = call('LRANGE', key, at + n, at + n + want - 1)
      for i = 1, #part do
        local job = part[i]
        local len = #job
        n, bytes = n + 1, bytes + len
        jobs[n] = job
        if len > most then large[#large + 1] = n end
        if bytes > LIST_BYTES then return jobs, large end
      end
      if #part < want then return jobs, large end
      if step < LIST_STEP then step = 2 * step end
    end
    return jobs, large
  end

  -- Is that the k-th of o.jobs? Of one that is too large the daemon saw how it begins and how long it is.
  is_job = function(stored, o, k)
    local job, bytes = o.jobs[k], o.big[k]
    if not bytes then return stored == job end
    return #stored == bytes and string.sub(stored, 1, #job) == job
  end
end

-- What licet_commit asks, and what moving it needs.
local stored_at, commit_types, note_judged, person_of, id_of, group_of, commit_read, commit_ask
do
  -- One hash as text, to be compared with what the daemon knew. In the order that Redis
  -- gives: should that change, the daemon reads again and nothing else happens.
  local function hash_text(key)
    return table.concat(hash_flat(key), '\31')
  end

  -- A group of jobs: position of its i-th in the batch.
  local function place_in(g, i) return g.index[1] and g.index[i] or i end

  -- Does an entry end with that job, all that follows its first line?
  local function entry_holds(entry, job)
    local before = #entry - #job
    return string.find(entry, '\n', 1, true) == before and string.find(entry, job, before + 1, true) ~= nil
  end

  -- Is a stored job what the daemon saw at that position? x: how many of the jobs that are said
  -- apart come before it; it is one of them, or the k-th of r.
  local function is_seen(stored, args, o, k, x)
    if k then return entry_holds(args[ENTRIES_AT + k], stored) end
    return stored == o.jobs[x + 1]
  end

  -- A held list is written by these functions alone, and what takes from it otherwise than at
  -- its tail is counted in its head: at the same count it begins with the same jobs. The first
  -- and the last of them are compared all the same, for what somebody does by hand.
  local function held_unchanged(keys, args, o, r)
    if head_of(keys[K.heads], o.place) ~= o.head then return false end
    local first, last = redis.call('LINDEX', keys[K.source], 0), redis.call('LINDEX', keys[K.source], o.n - 1)
    local in_entry = o.whole and o.r > 0
    return first and last and
      is_seen(first, args, o, in_entry and place_in(r, 1) == 1 and 1, 0) and
      is_seen(last, args, o, in_entry and place_in(r, o.r) == o.n and o.r, #o.jobs - 1)
  end

  -- The batch as it is stored, if the source still begins with the very jobs that the daemon
  -- saw; else nil. What stands in an entry may be left out: see stored_at().
  local function batch_stored(keys, args, o, r)
    local jobs, stored = o.jobs, nil
    if o.kind == 'later' then
      local scores = redis.call('ZMSCORE', keys[K.source], unpack(jobs, 1, o.n))
      for i = 1, o.n do if not scores[i] then return nil end end
      return jobs
    elseif o.kind == 'held' then
      if not held_unchanged(keys, args, o, r) then return nil end
      if not o.whole or o.r == 0 then return jobs end
      stored = {}
    else
      -- Where none is too large they were peeked in one piece.
      stored = next(o.big) and list_jobs(keys[K.source], 0, o.n, math.huge) or redis.call('LRANGE', keys[K.source], 0, o.n - 1)
      if #stored < o.n then return nil end
    end
    local in_entry, first = {}, 1
    for k = 1, o.whole and o.r or 0 do
      local i = place_in(r, k)
      if stored[i] and not entry_holds(args[ENTRIES_AT + k], stored[i]) then return nil end
      in_entry[i] = true
    end
    if first > #jobs then return stored end
    for i = 1, o.n do
      if not in_entry[i] then
        if stored[i] and not is_job(stored[i], o, first) then return nil end
        stored[i] = jobs[first]
        first = first + 1
      end
    end
    return stored
  end

  -- The i-th job of a group as it is stored.
  function stored_at(args, o, g, i)
    local stored = o.stored[place_in(g, i)]
    if stored then return stored end
    local entry = args[ENTRIES_AT + i]
    return string.sub(entry, string.find(entry, '\n', 1, true) + 1)
  end

  -- Values of a hash that are not what the daemon knew, after bad: position, value, …
  local function differing(bad, key, g, known, shift)
    if g.n == 0 then return bad end
    local have = redis.call('HMGET', key, unpack(g.marks, 1, g.n))
    for i = 1, g.n do
      if (have[i] or '') ~= (known[shift + i] or '') then
        bad[#bad + 1] = shift + i
        bad[#bad + 1] = have[i] or ''
      end
    end
    return bad
  end

  -- The same for attempts. The buckets that were read are kept in o.buckets.
  local function history_differing(key, o)
    local bad, n = {}, o.r + o.pf
    local have = redis.call('HMGET', key, unpack(o.fields, 1, n))
    for i = 1, n do
      local days = ''
      if have[i] then
        o.buckets[o.fields[i]] = have[i]
        days = attempts_in(have[i], o.fields[n + i])
      end
      if days ~= (o.known[i] or '') then
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

  -- The types of all keys of the call: {key, type, key, type, …}.
  function commit_types(keys, o)
    local types = { keys[K.source], o.kind == 'later' and 'zset' or 'list', keys[K.ready], 'list', keys[K.later], 'zset', keys[K.refused], 'stream',
      keys[K.invalid], 'stream', keys[K.stats], 'hash', keys[K.seen], 'set', keys[K.cancel], 'set', keys[K.consent], 'hash', keys[K.attempts], 'hash',
      keys[K.pace], 'string', keys[K.route_pace], 'string', keys[K.def], 'hash', keys[K.advertiser], 'hash', keys[K.contacts], 'hash', keys[K.route], 'hash',
      keys[K.totals], 'hash', keys[K.facts], 'hash', keys[K.dated_platform], 'hash', keys[K.dated_own], 'hash', keys[K.slots], 'set', keys[K.oppositions], 'stream', keys[K.rulebooks], 'hash',
      keys[K.health], 'hash', keys[K.heads], 'hash', o.prefix .. 'halt', 'hash',
      o.prefix .. 'unplaced', 'hash', o.prefix .. 'judged', 'hash', o.prefix .. 'kept', 'hash' }
    for i = 1, #o.names do types[#types + 1], types[#types + 2] = keys[LISTS_AT + i], o.packed[i] and 'hash' or 'set' end
    local at = LISTS_AT + #o.names
    for _, block in ipairs{ { #o.names, 'hash' }, { #o.helds, 'list' }, { o.forms, 'hash' } } do
      for i = at + 1, at + block[1] do
        types[#types + 1], types[#types + 2] = keys[i], block[2]
      end
      at = at + block[1]
    end
    return types
  end

  local DATED_SAMPLED = 3

  -- Which definitions a fingerprint of licetd's stands for, as a take can find it again: licet:judged, a
  -- hash, fingerprint -> what definition_print() makes of them. Once there are many, it begins anew: what
  -- is ready then goes back, and is judged again.
  local JUDGED_MAX = 4000

  -- What is to be noted, asked before anything is written; nil: it stands there.
  local function ask_judged(keys, o)
    if o.r == 0 or redis.call('HEXISTS', o.prefix .. 'judged', o.made) == 1 then return nil end
    return { print = definition_print{ keys[K.def], keys[K.advertiser], keys[K.contacts], keys[K.route] },
      full = redis.call('HLEN', o.prefix .. 'judged') >= JUDGED_MAX }
  end

  function note_judged(o)
    if not o.judged then return end
    if o.judged.full then redis.call('DEL', o.prefix .. 'judged') end
    redis.call('HSET', o.prefix .. 'judged', o.made, o.judged.print)
  end

  -- What stands still stands in the way of all: halts, definitions, list dates, another rulebook.
  local function campaign_refusal(keys, args, o)
    local other = other_rulebook(keys[K.rulebooks], o.rulebook)
    if other then return { 'rulebook', other } end
    if o.deadline > 0 and now_ms(o.prefix) >= o.deadline then return { 'late' } end
    local known, lists = {}, #o.names
    for i = 13, 16 do known[i - 12] = hash_text(keys[i]) end
    for i = 1, o.forms do known[4 + i] = hash_text(keys[LISTS_AT + 2 * lists + #o.helds + i]) end
    if table.concat(known, '\29') ~= args[A.defs] then return { 'def' } end
    local why, scope = halted(o.prefix, o.scopes[1], o.names, o.scopes[2], o.scopes[3])
    if why then return { 'halt', scope, why } end
    local dates = {}
    for i = 1, lists do
      local meta = redis.call('HMGET', keys[LISTS_AT + lists + i], unpack(LIST_FIELDS))
      local list, dated = keys[LISTS_AT + i], i == o.platform and keys[K.dated_platform] or i == o.own and keys[K.dated_own]
      o.packed[i] = list_version(o.names[i], meta) ~= ''
      o.sizes[i] = list_size(list, o.names[i], meta)
      if members_lost(o.names[i], o.sizes[i], meta) > 0 or dated and is_replaced(list, dated, DATED_SAMPLED) then
        return { 'lost', o.names[i] }
      end
      local version = list_version(o.names[i], meta)
      dates[i] = (meta[1] or '') .. (version ~= '' and '@' .. version or '')
    end
    if table.concat(dates, '\31') ~= args[A.dates] then return { 'meta' } end
  end

  -- When the next one is due, as text. What is no time, or one that no rate leads to, is none: it would hold
  -- for ever, or fail where it is counted on. It is written anew, and told then.
  local pace_at
  do
    local MOST_MS = 172800000 -- as long as it is kept

    function pace_at(key, o)
      local text = redis.call('GET', key)
      if not text or text == '0' then return '0' end
      if #text < 32 and string.find(text, '^%d+%.?%d*$') and tonumber(text) < o.now + MOST_MS then return text end
      o.odd[#o.odd + 1] = key
      return '0'
    end
  end

  -- Is there room for what is to be released? Returns a reply, or nil.
  local function room_refusal(keys, o)
    o.length = redis.call('LLEN', keys[K.ready])
    if o.r == 0 then return nil end
    if o.length + o.r > o.backlog then return { 'full', o.length } end
    local room = o.breaker and breaker_room(keys[K.health], o.canary, o.r)
    if room then return { 'breaker', room } end
    if o.rates[1][1] > 0 or o.rates[2][1] > 0 then
      local pace = { pace_at(keys[K.pace], o), pace_at(keys[K.route_pace], o) }
      for i = 1, 2 do
        if o.rates[i][1] > 0 and pace[i] ~= o.rates[i][2] then return { 'pace', pace[1], pace[2] } end
      end
    end
  end

  -- Facts that the daemon decided on and that have changed since. Returns a reply, or nil.
  local function commit_stale(keys, o, r, l)
    if o.facts or redis.call('HLEN', keys[K.consent]) > 0 then
      local bad = differing(differing({ 'registry' }, keys[K.consent], r, o.registry_known, 0), keys[K.consent], l, o.registry_known, o.r)
      if #bad > 1 then return bad end
    end
    o.buckets = {}
    if o.r > 0 and (o.facts or redis.call('HLEN', keys[K.attempts]) > 0) then
      local bad = history_differing(keys[K.attempts], o)
      if #bad > 0 then return { 'history', unpack(bad) } end
    end
  end

  -- Of the numbers of a group: the first list that each is on, the advertiser's own aside
  -- (own: who is on that one). Nothing for the others.
  local function list_hits(keys, o, g, shift)
    local hit, own, n = {}, {}, g.n
    if n == 0 then return hit, own end
    for li = 1, #o.names do
      local key = keys[LISTS_AT + li]
      if o.sizes[li] > 0 then
        local found = o.packed[li] and packed_members(key, o.buckets_at, shift, n) or redis.call('SMISMEMBER', key, unpack(g.marks, 1, n))
        local to = li == o.own and own or hit
        for i = 1, n do
          if found[i] == 1 and not to[i] then to[i] = li end
        end
      end
    end
    return hit, own
  end

  -- Persons who objected, whatever the number.
  local function person_hits(keys, o, g)
    local first = 2 * g.n
    for k = 19, 20 do
      if redis.call('HLEN', keys[k]) > 0 then
        local found = redis.call('HMGET', keys[k], unpack(g.marks, first + 1, first + g.n))
        for i = 1, g.n do
          if found[i] and g.marks[first + i] ~= '' then
            if k == 19 then g.hit[i] = o.platform else g.own[i] = o.own end
          end
        end
      end
    end
  end

  -- The person of a group's i-th job, as a mark; '' if it names none.
  function person_of(g, i) return g.marks[2 * g.n + i] or '' end

  -- The dated oppositions to the advertiser of a number and its person, as one text; '' where
  -- there is none, or where the list has the number without a date.
  local function opposed_text(keys, o, number, person)
    local of = redis.call('HMGET', keys[K.dated_own], number, person ~= '' and person or number)
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
  local function opposed_among(keys, o, g, unsure, shift)
    for i in pairs(g.hit) do g.stop[i] = true end
    if next(g.own) == nil and #o.opposed == 0 then return end
    for i = 1, g.n do
      local known, text = o.opposed[shift + i] or '', ''
      if g.own[i] then
        local lift = tonumber(o.lifts[shift + i] or '')
        if known ~= '' or lift then text = opposed_text(keys, o, g.marks[i], person_of(g, i)) end
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

  -- The id of a group's i-th job.
  function id_of(g, i) return string.sub(g.marks[g.n + i], 3) end

  -- Which are cancelled; and whether a batch is being cancelled, as a member says that no id can be (66_batch.lua).
  local function cancelled_among(key, g)
    local gone, ids = {}, {}
    if g.n == 0 or redis.call('SCARD', key) == 0 then return gone end
    for i = 1, g.n do ids[i] = id_of(g, i) end
    ids[g.n + 1] = '\n'
    local found = redis.call('SMISMEMBER', key, unpack(ids))
    for i = 1, g.n do gone[i] = found[i] == 1 or nil end
    return gone, found[g.n + 1] == 1
  end

  -- Which of the r candidates are the second of their number, id or person, in the campaign
  -- or in this batch; and the marks of those that are not. Numbers, ids and persons stand in
  -- one array, so that one command asks for all.
  local function duplicates_among(seen, o, r)
    local dup, marks, m, fresh, again = {}, {}, 0, {}, {}
    if o.r == 0 then return dup, marks end
    for _, i in ipairs(o.again) do again[i] = true end
    local all, total = r.marks, #r.marks
    local found = redis.call('SMISMEMBER', seen, unpack(all))
    for k = 1, total do
      if found[k] == 1 then dup[(k - 1) % o.r + 1] = true end
    end
    if not o.repeats and o.pf == 0 and #o.again == 0 and next(dup) == nil and next(r.stop) == nil then
      return dup, all
    end
    for i = 1, o.r do
      if again[i] then dup[i] = nil
      else
        for k = i, total, o.r do
          if fresh[all[k]] then dup[i] = true end
        end
        -- A job that a list stops leaves no mark: the next of its number is none the less the first.
        if not dup[i] and not r.stop[i] then
          for k = i, total, o.r do
            local mark = all[k]
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

  -- What the campaign rests on, the first KEPT_HOLDING of it, and what is only told. Large batches come one
  -- after the other: of those one in KEPT_EVERY notes what is new.
  local KEPT, KEPT_HOLDING = { 'attempts', 'consent', 'dated_platform', 'dated_own', 'seen', 'stats', 'refused', 'invalid', 'facts', 'oppositions' }, 5
  local KEPT_LARGE, KEPT_EVERY = 50, 16

  local function kept_missing(key, name) return { 'type', key, 'key that was there: bring it back, or licetctl list accept ' .. name .. ' --reason R' } end

  -- Of keys of ours that were there: a reply if one that counts is gone; else nil, and o.fresh is what is
  -- to be noted.
  local function kept_refusal(keys, o)
    local notes = o.n < KEPT_LARGE or o.now % KEPT_EVERY == 0
    local names, there, new, from = {}, {}, {}, #o.prefix + 1
    for i = 1, notes and #KEPT or KEPT_HOLDING do names[i] = string.sub(keys[K[KEPT[i]]], from) end
    local values = redis.call('HMGET', o.prefix .. 'kept', unpack(names))
    for i = 1, #names do
      local value, key = values[i], keys[K[KEPT[i]]]
      if not value then new[#new + 1] = key
      elseif i <= KEPT_HOLDING then
        if value ~= 'there' then return kept_missing(key, names[i]) end
        there[#there + 1] = key
      end
    end
    if #there > 0 and redis.call('EXISTS', unpack(there)) < #there then
      for _, key in ipairs(there) do
        if redis.call('EXISTS', key) == 0 then return kept_missing(key, string.sub(key, from)) end
      end
    end
    o.fresh = {}
    if not notes or #new == 0 or redis.call('EXISTS', unpack(new)) == 0 then return nil end
    for _, key in ipairs(new) do
      if redis.call('EXISTS', key) == 1 then o.fresh[#o.fresh + 1], o.fresh[#o.fresh + 2] = string.sub(key, from), 'there' end
    end
  end

  -- What is known of a group: its place in the batch; numbers, ids, persons; lists, cancellations, duplicates.
  function group_of(index, marks, n)
    return { n = n, index = index, marks = marks, dup = {}, stop = {}, lifted = {}, used = {} }
  end

  local function group_ask(keys, o, g, shift)
    g.hit, g.own = list_hits(keys, o, g, shift)
    g.gone, g.frozen = cancelled_among(keys[K.cancel], g)
    if #g.marks > 2 * g.n then person_hits(keys, o, g) end
    for i in pairs(g.gone) do g.stop[i] = true end
  end

  -- Slots that were used: a precise time is asked for once.
  local function used_slots(keys, o, stop)
    local used, again, slots = {}, {}, o.slots
    if #slots == 0 then return used end
    local found = redis.call('SMISMEMBER', keys[K.slots], unpack(slots))
    for i = 1, o.r do
      local slot = slots[i]
      if slot ~= '' and not stop[i] then
        if found[i] == 1 or again[slot] then used[i] = true end
        again[slot] = true
      end
    end
    return used
  end

  local BLOCKS = { [A.jobs] = 'jobs', [A.fields] = 'fields', [A.known] = 'known', [A.counted] = 'new', [A.registry] = 'registry_known',
    [A.lifts] = 'lifts', [A.dated] = 'opposed', [A.slots] = 'slots', [A.targets] = 'targets', [A.ends] = 'ends',
    [A.buckets] = 'buckets_at' }

  -- The call taken apart: o with its blocks, and the groups r and l.
  function commit_read(args)
    local o, unpacked = cmsgpack.unpack(args[A.o]), cmsgpack.unpack
    o.odd, o.packed, o.sizes = {}, {}, {}
    for at, name in pairs(BLOCKS) do o[name] = unpacked(args[at]) end
    return o, group_of(unpacked(args[A.at_r]), unpacked(args[A.marks_r]), o.r), group_of(unpacked(args[A.at_l]), unpacked(args[A.marks_l]), o.l)
  end

  -- The streams that the batch goes to, and what it lifts.
  local function streams_written(keys, o, r, l)
    local streams = {}
    local ends = o.x > 0 or next(r.stop) or next(l.stop)
    for i = 1, ends and 0 or l.n do ends = ends or string.byte(o.targets[i]) == 101 end -- e
    if ends then streams = { keys[K.refused], keys[K.invalid] } end
    if next(r.lifted) then streams[#streams + 1] = keys[K.oppositions] end
    return streams
  end

  -- What is written without having been read, which would have told its type.
  local function unread_types(keys, o, r, l)
    local types = { keys[K.totals], 'hash', keys[K.facts], 'hash' }
    if o.l > 0 or o.x > 0 or next(r.stop) then
      types = { keys[K.totals], 'hash', keys[K.facts], 'hash', keys[K.later], 'zset', keys[K.refused], 'stream', keys[K.invalid], 'stream' }
    end
    if next(r.lifted) then types[#types + 1], types[#types + 2] = keys[K.oppositions], 'stream' end
    for i = 1, l.n > 0 and #o.helds or 0 do
      types[#types + 1], types[#types + 2] = keys[LISTS_AT + 2 * #o.names + i], 'list'
    end
    local bad, want = wrong_type(types)
    if bad then return bad, want end
    local full = full_stream(streams_written(keys, o, r, l))
    if full then return full, 'stream that can take more' end
  end

  -- All that is asked before anything is written. Returns a reply that says why nothing may move, or nil
  -- and the marks that what is released leaves behind.
  function commit_ask(keys, args, o, r, l)
    local no = campaign_refusal(keys, args, o) or kept_refusal(keys, o)
    if no then return no end
    o.stored = batch_stored(keys, args, o, r)
    if not o.stored then return { 'moved' } end
    no = room_refusal(keys, o) or commit_stale(keys, o, r, l)
    if no then return no end
    local unplaced = unplaced_among(o.prefix, r.marks, o.r)
    if unplaced then return { 'unplaced', unpack(unplaced) } end
    group_ask(keys, o, r, 0)
    group_ask(keys, o, l, o.r)
    if r.frozen or l.frozen then return { 'cancelling' } end
    local unsure = { 'opposed' }
    opposed_among(keys, o, r, unsure, 0)
    opposed_among(keys, o, l, unsure, o.r)
    if #unsure > 1 then return unsure end
    r.used = used_slots(keys, o, r.stop)
    for i in pairs(r.used) do r.stop[i] = true end
    local marks
    r.dup, marks = duplicates_among(keys[K.seen], o, r)
    for i in pairs(r.dup) do r.stop[i] = true end
    o.begun = redis.call('HEXISTS', keys[K.stats], 'erased') == 1
    o.judged = ask_judged(keys, o)
    local key, want = unread_types(keys, o, r, l)
    if key then return { 'type', key, want } end
    return nil, marks
  end
end
