package hub

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Who leads, and for how long the others leave it to it.
func TestLead(t *testing.T) {
	began := time.Unix(1000, 0)
	o := &lead{me: "a"}
	const ms = time.Millisecond
	follows := func(by string, at time.Duration, want bool) {
		t.Helper()
		if got := o.follows(wall.Lead{Hub: by}, began.Add(at)); got != want {
			t.Errorf("follows %q at %v: %v", by, at, got)
		}
	}
	follows("", 0, false)
	o.heard(wall.Lead{Hub: "b"}, began)
	follows("b", ms, false) // the first for a long time: it may be the last
	o.heard(wall.Lead{Hub: "b"}, began.Add(2*ms))
	follows("b", 3*ms, true)
	follows("a", 3*ms, false)
	follows("b", 2*ms+patienceLeast, false)
	for i := range time.Duration(20) { // it becomes slower
		o.heard(wall.Lead{Hub: "b"}, began.Add((2+30*i)*ms))
	}
	follows("b", (2+30*19+100)*ms, true)
	o.stored(time.Hour)
	if o.patience() != patienceMost {
		t.Error(o.patience())
	}
	if o.wait(began) > 0 {
		t.Error("waits for nobody")
	}
	o.late("a", began)
	if o.wait(began) > 0 {
		t.Error("waits for itself")
	}
	o.late("b", began)
	if o.wait(began) != o.patience() || o.wait(began.Add(o.patience())) > 0 {
		t.Error("is to wait for b, once")
	}
	o.heard(wall.Lead{Hub: "b"}, began)
	if o.wait(began) > 0 {
		t.Error("waits for who has been")
	}
}

// Whom a lead has answered it waits for, for a moment, or until all have asked again.
func TestLeadWaitsForWhomItAnswered(t *testing.T) {
	began := time.Unix(1000, 0)
	o := &lead{me: "a"}
	if o.awaits(began) > 0 {
		t.Error("waits for nobody")
	}
	o.heard(wall.Lead{Hub: "a"}, began)
	o.served([]*errand{{from: "b"}, {from: "c"}, {from: "b"}})
	if o.awaits(began) != awaitLeast || len(o.awaited) != 2 {
		t.Errorf("waits %v for %v", o.awaits(began), o.awaited)
	}
	if o.awaits(began.Add(awaitLeast)) > 0 || len(o.awaited) > 0 {
		t.Errorf("waits for ever, for %v", o.awaited)
	}
	o.served([]*errand{{from: "b"}})
	for took, want := range map[time.Duration]time.Duration{
		awaitLeast - 1: awaitLeast, awaitLeast + 1: awaitLeast + 1, awaitMost - 1: awaitMost - 1, awaitMost + 1: awaitMost,
	} {
		if o.stored(took); o.awaits(began) != want {
			t.Errorf("waits %v after a commit of %v", o.awaits(began), took)
		}
	}
	if o.heard(wall.Lead{Hub: "b"}, began); o.awaits(began) > 0 {
		t.Error("waits though another leads")
	}
}

// What a lead's commit says of errands: those of its own term.
func TestLeadTerm(t *testing.T) {
	a := &lead{me: "a"}
	first := a.after(wall.Lead{Hub: "b", Term: 3, Done: map[string]uint64{"c": 9}}, 7, nil)
	if first.Hub != "a" || first.Term != 8 || len(first.Done) > 0 {
		t.Errorf("%+v", first)
	}
	next := a.after(first, 9, []*errand{{from: "b", number: 2}, {from: "c", number: 5}, {from: "b", number: 3}})
	last := a.after(next, 12, nil)
	if last.Term != 8 || last.Done["b"] != 3 || last.Done["c"] != 5 || len(first.Done) > 0 {
		t.Errorf("%+v", last)
	}
	for i := range 2 * doneMost {
		last = a.after(last, 12, []*errand{{from: fmt.Sprint(i), number: 1}})
		if len(last.Done) > doneMost || last.Done[fmt.Sprint(i)] != 1 {
			t.Fatalf("%d hubs", len(last.Done))
		}
	}
}

// Of hubs that write at the same time one commits for all: hardly a commit is
// overtaken, and each holds what both have. Each command is done once.
func TestOneCommitsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, hubs, _ := pair(t, false)
		w := write(t, hubs, 40, func(done int64) bool { return done >= 4000 })
		commits, conflicts := int64(0), int64(0)
		for _, h := range hubs {
			_, n, _ := h.count.commits.Read()
			commits, conflicts = commits+n, conflicts+h.count.conflicts.Load()
		}
		if len(w.refused) > 0 || w.share() < 0.5 || conflicts > 5 || commits > 4000/12 {
			t.Errorf("done %v, refused %v, in %d commits, %d overtaken", w.done, w.refused, commits, conflicts)
		}
		if n := events(t, inner, wall.NotePosted); n != 50+w.posts {
			t.Errorf("%d notes were posted %d times", 50+w.posts, n)
		}
		if n := events(t, inner, wall.VoteCast); n != len(w.took)-w.posts {
			t.Errorf("%d votes were cast %d times", len(w.took)-w.posts, n)
		}
	})
}

// A hub that ended while it led is waited for once.
func TestLeadThatEndedIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, said := pair(t, false)
		do := func(h *Hub) time.Duration {
			t.Helper()
			began := time.Now()
			post := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "x"}
			if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: post}); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		do(hubs[0])
		for range 5 {
			do(hubs[1])
		}
		closeHub(t, hubs[1])
		if first := do(hubs[0]); len(said[0].words) != 1 || first > patienceLeast+2*time.Millisecond {
			t.Errorf("%d errands, done after %v", len(said[0].words), first)
		}
		for range 3 {
			if took := do(hubs[0]); took > time.Millisecond {
				t.Errorf("and then after %v", took)
			}
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
