#!lua name=licet
-- common: what every function of the library shares: key names, time, types, entries.
--
-- No function may fail in the middle: Redis does not undo what was written
-- before an error. So each one checks types and arguments first and writes last.

local LIBRARY_VERSION = 4 -- another one where a daemon of before would call wrongly what is here
local LIBRARY_HASH = '@HASH@' -- of the source, put in at build

-- A slot on the move -----------------------------------------------------------
-- While the slot of a Redis Cluster moves from one node to another, an absent key is not absent: on the one node
-- it may have gone already, and on the other it may not have come. A list would read as empty. So no function
-- begins then. Two keys that never exist tell: their slot is stable exactly where both can be asked for.
-- TRYAGAIN is what cluster clients try again by themselves. Without a tag in the prefix nothing is asked.
local function guarded(call)
  return function(keys, args)
    local key = keys[1]
    if key and string.find(key, '{', 1, true) then
      local none = redis.pcall('EXISTS', key .. ':-', key .. ':--')
      if type(none) == 'table' then
        -- Redis 7.0 says it in words of its own, Valkey as an ACL failure.
        local why = none.err or ''
        if string.find(why, '[Pp]ermission') or string.find(why, 'ACL', 1, true) or string.find(why, "executing the script can't", 1, true) then
          return redis.error_reply('NOPERM where the prefix has a tag a user needs +exists on its keys; nothing was done')
        end
        return redis.error_reply('TRYAGAIN this space is being moved to another node; nothing was done')
      end
    end
    return call(keys, args)
  end
end

-- Key names -----------------------------------------------------------------
-- The prefix is what stands before the name that the caller gave, so that a
-- sender needs to pass one key only.

local function prefix_of(key, name)
  local at = string.find(key, name, 1, true)
  return at and string.sub(key, 1, at - 1) or nil
end

local function campaign_key(prefix, campaign, part)
  return prefix .. 'campaign:' .. campaign .. ':' .. part
end

local function ready_route(key)
  local prefix, route = string.match(key, '^(.*)ready:([a-z0-9][a-z0-9._-]*)$')
  if not prefix then return nil end
  return prefix, route
end

local function seen_key(prefix, campaign, family)
  if family and family ~= '' then return prefix .. 'family:' .. family .. ':seen' end
  return campaign_key(prefix, campaign, 'seen')
end

-- A counter of ours as a number; absent or empty: 0; nil: it is no whole number, "nan" and "inf" neither,
-- with which no comparison is true.
local function whole(text)
  if not text or text == '' then return 0 end
  return #text <= 15 and string.find(text, '^%d+$') and tonumber(text) or nil
end

-- Where the head of each held list of a campaign is: a hash, place -> how many jobs were taken off
-- it. licet_commit trusts a batch that was seen at the same count to be there still, so that what
-- changes a held list otherwise than at its tail says so there: as many jobs more as no batch has.
local HEAD_MOVED = 1048576

local function head_of(heads, place) return whole(redis.call('HGET', heads, place)) or 0 end

local function head_add(heads, place, jobs)
  redis.call('HSET', heads, place, string.format('%.0f', head_of(heads, place) + jobs))
end

-- When people objected: a hash beside each opposition list, number or "p:<person>" ->
-- "event_ms received_ms c|o" (c: in a call). advertiser nil: the platform's.
local function dated_key(prefix, advertiser)
  return prefix .. 'oppositions:dated' .. (advertiser and ':' .. advertiser or '')
end

-- Time ------------------------------------------------------------------------
-- Redis TIME decides where a sender calls. A simulated space publishes how its
-- clock runs; production prefixes never look at it.

local function is_simulated(prefix) return string.sub(prefix, 1, 10) == 'licet-sim:' end

-- Redis TIME, which no simulation moves.
local function real_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function now_ms(prefix)
  local ms = real_ms()
  if is_simulated(prefix) then
    local c = redis.call('HMGET', prefix .. 'clock', 'sim_base_ms', 'real_base_ms', 'speed')
    if c[1] and c[2] and c[3] then
      local base, real, speed = tonumber(c[1]), tonumber(c[2]), tonumber(c[3])
      ms = base and real and speed and math.floor(base + (ms - real) * speed)
      -- Of a time that is none nothing follows, and a loop over days would not end.
      if not ms or not (ms >= 0 and ms < 253402300800000) then error({ err = 'TYPE ' .. prefix .. 'clock is no clock' }) end
    end
  end
  return ms
