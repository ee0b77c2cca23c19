package wall

import (
	"fmt"
	"strings"
	"testing"
)

func TestEntries(t *testing.T) {
	x := newWorld(Settings{})
	x.furnish(t)
	t.Run("each key once, and meta with them", func(t *testing.T) {
		if got := x.w.Entries(nil); got != nil {
			t.Error(got)
		}
		got := x.w.Entries([]string{"note/" + noteID(1), "note/" + noteID(1), "note/none", "act/x", "odd", "meta"})
		var keys []string
		for _, e := range got {
			keys = append(keys, e.Key)
		}
		if want := "note/" + noteID(1) + " note/none act/x odd meta"; strings.Join(keys, " ") != want {
			t.Error(keys)
		}
		if got[0].Value == nil || got[1].Value != nil || got[4].Value == nil {
			t.Error("values")
		}
		if got := x.w.Entries([]string{"meta"}); len(got) != 1 {
			t.Error(got)
		}
	})
	t.Run("every entry comes back byte for byte", func(t *testing.T) {
		w, err := Restore(x.w.Position(), x.w.All())
		if err != nil {
			t.Fatal(err)
		}
		again := w.All()
		for i, e := range x.w.All() {
			if again[i].Key != e.Key || string(again[i].Value) != string(e.Value) {
				t.Errorf("%s\n%s\n%s", e.Key, e.Value, again[i].Value)
			}
		}
	})
	t.Run("what is not an entry leaves the wall as it was", func(t *testing.T) {
		before := text1(x.w.All())
		for _, bad := range []Entry{{"note/" + noteID(1), nil}, {"act/x", nil}, {"note/" + noteID(1), []byte(`{`)},
			{"note/" + noteID(1), []byte(`{"id":"` + noteID(2) + `"}`)}, {"thing/1", []byte(`{}`)},
			{"setting/odd", []byte(`{"value":1}`)}, {"setting/title", []byte(`{"value":1}`)},
			{"meta", []byte(`{"schema":2}`)}, {"meta", []byte(`[]`)}} {
			if _, err := x.w.Take(Position{"e", 999}, []Entry{bad}); err == nil {
				t.Errorf("%s %s is taken", bad.Key, bad.Value)
			}
			if _, err := Restore(Position{"e", 999}, append(x.w.All(), bad)); err == nil {
				t.Errorf("%s %s is restored", bad.Key, bad.Value)
			}
		}
		if text1(x.w.All()) != before || x.w.Position().Revision == 999 {
			t.Error("half taken")
		}
	})
	t.Run("a wall without its settings is none", func(t *testing.T) {
		if _, err := Restore(Position{"e", 1}, nil); err == nil {
			t.Error("restored from nothing")
		}
	})
	t.Run("another epoch", func(t *testing.T) {
		if _, err := x.w.Take(Position{"f", x.w.Position().Revision}, nil); err != nil || x.w.Position().Epoch != "f" {
			t.Error(err)
		}
	})
}

func TestApplyWantsTheNextEvent(t *testing.T) {
	x := newWorld(Settings{})
	e := x.must(t, mo, Freeze{On: true})
	defer func() {
		if recover() == nil {
			t.Error("an event is applied twice")
		}
	}()
	x.w.Apply(e)
}

// TestManyVoters merges and gathers what a hall has voted on.
func TestManyVoters(t *testing.T) {
	x := newWorld(Settings{})
	x.post(t, anna, 1, "ett")
	x.post(t, anna, 2, "två")
	for i := range 300 {
		v := Actor{Role: Participant, ID: fmt.Sprint("voter", i)}
		x.must(t, v, CastVote{"n:" + noteID(1), 1, 1})
		if i%3 == 0 {
			x.must(t, v, CastVote{"n:" + noteID(2), 2, 2})
		}
	}
	touched := func(c Command) Touched {
		e, err := x.w.Decide(Request{By: mo, At: x.now, Command: c})
		if err != nil {
			t.Fatal(err)
		}
		return x.w.Apply(e)
	}
	told := touched(Merge{Into: noteID(1), Notes: notes(2)})
	if got := total(x, "n:"+noteID(1)); got != (Total{400, 300}) || len(told.People) != 101 { // and the author
		t.Error(got, len(told.People))
	}
	if told := touched(MakeCluster{ID: clusterID(1), Name: "x", Theme: "work", Notes: notes(1)}); len(told.People) != 301 {
		t.Error(len(told.People))
	}
	if got := total(x, "c:"+clusterID(1)); got != (Total{400, 300}) {
		t.Error(got)
	}
	if told := touched(Set{Setting: "dots", Value: JSON(`{"each":5,"most":1}`)}); !told.Everyone || len(told.People) != 301 {
		t.Error(told.Everyone, len(told.People))
	}
	if got := total(x, "c:"+clusterID(1)); got != (Total{300, 300}) {
		t.Error(got)
	}
}

// TestUndoOfNames takes back each field of a cluster.
func TestUndoOfNames(t *testing.T) {
	x := newWorld(Settings{})
	x.furnish(t)
	k, top := clusterID(0), noteID(1)
	was := *x.w.clusters[k]
	e := x.must(t, mo, NameCluster{Cluster: k, Name: "Nytt", Theme: "housing", Top: &top})
	x.must(t, nina, Undo{Act: e.Rev})
	if c := x.w.clusters[k]; c.Name != was.Name || c.Theme != was.Theme || c.Top != was.Top {
		t.Errorf("%+v", c)
	}
	themes := append(DefaultSettings().Themes, Theme{ID: "music", Name: Words{"sv": "Musik"}, Paper: 6, Icon: "star"})
	x.set(t, "themes", text1(themes))
	x.must(t, mo, NameCluster{Cluster: k, Name: "Cluster", Theme: "music"})
	e = x.must(t, mo, NameCluster{Cluster: k, Name: "Cluster", Theme: "work"})
	x.set(t, "themes", text1(themes[:5]))
	x.refused(t, nina, Undo{Act: e.Rev}, Conflict)
	// A cluster that ended holds no theme, and is not revived without one.
	x.set(t, "themes", text1(themes))
	x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "Musik", Theme: "music"})
	x.refused(t, mo, Set{Setting: "themes", Value: JSON(text1(themes[:5]))}, InUse)
	e = x.must(t, mo, Dissolve{Cluster: clusterID(1)})
	x.set(t, "themes", text1(themes[:5]))
	x.refused(t, nina, Undo{Act: e.Rev}, Conflict)
}

// TestRecency keeps the list in order, whatever comes in which order.
func TestRecency(t *testing.T) {
	r := newRecency()
	for i, rev := range []uint64{5, 9, 7, 9, 3, 8, 8} {
		r.touch(item{'n', fmt.Sprint(i % 5)}, rev)
	}
	var got []string
	r.since(4, func(i item) { got = append(got, i.id) })
	if strings.Join(got, "") != "3102" && strings.Join(got, "") != "3012" {
		t.Error(got)
	}
	for l := r.first; l != nil && l.next != nil; l = l.next {
		if l.rev < l.next.rev || l.next.prev != l {
			t.Error("out of order")
		}
	}
}
