package redisstore

import "time"

// ListenFor has the doorbell ask sooner whether it still hears.
func (s *Store) ListenFor(d time.Duration) { s.silent = d }
