-- licet_requeue: put ended jobs of a campaign back on its queue, as if they had never been
-- taken in: the counters go back too, so that the intake stays the sum of where jobs are.
--
-- KEYS  1 licet:campaign:<c>:refused or …:invalid
-- ARGV  1 reason ("": any)   2 job ids, a line break between them ("": any)   3 first entry to look at ("-", or "(" and an id)
--       4 last entry (so that what ends again meanwhile is not met twice)   5 how many at most
-- Returns {looked at, put back, id of the last one looked at ("": none)}. Errors: KEY, COUNT, RANGE, TYPE, STREAM.

do
  local REQUEUE_MAX = 1000

  local function requeue(keys, args)
    local prefix, campaign, part = string.match(keys[1] or '', '^(.*)campaign:([a-z0-9][a-z0-9._-]*):(%a+)$')
    local most = tonumber(args[5])
    if part ~= 'refused' and part ~= 'invalid' then return redis.error_reply('KEY expected the refused or invalid stream of a campaign') end
    if not most or most < 1 or most > REQUEUE_MAX or most % 1 ~= 0 then
      return redis.error_reply('COUNT expected a whole number from 1 to ' .. REQUEUE_MAX)
    end
    local queue = campaign_key(prefix, campaign, 'queue')
    local bad, type_ = wrong_type{ keys[1], 'stream', queue, 'list', campaign_key(prefix, campaign, 'stats'), 'hash', prefix .. 'stats', 'hash',
      prefix .. 'log:events', 'stream' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local full = full_stream{ prefix .. 'log:events' }
    if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end

    local jobs, gone, counters, last, wanted = {}, {}, {}, '', {}
    for id in string.gmatch(args[2] or '', '[^\n]+') do wanted[id] = true end
    local entries = redis.pcall('XRANGE', keys[1], args[3] or '', args[4] or '', 'COUNT', most)
    if entries.err then return redis.error_reply('RANGE expected a first and a last entry, such as - and +') end
    for _, item in ipairs(entries) do
      local e = {}
      for k = 1, #item[2], 2 do e[item[2][k]] = item[2][k + 1] end
      last = item[1]
      if e.job and e.reason and (args[1] == '' or e.reason == args[1]) and (args[2] == '' or wanted[e.id or '']) then
        jobs[#jobs + 1] = e.job
        gone[#gone + 1] = item[1]
        count(counters, 'intake', -1)
        if e.reason == 'cancelled' then count(counters, 'cancelled', -1)
        else
          count(counters, part, -1)
          count(counters, part .. '.' .. e.reason, -1)
        end
      end
    end
    if #jobs > 0 then
      -- The decision log is told why entries go, where one is kept. First, as it alone can fail.
      if redis.call('EXISTS', prefix .. 'log:required') == 1 then
        stream_add(prefix .. 'log:events', now_ms(prefix), 'stream', keys[1], 'entries', table.concat(gone, ' '), 'kind', 'requeued')
      end
      -- Off first: put back twice, they would be called twice.
      redis.call('XDEL', keys[1], unpack(gone))
      redis.call('RPUSH', queue, unpack(jobs))
      campaign_count(prefix, campaign, counters)
    end
    return { #entries, #jobs, last }
  end

  redis.register_function('licet_requeue', guarded(requeue))
end
