package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// An errand arrives as it was sent; what was cut off is none.
func TestErrandIsRead(t *testing.T) {
	e := &errand{from: "a", to: "b", term: 1 << 40, number: 7}
	for _, c := range []wall.Command{
		wall.CastVote{Target: "n:1", Dots: 300, Count: wall.CountMax}, wall.Post{ID: "1", Theme: "work", Kind: "opinion", Text: "Å\n\x00", Lang: "sv"},
		wall.CastVote{Target: "c:1", Count: 1}, wall.Post{},
	} {
		e.asks = append(e.asks, &ask{request: wall.Request{By: wall.Actor{Role: wall.Participant, ID: fmt.Sprint(len(e.asks))}, Command: c}})
	}
	word := e.word()
	got, ok := readErrand(word, "b")
	if !ok || got.from != e.from || got.to != e.to || got.term != e.term || got.number != e.number || got.size != len(word) || len(got.asks) != len(e.asks) {
		t.Fatalf("%+v %v", got, ok)
	}
	for i, q := range got.asks {
		if q.request != e.asks[i].request {
			t.Errorf("%+v", q.request)
		}
	}
	if _, ok := readErrand(word, "a"); ok {
		t.Error("another's errand is read")
	}
	whole := map[int]bool{}
	for n := range e.asks {
		whole[len((&errand{from: "a", to: "b", term: 1 << 40, number: 7, asks: e.asks[:n]}).word())] = true
	}
	for n := range word {
		if _, ok := readErrand(word[:n], "b"); ok != whole[n] {
			t.Errorf("cut off after %d: %v", n, ok)
		}
	}
}

// told is a store that keeps what its hub tells others, and may lose it.
type told struct {
	store.Store
	mu    sync.Mutex
	words [][]byte
	loses bool
	takes time.Duration
}

func (s *told) Tell(ctx context.Context, id string, word []byte) error {
	s.mu.Lock()
	s.words = append(s.words, slices.Clone(word))
	loses := s.loses
	s.mu.Unlock()
	later(s.takes)
	if loses {
		return nil
	}
	return s.Store.Tell(ctx, id, word)
}

// pair is two hubs a millisecond from one store.
func pair(t *testing.T, loses bool) (inner *memstore.Store, hubs []*Hub, said []*told) {
	inner = memstore.New()
	for range 2 {
		s := &told{Store: slow{inner, 500 * time.Microsecond}, loses: loses}
		said, hubs = append(said, s), append(hubs, openHub(t, s))
	}
	makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
	return inner, hubs, said
}

// An errand that nobody hears of is done by who asked, before long, and once.
func TestErrandIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, hubs, said := pair(t, true)
		w := write(t, hubs, 8, func(done int64) bool { return done >= 400 })
		if len(w.refused) > 0 || w.quantile(1) > 4*patienceMost || len(said[0].words)+len(said[1].words) == 0 {
			t.Errorf("refused %v, the slowest answer after %v", w.refused, w.quantile(1))
		}
		n := events(t, inner, wall.NotePosted) + events(t, inner, wall.VoteCast)
		if n != len(w.took)+50 {
			t.Errorf("%d commands were done %d times", len(w.took)+50, n)
		}
	})
}

// Who writes while nobody else does asks nobody.
func TestLonePostIsNoErrand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, said := pair(t, false)
		for i := range 20 {
			began := time.Now()
			post := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "x"}
			if err := hubs[i%2].Do(t.Context(), testWall, wall.Request{By: ann, Command: post}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > time.Millisecond {
				t.Errorf("post %d took %v", i, took)
			}
			later(patienceLeast + time.Duration(i*i)*time.Millisecond)
		}
		if n := len(said[0].words) + len(said[1].words); n > 0 {
			t.Errorf("%d errands", n)
		}
	})
}