end

local function ms_text(ms) return string.format('%.0f', ms) end

local MONTH_DAYS = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

-- Days since 1970 of a date, "2026-11-24" or what begins so; nil if it is none.
local function day_of(text)
  local y, mo, d = string.match(text, '^(%d%d%d%d)%-(%d%d)%-(%d%d)')
  if not y then return nil end
  y, mo, d = tonumber(y), tonumber(mo), tonumber(d)
  if y < 1 or mo < 1 or mo > 12 or d < 1 or d > MONTH_DAYS[mo] then return nil end
  if mo == 2 and d == 29 and (y % 4 ~= 0 or (y % 100 == 0 and y % 400 ~= 0)) then return nil end
  local yy = mo <= 2 and y - 1 or y
  local era = math.floor(yy / 400)
  local yoe = yy - era * 400
  local doy = math.floor((153 * (mo + (mo > 2 and -3 or 9)) + 2) / 5) + d - 1
  return era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
end

-- UTC ms of an RFC 3339 instant, as civil_parse_instant() reads it: of a fraction what is less than
-- a millisecond is left out. nil if it is none.
local function instant_ms(text)
  local h, mi, s, rest = string.match(text, '^%d%d%d%d%-%d%d%-%d%d[T ](%d%d):(%d%d):(%d%d)(.*)$')
  local day = day_of(text)
  if not h or not day then return nil end
  local fraction, after = string.match(rest, '^%.(%d+)(.*)$')
  rest = after or rest
  local sign, oh, om = string.match(rest, '^([+-])(%d%d):(%d%d)$')
  if rest ~= 'Z' and not sign then return nil end
  h, mi, s, oh, om = tonumber(h), tonumber(mi), tonumber(s), tonumber(oh or 0), tonumber(om or 0)
  if h > 23 or mi > 59 or s > 59 or oh > 23 or om > 59 then return nil end
  local seconds = day * 86400 + h * 3600 + mi * 60 + s
  if sign then seconds = seconds - (sign == '+' and 1 or -1) * (oh * 3600 + om * 60) end
  return seconds * 1000 + (fraction and tonumber(string.sub(fraction .. '00', 1, 3)) or 0)
end

-- Types -----------------------------------------------------------------------

-- Is the key of that type, or absent?
local function is_type(key, want)
  local have = redis.call('TYPE', key).ok
  return have == want or have == 'none'
end

-- The first key of {key, type, key, type, …} that has another type, or nil.
local function wrong_type(pairs_)
  for i = 1, #pairs_, 2 do
    if not is_type(pairs_[i], pairs_[i + 1]) then return pairs_[i], pairs_[i + 1] end
  end
end

-- The first of some streams that can take no entry any more, as its ids are used up, or nil. The last ones
-- count as used: a call may write some thousands. Who may not ask (a sender) is told at the first entry.
local full_stream
do
  local LAST_MS, LAST_SEQUENCE = '18446744073709551615', '18446744073709500000'

  local function is_last(id)
    local ms, sequence = string.match(id, '^(%d+)%-(%d+)$')
    return ms == LAST_MS and #sequence == #LAST_SEQUENCE and sequence >= LAST_SEQUENCE
  end

  function full_stream(keys)
    for _, key in ipairs(keys) do
      local info = redis.pcall('XINFO', 'STREAM', key)
      for i = 1, info.err and 0 or #info, 2 do
        if info[i] == 'last-generated-id' and is_last(info[i + 1]) then return key end
      end
    end
  end
end

-- Streams: an entry's id is the daemon's clock. Where the stream is already
-- ahead (the clock was set back), the entry follows the last one. Raises STREAM where none can follow.
local function stream_add(key, ms, ...)
  local r = redis.pcall('XADD', key, ms_text(ms) .. '-*', ...)
  if type(r) == 'table' and r.err then
    -- Who may write to a stream may not always read it; "*" is never behind.
    local last = redis.acl_check_cmd('XREVRANGE', key, '+', '-') and redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1) or {}
    local at = last[1] and string.match(last[1][1], '^(%d+)') or '0'
    r = redis.pcall('XADD', key, at .. '-*', ...)
    if type(r) == 'table' and r.err then r = redis.pcall('XADD', key, '*', ...) end
    if type(r) == 'table' and r.err then error({ err = 'STREAM ' .. key .. ' takes no entry: ' .. r.err }) end
  end
  return r
