package rehearse

import (
	"context"
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
	"openspacewall/hub/web"
)

const realKey = "a-key-of-the-hub-that-only-its-operator-knows"

// house is a hub with its own web, on a store that outlives it.
type house struct {
	store *memstore.Store
	at    *url.URL
	open  atomic.Pointer[http.Handler]
	close func() // what is open
}

// realHub starts a hub; it ends with the test.
func realHub(t *testing.T) *url.URL {
	t.Helper()
	return newHouse(t).at
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{store: memstore.New()}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*h.open.Load()).ServeHTTP(w, r)
	}))
	h.at = &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	h.start(t)
	server.Start()
	t.Cleanup(func() {
		h.close()
		server.Close()
	})
	return h
}

func (h *house) start(t *testing.T) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	relay := hub.New(hub.Config{Store: h.store, Now: time.Now, Random: rand.Reader, Log: log})
	page := &fstest.MapFile{Data: []byte("<!doctype html><title>wall</title>")}
	s, err := web.New(t.Context(), web.Config{
		Hub: relay, Log: log, PublicURL: h.at.String(), Key: realKey,
		Files: fstest.MapFS{"phone.html": page, "projector.html": page, "desk.html": page, "door.html": page},
	})
	if err != nil {
		t.Error(err)
		return
	}
	var handler http.Handler = s
	h.open.Store(&handler)
	h.close = func() {
		s.Close()
		if err := relay.Close(context.Background()); err != nil {
			t.Error(err)
		}
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
		status := http.StatusBadGateway // the hub is being started again
		if resp != nil {
			status = resp.StatusCode
		}
		w.WriteHeader(status)
		return
	}
	defer behind.Close()
	up := websocket.Upgrader{Subprotocols: []string{hub.Subprotocol}}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	var writing sync.Mutex
	down := make(chan struct{})
	go func() {
		defer close(down)
		defer conn.Close()
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
