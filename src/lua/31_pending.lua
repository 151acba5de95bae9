-- pending: what senders and marketing systems reported, put on its list by licetd: licet_guard does so once
-- a second, licet_settle whenever a sender reported something.

do
  local AT_ONCE, VALUE_BYTES = 100, 8192

  -- The first key of a wrong type that recording it would write, or nil; the stream can take more.
  local function pending_wrong(prefix, p)
    local streams = { prefix .. 'oppositions' }
    return wrong_type{ prefix .. 'list:' .. p.scope, 'set', streams[1], 'stream', dated_key(prefix, p.advertiser), 'hash',
      meta_key(prefix, p.scope), 'hash', prefix .. 'routes', 'set', out_key_of(prefix), 'hash' } or full_stream(streams)
  end

  -- One number's. The record first: repeated, it says so twice, but nobody's objection is lost.
  local function place_number(prefix, number, value, now)
    local pending, left = unplaced_lines(#value <= VALUE_BYTES and value or '')
    if #value > VALUE_BYTES or normalise(prefix, number) ~= number then return 0 end
    local placed = {}
    for _, p in ipairs(pending) do
      if p.advertiser then
        p.advertiser = company.of(prefix, p.advertiser)
        p.scope = 'opposition:' .. p.advertiser
      end
      if p.event ~= '' and not instant_ms(p.event) or p.advertiser and not is_declared(prefix, p.advertiser) or pending_wrong(prefix, p) then
        left[#left + 1] = p.line
      else placed[#placed + 1] = p end
    end
    for _, p in ipairs(placed) do
      record_opposition(prefix, p.scope, number, p.person, p.source, p.reason, p.event, math.min(p.received_ms, now), p.in_call)
    end
    if #placed > 0 and #left > 0 then redis.call('HSET', prefix .. 'unplaced', number, table.concat(left, '\n'))
    elseif #placed > 0 then redis.call('HDEL', prefix .. 'unplaced', number) end
    for _, p in ipairs(placed) do withdraw_number(prefix, number, p.person, p.advertiser, now, list_reason(p.scope)) end
    return #placed
  end

  -- Some of what waits, taken at random, so that what a person must place stands in nobody's way; or that of
  -- one number.
  function place_pending(prefix, now, number)
    local key = prefix .. 'unplaced'
    if not is_type(key, 'hash') or redis.call('HLEN', key) == 0 then return 0 end
    local one = number and redis.call('HGET', key, number)
    if number then return one and place_number(prefix, number, one, now) or 0 end
    local some, n = redis.call('HRANDFIELD', key, AT_ONCE, 'WITHVALUES'), 0
    for i = 1, #some, 2 do n = n + place_number(prefix, some[i], some[i + 1], now) end
    return n
  end
end