end

-- Tell it in licet:errors. Where that cannot be written, what is told of goes on all the same.
local function errors_tell(prefix, where, why)
  redis.pcall('XADD', prefix .. 'errors', 'MAXLEN', '~', '10000', '*', 'where', where, 'error', why)
end

-- Counters --------------------------------------------------------------------

-- intake is the sum of the others, always.
local BALANCE = { 'intake', 'held', 'later', 'ready', 'taken', 'unknown', 'settling', 'done', 'refused', 'invalid', 'cancelled', 'erased' }

local function count(counters, name, by)
  counters[name] = (counters[name] or 0) + by
end

local counter_add, write_counters
do
  -- What a counter that is no number must be, by the others of its hash; nil: they do not tell, for it is
  -- none of the balance, or another of them is no number either.
  local function counter_by_others(key, field)
    local at, sum
    for i, term in ipairs(BALANCE) do at = term == field and i or at end
    if not at then return nil end
    local has = redis.pcall('HMGET', key, unpack(BALANCE))
    for i = 1, has.err and 0 or #BALANCE do
      local n = not has[i] and 0 or string.find(has[i], '^%-?%d+$') and tonumber(has[i])
      if i ~= at and not n then return nil end
      -- intake on one side, all the others on the other.
      if i ~= at then sum = (sum or 0) + ((i == 1) == (at == 1) and -n or i == 1 and n or at == 1 and n or -n) end
    end
    return sum and sum >= 0 and sum < 9007199254740992 and sum or nil
  end

  -- Say that a counter was no number. The hash tells of which campaign or route it is.
  local function counter_told(key, field, how)
    local prefix = string.match(key, '^(.-)campaign:') or string.match(key, '^(.-)ready:') or string.match(key, '^(.*)stats$')
    errors_tell(prefix or '', key, 'the counter ' .. field .. ' was no number: ' .. how)
  end

  -- Add to a counter. One that is no number begins anew, and is told: what else the call writes must not
  -- be lost for it. The places themselves are counted beside the counters, so that it is found.
  function counter_add(key, field, by)
    local r = redis.pcall('HINCRBY', key, field, by)
    if type(r) ~= 'table' then return r end
    redis.call('HSET', key, field, ms_text(math.max(by, 0)))
    counter_told(key, field, 'it begins anew')
    return by
  end

  -- Add to several. A term of the balance that was no number is what the others make of it.
  function write_counters(key, counters)
    local broken = {}
    for name, by in pairs(counters) do
      local r = by ~= 0 and redis.pcall('HINCRBY', key, name, by)
      if type(r) == 'table' then broken[#broken + 1] = name end
    end
    for _, name in ipairs(broken) do
      local n = counter_by_others(key, name)
      redis.call('HSET', key, name, ms_text(n or math.max(counters[name], 0)))
      counter_told(key, name, n and 'it is counted anew from the others' or 'it begins anew')
    end
  end
end

-- A ready entry -----------------------------------------------------------------
-- One line of fields, each ended by a tab, then the job as its owner pushed it.

-- What an entry must be for its fields to be computed with, as one pattern: numbers where there are
-- numbers, and behind the fields that may be absent the place where the job begins.
local ENTRY_PATTERN -- made by the first call: while the library is loaded there is no table library

local function entry_pattern()
  local number, shape = {}, {}
  for _, at in ipairs{ E.attempt, E.released, E.not_after, E.vars_at, E.vars_len, E.day } do number[at] = true end
  for at = 1, E.facts do shape[at] = at == E.to and '(%+%d+)\t' or number[at] and '(%-?%d+)\t' or '([^\t\n]*)\t' end
  return '^' .. table.concat(shape) .. '([^\n]*)\n()'
end

-- Returns the fields, or nil for something that is no entry: what computes with them need not ask
-- again, and so cannot fail in the middle.
local function entry_split(entry)
  ENTRY_PATTERN = ENTRY_PATTERN or entry_pattern()
  local e = { string.match(entry, ENTRY_PATTERN) }
  if not e[1] then return nil end
  local rest, job_at, n = e[E.facts + 1], e[E.facts + 2], E.facts
  e.job_at, e[E.facts + 1], e[E.facts + 2] = job_at, nil, nil
  if rest ~= '' then
    for field in string.gmatch(rest, '([^\t]*)\t?') do
      n = n + 1
      e[n] = field
    end
  end
  return e
end

-- A lease is when it was taken, by which sender, and the entry. Returns the entry's fields (nil: it is none,
-- or there is no lease), when, by whom, and the entry.
local function lease_split(lease)
  local taken_ms, sender, entry = string.match(lease or '', '^([^\t]*)\t([^\t]*)\t(.*)$')
  return entry and entry_split(entry), taken_ms, sender, entry
