-- Sets a field of a table if it still is what it was.
--
-- KEYS  the table
-- ARGV  the field; 1 and what it was, or 0 and nothing; 1 and what it becomes, or 0;
--       the Redis that may be written on

if ARGV[6] ~= here() then
  return elsewhere()
end
local now = redis.call('HGET', KEYS[1], ARGV[1])
if (ARGV[2] == '1') ~= (now ~= false) or (now and now ~= ARGV[3]) then
  return 'changed'
end
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 'ok'
