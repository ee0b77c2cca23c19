package web

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// screen is a display's right to show a wall, as its cookie says it: true as
// long as the wall's number of revocations is the same.
type screen struct {
	wall    string
	revoked uint64
}

func (s screen) text() string { return s.wall + ":" + strconv.FormatUint(s.revoked, 10) }

// screenActor is every display of a wall: it shows, and asks nothing.
func screenActor(wallID string) wall.Actor {
	return wall.Actor{Role: wall.Projector, ID: "projector/" + wallID}
}

// screenSecret is the secret of a wall's projector link. It is derived, so that
// the link can be shown again and nothing of it is kept.
func (s *Server) screenSecret(p place) string {
	return base64.RawURLEncoding.EncodeToString(s.seal.mac("projector link", []byte(screen{p.ID, p.Screens}.text())))
}

// screenLink is the address with which a display is set up.
func (s *Server) screenLink(p place) string {
	return s.public.String() + "/" + p.Code + "/projector#" + s.screenSecret(p)
}

func (s *Server) isScreenSecret(p place, secret string) bool {
	return hmac.Equal([]byte(secret), []byte(s.screenSecret(p)))
}

// readScreens reads the projector's cookie, without what was revoked.
func (s *Server) readScreens(r *http.Request) ([]screen, error) {
	text, ok := s.seal.open(cookieScreen, s.cookie(r, cookieScreen))
	if !ok {
		return nil, nil
	}
	var screens []screen
	for _, part := range strings.Split(string(text), ",") {
		id, number, _ := strings.Cut(part, ":")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			continue
		}
		p, found, err := s.place(r.Context(), id)
		if err != nil {
			return nil, err
		}
		if found && p.Screens == n {
			screens = append(screens, screen{id, n})
		}
	}
	return screens, nil
}

// addScreen lets a display show a wall.
func (s *Server) addScreen(w http.ResponseWriter, r *http.Request, c caller, p place) {
	now := screen{p.ID, p.Screens}
	screens := append(slices.DeleteFunc(slices.Clone(c.screens), func(k screen) bool { return k.wall == p.ID }), now)
	if over := len(screens) - ScreensOn; over > 0 {
		screens = screens[over:]
	}
	texts := make([]string, len(screens))
	for i, k := range screens {
		texts[i] = k.text()
	}
	signed := s.seal.sign(cookieScreen, []byte(strings.Join(texts, ",")))
	s.setCookie(w, r, cookieScreen, signed, ScreenLife, http.SameSiteLaxMode)
}

// showScreenLink tells the desk the projector's link.
func (s *Server) showScreenLink(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok || !s.allow(w, r, c, moderate, p.ID) {
		return
	}
	sayJSON(w, http.StatusOK, map[string]string{"link": s.screenLink(p)})
}

// revokeScreens makes every projector link of a wall void, and closes what was
// opened by them.
func (s *Server) revokeScreens(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok || !s.allow(w, r, c, own, p.ID) {
		return
	}
	if err := s.change(r.Context(), &p, func(k *wallRecord) { k.Screens++ }); err != nil {
		s.fail(w, r, err)
		return
	}
	s.Hub.Dismiss(screenActor(p.ID).ID, hub.CloseComeBack) // who still may comes back; the others are told
	if err := s.taken(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	s.Log.Info("projector links were revoked", "wall", p.ID, "by", c.at(p.ID).ID)
	w.WriteHeader(http.StatusNoContent)
}

// showProjector shows what the hall sees: to a screen that has the link, to
// the desk, and on this machine itself. Everybody else gets the page that
// exchanges a link's secret, or says where the link is. Where it cannot be told
// who it is, because the wall or the store is not there, a device that came by
// this code before gets the page: it waits, and its socket knows better then.
func (s *Server) showProjector(w http.ResponseWriter, r *http.Request) {
	p, c, err := s.come(r)
	code := r.PathValue("code")
	switch {
	case err != nil && !s.came(c.device, code):
		s.notHere(w, r, err)
	case err == nil && !c.may(watch, p.ID):
		s.showKeyhole(w, r)
	default:
		s.give(w, r, c.device, p.ID, "projector")
	}
}
