-- licet_done: what became of a call, or of several.
--
-- KEYS  1 licet:ready:<route>
-- ARGV  1 token   2 outcome   3 detail (free text, at most 500 bytes; may be left out of a single report)
--       then the same again for each further report, at most 200
-- Returns "OK", or "late" when the lease was over: then nothing changes but an
-- opposition. Errors: KEY, OUTCOME, DETAIL, TOKEN (never seen here), TYPE, COUNT, STREAM (the outcome cannot
-- be recorded; an opposition is all the same). For several reports an array: "OK", "late" or the word of the error for each.
-- opted-out and refused oppose the advertiser, never-again the whole platform;
-- always, even late. For a token that nobody knows any more, a number given as
-- detail is opposed on the whole platform: over-blocking is the safe side.
-- What was called stays known for three days under ready:<route>:past:<day>.

local OUTCOMES = { answered = true, voicemail = true, busy = true, ['no-answer'] = true, failed = true, submitted = true,
  ['not-placed'] = true, ['opted-out'] = true, refused = true, ['never-again'] = true }
local OUTCOME_ERROR = 'OUTCOME expected answered, voicemail, busy, no-answer, failed, submitted, not-placed, opted-out, refused or never-again'
-- Those that reached the person, or may have.
local REACHING = { answered = true, voicemail = true, submitted = true, ['opted-out'] = true, refused = true, ['never-again'] = true }
local PAST_DAYS = 3

local function past_key(ready, day) return ready .. ':past:' .. day end

-- What stays known of a token: number, advertiser, campaign and person.
local function past_text(e)
  return e[E.to] .. '\t' .. e[E.advertiser] .. '\t' .. e[E.campaign] .. '\t' .. e[E.person]
end

