package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// porch is where a connection waits until what it asks for has come. A hall
// that comes at once asks for sockets, each on a connection of its own, and is
// answered here: net/http would keep buffers, contexts and a goroutine for each
// that are gone a moment later. All else goes on to net/http, untouched: it is
// only looked at, and what is read here is the head of a socket's request, whole.
type porch struct {
	net.Listener
	server *Server
	others chan came
	work   chan *knock
	shut   chan struct{} // closed by Close
	close  sync.Once
	full   lasting // no connection can be taken
}

// came is what net/http gets: a connection, or why there is none.
type came struct {
	conn net.Conn
	err  error
}

// knock is the head of a request for a socket, and who sent it.
type knock struct {
	conn *net.TCPConn
	head []byte
	b    [headMost]byte
}

// headMost bounds the head of a request that is answered here, in bytes: some
// times what browsers send.
const headMost = 4 << 10

var knocks = sync.Pool{New: func() any { return new(knock) }}

// Porch answers requests for sockets that come in by a listener; the server
// that serves what it gives gets the rest. Closing it, as that server does, ends
// the waiting; the Server's Close waits for who is still answered.
func (s *Server) Porch(l net.Listener) net.Listener {
	if !canPeek {
		return l
	}
	p := &porch{
		Listener: l, server: s, others: make(chan came), work: make(chan *knock),
		shut: make(chan struct{}),
	}
	s.running.Go(p.run)
	return p
}

