package redisstore

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

// Store is a store of walls in Redis. Several processes may share one.
type Store struct {
	client redis.UniversalClient
	wait   int
	log    *slog.Logger
	now    func() time.Time
	scrub  *scrubber

	standing standing
	mu       sync.Mutex
	closed   bool
	calls    sync.WaitGroup
	done     chan struct{} // closed when Close begins: ends Watch
	shut     sync.Once
}

// Open gives a store once Redis has answered and is fit for walls; ctx is for
// that alone.
func Open(ctx context.Context, o Options) (*Store, error) {
	client, err := dial(o)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, wait: o.Wait, log: o.Log, now: o.now, done: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.greet(ctx, o); err != nil {
		_ = client.Close()
		return nil, err
	}
	s.calls.Go(func() { s.keepChecking(o) })
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
