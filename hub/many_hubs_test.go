package hub

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// What falls due at four hubs at once happens once.
func TestDeadlineAtManyHubsIsOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		var hubs []*Hub
		for range 4 {
			hubs = append(hubs, openHub(t, s))
		}
		makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Moderation = wall.Moderation{Mode: "delay", Seconds: 30} })
		var all []*visitor
		for i, h := range hubs {
			all = append(all, join(t, h, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)})))
		}
		for range 3 { // the first to be late is another one each time
			id := all[0].posts("soon")
			later(31 * time.Second)
			for _, v := range all {
				v.sees(id)
				v.equals(s, testWall, wall.Hall)
			}
		}
		if n := events(t, s, wall.DeadlinesPassed); n != 3 {
			t.Errorf("three deadlines passed %d times", n)
		}
	})
}

// A wall that is deleted at one hub is gone at the other, too.
func TestDeletedAtAnotherHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		var log bytes.Buffer
		one, two := New(Config{Store: s, Log: slog.New(slog.NewTextHandler(&log, nil))}), openHub(t, s)
		defer one.Close(t.Context())
		makeWall(t, one, testWall, nil)
		a, b := join(t, one, phone(ann)), join(t, two, phone(bo))
		if err := two.Delete(t.Context(), testWall); err != nil {
			t.Fatal(err)
		}
		a.isClosed(CloseMissing) // it cannot tell that from a store that has lost it
		b.isClosed(CloseNoWall)
		meet(t, overPipe(t, one, phone(ann))).isClosed(CloseMissing)
		if n := strings.Count(log.String(), "the store has lost the wall"); n != 1 {
			t.Errorf("said %d times:\n%s", n, &log)
		}
	})
}

// The store has gone back, and a hub that knew nothing of it goes on writing,
// until its revisions are beyond what others were told. Those begin another
// epoch, one of them first: everybody ends with the wall as stored.
func TestStoreGoesBackUnderManyHubs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		one, two := &shaky{Store: inner}, &shaky{Store: inner}
		hubs := []*Hub{openHub(t, one), openHub(t, two)}
		makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
		all := []*visitor{join(t, hubs[0], phone(ann)), join(t, hubs[1], phone(bo)), join(t, hubs[1], desk(mona))}
		old := all[0].posts("in the copy")
		at, entries, err := inner.Load(t.Context(), testWall)
		if err != nil {
			t.Fatal(err)
		}
		var lost []string
		for i := range 5 {
			lost = append(lost, all[i%2].posts("not in the copy"))
		}
		for _, v := range all {
			v.sees(lost[4])
		}
		back := memstore.New()
		if err := back.Create(t.Context(), testWall, store.Batch{After: wall.Position{Epoch: at.Epoch}, Entries: entries}); err != nil {
			t.Fatal(err)
		}
		fresh := openHub(t, back)
		c := join(t, fresh, phone(wall.Actor{Role: wall.Participant, ID: "cilla"}))
		all = append(all, c)
		meanwhile := func() {
			for i := range 10 {
				c.insists(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: fmt.Sprint("meanwhile ", i)})
			}
		}
		one.rival, two.rival = meanwhile, meanwhile
		one.next(overtook) // what begins the other epoch comes too late, once
		two.next(overtook)
		for _, s := range []*shaky{one, two} {
			s.mu.Lock()
			s.Store = back
			s.mu.Unlock()
		}
		for _, h := range hubs {
			h.ring("", nil)
		}
		all[0].insists(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "after"})
		later(lookEvery + time.Second) // the doorbells of both are at the old store
		for _, v := range all[:2] {
			v.sees(old)
			for _, id := range lost {
				v.misses(id)
			}
		}
		for i, v := range all {
			v.equals(back, testWall, []wall.Audience{wall.Hall, wall.Hall, wall.Desk, wall.Hall}[i])
			v.until("one epoch", func() bool { return v.view.Epoch != at.Epoch })
		}
	})
}

