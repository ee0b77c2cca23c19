package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

const (
	waitWithin = time.Second           // for replicas
	againFirst = 10 * time.Millisecond // before a Cluster is asked again that turned a request away
	againMost  = 100 * time.Millisecond
	clockSlack = 20 * time.Millisecond // between two timers set to one time
)

// on has f talk to the server that has a key. f is called again only when
// Redis has said that it did nothing because a slot is on its way between nodes:
// a client that repeats what was cut off would write twice. It returns when
// f does, or ctx ends.
func (s *Store) on(ctx context.Context, key string, f func(*redis.Client) error) error {
	for pause := againFirst; ; pause = min(2*pause, againMost) {
		node, err := s.node(ctx, key)
		if err == nil {
			err = s.await(ctx, func() error { return f(node) })
		}
		if err == nil {
			return nil
		}
		if !s.redirected(ctx, err) {
			return judge(ctx, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return judge(ctx, err)
		case <-s.done:
			return store.ErrClosed
		}
	}
}

// node is the client of the primary that has a key.
func (s *Store) node(ctx context.Context, key string) (*redis.Client, error) {
	switch c := s.client.(type) {
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	case *redis.Client:
		return c, nil
	}
	return nil, fmt.Errorf("redisstore: a client of type %T", s.client)
}

// primaries calls f for the client of every primary.
func (s *Store) primaries(ctx context.Context, f func(context.Context, *redis.Client) error) error {
	switch c := s.client.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, f)
	case *redis.Client:
		return f(ctx, c)
	}
	return nil
}

// await returns when f does or ctx ends. The client itself looks at ctx's
// deadline alone; what is given up on ends by its time-outs, and Close waits
// for it.
func (s *Store) await(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ctx.Done() == nil {
		return f()
	}
	s.calls.Add(1) // one is under way already: Close is not waiting for none
	done := make(chan error, 1)
	go func() {
		defer s.calls.Done()
		done <- f()
	}()
	select {
	case err := <-done:
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			if deadline, has := ctx.Deadline(); has && time.Until(deadline) < clockSlack {
				<-ctx.Done() // the connection kept the same deadline, and was first
				return ctx.Err()
			}
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// redirected says that a Cluster's node did nothing because another one has the
// slot, or will soon. Whatever may mean that the nodes have changed has the
// client look at them: by itself it would do so after some seconds only.
func (s *Store) redirected(ctx context.Context, err error) bool {
	c, is := s.client.(*redis.ClusterClient)
	if !is {
		return false
	}
	switch kind := replyKind(err); kind {
	case "MOVED", "ASK", "TRYAGAIN":
		c.ReloadState(ctx)
		return true
	case "", "READONLY", "CLUSTERDOWN", "LOADING":
		c.ReloadState(ctx)
	}
	return false
}

// replyKind is the first word of an error that Redis answered with; nothing
// for what is no answer.
func replyKind(err error) string {
	var said redis.Error
	if !errors.As(err, &said) || errors.Is(err, redis.Nil) {
		return ""
	}
	kind, _, _ := strings.Cut(said.Error(), " ")
	return kind
}

// refusals are the answers that Redis gives instead of doing something, for a
// reason that passes, with what they mean to an operator.
var refusals = map[string]string{ //nolint:gosec // sentences, no credentials
	"MISCONF":     "Redis cannot write to its disk",
	"READONLY":    "this Redis is a replica now: another one takes the writes",
	"NOREPLICAS":  "Redis has fewer replicas than its min-replicas-to-write",
	"LOADING":     "Redis has started and is still reading its file",
	"MASTERDOWN":  "this Redis is a replica that has lost its primary",
	"CLUSTERDOWN": "a part of the Cluster has no primary",
	"MOVED":       "the Cluster is moving this wall to another node",
	"ASK":         "the Cluster is moving this wall to another node",
	"TRYAGAIN":    "the Cluster is moving this wall to another node",
	"BUSY":        "Redis is busy with somebody's script",
	"NOPERM":      "Redis does not let this user do that",
	"NOAUTH":      "Redis asks for a password",
	"WRONGPASS":   "Redis does not know this user with this password",
}

// judge says what an error of the client means to a caller of the store.
func judge(ctx context.Context, err error) error {
	kind := replyKind(err)
	var lacks *replicasError
	var network *net.OpError
	switch {
	case errors.As(err, &lacks):
		return fmt.Errorf("redisstore: %w", err)
	case kind == "OOM":
		return fmt.Errorf("%w: the memory of Redis (maxmemory): %w", store.ErrFull, err)
	case kind == "MISCONF" && strings.Contains(err.Error(), "No space left on device"):
		return fmt.Errorf("%w: the disk of Redis: %w", store.ErrFull, err)
	case refusals[kind] != "":
		return fmt.Errorf("%w: %s: %w", store.ErrRefused, refusals[kind], err)
	case kind == "ERR" && strings.Contains(err.Error(), "The user executing the script can't run this"): // NOPERM, in a script, before 7.2
		return fmt.Errorf("%w: %s: %w", store.ErrRefused, refusals["NOPERM"], err)
	case kind == "ERR" && strings.Contains(err.Error(), "unauthenticated"): // it asks for a password, and looked at no further
		return fmt.Errorf("%w: %s: %w", store.ErrRefused, refusals["NOAUTH"], err)
	case kind == "ERR" && strings.Contains(err.Error(), "max number of clients"):
		return fmt.Errorf("%w: Redis has as many connections as it may (maxclients): %w", store.ErrRefused, err)
	case kind != "":
		return fmt.Errorf("redisstore: %w", err)
	case errors.Is(err, redis.ErrPoolTimeout):
		return fmt.Errorf("%w: all connections to Redis are waiting for it: %w", store.ErrRefused, err)
	case errors.Is(err, redis.ErrClosed):
		return store.ErrClosed
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("redisstore: Redis cannot be reached: %w", err)
	case ctx.Err() != nil:
		return fmt.Errorf("redisstore: given up waiting; what was to be written may be: %w", ctx.Err())
	}
	return fmt.Errorf("redisstore: no answer from Redis; what was to be written may be: %w", err)
}

// replicasError says that something is written, and not on as many replicas as
// were asked for: whether it stays is unknown.
type replicasError struct {
	wanted int
	had    int64
	cause  error // why it is not known how many; nil: had is how many
}

func (e *replicasError) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("written, but not known to be on %d replicas: %v", e.wanted, e.cause)
	}
	return fmt.Sprintf("written, but on %d replicas within %v where %d were asked for", e.had, waitWithin, e.wanted)
}
