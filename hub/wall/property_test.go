package wall

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// same fails when two walls are not one and the same.
func same(t *rapid.T, what string, a, b *Wall) {
	t.Helper()
	x, y := map[string]string{}, map[string]string{}
	for _, e := range a.All() {
		x[e.Key] = string(e.Value)
	}
	for _, e := range b.All() {
		y[e.Key] = string(e.Value)
	}
	if d := difference(x, y); d != nil {
		t.Fatalf("%s: %v\n%s\n%s", what, d, x[d[0]], y[d[0]])
	}
	for _, audience := range []Audience{Desk, Hall} {
		if d := difference(picture(a.Since(audience, 0)), picture(b.Since(audience, 0))); d != nil {
			t.Fatalf("%s: audience %d differs in %v", what, audience, d)
		}
	}
	for _, actor := range cast {
		if text1(a.Me(actor)) != text1(b.Me(actor)) {
			t.Fatalf("%s: %s is told\n%s\n%s", what, actor.ID, text1(a.Me(actor)), text1(b.Me(actor)))
		}
	}
	x1, ok1 := a.Due()
	x2, ok2 := b.Due()
	if x1 != x2 || ok1 != ok2 {
		t.Fatalf("%s: due %d %v and %d %v", what, x1, ok1, x2, ok2)
	}
}

func everyMe(w *Wall) map[string]string {
	out := map[string]string{}
	for _, a := range cast {
		out[a.ID] = text1(w.Me(a))
	}
	return out
}

// TestAnyWall drives a wall by any commands of anybody, and asks after each
// step all that must hold of every wall.
func TestAnyWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newWorld(drawSettings(t))
		if rapid.Bool().Draw(t, "furnished") {
			x.furnish(t)
		}
		twin, err := Restore(x.w.Position(), x.w.All())
		if err != nil {
			t.Fatal(err)
		}
		marks := []struct {
			rev        uint64
			desk, hall map[string]string
		}{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			desk, hall, mine := picture(x.w.Since(Desk, 0)), picture(x.w.Since(Hall, 0)), everyMe(x.w)
			rev := x.w.Position().Revision
			if rapid.IntRange(0, 9).Draw(t, "mark") == 0 && rev > 0 {
				marks = append(marks, struct {
					rev        uint64
					desk, hall map[string]string
				}{rev, picture(x.w.Since(Desk, 0)), picture(x.w.Since(Hall, 0))})
			}
			r := x.drawRequest(t)
			before, err := Restore(x.w.Position(), x.w.All())
			if err != nil {
				t.Fatal(err)
			}
			e, _ := x.w.Decide(r) // refused or not, it changes nothing
			if rapid.IntRange(0, 9).Draw(t, "compare") == 0 {
				same(t, "deciding changed the wall, or restoring it did", before, x.w)
			}
			if e == nil {
				continue
			}
			touched := x.w.Apply(e)
			if len(e.Items) == 0 || len(e.Items) > ManyMax {
				t.Fatalf("%s names %d items", e.Name, len(e.Items))
			}
			x.checkTouched(t, rev, touched, desk, hall, mine, e.Name)
			x.checkHall(t)
			x.checkTotals(t)
			if _, err := twin.Take(x.w.Position(), x.w.Entries(touched.Keys)); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(t, "twin") == 0 {
				same(t, "another hub that takes the values", x.w, twin)
			}
			for _, m := range marks {
				fold(m.desk, x.w.Since(Desk, m.rev))
				fold(m.hall, x.w.Since(Hall, m.rev))
				if d := difference(m.desk, picture(x.w.Since(Desk, 0))); d != nil {
					t.Fatalf("the desk resumes from %d and lacks %v", m.rev, d)
				}
				if d := difference(m.hall, picture(x.w.Since(Hall, 0))); d != nil {
					t.Fatalf("the hall resumes from %d and lacks %v", m.rev, d)
				}
			}
			r.At += 100
			if again, err := x.w.Decide(r); again != nil || err != nil {
				t.Fatalf("%s %+v sent again: %+v %v", r.Command.Verb(), r.Command, again, err)
			}
			x.checkOldResend(t, r)
			if at, ok := x.w.Due(); ok && at <= x.now {
				if e, err := x.w.Decide(Request{By: clock, At: x.now, Command: Tick{}}); e == nil {
					t.Fatalf("due at %d, now %d, but a tick does nothing: %v", at, x.now, err)
				}
			}
		}
	})
}

// checkOldResend sends something again that was accepted long ago. Of what
// participants ask, only edits and reports may do anything then (R1).
func (x *world) checkOldResend(t *rapid.T, r Request) {
	switch r.Command.(type) {
	case Post, CastVote, Withdraw, Erase, MakeCluster:
		x.sent = append(x.sent, r)
	}
	if len(x.sent) == 0 {
		return
	}
	old := rapid.SampledFrom(x.sent).Draw(t, "old")
	old.At = x.now
	if again, _ := x.w.Decide(old); again != nil {
		t.Fatalf("%s %+v sent again late: %+v", old.Command.Verb(), old.Command, again)
	}
}

