package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

// Store is a store of walls in Redis. Several processes may share one.
type Store struct {
	client redis.UniversalClient
	wait   int
	me     string // what it rings with, so as not to hear itself
	log    *slog.Logger
	scrub  *scrubber

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
	done   chan struct{} // closed when Close begins: ends Watch
	shut   sync.Once
}

// Open gives a store once Redis has answered; ctx is for that alone.
func Open(ctx context.Context, o Options) (*Store, error) {
	client, err := dial(o)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, wait: o.Wait, me: rand.Text(), log: o.Log, done: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := client.Ping(ctx).Err(); err != nil {
		_ = client.Close()
		return nil, fmt.Errorf("redisstore: Redis does not answer: %w", err)
	}
	s.scrub = newScrubber(s)
	s.calls.Go(s.scrub.run)
	return s, nil
}

// enter begins a call; s.calls.Done ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.calls.Add(1)
	return nil
}

// Ready says in an error why Redis takes nothing now: it is away, full, a
// replica, or has too few of them. Every server that takes writes is asked to begin
// a script that may write, and does not.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	err := s.await(ctx, func() error {
		return s.primaries(ctx, func(ctx context.Context, node *redis.Client) error {
			return node.Do(ctx, "eval", probeScript.text, 0).Err()
		})
	})
	if err != nil {
		return judge(ctx, err)
	}
	return nil
}

// Close waits for the calls under way, and closes the connections.
func (s *Store) Close() error {
	var err error
	s.shut.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		close(s.done)
		s.calls.Wait()
		err = s.client.Close()
	})
	return err
}
