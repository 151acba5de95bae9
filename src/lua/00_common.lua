#!lua name=licet
-- common: what every function of the library shares: key names, time, types, entries.
--
-- No function may fail in the middle: Redis does not undo what was written
-- before an error. So each one checks types and arguments first and writes last.

local LIBRARY_VERSION = 1
local LIBRARY_HASH = '@HASH@' -- of the source, put in at build

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

local function seen_key(prefix, campaign, family)
  if family and family ~= '' then return prefix .. 'family:' .. family .. ':seen' end
  return campaign_key(prefix, campaign, 'seen')
end

-- Time ------------------------------------------------------------------------
-- Redis TIME decides where a sender calls. A simulated space publishes how its
-- clock runs; production prefixes never look at it.

local function now_ms(prefix)
  local t = redis.call('TIME')
  local ms = t[1] * 1000 + math.floor(t[2] / 1000)
  if string.sub(prefix, 1, 10) == 'licet-sim:' then
    local c = redis.call('HMGET', prefix .. 'clock', 'sim_base_ms', 'real_base_ms', 'speed')
    if c[1] and c[2] and c[3] then
      ms = math.floor(tonumber(c[1]) + (ms - tonumber(c[2])) * tonumber(c[3]))
    end
  end
  return ms
end

local function ms_text(ms) return string.format('%.0f', ms) end

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

-- Streams: an entry's id is the daemon's clock. Where the stream is already
-- ahead (the clock was set back), the entry follows the last one.
local function stream_add(key, ms, ...)
  local r = redis.pcall('XADD', key, ms_text(ms) .. '-*', ...)
  if type(r) == 'table' and r.err then
    local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
    local at = last[1] and string.match(last[1][1], '^(%d+)') or '0'
    r = redis.pcall('XADD', key, at .. '-*', ...)
    if type(r) == 'table' and r.err then r = redis.call('XADD', key, '*', ...) end
  end
  return r
end

-- Counters --------------------------------------------------------------------

-- intake is the sum of the others, always.
local BALANCE = { 'intake', 'held', 'later', 'ready', 'taken', 'unknown', 'settling', 'done', 'refused', 'invalid', 'cancelled', 'erased' }

local function count(counters, name, by)
  counters[name] = (counters[name] or 0) + by
end

local function write_counters(key, counters)
  for name, by in pairs(counters) do
    if by ~= 0 then redis.call('HINCRBY', key, name, by) end
  end
end

-- A ready entry -----------------------------------------------------------------
-- One line of fields, each ended by a tab, then the job as its owner pushed it.

local E_TOKEN, E_CAMPAIGN, E_ID, E_TO, E_PERSON, E_ATTEMPT = 1, 2, 3, 4, 5, 6
local E_RELEASED, E_NOT_AFTER, E_PLACE, E_ADVERTISER = 7, 8, 9, 10
local E_VARS_AT, E_VARS_LEN, E_DAY, E_CLOSE, E_CAP, E_PROOF, E_LISTS, E_FACTS = 11, 12, 13, 14, 15, 16, 17, 18

-- Returns the fields and the job, or nil for something that is no entry.
local function entry_split(entry)
  local nl = string.find(entry, '\n', 1, true)
  if not nl then return nil end
  local fields, n = {}, 0
  for field in string.gmatch(string.sub(entry, 1, nl - 1), '([^\t]*)\t') do
    n = n + 1
    fields[n] = field
  end
  if n < E_FACTS then return nil end
  return fields, string.sub(entry, nl + 1)
end

-- What is stored in a held list: the job as it came, or, where it was tried
-- before, a line that says so and then the job.
local function stored_form(job, attempt)
  if tonumber(attempt) > 1 then return '#attempt=' .. attempt .. '\t' .. job end
  return job
end

-- Attempts: two bytes a day (days since 1970, big endian), oldest first. ------------

local function day_code(day)
  return string.char(math.floor(day / 256) % 256, day % 256)
end

-- Take one attempt of that day away. Returns the new value.
local function attempts_without(value, day)
  local code = day_code(tonumber(day))
  for at = #value - 1, 1, -2 do
    if string.sub(value, at, at + 1) == code then
      return string.sub(value, 1, at - 1) .. string.sub(value, at + 2)
    end
  end
  return value
end

local function attempt_give_back(key, field, day)
  local value = redis.call('HGET', key, field)
  if not value then return end
  value = attempts_without(value, day)
  if value == '' then redis.call('HDEL', key, field) else redis.call('HSET', key, field, value) end
end

-- Oppositions and halts -----------------------------------------------------------

-- The reason by which one of the names is halted, and its scope; nil if none.
local function halted(prefix, advertiser, source, route)
  local names = { 'all', 'advertiser:' .. advertiser, 'source:' .. source, 'route:' .. route }
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

redis.register_function{
  function_name = 'licet_version',
  callback = function() return LIBRARY_VERSION .. ' ' .. LIBRARY_HASH end,
  flags = { 'no-writes', 'allow-oom', 'allow-stale' },
}
