package hub

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

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
