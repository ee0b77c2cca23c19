-- Removes a wall.
--
-- KEYS  as layout.go lists them
-- ARGV  what the keys of the sorted sets begin with, the bell, the Redis that may be
--       written on
--
-- Which sorted sets there are is known here alone, so that their keys are made
-- here: they have the tag, and so the slot, of the others.

if ARGV[3] ~= here() then
  return elsewhere()
end
for _, theme in ipairs(redis.call('SMEMBERS', KEYS[9])) do
  redis.call('UNLINK', ARGV[1] .. theme)
end
redis.call('UNLINK', unpack(KEYS))
redis.pcall('PUBLISH', ARGV[2], '')
return 'ok'
