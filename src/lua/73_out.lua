-- licet_out: make anew who is with a sender (licet:out), from the leases. What stands there and is out no
-- more would put a call off for ever; what is missing there lets a second call begin beside the first.
--
-- KEYS  1 licet:out
-- ARGV  1 cursor ("0": begin)   2 fields or leases a call, about
-- Returns {next cursor ("0": the end), tokens put there, tokens taken off}. Errors: TYPE.
-- A cursor is "o<cursor>" while the hash itself is looked through, then "<route> <cursor>" for the leases of
-- one route after another.

do
  local function leases_of(prefix, route) return prefix .. 'ready:' .. route .. ':lease' end

  local function routes_of(prefix)
    local routes = redis.call('SMEMBERS', prefix .. 'routes')
    table.sort(routes)
    return routes
  end

  -- Which of some tokens have a lease, on whatever route.
  local function leased_among(prefix, tokens)
    local leased = {}
    for _, route in ipairs(#tokens > 0 and routes_of(prefix) or {}) do
      if is_type(leases_of(prefix, route), 'hash') then
        for i, lease in ipairs(redis.call('HMGET', leases_of(prefix, route), unpack(tokens))) do
          if lease then leased[tokens[i]] = true end
        end
      end
    end
    return leased
  end

  -- Which of some tokens that have no lease reached the person, and were not settled yet: the next take knows of
  -- it by what stands here alone.
  local function unsettled_among(prefix, tokens)
    local waiting, settled, today = {}, {}, math.floor(now_ms(prefix) / 86400000)
    for _, route in ipairs(#tokens > 0 and routes_of(prefix) or {}) do
      for day = today - 1, today do
        local past, done = past_key(prefix .. 'ready:' .. route, day), prefix .. 'ready:' .. route .. ':settled:' .. day
        for i, known in ipairs(is_type(past, 'hash') and redis.call('HMGET', past, unpack(tokens)) or {}) do
          if known then waiting[tokens[i]] = true end
        end
        for i, on in ipairs(is_type(done, 'set') and redis.call('SMISMEMBER', done, unpack(tokens)) or {}) do
          if on == 1 then settled[tokens[i]] = true end
        end
      end
    end
    for token in pairs(settled) do waiting[token] = nil end
    return waiting
  end

  -- Fields whose tokens are over.
  local function take_off(key, prefix, cursor, count)
    local page, tokens, gone = redis.call('HSCAN', key, cursor, 'COUNT', count), {}, 0
    for i = 2, #page[2], 2 do
      for token in string.gmatch(page[2][i], '%S+') do tokens[#tokens + 1] = token end
    end
    local leased, without = leased_among(prefix, tokens), {}
    for _, token in ipairs(tokens) do
      if not leased[token] then without[#without + 1] = token end
    end
    local waiting = unsettled_among(prefix, without)
    for i = 1, #page[2], 2 do
      local rest, lost = {}, 0
      for token in string.gmatch(page[2][i + 1], '%S+') do
        if leased[token] or waiting[token] then rest[#rest + 1] = token else lost = lost + 1 end
      end
      if #rest == 0 then redis.call('HDEL', key, page[2][i])
      elseif lost > 0 then redis.call('HSET', key, page[2][i], table.concat(rest, ' ')) end
      gone = gone + lost
    end
    return page[1], gone
  end

  -- Leases whose number or person is not there.
  local function put_there(key, prefix, route, cursor, count)
    local page, put = redis.call('HSCAN', leases_of(prefix, route), cursor, 'COUNT', count), 0
    for i = 1, #page[2], 2 do
      local token, e = page[2][i], lease_split(page[2][i + 1])
      if e then e[E.advertiser] = company.of(prefix, e[E.advertiser]) end
      for _, field in ipairs(e and { out_number(e), e[E.person] ~= '' and out_person(e) or nil } or {}) do
        local have = redis.call('HGET', key, field)
        if not have or not string.find(' ' .. have .. ' ', ' ' .. token .. ' ', 1, true) then
          redis.call('HSET', key, field, have and have .. ' ' .. token or token)
          put = put + 1
        end
      end
    end
    return page[1], put
  end

  -- The route to go on with after one, and the cursor for it; "0": there is none.
  local function after(prefix, route)
    for _, each in ipairs(routes_of(prefix)) do
      if (not route or each > route) and is_type(leases_of(prefix, each), 'hash') then return each .. ' 0' end
    end
    return '0'
  end

  local function mend_out(keys, args)
    local prefix = string.match(keys[1] or '', '^(.*)out$') or ''
    local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'routes', 'set' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local cursor, count = args[1] or '0', tonumber(args[2]) or 100
    local route, at = string.match(cursor, '^(%S+) (%d+)$')
    if route and is_type(leases_of(prefix, route), 'hash') then
      local next_, put = put_there(keys[1], prefix, route, at, count)
      return { next_ ~= '0' and route .. ' ' .. next_ or after(prefix, route), put, 0 }
    end
    local next_, gone = take_off(keys[1], prefix, string.match(cursor, '^o(%d+)$') or '0', count)
    return { next_ ~= '0' and 'o' .. next_ or after(prefix, nil), 0, gone }
  end

  redis.register_function{ function_name = 'licet_out', callback = guarded(mend_out), flags = { 'allow-oom' } }
end
