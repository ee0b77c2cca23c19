package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/store/memstore"
)

// aHub is a hub on a store that others are on, too.
func aHub(t *testing.T, store *memstore.Store, c *clock) func(*Config) {
	h := hub.New(hub.Config{Store: store, Now: c.now, Random: rand.Reader, Log: kept(t), Build: "b"})
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return func(config *Config) { config.Hub, config.Now = h, c.now }
}

// two are two hubs of one installation, and the first one's wall.
func two(t *testing.T) (a, b *stand, onA, onB *httptest.Server) {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	a, onA = live(t, aHub(t, store, c))
	b, onB = live(t, aHub(t, store, c))
	b.wall = a.wall
	return a, b, onA, onB
}

// Whoever is known at one hub is known at the other, as the same.
func TestCookiesAreGoodAtEveryHub(t *testing.T) {
	a, b, _, onB := two(t)
	phone := a.attendee()
	one, err := a.whoAsks(call{path: "/" + a.wall.Code, cookies: phone}.request())
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.whoAsks(call{path: "/" + a.wall.Code, cookies: phone}.request())
	if err != nil || other.device == nil || one.device.on(a.wall.Wall) != other.device.on(a.wall.Wall) {
		t.Errorf("%v: %+v and %+v", err, one.device, other.device)
	}
	connected(t, onB, "/"+a.wall.Code+"/socket?face=phone", phone)
	owner := a.asOwner()
	_, moderator := a.invited(owner, "Amina")
	connected(t, onB, "/"+a.wall.Code+"/socket?face=desk", moderator)
	if people := b.people(owner); len(people) != 2 {
		t.Errorf("%+v", people)
	}
	link := says[struct{ Link string }](t, b.wants(http.StatusOK, call{method: http.MethodPost, path: "/" + a.wall.Code + "/projector-link", cookies: owner})).Link
	screen := a.enters(a.wall.Code, secretOf(link), call{from: "192.168.1.9"})
	c, err := b.whoAsks(call{path: "/", cookies: screen, from: "192.168.1.9"}.request())
	if err != nil || !c.screen(a.wall.Wall) {
		t.Errorf("a display of %s: %+v %v", a.wall.Wall, c.screens, err)
	}
}

// What is taken away at one hub closes the sockets that other hubs hold.
func TestRevokedAtAnotherHub(t *testing.T) {
	const figure = 5 * time.Second // README: within two seconds; a test's machine is slow
	for name, c := range map[string]struct {
		face string
		take func(a *stand, owner, theirs []*http.Cookie, id string)
		then int // what the door says afterwards
	}{
		"a moderator": {"desk", func(a *stand, owner, _ []*http.Cookie, id string) {
			a.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/" + a.wall.Code + "/people/" + id, cookies: owner})
		}, hub.CloseDismissed},
		"a login": {"desk", func(a *stand, _, theirs []*http.Cookie, _ string) {
			a.wants(http.StatusNoContent, call{method: http.MethodPost, path: "/" + a.wall.Code + "/leave", cookies: theirs})
		}, hub.CloseDismissed},
		"the projector's links": {"projector", func(a *stand, owner, _ []*http.Cookie, _ string) {
			a.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/" + a.wall.Code + "/projector-link", cookies: owner})
		}, hub.CloseDismissed},
		"the code": {"projector", func(a *stand, owner, _ []*http.Cookie, _ string) {
			a.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + a.wall.Code + "/code", cookies: owner})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, _, onB := two(t)
			owner := a.asOwner()
			id, cookies := a.invited(owner, "Amina")
			if c.face == "projector" {
				link := says[struct{ Link string }](t, a.wants(http.StatusOK, call{method: http.MethodPost, path: "/" + a.wall.Code + "/projector-link", cookies: owner})).Link
				cookies = b.enters(a.wall.Code, secretOf(link), call{})
			}
			// As through a proxy, so that no display is let in because it is on this machine.
			far := func(h http.Header) { h.Set("X-Forwarded-For", "192.168.1.9") }
			if c.face == "desk" {
				far = func(http.Header) {}
			}
			path := "/" + a.wall.Code + "/socket?face=" + c.face
			dialled := func() *websocket.Conn {
				conn, answer, err := dial(t, onB, path, cookies, far)
				if err != nil {
					t.Fatalf("%v %v", err, answer)
				}
				return conn
			}
			conn, others := dialled(), connected(t, onB, "/"+a.wall.Code+"/socket?face=desk", owner)
			if _, text, err := conn.ReadMessage(); err != nil || !strings.Contains(string(text), "welcome") {
				t.Fatalf("%s %v", text, err)
			}
			began := time.Now()
			c.take(a, owner, cookies, id)
			if got := closedWith(t, conn); got != hub.CloseComeBack {
				t.Errorf("closed with %d", got)
			}
			took := time.Since(began)
			t.Logf("closed at the other hub after %v", took)
			if took > figure {
				t.Errorf("only after %v", took)
			}
			again := dialled()
			if c.then != 0 {
				if got := closedWith(t, again); got != c.then {
					t.Errorf("the door says %d, want %d", got, c.then)
				}
			} else if _, text, err := again.ReadMessage(); err != nil || strings.Contains(string(text), a.wall.Code) {
				t.Errorf("the display is not told the new code: %s %v", text, err)
			}
			// Nobody else was disturbed.
			if err := others.WriteJSON(map[string]any{"hello": map[string]any{}}); err != nil {
				t.Error(err)
			}
			if _, text, err := others.ReadMessage(); err != nil {
				t.Errorf("the owner's desk: %s %v", text, err)
			}
		})
	}
}

