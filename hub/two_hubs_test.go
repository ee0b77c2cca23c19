package hub

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Two hubs on one store, people at both: everybody sees what the store has,
// and each command was done once.
func TestTwoHubsRace(t *testing.T) {
	s := memstore.New()
	one, two := openHub(t, s), openHub(t, s)
	makeWall(t, one, testWall, nil)
	const people, rounds = 8, 6
	var all []*visitor
	for i := range people {
		who := wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}
		all = append(all, visit(t, overTCP(t, []*Hub{one, two}[i%2], phone(who))).seesAll())
	}
	desks := []*visitor{visit(t, overTCP(t, one, desk(mona))).seesAll(), visit(t, overTCP(t, two, desk(olle))).seesAll()}
	target := "n:" + all[0].posts("vote for this")
	for _, v := range all {
		v.sees(target[2:])
	}
	var crowd sync.WaitGroup
	for i, v := range all {
		crowd.Go(func() {
			for n := range rounds {
				v.insists(v.vote(target, n%4))
				if n < 2 && i > 0 {
					v.insists(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: fmt.Sprint(i, n)})
				}
			}
		})
	}
	crowd.Go(func() { desks[0].insists(wall.SetPhase{Phase: wall.Gather}) })
	crowd.Go(func() { desks[1].insists(wall.Set{Setting: "title", Value: []byte(`"Both"`)}) })
	crowd.Wait()
	for _, v := range all {
		v.equals(s, testWall, wall.Hall)
	}
	for _, d := range desks {
		d.equals(s, testWall, wall.Desk)
	}
	if n := events(t, s, wall.NotePosted); n != 1+2*(people-1) {
		t.Errorf("posted %d times", n)
	}
}

// A hub whose commits are always overtaken says busy in the end; what it was
// overtaken by is seen.
func TestAlwaysOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		s := &shaky{Store: inner}
		one, other := openHub(t, s), openHub(t, inner)
		makeWall(t, one, testWall, nil)
		v := join(t, one, desk(olle)) // a phone's post would be the other's errand
		title := 0
		s.rival = func() {
			title++
			err := other.Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.Set{Setting: "title", Value: fmt.Appendf(nil, `"%d"`, title)}})
			if err != nil {
				t.Error(err)
			}
		}
		for range triesMax {
			s.next(overtook)
		}
		post := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"}
		if why := v.answer(v.ask(post)); why == nil || why.Code != wall.Busy {
			t.Error(why)
		}
		v.until("the other's title", func() bool { return string(v.view.Settings["title"]) == fmt.Sprintf(`"%d"`, title) })
		s.next(overtook, overtook)
		v.does(post)
		v.equals(s, testWall, wall.Desk)
	})
}

// A commit was stored though its answer was lost, and another hub took back
// what it did: it is answered, and not done once more.
func TestStoredThoughUnknownIsNotDoneAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		s := &shaky{Store: inner}
		one, other := openHub(t, s), openHub(t, inner)
		makeWall(t, one, testWall, nil)
		id := join(t, one, phone(ann)).posts("hidden, then shown")
		s.rival = func() {
			if err := other.Do(t.Context(), testWall, wall.Request{By: olle, Command: wall.Show{Notes: []string{id}}}); err != nil {
				t.Error(err)
			}
		}
		d := join(t, one, desk(mona))
		s.next(overlaid)
		d.does(wall.Hide{Notes: []string{id}})
		join(t, other, phone(bo)).sees(id)
		d.equals(s, testWall, wall.Desk)
		if n := events(t, inner, wall.NoteHidden); n != 1 {
			t.Errorf("hidden %d times", n)
		}
	})
}

// A commit was not stored, and in its stead stands another hub's that looks the
// same in the log: a vote of the same person on the same note in the same
// millisecond. It is done nevertheless, and not taken for the other.
func TestUnknownIsNotTakenForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		s := &shaky{Store: inner}
		one, other := openHub(t, s), openHub(t, inner)
		makeWall(t, one, testWall, nil)
		v := join(t, one, phone(ann))
		target := "n:" + v.posts("vote for this")
		s.rival = func() {
			first := wall.CastVote{Target: target, Dots: 1, Count: 10}
			if err := other.Do(t.Context(), testWall, wall.Request{By: ann, Command: first}); err != nil {
				t.Error(err)
			}
		}
		s.next(ousted)
		v.does(wall.CastVote{Target: target, Dots: 2, Count: 11})
		total := truth(t, inner, testWall, wall.Desk)["totals"]
		if got, want := fmt.Sprint(total), fmt.Sprintf("map[%s:[2 1]]", target); got != want {
			t.Errorf("two dots were acknowledged, and the totals are %s, not %s", got, want)
		}
		v.equals(inner, testWall, wall.Hall)
	})
}

// What changes nothing is answered on what the store has, not on what this hub
// has heard of.
func TestAnswersWithoutACommitAreTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		one, two := openHub(t, deaf{s}), openHub(t, s)
		makeWall(t, one, testWall, nil)
		d := join(t, one, desk(mona))
		id := d.posts("shown, as far as one knows")
		do := func(h *Hub, c wall.Command) {
			t.Helper()
			if err := h.Do(t.Context(), testWall, wall.Request{By: olle, Command: c}); err != nil {
				t.Error(err)
			}
		}
		do(two, wall.Hide{Notes: []string{id}})
		d.does(wall.Show{Notes: []string{id}})
		if n := truth(t, s, testWall, wall.Hall)["notes"].(map[string]any); len(n) != 1 {
			t.Error("what was acknowledged as shown is not")
		}
		posted := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"}
		do(two, posted)
		d.does(wall.Archive{Notes: []string{posted.ID}}) // there, though one has not heard of it
	})
}

// Without a doorbell a room looks by itself.
func TestLooksWithoutDoorbell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		one := openHub(t, deaf{s})
		makeWall(t, one, testWall, nil)
		v := join(t, one, phone(ann))
		two := openHub(t, s)
		began := time.Now()
		if err := two.Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.SetPhase{Phase: wall.Results}}); err != nil {
			t.Fatal(err)
		}
		for string(v.phase()) != `"results"` {
			later(time.Second)
			if time.Since(began) > lookEvery+5*time.Second {
				t.Fatal("did not look")
			}
		}
	})
}

func (v *visitor) phase() []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.view.Settings["phase"]
}
