package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"openspacewall/hub"
)

// readyWithin is how long the store has to say whether it can be used.
const readyWithin = 2 * time.Second

// health is how this process is. The first numbers are anybody's; what is
// wrong with the store is its operator's.
type health struct {
	Walls      int      `json:"walls"`
	Phones     int      `json:"phones"`
	Projectors int      `json:"projectors"`
	Desks      int      `json:"desks"`
	Away       int      `json:"away"`     // walls whose store cannot be reached
	Stuck      int      `json:"stuck"`    // walls whose owner does not answer
	Warnings   int      `json:"warnings"` // what is not as it should be about the store
	Findings   []string `json:"findings,omitempty"`
}

// showHealth says whether this process lives: whether the owners of its walls
// answer. When they do not, another process would be better. It does not ask the
// store: when that is away, another process would be no better.
func (s *Server) showHealth(w http.ResponseWriter, r *http.Request) {
	c, err := s.whoAsks(r)
	s.sayHealth(w, err == nil && c.may(look, ""))
}

func (s *Server) sayHealth(w http.ResponseWriter, all bool) {
	n, status := s.Hub.Counts(), http.StatusOK
	h := health{Walls: n.Walls, Phones: n.Phones, Projectors: n.Projectors, Desks: n.Desks, Away: n.Away, Stuck: s.pulse.feel(s.Hub, s.Now())}
	found := s.Findings()
	if h.Warnings = len(found); all {
		h.Findings = found
	}
	if h.Stuck > 0 {
		status = http.StatusServiceUnavailable
	}
	if s.stuck.now(h.Stuck > 0) {
		s.Log.Error("whether the owners of walls answer has changed", "stuck", h.Stuck)
	}
	sayJSON(w, status, h)
}

// pulse is whether the owners of walls answer, felt once a second at most:
// anybody may ask, and it costs each of them a moment.
type pulse struct {
	mu    sync.Mutex
	felt  time.Time
	stuck int
}

func (p *pulse) feel(h *hub.Hub, now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.felt.IsZero() || now.Sub(p.felt) >= time.Second {
		ctx, cancel := context.WithTimeout(context.Background(), hub.AnswerWithin)
		defer cancel()
		p.stuck, p.felt = h.Answer(ctx), now
	}
	return p.stuck
}

// showReady says whether to send people here: the store can be used, and this
// hub is not closing.
func (s *Server) showReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	err := s.Hub.Ready(ctx)
	switch isNew := s.unready.now(err != nil); {
	case isNew && err != nil:
		s.Log.Warn("not ready", "err", err)
	case isNew:
		s.Log.Info("ready again")
	}
	if err != nil {
		retryAfter(w, time.Second)
		sayCode(w, http.StatusServiceUnavailable, "unavailable")
		return
	}
	sayJSON(w, http.StatusOK, map[string]bool{"ready": true})
}
