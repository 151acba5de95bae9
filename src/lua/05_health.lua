-- health: what a route's outcomes say of it. Its canary and breaker, and how long it takes.
--
-- licet:ready:<route>:health is a hash: state (canary, flowing, tripped), since, why,
-- released (while canary), last (the last outcomes, 1: failed), p99_ms (from take to done),
-- reset_ms, reset_by, reset_why (the last time that somebody let it begin anew).
-- licet:ready:<route>:times counts durations, in steps of five seconds.

local breaker_note, breaker_room, breaker_released, times_note
do
  local HEALTH_LAST = 50      -- outcomes that are looked at, where there is no larger canary
  local TIMES_STEP_MS, TIMES_STEPS = 5000, 720
  local TIMES_EVERY, TIMES_KEPT = 20, 2000

  -- What ops configured: canary and the greatest share of failures; nil: neither.
  local function breaker_of(prefix, route)
    local d = redis.call('HMGET', prefix .. 'route:' .. route, 'canary', 'breaker_pct')
    local canary, pct = tonumber(d[1] or '') or 0, tonumber(d[2] or '') or 0
    if canary <= 0 and pct <= 0 then return nil end
    return canary, pct > 0 and pct or 50
  end

  local FAILED = { failed = true, ['not-placed'] = true, lapsed = true } -- "lapsed": nobody told

  -- The state after the outcomes last, of which one more was noted, and why it trips, if it does.
  local function breaker_state(state, last, canary, pct, look)
    if #last < (state == 'canary' and canary or look) then return state end
    local _, failures = string.gsub(last, '1', '')
    if failures * 100 > pct * #last then return 'tripped', failures .. ' of the last ' .. #last .. ' failed' end
    return state == 'canary' and 'flowing' or state
  end

  -- Some outcomes more, in the order in which they were told.
  function breaker_note(prefix, ready, route, outcomes, now)
    if #outcomes == 0 then return end
    local canary, pct = breaker_of(prefix, route)
    if not canary then return end
    local key, look = ready .. ':health', math.max(canary, HEALTH_LAST)
    local h = redis.call('HMGET', key, 'state', 'last')
    local state, last = h[1] or (canary > 0 and 'canary' or 'flowing'), h[2] or ''
    if state == 'tripped' then return end
    local fields = {}
    for _, outcome in ipairs(outcomes) do
      last = string.sub(last .. (FAILED[outcome] and '1' or '0'), -look)
      local was, why = state, nil
      state, why = breaker_state(was, last, canary, pct, look)
      if state ~= was then fields = { 'since', ms_text(now), 'why', why or '' } end
      if state == 'tripped' then break end
    end
    redis.call('HSET', key, 'state', state, 'last', last, unpack(fields))
  end

  -- May so many more be released? Returns nil, or how many may (0: the breaker is open).
  function breaker_room(key, canary, n)
    local h = redis.call('HMGET', key, 'state', 'released')
    if h[1] == 'tripped' then return 0 end
    if canary == 0 or h[1] == 'flowing' then return nil end
    local room = math.max(0, canary - (tonumber(h[2] or '') or 0))
    return n > room and room or nil
  end

  -- Jobs of the canary that went out (by > 0) or came back.
  function breaker_released(prefix, ready, route, by)
    local canary = breaker_of(prefix, route)
    if not canary or canary == 0 or redis.call('HGET', ready .. ':health', 'state') == 'flowing' then return end
    counter_add(ready .. ':health', 'released', by)
  end

  -- What is kept of durations, by step, and of how many; what is no number is left out.
  local function times_read(key)
    local counts, all = {}, redis.call('HGETALL', key)
    for i = 1, #all, 2 do
      local step, n = tonumber(all[i]), tonumber(all[i + 1])
      if step and n then counts[step] = n end
    end
    return counts
  end

  -- The duration that 99 in a hundred do not exceed, in steps.
  local function times_p99(counts)
    local total, seen, step = 0, 0, 0
    for _, n in pairs(counts) do total = total + n end
    repeat
      step = step + 1
      seen = seen + (counts[step] or 0)
    until seen * 100 >= total * 99 or step == TIMES_STEPS
    return step
  end

  -- Durations more, in ms, and now and then the greatest of 99 in a hundred.
  function times_note(prefix, ready, durations)
    local key, by_step, noted = ready .. ':times', {}, 0
    -- A rehearsal at many times the speed must not take its senders for slow.
    local speed = is_simulated(prefix) and tonumber(redis.call('HGET', prefix .. 'clock', 'speed') or '') or 1
    for _, ms in ipairs(durations) do
      if ms >= 0 then
        local step = math.min(TIMES_STEPS, math.floor(ms / speed / TIMES_STEP_MS) + 1)
        by_step[step], noted = (by_step[step] or 0) + 1, noted + 1
      end
    end
    if noted == 0 then return end
    for step, n in pairs(by_step) do counter_add(key, step, n) end
    local n = counter_add(key, 'n', noted)
    if math.floor(n / TIMES_EVERY) == math.floor((n - noted) / TIMES_EVERY) then return end
    local counts = times_read(key)
    redis.call('HSET', ready .. ':health', 'p99_ms', times_p99(counts) * TIMES_STEP_MS)
    if n >= TIMES_KEPT then
      -- Older ones count half, so that a route that became faster is seen to be.
      redis.call('DEL', key)
      local left = 0
      for s, c in pairs(counts) do
        local half = math.floor(c / 2)
        if half > 0 then redis.call('HSET', key, s, half) end
        left = left + half
      end
      redis.call('HSET', key, 'n', left)
    end
  end

  -- licet_breaker: ops look at a route and let it begin anew, with its canary. Not for senders or
  -- marketing: a person answers for it. licet:errors and the route's health say who, and why.
  -- KEYS  1 licet:ready:<route>
  -- ARGV  1 who   2 reason (each at most 400 bytes, without control characters)
  -- Returns the state it had: tripped, flowing or canary; "" if there is nothing to reset, and
  -- then nothing is written. Errors: KEY, BY, REASON, TYPE, STREAM (it cannot be told).
  local function breaker_reset(keys, args)
    local prefix, route = ready_route(keys[1] or '')
    if not prefix then return redis.error_reply('KEY expected the name of a ready list') end
    local by, reason = args[1] or '', args[2] or ''
    if by == '' or #by > 400 or string.find(by, '%c') then return redis.error_reply('BY expected who resets it, in 1 to 400 bytes') end
    if reason == '' or #reason > 400 or string.find(reason, '%c') then
      return redis.error_reply('REASON expected why it is reset, in 1 to 400 bytes')
    end
    local key, errors = keys[1] .. ':health', prefix .. 'errors'
    local bad, type_ = wrong_type{ key, 'hash', errors, 'stream' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local full = full_stream{ errors }
    if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end
    local h = redis.call('HMGET', key, 'state', 'why', 'released')
    local state, why = h[1] or (h[3] and 'canary') or '', h[2] or ''
    if state == '' then return '' end
    local now = ms_text(now_ms(prefix))
    redis.call('HDEL', key, 'state', 'since', 'why', 'released', 'last')
    redis.call('HSET', key, 'reset_ms', now, 'reset_by', by, 'reset_why', reason)
    redis.call('XADD', errors, 'MAXLEN', '~', '10000', '*', 'where', 'ready:' .. route,
      'error', 'breaker reset by ' .. by .. ': ' .. reason .. ' (it was ' .. state .. (why ~= '' and ', ' .. why or '') .. ')',
      'by', by, 'reason', reason, 'was', state)
    return state
  end

  redis.register_function{ function_name = 'licet_breaker', callback = guarded(breaker_reset), flags = { 'allow-oom' } }
end
