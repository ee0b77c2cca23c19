package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"openspacewall/hub"
)

// requested is the head of a phone's request for its socket.
func requested(on *httptest.Server, code string, phone []*http.Cookie) string {
	host := strings.TrimPrefix(on.URL, "http://")
	return "GET /" + code + "/socket?face=phone&epoch=&revision=0 HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + on.URL +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " +
		hub.Subprotocol + "\r\nCookie: " + phone[0].Name + "=" + phone[0].Value + "\r\n\r\n"
}

// rung is a bare connection to a live stand.
func rung(t *testing.T, on *httptest.Server) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(on.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// soon waits until something is so.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !so(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

// says writes to a bare connection, whose first piece the porch has looked at
// before another comes: of several, it goes to net/http.
func (s *stand) says(conn net.Conn, pieces ...string) {
	s.t.Helper()
	soon(s.t, "it waits", func() bool { return s.lobby.here() == 1 })
	passed := s.passed.Load()
	for i, piece := range pieces {
		if _, err := io.WriteString(conn, piece); err != nil {
			s.t.Fatal(err)
		}
		if i == 0 && len(pieces) > 1 {
			soon(s.t, "the piece is taken", func() bool { return s.passed.Load() == passed+1 })
		}
	}
}

// A socket's request gets its socket, whether it comes in one piece, and is
// answered on the porch, or in several, and is net/http's; what follows the head
// in the same piece is no socket's, and never was.
func TestASocketsRequestInOnePieceAndInSeveral(t *testing.T) {
	s, on := live(t)
	head := requested(on, s.wall.Code, s.attendee())
	for name, pieces := range map[string][]string{
		"one":     {head},
		"several": {head[:60], head[60:200], head[200:]},
	} {
		conn, in := rung(t, on)
		s.says(conn, pieces...)
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%s: %v %v", name, answer, err)
		}
		frame := make([]byte, 20)
		if _, err := io.ReadFull(in, frame); err != nil || !strings.Contains(string(frame), `{"welcome"`) {
			t.Errorf("%s: %q %v", name, frame, err)
		}
	}
	for name, more := range map[string]string{
		"who speaks before being let in":       head + "\x81\x80abcd",
		"a request after one that ends barely": head[:len(head)-4] + "\n\n" + head,
	} {
		conn, in := rung(t, on)
		io.WriteString(conn, more)
		if text, err := io.ReadAll(in); err != nil || strings.Contains(string(text), "welcome") {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
	s.until(2)
}

// What is no socket's request goes on to net/http as it came, and several
// requests may follow each other on one connection.
func TestThePorchPassesOnWhatIsNotItsOwn(t *testing.T) {
	s, on := live(t)
	whole := strings.Replace(requested(on, s.wall.Code, s.attendee()), "Origin: "+on.URL, "Origin: "+s.PublicURL, 1) // whatever the host
	changed := func(is, to string) string { return strings.Replace(whole, is, to, 1) }
	conn, in := rung(t, on)
	for range 3 {
		io.WriteString(conn, "GET /"+s.wall.Code+" HTTP/1.1\r\nHost: wall\r\n\r\n")
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	for _, head := range []string{
		"GET /" + s.wall.Code + "/socket?face=phone HTTP/1.1\r\n\r\n", // without a host
		"GET /" + s.wall.Code + "/socket?face=phone HTTP/1.1\r\nHost: a b\r\nbroken\r\n\r\n",
		"POST /" + s.wall.Code + "/socket?face=phone HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
		"GET /" + s.wall.Code + "/socket?face=phone HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
		"GET /" + s.wall.Code + "/socket?face=phone\r\n\r\n",
		"\x16\x03\x01 is TLS",
		"GET /../socket? HTTP/1.1\r\nHost: a\r\n\r\n",
		changed("HTTP/1.1", "HTTP/2.0"),
		changed("Host: ", "Host: a b"),
		changed("Origin: ", "Host: other\r\nOrigin: "),
		changed("Origin: ", "Transfer-Encoding : chunked\r\nOrigin: "),
		changed("Origin: ", "Transfer-Encoding: identity\r\nOrigin: "),
		changed("Origin: ", "Content-Length: 1\r\nContent-Length: 0\r\nOrigin: "),
		changed("Origin: ", "Expect: what it likes\r\nOrigin: "),
	} {
		conn, in := rung(t, on)
		io.WriteString(conn, head)
		conn.(*net.TCPConn).CloseWrite()
		line, err := in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 4") && !strings.HasPrefix(line, "HTTP/1.1 50") {
			t.Errorf("%q: %q %v", head, line, err)
		}
	}
}

// Who says nothing waits on the porch, and is hung up on when it is shut.
func TestWhoSaysNothingIsHungUpOn(t *testing.T) {
	s, on := live(t)
	conn, in := rung(t, on)
	soon(t, "it waits", func() bool { return s.lobby.here() == 1 })
	gone, _ := rung(t, on)
	soon(t, "both wait", func() bool { return s.lobby.here() == 2 })
	gone.Close()
	soon(t, "one has gone", func() bool { return s.lobby.here() == 1 })
	on.Close()
	if n, err := in.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error(n, err)
	}
	if s.lobby.enter(conn) {
		t.Error("a lobby that is shut takes somebody in")
	}
	if _, err := s.porch.Accept(); err == nil {
		t.Error("a porch that is shut gives connections")
	}
}

// No connection can be taken: that is said once, and once that it is over.
func TestNobodyCanComeIn(t *testing.T) {
	var log bytes.Buffer
	s := stood(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	p := &porch{server: s.Server}
	log.Reset()
	for range 3 {
		p.hear(syscall.EMFILE)
	}
	p.hear(nil)
	p.hear(nil)
	p.hear(net.ErrClosed)
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "too many open files") {
		t.Error(text)
	}
}

// When too many wait at the doorway, one more is told to come later, at once.
func TestThePorchHasADoorway(t *testing.T) {
	s, on := live(t)
	head := requested(on, s.wall.Code, s.attendee())
	for range HandshakesAtOnce {
		s.doorway.enter(t.Context())
	}
	first, in := rung(t, on)
	io.WriteString(first, head)
	soon(t, "it waits at the doorway", func() bool { return s.doorway.waiting.Load() == 1 })
	s.doorway.waiting.Store(HandshakesWaiting)
	conn, late := rung(t, on)
	io.WriteString(conn, head)
	answer, err := http.ReadResponse(late, nil)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") != "1" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
	s.doorway.waiting.Store(1)
	for range HandshakesAtOnce {
		s.doorway.leave()
	}
	if answer, err = http.ReadResponse(in, nil); err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer, err)
	}
}

