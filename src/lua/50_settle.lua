-- licet_settle, licet_recall, licet_lapse: the daemon moves what senders reported,
-- takes back what may not go out any more, and lists what nobody finished.
-- They write campaign keys, which a sender may not.

local REFUSING = { ['opposed-platform'] = true, ['opposed-advertiser'] = true, listed = true, refusal = true,
  ['consent-withdrawn'] = true, cancelled = true, ['campaign-ended'] = true, erased = true }

-- The keys that moving an entry of this campaign writes; nil if their types are right, and its
-- streams can take more.
local function campaign_wrong(prefix, campaign, e)
  local done, refused = campaign_key(prefix, campaign, 'done'), campaign_key(prefix, campaign, 'refused')
  local types = { campaign_key(prefix, campaign, 'stats'), 'hash', done, 'stream', refused, 'stream', campaign_key(prefix, campaign, 'def'), 'hash',
    campaign_key(prefix, campaign, 'seen'), 'set', prefix .. 'stats', 'hash', prefix .. 'facts', 'hash' }
  if e then
    types[#types + 1], types[#types + 2] = campaign_key(prefix, campaign, 'held:' .. e[E.place]), 'list'
    types[#types + 1], types[#types + 2] = prefix .. 'attempts:' .. e[E.advertiser], 'hash'
    types[#types + 1], types[#types + 2] = prefix .. 'slots:' .. e[E.advertiser], 'set'
    types[#types + 1], types[#types + 2] = campaign_key(prefix, campaign, 'later'), 'zset'
    types[#types + 1], types[#types + 2] = campaign_key(prefix, campaign, 'heads'), 'hash'
  end
  local bad, type_ = wrong_type(types)
  if bad then return bad, type_ end
  local full = full_stream{ done, refused }
  if full then return full, 'stream that can take more' end
end

-- The same of many entries: the keys that an entry goes to are asked once for all that go there. One that was released
-- before its advertiser became another name of some other is that one's from here on.
local function wrong_asker(prefix)
  local known, companies = {}, {}
  return function(e)
    local to = e[E.campaign] .. ' ' .. e[E.place] .. ' ' .. e[E.advertiser]
    companies[to] = companies[to] or company.of(prefix, e[E.advertiser])
    e[E.advertiser] = companies[to]
    if known[to] == nil then known[to] = campaign_wrong(prefix, e[E.campaign], e) or false end
    return known[to]
  end
end

-- The keys of a route that settling, recalling and lapsing write besides; nil if their types are right.
local function route_wrong(prefix, route)
  local ready = prefix .. 'ready:' .. route
  return wrong_type{ prefix .. 'route:' .. route, 'hash', ready .. ':health', 'hash', ready .. ':times', 'hash', out_key_of(prefix), 'hash',
    prefix .. 'clock', 'hash' }
end

-- How long a job waits that may not be handed over just now.
local LATER_MS = 60000

-- A member of the time-ordered set: members must differ, two equal jobs are two.
local function later_form(job, attempt, token)
  return '#attempt=' .. attempt .. ';u=' .. token .. '\t' .. job
end

-- What nobody can read, or was settled before, is kept, but not where everybody looks: it may hold a number.
local function keep_odd(prefix, route, where, what, text)
  local odd = prefix .. 'ready:' .. route .. ':odd'
  if is_type(odd, 'list') then
    redis.call('RPUSH', odd, text)
    redis.call('LTRIM', odd, -1000, -1)
  end
  errors_tell(prefix, where, what .. ', kept in ' .. odd)
end

local function give_attempt_back(prefix, e, reached)
  local attempts, day = prefix .. 'attempts:' .. e[E.advertiser], tonumber(e[E.day])
  local field, mark = attempts_of_number(e[E.to])
  attempt_give_back(attempts, field, mark, day, reached)
  if e[E.person] == '' then return end
  field, mark = attempts_of_person(e[E.person])
  attempt_give_back(attempts, field, mark, day, reached)
end

local function campaign_count(prefix, campaign, counters)
  write_counters(campaign_key(prefix, campaign, 'stats'), counters)
  for name in pairs(counters) do
    if string.find(name, '^held%.') then counters[name] = nil end
  end
  write_counters(prefix .. 'stats', counters)
end

-- What is known of a campaign while many of its jobs come back, and what is counted meanwhile.
local function comers(back, prefix, campaign)
  if not back[campaign] then
    local family = redis.call('HGET', campaign_key(prefix, campaign, 'def'), 'family')
    local seen = seen_key(prefix, campaign, family)
    back[campaign] = { seen = is_type(seen, 'set') and seen, counters = {} }
  end
  return back[campaign]
end

-- Write what was counted; nothing of it may be lost once put_back() has been called.
local function comers_done(back, prefix, route)
  local n = 0
  for campaign, known in pairs(back) do
    n = n + (known.counters.withdrawn or 0)
    campaign_count(prefix, campaign, known.counters)
  end
  if n > 0 then breaker_released(prefix, prefix .. 'ready:' .. route, route, -n) end
end

-- A released job comes back: it was not called, so its marks and its attempt go.
local function put_back(back, prefix, e, entry, reason, rule, now)
  local campaign, job = e[E.campaign], entry_job(entry, e)
  local known = comers(back, prefix, campaign)
  local seen, counters = known.seen, known.counters
  if tonumber(e[E.attempt]) <= 1 then
    if seen then
      redis.call('SREM', seen, e[E.to], 'i:' .. e[E.id])
      if e[E.person] ~= '' then redis.call('SREM', seen, 'p:' .. e[E.person]) end
      kept_emptied(prefix, seen)
    end
  end
  give_attempt_back(prefix, e)
  if e[E.slot] ~= '' then redis.call('SREM', prefix .. 'slots:' .. e[E.advertiser], e[E.slot]) end
  count(counters, 'ready', -1)
  count(counters, 'withdrawn', 1)
  if REFUSING[reason] then
    stream_add(campaign_key(prefix, campaign, 'refused'), now, 'id', e[E.id], 'to', e[E.to], 'reason', reason, 'rule', rule,
      'field', '', 'position', '', 'hint', 'was ready', 'at', ms_text(now), 'job', job)
    if reason == 'cancelled' then count(counters, 'cancelled', 1)
    else
      count(counters, 'refused', 1)
      count(counters, 'refused.' .. reason, 1)
    end
  elseif reason == 'not-before' then
    redis.call('ZADD', campaign_key(prefix, campaign, 'later'), now + LATER_MS, later_form(job, e[E.attempt], e[E.token]))
    count(counters, 'later', 1)
  else
    -- To the front: it was there before the others.
    redis.call('LPUSH', campaign_key(prefix, campaign, 'held:' .. e[E.place]), stored_form(job, e[E.attempt]))
    head_add(campaign_key(prefix, campaign, 'heads'), e[E.place], HEAD_MOVED)
    count(counters, 'held', 1)
    count(counters, 'held.' .. e[E.place], 1)
  end
end

local UNIT_MS = { s = 1000, m = 60000, h = 3600000, d = 86400000 }

-- When to try again after that outcome, by the campaign's definition; nil: it is done. The
-- retry passes every rule again and counts against the cap. defs: what is known of definitions already.
local function retry_ms(prefix, e, outcome, now, defs)
  local campaign = e[E.campaign]
  defs[campaign] = defs[campaign] or redis.call('HMGET', campaign_key(prefix, campaign, 'def'), 'retry', 'retry_max')
  local def = defs[campaign]
  if not def[1] or tonumber(e[E.attempt]) > (tonumber(def[2] or '') or 3) then return nil end
  for name, n, unit in string.gmatch(def[1], '([%a-]+):(%d+)([smhd])') do
    if name == outcome then return now + tonumber(n) * UNIT_MS[unit] end
  end
end

-- What is known while many outcomes are recorded, and what is counted meanwhile.
local function recorder(prefix, route, now)
  return { prefix = prefix, route = route, now = now, defs = {}, facts = {}, counters = {}, outcomes = {}, durations = {}, waits = {}, reached = {},
    over = {} }
end

-- What a record says besides, where there is something to say: for the decision log what its code was made of.
local function done_more(e, slot, event)
  local more = slot and { 'slot_ms', slot } or {}
  if (e[E.mac] or '') ~= '' then
    for _, text in ipairs{ 'made', e[E.made], 'mac', e[E.mac] } do more[#more + 1] = text end
    if event.by then more[#more + 1], more[#more + 2] = 'by', event.by end
  end
  return more
end

local function record_done(rec, e, entry, event)
  local prefix, campaign, now = rec.prefix, e[E.campaign], rec.now
  local again = retry_ms(prefix, e, event.outcome, now, rec.defs)
  -- What a person settles was noted as reached when its lease was over.
  if event.outcome == 'not-placed' then give_attempt_back(prefix, e, event.by)
  elseif REACHING[event.outcome] and not event.by then rec.reached[#rec.reached + 1], rec.over[e[E.token]] = e, e
  elseif event.by and not REACHING[event.outcome] then attempts_note(prefix, { e }, false) end
  if not event.by then
    rec.outcomes[#rec.outcomes + 1] = event.outcome
    local taken, released = tonumber(event.taken_ms), tonumber(e[E.released])
    rec.durations[#rec.durations + 1] = (tonumber(event.done_ms) or 0) - (taken or 0)
    if taken and released then rec.waits[#rec.waits + 1] = taken - released end
  end
  if rec.facts[e[E.facts]] == nil then rec.facts[e[E.facts]] = redis.call('HGET', prefix .. 'facts', e[E.facts]) or e[E.facts] end
  -- The precise time that the person asked for, where it went out on that.
  local slot = string.match(e[E.slot], '/(%d+)$')
  stream_add(campaign_key(prefix, campaign, 'done'), now, 'id', e[E.id], 'to', e[E.to], 'outcome', event.outcome,
    'attempt', e[E.attempt], 'released_ms', e[E.released], 'taken_ms', event.taken_ms or '', 'done_ms', event.done_ms or '', 'route', rec.route,
    'sender', event.sender or '', 'place', e[E.place], 'not_after_ms', e[E.not_after],
    'window_close_ms', e[E.close], 'cap', e[E.cap], 'consent', e[E.proof],
    'lists', e[E.lists], 'facts', rec.facts[e[E.facts]], 'detail', event.detail or '', 'token', e[E.token],
    'retry_ms', again and ms_text(again) or '', unpack(done_more(e, slot, event)))
  local counters = rec.counters[campaign] or {}
  rec.counters[campaign] = counters
  count(counters, 'taken', -1)
  if again then
    redis.call('ZADD', campaign_key(prefix, campaign, 'later'), again, later_form(entry_job(entry, e), tonumber(e[E.attempt]) + 1, e[E.token]))
    count(counters, 'later', 1)
    count(counters, 'retried.' .. event.outcome, 1)
  else
    count(counters, 'done', 1)
    count(counters, 'done.' .. event.outcome, 1)
  end
end

local function recorder_done(rec)
  attempts_note(rec.prefix, rec.reached, true)
  forget_out(out_key_of(rec.prefix), rec.over)
  for campaign, counters in pairs(rec.counters) do campaign_count(rec.prefix, campaign, counters) end
  breaker_note(rec.prefix, rec.prefix .. 'ready:' .. rec.route, rec.route, rec.outcomes, rec.now)
  times_note(rec.prefix, rec.prefix .. 'ready:' .. rec.route, rec.durations)
end

do
  local SETTLED_DAYS, CAMPAIGN_ID = 3, '^[a-z0-9][a-z0-9._-]*$'

  -- How many of which campaigns one call of licet_take handed over, as an event says; nil: it says nothing of the kind.
  local function taken_of(event)
    local ok, campaigns = pcall(cjson.decode, event.campaigns or '')
    if not ok or type(campaigns) ~= 'table' or (event.token or '') == '' then return nil end
    local all = 0
    for campaign, n in pairs(campaigns) do
      if type(campaign) ~= 'string' or #campaign > 64 or not string.find(campaign, CAMPAIGN_ID) or type(n) ~= 'number' or n < 1 or n % 1 ~= 0 then
        return nil
      end
      all = all + n
    end
    return all <= TAKE_MAX and campaigns or nil
  end

  -- An event as it was written, and what is in it: taken, or e and job. odd: it is no event.
  local function read_event(item)
    local event = { id = item[1] }
    for k = 1, #item[2], 2 do event[item[2][k]] = item[2][k + 1] end
    event.id = item[1]
    if event.kind == 'taken' then
      event.taken = taken_of(event)
      event.odd = not event.taken
      return event
    end
    event.e = entry_split(event.entry or '')
    local known = event.kind == 'back' and event.reason and event.rule or event.kind == 'done' and OUTCOMES[event.outcome or '']
    event.odd = not event.e or not known or not string.find(event.e[E.campaign], CAMPAIGN_ID)
    return event
  end

  local function event_wrong(prefix, event, entry_wrong)
    if event.odd then return nil end
    if event.e then return entry_wrong(event.e) end
    for campaign in pairs(event.taken) do
      local bad = campaign_wrong(prefix, campaign)
      if bad then return bad end
    end
  end

  -- An event by what it is known again: a take by the first job that it handed over, else the token.
  local function mark_of(event)
    return event.taken and 't:' .. event.token or event.e[E.token]
  end

  -- Which of these tokens a sender has still, or nobody knows what became of them.
  local function still_out(ready, tokens)
    local ends, unknown, is = redis.call('ZMSCORE', ready .. ':lapse', unpack(tokens)), redis.call('HMGET', ready .. ':unknown', unpack(tokens)), {}
    for i, token in ipairs(tokens) do is[token] = ends[i] or unknown[i] end
    return is
  end

  -- Which of these tokens were handed over once, by the calls that are out, unknown or past.
  local function handed_over(ready, tokens, now)
    local is, day = still_out(ready, tokens), math.floor(now / 86400000)
    for ago = 0, SETTLED_DAYS - 1 do
      for i, past in ipairs(redis.call('HMGET', past_key(ready, day - ago), unpack(tokens))) do is[tokens[i]] = is[tokens[i]] or past end
    end
    return is
  end

  -- What the functions cannot have told: a take of what nobody was handed, the end of a call that is not over.
  local function note_untrue(ready, events, now)
    local takes, ends = {}, {}
    for _, event in ipairs(events) do
      if event.odd then -- it is set aside already
      elseif event.taken then takes[#takes + 1] = event.token
      else ends[#ends + 1] = event.e[E.token] end
    end
    local handed, out = #takes > 0 and handed_over(ready, takes, now) or {}, #ends > 0 and still_out(ready, ends) or {}
    for _, event in ipairs(events) do
      -- Long ago: what was known of the call may be forgotten.
      local long_ago = (tonumber(string.match(event.id, '^%d+')) or 0) < now - (SETTLED_DAYS - 1) * 86400000
      if not event.odd and event.taken then event.odd = not handed[event.token] and not long_ago
      elseif not event.odd then event.odd = out[event.e[E.token]] and true end
    end
  end

  -- Each token is taken once and settled once, whoever says so again: which of the events come too late.
  local function note_repeats(ready, events, now)
    local marks, of, day = {}, {}, math.floor(now / 86400000)
    for _, event in ipairs(events) do
      if not event.odd then
        local mark = mark_of(event)
        if of[mark] then event.odd, event.again = true, true else marks[#marks + 1], of[mark] = mark, event end
      end
    end
    if #marks == 0 then return end
    for ago = 0, SETTLED_DAYS - 1 do
      local key = ready .. ':settled:' .. (day - ago)
      for i, on in ipairs(is_type(key, 'set') and redis.call('SMISMEMBER', key, unpack(marks)) or {}) do
        if on == 1 then of[marks[i]].odd, of[marks[i]].again = true, true end
      end
    end
    local fresh = {}
    for _, mark in ipairs(marks) do
      if not of[mark].odd then fresh[#fresh + 1] = mark end
    end
    return ready .. ':settled:' .. day, fresh
  end

  local function set_aside(prefix, route, event)
    keep_odd(prefix, route, 'settle:' .. route, event.again and 'an event of what was settled before' or 'an event that is none',
      event.entry or cjson.encode{ kind = event.kind or '', token = event.token or '', campaigns = event.campaigns or '' })
  end

  local function apply(prefix, route, events, now)
    local rec, back = recorder(prefix, route, now), {}
    for _, event in ipairs(events) do
      if event.odd then set_aside(prefix, route, event)
      elseif event.taken then
        for campaign, n in pairs(event.taken) do
          local counters = rec.counters[campaign] or {}
          rec.counters[campaign] = counters
          count(counters, 'ready', -n)
          count(counters, 'taken', n)
        end
      elseif event.kind == 'back' then put_back(back, prefix, event.e, event.entry, event.reason, event.rule, now)
      else record_done(rec, event.e, event.entry, event) end
    end
    recorder_done(rec) -- first: whether the breaker trips or flows tells how what came back is counted
    comers_done(back, prefix, route)
    return rec.waits
  end

  -- licet_settle: all is read and asked first; then the events leave their stream, and nothing behind
  -- that can fail: each takes effect once.
  -- KEYS  1 licet:settle:<route>     ARGV  1 now   2 first id   3 how many at most
  -- Returns {events read, last id, first key of a wrong type or "", for each call that was reported: ms from release to take}.
  local function settle(keys, args)
    local prefix, route = string.match(keys[1], '^(.*)settle:(.*)$')
    -- What was handed over and settled is kept by the day of Redis: that of a licetd whose clock is wrong may be another.
    local now, told_ms = tonumber(args[1]), now_ms(prefix)
    local ready, day = prefix .. 'ready:' .. route, math.floor(told_ms / 86400000)
    local bad = not is_type(keys[1], 'stream') and keys[1] or route_wrong(prefix, route) or wrong_type{ ready .. ':lapse', 'zset',
      ready .. ':unknown', 'hash', past_key(ready, day), 'hash', past_key(ready, day - 1), 'hash', past_key(ready, day - 2), 'hash' }
    if bad then return { 0, args[2], bad, {} } end
    place_pending(prefix, now)
    local items, last, first_bad = redis.call('XRANGE', keys[1], args[2], '+', 'COUNT', args[3]), args[2], ''
    local events, gone, entry_wrong = {}, {}, wrong_asker(prefix)
    for _, item in ipairs(items) do
      local event = read_event(item)
      local wrong = event_wrong(prefix, event, entry_wrong)
      if wrong then first_bad = wrong else events[#events + 1], gone[#gone + 1] = event, event.id end
      last = item[1]
    end
    note_untrue(ready, events, told_ms)
    local settled, fresh = note_repeats(ready, events, told_ms)
    if #gone > 0 then redis.call('XDEL', keys[1], unpack(gone)) end
    if fresh and #fresh > 0 and is_type(settled, 'set') then
      redis.call('SADD', settled, unpack(fresh))
      redis.call('EXPIRE', settled, SETTLED_DAYS * 86400)
    end
    return { #items, last, first_bad, apply(prefix, route, events, now) }
  end

  redis.register_function{ function_name = 'licet_settle', callback = guarded(settle), flags = { 'allow-oom' } }
end

-- Is a job of that campaign cancelled? The campaigns that have no cancellations are asked once.
local function cancelled_asker(prefix)
  local some = {}
  return function(campaign, id)
    local key = campaign_key(prefix, campaign, 'cancel')
    if some[campaign] == nil then some[campaign] = is_type(key, 'set') and redis.call('SCARD', key) > 0 end
    return some[campaign] and redis.call('SISMEMBER', key, id) == 1
  end
end

-- licet_recall: look at some entries of a ready list, from its head, and take back
-- those that are over, cancelled, or whose campaign is named. The others go to the tail, so
-- that len/count calls look at each once and the order stays.
-- KEYS  1 licet:ready:<route>     ARGV  1 now   2 how many   3 JSON: campaign -> {reason, rule}
-- Returns {looked at, taken back, when the kept are to be looked at again ("0": never), how many of them may not go}. One
-- that may not go stays while a key that its end is recorded in is wrong, or takes nothing: for a second, then it is tried
-- again.
local function recall(keys, args)
  local prefix, route = ready_route(keys[1])
  local now, named = tonumber(args[1]), cjson.decode(args[3])
  if not is_type(keys[1], 'list') then return { 0, 0, '0', 0 } end
  local bad, type_ = route_wrong(prefix, route)
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local entries = redis.call('LRANGE', keys[1], 0, tonumber(args[2]) - 1)
  local kept, going, earliest, stuck, cancelled, entry_wrong = {}, {}, 0, 0, cancelled_asker(prefix), wrong_asker(prefix)
  for _, entry in ipairs(entries) do
    local e = entry_split(entry)
    local why = e and ((cancelled(e[E.campaign], e[E.id]) and { 'cancelled', 'cancel' }) or named[e[E.campaign]] or
      (tonumber(e[E.not_after]) <= now and { 'window-closing', 'not_after' }))
    if why and not entry_wrong(e) then going[#going + 1] = { e = e, entry = entry, why = why }
    else
      kept[#kept + 1] = entry
      local at = why and now + 1000 or e and tonumber(e[E.not_after]) or 0
      if why then stuck = stuck + 1 end
      if at > 0 and (earliest == 0 or at < earliest) then earliest = at end
    end
  end
  -- Off first: put back twice, they would be called twice. Nothing behind this can fail.
  if #entries > 0 then redis.call('LTRIM', keys[1], #entries, -1) end
  for i = 1, #kept, 1000 do redis.call('RPUSH', keys[1], unpack(kept, i, math.min(i + 999, #kept))) end
  local all = {}
  for _, g in ipairs(going) do put_back(all, prefix, g.e, g.entry, g.why[1], g.why[2], now) end
  comers_done(all, prefix, route)
  return { #entries, #going, ms_text(earliest), stuck }
end

-- When leases end, made anew from the leases where that was deleted: else they would never end.
local function lapse_mend(prefix, route, lapse_key, lease_key)
  if redis.call('EXISTS', lapse_key) == 1 then return end
  local leases, ends = redis.call('HGETALL', lease_key), {}
  local lease_ms = route_lease_ms(redis.call('HGET', prefix .. 'route:' .. route, 'lease_s'))
  for i = 1, #leases, 2 do
    -- What is no lease is over: it is set aside then.
    local taken_ms = whole(string.match(leases[i + 1], '^(%d+)\t')) or 0
    ends[#ends + 1], ends[#ends + 2] = ms_text(taken_ms > 0 and taken_ms + lease_ms or 0), leases[i]
  end
  for i = 1, #ends, 1000 do redis.call('ZADD', lapse_key, unpack(ends, i, math.min(i + 999, #ends))) end
  if #ends > 0 then
    errors_tell(prefix, 'ready:' .. route .. ':lapse',
      'it was gone: when leases end is counted anew from the leases')
  end
end

-- licet_lapse: leases that are over become unknown: listed, never redialled blindly.
-- KEYS  1 licet:ready:<route>     ARGV  1 now   2 how many at most
-- Returns {lapsed, end of the next lease ("0": none)}. Errors: TYPE.
local function lapse(keys, args)
  local prefix, route = ready_route(keys[1])
  local lapse_key, lease_key, unknown = keys[1] .. ':lapse', keys[1] .. ':lease', keys[1] .. ':unknown'
  local bad, type_ = wrong_type{ lapse_key, 'zset', lease_key, 'hash', unknown, 'hash' }
  if not bad then bad, type_ = route_wrong(prefix, route) end
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  lapse_mend(prefix, route, lapse_key, lease_key)
  local tokens, going, over, gone = redis.call('ZRANGEBYSCORE', lapse_key, '-inf', args[1], 'LIMIT', 0, args[2]), {}, {}, {}
  local left, odd = {}, {} -- tokens and leases; what is none
  local leases, entry_wrong = #tokens > 0 and redis.call('HMGET', lease_key, unpack(tokens)) or {}, wrong_asker(prefix)
  for i, token in ipairs(tokens) do
    local e = lease_split(leases[i])
    if not e or not entry_wrong(e) then
      over[#over + 1] = token
      if e then
        going[#going + 1], gone[token] = e, e
        left[#left + 1], left[#left + 2] = token, leases[i]
      elseif leases[i] then odd[#odd + 1] = leases[i] end
    end
  end
  if #over > 0 then
    if #left > 0 then redis.call('HSET', unknown, unpack(left)) end
    redis.call('HDEL', lease_key, unpack(over))
    redis.call('ZREM', lapse_key, unpack(over))
    for _, lease in ipairs(odd) do keep_odd(prefix, route, 'ready:' .. route .. ':lease', 'a lease that is no entry', lease) end
    attempts_note(prefix, going, true) -- as far as anybody knows
    forget_out(out_key_of(prefix), gone)
  end
  local outcomes = {}
  for i, e in ipairs(going) do
    campaign_count(prefix, e[E.campaign], { taken = -1, unknown = 1 })
    outcomes[i] = 'lapsed'
  end
  breaker_note(prefix, keys[1], route, outcomes, tonumber(args[1]))
  local next_ = redis.call('ZRANGE', lapse_key, 0, 0, 'WITHSCORES')
  return { #going, next_[2] or '0' }
end

redis.register_function{ function_name = 'licet_recall', callback = guarded(recall), flags = { 'allow-oom' } }
redis.register_function{ function_name = 'licet_lapse', callback = guarded(lapse), flags = { 'allow-oom' } }