// An errand is for one term of a lead: whoever leads again, after another hub
// has committed, does not do what it was asked before. In its own term it does.
func TestErrandOfAnotherTermIsNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, hubs, _ := pair(t, false)
		title := func(h *Hub) {
			t.Helper()
			set := wall.Set{Setting: "title", Value: []byte(`"` + newID() + `"`)}
			if err := h.Do(t.Context(), testWall, wall.Request{By: mona, Command: set}); err != nil {
				t.Fatal(err)
			}
		}
		var by wall.Lead
		ring := func(id string) {
			e := &errand{from: "another", to: by.Hub, term: by.Term, number: 1, asks: []*ask{{request: wall.Request{
				By: ann, Command: wall.Post{ID: id, Theme: "work", Kind: "opinion", Text: "x"}}}}}
			hubs[0].ring(testWall, &store.News{Word: e.word()})
			synctest.Wait()
			later(time.Second)
		}
		look := func() {
			if err := hubs[0].with(t.Context(), testWall, func(r *room) { by = r.wall.Lead() }); err != nil {
				t.Fatal(err)
			}
		}
		title(hubs[0])
		look()
		old := by
		title(hubs[1])
		later(time.Second)
		ring(newID()) // it does not lead
		title(hubs[0])
		ring(newID()) // it leads again
		if n := events(t, inner, wall.NotePosted); n != 0 {
			t.Errorf("%d notes of errands of term %d, and now is %d", n, old.Term, by.Term)
		}
		look()
		ring(newID())
		if n := events(t, inner, wall.NotePosted); n != 1 || by.Hub != old.Hub || by.Term == old.Term {
			t.Errorf("%d notes of its own term; %+v, and it was %+v", n, by, old)
		}
	})
}

// A lead that cannot reach the store does no errands, and is not kept busy by them.
func TestErrandToWhoIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New()}
		h := openHub(t, s)
		makeWall(t, h, testWall, nil)
		v := join(t, h, phone(ann))
		v.posts("x")
		var by wall.Lead
		look := func() (errands int) {
			if err := h.with(t.Context(), testWall, func(r *room) { by, errands = r.wall.Lead(), len(r.errands) }); err != nil {
				t.Error(err)
			}
			return errands
		}
		look()
		s.setDown(true)
		v.answer(v.ask(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "y"}))
		e := &errand{from: "another", to: by.Hub, term: by.Term, number: 1, asks: []*ask{{request: wall.Request{
			By: bo, Command: wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "z"}}}}}
		h.ring(testWall, &store.News{Word: e.word()})
		later(time.Second)
		if n := look(); n != 0 {
			t.Errorf("%d errands wait", n)
		}
		s.setDown(false)
		later(5 * time.Second)
		if n := events(t, s.Store, wall.NotePosted); n != 1 {
			t.Errorf("%d notes were posted", n)
		}
	})
}

// While an errand is on its way its hub hears what others do, and answers.
func TestErrandIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, said := pair(t, false)
		said[1].takes = 20 * time.Millisecond
		var crowd sync.WaitGroup
		end := time.Now().Add(200 * time.Millisecond)
		crowd.Go(func() { write(t, hubs[:1], 8, func(int64) bool { return time.Now().After(end) }) })
		var at [3]uint64
		look := func(i int) (telling bool) {
			began := time.Now()
			if err := hubs[1].with(t.Context(), testWall, func(r *room) { at[i], telling = r.at.Revision, r.telling }); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); i > 0 && took > time.Millisecond {
				t.Errorf("look %d took %v", i, took)
			}
			return telling
		}
		later(50 * time.Millisecond)
		look(0)
		later(10 * time.Millisecond)
		crowd.Go(func() {
			post := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "x"}
			if err := hubs[1].Do(t.Context(), testWall, wall.Request{By: bo, Command: post}); err != nil {
				t.Error(err)
			}
		})
		later(5 * time.Millisecond)
		on := look(1)
		later(10 * time.Millisecond)
		if on = look(2) && on; !on || at[2] == at[1] {
			t.Errorf("on its way: %v; it was at %d, and then at %d", on, at[1], at[2])
		}
		crowd.Wait()
	})
}

// What the lead refuses is refused by who asked it, for the same reason.
func TestErrandIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hubs, said := pair(t, false)
		var crowd sync.WaitGroup
		end := time.Now().Add(300 * time.Millisecond)
		crowd.Go(func() { write(t, hubs[:1], 8, func(int64) bool { return time.Now().After(end) }) })
		later(50 * time.Millisecond)
		if err := hubs[1].with(t.Context(), testWall, func(*room) {}); err != nil {
			t.Fatal(err)
		}
		later(10 * time.Millisecond)
		for i := range 20 {
			began := time.Now()
			vote := wall.CastVote{Target: "n:" + newID(), Dots: 1, Count: uint64(i + 1)}
			err := hubs[1].Do(t.Context(), testWall, wall.Request{By: bo, Command: vote})
			var why *wall.Refusal
			if took := time.Since(began); !errors.As(err, &why) || why.Code != wall.NotFound || took > 10*time.Millisecond {
				t.Errorf("%v after %v", err, took)
			}
		}
		crowd.Wait()
		if len(said[1].words) != 20 {
			t.Errorf("%d errands", len(said[1].words))
		}
	})
}
