-- licet_claim: an advertiser is in that space for good, and its SIREN is that of no other id, on the whole platform: caps,
-- consents and oppositions are within one space, and in two each would count for itself. For operations, in the hub.
-- KEYS  1 licet:{licet}:advertisers
-- ARGV  1 advertiser   2 space   3 SIREN; "": it says none
-- Returns 1 if anything is new, else 0. Errors: KEY, ADVERTISER and SIREN (what is wrong with it, or who has it),
-- SPACE, TYPE. Nothing is written then.

do
  local function claim(keys, args)
    local prefix = string.match(keys[1] or '', '^(.-{licet}:)advertisers$')
    if not prefix then return redis.error_reply('KEY expected licet:{licet}:advertisers') end
    local id, space, siren, sirens = args[1] or '', args[2] or '', args[3] or '', prefix .. 'sirens'
    if #id > 64 or not string.find(id, '^[a-z0-9][a-z0-9._-]*$') then return redis.error_reply('ADVERTISER expected an id') end
    if #space > 24 or space == 'licet' or not string.find(space, '^[a-z0-9][a-z0-9-]*$') then
      return redis.error_reply('SPACE expected the name of a space')
    end
    if siren ~= '' and not string.find(siren, '^%d%d%d%d%d%d%d%d%d$') then return redis.error_reply('SIREN expected nine digits') end
    local bad, type_ = wrong_type{ keys[1], 'hash', sirens, 'hash' }
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local where, whose = redis.call('HGET', keys[1], id), siren ~= '' and redis.call('HGET', sirens, siren)
    if where and where ~= space then return redis.error_reply('ADVERTISER ' .. id .. ' is in space ' .. where) end
    if whose and whose ~= id then return redis.error_reply('SIREN the SIREN ' .. siren .. ' is that of advertiser ' .. whose) end
    if where and (siren == '' or whose) then return 0 end
    if siren ~= '' then redis.call('HSET', sirens, siren, id) end
    redis.call('HSET', keys[1], id, space)
    return 1
  end

  redis.register_function{ function_name = 'licet_claim', callback = guarded(claim), flags = { 'allow-oom' } }
end
