-- unplaced: objections to an advertiser that nobody declared, such as one whose id was mistyped. They
-- are on no list, for nobody knows on which; whoever made them is called by nobody until a person has
-- placed or dismissed them. Which advertisers were ever declared stands in licet:advertisers (set).
--
-- licet:unplaced is a hash: number -> lines, each "received_ms scope", scope as in licet:oppositions.
--
-- What a sender or a marketing system reports waits there too, as it may write to no list, no date and no
-- record: its line goes on with tabs, event, source, reason, person, and c where it was said in a call. The
-- number is with nobody from then on; licetd puts it on its list within a second (31_pending.lua).

-- Is, or was, that advertiser declared? What it left tells it too. Who may not ask is told yes, and
-- goes on as if it were.
local function is_declared(prefix, advertiser)
  local there = redis.pcall('EXISTS', prefix .. 'advertiser:' .. advertiser, prefix .. 'attempts:' .. advertiser,
    dated_key(prefix, advertiser), prefix .. 'consent:' .. advertiser)
  if there ~= 0 then return true end
  local known = redis.acl_check_cmd('SISMEMBER', prefix .. 'advertisers', advertiser) and
    redis.pcall('SISMEMBER', prefix .. 'advertisers', advertiser)
  return known == 1
end

local function advertiser_error(advertiser, then_)
  return redis.error_reply('ADVERTISER ' .. advertiser .. ' was never declared: ' .. then_)
end

local PENDING = '^(%d+) (opposition[:a-z0-9._-]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([co])$'

-- What waits for a number, taken apart: the lines that licetd places, and the others, which a person does.
local function unplaced_lines(value)
  local pending, others = {}, {}
  for line in string.gmatch(value or '', '[^\n]+') do
    local received, scope, event, source, reason, person, how = string.match(line, PENDING)
    local advertiser = scope and string.match(scope, '^opposition:([a-z0-9][a-z0-9._-]*)$')
    if scope == 'opposition' or advertiser then
      pending[#pending + 1] = { line = line, received_ms = tonumber(received), scope = scope, advertiser = advertiser, event = event, source = source,
        reason = reason, person = person, in_call = how == 'c' }
    else others[#others + 1] = line end
  end
  return pending, others
end

-- Add a line for a number; one of the same scope before it is replaced, as the latest counts.
local function unplaced_add(prefix, number, scope, line)
  local key, lines = prefix .. 'unplaced', {}
  for old in string.gmatch(redis.call('HMGET', key, number)[1] or '', '[^\n]+') do
    if string.match(old, '^%d+ ([^\t]*)') ~= scope then lines[#lines + 1] = old end
  end
  lines[#lines + 1] = line
  redis.call('HSET', key, number, table.concat(lines, '\n'))
end

-- May this caller write to that opposition list? Else what it reports waits for licetd.
local function may_oppose(prefix, list, number) return redis.acl_check_cmd('SADD', prefix .. 'list:' .. list, number) end

local function keep_pending(prefix, number, scope, event, source, reason, person, in_call, now)
  local words = { event, source, reason, person }
  for i = 1, #words do words[i] = string.gsub(words[i], '%c', ' ') end
  unplaced_add(prefix, number, scope, ms_text(now) .. ' ' .. scope .. '\t' .. table.concat(words, '\t') .. '\t' .. (in_call and 'c' or 'o'))
end

-- Keep an objection that has no place. It is answered with an error all the same.
local function keep_unplaced(prefix, number, person, scope, source, reason, event, now)
  local advertiser = string.match(scope, ':(.*)$')
  local bad, type_ = wrong_type{ prefix .. 'unplaced', 'hash', prefix .. 'oppositions', 'stream' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  if not redis.acl_check_cmd('HSET', prefix .. 'unplaced', number, '') then
    return advertiser_error(advertiser, 'nothing was recorded')
  end
  if redis.acl_check_cmd('XADD', prefix .. 'oppositions', '*', 'number', number) then
    stream_add(prefix .. 'oppositions', now, 'number', number, 'person', person, 'scope', scope, 'source', source,
      'reason', reason, 'event', event, 'received_ms', ms_text(now), 'by', '', 'kind', 'unplaced')
  end
  unplaced_add(prefix, number, scope, ms_text(now) .. ' ' .. scope)
  return advertiser_error(advertiser, 'on no list; the number is held for everybody until a person places it')
end

-- Which of some numbers wait to be placed: their positions; nil: none does.
local function unplaced_among(prefix, numbers, n)
  local key, found = prefix .. 'unplaced', nil
  if n == 0 or redis.call('HLEN', key) == 0 then return nil end
  for i, value in ipairs(redis.call('HMGET', key, unpack(numbers, 1, n))) do
    if value then
      found = found or {}
      found[#found + 1] = i
    end
  end
  return found
end

do
  -- licet_place: a person has placed an objection of that number, or dismisses it. Not for senders or
  -- marketing.
  -- KEYS  1 licet:unplaced
  -- ARGV  1 number (E.164)   2 who   3 reason   4 "placed" or "dismissed"
  -- Returns 1, or 0 if there was none. Errors: KEY, BY, REASON, KIND, TYPE.
  local function place(keys, args)
    local prefix = string.match(keys[1] or '', '^(.*)unplaced$')
    if not prefix then return redis.error_reply('KEY expected licet:unplaced') end
    local fault = signed_fault(args[2], args[3])
    if fault then return redis.error_reply(fault) end
    if args[4] ~= 'placed' and args[4] ~= 'dismissed' then return redis.error_reply('KIND expected placed or dismissed') end
    local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'oppositions', 'stream' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local pending, others = unplaced_lines(redis.call('HGET', keys[1], args[1] or ''))
    if #others == 0 then return 0 end
    local scope, now, left = string.match(others[1], ' (.*)$') or '', now_ms(prefix), {}
    for i, p in ipairs(pending) do left[i] = p.line end
    stream_add(prefix .. 'oppositions', now, 'number', args[1], 'person', '', 'scope', scope, 'source', 'licetctl', 'reason', args[3],
      'event', '', 'received_ms', ms_text(now), 'by', args[2], 'kind', args[4])
    if #left > 0 then redis.call('HSET', keys[1], args[1], table.concat(left, '\n')) else redis.call('HDEL', keys[1], args[1]) end
    return 1
  end

  -- licet_strays: which of some advertisers were never declared, though they have a list.
  -- KEYS  1 licet:campaigns     ARGV  advertisers
  local function strays(keys, args)
    local prefix, found = prefix_of(keys[1], 'campaigns'), {}
    for _, advertiser in ipairs(args) do
      if not is_declared(prefix, advertiser) then found[#found + 1] = advertiser end
    end
    return found
  end

  redis.register_function{ function_name = 'licet_place', callback = guarded(place), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_strays', callback = guarded(strays), flags = { 'no-writes', 'allow-oom' } }
end
