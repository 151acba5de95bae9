-- licet_look: what the daemon needs to know of some campaigns, in one reading.
-- KEYS  1 licet:campaigns     ARGV  campaign ids
-- Returns for each {queue length, jobs put off, time of the first of them ("": none),
-- definition (flat), counters (flat), key of a wrong type or ""}.
local function look(keys, args)
  local prefix = prefix_of(keys[1], 'campaigns')
  local reply = {}
  for i, c in ipairs(args) do
    local queue, later, def, stats = campaign_key(prefix, c, 'queue'), campaign_key(prefix, c, 'later'),
      campaign_key(prefix, c, 'def'), campaign_key(prefix, c, 'stats')
    local bad = wrong_type{ queue, 'list', later, 'zset', def, 'hash', stats, 'hash' }
    if bad then
      reply[i] = { 0, 0, '', {}, {}, bad }
    else
      local first = redis.call('ZRANGE', later, 0, 0, 'WITHSCORES')
      reply[i] = { redis.call('LLEN', queue), redis.call('ZCARD', later), first[2] or '', redis.call('HGETALL', def),
        redis.call('HGETALL', stats), '' }
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
  if #args > 2 then redis.call('HSET', keys[1], unpack(args, 2)) end
  if tonumber(args[1]) > 0 then redis.call('EXPIRE', keys[1], args[1]) end
  return 1
end

redis.register_function{ function_name = 'licet_look', callback = look, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = 'licet_publish', callback = publish, flags = { 'allow-oom' } }
