package web

import (
	"context"
	"net/http"
	"time"

	"openspacewall/hub"
)

// guest is an open socket of a desk or a display: its right to be here can be
// taken away, at this hub or at another one.
type guest struct {
	actor string
	// still says that the right, and the wall's code, are as they were when the
	// socket was opened.
	still func(within time.Duration) (bool, error)
}

// guest is what whoever asked keeps being asked. A phone is none: its cookie is
// signed, and nothing revokes it.
func (s *Server) guest(r *http.Request, face hub.Face, p place, actor string) *guest {
	if face == hub.Phone {
		return nil
	}
	return &guest{actor: actor, still: func(within time.Duration) (bool, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), within)
		defer cancel()
		c, err := s.whoAsks(r.WithContext(ctx))
		if err != nil || !c.may(comingIn[face], p.ID) {
			return false, err
		}
		now, found, err := s.place(ctx, p.ID)
		return found && (face != hub.Projector || now.Code == p.Code), err
	}}
}

// The store keeps one token that is drawn anew whenever a right is taken away,
// so that every hub can see with one small question whether it has to ask for
// those who are in.
const keyTaken = "taken" // in tableRights

// taken lets every hub know that a right has been taken away. It comes after
// that is stored; of two that race, one token is enough.
func (s *Server) taken(ctx context.Context) error {
	token, err := s.secret()
	if err != nil {
		return err
	}
	old, err := s.Hub.Get(ctx, tableRights, keyTaken)
	if err != nil {
		return err
	}
	_, err = s.swap(ctx, tableRights, keyTaken, old, []byte(token))
	return err
}

// askUntilClosed keeps asking whether a right was taken away at another hub.
func (s *Server) askUntilClosed() {
	defer s.running.Done()
	tick := time.NewTicker(RightsEvery)
	defer tick.Stop()
	seen := "?" // no token: those who came in before the first look are asked
	for {
		select {
		case <-tick.C:
			seen = s.ask(seen)
		case <-s.work.Done():
			return
		}
	}
}

// ask asks for every guest when the token is another one than seen, and gives
// the token for which that is done.
func (s *Server) ask(seen string) string {
	guests := s.sockets.guests()
	if len(guests) == 0 {
		return seen
	}
	ctx, cancel := context.WithTimeout(s.work, askWithin)
	defer cancel()
	token, err := s.Hub.Get(ctx, tableRights, keyTaken)
	if err != nil || string(token) == seen { // an error: the store is away, which others say
		return seen
	}
	if !s.askFor(guests) {
		return seen
	}
	return string(token)
}

// askFor lets those come back who no longer may be here as they are: at the
// door it is said to them. false: the store did not answer for all of them.
func (s *Server) askFor(guests []*guest) (all bool) {
	all = true
	for _, g := range guests {
		switch still, err := g.still(askWithin); {
		case err != nil:
			all = false
		case !still:
			s.Hub.Dismiss(g.actor, hub.CloseComeBack)
		}
	}
	return all
}
