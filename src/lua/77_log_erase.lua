-- What is to leave the decision logs: each daemon that keeps one erases the lines of a person in its own files.
--
-- licet:log:logs (hash): instance -> ms of Redis TIME when it last took part in the log (75_log.lua). licet:log:erase (hash): id of a
-- request -> whose lines, as JSON; it goes when every log has answered. licet:log:erased:<id> (hash): instance -> lines that it
-- erased, or -1 where it could not, and tries again; it ends by itself.

do
  local ANSWERS_KEPT_S = 86400

  local function has_done(answers, instance)
    local lines = redis.call('HGET', answers, instance)
    return lines and string.sub(lines, 1, 1) ~= '-'
  end

  local function wrong(key, id)
    local types = { key .. ':logs', 'hash', key .. ':erase', 'hash' }
    if id then types[5], types[6] = key .. ':erased:' .. id, 'hash' end
    local bad, type_ = wrong_type(types)
    return bad and redis.error_reply('TYPE ' .. bad .. ' should be a ' .. type_)
  end

  -- licet_log_erase: ask every log for it.
  -- KEYS  1 licet:log     ARGV  1 id   2 whose lines: {number, persons, entries, campaigns, by}; "": who has a log, and no more
  -- Returns {now, instance, when it was last seen, …}. Errors: TYPE, ID.
  local function ask(keys, args)
    local key, id, what = keys[1], args[1] or '', args[2] or ''
    if not string.find(id, '^%x+$') then return redis.error_reply('ID expected hexadecimal digits') end
    local bad = wrong(key)
    if bad then return bad end
    local logs = redis.call('HGETALL', key .. ':logs')
    if #logs > 0 and what ~= '' then redis.call('HSET', key .. ':erase', id, what) end
    return { ms_text(real_ms()), unpack(logs) }
  end

  -- licet_log_next: what that instance has not done yet. One that has a log there is alive, whoever leads the space: it is waited for.
  -- KEYS  1 licet:log     ARGV  1 instance     Returns {id, whose lines}, or nothing. Errors: TYPE.
  local function next_(keys, args)
    local key = keys[1]
    local bad = wrong(key)
    if bad then return bad end
    if redis.call('HEXISTS', key .. ':logs', args[1]) == 1 then redis.call('HSET', key .. ':logs', args[1], ms_text(real_ms())) end
    for _, id in ipairs(redis.call('HKEYS', key .. ':erase')) do
      local answers = key .. ':erased:' .. id
      if not is_type(answers, 'hash') or not has_done(answers, args[1]) then
        return { id, redis.call('HGET', key .. ':erase', id) }
      end
    end
    return {}
  end

  -- licet_log_erased: that instance did it.
  -- KEYS  1 licet:log     ARGV  1 instance   2 id   3 how many lines; -1: it could not   Returns 1 if that was the last one, else 0. Errors: TYPE.
  local function erased(keys, args)
    local key, answers = keys[1], keys[1] .. ':erased:' .. (args[2] or '')
    local bad = wrong(key, args[2] or '')
    if bad then return bad end
    if redis.call('HEXISTS', key .. ':erase', args[2]) == 0 then return 1 end
    redis.call('HSET', answers, args[1], args[3])
    redis.call('EXPIRE', answers, ANSWERS_KEPT_S)
    for _, instance in ipairs(redis.call('HKEYS', key .. ':logs')) do
      if not has_done(answers, instance) then return 0 end
    end
    redis.call('HDEL', key .. ':erase', args[2])
    return 1
  end

  redis.register_function{ function_name = 'licet_log_erase', callback = guarded(ask), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_log_next', callback = guarded(next_), flags = { 'allow-oom' } }
  redis.register_function{ function_name = 'licet_log_erased', callback = guarded(erased), flags = { 'allow-oom' } }
end
