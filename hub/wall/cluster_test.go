package wall

import (
	"slices"
	"testing"
)

func order(x *world, cluster string) []int {
	var out []int
	for _, n := range x.w.inOrder(cluster) {
		for i := range 100 {
			if n.ID == noteID(i) {
				out = append(out, i)
			}
		}
	}
	return out
}

func notes(n ...int) []string {
	var out []string
	for _, i := range n {
		out = append(out, noteID(i))
	}
	return out
}

func TestClusters(t *testing.T) {
	k := clusterID(1)
	cluster := MakeCluster{ID: k, Name: "Tystnad", Theme: "health"}
	with := func(f func(t *testing.T, x *world)) func(*testing.T, *world) {
		return func(t *testing.T, x *world) {
			for i := 1; i <= 5; i++ {
				x.post(t, anna, i, "x")
			}
			x.must(t, mo, cluster)
			f(t, x)
		}
	}
	rule(t, "C1 making one", with(func(t *testing.T, x *world) {
		x.nothing(t, mo, cluster)
		x.refused(t, mo, MakeCluster{ID: k, Name: "Annat", Theme: "health"}, Conflict)
		x.refused(t, mo, MakeCluster{ID: clusterID(2), Name: " ", Theme: "health"}, Empty)
		x.refused(t, mo, MakeCluster{ID: clusterID(2), Name: "A", Theme: "none"}, NotFound)
		x.refused(t, mo, MakeCluster{ID: clusterID(2), Name: "A", Theme: "work", Notes: notes(1, 9)}, NotFound)
		x.must(t, mo, MakeCluster{ID: clusterID(2), Name: "A", Theme: "work", Notes: notes(3, 1)})
		if got := order(x, clusterID(2)); !slices.Equal(got, []int{3, 1}) {
			t.Error(got)
		}
	}))
	rule(t, "C2 naming", with(func(t *testing.T, x *world) {
		top, none := noteID(1), ""
		x.nothing(t, mo, NameCluster{Cluster: k, Name: "Tystnad"})
		x.refused(t, mo, NameCluster{Cluster: k, Name: "Ro", Top: &top}, NotFound)
		x.must(t, mo, GatherNotes{Cluster: k, Notes: notes(1)})
		x.must(t, mo, NameCluster{Cluster: k, Name: "Ro", Theme: "work", Top: &top})
		if c := x.w.clusters[k]; c.Name != "Ro" || c.Theme != "work" || c.Top != top {
			t.Errorf("%+v", c)
		}
		x.must(t, mo, NameCluster{Cluster: k, Name: "Ro", Top: &none})
		x.refused(t, mo, NameCluster{Cluster: k, Name: ""}, Empty)
		x.refused(t, mo, NameCluster{Cluster: k, Name: "A", Theme: "none"}, NotFound)
		x.refused(t, mo, NameCluster{Cluster: clusterID(9), Name: "A"}, NotFound)
	}))
	rule(t, "C3 gathering", with(func(t *testing.T, x *world) {
		for _, step := range []struct {
			notes  []string
			before string
			want   []int
		}{
			{notes(1, 2, 3), "", []int{1, 2, 3}},
			{notes(4), noteID(2), []int{1, 4, 2, 3}},
			{notes(3, 1), noteID(4), []int{3, 1, 4, 2}},
			{notes(3), "", []int{1, 4, 2, 3}},
			{notes(3, 3), noteID(1), []int{3, 1, 4, 2}},
		} {
			x.must(t, mo, GatherNotes{Cluster: k, Notes: step.notes, Before: step.before})
			if got := order(x, k); !slices.Equal(got, step.want) {
				t.Errorf("%v before %q: %v", step.notes, step.before, got)
			}
			x.nothing(t, mo, GatherNotes{Cluster: k, Notes: step.notes, Before: step.before})
		}
		x.refused(t, mo, GatherNotes{Cluster: k, Notes: notes(1), Before: noteID(1)}, Invalid)
		x.refused(t, mo, GatherNotes{Cluster: k, Notes: notes(1), Before: noteID(5)}, NotFound)
		x.must(t, mo, MakeCluster{ID: clusterID(2), Name: "A", Theme: "work", Notes: notes(1)})
		if slices.Contains(order(x, k), 1) {
			t.Error("in two clusters")
		}
		// However often two change places, there is a number between.
		for i := range 200 {
			x.must(t, mo, GatherNotes{Cluster: k, Notes: notes([]int{2, 4}[i%2]), Before: noteID([]int{4, 2}[i%2])})
		}
		if got := order(x, k); !slices.Equal(got, []int{3, 4, 2}) {
			t.Error(got)
		}
	}))
	rule(t, "C4 scattering", with(func(t *testing.T, x *world) {
		x.must(t, mo, GatherNotes{Cluster: k, Notes: notes(1, 2)})
		x.must(t, mo, Scatter{Notes: notes(1, 3)})
		x.nothing(t, mo, Scatter{Notes: notes(1, 3)})
		if got := order(x, k); !slices.Equal(got, []int{2}) {
			t.Error(got)
		}
	}))
	rule(t, "C5 dissolving", with(func(t *testing.T, x *world) {
		x.must(t, mo, GatherNotes{Cluster: k, Notes: notes(1, 2)})
		x.must(t, mo, Dissolve{Cluster: k})
		x.nothing(t, mo, Dissolve{Cluster: k})
		x.nothing(t, mo, cluster)
		x.refused(t, mo, GatherNotes{Cluster: k, Notes: notes(1)}, Gone)
		x.refused(t, mo, NameCluster{Cluster: k, Name: "A"}, Gone)
		x.refused(t, mo, Dissolve{Cluster: clusterID(9)}, NotFound)
		if x.w.notes[noteID(1)].Cluster != "" || x.w.Since(Hall, 0).Clusters[k] != nil {
			t.Error("still there")
		}
	}))
	rule(t, "C6 what is gathered", with(func(t *testing.T, x *world) {
		x.must(t, anna, Withdraw{Note: noteID(1)})
		x.refused(t, mo, GatherNotes{Cluster: k, Notes: notes(1)}, Gone)
		x.must(t, mo, Archive{Notes: notes(2)})
		x.must(t, mo, GatherNotes{Cluster: k, Notes: notes(2)})
		x.must(t, mo, RestoreNotes{Notes: notes(2)})
		if x.w.notes[noteID(2)].Cluster != k {
			t.Error("lost its place")
		}
	}))
	rule(t, "C7 members keep their themes", with(func(t *testing.T, x *world) {
		x.must(t, mo, GatherNotes{Cluster: k, Notes: notes(1)})
		if x.w.notes[noteID(1)].Theme != "work" {
			t.Error("moved")
		}
	}))
}

