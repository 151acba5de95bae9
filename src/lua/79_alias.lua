-- licet_alias: an advertiser is another name of a second one, for good: both are one company. What stood under the
-- first comes to the second, some at a time; until all of it has, no job of either moves. Not for senders or marketing.
--
-- KEYS  1 licet:aliases
-- ARGV  1 the other name   2 the advertiser whose it becomes   3 who   4 reason (each 1 to 400 bytes without control
--       characters)   5 cursor: "" at first, then what the call before returned
-- Returns {next cursor ("": all is there), how many records moved}; called again after that, or from the start
-- whenever it was broken off, it moves what is left. Errors: KEY, BY, REASON, CURSOR, TYPE, and, before
-- anything is written: ID, ADVERTISER (one was never declared), SIREN (they differ, or a third has it), ALIAS (one is an
-- alias, or has some), CALLED (it has called under another SIREN), HISTORY (attempts_before of one is not
-- declared), LOST (members or a key of one are missing), FULL (it has too many names).

do
  -- Dates before members: of who is on a list without a date nothing is lifted.
  local PARTS = { 'out', 'dated', 'list', 'consent', 'attempts', 'slots' }
  local join, wrong_key, begin_fault, begin = {} -- as many names as the library has room for, no more

  local function part_key(prefix, part, id)
    if part == 'out' then return out_key_of(prefix) end
    if part == 'dated' then return dated_key(prefix, id) end
    return prefix .. (part == 'list' and 'list:opposition' or part) .. ':' .. id
  end

  do
    local OTHERS_MAX = 8 -- as include/core/campaign/company.h
    local STREAM_MAX = 10000
    local KEPT = { 'oppositions:dated:', 'consent:', 'attempts:' }

    -- The first key of a wrong type that uniting the two reads or writes, or nil.
    function wrong_key(prefix, new, old)
      local types = { prefix .. 'aliases', 'hash', prefix .. 'sirens', 'hash', prefix .. 'advertisers', 'set', prefix .. 'kept', 'hash',
        prefix .. 'errors', 'stream' }
      for _, id in ipairs{ new, old } do
        for _, part in ipairs(PARTS) do
          types[#types + 1], types[#types + 2] = part_key(prefix, part, id), (part == 'list' or part == 'slots') and 'set' or 'hash'
        end
        for _, name in ipairs{ 'advertiser:' .. id, 'list-meta:opposition:' .. id } do types[#types + 1], types[#types + 2] = prefix .. name, 'hash' end
      end
      return wrong_type(types)
    end

    -- Whose the SIREN is, and under which others the new one has called. Returns a fault, or nil.
    local function siren_fault(prefix, new, old, has)
      local siren = has[new][1]
      if not siren or not string.find(siren, '^%d%d%d%d%d%d%d%d%d$') or siren ~= has[old][1] then
        return 'SIREN ' .. new .. ' and ' .. old .. ' have not the same SIREN: they are two companies'
      end
      local owners = redis.call('HGETALL', prefix .. 'sirens')
      for i = 1, #owners, 2 do
        if owners[i] == siren and owners[i + 1] ~= new and owners[i + 1] ~= old then
          return 'SIREN ' .. siren .. ' is that of advertiser ' .. owners[i + 1]
        end
        if owners[i] ~= siren and owners[i + 1] == new and redis.call('EXISTS', prefix .. 'attempts:' .. new) == 1 then
          return 'CALLED ' .. new .. ' has called under the SIREN ' .. owners[i] .. ': what it did then is not that of ' .. old
        end
      end
    end

    -- What is missing of one of them, as nobody knows then what would come to the other.
    local function lost_fault(prefix, id)
      local list, meta = 'opposition:' .. id, redis.call('HMGET', meta_key(prefix, 'opposition:' .. id), unpack(LIST_FIELDS))
      if members_lost(list, redis.call('SCARD', prefix .. 'list:' .. list), meta) > 0 then return 'LOST members of ' .. list .. ' are missing' end
      for _, name in ipairs(KEPT) do
        local value = redis.call('HGET', prefix .. 'kept', name .. id)
        if is_lost(value) or value and redis.call('EXISTS', prefix .. name .. id) == 0 then
          return 'LOST ' .. name .. id .. ' was there and is gone: bring it back first'
        end
      end
    end

    local function alias_fault(prefix, new, old)
      local of_new, of_old = redis.call('HGET', prefix .. 'aliases', new), redis.call('HGET', prefix .. 'aliases', old)
      if of_old then return 'ALIAS ' .. old .. ' is another name of ' .. string.match(of_old, '^%S+') .. ' itself' end
      if of_new then return 'ALIAS ' .. new .. ' is another name of ' .. string.match(of_new, '^%S+') .. ', for good' end
      if #company.others(prefix, new) > 0 then return 'ALIAS ' .. new .. ' has other names of its own' end
      if #company.others(prefix, old) >= OTHERS_MAX then return 'FULL ' .. old .. ' has ' .. OTHERS_MAX .. ' other names, and no more are kept' end
    end

    -- Why the two are not to be united, or nil.
    function begin_fault(prefix, new, old)
      local has = {}
      for _, id in ipairs{ new, old } do
        has[id] = redis.call('HMGET', prefix .. 'advertiser:' .. id, 'siren', 'attempts_before')
        if redis.call('EXISTS', prefix .. 'advertiser:' .. id) == 0 then return 'ADVERTISER ' .. id .. ' is not declared' end
      end
      local fault = alias_fault(prefix, new, old) or siren_fault(prefix, new, old, has)
      for _, id in ipairs(fault and {} or { new, old }) do
        if has[id][2] ~= 'none' and has[id][2] ~= 'imported' then
          return 'HISTORY attempts_before of ' .. id .. ' is not declared: what it called before counts for both'
        end
        fault = fault or lost_fault(prefix, id)
      end
      return fault, has[new][1]
    end

    -- The record first, which alone can fail. From here on whatever is said to one is said to both, and no job of
    -- either moves.
    function begin(prefix, new, old, siren, by, reason)
      redis.call('XADD', prefix .. 'errors', 'MAXLEN', '~', STREAM_MAX, '*', 'where', 'aliases', 'error',
        'advertiser ' .. new .. ' made another name of ' .. old .. ' by ' .. by .. ': ' .. reason, 'by', by, 'reason', reason)
      redis.call('HSET', prefix .. 'aliases', new, old .. ' joining')
      redis.call('HSET', prefix .. 'kept', 'aliases', 'there')
      redis.call('HSET', prefix .. 'sirens', siren, old)
      redis.call('SADD', prefix .. 'advertisers', new, old)
      company.write(prefix, old)
    end
  end

  do
    -- Its list has so many members more than before.
    local function list_gained(prefix, list, by, size)
      local key = meta_key(prefix, list)
      local floor = whole(redis.call('HGET', key, 'floor')) or 0
      if by > 0 then redis.call('HSET', key, 'floor', ms_text(size - by >= floor and size or floor + by)) end
    end

    local function list_add(prefix, old, numbers)
      local list = 'opposition:' .. old
      local added = redis.call('SADD', prefix .. 'list:' .. list, unpack(numbers))
      list_gained(prefix, list, added, redis.call('SCARD', prefix .. 'list:' .. list))
    end

    local function list_remove(prefix, new, numbers)
      local list = 'opposition:' .. new
      local gone = redis.call('SREM', prefix .. 'list:' .. list, unpack(numbers))
      list_shrank(prefix, list, gone, redis.call('SCARD', prefix .. 'list:' .. list))
    end

    -- Each part: some of it comes over, and leaves where it was, in one step. from, to: the keys. Returns the next
    -- cursor and how many came.
    -- Who is with a sender now: a person is one of an advertiser's.
    function join.out(c, from, _, cursor)
      local page, n = redis.call('HSCAN', from, cursor, 'COUNT', 200), 0
      for i = 1, #page[2], 2 do
        local person = string.sub(page[2][i], 1, #c.new + 1) == c.new .. '/' and string.sub(page[2][i], #c.new + 2)
        if person then
          local field = c.old .. '/' .. person
          local have = redis.call('HGET', from, field)
          redis.call('HSET', from, field, have and have .. ' ' .. page[2][i + 1] or page[2][i + 1])
          redis.call('HDEL', from, page[2][i])
          n = n + 1
        end
      end
      return page[1], n
    end

    -- Of two dates the later one counts. A number that is on the list and has no date was put there by hand, and
    -- keeps none.
    function join.dated(c, from, to, cursor)
      local page, numbers = redis.call('HSCAN', from, cursor, 'COUNT', 200), {}
      for i = 1, #page[2], 2 do
        local field, value = page[2][i], page[2][i + 1]
        local is_person = string.sub(field, 1, 2) == 'p:'
        local have = redis.call('HGET', to, field)
        local event, had = tonumber(string.match(value, '^(%d+)') or UNDATED_MS), have and tonumber(string.match(have, '^(%d+)') or UNDATED_MS)
        local by_hand = not is_person and not have and redis.call('SISMEMBER', part_key(c.prefix, 'list', c.old), field) == 1
        if not by_hand and (not had or event > had) then redis.call('HSET', to, field, value) end
        if not is_person then numbers[#numbers + 1] = field end
      end
      if #numbers > 0 then
        list_add(c.prefix, c.old, numbers)
        list_remove(c.prefix, c.new, numbers)
      end
      for i = 1, #page[2], 2 do redis.call('HDEL', from, page[2][i]) end
      return page[1], #page[2] / 2
    end

    -- Those without a date: what the other has a date of is lifted by nothing from now on.
    function join.list(c, from, _, cursor)
      local page = redis.call('SSCAN', from, cursor, 'COUNT', 500)
      local numbers, dated = page[2], part_key(c.prefix, 'dated', c.old)
      if #numbers == 0 then return page[1], 0 end
      for at = 1, #numbers, 1000 do
        local some = { unpack(numbers, at, math.min(at + 999, #numbers)) }
        for i, value in ipairs(redis.call('HMGET', dated, unpack(some))) do
          if value then redis.call('HSET', dated, some[i], ms_text(UNDATED_MS) .. ' ' .. ms_text(c.now) .. ' o') end
        end
        list_add(c.prefix, c.old, some)
        list_remove(c.prefix, c.new, some)
      end
      return page[1], #numbers
    end

    -- Two records as one: all consents, the newest first, and the later withdrawal. One that cannot be read makes
    -- a record that cannot, which holds that number, and keeps both.
    local function records_joined(from, to, number, value, have)
      if not have then return value end
      local a, b = registry_record(to, number), registry_record(from, number)
      if not a or not b then return have .. '\n' .. value end
      local known, at = {}, {}
      for _, text in ipairs(a.consents) do known[text] = true end
      for _, text in ipairs(b.consents) do
        if not known[text] then a.consents[#a.consents + 1] = text end
      end
      for i, text in ipairs(a.consents) do at[text] = { collected_ms(text) or 0, i } end
      table.sort(a.consents, function(x, y)
        if at[x][1] ~= at[y][1] then return at[x][1] > at[y][1] end
        return at[x][2] < at[y][2]
      end)
      for _, name in ipairs{ 'withdrawn_ms', 'withdrawn_received_ms' } do
        if b[name] then a[name] = math.max(a[name] or 0, b[name]) end
      end
      if b.unread then a.unread = (a.unread or '') .. b.unread end
      return registry_text(a)
    end

    function join.consent(_, from, to, cursor)
      local page = redis.call('HSCAN', from, cursor, 'COUNT', 50)
      for i = 1, #page[2], 2 do
        local number = page[2][i]
        redis.call('HSET', to, number, records_joined(from, to, number, page[2][i + 1], redis.call('HGET', to, number)))
        redis.call('HDEL', from, number)
      end
      return page[1], #page[2] / 2
    end

    -- All attempts of both, the oldest first, at most as many as are kept.
    local function days_joined(days, others, today)
      local all, codes = {}, {}
      for _, text in ipairs{ days, others } do
        for at = 1, #text - 1, 2 do
          local high, low = string.byte(text, at, at + 1)
          all[#all + 1] = { age = day_age(today, high, low), code = string.sub(text, at, at + 1) }
        end
      end
      table.sort(all, function(a, b) return a.age > b.age end)
      for i = math.max(1, #all - ATTEMPTS_MAX + 1), #all do codes[#codes + 1] = all[i].code end
      return table.concat(codes)
    end

    function join.attempts(c, from, to, cursor)
      local page, n, today = redis.call('HSCAN', from, cursor, 'COUNT', 20), 0, math.floor(c.now / 86400000)
      for i = 1, #page[2], 2 do
        local field = page[2][i]
        local bucket = redis.call('HGET', to, field) or ''
        for mark, days in string.gmatch(page[2][i + 1], '([\128-\255]+)([%z\1-\127]+)') do
          bucket = attempts_put(bucket, mark, days_joined(attempts_in(bucket, mark), days, today))
          n = n + 1
        end
        if bucket ~= '' then redis.call('HSET', to, field, bucket) end
        redis.call('HDEL', from, field)
      end
      return page[1], n
    end

    -- Precise times that were used, each once.
    function join.slots(_, from, to, cursor)
      local page = redis.call('SSCAN', from, cursor, 'COUNT', 500)
      for _, slot in ipairs(page[2]) do redis.call('SADD', to, slot) end
      for _, slot in ipairs(page[2]) do redis.call('SREM', from, slot) end
      if #page[2] > 0 then redis.call('EXPIRE', to, 31 * 86400) end
      return page[1], #page[2]
    end
  end

  -- The first part of which something is left, or nil. What is written to its list by hand later stays there, and is
  -- asked.
  local function left_of(prefix, new)
    for _, part in ipairs(PARTS) do
      if part ~= 'out' and redis.call('EXISTS', part_key(prefix, part, new)) == 1 then return part end
    end
  end

  -- All is there: both may be called for again.
  local function finish(prefix, new, old)
    errors_tell(prefix, 'aliases', 'advertiser ' .. new .. ' is another name of ' .. old .. ': all that was known of both is united')
    redis.call('HSET', prefix .. 'aliases', new, old)
    company.write(prefix, old)
  end

  local function step(prefix, new, old, part, cursor)
    local from, to = part_key(prefix, part, new), part_key(prefix, part, old)
    local c = { prefix = prefix, new = new, old = old, now = now_ms(prefix) }
    if part == 'dated' or part == 'consent' or part == 'attempts' then kept_begun(prefix, to, c.now) end
    local next_, n = join[part](c, from, to, cursor)
    if part ~= 'out' then kept_emptied(prefix, from) end
    if next_ ~= '0' then return { part .. ' ' .. next_, n } end
    local left = left_of(prefix, new)
    if left then return { left .. ' 0', n } end
    finish(prefix, new, old)
    return { '', n }
  end

  local function alias_call_fault(keys, args)
    if not string.match(keys[1] or '', '^.*aliases$') then return 'KEY expected licet:aliases' end
    for i = 1, 2 do
      if #(args[i] or '') > 64 or not string.find(args[i] or '', '^[a-z0-9][a-z0-9._-]*$') then return 'ID expected the id of an advertiser' end
    end
    if args[1] == args[2] then return 'ID an advertiser is no other name of itself' end
    return signed_fault(args[3], args[4])
  end

  local function alias(keys, args)
    local fault = alias_call_fault(keys, args)
    if fault then return redis.error_reply(fault) end
    local prefix, new, old, cursor = string.match(keys[1], '^(.*)aliases$'), args[1], args[2], args[5] or ''
    local bad, type_ = wrong_key(prefix, new, old)
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local stands = redis.call('HGET', prefix .. 'aliases', new)
    if stands == old or stands == old .. ' joining' then
      local part, at = string.match(cursor, '^(%l+) (%d+)$')
      if cursor ~= '' and (not part or not join[part]) then return redis.error_reply('CURSOR expected what the call before returned') end
      if stands == old and not left_of(prefix, new) then return { '', 0 } end
      if stands == old and cursor == '' then
        redis.call('HSET', prefix .. 'aliases', new, old .. ' joining')
        company.write(prefix, old)
      end
      return step(prefix, new, old, part or PARTS[1], at or '0')
    end
    local why, siren = begin_fault(prefix, new, old)
    if why then return redis.error_reply(why) end
    begin(prefix, new, old, siren, args[3], args[4])
    return { PARTS[1] .. ' 0', 0 }
  end

  redis.register_function('licet_alias', guarded(alias))
end
