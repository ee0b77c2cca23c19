package hub

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// timed runs a test that owns time, with a hub that has an open wall.
func timed(t *testing.T, change func(*wall.Settings), f func(t *testing.T, h *Hub, s *memstore.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, s := openWall(t, change)
		f(t, h, s)
	})
}

// later lets time go by.
func later(d time.Duration) { <-time.After(d) }

func join(t testing.TB, h *Hub, j Join) *visitor {
	t.Helper()
	return visit(t, overPipe(t, h, j)).seesAll()
}

func TestDelayedNoteGoesUpByItself(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Moderation = wall.Moderation{Mode: "delay", Seconds: 10} }, func(t *testing.T, h *Hub, s *memstore.Store) {
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		began := time.Now()
		id := a.posts("soon")
		if state := a.mine()[0].State; state != wall.Waiting {
			t.Errorf("state %s", state)
		}
		b.sees(id)
		if took := time.Since(began).Round(time.Second); took != 10*time.Second {
			t.Errorf("went up after %v", took)
		}
		a.until("my note shown", func() bool { return a.me.Notes[0].State == wall.Shown })
		b.equals(s, testWall, wall.Hall)
	})
}

// A deadline that passed while nobody was there is run when the wall is loaded.
func TestOverdueRunsOnLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		h := New(Config{Store: s})
		makeWall(t, h, testWall, func(s *wall.Settings) { s.Moderation = wall.Moderation{Mode: "delay", Seconds: 30} })
		id := join(t, h, phone(ann)).posts("soon")
		closeHub(t, h)
		later(time.Hour)
		h = openHub(t, s)
		b := join(t, h, phone(bo))
		b.sees(id)
	})
}

func TestIdleRoomIsUnloadedAndComesBack(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a := join(t, h, phone(ann))
		id := a.posts("stays")
		_ = a.conn.Close()
		later(lingerFor - time.Second)
		if n := h.Counts().Walls; n != 1 {
			t.Errorf("%d walls while lingering", n)
		}
		b := join(t, h, phone(bo)) // keeps it
		later(2 * lingerFor)
		if n := h.Counts().Walls; n != 1 {
			t.Errorf("%d walls with somebody there", n)
		}
		_ = b.conn.Close()
		later(lingerFor + 2*time.Second)
		if n := h.Counts(); n.Walls != 0 || n.Phones != 0 {
			t.Errorf("%+v after everybody left", n)
		}
		join(t, h, phone(bo)).sees(id)
	})
}

// Somebody comes at the very moment the room leaves, over and over.
func TestJoinMeetsLeavingRoom(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true }, func(t *testing.T, h *Hub, _ *memstore.Store) {
		for i := range 50 {
			a := join(t, h, phone(ann))
			_ = a.conn.Close()
			synctest.Wait()
			timer := time.NewTimer(lingerFor - time.Duration(i%3)*time.Nanosecond)
			<-timer.C
			join(t, h, phone(ann)).does(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint(i)})
			later(10 * time.Minute)
		}
	})
}

func TestPresenceIsToldAtMostOnceASecond(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		d := join(t, h, desk(mona))
		d.until("nobody", func() bool { return d.view.Here == 0 })
		synctest.Wait()
		frames := func() int {
			d.mu.Lock()
			defer d.mu.Unlock()
			n := 0
			for _, k := range d.heard {
				if k == "frame" {
					n++
				}
			}
			return n
		}
		before := frames()
		for i := range 30 {
			join(t, h, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}))
			later(100 * time.Millisecond)
		}
		d.until("thirty", func() bool { return d.view.Here == 30 })
		if n := frames() - before; n < 3 || n > 5 {
			t.Errorf("told %d times in three seconds", n)
		}
	})
}

// An idle wall with people on it makes no frames and sets no timer but the pings'.
func TestIdleWallIsQuiet(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a := join(t, h, phone(ann))
		later(5 * time.Second)
		a.mu.Lock()
		before := len(a.heard)
		a.mu.Unlock()
		later(10 * time.Minute)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.closed != 0 || len(a.heard) != before {
			t.Errorf("heard %v, closed %d", a.heard[before:], a.closed)
		}
	})
}

// What changes for the desk alone makes no frame for the hall.
func TestDeskOnlyChangeMakesNoHallFrame(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Moderation.Mode = "read" }, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a, b, d := join(t, h, phone(ann)), join(t, h, phone(bo)), join(t, h, desk(mona))
		later(2 * time.Second)
		id := a.posts("SECRET-WAITING")
		d.sees(id)
		synctest.Wait()
		for _, v := range []*visitor{b} {
			v.mu.Lock()
			if slices.Contains(v.heard[3:], "frame") && strings.Contains(v.texts.String(), "SECRET-WAITING") {
				t.Error("the hall heard of a waiting note")
			}
			v.mu.Unlock()
		}
		number := func() (n uint64) {
			_ = h.with(t.Context(), testWall, func(r *room) { n = r.relay.feeds[phoneFeed].now.Load().number })
			return n
		}
		before := number()
		for i := range 5 {
			d.does(wall.Hide{Notes: []string{id}})
			d.does(wall.RestoreNotes{Notes: []string{id}})
			_ = i
		}
		later(time.Second)
		if n := number(); n != before {
			t.Errorf("%d hall editions for what only the desk sees", n-before)
		}
	})
}

func TestSlowReaderDelaysNobodyAndIsClosed(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true }, func(t *testing.T, h *Hub, s *memstore.Store) {
		a, b := join(t, h, phone(ann)), join(t, h, phone(bo))
		slow := overPipe(t, h, phone(wall.Actor{Role: wall.Participant, ID: "slow"}))
		defer func() { _ = slow.Close() }()
		if err := slow.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		for i := range 50 {
			b.sees(a.posts(fmt.Sprint("note ", i)))
		}
		if took := time.Since(began); took > 50*gapLeast+2*gapMost {
			t.Errorf("50 notes took %v beside a slow reader", took)
		}
		later(stalledMax - time.Since(began) - time.Second)
		if n := h.Counts(); n.Phones != 3 {
			t.Errorf("%+v before its time was over", n)
		}
		later(5 * time.Second)
		if n := h.Counts(); n.Phones != 2 || n.Closed[CloseSlow] != 1 {
			t.Errorf("%+v", n)
		}
		b.equals(s, testWall, wall.Hall)
	})
}
