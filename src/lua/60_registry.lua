-- licet_consent, licet_withdraw, licet_proofs: the registry of consents.
--
-- licet:consent:<advertiser> is a hash: number -> JSON {"consents": [consent, …],
-- "withdrawn_ms": event time, "withdrawn_received_ms": when we learned of it}. A
-- consent is what a job may carry under "consent", byte for byte as it was given. Newest first; the
-- first eight are judged, the others are kept as proofs as long as the rulebook says
-- (retention.proof_days, which licetd publishes beside the numbering; R223-2: three years), and for
-- ever where nothing is said.

local CONSENTS_JUDGED, CONSENTS_MAX = 8, 100

-- How long a proof is kept, in ms from its collection.
local function proof_ms(prefix)
  local days = tonumber(redis.call('HGET', prefix .. 'numbering', 'proof_days') or nil)
  return days and days * 86400000 or math.huge
end

-- Prefix and advertiser of a call; nil: its key is none. Of another name of an advertiser that one, whose registry
-- keys[1] names then.
local function registry_advertiser(keys)
  local prefix, advertiser = string.match(keys[1] or '', '^(.*)consent:([a-z0-9][a-z0-9._-]*)$')
  if not prefix then return nil end
  advertiser = company.of(prefix, advertiser)
  keys[1] = prefix .. 'consent:' .. advertiser
  return prefix, advertiser
end

-- The record of a number: its consents as the very bytes they were given in, newest first, and the
-- withdrawal. nil, and the value: it cannot be read.
local function registry_record(key, number)
  local value = redis.call('HGET', key, number)
  if not value then return { consents = {} } end
  local object = json_read(value)
  local list, record = object and object.fields.consents, { consents = {} }
  if not object or list and list.kind ~= 'array' then return nil, value end
  for i = 1, list and list.n or 0 do
    if list[i].kind ~= 'object' then return nil, value end
    record.consents[i] = json_raw(value, list[i])
  end
  for _, name in ipairs{ 'withdrawn_ms', 'withdrawn_received_ms' } do
    local node = object.fields[name]
    record[name] = node and node.kind == 'number' and tonumber(json_raw(value, node)) or nil
    if node and not record[name] then return nil, value end
  end
  if not record.withdrawn_ms ~= not record.withdrawn_received_ms then return nil, value end
  local unread = object.fields.unread
  record.unread = unread and unread.kind == 'string' and string.find(unread.value, '^%x+$') and unread.value or nil
  return record
end

