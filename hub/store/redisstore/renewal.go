package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const infoWithin = 5 * time.Second // for one request about Redis' files

// renewal is how Redis writes one of its files anew: what INFO calls it.
type renewal struct {
	what          string
	busy          []string // one of them is 1: it is under way, or will be
	status, count string   // how the last one ended, and how many there were since Redis started
	begin         func(context.Context, *redis.Client) error
}

var (
	appendOnly = renewal{
		what: "append-only file", busy: []string{"aof_rewrite_in_progress", "aof_rewrite_scheduled"},
		status: "aof_last_bgrewrite_status", count: "aof_rewrites",
		begin: func(ctx context.Context, node *redis.Client) error { return node.BgRewriteAOF(ctx).Err() },
	}
	snapshot = renewal{
		what: "snapshot", busy: []string{"rdb_bgsave_in_progress"},
		status: "rdb_last_bgsave_status", count: "rdb_saves",
		begin: func(ctx context.Context, node *redis.Client) error { return node.BgSave(ctx).Err() },
	}
)

// isBusy says that the file is being written, or will be without being asked for.
func (r *renewal) isBusy(now map[string]string) bool {
	return slices.ContainsFunc(r.busy, func(field string) bool { return now[field] == "1" })
}

// failed is what there is to say when Redis could not write it.
func (r *renewal) failed() error {
	return fmt.Errorf("%w: the %s; see its log, its disk and its memory", errNotAnew, r.what)
}

var errNotAnew = errors.New("redisstore: Redis could not write a file anew")

// ask has Redis begin; false when something else is under way.
func (r *renewal) ask(ctx context.Context, node *redis.Client) (begun bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, infoWithin)
	defer cancel()
	err = r.begin(ctx, node)
	if err != nil && (strings.Contains(err.Error(), "in progress") || strings.Contains(err.Error(), "child process")) {
		return false, nil
	}
	return err == nil, err
}

// run has a file written anew, and returns when it is: one that was begun
// before may have the old values in it.
func (r *renewal) run(ctx context.Context, node *redis.Client) error {
	const none = -1
	begun := none // how many there were before the one that was asked for here
	for pause := scrubFirst; ; pause = min(2*pause, scrubMost) {
		now, err := about(ctx, node, "persistence")
		count, _ := strconv.Atoi(now[r.count])
		switch {
		case err != nil:
			return err
		case r.isBusy(now):
		case begun == none:
			is, err := r.ask(ctx, node)
			if err != nil {
				return err
			}
			if is {
				begun = count
			}
		case now[r.status] != "ok":
			return r.failed()
		case count <= begun:
			begun = none // neither under way nor done: Redis was started again
		default:
			return nil
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// about is what INFO says in some of its sections, all at one moment.
func about(ctx context.Context, node *redis.Client, sections ...string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, infoWithin)
	defer cancel()
	text, err := node.Info(ctx, sections...).Result()
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
