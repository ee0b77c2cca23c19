package wall

import (
	"os"
	"strings"
	"testing"
)

// oneOfEach is a well-formed command of every verb.
func oneOfEach() []Command {
	a, b, k := noteID(1), noteID(2), clusterID(1)
	return []Command{
		Post{ID: noteID(5), Theme: "work", Kind: "opinion", Text: "x"}, Edit{Note: a, Text: "y"}, Withdraw{Note: a},
		ReportNote{Note: a, Reason: "rude"}, CastVote{Target: "n:" + a, Dots: 1, Count: 1},
		Show{Notes: notes(3)}, Hide{Notes: notes(1)}, Archive{Notes: notes(1)}, RestoreNotes{Notes: notes(3)},
		Move{Notes: notes(1), Theme: "health"}, AnswerNote{Note: a, Answer: &AnswerGiven{}}, Dismiss{Notes: notes(2)},
		HideAuthor{Note: a}, Mute{Note: a, On: true}, Erase{Notes: notes(1)}, Merge{Into: a, Notes: notes(2)},
		Unmerge{Notes: notes(4)}, MakeCluster{ID: clusterID(2), Name: "x", Theme: "work"},
		NameCluster{Cluster: k, Name: "y"}, GatherNotes{Cluster: k, Notes: []string{b}}, Scatter{Notes: notes(6)},
		Dissolve{Cluster: k}, Set{Setting: "title", Value: JSON(`"y"`)}, SetPhase{Gather},
		SetTimer{Timer{Ends: 5}}, SetDisplay{Name: "1", Display: &Display{View: "blank"}}, Freeze{On: true},
		Undo{Act: 13}, Tick{},
	}
}

// furnished is a wall on which each of oneOfEach has something to do.
func furnished(t *testing.T) *world {
	x := newWorld(Settings{})
	for i := 1; i <= 4; i++ {
		x.post(t, anna, i, "x")
	}
	x.post(t, bilal, 6, "x")
	x.must(t, mo, Hide{Notes: notes(3)})
	x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "x", Theme: "work", Notes: notes(6)})
	x.must(t, mo, Merge{Into: noteID(6), Notes: notes(4)})
	x.must(t, bilal, ReportNote{Note: noteID(2), Reason: "rude"})
	x.post(t, anna, 7, "x")
	x.vote(t, bilal, "n:"+noteID(2), 1, 1)
	x.vote(t, bilal, "n:"+noteID(2), 2, 2)
	if e := x.must(t, mo, Set{Setting: "title", Value: JSON(`"x"`)}); e.Rev != 13 {
		t.Fatal(e.Rev)
	}
	x.now += 60_000
	return x
}

