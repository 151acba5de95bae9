-- licet_settle, licet_recall, licet_lapse: the daemon moves what senders reported,
-- takes back what may not go out any more, and lists what nobody finished.
-- They write campaign keys, which a sender may not.

local REFUSING = { ['opposed-platform'] = true, ['opposed-advertiser'] = true, listed = true, refusal = true,
  ['consent-withdrawn'] = true, cancelled = true, ['campaign-ended'] = true, erased = true }

-- The keys that moving an entry of this campaign writes; nil if their types are right.
local function campaign_wrong(prefix, campaign, e)
  local types = { campaign_key(prefix, campaign, 'stats'), 'hash', campaign_key(prefix, campaign, 'done'), 'stream',
    campaign_key(prefix, campaign, 'refused'), 'stream', campaign_key(prefix, campaign, 'def'), 'hash',
    campaign_key(prefix, campaign, 'seen'), 'set', prefix .. 'stats', 'hash', prefix .. 'facts', 'hash' }
  if e then
    types[#types + 1], types[#types + 2] = campaign_key(prefix, campaign, 'held:' .. e[E.place]), 'list'
    types[#types + 1], types[#types + 2] = prefix .. 'attempts:' .. e[E.advertiser], 'hash'
    types[#types + 1], types[#types + 2] = prefix .. 'slots:' .. e[E.advertiser], 'set'
    types[#types + 1], types[#types + 2] = campaign_key(prefix, campaign, 'later'), 'zset'
    types[#types + 1], types[#types + 2] = campaign_key(prefix, campaign, 'heads'), 'hash'
  end
  return wrong_type(types)
end

-- How long a job waits that may not be handed over just now.
local LATER_MS = 60000

-- A member of the time-ordered set: members must differ, two equal jobs are two.
local function later_form(job, attempt, token)
  return '#attempt=' .. attempt .. ';u=' .. token .. '\t' .. job
end

local function give_attempt_back(prefix, e)
  local attempts = prefix .. 'attempts:' .. e[E.advertiser]
  local field, mark = attempts_of_number(e[E.to])
  attempt_give_back(attempts, field, mark, e[E.day])
  if e[E.person] == '' then return end
  field, mark = attempts_of_person(e[E.person])
  attempt_give_back(attempts, field, mark, e[E.day])
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
local function put_back(back, prefix, e, job, reason, rule, now)
  local campaign = e[E.campaign]
  local known = comers(back, prefix, campaign)
  local seen, counters = known.seen, known.counters
  if tonumber(e[E.attempt]) <= 1 then
    if seen then
      redis.call('SREM', seen, e[E.to], 'i:' .. e[E.id])
      if e[E.person] ~= '' then redis.call('SREM', seen, 'p:' .. e[E.person]) end
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
-- retry passes every rule again and counts against the cap.
local function retry_ms(prefix, e, outcome, now)
  local def = redis.call('HMGET', campaign_key(prefix, e[E.campaign], 'def'), 'retry', 'retry_max')
  if not def[1] or tonumber(e[E.attempt]) > (tonumber(def[2] or '') or 3) then return nil end
  for name, n, unit in string.gmatch(def[1], '([%a-]+):(%d+)([smhd])') do
    if name == outcome then return now + tonumber(n) * UNIT_MS[unit] end
  end
end

local function record_done(prefix, route, e, job, event, now)
  local campaign, ready = e[E.campaign], prefix .. 'ready:' .. route
  local again = retry_ms(prefix, e, event.outcome, now)
  if event.outcome == 'not-placed' then give_attempt_back(prefix, e) end
  if not event.by then
    breaker_note(prefix, ready, route, event.outcome, now)
    times_note(prefix, ready, (tonumber(event.done_ms) or 0) - (tonumber(event.taken_ms) or 0))
  end
  -- The precise time that the person asked for, where it went out on that.
  local slot = string.match(e[E.slot], '/(%d+)$')
  stream_add(campaign_key(prefix, campaign, 'done'), now, 'id', e[E.id], 'to', e[E.to], 'outcome', event.outcome,
    'attempt', e[E.attempt], 'released_ms', e[E.released], 'taken_ms', event.taken_ms, 'done_ms', event.done_ms, 'route', route,
    'sender', event.sender, 'place', e[E.place], 'not_after_ms', e[E.not_after],
    'window_close_ms', e[E.close], 'cap', e[E.cap], 'consent', e[E.proof],
    'lists', e[E.lists], 'facts', redis.call('HGET', prefix .. 'facts', e[E.facts]) or e[E.facts], 'detail', event.detail or '', 'token', e[E.token],
    'retry_ms', again and ms_text(again) or '', unpack(slot and { 'slot_ms', slot } or {}))
  if again then
    redis.call('ZADD', campaign_key(prefix, campaign, 'later'), again, later_form(job, tonumber(e[E.attempt]) + 1, e[E.token]))
    campaign_count(prefix, campaign, { taken = -1, later = 1, ['retried.' .. event.outcome] = 1 })
  else
    campaign_count(prefix, campaign, { taken = -1, done = 1, ['done.' .. event.outcome] = 1 })
  end
end

-- One event of a settle stream. Returns nil, or the key whose type is wrong: the
-- event then stays where it is.
local function settle_event(prefix, route, event, now)
  if event.kind == 'taken' then
    local ok, campaigns = pcall(cjson.decode, event.campaigns or '')
    if not ok then return end
    for campaign in pairs(campaigns) do
      local bad = campaign_wrong(prefix, campaign)
      if bad then return bad end
    end
    for campaign, n in pairs(campaigns) do campaign_count(prefix, campaign, { ready = -n, taken = n }) end
    return
  end
  local e, job = entry_split(event.entry or '')
  if not e then
    -- Kept, but not where everybody looks: it may hold a number.
    local odd = prefix .. 'ready:' .. route .. ':odd'
    if is_type(odd, 'list') then redis.call('RPUSH', odd, event.entry or '') end
    redis.call('XADD', prefix .. 'errors', '*', 'where', 'settle:' .. route, 'error', 'an entry that is none, kept in ' .. odd)
    return
  end
  local bad = campaign_wrong(prefix, e[E.campaign], e) or
    wrong_type{ prefix .. 'ready:' .. route .. ':health', 'hash', prefix .. 'ready:' .. route .. ':times', 'hash' }
  if bad then return bad end
  if event.kind == 'back' then
    local back = {}
    put_back(back, prefix, e, job, event.reason, event.rule, now)
    comers_done(back, prefix, route)
  elseif event.kind == 'done' then record_done(prefix, route, e, job, event, now) end
end

-- licet_settle
-- KEYS  1 licet:settle:<route>     ARGV  1 now   2 first id   3 how many at most
-- Returns {events read, last id, first key of a wrong type or ""}.
local function settle(keys, args)
  local prefix, route = string.match(keys[1], '^(.*)settle:(.*)$')
  local now = tonumber(args[1])
  if not is_type(keys[1], 'stream') then return { 0, args[2], keys[1] } end
  local events = redis.call('XRANGE', keys[1], args[2], '+', 'COUNT', args[3])
  local last, bad_key, gone = args[2], '', {}
  for i, item in ipairs(events) do
    local event = {}
    for k = 1, #item[2], 2 do event[item[2][k]] = item[2][k + 1] end
    local bad = settle_event(prefix, route, event, now)
    if bad then bad_key = bad else gone[#gone + 1] = item[1] end
    last = item[1]
  end
  if #gone > 0 then redis.call('XDEL', keys[1], unpack(gone)) end
  return { #events, last, bad_key }
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
-- Returns {looked at, taken back, earliest not_after of the kept ("0": none)}.
local function recall(keys, args)
  local prefix, route = ready_route(keys[1])
  local now, named = tonumber(args[1]), cjson.decode(args[3])
  if not is_type(keys[1], 'list') then return { 0, 0, '0' } end
  local entries = redis.call('LRANGE', keys[1], 0, tonumber(args[2]) - 1)
  local kept, back, earliest, cancelled, all, wrong = {}, 0, 0, cancelled_asker(prefix), {}, {}
  -- The keys that an entry goes to are asked once for all that go there.
  local function may_move(e)
    local to = e[E.campaign] .. ' ' .. e[E.place] .. ' ' .. e[E.advertiser]
    if wrong[to] == nil then wrong[to] = campaign_wrong(prefix, e[E.campaign], e) ~= nil end
    return not wrong[to]
  end
  for i, entry in ipairs(entries) do
    local e, job = entry_split(entry)
    local why = e and ((cancelled(e[E.campaign], e[E.id]) and { 'cancelled', 'cancel' }) or named[e[E.campaign]] or
      (tonumber(e[E.not_after]) <= now and { 'window-closing', 'not_after' }))
    if why and may_move(e) then
      put_back(all, prefix, e, job, why[1], why[2], now)
      back = back + 1
    else
      kept[#kept + 1] = entry
      local at = e and tonumber(e[E.not_after]) or 0
      if at > 0 and (earliest == 0 or at < earliest) then earliest = at end
    end
  end
  comers_done(all, prefix, route)
  if #entries > 0 then redis.call('LTRIM', keys[1], #entries, -1) end
  for i = 1, #kept, 1000 do redis.call('RPUSH', keys[1], unpack(kept, i, math.min(i + 999, #kept))) end
  return { #entries, back, ms_text(earliest) }
end

-- licet_lapse: leases that are over become unknown: listed, never redialled blindly.
-- KEYS  1 licet:ready:<route>     ARGV  1 now   2 how many at most
-- Returns {lapsed, end of the next lease ("0": none)}.
local function lapse(keys, args)
  local prefix, route = ready_route(keys[1])
  local lapse_key, lease_key, unknown = keys[1] .. ':lapse', keys[1] .. ':lease', keys[1] .. ':unknown'
  if wrong_type{ lapse_key, 'zset', lease_key, 'hash', unknown, 'hash', keys[1] .. ':out', 'hash', keys[1] .. ':health', 'hash' } then return { 0, '0' } end
  local n = 0
  for _, token in ipairs(redis.call('ZRANGEBYSCORE', lapse_key, '-inf', args[1], 'LIMIT', 0, args[2])) do
    local lease = redis.call('HGET', lease_key, token)
    local e = lease and entry_split(string.match(lease, '^[^\t]*\t[^\t]*\t(.*)$') or '')
    redis.call('ZREM', lapse_key, token)
    redis.call('HDEL', lease_key, token)
    if e then
      redis.call('HSET', unknown, token, lease)
      forget_out(keys[1] .. ':out', e)
      campaign_count(prefix, e[E.campaign], { taken = -1, unknown = 1 })
      breaker_note(prefix, keys[1], route, 'lapsed', tonumber(args[1]))
      n = n + 1
    end
  end
  local next_ = redis.call('ZRANGE', lapse_key, 0, 0, 'WITHSCORES')
  return { n, next_[2] or '0' }
end

redis.register_function{ function_name = 'licet_settle', callback = settle, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'licet_recall', callback = recall, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'licet_lapse', callback = lapse, flags = { 'allow-oom' } }