// checkTouched asks that exactly what changed is said to have changed.
func (x *world) checkTouched(t *rapid.T, rev uint64, touched Touched, desk, hall, mine map[string]string, did EventName) {
	for _, a := range []struct {
		audience Audience
		before   map[string]string
		touched  bool
	}{{Desk, desk, touched.Desk}, {Hall, hall, touched.Hall}} {
		now := picture(x.w.Since(a.audience, 0))
		changed := difference(a.before, now)
		if (changed != nil) != a.touched {
			t.Fatalf("audience %d: touched %v, but %v changed", a.audience, a.touched, changed)
		}
		d := x.w.Since(a.audience, rev)
		said := said(d)
		if d.Hidden || (a.audience == Hall && x.w.flipped > rev) {
			notTotal := func(s string) bool { return strings.HasPrefix(s, "total ") }
			changed, said = slices.DeleteFunc(changed, notTotal), slices.DeleteFunc(said, notTotal)
		}
		if rev > 0 && !slices.Equal(changed, said) {
			t.Fatalf("audience %d: changed %v, said %v", a.audience, changed, said)
		}
	}
	for id, now := range everyMe(x.w) {
		if now != mine[id] && !slices.Contains(touched.People, id) && !touched.Everyone {
			t.Fatalf("%s is not told what changed:\n%s\n%s", id, mine[id], now)
		}
		if now == mine[id] && slices.Contains(touched.People, id) && !touched.Everyone && did != VoteCast {
			t.Fatalf("%s is told what did not change", id)
		}
	}
}

// said names the items that a delta speaks of.
func said(d Delta) []string {
	all := map[string]string{}
	for k := range d.Settings {
		all["setting "+k] = ""
	}
	for k := range d.Notes {
		all["note "+k] = ""
	}
	for k := range d.Clusters {
		all["cluster "+k] = ""
	}
	for k := range d.Acts {
		all["act "+text1(k)] = ""
	}
	for k := range d.Totals {
		all["total "+k] = ""
	}
	if d.Voters != nil {
		all["voters"] = ""
	}
	return difference(all, nil)
}

// checkHall asks that the hall is not told what is not for it.
func (x *world) checkHall(t *rapid.T) {
	d := x.w.Since(Hall, 0)
	for _, a := range d.Notes {
		if n := x.w.notes[a.ID]; n.State != Shown {
			t.Fatalf("the hall sees a note that is %s", n.State)
		}
		if a.State != "" || a.Author != "" || a.Reports != nil || a.Trail != nil || a.Why != nil || a.Due != 0 || a.Live != "" ||
			a.Muted || (a.Answer != nil && a.Answer.By != "") {
			t.Fatalf("the hall is told %+v", a)
		}
	}
	for _, c := range d.Clusters {
		if c.Trail != nil {
			t.Fatalf("the hall is told who made a cluster: %+v", c)
		}
	}
	out := text1(d) + text1(x.w.Since(Hall, x.w.Position().Revision/2))
	for _, a := range cast {
		if a.ID != "" && strings.Contains(out, a.ID) || a.Name != "" && strings.Contains(out, a.Name) {
			t.Fatalf("the hall is told of %s", a.ID)
		}
		if tag := tag(a.ID); tag != "" && strings.Contains(out, tag) {
			t.Fatalf("the hall is told the tag of %s", a.ID)
		}
	}
	for _, n := range x.w.notes {
		if n.State != Shown && n.Text != "" && strings.Contains(out, n.Text) {
			t.Fatalf("the hall is told the text of a note that is %s", n.State)
		}
	}
	desk := text1(x.w.Since(Desk, 0))
	for _, a := range cast[:4] {
		if strings.Contains(desk, a.ID) {
			t.Fatalf("the id of %s leaves the domain", a.ID)
		}
	}
	for _, n := range x.w.notes {
		if n.State != Erased {
			continue
		}
		for _, e := range x.w.All() {
			if strings.Contains(string(e.Value), "secret"+n.ID) || strings.Contains(string(e.Value), "answer"+n.ID) {
				t.Fatalf("an erased text is in %s: %s", e.Key, e.Value)
			}
		}
	}
}

// checkTotals asks that the totals are what an independent count gives.
func (x *world) checkTotals(t *rapid.T) {
	totals, voters := naive(x.w)
	for target, n := range x.w.Since(Desk, 0).Totals {
		if totals[target] != n {
			t.Fatalf("%s has %+v, said %+v", target, totals[target], n)
		}
		delete(totals, target)
	}
	if len(totals) > 0 {
		t.Fatalf("no word of %v", totals)
	}
	if v := x.w.Since(Desk, 0).Voters; *v != voters {
		t.Fatalf("%d voted, said %d", voters, *v)
	}
	for _, a := range cast[:4] {
		d := x.w.Me(a).Dots
		sum := 0
		for _, n := range d.On {
			sum += n
		}
		if d.Left != max(0, d.Each-sum) || d.Over != max(0, sum-d.Each) {
			t.Fatalf("%+v does not add up", d)
		}
	}
}
