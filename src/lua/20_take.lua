-- licet_take: hand released jobs to a sender, after asking once more.
--
-- KEYS  1 licet:ready:<route>
-- ARGV  1 sender (1 to 64 bytes)   2 how many at most (1 to 500)
-- Returns an array of jobs, each a flat array of fields and values; empty when
-- there is none. Errors: SENDER, COUNT, KEY (not a ready list), ROUTE (not declared), TYPE.
-- Every entry is asked again: not_after by Redis TIME, halts, campaign status,
-- cancellation, lists and their metas, persons who objected, withdrawals since release, and
-- whether the number or the person is with a sender already. What fails goes
-- to the settle stream in the same step; the daemon moves it on. Only keys under
-- ready: and settle: are written.

local TAKE_MAX = 500
local LEASE_S, LEASE_S_MAX = 900, 86400

-- Memory of one call: each thing is asked once.
local function asker(prefix, route, now)
  local ask = { prefix = prefix, route = route, now = now, status = {}, opens = {}, ends = {}, halt = {}, meta = {} }

  function ask.campaign(c)
    if not ask.status[c] then
      local d = redis.pcall('HMGET', campaign_key(prefix, c, 'def'), 'status', 'advertiser', 'source', 'caller_id', 'message',
        'delivery', 'opt_out', 'route', 'start', 'end')
      if not d.err then
        ask.opens[c] = d[9] and instant_ms(d[9]) or nil
        ask.ends[c] = d[10] and instant_ms(d[10]) or nil
      end
      ask.status[c] = d.err and {} or d
    end
    return ask.status[c]
  end

  function ask.halted(advertiser, source)
    local name = advertiser .. ' ' .. source
    if ask.halt[name] == nil then
      if not is_type(prefix .. 'halt', 'hash') then ask.halt[name] = { 'all', 'halt is not a hash' }
      else
        local why, scope = halted(prefix, advertiser, source, route)
        ask.halt[name] = why and { scope, why } or false
      end
    end
    return ask.halt[name]
  end

  -- Does a list lack members, or, where it is required, its meta? Returns a reason, or false.
  function ask.list_fault(name, required)
    local meta = redis.pcall('HMGET', meta_key(prefix, name), unpack(LIST_FIELDS))
    if meta.err or required and not meta[1] then return 'list-missing' end
    -- A user of an earlier ACL may not ask the size: then what licetd found counts.
    local key = prefix .. 'list:' .. name
    local size = redis.acl_check_cmd('SCARD', key) and redis.pcall('SCARD', key) or math.huge
    if type(size) == 'table' then return 'list-malformed' end
    return members_lost(name, size, meta) > 0 and 'list-missing'
  end

  -- Is the number on the list? Returns a reason, or nil. "!" after a name: the
  -- list must have a meta, else nobody knows.
  function ask.listed(name, number)
    local required = string.sub(name, -1) == '!'
    if required then name = string.sub(name, 1, -2) end
    if ask.meta[name] == nil then ask.meta[name] = ask.list_fault(name, required) end
    if ask.meta[name] then return ask.meta[name], name end
    local on = redis.pcall('SISMEMBER', prefix .. 'list:' .. name, number)
    if type(on) == 'table' then return 'list-malformed', name end
    if on == 1 then return list_reason(name), name end
  end

  -- Is there an objection of the number that nobody has placed yet, or can that not be told?
  function ask.unplaced(number)
    local key = prefix .. 'unplaced'
    if ask.no_unplaced == nil then ask.no_unplaced = redis.pcall('HLEN', key) == 0 end
    return not ask.no_unplaced and redis.pcall('HGET', key, number) ~= false
  end

  -- Did the person object, whatever the number?
  function ask.opposed(person, advertiser)
    if person == '' then return nil end
    for _, a in ipairs{ false, advertiser } do
      local on = redis.pcall('HEXISTS', dated_key(prefix, a or nil), 'p:' .. person)
      if type(on) == 'table' then return 'facts-unknown', 'oppositions' end
      local list = a and 'opposition:' .. a or 'opposition'
      if on == 1 then return list_reason(list), list end
    end
  end

  -- Withdrawn since the release, which knew of the withdrawal that was received then (nil: of none)?
  function ask.withdrawn(advertiser, number, known)
    local value = redis.pcall('HGET', prefix .. 'consent:' .. advertiser, number)
    if type(value) == 'table' and value.err then return 'facts-unknown', 'consent' end
    if value and string.find(value, '"withdrawn_received_ms":', 1, true) then
      local ok, record = pcall(cjson.decode, value)
      local received = ok and type(record) == 'table' and record.withdrawn_received_ms
      if type(received) ~= 'number' then return 'facts-unknown', 'consent' end
      if ms_text(received) ~= known then return 'consent-withdrawn', 'registry' end
    end
  end

  function ask.cancelled(c, id)
    local on = redis.pcall('SISMEMBER', campaign_key(prefix, c, 'cancel'), id)
    if on == 1 then return 'cancelled', 'cancel' end
    if type(on) == 'table' then return 'facts-unknown', 'cancel' end
  end
  return ask
end

