package hub

import (
	"slices"
	"strings"
	"testing"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// placed is somebody who says in the address where they are.
func placed(j Join, at wall.Position) Join {
	j.At = &at
	return j
}

// Who has said in the address where they are need not say hello, and gets what
// hello would have got them, nothing before it, and nothing twice.
func TestThePositionInTheAddressStandsForHello(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		a := visit(t, s.dial(t, phone(ann), false, false)).seesAll()
		for range 180 { // of several parts
			a.posts(strings.Repeat("ord ", 60))
		}
		a.mu.Lock()
		if strings.Contains(a.texts.String(), `"heard"`) {
			t.Error("who has not said where it is was heard")
		}
		a.mu.Unlock()
		for _, j := range []Join{phone(bo), desk(mona), hall} {
			b := meet(t, s.dial(t, placed(j, wall.Position{}), false, false)).seesAll()
			b.equals(store, testWall, j.Face.audience())
			b.mu.Lock()
			first, snapshots := slices.Clone(b.heard[:3]), strings.Count(b.texts.String(), `"part":1,`)
			told := strings.Contains(b.texts.String(), `,"heard":true}}`)
			b.mu.Unlock()
			if want := []string{"welcome", "me", "snapshot"}; !slices.Equal(first, want) {
				t.Errorf("%s: %v", j.Face, first)
			}
			if !told {
				t.Errorf("%s: not told that it was heard", j.Face)
			}
			if snapshots != 1 {
				t.Errorf("%s: %d snapshots", j.Face, snapshots)
			}
			old := b.saved()
			a.posts("one more")
			c := meetAgain(t, s.dial(t, placed(j, wall.Position{Epoch: old.Epoch, Revision: old.Revision}), false, false), old)
			c.equals(store, testWall, j.Face.audience())
			c.mu.Lock()
			whole := slices.Contains(c.heard, "snapshot")
			c.mu.Unlock()
			if whole {
				t.Errorf("%s: a snapshot for who has nearly all", j.Face)
			}
			if j.Face == Phone {
				c.posts("asked at once") // greeted by the address
			}
		}
	})
}

// Who came to a room, and stood at its door when it ended, is told so.
func TestTheRoomEndsBeforeTheAnswer(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, _ *memstore.Store) {
		visit(t, s.dial(t, phone(ann), false, false)).seesAll()
		waiting := make(chan *visitor, 1)
		err := s.hub.with(t.Context(), testWall, func(r *room) {
			b := meet(t, s.dial(t, placed(phone(bo), wall.Position{}), false, false))
			for { // until it has knocked
				r.relay.door.mu.Lock()
				n := len(r.relay.door.knocks)
				r.relay.door.mu.Unlock()
				if n > 0 {
					break
				}
			}
			waiting <- b
			r.ending = CloseNoWall
		})
		if err != nil {
			t.Fatal(err)
		}
		(<-waiting).isClosed(CloseNoWall)
	})
}
