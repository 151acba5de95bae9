-- lists: how large an opposition list must be at least. An objection that vanished from its list
-- protects nobody, so that a list which lost members otherwise than through the functions here
-- (deleted, renamed over, SREM by hand, restored from an older copy) holds whoever asks it.
--
-- licet:list-meta:<name> has, of the live lists (opposition, opposition:<advertiser>): floor, as
-- many members as it must have at least; taken_off, how many left it lawfully (both together never
-- shrink, which tells an older copy). Of a scrub list: count, as it was loaded; and where it is packed
-- its version and how many buckets it has. Of both: lost, how many members (of a packed list: buckets)
-- are missing, as licetd found, and lost_ms, when it did; absent where none is.
--
-- A packed list is a hash of buckets, two bytes a number, as include/core/number/packed.h describes it.
-- Whoever takes jobs has no right on it: an entry carries the version that it was judged by.

local LIST_FIELDS = { 'refreshed_at', 'floor', 'count', 'lost', 'version', 'buckets' }

local place_pending -- see 31_pending.lua

local function is_live(list) return list == 'opposition' or string.sub(list, 1, 11) == 'opposition:' end

local function meta_key(prefix, list) return prefix .. 'list-meta:' .. list end

-- The version of a packed list, '' of a set. meta: the values of LIST_FIELDS.
local function list_version(list, meta) return not is_live(list) and meta[5] or '' end

-- How many members or buckets it has. A list of another type than its meta says raises an error.
local function list_size(key, list, meta)
  return redis.call(list_version(list, meta) == '' and 'SCARD' or 'HLEN', key)
end

-- Which of some numbers are on a packed list: 1 or 0 for each, as SMISMEMBER. at: the buckets of all the
-- numbers that licetd asks for, then as many marks; those of the shift + 1 to the shift + n.
local function packed_members(key, at, shift, n)
  local found, find, marks = {}, string.find, #at / 2 + shift
  local buckets = redis.call('HMGET', key, unpack(at, shift + 1, shift + n))
  for i = 1, n do found[i] = buckets[i] and find(buckets[i], at[marks + i], 1, true) and 1 or 0 end
  return found
end

-- How many members a list of that size lacks, at least one where a count is no number. meta: the values of LIST_FIELDS.
local function members_lost(list, size, meta)
  local least, lost = whole(meta[is_live(list) and 2 or list_version(list, meta) == '' and 3 or 6]), whole(meta[4])
  if not least or not lost then return 1 end
  return size < least and least - size or lost
end

-- May this caller keep the count? Who may only add to a list (a sender, marketing) may not; licetd
-- counts what they added at its next look.
local function may_count(key) return redis.acl_check_cmd('HSET', key, 'floor', '1') and is_type(key, 'hash') end

-- One member more, which makes it that size. said_ms: when the person objected. Who did so before members
-- were found to be missing may be one of those: a master that lacked what it is told again has it back then.
local function list_grew(prefix, list, size, said_ms)
  local key = meta_key(prefix, list)
  if not may_count(key) then return end
  local meta = redis.call('HMGET', key, 'floor', 'lost_ms')
  local floor, lost_ms = whole(meta[1]) or 0, whole(meta[2])
  if lost_ms and said_ms < lost_ms and size <= floor then return end
  redis.call('HSET', key, 'floor', ms_text(size - 1 >= floor and size or floor + 1))
end

-- So many members fewer, lawfully, which makes it that size. A list that lacks some lacks them still.
local function list_shrank(prefix, list, by, size)
  local key = meta_key(prefix, list)
  if by == 0 or not may_count(key) then return end
  local meta = redis.call('HMGET', key, 'floor', 'taken_off')
  local floor, off = whole(meta[1]) or 0, whole(meta[2]) or 0
  redis.call('HSET', key, 'floor', ms_text(math.max(0, math.min(floor, math.max(size, floor - by)))), 'taken_off', ms_text(off + by))
end