-- Tokens that are not out any more, with their entries: {token = e, …}.
local function forget_out(key, gone)
  local fields, of = {}, {}
  for token, e in pairs(gone) do
    for _, field in ipairs{ out_number(e), e[E.person] ~= '' and out_person(e) or nil } do
      if not of[field] then fields[#fields + 1], of[field] = field, {} end
      of[field][token] = true
    end
  end
  if #fields == 0 then return end
  local empty, kept = {}, {}
  for i, out in ipairs(redis.call('HMGET', key, unpack(fields))) do
    local rest, tokens = {}, of[fields[i]]
    -- One token, which is nearly always so, needs no taking apart.
    for t in string.gmatch(out and not tokens[out] and out or '', '%S+') do
      if not tokens[t] then rest[#rest + 1] = t end
    end
    if #rest > 0 then kept[#kept + 1], kept[#kept + 2] = fields[i], table.concat(rest, ' ')
    elseif out then empty[#empty + 1] = fields[i] end
  end
  if #empty > 0 then redis.call('HDEL', key, unpack(empty)) end
  if #kept > 0 then redis.call('HSET', key, unpack(kept)) end
end

-- The list that an outcome opposes, and its advertiser (nil: the whole platform); nil: none.
local function list_of_outcome(prefix, outcome, advertiser)
  if outcome == 'never-again' then return 'opposition' end
  if outcome == 'opted-out' or outcome == 'refused' then
    advertiser = company.of(prefix, advertiser)
    return advertiser and 'opposition:' .. advertiser or 'opposition', advertiser
  end
end

-- Why the opposition that an outcome means could not be recorded, or nil.
local function outcome_wrong(prefix, outcome, advertiser)
  local list, for_ = list_of_outcome(prefix, outcome, advertiser)
  if not list then return nil end
  return wrong_type{ prefix .. 'list:' .. list, 'set', prefix .. 'oppositions', 'stream', dated_key(prefix, for_), 'hash', prefix .. 'routes', 'set',
    prefix .. 'unplaced', 'hash' }
end

-- Record what an outcome opposes, or let it wait for licetd.
local function record_or_keep(prefix, list, number, person, source, outcome, now)
  if may_oppose(prefix, list, number) then record_opposition(prefix, list, number, person, source, outcome, '', now, true)
  else keep_pending(prefix, number, list, '', source, outcome, person, true, now) end
end

-- The opposition that an outcome means; its keys have the right types. Returns true if one was recorded.
local function oppose_by_outcome(prefix, outcome, number, person, advertiser, campaign, now)
  local list, for_ = list_of_outcome(prefix, outcome, advertiser)
  if not list or not number then return false end
  record_or_keep(prefix, list, number, person or '', 'call:' .. (campaign or '?'), outcome, now)
  withdraw_number(prefix, number, person or '', for_, now, list_reason(list), list)
  return true
end

do
  local REPORTS_MAX = 200

  -- What is asked about a token whose lease is over: nil if the types are right.
  local function past_wrong(prefix, ready, now)
    local types = { prefix .. 'numbering', 'hash' }
    for ago = 1, PAST_DAYS - 1 do
      types[#types + 1] = past_key(ready, math.floor(now / 86400000) - ago)
      types[#types + 1] = 'hash'
    end
    return wrong_type(types)
  end

  -- Number, advertiser, campaign and person of such a token.
  local function past_of(ready, token, now)
    local e = lease_split(redis.call('HGET', ready .. ':unknown', token))
    if e then return e[E.to], e[E.advertiser], e[E.campaign], e[E.person] end
    local today = math.floor(now / 86400000)
    for day = today, today - PAST_DAYS + 1, -1 do
      local value = redis.call('HGET', past_key(ready, day), token)
      if value then return string.match(value, '^([^\t]*)\t([^\t]*)\t([^\t]*)\t?(.*)$') end
    end
  end

  -- A report whose lease is over, or that nobody knows. Returns "late", or an error.
  local function done_late(prefix, ready, r, now)
    local bad, type_ = past_wrong(prefix, ready, now)
    if bad then return nil, 'TYPE ' .. bad .. ' should be a ' .. type_ end
    local number, advertiser, campaign, person
    if r.e then number, advertiser, campaign, person = r.e[E.to], r.e[E.advertiser], r.e[E.campaign], r.e[E.person]
    else number, advertiser, campaign, person = past_of(ready, r.token, now) end
    local known = number ~= nil
    if not number then number = normalise(prefix, r.detail) end
    bad, type_ = outcome_wrong(prefix, r.outcome, advertiser)
    if bad and number then return nil, 'TYPE ' .. bad .. ' should be a ' .. type_ end
    local opposed = oppose_by_outcome(prefix, r.outcome, number, person, advertiser, campaign, now)
    if known or opposed then return 'late' end
    return nil, 'TOKEN never handed out here, or settled more than three days ago'
  end

  -- Find the leases of reports; those that are over, or of no lease, are late.
  local function find_leases(ready, reports, now)
    local tokens, first = {}, {}
    for i, r in ipairs(reports) do tokens[i] = r.token end
    local leases = redis.call('HMGET', ready .. ':lease', unpack(tokens))
    local ends = redis.call('ZMSCORE', ready .. ':lapse', unpack(tokens))
    for i, r in ipairs(reports) do
      local lease = leases[i]
      if lease then
        local taken_ms, sender, at, campaign, to, person, advertiser = lease_party(lease)
        if taken_ms then
          r.e = { [E.campaign] = campaign, [E.to] = to, [E.person] = person, [E.advertiser] = advertiser }
          r.taken_ms, r.sender, r.entry = taken_ms, sender, string.sub(lease, at)
        end
        -- The second report of a token in one call is late.
        r.live = r.e ~= nil and (tonumber(ends[i] or '') or 0) > now and not first[r.token]
        first[r.token] = r.live or first[r.token]
      end
    end
  end

  -- Is whoever that call reached left alone for some days? The last field of an entry's line says for how many.
  local function leaves_alone(r)
    local ends = REACHING[r.outcome] and string.find(r.entry, '\n', 1, true)
    return ends and string.match(string.sub(r.entry, ends - 5, ends - 1), '(%d+)\t$') ~= '0'
  end

  -- Take what was reported off the leases. Nothing here can fail. Whoever is left alone stays out until licetd has
  -- noted that the call reached them: the next take knows of it by that alone.
  local function close_leases(prefix, ready, past, live)
    local tokens, pasts, gone = {}, {}, {}
    for _, r in ipairs(live) do
      tokens[#tokens + 1] = r.token
      pasts[#pasts + 1], pasts[#pasts + 2] = r.token, past_text(r.e)
      if not leaves_alone(r) then gone[r.token] = r.e end
    end
    redis.call('HDEL', ready .. ':lease', unpack(tokens))
    redis.call('ZREM', ready .. ':lapse', unpack(tokens))
    forget_out(out_key_of(prefix), gone)
    redis.call('HSET', past, unpack(pasts))
    redis.call('EXPIRE', past, PAST_DAYS * 86400)
  end

  -- Do what a report asks for; what cannot be done is its fault, and no other's.
  local function report(r, call, ...)
    local done, why = pcall(call, ...)
    if not done then r.fault = type(why) == 'table' and why.err or tostring(why) end
    return done
  end

  -- Reports on calls that are out: what each is answered with, in r.word or r.fault. What the stream
  -- tells has left its lease, even where it takes no more for the next one.
  local function done_live(prefix, ready, settle, past, live, now)
    local opposing, told = {}, {}
    for _, r in ipairs(live) do
      local list = list_of_outcome(prefix, r.outcome, r.e[E.advertiser])
      if list and report(r, record_or_keep, prefix, list, r.e[E.to], r.e[E.person], 'call:' .. r.e[E.campaign], r.outcome, now) then
        opposing[#opposing + 1] = r
      end
    end
    for _, r in ipairs(live) do
      if not r.fault and report(r, stream_add, settle, now, 'kind', 'done', 'outcome', r.outcome, 'detail', r.detail, 'sender', r.sender,
        'taken_ms', r.taken_ms, 'done_ms', ms_text(now), 'entry', r.entry) then
        r.word, told[#told + 1] = 'OK', r
      end
    end
    if #told > 0 then close_leases(prefix, ready, past, told) end
    for _, r in ipairs(opposing) do
      local list, for_ = list_of_outcome(prefix, r.outcome, r.e[E.advertiser])
      withdraw_number(prefix, r.e[E.to], r.e[E.person], for_, now, list_reason(list), list)
    end
  end

  local function reports_of(args)
    local reports = {}
    for i = 1, #args, 3 do
      local r = { token = args[i], outcome = args[i + 1] or '', detail = args[i + 2] or '' }
      if not OUTCOMES[r.outcome] then r.fault = OUTCOME_ERROR
      elseif #r.detail > 500 then r.fault = 'DETAIL expected at most 500 bytes' end
      reports[#reports + 1] = r
    end
    return reports
  end

  -- Those that are out, and may be recorded; what may not gets its fault.
  local function live_among(prefix, reports)
    local live = {}
    for _, r in ipairs(reports) do
      local bad, type_ = nil, nil
      if r.live then bad, type_ = outcome_wrong(prefix, r.outcome, r.e[E.advertiser]) end
      if bad then r.fault = 'TYPE ' .. bad .. ' should be a ' .. type_
      elseif r.live then live[#live + 1] = r end
    end
    return live
  end

  local function answer(reports, one)
    if one then
      local r = reports[1]
      return r.fault and redis.error_reply(r.fault) or redis.status_reply(r.word)
    end
    local words = {}
    for i, r in ipairs(reports) do words[i] = r.word or string.match(r.fault, '^%u+') end
    return words
  end

  local function done(keys, args)
    local ready = keys[1] or ''
    local prefix, route = ready_route(ready)
    if not prefix then return redis.error_reply('KEY expected the name of a ready list') end
    local one = #args <= 3
    if not one and (#args % 3 ~= 0 or #args > 3 * REPORTS_MAX) then
      return redis.error_reply('COUNT expected token, outcome and detail for each of at most ' .. REPORTS_MAX .. ' reports')
    end
    local reports = reports_of(#args > 0 and args or { '' })
    if one and reports[1].fault then return redis.error_reply(reports[1].fault) end
    local settle, now = prefix .. 'settle:' .. route, now_ms(prefix)
    local past = past_key(ready, math.floor(now / 86400000))
    local bad, type_ = wrong_type{ ready .. ':lease', 'hash', ready .. ':lapse', 'zset', out_key_of(prefix), 'hash', ready .. ':unknown', 'hash',
      past, 'hash', settle, 'stream', prefix .. 'routes', 'set' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local sound = {}
    for _, r in ipairs(reports) do
      if not r.fault then sound[#sound + 1] = r end
    end
    if #sound > 0 then find_leases(ready, sound, now) end
    local live = live_among(prefix, sound)
    if #live > 0 then
      local written, why = pcall(done_live, prefix, ready, settle, past, live, now)
      if not written then return redis.error_reply(type(why) == 'table' and why.err or tostring(why)) end
    end
    for _, r in ipairs(sound) do
      if not r.live and not r.fault then r.word, r.fault = done_late(prefix, ready, r, now) end
    end
    return answer(reports, one)
  end

  redis.register_function{ function_name = 'licet_done', callback = guarded(done), flags = { 'allow-oom' } }
end
