package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"crypto/rand"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"openspacewall/hub"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// built is a front end small enough to read.
var built = fstest.MapFS{
	"phone.html": {Data: []byte("<!doctype html><style>p{margin:0}</style><script type=\"module\">let phone = 1;\r\nlet x</script>" +
		strings.Repeat("<p>words</p>", 200))},
	"projector.html":       {Data: []byte(`<!doctype html><script type="module" src="/assets/p-1.js"></script>`)},
	"desk.html":            {Data: []byte(`<!doctype html><link rel="stylesheet" href="/assets/d-1.css">`)},
	"door.html":            {Data: []byte(`<!doctype html><script>let door</script>`)},
	"assets/p-1.js":        {Data: []byte(strings.Repeat("let a = 1;\n", 200))},
	"assets/p-1.js.br":     {Data: []byte("brotli")},
	"assets/d-1.css":       {Data: []byte("p{}")},
	"assets/f-1.woff2":     {Data: []byte("font")},
	"assets/deep/no-1.txt": {Data: []byte("not served")},
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// stand is a whole server with one wall on it.
type stand struct {
	*Server
	t     *testing.T
	clock *clock
	wall  Made
	owner string // the first one-time secret
	porch *porch // of what is live

	passed atomic.Int32 // connections that net/http got
}

const testKey = "the key in the data folder, 256 bits of it"

func stood(t *testing.T, with ...func(*Config)) *stand {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	store := memstore.New()
	h := hub.New(hub.Config{Store: store, Now: c.now, Random: rand.Reader, Log: kept(t), Build: "b"})
	config := Config{Hub: h, Files: built, Now: c.now, Log: kept(t), PublicURL: "http://wall.lan:8080", DeskURL: "http://localhost:8080", Key: testKey}
	for _, w := range with {
		w(&config)
	}
	s, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	made, err := s.CreateWall(t.Context(), Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.FirstOwner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &stand{Server: s, t: t, clock: c, wall: made, owner: secretOf(link)}
}

func insecureDesk(c *Config) { c.InsecureDesk = true }

func secretOf(link string) string {
	_, secret, _ := strings.Cut(link, "#")
	return secret
}

// call is one request. Its zero value asks from this machine, for this machine.
type call struct {
	method, path, body string
	from, host         string
	tls                bool
	header             map[string]string
	cookies            []*http.Cookie
}

func (c call) request() *http.Request {
	if c.method == "" {
		c.method = http.MethodGet
	}
	target := "http://localhost:8080"
	if c.tls {
		target = "https://localhost:8080"
	}
	r := httptest.NewRequest(c.method, target+c.path, strings.NewReader(c.body))
	r.RemoteAddr = "127.0.0.1:50000"
	if c.from != "" {
		r.RemoteAddr = c.from + ":50000"
	}
	if c.host != "" {
		r.Host = c.host
	}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	for _, k := range c.cookies {
		r.AddCookie(k)
	}
	return r
}

func (s *stand) do(c call) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, c.request())
	return w
}

// wants asks and compares the status.
func (s *stand) wants(status int, c call) *httptest.ResponseRecorder {
	s.t.Helper()
	w := s.do(c)
	if w.Code != status {
		s.t.Fatalf("%s %s: %d %s, want %d", c.method, c.path, w.Code, w.Body, status)
	}
	return w
}

// says reads an answer's JSON.
func says[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return v
}

func codeOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	return says[struct{ Code string }](t, w).Code
}

// enters spends a secret at a wall and gives the cookies.
func (s *stand) enters(code, secret string, c call) []*http.Cookie {
	s.t.Helper()
	c.method, c.path, c.body = http.MethodPost, "/"+code+"/enter", `{"secret":"`+secret+`"}`
	return s.wants(http.StatusNoContent, c).Result().Cookies()
}

// asOwner is the first owner's login.
func (s *stand) asOwner() []*http.Cookie {
	s.t.Helper()
	return s.enters(s.wall.Code, s.owner, call{})
}

// invited invites a moderator and logs them in.
func (s *stand) invited(owner []*http.Cookie, name string) (id string, cookies []*http.Cookie) {
	s.t.Helper()
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + s.wall.Code + "/people", body: `{"name":"` + name + `"}`, cookies: owner})
	made := says[struct{ ID, Link string }](s.t, w)
	return made.ID, s.enters(s.wall.Code, secretOf(made.Link), call{})
}

// another makes one more wall.
func (s *stand) another() Made {
	s.t.Helper()
	made, err := s.CreateWall(s.t.Context(), Wanted{Title: "Boden"})
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

// live is a stand on a real port, for sockets.
func live(t *testing.T, with ...func(*Config)) (*stand, *httptest.Server) {
	t.Helper()
	s := stood(t, with...)
	on := httptest.NewUnstartedServer(nil)
	on.Config = s.HTTP()
	on.Config.ConnState = func(c net.Conn, now http.ConnState) {
		if now == http.StateNew {
			s.passed.Add(1)
		}
		s.lobby.follow(c, now)
	}
	on.Listener = s.Porch(on.Listener)
	s.porch, _ = on.Listener.(*porch)
	on.Start()
	t.Cleanup(on.Close)
	return s, on
}

// dial opens a socket as a browser's page of the hub would.
func dial(t *testing.T, on *httptest.Server, path string, cookies []*http.Cookie, with ...func(http.Header)) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	h := http.Header{"Origin": {on.URL}}
	for _, c := range cookies {
		h.Add("Cookie", c.Name+"="+c.Value)
	}
	for _, w := range with {
		w(h)
	}
	d := websocket.Dialer{Subprotocols: []string{hub.Subprotocol}, HandshakeTimeout: 10 * time.Second}
	conn, answer, err := d.DialContext(t.Context(), strings.Replace(on.URL, "http", "ws", 1)+path, h)
	if conn != nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, answer, err
}

// connected dials and reads the welcome.
func connected(t *testing.T, on *httptest.Server, path string, cookies []*http.Cookie) *websocket.Conn {
	t.Helper()
	conn, answer, err := dial(t, on, path, cookies)
	if err != nil {
		t.Fatalf("%s: %v %v", path, err, answer)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, text, err := conn.ReadMessage()
	if err != nil || !strings.Contains(string(text), `"welcome"`) {
		t.Fatalf("%s: %s %v", path, text, err)
	}
	return conn
}

// closedWith reads until the socket's end and gives its code.
func closedWith(t *testing.T, conn *websocket.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		_, _, err := conn.ReadMessage()
		var end *websocket.CloseError
		if errors.As(err, &end) {
			return end.Code
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// turned dials and gives the close code with which it ends.
func turned(t *testing.T, on *httptest.Server, path string, cookies []*http.Cookie) int {
	t.Helper()
	conn, answer, err := dial(t, on, path, cookies)
	if err != nil {
		t.Fatalf("%s: %v %v", path, err, answer)
	}
	return closedWith(t, conn)
}

// attendee is a phone that has opened the page.
func (s *stand) attendee() []*http.Cookie {
	s.t.Helper()
	return s.wants(http.StatusOK, call{path: "/" + s.wall.Code}).Result().Cookies()
}

// phase leads the wall to a phase.
func (s *stand) phase(p wall.Phase) {
	s.t.Helper()
	err := s.Hub.Do(s.t.Context(), s.wall.Wall, wall.Request{
		By: wall.Actor{Role: wall.Owner, ID: "o", Name: "O"}, At: s.now(), Command: wall.SetPhase{Phase: p},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func contains(w *httptest.ResponseRecorder, text string) bool {
	return strings.Contains(w.Body.String(), text)
}
