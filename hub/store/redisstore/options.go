// Package redisstore keeps walls in Redis: the store of an installation that
// is several processes, or whose walls live on servers that others look after.
package redisstore

import (
	"crypto/tls"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// Options say which Redis, and how.
type Options struct {
	URL                string // redis://, rediss://, unix://, redis+sentinel://, redis+cluster:// and the latter with rediss
	Username, Password string // when they do not stand in the URL
	TLS                *tls.Config
	// Wait is how many replicas must have a commit before it is acknowledged.
	Wait int
	Log  *slog.Logger // nil: silent
}

// dial gives a client that never repeats a command by itself.
func dial(o Options) (redis.UniversalClient, error) {
	p, err := redis.ParseURL(o.URL)
	if err != nil {
		return nil, err
	}
	p.MaxRetries = -1
	return redis.NewClient(p), nil
}
