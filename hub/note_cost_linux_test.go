package hub

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"openspacewall/hub/wall"
)

// paper is a wall of so many notes with ten phones before it, and what notes
// more cost there.
type paper struct {
	h     *Hub
	crowd *crowd
	seats []*seat
	n     int
}

func newPaper(t testing.TB, notes int) *paper {
	p := &paper{h: papered(t, notes), crowd: &crowd{there: make(chan struct{}, 1)}}
	// They have the wall already: a snapshot, and how often one is made, is no note's cost.
	p.seats = p.crowd.resume(t, p.h, 10, wall.Position{Epoch: "papered", Revision: uint64(notes)}, `{"frame"`)
	p.post(t)
	return p
}

func (p *paper) close(t testing.TB) {
	for _, s := range p.seats {
		_ = s.Close()
	}
	closeHub(t, p.h)
}

// post posts one note more, by somebody new, and waits until all ten have it.
func (p *paper) post(t testing.TB) {
	t.Helper()
	p.n++
	id := newID()
	p.crowd.await(len(p.seats), id)
	note := wall.Post{ID: id, Theme: "work", Kind: "opinion", Text: "Mer tid för varandra."}
	if err := p.h.Do(t.Context(), testWall, wall.Request{By: wall.Actor{Role: wall.Participant, ID: fmt.Sprint("new ", p.n)}, Command: note}); err != nil {
		t.Fatal(err)
	}
	<-p.crowd.there
}

// cost is what so many notes more cost, for each: sent to a phone, allocated,
// and CPU time.
func (p *paper) cost(t testing.TB, notes int) (sent, allocs, bytes, cpu float64) {
	var before, after runtime.MemStats
	was, spent := p.h.count.bytes[phoneFeed].Load(), spentCPU()
	runtime.ReadMemStats(&before)
	for range notes {
		p.post(t)
	}
	runtime.ReadMemStats(&after)
	n := float64(notes)
	return float64(p.h.count.bytes[phoneFeed].Load()-was) / n / float64(len(p.seats)), float64(after.Mallocs-before.Mallocs) / n,
		float64(after.TotalAlloc-before.TotalAlloc) / n, float64(spentCPU()-spent) / n
}

// The cost of a note does not grow with the notes on the wall: decided, stored
// in memory, told its author, encoded, and written to ten. Bytes and allocations
// are held to a twentieth. CPU time is looser: the same instructions take a tenth
// longer when what they touch is not in the cache. The instructions themselves
// are counted where there is a counter; valgrind is one (BenchmarkOneNoteMore
// says how, and what came of it).
func TestANoteCostsTheSameOnAFullWall(t *testing.T) {
	few, many := newPaper(t, 10), newPaper(t, 5000)
	defer few.close(t)
	defer many.close(t)
	const rounds, notes = 9, 60
	var ratios [4][]float64
	for range rounds {
		a0, a1, a2, a3 := few.cost(t, notes)
		b0, b1, b2, b3 := many.cost(t, notes)
		for i, r := range []float64{b0 / a0, b1 / a1, b2 / a2, b3 / a3} {
			ratios[i] = append(ratios[i], r)
		}
	}
	for i, c := range []struct {
		what string
		most float64
	}{{"bytes to each phone", 1.05}, {"allocations", 1.05}, {"bytes allocated", 1.05}, {"CPU time", 1.5}} {
		slices.Sort(ratios[i])
		got := ratios[i][rounds/2]
		t.Logf("%s: %.3f times as on a wall of 10 notes", c.what, got)
		if got > c.most {
			t.Errorf("%s: a note on a wall of 5,000 costs %.3f times one on a wall of 10 (%.3f)", c.what, got, ratios[i])
		}
	}
}
