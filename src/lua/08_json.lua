-- json: JSON as the core reads it (RFC 8259, UTF-8, no key twice, no NUL), byte by byte, so that
-- what a function takes the core reads too, and as the same thing. cjson takes more than that and
-- cannot write again what it read: an empty list becomes an object, a long number another one.
--
-- A node is { kind, from, to }: object, array, string, number, true, false or null, and the bytes
-- where it stands. An object has fields (name -> node), an array and an object n, an array its
-- nodes at 1 to n, a string its value.

local json_read
do
  local JSON_DEPTH_MAX = 64
  local ESCAPED = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t' }

  -- Bytes of the UTF-8 character that begins with a byte above 127; nil: it is none.
  local function utf8_len(text, i)
    local a, b, c, d = string.byte(text, i, i + 3)
    local function follows(x, low, high) return x and x >= (low or 0x80) and x <= (high or 0xBF) end
    if a >= 0xC2 and a <= 0xDF then return follows(b) and 2 or nil end
    if a >= 0xE0 and a <= 0xEF then
      return follows(b, a == 0xE0 and 0xA0, a == 0xED and 0x9F) and follows(c) and 3 or nil
    end
    if a >= 0xF0 and a <= 0xF4 then
      return follows(b, a == 0xF0 and 0x90, a == 0xF4 and 0x8F) and follows(c) and follows(d) and 4 or nil
    end
  end

  local function utf8_sound(text)
    local i = string.find(text, '[\128-\255]')
    while i do
      local len = utf8_len(text, i)
      if not len then return false end
      i = string.find(text, '[\128-\255]', i + len)
    end
    return true
  end

  local function utf8_of(code)
    if code < 0x80 then return string.char(code) end
    if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
    if code < 0x10000 then return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64) end
    return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64, 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end

  -- The character that \u says at i, and how many bytes say it; nil: none, or a NUL.
  local function unicode_at(text, i)
    local code = tonumber(string.match(text, '^\\u(%x%x%x%x)', i) or '', 16)
    if not code or code == 0 or code >= 0xDC00 and code <= 0xDFFF then return nil end
    if code < 0xD800 or code > 0xDBFF then return utf8_of(code), 6 end
    local low = tonumber(string.match(text, '^\\u(%x%x%x%x)', i + 6) or '', 16)
    if not low or low < 0xDC00 or low > 0xDFFF then return nil end
    return utf8_of(0x10000 + (code - 0xD800) * 1024 + low - 0xDC00), 12
  end

  local function string_at(text, from)
    local parts, i = {}, from + 1
    while true do
      local at = string.find(text, '["\\%z\1-\31]', i)
      if not at then return nil end
      parts[#parts + 1] = string.sub(text, i, at - 1)
      local c = string.sub(text, at, at)
      if c == '"' then return { kind = 'string', from = from, to = at, value = table.concat(parts) } end
      if c ~= '\\' then return nil end
      local escaped, size = ESCAPED[string.sub(text, at + 1, at + 1)], 2
      if not escaped then escaped, size = unicode_at(text, at) end
      if not escaped then return nil end
      parts[#parts + 1], i = escaped, at + size
    end
  end

  local function number_at(text, from)
    local _, to = string.find(text, '^-?%d+', from)
    if not to or string.find(text, '^-?0%d', from) then return nil end
    local _, fraction = string.find(text, '^%.%d+', to + 1)
    to = fraction or to
    local _, exponent = string.find(text, '^[eE][+-]?%d+', to + 1)
    return { kind = 'number', from = from, to = exponent or to }
  end

  local function skip(text, i) return string.find(text, '[^ \t\r\n]', i) or #text + 1 end

  local value_at

  -- The nodes of an array, or the fields of an object.
  local function inner_at(text, from, depth, is_object)
    local node, closes = { kind = is_object and 'object' or 'array', from = from, n = 0, fields = is_object and {} or nil }, is_object and '}' or ']'
    local i = skip(text, from + 1)
    if string.sub(text, i, i) == closes then
      node.to = i
      return node
    end
    while true do
      local name, value
      if is_object then
        name = string.sub(text, i, i) == '"' and string_at(text, i)
        if not name or node.fields[name.value] then return nil end
        i = skip(text, name.to + 1)
        if string.sub(text, i, i) ~= ':' then return nil end
        i = skip(text, i + 1)
      end
      value = value_at(text, i, depth + 1)
      if not value then return nil end
      node.n = node.n + 1
      if is_object then node.fields[name.value] = value else node[node.n] = value end
      i = skip(text, value.to + 1)
      local c = string.sub(text, i, i)
      if c == closes then
        node.to = i
        return node
      end
      if c ~= ',' then return nil end
      i = skip(text, i + 1)
    end
  end

  function value_at(text, i, depth)
    local c = string.sub(text, i, i)
    if depth > JSON_DEPTH_MAX then return nil end
    if c == '{' or c == '[' then return inner_at(text, i, depth, c == '{') end
    if c == '"' then return string_at(text, i) end
    for _, word in ipairs{ 'true', 'false', 'null' } do
      if string.sub(text, i, i + #word - 1) == word then return { kind = word, from = i, to = i + #word - 1 } end
    end
    return number_at(text, i)
  end

  -- The one object that a text is; nil: it is none.
  function json_read(text)
    local from = skip(text, 1)
    if string.sub(text, from, from) ~= '{' or not utf8_sound(text) then return nil end
    local node = value_at(text, from, 1)
    return node and skip(text, node.to + 1) > #text and node or nil
  end
end

-- The bytes of a node as they stand.
local function json_raw(text, node) return string.sub(text, node.from, node.to) end
