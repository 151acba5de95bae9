-- licet_look: what the daemon needs to know of some campaigns, in one reading.
-- KEYS  1 licet:campaigns     ARGV  campaign ids
-- Returns for each {queue length, jobs put off, time of the first of them ("": none),
-- definition (flat), counters (flat), key of a wrong type or "", ids cancelled, why the first
-- is put off ("cap", "retry" or ""), {state, because, since, definition} as published, 1: a batch
-- is being cancelled}.

do
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
        reply[i] = { 0, 0, '', {}, {}, bad, 0, '', {}, 0 }
      else
        local first, state, ids = redis.call('ZRANGE', later, 0, 0, 'WITHSCORES'), campaign_key(prefix, c, 'state'), redis.call('SCARD', cancel)
        reply[i] = { redis.call('LLEN', queue), redis.call('ZCARD', later), first[2] or '', hash_flat(def),
          redis.call('HGETALL', stats), '', ids, later_why(first[1] or ''),
          is_type(state, 'hash') and redis.call('HMGET', state, 'state', 'because', 'since', 'definition') or {},
          ids > 0 and redis.call('SISMEMBER', cancel, '\n') or 0 }
      end
    end
    return reply
  end

  -- licet_hash: a hash that others write.   KEYS  1 key   Returns it flat, or one word where it is too large.
  local function hash(keys)
    local bad = wrong_type{ keys[1], 'hash' }
    if bad then return { err = 'WRONGTYPE ' .. bad .. ' should be a hash' } end
    return hash_flat(keys[1])
  end

  -- licet_peek: the jobs that come next in a queue; they stay there.
  -- KEYS  1 queue     ARGV  1 from which on, from 0   2 how many   3 how many bytes a job may have
  -- Returns each as it is; of one that has more {bytes, how it begins}. May be fewer than there are.
  local HEAD_BYTES = 512
  local function peek(keys, args)
    local jobs, large = list_jobs(keys[1], tonumber(args[1]), tonumber(args[2]), tonumber(args[3]))
    for _, i in ipairs(large) do
      jobs[i] = { #jobs[i], (string.gsub(string.sub(jobs[i], 1, HEAD_BYTES), '[\128-\255]+$', '')) }
    end
    return jobs
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

  redis.register_function{ function_name = 'licet_present', callback = guarded(present), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_look', callback = guarded(look), flags = { 'no-writes', 'allow-oom' } }
  redis.register_function{ function_name = 'licet_hash', callback = guarded(hash), flags = { 'no-writes', 'allow-oom' } }
  redis.register_function{ function_name = 'licet_peek', callback = guarded(peek), flags = { 'no-writes', 'allow-oom' } }
  redis.register_function{ function_name = 'licet_publish', callback = guarded(publish), flags = { 'allow-oom' } }
end

do
  local ASKED_AT_ONCE = 100

  -- Which of some lists or streams are there: their positions. Most are not, so that they are asked a
  -- hundred at a time first.
  local function there(keys, first, last, found)
    if first > last or redis.call('EXISTS', unpack(keys, first, last)) == 0 then return end
    for i = first, last do
      if redis.call('EXISTS', keys[i]) == 1 then found[#found + 1] = i end
    end
  end

  -- licet_stir: which campaigns that had nothing queued have something now, and which routes have reports.
  -- KEYS  1 licet:campaigns     ARGV  1 how many routes   then so many routes, then campaign ids
  -- Returns the positions of those among the routes and campaigns.
  local function stir(keys, args)
    local prefix, names, routes, found = prefix_of(keys[1], 'campaigns'), {}, tonumber(args[1]), {}
    for i = 2, #args do
      names[i - 1] = i - 1 <= routes and prefix .. 'settle:' .. args[i] or campaign_key(prefix, args[i], 'queue')
    end
    for i = 1, routes do
      if redis.call('EXISTS', names[i]) == 1 and is_type(names[i], 'stream') and redis.call('XLEN', names[i]) > 0 then found[#found + 1] = i end
    end
    for at = routes + 1, #names, ASKED_AT_ONCE do there(names, at, math.min(at + ASKED_AT_ONCE - 1, #names), found) end
    return found
  end

  redis.register_function{ function_name = 'licet_stir', callback = guarded(stir), flags = { 'no-writes', 'allow-oom' } }
end

do
  local ROUTES_MAX = 100

  -- How many oppositions were ever recorded; what was trimmed counts.
  local function oppositions_recorded(prefix)
    local key = prefix .. 'oppositions'
    if not is_type(key, 'stream') or redis.call('EXISTS', key) == 0 then return 0 end
    local info = redis.call('XINFO', 'STREAM', key)
    for i = 1, #info, 2 do
      if info[i] == 'entries-added' then return info[i + 1] end
    end
    return 0
  end

  -- Since when the job that is next has been ready; "": none is, or it is no entry.
  local function oldest_ready(ready)
    local e = entry_split(redis.call('LINDEX', ready, 0) or '')
    return e and tonumber(e[E.released]) and e[E.released] or ''
  end

  -- Leases of a route are of one length: the one that ends first began first.
  local function oldest_taken(ready)
    if wrong_type{ ready .. ':lapse', 'zset', ready .. ':lease', 'hash' } then return '' end
    local first = redis.call('ZRANGE', ready .. ':lapse', 0, 0)[1]
    return first and string.match(redis.call('HGET', ready .. ':lease', first) or '', '^(%d+)\t') or ''
  end

  -- licet_glance: the routes, as who watches is told of them.
  -- KEYS  1 licet:routes     ARGV  ids of at most a hundred routes
  -- Returns {oppositions ever recorded, for each route {ready, with senders, of unknown outcome, reports to settle,
  -- released_ms of the job that is next ("": none), when the sender whose lease ends first took its job, in ms ("": none)}}.
  -- What is of a wrong type counts 0.
  local function glance(keys, args)
    local prefix, routes = prefix_of(keys[1], 'routes'), {}
    for i = 1, math.min(#args, ROUTES_MAX) do
      local ready = prefix .. 'ready:' .. args[i]
      local function size(key, type_, command) return is_type(key, type_) and redis.call(command, key) or 0 end
      routes[i] = { size(ready, 'list', 'LLEN'), size(ready .. ':lease', 'hash', 'HLEN'), size(ready .. ':unknown', 'hash', 'HLEN'),
        size(prefix .. 'settle:' .. args[i], 'stream', 'XLEN'), is_type(ready, 'list') and oldest_ready(ready) or '', oldest_taken(ready) }
    end
    return { oppositions_recorded(prefix), routes }
  end

  redis.register_function{ function_name = 'licet_glance', callback = guarded(glance), flags = { 'no-writes', 'allow-oom' } }
end
