package hub

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// saved is a page as it was put aside: its view, to resume from.
func (v *visitor) saved() *view {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, err := json.Marshal(v.view)
	if err != nil {
		v.t.Fatal(err)
	}
	old := newView()
	if err := json.Unmarshal(b, old); err != nil {
		v.t.Fatal(err)
	}
	return old
}

// resume comes back with an old view.
func resume(t testing.TB, conn *websocket.Conn, old *view) *visitor {
	v := meetAgain(t, conn, old)
	v.hello()
	return v
}

// act does something at random; refusals are part of life.
func act(r *rand.Rand, d, p *visitor, notes *[]string, clusters *[]string) {
	one := func(list []string) string {
		if len(list) == 0 {
			return newID()
		}
		return list[r.IntN(len(list))]
	}
	var c wall.Command
	who := d
	switch r.IntN(14) {
	case 0, 1, 2:
		id := newID()
		who, c = p, wall.Post{ID: id, Theme: []string{"health", "work"}[r.IntN(2)], Kind: "opinion", Text: fmt.Sprint("text ", r.IntN(1000))}
		*notes = append(*notes, id)
	case 3, 4:
		who, c = p, p.vote("n:"+one(*notes), r.IntN(3))
	case 5:
		c = wall.Hide{Notes: []string{one(*notes)}}
	case 6:
		c = wall.RestoreNotes{Notes: []string{one(*notes)}}
	case 7:
		id := newID()
		c = wall.MakeCluster{ID: id, Name: fmt.Sprint("c", r.IntN(100)), Theme: "health", Notes: []string{one(*notes)}}
		*clusters = append(*clusters, id)
	case 8:
		c = wall.GatherNotes{Cluster: one(*clusters), Notes: []string{one(*notes)}}
	case 9:
		c = wall.Dissolve{Cluster: one(*clusters)}
	case 10:
		c = wall.SetPhase{Phase: []wall.Phase{wall.Write, wall.Gather, wall.Vote, wall.Results}[r.IntN(4)]}
	case 11:
		c = wall.Merge{Into: one(*notes), Notes: []string{one(*notes)}}
	case 12:
		who, c = p, wall.Withdraw{Note: one(*notes)}
	case 13:
		c = wall.Set{Setting: "totals", Value: []byte([]string{`"shown"`, `"hidden"`}[r.IntN(2)])}
	}
	who.answer(who.ask(c))
}

// Coming back from any position gives what a new snapshot gives: also after
// the wall was unloaded and loaded again in between.
func TestResumeEqualsSnapshot(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := memstore.New()
				h := openHub(t, s)
				makeWall(t, h, testWall, func(s *wall.Settings) { s.Rehearsal = true })
				r := rand.New(rand.NewPCG(seed, 2))
				p, d := join(t, h, phone(ann)), join(t, h, desk(mona))
				var notes, clusters []string
				var halls, desks []*view
				for i := range 150 {
					act(r, d, p, &notes, &clusters)
					if i%5 == 0 {
						synctest.Wait()
						halls, desks = append(halls, p.saved()), append(desks, d.saved())
					}
				}
				p.equals(s, testWall, wall.Hall)
				d.equals(s, testWall, wall.Desk)
				check := func(h *Hub) {
					for i := range halls {
						v := resume(t, overPipe(t, h, phone(bo)), clone(t, halls[i]))
						v.equals(s, testWall, wall.Hall)
						_ = v.conn.Close()
						v = resume(t, overPipe(t, h, desk(olle)), clone(t, desks[i]))
						v.equals(s, testWall, wall.Desk)
						_ = v.conn.Close()
					}
				}
				check(h)
				closeHub(t, h)
				check(openHub(t, s))
			})
		})
	}
}

func clone(t testing.TB, v *view) *view {
	return (&visitor{t: t, view: v}).saved()
}

// A position of another epoch, or from the future, gets a snapshot.
func TestStrangePositionGetsSnapshot(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, s *memstore.Store) {
		a := join(t, h, phone(ann))
		a.posts("one")
		for _, p := range []wall.Position{{Epoch: "another", Revision: 1}, {Epoch: a.saved().Epoch, Revision: 99}, {Epoch: "", Revision: 1}} {
			b := meet(t, overPipe(t, h, phone(bo)))
			b.send(Incoming{Hello: &p})
			b.until("a snapshot", func() bool { return len(b.heard) > 2 && b.heard[2] == "snapshot" })
			b.equals(s, testWall, wall.Hall)
		}
	})
}

