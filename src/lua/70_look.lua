-- licet_look: what the daemon needs to know of some campaigns, in one reading.
-- KEYS  1 licet:campaigns     ARGV  campaign ids
-- Returns for each {queue length, jobs put off, time of the first of them ("": none),
-- definition (flat), counters (flat), key of a wrong type or "", ids cancelled, why the first
-- is put off ("cap", "retry" or ""), {state, because, since, definition} as published}.

-- Why a member of the time-ordered set was put off, as far as its first line tells.
local function later_why(member)
  local head = string.match(member, '^(#[^\t]*)\t') or ''
  if string.find(head, ';r=cap', 1, true) then return 'cap' end
  local attempt = tonumber(string.match(head, '^#attempt=(%d+)') or '') or 1
  return attempt > 1 and 'retry' or ''
end

local function look(keys, args)
  local prefix = prefix_of(keys[1], 'campaigns')
  local reply = {}
  for i, c in ipairs(args) do
    local queue, later, def, stats, cancel = campaign_key(prefix, c, 'queue'), campaign_key(prefix, c, 'later'),
      campaign_key(prefix, c, 'def'), campaign_key(prefix, c, 'stats'), campaign_key(prefix, c, 'cancel')
    local bad = wrong_type{ queue, 'list', later, 'zset', def, 'hash', stats, 'hash', cancel, 'set' }
    if bad then
      reply[i] = { 0, 0, '', {}, {}, bad, 0, '', {} }
    else
      local first, state = redis.call('ZRANGE', later, 0, 0, 'WITHSCORES'), campaign_key(prefix, c, 'state')
      reply[i] = { redis.call('LLEN', queue), redis.call('ZCARD', later), first[2] or '', redis.call('HGETALL', def),
        redis.call('HGETALL', stats), '', redis.call('SCARD', cancel), later_why(first[1] or ''),
        is_type(state, 'hash') and redis.call('HMGET', state, 'state', 'because', 'since', 'definition') or {} }
    end
  end
  return reply
end

-- licet_publish: a hash of the daemon's own, written whole. It must be possible when
-- Redis is full: what stands still has to say so.
-- KEYS  1 key     ARGV  1 time to live in s (0: none)   then fields and values
-- Returns 1, or 0 if the key has another type (then nothing is changed).
local function publish(keys, args)
  if not is_type(keys[1], 'hash') then return 0 end
  redis.call('DEL', keys[1])
  -- In parts: Lua takes some thousands of arguments in a call.
  for i = 2, #args - 1, 1000 do redis.call('HSET', keys[1], unpack(args, i, math.min(i + 999, #args))) end
  if tonumber(args[1]) > 0 then redis.call('EXPIRE', keys[1], args[1]) end
  return 1
end

-- licet_present: a daemon tells which rulebook it works by.
-- KEYS  1 rulebooks (hash: instance -> hash of the rulebook, s since 1970 until which that
--       counts)     ARGV  1 instance   2 hash of its rulebook   3 for how many s (0: it goes)
-- Returns an instance that works by another one, or "". Real time, simulated or not.
local function present(keys, args)
  if not is_type(keys[1], 'hash') then return '' end
  local now = tonumber(redis.call('TIME')[1])
  local all, other = redis.call('HGETALL', keys[1]), ''
  for i = 1, #all, 2 do
    local theirs, until_s = string.match(all[i + 1], '^(%S+) (%d+)$')
    if not theirs or tonumber(until_s) <= now then redis.call('HDEL', keys[1], all[i])
    elseif all[i] ~= args[1] and theirs ~= args[2] then other = all[i] end
  end
  if tonumber(args[3]) == 0 then redis.call('HDEL', keys[1], args[1])
  else redis.call('HSET', keys[1], args[1], args[2] .. ' ' .. string.format('%.0f', now + tonumber(args[3]))) end
  return other
end

local MEMBERS_WALKED, MEMBERS_SAMPLED = 4000, 16 -- of all lists together; of each

local function no_number(members)
  for _, member in ipairs(members) do
    if not (string.find(member, '^%+[1-9]%d+$') and #member >= 8 and #member <= 16) then return member end
  end
end

-- licet_members: look for members of lists that are no numbers.
-- KEYS  1 licet:campaigns     ARGV  for each list: name, cursor ("0": from the beginning), size
--       at which it was walked to its end ("-1": it was not), a member that was none ("": no such)
-- Returns for each {next cursor ("0": the end, "": not walked), size, a member that is none or "", type, name}.
-- A list of the size at which it was walked is only sampled; one that has that member still, not even that.
local function members(keys, args)
  local prefix, reply, left = prefix_of(keys[1], 'campaigns'), {}, MEMBERS_WALKED
  for i = 1, #args, 4 do
    local key, cursor, bad, size = prefix .. 'list:' .. args[i], '0', nil, 0
    -- Who may not read lists (marketing) is told their type alone.
    local sample, type_ = redis.acl_check_cmd('SRANDMEMBER', key) and redis.pcall('SRANDMEMBER', key, MEMBERS_SAMPLED) or {}, 'set'
    if sample.err then type_ = redis.call('TYPE', key).ok
    elseif args[i + 3] ~= '' and redis.call('SISMEMBER', key, args[i + 3]) == 1 then
      cursor, bad = nil, args[i + 3]
    elseif #sample > 0 then
      size = redis.call('SCARD', key)
      bad = no_number(sample)
      if size ~= tonumber(args[i + 2]) then
        local step = left > 0 and redis.pcall('SSCAN', key, args[i + 1], 'COUNT', left)
        if not step then cursor = nil
        elseif not step.err then
          cursor, left = step[1], left - #step[2]
          bad = bad or no_number(step[2])
        end
      end
    end
    reply[#reply + 1] = { cursor or '', size, bad or '', type_, args[i] }
  end
  return reply
end

redis.register_function{ function_name = 'licet_members', callback = members, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = 'licet_present', callback = present, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'licet_look', callback = look, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = 'licet_publish', callback = publish, flags = { 'allow-oom' } }
