package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// timed runs a test that owns time, with a hub that has an open wall.
func timed(t *testing.T, change func(*wall.Settings), f func(t *testing.T, h *Hub, s *memstore.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, s := openWall(t, change)
		f(t, h, s)
	})
}

// later lets time go by.
func later(d time.Duration) { <-time.After(d) }

func join(t testing.TB, h *Hub, j Join) *visitor {
	t.Helper()
	return visit(t, overPipe(t, h, j)).seesAll()
}

func TestDelayedNoteGoesUpByItself(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Moderation = wall.Moderation{Mode: "delay", Seconds: 10} }, func(t *testing.T, h *Hub, s *memstore.Store) {
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		began := time.Now()
		id := a.posts("soon")
		if state := a.mine()[0].State; state != wall.Waiting {
			t.Errorf("state %s", state)
		}
		b.sees(id)
		if took := time.Since(began).Round(time.Second); took != 10*time.Second {
			t.Errorf("went up after %v", took)
		}
		a.until("my note shown", func() bool { return a.me.Notes[0].State == wall.Shown })
		b.equals(s, testWall, wall.Hall)
	})
}

// A deadline that passed while nobody was there is run when the wall is loaded.
func TestOverdueRunsOnLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		h := New(Config{Store: s})
		makeWall(t, h, testWall, func(s *wall.Settings) { s.Moderation = wall.Moderation{Mode: "delay", Seconds: 30} })
		id := join(t, h, phone(ann)).posts("soon")
		closeHub(t, h)
		later(time.Hour)
		h = openHub(t, s)
		b := join(t, h, phone(bo))
		b.sees(id)
	})
}

func TestIdleRoomIsUnloadedAndComesBack(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a := join(t, h, phone(ann))
		id := a.posts("stays")
		_ = a.conn.Close()
		later(lingerFor - time.Second)
		if n := h.Counts().Walls; n != 1 {
			t.Errorf("%d walls while lingering", n)
		}
		b := join(t, h, phone(bo)) // keeps it
		later(2 * lingerFor)
		if n := h.Counts().Walls; n != 1 {
			t.Errorf("%d walls with somebody there", n)
		}
		_ = b.conn.Close()
		later(lingerFor + 2*time.Second)
		if n := h.Counts(); n.Walls != 0 || n.Phones != 0 {
			t.Errorf("%+v after everybody left", n)
		}
		join(t, h, phone(bo)).sees(id)
	})
}

// Somebody comes at the very moment the room leaves, over and over.
func TestJoinMeetsLeavingRoom(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true }, func(t *testing.T, h *Hub, _ *memstore.Store) {
		for i := range 50 {
			a := join(t, h, phone(ann))
			_ = a.conn.Close()
			synctest.Wait()
			timer := time.NewTimer(lingerFor - time.Duration(i%3)*time.Nanosecond)
			<-timer.C
			join(t, h, phone(ann)).does(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint(i)})
			later(10 * time.Minute)
		}
	})
}

func TestPresenceIsToldAtMostOnceASecond(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		d := join(t, h, desk(mona))
		d.until("nobody", func() bool { return d.view.Here == 0 })
		synctest.Wait()
		frames := func() int {
			d.mu.Lock()
			defer d.mu.Unlock()
			n := 0
			for _, k := range d.heard {
				if k == "frame" {
					n++
				}
			}
			return n
		}
		before := frames()
		for i := range 30 {
			join(t, h, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}))
			later(100 * time.Millisecond)
		}
		d.until("thirty", func() bool { return d.view.Here == 30 })
		if n := frames() - before; n < 3 || n > 5 {
			t.Errorf("told %d times in three seconds", n)
		}
	})
}

// An idle wall with people on it makes no frames and sets no timer but the pings'.
func TestIdleWallIsQuiet(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a := join(t, h, phone(ann))
		later(5 * time.Second)
		a.mu.Lock()
		before := len(a.heard)
		a.mu.Unlock()
		later(10 * time.Minute)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.closed != 0 || len(a.heard) != before {
			t.Errorf("heard %v, closed %d", a.heard[before:], a.closed)
		}
	})
}

