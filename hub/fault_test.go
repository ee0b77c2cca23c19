package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// shakyWall makes a hub with a wall on a store that fails as told.
func shakyWall(t *testing.T) (*Hub, *shaky) {
	s := &shaky{Store: memstore.New()}
	h := openHub(t, s)
	makeWall(t, h, testWall, nil)
	return h, s
}

// events counts the events of a kind in the log.
func events(t *testing.T, s store.Store, name wall.EventName) int {
	t.Helper()
	entries, err := s.Log(context.Background(), testWall, 0, 1e6)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range entries {
		var all []wall.Event
		if err := json.Unmarshal(l.Log, &all); err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.Name == name {
				n++
			}
		}
	}
	return n
}

// However a commit ends, the note is there once, its author gets one yes, and
// everybody sees it.
func TestCommitThatEndsUnknown(t *testing.T) {
	for name, f := range map[string]fate{"lost": lost, "fails": fails, "hangs": hangs, "lingers": lingers} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, s := shakyWall(t)
				a, b, d := join(t, h, phone(ann)), join(t, h, phone(bo)), join(t, h, desk(mona))
				s.next(f)
				began := time.Now()
				id := a.posts("once")
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the answer took %v", took)
				}
				b.sees(id)
				a.equals(s, testWall, wall.Hall)
				b.equals(s, testWall, wall.Hall)
				d.equals(s, testWall, wall.Desk)
				if n := events(t, s, wall.NotePosted); n != 1 {
					t.Errorf("posted %d times", n)
				}
			})
		})
	}
}

// A store that is full refuses what is new; the wall goes on, and what was
// refused was seen by nobody.
func TestFullStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := shakyWall(t)
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		time.Sleep(time.Minute) // nothing is being told
		s.next(isFull)
		n := a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "TOO-MUCH"})
		if why := a.answer(n); why == nil || why.Code != wall.Full {
			t.Error(why)
		}
		// Its frame and its author's own state were made, and are at the same revision.
		b.sees(b.posts("fits"))
		b.equals(s, testWall, wall.Hall)
		a.equals(s, testWall, wall.Hall)
		if mine := a.mine(); len(mine) > 0 {
			t.Errorf("the author was told of %v", mine)
		}
	})
}

// While the store is away the wall is read, refuses with unavailable, and
// comes back by itself. Nothing that was not stored is ever told.
func TestStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := shakyWall(t)
		a := join(t, h, phone(ann))
		id := a.posts("before")
		s.setDown(true)
		lostID := newID()
		post := wall.Post{ID: lostID, Theme: "health", Kind: "opinion", Text: "kept on the phone"}
		for range 3 {
			if why := a.answer(a.ask(post)); why == nil || why.Code != wall.Unavailable || why.After == 0 {
				t.Error(why)
			}
		}
		if n := h.Counts().Away; n != 1 {
			t.Errorf("%d walls away", n)
		}
		if err := h.Ready(t.Context()); !errors.Is(err, errShaky) {
			t.Error(err)
		}
		b := join(t, h, phone(bo)) // who comes now reads what was stored
		b.sees(id)
		d := join(t, h, desk(mona))
		d.sees(id)
		later(time.Minute)
		for _, v := range []*visitor{a, b, d} {
			v.mu.Lock()
			if _, told := v.view.Notes[lostID]; told {
				t.Error("told what is not stored")
			}
			v.mu.Unlock()
		}
		s.setDown(false)
		later(awayMost + time.Second)
		a.does(post)
		b.sees(lostID)
		b.equals(s, testWall, wall.Hall)
		d.equals(s, testWall, wall.Desk)
		if n := h.Counts().Away; n != 0 {
			t.Errorf("%d walls away", n)
		}
	})
}

// What another hub did is still read when the store is away, and what was
// decided here but not stored is not.
func TestStoreAwayAfterAnothersChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		s := &shaky{Store: inner}
		one, other := openHub(t, s), openHub(t, inner)
		makeWall(t, one, testWall, nil)
		a := join(t, one, phone(ann))
		if err := other.Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.Set{Setting: "title", Value: []byte(`"theirs"`)}}); err != nil {
			t.Fatal(err)
		}
		title := func(v *visitor) func() bool {
			return func() bool { return string(v.view.Settings["title"]) == `"theirs"` }
		}
		a.until("the other's title", title(a))
		s.setDown(true)
		if why := a.answer(a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})); why == nil || why.Code != wall.Unavailable {
			t.Error(why)
		}
		b := join(t, one, phone(bo))
		b.until("a view", func() bool { return b.view.Epoch != "" })
		b.mu.Lock()
		defer b.mu.Unlock()
		if !title(b)() || len(b.view.Notes) != 0 {
			t.Errorf("reads %s and %d notes", b.view.Settings["title"], len(b.view.Notes))
		}
	})
}

