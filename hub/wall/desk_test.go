package wall

import (
	"testing"
)

func TestDesk(t *testing.T) {
	rule(t, "D1 somebody else changed it", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		b := x.post(t, anna, 2, "två")
		seen := x.w.Position().Revision
		hide := x.must(t, mo, Hide{Notes: []string{a}})
		_, no := x.askSeen(nina, seen, Move{Notes: []string{b, a}, Theme: "health"})
		if no == nil || no.Code != Conflict || no.Item != "n:"+a || no.Step.Rev != hide.Rev || no.Step.Name != "Mo" ||
			no.Step.Did != NoteHidden || no.Step.By != x.w.Me(mo).ID {
			t.Fatalf("%+v", no)
		}
		if _, no := x.askSeen(nina, hide.Rev, Move{Notes: []string{b, a}, Theme: "health"}); no != nil {
			t.Error(no)
		}
		if _, no := x.askSeen(mo, seen, Move{Notes: []string{a}, Theme: "work"}); no == nil {
			t.Error("not told of Nina's")
		}
		for i := range TrailMax {
			x.must(t, mo, Move{Notes: []string{a}, Theme: []string{"work", "housing"}[i%2]})
		}
		if _, no := x.askSeen(mo, seen, Hide{Notes: []string{a}, Reason: &Reason{Code: "rude"}}); no == nil || no.Code != Conflict {
			t.Error("a trail too short to tell", no)
		}
	})
	rule(t, "D2 what is so already is no conflict", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		seen := x.w.Position().Revision
		x.must(t, mo, Archive{Notes: []string{a}})
		if e, no := x.askSeen(nina, seen, Archive{Notes: []string{a}}); e != nil || no != nil {
			t.Error(e, no)
		}
	})
	rule(t, "D3 lists", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		if e := x.must(t, mo, Hide{Notes: []string{a, a}}); len(e.Items) != 1 {
			t.Error(e.Items)
		}
		x.refused(t, mo, Hide{}, Invalid)
		x.refused(t, mo, Hide{Notes: []string{"x"}}, Invalid)
		x.refused(t, mo, Hide{Notes: notes(1, 7)}, NotFound)
	})
	rule(t, "D4 whose steps count", func(t *testing.T, x *world) {
		x.set(t, "moderation", `{"mode":"delay","seconds":1}`)
		a := x.post(t, anna, 1, "ett")
		seen := x.w.Position().Revision
		x.now += 1000
		x.must(t, clock, Tick{})
		x.vote(t, bilal, "n:"+a, 1, 1)
		x.must(t, bilal, ReportNote{Note: a, Reason: "rude"})
		if _, no := x.askSeen(mo, seen, Move{Notes: []string{a}, Theme: "health"}); no != nil {
			t.Error(no)
		}
		if _, no := x.askSeen(mo, seen, Move{Notes: []string{a}, Theme: "work"}); no != nil {
			t.Error("one's own", no)
		}
		x.must(t, anna, Edit{Note: a, Text: "två"})
		_, no := x.askSeen(mo, seen, Hide{Notes: []string{a}})
		if no == nil || no.Step.Did != NoteEdited || no.Step.By != "" || no.Step.Name != "" {
			t.Errorf("%+v", no)
		}
	})
	rule(t, "D5 trails of settings and displays", func(t *testing.T, x *world) {
		x.set(t, "title", `"Ett"`)
		show := func(s string) *Display { return &Display{View: s} }
		seen := x.w.Position().Revision
		x.must(t, mo, Set{Setting: "title", Value: JSON(`"Två"`)})
		if _, no := x.askSeen(nina, seen, Set{Setting: "title", Value: JSON(`"Tre"`)}); no == nil || no.Item != "s:title" {
			t.Error(no)
		}
		if _, no := x.askSeen(nina, seen, Set{Setting: "language", Value: JSON(`"en"`)}); no != nil {
			t.Error(no)
		}
		x.must(t, mo, SetDisplay{Name: "2", Display: show("join")})
		if _, no := x.askSeen(nina, seen, SetDisplay{Name: "1", Display: show("blank")}); no != nil {
			t.Error("another display", no)
		}
		if _, no := x.askSeen(nina, seen, SetDisplay{Name: "2", Display: show("blank")}); no == nil || no.Code != Conflict {
			t.Error(no)
		}
		x.refused(t, mo, SetDisplay{Name: "1"}, Invalid)
		x.must(t, mo, SetDisplay{Name: "2"})
		x.nothing(t, mo, SetDisplay{Name: "2"})
	})
	rule(t, "D6 acts are kept", func(t *testing.T, x *world) {
		e := x.must(t, mo, Freeze{On: true})
		a := x.w.Since(Desk, 0).Acts[e.Rev]
		if a == nil || a.Did != WallFrozen || a.Name != "Mo" || a.By != x.w.Me(mo).ID || a.Fixed || a.Items[0] != "s:frozen" {
			t.Errorf("%+v", a)
		}
		x.post(t, mo, 1, "papper")
		if len(x.w.acts) != 1 {
			t.Error("a note written is an act")
		}
	})
}

