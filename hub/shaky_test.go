package hub

import (
	"context"
	"errors"
	"sync"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// fate is what becomes of a commit.
type fate int

const (
	fine     fate = iota
	lost          // stored, but the answer was lost
	fails         // not stored, and an error
	hangs         // not stored, and no answer in time
	lingers       // stored, and no answer in time
	isFull        // store.ErrFull
	overtook      // another hub commits something of its own before
	overlaid      // stored, but the answer was lost, and then another hub commits something
	ousted        // not stored, and an error, and then another hub commits something
)

var errShaky = errors.New("shaky")

// shaky is a store that fails as told.
type shaky struct {
	store.Store
	mu    sync.Mutex
	fates []fate
	fate  func() fate // when fates are used up
	down  bool        // nothing works
	gate  chan struct{}
	asked chan struct{} // with gate: a commit has arrived
	log   [][]byte      // of what was stored
	rival func()        // commits for overtook, overlaid and ousted
}

func (s *shaky) next(f ...fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fates = append(s.fates, f...)
}

func (s *shaky) setDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *shaky) isDown() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errShaky
	}
	return nil
}

func (s *shaky) draw() fate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fates) > 0 {
		f := s.fates[0]
		s.fates = s.fates[1:]
		return f
	}
	if s.fate != nil {
		return s.fate()
	}
	return fine
}

func (s *shaky) Commit(ctx context.Context, id string, b store.Batch) error {
	if b.Meanwhile != nil { // whatever becomes of it
		b.Meanwhile()
		b.Meanwhile = nil
	}
	if s.gate != nil {
		s.asked <- struct{}{}
		<-s.gate
	}
	if err := s.isDown(); err != nil {
		return err
	}
	f := s.draw()
	switch f {
	case fails:
		return errShaky
	case ousted:
		s.rival()
		return errShaky
	case isFull:
		return store.ErrFull
	case hangs:
		<-ctx.Done()
		return ctx.Err()
	case overtook:
		s.rival()
	}
	if err := s.Store.Commit(ctx, id, b); err != nil {
		return err
	}
	s.mu.Lock()
	s.log = append(s.log, b.Log)
	s.mu.Unlock()
	switch f {
	case lost:
		return errShaky
	case overlaid:
		s.rival()
		return errShaky
	case lingers:
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (s *shaky) Load(ctx context.Context, id string) (wall.Position, []wall.Entry, error) {
	if err := s.isDown(); err != nil {
		return wall.Position{}, nil, err
	}
	return s.Store.Load(ctx, id)
}

func (s *shaky) Since(ctx context.Context, id string, p wall.Position) (store.Missed, error) {
	if err := s.isDown(); err != nil {
		return store.Missed{}, err
	}
	return s.Store.Since(ctx, id, p)
}

func (s *shaky) Tell(ctx context.Context, id string, word []byte) error {
	if err := s.isDown(); err != nil {
		return err
	}
	return s.Store.Tell(ctx, id, word)
}

func (s *shaky) Ready(ctx context.Context) error {
	if err := s.isDown(); err != nil {
		return err
	}
	return s.Store.Ready(ctx)
}

// deaf is a store whose doorbell is broken.
type deaf struct{ store.Store }

func (deaf) Watch(ctx context.Context, _ store.Ring) error {
	<-ctx.Done()
	return ctx.Err()
}
