package web

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"net/http"
	"sync"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// place is a wall, as somebody came to it.
type place struct {
	ID  string
	raw []byte // for swap
	wallRecord
}

// codeForm says that a text may be a join code. What cannot be one is no guess.
func codeForm(code string) bool {
	if len(code) != 6 && len(code) != 8 && len(code) != 10 {
		return false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return false
		}
	}
	return true
}

// find resolves a join code.
func (s *Server) find(ctx context.Context, code string) (place, bool, error) {
	var c codeRecord
	if !codeForm(code) {
		return place{}, false, nil
	}
	if _, found, err := s.read(ctx, tableCodes, code, &c); err != nil || !found {
		return place{}, false, err
	}
	return s.place(ctx, c.Wall)
}

// place reads what the installation knows of a wall.
func (s *Server) place(ctx context.Context, id string) (place, bool, error) {
	p := place{ID: id}
	raw, found, err := s.read(ctx, tableWalls, id, &p.wallRecord)
	p.raw = raw
	return p, found, err
}

// change changes what the installation knows of a wall.
func (s *Server) change(ctx context.Context, p *place, how func(*wallRecord)) error {
	for {
		next := p.wallRecord
		how(&next)
		done, err := s.write(ctx, tableWalls, p.ID, p.raw, next)
		if err != nil {
			return err
		}
		now, found, err := s.place(ctx, p.ID)
		if err != nil {
			return err
		}
		*p = now
		if done || !found {
			return nil
		}
	}
}

// finder resolves a join code.
type finder func(ctx context.Context, code string) (place, bool, error)

// lately is what was found within the last moment, by join code: a hall comes to
// one wall, all at once, and a store may be a network away. It is for phones
// alone: a code means the same wall for ever, and how a phone is told of a newer
// one may be as old. A wall that is gone has no room.
type lately struct {
	mu    sync.Mutex
	since time.Time
	found map[string]place
}

// findLately is find, or what it was a moment ago.
func (s *Server) findLately(ctx context.Context, code string) (place, bool, error) {
	l, now := &s.lately, s.Now()
	l.mu.Lock()
	if age := now.Sub(l.since); age < 0 || age >= FoundLately {
		l.since, l.found = now, nil
	}
	p, is := l.found[code]
	l.mu.Unlock()
	if is {
		return p, true, nil
	}
	p, found, err := s.find(ctx, code)
	if err == nil && found {
		l.mu.Lock()
		if l.found == nil {
			l.found = map[string]place{}
		}
		l.found[code] = p
		l.mu.Unlock()
	}
	return p, found, err
}

// Why a code in an address leads nowhere.
var (
	errNoWall = errors.New("web: no wall has that code")
	// errLater is the answer to a guess beyond the budget. It is the same for a
	// right guess and a wrong one: otherwise the budget would bound nothing.
	errLater = errors.New("web: too many guesses")
	// errMissing is the answer to a device that was let in by the code before: the
	// store has lost the wall, and it may be put back.
	errMissing = errors.New("web: the wall is missing")
)

// arrive resolves the code in an address. Who has shown before that they know
// it is never held up by those who guess, and is not one of them when the wall
// is missing: a hall that waits for its wall leaves the guesses to others.
func (s *Server) arrive(r *http.Request, c caller, find finder) (place, error) {
	code := r.PathValue("code")
	p, found, err := find(r.Context(), code)
	if err != nil {
		return place{}, err
	}
	now := s.Now()
	switch {
	case found && (s.came(c.device, code) || s.been(c.device, p.ID) || c.knows(p.ID)):
		return p, nil
	case found && s.guesses.TokensAt(now) >= 1:
		return p, nil
	case found:
		return place{}, errLater
	case s.came(c.device, code):
		return place{}, errMissing
	case !codeForm(code) || s.guesses.AllowN(now, 1):
		return place{}, errNoWall
	}
	return place{}, errLater
}

// come is arrive, and who asks. Of a caller who cannot be told, the store being
// away, the device at least is known.
func (s *Server) come(r *http.Request) (place, caller, error) {
	c, err := s.whoAsks(r)
	if err != nil {
		return place{}, c, err
	}
	p, err := s.arrive(r, c, s.find)
	return p, c, err
}