// Accept gives what is not answered here.
func (p *porch) Accept() (net.Conn, error) {
	select {
	case c := <-p.others:
		return c.conn, c.err
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

// Close stops listening, and hangs up on those who ask for nothing.
func (p *porch) Close() error {
	err := net.ErrClosed
	p.close.Do(func() {
		close(p.shut)
		p.server.lobby.close()
		err = p.Listener.Close()
	})
	return err
}

func (p *porch) run() {
	for {
		conn, err := p.Listener.Accept()
		p.hear(err)
		if tcp, ok := conn.(*net.TCPConn); ok {
			p.server.running.Go(func() { p.greet(tcp) })
			continue
		}
		p.pass(came{conn, err})
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// hear logs that no connection can be taken, which net/http tries again: as a
// rule too few files may be open.
func (p *porch) hear(err error) {
	failed := err != nil && !errors.Is(err, net.ErrClosed)
	switch isNew := p.full.now(failed); {
	case isNew && failed:
		p.server.Log.Error("nobody can come in; trying again", "err", err)
	case isNew:
		p.server.Log.Info("people come in again")
	}
}

// pass has net/http go on with a connection, or with an error: it knows which
// of them pass, and waits.
func (p *porch) pass(c came) {
	select {
	case p.others <- c:
	case <-p.shut:
		if c.conn != nil {
			_ = c.conn.Close()
		}
	}
}

// greet waits for what a connection asks for.
func (p *porch) greet(conn *net.TCPConn) {
	l := p.server.lobby
	if !l.enter(conn) {
		_ = conn.Close()
		return
	}
	k := p.listen(conn)
	_ = conn.SetReadDeadline(time.Time{}) // what has come may wait at the doorway until later than that
	switch {
	case k == nil: // nothing came
		l.leave(conn)
		_ = conn.Close()
	case k.head == nil: // a beginning, perhaps: net/http says when it was a request
		k.forget()
		p.pass(came{conn: conn})
	default:
		l.leave(conn)
		p.admit(k)
	}
}

// listen looks at the first that comes; nil when nothing does. A head is given
// when it is a socket's.
func (p *porch) listen(conn *net.TCPConn) (k *knock) {
	if conn.SetReadDeadline(time.Now().Add(headerWithin)) != nil {
		return nil
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	n := 0
	err = raw.Read(func(fd uintptr) bool {
		if k == nil {
			k = knocks.Get().(*knock)
		}
		again := false
		if n, again = peek(fd, k.b[:]); again { // nothing is kept for who waits
			k.forget()
			k = nil
		}
		return !again
	})
	if err != nil || n <= 0 {
		if k != nil {
			k.forget()
		}
		return nil
	}
	k.conn, k.head = conn, socketHead(k.b[:n])
	return k
}

func (k *knock) forget() {
	k.conn, k.head = nil, nil
	knocks.Put(k)
}

// socketHead is the head of a request for a socket of a wall, if that is what b
// is, and nothing else: GET /482715/socket?…
func socketHead(b []byte) []byte {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 || end+len("\r\n\r\n") != len(b) {
		return nil
	}
	path, is := bytes.CutPrefix(b, []byte("GET /"))
	code, rest, _ := bytes.Cut(path, []byte("/"))
	if !is || !bytes.HasPrefix(rest, []byte("socket?")) || !codeForm(string(code)) {
		return nil
	}
	return b
}

// admit has a socket's request answered when there is a place at the door, by
// one who has answered others before: a goroutine's stack that has grown is worth
// keeping. There are hardly more than places.
func (p *porch) admit(k *knock) {
	s := p.server
	if !s.doorway.enter(s.work) {
		_, _ = io.ReadFull(k.conn, k.head) // what is not read would reset the connection under the answer
		a := &answer{server: s, conn: k.conn, request: &http.Request{}}
		sayFull(a)
		a.send()
		k.forget()
		return
	}
	select {
	case p.work <- k:
	default:
		s.running.Go(func() { p.answer(k) })
	}
}

// answer answers one request after the other.
func (p *porch) answer(k *knock) {
	b := bytes.NewReader(nil)
	in := bufio.NewReaderSize(b, headMost)
	// Nothing can be read of a request for a socket once its head is: no more may come before the answer.
	out := &bufio.ReadWriter{Reader: bufio.NewReaderSize(http.NoBody, 512), Writer: bufio.NewWriterSize(io.Discard, 512)}
	for {
		b.Reset(k.head)
		in.Reset(b)
		p.open(k, in, out)
		p.server.doorway.leave()
		k.forget()
		select {
		case k = <-p.work:
		case <-p.shut:
			return
		}
	}
}

// open lets one in. What is not a request as browsers send it is net/http's.
func (p *porch) open(k *knock, in *bufio.Reader, out *bufio.ReadWriter) {
	r, err := http.ReadRequest(in)
	if err != nil || in.Buffered() > 0 || !asBrowsersSend(r) { // what a bare line end cuts off would be lost
		p.pass(came{conn: k.conn})
		return
	}
	if _, err := io.ReadFull(k.conn, k.head); err != nil { // it has been looked at: it is there
		_ = k.conn.Close()
		return
	}
	r.RemoteAddr = k.conn.RemoteAddr().String()
	r = r.WithContext(context.WithValue(p.server.work, http.LocalAddrContextKey, k.conn.LocalAddr()))
	code, _, _ := strings.Cut(r.URL.Path[1:], "/")
	r.SetPathValue("code", code)
	a := &answer{server: p.server, conn: k.conn, request: r, buffers: out}
	defer func() {
		if e := recover(); e != nil {
			p.server.httpLog().Printf("http: panic serving a socket: %v\n%s", e, debug.Stack())
			_ = k.conn.Close()
			return
		}
		if !a.taken {
			a.send()
		}
	}()
	p.server.letIn(a, r)
}

// asBrowsersSend says that net/http would give a request to its handler as it
// is: it refuses, waits for, or does itself, what is not so.
func asBrowsersSend(r *http.Request) bool {
	for name := range r.Header {
		if strings.Contains(name, " ") { // as in "Transfer-Encoding : chunked": others may read it
			return false
		}
	}
	return r.Proto == "HTTP/1.1" && hostForm.MatchString(r.Host) && r.Header.Get("Expect") == "" &&
		r.ContentLength == 0 && len(r.TransferEncoding) == 0
}
