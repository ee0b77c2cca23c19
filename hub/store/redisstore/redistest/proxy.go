package redistest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault is what becomes of one request. The zero Fault is none.
type Fault struct {
	// Before closes the connection instead of passing the request on: no effect.
	Before bool
	// Cut closes the connection when the server has answered, after Keep bytes of
	// the answer: the effect is there, and nobody is told.
	Cut  bool
	Keep int
	// Silent keeps the answer back and the connection open.
	Silent bool
	// Delay keeps the answer back for so long.
	Delay time.Duration
}

// Proxy stands in front of a server and knows where a request ends and its
// answer begins.
type Proxy struct {
	Addr string

	tb       testing.TB
	server   *Server
	mu       sync.Mutex
	fault    func(request []string) Fault
	heal     chan struct{} // closed when nothing is held back any more; nil: nothing is
	refusing bool
	deaf     bool // what is published does not get through
	listener net.Listener
	conns    map[net.Conn]bool // both ends of all
	all      sync.WaitGroup
	ctx      context.Context // ends with the test
}

// StartProxy puts a proxy in front of a server. It passes everything on until
// told otherwise.
func StartProxy(tb testing.TB, s *Server) *Proxy {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{Addr: net.JoinHostPort("127.0.0.1", Port(tb)), tb: tb, server: s, conns: map[net.Conn]bool{}, ctx: ctx}
	p.listen()
	tb.Cleanup(func() {
		cancel()
		p.Refuse()
		p.Cut()
		p.all.Wait()
	})
	return p
}

// URL is where the proxy is, as a hub is told.
func (p *Proxy) URL() string { return "redis://" + p.Addr + "/0" }

// On decides what becomes of each request from now on: its first word is the
// command in capitals. nil: nothing happens to any.
func (p *Proxy) On(fault func(request []string) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// Cut closes all connections there are.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// Hold lets no byte through in either direction, and closes nothing: a
// partition, until Heal.
func (p *Proxy) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heal == nil {
		p.heal = make(chan struct{})
	}
}

// Deafen lets nothing through that is published, until Heal.
func (p *Proxy) Deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = true
}

// Refuse has new connections refused, until Heal. Those there are go on.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = true
	_ = p.listener.Close()
}

// Heal ends On, Hold, Deafen and Refuse.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.deaf = nil, false
	if p.heal != nil {
		close(p.heal)
		p.heal = nil
	}
	if p.refusing {
		p.refusing = false
		p.listen()
	}
}

func (p *Proxy) listen() {
	l, err := net.Listen("tcp", p.Addr)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.listener = l
	p.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.all.Go(func() { p.serve(c) })
		}
	})
}

// through returns when bytes may go through.
func (p *Proxy) through() {
	p.mu.Lock()
	heal := p.heal
	p.mu.Unlock()
	if heal != nil {
		select {
		case <-heal:
		case <-p.ctx.Done():
		}
	}
}

// serve is one connection, until either end closes it.
func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("unix", p.server.Socket)
	if err != nil {
		_ = client.Close()
		return
	}
	closeBoth := func() {
		_ = client.Close()
		_ = server.Close()
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	defer func() {
		closeBoth()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, client)
		delete(p.conns, server)
	}()
	asked := make(chan Fault, 1<<16) // what becomes of the answers to come
	var answers sync.WaitGroup
	answers.Go(func() {
		defer closeBoth()
		p.answers(client, bufio.NewReader(server), asked)
	})
	p.requests(bufio.NewReader(client), server, asked)
	closeBoth()
	answers.Wait()
}

func (p *Proxy) requests(client *bufio.Reader, server io.Writer, asked chan<- Fault) {
	for {
		var raw bytes.Buffer
		v, err := readValue(client, &raw)
		if err != nil {
			return
		}
		var words []string
		list, _ := v.([]any)
		for _, w := range list {
			words = append(words, fmt.Sprint(w))
		}
		if len(words) > 0 {
			words[0] = strings.ToUpper(words[0])
		}
		p.mu.Lock()
		decide := p.fault
		p.mu.Unlock()
		var f Fault
		if decide != nil {
			f = decide(words)
		}
		p.through()
		if f.Before {
			return
		}
		asked <- f
		if _, err := server.Write(raw.Bytes()); err != nil {
			return
		}
	}
}

func (p *Proxy) answers(client io.Writer, server *bufio.Reader, asked <-chan Fault) {
	for {
		var raw bytes.Buffer
		v, err := readValue(server, &raw)
		if err != nil {
			return
		}
		p.through()
		var f Fault
		if !unasked(v) {
			f = <-asked
		} else if p.isDeaf() {
			continue
		}
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-p.ctx.Done():
			}
		}
		switch {
		case f.Silent:
			continue
		case f.Cut:
			_, _ = client.Write(raw.Bytes()[:min(f.Keep, raw.Len())])
			return
		}
		if _, err := client.Write(raw.Bytes()); err != nil {
			return
		}
	}
}

func (p *Proxy) isDeaf() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaf
}

// unasked says whether a server said that by itself: what was published.
func unasked(v any) bool {
	list, _ := v.([]any)
	said, isPush := v.(push)
	if isPush {
		list = said
	}
	if len(list) == 0 {
		return isPush
	}
	switch list[0] {
	case "message", "pmessage", "smessage":
		return true
	case "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe":
		return false
	}
	return isPush
}