// When the hub that took a right away ended before it said so, the next sweep
// finds out.
func TestTheSweepFindsWhatNobodySaid(t *testing.T) {
	a, b, _, onB := two(t)
	id, cookies := a.invited(a.asOwner(), "Amina")
	conn := connected(t, onB, "/"+a.wall.Code+"/socket?face=desk", cookies)
	if err := a.remove(t.Context(), tablePeople, id); err != nil {
		t.Fatal(err)
	}
	if !b.askFor(b.sockets.guests()) {
		t.Error("the store did not answer")
	}
	if got := closedWith(t, conn); got != hub.CloseComeBack {
		t.Errorf("closed with %d", got)
	}
}

// While the store does not answer nobody is sent away, and nothing is
// forgotten.
func TestRightsWhileTheStoreIsAway(t *testing.T) {
	s, on := live(t)
	id, cookies := s.invited(s.asOwner(), "Amina")
	conn := connected(t, on, "/"+s.wall.Code+"/socket?face=desk", cookies)
	gone := errors.New("away")
	g := &guest{actor: id, still: func(time.Duration) (bool, error) { return false, gone }}
	s.sockets.mu.Lock()
	s.sockets.asked[g] = struct{}{}
	s.sockets.mu.Unlock()
	if err := s.taken(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.ask("before"); got != "before" {
		t.Errorf("it is done with %q, though it could not be asked", got)
	}
	g.still = func(time.Duration) (bool, error) { return true, nil }
	if got := s.ask("before"); got == "before" {
		t.Error("it is not done, though all was asked")
	}
	if err := conn.WriteJSON(map[string]any{"hello": map[string]any{}}); err != nil {
		t.Fatal(err)
	}
	if _, text, err := conn.ReadMessage(); err != nil {
		t.Errorf("%s %v", text, err)
	}
}

// A one-time link is good once, however many hubs are asked at the same time.
func TestALinkIsSpentOnceAmongHubs(t *testing.T) {
	a, b, _, _ := two(t)
	owner := a.asOwner()
	for range 20 {
		w := a.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + a.wall.Code + "/people", body: `{"name":"Amina"}`, cookies: owner})
		secret := secretOf(says[struct{ Link string }](t, w).Link)
		var in atomic.Int32
		var crowd sync.WaitGroup
		for _, s := range []*stand{a, b, a, b, a, b} {
			crowd.Go(func() {
				w := s.do(call{method: http.MethodPost, path: "/" + a.wall.Code + "/enter", body: `{"secret":"` + secret + `"}`})
				switch {
				case w.Code == http.StatusNoContent:
					in.Add(1)
				case w.Code != http.StatusUnauthorized:
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		crowd.Wait()
		if n := in.Load(); n != 1 {
			t.Fatalf("%d came in by one link", n)
		}
	}
}

// A code that is renewed at one hub leads to the wall at the other, at once.
func TestARenewedCodeIsKnownEverywhere(t *testing.T) {
	a, b, _, _ := two(t)
	w := a.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + a.wall.Code + "/code", cookies: a.asOwner()})
	for _, code := range []string{codeOf(t, w), a.wall.Code} {
		p, found, err := b.find(t.Context(), code)
		if err != nil || !found || p.ID != a.wall.Wall || p.Code != codeOf(t, w) {
			t.Errorf("%s: %+v %v %v", code, p, found, err)
		}
	}
}

// Hubs that start together on an empty store make one wall with one code, and
// each prints a link of which one opens the desk.
func TestHubsThatStartTogetherMakeOneWall(t *testing.T) {
	for range 20 {
		store := memstore.New()
		c := &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
		var hubs []*Server
		for range 4 {
			config := Config{Files: built, Now: c.now, Log: kept(t), PublicURL: "http://wall.lan:8080"}
			aHub(t, store, c)(&config)
			s, err := New(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			hubs = append(hubs, s)
		}
		var crowd sync.WaitGroup
		for _, s := range hubs {
			crowd.Go(func() {
				if err := s.FirstWall(t.Context(), Wanted{}); err != nil {
					t.Error(err)
				}
			})
		}
		crowd.Wait()
		codes, err := hubs[0].Hub.List(t.Context(), tableCodes)
		if err != nil || len(codes) != 1 {
			t.Fatalf("%d codes: %v", len(codes), err)
		}
		for _, s := range hubs {
			walls, err := s.Walls(t.Context())
			if err != nil || len(walls) != 1 || codes[walls[0].Code] == nil {
				t.Fatalf("%+v %v", walls, err)
			}
		}
	}
}

// What a hub that ended half-way has left, the next start completes.
func TestTheFirstWallIsCompleted(t *testing.T) {
	store := memstore.New()
	c := &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	config := Config{Files: built, Now: c.now, Log: kept(t), PublicURL: "http://wall.lan:8080"}
	aHub(t, store, c)(&config)
	s, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	const id = "4d0f3f4e-6a2f-4b7e-9c58-0a9f5f0c1d2e"
	if _, err := s.swap(t.Context(), tableKeys, keyFirst, nil, []byte(id)); err != nil {
		t.Fatal(err)
	}
	settings, err := Wanted{}.settings()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Hub.Create(t.Context(), id, settings); err != nil {
		t.Fatal(err)
	}
	if err := s.FirstWall(t.Context(), Wanted{}); err != nil {
		t.Fatal(err)
	}
	walls, err := s.Walls(t.Context())
	if err != nil || len(walls) != 1 || walls[0].Wall != id {
		t.Errorf("%+v %v", walls, err)
	}
}