-- The record as JSON. unread: what stood there before and was no record, in hexadecimal digits:
-- it may be the only proof that there is, and nothing reads it.
local function registry_text(record)
  local parts = { '"consents":[' .. table.concat(record.consents, ',') .. ']' }
  if record.withdrawn_ms then
    parts[2] = '"withdrawn_ms":' .. ms_text(record.withdrawn_ms)
    parts[3] = '"withdrawn_received_ms":' .. ms_text(record.withdrawn_received_ms)
  end
  if record.unread then parts[#parts + 1] = '"unread":"' .. record.unread .. '"' end
  return '{' .. table.concat(parts, ',') .. '}'
end

local function hexadecimal(text)
  return (string.gsub(text, '.', function(c) return string.format('%02x', string.byte(c)) end))
end

-- When a stored consent was collected; nil: it does not say.
local function collected_ms(text)
  local object = json_read(text)
  local at = object and object.fields.collected_at
  return at and at.kind == 'string' and instant_ms(at.value) or nil
end

-- licet_consent
-- KEYS  1 licet:consent:<advertiser>     ARGV  1 number   2 consent (JSON object)
-- Returns how many consents the number has now. Errors: KEY, NUMBER, CONSENT, ADVERTISER, TYPE.
local function consent(keys, args)
  local prefix, advertiser = registry_advertiser(keys)
  if not prefix then return redis.error_reply('KEY expected licet:consent:<advertiser>') end
  local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'aliases', 'hash', prefix .. 'numbering', 'hash', prefix .. 'log:events', 'stream' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local number = normalise(prefix, args[1] or '')
  if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best') end
  if not is_declared(prefix, advertiser) then return advertiser_error(advertiser, 'nothing was recorded') end
  local given, fault = consent_read(args[2] or '')
  if not given then return redis.error_reply('CONSENT ' .. fault) end
  local record = registry_record(keys[1], number)
  if not record then return redis.error_reply('CONSENT the record of that number is not readable') end
  local texts = record.consents
  for i = #texts, 1, -1 do
    if texts[i] == given then table.remove(texts, i) end
  end
  table.insert(texts, 1, given)
  local now, kept_ms = now_ms(prefix), proof_ms(prefix)
  while #texts > CONSENTS_JUDGED do
    local oldest = collected_ms(texts[#texts])
    if #texts <= CONSENTS_MAX and oldest and now - oldest < kept_ms then break end
    table.remove(texts)
  end
  local gone = kept_begun(prefix, keys[1], now)
  if gone then return gone end
  -- The registry is a hash: the decision log reads what came to it from a stream of its own. First, as it alone can fail.
  if redis.call('EXISTS', prefix .. 'log:required') == 1 then
    stream_add(prefix .. 'log:events', now, 'number', number, 'advertiser', advertiser, 'consent', given, 'kind', 'registered')
  end
  redis.call('HSET', keys[1], number, registry_text(record))
  return #texts
end

-- licet_withdraw
-- KEYS  1 licet:consent:<advertiser>
-- ARGV  1 number   2 source (who reports)   3 reason   4 event time (RFC 3339; "": now)
-- Returns {withdrawn ready jobs, already out}. Errors: KEY, NUMBER, SOURCE, EVENT, TYPE, and ADVERTISER,
-- where nobody declared it: it is kept then as licet_oppose keeps one.
local function withdraw(keys, args)
  local prefix, advertiser = registry_advertiser(keys)
  if not prefix then return redis.error_reply('KEY expected licet:consent:<advertiser>') end
  local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'aliases', 'hash', prefix .. 'oppositions', 'stream', prefix .. 'routes', 'set', prefix .. 'numbering', 'hash' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local number = normalise(prefix, args[1] or '')
  if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best') end
  if (args[2] or '') == '' then return redis.error_reply('SOURCE expected who reports the withdrawal') end
  local now, event = now_ms(prefix), args[4] or ''
  local event_ms = event == '' and now or instant_ms(event)
  if not event_ms then return redis.error_reply('EVENT expected an instant such as 2026-11-24T09:00:00+01:00') end
  if not is_declared(prefix, advertiser) then
    return keep_unplaced(prefix, number, '', 'consent:' .. advertiser, args[2], args[3] or '', event, now)
  end
  local gone = kept_begun(prefix, keys[1], now)
  if gone then return gone end
  local record, unreadable = registry_record(keys[1], number)
  if not record then record = { consents = {}, unread = hexadecimal(unreadable) } end
  record.withdrawn_ms, record.withdrawn_received_ms = math.max(event_ms, record.withdrawn_ms or 0), now
  stream_add(prefix .. 'oppositions', now, 'number', number, 'person', '', 'scope', 'consent:' .. advertiser, 'source', args[2],
    'reason', args[3] or '', 'event', event, 'received_ms', ms_text(now), 'by', '', 'kind', 'withdrawn')
  redis.call('HSET', keys[1], number, registry_text(record))
  return { withdraw_number(prefix, number, '', advertiser, now, 'consent-withdrawn', 'registry') }
end

do
  local YEAR_MS, DAY_MS = 366 * 86400000, 86400000

  -- When a consent could have been used last: it lasts a year at most, and no longer than it says. nil: nobody knows.
  local function last_use_ms(text)
    local object = json_read(text)
    local at, ends = object and object.fields.collected_at, object and object.fields['until']
    local from = at and at.kind == 'string' and instant_ms(at.value)
    if not from then return nil end
    local to = ends and ends.kind == 'string' and (instant_ms(ends.value) or day_of(ends.value) and (day_of(ends.value) + 1) * DAY_MS)
    return math.max(from, math.min(to or math.huge, from + YEAR_MS))
  end

  -- licet_proofs: proofs that the rulebook keeps no longer (retention.proof_days) go; a withdrawal stays.
  -- KEYS  1 licet:consent:<advertiser>     ARGV  1 cursor   2 how many numbers
  -- Returns {next cursor, proofs gone, numbers gone}. Errors: KEY, TYPE, STREAM.

  -- So long after its collection, and after the last day on which it could be used. What cannot be read stays. The
  -- decision log is told how many went.
  local function proofs(keys, args)
    local prefix, advertiser = registry_advertiser(keys)
    if not prefix then return redis.error_reply('KEY expected licet:consent:<advertiser>') end
    local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'numbering', 'hash', prefix .. 'log:events', 'stream', prefix .. 'kept', 'hash' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local now, kept_ms = now_ms(prefix), proof_ms(prefix)
    if kept_ms == math.huge then return { '0', 0, 0 } end
    local logged = redis.call('EXISTS', prefix .. 'log:required') == 1
    local full = logged and full_stream{ prefix .. 'log:events' }
    if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end
    local scan, set, del, gone = redis.call('HSCAN', keys[1], args[1], 'COUNT', args[2]), {}, {}, 0
    for i = 1, #scan[2], 2 do
      local record, stays = registry_record(keys[1], scan[2][i]), {}
      for _, text in ipairs(record and record.consents or {}) do
        local last = last_use_ms(text)
        if not last or now - last < kept_ms then stays[#stays + 1] = text end
      end
      local less = record and #record.consents - #stays or 0
      gone = gone + less
      if less > 0 then
        record.consents = stays
        if #stays == 0 and not record.withdrawn_ms and not record.unread then del[#del + 1] = scan[2][i]
        else set[#set + 1], set[#set + 2] = scan[2][i], registry_text(record) end
      end
    end
    if gone > 0 and logged then
      stream_add(prefix .. 'log:events', now, 'advertiser', advertiser, 'proofs', gone, 'numbers', #del, 'kind', 'expired')
    end
    if #set > 0 then redis.call('HSET', keys[1], unpack(set)) end
    if #del > 0 then
      redis.call('HDEL', keys[1], unpack(del))
      kept_emptied(prefix, keys[1])
    end
    return { scan[1], gone, #del }
  end

  redis.register_function{ function_name = 'licet_proofs', callback = guarded(proofs), flags = { 'allow-oom' } }
end

redis.register_function{ function_name = 'licet_consent', callback = guarded(consent) }
redis.register_function{ function_name = 'licet_withdraw', callback = guarded(withdraw), flags = { 'allow-oom' } }
