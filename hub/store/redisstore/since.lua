-- The position of a wall now, and what was touched since another one, in one step.
--
-- KEYS  as layout.go lists them
-- ARGV  our schema; epoch and revision, and the id of the first entry of the log after it;
--       how many entries and bytes may be told; 1 to fence; 1 for the end of a loading
--
-- Gives 'none', 'newer', or: epoch, revision, what was missed ('load': it is too
-- much); for a loading also meta, and how many fields each other place has.

local at = position()
if not at then
  return 'none'
end
if less(ARGV[1], at.schema) then
  return 'newer'
end
if ARGV[7] == '1' then
  fence(at)
end
local found = missed(at, ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])) or 'load'
if ARGV[8] ~= '1' then
  return {at.epoch, at.revision, found}
end
local counts = {}
for i = 3, 8 do
  counts[i - 2] = redis.call('HLEN', KEYS[i])
end
return {at.epoch, at.revision, found, redis.call('HGETALL', META), counts}
