package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub/store"
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
func (c *crowd) sit(b testing.TB, h *Hub, n int) []*seat {
	return c.resume(b, h, n, wall.Position{}, `{"snapshot"`)
}

// resume brings n clients in who are at a position, and waits until all of them
// have what they are sent.
func (c *crowd) resume(b testing.TB, h *Hub, n int, at wall.Position, sent string) []*seat {
	text := encoded(b, Incoming{Hello: &at})
	frame := append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)
	c.await(n, sent)
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

// One change: decided, committed, encoded once, and written to n clients over
// lines that may wait, each by a hand. The allocations are per change, for all
// of them together.
func BenchmarkFanOutByHand(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := New(Config{Store: memstore.New()})
			makeWall(b, h, testWall, busyWall)
			c := &crowd{there: make(chan struct{}, 1)}
			seats := c.sit(b, h, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				title := fmt.Sprintf(`"change %d"`, i)
				c.await(n, title)
				rename(b, h, title)
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

func rename(b *testing.B, h *Hub, title string) {
	b.Helper()
	if err := h.Do(b.Context(), testWall, wall.Request{By: mona, Command: wall.Set{Setting: "title", Value: []byte(title)}}); err != nil {
		b.Fatal(err)
	}
}

// papered is a hub with a wall of so many notes.
func papered(b testing.TB, notes int) *Hub {
	b.Helper()
	h := New(Config{Store: memstore.New()})
	settings := wall.DefaultSettings()
	busyWall(&settings)
	w := wall.New(wall.Position{Epoch: "papered"}, settings, 1)
	blank := store.Batch{After: w.Position(), Entries: w.All(), Ranks: w.AllRanks()}
	if err := h.Store.Create(b.Context(), testWall, blank); err != nil {
		b.Fatal(err)
	}
	for i := range notes {
		e, err := w.Decide(wall.Request{By: wall.Actor{Role: wall.Participant, ID: fmt.Sprint("writer ", i%100)}, At: int64(1 + i), Command: wall.Post{
			ID: newID(), Theme: "work", Kind: "opinion", Text: fmt.Sprint("Det borde vara lättare att få en praktikplats när man är ny i Sverige. ", i),
		}})
		if err != nil {
			b.Fatal(err)
		}
		w.Apply(e)
	}
	full := store.Batch{After: blank.After, To: w.Position().Revision, Entries: w.All(), Ranks: w.AllRanks(), Log: []byte("[]")}
	if err := h.Store.Commit(b.Context(), testWall, full); err != nil {
		b.Fatal(err)
	}
	return h
}

func encoded(b testing.TB, in Incoming) []byte {
	b.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// inside runs f as the owner of the wall.
func inside(b *testing.B, h *Hub, f func(r *room)) {
	b.Helper()
	if err := h.with(b.Context(), testWall, f); err != nil {
		b.Fatal(err)
	}
}

// What is encoded: a frame of one note, of fifty, and a wall of 500; plain, and
// the deflated twin of each. The bytes are what goes over the wire.
func BenchmarkEncode(b *testing.B) {
	h := papered(b, 500)
	defer closeHub(b, h)
	inside(b, h, func(r *room) {
		for _, notes := range []uint64{1, 50, 0} {
			var from uint64
			if notes > 0 {
				from = r.at.Revision - notes
			}
			encode := func() []*message {
				d := r.wall.Since(wall.Hall, from)
				if from == 0 {
					return snapshot(r.at, d, 1, nil)
				}
				return []*message{frame(from, r.at.Revision, d, 1, nil)}
			}
			for _, deflate := range []bool{false, true} {
				name := map[uint64]string{1: "one note", 50: "fifty notes", 0: "snapshot of 500"}[notes]
				if deflate {
					name += ", deflated"
				}
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					bytes := 0
					for b.Loop() {
						bytes = 0
						for _, m := range encode() {
							bytes += len(m.as(deflate))
						}
					}
					b.ReportMetric(float64(bytes), "bytes")
				})
			}
		}
	})
}

// Coming in: from hello to the whole wall written, for each of 1,000 who come
// to a wall of 500 notes at once.
func BenchmarkJoin(b *testing.B) {
	h := papered(b, 500)
	defer closeHub(b, h)
	const n = 1000
	b.ReportAllocs()
	for b.Loop() {
		c := &crowd{there: make(chan struct{}, 1)}
		for _, s := range c.sit(b, h, n) {
			_ = s.Close()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/client")
}

// Coming back: what a client misses that is so far behind, when nobody has
// asked yet at this position, and when others have.
func BenchmarkResume(b *testing.B) {
	h := papered(b, 500)
	defer closeHub(b, h)
	inside(b, h, func(r *room) {
		v := r.relay.views[wall.Hall]
		for _, behind := range []uint64{1, 30, 400} {
			p := wall.Position{Epoch: r.at.Epoch, Revision: r.at.Revision - behind}
			for _, again := range []bool{false, true} {
				b.Run(fmt.Sprintf("%d behind, asked before %v", behind, again), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if !again {
							v.forget()
						}
						v.missed(p)
					}
				})
			}
		}
	})
}

// A vote from its bytes to its answer: read, decoded, decided, stored in memory.
func BenchmarkIntake(b *testing.B) {
	h := papered(b, 100)
	defer closeHub(b, h)
	crowd := &crowd{there: make(chan struct{}, 1)}
	seat := crowd.sit(b, h, 1)[0]
	defer seat.Close()
	h.mu.Lock()
	var c *client
	for c = range h.clients {
	}
	h.mu.Unlock()
	var note string
	inside(b, h, func(r *room) {
		for note = range r.wall.Since(wall.Hall, 0).Notes {
		}
	})
	vote := func(i int) []byte {
		return said(finBit|opText, fmt.Sprintf(`{"command":{"n":%d,"do":"vote","with":{"target":"n:%s","dots":%d,"count":%d}}}`, i, note, i%3, i))
	}
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		frame := vote(1)
		work := make([]byte, len(frame))
		for b.Loop() {
			copy(work, frame)
			said, _, _ := c.intake.next(work)
			in, _, why := decode(said.text)
			if why != nil {
				b.Fatal(why)
			}
			if _, err := wall.DecodeCommand(in.Command.Do, in.Command.With); err != nil {
				b.Fatal(err)
			}
		}
	})
	n := 1
	b.Run("vote", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n++
			c.hear(vote(n))
			for c.unanswered.Load() > answersMax/2 {
				runtime.Gosched()
			}
		}
		for c.unanswered.Load() > 0 {
			runtime.Gosched()
		}
	})
}
