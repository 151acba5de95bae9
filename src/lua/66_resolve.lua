-- licet_resolve: a person settles a job whose lease was over.
--
-- KEYS  1 licet:ready:<route>
-- ARGV  1 token   2 outcome   3 detail (why that outcome; at most 500 bytes)
-- Returns {campaign, id, 1 if an opposition was recorded}, or nothing if that token is not
-- unknown any more. Errors: KEY, OUTCOME, DETAIL, TYPE, STREAM (an opposition cannot be recorded).
-- Outcomes that oppose do so; not-placed gives the attempt back.

do
  local function resolve(keys, args)
    local ready, token, outcome, detail = keys[1] or '', args[1] or '', args[2] or '', args[3] or ''
    local prefix, route = ready_route(ready)
    if not prefix then return redis.error_reply('KEY expected the name of a ready list') end
    if not OUTCOMES[outcome] then
      return redis.error_reply(OUTCOME_ERROR)
    end
    if #detail > 500 then return redis.error_reply('DETAIL expected at most 500 bytes') end
    local now = now_ms(prefix)
    local unknown, past = ready .. ':unknown', past_key(ready, math.floor(now / 86400000))
    local bad, type_ = wrong_type{ unknown, 'hash', past, 'hash', prefix .. 'routes', 'set' }
    if not bad then bad, type_ = route_wrong(prefix, route) end
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local lease = redis.call('HGET', unknown, token)
    if not lease then return false end
    local e, taken_ms, sender, entry = lease_split(lease)
    if not e then return redis.error_reply('TYPE what is unknown under that token is no entry') end
    e[E.advertiser] = company.of(prefix, e[E.advertiser])
    bad, type_ = campaign_wrong(prefix, e[E.campaign], e)
    if not bad then bad, type_ = outcome_wrong(prefix, outcome, e[E.advertiser]) end
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local full = list_of_outcome(prefix, outcome) and full_stream{ prefix .. 'oppositions' }
    if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end

    redis.call('HDEL', unknown, token)
    redis.call('HSET', past, token, past_text(e))
    redis.call('EXPIRE', past, PAST_DAYS * 86400)
    -- record_done() takes it off "taken", where the lapse had taken it off already.
    campaign_count(prefix, e[E.campaign], { unknown = -1, taken = 1 })
    local rec = recorder(prefix, route, now)
    record_done(rec, e, entry, { outcome = outcome, by = 'person', detail = detail, sender = sender, taken_ms = taken_ms, done_ms = ms_text(now) })
    recorder_done(rec)
    local opposed = oppose_by_outcome(prefix, outcome, e[E.to], e[E.person], e[E.advertiser], e[E.campaign], now)
    return { e[E.campaign], e[E.id], opposed and 1 or 0 }
  end

  redis.register_function{ function_name = 'licet_resolve', callback = guarded(resolve), flags = { 'allow-oom' } }
end
