package hub

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

func TestHistogram(t *testing.T) {
	h := newHistogram([]float64{1, 2, 5})
	for _, v := range []float64{0, 1, 1.5, 2, 5, 5.5, 100} {
		h.observe(v)
	}
	upTo, all, sum := h.Read()
	if all != 7 || sum != 115 || upTo[0] != 2 || upTo[1] != 4 || upTo[2] != 5 {
		t.Errorf("%v of %d, %v in sum", upTo, all, sum)
	}
}

// What is counted on the way of every note and every frame costs no memory.
func TestCountingAllocatesNothing(t *testing.T) {
	c := newCounters()
	if n := testing.AllocsPerRun(100, func() {
		c.commits.observe(0.003)
		c.events.observe(17)
		c.refuse(wall.Rate)
		c.sent(phoneFeed, 1, 400)
		c.answers.observe(0.08)
		c.passes.observe(0.012)
		c.close(CloseSlow)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Every code that can be refused, or closed with, has its place.
func TestEverythingIsCounted(t *testing.T) {
	c := newCounters()
	for _, code := range refusalCodes {
		c.refuse(code)
	}
	for _, code := range closeCounted {
		c.close(code)
	}
	for i := range c.refused {
		if c.refused[i].Load() != 1 {
			t.Errorf("%s: %d", refusalCodes[i], c.refused[i].Load())
		}
	}
	for i := range c.closed {
		if c.closed[i].Load() != 1 {
			t.Errorf("%d: %d", closeCounted[i], c.closed[i].Load())
		}
	}
	if len(refusalCodes) != len(refusals) { // those that PROTOCOL.md and RULES.md list
		t.Errorf("%d codes are counted, there are %d", len(refusalCodes), len(refusals))
	}
}

func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		s := &shaky{Store: inner}
		h, other := openHub(t, s), openHub(t, inner)
		makeWall(t, h, testWall, nil)
		s.rival = func() {
			if err := other.Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.SetPhase{Phase: wall.Gather}}); err != nil {
				t.Error(err)
			}
		}
		a, b := join(t, h, phone(ann)), join(t, h, desk(mona))
		a.does(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})
		if why := a.answer(a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: ""})); why == nil {
			t.Error("an empty note was taken")
		}
		s.next(overtook)
		b.ask(wall.Set{Setting: "title", Value: json.RawMessage(`"y"`)})
		synctest.Wait()
		s.next(hangs)
		b.ask(wall.Set{Setting: "title", Value: json.RawMessage(`"z"`)})
		later(time.Minute)
		n := h.Counts()
		_, commits, _ := n.Commits.Read()
		_, events, sum := n.Events.Read()
		_, loads, _ := n.Loads.Read()
		if commits < 2 || events != commits || sum < 2 || loads < 1 {
			t.Errorf("%d commits, %d with %v events, %d loads", commits, events, sum, loads)
		}
		if n.Refused[wall.Empty] != 1 || n.Conflicts != 1 || n.Failed["commit"] != 1 {
			t.Errorf("%+v", n)
		}
		if n.Phones != 1 || n.Desks != 1 || n.Walls != 1 || n.Frames < 6 || n.Bytes[Phone]+n.Bytes[Desk] < 500 || n.Deaf {
			t.Errorf("%+v", n)
		}
	})
}
