package hub

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Whoever asked before the hub began to close is answered before the goodbye;
// what was acknowledged then is stored. Nobody waits for a store that is away.
func TestWhatIsUnderWayIsAnsweredBeforeTheGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New(), asked: make(chan struct{}, 8), gate: make(chan struct{}, 8)}
		h := New(Config{Store: s})
		makeWall(t, h, testWall, nil)
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		first := a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "under way"})
		<-s.asked
		second := b.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "behind it"})
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- h.Close(context.Background()) }()
		synctest.Wait() // everyone is told to go
		late := a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "too late"})
		synctest.Wait()
		s.gate <- struct{}{}
		s.gate <- struct{}{}
		for v, n := range map[*visitor]uint64{a: first, b: second} {
			if why := v.answer(n); why != nil {
				t.Errorf("refused: %v", why)
			}
			v.isClosed(CloseRestart)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if n := events(t, s.Store, wall.NotePosted); n != 2 {
			t.Errorf("%d notes are stored", n)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if _, answered := a.answers[late]; answered {
			t.Error("what came afterwards was answered")
		}
	})
}

func TestTheGoodbyeDoesNotWaitForAStoreThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New()}
		h := New(Config{Store: s})
		makeWall(t, h, testWall, nil)
		a := join(t, h, phone(ann))
		s.next(hangs)
		a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})
		synctest.Wait()
		began := time.Now()
		closed := make(chan error, 1)
		go func() { closed <- h.Close(context.Background()) }()
		a.isClosed(CloseRestart)
		if took := time.Since(began); took > farewellWait {
			t.Errorf("told after %v", took)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}