// A hub that meets what a newer one has written writes nothing on it: it says
// so in the log, and sends everybody to come back, who will find a newer one.
func TestNewerHubHasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		var log bytes.Buffer
		h := New(Config{Store: s, Log: slog.New(slog.NewTextHandler(&log, nil))})
		makeWall(t, h, testWall, nil)
		a, d := join(t, h, phone(ann)), join(t, h, desk(mona))
		a.posts("x")
		at, _, err := s.Load(t.Context(), testWall)
		if err != nil {
			t.Fatal(err)
		}
		newer := store.Batch{After: at, To: at.Revision + 1, Log: []byte("[]"), Entries: []wall.Entry{
			{Key: "meta", Value: []byte(`{"schema":99,"shape":"new"}`)}, {Key: "sticker/1", Value: []byte(`{}`)}}}
		if err := s.Commit(t.Context(), testWall, newer); err != nil {
			t.Fatal(err)
		}
		a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "y"})
		a.isClosed(CloseRestart)
		d.isClosed(CloseRestart)
		meet(t, overPipe(t, h, phone(bo))).isClosed(CloseTryLater)
		closeHub(t, h)
		if now, _, err := s.Load(t.Context(), testWall); err != nil || now != newer.End() {
			t.Errorf("the wall is at %v, %v", now, err)
		}
		if said := log.String(); strings.Count(said, "upgrade this hub") != 1 || !strings.Contains(said, "schema 99") {
			t.Errorf("the log says %s", said)
		}
	})
}

// roamer is a page whose hub may go away: it comes back, to whichever is there,
// and sends again what was not answered.
type roamer struct {
	t    testing.TB
	who  wall.Actor
	hubs *pool
	v    *visitor
}

// pool is the hubs behind a balancer.
type pool struct {
	mu   sync.Mutex
	hubs []*Hub
	next int
}

func (p *pool) pick() *Hub {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	return p.hubs[p.next%len(p.hubs)]
}

// replace has another hub take the place of one, which leaves politely.
func (p *pool) replace(t testing.TB, i int, with func() *Hub) {
	t.Helper()
	p.mu.Lock()
	old := p.hubs[i]
	p.hubs[i] = p.hubs[1-i] // meanwhile the other one takes everybody
	p.mu.Unlock()
	closeHub(t, old)
	h := with()
	p.mu.Lock()
	p.hubs[i] = h
	p.mu.Unlock()
}

// does asks until it is answered, on one connection after the other.
func (r *roamer) does(c wall.Command) {
	for {
		if r.v == nil {
			r.v = visit(r.t, overPipe(r.t, r.hubs.pick(), phone(r.who)))
		}
		n := r.v.ask(c)
		r.v.until("an answer or the end", func() bool { _, ok := r.v.answers[n]; return ok || r.v.closed != 0 })
		r.v.mu.Lock()
		why, answered := r.v.answers[n]
		code := r.v.closed
		r.v.mu.Unlock()
		switch {
		case !answered:
			if code != CloseRestart && code != CloseTryLater && code != 1006 {
				r.t.Errorf("closed with %d", code)
				return
			}
			r.v = nil
		case why == nil:
			return
		case why.Code != wall.Unavailable && why.Code != wall.Busy:
			r.t.Error(why)
			return
		default:
			later(time.Duration(why.After) * time.Millisecond)
		}
	}
}

// rollingRestart has people write while each of two hubs is replaced, twice.
// Nothing that was acknowledged is lost, and nothing is there twice.
func rollingRestart(t *testing.T, look store.Store, open func() *Hub) {
	t.Helper()
	const people, each = 10, 30
	hubs := &pool{hubs: []*Hub{open(), open()}}
	makeWall(t, hubs.hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
	var done atomic.Int64
	quarter := make(chan struct{}, 4)
	var crowd sync.WaitGroup
	ids := make([][]string, people)
	for p := range people {
		crowd.Go(func() {
			r := &roamer{t: t, who: wall.Actor{Role: wall.Participant, ID: fmt.Sprint("p", p)}, hubs: hubs}
			for i := range each {
				id := newID()
				ids[p] = append(ids[p], id)
				r.does(wall.Post{ID: id, Theme: "work", Kind: "opinion", Text: fmt.Sprint(p, " ", i)})
				r.does(wall.CastVote{Target: "n:" + ids[p][0], Dots: 1 + i%2, Count: uint64(i + 1)})
				if done.Add(1)%(people*each/5) == 0 {
					select {
					case quarter <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	for i := range 4 {
		<-quarter
		hubs.replace(t, i%2, open)
	}
	crowd.Wait()
	if n := events(t, look, wall.NotePosted); n != people*each {
		t.Errorf("%d notes were posted %d times", people*each, n)
	}
	if n := events(t, look, wall.VoteCast); n != people*each {
		t.Errorf("%d votes were cast %d times", people*each, n)
	}
	_, entries, err := look.Load(context.Background(), testWall)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Key] = true
	}
	for p := range ids {
		for _, id := range ids[p] {
			if !there["note/"+id] {
				t.Errorf("lost %s", id)
			}
		}
	}
	last := visit(t, overPipe(t, hubs.pick(), phone(ann))).seesAll()
	last.equals(look, testWall, wall.Hall)
}

func TestRollingRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		rollingRestart(t, s, func() *Hub { return openHub(t, s) })
	})
}