// What changes for the desk alone makes no frame for the hall.
func TestDeskOnlyChangeMakesNoHallFrame(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Moderation.Mode = "read" }, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a, b, d := join(t, h, phone(ann)), join(t, h, phone(bo)), join(t, h, desk(mona))
		later(2 * time.Second)
		id := a.posts("SECRET-WAITING")
		d.sees(id)
		synctest.Wait()
		for _, v := range []*visitor{b} {
			v.mu.Lock()
			if slices.Contains(v.heard[3:], "frame") && strings.Contains(v.texts.String(), "SECRET-WAITING") {
				t.Error("the hall heard of a waiting note")
			}
			v.mu.Unlock()
		}
		number := func() (n uint64) {
			_ = h.with(t.Context(), testWall, func(r *room) { n = r.relay.feeds[wall.Hall].now.Load().number })
			return n
		}
		before := number()
		for i := range 5 {
			d.does(wall.Hide{Notes: []string{id}})
			d.does(wall.RestoreNotes{Notes: []string{id}})
			_ = i
		}
		later(time.Second)
		if n := number(); n != before {
			t.Errorf("%d hall editions for what only the desk sees", n-before)
		}
	})
}

func TestSlowReaderDelaysNobodyAndIsClosed(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true }, func(t *testing.T, h *Hub, s *memstore.Store) {
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		slow := overPipe(t, h, phone(wall.Actor{Role: wall.Participant, ID: "slow"}))
		defer func() { _ = slow.Close() }()
		if err := slow.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		for i := range 50 {
			b.sees(a.posts(fmt.Sprint("note ", i)))
		}
		if took := time.Since(began); took > 50*gapLeast+2*gapMost {
			t.Errorf("50 notes took %v beside a slow reader", took)
		}
		later(stalledMax - time.Since(began) - time.Second)
		if n := h.Counts(); n.Phones != 3 {
			t.Errorf("%+v before its time was over", n)
		}
		later(5 * time.Second)
		if n := h.Counts(); n.Phones != 2 || n.Closed[CloseSlow] != 1 {
			t.Errorf("%+v", n)
		}
		b.equals(s, testWall, wall.Hall)
	})
}

// The first change after a pause is out at once; one that follows on its heels
// waits for no more than the least gap.
func TestFirstChangeGoesOutAtOnce(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		later(5 * time.Second)
		began := time.Now()
		b.sees(a.posts("first"))
		if took := time.Since(began); took != 0 {
			t.Errorf("the first took %v", took)
		}
		b.sees(a.posts("second"))
		if took := time.Since(began); took > gapLeast {
			t.Errorf("the second came after %v", took)
		}
	})
}

// What is asked while a commit is under way is gathered into the next one, and
// when too much is, the rest is told so at once.
func TestCommandsGather(t *testing.T) {
	s := &shaky{Store: memstore.New(), asked: make(chan struct{}, 8), gate: make(chan struct{}, 8)}
	h := openHub(t, s)
	makeWall(t, h, testWall, func(s *wall.Settings) { s.Rehearsal = true })
	r, err := h.enter(t.Context(), testWall)
	if err != nil {
		t.Fatal(err)
	}
	defer h.leave(r)
	answers := make(chan *wall.Refusal, 2*inboxMax)
	ask := func(i int) bool {
		c := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint(i)}
		return r.submit(&ask{request: wall.Request{By: ann, Command: c}, size: 100, reply: func(_ uint64, why *wall.Refusal) { answers <- why }})
	}
	ask(0)
	<-s.asked // its commit is under way
	n := 1
	for ask(n) {
		n++
	}
	if n != inboxMax+1 {
		t.Errorf("%d fit", n)
	}
	if err := h.ask(t.Context(), r, wall.Request{}); err == nil || err.Error() != busy().Error() {
		t.Error(err)
	}
	for range 1 + (inboxMax+turnMax-1)/turnMax {
		s.gate <- struct{}{}
	}
	for range n {
		if why := <-answers; why != nil {
			t.Fatal(why)
		}
	}
	if got := len(s.log); got != 1+(inboxMax+turnMax-1)/turnMax {
		t.Errorf("%d commits", got)
	}
}