-- The numbers among the fields of a hash of dated oppositions (step 2: values stand between them)
-- that are not on their list.
local function dated_absent(key, fields, step)
  local numbers, absent = {}, {}
  for i = 1, #fields, step do
    if string.sub(fields[i], 1, 2) ~= 'p:' then numbers[#numbers + 1] = fields[i] end
  end
  if #numbers == 0 then return absent end
  for i, on in ipairs(redis.call('SMISMEMBER', key, unpack(numbers))) do
    if on == 0 then absent[#absent + 1] = numbers[i] end
  end
  return absent
end

-- Is one of a few dated oppositions, taken at random, not on its list? Another list, of whatever
-- size, was put in its place then.
local function is_replaced(key, dated, sampled)
  return #dated_absent(key, redis.call('HRANDFIELD', dated, sampled), 1) > 0
end

do
  local SAMPLED, PUT_BACK = 8, 1000

  -- Put back what the dated oppositions prove, some at a time. Returns the next cursor ("": there is
  -- nothing to put back) and how many came back.
  local function put_back(prefix, list, key, cursor, lacks)
    local dated = dated_key(prefix, string.match(list, '^opposition:(.*)$'))
    if not is_type(dated, 'hash') then return '', 0 end
    if cursor == '' then
      if not lacks and not is_replaced(key, dated, SAMPLED) then return '', 0 end
      cursor = '0'
    end
    local page = redis.call('HSCAN', dated, cursor, 'COUNT', PUT_BACK)
    local absent, added = dated_absent(key, page[2], 2), 0
    for at = 1, #absent, 1000 do
      added = added + redis.call('SADD', key, unpack(absent, at, math.min(at + 999, #absent)))
    end
    return page[1] == '0' and '' or page[1], added
  end

  -- -1: it is no number.
  local function number_at(meta, i) return whole(meta[i]) or -1 end

  -- A member that was no number and that somebody took off: it protected nobody.
  local function mended(prefix, list, bad)
    local key = prefix .. 'list:' .. list
    if bad == '' or redis.call('SISMEMBER', key, bad) == 1 then return 0 end
    list_shrank(prefix, list, 1, redis.call('SCARD', key))
    return 1
  end

  -- One live list: put back, count, and say what is missing still.
  local function guard_live(prefix, list, reached, cursor)
    local key, meta_at = prefix .. 'list:' .. list, meta_key(prefix, list)
    local meta = redis.call('HMGET', meta_at, 'floor', 'taken_off', 'lost')
    local known, off = number_at(meta, 1), math.max(number_at(meta, 2), 0)
    local floor = math.max(known, reached - off)
    local back
    cursor, back = put_back(prefix, list, key, cursor, redis.call('SCARD', key) < floor)
    local size = redis.call('SCARD', key)
    floor = math.max(floor, size)
    if floor ~= known then redis.call('HSET', meta_at, 'floor', ms_text(floor)) end
    -- While some are still being put back nobody knows how many are missing.
    local lost = math.max(floor - size, cursor ~= '' and 1 or 0)
    return size, floor + off, lost, number_at(meta, 3), back, cursor
  end

  local function guard_scrub(prefix, list, meta)
    local packed = list_version(list, meta) ~= ''
    local size = list_size(prefix .. 'list:' .. list, list, meta)
    local count = number_at(meta, packed and 6 or 3)
    return size, 0, count < 0 and 1 or math.max(count - size, 0), number_at(meta, 4), 0, ''
  end

  -- Is the list of the type that its meta says? A set that somebody put in the place of a packed list is
  -- one from now on, and its meta says so again. Returns the meta, or nil.
  local function meta_of(prefix, list)
    local key, meta_at = prefix .. 'list:' .. list, meta_key(prefix, list)
    if not is_type(meta_at, 'hash') then return nil end
    local meta = redis.call('HMGET', meta_at, unpack(LIST_FIELDS))
    if list_version(list, meta) == '' then return is_type(key, 'set') and meta or nil end
    if is_type(key, 'hash') then return meta end
    if not is_type(key, 'set') then return nil end
    redis.call('HDEL', meta_at, 'version', 'buckets')
    meta[5], meta[6] = false, false
    return meta
  end

  local KEPT_LOOKED = 200
  local HOLDING = { '^attempts:', '^consent:', '^oppositions:dated', '^campaign:[^:]*:seen$', '^family:[^:]*:seen$' }

  local function holds(name)
    for _, pattern in ipairs(HOLDING) do
      if string.find(name, pattern) then return true end
    end
  end

  -- Some of the keys that were there, taken at random: one that is gone is told, and what rests on it holds.
  local function guard_kept(prefix, now)
    local kept = prefix .. 'kept'
    if wrong_type{ kept, 'hash', prefix .. 'errors', 'stream' } or redis.call('EXISTS', kept) == 0 then return end
    local some = redis.call('HRANDFIELD', kept, KEPT_LOOKED, 'WITHVALUES')
    for i = 1, #some, 2 do
      local name = some[i]
      if not is_lost(some[i + 1]) and redis.call('EXISTS', prefix .. name) == 0 then
        if holds(name) then kept_lost(prefix, name, now)
        else
          redis.call('HDEL', kept, name)
          errors_tell(prefix, prefix .. name, 'it was gone: what it told is lost')
        end
      end
    end
  end

  -- licet_guard: look after the sizes of lists, for licetd.
  -- KEYS  1 licet:campaigns     ARGV  for each list: name, the greatest that this daemon was ever told
  --       below as its reach, cursor of what is being put back ("": nothing is), a member that was no
  --       number ("": none)
  -- Returns for each {name, size, reach, members that are missing, members put back now, next cursor,
  -- 1 if that member was taken off}.
  local function guard(keys, args)
    local prefix, reply = prefix_of(keys[1], 'campaigns'), {}
    local now = now_ms(prefix)
    company.mend(prefix)
    place_pending(prefix, now)
    guard_kept(prefix, now)
    for i = 1, #args, 4 do
      local list, meta_at = args[i], meta_key(prefix, args[i])
      local meta = meta_of(prefix, list)
      if meta then
        local size, reach, lost, told, back, cursor
        local advertiser = string.match(list, '^opposition:(.*)$')
        if advertiser and redis.call('EXISTS', prefix .. 'advertiser:' .. advertiser) == 1 and is_type(prefix .. 'advertisers', 'set') then
          redis.call('SADD', prefix .. 'advertisers', advertiser)
        end
        local off = is_live(list) and mended(prefix, list, args[i + 3]) or 0
        if is_live(list) then size, reach, lost, told, back, cursor = guard_live(prefix, list, tonumber(args[i + 1]), args[i + 2])
        else size, reach, lost, told, back, cursor = guard_scrub(prefix, list, meta) end
        if lost == 0 and told ~= 0 then redis.call('HDEL', meta_at, 'lost', 'lost_ms')
        elseif lost ~= told then redis.call('HSET', meta_at, 'lost', lost, unpack(told < 1 and { 'lost_ms', ms_text(now) } or {})) end
        reply[#reply + 1] = { list, size, reach, lost, back, cursor, off }
      end
    end
    return reply
  end

  -- A key that was lost is taken as it is now, or as none.
  local function accept_kept(prefix, name, by, reason)
    local kept = prefix .. 'kept'
    local bad, type_ = wrong_type{ kept, 'hash', prefix .. 'errors', 'stream' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local value = redis.call('HGET', kept, name)
    if not value or not is_lost(value) and redis.call('EXISTS', prefix .. name) == 1 then return 0 end
    redis.call('XADD', prefix .. 'errors', 'MAXLEN', '~', '10000', '*', 'where', prefix .. name,
      'error', 'accepted by ' .. by .. ' as it is: ' .. reason, 'by', by, 'reason', reason)
    redis.call('HDEL', kept, name)
    return 1
  end

  -- licet_accept: a person takes a list as it is: what is missing is not to come back. Not for senders
  -- or marketing.
  -- KEYS  1 licet:list-meta:<name>, or licet:kept     ARGV  1 who   2 reason (each 1 to 400 bytes without control characters)
  --       3 with licet:kept: the key that was lost, without its prefix
  -- Returns how many members it lacked, or 1; 0: none, and nothing was written. Errors: KEY, BY, REASON, TYPE.
  local function accept(keys, args)
    local prefix, list = string.match(keys[1] or '', '^(.*)list%-meta:([a-z0-9][:a-z0-9._-]*)$')
    local kept = string.match(keys[1] or '', '^(.*)kept$')
    if not prefix and not kept then return redis.error_reply('KEY expected licet:list-meta:<name>, or licet:kept') end
    local fault = signed_fault(args[1], args[2])
    if fault then return redis.error_reply(fault) end
    if kept then return accept_kept(kept, args[3] or '', args[1], args[2]) end
    local key, meta = prefix .. 'list:' .. list, {}
    local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'errors', 'stream' }
    if not bad then
      meta = redis.call('HMGET', keys[1], unpack(LIST_FIELDS))
      bad, type_ = wrong_type{ key, list_version(list, meta) == '' and 'set' or 'hash' }
    end
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local size, packed = list_size(key, list, meta), list_version(list, meta) ~= ''
    local lost, off = members_lost(list, size, meta), whole(redis.call('HGET', keys[1], 'taken_off')) or 0
    if lost == 0 then return 0 end
    local now = ms_text(now_ms(prefix))
    redis.call('XADD', prefix .. 'errors', 'MAXLEN', '~', '10000', '*', 'where', prefix .. 'list:' .. list,
      'error', 'list accepted by ' .. args[1] .. ' without ' .. lost .. (packed and ' buckets of members: ' or ' members: ') .. args[2], 'by', args[1], 'reason', args[2])
    redis.call('HDEL', keys[1], 'lost', 'lost_ms')
    redis.call('HSET', keys[1], is_live(list) and 'floor' or packed and 'buckets' or 'count', size, 'accepted_by', args[1], 'accepted_reason', args[2], 'accepted_ms', now)
    if is_live(list) then redis.call('HSET', keys[1], 'taken_off', ms_text(off + math.max(0, number_at(meta, 2) - size))) end
    return lost
  end

  redis.register_function{ function_name = 'licet_guard', callback = guarded(guard), flags = { 'allow-oom' } }
  redis.register_function('licet_accept', guarded(accept))
end
