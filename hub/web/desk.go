package web

import "net/http"

// showDesk gives the desk's page to anyone over a connection that nobody can
// listen to; what it shows comes by the socket, for which a login is needed.
func (s *Server) showDesk(w http.ResponseWriter, r *http.Request) {
	if !s.private(r) {
		if _, _, ok := s.here(w, r); ok {
			s.sorry(w, r, http.StatusForbidden, "insecure")
		}
		return
	}
	s.open(w, r, "desk")
}
