package web

import (
	"context"
	"errors"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// startAgain is when a store is asked again that did not answer at a start.
const startAgain = 250 * time.Millisecond

// Begin makes the first wall if there is none, and gives what whoever starts the
// program is told: the walls, and a link for the first owner as FirstOwner has
// it. A store that does not answer is asked until ctx ends.
func (s *Server) Begin(ctx context.Context, first Wanted) (walls []Standing, owner string, err error) {
	err = s.patiently(ctx, func() error {
		if err := s.FirstWall(ctx, first); err != nil {
			return err
		}
		if walls, err = s.Walls(ctx); err != nil {
			return err
		}
		owner, err = s.FirstOwner(ctx)
		return err
	})
	return walls, owner, err
}

// patiently asks the store for what a start needs until it answers or refuses,
// or ctx ends: one that has just started, or is just taken over, is soon there,
// and a process that ends would be no better off in the next. What ask has done
// before its error it must find, not do again.
func (s *Server) patiently(ctx context.Context, ask func() error) error {
	for waiting := false; ; waiting = true {
		err := ask()
		var no *wall.Refusal
		if err == nil || hub.Unreadable(err) || errors.As(err, &no) {
			return err
		}
		if !waiting {
			s.Log.Warn("the store cannot be used yet; asking again", "err", err)
		}
		select {
		case <-time.After(startAgain):
		case <-ctx.Done():
			return err
		}
	}
}