func TestPermissions(t *testing.T) {
	roles := map[Role]Actor{Participant: anna, Projector: beam, Moderator: mo, Owner: owner, Hub: clock}
	t.Run("P1 every verb by every role", func(t *testing.T) {
		for _, c := range oneOfEach() {
			if len(who[c.Verb()]) == 0 {
				t.Errorf("nobody may %s", c.Verb())
			}
			for role, actor := range roles {
				x := furnished(t)
				_, no := x.ask(actor, c)
				if forbidden := no != nil && no.Code == Forbidden && no.Item == ""; forbidden == May(role, c.Verb()) {
					t.Errorf("%s by %s: %+v", c.Verb(), role, no)
				}
			}
			x := furnished(t)
			x.refused(t, Actor{Role: Owner}, c, Forbidden) // nobody in particular
		}
		if len(oneOfEach()) != len(who) {
			t.Errorf("%d verbs, %d in the table", len(oneOfEach()), len(who))
		}
		if May(Owner, "conquer") {
			t.Error("an unknown verb is allowed")
		}
		x := furnished(t)
		if _, err := x.w.Decide(Request{By: owner}); err == nil || !strings.HasPrefix(err.Error(), "invalid: ") {
			t.Error(err)
		}
	})
	rule(t, "P2 only one's own", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		paper := x.post(t, mo, 2, "två")
		for _, other := range []Actor{bilal, mo, owner} {
			x.refused(t, other, Edit{Note: id, Text: "x"}, Forbidden)
			x.refused(t, other, Withdraw{Note: id}, Forbidden)
		}
		x.refused(t, nina, Edit{Note: paper, Text: "x"}, Forbidden)
		x.must(t, mo, Edit{Note: paper, Text: "x"})
		x.must(t, mo, Withdraw{Note: paper})
		x.refused(t, anna, Edit{Note: noteID(9), Text: "x"}, NotFound)
	})
	rule(t, "P3 the desk writes for paper", func(t *testing.T, x *world) {
		x.set(t, "moderation", `{"mode":"read","seconds":0}`)
		for i := range LiveMax + 1 {
			x.must(t, mo, Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "x"})
		}
		if state(x, 0) != Shown {
			t.Error(state(x, 0))
		}
		for _, a := range []Actor{mo, owner} {
			x.refused(t, a, CastVote{"n:" + noteID(1), 1, 1}, Forbidden)
			x.refused(t, a, ReportNote{noteID(1), "rude"}, Forbidden)
		}
	})
	t.Run("P4 a closed wall", func(t *testing.T) {
		for _, c := range oneOfEach() {
			x := furnished(t)
			closing := x.must(t, owner, SetPhase{Closed})
			by := owner
			if !May(Owner, c.Verb()) {
				by = bilal
			}
			if c.Verb() == "tick" {
				by = clock
			}
			if own := c.Verb() == "edit" || c.Verb() == "withdraw"; own {
				by = anna
			}
			_, no := x.ask(by, c)
			switch c.Verb() {
			case "phase", "display", "hide", "erase", "tick":
				if no != nil {
					t.Errorf("%s: %+v", c.Verb(), no)
				}
			default:
				if no == nil || no.Code != ReadOnly {
					t.Errorf("%s: %+v", c.Verb(), no)
				}
			}
			if c.Verb() == "undo" {
				x.must(t, mo, Undo{Act: closing.Rev})
			}
		}
	})
	rule(t, "P5 nobody writes in results", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		x.must(t, owner, SetPhase{Results})
		x.refused(t, anna, Post{ID: noteID(2), Theme: "work", Kind: "opinion", Text: "x"}, WrongPhase)
		x.refused(t, anna, Edit{Note: id, Text: "x"}, WrongPhase)
		x.must(t, bilal, ReportNote{Note: id, Reason: "rude"})
		x.must(t, anna, Withdraw{Note: id})
	})
	t.Run("the table names every verb", func(t *testing.T) {
		text, err := os.ReadFile("../RULES.md")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "| verb |")
		table, _, _ := strings.Cut(rest, "¹ unless")
		for verb := range who {
			if !strings.Contains(table, verb) {
				t.Errorf("%s does not stand in RULES.md", verb)
			}
		}
	})
}

