-- Removes a field of a hash if it still is what it was.
--
-- KEYS  the hash
-- ARGV  the field, what it was

if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 'ok'