func TestMerging(t *testing.T) {
	with := func(f func(t *testing.T, x *world)) func(*testing.T, *world) {
		return func(t *testing.T, x *world) {
			for i := 1; i <= 4; i++ {
				x.post(t, []Actor{anna, bilal}[i%2], i, "x")
			}
			f(t, x)
		}
	}
	rule(t, "M1 merging", with(func(t *testing.T, x *world) {
		x.must(t, mo, Merge{Into: noteID(1), Notes: notes(2, 3)})
		x.nothing(t, mo, Merge{Into: noteID(1), Notes: notes(2, 3)})
		x.must(t, mo, Merge{Into: noteID(4), Notes: notes(3)})
		if x.w.notes[noteID(3)].Merged != noteID(4) {
			t.Error("did not move")
		}
		x.must(t, mo, Hide{Notes: notes(1)})
		x.refused(t, mo, Merge{Into: noteID(1), Notes: notes(3)}, Gone)
		x.refused(t, mo, Merge{Into: noteID(3), Notes: notes(1)}, Gone)
		x.refused(t, mo, Merge{Into: noteID(9), Notes: notes(1)}, NotFound)
	}))
	rule(t, "M2 no circles", with(func(t *testing.T, x *world) {
		x.refused(t, mo, Merge{Into: noteID(1), Notes: notes(1)}, Invalid)
		x.must(t, mo, Merge{Into: noteID(1), Notes: notes(2)})
		x.must(t, mo, Merge{Into: noteID(2), Notes: notes(3)})
		x.refused(t, mo, Merge{Into: noteID(3), Notes: notes(1)}, Invalid)
	}))
	rule(t, "M3 unmerging", with(func(t *testing.T, x *world) {
		x.must(t, mo, Merge{Into: noteID(1), Notes: notes(2)})
		x.must(t, mo, Unmerge{Notes: notes(2, 3)})
		x.nothing(t, mo, Unmerge{Notes: notes(2, 3)})
	}))
	rule(t, "M4 when the note in front goes", with(func(t *testing.T, x *world) {
		x.must(t, mo, Merge{Into: noteID(1), Notes: notes(2)})
		x.must(t, mo, Merge{Into: noteID(2), Notes: notes(3)})
		x.must(t, mo, Archive{Notes: notes(1)})
		if x.w.notes[noteID(2)].Merged != noteID(1) {
			t.Error("archived: let go")
		}
		x.must(t, bilal, Withdraw{Note: noteID(1)})
		if x.w.notes[noteID(2)].Merged != "" || x.w.notes[noteID(3)].Merged != noteID(2) {
			t.Error("withdrawn")
		}
		x.must(t, owner, Erase{Notes: notes(2)})
		if x.w.notes[noteID(3)].Merged != "" {
			t.Error("erased")
		}
		x.vote(t, anna, "n:"+noteID(3), 1, 1)
	}))
	rule(t, "M5 theme and cluster stay", with(func(t *testing.T, x *world) {
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "K", Theme: "health", Notes: notes(2)})
		x.must(t, mo, Move{Notes: notes(2), Theme: "housing"})
		x.must(t, mo, Merge{Into: noteID(1), Notes: notes(2)})
		if n := x.w.notes[noteID(2)]; n.Cluster != clusterID(1) || n.Theme != "housing" {
			t.Error(n.Cluster, n.Theme)
		}
	}))
}
