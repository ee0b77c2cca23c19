package hub

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// A store that stays away for ten minutes is a few lines in the log, not
// hundreds: when it goes, and when it comes back.
func TestAnOutageIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		s := &shaky{Store: memstore.New()}
		h := New(Config{Store: s, Log: slog.New(slog.NewTextHandler(&text, nil))})
		makeWall(t, h, testWall, nil)
		a := join(t, h, phone(ann))
		s.setDown(true)
		later(5 * time.Minute) // it looks, in vain
		looked := strings.Count(text.String(), "looking for what was missed")
		a.answer(a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})) // now it knows
		later(5 * time.Minute)
		s.setDown(false)
		later(time.Minute)
		a.posts("back again")
		closeHub(t, h)
		log := text.String()
		for what, n := range map[string]int{"looking for what was missed": 1, "a commit failed": 1, "cannot be loaded": 1, "the store is back": 1} {
			if got := strings.Count(log, what); got != n {
				t.Errorf("%q is said %d times", what, got)
			}
		}
		if looked != 1 {
			t.Errorf("looking is said %d times", looked)
		}
		for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
			if !strings.Contains(line, "wall="+testWall) {
				t.Errorf("which wall? %s", line)
			}
		}
	})
}

// So is a store that answers, and takes nothing.
func TestAFullStoreIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		s := &shaky{Store: memstore.New()}
		h := New(Config{Store: s, Log: slog.New(slog.NewTextHandler(&text, nil))})
		makeWall(t, h, testWall, nil)
		a := join(t, h, desk(mona))
		s.next(isFull, isFull, isFull)
		for range 3 {
			if why := a.answer(a.ask(wall.SetPhase{Phase: wall.Vote})); why == nil || why.Code != wall.Full {
				t.Error(why)
			}
		}
		a.does(wall.SetPhase{Phase: wall.Vote})
		a.does(wall.SetPhase{Phase: wall.Results})
		closeHub(t, h)
		for _, what := range []string{"the store takes nothing", "the store takes commits again"} {
			if n := strings.Count(text.String(), what); n != 1 {
				t.Errorf("%q is said %d times", what, n)
			}
		}
	})
}

// mute is a store whose doorbell fails as long as it is told to, and rings when
// it begins to hear.
type mute struct {
	store.Store
	fails atomic.Bool
}

func (m *mute) Watch(ctx context.Context, ring store.Ring) error {
	if m.fails.Load() {
		return errShaky
	}
	ring("", nil)
	<-ctx.Done()
	return ctx.Err()
}

func TestASilentDoorbellIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		m := &mute{Store: memstore.New()}
		m.fails.Store(true)
		h := New(Config{Store: m, Log: slog.New(slog.NewTextHandler(&text, nil))})
		later(10 * time.Minute)
		if !h.Counts().Deaf {
			t.Error("it is not counted")
		}
		m.fails.Store(false)
		later(30 * time.Second)
		if h.Counts().Deaf {
			t.Error("it is still counted")
		}
		closeHub(t, h)
		for _, what := range []string{"the doorbell is silent", "the doorbell is heard again"} {
			if n := strings.Count(text.String(), what); n != 1 {
				t.Errorf("%q is said %d times", what, n)
			}
		}
	})
}
