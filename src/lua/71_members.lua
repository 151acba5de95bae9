-- members: are the members of the opposition lists numbers at all? Who is on a list as "06 12 34 56 78",
-- or as "+330612345678", is not found there.

do
  local MEMBERS_WALKED, MEMBERS_SAMPLED = 3000, 16 -- of all lists together, in about 2 ms; of each
  local BUCKETS_SAMPLED, BUCKET_COSTS = 4, 8 -- of a packed list; looked at in the time of so many members
  local BEGINS_LEN = 5 -- most ranges are told by so many bytes, the plus among them

  -- The plan of 07_number.lua as tables, for who looks at thousands: ranges, and which of their
  -- beginnings have a longer one behind them. nil: none is published.
  local function plan_of(prefix)
    local plan, fields = { ranges = {}, deeper = {}, told = {} }, redis.pcall('HGETALL', prefix .. 'numbering')
    if fields.err or not fields[1] then return nil end
    for i = 1, #fields, 2 do
      local least, most, class = string.match(fields[i + 1], '^(%d+) (%d+) (%S+)$')
      -- Another name of a line: no lookup asks for it.
      local other = string.match(fields[i + 1], '^%d+ %+%d+$')
      if (least or other) and string.sub(fields[i], 1, 1) == '+' then
        plan.ranges[fields[i]] = { least = tonumber(least), most = tonumber(most), sound = least ~= nil and class ~= 'unassigned' }
        for len = 1, #fields[i] - 1 do plan.deeper[string.sub(fields[i], 1, len)] = true end
      end
    end
    return plan
  end

  -- The longest range that a member begins with; false: none.
  local function range_of(member, plan)
    local known = plan.told[string.sub(member, 1, BEGINS_LEN)]
    if known ~= nil then return known end
    local range, len, begins = false, 0, nil
    repeat
      len = len + 1
      begins = string.sub(member, 1, len)
      range = plan.ranges[begins] or range
    until not plan.deeper[begins] or len == #member
    if len <= BEGINS_LEN then plan.told[string.sub(member, 1, BEGINS_LEN)] = range end
    return range
  end

  -- E.164 as the core would write it; without a plan only the shape is looked at.
  local function is_number(member, plan)
    if not string.find(member, '^%+[1-9]%d+$') or #member < 8 or #member > 16 then return false end
    if not plan then return true end
    local range = range_of(member, plan)
    return range and range.sound and #member - 1 >= range.least and #member - 1 <= range.most
  end

  local function no_number(members, plan)
    for _, member in ipairs(members) do
      if not is_number(member, plan) then return member end
    end
  end

  -- A bucket of a packed list that is none: its field, or nil. Only its first and its last number are looked
  -- up in the plan: a prefix rarely ends within a bucket, and a list is loaded by who reads numbers.
  local function no_bucket(page, plan)
    for i = 1, #page, 2 do
      local field, marks = page[i], page[i + 1]
      local base = string.find(field, '^[1-9]%d*$') and #field <= 12 and tonumber(field) * 2048
      if not base or marks == '' or string.gsub(marks, '[\128-\143][%z\1-\127]', '') ~= '' then return field end
      for _, at in ipairs{ 1, #marks - 1 } do
        local number = base + (string.byte(marks, at) - 128) * 128 + string.byte(marks, at + 1)
        if not is_number(string.format('+%.0f', number), plan) then return field end
      end
    end
  end

  -- The same of a packed list as look() tells of a set: next cursor, size, what is none, how many were looked at.
  local function look_packed(key, cursor, walked, bad, left, plan)
    local size = redis.call('HLEN', key)
    if bad ~= '' and redis.call('HEXISTS', key, bad) == 1 then
      bad = no_bucket({ bad, redis.call('HGET', key, bad) }, plan)
      if bad then return '', size, bad, 0 end
    end
    bad = size > 0 and no_bucket(redis.call('HRANDFIELD', key, BUCKETS_SAMPLED, 'WITHVALUES'), plan)
    if size == walked or size == 0 then return '0', size, bad, 0 end
    if left <= 0 then return '', size, bad, 0 end
    local step = redis.call('HSCAN', key, cursor, 'COUNT', math.ceil(left / BUCKET_COSTS))
    return step[1], size, bad or no_bucket(step[2], plan), #step[2] / 2 * BUCKET_COSTS
  end

  -- Is it packed, by its type and its meta?
  local function is_packed(prefix, list, key)
    if not redis.acl_check_cmd('HSCAN', key, '0') or redis.call('TYPE', key).ok ~= 'hash' then return false end
    local meta = redis.pcall('HMGET', meta_key(prefix, list), unpack(LIST_FIELDS))
    return not meta.err and list_version(list, meta) ~= ''
  end

  -- licet_members: look for members of lists that are no numbers.
  -- KEYS  1 licet:campaigns     ARGV  for each list: name, cursor ("0": from the beginning), size
  --       at which it was walked to its end ("-1": it was not), a member that was none ("": no such)
  -- Returns for each {next cursor ("0": the end, "": not walked), size, a member that is none or "", type, name}.
  -- A list of the size at which it was walked is only sampled; one that has that member still, not even that.
  local function members(keys, args)
    local prefix, reply, left = prefix_of(keys[1], 'campaigns'), {}, MEMBERS_WALKED
    local plan = plan_of(prefix)
    for i = 1, #args, 4 do
      local key, cursor, bad, size = prefix .. 'list:' .. args[i], '0', nil, 0
      -- Who may not read lists (marketing) is told their type alone.
      local sample, type_ = redis.acl_check_cmd('SRANDMEMBER', key) and redis.pcall('SRANDMEMBER', key, MEMBERS_SAMPLED) or {}, 'set'
      if is_packed(prefix, args[i], key) then
        local looked
        cursor, size, bad, looked = look_packed(key, args[i + 1], tonumber(args[i + 2]), args[i + 3], left, plan)
        left = left - looked
      elseif sample.err then type_ = redis.call('TYPE', key).ok
      elseif args[i + 3] ~= '' and redis.call('SISMEMBER', key, args[i + 3]) == 1 then
        cursor, bad = nil, args[i + 3]
      elseif #sample > 0 then
        size = redis.call('SCARD', key)
        bad = no_number(sample, plan)
        if size ~= tonumber(args[i + 2]) then
          local step = left > 0 and redis.pcall('SSCAN', key, args[i + 1], 'COUNT', left)
          if not step then cursor = nil
          elseif not step.err then
            cursor, left = step[1], left - #step[2]
            bad = bad or no_number(step[2], plan)
          end
        end
      end
      reply[#reply + 1] = { cursor or '', size, bad or '', type_, args[i] }
    end
    return reply
  end

  redis.register_function{ function_name = 'licet_members', callback = guarded(members), flags = { 'no-writes', 'allow-oom' } }

  -- licet_mend: write members of a live list that are no E.164 numbers as the numbers that they are.
  -- Not for senders or marketing.
  -- KEYS  1 licet:list:opposition or licet:list:opposition:<advertiser>
  -- ARGV  1 "drop": take those off that are no number however they are read; "": leave them
  --       2… members, at most 500
  -- Returns {mended, taken off, left}. Errors: KEY, TYPE, COUNT.
  local function mend(keys, args)
    local prefix, list = opposition_list(keys[1])
    if not prefix then return redis.error_reply('KEY expected list:opposition or list:opposition:<advertiser>') end
    if #args > 501 then return redis.error_reply('COUNT expected at most 500 members') end
    local bad, type_ = wrong_type{ keys[1], 'set', prefix .. 'numbering', 'hash', meta_key(prefix, list), 'hash' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local plan, mended, dropped, left, added = plan_of(prefix), 0, 0, 0, 0
    for i = 2, #args do
      local number = not is_number(args[i], plan) and redis.call('SISMEMBER', keys[1], args[i]) == 1 and normalise(prefix, args[i])
      if number then
        added = added + redis.call('SADD', keys[1], number)
        redis.call('SREM', keys[1], args[i])
        mended = mended + 1
      elseif number == nil and args[1] == 'drop' then
        redis.call('SREM', keys[1], args[i])
        dropped = dropped + 1
      elseif number == nil then left = left + 1 end
    end
    -- Two spellings of one number, and what was dropped, make it smaller, lawfully.
    list_shrank(prefix, list, math.max(0, mended + dropped - added), redis.call('SCARD', keys[1]))
    return { mended, dropped, left }
  end

  redis.register_function('licet_mend', guarded(mend))
end