end

-- Whose a lease is, for who needs no more of it, in less than half of the time. Returns when it was taken, by
-- which sender, where the entry begins, and of that campaign, number, person and advertiser; nil: it is none,
-- or there is no lease.
local lease_party
do
  local PATTERN -- made by the first call, as ENTRY_PATTERN

  local function pattern()
    local shape = {}
    for at = 1, E.advertiser do shape[at] = '[^\t\n]*\t' end
    for _, at in ipairs{ E.campaign, E.person, E.advertiser } do shape[at] = '([^\t\n]*)\t' end
    for _, at in ipairs{ E.attempt, E.released, E.not_after } do shape[at] = '%-?%d+\t' end
    shape[E.to] = '(%+%d+)\t'
    return '^([^\t]*)\t([^\t]*)\t()' .. table.concat(shape)
  end

  function lease_party(lease)
    if not lease or not string.find(lease, '\n', 1, true) then return nil end
    PATTERN = PATTERN or pattern()
    return string.match(lease, PATTERN)
  end
end

-- How long the leases of a route run, in ms. What is no number of 1 to 86400 seconds is 900; the daemon says
-- what is wrong with it.
local function route_lease_ms(text)
  local s = tonumber(text or '')
  return (s and s >= 1 and s <= 86400 and s or 900) * 1000
end

-- The job of an entry, as its owner pushed it.
local function entry_job(entry, e) return string.sub(entry, e.job_at) end

-- Who is with a sender now, over all routes: licet:out, a hash: number, or "advertiser/person" -> token.
-- A person is one of an advertiser's. What a sender could write there delays a call, and doubles none;
-- licetd makes it anew from the leases.
local function out_key_of(prefix) return prefix .. 'out' end

local function out_number(e) return e[E.to] end

local function out_person(e) return e[E.advertiser] .. '/' .. e[E.person] end

-- What is stored in a held list: the job as it came, or, where it was tried
-- before, a line that says so and then the job.
local function stored_form(job, attempt)
  if tonumber(attempt) > 1 then return '#attempt=' .. attempt .. '\t' .. job end
  return job
end

-- Keys that were there ------------------------------------------------------------
-- licet:kept is a hash: name of a key without the prefix -> "there", or "lost <ms>" once it was found gone
-- otherwise than through the functions here. licet_commit notes what it meets, licet_guard looks after it.
-- Without attempts, consents, dated oppositions or marks of what was called nobody knows who may be called:
-- what rests on one that is lost holds until a person answers for it (licet_accept).

local function is_lost(value) return value and string.sub(value, 1, 4) == 'lost' end

-- What is told of a key that holds.
local function kept_lost(prefix, name, now)
  redis.call('HSET', prefix .. 'kept', name, 'lost ' .. ms_text(now))
  errors_tell(prefix, prefix .. name,
    'it was gone: what rests on it holds until it is back and a person says so: licetctl list accept ' .. name .. ' --reason R')
end

