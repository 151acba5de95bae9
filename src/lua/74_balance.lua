-- licet_balance: do the counters say what stands in the places themselves? Both move in one step, so
-- that they agree at every instant; where they do not, somebody wrote by hand, or a key vanished.
--
-- KEYS  1 licet:campaigns     ARGV  campaign ids; none: what is on the routes, of all campaigns together
-- Returns for each "" or what differs first, in words.

do
  local function number_in(stats, name) return tonumber(stats[name] or '') or 0 end

  local function stats_of(key)
    local stats, fields = {}, is_type(key, 'hash') and redis.call('HGETALL', key) or {}
    for i = 1, #fields, 2 do stats[fields[i]] = fields[i + 1] end
    return stats
  end

  local function differs(what, counted, found)
    if counted ~= found then return what .. ': ' .. ms_text(counted) .. ' counted, ' .. ms_text(found) .. ' there' end
  end

  local function held_differs(prefix, campaign, stats)
    local found = 0
    for name in pairs(stats) do
      local place = string.match(name, '^held%.(.+)$')
      local key = place and campaign_key(prefix, campaign, 'held:' .. place)
      if key and is_type(key, 'list') then
        local there = redis.call('LLEN', key)
        local text = differs(name, number_in(stats, name), there)
        if text then return text end
        found = found + there
      end
    end
    return differs('held', number_in(stats, 'held'), found)
  end

  local function campaign_differs(prefix, campaign)
    local stats, later, sum = stats_of(campaign_key(prefix, campaign, 'stats')), campaign_key(prefix, campaign, 'later'), 0
    for i = 2, #BALANCE do sum = sum + number_in(stats, BALANCE[i]) end
    return differs('intake', number_in(stats, 'intake'), sum) or held_differs(prefix, campaign, stats) or
      is_type(later, 'zset') and differs('later', number_in(stats, 'later'), redis.call('ZCOUNT', later, '-inf', '+inf')) or ''
  end

  -- What senders reported and licetd has not moved on yet is in no place: then nothing is compared.
  local function routes_differ(prefix)
    local found, stats = 0, stats_of(prefix .. 'stats')
    for _, route in ipairs(is_type(prefix .. 'routes', 'set') and redis.call('SMEMBERS', prefix .. 'routes') or {}) do
      local ready, settle = prefix .. 'ready:' .. route, prefix .. 'settle:' .. route
      if wrong_type{ ready, 'list', ready .. ':lease', 'hash', ready .. ':unknown', 'hash', settle, 'stream' } or redis.call('XLEN', settle) > 0 then return '' end
      found = found + redis.call('LLEN', ready) + redis.call('HLEN', ready .. ':lease') + redis.call('HLEN', ready .. ':unknown')
    end
    return differs('ready, taken and unknown', number_in(stats, 'ready') + number_in(stats, 'taken') + number_in(stats, 'unknown'), found) or ''
  end

  local function balance(keys, args)
    local prefix, reply = prefix_of(keys[1], 'campaigns'), {}
    if #args == 0 then return { routes_differ(prefix) } end
    for i, campaign in ipairs(args) do reply[i] = campaign_differs(prefix, campaign) end
    return reply
  end

  redis.register_function{ function_name = 'licet_balance', callback = guarded(balance), flags = { 'no-writes', 'allow-oom' } }
end