// Who is refused on the porch is told the same, and in the same way, as by net/http.
func TestThePorchRefusesAsNetHTTPDoes(t *testing.T) {
	s, on := live(t)
	whole := requested(on, s.wall.Code, s.attendee())
	s.guesses.AllowN(s.clock.now(), GuessesAtOnce)
	for name, c := range map[string]struct {
		head string
		want int
	}{
		"no face":          {strings.Replace(whole, "face=phone", "face=owner", 1), 400},
		"no key":           {strings.Replace(whole, "Sec-WebSocket-Key", "X-Key", 1), 400},
		"another's origin": {strings.Replace(whole, "Origin: ", "Origin: http://evil.example", 1), 403},
		"a guess":          {strings.Replace(whole, s.wall.Code, "999999", 1), 503},
		"a guess, by hand": {strings.Replace(whole, "GET /"+s.wall.Code+"/", "GET /999999/", 1)[:len(whole)-2] + "Accept: text/html\r\n\r\n", 503},
	} {
		var told [2]http.Header
		var texts [2]string
		for i, pieces := range [][]string{{c.head}, {c.head[:60], c.head[60:]}} {
			conn, in := rung(t, on)
			s.says(conn, pieces...)
			answer, err := http.ReadResponse(in, nil)
			if err != nil || answer.StatusCode != c.want {
				t.Fatal(name, answer, err)
			}
			texts[i] = readAll(t, answer.Body)
			answer.Body.Close()
			told[i] = answer.Header
			told[i].Del("Date")
			conn.Close()
		}
		if texts[0] != texts[1] || fmt.Sprint(told[0]) != fmt.Sprint(told[1]) {
			t.Errorf("%s: %v %q, and by net/http %v %q", name, told[0], texts[0], told[1], texts[1])
		}
	}
}

// What panics is logged with where, the connection is closed, and its place is free.
func TestWhatPanicsOnThePorch(t *testing.T) {
	var log bytes.Buffer
	var broken atomic.Bool
	s, on := live(t, func(c *Config) {
		now := c.Now
		c.Now = func() time.Time {
			if broken.Load() {
				panic("no time")
			}
			return now()
		}
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	head := requested(on, s.wall.Code, s.attendee())
	broken.Store(true)
	for range 2 * HandshakesAtOnce {
		conn, in := rung(t, on)
		io.WriteString(conn, head)
		if text, err := io.ReadAll(in); len(text) > 0 {
			t.Fatal(string(text), err)
		}
		conn.Close()
	}
	broken.Store(false)
	conn, in := rung(t, on)
	io.WriteString(conn, head)
	if answer, err := http.ReadResponse(in, nil); err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer, err)
	}
	conn.Close()
	on.Close()
	s.Close()
	if text := log.String(); strings.Count(text, "no time") != 2*HandshakesAtOnce || !strings.Contains(text, "letIn") {
		t.Error(text)
	}
}

// Who waits at the doorway when the server ends is told so, and not waited for.
func TestThePorchEndsWithItsServer(t *testing.T) {
	s, on := live(t)
	for range HandshakesAtOnce {
		s.doorway.enter(t.Context())
	}
	conn, in := rung(t, on)
	io.WriteString(conn, requested(on, s.wall.Code, s.attendee()))
	soon(t, "it waits at the doorway", func() bool { return s.doorway.waiting.Load() == 1 })
	on.Close()
	began := time.Now()
	s.Close()
	if took := time.Since(began); took >= handshakeWait {
		t.Error(took)
	}
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
}
