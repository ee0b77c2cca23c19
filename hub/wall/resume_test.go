package wall

import "testing"

// TestResumeAfterRestart asks that whoever comes back from an older revision
// to a wall read from the store is told what went to nought meanwhile, too.
func TestResumeAfterRestart(t *testing.T) {
	back := func(t *testing.T, x *world, a Audience, from uint64, p map[string]string) {
		t.Helper()
		w, err := Restore(x.w.Position(), x.w.All())
		if err != nil {
			t.Fatal(err)
		}
		fold(p, w.Since(a, from))
		if d := difference(p, picture(w.Since(a, 0))); d != nil {
			t.Fatalf("audience %d resumes from %d and lacks %v", a, from, d)
		}
	}
	rule(t, "A6 dots taken back before a restart", func(t *testing.T, x *world) {
		n := "n:" + x.post(t, anna, 1, "one")
		x.vote(t, bilal, n, 2, 1)
		from, p := x.w.Position().Revision, picture(x.w.Since(Desk, 0))
		x.vote(t, bilal, n, 0, 2)
		back(t, x, Desk, from, p)
	})
	rule(t, "A6 a voted note hidden before a restart", func(t *testing.T, x *world) {
		n := x.post(t, anna, 1, "one")
		x.vote(t, bilal, "n:"+n, 2, 1)
		from, p := x.w.Position().Revision, picture(x.w.Since(Desk, 0))
		x.must(t, mo, Hide{Notes: []string{n}})
		back(t, x, Desk, from, p)
	})
	rule(t, "A6 a voted cluster dissolved before a restart", func(t *testing.T, x *world) {
		x.set(t, "totals", `"shown"`)
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "c", Theme: "work"})
		x.vote(t, bilal, "c:"+clusterID(1), 2, 1)
		from, p := x.w.Position().Revision, picture(x.w.Since(Hall, 0))
		x.must(t, mo, Dissolve{Cluster: clusterID(1)})
		back(t, x, Hall, from, p)
	})
	rule(t, "A6 nothing happened since", func(t *testing.T, x *world) {
		n := "n:" + x.post(t, anna, 1, "one")
		x.vote(t, bilal, n, 2, 1)
		w, err := Restore(x.w.Position(), x.w.All())
		if err != nil {
			t.Fatal(err)
		}
		if d := w.Since(Desk, w.Position().Revision); d.Totals != nil || d.Voters != nil || len(d.Acts) != 0 {
			t.Fatalf("told again: %+v", d)
		}
	})
}
