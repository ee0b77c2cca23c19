package web

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func (l *lobby) here() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}

// Who says nothing, or only half of what they want, is hung up on in time, and
// not before: a phone on bad Wi-Fi takes a while.
func TestWhoIsTooSlowToAsk(t *testing.T) {
	if headerWithin < 3*time.Second || headerWithin > 10*time.Second {
		t.Fatal(headerWithin)
	}
	s, on := live(t)
	began := time.Now()
	silent, _ := rung(t, on)
	half, _ := rung(t, on)
	io.WriteString(half, "GET /"+s.wall.Code+"/socket?face=phone HTTP/1.1\r\nHost: wall\r\n")
	for name, conn := range map[string]net.Conn{"silent": silent, "half": half} {
		if err := conn.SetDeadline(began.Add(headerWithin + 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(conn)
		if took := time.Since(began); err != nil || len(text) > 0 || took < headerWithin-time.Second {
			t.Errorf("%s: %q %v after %v", name, text, err, took)
		}
	}
	soon(t, "nobody waits", func() bool { return s.lobby.here() == 0 })
}

// When more ask for nothing than there is room for, who has done so longest goes:
// silent ones, one who said half a word, and a browser's connection that it keeps.
// Who has a socket stays.
func TestTheLobbyIsFull(t *testing.T) {
	s, on := live(t)
	phone := connected(t, on, "/"+s.wall.Code+"/socket?face=phone", s.attendee())
	s.lobby.mu.Lock()
	s.lobby.most = 3
	s.lobby.mu.Unlock()
	kept, in := rung(t, on)
	io.WriteString(kept, "GET /"+s.wall.Code+" HTTP/1.1\r\nHost: wall\r\n\r\n")
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, answer.Body)
	answer.Body.Close()
	soon(t, "it is kept", func() bool { return s.lobby.here() == 1 })
	silent, _ := rung(t, on)
	soon(t, "another waits", func() bool { return s.lobby.here() == 2 })
	half, _ := rung(t, on)
	passed := s.passed.Load()
	io.WriteString(half, "GET /"+s.wall.Code)
	soon(t, "and one who begins", func() bool { return s.lobby.here() == 3 && s.passed.Load() == passed+1 })
	for _, first := range []net.Conn{kept, silent, half} {
		last, in := rung(t, on)
		if n, err := first.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Fatal("it is not hung up on", n, err)
		}
		soon(t, "there is room", func() bool { return s.lobby.here() == 3 })
		if first == half { // they are as they were before: who came last is answered
			io.WriteString(last, "GET /robots.txt HTTP/1.1\r\nHost: wall\r\nConnection: close\r\n\r\n")
			answer, err := http.ReadResponse(in, nil)
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatal(answer, err)
			}
			answer.Body.Close()
		}
	}
	if err := phone.WriteMessage(websocket.TextMessage, []byte(`{"hello":{"epoch":"","revision":0}}`)); err != nil {
		t.Fatal(err)
	}
	for {
		_, text, err := phone.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"snapshot"`) {
			break
		}
	}
}
