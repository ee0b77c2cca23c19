package redisstore

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis overwrites what is erased, but its files have the old value until they
// are written anew. The scrubber sees to that, after commits that ask for it, in
// a goroutine of its own: writing large files takes its time, and nobody's wall
// waits for it. What is owed stands in the wall's meta, so that another hub sees
// to it when this one ends before.
//
// Replicas have files of their own, which Redis writes anew as they grow
// (auto-aof-rewrite-percentage); backups are whoever's who made them.

const (
	scrubFirst = 100 * time.Millisecond // between two looks at how far Redis is
	scrubMost  = 5 * time.Second
)

// scrubber knows the erasures that are owed.
type scrubber struct {
	s    *Store
	log  *slog.Logger
	wake chan struct{} // of one place

	mu   sync.Mutex
	owed map[string]uint64 // wall → revision of its last erasure
}

func newScrubber(s *Store) *scrubber {
	return &scrubber{s: s, log: s.log, wake: make(chan struct{}, 1), owed: map[string]uint64{}}
}

// owe notes an erasure.
func (c *scrubber) owe(id string, revision uint64) {
	c.mu.Lock()
	c.owed[id] = max(c.owed[id], revision)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// found notes what a wall's meta says is owed.
func (c *scrubber) found(id string, revision any) {
	text, _ := revision.(string)
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		c.owe(id, n)
	}
}

// run is the scrubber's goroutine. It ends when the store is closed.
func (c *scrubber) run() {
	ctx, cancel := c.s.lasting()
	defer cancel()
	for {
		select {
		case <-c.wake:
		case <-ctx.Done():
			return
		}
		said := false
		for pause := scrubFirst; ; pause = min(2*pause, scrubMost) {
			err := c.scrub(ctx)
			if err == nil || replyKind(err) == "NOPERM" {
				if err != nil { // it stays owed, in meta
					c.log.Error("what was erased stays in Redis' files until they are written anew: this user may not ask for that (BGREWRITEAOF, BGSAVE)", "err", err)
				}
				break
			}
			if !said && ctx.Err() == nil {
				c.log.Warn("what was erased is still in Redis' files: trying again", "err", err)
				said = true
			}
			if !sleep(ctx, pause) {
				return
			}
		}
	}
}

// scrub has every primary write its files anew, and then says of what was owed
// before that it is gone.
func (c *scrubber) scrub(ctx context.Context) error {
	c.mu.Lock()
	owed := c.owed
	c.owed = map[string]uint64{}
	c.mu.Unlock()
	err := c.s.primaries(ctx, c.rewrite)
	for id, revision := range owed {
		if err == nil {
			err = c.clear(ctx, id, revision)
		}
		if err != nil {
			c.mu.Lock()
			c.owed[id] = max(c.owed[id], revision)
			c.mu.Unlock()
		}
	}
	return err
}

// clear takes a wall's debt out of its meta, if it is not of a later erasure.
func (c *scrubber) clear(ctx context.Context, id string, revision uint64) error {
	keys := []string{wallKey(id, placeNames[inMeta])}
	args := append(clearScript.call(keys, 2), fieldScrub, revision)
	ctx, cancel := context.WithTimeout(ctx, infoWithin)
	defer cancel()
	_, err := c.s.run(ctx, clearScript, keys[0], args, false)
	return err
}

// rewrite has one server write the files anew that it keeps, and returns when
// it has.
func (c *scrubber) rewrite(ctx context.Context, node *redis.Client) error {
	now, err := about(ctx, node, "persistence")
	if err != nil {
		return err
	}
	if now["aof_enabled"] == "1" {
		if err := appendOnly.run(ctx, node); err != nil {
			return err
		}
	}
	call, cancel := context.WithTimeout(ctx, infoWithin)
	defer cancel()
	config, err := node.ConfigGet(call, "save").Result()
	switch {
	case err != nil && !isReply(err):
		return err
	case err != nil || config["save"] == "": // not to be known, or none are taken
		return nil
	}
	return snapshot.run(ctx, node)
}
