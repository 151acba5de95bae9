-- consent: one consent, as core/job/job.c reads it. What is taken here is what the core can judge;
-- anything else in a registry would hold every call of that number for good.

local consent_read
do
  local CONSENT_BYTES_MAX, CONSENT_TEXTS_MAX = 8192, 16
  -- Least and most bytes; none of them may hold a control character.
  local CONSENT_TEXTS = { product = { 1, 64 }, channel = { 1, 64 }, proof = { 1, 256 }, advertiser = { 9, 14 }, via = { 1, 32 }, act = { 1, 64 } }
  local CONSENT_REQUIRED = { 'product', 'channel', 'collected_at' }

  local function is_date(text) return #text == 10 and day_of(text) ~= nil end

  -- A text, or a list of texts.
  local function are_texts(node)
    if node.kind == 'string' then return true end
    if node.kind ~= 'array' or node.n > CONSENT_TEXTS_MAX then return false end
    for i = 1, node.n do
      if node[i].kind ~= 'string' then return false end
    end
    return true
  end

  -- What is wrong with a field of a consent, or nil.
  local function consent_field_fault(name, node)
    local range, value = CONSENT_TEXTS[name], node.value
    if range then
      if not value or #value < range[1] or #value > range[2] or string.find(value, '[%z\1-\31\127]') then
        return name .. ': expected text of ' .. range[1] .. ' to ' .. range[2] .. ' bytes without control characters'
      end
    elseif name == 'collected_at' or name == 'slot' then
      if not value or not instant_ms(value) then return name .. ': expected an instant with its offset, such as 2026-09-01T10:12:00+02:00' end
    elseif name == 'until' then
      if not value or not (is_date(value) or instant_ms(value)) then
        return name .. ': expected a date such as 2027-08-31, or an instant with its offset'
      end
    elseif name == 'form' or name == 'bases' then
      if not are_texts(node) then return name .. ': expected a text, or a list of at most ' .. CONSENT_TEXTS_MAX .. ' texts' end
    else
      return 'a field is unknown; the fields are product channel collected_at until form proof advertiser via act bases slot'
    end
  end

  -- Read a consent. Returns the bytes of its object, or nil and what is wrong. A field that nobody
  -- knows is not named: it may be anything, and errors are logged.
  function consent_read(text)
    if #text > CONSENT_BYTES_MAX then return nil, 'expected at most ' .. CONSENT_BYTES_MAX .. ' bytes' end
    local object = json_read(text)
    if not object then return nil, 'expected one JSON object in UTF-8, no key twice' end
    for name, node in pairs(object.fields) do
      local fault = consent_field_fault(name, node)
      if fault then return nil, fault end
    end
    for _, name in ipairs(CONSENT_REQUIRED) do
      if not object.fields[name] then return nil, name .. ': missing' end
    end
    return json_raw(text, object)
  end
end
