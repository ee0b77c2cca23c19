package wall

import (
	"cmp"
	"slices"
)

// Rank is where something shown stands in the order of its theme: what the hall
// sees there, clusters and single notes, by their dots. A note in a cluster, or
// behind another note, is not listed by itself.
type Rank struct {
	Theme string
	Item  string // "n:<note>" or "c:<cluster>"
	Votes int    // dots
	Gone  bool   // it is not listed under Theme any more
}

// ranks is what is listed where. Both are derived and never stored.
type ranks struct {
	under map[string]string // item → the theme it is listed under in the store
	moved set               // items that may be listed elsewhere, or with other dots, by what is not stored yet
}

func newRanks() ranks { return ranks{under: map[string]string{}, moved: set{}} }

// Ranks are the places that changed with what is not stored yet, in the order
// of themes: they go to the store with the entries.
func (w *Wall) Ranks() []Rank {
	if len(w.ranks.moved) == 0 {
		return nil
	}
	out := make([]Rank, 0, len(w.ranks.moved))
	for item := range w.ranks.moved {
		was, now := w.ranks.under[item], w.themeOf(item)
		if was != "" && was != now {
			out = append(out, Rank{Theme: was, Item: item, Gone: true})
		}
		if now != "" {
			out = append(out, Rank{Theme: now, Item: item, Votes: w.tally.totals[item].Dots})
		}
	}
	return inOrder(out)
}

// ranked says that the places as they are now are stored.
func (w *Wall) ranked() {
	for item := range w.ranks.moved {
		if theme := w.themeOf(item); theme != "" {
			w.ranks.under[item] = theme
		} else {
			delete(w.ranks.under, item)
		}
	}
	if len(w.ranks.moved) > movedKept { // a map never shrinks, and going through it takes as long as when it was full
		w.ranks.moved = set{}
	}
	clear(w.ranks.moved)
}

// movedKept is how many moved items make no new map necessary.
const movedKept = 256

// AllRanks are the places of everything that is listed: for a wall that is new
// to its store.
func (w *Wall) AllRanks() []Rank {
	out := make([]Rank, 0, len(w.ranks.under))
	list := func(item string) {
		if theme := w.themeOf(item); theme != "" {
			out = append(out, Rank{Theme: theme, Item: item, Votes: w.tally.totals[item].Dots})
		}
	}
	for id := range w.notes {
		list("n:" + id)
	}
	for id := range w.clusters {
		list("c:" + id)
	}
	return inOrder(out)
}

func inOrder(all []Rank) []Rank {
	slices.SortFunc(all, func(a, b Rank) int {
		return cmp.Or(cmp.Compare(a.Theme, b.Theme), cmp.Compare(a.Item, b.Item))
	})
	return all
}

// themeOf is the theme that an item is listed under; "" for none.
func (w *Wall) themeOf(item string) string {
	kind, id := split(item)
	if kind == "c" {
		if c := w.clusters[id]; c != nil && !c.Dissolved {
			return c.Theme
		}
		return ""
	}
	n := w.notes[id]
	if n == nil || n.State != Shown || n.Merged != "" || w.clusterOf(n) != "" {
		return ""
	}
	return n.Theme
}
