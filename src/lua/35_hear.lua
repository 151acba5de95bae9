-- hear: what another space recorded, repeated here. licetd of this space reads the oppositions of the other one
-- and calls licet_hear with what it read; see 19_spaces.lua for what is kept, and in which order what counts.
--
-- licet_hear: what another space recorded for the whole platform is recorded here too.
-- KEYS  1 licet:{<space>}:heard
-- ARGV  1 the other space   2 its Redis TIME in ms when it was asked, "": more is to come
--       3 the last id that was read of its oppositions, "": nothing new   4 "first": the reading began anew, ten
--       minutes before what was heard last; else ""
--       5… of each entry, 200 at most: kind, number, person, event, received_ms, how (c: in a call, o), source,
--       reason, by, space (where it was recorded first; "": there)
-- Returns how many of them changed something here. Errors: KEY, SPACE, TIME, ID, ENTRY, TYPE. FIRST: what was heard
-- was heard on another node, and this one may lack it: the reading has to begin anew.

do
  local ENTRIES_MAX, WORDS = 200, 10

  local function read_entry(args, at)
    local e = { kind = args[at], number = args[at + 1], person = args[at + 2], event = args[at + 3], received = whole(args[at + 4]), how = args[at + 5],
      source = args[at + 6], reason = args[at + 7], by = args[at + 8], space = args[at + 9] }
    if e.kind ~= 'opposed' and e.kind ~= 'undone' or not string.find(e.number, '^%+%d%d%d%d%d%d%d+$') or #e.number > 16 then return nil end
    if not e.received or e.received == 0 or e.event ~= '' and not instant_ms(e.event) then return nil end
    return e
  end

  local function hear_fault(prefix, me, args)
    if not prefix then return 'KEY expected licet:{<space>}:heard' end
    local space = args[1] or ''
    if not string.find(space, '^[a-z0-9][a-z0-9-]*$') or #space > 24 or space == me then return 'SPACE expected the name of another space' end
    if (args[2] or '') ~= '' and not whole(args[2]) then return 'TIME expected ms, or nothing' end
    if (args[3] or '') ~= '' and not string.find(args[3], '^%d+%-%d+$') then return 'ID expected the id of an entry, or nothing' end
    if #args < 4 or (#args - 4) % WORDS ~= 0 or (#args - 4) / WORDS > ENTRIES_MAX then return 'ENTRY expected ten words each, of 200 entries at most' end
    local bad, type_ = wrong_type{ prefix .. 'heard', 'hash', prefix .. 'list:opposition', 'set', prefix .. 'oppositions', 'stream', dated_key(prefix), 'hash',
      prefix .. 'oppositions:undone', 'hash', prefix .. 'routes', 'set', prefix .. 'out', 'hash', meta_key(prefix, 'opposition'), 'hash' }
    if bad then return 'TYPE ' .. bad .. ' should be a ' .. type_ end
    local full = full_stream{ prefix .. 'oppositions' }
    if full then return 'TYPE ' .. full .. ' takes no entry any more' end
  end

  local function tell_on(prefix, e, now, origin)
    stream_add(prefix .. 'oppositions', now, 'number', e.number, 'person', e.person, 'scope', 'opposition', 'source', e.source, 'reason', e.reason,
      'event', e.event, 'received_ms', ms_text(e.received), 'by', e.by, 'kind', e.kind, 'how', e.how, 'space', origin)
  end

  -- Would the date of a number, or of a person, change? Asked before anything is written.
  local function would_change(prefix, dated, field, event_ms, e)
    if e.received <= undone_ms(prefix, field, '') then return false end
    local have = redis.call('HGET', dated, field)
    return dates_text(dates_add(dates_read(have), { event = event_ms, received = e.received, how = e.how })) ~= have
  end

  local function hear_opposed(prefix, e, now, origin)
    local list, dated, in_call, person = prefix .. 'list:opposition', dated_key(prefix), e.how == 'c', e.person ~= '' and 'p:' .. e.person
    local event_ms, counts = e.event ~= '' and instant_ms(e.event) or e.received, e.received > undone_ms(prefix, e.number, '')
    local on = redis.call('SISMEMBER', list, e.number)
    local number_changes = counts and on == 0 or would_change(prefix, dated, e.number, event_ms, e)
    local person_changes = person and would_change(prefix, dated, person, event_ms, e)
    if not number_changes and not person_changes then return 0 end
    tell_on(prefix, e, now, origin)
    kept_begun(prefix, dated, now)
    if number_changes then
      -- The date first: a member without one looks as if it had been put there by hand.
      note_spread(dated, e.number, event_ms, e.received, in_call, on == 1)
      if redis.call('SADD', list, e.number) == 1 then list_grew(prefix, 'opposition', redis.call('SCARD', list), e.received) end
    end
    if person_changes then note_spread(dated, person, event_ms, e.received, in_call, false) end
    withdraw_number(prefix, e.number, e.person, nil, now, 'opposed-platform')
    return 1
  end

  -- Of a number that was put on the list by hand nobody knows when: an undo that is heard leaves it there.
  local function hear_undone(prefix, e, now, origin)
    if e.received <= undone_ms(prefix, e.number, '') and (e.person == '' or e.received <= undone_ms(prefix, 'p:' .. e.person, '')) then return 0 end
    tell_on(prefix, e, now, origin)
    local dated, fields = dated_key(prefix), { e.number, e.person ~= '' and 'p:' .. e.person or nil }
    for _, field in ipairs(fields) do
      local undone, have = math.max(e.received, whole(redis.call('HGET', prefix .. 'oppositions:undone', field)) or 0), redis.call('HGET', dated, field)
      local left = have and dates_text(dates_after(dates_read(have), undone))
      if left and left ~= '' then redis.call('HSET', dated, field, left)
      elseif have then
        local gone = field == e.number and redis.call('SREM', prefix .. 'list:opposition', field) or 0
        if gone == 1 then list_shrank(prefix, 'opposition', 1, redis.call('SCARD', prefix .. 'list:opposition')) end
        redis.call('HDEL', dated, field)
      end
      -- The last: what is noted as undone is not undone again.
      redis.call('HSET', prefix .. 'oppositions:undone', field, ms_text(undone))
    end
    kept_emptied(prefix, dated)
    return 1
  end

  local function hear(keys, args)
    local prefix, me = string.match(keys[1] or '', '^([^{]*{([^}]+)}.*)heard$')
    local fault = hear_fault(prefix, me, args)
    if fault then return redis.error_reply(fault) end
    local space, first, here = args[1], args[4] == 'first', node_id()
    local ms, id, node = heard_read(redis.call('HGET', keys[1], space))
    if not here then return redis.error_reply('TYPE the id of this node cannot be read') end
    if node ~= here then
      if not first then return redis.error_reply('FIRST what was heard of ' .. space .. ' was heard on another node') end
      ms = 0
    end
    local now, changed = now_ms(prefix), 0
    for at = 5, #args, WORDS do
      local e = read_entry(args, at)
      if e then
        if e.how ~= 'c' then e.how = 'o' end
        local origin = e.space ~= '' and e.space or space
        changed = changed + (e.kind == 'opposed' and hear_opposed or hear_undone)(prefix, e, now, origin)
      end
    end
    if args[2] ~= '' then ms = tonumber(args[2]) end
    if args[3] ~= '' then id = args[3] end
    redis.call('HSET', keys[1], space, ms_text(ms) .. ' ' .. id .. ' ' .. here)
    return changed
  end

  -- licet_quiet: other spaces recorded nothing new.
  -- KEYS  1 licet:{<space>}:heard
  -- ARGV  of each: the other space   its Redis TIME in ms when it was asked: what it recorded until then was heard
  -- Returns those of which the reading has to begin anew: what was heard of them was heard on another node. Of the
  -- others the time is written, unless a later one is. Errors: KEY, SPACE, TIME, TYPE.
  local function quiet(keys, args)
    local prefix = string.match(keys[1] or '', '^([^{]*{[^}]+}.*)heard$')
    if not prefix then return redis.error_reply('KEY expected licet:{<space>}:heard') end
    local names, anew, news, here = {}, {}, {}, node_id()
    if not here then return redis.error_reply('TYPE the id of this node cannot be read') end
    for at = 1, #args, 2 do
      if not string.find(args[at], '^[a-z0-9][a-z0-9-]*$') or #args[at] > 24 then return redis.error_reply('SPACE expected the name of another space') end
      if (whole(args[at + 1]) or 0) == 0 then return redis.error_reply('TIME expected ms') end
      names[#names + 1] = args[at]
    end
    if #names == 0 or #names > 1000 then return redis.error_reply('SPACE expected 1 to 1000 spaces') end
    if not is_type(keys[1], 'hash') then return redis.error_reply('TYPE ' .. keys[1] .. ' should be a hash') end
    for i, value in ipairs(redis.call('HMGET', keys[1], unpack(names))) do
      local ms, id, node = heard_read(value)
      if node ~= here then anew[#anew + 1] = names[i]
      elseif tonumber(args[2 * i]) > ms then
        news[#news + 1], news[#news + 2] = names[i], args[2 * i] .. ' ' .. id .. ' ' .. node
      end
    end
    if #news > 0 then redis.call('HSET', keys[1], unpack(news)) end
    return anew
  end

  redis.register_function{ function_name = 'licet_quiet', callback = guarded(quiet), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_hear', callback = guarded(hear), flags = { 'allow-oom' } }
end
