-- spaces: what several spaces of one platform know of each other.
--
-- A space is a hash tag, licet:{<space>}: before each key; see licet-redis(7). An objection to the whole
-- platform is recorded in the space where it was made, and the others hear it from there: 35_hear.lua. A space
-- that has not heard another one for some time hands nothing over, for it may lack what that one recorded.
--
-- licet:{s}:peers   hash: another space -> ms without hearing it after which nothing is handed over, or
--                   "0 <who> <when>": a person goes on without it. "*" -> "alone": there is no other.
--                   Absent: nobody knows who the others are, and nothing is handed over.
-- licet:{s}:heard   hash: another space -> "<ms> <id> <node>": all that it recorded until then, by its own
--                   clock, up to that id of its oppositions, is on this node.

local function has_tag(prefix) return string.find(prefix, '{[^}]') ~= nil end

-- The node of a cluster on which we are; "-": there is no cluster; nil: we may not ask.
local function node_id()
  local id = redis.pcall('CLUSTER', 'MYID')
  if type(id) == 'string' then return id end
  return string.find(id.err or '', 'cluster support disabled', 1, true) and '-' or nil
end

-- What was heard of a space. Returns ms, id and node; 0, '0-0' and '' where nothing can be read.
local function heard_read(value)
  local ms, id, node = string.match(value or '', '^(%d+) (%d+%-%d+) (%S+)$')
  return tonumber(ms or 0), id or '0-0', node or ''
end

-- The other spaces that count, in order: name and limit; and what is wrong where that cannot be told.
local function peers_read(prefix)
  local peers, names = redis.pcall('HGETALL', prefix .. 'peers'), {}
  if peers.err then return names, 'unreadable', 'peers' end
  if #peers == 0 then return names, 'unknown', '' end
  for i = 1, #peers, 2 do
    local limit = tonumber(string.match(peers[i + 1], '^%d+') or '')
    if peers[i] == '*' and peers[i + 1] == 'alone' then limit = 0 end
    if not limit then return names, 'unreadable', peers[i] end
    if limit > 0 then names[#names + 1], names[peers[i]] = peers[i], limit end
  end
  table.sort(names)
  return names
end

-- Why nothing may be handed over, as far as the other spaces are concerned; nil: it may. unreadable, unknown (nobody
-- knows the others), node (one was not heard on this node) or late; which space, and when it was heard last.
local function space_unheard(prefix)
  if not has_tag(prefix) then return nil end
  local names, why, which = peers_read(prefix)
  if why then return why, which, 0 end
  if #names == 0 then return nil end
  local heard, now, here = redis.pcall('HMGET', prefix .. 'heard', unpack(names)), real_ms(), node_id()
  if heard.err or not here then return 'unreadable', 'heard', 0 end
  for i, name in ipairs(names) do
    local ms, _, node = heard_read(heard[i])
    if node ~= here then return 'node', name, ms end
    if now - ms > names[name] then return 'late', name, ms end
  end
end

do
  -- licet_peers: may anything be handed over in this space, as far as the others are concerned?
  -- KEYS  1 licet:{<space>}:peers
  -- Returns why not ("": it may), which space, when that was heard last in ms; and of each other space that counts
  -- name, limit in ms, when it was heard, up to which id.
  local function peers(keys)
    local prefix = string.match(keys[1] or '', '^(.*)peers$')
    if not prefix or not has_tag(prefix) then return redis.error_reply('KEY expected licet:{<space>}:peers') end
    local why, which, ms = space_unheard(prefix)
    local reply, names = { why or '', which or '', ms_text(ms or 0) }, peers_read(prefix)
    local heard = #names > 0 and redis.pcall('HMGET', prefix .. 'heard', unpack(names)) or {}
    for i, name in ipairs(names) do
      local at, id = heard_read(heard[i])
      for _, word in ipairs{ name, ms_text(names[name]), ms_text(at), id } do reply[#reply + 1] = word end
    end
    return reply
  end

  redis.register_function{ function_name = 'licet_peers', callback = guarded(peers), flags = { 'no-writes', 'allow-oom' } }
end

-- Platform oppositions that come in any order -----------------------------------------------
-- Of an objection counts when it was made (the event) and when it was received. What is received before
-- an undo is undone, in whatever order both are heard. So in a space with a tag the date of a number is all
-- objections of which none is later than another in both, "event_ms received_ms c|o", the latest event first: a
-- set that comes out the same in whatever order its members come in.

local dates_read, dates_add, dates_after, dates_text
do
  function dates_read(value)
    local dates = {}
    for event, received, how in string.gmatch(value or '', '(%d+) (%d+) ([co])') do
      dates[#dates + 1] = { event = tonumber(event), received = tonumber(received), how = how }
    end
    return dates
  end

  local function covers(a, b)
    if a.event == b.event and a.received == b.received then return a.how <= b.how end
    return a.event >= b.event and a.received >= b.received
  end

  function dates_add(dates, new)
    local kept = {}
    for _, date in ipairs(dates) do
      if covers(date, new) then return dates end
      if not covers(new, date) then kept[#kept + 1] = date end
    end
    local at = 1
    while kept[at] and kept[at].event > new.event do at = at + 1 end
    table.insert(kept, at, new)
    return kept
  end

  -- Those that an undo leaves.
  function dates_after(dates, undone_ms)
    local kept = {}
    for _, date in ipairs(dates) do
      if date.received > undone_ms then kept[#kept + 1] = date end
    end
    return kept
  end

  function dates_text(dates)
    local texts = {}
    for i, date in ipairs(dates) do texts[i] = ms_text(date.event) .. ' ' .. ms_text(date.received) .. ' ' .. date.how end
    return table.concat(texts, ' ')
  end
end
