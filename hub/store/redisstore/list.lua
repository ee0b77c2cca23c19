-- Puts an id into the list of walls.
--
-- KEYS  the list
-- ARGV  the Redis that may be written on, the id

if ARGV[1] ~= here() then
  return elsewhere()
end
redis.call('SADD', KEYS[1], ARGV[2])
return 'ok'