func TestUndo(t *testing.T) {
	rule(t, "U1 what was set since is in the way", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		b := x.post(t, anna, 2, "två")
		hide := x.must(t, mo, Hide{Notes: []string{a, b}})
		x.must(t, nina, Move{Notes: []string{a}, Theme: "health"})
		archive := x.must(t, nina, Archive{Notes: []string{b}})
		no := x.refused(t, mo, Undo{Act: hide.Rev}, Conflict)
		if no.Item != "n:"+b || no.Step.Rev != archive.Rev || no.Step.Name != "Nina" || state(x, 1) != Hidden {
			t.Errorf("%+v", no.Step)
		}
		x.must(t, mo, Undo{Act: archive.Rev})
		x.must(t, mo, Undo{Act: hide.Rev})
		if state(x, 1) != Shown || state(x, 2) != Shown || x.w.notes[a].Theme != "health" {
			t.Error(state(x, 1), state(x, 2))
		}
		show := x.must(t, mo, Hide{Notes: []string{a}})
		x.must(t, anna, Withdraw{Note: a})
		if no := x.refused(t, mo, Undo{Act: show.Rev}, Conflict); no.Step.Did != NoteWithdrawn || no.Step.By != "" {
			t.Errorf("%+v", no.Step)
		}
	})
	rule(t, "U2 last in, first out", func(t *testing.T, x *world) {
		x.set(t, "moderation", `{"mode":"delay","seconds":10}`)
		a := x.post(t, anna, 1, "ett")
		due := x.w.notes[a].Due
		show := x.must(t, mo, Show{Notes: []string{a}})
		again := x.must(t, mo, Undo{Act: show.Rev})
		if n := x.w.notes[a]; n.State != Waiting || n.Due != due {
			t.Error(n.State, n.Due)
		}
		x.must(t, mo, Undo{Act: again.Rev})
		x.now = due + 1
		x.must(t, mo, Undo{Act: show.Rev})
		if n := x.w.notes[a]; n.State != Waiting || n.Due != 0 {
			t.Error("what a moderator took down goes up by itself", n.State, n.Due)
		}
	})
	rule(t, "U3 undoing an undoing", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		hide := x.must(t, mo, Hide{Notes: []string{a}})
		undo := x.must(t, nina, Undo{Act: hide.Rev})
		if v := x.w.Since(Desk, 0).Acts[hide.Rev]; v.Undone != undo.Rev {
			t.Errorf("%+v", v)
		}
		redo := x.must(t, nina, Undo{Act: undo.Rev})
		acts := x.w.Since(Desk, 0).Acts
		if state(x, 1) != Hidden || acts[hide.Rev].Undone != 0 || acts[undo.Rev].Undone != redo.Rev {
			t.Error(state(x, 1), acts[hide.Rev], acts[undo.Rev])
		}
		x.must(t, nina, Undo{Act: redo.Rev})
		if acts := x.w.Since(Desk, 0).Acts; state(x, 1) != Shown || acts[hide.Rev].Undone != undo.Rev || acts[undo.Rev].Undone != 0 {
			t.Error(state(x, 1))
		}
	})
	rule(t, "U4 undoing what is undone", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		hide := x.must(t, mo, Hide{Notes: []string{a}})
		undo := x.must(t, mo, Undo{Act: hide.Rev})
		x.nothing(t, nina, Undo{Act: hide.Rev})
		x.must(t, mo, Undo{Act: undo.Rev})
		if e, no := x.askSeen(mo, hide.Rev, Undo{Act: hide.Rev}); e != nil || no != nil {
			t.Error("an old undo came again:", e, no)
		}
		if e, no := x.askSeen(mo, x.w.Position().Revision, Undo{Act: hide.Rev}); e == nil {
			t.Error("a new undo is refused:", no)
		}
	})
	rule(t, "U5 what undo leaves alone", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		b := x.post(t, anna, 2, "två")
		merge := x.must(t, mo, Merge{Into: a, Notes: []string{b}})
		x.vote(t, bilal, "n:"+a, 2, 1)
		x.must(t, anna, Edit{Note: b, Text: "nytt"})
		x.must(t, mo, Undo{Act: merge.Rev})
		if dotsBy(x.w.ballots[bilal.ID])["n:"+a] != 2 || x.w.notes[b].Text != "nytt" {
			t.Error("undone too much")
		}
	})
	rule(t, "U6 what cannot be undone", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		e := x.must(t, owner, Erase{Notes: []string{a}})
		x.refused(t, mo, Undo{Act: e.Rev}, Gone)
		x.refused(t, mo, Undo{Act: 1}, Gone) // no act
		x.refused(t, mo, Undo{Act: 99}, NotFound)
		x.refused(t, mo, Undo{}, Invalid)
	})
	rule(t, "U7 what has become impossible", func(t *testing.T, x *world) {
		for i := 1; i <= 6; i++ {
			x.post(t, anna, i, "x")
		}
		one, two := clusterID(1), clusterID(2)
		x.must(t, mo, MakeCluster{ID: one, Name: "A", Theme: "work", Notes: notes(1)})
		made := x.must(t, mo, MakeCluster{ID: two, Name: "B", Theme: "work"})
		gather := x.must(t, mo, GatherNotes{Cluster: two, Notes: notes(1)})
		if no := x.refused(t, mo, Undo{Act: made.Rev}, Conflict); no.Step.Rev != gather.Rev {
			t.Errorf("filled: %+v", no.Step)
		}
		x.must(t, nina, Dissolve{Cluster: one})
		if no := x.refused(t, mo, Undo{Act: gather.Rev}, Conflict); no.Item != "c:"+one || no.Step.Name != "Nina" {
			t.Errorf("dissolved: %+v", no)
		}
		x.must(t, mo, Merge{Into: noteID(3), Notes: notes(2)})
		un := x.must(t, mo, Unmerge{Notes: notes(2)})
		x.must(t, mo, Merge{Into: noteID(2), Notes: notes(3)})
		x.refused(t, mo, Undo{Act: un.Rev}, Conflict)
		x.must(t, mo, Merge{Into: noteID(5), Notes: notes(4)})
		un = x.must(t, mo, Unmerge{Notes: notes(4)})
		x.must(t, anna, Withdraw{Note: noteID(5)})
		x.refused(t, mo, Undo{Act: un.Rev}, Conflict)
		themes := DefaultSettings().Themes
		more := append(themes, Theme{ID: "music", Name: Words{"sv": "Musik"}, Paper: 6, Icon: "star"})
		x.set(t, "themes", text1(more))
		x.must(t, mo, Move{Notes: notes(6), Theme: "music"})
		away := x.must(t, mo, Move{Notes: notes(6), Theme: "work"})
		added := x.must(t, mo, Set{Setting: "themes", Value: JSON(text1(themes))})
		if no := x.refused(t, mo, Undo{Act: away.Rev}, Conflict); no.Item != "s:themes" {
			t.Errorf("theme deleted: %+v", no)
		}
		x.must(t, mo, Undo{Act: added.Rev})
		x.must(t, mo, Undo{Act: away.Rev})
	})
	rule(t, "U8 settings are undone", func(t *testing.T, x *world) {
		for _, c := range []Command{Set{Setting: "title", Value: JSON(`"Boden"`)}, SetPhase{Vote},
			SetTimer{Timer{Ends: 5_000_000, Advance: true}}, SetDisplay{Name: "2", Display: &Display{View: "blank"}},
			SetDisplay{Name: "1", Display: &Display{View: "join"}}, Freeze{On: true}, SetPhase{Closed}} {
			was := text1(x.w.Since(Desk, 0).Settings)
			e := x.must(t, mo, c)
			x.must(t, mo, Undo{Act: e.Rev})
			if now := text1(x.w.Since(Desk, 0).Settings); now != was {
				t.Errorf("%s: %s, was %s", c.Verb(), now, was)
			}
		}
	})
}
