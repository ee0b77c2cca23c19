package wall

import "testing"

func total(x *world, target string) Total { return x.w.Since(Desk, 0).Totals[target] }

func TestDots(t *testing.T) {
	n := func(i int) string { return "n:" + noteID(i) }
	c := "c:" + clusterID(1)
	rule(t, "V1 a vote is absolute", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), 3, 1)
		x.vote(t, bilal, n(1), 1, 2)
		if got := total(x, n(1)); got != (Total{1, 1}) {
			t.Error(got)
		}
	})
	rule(t, "V2 an older counter changes nothing", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.post(t, anna, 2, "två")
		x.vote(t, bilal, n(1), 1, 5)
		x.vote(t, bilal, n(2), 1, 2) // counters are compared on the target
		x.nothing(t, bilal, CastVote{Target: n(1), Dots: 3, Count: 5})
		x.nothing(t, bilal, CastVote{Target: n(1), Dots: 3, Count: 4})
		x.vote(t, bilal, n(1), 1, 6) // says what is so, but later
		x.nothing(t, bilal, CastVote{Target: n(1), Dots: 0, Count: 6})
		x.must(t, owner, SetPhase{Closed})
		x.nothing(t, bilal, CastVote{Target: n(1), Dots: 1, Count: 6})
		if got := x.w.Me(bilal).Dots.Count; got != 6 {
			t.Error(got)
		}
		for _, bad := range []CastVote{{n(1), 1, 0}, {n(1), 1, CountMax + 1}, {"n:1", 1, 1}, {noteID(1), 1, 1}} {
			x.refused(t, bilal, bad, Invalid)
		}
	})
	rule(t, "V3 only what the hall sees", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.must(t, mo, Hide{Notes: []string{noteID(1)}})
		for _, target := range []string{n(1), n(2), c} {
			x.refused(t, bilal, CastVote{target, 1, 1}, NotFound)
		}
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "K", Theme: "work"})
		x.vote(t, bilal, c, 1, 1)
		x.must(t, mo, Dissolve{Cluster: clusterID(1)})
		x.refused(t, bilal, CastVote{c, 2, 2}, NotFound)
	})
	rule(t, "V4 phases", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), 1, 1)
		x.set(t, "dots", `{"each":5,"most":3,"only":true}`)
		for p, code := range map[Phase]Code{Write: WrongPhase, Gather: WrongPhase, Results: WrongPhase, Closed: ReadOnly} {
			if _, no := x.ask(owner, SetPhase{p}); no != nil {
				t.Fatal(no)
			}
			x.refused(t, bilal, CastVote{n(1), 2, 2}, code)
		}
		x.must(t, owner, SetPhase{Vote})
		x.vote(t, bilal, n(1), 2, 2)
	})
	rule(t, "V5 the budget", func(t *testing.T, x *world) {
		for i := 1; i <= 3; i++ {
			x.post(t, anna, i, "x")
		}
		x.vote(t, bilal, n(1), 3, 1)
		x.vote(t, bilal, n(2), 2, 2)
		if no := x.refused(t, bilal, CastVote{n(3), 1, 3}, NoDots); no.Max != DotsDefault {
			t.Error(no)
		}
		x.vote(t, bilal, n(1), 2, 4)
		x.vote(t, bilal, n(3), 1, 5)
		if d := x.w.Me(bilal).Dots; d.Left != 0 || d.Over != 0 || d.On[n(3)] != 1 || d.Count != 5 {
			t.Errorf("%+v", d)
		}
	})
	rule(t, "V6 at most so many on one", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), DotsMost, 1)
		if no := x.refused(t, bilal, CastVote{n(1), DotsMost + 1, 2}, Invalid); no.Max != DotsMost || no.Field != "dots" {
			t.Error(no)
		}
		x.refused(t, bilal, CastVote{n(1), -1, 2}, Invalid)
	})
	rule(t, "V7 a note in a cluster", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), 2, 1)
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "K", Theme: "work", Notes: []string{noteID(1)}})
		if no := x.refused(t, bilal, CastVote{n(1), 3, 2}, Grouped); no.Item != c {
			t.Error(no.Item)
		}
		x.vote(t, bilal, n(1), 1, 3)
		x.vote(t, bilal, c, 3, 4)
		if got := total(x, c); got != (Total{3, 1}) {
			t.Error(got)
		}
		if got := total(x, n(1)); got != (Total{1, 1}) {
			t.Error(got)
		}
		if on := x.w.Me(bilal).Dots.On; len(on) != 1 || on[c] != 3 {
			t.Error(on)
		}
	})
	rule(t, "V8 a note behind another", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.post(t, anna, 2, "två")
		x.must(t, mo, Merge{Into: noteID(1), Notes: []string{noteID(2)}})
		x.vote(t, bilal, n(2), 2, 1)
		if got := total(x, n(1)); got != (Total{2, 1}) {
			t.Error(got)
		}
		x.nothing(t, bilal, CastVote{n(2), 2, 1})
		x.must(t, mo, Unmerge{Notes: []string{noteID(2)}})
		x.nothing(t, bilal, CastVote{n(2), 2, 1})
		if got := total(x, n(1)); got != (Total{2, 1}) {
			t.Error("dots moved:", got)
		}
	})
	rule(t, "V9 merged: the largest", func(t *testing.T, x *world) {
		for i := 1; i <= 4; i++ {
			x.post(t, anna, i, "x")
		}
		x.vote(t, bilal, n(1), 1, 1)
		x.vote(t, bilal, n(2), 2, 2)
		x.vote(t, bilal, n(3), 1, 3)
		x.vote(t, anna, n(3), 3, 1)
		x.must(t, mo, Merge{Into: noteID(2), Notes: []string{noteID(3)}})
		x.must(t, mo, Merge{Into: noteID(1), Notes: []string{noteID(2)}})
		if got := total(x, n(1)); got != (Total{5, 2}) {
			t.Error(got)
		}
		if left := x.w.Me(bilal).Dots.Left; left != 3 {
			t.Error("left", left)
		}
		x.must(t, mo, Hide{Notes: []string{noteID(3)}})
		if got := total(x, n(1)); got != (Total{2, 1}) {
			t.Error(got)
		}
	})
	rule(t, "V10 cluster: the sum, up to the limit", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.post(t, anna, 2, "två")
		x.vote(t, bilal, n(1), 2, 1)
		x.vote(t, bilal, n(2), 2, 2)
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "K", Theme: "work", Notes: []string{noteID(1), noteID(2)}})
		if got := total(x, c); got != (Total{3, 1}) {
			t.Error(got)
		}
		if left := x.w.Me(bilal).Dots.Left; left != 2 {
			t.Error("left", left)
		}
	})
	rule(t, "V11 what is not seen does not count", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), 3, 1)
		x.must(t, mo, Archive{Notes: []string{noteID(1)}})
		if d := x.w.Me(bilal).Dots; d.Left != 5 || len(d.On) != 0 {
			t.Errorf("%+v", d)
		}
		x.must(t, mo, RestoreNotes{Notes: []string{noteID(1)}})
		if got := total(x, n(1)); got != (Total{3, 1}) {
			t.Error(got)
		}
	})
	rule(t, "V12 dots and people", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), 3, 1)
		x.vote(t, anna, n(1), 1, 1)
		d := x.w.Since(Desk, 0)
		if d.Totals[n(1)] != (Total{4, 2}) || *d.Voters != 2 {
			t.Error(d.Totals, *d.Voters)
		}
		x.vote(t, anna, n(1), 0, 2)
		if *x.w.Since(Hall, x.w.Position().Revision-1).Voters != 1 {
			t.Error("voters")
		}
	})
	rule(t, "V13 overdrawn", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.post(t, anna, 2, "två")
		x.vote(t, bilal, n(1), 3, 1)
		x.must(t, mo, Hide{Notes: []string{noteID(1)}})
		x.vote(t, bilal, n(2), 3, 2)
		x.must(t, mo, Show{Notes: []string{noteID(1)}})
		if d := x.w.Me(bilal).Dots; d.Left != 0 || d.Over != 1 {
			t.Errorf("%+v", d)
		}
		x.post(t, anna, 3, "tre")
		x.refused(t, bilal, CastVote{n(3), 1, 3}, NoDots)
		x.vote(t, bilal, n(1), 1, 4)
		x.vote(t, bilal, n(3), 1, 5)
	})
	rule(t, "V14 own notes", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, anna, n(1), 1, 1)
	})
	rule(t, "V15 when the hall sees totals", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		x.vote(t, bilal, n(1), 1, 1)
		for _, c := range []struct {
			phase  Phase
			totals string
			shown  bool
		}{{Write, "hidden", false}, {Write, "shown", true}, {Gather, "shown", true}, {Vote, "shown", false}, {Vote, "hidden", false},
			{Results, "hidden", true}, {Closed, "hidden", true}} {
			if c.phase != Closed {
				x.ask(owner, SetPhase{Write})
				x.ask(owner, Set{Setting: "totals", Value: JSON(`"` + c.totals + `"`)})
			}
			before := x.w.Position().Revision
			was := x.w.TotalsShown()
			x.ask(owner, SetPhase{c.phase})
			if x.w.TotalsShown() != c.shown {
				t.Errorf("%+v", c)
			}
			d := x.w.Since(Hall, before)
			if was != c.shown && d.Hidden == c.shown {
				t.Errorf("%+v: not told that it turned", c)
			}
			if was != c.shown && c.shown && d.Totals[n(1)] != (Total{1, 1}) {
				t.Errorf("%+v: %v", c, d.Totals)
			}
			if d := x.w.Since(Hall, 0); d.Hidden == c.shown || (d.Totals != nil) != c.shown {
				t.Errorf("%+v: snapshot %+v", c, d)
			}
		}
	})
	rule(t, "V16 lowering", func(t *testing.T, x *world) {
		for i := 1; i <= 3; i++ {
			x.post(t, anna, i, "x")
		}
		x.vote(t, bilal, n(1), 1, 1)
		x.vote(t, bilal, n(2), 1, 2)
		x.vote(t, bilal, n(3), 1, 3)
		x.must(t, mo, Merge{Into: noteID(2), Notes: []string{noteID(3)}})
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "K", Theme: "work", Notes: []string{noteID(1), noteID(2)}})
		x.vote(t, bilal, c, 3, 4)
		dots := func() [4]int {
			d := dotsBy(x.w.ballots[bilal.ID])
			return [4]int{d[c], d[n(1)], d[n(2)], d[n(3)]}
		}
		for _, step := range []struct {
			n    int
			want [4]int
		}{{2, [4]int{0, 1, 1, 1}}, {1, [4]int{0, 0, 1, 1}}, {0, [4]int{0, 0, 0, 0}}} {
			x.vote(t, bilal, c, step.n, uint64(10-step.n))
			if dots() != step.want {
				t.Errorf("%d: %v", step.n, dots())
			}
		}
		x.nothing(t, bilal, CastVote{n(3), 1, 3}) // its counter went with it
	})
	rule(t, "V17 what a ballot remembers", func(t *testing.T, x *world) {
		x.now += 1000
		for i := 0; i <= ZerosMax; i++ {
			x.w.put(&values{notes: []*Note{{ID: noteID(i), Theme: "work", Kind: "opinion", Author: anna.ID, State: Shown}}}, 1, true)
			x.vote(t, bilal, n(i), 0, uint64(i+1))
		}
		b := x.w.ballots[bilal.ID]
		if len(b.Dots) != ZerosMax || b.Floor != 1 {
			t.Error(len(b.Dots), b.Floor)
		}
		x.nothing(t, bilal, CastVote{n(0), 1, 1})
		x.vote(t, bilal, n(0), 1, 500)
		if x.w.Me(bilal).Dots.Count != 500 {
			t.Error(x.w.Me(bilal).Dots.Count)
		}
	})
}
