package wall

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// inside is all that a wall holds in memory and that can matter, derived or
// not, in the order of change where there is one.
func inside(w *Wall) map[string]string {
	x := &w.index
	holding := set{}
	x.dues.until(1<<62, 0, func(d due) {
		if w.holds(d) {
			holding.add(fmt.Sprint(d.at, " ", d.note))
		}
	})
	first := due{}
	if len(x.dues) > 0 {
		first = x.dues[0]
	}
	counts := func(m map[string]int) string {
		m = maps.Clone(m)
		maps.DeleteFunc(m, func(_ string, n int) bool { return n == 0 })
		return fmt.Sprint(m)
	}
	order := func(r *recency) string {
		var all []string
		for l := r.first; l != nil; l = l.next {
			if l.next != nil && (l.next.prev != l || l.next.rev > l.rev) || r.at[l.item] != l {
				return "torn"
			}
			all = append(all, fmt.Sprintf("%06d %c%s", l.rev, l.kind, l.id))
		}
		slices.Sort(all) // of one revision in any order
		return fmt.Sprint(len(r.at), all)
	}
	all := map[string]string{
		"at": fmt.Sprint(w.at, w.now, w.flipped, w.counted), "settings": text1(w.settings),
		"written": fmt.Sprint(x.written), "live": counts(x.live), "themes": counts(x.themes), "kinds": counts(x.kinds),
		"counts": fmt.Sprint(x.alive, x.clusters, x.known, w.tally.voters),
		"behind": fmt.Sprint(x.behind), "members": fmt.Sprint(x.members), "reported": fmt.Sprint(x.reported),
		"dues": fmt.Sprint(first, slices.Sorted(maps.Keys(holding))), "totals": fmt.Sprint(w.tally.totals), "shift": fmt.Sprint(w.tally.shift),
		"under": fmt.Sprint(w.ranks.under), "moved": fmt.Sprint(len(w.ranks.moved)),
		"desk": order(&w.desk), "hall": order(&w.hall), "recent": order(&w.tally.recent),
	}
	for _, e := range w.All() {
		all[e.Key] = string(e.Value)
	}
	return all
}

// TestTakeBack applies turns of any commands. Some are stored, the others taken
// back: the wall then is, inside and to everyone who resumes from anywhere, the
// wall to which those never happened.
func TestTakeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, twin := newWorld(drawSettings(t)), (*world)(nil)
		if rapid.Bool().Draw(t, "furnished") {
			x.furnish(t)
		}
		var err error
		if x.w, err = Restore(x.w.Position(), x.w.All()); err != nil {
			t.Fatal(err)
		}
		twin = newWorld(Settings{})
		if twin.w, err = Restore(x.w.Position(), x.w.All()); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 12).Draw(t, "turns") {
			stays := rapid.Bool().Draw(t, "stays")
			for range rapid.IntRange(0, 8).Draw(t, "commands") {
				r := x.drawRequest(t)
				e, _ := x.w.Decide(r)
				if e == nil {
					continue
				}
				x.w.Apply(e)
				if stays {
					again, err := twin.w.Decide(r)
					if err != nil {
						t.Fatalf("%s: %v", r.Command.Verb(), err)
					}
					twin.w.Apply(again)
				}
			}
			if stays {
				x.w.Stored()
				twin.w.Stored()
			} else {
				x.w.TakeBack()
			}
			a, b := inside(x.w), inside(twin.w)
			if d := difference(a, b); d != nil {
				t.Fatalf("stays %v: %v\n%s\n%s", stays, d, a[d[0]], b[d[0]])
			}
			same(t, "taken back", x.w, twin.w)
			for r := range x.w.Position().Revision {
				for _, audience := range []Audience{Desk, Hall} {
					if text1(x.w.Since(audience, r)) != text1(twin.w.Since(audience, r)) {
						t.Fatalf("audience %d resumes from %d in another way", audience, r)
					}
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "load") == 0 { // what another hub did is put on what is left
				other, err := Restore(twin.w.Position(), twin.w.All())
				if err != nil {
					t.Fatal(err)
				}
				same(t, "and the same as one that is loaded", x.w, other)
			}
		}
	})
}

// BenchmarkTakeBack is a turn of a hundred votes, decided and taken back. What
// it costs does not grow with the wall.
func BenchmarkTakeBack(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			x := full(b, size)
			x.w.Stored()
			b.ReportAllocs()
			count := uint64(1_000_000)
			for b.Loop() {
				for i := range 100 {
					count++
					x.must(b, Actor{Role: Participant, ID: fmt.Sprint("voter", count%1000)}, CastVote{"n:" + noteID(i%10), 1 + int(count%2), count})
				}
				x.w.TakeBack()
			}
		})
	}
}
