-- licet_attempt: an attempt that was made elsewhere counts like one of ours.
-- licet_prune: records of attempts that count no more go.

do
  local OLDEST_DAYS = 400 -- no rulebook may count further back

  -- As registry_advertiser().
  local function attempts_advertiser(keys)
    local prefix, advertiser = string.match(keys[1] or '', '^(.*)attempts:([a-z0-9][a-z0-9._-]*)$')
    if not prefix then return nil end
    advertiser = company.of(prefix, advertiser)
    keys[1] = prefix .. 'attempts:' .. advertiser
    return prefix, advertiser
  end

  -- One more attempt on a day. Returns the packed days, sorted, the newest 32.
  local function attempts_with(days, day, today, reached)
    local all = { { age = today - day, reached = reached } }
    for at = 1, #days - 1, 2 do
      local high, low = string.byte(days, at, at + 1)
      all[#all + 1] = { age = day_age(today, high, low), reached = high >= REACHED }
    end
    table.sort(all, function(a, b) return a.age > b.age end)
    local out = {}
    for i = math.max(1, #all - ATTEMPTS_MAX + 1), #all do
      if all[i].age <= OLDEST_DAYS then out[#out + 1] = day_code(today - all[i].age, all[i].reached) end
    end
    return table.concat(out), #out
  end

  local function attempt_add(key, field, mark, day, today, reached)
    local bucket = redis.call('HGET', key, field) or ''
    local days, n = attempts_with(attempts_in(bucket, mark), day, today, reached)
    attempts_write(key, field, attempts_put(bucket, mark, days))
    return n
  end

  -- licet_attempt
  -- KEYS  1 licet:attempts:<advertiser>
  -- ARGV  1 number   2 when: a date, or an instant, whose date as written counts: write it in
  --       the zone of who was called   3 person ("" or none: unknown)   4 what became of it, as licet_done has it
  --       ("" or none: unknown, which counts as reached)
  -- Returns how many attempts are known of that number; those of over 400 days are not kept. One that was
  -- not placed is none. Errors: KEY, NUMBER, DATE, OUTCOME, ADVERTISER, TYPE.
  local function attempt(keys, args)
    local prefix, advertiser = attempts_advertiser(keys)
    if not prefix then return redis.error_reply('KEY expected licet:attempts:<advertiser>') end
    local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'aliases', 'hash', prefix .. 'numbering', 'hash' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local number = normalise(prefix, args[1] or '')
    if not number then return redis.error_reply('NUMBER expected a telephone number, E.164 at best') end
    local when, person, outcome = args[2] or '', args[3] or '', args[4] or ''
    local day = (string.match(when, '^%d%d%d%d%-%d%d%-%d%d$') or instant_ms(when)) and day_of(when)
    local today = math.floor(now_ms(prefix) / 86400000)
    if not day then return redis.error_reply('DATE expected a date such as 2026-11-24, or an instant with its offset') end
    if day > today + 1 then return redis.error_reply('DATE expected one that is not in the future') end
    if outcome ~= '' and not OUTCOMES[outcome] then return redis.error_reply(OUTCOME_ERROR) end
    if not is_declared(prefix, advertiser) then return advertiser_error(advertiser, 'nothing was recorded') end
    local gone = kept_begun(prefix, keys[1], now_ms(prefix))
    if gone then return gone end
    local field, mark = attempts_of_number(number)
    if outcome == 'not-placed' then return #attempts_in(redis.call('HGET', keys[1], field) or '', mark) / 2 end
    local reached = outcome == '' or REACHING[outcome] or false
    local n = attempt_add(keys[1], field, mark, day, today, reached)
    if person ~= '' then
      field, mark = attempts_of_person(person)
      attempt_add(keys[1], field, mark, day, today, reached)
    end
    return n
  end

  -- licet_prune
  -- KEYS  1 licet:attempts:<advertiser>
  -- ARGV  1 cursor   2 today (days since 1970)   3 how many buckets   4 days that are kept
  -- Returns {next cursor, buckets looked at, records taken away}.
  local function prune(keys, args)
    if not is_type(keys[1], 'hash') then return { '0', 0, 0 } end
    local today, keep, looked, gone = tonumber(args[2]), tonumber(args[4]), 0, 0
    local scan = redis.call('HSCAN', keys[1], args[1], 'COUNT', args[3])
    for k = 1, #scan[2], 2 do
      looked = looked + 1
      local kept, taken = {}, 0
      for mark, days in string.gmatch(scan[2][k + 1], '([\128-\255]+)([%z\1-\127]+)') do
        -- The newest stands last.
        if day_age(today, string.byte(days, #days - 1, #days)) <= keep then kept[#kept + 1] = mark .. days
        else taken = taken + 1 end
      end
      if taken > 0 then attempts_write(keys[1], scan[2][k], table.concat(kept)) end
      gone = gone + taken
    end
    return { scan[1], looked, gone }
  end

  redis.register_function('licet_attempt', guarded(attempt))
  redis.register_function{ function_name = 'licet_prune', callback = guarded(prune), flags = { 'allow-oom' } }
end