func TestAudiences(t *testing.T) {
	rule(t, "A1 the hall", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		x.must(t, mo, AnswerNote{Note: id, Answer: &AnswerGiven{Text: "svar"}})
		x.must(t, bilal, ReportNote{Note: id, Reason: "rude"})
		want := `{"id":"` + id + `","theme":"work","kind":"opinion","text":"ett","dir":"ltr","at":1005000,"answer":{"at":1005000,"by":"","text":"svar"}}`
		if got := text1(x.w.Since(Hall, 0).Notes[id]); got != want {
			t.Errorf("%s", got)
		}
		before := x.w.Position().Revision
		x.must(t, mo, Hide{Notes: []string{id}})
		if v, ok := x.w.Since(Hall, before).Notes[id]; v != nil || !ok {
			t.Error("no tombstone")
		}
		x.set(t, "moderation", `{"mode":"read","seconds":0}`)
		before = x.w.Position().Revision
		x.post(t, anna, 2, "två")
		x.must(t, mo, Hide{Notes: notes(2)})
		if d := x.w.Since(Hall, before); len(d.Notes) != 0 {
			t.Error("the hall is told of a note it could not see")
		}
	})
	rule(t, "A2 the desk", func(t *testing.T, x *world) {
		a, b := x.post(t, anna, 1, "ett"), x.post(t, anna, 2, "två")
		x.must(t, anna, Withdraw{Note: a})
		x.must(t, owner, Erase{Notes: []string{b}})
		d := x.w.Since(Desk, 0)
		if v := d.Notes[a]; v == nil || v.Text != "" || v.State != Withdrawn {
			t.Errorf("%+v", v)
		}
		if v := d.Notes[b]; v == nil || v.Text != "" || v.State != Erased {
			t.Errorf("%+v", v)
		}
	})
	rule(t, "A3 tags", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		b := x.post(t, anna, 2, "två")
		x.must(t, anna, Edit{Note: a, Text: "tre"})
		x.must(t, bilal, ReportNote{Note: a, Reason: "rude"})
		x.must(t, mo, Move{Notes: []string{a}, Theme: "health"})
		v := x.w.Since(Desk, 0).Notes
		if v[a].Author != v[b].Author || len(v[a].Author) != 10 || v[a].Author != x.w.Me(anna).ID {
			t.Error(v[a].Author)
		}
		if v[a].Trail[0].By != "" || v[a].Trail[1].By != x.w.Me(mo).ID || v[a].Reports[0].By != x.w.Me(bilal).ID {
			t.Error(v[a].Trail, v[a].Reports)
		}
	})
	rule(t, "A4 deltas fold", func(t *testing.T, x *world) {
		x.furnish(t)
		rev := x.w.Position().Revision
		p := picture(x.w.Since(Desk, 0))
		x.must(t, mo, Dissolve{Cluster: clusterID(0)})
		x.must(t, mo, Undo{Act: x.w.Position().Revision})
		x.vote(t, anna, "n:"+noteID(3), 0, 99)
		d := x.w.Since(Desk, rev)
		if len(d.Notes) != 3 || len(d.Clusters) != 1 || len(d.Totals) != 2 || len(d.Acts) != 2 || len(d.Settings) != 0 || d.From != rev {
			t.Errorf("%d notes, %d clusters, %d totals, %d acts", len(d.Notes), len(d.Clusters), len(d.Totals), len(d.Acts))
		}
		fold(p, d)
		if d := difference(p, picture(x.w.Since(Desk, 0))); d != nil {
			t.Error(d)
		}
	})
	rule(t, "A5 Me", func(t *testing.T, x *world) {
		me := x.w.Me(bilal)
		if me.Notes == nil || me.Reported == nil || me.Dots.On == nil || me.Dots.Left != DotsDefault || me.ID == bilal.ID {
			t.Errorf("%+v", me)
		}
		for i := range MineMax + 2 {
			x.must(t, mo, Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "x"})
			x.now++
		}
		if me := x.w.Me(mo); len(me.Notes) != MineMax || me.Notes[0].ID != noteID(MineMax+1) || me.Name != "Mo" ||
			me.Notes[0].Until != me.Notes[0].At+EditWindow.Milliseconds() {
			t.Error(len(me.Notes), me.Notes[0])
		}
	})
	rule(t, "A6 restored and taken", func(t *testing.T, x *world) {
		x.furnish(t)
		other, err := Restore(x.w.Position(), x.w.All())
		if err != nil {
			t.Fatal(err)
		}
		e := x.must(t, bilal, CastVote{"n:" + noteID(5), 1, 77})
		if _, err := other.Take(x.w.Position(), x.w.Entries([]string{"ballot/" + bilal.ID})); err != nil {
			t.Fatal(err)
		}
		if got := other.Since(Desk, e.Rev-1).Totals["n:"+noteID(5)]; got != (Total{1, 1}) {
			t.Error(got)
		}
	})
}

func TestResends(t *testing.T) {
	t.Run("R1 every command is safe to send again", func(t *testing.T) {
		for _, c := range oneOfEach() {
			x := furnished(t)
			by := owner
			for _, a := range []Actor{anna, clock} {
				if !May(Owner, c.Verb()) && May(a.Role, c.Verb()) {
					by = a
				}
			}
			if v := c.Verb(); v == "edit" || v == "withdraw" {
				by = anna
			}
			if c.Verb() == "tick" {
				x.must(t, mo, SetTimer{Timer{Ends: x.now, Advance: true}})
			}
			if c.Verb() == "report" {
				by = bilal
			}
			x.must(t, by, c)
			x.nothing(t, by, c)
			x.now += 3_600_000
			x.nothing(t, by, c)
		}
	})
}
