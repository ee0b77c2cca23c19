package hub

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// verbs are all that a client can ask.
var verbs = strings.Fields(`post edit withdraw report vote show hide archive restore move answer dismiss hide_author
	mute erase merge unmerge make_cluster name_cluster gather scatter dissolve set phase timer display freeze undo`)

var refusals = []wall.Code{wall.Invalid, wall.TooLong, wall.Empty, wall.Rate, wall.TooMany, wall.NoDots, wall.Forbidden,
	wall.WrongPhase, wall.ReadOnly, wall.NotFound, wall.Conflict, wall.Gone, wall.Late, wall.InUse, wall.Grouped,
	wall.Unavailable, wall.Full, wall.Busy}

func decodeVerb(c *Command) (wall.Command, error) { return wall.DecodeCommand(c.Do, c.With) }

func jsonNumber(n int) string { return strconv.Itoa(n) }

const testWall = "6b1f0e9d-8c7b-4a59-9e3d-2c1b0a998877"

// openHub makes a hub on a store, and a wall on it, and closes it after the test.
func openHub(t testing.TB, s store.Store) *Hub {
	t.Helper()
	h := New(Config{Store: s, Build: "test"})
	t.Cleanup(func() { closeHub(t, h) })
	return h
}

func closeHub(t testing.TB, h *Hub) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil && !errors.Is(err, ErrClosed) {
		t.Error("closing the hub:", err)
	}
}

// openWall makes a hub with one open wall on a store in memory.
func openWall(t testing.TB, change func(*wall.Settings)) (*Hub, *memstore.Store) {
	t.Helper()
	s := memstore.New()
	h := openHub(t, s)
	makeWall(t, h, testWall, change)
	return h, s
}

func makeWall(t testing.TB, h *Hub, id string, change func(*wall.Settings)) {
	t.Helper()
	settings := wall.DefaultSettings()
	settings.Title = "Göteborg"
	settings.Moderation.Mode = "open"
	if change != nil {
		change(&settings)
	}
	if err := h.Create(t.Context(), id, settings); err != nil {
		t.Fatal(err)
	}
}

var (
	ann   = wall.Actor{Role: wall.Participant, ID: "ann"}
	bo    = wall.Actor{Role: wall.Participant, ID: "bo"}
	mona  = wall.Actor{Role: wall.Moderator, ID: "mona", Name: "Mona"}
	olle  = wall.Actor{Role: wall.Owner, ID: "olle", Name: "Olle"}
	beam  = wall.Actor{Role: wall.Projector, ID: "beam"}
	phone = func(a wall.Actor) Join { return Join{Wall: testWall, Code: "482715", Face: Phone, Actor: a} }
	desk  = func(a wall.Actor) Join { return Join{Wall: testWall, Code: "482715", Face: Desk, Actor: a} }
	hall  = Join{Wall: testWall, Code: "482715", Face: Projector, Actor: beam}
)

func newID() string { return uuid.NewString() }

// upgrader is as package web has it.
var upgrader = websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}, Subprotocols: []string{Subprotocol}}

// overTCP connects through a real socket.
func overTCP(t testing.TB, h *Hub, j Join) *websocket.Conn {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		conn, err := upgrader.Upgrade(w, q, nil)
		if err != nil {
			t.Error(err)
			return
		}
		h.Serve(q.Context(), conn, j)
	}))
	t.Cleanup(s.Close)
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return conn
}

// overPipe connects in memory: for tests that own time, and for benchmarks.
func overPipe(t testing.TB, h *Hub, j Join) *websocket.Conn {
	t.Helper()
	near, far := net.Pipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		q, err := http.ReadRequest(bufio.NewReader(far))
		if err != nil {
			t.Error(err)
			return
		}
		conn, err := upgrader.Upgrade(&hijacked{conn: far}, q, nil)
		if err != nil {
			t.Error(err)
			return
		}
		h.Serve(context.Background(), conn, j)
	}()
	conn, _, err := (&websocket.Dialer{
		NetDial:         func(string, string) (net.Conn, error) { return near, nil },
		ReadBufferSize:  1024,
		WriteBufferSize: 1024,
	}).Dial("ws://wall", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-served
	return conn
}

// hijacked is a ResponseWriter that gives its connection away.
type hijacked struct {
	conn   net.Conn
	header http.Header
}

func (w *hijacked) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}
func (w *hijacked) Write(b []byte) (int, error) { return w.conn.Write(b) }
func (w *hijacked) WriteHeader(int)             {}
func (w *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}
