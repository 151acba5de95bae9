-- licet_hours: what happened to a campaign's jobs, by the hour.
--
-- licet:campaign:<c>:hours is a hash, "2026-11-24T09Z:released" -> how many, kept 35 days. What the counters
-- grew by since the last call is added to the hour of this one, and licet:campaign:<c>:counted is what they
-- were: both in one step, so that the sum is right whoever calls, how often, and whoever was killed.
--
-- KEYS  1 licet:campaigns     ARGV  campaign ids
-- Returns how many hashes were added to. One of a wrong type is left as it is.

do
  local HOUR_MS, KEPT_MS = 3600000, 35 * 86400000
  local NAMES = { released = 'released', refused = 'refused', invalid = 'invalid' }
  local OPPOSED = { ['opted-out'] = true, refused = true, ['never-again'] = true }

  -- The name under which a counter goes into the hours; nil: it does not. What was tried again happened too.
  local function hour_name(counter)
    local outcome = string.match(counter, '^done%.(.+)$') or string.match(counter, '^retried%.(.+)$')
    if not outcome then return NAMES[counter] end
    return OPPOSED[outcome] and 'opposed' or OUTCOMES[outcome] and outcome
  end

  -- "2026-11-24T09Z" of an instant.
  local function hour_text(ms)
    local days, hour = math.floor(ms / 86400000), math.floor(ms / HOUR_MS) % 24
    local z = days + 719468
    local era = math.floor(z / 146097)
    local doe = z - era * 146097
    local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
    local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
    local mp = math.floor((5 * doy + 2) / 153)
    local day, month = doy - math.floor((153 * mp + 2) / 5) + 1, mp < 10 and mp + 3 or mp - 9
    return string.format('%04d-%02d-%02dT%02dZ', yoe + era * 400 + (month <= 2 and 1 or 0), month, day, hour)
  end

  -- What grew: {name, by, …}, and the counters as they are now.
  local function grown(stats, counted)
    local was, by, now = {}, {}, {}
    for i = 1, #counted, 2 do was[counted[i]] = tonumber(counted[i + 1]) end
    for i = 1, #stats, 2 do
      local name, value = hour_name(stats[i]), whole(stats[i + 1])
      if name and value then
        local more = value - (was[stats[i]] or 0)
        -- A job that was put back was refused all the same.
        if more > 0 then by[name] = (by[name] or 0) + more end
        if more ~= 0 then now[#now + 1], now[#now + 2] = stats[i], ms_text(value) end
      end
    end
    return by, now
  end

  -- Hours that are over for 35 days, asked when a new one begins.
  local function drop_old(key, now)
    local oldest, old = hour_text(now - KEPT_MS), {}
    for _, field in ipairs(redis.call('HKEYS', key)) do
      if field < oldest then old[#old + 1] = field end
    end
    for at = 1, #old, 1000 do redis.call('HDEL', key, unpack(old, at, math.min(at + 999, #old))) end
  end

  local function add(prefix, campaign, now)
    local stats, hours, counted = campaign_key(prefix, campaign, 'stats'), campaign_key(prefix, campaign, 'hours'), campaign_key(prefix, campaign, 'counted')
    if wrong_type{ stats, 'hash', hours, 'hash', counted, 'hash' } then return 0 end
    local by, values = grown(redis.call('HGETALL', stats), redis.call('HGETALL', counted))
    if #values == 0 then return 0 end
    -- First what was counted: what is told twice is worse than what is not told.
    redis.call('HSET', counted, unpack(values))
    local hour, begins = hour_text(now), false
    for name, more in pairs(by) do
      if counter_add(hours, hour .. ':' .. name, more) == more then begins = true end
    end
    if begins then drop_old(hours, now) end
    return next(by) and 1 or 0
  end

  local function hours(keys, args)
    local prefix, n = prefix_of(keys[1], 'campaigns'), 0
    local now = now_ms(prefix)
    for _, campaign in ipairs(args) do n = n + add(prefix, campaign, now) end
    return n
  end

  redis.register_function{ function_name = 'licet_hours', callback = guarded(hours), flags = { 'allow-oom' } }
end
