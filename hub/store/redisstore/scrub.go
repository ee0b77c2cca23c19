package redisstore

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis overwrites what is erased, but its append-only file has the old value
// until that file is written anew. The scrubber sees to that, after commits that
// ask for it, in a goroutine of its own: writing a large file takes its time,
// and nobody's wall waits for it. What is owed stands in the wall's meta, so
// that another hub sees to it when this one ends before.
//
// Replicas have files of their own, which Redis writes anew as they grow
// (auto-aof-rewrite-percentage); backups are whoever's who made them.

const (
	scrubFirst = 100 * time.Millisecond // between two looks at how far Redis is
	scrubMost  = 5 * time.Second
	scrubCall  = 5 * time.Second // for one request
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
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-c.s.done:
			cancel()
		case <-ctx.Done():
		}
	}()
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
					c.log.Error("what was erased stays in Redis' files until they are written anew: this user may not ask for that (BGREWRITEAOF)", "error", err)
				}
				break
			}
			if !said && ctx.Err() == nil {
				c.log.Warn("what was erased is still in Redis' files: trying again", "error", err)
				said = true
			}
			if !sleep(ctx, pause) {
				return
			}
		}
	}
}

// scrub has every primary write its file anew, and then says of what was owed
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
	ctx, cancel := context.WithTimeout(ctx, scrubCall)
	defer cancel()
	_, err := c.s.run(ctx, clearScript, keys[0], args, false)
	return err
}

// rewrite has one server write its append-only file anew, and returns when it
// has: one that was begun before may have the old values in it.
func (c *scrubber) rewrite(ctx context.Context, node *redis.Client) error {
	const none = -1
	begun := none // the number of rewrites before the one that was asked for here
	for pause := scrubFirst; ; pause = min(2*pause, scrubMost) {
		now, err := persistence(ctx, node)
		switch {
		case err != nil:
			return err
		case now["aof_enabled"] != "1":
			return nil // a snapshot is as old as its operator wants it
		case now["aof_rewrite_in_progress"] == "1" || now["aof_rewrite_scheduled"] == "1":
		case begun == none:
			call, cancel := context.WithTimeout(ctx, scrubCall)
			err := node.BgRewriteAOF(call).Err()
			cancel()
			switch {
			case err == nil:
				begun = rewrites(now)
			case !strings.Contains(err.Error(), "in progress"):
				return err
			}
		case now["aof_last_bgrewrite_status"] != "ok":
			return errors.New("redisstore: Redis could not write its append-only file anew: see its log")
		case rewrites(now) <= begun:
			begun = none // neither under way nor done: Redis was started again
		default:
			return nil
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

func rewrites(persistence map[string]string) int {
	n, _ := strconv.Atoi(persistence["aof_rewrites"])
	return n
}

// persistence is INFO persistence.
func persistence(ctx context.Context, node *redis.Client) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, scrubCall)
	defer cancel()
	text, err := node.Info(ctx, "persistence").Result()
	return fields(text), err
}

// sleep waits; false when ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
