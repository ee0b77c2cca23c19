package hub

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// crowd is many clients in memory. Their sockets take everything and count it.
type crowd struct {
	word  atomic.Pointer[[]byte] // what is waited for
	left  atomic.Int64           // sockets that have not written it
	there chan struct{}          // all of them have
}

// await says what is waited for next.
func (c *crowd) await(n int, word string) {
	b := []byte(word)
	c.left.Store(int64(n))
	c.word.Store(&b)
}

// seat is one of their sockets: it says hello, and nothing more.
type seat struct {
	net.Conn
	crowd *crowd
	hello *bytes.Reader
	done  chan struct{}
}

func (c *seat) Read(b []byte) (int, error) {
	if c.hello.Len() > 0 {
		return c.hello.Read(b)
	}
	<-c.done
	return 0, io.EOF
}

func (c *seat) Write(b []byte) (int, error) {
	if bytes.Contains(b, *c.crowd.word.Load()) && c.crowd.left.Add(-1) == 0 {
		c.crowd.there <- struct{}{}
	}
	return len(b), nil
}

func (c *seat) Close() error {
	select {
	case <-c.done:
	default:
		close(c.done)
	}
	return nil
}
func (c *seat) SetDeadline(time.Time) error      { return nil }
func (c *seat) SetReadDeadline(time.Time) error  { return nil }
func (c *seat) SetWriteDeadline(time.Time) error { return nil }

// sit brings n clients in and waits until all of them have the wall.
func (c *crowd) sit(b *testing.B, h *Hub, n int) []*seat {
	text := []byte(`{"hello":{"epoch":"","revision":0}}`)
	frame := append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)
	c.await(n, `{"snapshot"`)
	var seats []*seat
	for i := range n {
		s := &seat{crowd: c, hello: bytes.NewReader(frame), done: make(chan struct{})}
		seats = append(seats, s)
		q, _ := http.NewRequest(http.MethodGet, "http://wall/", nil)
		q.Header = http.Header{"Connection": {"upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		conn, err := upgrader.Upgrade(&hijacked{conn: s}, q, nil)
		if err != nil {
			b.Fatal(err)
		}
		h.Serve(context.Background(), conn, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}))
	}
	<-c.there
	return seats
}

// One change: decided, committed, encoded once, and written to n clients. The
// allocations are per change, for all of them together.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := New(Config{Store: memstore.New()})
			makeWall(b, h, testWall, func(s *wall.Settings) { s.Rehearsal = true })
			c := &crowd{there: make(chan struct{}, 1)}
			seats := c.sit(b, h, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				title := fmt.Sprintf(`"change %d"`, i)
				c.await(n, title)
				if err := h.Do(b.Context(), testWall, wall.Request{By: mona, Command: wall.Set{Setting: "title", Value: []byte(title)}}); err != nil {
					b.Fatal(err)
				}
				<-c.there
			}
			b.StopTimer()
			for _, s := range seats {
				_ = s.Close()
			}
			closeHub(b, h)
		})
	}
}
