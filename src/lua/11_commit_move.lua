-- licet_commit: what it moves, once everything was asked. The call is described in 10_commit.lua.

do
  local function add_end(keys, o, job, kind, id, to, reason, rule, field, position, hint)
    stream_add(kind == 'i' and keys[K.invalid] or keys[K.refused], o.now, 'id', id, 'to', to, 'reason', reason, 'rule', rule,
      'field', field, 'position', position, 'hint', hint, 'at', o.at, 'job', job)
  end

  -- The job alone, without the line that a held or later entry may have before it. What an owner pushed is
  -- a job, even if it looks like one of our own lines.
  local function job_of(o, stored)
    if o.kind == 'queue' or string.byte(stored) ~= 35 then return stored end
    local tab = string.find(stored, '\t', 1, true)
    return tab and string.sub(stored, tab + 1) or stored
  end

  local function push_all(key, values)
    -- unpack has room for about 7,900 values; a batch is far smaller.
    if #values > 0 then redis.call('RPUSH', key, unpack(values)) end
  end

  -- Take the batch off its source.
  local function source_remove(keys, o)
    if o.kind == 'later' then
      redis.call('ZREM', keys[K.source], unpack(o.stored))
    else
      redis.call('LTRIM', keys[K.source], o.n, -1)
      if o.kind == 'held' then head_add(keys[K.heads], o.place, o.n) end
    end
  end

  -- End what a list, a cancellation or a duplicate stopped.
  local function refuse_stopped(keys, args, o, group, counters)
    for i in pairs(group.stop) do
      local reason, rule
      if group.dup[i] then reason, rule = 'duplicate', 'this campaign or its family'
      elseif group.gone[i] then reason, rule = 'cancelled', 'cancel'
      elseif group.used[i] then reason, rule = 'consent-expired', 'slot'
      else reason, rule = list_reason(o.names[group.hit[i]]), o.names[group.hit[i]] end
      add_end(keys, o, job_of(o, stored_at(args, o, group, i)), 'r', id_of(group, i), group.marks[i], reason, rule, '', '', '')
      if reason == 'cancelled' then count(counters, 'cancelled', 1)
      else
        count(counters, 'refused', 1)
        count(counters, 'refused.' .. reason, 1)
      end
    end
  end

  -- Write the attempts of what goes out. Several of them may share a bucket.
  local function count_attempts(key, o, stop)
    local buckets, fields, pairs_, p, n, new = o.buckets, o.fields, {}, 0, o.r + o.pf, o.new
    for i = 1, n do
      if not stop[i <= o.r and i or o.pidx[i - o.r]] then
        local field, mark = fields[i], fields[n + i]
        local bucket = buckets[field] or ''
        -- Without a history there is no record to be replaced.
        if o.facts then bucket = attempts_put(bucket, mark, new[i])
        else bucket = bucket .. mark .. new[1] end
        -- A bucket that is written twice has both records the second time.
        buckets[field] = bucket
        pairs_[p + 1], pairs_[p + 2] = field, bucket
        p = p + 2
      end
    end
    redis.call('HSET', key, unpack(pairs_))
  end

  -- Release what nothing stopped. Returns how many.
  local function release(keys, args, o, r, marks)
    local n, stop = o.r, r.stop
    if next(stop) == nil then
      if n > 0 then redis.call('RPUSH', keys[K.ready], unpack(args, ENTRIES_AT + 1, ENTRIES_AT + n)) end
    else
      local entries = {}
      for i = 1, o.r do
        if not stop[i] then entries[#entries + 1] = args[ENTRIES_AT + i] end
      end
      n = #entries
      push_all(keys[K.ready], entries)
    end
    if n == 0 then return 0 end
    note_judged(o)
    if #marks > 0 then redis.call('SADD', keys[K.seen], unpack(marks)) end
    count_attempts(keys[K.attempts], o, stop)
    for i, slot in ipairs(o.slots) do
      if not stop[i] and slot ~= '' then
        redis.call('SADD', keys[K.slots], slot)
        redis.call('EXPIRE', keys[K.slots], 31 * 86400)
      end
    end
    redis.call('HSETNX', keys[K.facts], args[A.facts_id], args[A.facts_text])
    if o.canary > 0 then breaker_released(o.prefix, keys[K.ready], o.scopes[3], n) end
    for i = 1, 2 do
      if o.rates[i][1] > 0 then
        local from = math.max(tonumber(o.rates[i][2]) or 0, o.now)
        redis.call('SET', keys[10 + i], string.format('%.3f', from + n * o.rates[i][1]), 'PX', 172800000)
      end
    end
    for _, key in ipairs(o.odd) do
      errors_tell(o.prefix, key, 'no time at which the next one is due: the pace begins anew')
    end
    return n
  end

  -- Send the l group where it goes. Returns how many were held and put off.
  local function place_targets(keys, args, o, l, counters)
    local held, later = 0, 0
    local lists, base = {}, LISTS_AT + 2 * #o.names
    for i = 1, o.l do
      if not l.stop[i] then
        local target, stored = o.targets[i], stored_at(args, o, l, i)
        local tab = string.find(target, '\t', 1, true)
        local kind, value = string.sub(target, 1, 1), string.sub(target, 2, tab and tab - 1)
        if tab then stored = string.sub(target, tab + 1) end
        if kind == 'h' then
          local at_list = tonumber(value)
          lists[at_list] = lists[at_list] or {}
          lists[at_list][#lists[at_list] + 1] = stored
          held = held + 1
        elseif kind == 'z' then
          redis.call('ZADD', keys[K.later], value, stored)
          later = later + 1
        else
          local e = cjson.decode(value)
          add_end(keys, o, job_of(o, stored), unpack(e))
          count(counters, 'refused', 1)
          count(counters, 'refused.' .. e[4], 1)
        end
      end
    end
    for at_list, values in pairs(lists) do
      push_all(keys[base + at_list], values)
      count(counters, 'held.' .. o.helds[at_list], #values)
    end
    return held, later
  end

  local function commit_counters(o, counters, released, held, later)
    count(counters, 'ready', released)
    count(counters, 'released', released)
    count(counters, 'held', held)
    count(counters, 'later', later)
    if o.kind == 'queue' then count(counters, 'intake', o.n)
    elseif o.kind == 'later' then count(counters, 'later', -o.n)
    else
      count(counters, 'held', -o.n)
      count(counters, 'held.' .. o.place, -o.n)
    end
  end

  -- What a later consent lifted leaves the list, so that a new objection is one again.
  local function lift(keys, o, r)
    for i in pairs(r.lifted) do
      if not r.stop[i] then
        local number, person = r.marks[i], person_of(r, i)
        list_shrank(o.prefix, o.names[o.own], redis.call('SREM', keys[LISTS_AT + o.own], number), redis.call('SCARD', keys[LISTS_AT + o.own]))
        redis.call('HDEL', keys[K.dated_own], number, person ~= '' and person or number)
        kept_emptied(o.prefix, keys[K.dated_own])
        stream_add(keys[K.oppositions], o.now, 'number', number, 'person', string.sub(person, 3), 'scope', o.names[o.own], 'source', 'consent',
          'reason', 'lifted by a later consent', 'event', '', 'received_ms', ms_text(o.now), 'by', o.campaign, 'kind', 'lifted')
      end
    end
  end

  local function commit(keys, args)
    local o, r, l = commit_read(args)
    -- A command that reads says that a key has another type; which one, is then looked for.
    local asked, no, marks = pcall(commit_ask, keys, args, o, r, l)
    if not asked then
      local key, want = wrong_type(commit_types(keys, o))
      if key then return { 'type', key, want } end
      return redis.error_reply(type(no) == 'table' and no.err or tostring(no))
    end
    if no then return no end

    -- Writes begin here; nothing below may fail.
    local counters, x = {}, group_of(cmsgpack.unpack(args[A.at_x]), {}, o.x)
    source_remove(keys, o)
    if #o.fresh > 0 then redis.call('HSET', o.prefix .. 'kept', unpack(o.fresh)) end
    refuse_stopped(keys, args, o, r, counters)
    refuse_stopped(keys, args, o, l, counters)
    lift(keys, o, r)
    local released = release(keys, args, o, r, marks)
    local held, later = place_targets(keys, args, o, l, counters)
    for i = 1, o.x do
      local e = cjson.decode(o.ends[i])
      add_end(keys, o, job_of(o, stored_at(args, o, x, i)), unpack(e))
      local class = e[1] == 'i' and 'invalid' or 'refused'
      count(counters, class, 1)
      count(counters, class .. '.' .. e[4], 1)
    end
    local refused, invalid = (counters.refused or 0) + (counters.cancelled or 0), counters.invalid or 0
    commit_counters(o, counters, released, held, later)
    -- Every term of the balance is there from the first job on.
    for _, term in ipairs(o.begun and {} or BALANCE) do redis.call('HSETNX', keys[K.stats], term, 0) end
    write_counters(keys[K.stats], counters)
    for name in pairs(counters) do
      if string.find(name, '^held%.') then counters[name] = nil end
    end
    write_counters(keys[K.totals], counters)
    return { 'ok', released, held, later, refused, invalid, o.length + released }
  end

  redis.register_function('licet_commit', guarded(commit))
end
