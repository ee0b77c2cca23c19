package wall

import (
	"strings"
	"testing"
)

func TestStates(t *testing.T) {
	rule(t, "S1 the table of states", testTransitions)
	rule(t, "S2 reasons", func(t *testing.T, x *world) {
		id := []string{x.post(t, anna, 1, "ett")}
		x.must(t, mo, Hide{Notes: id, Reason: &Reason{Code: "rude", Text: " Nej \n tack "}})
		if why := x.w.Me(anna).Notes[0].Why; why == nil || *why != (Reason{"rude", "Nej tack"}) {
			t.Error(why)
		}
		x.nothing(t, mo, Hide{Notes: id})
		x.must(t, mo, Hide{Notes: id, Reason: &Reason{Code: "person"}})
		x.nothing(t, mo, Hide{Notes: id, Reason: &Reason{Code: "person"}})
		x.must(t, mo, RestoreNotes{Notes: id})
		if x.w.Me(anna).Notes[0].Why != nil {
			t.Error("a shown note has a reason")
		}
		x.refused(t, mo, Hide{Notes: id, Reason: &Reason{Code: "why not"}}, Invalid)
	})
	rule(t, "S3 restoring", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		x.set(t, "moderation", `{"mode":"delay","seconds":7}`)
		b := x.post(t, anna, 2, "två")
		x.must(t, mo, Hide{Notes: []string{a, b}})
		x.must(t, mo, Archive{Notes: []string{a, b}})
		x.must(t, mo, RestoreNotes{Notes: []string{a, b}})
		if state(x, 1) != Shown || state(x, 2) != Waiting {
			t.Error(state(x, 1), state(x, 2))
		}
		if _, due := x.w.Due(); due {
			t.Error("a note goes up by itself after it was hidden")
		}
	})
	rule(t, "S4 hiding all by an author", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		x.post(t, anna, 2, "två")
		x.must(t, mo, Archive{Notes: []string{noteID(2)}})
		x.post(t, anna, 3, "tre")
		x.post(t, bilal, 4, "fyra")
		e := x.must(t, mo, HideAuthor{Note: a, Mute: true, Reason: &Reason{Code: "rude"}})
		if len(e.Items) != 2 || state(x, 1) != Hidden || state(x, 2) != Archived || state(x, 3) != Hidden || state(x, 4) != Shown {
			t.Error(e.Items)
		}
		if !x.w.Me(anna).Muted {
			t.Error("not muted")
		}
		x.nothing(t, mo, HideAuthor{Note: a, Mute: true})
		x.must(t, mo, Undo{Act: e.Rev})
		if state(x, 3) != Shown || x.w.Me(anna).Muted {
			t.Error("not undone")
		}
		x.refused(t, mo, HideAuthor{Note: noteID(9)}, NotFound)
	})
	rule(t, "S5 muting", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		x.must(t, mo, Mute{Note: a, On: true})
		x.nothing(t, mo, Mute{Note: a, On: true})
		x.post(t, anna, 2, "två")
		if n := x.w.notes[noteID(2)]; n.State != Waiting || n.Due != 0 || !x.w.Me(anna).Muted {
			t.Error(n.State, n.Due)
		}
		if v := x.w.Since(Desk, x.w.Position().Revision-2).Notes[a]; v == nil || !v.Muted {
			t.Error("the desk is not told of the author's other notes")
		}
		x.must(t, mo, Mute{Note: a})
		x.post(t, anna, 3, "tre")
		if state(x, 3) != Shown {
			t.Error(state(x, 3))
		}
	})
	rule(t, "S6 erasing", testErase)
	rule(t, "S7 freezing", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		x.must(t, mo, Freeze{On: true})
		x.post(t, anna, 2, "två")
		x.must(t, mo, Hide{Notes: []string{a}})
		if state(x, 1) != Hidden || state(x, 2) != Waiting || x.w.notes[noteID(2)].Due != x.now {
			t.Error(state(x, 1), state(x, 2))
		}
		if _, ok := x.w.Due(); ok {
			t.Error("due while frozen")
		}
		x.must(t, mo, Freeze{})
		x.must(t, clock, Tick{})
		if state(x, 2) != Shown {
			t.Error(state(x, 2))
		}
	})
	rule(t, "S8 moving", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		x.must(t, mo, Move{Notes: []string{a}, Theme: "health"})
		x.nothing(t, mo, Move{Notes: []string{a}, Theme: "health"})
		x.refused(t, mo, Move{Notes: []string{a}, Theme: "none"}, NotFound)
		themes := DefaultSettings().Themes
		themes[0].Closed, themes[1].Closed = true, true
		x.set(t, "themes", text1(themes))
		x.refused(t, mo, Move{Notes: []string{a}, Theme: "work"}, Gone)
		x.nothing(t, mo, Move{Notes: []string{a}, Theme: "health"})
	})
	rule(t, "S9 answering", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "Varför?")
		for _, g := range []*AnswerGiven{{}, {Text: "Därför."}, {Promise: "2026-12-01"}} {
			x.must(t, mo, AnswerNote{Note: a, Answer: g})
			x.nothing(t, nina, AnswerNote{Note: a, Answer: g})
			if got := x.w.Since(Hall, 0).Notes[a].Answer; got.Text != g.Text || got.Promise != g.Promise || got.By != "" {
				t.Error(got)
			}
			if got := x.w.Since(Desk, 0).Notes[a].Answer; got.By != "Mo" {
				t.Error(got)
			}
		}
		x.must(t, mo, AnswerNote{Note: a})
		x.nothing(t, mo, AnswerNote{Note: a})
		x.refused(t, mo, AnswerNote{Note: a, Answer: &AnswerGiven{Promise: "tomorrow"}}, Invalid)
	})
	rule(t, "S10 dismissing reports", func(t *testing.T, x *world) {
		a := x.post(t, anna, 1, "ett")
		x.must(t, bilal, ReportNote{Note: a, Reason: "rude"})
		e := x.must(t, mo, Dismiss{Notes: []string{a}})
		x.nothing(t, mo, Dismiss{Notes: []string{a}})
		if len(x.w.Me(bilal).Reported) != 0 {
			t.Error("still reported")
		}
		x.must(t, mo, Undo{Act: e.Rev})
		if len(x.w.Since(Desk, 0).Notes[a].Reports) != 1 {
			t.Error("not undone")
		}
	})
}

