-- licet_done: what became of a call.
--
-- KEYS  1 licet:ready:<route>
-- ARGV  1 token   2 outcome   3 detail (free text, at most 500 bytes)
-- Returns "OK", or "late" when the lease was over: then nothing changes but an
-- opposition. Errors: KEY, OUTCOME, DETAIL, TOKEN (never seen here), TYPE.
-- opted-out and refused oppose the advertiser, never-again the whole platform;
-- always, even late. For a token that nobody knows any more, a number given as
-- detail is opposed on the whole platform: over-blocking is the safe side.
-- What was called stays known for three days under ready:<route>:past:<day>.

local OUTCOMES = { answered = true, voicemail = true, busy = true, ['no-answer'] = true, failed = true, submitted = true,
  ['not-placed'] = true, ['opted-out'] = true, refused = true, ['never-again'] = true }
local PAST_DAYS = 3

local function past_key(ready, day) return ready .. ':past:' .. day end

-- What stays known of a token: number, advertiser, campaign and person.
local function past_text(e)
  return e[E.to] .. '\t' .. e[E.advertiser] .. '\t' .. e[E.campaign] .. '\t' .. e[E.person]
end

-- What is asked about such a token: nil if the types are right.
local function past_wrong(prefix, ready, now)
  local types = { prefix .. 'numbering', 'hash' }
  for ago = 1, PAST_DAYS - 1 do
    types[#types + 1] = past_key(ready, math.floor(now / 86400000) - ago)
    types[#types + 1] = 'hash'
  end
  return wrong_type(types)
end

-- The same of a token whose lease is over.
local function past_of(ready, token, now)
  local entry = redis.call('HGET', ready .. ':unknown', token)
  local e = entry and entry_split(string.match(entry, '^[^\t]*\t[^\t]*\t(.*)$') or '')
  if e then return e[E.to], e[E.advertiser], e[E.campaign], e[E.person] end
  local today = math.floor(now / 86400000)
  for day = today, today - PAST_DAYS + 1, -1 do
    local value = redis.call('HGET', past_key(ready, day), token)
    if value then return string.match(value, '^([^\t]*)\t([^\t]*)\t([^\t]*)\t?(.*)$') end
  end
end

local function forget_token(key, field, token)
  local out = redis.call('HGET', key, field)
  if not out then return end
  local rest = {}
  for t in string.gmatch(out, '%S+') do
    if t ~= token then rest[#rest + 1] = t end
  end
  if #rest == 0 then redis.call('HDEL', key, field) else redis.call('HSET', key, field, table.concat(rest, ' ')) end
end

-- A token is not out any more.
local function forget_out(key, e)
  forget_token(key, e[E.to], e[E.token])
  if e[E.person] ~= '' then forget_token(key, 'p:' .. e[E.person], e[E.token]) end
end

-- The opposition that an outcome means. Returns true if one was recorded.
local function oppose_by_outcome(prefix, outcome, number, person, advertiser, campaign, now)
  local list
  if outcome == 'never-again' then list = 'opposition'
  elseif outcome == 'opted-out' or outcome == 'refused' then list = advertiser and 'opposition:' .. advertiser or 'opposition' end
  if not list or not number then return false end
  local for_ = list ~= 'opposition' and advertiser or nil
  if not is_type(prefix .. 'list:' .. list, 'set') or not is_type(prefix .. 'oppositions', 'stream') or
    not is_type(dated_key(prefix, for_), 'hash') then return false end
  record_opposition(prefix, list, number, person or '', 'call:' .. (campaign or '?'), outcome, '', now, true)
  withdraw_number(prefix, number, person or '', for_, now, list_reason(list), list)
  return true
end

local function done(keys, args)
  local ready, token, outcome, detail = keys[1] or '', args[1] or '', args[2] or '', args[3] or ''
  local prefix, route = ready_route(ready)
  if not prefix then return redis.error_reply('KEY expected the name of a ready list') end
  if not OUTCOMES[outcome] then
    return redis.error_reply('OUTCOME expected answered, voicemail, busy, no-answer, failed, submitted, not-placed, opted-out, refused or never-again')
  end
  if #detail > 500 then return redis.error_reply('DETAIL expected at most 500 bytes') end
  local settle, now = prefix .. 'settle:' .. route, now_ms(prefix)
  local past = past_key(ready, math.floor(now / 86400000))
  local bad, type_ = wrong_type{ ready .. ':lease', 'hash', ready .. ':lapse', 'zset', ready .. ':out', 'hash', ready .. ':unknown', 'hash',
    past, 'hash', settle, 'stream', prefix .. 'routes', 'set' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end

  local lease = redis.call('HGET', ready .. ':lease', token)
  local ends = lease and tonumber(redis.call('ZSCORE', ready .. ':lapse', token) or '0')
  local taken_ms, sender, entry
  if lease then taken_ms, sender, entry = string.match(lease, '^([^\t]*)\t([^\t]*)\t(.*)$') end
  local e = entry and entry_split(entry)
  if not e or ends <= now then
    local number, advertiser, campaign, person
    bad, type_ = past_wrong(prefix, ready, now)
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    if e then number, advertiser, campaign, person = e[E.to], e[E.advertiser], e[E.campaign], e[E.person]
    else number, advertiser, campaign, person = past_of(ready, token, now) end
    local known = number ~= nil
    if not number then number = normalise(prefix, detail) end
    local opposed = oppose_by_outcome(prefix, outcome, number, person, advertiser, campaign, now)
    if known or opposed then return redis.status_reply('late') end
    return redis.error_reply('TOKEN never handed out here, or settled more than three days ago')
  end

  redis.call('HDEL', ready .. ':lease', token)
  redis.call('ZREM', ready .. ':lapse', token)
  forget_out(ready .. ':out', e)
  redis.call('HSET', past, token, past_text(e))
  redis.call('EXPIRE', past, PAST_DAYS * 86400)
  stream_add(settle, now, 'kind', 'done', 'outcome', outcome, 'detail', detail, 'sender', sender, 'taken_ms', taken_ms,
    'done_ms', ms_text(now), 'entry', entry)
  oppose_by_outcome(prefix, outcome, e[E.to], e[E.person], e[E.advertiser], e[E.campaign], now)
  return redis.status_reply('OK')
end

redis.register_function{ function_name = 'licet_done', callback = done, flags = { 'allow-oom' } }