-- Why an entry may not go out now: reason and rule, or nil.
local function take_refusal(ask, e)
  if ask.now >= tonumber(e[E.not_after]) then return 'window-closing', 'not_after' end
  local def = ask.campaign(e[E.campaign])
  if def[1] == 'stopped' then return 'campaign-ended', 'stopped' end
  if def[1] == 'paused' then return 'campaign-paused', 'status' end
  if def[1] ~= 'running' or def[2] ~= e[E.advertiser] or def[8] ~= ask.route then return 'campaign-rejected', 'definition' end
  -- Dates may have been moved since the release.
  local opens, ends = ask.opens[e[E.campaign]], ask.ends[e[E.campaign]]
  if ends and ask.now >= ends then return 'campaign-ended', 'end' end
  if opens and ask.now < opens then return 'campaign-not-started', 'start' end
  local halt = ask.halted(e[E.advertiser], def[3] or '')
  if halt then return 'halted', halt[1] end
  local why, rule = ask.cancelled(e[E.campaign], e[E.id])
  if why then return why, rule end
  if ask.unplaced(e[E.to]) then return 'facts-unknown', 'unplaced' end
  for name in string.gmatch(e[E.lists], '[^,]+') do
    why, rule = ask.listed(name, e[E.to])
    if why then return why, rule end
  end
  why, rule = ask.opposed(e[E.person], e[E.advertiser])
  if why then return why, rule end
  return ask.withdrawn(e[E.advertiser], e[E.to], e[E.withdrawn])
end

local function take_job(ask, e, job)
  local def = ask.campaign(e[E.campaign])
  local vars = '{}'
  local vars_at = tonumber(e[E.vars_at])
  if vars_at > 0 then vars = string.sub(job, vars_at, vars_at + tonumber(e[E.vars_len]) - 1) end
  return { 'token', e[E.token], 'campaign', e[E.campaign], 'id', e[E.id], 'to', e[E.to], 'advertiser', e[E.advertiser],
    'caller_id', def[4] or '', 'message', def[5] or '', 'delivery', def[6] or '', 'opt_out', def[7] or '',
    'attempt', e[E.attempt], 'released_ms', e[E.released], 'not_after_ms', e[E.not_after], 'vars', vars }
end

-- One call at a time: is the number, or another of the person's, with a sender already?
local function is_out(key, e)
  local out = redis.call('HMGET', key, e[E.to], e[E.person] ~= '' and 'p:' .. e[E.person] or e[E.to])
  return out[1] or out[2]
end

local function note_out(key, field, token)
  local out = redis.call('HGET', key, field)
  redis.call('HSET', key, field, out and out .. ' ' .. token or token)
end

local function take(keys, args)
  local sender, want = args[1] or '', tonumber(args[2])
  local prefix, route = ready_route(keys[1] or '')
  if not prefix then return redis.error_reply('KEY expected the name of a ready list') end
  if #sender < 1 or #sender > 64 or string.find(sender, '[%c\t]') then
    return redis.error_reply('SENDER expected a name of 1 to 64 bytes without control characters')
  end
  if not want or want < 1 or want > TAKE_MAX or want % 1 ~= 0 then
    return redis.error_reply('COUNT expected a whole number from 1 to ' .. TAKE_MAX)
  end
  local lease_key, lapse_key, out_key = keys[1] .. ':lease', keys[1] .. ':lapse', keys[1] .. ':out'
  local settle = prefix .. 'settle:' .. route
  local bad, type_ = wrong_type{ keys[1], 'list', lease_key, 'hash', lapse_key, 'zset', out_key, 'hash', settle, 'stream',
    prefix .. 'route:' .. route, 'hash' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end

  -- main is there without being declared; what was released to another one may still be taken.
  if route ~= 'main' and redis.call('EXISTS', prefix .. 'route:' .. route, keys[1]) == 0 then
    return redis.error_reply('ROUTE ' .. route .. ' is not declared: HSET ' .. prefix .. 'route:' .. route .. ' location FR')
  end

  local now = now_ms(prefix)
  -- The breaker is open: what is ready goes back, and nothing is handed over meanwhile.
  if is_type(keys[1] .. ':health', 'hash') and redis.call('HGET', keys[1] .. ':health', 'state') == 'tripped' then return {} end
  local lease_s = tonumber(redis.call('HGET', prefix .. 'route:' .. route, 'lease_s') or '')
  -- So that no number is one too; the daemon says what is wrong with it.
  if not lease_s or not (lease_s >= 1 and lease_s <= LEASE_S_MAX) then lease_s = LEASE_S end
  local ask, jobs, taken, looked = asker(prefix, route, now), {}, {}, 0
  while #jobs < want and looked < want + 200 do
    local batch = redis.call('LPOP', keys[1], math.min(want - #jobs, 100))
    if not batch then break end
    for _, entry in ipairs(batch) do
      looked = looked + 1
      local e, job = entry_split(entry)
      local why, rule = 'facts-unknown', 'entry'
      if e then why, rule = take_refusal(ask, e) end
      if e and not why and is_out(out_key, e) then why, rule = 'not-before', 'called just now' end
      if why then
        stream_add(settle, now, 'kind', 'back', 'reason', why, 'rule', rule, 'entry', entry)
      else
        jobs[#jobs + 1] = take_job(ask, e, job)
        local ends = ms_text(now + lease_s * 1000)
        redis.call('HSET', lease_key, e[E.token], ms_text(now) .. '\t' .. sender .. '\t' .. entry)
        redis.call('ZADD', lapse_key, ends, e[E.token])
        note_out(out_key, e[E.to], e[E.token])
        if e[E.person] ~= '' then note_out(out_key, 'p:' .. e[E.person], e[E.token]) end
        count(taken, e[E.campaign], 1)
      end
    end
  end
  if #jobs > 0 then stream_add(settle, now, 'kind', 'taken', 'sender', sender, 'campaigns', cjson.encode(taken)) end
  return jobs
end

redis.register_function('licet_take', take)
