package web

import (
	"context"
	"net/http"
	"time"
)

// healthWithin is how long the owners of walls have to answer.
const healthWithin = 2 * time.Second

// showHealth says that this process answers, and how much it carries.
func (s *Server) showHealth(w http.ResponseWriter, _ *http.Request) {
	n := s.Hub.Counts()
	sayJSON(w, http.StatusOK, map[string]int{
		"walls": n.Walls, "phones": n.Phones, "projectors": n.Projectors, "desks": n.Desks, "away": n.Away,
	})
}

// showReady says whether to send people here: the store can be used, and every
// wall's owner answers.
func (s *Server) showReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthWithin)
	defer cancel()
	if err := s.Hub.Ready(ctx); err != nil {
		s.Log.Warn("not ready", "err", err)
		retryAfter(w, time.Second)
		sayCode(w, http.StatusServiceUnavailable, "unavailable")
		return
	}
	sayJSON(w, http.StatusOK, map[string]bool{"ready": true})
}