// A slow reader that comes back to life gets one joined answer, not a queue.
func TestStalledReaderCatchesUp(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true }, func(t *testing.T, h *Hub, s *memstore.Store) {
		a := join(t, h, phone(ann))
		conn := overPipe(t, h, phone(bo))
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			a.posts(fmt.Sprint("note ", i))
		}
		b := meet(t, conn) // begins to read now
		b.equals(s, testWall, wall.Hall)
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.heard) > 12 {
			t.Errorf("200 notes came in %d messages", len(b.heard))
		}
	})
}

func TestHelloHasItsTime(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		began := time.Now()
		v := meet(t, overPipe(t, h, phone(ann)))
		v.isClosed(CloseProtocol)
		if took := time.Since(began); took < helloWithin || took > helloWithin+2*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

func TestUnknownWall(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		j := phone(ann)
		j.Wall = newID()
		meet(t, overPipe(t, h, j)).isClosed(CloseNoWall)
		if _, err := h.Settings(t.Context(), j.Wall); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if n := h.Counts().Walls; n != 0 && n != 1 {
			t.Errorf("%d walls", n)
		}
	})
}

func TestDeleteClosesTheWall(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a, d := join(t, h, phone(ann)), join(t, h, desk(mona))
		if err := h.Delete(t.Context(), testWall); err != nil {
			t.Fatal(err)
		}
		a.isClosed(CloseNoWall)
		d.isClosed(CloseNoWall)
		if err := h.Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.Freeze{On: true}}); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestDismiss(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a, d := join(t, h, phone(ann)), join(t, h, desk(mona))
		h.Dismiss(mona.ID, CloseDismissed)
		d.isClosed(CloseDismissed)
		a.posts("still here")
	})
}

func TestDo(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, s *memstore.Store) {
		a := join(t, h, phone(ann))
		if err := h.Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.SetPhase{Phase: wall.Vote}}); err != nil {
			t.Fatal(err)
		}
		a.until("the phase", func() bool { return string(a.view.Settings["phase"]) == `"vote"` })
		var why *wall.Refusal
		if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: wall.Freeze{On: true}}); !errors.As(err, &why) || why.Code != wall.Forbidden {
			t.Error(err)
		}
		if got, err := h.Settings(t.Context(), testWall); err != nil || got.Phase != wall.Vote {
			t.Error(got.Phase, err)
		}
		if d, err := h.Snapshot(t.Context(), testWall, wall.Hall); err != nil || d.Settings["phase"] != wall.Vote {
			t.Error(d.Settings, err)
		}
	})
}

// The same person on two phones: both hear what is theirs alone, nobody else does.
func TestMeGoesToEveryConnectionOfThePerson(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a1, a2, b := join(t, h, phone(ann)), join(t, h, phone(ann)), join(t, h, phone(bo))
		synctest.Wait()
		b.mu.Lock()
		before := b.mes
		b.mu.Unlock()
		id := a1.posts("mine")
		a2.until("mine on the other phone", func() bool { return len(a2.me.Notes) == 1 && a2.me.Notes[0].ID == id })
		synctest.Wait()
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.mes != before {
			t.Error("somebody else heard a me")
		}
	})
}

func TestCloseTellsEveryoneToComeBack(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		var all []*visitor
		for i := range 120 {
			all = append(all, join(t, h, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)})))
		}
		silent := overPipe(t, h, phone(bo)) // never reads, never answers a close
		defer func() { _ = silent.Close() }()
		began := time.Now()
		closeHub(t, h)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("closing took %v", took)
		}
		for _, v := range all {
			v.isClosed(CloseRestart)
		}
		if err := h.Close(t.Context()); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		if err := h.Ready(t.Context()); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		meet(t, overPipe(t, h, phone(ann))).isClosed(websocket.CloseAbnormalClosure) // nobody is left to say why
		if err := h.Do(t.Context(), testWall, wall.Request{}); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

// Closing does not wait for longer than it is allowed to.
func TestCloseGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New()}
		h := New(Config{Store: s})
		makeWall(t, h, testWall, nil)
		a := join(t, h, phone(ann))
		s.next(hangs)
		a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := h.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