-- A key is about to be written that may have to be made: was it there, and is it gone? Begun anew it would look as
-- if nothing were missing, so that is noted first. Returns an error reply to a user who may not note it: within a
-- second licetd has, and then it may be written.
local function kept_begun(prefix, key, now)
  local kept, name = prefix .. 'kept', string.sub(key, #prefix + 1)
  if redis.call('EXISTS', key) == 1 or not is_type(kept, 'hash') or redis.pcall('HGET', kept, name) ~= 'there' then return end
  if not redis.acl_check_cmd('HSET', kept, name, '') then
    return redis.error_reply('TRYAGAIN ' .. key .. ' was there and is gone: licetd is about to hold what rests on it; nothing was recorded')
  end
  kept_lost(prefix, name, now)
end

-- The last of it went lawfully: it may be gone.
local function kept_emptied(prefix, key)
  if redis.call('EXISTS', key) == 0 then redis.pcall('HDEL', prefix .. 'kept', string.sub(key, #prefix + 1)) end
end

-- Attempts -----------------------------------------------------------------------
-- licet:attempts:<advertiser> is a hash of buckets. A bucket is a row of records: a mark
-- of five bytes from 128 up, then two bytes below 128 for each attempt (days since 1970
-- modulo 8192, oldest first; and 8192 more where the person was reached). include/core/consent/attempts.h
-- says why.

local ATTEMPTS_MAX = 32 -- of one record; far above any cap
local NUMBERS_END = 17179869184 -- 2^34: from here on marks are those of persons

local function attempts_slot(bucket, rest)
  local mark = {}
  for i = 5, 1, -1 do
    mark[i] = 128 + rest % 128
    rest = math.floor(rest / 128)
  end
  return string.format('%04x', bucket), string.char(unpack(mark))
end

-- Field and mark of a number, E.164 with the plus.
local function attempts_of_number(number)
  local n = tonumber(string.sub(number, 2))
  return attempts_slot(n % 65536, math.floor(n / 65536))
end

-- Field and mark of a person: two polynomials modulo primes below 2^25.
local function attempts_of_person(person)
  local a, b = 0, 0
  for i = 1, #person do
    local c = string.byte(person, i) + 1
    a = (a * 1000003 + c) % 33554393
    b = (b * 16777619 + c) % 33554383
  end
  -- The low 16 bits of a * 2^25 + b are those of b; the rest is a * 2^9 and b's high bits.
  return attempts_slot(b % 65536, NUMBERS_END + a * 512 + math.floor(b / 65536))
end

-- The packed attempts of a mark in a bucket; '' if it has none.
local function attempts_in(bucket, mark)
  local _, e = string.find(bucket, mark, 1, true)
  return e and string.match(bucket, '^[%z\1-\127]*', e + 1) or ''
end

-- The bucket with other attempts of a mark; none at all take the record away.
local function attempts_put(bucket, mark, days)
  local s, e = string.find(bucket, mark, 1, true)
  if not s then return days ~= '' and bucket .. mark .. days or bucket end
  local rest = string.sub(bucket, (string.find(bucket, '[\128-\255]', e + 1) or #bucket + 1))
  if days == '' then return string.sub(bucket, 1, s - 1) .. rest end
  return string.sub(bucket, 1, e) .. days .. rest
end

local REACHED = 64 -- in the first of an attempt's two bytes: the person was reached, or nobody knows

local function day_code(day, reached)
  local code = day % 8192
  return string.char(math.floor(code / 128) + (reached and REACHED or 0), code % 128)
end

-- How many days ago, seen from today; one that is said to be far ahead is long past.
local function day_age(today, high, low)
  local ago = (today - (high % REACHED * 128 + low)) % 8192
  return ago > 7792 and ago - 8192 or ago
end

-- Was one of these packed attempts, of the last gap days, one that reached the person?
local function attempts_reached(days, today, gap)
  for at = 1, #days - 1, 2 do
    local high, low = string.byte(days, at, at + 1)
    if high >= REACHED and day_age(today, high, low) < gap then return true end
  end
  return false
end

-- The packed attempts without the newest of that code, or with another code in its place; nil: there is none.
local function attempts_without(days, code, other)
  for at = #days - 1, 1, -2 do
    if string.sub(days, at, at + 1) == code then return string.sub(days, 1, at - 1) .. (other or '') .. string.sub(days, at + 2) end
  end
end

local function attempts_write(key, field, bucket)
  if bucket ~= '' then redis.call('HSET', key, field, bucket) return end
  redis.call('HDEL', key, field)
  kept_emptied(string.match(key, '^(.*)attempts:'), key)
end

-- Take one attempt of that day away: of reached, one that reached the person, else one that did not; the other
-- kind where there is none.
local function attempt_give_back(key, field, mark, day, reached)
  local bucket = redis.call('HGET', key, field)
  if not bucket then return end
  local days, first = attempts_in(bucket, mark), reached or false
  local rest = attempts_without(days, day_code(day, first)) or attempts_without(days, day_code(day, not first))
  if rest then attempts_write(key, field, attempts_put(bucket, mark, rest)) end
end

-- Note of the attempts of some entries that they reached the person, or (reached false) that they did not.
local function attempts_note(prefix, entries, reached)
  local keys = {}
  local function add(key, field, mark, day)
    local k = keys[key] or { fields = {}, at = {}, marks = {} }
    keys[key] = k
    if not k.at[field] then k.fields[#k.fields + 1], k.at[field] = field, #k.fields + 1 end
    k.marks[#k.marks + 1] = { at = k.at[field], mark = mark, day = tonumber(day) }
  end
  for _, e in ipairs(entries) do
    local key, field, mark = prefix .. 'attempts:' .. e[E.advertiser], attempts_of_number(e[E.to])
    add(key, field, mark, e[E.day])
    if e[E.person] ~= '' then
      field, mark = attempts_of_person(e[E.person])
      add(key, field, mark, e[E.day])
    end
  end
  for key, k in pairs(keys) do
    local buckets, changed = redis.call('HMGET', key, unpack(k.fields)), {}
    for _, m in ipairs(k.marks) do
      local bucket = buckets[m.at]
      local days = bucket and attempts_without(attempts_in(bucket, m.mark), day_code(m.day, not reached), day_code(m.day, reached))
      if days then buckets[m.at], changed[m.at] = attempts_put(bucket, m.mark, days), true end
    end
    local pairs_ = {}
    for at in pairs(changed) do pairs_[#pairs_ + 1], pairs_[#pairs_ + 2] = k.fields[at], buckets[at] end
    if #pairs_ > 0 then redis.call('HSET', key, unpack(pairs_)) end
  end
end

-- Definitions ---------------------------------------------------------------------

-- The hashes of a campaign, its advertiser, its source and its route as one short text: the same as long
-- as nothing is changed that a rule sees or a sender gets.
local CONTACT_SOURCE = 3 -- of these; whether it is approved, a rule sees

local function definition_print(keys)
  local lines = {}
  for i, key in ipairs(keys) do
    local fields = redis.call('HGETALL', key)
    for k = 1, #fields, 2 do
      if i == CONTACT_SOURCE or not UNSEEN[fields[k]] then lines[#lines + 1] = i .. '\31' .. fields[k] .. '\31' .. fields[k + 1] end
    end
  end
  table.sort(lines)
  return redis.sha1hex(table.concat(lines, '\30'))
end

-- Oppositions and halts -----------------------------------------------------------

-- The reason by which one of the names is halted, and its scope; nil if none. lists: those that are asked, which name
-- every id of the company: it stops as a whole.
local function halted(prefix, advertiser, lists, source, route)
  local names = { 'all', 'advertiser:' .. advertiser }
  for _, list in ipairs(lists) do
    local other = string.sub(list, 1, 11) == 'opposition:' and string.sub(list, 12)
    if other and other ~= advertiser then names[#names + 1] = 'advertiser:' .. other end
  end
  names[#names + 1], names[#names + 2] = 'source:' .. source, 'route:' .. route
  local why = redis.call('HMGET', prefix .. 'halt', unpack(names))
  for i = 1, #names do
    if why[i] then return why[i], names[i] end
  end
end

-- Which reason a list gives.
local function list_reason(name)
  if name == 'opposition' then return 'opposed-platform' end
  if string.sub(name, 1, 11) == 'opposition:' then return 'opposed-advertiser' end
  return 'listed'
end

-- Who and why -----------------------------------------------------------------------

-- What is wrong with who answers for an act, and with the reason; nil if nothing is.
local function signed_fault(by, reason)
  for _, each in ipairs{ { 'BY', by }, { 'REASON', reason } } do
    local text = each[2] or ''
    if text == '' or #text > 400 or string.find(text, '%c') then return each[1] .. ' expected 1 to 400 bytes without control characters' end
  end
end

redis.register_function{
  function_name = 'licet_version',
  callback = function() return LIBRARY_VERSION .. ' ' .. LIBRARY_HASH end,
  flags = { 'no-writes', 'allow-oom', 'allow-stale' },
}
