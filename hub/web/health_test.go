package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

func TestHealth(t *testing.T) {
	s, on := live(t)
	connected(t, on, "/"+s.wall.Code+"/socket?face=phone", s.attendee())
	got := says[map[string]int](t, s.wants(http.StatusOK, call{path: "/healthz"}))
	if got["phones"] != 1 || got["walls"] != 1 || got["stuck"] != 0 {
		t.Errorf("%v", got)
	}
	s.wants(http.StatusOK, call{path: "/readyz"})
}

// What is wrong with the store is told to its operator; everybody else is told
// that something is.
func TestFindingsAreTheOperators(t *testing.T) {
	const finding = "Redis writes to disk later than it answers"
	s := stood(t, func(c *Config) { c.Findings = func() []string { return []string{finding} } })
	key := map[string]string{"Authorization": "Bearer " + testKey}
	for _, c := range []struct {
		call
		told bool
	}{
		{call{}, true},
		{call{from: "192.168.1.9", tls: true, header: key}, true},
		{call{from: "192.168.1.9", header: key}, false}, // whoever listens could learn the key
		{call{from: "192.168.1.9"}, false},
		{call{header: map[string]string{"X-Forwarded-For": "192.168.1.9"}}, false},
	} {
		c.path = "/healthz"
		w := s.wants(http.StatusOK, c.call)
		if contains(w, finding) != c.told || !contains(w, `"warnings":1`) {
			t.Errorf("%+v: %s", c.call, w.Body)
		}
	}
}

// gated is a store whose commits wait, and which can be away.
type gated struct {
	*memstore.Store
	gate chan struct{}
	away atomic.Bool
}

func (g *gated) Commit(ctx context.Context, id string, b store.Batch) error {
	if g.gate != nil {
		<-g.gate
	}
	return g.Store.Commit(ctx, id, b)
}

func (g *gated) Ready(ctx context.Context) error {
	if g.away.Load() {
		return errors.New("it is away")
	}
	return g.Store.Ready(ctx)
}

func onGated(t *testing.T, g *gated) *stand {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	h := hub.New(hub.Config{Store: g, Now: c.now, Random: rand.Reader, Log: kept(t), Build: "b"})
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return stood(t, func(c *Config) { c.Hub = h })
}

// A process in which the owner of a wall answers nothing does not live; it may
// be ready nevertheless, as its store is.
func TestAnOwnerThatDoesNotAnswer(t *testing.T) {
	g := &gated{Store: memstore.New(), gate: make(chan struct{})}
	s := onGated(t, g)
	done := make(chan error, 1)
	go func() {
		done <- s.Hub.Do(context.Background(), s.wall.Wall, wall.Request{By: wall.Actor{Role: wall.Owner, ID: "o"}, At: s.now(), Command: wall.SetPhase{Phase: wall.Vote}})
	}()
	g.gate <- struct{}{} // the commit has begun; the next one will not
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	go func() {
		done <- s.Hub.Do(context.Background(), s.wall.Wall, wall.Request{By: wall.Actor{Role: wall.Owner, ID: "o"}, At: s.now(), Command: wall.SetPhase{Phase: wall.Results}})
	}()
	var w *httptest.ResponseRecorder
	for deadline := time.Now().Add(20 * time.Second); ; s.clock.pass(2 * time.Second) {
		if w = s.do(call{path: "/healthz"}); w.Code == http.StatusServiceUnavailable {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if !contains(w, `"stuck":1`) {
		t.Errorf("%s", w.Body)
	}
	s.wants(http.StatusOK, call{path: "/readyz"})
	close(g.gate)
	if err := <-done; err != nil {
		t.Error(err)
	}
	s.clock.pass(2 * time.Second)
	s.wants(http.StatusOK, call{path: "/healthz"})
}

// While the store is away nobody is to be sent here, but the process lives. It
// is said once, however often it is asked.
func TestReadiness(t *testing.T) {
	g := &gated{Store: memstore.New()}
	s := onGated(t, g)
	log := &logged{}
	s.Log = logTo(log)
	s.wants(http.StatusOK, call{path: "/readyz"})
	g.away.Store(true)
	for range 3 {
		if w := s.wants(http.StatusServiceUnavailable, call{path: "/readyz"}); w.Header().Get("Retry-After") == "" || contains(w, "it is away") {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
	s.wants(http.StatusOK, call{path: "/healthz"})
	g.away.Store(false)
	for range 3 {
		s.wants(http.StatusOK, call{path: "/readyz"})
	}
	if text := log.text.String(); strings.Count(text, "not ready") != 1 || strings.Count(text, "ready again") != 1 {
		t.Errorf("%s", text)
	}
}
