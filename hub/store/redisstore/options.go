package redisstore

import (
	"log/slog"
	"time"
)

// Options say which Redis, and how.
type Options struct {
	// URL is where Redis is: see address.
	URL string
	// Username and Password are Redis' own, when they do not stand in the URL;
	// Sentinels have theirs, or none.
	Username, Password                 string
	SentinelUsername, SentinelPassword string
	// CA, Certificate and Key are files (PEM) for rediss: the authority that
	// signed Redis' certificate, when this machine does not know it, and this
	// hub's own certificate, when Redis asks for one.
	CA, Certificate, Key string
	// Wait is how many replicas must have a commit before it is acknowledged.
	Wait int
	// MayDropWalls accepts a Redis that removes walls when its memory is full.
	MayDropWalls bool
	Now          func() time.Time // nil: time.Now
	Log          *slog.Logger     // nil: silent
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}
