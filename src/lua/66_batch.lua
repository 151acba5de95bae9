-- licet_batch_cancel: one step of ending what waits of a batch that is being cancelled.
-- KEYS  1 licet:campaign:<c>:cancelling
-- Returns {0}: nothing is left; {1, batch}: there is more; {2, batch}: reports are waited for. Errors: KEY, TYPE, STREAM.

-- Who cancels a batch writes two things in one transaction: its field in licet:campaign:<c>:cancelling (JSON: by, at, and
-- the tag of its ids, which stand in licet:campaign:<c>:batch:<tag>, a line each; then what the steps keep), and a line
-- break, which no id can be, into licet:campaign:<c>:cancel. From then on licet_commit moves nothing of that campaign,
-- until the last step takes the line break off again: a job of the batch is where the steps look for it, or it was out
-- before. Whoever calls this goes on where the last one was: licetd does so until nothing is left, whatever became of
-- who asked for it.

do
  local FROZEN, IDS_BYTES, JOBS, ENTRIES, JOB_BYTES, SETTLE_MS, MORE = '\n', 32768, 150, 100, 8192, 10000, 50
  local NEXT = { ids = 'ready', ready = 'leases', leases = 'unknown', unknown = 'settle', settle = 'queue', queue = 'held', held = 'later', later = 'over' }

  -- A text field of a job's JSON. The quick way is right where the name stands once: within a text its quotes would be escaped.
  local function field_of(job, name)
    if #job > JOB_BYTES then return nil end
    local at, stop, value = string.find(job, '"' .. name .. '"%s*:%s*"([^"\\]*)"')
    if at and string.find(job, '"' .. name .. '"%s*:') == at and not string.find(job, '"' .. name .. '"%s*:', stop) then return value end
    local ok, node = pcall(json_read, job)
    node = ok and node and node.kind == 'object' and node.fields[name]
    return node and node.kind == 'string' and node.value or nil
  end

  local function job_in(stored, kind)
    if kind == 'queue' or string.byte(stored) ~= 35 then return stored end -- #
    local tab = string.find(stored, '\t', 1, true)
    return tab and string.sub(stored, tab + 1) or stored
  end

  -- Which of some ids are of the batch: their positions.
  local function of_batch(c, ids)
    local found, positions, asked, n = {}, {}, {}, 0
    for i, id in pairs(ids) do
      n = n + 1
      asked[n], positions[n] = id, i
    end
    if n == 0 then return found end
    local is = redis.call('SMISMEMBER', c.set, unpack(asked))
    for k = 1, n do found[positions[k]] = is[k] == 1 or nil end
    return found
  end

  -- What is to be written of jobs that end: read now, since nothing may fail later.
  local function ends_of(c, stored, kind)
    local ids, ends = {}, {}
    for i, text in ipairs(stored) do ids[i] = field_of(job_in(text, kind), 'id') end
    for i in pairs(of_batch(c, ids)) do
      local job = job_in(stored[i], kind)
      local to = field_of(job, 'to') or ''
      ends[i] = { id = ids[i], job = job, to = normalise(c.prefix, to) or to }
    end
    return ends
  end

  local function add_ends(c, ends)
    local n = 0
    for _, e in pairs(ends) do
      stream_add(campaign_key(c.prefix, c.id, 'refused'), c.now, 'id', e.id, 'to', e.to, 'reason', 'cancelled', 'rule', 'batch', 'field', '',
        'position', '', 'hint', c.name, 'at', ms_text(c.now), 'job', e.job)
      n = n + 1
    end
    c.s.cancelled = c.s.cancelled + n
    return n
  end

  -- Some of a list from its head; what stays goes to its tail, so that each is met once and the order stays.
  local function step_list(c, key, kind, place)
    local s = c.s
    s.left = s.left or redis.call('LLEN', key) + (kind == 'held' and MORE or 0)
    local jobs = s.left > 0 and list_jobs(key, 0, math.min(s.left, JOBS), JOB_BYTES) or {}
    local ends, stays = ends_of(c, jobs, kind), {}
    for i, job in ipairs(jobs) do
      if not ends[i] then stays[#stays + 1] = job end
    end
    return function()
      if #jobs > 0 then redis.call('LTRIM', key, #jobs, -1) end
      if #stays > 0 then redis.call('RPUSH', key, unpack(stays)) end
      if #jobs > 0 and place then head_add(campaign_key(c.prefix, c.id, 'heads'), place, HEAD_MOVED) end
      local n = add_ends(c, ends)
      if n > 0 then
        campaign_count(c.prefix, c.id, kind == 'queue' and { intake = n, cancelled = n } or { held = -n, ['held.' .. place] = -n, cancelled = n })
      end
      s.left = s.left - #jobs
      return #jobs == 0 or s.left <= 0
    end
  end

  local steps = {}

  function steps.ids(c)
    local s = c.s
    local text = redis.call('GETRANGE', c.ids, s.at or 0, (s.at or 0) + IDS_BYTES - 1)
    local ids = {}
    for id in string.gmatch(text, '([^\n]+)\n') do ids[#ids + 1] = id end
    return function()
      for i = 1, #ids, 1000 do redis.call('SADD', c.set, unpack(ids, i, math.min(i + 999, #ids))) end
      if #ids > 0 then redis.call('EXPIRE', c.set, 864000) end
      for _, id in ipairs(ids) do s.at = (s.at or 0) + #id + 1 end
      return #ids == 0
    end
  end

  -- From the tail on: what senders take meanwhile goes at the head.
  function steps.ready(c)
    local s = c.s
    local route = s.routes[s.i]
    if not route then return function() return true end end
    local key = c.prefix .. 'ready:' .. route
    local bad = route_wrong(c.prefix, route) or wrong_type{ key, 'list' }
    local length = bad and 0 or redis.call('LLEN', key)
    local entries = length > s.at and redis.call('LRANGE', key, -s.at - ENTRIES, -s.at - 1) or {}
    local ids, split, wrong = {}, {}, wrong_asker(c.prefix)
    for i, entry in ipairs(entries) do
      local e = entry_split(entry)
      if e and e[E.campaign] == c.id and not wrong(e) then split[i], ids[i] = e, e[E.id] end
    end
    local going = of_batch(c, ids)
    return function()
      local back, n = {}, 0
      for i in pairs(going) do
        if redis.call('LREM', key, -1, entries[i]) == 1 then
          put_back(back, c.prefix, split[i], entries[i], 'cancelled', 'batch', c.now)
          n = n + 1
        end
      end
      comers_done(back, c.prefix, route)
      s.cancelled, s.at = s.cancelled + n, s.at + #entries - n
      if #entries > 0 then return false end
      s.i, s.at = s.i + 1, 0
      return s.routes[s.i] == nil
    end
  end

  -- What senders have, or had: it is counted, and not tried again.
  local function step_out(c, part)
    local s = c.s
    local route = s.routes[s.i]
    if not route then return function() return true end end
    local key, ids = c.prefix .. 'ready:' .. route .. part, {}
    local page = is_type(key, 'hash') and redis.call('HSCAN', key, s.cursor or '0', 'COUNT', ENTRIES) or { '0', {} }
    for i = 2, #page[2], 2 do
      local e = lease_split(page[2][i])
      if e and e[E.campaign] == c.id then ids[#ids + 1] = e[E.id] end
    end
    local out = of_batch(c, ids)
    return function()
      for i in pairs(out) do s.out = s.out + redis.call('SADD', c.cancel, ids[i]) end
      s.cursor = page[1]
      if page[1] ~= '0' then return false end
      s.i, s.cursor = s.i + 1, nil
      return s.routes[s.i] == nil
    end
  end

  function steps.leases(c) return step_out(c, ':lease') end

  function steps.unknown(c) return step_out(c, ':unknown') end

  -- What was reported before waits in a stream: it may come back, and must be there when we look.
  function steps.settle(c)
    local s, waits = c.s, false
    s.from = s.from or c.now
    for _, route in ipairs(s.routes) do
      local key = c.prefix .. 'settle:' .. route
      local first = is_type(key, 'stream') and redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
      waits = waits or first and tonumber(string.match(first[1], '^%d+')) <= s.from and c.now - s.from < SETTLE_MS
    end
    c.waits = waits
    return function() return not waits end
  end

  function steps.queue(c) return step_list(c, campaign_key(c.prefix, c.id, 'queue'), 'queue') end

  function steps.held(c)
    local s = c.s
    if not s.places then
      s.places = {}
      for _, name in ipairs(redis.call('HKEYS', campaign_key(c.prefix, c.id, 'stats'))) do
        local place = string.match(name, '^held%.(.+)$')
        if place then s.places[#s.places + 1] = place end
      end
    end
    local place = s.places[s.i]
    if not place then return function() return true end end
    local key = campaign_key(c.prefix, c.id, 'held:' .. place)
    local write = is_type(key, 'list') and step_list(c, key, 'held', place) or function() return true end
    return function()
      if not write() then return false end
      s.i, s.left = s.i + 1, nil
      return s.places[s.i] == nil
    end
  end

  function steps.later(c)
    local s, key, members = c.s, campaign_key(c.prefix, c.id, 'later'), {}
    local page = redis.call('ZSCAN', key, s.cursor or '0', 'COUNT', JOBS)
    for i = 1, #page[2], 2 do members[#members + 1] = page[2][i] end
    local ends = ends_of(c, members, 'later')
    return function()
      for i in pairs(ends) do redis.call('ZREM', key, members[i]) end
      local n = add_ends(c, ends)
      if n > 0 then campaign_count(c.prefix, c.id, { later = -n, cancelled = n }) end
      s.cursor = page[1]
      return page[1] == '0'
    end
  end

  -- The batch says what became of it; the campaign goes on, unless another one is being cancelled.
  function steps.over(c)
    local s, batches = c.s, campaign_key(c.prefix, c.id, 'batches')
    local ok, told = pcall(cjson.decode, redis.call('HGET', batches, c.name) or '')
    local last = redis.call('HLEN', c.cancelling) <= 1
    if ok and type(told) == 'table' then
      told.cancelled, told.out, told.cancelled_at, told.cancelled_by = s.cancelled, s.out, s.at_text, s.by
      told = cjson.encode(told)
    else told = nil end
    return function()
      if told then redis.call('HSET', batches, c.name, told) end
      redis.call('HDEL', c.cancelling, c.name)
      if last then redis.call('SREM', c.cancel, FROZEN) end
      redis.call('UNLINK', c.set, c.ids)
      return true
    end
  end

  -- What a step writes to, of the right type.
  local function campaign_types(c)
    return wrong_type{ c.cancel, 'set', c.set, 'set', c.ids, 'string', campaign_key(c.prefix, c.id, 'batches'), 'hash',
      campaign_key(c.prefix, c.id, 'queue'), 'list', campaign_key(c.prefix, c.id, 'later'), 'zset', campaign_key(c.prefix, c.id, 'heads'), 'hash',
      campaign_key(c.prefix, c.id, 'stats'), 'hash', campaign_key(c.prefix, c.id, 'refused'), 'stream', c.prefix .. 'stats', 'hash',
      c.prefix .. 'routes', 'set' }
  end

  local function read_state(c, text)
    local ok, s = pcall(cjson.decode, text)
    if not ok or type(s) ~= 'table' or type(s.tag) ~= 'string' or not string.find(s.tag, '^%x+$') then return nil end
    if not s.phase then
      s.phase, s.cancelled, s.out, s.at_text, s.at, s.i = 'ids', 0, 0, s.at, nil, 1
      s.routes = redis.call('SMEMBERS', c.prefix .. 'routes')
      table.sort(s.routes)
    end
    return steps[s.phase] and s or nil
  end

  local function batch_cancel(keys)
    local prefix, id = string.match(keys[1] or '', '^(.*)campaign:([a-z0-9][a-z0-9._-]*):cancelling$')
    if not prefix then return redis.error_reply('KEY expected the batches of a campaign that are being cancelled') end
    local c = { prefix = prefix, id = id, cancelling = keys[1], cancel = campaign_key(prefix, id, 'cancel'), now = now_ms(prefix) }
    if not is_type(keys[1], 'hash') or not is_type(c.cancel, 'set') then return redis.error_reply('TYPE ' .. keys[1] .. ' should be a hash') end
    local names = redis.call('HKEYS', keys[1])
    if #names == 0 then
      redis.call('SREM', c.cancel, FROZEN) -- somebody deleted the hash: the campaign goes on
      return { 0 }
    end
    table.sort(names)
    c.name = names[1]
    c.s = read_state(c, redis.call('HGET', keys[1], c.name))
    if not c.s then
      redis.call('HDEL', keys[1], c.name)
      return { 1, c.name }
    end
    c.ids, c.set = campaign_key(prefix, id, 'batch:' .. c.s.tag), campaign_key(prefix, id, 'batch:' .. c.s.tag .. ':gone')
    local bad, type_ = campaign_types(c)
    if bad then return redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_) end
    local full = full_stream{ campaign_key(prefix, id, 'refused') }
    if full then return redis.error_reply('STREAM ' .. full .. ' takes no entry any more') end
    local s, phase = c.s, c.s.phase
    local write = steps[phase](c)
    if c.waits then return { 2, c.name } end

    -- Writes begin here; nothing below may fail.
    local ended = write()
    if phase == 'over' then return { 1, c.name } end
    if ended then s.phase, s.i, s.at, s.left, s.cursor = NEXT[phase], 1, 0, nil, nil end
    redis.call('HSET', keys[1], c.name, cjson.encode(s))
    return { 1, c.name }
  end

  redis.register_function{ function_name = 'licet_batch_cancel', callback = guarded(batch_cancel), flags = { 'allow-oom' } }
end
