package hub

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Whose turn it is, as each of three hubs sees it.
func TestRota(t *testing.T) {
	began := time.Unix(1000, 0)
	hubs := map[string]*rota{}
	for _, name := range []string{"a", "b", "c"} {
		hubs[name] = &rota{me: name}
	}
	var names []string
	commit := func(who string, at time.Duration, want ...string) {
		t.Helper()
		names = hubs[who].after(names, began.Add(at), false)
		hubs[who].mine = began.Add(at)
		for _, o := range hubs {
			o.heard(names, began.Add(at))
		}
		if !slices.Equal(names, want) {
			t.Errorf("after %s at %v: %v, want %v", who, at, names, want)
		}
	}
	wait := func(who string, at, want time.Duration) {
		t.Helper()
		if got := hubs[who].wait(names, began.Add(at)); max(0, got) != want {
			t.Errorf("%s waits %v at %v, want %v", who, got, at, want)
		}
	}
	const ms = time.Millisecond
	commit("a", 0) // the first for a long time: nobody takes turns
	wait("a", ms, 0)
	commit("a", 2*ms, "a")
	wait("a", 3*ms, 0) // alone on it: no turns either
	commit("b", 4*ms, "a")
	commit("b", 6*ms, "a", "b")
	wait("a", 6*ms, 0)
	wait("b", 6*ms, patienceLeast)
	wait("c", 6*ms, 0) // who is not on it goes at once
	commit("c", 8*ms, "a", "b")
	commit("c", 9*ms, "a", "b", "c")
	commit("a", 10*ms, "b", "c", "a")
	commit("b", 12*ms, "c", "a", "b")
	wait("b", 12*ms, 2*patienceLeast)
	wait("a", 12*ms+patienceLeast, 0) // c lets its turn go by
	commit("a", 12*ms+patienceLeast, "b", "a")
	wait("b", 13*ms+patienceLeast, 0)
	wait("a", time.Second, 0) // it was long ago: nobody waits for anybody
	names = nil
	for i := range 3 * rotaMax {
		o := &rota{me: fmt.Sprint(i), mine: began}
		names = o.after(names, began.Add(ms), true)
	}
	if len(names) != rotaMax {
		t.Errorf("%d hubs on the rota", len(names))
	}
}

// A hub that ended with its name on the rota is waited for once.
func TestHubThatEndedIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		one, two := openHub(t, s), New(Config{Store: s})
		makeWall(t, one, testWall, func(s *wall.Settings) { s.Rehearsal = true })
		do := func(h *Hub) time.Duration {
			t.Helper()
			began := time.Now()
			post := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "x"}
			if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: post}); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		rota := func() (names []string) {
			_ = one.with(t.Context(), testWall, func(r *room) { names = r.wall.Rota() })
			return names
		}
		for range 3 {
			do(one)
			do(two)
		}
		if n := len(rota()); n != 2 {
			t.Fatalf("%d hubs take turns", n)
		}
		closeHub(t, two)
		do(one)
		for i, want := range []time.Duration{patienceLeast, 0, 0} {
			if took := do(one); took > want {
				t.Errorf("command %d after the other hub ended took %v", i, took)
			}
		}
		if n := len(rota()); n > 1 {
			t.Errorf("%d hubs take turns", n)
		}
	})
}

// slow is a store that is further away than others'.
type slow struct {
	store.Store
	away time.Duration
}

func (s slow) Commit(ctx context.Context, id string, b store.Batch) error {
	later(s.away)
	defer later(s.away)
	return s.Store.Commit(ctx, id, b)
}

// A hub that is far from the store, beside two that are near it and never
// pause, would always come too late; as it is, it has its turns.
func TestFarHubHasItsTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		var hubs []*Hub
		for _, away := range []time.Duration{500 * time.Microsecond, 500 * time.Microsecond, 6 * time.Millisecond} {
			hubs = append(hubs, openHub(t, slow{inner, away}))
		}
		makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
		end := time.Now().Add(3 * time.Second)
		w := write(t, hubs, 12, func(int64) bool { return time.Now().After(end) })
		if w.done[2] < 4*20 || len(w.refused) > 0 || w.quantile(1) > time.Second {
			t.Errorf("done %v, refused %v, the slowest answer after %v", w.done, w.refused, w.quantile(1))
		}
		t.Log(w.done, w.quantile(.5), w.quantile(1))
	})
}
