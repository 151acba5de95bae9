-- licet_trim: what a stream kept long enough goes, but nothing that an archive still waits for.
--
-- KEYS  1 licet:campaign:<c>:refused, …:invalid or …:done
-- ARGV  1 first ms that is kept
-- Returns {entries gone, 1 if there are more to go, the entry that the archive waits for ("": none
-- that is over its time)}. Errors: KEY, TIME, TYPE.
-- Archiving is on where the stream has a consumer group "archive": what that did not acknowledge,
-- and all that came after, stays.

do
  local ARCHIVE, TRIM_MOST, NODE_MOST = 'archive', 2000, 100

  -- Is an entry's id before another one? Sequence numbers may be larger than Lua can count.
  local function id_before(a, b)
    local am, as = string.match(a, '^(%d+)%-?(%d*)$')
    local bm, bs = string.match(b, '^(%d+)%-?(%d*)$')
    if am ~= bm then return tonumber(am) < tonumber(bm) end
    return #as ~= #bs and #as < #bs or #as == #bs and as < bs
  end

  -- The oldest entry of a stream that its archive has not acknowledged; nil: none, or no archive.
  local function archive_waits(key)
    for _, flat in ipairs(redis.call('XINFO', 'GROUPS', key)) do
      local group = {}
      for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
      if group.name == ARCHIVE then
        local pending = redis.call('XPENDING', key, ARCHIVE)
        local first = redis.call('XRANGE', key, '(' .. group['last-delivered-id'], '+', 'COUNT', 1)[1]
        local undelivered, out = first and first[1], pending[1] > 0 and pending[2] or nil
        if not out or not undelivered then return out or undelivered end
        return id_before(out, undelivered) and out or undelivered
      end
    end
  end

  -- The id behind one. Of a sequence number that is too large to be counted, itself.
  local function id_after(id)
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    return seq and #seq < 15 and ms .. '-' .. ms_text(tonumber(seq) + 1) or id
  end

  -- Nothing goes that the decision log has not got yet: the earlier of that and least. What was there before the log may go.
  local function log_waits(key, least)
    local prefix = prefix_of(key, 'campaign:')
    if redis.call('EXISTS', prefix .. 'log:required') == 0 then return least end
    local at = is_type(prefix .. 'log:positions', 'hash') and redis.call('HGET', prefix .. 'log:positions', key) or
      is_type(prefix .. 'log', 'hash') and redis.call('HGET', prefix .. 'log', 'began') or '0'
    if not string.find(at, '^%d+%-?%d*$') then return '0' end
    return id_before(least, at) and least or id_after(at)
  end

  local function trim(keys, args)
    local key, from = keys[1] or '', args[1] or ''
    if not string.find(key, 'campaign:[a-z0-9][a-z0-9._-]*:%a+$') then return redis.error_reply('KEY expected a stream of a campaign') end
    if not string.find(from, '^%d+$') then return redis.error_reply('TIME expected ms since 1970') end
    if not is_type(key, 'stream') then return redis.error_reply('TYPE ' .. key .. ' should be a stream') end
    if redis.call('EXISTS', key) == 0 then return { 0, 0, '' } end
    local waits = archive_waits(key)
    if waits and not id_before(waits, from .. '-0') then waits = nil end
    local least = log_waits(key, waits or from)
    local gone = redis.call('XTRIM', key, 'MINID', '~', least, 'LIMIT', TRIM_MOST)
    -- What is left of the old ones stands in the first node, unless the limit was met.
    local more = #redis.call('XRANGE', key, '-', '(' .. least, 'COUNT', NODE_MOST + 1) > NODE_MOST
    if not more then gone = gone + redis.call('XTRIM', key, 'MINID', least) end
    return { gone, more and 1 or 0, waits or '' }
  end

  redis.register_function{ function_name = 'licet_trim', callback = guarded(trim), flags = { 'allow-oom' } }
end
