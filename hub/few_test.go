package hub

import (
	"fmt"
	"testing"

	"openspacewall/hub/wall"
)

// The owner of a room writes to the first phones itself, and never to one that
// may have to be waited for. When the room has ended somebody goes on, until
// the last of them has been told.
func TestTheOwnerWritesToAFew(t *testing.T) {
	h, s := openWall(t, nil)
	someone := func(i int) Join { return phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("p", i)}) }
	slow := visit(t, overPipe(t, h, someone(0))).seesAll()
	var all []*visitor
	for i := range fewMost + 2 {
		all = append(all, visit(t, overTCP(t, h, someone(1+i))).seesAll())
	}
	r, err := h.enter(t.Context(), testWall)
	if err != nil {
		t.Fatal(err)
	}
	owned, most := 0, fewMost
	if !canTry {
		most = 0
	}
	err = r.do(t.Context(), func() {
		for _, c := range r.relay.few.clients {
			if c.raw == nil || c.Face != Phone {
				t.Errorf("the owner writes to %s", c.Actor.ID)
			}
		}
		owned = len(r.relay.few.clients)
	})
	h.leave(r)
	if err != nil {
		t.Fatal(err)
	}
	if owned != most {
		t.Errorf("the owner writes to %d", owned)
	}
	id := all[0].posts("to everyone")
	for _, v := range append(all, slow) {
		v.sees(id)
		v.equals(s, testWall, wall.Hall)
	}
	closeHub(t, h)
	for _, v := range append(all, slow) {
		v.isClosed(CloseRestart)
	}
}

// A room that ends while the hub goes on leaves nobody untold.
func TestAFewAreToldThatTheWallHasGone(t *testing.T) {
	h, _ := openWall(t, nil)
	a, b := visit(t, overTCP(t, h, phone(ann))).seesAll(), visit(t, overTCP(t, h, phone(bo))).seesAll()
	if err := h.Delete(t.Context(), testWall); err != nil {
		t.Fatal(err)
	}
	a.isClosed(CloseNoWall)
	b.isClosed(CloseNoWall)
}
