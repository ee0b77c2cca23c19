package wall

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whoever hears of each commit has the same wall as who made them, and as who
// takes the values; and says of the same people and audiences that they are
// touched. News told again, or to whoever is elsewhere, do no harm.
func TestNewsAreWhatWasDone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newWorld(drawSettings(t))
		if rapid.Bool().Draw(t, "furnished") {
			x.furnish(t)
		}
		x.w.Stored()
		twin := func() *Wall {
			w, err := Restore(x.w.Position(), x.w.All())
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		hears, takes := twin(), twin()
		for range rapid.IntRange(1, 12).Draw(t, "commits") {
			var keys []string
			for range rapid.IntRange(1, 8).Draw(t, "commands") {
				if e, _ := x.w.Decide(x.drawRequest(t)); e != nil {
					keys = append(keys, x.w.Apply(e).Keys...)
				}
			}
			if len(keys) == 0 {
				continue
			}
			x.w.SetLead(Lead{Hub: "h", Term: rapid.Uint64Range(0, 9).Draw(t, "term"), Done: map[string]uint64{"one": 1, "two": x.w.at.Revision}})
			to, entries := x.w.Position(), x.w.Entries(keys)
			news := x.w.News(entries)
			x.w.Stored()
			heard, err := hears.Hear(to, news)
			if err != nil {
				t.Fatal(err)
			}
			took, err := takes.Take(to, entries)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(heard.People)
			slices.Sort(took.People)
			if text1(heard) != text1(took) {
				t.Fatalf("heard %s, took %s", text1(heard), text1(took))
			}
			same(t, "who hears", x.w, hears)
			same(t, "who takes", x.w, takes)
			if text1(hears.Lead()) != text1(x.w.Lead()) {
				t.Fatalf("lead %+v", hears.Lead())
			}
		}
	})
}

// News of a ballot that is not what it was made from are refused, and leave
// everything as it was; so do news cut off, and those of other versions.
func TestNewsThatDoNotFit(t *testing.T) {
	x := newWorld(Settings{})
	x.furnish(t)
	x.w.Stored()
	at := x.w.Position()
	other := newWorld(Settings{})
	other.furnish(t)
	other.must(t, anna, CastVote{Target: "c:" + clusterID(0), Dots: 0, Count: 9})
	other.w.Stored()
	missed, err := Restore(at, other.w.All())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, c := range []Command{CastVote{Target: "n:" + noteID(3), Dots: 0, Count: 10}, CastVote{Target: "n:" + noteID(4), Dots: 2, Count: 11}} {
		e, err := x.w.Decide(Request{By: anna, At: x.now, Command: c})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, x.w.Apply(e).Keys...)
	}
	news := x.w.News(x.w.Entries(keys))
	refuse := func(what string, w *Wall, news string) error {
		t.Helper()
		before := text1(w.All())
		_, err := w.Hear(x.w.Position(), news)
		if err == nil || text1(w.All()) != before {
			t.Errorf("%s: %v", what, err)
		}
		return err
	}
	refuse("a ballot that was another", missed, news)
	x.w.TakeBack()
	for n := range news {
		refuse("cut off", x.w, news[:n])
	}
	if err := refuse("another version", x.w, string(rune(newsVersion+1))+news[1:]); !errors.Is(err, ErrUnheard) {
		t.Error(err)
	}
	if err := refuse("a newer wall", x.w, string([]byte{newsVersion, schema + 1})+news[2:]); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	refuse("more than there is", x.w, news+"\x01")
	x.w.SetLead(Lead{Hub: "\x9c"})
	refuse("not UTF-8", x.w, x.w.News(nil))
}

// Whatever is heard, a wall is right or as it was.
func FuzzHear(f *testing.F) {
	x := newWorld(Settings{})
	x.furnish(&testing.B{})
	x.w.Stored()
	all := x.w.All()
	at := x.w.Position()
	e, err := x.w.Decide(Request{By: anna, At: x.now, Command: CastVote{Target: "n:" + noteID(3), Dots: 1, Count: 10}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(x.w.News(x.w.Entries(x.w.Apply(e).Keys)))
	f.Fuzz(func(t *testing.T, news string) {
		w, err := Restore(at, all)
		if err != nil {
			t.Fatal(err)
		}
		before := text1(w.All())
		to := Position{at.Epoch, at.Revision + 1}
		if _, err := w.Hear(to, news); err != nil {
			if text1(w.All()) != before {
				t.Error("half heard")
			}
			return
		}
		again, err := Restore(to, w.All())
		if err != nil || text1(again.All()) != text1(w.All()) {
			t.Errorf("cannot be read again: %v", err)
		}
		totals, _ := naive(w)
		for target, n := range w.Since(Desk, 0).Totals {
			if totals[target] != n {
				t.Errorf("%s has %v, said %v", target, totals[target], n)
			}
		}
	})
}
