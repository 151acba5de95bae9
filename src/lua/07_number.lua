-- number: telephone numbers as people write them. What src/core/number/phone.c reads as a number is
-- one here, the same one, and nothing else is: an opposition that is noted under another number
-- than the one that is called protects nobody.
--
-- The numbering plan is that of the rulebook. licetd publishes it in the hash licet:numbering:
--   international   "00"
--   trunk           "0": the (0) in "+33 (0)6"
--   +<digits>       a range, "<least digits> <most digits> <class>"; the longest that fits counts.
--                   "<drop> <put>": another name of a line, whose own begins with put
--   <digits>/<n>    how a number of n digits is written inside the country: "<drop> <put>", or
--                   "short" for one that has no E.164 form
--   proof_days      how long proofs of consent are kept, which is no number; absent: for ever
-- Where no licetd has published one yet, only what is E.164 already is taken.

local normalise
do
  local WRITTEN_MAX = 20
  local E164_DIGITS_MAX = 15

  local function starts_with(text, with) return with ~= '' and string.sub(text, 1, #with) == with end

  -- Bytes of a separator at a place of a text: space, dot, dash, slash, bracket and their Unicode
  -- kin; 0: there is none.
  local function separator_len(text, i)
    local a, b, c = string.byte(text, i, i + 2)
    if string.find(' \t.-/()', string.char(a), 1, true) then return 1 end
    if a == 0xC2 and b == 0xA0 then return 2 end
    if a == 0xE2 and b == 0x80 and c and (c >= 0x80 and c <= 0x95 or c >= 0xAA and c <= 0xAF) then return 3 end
    return 0
  end

  -- The digits as they were written, and whether a plus stands before them; nil: it is no number.
  local function read_written(text, international, trunk)
    local digits, plus, i, bracket = '', false, 1, trunk ~= '' and '(' .. trunk .. ')'
    while i <= #text do
      local c = string.sub(text, i, i)
      if string.find(c, '^%d$') then
        if #digits == WRITTEN_MAX then return nil end
        digits, i = digits .. c, i + 1
      elseif c == '+' then
        if plus or digits ~= '' then return nil end
        plus, i = true, i + 1
      elseif bracket and digits ~= '' and (plus or starts_with(digits, international)) and string.sub(text, i, i + #bracket - 1) == bracket then
        i = i + #bracket
      else
        local skip = separator_len(text, i)
        if skip == 0 then return nil end
        i = i + skip
      end
    end
    if digits == '' then return nil end
    return digits, plus
  end

  -- The value of the longest field that begins as digits do, from "" on; nil: there is none.
  local function longest(key, before, digits, after)
    local fields = {}
    for len = #digits, 0, -1 do fields[#fields + 1] = before .. string.sub(digits, 1, len) .. after end
    for _, value in ipairs(redis.call('HMGET', key, unpack(fields))) do
      if value then return value end
    end
    return nil
  end

  local function renamed(value, digits)
    local drop, put = string.match(value, '^(%d+) %+(%d+)$')
    return drop and #digits >= tonumber(drop) and put .. string.sub(digits, tonumber(drop) + 1)
  end

  -- A line that has two names is known under one, however it is written.
  local function e164_of(key, digits)
    if #digits > E164_DIGITS_MAX or digits == '' or string.sub(digits, 1, 1) == '0' then return nil end
    local value = longest(key, '+', digits, '') or ''
    local other = renamed(value, digits)
    if other then
      if #other > E164_DIGITS_MAX then return nil end
      digits, value = other, longest(key, '+', other, '') or ''
    end
    local least, most, class = string.match(value, '^(%d+) (%d+) (%S+)$')
    if not least or class == 'unassigned' or #digits < tonumber(least) or #digits > tonumber(most) then return nil end
    return '+' .. digits
  end

  -- "+33612345678" from what people write; nil if it is no number.
  function normalise(prefix, text)
    local key = prefix .. 'numbering'
    local plan = redis.call('HMGET', key, 'international', 'trunk')
    if not plan[1] then return #text >= 8 and #text <= 16 and string.match(text, '^%+[1-9]%d+$') or nil end
    local digits, plus = read_written(text, plan[1], plan[2] or '')
    if not digits then return nil end
    if plus then return e164_of(key, digits) end
    if starts_with(digits, plan[1]) then return e164_of(key, string.sub(digits, #plan[1] + 1)) end
    local put = renamed(longest(key, '', digits, '/' .. #digits) or '', digits)
    return put and e164_of(key, put)
  end
end
