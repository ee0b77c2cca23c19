package wall

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// listing is what a store keeps of ranks: items by theme, with their votes.
type listing map[string]int

func (l listing) fold(ranks []Rank) {
	for _, r := range ranks {
		if r.Gone {
			delete(l, r.Theme+" "+r.Item)
		} else {
			l[r.Theme+" "+r.Item] = r.Votes
		}
	}
}

// naiveListing counts from what the hall sees, and from the ballots one by one.
func naiveListing(w *Wall) listing {
	l := listing{}
	totals, _ := naive(w)
	hall := w.Since(Hall, 0)
	for id, n := range hall.Notes {
		if n.Merged == "" && hall.Clusters[n.Cluster] == nil {
			l[n.Theme+" n:"+id] = totals["n:"+id].Dots
		}
	}
	for id, c := range hall.Clusters {
		l[c.Theme+" c:"+id] = totals["c:"+id].Dots
	}
	return l
}

// TestRanks folds what each step of any wall, or some steps together, said.
func TestRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newWorld(drawSettings(t))
		if rapid.Bool().Draw(t, "furnished") {
			x.furnish(t)
		}
		kept := listing{}
		kept.fold(x.w.Ranks())
		x.w.Stored()
		other, err := Restore(x.w.Position(), x.w.All())
		if err != nil {
			t.Fatal(err)
		}
		if r := other.Ranks(); len(r) > 0 {
			t.Fatalf("a restored wall says what is stored already: %v", r)
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			e, _ := x.w.Decide(x.drawRequest(t))
			if e == nil {
				continue
			}
			touched := x.w.Apply(e)
			if _, err := other.Take(x.w.Position(), x.w.Entries(touched.Keys)); err != nil {
				t.Fatal(err)
			}
			if r := other.Ranks(); len(r) > 0 {
				t.Fatalf("another hub says it too: %v", r)
			}
			if rapid.Bool().Draw(t, "gather") {
				continue
			}
			ranks := x.w.Ranks()
			x.w.Stored()
			if !slices.IsSortedFunc(ranks, cmpRank) {
				t.Fatalf("not in the order of themes: %v", ranks)
			}
			kept.fold(ranks)
			checkListing(t, string(e.Name), kept, x.w)
		}
		kept.fold(x.w.Ranks())
		x.w.Stored()
		checkListing(t, "the end", kept, x.w)
		for range rapid.IntRange(0, 5).Draw(t, "in vain") {
			if e, _ := x.w.Decide(x.drawRequest(t)); e != nil {
				x.w.Apply(e)
			}
		}
		x.w.TakeBack()
		if r := x.w.Ranks(); len(r) > 0 {
			t.Fatalf("what was taken back is told: %v", r)
		}
		checkListing(t, "taken back", kept, x.w)
		all := listing{}
		all.fold(x.w.AllRanks())
		checkListing(t, "all at once", all, x.w)
		// The hub that took over goes on from what was stored.
		if e, _ := other.Decide(x.drawRequest(t)); e != nil {
			other.Apply(e)
			kept.fold(other.Ranks())
			checkListing(t, "another hub's "+string(e.Name), kept, other)
		}
	})
}

func cmpRank(a, b Rank) int {
	if a.Theme != b.Theme {
		return slices.Compare([]string{a.Theme}, []string{b.Theme})
	}
	return slices.Compare([]string{a.Item}, []string{b.Item})
}

func checkListing(t *rapid.T, what string, got listing, w *Wall) {
	t.Helper()
	if want := naiveListing(w); !maps.Equal(got, want) {
		t.Fatalf("%s: listed %v, want %v", what, got, want)
	}
}

// Only what moved is told, once.
func TestRanks_cost_what_moved(t *testing.T) {
	x := newWorld(Settings{})
	for i := range 50 {
		x.post(t, Actor{Role: Participant, ID: fmt.Sprint("p", i)}, i, "text")
	}
	if n := len(x.w.Ranks()); n != 50 {
		t.Fatalf("%d ranks of 50 notes", n)
	}
	x.w.Stored()
	x.vote(t, anna, "n:"+noteID(7), 2, 1)
	want := []Rank{{Theme: x.w.notes[noteID(7)].Theme, Item: "n:" + noteID(7), Votes: 2}}
	if got := x.w.Ranks(); !slices.Equal(got, want) {
		t.Errorf("a vote says %v, want %v", got, want)
	}
	x.w.Stored()
	if got := x.w.Ranks(); got != nil {
		t.Errorf("said again: %v", got)
	}
}
