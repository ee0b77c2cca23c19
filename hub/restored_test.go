package hub

import (
	"testing"
	"time"

	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// Redis comes back from a copy that is older than what was told: another epoch
// begins, and everyone ends with the wall as stored, though nobody asks.
func TestRedisRestored(t *testing.T) {
	s := redistest.Start(t)
	o := redisstore.Options{URL: s.URL()}
	x := openHouse(t, o, o)
	id := x.begin()
	ann, bo, mona := x.at(0, id, Phone, ann), x.at(1, id, Phone, bo), x.at(1, id, Desk, mona)
	old := ann.posts("in the copy")
	bo.sees(old)
	copied := s.Copy()
	var lost []string
	ann.insists(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "the store is back"})
	for range 3 {
		lost = append(lost, ann.posts("not in the copy"), bo.posts("nor this"))
	}
	for _, note := range lost {
		mona.sees(note)
	}
	s.PutBack(copied)
	for _, v := range []*visitor{ann, bo, mona} {
		for _, note := range lost {
			v.misses(note)
		}
		v.sees(old)
	}
	// The revisions that were told mean something else from now on.
	for i := range 4 {
		note := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "after"}
		[]*visitor{ann, bo}[i%2].insists(note)
		mona.sees(note.ID)
	}
	ann.equals(x.truth, id, wall.Hall)
	bo.equals(x.truth, id, wall.Hall)
	mona.equals(x.truth, id, wall.Desk)
	x.at(0, id, Phone, wall.Actor{Role: wall.Participant, ID: "cy"}).equals(x.truth, id, wall.Hall)
}

// Redis comes back with nothing: the wall is gone, and nobody is left looking
// at one that is not there. It is put back: whoever asks again has it as stored,
// from the position they had.
func TestRedisFlushed(t *testing.T) {
	s := redistest.Start(t)
	o := redisstore.Options{URL: s.URL()}
	x := openHouse(t, o, o)
	empty := s.Copy()
	id := x.begin()
	people := []wall.Actor{ann, bo}
	all := []*visitor{x.at(0, id, Phone, ann), x.at(1, id, Phone, bo)}
	note := all[0].posts("here today")
	all[1].sees(note)
	copied := s.Copy()
	lost := newID()
	all[0].insists(wall.Post{ID: lost, Theme: "health", Kind: "opinion", Text: "not in the copy"})
	all[1].sees(lost)
	s.PutBack(empty)
	asks := func(i int) *visitor {
		return meet(t, overPipe(t, x.hubs[i], Join{Wall: id, Face: Phone, Actor: people[i]}))
	}
	for i, v := range all {
		v.isClosed(CloseMissing)
		asks(i).isClosed(CloseMissing)
	}
	// And the hubs go on with other walls.
	other := x.begin()
	cy := x.at(1, other, Phone, wall.Actor{Role: wall.Participant, ID: "cy"})
	cy.sees(cy.posts("begun again"))
	cy.equals(x.truth, other, wall.Hall)

	s.PutBack(copied)
	for i, was := range all {
		var v *visitor
		redistest.Until(t, soon, "the wall is there again", func() bool {
			v = asks(i)
			was.mu.Lock()
			v.mu.Lock()
			v.view = was.view
			v.mu.Unlock()
			was.mu.Unlock()
			v.hello()
			v.until("an answer", func() bool { return v.closed != 0 || v.me != nil && v.view.Notes[lost] == nil })
			return v.closed == 0
		})
		v.sees(note)
		if n := len(v.mine()); n != 1-i {
			t.Errorf("%s has %d notes", people[i].ID, n)
		}
		v.insists(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "after"})
		v.equals(x.truth, id, wall.Hall)
	}
}

// The doorbell's connection is lost, and with it every ring: whoever is at that
// hub sees all the same what was done at the other, as soon as it hears again.
func TestRedisBellMissed(t *testing.T) {
	s := redistest.Start(t)
	p := redistest.StartProxy(t, s)
	direct := redisstore.Options{URL: s.URL()}
	x := openHouse(t, direct, direct)
	far := openHub(t, openRedis(t, redisstore.Options{URL: p.URL()}))
	x.hubs = append(x.hubs, far)
	id := x.begin()
	ann, bo := x.at(0, id, Phone, ann), x.at(2, id, Phone, bo)
	bo.sees(ann.posts("heard"))
	for range 3 {
		p.Refuse()
		p.Cut()
		missed := ann.posts("not heard")
		p.Heal()
		redistest.Until(t, awayMost+5*time.Second, "it is seen at the other hub", func() bool {
			bo.mu.Lock()
			defer bo.mu.Unlock()
			return bo.view.Notes[missed] != nil
		})
	}
	bo.equals(x.truth, id, wall.Hall)
}

// The doorbell rings and is not heard, and the connection holds: the next ring
// tells of what was missed, too, and in the right order.
func TestRedisBellUnheard(t *testing.T) {
	s := redistest.Start(t)
	p := redistest.StartProxy(t, s)
	direct := redisstore.Options{URL: s.URL()}
	x := openHouse(t, direct, direct)
	x.hubs = append(x.hubs, openHub(t, openRedis(t, redisstore.Options{URL: p.URL()})))
	id := x.begin()
	ann, bo := x.at(0, id, Phone, ann), x.at(2, id, Phone, bo)
	bo.sees(ann.posts("heard"))
	for range 3 {
		p.Deafen()
		missed := []string{ann.posts("not heard"), ann.posts("nor this")}
		p.Heal()
		bo.sees(ann.posts("heard again"))
		for _, note := range missed {
			bo.sees(note)
		}
		bo.equals(x.truth, id, wall.Hall)
	}
}
