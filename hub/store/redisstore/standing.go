package redisstore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	askAgain   = 250 * time.Millisecond // while Redis does not answer, or has no whole file yet
	checkAgain = time.Second            // after it has not answered
)

// standing is how Redis stood when it was last looked at.
type standing struct {
	mu    sync.Mutex
	found []Finding
}

// Findings are what is not as it should be, as of a minute ago at most.
func (s *Store) Findings() []Finding {
	s.standing.mu.Lock()
	defer s.standing.mu.Unlock()
	return s.standing.found
}

// note takes the place of what was found before, and tells what is new.
func (s *Store) note(found []Finding) {
	s.standing.mu.Lock()
	before := s.standing.found
	s.standing.found = found
	s.standing.mu.Unlock()
	for _, f := range found {
		switch {
		case slices.Contains(before, f):
		case f.Refuse:
			s.log.Error(f.Text)
		default:
			s.log.Warn(f.Text)
		}
	}
	for _, f := range before {
		if !slices.Contains(found, f) {
			s.log.Info("no longer: " + f.Text)
		}
	}
}

// keepChecking looks at Redis every minute, and soon after it was away: it may
// be another server, or the same with other settings. It ends with done.
func (s *Store) keepChecking(o Options) {
	ctx, cancel := s.lasting()
	defer cancel()
	next := time.NewTimer(checkEvery)
	defer next.Stop()
	for {
		select {
		case <-next.C:
		case <-s.done:
			return
		}
		found, err := check(ctx, s.client, o)
		if err != nil { // it is away: rooms say so
			next.Reset(checkAgain)
			continue
		}
		s.note(found)
		next.Reset(checkEvery)
	}
}

// Ready says in an error why Redis takes nothing now: it is away, full, a
// replica, has too few of them, has no whole file yet (which this has it write),
// or its clock is not this machine's. It is asked to begin a script that may
// write, and does not. Of a Cluster's primaries one is enough, as walls are on all
// of them.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	var mu sync.Mutex
	var ahead time.Duration
	answered := false
	err := s.await(ctx, func() error {
		return s.primaries(ctx, func(ctx context.Context, node *redis.Client) error {
			before := s.now()
			p := node.Pipeline()
			probe, clock := p.Do(ctx, "eval", probeScript.text, 1, idsKey, s.mender.whole(node)), p.Time(ctx)
			_, _ = p.Exec(ctx) // each has its own error
			switch err := probe.Err(); replyKind(err) {
			case "MOVED": // a Cluster's node that is well, and does not have that key
			case "ELSEWHERE":
				soon, cancel := context.WithTimeout(ctx, askAgain)
				defer cancel()
				if err := s.mend(soon, node); err != nil {
					return err
				}
			default:
				if err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			answered = true
			if at, err := clock.Result(); err == nil {
				ahead = max(ahead, skew(before, at, s.now()).Abs())
			}
			return nil
		})
	})
	mu.Lock()
	defer mu.Unlock()
	switch {
	case !answered && err != nil:
		return judge(ctx, err)
	case ahead > skewMost:
		return errors.New("Redis" + clockText(ahead))
	}
	return nil
}
