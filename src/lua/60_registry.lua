-- licet_consent, licet_withdraw: the registry of consents.
--
-- licet:consent:<advertiser> is a hash: number -> JSON {"consents": [consent, …],
-- "withdrawn_ms": event time, "withdrawn_received_ms": when we learned of it}. A
-- consent is what a job may carry under "consent". Newest first; the first eight are judged,
-- the others are kept as proofs for three years from their collection (R223-2).

local CONSENTS_JUDGED, CONSENTS_MAX = 8, 100
local PROOF_MS = 1096 * 86400000

local function registry_advertiser(key)
  return string.match(key or '', '^(.*)consent:([a-z0-9][a-z0-9._-]*)$')
end

local function registry_record(key, number)
  local value = redis.call('HGET', key, number)
  if not value then return {} end
  local ok, record = pcall(cjson.decode, value)
  if not ok or type(record) ~= 'table' or type(record.consents or {}) ~= 'table' then return nil end
  for _, name in ipairs{ 'withdrawn_ms', 'withdrawn_received_ms' } do
    if type(record[name] or 0) ~= 'number' then return nil end
  end
  if not record.withdrawn_ms ~= not record.withdrawn_received_ms then return nil end
  return record
end

-- The record as JSON. consents are kept as text, for cjson would round what it re-reads.
local function registry_text(consents, withdrawn, received)
  local parts = { '"consents":[' .. table.concat(consents, ',') .. ']' }
  if withdrawn then
    parts[2] = '"withdrawn_ms":' .. ms_text(withdrawn)
    parts[3] = '"withdrawn_received_ms":' .. ms_text(received)
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- A consent that cannot be written again is one no more: it must not stand in the way of a withdrawal.
local function consent_texts(record)
  local texts = {}
  for _, c in ipairs(record.consents or {}) do
    local ok, text = pcall(cjson.encode, c)
    if ok then texts[#texts + 1] = text end
  end
  return texts
end

-- licet_consent
-- KEYS  1 licet:consent:<advertiser>     ARGV  1 number   2 consent (JSON object)
-- Returns how many consents the number has now. Errors: KEY, NUMBER, CONSENT, TYPE.
local function consent(keys, args)
  local prefix = registry_advertiser(keys[1])
  if not prefix then return redis.error_reply('KEY expected licet:consent:<advertiser>') end
  local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'numbering', 'hash' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local number = normalise(prefix, args[1] or '')
  if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best') end
  local ok, given = pcall(cjson.decode, args[2] or '')
  if not ok or type(given) ~= 'table' or type(given.product) ~= 'string' or type(given.channel) ~= 'string' or type(given.collected_at) ~= 'string' then
    return redis.error_reply('CONSENT expected a JSON object with product, channel, collected_at')
  end
  -- cjson reads numbers that no JSON has, and cannot write them again.
  local writable, own = pcall(cjson.encode, given)
  if not writable then return redis.error_reply('CONSENT a number in it is none') end
  if not instant_ms(given.collected_at) then return redis.error_reply('CONSENT collected_at: expected an instant with its offset') end
  local record = registry_record(keys[1], number)
  if not record then return redis.error_reply('CONSENT the record of that number is not readable') end
  local texts = consent_texts(record)
  for i = #texts, 1, -1 do
    if texts[i] == own then table.remove(texts, i) end
  end
  table.insert(texts, 1, args[2])
  local now = now_ms(prefix)
  while #texts > CONSENTS_JUDGED do
    local oldest = instant_ms(cjson.decode(texts[#texts]).collected_at)
    if #texts <= CONSENTS_MAX and oldest and now - oldest < PROOF_MS then break end
    table.remove(texts)
  end
  redis.call('HSET', keys[1], number, registry_text(texts, record.withdrawn_ms, record.withdrawn_received_ms))
  return #texts
end

-- licet_withdraw
-- KEYS  1 licet:consent:<advertiser>
-- ARGV  1 number   2 source (who reports)   3 reason   4 event time (RFC 3339; "": now)
-- Returns {withdrawn ready jobs, already out}. Errors: KEY, NUMBER, SOURCE, EVENT, TYPE.
local function withdraw(keys, args)
  local prefix, advertiser = registry_advertiser(keys[1])
  if not prefix then return redis.error_reply('KEY expected licet:consent:<advertiser>') end
  local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'oppositions', 'stream', prefix .. 'routes', 'set', prefix .. 'numbering', 'hash' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local number = normalise(prefix, args[1] or '')
  if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best') end
  if (args[2] or '') == '' then return redis.error_reply('SOURCE expected who reports the withdrawal') end
  local now, event = now_ms(prefix), args[4] or ''
  local event_ms = event == '' and now or instant_ms(event)
  if not event_ms then return redis.error_reply('EVENT expected an instant such as 2026-11-24T09:00:00+01:00') end
  local record = registry_record(keys[1], number)
  local texts = record and consent_texts(record) or {}
  local latest = math.max(event_ms, record and record.withdrawn_ms or 0)
  redis.call('HSET', keys[1], number, registry_text(texts, latest, now))
  stream_add(prefix .. 'oppositions', now, 'number', number, 'person', '', 'scope', 'consent:' .. advertiser, 'source', args[2],
    'reason', args[3] or '', 'event', event, 'received_ms', ms_text(now), 'by', '', 'kind', 'withdrawn')
  return { withdraw_number(prefix, number, '', advertiser, now, 'consent-withdrawn', 'registry') }
end

redis.register_function{ function_name = 'licet_consent', callback = consent }
redis.register_function{ function_name = 'licet_withdraw', callback = withdraw, flags = { 'allow-oom' } }
