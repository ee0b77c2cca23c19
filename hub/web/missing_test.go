package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"openspacewall/hub"
)

// loses has the store lose what leads to the stand's wall, and gives what puts it back.
func (s *stand) loses() (putBack func()) {
	s.t.Helper()
	p, found, err := s.find(s.t.Context(), s.wall.Code)
	if err != nil || !found {
		s.t.Fatal(found, err)
	}
	for table, key := range map[string]string{tableCodes: s.wall.Code, tableWalls: p.ID} {
		if err := s.remove(s.t.Context(), table, key); err != nil {
			s.t.Fatal(err)
		}
	}
	return func() {
		for table, record := range map[string]any{tableCodes: codeRecord{Wall: p.ID}, tableWalls: p.wallRecord} {
			key := map[string]string{tableCodes: s.wall.Code, tableWalls: p.ID}[table]
			if done, err := s.write(s.t.Context(), table, key, nil, record); err != nil || !done {
				s.t.Fatal(done, err)
			}
		}
	}
}

// A wall is missing. Who has been on it gets the page and is told by the socket
// to ask again; who comes by its code for the first time is told that there is
// no such wall, at once. It is put back, and all goes on.
func TestAWallThatIsMissing(t *testing.T) {
	s, on := live(t)
	code := "/" + s.wall.Code
	phone := s.attendee()
	desk := append(s.asOwner(), s.wants(http.StatusOK, call{path: code + "/desk"}).Result().Cookies()...)
	screen := s.enters(s.wall.Code, s.screenSecretNow(), call{})
	screen = append(screen, s.wants(http.StatusOK, call{path: code + "/projector", from: "192.168.1.30", host: "wall.lan:8080", cookies: screen}).Result().Cookies()...)
	putBack := s.loses()
	s.clock.pass(FoundLately)
	for path, cookies := range map[string][]*http.Cookie{"": phone, "/desk": desk, "/projector": screen} {
		s.wants(http.StatusOK, call{path: code + path, cookies: cookies})
		if w := s.wants(http.StatusNotFound, call{path: code + path}); codeOf(t, w) != "not_found" {
			t.Errorf("a newcomer to %q: %s", path, w.Body)
		}
	}
	for face, cookies := range map[string][]*http.Cookie{"phone": phone, "desk": desk, "projector": screen} {
		if got := turned(t, on, code+"/socket?face="+face, cookies); got != hub.CloseMissing {
			t.Errorf("the %s that was here: %d", face, got)
		}
		if got := turned(t, on, code+"/socket?face="+face, nil); got != hub.CloseNoWall {
			t.Errorf("a %s that was not: %d", face, got)
		}
		if got := turned(t, on, "/000000/socket?face="+face, cookies); got != hub.CloseNoWall {
			t.Errorf("the %s with another code: %d", face, got)
		}
	}
	w := s.wants(http.StatusServiceUnavailable, call{path: code + "/report", cookies: phone, header: map[string]string{"Accept": "text/html", "Accept-Language": "sv"}})
	if !contains(w, "Väggen finns inte just nu") || !contains(w, `data-again="15"`) || w.Header().Get("Retry-After") != "15" {
		t.Errorf("the report: %s", w.Body)
	}
	if w := s.wants(http.StatusServiceUnavailable, call{path: code + "/qr.svg", cookies: screen}); codeOf(t, w) != "missing" {
		t.Errorf("a page's question: %s", w.Body)
	}
	putBack()
	for face, cookies := range map[string][]*http.Cookie{"phone": phone, "desk": desk, "projector": screen} {
		connected(t, on, code+"/socket?face="+face, cookies)
	}
}

// A thousand phones whose wall is missing ask for it as often as they like: none
// of that is a guess of a code, and newcomers of another wall come in.
func TestWhoWaitsForAMissingWallGuessesNothing(t *testing.T) {
	s := stood(t)
	boden := s.another()
	phone := s.attendee()
	s.loses()
	all := s.guesses.TokensAt(s.clock.now())
	for range 1000 {
		s.wants(http.StatusOK, call{path: "/" + s.wall.Code, cookies: phone})
		s.wants(http.StatusServiceUnavailable, call{path: "/api/wall/" + s.wall.Code, cookies: phone})
	}
	if left := s.guesses.TokensAt(s.clock.now()); left != all {
		t.Errorf("%v guesses left of %v", left, all)
	}
	s.wants(http.StatusOK, call{path: "/" + boden.Code})
	// But one who knows one code guesses another like anybody.
	s.wants(http.StatusNotFound, call{path: "/000000", cookies: phone})
	if left := s.guesses.TokensAt(s.clock.now()); left != all-1 {
		t.Errorf("%v guesses left of %v", left, all)
	}
}

// The store cannot be asked where a code leads: who has been there has the page
// still, and who has not is asked to wait, by a page that asks again by itself.
func TestAPageWithoutTheStore(t *testing.T) {
	s := stood(t)
	phone := s.attendee()
	away, end := context.WithCancel(t.Context())
	end()
	for _, page := range []string{"", "/desk", "/projector"} {
		for name, c := range map[string]struct {
			cookies []*http.Cookie
			want    int
		}{"who has been there": {phone, http.StatusOK}, "who has not": {nil, http.StatusServiceUnavailable}} {
			w := httptest.NewRecorder()
			ask := call{path: "/" + s.wall.Code + page, cookies: c.cookies, header: map[string]string{"Accept": "text/html"}}
			s.ServeHTTP(w, ask.request().WithContext(away))
			if w.Code != c.want || contains(w, "data-again") != (c.want != http.StatusOK) {
				t.Errorf("%s, %q: %d", name, page, w.Code)
			}
		}
	}
}

// Somebody guesses without end, and the wall has a new code: who has been on the
// wall comes in by it. Who has not is told to wait, by a page that is loaded again:
// a look before that would be another guess.
func TestANewCodeWhileSomebodyGuesses(t *testing.T) {
	s := stood(t)
	phone := s.attendee()
	code := says[struct{ Code string }](t, s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + s.wall.Code + "/code", cookies: s.asOwner()})).Code
	s.guesses.AllowN(s.clock.now(), GuessesAtOnce)
	s.wants(http.StatusOK, call{path: "/" + code, cookies: phone})
	w := s.wants(http.StatusServiceUnavailable, call{path: "/" + code, header: map[string]string{"Accept": "text/html"}})
	if !contains(w, `http-equiv="refresh"`) || contains(w, "data-again") || contains(w, "<script") {
		t.Errorf("%s", w.Body)
	}
}
