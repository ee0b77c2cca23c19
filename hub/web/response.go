package web

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"time"
)

// answer is a response writer for one request on a connection, which is the
// last on it, or which takes the connection over.
type answer struct {
	server  *Server
	conn    net.Conn
	request *http.Request
	buffers *bufio.ReadWriter
	header  http.Header
	status  int
	text    bytes.Buffer
	taken   bool
}

// Header has what every answer carries: a WebSocket's has nothing of it, and
// does not ask.
func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
		a.server.guardHeaders(a, a.request)
	}
	return a.header
}

func (a *answer) Write(b []byte) (int, error) { return a.text.Write(b) }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Hijack gives the connection away. Its buffers are lent until the request is
// answered.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.taken = true
	return a.conn, a.buffers, nil
}

// send sends what was written, and hangs up.
func (a *answer) send() {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	now := time.Now()
	_ = a.conn.SetDeadline(now.Add(headerWithin))
	a.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	r := http.Response{StatusCode: a.status, ProtoMajor: 1, ProtoMinor: 1, Header: a.Header(), Close: true,
		ContentLength: int64(a.text.Len()), Body: io.NopCloser(&a.text)}
	_ = r.Write(a.conn) // whoever is gone does not hear it
	_ = a.conn.Close()
}
