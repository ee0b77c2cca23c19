package hub

import (
	"fmt"
	"testing"

	"openspacewall/hub/wall"
)

// Five people on three faces post, vote and moderate; all of them end up
// seeing what the store has.
func TestClientsConverge(t *testing.T) {
	h, s := openWall(t, nil)
	var phones []*visitor
	for _, name := range []string{"ann", "bo", "cia"} {
		phones = append(phones, visit(t, overTCP(t, h, phone(wall.Actor{Role: wall.Participant, ID: name}))).seesAll())
	}
	projector := visit(t, overTCP(t, h, hall)).seesAll()
	d := visit(t, overTCP(t, h, desk(mona))).seesAll()

	var ids []string
	for i, p := range phones {
		ids = append(ids, p.posts(fmt.Sprintf("note %d", i)))
	}
	for i, p := range phones {
		for _, id := range ids {
			p.sees(id)
		}
		p.does(p.vote("n:"+ids[i], 2))
	}
	d.sees(ids[2])
	d.does(wall.MakeCluster{ID: newID(), Name: "One", Theme: "health", Notes: ids[:2]})
	d.does(wall.Hide{Notes: ids[2:], Reason: &wall.Reason{Code: "rude"}})
	d.does(wall.SetPhase{Phase: wall.Results})
	for _, v := range append(phones, projector) {
		v.misses(ids[2])
		v.equals(s, testWall, wall.Hall)
	}
	d.equals(s, testWall, wall.Desk)
}
