-- licet_oppose: somebody said no. Final once it has returned.
--
-- KEYS  1 licet:list:opposition (whole platform) or licet:list:opposition:<advertiser>
-- ARGV  1 number (E.164, or as people write it)   2 source (who reports)   3 reason
--       4 event time (RFC 3339; "": now)   5 person ("": unknown)
-- Returns {added (0 or 1), withdrawn (ready jobs taken back), already out (jobs that
-- a sender has)}; those of the routes that the caller may read. Errors: KEY, NUMBER, SOURCE, EVENT, PERSON, TYPE.
-- ADVERTISER, another error: nobody declared it. The objection is kept, on no list, and the number is
-- held for everybody, until a person places them. The list has the number as E.164.

-- Take ready jobs of a number, or of a person ("": unknown) whatever the number, back, on
-- every route. advertiser nil: everyone's. Of long ready lists the heads are searched, so many
-- entries in all: what lies behind is refused when its turn comes, as licet_take asks everything again.
-- rule nil: only those who have one are told.
local withdraw_number
do
  local SEARCH_MAX = 4000

  -- The tokens that are out for a number and a person, each once. Whose person it is, an advertiser tells.
  local function tokens_out(prefix, number, person, advertiser)
    local tokens, seen, fields = {}, {}, { number }
    if person ~= '' and advertiser then fields[2] = advertiser .. '/' .. person end
    for _, out in ipairs(redis.call('HMGET', out_key_of(prefix), unpack(fields))) do
      for token in string.gmatch(out or '', '%S+') do
        if not seen[token] then tokens[#tokens + 1] = token end
        seen[token] = true
      end
    end
    return tokens
  end

  -- Those of a route that are ready: back to licetd. One that cannot be told of stays, and is refused when
  -- its turn comes.
  local function withdraw_ready(ready, settle, most, number, person, advertiser, now, reason, rule)
    local entries, withdrawn = redis.call('LRANGE', ready, 0, most - 1), 0
    for _, entry in ipairs(entries) do
      if string.find(entry, '\t' .. number .. '\t', 1, true) or (person ~= '' and string.find(entry, '\t' .. person .. '\t', 1, true)) then
        local e = entry_split(entry)
        if e and (e[E.to] == number or (person ~= '' and e[E.person] == person)) and (not advertiser or e[E.advertiser] == advertiser) and
          pcall(stream_add, settle, now, 'kind', 'back', 'reason', reason, 'rule', rule, 'entry', entry) then
          redis.call('LREM', ready, 1, entry)
          withdrawn = withdrawn + 1
        end
      end
    end
    return withdrawn, #entries
  end

  -- Those of a route that a sender has: its senders are told.
  local function recall_out(prefix, route, tokens, advertiser, now, reason)
    local out, recall = 0, prefix .. 'recall:' .. route
    local told = redis.acl_check_cmd('XADD', recall, '*', 'token', '')
    if #tokens == 0 then return 0 end
    for i, lease in ipairs(redis.call('HMGET', prefix .. 'ready:' .. route .. ':lease', unpack(tokens))) do
      local e = lease_split(lease)
      -- One that went out before its advertiser became another name of this one has that name still.
      if e and (not advertiser or company.of(prefix, e[E.advertiser]) == advertiser) then
        out = out + 1
        if told and is_type(recall, 'stream') then pcall(stream_add, recall, now, 'token', tokens[i], 'to', e[E.to], 'reason', reason) end
      end
    end
    return out
  end

  local function routes_of(prefix)
    return redis.acl_check_cmd('SMEMBERS', prefix .. 'routes') and redis.call('SMEMBERS', prefix .. 'routes') or {}
  end

  -- A sender has rights on its own route, marketing on none: licetd does the rest when it places what waits.
  local function may_withdraw(ready, settle)
    return redis.acl_check_cmd('LREM', ready, '1', '') and redis.acl_check_cmd('XADD', settle, '*', 'kind', 'back')
  end

  function withdraw_number(prefix, number, person, advertiser, now, reason, rule)
    local withdrawn, out, left = 0, 0, rule and SEARCH_MAX or 0
    local seen = redis.acl_check_cmd('HMGET', out_key_of(prefix), number) and is_type(out_key_of(prefix), 'hash')
    local tokens = seen and tokens_out(prefix, number, person, advertiser) or {}
    for _, route in ipairs(routes_of(prefix)) do
      local ready, settle = prefix .. 'ready:' .. route, prefix .. 'settle:' .. route
      if may_withdraw(ready, settle) and not wrong_type{ ready, 'list', settle, 'stream', ready .. ':lease', 'hash' } then
        if left > 0 then
          local back, looked = withdraw_ready(ready, settle, left, number, person, advertiser, now, reason, rule)
          withdrawn, left = withdrawn + back, left - looked
        end
        out = out + recall_out(prefix, route, tokens, advertiser, now, reason)
      end
    end
    return withdrawn, out
  end
end

local UNDATED_MS = 9007199254740991 -- later than every consent

-- Note when a number or person objected; the latest counts. A number that is on the list
-- already and has no date was put there by hand: it keeps none.
local function note_date(key, field, event_ms, now, in_call, undated)
  local have = redis.call('HGET', key, field)
  local had_ms = have and tonumber(string.match(have, '^(%d+)') or UNDATED_MS)
  if not have and undated then event_ms = UNDATED_MS end
  if had_ms and had_ms >= event_ms then return end
  redis.call('HSET', key, field, ms_text(event_ms) .. ' ' .. ms_text(now) .. (in_call and ' c' or ' o'))
end

-- Are objections on that list told to other spaces, and heard from them in any order?
local function is_spread(prefix, list) return list == 'opposition' and has_tag(prefix) end

-- Up to when objections of a number, or of the person, are undone, by when they were received. Where that cannot be
-- read, nothing is: an objection is recorded whatever stands there.
local function undone_ms(prefix, number, person)
  local last, fields = 0, { number, person ~= '' and 'p:' .. person or nil }
  local undone = redis.pcall('HMGET', prefix .. 'oppositions:undone', unpack(fields))
  for i = 1, undone.err and 0 or #fields do last = math.max(last, whole(undone[i]) or 0) end
  return last
end

-- The same in a space with a tag, where what others record may be older or newer: all that count are kept.
-- Returns whether that changed something.
local function note_spread(dated, field, event_ms, received_ms, in_call, undated)
  local have = redis.call('HGET', dated, field)
  local new = dates_text(dates_add(dates_read(have), { event = not have and undated and UNDATED_MS or event_ms, received = received_ms, how = in_call and 'c' or 'o' }))
  if new == have then return false end
  redis.call('HSET', dated, field, new)
  return true
end

-- Record an opposition. list is the name below "list:"; event "": now. in_call: it was said,
-- or keyed, in one of our calls. The stream first, which alone can fail: then nothing was recorded.
local function record_opposition(prefix, list, number, person, source, reason, event, now, in_call)
  local spread, received = is_spread(prefix, list), now
  -- Whoever objects after an undo objects, whatever the clock of the space where it was undone said.
  if spread then received = math.max(now, undone_ms(prefix, number, person) + 1) end
  stream_add(prefix .. 'oppositions', now, 'number', number, 'person', person, 'scope', list, 'source', source,
    'reason', reason, 'event', event, 'received_ms', ms_text(received), 'by', '', 'kind', 'opposed', unpack(spread and { 'how', in_call and 'c' or 'o' } or {}))
  local added, event_ms = redis.call('SADD', prefix .. 'list:' .. list, number), event ~= '' and instant_ms(event) or received
  if added == 1 then list_grew(prefix, list, redis.call('SCARD', prefix .. 'list:' .. list), event_ms) end
  local dated = dated_key(prefix, string.match(list, '^opposition:(.*)$'))
  kept_begun(prefix, dated, now)
  if spread then
    note_spread(dated, number, event_ms, received, in_call, added == 0)
    if person ~= '' then note_spread(dated, 'p:' .. person, event_ms, received, in_call, false) end
    return added
  end
  note_date(dated, number, event_ms, now, in_call, added == 0)
  if person ~= '' then note_date(dated, 'p:' .. person, event_ms, now, in_call, false) end
  return added
end

local function opposition_list(key)
  local prefix, list = string.match(key or '', '^(.*)list:(opposition[:a-z0-9._-]*)$')
  if not prefix then return nil end
  local advertiser = string.match(list, '^opposition:([a-z0-9][a-z0-9._-]*)$')
  if list ~= 'opposition' and not advertiser then return nil end
  return prefix, list, advertiser
end

-- What oppose and its undo ask first. Returns an error reply, or nil and prefix, list,
-- advertiser, number; of another name of an advertiser those of that one, which keys[1] names then.
local function opposition_call(keys, args)
  local prefix, list, advertiser = opposition_list(keys[1])
  if not prefix then return redis.error_reply('KEY expected list:opposition or list:opposition:<advertiser>') end
  local first = company.of(prefix, advertiser)
  -- What waits to be placed does so under the name that was given.
  if first ~= advertiser and may_oppose(prefix, 'opposition:' .. first, '') then
    list, advertiser, keys[1] = 'opposition:' .. first, first, prefix .. 'list:opposition:' .. first
  end
  local bad, type_ = wrong_type{ keys[1], 'set', prefix .. 'aliases', 'hash', prefix .. 'oppositions', 'stream', dated_key(prefix, advertiser), 'hash',
    prefix .. 'numbering', 'hash', prefix .. 'routes', 'set', prefix .. 'unplaced', 'hash' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local number = normalise(prefix, args[1] or '')
  if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best (+33…)') end
  return nil, prefix, list, advertiser, number
end

local function oppose(keys, args)
  local no, prefix, list, advertiser, number = opposition_call(keys, args)
  if no then return no end
  if (args[2] or '') == '' then return redis.error_reply('SOURCE expected who reports the opposition') end
  local event, person = args[4] or '', args[5] or ''
  if event ~= '' and not instant_ms(event) then
    return redis.error_reply('EVENT expected an instant such as 2026-11-24T09:00:00+01:00')
  end
  if #person > 128 or string.find(person, '%c') then return redis.error_reply('PERSON expected at most 128 bytes without control characters') end
  local now = now_ms(prefix)
  if advertiser and not is_declared(prefix, advertiser) then
    return keep_unplaced(prefix, number, person, list, args[2], args[3] or '', event, now)
  end
  local added
  if may_oppose(prefix, list, number) then
    added = record_opposition(prefix, list, number, person, args[2], args[3] or '', event, now, false)
  else
    added = 1 - redis.call('SISMEMBER', keys[1], number)
    keep_pending(prefix, number, list, event, args[2], args[3] or '', person, false, now)
  end
  local withdrawn, out = withdraw_number(prefix, number, person, advertiser, now, list_reason(list), list)
  return { added, withdrawn, out }
end

-- licet_unoppose: take an opposition back that should not be there. Not for senders or
-- marketing: a person answers for it, and it is recorded.
-- KEYS  1 licet:list:opposition or licet:list:opposition:<advertiser>
-- ARGV  1 number   2 who   3 reason   4 person ("": unknown)
-- Returns 1, or 0 if there was none. Errors: KEY, NUMBER, BY, REASON, TYPE.
local function unoppose(keys, args)
  local no, prefix, list, advertiser, number = opposition_call(keys, args)
  if no then return no end
  local by, reason, person = args[2] or '', args[3] or '', args[4] or ''
  if by == '' then return redis.error_reply('BY expected who takes it back') end
  if reason == '' then return redis.error_reply('REASON expected why it is taken back') end
  local now, dated = now_ms(prefix), dated_key(prefix, advertiser)
  if is_spread(prefix, list) and not is_type(prefix .. 'oppositions:undone', 'hash') then
    return redis.error_reply('TYPE ' .. prefix .. 'oppositions:undone should be a hash')
  end
  local full = full_stream{ prefix .. 'oppositions' }
  if full then return redis.error_reply('TYPE ' .. full .. ' takes no entry any more') end
  -- Whoever is on the list of another id of the company was put there by hand.
  local others = {}
  for i, other in ipairs(advertiser and company.others(prefix, advertiser) or {}) do
    others[i] = 'opposition:' .. other
    if not is_type(prefix .. 'list:' .. others[i], 'set') then return redis.error_reply('TYPE ' .. prefix .. 'list:' .. others[i] .. ' should be a set') end
  end
  place_pending(prefix, now, number) -- what was reported a moment ago is taken back too, and not put there behind
  local spread, undone = is_spread(prefix, list), now
  local fields = { number, person ~= '' and 'p:' .. person or nil }
  if spread then
    -- All that is known here is taken back, whatever clock it was received by.
    for _, have in ipairs(redis.call('HMGET', dated, unpack(fields))) do
      for _, date in ipairs(dates_read(have or '')) do undone = math.max(undone, date.received) end
    end
  end
  local gone = redis.call('SREM', keys[1], number)
  list_shrank(prefix, list, gone, redis.call('SCARD', keys[1]))
  for _, other in ipairs(others) do
    local off = redis.call('SREM', prefix .. 'list:' .. other, number)
    list_shrank(prefix, other, off, redis.call('SCARD', prefix .. 'list:' .. other))
    gone = gone + off
  end
  gone = gone + redis.call('HDEL', dated, number)
  if person ~= '' then gone = gone + redis.call('HDEL', dated, 'p:' .. person) end
  kept_emptied(prefix, dated)
  if gone == 0 then return 0 end
  if spread then
    for _, field in ipairs(fields) do redis.call('HSET', prefix .. 'oppositions:undone', field, ms_text(undone)) end
  end
  stream_add(prefix .. 'oppositions', now, 'number', number, 'person', person, 'scope', list, 'source', 'undo', 'reason', reason,
    'event', '', 'received_ms', ms_text(undone), 'by', by, 'kind', 'undone')
  return 1
end

redis.register_function{ function_name = 'licet_oppose', callback = guarded(oppose), flags = { 'allow-oom' } }
redis.register_function('licet_unoppose', guarded(unoppose))
