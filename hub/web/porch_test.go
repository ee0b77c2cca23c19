package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
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

func (p *porch) waits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
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
		for _, piece := range pieces {
			if _, err := io.WriteString(conn, piece); err != nil {
				t.Fatal(err)
			}
			if len(pieces) > 1 {
				soon(t, "the piece is taken", func() bool { return s.porch.waits() == 0 })
			}
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%s: %v %v", name, answer, err)
		}
		frame := make([]byte, 20)
		if _, err := io.ReadFull(in, frame); err != nil || !strings.Contains(string(frame), `{"welcome"`) {
			t.Errorf("%s: %q %v", name, frame, err)
		}
	}
	conn, in := rung(t, on)
	io.WriteString(conn, head+"\x81\x80abcd")
	if text, err := io.ReadAll(in); err != nil || strings.Contains(string(text), "welcome") {
		t.Errorf("who speaks before being let in: %q %v", text, err)
	}
	s.until(2)
}

// What is no socket's request goes on to net/http as it came, and several
// requests may follow each other on one connection.
func TestThePorchPassesOnWhatIsNotItsOwn(t *testing.T) {
	s, on := live(t)
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
	} {
		conn, in := rung(t, on)
		io.WriteString(conn, head)
		conn.(*net.TCPConn).CloseWrite()
		line, err := in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 40") {
			t.Errorf("%q: %q %v", head, line, err)
		}
	}
}

// Who says nothing waits on the porch, and is hung up on when it is shut.
func TestWhoSaysNothingIsHungUpOn(t *testing.T) {
	s, on := live(t)
	conn, in := rung(t, on)
	soon(t, "it waits", func() bool { return s.porch.waits() == 1 })
	gone, _ := rung(t, on)
	soon(t, "both wait", func() bool { return s.porch.waits() == 2 })
	gone.Close()
	soon(t, "one has gone", func() bool { return s.porch.waits() == 1 })
	on.Close()
	if n, err := in.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error(n, err)
	}
	if s.porch.stay(conn.(*net.TCPConn)) {
		t.Error("a porch that is shut takes somebody in")
	}
	if _, err := s.porch.Accept(); err == nil {
		t.Error("a porch that is shut gives connections")
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

// A phone is let in by what was found of its wall a moment ago; all others, and
// who comes later, by what the store says.
func TestWhatWasFoundLately(t *testing.T) {
	s := stood(t)
	code := s.wall.Code
	if p, found, err := s.findLately(t.Context(), code); err != nil || !found || p.ID != s.wall.Wall {
		t.Fatal(p, found, err)
	}
	if _, found, err := s.findLately(t.Context(), "999999"); err != nil || found {
		t.Error(found, err)
	}
	if err := s.remove(t.Context(), tableCodes, code); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(FoundLately - 1)
	if _, found, _ := s.findLately(t.Context(), code); !found {
		t.Error("forgotten too soon")
	}
	if _, found, _ := s.find(t.Context(), code); found {
		t.Error("the store still has it")
	}
	s.clock.pass(1)
	if _, found, _ := s.findLately(t.Context(), code); found {
		t.Error("kept for too long")
	}
}
