package hub

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// leading is a hub that leads, with all it takes to give it errands.
type leading struct {
	t      *testing.T
	hub    *Hub
	by     wall.Lead
	number uint64
	commit time.Duration // how long one takes
}

func newLeading(t *testing.T, h *Hub) *leading {
	l := &leading{t: t, hub: h}
	l.do()
	if err := h.with(t.Context(), testWall, func(r *room) { l.by = r.wall.Lead() }); err != nil {
		t.Fatal(err)
	}
	return l
}

// waiting has a lead that has just answered another hub, and waits for it if it has
// something to store; and says how long a commit takes.
func waiting(t *testing.T, h *Hub) (l *leading, commit time.Duration) {
	l = newLeading(t, h)
	l.commit = l.do()
	l.answers()
	return l, l.commit
}

// answers has another hub's errand done, and a quarter of a commit more go by.
func (l *leading) answers() {
	l.errand(1)
	later(l.commit + l.commit/4)
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
		l, commit := waiting(t, hubs[0])
		if took := l.do(); took < commit+commit/2 || took > 2*commit {
			t.Errorf("done after %v; a commit takes %v", took, commit)
		}
		if took := l.do(); took > commit {
			t.Errorf("and then after %v", took)
		}

		l.answers()
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
		waiting(t, hubs[0])
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
			_, commit := waiting(t, h)
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
		l, commit := waiting(t, hubs[0])
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
		l, commit := waiting(t, hubs[0])
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