// testTransitions tries every verb on a note in every state, and asks for what
// the table says: one of its states, or nothing, or gone.
func testTransitions(t *testing.T, _ *world) {
	verbs := map[string]func(id string) (Actor, Command){
		"show":        func(id string) (Actor, Command) { return mo, Show{Notes: []string{id}} },
		"hide":        func(id string) (Actor, Command) { return mo, Hide{Notes: []string{id}} },
		"archive":     func(id string) (Actor, Command) { return mo, Archive{Notes: []string{id}} },
		"restore":     func(id string) (Actor, Command) { return mo, RestoreNotes{Notes: []string{id}} },
		"hide_author": func(id string) (Actor, Command) { return mo, HideAuthor{Note: id} },
		"withdraw":    func(id string) (Actor, Command) { return anna, Withdraw{Note: id} },
		"erase":       func(id string) (Actor, Command) { return owner, Erase{Notes: []string{id}} },
		"edit":        func(id string) (Actor, Command) { return anna, Edit{Note: id, Text: "ändrad"} },
		"tick":        func(string) (Actor, Command) { return clock, Tick{} },
	}
	for from, table := range Transitions {
		for verb, make := range verbs {
			x := newWorld(Settings{Moderation: Moderation{Mode: "delay", Seconds: 1}})
			id := x.post(t, anna, 1, "ett")
			switch from {
			case Shown:
				x.must(t, mo, Show{Notes: []string{id}})
			case Hidden:
				x.must(t, mo, Hide{Notes: []string{id}})
			case Archived:
				x.must(t, mo, Archive{Notes: []string{id}})
			case Withdrawn:
				x.must(t, anna, Withdraw{Note: id})
			case Erased:
				x.must(t, owner, Erase{Notes: []string{id}})
			}
			x.now += 2000
			by, c := make(id)
			e, no := x.ask(by, c)
			to := x.w.notes[id].State
			allowed := table[verb]
			switch {
			case len(allowed) > 0:
				ok := false
				for _, s := range allowed {
					ok = ok || s == to
				}
				if e == nil || !ok {
					t.Errorf("%s %s: %s, %+v", from, verb, to, no)
				}
			case to != from:
				t.Errorf("%s %s led to %s", from, verb, to)
			case no != nil && (no.Code != Gone || !from.Final()):
				t.Errorf("%s %s: %+v", from, verb, no)
			}
		}
	}
}

func testErase(t *testing.T, x *world) {
	id := x.post(t, anna, 1, "hemligt ett")
	x.must(t, anna, Edit{Note: id, Text: "hemligt två"})
	x.must(t, mo, AnswerNote{Note: id, Answer: &AnswerGiven{Text: "hemligt svar"}})
	x.must(t, mo, AnswerNote{Note: id, Answer: &AnswerGiven{Text: "hemligt nytt"}})
	hide := x.must(t, mo, Hide{Notes: []string{id}, Reason: &Reason{Code: "person", Text: "hemligt skäl"}})
	x.must(t, mo, Archive{Notes: []string{id}, Reason: &Reason{Code: "person", Text: "hemligt slut"}})
	x.refused(t, mo, Erase{Notes: []string{id}}, Forbidden)
	e, err := x.w.Decide(Request{By: owner, At: x.now, Command: Erase{Notes: []string{id}}})
	if err != nil {
		t.Fatal(err)
	}
	touched := x.w.Apply(e)
	if !touched.Erased {
		t.Error("the store is not told to scrub")
	}
	for _, entry := range x.w.All() {
		if strings.Contains(string(entry.Value), "hemligt") {
			t.Errorf("%s: %s", entry.Key, entry.Value)
		}
	}
	n := x.w.notes[id]
	if n.Author != anna.ID || n.State != Erased || len(n.Trail) == 0 || n.Sent != "" {
		t.Errorf("%+v", n)
	}
	x.nothing(t, owner, Erase{Notes: []string{id}})
	x.refused(t, mo, Undo{Act: hide.Rev}, Gone)
	if v := x.w.Since(Desk, 0).Acts[hide.Rev]; !v.Fixed {
		t.Error("the desk is offered an undo that is refused")
	}
}
