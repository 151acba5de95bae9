-- licet_oppose: somebody said no. Final once it has returned.
--
-- KEYS  1 licet:list:opposition (whole platform) or licet:list:opposition:<advertiser>
-- ARGV  1 number (E.164, or as people write it)   2 source (who reports)   3 reason
--       4 event time (RFC 3339; "": now)   5 person ("": unknown)
-- Returns {added (0 or 1), withdrawn (ready jobs taken back), already out (jobs that
-- a sender has)}. Errors: KEY, NUMBER, SOURCE, TYPE.
-- The number is written in its E.164 form: the national prefixes come from the hash
-- licet:numbering, which the daemon publishes from the rulebook.

-- "+33612345678" from what people write; nil if it is no number.
local function normalise(prefix, text)
  local s = string.gsub(text, '\194\160', '')
  s = string.gsub(s, '\226\128\175', '')
  s = string.gsub(s, '^(%s*%+%d+)%s*%(0%)', '%1')
  s = string.gsub(s, '[%s%.%-/%(%)]', '')
  if string.sub(s, 1, 2) == '00' then s = '+' .. string.sub(s, 3) end
  if string.match(s, '^%+[1-9]%d+$') then
    if #s >= 8 and #s <= 16 then return s end
    return nil
  end
  if not string.match(s, '^%d+$') then return nil end
  for len = math.min(#s, 7), 1, -1 do
    local rule = redis.call('HGET', prefix .. 'numbering', string.sub(s, 1, len) .. '/' .. #s)
    if rule then
      local drop, put = string.match(rule, '^(%d+) (%+%d+)$')
      if not drop then return nil end
      return put .. string.sub(s, tonumber(drop) + 1)
    end
  end
  return nil
end

-- Take ready jobs of a number back, on every route. advertiser nil: everyone's. Ready
-- lists are short; of a long one the head is searched, and what lies behind is refused
-- when its turn comes, as everything is asked again by licet_take.
local SEARCH_MAX = 5000

local function withdraw_number(prefix, number, advertiser, now, reason, rule)
  local withdrawn, out = 0, 0
  for _, route in ipairs(redis.call('SMEMBERS', prefix .. 'routes')) do
    local ready, settle = prefix .. 'ready:' .. route, prefix .. 'settle:' .. route
    if not wrong_type{ ready, 'list', settle, 'stream', ready .. ':out', 'hash', ready .. ':lease', 'hash' } then
      for _, entry in ipairs(redis.call('LRANGE', ready, 0, SEARCH_MAX - 1)) do
        if string.find(entry, '\t' .. number .. '\t', 1, true) then
          local e = entry_split(entry)
          if e and e[E_TO] == number and (not advertiser or e[E_ADVERTISER] == advertiser) then
            redis.call('LREM', ready, 1, entry)
            stream_add(settle, now, 'kind', 'back', 'reason', reason, 'rule', rule, 'entry', entry)
            withdrawn = withdrawn + 1
          end
        end
      end
      for token in string.gmatch(redis.call('HGET', ready .. ':out', number) or '', '%S+') do
        local lease = redis.call('HGET', ready .. ':lease', token)
        local entry = lease and string.match(lease, '^[^\t]*\t[^\t]*\t(.*)$')
        local e = entry and entry_split(entry)
        if e and (not advertiser or e[E_ADVERTISER] == advertiser) then
          out = out + 1
          if is_type(prefix .. 'recall:' .. route, 'stream') then
            stream_add(prefix .. 'recall:' .. route, now, 'token', token, 'to', number, 'reason', reason)
          end
        end
      end
    end
  end
  return withdrawn, out
end

-- Record an opposition. list is the name below "list:".
local function record_opposition(prefix, list, number, person, source, reason, event, now, by)
  local added = redis.call('SADD', prefix .. 'list:' .. list, number)
  stream_add(prefix .. 'oppositions', now, 'number', number, 'person', person or '', 'scope', list, 'source', source,
    'reason', reason, 'event', event or '', 'received_ms', ms_text(now), 'by', by or '')
  return added
end

local function oppose(keys, args)
  local prefix, list = string.match(keys[1] or '', '^(.*)list:(opposition[:a-z0-9._-]*)$')
  if not prefix then return redis.error_reply('KEY expected the name of an opposition list') end
  local advertiser = string.match(list, '^opposition:([a-z0-9][a-z0-9._-]*)$')
  if list ~= 'opposition' and not advertiser then return redis.error_reply('KEY expected list:opposition or list:opposition:<advertiser>') end
  local bad, type_ = wrong_type{ keys[1], 'set', prefix .. 'oppositions', 'stream', prefix .. 'numbering', 'hash', prefix .. 'routes', 'set' }
  if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
  local number = normalise(prefix, args[1] or '')
  if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best (+33…)') end
  if (args[2] or '') == '' then return redis.error_reply('SOURCE expected who reports the opposition') end
  local event = args[4] or ''
  if event ~= '' and not string.match(event, '^%d%d%d%d%-%d%d%-%d%d[T ]%d%d:%d%d:%d%d[%.%d]*[Z+-]') then
    return redis.error_reply('EVENT expected an instant such as 2026-11-24T09:00:00+01:00')
  end
  local now = now_ms(prefix)
  local added = record_opposition(prefix, list, number, args[5], args[2], args[3] or '', event, now)
  local withdrawn, out = withdraw_number(prefix, number, advertiser, now, list_reason(list), list)
  return { added, withdrawn, out }
end

redis.register_function{ function_name = 'licet_oppose', callback = oppose, flags = { 'allow-oom' } }
