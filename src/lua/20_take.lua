-- licet_take: hand released jobs to a sender, after asking once more.
--
-- KEYS  1 licet:ready:<route>
-- ARGV  1 sender (1 to 64 bytes)   2 how many at most (1 to 500)
-- Returns an array of jobs, each a flat array of fields and values; empty when
-- there is none. Errors: KEY (not a ready list), SENDER, COUNT, ROUTE (not declared), TYPE, STREAM (what
-- happens cannot be recorded).
-- Every entry is asked again: not_after by Redis TIME, halts, campaign status,
-- cancellation, lists and their metas, persons who objected, withdrawals since release, and
-- whether the number or the person is with a sender already. What fails goes
-- to the settle stream in the same step; the daemon moves it on. Only keys under
-- ready: and settle: are written. All is asked before anything is written, of many entries at once.

local TAKE_MAX = 500
local take
do
  local TAKE_GROUP = 100
  local LOOKED_BESIDES = 200 -- entries that may fail before a call ends

  -- Memory of one call: each thing is asked once.
  local function asker(prefix, route, now) return { prefix = prefix, route = route, now = now, defs = {}, lists = {}, names = {}, gone = {} } end

  local function ask_def(ask, campaign)
    local d = ask.defs[campaign]
    if d then return d end
    local read = redis.pcall('HMGET', campaign_key(ask.prefix, campaign, 'def'), 'status', 'advertiser', 'source', 'caller_id', 'message',
      'delivery', 'opt_out', 'route', 'start', 'end')
    if read.err then read = {} end
    d = { status = read[1], advertiser = read[2], source = read[3] or '', caller_id = read[4] or '', message = read[5] or '', delivery = read[6] or '',
      opt_out = read[7] or '', route = read[8], opens = read[9] and instant_ms(read[9]), ends = read[10] and instant_ms(read[10]) }
    ask.defs[campaign] = d
    return d
  end

  -- Does a campaign stand as it was judged when an entry was released? made: the fingerprint in it.
  local function is_as_judged(ask, e, def)
    local made = e[E.made]
    if not made or made == '' then return false end
    if not def.print then
      local prefix = ask.prefix
      local ok, print = pcall(definition_print, { campaign_key(prefix, e[E.campaign], 'def'), prefix .. 'advertiser:' .. def.advertiser,
        prefix .. 'source:' .. def.source, prefix .. 'route:' .. ask.route })
      def.print, def.judged = ok and print or '?', {}
    end
    if def.judged[made] == nil then def.judged[made] = redis.pcall('HGET', ask.prefix .. 'judged', made) end
    return def.judged[made] == def.print
  end

  -- The names in an entry's lists, in order; "!" behind one: it must have a meta, else nobody knows; then
  -- "@" and the version of a packed one.
  local function names_in(ask, text)
    local names = ask.names[text]
    if names then return names end
    names = { has = {} }
    for name, mark, version in string.gmatch(text, '([^,!@]+)(!?)@?([^,]*)') do
      names[#names + 1] = name
      names.has[name] = { required = mark == '!', version = version }
    end
    ask.names[text] = names
    return names
  end

  -- What halts a campaign; false: nothing. Asked of an entry that is as its definition was judged.
  local function ask_halted(ask, e, def)
    if def.scope == nil then
      def.scope = 'all'
      if is_type(ask.prefix .. 'halt', 'hash') then
        local why, scope = halted(ask.prefix, e[E.advertiser], names_in(ask, e[E.lists]), def.source, ask.route)
        def.scope = why and scope or false
      end
    end
    return def.scope
  end

  -- What a campaign's definition, its halts and the clock say of an entry: reason and rule, or nil.
  local function refused_by_campaign(ask, e)
    if ask.now >= tonumber(e[E.not_after]) then return 'window-closing', 'not_after' end
    -- licetd's clock may be ahead of Redis TIME, which decides.
    if ask.now < (tonumber(e[E.opens] or '') or 0) then return 'outside-hours', 'opens' end
    local def = ask_def(ask, e[E.campaign])
    if def.status == 'stopped' then return 'campaign-ended', 'stopped' end
    if def.status == 'paused' then return 'campaign-paused', 'status' end
    if def.status ~= 'running' or not def.advertiser or def.route ~= ask.route then return 'campaign-rejected', 'definition' end
    -- Dates may have been moved since the release.
    if def.ends and ask.now >= def.ends then return 'campaign-ended', 'end' end
    if def.opens and ask.now < def.opens then return 'campaign-not-started', 'start' end
    if not is_as_judged(ask, e, def) then return 'campaign-rejected', 'definition changed' end
    local scope = ask_halted(ask, e, def)
    if scope then return 'halted', scope end
  end

  -- What is known of a list: version ("": it is a set), has_meta, empty, and fault: why it holds whoever
  -- asks it, or nil.
  local function ask_list(ask, name)
    local list = ask.lists[name]
    if list then return list end
    local key, meta = ask.prefix .. 'list:' .. name, redis.pcall('HMGET', meta_key(ask.prefix, name), unpack(LIST_FIELDS))
    list = { key = key, version = meta.err and '' or list_version(name, meta), has_meta = not meta.err and meta[1] }
    ask.lists[name] = list
    local is = redis.call('TYPE', key).ok
    list.empty = is == 'none'
    if meta.err then list.fault = 'list-missing'
    elseif not list.empty and is ~= (list.version == '' and 'set' or 'hash') then list.fault = 'list-malformed'
    else
      -- What is in a packed list no sender sees; nor does a user of an earlier ACL see the size of a set.
      -- Then what licetd found counts.
      local seen = list.version == '' and redis.acl_check_cmd('SCARD', key)
      local size = seen and redis.call('SCARD', key) or list.empty and 0 or math.huge
      if members_lost(name, size, meta) > 0 then list.fault = 'list-missing' end
    end
    return list
  end

  -- May a list be relied on by an entry that asks it? wanted: how it does, as names_in() tells. Returns a
  -- reason and a rule, or nil.
  local function list_refusal(ask, name, wanted)
    local list = ask_list(ask, name)
    if list.fault then return list.fault, name end
    if wanted.required and not list.has_meta then return 'list-missing', name end
    if wanted.version ~= list.version then return 'facts-unknown', name .. ' was loaded since' end
  end

  -- One command for all items that nothing refused yet and that key_of() gives a key: judge(value, item)
  -- says why one may not go. An error is the value of all.
  local function ask_each(items, command, key_of, field_of, judge)
    local groups = {}
    for _, item in ipairs(items) do
      local key = not item.why and key_of(item.e)
      if key then
        local g = groups[key] or { fields = {}, items = {} }
        groups[key] = g
        g.fields[#g.fields + 1], g.items[#g.items + 1] = field_of(item.e), item
      end
    end
    for key, g in pairs(groups) do
      local values = redis.pcall(command, key, unpack(g.fields))
      for i, item in ipairs(g.items) do item.why, item.rule = judge(values.err and values or values[i], item) end
    end
  end

  local function number_of(e) return e[E.to] end

  -- The key of an entry's campaign or advertiser, or nil where that key holds nothing (size: the command
  -- that tells). Asked and made once.
  local function keys_by(at, make, size)
    local keys = {}
    return function(e)
      local key = keys[e[at]]
      if key == nil then
        key = make(e)
        if redis.pcall(size, key) == 0 then key = false end
        keys[e[at]] = key
      end
      return key
    end
  end

  -- Was that key there, and is it gone? Who may not ask is told no.
  local function is_gone(ask, key)
    if ask.gone[key] == nil then
      local kept, name = ask.prefix .. 'kept', string.sub(key, #ask.prefix + 1)
      local value = redis.acl_check_cmd('HGET', kept, name) and redis.pcall('HGET', kept, name)
      ask.gone[key] = type(value) == 'table' or is_lost(value) or value and redis.call('EXISTS', key) == 0 or false
    end
    return ask.gone[key]
  end

  local function is_error(value) return type(value) == 'table' end

  local function ask_cancelled(ask, items)
    local key_of = keys_by(E.campaign, function(e) return campaign_key(ask.prefix, e[E.campaign], 'cancel') end, 'EXISTS')
    ask_each(items, 'SMISMEMBER', key_of, function(e) return e[E.id] end, function(on)
      if is_error(on) then return 'facts-unknown', 'cancel' end
      if on == 1 then return 'cancelled', 'cancel' end
    end)
  end

  local function ask_unplaced(ask, items)
    local key = ask.prefix .. 'unplaced'
    if redis.pcall('HLEN', key) == 0 then return end
    ask_each(items, 'HMGET', function() return key end, number_of, function(value)
      if value ~= false then return 'facts-unknown', 'unplaced' end
    end)
  end

  -- The lists that entries ask, in order, and the items by the text that names theirs.
  local function lists_of(ask, items)
    local order, seen, by_text = {}, {}, {}
    for _, item in ipairs(items) do
      local text = item.e and item.e[E.lists]
      if text and not by_text[text] then
        by_text[text] = {}
        for _, name in ipairs(names_in(ask, text)) do
          if not seen[name] then order[#order + 1], seen[name] = name, true end
        end
      end
      if text then table.insert(by_text[text], item) end
    end
    return order, by_text
  end

  local function ask_lists(ask, items)
    local order, by_text = lists_of(ask, items)
    for _, name in ipairs(order) do
      local list, asking = ask_list(ask, name), {}
      for text, some in pairs(by_text) do
        local wanted = names_in(ask, text).has[name]
        local why, rule
        if wanted then why, rule = list_refusal(ask, name, wanted) end
        for _, item in ipairs(wanted and some or {}) do
          if why and not item.why then item.why, item.rule = why, rule end
          if not item.why then asking[#asking + 1] = item end
        end
      end
      if list.version == '' and not list.empty then
        ask_each(asking, 'SMISMEMBER', function() return list.key end, number_of, function(on)
          if is_error(on) then return 'list-malformed', name end
          if on == 1 then return list_reason(name), name end
        end)
      end
    end
  end

  -- Did the person object, whatever the number?
  local function ask_persons(ask, items)
    for _, item in ipairs(items) do
      if not item.why and item.e[E.person] ~= '' and (is_gone(ask, dated_key(ask.prefix)) or is_gone(ask, dated_key(ask.prefix, item.e[E.advertiser]))) then
        item.why, item.rule = 'facts-unknown', 'oppositions'
      end
    end
    for _, whose in ipairs{ 'platform', 'advertiser' } do
      ask_each(items, 'HMGET', function(e)
        return e[E.person] ~= '' and dated_key(ask.prefix, whose == 'advertiser' and e[E.advertiser] or nil)
      end, function(e) return 'p:' .. e[E.person] end, function(on, item)
        if is_error(on) then return 'facts-unknown', 'oppositions' end
        local list = whose == 'advertiser' and 'opposition:' .. item.e[E.advertiser] or 'opposition'
        if on then return list_reason(list), list end
      end)
    end
  end

  -- Withdrawn since the release, which knew of the withdrawal that was received then?
  local function ask_withdrawn(ask, items)
    for _, item in ipairs(items) do
      if not item.why and is_gone(ask, ask.prefix .. 'consent:' .. item.e[E.advertiser]) then item.why, item.rule = 'facts-unknown', 'consent' end
    end
    local key_of = keys_by(E.advertiser, function(e) return ask.prefix .. 'consent:' .. e[E.advertiser] end, 'EXISTS')
    ask_each(items, 'HMGET', key_of, number_of, function(value, item)
      if is_error(value) then return 'facts-unknown', 'consent' end
      if not value or not string.find(value, '"withdrawn_received_ms":', 1, true) then return end
      local record = json_read(value)
      local received = record and record.fields.withdrawn_received_ms
      if not received or received.kind ~= 'number' then return 'facts-unknown', 'consent' end
      if json_raw(value, received) ~= item.e[E.withdrawn] then return 'consent-withdrawn', 'registry' end
    end)
  end

  -- Was the number, or the person, reached since the release, in the days for which it is left alone?
  local function ask_gap(ask, items)
    local function key_of(e) return ask.prefix .. 'attempts:' .. e[E.advertiser] end
    local function gap_of(e) return tonumber(e[E.gap] or '') or 0 end
    local there = keys_by(E.advertiser, key_of, 'EXISTS')
    for whose = 1, 2 do
      local mark_of = {}
      ask_each(items, 'HMGET', function(e) return gap_of(e) > 0 and (whose == 1 or e[E.person] ~= '') and there(e) end, function(e)
        local field
        if whose == 1 then field, mark_of[e] = attempts_of_number(e[E.to]) else field, mark_of[e] = attempts_of_person(e[E.person]) end
        return field
      end, function(bucket, item)
        if is_error(bucket) then return 'facts-unknown', 'attempts' end
        if bucket and attempts_reached(attempts_in(bucket, mark_of[item.e]), tonumber(item.e[E.day]), gap_of(item.e)) then return 'cap-reached', 'gap' end
      end)
    end
  end

  -- One call at a time: is the number, or another of the person's, with a sender already?
  local function ask_out(out, key, items)
    local function judge(value, item)
      if is_error(value) then return 'facts-unknown', 'out' end
      if value then return 'not-before', 'called just now' end
    end
    if redis.call('EXISTS', key) == 1 then
      ask_each(items, 'HMGET', function() return key end, out_number, judge)
      ask_each(items, 'HMGET', function(e) return e[E.person] ~= '' and key end, out_person, judge)
    end
    for _, item in ipairs(items) do
      if not item.why then
        local number, person = out_number(item.e), item.e[E.person] ~= '' and out_person(item.e)
        if out[number] or person and out[person] then item.why, item.rule = 'not-before', 'called just now'
        else
          out[number] = item.e[E.token]
          if person then out[person] = item.e[E.token] end
        end
      end
    end
  end

  -- Judge some entries. Returns items: entry, e, job, and why and rule where it may not go.
  local function judge(ask, entries, out, out_key)
    local items = {}
    for i, entry in ipairs(entries) do
      local e, why, rule = entry_split(entry), 'facts-unknown', 'entry'
      if e then why, rule = refused_by_campaign(ask, e) end
      items[i] = { entry = entry, e = e, why = why, rule = rule }
    end
    ask_cancelled(ask, items)
    ask_unplaced(ask, items)
    ask_lists(ask, items)
    ask_persons(ask, items)
    ask_withdrawn(ask, items)
    ask_gap(ask, items)
    ask_out(out, out_key, items)
    return items
  end

  local function job_reply(ask, e, entry)
    local def, vars, vars_at = ask_def(ask, e[E.campaign]), '{}', tonumber(e[E.vars_at])
    if vars_at > 0 then vars = string.sub(entry, e.job_at + vars_at - 1, e.job_at + vars_at + tonumber(e[E.vars_len]) - 2) end
    return { 'token', e[E.token], 'campaign', e[E.campaign], 'id', e[E.id], 'to', e[E.to], 'advertiser', def.advertiser,
      'caller_id', def.caller_id, 'message', def.message, 'delivery', def.delivery, 'opt_out', def.opt_out,
      'attempt', e[E.attempt], 'released_ms', e[E.released], 'not_after_ms', e[E.not_after], 'vars', vars }
  end

  -- Sort what was judged: the jobs as the sender gets them, and what is written for them.
  local function sort_out(ask, items, sender, lease_ms, t)
    local taken_at, ends = ms_text(ask.now) .. '\t' .. sender .. '\t', ms_text(ask.now + lease_ms)
    for _, item in ipairs(items) do
      if item.why then t.back[#t.back + 1] = item
      else
        local token = item.e[E.token]
        t.jobs[#t.jobs + 1] = job_reply(ask, item.e, item.entry)
        t.leases[#t.leases + 1], t.leases[#t.leases + 2] = token, taken_at .. item.entry
        t.lapses[#t.lapses + 1], t.lapses[#t.lapses + 2] = ends, token
        count(t.counts, item.e[E.campaign], 1)
      end
    end
  end

  -- The stream first: what cannot be recorded does not happen. Nothing behind it can fail.
  local function write(keys, settle, out_key, t, out, looked, sender, now)
    local told = 0
    local all, why = pcall(function()
      for _, item in ipairs(t.back) do
        stream_add(settle, now, 'kind', 'back', 'reason', item.why, 'rule', item.rule, 'entry', item.entry)
        told = told + 1
      end
      if #t.jobs > 0 then
        stream_add(settle, now, 'kind', 'taken', 'sender', sender, 'token', t.leases[1], 'campaigns', cjson.encode(t.counts))
      end
    end)
    if not all then
      -- The stream filled up: what it tells to be back is not ready any more.
      for i = 1, told do redis.call('LREM', keys[1], 1, t.back[i].entry) end
      error({ err = type(why) == 'table' and why.err or why })
    end
    redis.call('LTRIM', keys[1], looked, -1)
    if #t.jobs == 0 then return end
    redis.call('HSET', keys[1] .. ':lease', unpack(t.leases))
    redis.call('ZADD', keys[1] .. ':lapse', unpack(t.lapses))
    local fields = {}
    for field, token in pairs(out) do fields[#fields + 1], fields[#fields + 2] = field, token end
    redis.call('HSET', out_key, unpack(fields))
  end

  local function take_fault(keys, args, prefix, route)
    local sender, want = args[1] or '', tonumber(args[2])
    if not prefix then return 'KEY expected the name of a ready list' end
    if #sender < 1 or #sender > 64 or string.find(sender, '[%c\t]') then
      return 'SENDER expected a name of 1 to 64 bytes without control characters'
    end
    if not want or want < 1 or want > TAKE_MAX or want % 1 ~= 0 then return 'COUNT expected a whole number from 1 to ' .. TAKE_MAX end
    local bad, type_ = wrong_type{ keys[1], 'list', keys[1] .. ':lease', 'hash', keys[1] .. ':lapse', 'zset', out_key_of(prefix), 'hash',
      prefix .. 'settle:' .. route, 'stream', prefix .. 'route:' .. route, 'hash' }
    if bad then return 'TYPE ' .. bad .. ' should be a ' .. type_ end
    -- main is there without being declared; what was released to another one may still be taken.
    if route ~= 'main' and redis.call('EXISTS', prefix .. 'route:' .. route, keys[1]) == 0 then
      return 'ROUTE ' .. route .. ' is not declared: HSET ' .. prefix .. 'route:' .. route .. ' location FR'
    end
  end

  -- How many more the senders of a route may have at once, as its concurrent tells: none, where nobody can read it.
  local function room_of(ready, concurrent)
    if not concurrent then return TAKE_MAX end
    local n = string.match(concurrent, '^%d+$') and tonumber(concurrent) or 0
    return math.max(0, n - redis.call('HLEN', ready .. ':lease'))
  end

  function take(keys, args)
    local prefix, route = ready_route(keys[1] or '')
    local fault = take_fault(keys, args, prefix, route)
    if fault then return redis.error_reply(fault) end
    local now, sender, want = now_ms(prefix), args[1], tonumber(args[2])
    -- A decision log is kept, and nobody writes it: nothing is handed over.
    if redis.call('EXISTS', prefix .. 'log:required', prefix .. 'log:good') == 1 then return {} end
    -- Another space was not heard for too long, and may know of an objection that this one does not.
    if space_unheard(prefix) then return {} end
    -- The breaker is open: what is ready goes back, and nothing is handed over meanwhile.
    if is_type(keys[1] .. ':health', 'hash') and redis.call('HGET', keys[1] .. ':health', 'state') == 'tripped' then return {} end
    local declared = redis.call('HMGET', prefix .. 'route:' .. route, 'lease_s', 'concurrent')
    want = math.min(want, room_of(keys[1], declared[2]))
    if want == 0 then return {} end
    local lease_ms = route_lease_ms(declared[1])
    local ask, looked, out = asker(prefix, route, now), 0, {}
    local t = { jobs = {}, back = {}, leases = {}, lapses = {}, counts = {} }
    while #t.jobs < want and looked < want + LOOKED_BESIDES do
      local entries = redis.call('LRANGE', keys[1], looked, looked + math.min(want - #t.jobs, TAKE_GROUP) - 1)
      if #entries == 0 then break end
      looked = looked + #entries
      sort_out(ask, judge(ask, entries, out, out_key_of(prefix)), sender, lease_ms, t)
    end
    if looked == 0 then return {} end
    local written, why = pcall(write, keys, prefix .. 'settle:' .. route, out_key_of(prefix), t, out, looked, sender, now)
    if not written then return redis.error_reply(type(why) == 'table' and why.err or tostring(why)) end
    return t.jobs
  end

  redis.register_function('licet_take', guarded(take))
end
