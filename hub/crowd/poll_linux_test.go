package crowd

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// When the ports of one source address have run out, phones come from another.
func TestPhonesComeFromMoreThanOneAddress(t *testing.T) {
	var mu sync.Mutex
	from := map[string]int{}
	p := newParrot(t)
	outer := p.server.Config.Handler
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.RemoteAddr, ":")
		mu.Lock()
		from[host]++
		mu.Unlock()
		outer.ServeHTTP(w, r)
	})
	c, err := New(Options{Phones: 4, Address: p.server.Listener.Addr().String(), Head: head, Wire: counted{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Come(soon(t), 0, 2); err != nil {
		t.Fatal(err)
	}
	lines := c.lines.(*polled)
	if lines.another(syscall.ECONNREFUSED) || !lines.another(syscall.EADDRNOTAVAIL) {
		t.Error("the wrong trouble leads to another address")
	}
	if err := c.Come(soon(t), 2, 4); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if from["127.0.0.1"] != 2 || from["127.0.1.1"] != 2 {
		t.Error(from)
	}
}

// A hub that is not there is said, and not waited for.
func TestNobodyThere(t *testing.T) {
	p := newParrot(t)
	at := p.server.Listener.Addr().String()
	p.server.Close()
	c, err := New(Options{Phones: 2, Address: at, Head: head, Wire: counted{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Bring(0)
	await(t, "the trouble", func() bool { return c.Trouble() != nil })
	if !strings.Contains(c.Trouble().Error(), "connection refused") {
		t.Error(c.Trouble())
	}
}
