-- lead: which licetd works in a space, where several serve it.
--
-- licet:{s}:lead        string: the instance that works here; it ends by itself when that does not renew it.
-- licet:{s}:instances   hash: each instance that serves this space -> when it asked last, by Redis TIME in ms.
--
-- Two that work in one space are harmless: nothing rests on it that there is one.

do
  local LIVE_MS, FORGOTTEN_MS = 3000, 60000

  local function live_ones(prefix, now)
    local found, live, gone = redis.call('HGETALL', prefix .. 'instances'), {}, {}
    for i = 1, #found, 2 do
      local age = now - (whole(found[i + 1]) or 0)
      if age <= LIVE_MS then live[#live + 1] = found[i] elseif age > FORGOTTEN_MS then gone[#gone + 1] = found[i] end
    end
    table.sort(live)
    return live, gone
  end

  -- licet_lead: an instance is there, and works here if nobody else does.
  -- KEYS  1 licet:{<space>}:lead
  -- ARGV  1 the instance   2 how long it holds, in ms   3 take; give (to another, if it is ours) or leave
  --       4 give: to which one
  -- Returns who leads ("": nobody), for how long yet in ms, Redis TIME in ms, and each that asked in the last three
  -- seconds. Errors: KEY, INSTANCE, TIME, HOW, TYPE.
  local function lead(keys, args)
    local prefix = string.match(keys[1] or '', '^(.*)lead$')
    if not prefix or not has_tag(prefix) then return redis.error_reply('KEY expected licet:{<space>}:lead') end
    local me, px, how, to = args[1] or '', whole(args[2]) or 0, args[3], args[4] or ''
    if not string.find(me, '^[%w._-]+$') or #me > 64 then return redis.error_reply('INSTANCE expected letters, digits and . _ -') end
    if px < 100 or px > 60000 then return redis.error_reply('TIME expected 100 to 60000 ms') end
    if how ~= 'take' and how ~= 'give' and how ~= 'leave' then return redis.error_reply('HOW expected take, give or leave') end
    if how == 'give' and (not string.find(to, '^[%w._-]+$') or #to > 64) then return redis.error_reply('INSTANCE expected letters, digits and . _ -') end
    if not is_type(keys[1], 'string') then return redis.error_reply('TYPE ' .. keys[1] .. ' should be a string') end
    if not is_type(prefix .. 'instances', 'hash') then return redis.error_reply('TYPE ' .. prefix .. 'instances should be a hash') end
    local now = real_ms()
    local live, gone = live_ones(prefix, now)
    local leader, left = redis.call('GET', keys[1]) or '', math.max(redis.call('PTTL', keys[1]), 0)
    if how == 'leave' then gone[#gone + 1] = me else redis.call('HSET', prefix .. 'instances', me, ms_text(now)) end
    if #gone > 0 then redis.call('HDEL', prefix .. 'instances', unpack(gone)) end
    if how == 'leave' and leader == me then
      redis.call('DEL', keys[1])
      leader, left = '', 0
    elseif how == 'give' and leader == me or how == 'take' and (leader == me or leader == '') then
      leader, left = how == 'give' and to or me, px
      redis.call('SET', keys[1], leader, 'PX', px)
    end
    local reply, known = { leader, left, ms_text(now) }, how == 'leave'
    for _, name in ipairs(live) do
      if name ~= me or how ~= 'leave' then reply[#reply + 1] = name end
      known = known or name == me
    end
    if not known then reply[#reply + 1] = me end
    return reply
  end

  redis.register_function{ function_name = 'licet_lead', callback = guarded(lead), flags = { 'allow-oom' } }
end
