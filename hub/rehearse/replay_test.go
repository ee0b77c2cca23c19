package rehearse

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
	"openspacewall/hub/web"
)

const realKey = "a-key-of-the-hub-that-only-its-operator-knows"

// realHub starts a hub with its own web and store; it ends with the test.
func realHub(t *testing.T) *url.URL {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	h := hub.New(hub.Config{Store: memstore.New(), Now: time.Now, Random: rand.Reader, Log: log})
	server := httptest.NewUnstartedServer(nil)
	at := &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	page := &fstest.MapFile{Data: []byte("<!doctype html><title>wall</title>")}
	s, err := web.New(web.Config{
		Hub: h, Log: log, PublicURL: at.String(), Key: realKey,
		Files: fstest.MapFS{"phone.html": page, "projector.html": page, "desk.html": page, "door.html": page},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s
	server.Start()
	t.Cleanup(func() {
		s.Close()
		if err := h.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		server.Close()
	})
	return at
}

// Real input, as fast as it goes: nothing is lost or doubled, and the desk's
// totals are those counted from the file.
func TestReplayOfRealConsultations(t *testing.T) {
	for _, c := range []struct {
		name           string
		extra          int
		posted, hidden int
	}{
		{"youth", 3, 679, 3},
		{"housing", 0, 15241, 46},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, c.name)
			r, err := Run(t.Context(), Options{Hub: realHub(t), Key: realKey, Script: s, Phones: len(s.People) + c.extra})
			if err != nil {
				t.Fatalf("%v: %+v", err, r)
			}
			if !r.Good() || r.Lost != 0 || r.Duplicated != 0 || r.Joined != len(s.People)+c.extra ||
				r.Posted != c.posted || r.Acknowledged != c.posted || r.Delivered != c.posted || r.Hidden != c.hidden || r.ByHand != 0 {
				t.Errorf("%+v", r)
			}
			want, _ := count(t, c.name)
			if len(r.totals) != len(want) {
				t.Errorf("%d notes at the desk, want %d", len(r.totals), len(want))
			}
			for note, dots := range want {
				if r.totals[note] != dots {
					t.Errorf("note %s: %d dots at the desk, %d in the file", note, r.totals[note], dots)
				}
			}
			t.Logf("%d notes and votes in %.1f s, acknowledged in %.1f/%.1f ms, on the phones in %.1f/%.1f ms, %d came back",
				r.Posted, r.Seconds, r.AckP50, r.AckP99, r.WallP50, r.WallP99, r.Returns)
		})
	}
}

// between stands between phones and a real hub, and may alter what it passes on.
type between struct {
	hub *url.URL
	// up sees a command on its way to the hub and says what arrives there, and
	// what comes back at once.
	up func(c *hub.Command) (arrives []*hub.Command, back *hub.Outgoing)
	// cut says after which message down a connection breaks.
	cut func() bool
}

func (b *between) open(t *testing.T) *url.URL {
	t.Helper()
	var running sync.WaitGroup
	pages := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(b.hub)
		if r.Out.Header.Get("Origin") != "" {
			r.Out.Header.Set("Origin", b.hub.String())
		}
	}, Transport: &http.Transport{DisableKeepAlives: true}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !websocket.IsWebSocketUpgrade(r) || r.URL.Query().Get("face") != "phone" {
			pages.ServeHTTP(w, r)
			return
		}
		running.Add(1)
		defer running.Done()
		b.pass(w, r)
	}))
	t.Cleanup(func() {
		running.Wait()
		server.Close()
	})
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (b *between) pass(w http.ResponseWriter, r *http.Request) {
	dialer := websocket.Dialer{Subprotocols: []string{hub.Subprotocol}}
	behind, resp, err := dialer.Dial("ws://"+b.hub.Host+r.URL.RequestURI(),
		http.Header{"Cookie": r.Header["Cookie"], "Origin": {b.hub.String()}})
	if err != nil {
		if resp != nil {
			w.WriteHeader(resp.StatusCode)
		}
		return
	}
	defer behind.Close() //nolint:errcheck // a test's
	up := websocket.Upgrader{Subprotocols: []string{hub.Subprotocol}}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // a test's
	var writing sync.Mutex
	down := make(chan struct{})
	go func() {
		defer close(down)
		defer conn.Close() //nolint:errcheck // a test's
		for {
			kind, raw, err := behind.ReadMessage()
			if err != nil || (b.cut != nil && b.cut()) {
				return
			}
			writing.Lock()
			err = conn.WriteMessage(kind, raw)
			writing.Unlock()
			if err != nil {
				return
			}
		}
	}()
	for b.forward(conn, behind, &writing) == nil {
	}
	_ = behind.Close()
	<-down
}