// Hello is always answered, also by one who misses nothing, and again.
func TestHelloAgain(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a := join(t, h, phone(ann))
		a.posts("one")
		later(2e9)
		for range 3 {
			synctest.Wait()
			a.mu.Lock()
			frames, mes := len(a.heard), a.mes
			a.mu.Unlock()
			a.hello()
			a.until("an answer", func() bool {
				return a.mes > mes && strings.Contains(strings.Join(a.heard[frames:], " "), "frame")
			})
		}
	})
}

// What was hidden is in no snapshot that begins after the yes, though
// snapshots are kept for a moment; what waits never reaches the hall.
func TestHiddenIsHidden(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a, d := join(t, h, phone(ann)), join(t, h, desk(olle))
		for i, take := range []func(id string) wall.Command{
			func(id string) wall.Command { return wall.Hide{Notes: []string{id}} },
			func(id string) wall.Command { return wall.Archive{Notes: []string{id}} },
			func(id string) wall.Command { return wall.Erase{Notes: []string{id}} },
		} {
			word := fmt.Sprint("SLANDER-", i)
			id := a.posts(word)
			d.sees(id)
			before := join(t, h, phone(bo)) // a picture with it is kept now
			before.sees(id)
			join(t, h, desk(mona)).sees(id)
			d.does(take(id))
			after := join(t, h, phone(bo))
			after.until("its place", func() bool { return after.view.Revision > 0 })
			synctest.Wait()
			if strings.Contains(after.all(), word) {
				t.Errorf("a snapshot after %T has it", take(id))
			}
			if d2 := join(t, h, desk(mona)); i == 2 && strings.Contains(d2.all(), word) {
				t.Error("what was erased came to a desk")
			}
			later(10e9)
		}
		d.does(wall.Set{Setting: "moderation", Value: []byte(`{"mode":"read","seconds":10}`)})
		b := join(t, h, phone(bo))
		id := a.posts("STILL-WAITING")
		d.sees(id)
		c := join(t, h, phone(wall.Actor{Role: wall.Participant, ID: "cia"}))
		synctest.Wait()
		if strings.Contains(b.all(), "STILL-WAITING") || strings.Contains(c.all(), "STILL-WAITING") {
			t.Error("a waiting note came to the hall")
		}
	})
}

// all is every message heard, as text.
func (v *visitor) all() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.texts.String()
}

// Whoever asked hears the yes before the first frame that shows it, and what
// is theirs alone before the yes.
func TestAckComesBeforeFrame(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true }, func(t *testing.T, h *Hub, _ *memstore.Store) {
		others := []*visitor{join(t, h, phone(bo)), join(t, h, hall)}
		a := join(t, h, phone(ann))
		type order struct{ ack, frame, me int }
		for i := range 100 {
			id := newID()
			n := a.ask(wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: fmt.Sprint(i)})
			a.answer(n)
			a.sees(id)
			lines := strings.Split(a.all(), "\n")
			o := order{-1, -1, -1}
			for k, l := range lines {
				switch {
				case strings.HasPrefix(l, fmt.Sprintf(`{"ack":{"n":%d,`, n)):
					o.ack = k
				case o.frame < 0 && strings.HasPrefix(l, `{"frame"`) && strings.Contains(l, id):
					o.frame = k
				case o.me < 0 && strings.HasPrefix(l, `{"me"`) && strings.Contains(l, id):
					o.me = k
				}
			}
			if o.me < 0 || o.me > o.ack || o.ack > o.frame {
				t.Fatalf("order %+v", o)
			}
			others[i%2].sees(id)
		}
	})
}

// A large wall comes in parts of the promised size, and whole.
func TestSnapshotInParts(t *testing.T) {
	timed(t, func(s *wall.Settings) { s.Rehearsal = true; s.Totals = "shown" }, func(t *testing.T, h *Hub, s *memstore.Store) {
		for i := range 600 {
			c := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: strings.Repeat("åäö<&> ", 30) + fmt.Sprint(i)}
			if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: c}); err != nil {
				t.Fatal(err)
			}
		}
		for face, j := range map[wall.Audience]Join{wall.Hall: phone(bo), wall.Desk: desk(mona)} {
			v := join(t, h, j)
			v.equals(s, testWall, face)
			parts := 0
			for line := range strings.Lines(v.all()) {
				if strings.HasPrefix(line, `{"snapshot"`) {
					parts++
					if len(line)-1 > PartMax {
						t.Errorf("a part of %d bytes", len(line)-1)
					}
				}
			}
			if parts < 3 {
				t.Errorf("%d parts", parts)
			}
		}
	})
}
