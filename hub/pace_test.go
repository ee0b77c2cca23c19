package hub

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

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
		meet(t, overPipe(t, h, j)).isClosed(CloseMissing)
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