// A wall that cannot be loaded sends its visitors away to come back.
func TestStoreAwayAtOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := shakyWall(t)
		s.setDown(true)
		meet(t, overPipe(t, h, phone(ann))).isClosed(CloseTryLater)
		s.setDown(false)
		join(t, h, phone(ann)).posts("back")
	})
}

// A storm on a store where one commit in three goes wrong: everyone sees
// everything, each note once, each vote as last cast.
func TestStormOnShakyStore(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, s := shakyWall(t)
				r := rand.New(rand.NewPCG(seed, 1))
				s.fate = func() fate {
					if r.IntN(3) == 0 {
						return []fate{lost, fails, hangs, lingers}[r.IntN(4)]
					}
					return fine
				}
				d := join(t, h, desk(mona))
				votes, notes := 0, 0
				for i := range 12 {
					who := wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}
					v := join(t, h, phone(who))
					id := newID()
					v.insists(wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: fmt.Sprint(i)})
					v.insists(v.vote("n:"+id, 1))
					v.insists(v.vote("n:"+id, 2))
					votes, notes = votes+2, notes+1
				}
				d.until("all of it", func() bool { return len(d.view.Notes) == notes })
				d.equals(s, testWall, wall.Desk)
				if n := events(t, s, wall.NotePosted); n != notes {
					t.Errorf("%d notes were posted %d times", notes, n)
				}
				if n := events(t, s, wall.VoteCast); n != votes {
					t.Errorf("%d votes were cast %d times", votes, n)
				}
			})
		})
	}
}

// insists sends a command until it is done, as a page does.
func (v *visitor) insists(c wall.Command) {
	v.t.Helper()
	for {
		why := v.answer(v.ask(c))
		if why == nil {
			return
		}
		if why.Code != wall.Unavailable && why.Code != wall.Busy && why.Code != wall.Rate {
			v.t.Error(why)
			return
		}
		later(time.Duration(why.After) * time.Millisecond)
	}
}

// A store that went back behind what was told begins another epoch: nobody
// keeps what is no longer so.
func TestStoreGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := shakyWall(t)
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		old := a.posts("in the copy")
		at, entries, err := s.Load(t.Context(), testWall)
		if err != nil {
			t.Fatal(err)
		}
		lostID := a.posts("not in the copy")
		b.sees(lostID)
		back := memstore.New() // restored from the copy
		if err := back.Create(t.Context(), testWall, store.Batch{After: wall.Position{Epoch: at.Epoch}, Entries: entries}); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.Store = back
		s.mu.Unlock()
		h.ring("", nil)
		b.misses(lostID)
		b.sees(old)
		b.until("another epoch", func() bool { return b.view.Epoch != at.Epoch })
		b.sees(a.posts("after"))
		b.equals(s, testWall, wall.Hall)
	})
}

// The connection ends between the command and its answer; sent again on
// another one, it is done once.
func TestSentAgainAfterLostConnection(t *testing.T) {
	s := &shaky{Store: memstore.New(), asked: make(chan struct{}, 8), gate: make(chan struct{}, 8)}
	h := openHub(t, s)
	makeWall(t, h, testWall, nil)
	a := visit(t, overTCP(t, h, phone(ann))).seesAll()
	id := newID()
	post := wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: "once"}
	a.ask(post)
	<-s.asked // it is being stored
	_ = a.conn.NetConn().Close()
	s.gate <- struct{}{}
	again := visit(t, overTCP(t, h, phone(ann))).seesAll()
	again.does(post)
	again.sees(id)
	other := post
	other.Text = "something else"
	if why := again.answer(again.ask(other)); why == nil || why.Code != wall.Conflict {
		t.Error(why)
	}
	if n := events(t, s, wall.NotePosted); n != 1 {
		t.Errorf("posted %d times", n)
	}
}

// Looking for what another hub did fails once: the room looks again by itself,
// though the doorbell does not ring twice.
func TestLookingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		s := &shaky{Store: inner}
		one, other := openHub(t, s), openHub(t, inner)
		makeWall(t, one, testWall, nil)
		a, b := join(t, one, phone(ann)), join(t, other, phone(bo))
		later(time.Second)
		s.setDown(true)
		id := b.posts("at the other hub")
		later(100 * time.Millisecond) // it rang, and in vain
		s.setDown(false)
		began := time.Now()
		a.sees(id)
		if took := time.Since(began); took > time.Second {
			t.Errorf("seen after %v", took)
		}
	})
}