// here is come for what has a page or an API answer; it answers itself when
// there is no wall, and says so with ok.
func (s *Server) here(w http.ResponseWriter, r *http.Request) (place, caller, bool) {
	p, c, err := s.come(r)
	if err != nil {
		s.notHere(w, r, err)
	}
	return p, c, err == nil
}

// notHere answers who came to no wall.
func (s *Server) notHere(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errLater):
		s.sorryLater(w, r, "later", guessPause)
	case errors.Is(err, errMissing):
		s.sorryLater(w, r, "missing", missingPause)
	case errors.Is(err, errNoWall):
		s.sorry(w, r, http.StatusNotFound, "no_wall")
	default:
		s.fail(w, r, err)
	}
}

// drawCode finds a join code that nobody has, and puts it on a wall.
func (s *Server) drawCode(ctx context.Context, id string) (string, error) {
	open, err := s.openWalls(ctx)
	if err != nil {
		return "", err
	}
	n := codeDigits(open)
	low := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n-1)), nil) // no code begins with a zero: people leave it out
	for {
		above, err := rand.Int(s.Random, new(big.Int).Mul(low, big.NewInt(9)))
		if err != nil {
			return "", err
		}
		code := new(big.Int).Add(low, above).String()
		done, err := s.write(ctx, tableCodes, code, nil, codeRecord{Wall: id})
		if err != nil || done {
			return code, err
		}
	}
}

// openWalls counts the walls that are not closed, as far as it makes a
// difference to the length of codes.
func (s *Server) openWalls(ctx context.Context) (int, error) {
	walls, err := list[wallRecord](ctx, s, tableWalls)
	if err != nil || len(walls) < 10 {
		return len(walls) + 1, err
	}
	open := 1 // the one that is getting a code
	for id := range walls {
		settings, err := s.Hub.Settings(ctx, id)
		if err != nil && !hub.Unreadable(err) {
			return 0, err
		}
		if settings.Phase != wall.Closed {
			open++
		}
		if open > 100 {
			break
		}
	}
	return open, nil
}

// renewCode gives a wall a new join code. The old ones go on working: they may
// stand on paper. Displays come back to show the new one.
func (s *Server) renewCode(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok || !s.allow(w, r, c, own, p.ID) {
		return
	}
	code, err := s.drawCode(r.Context(), p.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.change(r.Context(), &p, func(k *wallRecord) { k.Code = code }); err != nil {
		s.fail(w, r, err)
		return
	}
	s.Hub.Dismiss(screenActor(p.ID).ID, hub.CloseComeBack)
	if err := s.taken(r.Context()); err != nil { // displays at other hubs find out with the next sweep
		s.Log.Warn("a wall's new code is not yet on every display", "wall", p.ID, "err", err)
	}
	s.Log.Info("a wall's code was renewed", "wall", p.ID)
	sayJSON(w, http.StatusCreated, map[string]string{"code": code})
}

// findWall tells the door whether there is a wall.
func (s *Server) findWall(w http.ResponseWriter, r *http.Request) {
	p, _, ok := s.here(w, r)
	if !ok {
		return
	}
	settings, err := s.Hub.Settings(r.Context(), p.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sayJSON(w, http.StatusOK, map[string]any{"code": r.PathValue("code"), "title": settings.Title, "exists": true})
}

// showPhone is where attendees come in.
func (s *Server) showPhone(w http.ResponseWriter, r *http.Request) { s.open(w, r, "phone") }

// open shows a page that holds nothing of its wall. A device that came by this
// code before need not wait for the store to find the wall: the page says what has
// become of it, keeps what was written there, and goes on by itself.
func (s *Server) open(w http.ResponseWriter, r *http.Request, page string) {
	d, known := s.deviceOf(r), place{}
	if !s.came(d, r.PathValue("code")) {
		var ok bool
		if known, _, ok = s.here(w, r); !ok {
			return
		}
	}
	s.give(w, r, d, known.ID, page)
}

// give gives a wall's page to a device, which is known from then on.
func (s *Server) give(w http.ResponseWriter, r *http.Request, d *device, wall, page string) {
	if err := s.welcome(w, r, d, r.PathValue("code"), wall); err != nil {
		s.fail(w, r, err)
		return
	}
	s.page(w, r, page)
}
