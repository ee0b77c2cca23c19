package web

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRequestsHaveTheirTimeAndSize(t *testing.T) {
	s, on := live(t)
	h := s.HTTP()
	if h.ReadHeaderTimeout != headerWithin || h.ReadTimeout != readWithin || h.WriteTimeout != writeWithin || h.IdleTimeout != idleWithin || h.MaxHeaderBytes != HeaderMost {
		t.Errorf("%+v", h)
	}
	for size, want := range map[int]int{HeaderMost - 1024: http.StatusOK, HeaderMost + 8192: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, on.URL+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Long", strings.Repeat("x", size))
		answer, err := on.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("a header of %d bytes: %d, want %d", size, answer.StatusCode, want)
		}
	}
}

// Somebody who never ends their header is hung up on, while others are answered.
func TestASlowHeaderIsCutOff(t *testing.T) {
	s := stood(t)
	server := s.HTTP()
	server.ReadHeaderTimeout = 50 * time.Millisecond // the real one would only take longer
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var slow net.Error
	if err := readUntilClosed(conn); errors.As(err, &slow) && slow.Timeout() {
		t.Error("nobody hung up")
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	<-served
}

// readUntilClosed ends when the other side has hung up, or with the deadline's error.
func readUntilClosed(conn net.Conn) error {
	b := make([]byte, 1024)
	for {
		if _, err := conn.Read(b); err != nil {
			return err
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://wall.example.org": "https://wall.example.org", "https://Wall.Example.org/": "https://wall.example.org",
		"http://192.168.1.7:8080": "http://192.168.1.7:8080", "http://[fd00::1]:8080": "http://[fd00::1]:8080",
		"": "", "wall.example.org": "", "ftp://wall.example.org": "", "https://": "", "https://wall.example.org/path": "",
		"https://wall.example.org?a=b": "", "https://wall.example.org#a": "", "https://a:b@wall.example.org": "", "https://a b": "",
	} {
		u, err := parseOrigin(address)
		if (err == nil) != (want != "") || (err == nil && u.String() != want) {
			t.Errorf("%q: %v %v", address, u, err)
		}
	}
}

// A panic in a handler is an error in the log, once; broken connections are
// not, and nobody's address is there.
func TestPanicsAreLoggedAndAddressesAreNot(t *testing.T) {
	s := stood(t)
	b := &logged{}
	s.Log = logTo(b)
	server := s.HTTP()
	server.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a mistake") })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if answer, err := client.Get("http://" + l.Addr().String()); err == nil {
		answer.Body.Close()
		t.Errorf("answered: %s", answer.Status)
	}
	server.ErrorLog.Print("http: TLS handshake error from [fd00::1]:5000: EOF")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	<-served
	text := b.text.String()
	if strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "a mistake") || !strings.Contains(text, "level=DEBUG") {
		t.Errorf("%s", text)
	}
	if strings.Contains(text, "127.0.0.1") || strings.Contains(text, "fd00") {
		t.Errorf("an address is logged:\n%s", text)
	}
}
