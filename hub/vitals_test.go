package hub

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// health is what a desk was last told of how the hall is doing.
func (v *visitor) health() *Health {
	if v.view.Health == nil {
		return nil
	}
	var h Health
	if err := json.Unmarshal(v.view.Health, &h); err != nil {
		v.t.Error(err)
	}
	return &h
}

// frames is how many were heard.
func (v *visitor) frames() (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, what := range v.heard {
		if what == "frame" {
			n++
		}
	}
	return n
}

// The desk is told how the hall is doing, and nobody else; in a hall where
// nothing happens it is told once.
func TestTheDeskIsToldHowTheHallIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openWall(t, func(s *wall.Settings) { s.Rehearsal = true })
		a, screen, d := join(t, h, phone(ann)), join(t, h, hall), join(t, h, desk(mona))
		d.until("all is well", func() bool { is := d.health(); return is != nil && *is == Health{} })
		later(time.Minute)
		told := d.frames()
		later(time.Hour)
		if n := d.frames(); n != told {
			t.Errorf("an idle hall is told of %d times", n-told)
		}
		for range 20 {
			a.posts("x")
			later(time.Second)
		}
		d.until("bytes", func() bool { return d.health().Bytes > 1000 })
		later(time.Hour)
		d.until("none for an hour", func() bool { return d.health().Bytes == 0 })
		for _, v := range []*visitor{a, screen} {
			v.mu.Lock()
			if v.view.Health != nil {
				t.Errorf("the hall was told %s", v.view.Health)
			}
			v.mu.Unlock()
		}
	})
}

// A command that waits is seen from outside while it does, at the desk when the
// owner has its hands free, and is forgotten when it is well again.
func TestACommandThatWaitsIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New(), asked: make(chan struct{}, 8), gate: make(chan struct{}, 8)}
		h := openHub(t, s)
		makeWall(t, h, testWall, nil)
		a, d := join(t, h, phone(ann)), join(t, h, desk(mona))
		later(time.Minute)
		if n := h.Counts().Oldest; n != 0 {
			t.Errorf("nothing was asked, and waits for %v", n)
		}
		first := a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "first"})
		<-s.asked
		later(300 * time.Millisecond)
		second := a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "second"})
		later(700 * time.Millisecond)
		if n := h.Counts().Oldest; n != time.Second {
			t.Errorf("the oldest waits for %v", n)
		}
		s.gate <- struct{}{}
		a.answer(first)
		<-s.asked
		if n := h.Counts().Oldest; n != 700*time.Millisecond {
			t.Errorf("then the next one for %v", n)
		}
		s.gate <- struct{}{}
		a.answer(second)
		synctest.Wait()
		if n := h.Counts().Oldest; n != 0 {
			t.Errorf("answered, and waits for %v", n)
		}
		d.until("it had to wait", func() bool { is := d.health(); return is != nil && is.Wait == 1000 })
		d.until("it is well again", func() bool { return d.health().Wait == 0 })
		if _, n, sum := h.Counts().Answers.Read(); n != 2 || sum != 1.7 {
			t.Errorf("%d answers after %v s", n, sum)
		}
	})
}

// What is the matter with the store is said, to a desk that comes then, too.
func TestTheDeskIsToldOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New()}
		h := openHub(t, s)
		makeWall(t, h, testWall, nil)
		a, d := join(t, h, phone(ann)), join(t, h, desk(mona))
		post := func() { a.answer(a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})) }
		is := func(who *visitor, what string) {
			t.Helper()
			who.until("store "+what, func() bool { is := who.health(); return is != nil && is.Store == what })
		}
		is(d, "")
		s.next(isFull)
		post()
		is(d, StoreFull)
		later(10 * time.Second)
		is(join(t, h, desk(olle)), StoreFull)
		post()
		is(d, "")
		s.setDown(true)
		post()
		is(d, StoreAway)
		later(10 * time.Second)
		is(join(t, h, desk(olle)), StoreAway)
		s.setDown(false)
		is(d, "")
	})
}

// Among several hubs it is said whose numbers these are, and that news of the
// others come late.
func TestTheDeskIsToldWhichHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := among(t, deaf{memstore.New()}, "one")
		makeWall(t, h, testWall, nil)
		d := join(t, h, desk(mona))
		d.until("the hub's name", func() bool { is := d.health(); return is != nil && is.Hub == "one" && !is.Deaf })
		h.count.deaf.Store(true)
		d.until("it is deaf", func() bool { return d.health().Deaf })
	})
}