func (b *between) forward(conn, behind *websocket.Conn, writing *sync.Mutex) error {
	_, raw, err := conn.ReadMessage()
	if err != nil {
		return err
	}
	var m hub.Incoming
	if b.up == nil || json.Unmarshal(raw, &m) != nil || m.Command == nil {
		return behind.WriteMessage(websocket.TextMessage, raw)
	}
	arrives, back := b.up(m.Command)
	for _, c := range arrives {
		if err := behind.WriteJSON(hub.Incoming{Command: c}); err != nil {
			return err
		}
	}
	if back == nil {
		return nil
	}
	writing.Lock()
	defer writing.Unlock()
	return conn.WriteJSON(back)
}

// Connections that break in the middle of everything lose and double nothing.
func TestReplayOverBrokenConnections(t *testing.T) {
	var messages atomic.Int64
	b := &between{hub: realHub(t), cut: func() bool { return messages.Add(1)%151 == 0 }}
	s := open(t, "youth")
	r, err := Run(t.Context(), Options{Hub: b.open(t), Key: realKey, Script: s, Phones: len(s.People)})
	if err != nil || !r.Good() || r.Returns == 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

// The negative controls: what is lost or doubled on the way is found.
func TestReplayFindsWhatIsLostOrDoubled(t *testing.T) {
	var once atomic.Bool
	for _, c := range []struct {
		name             string
		up               func(c *hub.Command) ([]*hub.Command, *hub.Outgoing)
		lost, duplicated int
	}{
		{"nothing", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) { return []*hub.Command{c}, nil }, 0, 0},
		{"a dot is acknowledged and lost", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if c.Do == "vote" && bytes.Contains(c.With, []byte(`"dots":1`)) && once.CompareAndSwap(false, true) {
				return nil, &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}}
			}
			return []*hub.Command{c}, nil
		}, 1, 0},
		{"a note is acknowledged and lost, and with it its dot", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if bytes.Contains(c.With, []byte("Fler cykelbanor")) {
				return nil, &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}}
			}
			if c.Do == "vote" && bytes.Contains(c.With, []byte(`"count":2`)) && once.CompareAndSwap(false, true) {
				return nil, &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}}
			}
			return []*hub.Command{c}, nil
		}, 2, 0},
		{"a note is posted twice", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if c.Do == "post" && once.CompareAndSwap(false, true) {
				var p wall.Post
				_ = json.Unmarshal(c.With, &p)
				p.ID = "11111111-1111-4111-8111-111111111111"
				with, _ := json.Marshal(p)
				return []*hub.Command{c, {N: 1_000_000, Do: c.Do, With: with}}, nil
			}
			return []*hub.Command{c}, nil
		}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			once.Store(false)
			b := &between{hub: realHub(t), up: c.up}
			r, err := Run(t.Context(), Options{Hub: b.open(t), Key: realKey, Script: single(t), Phones: 2})
			if err != nil || r.Lost != c.lost || r.Duplicated != c.duplicated || r.Good() != (c.lost+c.duplicated == 0) {
				t.Errorf("%v: %+v", err, r)
			}
		})
	}
}
