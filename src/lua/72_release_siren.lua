-- licet_release_siren: a SIREN is used by no advertiser's id any more: another id may use it. Only while no
-- call of the first was made; later its lists, caps and consents would not go with it. Not for senders or
-- marketing.
-- KEYS  1 licet:sirens     ARGV  1 SIREN   2 who   3 reason (each 1 to 400 bytes without control characters)
-- Returns the id that had it; "" if none had. Errors: KEY, BY, REASON, CALLED (attempts of that id are known),
-- TYPE.

do
  local function release_siren(keys, args)
    local prefix = string.match(keys[1] or '', '^(.*)sirens$')
    if not prefix then return redis.error_reply('KEY expected licet:sirens') end
    local fault = signed_fault(args[2], args[3])
    if fault then return redis.error_reply(fault) end
    local bad, type_ = wrong_type{ keys[1], 'hash', prefix .. 'errors', 'stream' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local id = redis.call('HGET', keys[1], args[1] or '')
    if not id then return '' end
    if redis.call('EXISTS', prefix .. 'attempts:' .. id) == 1 then
      return redis.error_reply('CALLED ' .. id .. ' has called: its lists, caps and consents stay with it')
    end
    redis.call('XADD', prefix .. 'errors', 'MAXLEN', '~', '10000', '*', 'where', 'sirens', 'error',
      'SIREN ' .. args[1] .. ' of advertiser ' .. id .. ' released by ' .. args[2] .. ': ' .. args[3], 'by', args[2], 'reason', args[3])
    redis.call('HDEL', keys[1], args[1])
    return id
  end

  redis.register_function('licet_release_siren', guarded(release_siren))
end
