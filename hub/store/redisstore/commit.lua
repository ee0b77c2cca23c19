-- A commit: all of it, or nothing.
--
-- KEYS  as layout.go lists them, then the sorted sets of the themes touched
-- ARGV  as listed here, then the writes: command, number of its key, number of
--       its arguments, these
local CREATE, SCHEMA, EPOCH, REVISION = ARGV[1] == '1', ARGV[2], ARGV[3], ARGV[4] -- what the wall must be at
local FIRST = ARGV[5]                -- the id of the first entry of the log after that
local TO, ANEW = ARGV[6], ARGV[7]    -- the revision afterwards, and the epoch if another begins
local ID, EVENTS, TOUCHED = ARGV[8], ARGV[9], ARGV[10] -- the entry of the log
local SCRUB, FENCE = ARGV[11] == '1', ARGV[12] == '1'
local ENTRIES, BYTES = tonumber(ARGV[13]), tonumber(ARGV[14]) -- how much a conflict may tell
local BELL, NEWS, LATE = ARGV[15], ARGV[16], ARGV[17] -- the doorbell, and what it says
local WHOLE = ARGV[18]               -- the Redis on which walls and epochs may begin
local WRITES = 19

-- Gives 'ok', or 'heard' when another hub hears the bell here, too; or, without
-- having written anything, 'taken', 'none', 'newer', an error, {'moved', epoch,
-- revision, what was missed or 'load'}, or {'elsewhere', epoch, revision, replid}
-- when this is not the Redis that the epoch began on. What begins there is begun
-- only where it may: else it is an error, as here.lua has it.

local MOST = 4000 -- arguments of one call: Lua's stack is not endless
local TYPES = {HSET = 'hash', HDEL = 'hash', ZADD = 'zset', ZREM = 'zset', SADD = 'set'}

local replid = here()
if CREATE then
  if redis.call('EXISTS', unpack(KEYS)) > 0 then
    return 'taken'
  end
else
  local at = position()
  if not at then
    return 'none'
  end
  if less(SCHEMA, at.schema) then
    return 'newer'
  end
  if at.epoch ~= EPOCH or at.revision ~= REVISION then
    if FENCE then
      fence(at)
    end
    if LATE ~= '' then
      redis.pcall('PUBLISH', BELL, LATE)
    end
    return {'moved', at.epoch, at.revision, missed(at, EPOCH, REVISION, FIRST, ENTRIES, BYTES) or 'load'}
  end
  -- Another Redis may lack what was acknowledged, and revisions would mean two
  -- things: nothing is written on it but the beginning of another epoch.
  if at.replid ~= replid and ANEW == '' then
    return {'elsewhere', at.epoch, at.revision, replid}
  end
end
if (CREATE or ANEW ~= '') and WHOLE ~= replid then
  return elsewhere()
end

-- From the first write on nothing may fail, as nothing is undone. Redis has
-- looked at its memory, disk, replicas and role before it began this script.
-- The types of keys and this user's rights are looked at here. What is left is
-- the order of the log, so that it is written first.
if not (redis.acl_check_cmd('XADD', LOG, ID, 'after', REVISION) and redis.acl_check_cmd('HSET', META, 'revision', TO)) then
  return redis.error_reply('NOPERM this user may not use XADD and HSET')
end
local i = WRITES
while i <= #ARGV do
  local command, key = ARGV[i], KEYS[tonumber(ARGV[i + 1])]
  local is = redis.call('TYPE', key).ok
  if is ~= 'none' and is ~= TYPES[command] then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is)
  end
  if not redis.acl_check_cmd(command, key, ARGV[i + 3], ARGV[i + 4] or '') then
    return redis.error_reply('NOPERM this user may not use ' .. command)
  end
  i = i + 3 + tonumber(ARGV[i + 2])
end

if EVENTS == '' then
  redis.call('XADD', LOG, ID, 'after', REVISION, 'touched', TOUCHED)
else
  redis.call('XADD', LOG, ID, 'after', REVISION, 'touched', TOUCHED, 'events', EVENTS)
end
if CREATE then
  redis.call('HSET', META, 'schema', SCHEMA, 'epoch', EPOCH, 'revision', TO, 'begun', TO, 'replid', replid)
elseif ANEW ~= '' then
  redis.call('HSET', META, 'revision', TO, 'epoch', ANEW, 'begun', TO, 'replid', replid)
else
  redis.call('HSET', META, 'revision', TO)
end
if SCRUB then
  redis.call('HSET', META, 'scrub', TO)
end
i = WRITES
while i <= #ARGV do
  local command, key, last = ARGV[i], KEYS[tonumber(ARGV[i + 1])], i + 2 + tonumber(ARGV[i + 2])
  for from = i + 3, last, MOST do
    redis.call(command, key, unpack(ARGV, from, math.min(from + MOST - 1, last)))
  end
  i = last + 1
end
local heard = redis.pcall('PUBLISH', BELL, NEWS)
return type(heard) == 'number' and heard > 1 and 'heard' or 'ok'
