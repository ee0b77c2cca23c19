-- What the scripts have in common that write what is acknowledged: they write
-- only on a Redis that the hub knows to have a whole file (mending.go).

-- here is the name of this Redis: another one after each start, and each failover.
local function here()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or 'unknown'
end

-- elsewhere is the answer to a hub that knows another Redis.
local function elsewhere()
  return redis.error_reply('ELSEWHERE this Redis may be another one than the hub knows')
end
