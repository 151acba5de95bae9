-- The decision log's side in Redis: which daemon writes it, how far it is, and a flag that ends by itself.
--
-- licet:log (hash): owner, until (ms of Redis TIME, real, simulated or not), began (ms of the daemons' clock: entries of streams
-- that are older were there before the log). licet:log:required stands as long as a log is kept; licet:log:good as long as it is
-- written, and ten seconds longer: what a sender takes asks both (20_take.lua). licet:log:positions (hash): stream -> id of the
-- last entry that is on the disk. licet:log:events (stream): what changes hashes and streams without an entry of its own, for the
-- log alone.

do
  local GOOD_MS = 10000

  -- Who has the log is <instance>:<pid>.
  local function instance_of(who) return (string.gsub(who, ':%d+$', '')) end

  -- Where several serve a space, one leads it (36_lead.lua), and its lead ends sooner than the lease of a log: is that
  -- the one that asks, and the log another's? Then that one is gone. A line that both write is known by its id.
  local function leads(key, who, owner)
    local lead = string.sub(key, 1, -4) .. 'lead'
    local leader = is_type(lead, 'string') and redis.call('GET', lead)
    return leader == instance_of(who) and instance_of(owner) ~= leader
  end

  -- licet_log: a daemon that has a log takes part in writing it.
  -- KEYS  1 licet:log
  -- ARGV  1 who   2 for how many ms   3 "good": it can be written and does not lag; "late": it lags; "none": this daemon writes
  --       nothing now, and gives the lease back   4 ms since 1970 that the log begins with, where it is new
  -- Returns {1 if the lease is ours, who has it ("": nobody), 1 if the flag stands, when the log began, how many requests to erase
  -- stand}. Errors: TYPE.
  local function log(keys, args)
    local key, now = keys[1], real_ms()
    local bad, type_ = wrong_type{ key, 'hash', key .. ':positions', 'hash', key .. ':required', 'string', key .. ':good', 'string',
      key .. ':logs', 'hash', key .. ':erase', 'hash' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local h = redis.call('HMGET', key, 'owner', 'until', 'began')
    local held = h[1] and h[1] ~= '' and h[1] ~= args[1] and (tonumber(h[2] or '') or 0) > now and not leads(key, args[1], h[1])
    if not held then
      redis.call('HSET', key, 'owner', args[3] == 'none' and '' or args[1], 'until', ms_text(now + tonumber(args[2])))
      if args[3] == 'good' then redis.call('SET', key .. ':good', args[1], 'PX', GOOD_MS) else redis.call('DEL', key .. ':good') end
    end
    if not h[3] then redis.call('HSET', key, 'began', args[4]) end
    redis.call('SET', key .. ':required', '1')
    redis.call('HSET', key .. ':logs', instance_of(args[1]), ms_text(now))
    local ours = not held and args[3] ~= 'none'
    return { ours and 1 or 0, held and h[1] or ours and args[1] or '', redis.call('EXISTS', key .. ':good'), h[3] or args[4],
      redis.call('HLEN', key .. ':erase') }
  end

  -- licet_log_off: a daemon that has none asks whether one is kept. Where nobody writes it any more, it was given up.
  -- KEYS  1 licet:log     Returns who writes it, or "".
  local function log_off(keys)
    local key = keys[1]
    if redis.call('EXISTS', key .. ':required') == 0 or not is_type(key, 'hash') then return '' end
    local h = redis.call('HMGET', key, 'owner', 'until')
    if h[1] and h[1] ~= '' and (tonumber(h[2] or '') or 0) > real_ms() then return h[1] end
    redis.call('DEL', key .. ':required', key .. ':good')
    return ''
  end

  -- licet_log_told: so far it is on the disk.
  -- KEYS  1 licet:log     ARGV  1 who   then streams and ids     Returns 1, or 0: the lease is another's.
  local function log_told(keys, args)
    local key = keys[1]
    if not is_type(key, 'hash') or not is_type(key .. ':positions', 'hash') or redis.call('HGET', key, 'owner') ~= args[1] then return 0 end
    for i = 2, #args - 1, 1000 do redis.call('HSET', key .. ':positions', unpack(args, i, math.min(i + 999, #args))) end
    local events = key .. ':events'
    for i = 2, #args - 1, 2 do
      -- Made for the log alone: what it has may go.
      if args[i] == events and is_type(events, 'stream') then redis.call('XTRIM', events, 'MINID', '~', args[i + 1]) end
    end
    return 1
  end

  redis.register_function{ function_name = 'licet_log', callback = guarded(log), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_log_off', callback = guarded(log_off), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_log_told', callback = guarded(log_told), flags = { 'allow-oom' } }
end
