package hub

import (
	"context"
	"fmt"
	"sync"
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

// leading is a hub that leads, with all it takes to give it errands.
type leading struct {
	t      *testing.T
	hub    *Hub
	by     wall.Lead
	number uint64
}

func newLeading(t *testing.T, h *Hub) *leading {
	l := &leading{t: t, hub: h}
	l.do()
	if err := h.with(t.Context(), testWall, func(r *room) { l.by = r.wall.Lead() }); err != nil {
		t.Fatal(err)
	}
	return l
}

// do has a post done, and says how long it took.
func (l *leading) do() time.Duration {
	began := time.Now()
	post := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "x"}
	if err := l.hub.Do(l.t.Context(), testWall, wall.Request{By: ann, Command: post}); err != nil {
		l.t.Error(err)
	}
	return time.Since(began)
}

// errand rings with posts that another hub has been asked for.
func (l *leading) errand(posts int) { l.errandOf("another", posts) }

func (l *leading) errandOf(hub string, posts int) {
	l.number++
	e := &errand{from: hub, to: l.by.Hub, term: l.by.Term, number: l.number}
	for range posts {
		e.asks = append(e.asks, &ask{request: wall.Request{By: bo, Command: wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "y"}}})
	}
	l.hub.ring(testWall, &store.News{Word: e.word()})
}

func (l *leading) commits() int64 {
	_, n, _ := l.hub.count.commits.Read()
	return n
}

// A lead that has done an errand leaves its hub a moment to ask again, and then goes
// on. What is asked in that moment, here and there, is in the same commit, for which
// nothing is waited for any more once the other has asked.
func TestLeadLeavesTimeToAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, _ := pair(t, false)
		l := newLeading(t, hubs[0])
		commit := l.do()
		l.errand(1)
		later(commit + commit/4)
		if took := l.do(); took < commit+commit/2 || took > 2*commit {
			t.Errorf("done after %v; a commit takes %v", took, commit)
		}
		if took := l.do(); took > commit {
			t.Errorf("and then after %v", took)
		}

		l.errand(1)
		later(commit + commit/4)
		before := l.commits()
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				later(time.Duration(i) * commit / 4)
				if took := l.do(); took > commit+commit/2 {
					t.Errorf("%d is done after %v", i, took)
				}
			})
		}
		later(commit / 2)
		l.errand(1)
		all.Wait()
		if n := l.commits() - before; n != 1 {
			t.Errorf("%d commits", n)
		}
	})
}

// A lead that has nothing to store waits for nobody.
func TestLeadThatRefusesDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, _ := pair(t, false)
		l := newLeading(t, hubs[0])
		commit := l.do()
		l.errand(1)
		later(commit + commit/4)
		began := time.Now()
		err := hubs[0].Do(t.Context(), testWall, wall.Request{By: ann, Command: wall.CastVote{Target: "n:" + newID(), Dots: 1, Count: 1}})
		if took := time.Since(began); refusal(err).Code != wall.NotFound || took > 0 {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// An errand for which there is no room in a commit is the first in the next, and
// until then nothing is waited for.
func TestErrandTooLargeForTheRestGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, hubs, _ := pair(t, false)
		l := newLeading(t, hubs[0])
		commit := l.do()
		var all sync.WaitGroup
		all.Go(func() { l.do() })
		later(commit / 2)
		l.errand(1) // both go to the next commit
		l.errandOf("a third", 1)
		later(3*commit/2 + commit/8)
		before, posted := l.commits(), events(t, inner, wall.NotePosted)
		all.Go(func() {
			if took := l.do(); took > commit+commit/8 {
				t.Errorf("done after %v", took)
			}
		})
		later(commit / 8)
		l.errand(1)
		l.errand(turnMax)
		all.Wait()
		later(commit + commit/8)
		if n, m := l.commits()-before, events(t, inner, wall.NotePosted)-posted; n != 2 || m != 2+turnMax {
			t.Errorf("%d posts in %d commits", m, n)
		}
	})
}

// What is asked while a lead waits is answered once, whatever becomes of the commit.
func TestWhatJoinsIsAnsweredOnce(t *testing.T) {
	for f, want := range map[fate]wall.Code{fine: "", lost: "", fails: "", isFull: wall.Full, overtook: "", overlaid: "", ousted: ""} {
		synctest.Test(t, func(t *testing.T) {
			inner := memstore.New()
			s := &shaky{Store: slow{inner, 500 * time.Microsecond}}
			h := openHub(t, s)
			makeWall(t, h, testWall, func(s *wall.Settings) { s.Rehearsal = true })
			other := openHub(t, inner)
			s.rival = func() {
				post := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "z"}
				if err := other.Do(t.Context(), testWall, wall.Request{By: mona, Command: post}); err != nil {
					t.Error(err)
				}
			}
			l := newLeading(t, h)
			commit := l.do()
			l.errand(1)
			later(commit + commit/4)
			before := events(t, inner, wall.NotePosted)
			s.next(f)
			var at *room
			if err := h.with(t.Context(), testWall, func(r *room) { at = r }); err != nil {
				t.Fatal(err)
			}
			answers := map[int][]wall.Code{}
			var mu sync.Mutex
			for i := range 3 {
				q := &ask{request: wall.Request{By: ann, Command: wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "x"}}}
				q.reply = func(_ uint64, why *wall.Refusal) {
					mu.Lock()
					defer mu.Unlock()
					code := wall.Code("")
					if why != nil {
						code = why.Code
					}
					answers[i] = append(answers[i], code)
				}
				at.submit(q)
				later(commit / 8)
			}
			later(time.Second)
			mu.Lock()
			defer mu.Unlock()
			for i := range 3 {
				if len(answers[i]) != 1 || answers[i][0] != want {
					t.Errorf("fate %d: %d is answered %q", f, i, answers[i])
				}
			}
			posts := events(t, inner, wall.NotePosted) - before
			if f == overtook || f == overlaid || f == ousted {
				posts--
			}
			if wanted := map[bool]int{true: 3, false: 0}[want == ""]; posts != wanted {
				t.Errorf("fate %d: %d posts are stored", f, posts)
			}
		})
	}
}

// Whoever says hello while a lead waits, and asks, is let in before that is decided.
func TestLeadThatWaitsLetsInWhoAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, _ := pair(t, false)
		l := newLeading(t, hubs[0])
		commit := l.do()
		l.errand(1)
		later(commit + commit/4)
		before := l.commits()
		var all sync.WaitGroup
		all.Go(func() { l.do() })
		later(commit / 8)
		v := meet(t, overPipe(t, hubs[0], phone(bo)))
		v.hello()
		v.ask(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "z"})
		all.Wait()
		v.until("an answer", func() bool { return len(v.answers) > 0 })
		if n := l.commits() - before; n != 2 {
			t.Errorf("%d commits", n)
		}
	})
}

// What a lead has room for while it waits is what goes into one commit.
func TestLeadThatWaitsTakesATurnful(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, _ := pair(t, false)
		l := newLeading(t, hubs[0])
		commit := l.do()
		l.errand(1)
		later(commit + commit/4)
		before := l.commits()
		var all sync.WaitGroup
		for i := range turnMax + 2 {
			all.Go(func() {
				later(time.Duration(min(i, 1)) * commit / 8)
				l.do()
			})
		}
		all.Wait()
		if n := l.commits() - before; n != 2 {
			t.Errorf("%d commits", n)
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
