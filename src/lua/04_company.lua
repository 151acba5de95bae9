-- company: several ids of one company, of which the first has its consents, attempts and dated oppositions.
--
-- licet:aliases is a hash: another id -> the first one's, and " joining" behind it until all that stood under that id
-- is with the first (79_alias.lua). Whoever is given an id as the place of something asks here which id has it. What
-- judges a campaign has it from the definition of its advertiser: fields company and joining (core/campaign/company.h),
-- so that a take, a commit and the decision log see at once what has changed. These are written from that hash, and
-- it is made anew from them where it was deleted.

local company = {} -- one name: the library has room for few

-- The id that has what is known of an advertiser. Who may not ask is told the same id: what a sender or a marketing
-- system reports waits under it, and licetd places it.
function company.of(prefix, advertiser)
  local key = prefix .. 'aliases'
  local of = advertiser and redis.acl_check_cmd('HGET', key, advertiser) and redis.pcall('HGET', key, advertiser)
  return type(of) == 'string' and string.match(of, '^%S+') or advertiser
end

do
  local MENDED = 100

  -- The other ids of each company that has some: first -> {ids, joining: those that are not whole yet}.
  local function companies(prefix)
    local all, found = redis.call('HGETALL', prefix .. 'aliases'), {}
    for i = 1, #all, 2 do
      local first, joining = string.match(all[i + 1], '^(%S+)( ?.*)$')
      if first then
        local c = found[first] or { ids = {}, joining = {} }
        found[first] = c
        c.ids[#c.ids + 1] = all[i]
        if joining ~= '' then c.joining[#c.joining + 1] = all[i] end
      end
    end
    for _, c in pairs(found) do
      table.sort(c.ids)
      table.sort(c.joining)
    end
    return found
  end

  -- The other ids of one; none: an empty table.
  function company.others(prefix, first)
    local c = companies(prefix)[first]
    return c and c.ids or {}
  end

  -- The definitions of one company say so. One that nobody declared says nothing.
  local function write_one(prefix, first, c)
    local text, joining = first .. ' ' .. table.concat(c.ids, ' '), table.concat(c.joining, ' ')
    local ids = { first, unpack(c.ids) }
    for _, id in ipairs(ids) do
      local key = prefix .. 'advertiser:' .. id
      if redis.call('TYPE', key).ok == 'hash' then
        local has = redis.call('HMGET', key, 'company', 'joining')
        if has[1] ~= text then redis.call('HSET', key, 'company', text) end
        if joining ~= '' and has[2] ~= joining then redis.call('HSET', key, 'joining', joining)
        elseif joining == '' and has[2] then redis.call('HDEL', key, 'joining') end
      end
    end
  end

  function company.write(prefix, first)
    local c = companies(prefix)[first]
    if c then write_one(prefix, first, c) end
  end

  -- The hash was there and is gone: the definitions still tell.
  local function make_anew(prefix)
    local key, n = prefix .. 'aliases', 0
    for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'advertisers')) do
      local of = prefix .. 'advertiser:' .. id
      local has = redis.call('TYPE', of).ok == 'hash' and redis.call('HMGET', of, 'company', 'joining') or {}
      local first = has[1] and string.match(has[1], '^%S+')
      if first and first ~= id then
        local joining = string.find(' ' .. (has[2] or '') .. ' ', ' ' .. id .. ' ', 1, true)
        redis.call('HSET', key, id, first .. (joining and ' joining' or ''))
        n = n + 1
      end
    end
    if n > 0 then errors_tell(prefix, key, 'it was gone: made anew from the definitions of ' .. n .. ' advertisers') end
  end

  -- Each says what the other does: some at a time, taken at random where they are many.
  function company.mend(prefix)
    local key = prefix .. 'aliases'
    if wrong_type{ key, 'hash', prefix .. 'kept', 'hash', prefix .. 'advertisers', 'set' } then return end
    if redis.call('EXISTS', key) == 0 then
      if redis.call('HEXISTS', prefix .. 'kept', 'aliases') == 0 then return end
      make_anew(prefix)
    end
    local all, done = companies(prefix), {}
    for i, value in ipairs(redis.call('HRANDFIELD', key, MENDED, 'WITHVALUES')) do
      local first = i % 2 == 0 and string.match(value, '^%S+')
      if first and not done[first] then write_one(prefix, first, all[first]) end
      done[first or ''] = true
    end
  end
end
