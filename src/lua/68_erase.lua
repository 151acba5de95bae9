-- licet_erase: what is held about a person goes from one key, in one step with what is counted.
-- licetctl subject erase finds it; what a sender has (a lease) cannot be taken from it.
--
-- KEYS  1 where it is
-- ARGV  1 number (E.164)   then, by the key:
--       campaign:<c>:queue, campaign:<c>:held:<place>, ready:<route>: 2 the element  3 "-1": look from the tail, else "1"
--       campaign:<c>:later: 2 the member
--       ready:<route>:unknown, ready:<route>:past:<day>: 2 the token
--       campaign:<c>:refused, campaign:<c>:invalid, recall:<route>, errors: 2 the entry's id
--       campaign:<c>:seen, family:<f>:seen, slots:<a>: 2… members
--       consent:<a>: nothing more; attempts:<a>: 2… persons
-- Returns how many went or were changed. Errors: KEY, NUMBER, MEMBER, TYPE, STREAM.
-- Jobs go to no stream: they are counted as erased, a queued one as taken in as well. Of consents the
-- proof stays (R223-2), withdrawn from now on: an erased person must not be called on an old one, even
-- if a job brings it again. Of attempts those stay that may still count.

do
  local ATTEMPTS_KEPT_DAYS = 31
  -- What a consent has to prove (R223-1 I, R223-2); nothing else of it is kept.
  local PROOF_FIELDS = { product = true, channel = true, collected_at = true, ['until'] = true, form = true, proof = true, act = true,
    via = true, bases = true, slot = true, advertiser = true }

  local function erase_waiting(c, keys, args)
    local kind = c.part
    local gone = kind == 'later' and redis.call('ZREM', keys[1], args[2]) or redis.call('LREM', keys[1], args[3] == '-1' and -1 or 1, args[2])
    if gone == 0 then return 0 end
    if kind == 'queue' then campaign_count(c.prefix, c.id, { intake = 1, erased = 1 })
    elseif kind == 'later' then campaign_count(c.prefix, c.id, { later = -1, erased = 1 })
    else
      head_add(campaign_key(c.prefix, c.id, 'heads'), string.sub(kind, 6), HEAD_MOVED)
      campaign_count(c.prefix, c.id, { held = -1, ['held.' .. string.sub(kind, 6)] = -1, erased = 1 })
    end
    return 1
  end

  -- It was released and not called: its marks and its attempt go, as when it comes back.
  local function erase_ready(c, keys, args)
    local e = entry_split(args[2])
    if not e then return redis.error_reply('MEMBER expected an entry of a ready list') end
    e[E.advertiser] = company.of(c.prefix, e[E.advertiser])
    local bad, type_ = campaign_wrong(c.prefix, e[E.campaign], e)
    if not bad then bad, type_ = wrong_type{ keys[1] .. ':health', 'hash', c.prefix .. 'route:' .. c.id, 'hash' } end
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local family = redis.call('HGET', campaign_key(c.prefix, e[E.campaign], 'def'), 'family')
    local seen = seen_key(c.prefix, e[E.campaign], family)
    if redis.call('LREM', keys[1], args[3] == '-1' and -1 or 1, args[2]) == 0 then return 0 end
    if is_type(seen, 'set') then
      redis.call('SREM', seen, e[E.to], 'i:' .. e[E.id])
      if e[E.person] ~= '' then redis.call('SREM', seen, 'p:' .. e[E.person]) end
      kept_emptied(c.prefix, seen)
    end
    give_attempt_back(c.prefix, e)
    if e[E.slot] ~= '' then redis.call('SREM', c.prefix .. 'slots:' .. e[E.advertiser], e[E.slot]) end
    campaign_count(c.prefix, e[E.campaign], { ready = -1, erased = 1 })
    breaker_released(c.prefix, keys[1], c.id, -1)
    return 1
  end

  -- Nobody knows whether it was called, so that its attempt counts; and somebody may still report
  -- that the person objected: for three days its token tells the number, and no more.
  local function erase_unknown(c, keys, args)
    local e = lease_split(redis.call('HGET', keys[1], args[2]))
    if not e then return 0 end
    e[E.advertiser] = company.of(c.prefix, e[E.advertiser])
    local past = past_key(c.prefix .. 'ready:' .. c.id, math.floor(now_ms(c.prefix) / 86400000))
    local bad, type_ = campaign_wrong(c.prefix, e[E.campaign], e)
    if not bad then bad, type_ = wrong_type{ past, 'hash' } end
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    redis.call('HDEL', keys[1], args[2])
    e[E.person] = ''
    redis.call('HSET', past, args[2], past_text(e))
    redis.call('EXPIRE', past, PAST_DAYS * 86400)
    campaign_count(c.prefix, e[E.campaign], { unknown = -1, erased = 1 })
    return 1
  end

  -- The person leaves it; number, advertiser and campaign stay for what is reported late.
  local function erase_past(_, keys, args)
    local value = redis.call('HGET', keys[1], args[2])
    local rest = value and string.match(value, '^([^\t]*\t[^\t]*\t[^\t]*\t).')
    if not rest then return 0 end
    redis.call('HSET', keys[1], args[2], rest)
    return 1
  end

  -- The consent without what it need not prove. What stays, stays as it was given, to the byte.
  local function minimal_consent(text)
    local object, kept, other = json_read(text), {}, false
    for name, node in pairs(object.fields) do
      if PROOF_FIELDS[name] then kept[#kept + 1] = '"' .. name .. '":' .. json_raw(text, node) else other = true end
    end
    if not other then return text end
    table.sort(kept)
    return '{' .. table.concat(kept, ',') .. '}'
  end

  local function minimal_consents(consents, now, kept_ms)
    local texts = {}
    for _, text in ipairs(consents) do
      local at = collected_ms(text)
      if at and now - at < kept_ms then texts[#texts + 1] = minimal_consent(text) end
    end
    return texts
  end

  local function erase_consent(c, keys, args)
    local first = company.of(c.prefix, c.id)
    if first ~= c.id and redis.call('HEXISTS', keys[1], args[1]) == 0 then
      c.id, keys[1] = first, c.prefix .. 'consent:' .. first
      if not is_type(keys[1], 'hash') then return redis.error_reply('TYPE ' .. keys[1] .. ' should be a hash') end
    end
    if wrong_type{ c.prefix .. 'oppositions', 'stream' } then return redis.error_reply('TYPE ' .. c.prefix .. 'oppositions should be a stream') end
    local full = full_stream{ c.prefix .. 'oppositions' }
    if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end
    local have, now = redis.call('HGET', keys[1], args[1]), now_ms(c.prefix)
    -- What was no record is not kept: whose it is and what it proves, nobody can read.
    local record = registry_record(keys[1], args[1]) or { consents = {} }
    local newest = record.withdrawn_ms or -1
    for _, text in ipairs(record.consents) do newest = math.max(newest, collected_ms(text) or newest) end
    -- Withdrawn already, and nothing was given since: it is not said twice.
    local again = not record.withdrawn_ms or newest > record.withdrawn_ms
    if again then record.withdrawn_ms, record.withdrawn_received_ms = math.max(now, newest), now end
    record.consents, record.unread = minimal_consents(record.consents, now, proof_ms(c.prefix)), nil
    local text = registry_text(record)
    if text == have then return 0 end
    redis.call('HSET', keys[1], args[1], text)
    if again then
      stream_add(c.prefix .. 'oppositions', now, 'number', args[1], 'person', '', 'scope', 'consent:' .. c.id, 'source', 'erasure',
        'reason', 'the person was erased', 'event', '', 'received_ms', ms_text(now), 'by', '', 'kind', 'withdrawn')
    end
    return 1
  end

  local function erase_attempts(c, keys, args)
    local today, changed = math.floor(now_ms(c.prefix) / 86400000), 0
    for i = 1, #args do
      local field, mark
      if i == 1 then field, mark = attempts_of_number(args[1]) else field, mark = attempts_of_person(args[i]) end
      local bucket = redis.call('HGET', keys[1], field) or ''
      local days, kept = attempts_in(bucket, mark), ''
      for at = 1, #days - 1, 2 do
        if day_age(today, string.byte(days, at, at + 1)) <= ATTEMPTS_KEPT_DAYS then kept = kept .. string.sub(days, at, at + 1) end
      end
      if kept ~= days then
        attempts_write(keys[1], field, attempts_put(bucket, mark, kept))
        changed = changed + 1
      end
    end
    return changed
  end

  local function erase_members(c, keys, args)
    local gone = redis.call('SREM', keys[1], unpack(args, 2))
    kept_emptied(c.prefix, keys[1])
    return gone
  end

  -- The decision log is told why a refusal goes, where one is kept. First, as it alone can fail.
  local function erase_entry(c, keys, args)
    local events = c.prefix .. 'log:events'
    if c.id and redis.call('EXISTS', c.prefix .. 'log:required') == 1 then
      if not is_type(events, 'stream') then return redis.error_reply('TYPE ' .. events .. ' should be a stream') end
      local full = full_stream{ events }
      if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end
      stream_add(events, now_ms(c.prefix), 'stream', keys[1], 'entries', args[2], 'kind', 'erased')
    end
    return redis.call('XDEL', keys[1], args[2])
  end

  local ID = '([a-z0-9][a-z0-9._-]*)'
  -- What a key is: its name, its type, what is done, and the least number of arguments.
  local ERASING = {
    { '^(.*)campaign:' .. ID .. ':(queue)$', 'list', erase_waiting, 2 },
    { '^(.*)campaign:' .. ID .. ':(held:[a-z0-9+-]+)$', 'list', erase_waiting, 2 },
    { '^(.*)campaign:' .. ID .. ':(later)$', 'zset', erase_waiting, 2 },
    { '^(.*)campaign:' .. ID .. ':refused$', 'stream', erase_entry, 2 },
    { '^(.*)campaign:' .. ID .. ':invalid$', 'stream', erase_entry, 2 },
    { '^(.*)campaign:' .. ID .. ':seen$', 'set', erase_members, 2 },
    { '^(.*)family:' .. ID .. ':seen$', 'set', erase_members, 2 },
    { '^(.*)ready:' .. ID .. '$', 'list', erase_ready, 2 },
    { '^(.*)ready:' .. ID .. ':unknown$', 'hash', erase_unknown, 2 },
    { '^(.*)ready:' .. ID .. ':past:%d+$', 'hash', erase_past, 2 },
    { '^(.*)slots:' .. ID .. '$', 'set', erase_members, 2 },
    { '^(.*)recall:' .. ID .. '$', 'stream', erase_entry, 2 },
    { '^(.*)(errors)$', 'stream', erase_entry, 2 },
    { '^(.*)consent:' .. ID .. '$', 'hash', erase_consent, 1 },
    { '^(.*)attempts:' .. ID .. '$', 'hash', erase_attempts, 1 },
  }

  local function erase(keys, args)
    if not string.find(args[1] or '', '^%+[1-9]%d+$') then return redis.error_reply('NUMBER expected a telephone number in its E.164 form') end
    for _, each in ipairs(ERASING) do
      local prefix, id, part = string.match(keys[1] or '', each[1])
      if prefix then
        local types = { keys[1], each[2], prefix .. 'stats', 'hash' }
        if part then
          types[5], types[6], types[7], types[8] = campaign_key(prefix, id, 'stats'), 'hash', campaign_key(prefix, id, 'heads'), 'hash'
        end
        local bad, type_ = wrong_type(types)
        if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
        if #args < each[4] then return redis.error_reply('MEMBER expected what goes') end
        return each[3]({ prefix = prefix, id = id, part = part }, keys, args)
      end
    end
    return redis.error_reply('KEY expected one that may hold something about a person')
  end

  redis.register_function{ function_name = 'licet_erase', callback = guarded(erase), flags = { 'allow-oom' } }
end
