package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// Why a secret does not open anything.
var (
	errUnknown  = errors.New("web: no such secret")
	errSpent    = errors.New("web: the link has been used, is too old, or was revoked")
	errInsecure = errors.New("web: not over a connection that others can read")
)

// enter exchanges a link's secret for a cookie: a projector's as often as one
// likes, a person's once.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok {
		return
	}
	var asked struct {
		Secret string `json:"secret"`
	}
	if !hear(w, r, &asked) {
		return
	}
	if s.isScreenSecret(p, asked.Secret) {
		s.addScreen(w, r, c, p)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	err := s.openLink(w, r, p, asked.Secret)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errInsecure):
		sayCode(w, http.StatusForbidden, "insecure")
	case errors.Is(err, errSpent) && c.may(moderate, p.ID): // the link of who is in: opened here before, or kept as a bookmark
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errSpent):
		sayCode(w, http.StatusUnauthorized, "spent")
	case !errors.Is(err, errUnknown):
		s.fail(w, r, err)
	case s.guesses.AllowN(s.Now(), 1):
		sayCode(w, http.StatusUnauthorized, "unknown")
	default: // only a wrong one ends here: 256 bits need no budget, the store's time does
		retryAfter(w, guessPause)
		sayCode(w, http.StatusTooManyRequests, "rate")
	}
}

// openLink spends a one-time link and sets the cookie of the login it becomes.
func (s *Server) openLink(w http.ResponseWriter, r *http.Request, p place, secret string) error {
	ctx := r.Context()
	var l link
	raw, found, err := s.read(ctx, tableLinks, digestOf(secret), &l)
	if err != nil {
		return err
	}
	if !found {
		return errUnknown
	}
	var who person
	old, found, err := s.read(ctx, tablePeople, l.Person, &who)
	switch {
	case err != nil:
		return err
	case !found || l.By != "" || s.now() >= l.Until:
		return errSpent
	case who.Wall != "" && who.Wall != p.ID:
		return errUnknown
	case !s.private(r):
		return errInsecure
	}
	token, err := s.secret()
	if err != nil {
		return err
	}
	l.By = digestOf(token)
	if done, err := s.write(ctx, tableLinks, digestOf(secret), raw, l); err != nil || !done {
		return errors.Join(err, errSpent)
	}
	// A browser may be logged in already, for another wall: the new login is both.
	next := login{People: map[string]wall.Millis{who.ID: s.Now().Add(LoginLife).UnixMilli()}}
	var before login
	last := s.cookie(r, cookieLogin)
	if _, found, err := s.read(ctx, tableLogins, digestOf(last), &before); err == nil && found {
		for id, until := range before.People {
			if id != who.ID && until > s.now() {
				next.People[id] = until
			}
		}
		if err := s.remove(ctx, tableLogins, digestOf(last)); err != nil {
			return err
		}
	}
	if _, err := s.write(ctx, tableLogins, l.By, nil, next); err != nil {
		return err
	}
	who.Used = s.now()
	if _, err := s.write(ctx, tablePeople, who.ID, old, who); err != nil {
		return err
	}
	if who.First {
		if err := s.voidFirst(ctx, who.ID); err != nil { // they are over in half an hour
			s.Log.Warn("other first links are still good", "err", err)
		}
	}
	s.setCookie(w, r, cookieLogin, token, LoginLife, http.SameSiteStrictMode)
	s.Log.Info("somebody logged in", "wall", p.ID, "person", who.ID, "role", who.Role)
	return nil
}

// leave ends the login of this browser.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) {
	_, c, ok := s.here(w, r)
	if !ok {
		return
	}
	if secret := s.cookie(r, cookieLogin); secret != "" {
		if err := s.remove(r.Context(), tableLogins, digestOf(secret)); err != nil {
			s.fail(w, r, err)
			return
		}
		s.setCookie(w, r, cookieLogin, "", -time.Second, http.SameSiteStrictMode)
	}
	for _, p := range c.people {
		s.Hub.Dismiss(p.ID, hub.CloseComeBack) // other browsers of the same person come back
	}
	if err := s.taken(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sweepUntilClosed sweeps from time to time.
func (s *Server) sweepUntilClosed() {
	defer s.running.Done()
	tick := time.NewTicker(SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			ctx, cancel := context.WithTimeout(s.work, SweepEvery)
			if err := s.sweep(ctx); err != nil && s.work.Err() == nil {
				s.Log.Warn("old logins were not removed; trying again", "err", err)
			}
			s.askFor(s.sockets.guests()) // whoever took a right away may have ended before it said so
			cancel()
		case <-s.work.Done():
			return
		}
	}
}

// sweep removes logins and links that are over, and lets the sockets that
// such a login opened come back: they are refused then.
func (s *Server) sweep(ctx context.Context) error {
	now := s.now()
	logins, err := list[login](ctx, s, tableLogins)
	if err != nil {
		return err
	}
	for key, l := range logins {
		last := wall.Millis(0)
		for id, until := range l.People {
			last = max(last, until)
			if until <= now && until > now-2*SweepEvery.Milliseconds() {
				s.Hub.Dismiss(id, hub.CloseComeBack)
			}
		}
		if last < now-2*SweepEvery.Milliseconds() {
			if err := s.remove(ctx, tableLogins, key); err != nil {
				return err
			}
		}
	}
	links, err := list[link](ctx, s, tableLinks)
	if err != nil {
		return err
	}
	for key, l := range links {
		if l.Until < now-LinkLife.Milliseconds() { // until then it is said to be spent, not unknown
			if err := s.remove(ctx, tableLinks, key); err != nil {
				return err
			}
		}
	}
	return nil
}
