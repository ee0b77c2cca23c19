package hub

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
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

var busyWall = func(s *wall.Settings) { s.Rehearsal = true }

// ways are the lines there are: a socket that is tried, and one that waits.
func ways(t *testing.T, f func(t *testing.T, s *stand, store *memstore.Store)) {
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			h, store := openWall(t, busyWall)
			f(t, over(t, h, secure), store)
		})
	}
}

// A phone that has stopped reading in the middle of a frame holds up nobody.
// When it reads again the frame goes on where it stopped, and then comes one
// that joins what was missed.
func TestStalledInTheMiddleOfAFrame(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		a := visit(t, s.dial(t, phone(ann), false, false)).seesAll()
		slow := s.dial(t, phone(bo), true, false)
		if err := slow.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		stuck := s.stuck(t, func(i int) { a.posts(strings.Repeat("word ", 50) + fmt.Sprint(i)) })
		began := time.Now()
		for i := range 20 {
			a.sees(a.posts(fmt.Sprint("nobody waits ", i)))
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("20 notes took %v", took)
		}
		b := meet(t, slow)
		b.equals(store, testWall, wall.Hall)
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.heard) > stuck+12 {
			t.Errorf("%d messages for %d notes", len(b.heard), stuck+20)
		}
	})
}

// stuck does something until a hand is writing to a phone, and says how often.
func (s *stand) stuck(t testing.TB, do func(i int)) int {
	t.Helper()
	for i := range 20000 {
		do(i)
		s.hub.mu.Lock()
		for c := range s.hub.clients {
			moved := time.Duration(c.hand.moved.Load())
			if c.Actor == bo && moved > 0 && c.hand.state.Load() == handAtWork && s.hub.clock()-moved > 50*time.Millisecond {
				s.hub.mu.Unlock()
				return i
			}
		}
		s.hub.mu.Unlock()
	}
	t.Fatal("its line never filled up")
	return 0
}

// What was begun when a note was erased is brought to its end, as the socket
// may have it already. No byte of the note is sent that was not begun.
func TestErasedWhileAFrameIsHalfWritten(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		a := visit(t, s.dial(t, phone(ann), false, false)).seesAll()
		d := visit(t, s.dial(t, desk(olle), false, false)).seesAll()
		slow := s.dial(t, phone(bo), true, false)
		if err := slow.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		s.stuck(t, func(i int) { a.posts(strings.Repeat("word ", 50) + fmt.Sprint(i)) })
		late := a.posts("SLANDER-THAT-COMES-LATE")
		d.sees(late)
		d.does(wall.Erase{Notes: []string{late}})
		b := meet(t, slow)
		b.equals(store, testWall, wall.Hall)
		if strings.Contains(b.all(), "SLANDER") {
			t.Error("an erased note was sent that was not begun")
		}
	})
}

// Phones come, go and break off in the middle of passes; those who stay get
// everything.
func TestComingAndGoingInPasses(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		var stay []*visitor
		for i := range 6 {
			stay = append(stay, visit(t, s.dial(t, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("stays ", i)}), false, i%2 == 0)).seesAll())
		}
		for i := range 40 {
			conn := s.dial(t, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("goes ", i)}), i%4 == 0, i%3 == 0)
			if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
				t.Fatal(err)
			}
			stay[i%6].ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint("note ", i)})
			if i%2 == 0 {
				_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
			}
			_ = conn.NetConn().Close()
		}
		for i, v := range stay {
			v.until("all answers", func() bool { return len(v.answers) >= 40/6 })
			v.sees(v.posts(fmt.Sprint("last of ", i)))
		}
		for _, v := range stay {
			v.equals(store, testWall, wall.Hall)
		}
		for end := time.Now().Add(20 * time.Second); s.hub.Counts().Phones != 6; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d phones are still counted", s.hub.Counts().Phones)
			}
		}
	})
}

// A hall is told to come back, and is gone, within a few seconds.
func TestClosingAHall(t *testing.T) {
	h := New(Config{Store: memstore.New()})
	makeWall(t, h, testWall, busyWall)
	s := over(t, h, false)
	const n = 500
	told := make(chan int, n)
	for i := range n {
		conn := s.dial(t, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}), false, false)
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 { // does not read, nor answer
			defer conn.Close()
			told <- CloseRestart
			continue
		}
		go func() {
			defer conn.Close()
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					var c *websocket.CloseError
					code := 0
					if errors.As(err, &c) {
						code = c.Code
					}
					told <- code
					return
				}
			}
		}()
	}
	began := time.Now()
	closeHub(t, h)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	for range n {
		if code := <-told; code != CloseRestart {
			t.Fatalf("told %d", code)
		}
	}
}

// A phone with many commands unanswered is read no further, and goes on as
// soon as there are fewer; each gets one answer, in order.
func TestReadingWaitsForAnswers(t *testing.T) {
	for name, secure := range map[string]bool{"epoll": false, "goroutine": true} {
		t.Run(name, func(t *testing.T) {
			store := &shaky{Store: memstore.New(), asked: make(chan struct{}, 1024), gate: make(chan struct{})}
			h := openHub(t, store)
			makeWall(t, h, testWall, busyWall)
			s := over(t, h, secure)
			a := visit(t, s.dial(t, phone(ann), false, true)).seesAll()
			const n = 4 * answersMax
			for i := range n {
				a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint(i)})
			}
			h.mu.Lock()
			for c := range h.clients {
				defer func() {
					if c.unanswered.Load() != 0 {
						t.Errorf("%d are unanswered", c.unanswered.Load())
					}
				}()
			}
			h.mu.Unlock()
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					select {
					case <-store.asked:
						store.gate <- struct{}{}
					case <-t.Context().Done():
						return
					}
				}
			}()
			a.answer(n)
			a.mu.Lock()
			defer a.mu.Unlock()
			if len(a.answers) != n {
				t.Errorf("%d answers", len(a.answers))
			}
			next := 1
			for _, h := range a.heard {
				if h == fmt.Sprint("ack ", next) {
					next++
				}
			}
			if next != n+1 {
				t.Errorf("in order up to %d", next)
			}
		})
	}
}

