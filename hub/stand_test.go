package hub

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
)

// stand is a hub's address, over which clients come as they really do.
type stand struct {
	*httptest.Server
	hub   *Hub
	join  atomic.Pointer[Join]
	small atomic.Bool // the hub's sockets have small buffers
	heard *recorded   // the last that was dialled
}

// recorded is a connection of which all that came is kept.
type recorded struct {
	net.Conn
	came bytes.Buffer
}

func (r *recorded) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	r.came.Write(b[:n])
	return n, err
}

// over listens, with TLS or without.
func over(t testing.TB, h *Hub, secure bool) *stand {
	s := &stand{hub: h}
	up := websocket.Upgrader{Subprotocols: []string{Subprotocol}, EnableCompression: true}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		conn, err := up.Upgrade(w, q, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if s.small.Load() {
			_ = bottom(conn.NetConn()).(*net.TCPConn).SetWriteBuffer(4 << 10)
		}
		j := *s.join.Load()
		j.Deflate = q.Header.Get("Sec-Websocket-Extensions") != ""
		h.Serve(q.Context(), conn, j)
	}))
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// dial brings one in. A slow one has a small buffer, and so has the hub for it.
func (s *stand) dial(t testing.TB, j Join, slow, deflate bool) *websocket.Conn {
	t.Helper()
	s.join.Store(&j)
	s.small.Store(slow)
	d := websocket.Dialer{EnableCompression: deflate, ReadBufferSize: 512, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		NetDial: func(network, address string) (net.Conn, error) {
			conn, err := net.Dial(network, address)
			if err == nil && slow {
				err = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			}
			s.heard = &recorded{Conn: conn}
			return s.heard, err
		}}
	conn, answer, err := d.Dial("ws"+strings.TrimPrefix(s.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return conn
}

// ways are the lines there are: a socket that is tried, and one that waits.
func ways(t *testing.T, f func(t *testing.T, s *stand, store *memstore.Store)) {
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			h, store := openWall(t, busyWall)
			f(t, over(t, h, secure), store)
		})
	}
}
