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

// listenFor is how long the doorbell may be silent before it is asked whether
// it still hears.
const listenFor = 10 * time.Second

// Watch rings for every commit of another process, over one connection of its
// own. What was rung while nobody listened is lost: that is why it rings for
// any wall when it begins to hear, and ends when it may have stopped hearing.
func (s *Store) Watch(ctx context.Context, ring store.Ring) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	heard := s.client.PSubscribe(ctx)
	defer s.calls.Go(func() { _ = heard.Close() }) // it waits for a connection that is being made
	stop := context.AfterFunc(ctx, func() { _ = heard.Close() })
	defer stop()
	closing := make(chan struct{})
	defer close(closing)
	go func() {
		select {
		case <-s.done:
			_ = heard.Close()
		case <-closing:
		}
	}()
	err := s.listen(ctx, heard, ring)
	select {
	case <-s.done:
		return store.ErrClosed
	default:
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("redisstore: the doorbell: %w", err)
}

// listen rings until nothing is heard any more, and says why.
func (s *Store) listen(ctx context.Context, heard *redis.PubSub, ring store.Ring) error {
	if err := s.await(ctx, func() error { return heard.PSubscribe(ctx, bells) }); err != nil {
		return err
	}
	for asked := false; ; {
		m, err := heard.ReceiveTimeout(ctx, s.silent)
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout() && !asked:
			if err := heard.Ping(ctx); err != nil {
				return err
			}
			asked = true
			continue
		case err != nil:
			return err
		}
		asked = false
		switch m := m.(type) {
		case *redis.Subscription:
			ring("", nil)
		case *redis.Message:
			id, ok := bellOf(m.Channel)
			if who, rest, _ := strings.Cut(m.Payload, " "); ok && who != s.me {
				ring(id, parseNews(id, rest))
			}
		}
	}
}