// Phones that stop reading cost the hub little, however much they miss.
func TestStalledPhonesCostLittle(t *testing.T) {
	h, _ := openWall(t, busyWall)
	s := over(t, h, false)
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	post := func(i int) {
		c := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: strings.Repeat("word ", 50) + fmt.Sprint(i)}
		if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: c}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 {
		post(i)
	}
	before := heap()
	const n = 50
	for range n {
		conn := s.dial(t, phone(bo), true, false)
		defer conn.Close()
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		post(i)
	}
	grown := int64(heap()) - int64(before)
	t.Logf("%d KiB for %d phones that read nothing and 300 notes; the notes and the other ends included", grown>>10, n)
	if each := grown / n; each > 64<<10 {
		t.Errorf("%d KiB each", each>>10)
	}
}

// Over a line that takes no raw writes, and deflated: everyone sees the same.
func TestEveryLineConverges(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		var all []*visitor
		for i := range 8 {
			j := phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)})
			if i == 7 {
				j = hall
			}
			all = append(all, visit(t, s.dial(t, j, i%3 == 0, i%2 == 0)).seesAll())
		}
		d := visit(t, s.dial(t, desk(mona), false, true)).seesAll()
		var ids []string
		for i := range 60 {
			ids = append(ids, all[i%7].posts(fmt.Sprint(strings.Repeat("samma ord ", 10), i)))
		}
		d.sees(ids[59])
		d.does(wall.Hide{Notes: ids[:20]})
		for _, v := range all {
			v.misses(ids[19])
			v.equals(store, testWall, wall.Hall)
		}
		d.equals(store, testWall, wall.Desk)
		late := visit(t, s.dial(t, phone(bo), false, true))
		late.equals(store, testWall, wall.Hall)
	})
}

// What all may see goes out deflated to those who take it; what is one
// person's alone, and the desk's, never.
func TestOnlyWhatTheHallSeesIsDeflated(t *testing.T) {
	h, _ := openWall(t, busyWall)
	for i := range 40 {
		c := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint(strings.Repeat("samma ord ", 10), i)}
		if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: c}); err != nil {
			t.Fatal(err)
		}
	}
	s := over(t, h, false)
	for name, c := range map[string]struct {
		join    Join
		deflate bool
		want    bool
	}{"a phone": {phone(ann), true, true}, "a phone that does not": {phone(ann), false, false}, "a projector": {hall, true, true}, "a desk": {desk(mona), true, false}} {
		conn := s.dial(t, c.join, false, c.deflate)
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		for range 3 { // welcome, me, snapshot
			if _, _, err := conn.ReadMessage(); err != nil {
				t.Fatal(name, err)
			}
		}
		_, came, _ := bytes.Cut(s.heard.came.Bytes(), []byte("\r\n\r\n"))
		var kinds []bool
		for range 3 {
			n, at := int(came[1]), 2
			if n == 126 {
				n, at = int(came[2])<<8|int(came[3]), 4
			}
			kinds = append(kinds, came[0]&rsv1Bit != 0)
			came = came[at+n:]
		}
		if kinds[0] || kinds[1] || kinds[2] != c.want {
			t.Errorf("%s: deflated %v", name, kinds)
		}
		_ = conn.Close()
	}
}

// Whoever says hello without end is heard no faster than the owner answers.
func TestHellosDoNotPileUp(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, _ *memstore.Store) {
		a := visit(t, s.dial(t, phone(ann), false, false)).seesAll()
		r, err := s.hub.enter(t.Context(), testWall)
		if err != nil {
			t.Fatal(err)
		}
		defer s.hub.leave(r)
		held, free := make(chan struct{}), make(chan struct{})
		go func() { _ = r.do(context.Background(), func() { close(held); <-free }) }()
		<-held
		const n = 1000
		for range n {
			a.hello()
		}
		waiting := func() int {
			r.relay.door.mu.Lock()
			defer r.relay.door.mu.Unlock()
			return len(r.relay.door.knocks)
		}
		for end := time.Now().Add(10 * time.Second); waiting() < answersMax; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d hellos came", waiting())
			}
		}
		if got := waiting(); got > answersMax {
			t.Errorf("%d hellos wait", got)
		}
		close(free)
		a.sees(a.posts("it goes on"))
	})
}

// A client that is closed before its poller knows of it leaves no chair taken.
func TestClosedBeforeItIsRead(t *testing.T) {
	h, _ := openWall(t, busyWall)
	s := over(t, h, false)
	for range 200 {
		conn := s.dial(t, phone(bo), false, false)
		h.Dismiss(bo.ID, CloseDismissed)
		_ = conn.Close()
	}
	for end := time.Now().Add(20 * time.Second); h.Counts().Phones > 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d are left", h.Counts().Phones)
		}
	}
	visit(t, s.dial(t, phone(ann), false, false)).seesAll().posts("still read")
}
