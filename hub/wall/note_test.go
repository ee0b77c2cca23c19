package wall

import (
	"strings"
	"testing"
	"time"
)

func state(x *world, n int) State { return x.w.notes[noteID(n)].State }

func TestNotes(t *testing.T) {
	post := func(n int) Post { return Post{ID: noteID(n), Theme: "work", Kind: "opinion", Text: "Hej", Lang: "sv"} }
	rule(t, "N1 an id is a canonical UUID", func(t *testing.T, x *world) {
		for _, bad := range []string{"", "1", strings.ToUpper(noteID(0xabc)), noteID(1) + "0", strings.ReplaceAll(noteID(1), "-", "_")} {
			if no := x.refused(t, anna, Post{ID: bad, Theme: "work", Kind: "opinion", Text: "x"}, Invalid); no.Field != "id" {
				t.Errorf("%q: field %q", bad, no.Field)
			}
		}
		x.must(t, anna, post(1))
	})
	rule(t, "N2 a post sent again", func(t *testing.T, x *world) {
		x.must(t, anna, post(1))
		x.nothing(t, anna, post(1))
		x.refused(t, bilal, post(1), Conflict)
		other := post(1)
		other.Text = "Nej"
		x.refused(t, anna, other, Conflict)
		x.must(t, anna, Edit{Note: noteID(1), Text: "Ändrad"})
		x.must(t, mo, Hide{Notes: []string{noteID(1)}})
		x.must(t, owner, SetPhase{Results})
		x.nothing(t, anna, post(1))
		x.must(t, owner, Erase{Notes: []string{noteID(1)}})
		x.refused(t, anna, post(1), Gone)
		x.refused(t, bilal, post(1), Conflict)
	})
	rule(t, "N3 text in its normal form", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "  Hej \u202e  du\u200b\r\n\r\n\r\n\r\nda\u0308r  ")
		if got := x.w.notes[noteID(1)].Text; got != "Hej du\n\ndär" {
			t.Errorf("%q", got)
		}
		if no := x.refused(t, anna, Post{ID: noteID(2), Theme: "work", Kind: "opinion", Text: " \u200b\u200d\n "}, Empty); no.Field != "text" {
			t.Error(no)
		}
		x.refused(t, anna, Post{ID: noteID(2), Theme: "work", Kind: "opinion", Text: "\xff"}, Invalid)
	})
	rule(t, "N4 theme and kind are known and open", func(t *testing.T, x *world) {
		p := post(1)
		p.Theme = "music"
		x.refused(t, anna, p, NotFound)
		p = post(1)
		p.Kind = "joke"
		x.refused(t, anna, p, NotFound)
		themes := DefaultSettings().Themes
		themes[1].Closed = true
		x.set(t, "themes", text1(themes))
		x.refused(t, anna, post(1), Gone)
	})
	rule(t, "N5 when a note goes up", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "öppen")
		x.set(t, "moderation", `{"mode":"delay","seconds":7}`)
		x.post(t, anna, 2, "strax")
		x.set(t, "moderation", `{"mode":"read","seconds":7}`)
		x.post(t, bilal, 3, "senare")
		if state(x, 1) != Shown || state(x, 2) != Waiting || state(x, 3) != Waiting {
			t.Error(state(x, 1), state(x, 2), state(x, 3))
		}
		if n := x.w.notes[noteID(2)]; n.Due != n.At+7000 {
			t.Error(n.Due)
		}
		if x.w.notes[noteID(3)].Due != 0 {
			t.Error("a note to be read has a deadline")
		}
	})
	rule(t, "N6 editing one's own", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		x.vote(t, bilal, "n:"+id, 2, 1)
		edit := func(s string) Edit { return Edit{Note: id, Text: s} }
		x.nothing(t, anna, edit("ett"))
		x.must(t, anna, edit("två"))
		x.must(t, anna, edit("ett"))
		x.must(t, mo, Hide{Notes: []string{id}})
		x.must(t, anna, edit("tre"))
		if state(x, 1) != Hidden {
			t.Error("editing brought it up")
		}
		if dotsBy(x.w.ballots[bilal.ID])["n:"+id] != 2 {
			t.Error("editing took dots")
		}
		x.now = x.w.notes[id].At + EditWindow.Milliseconds()
		x.must(t, anna, edit("fyra"))
		x.now++
		x.refused(t, anna, edit("fem"), Late)
		x.nothing(t, anna, edit("fyra"))
	})
	rule(t, "N7 an edited note waits where a new one would", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		x.must(t, anna, Edit{Note: id, Text: "två"})
		if state(x, 1) != Shown {
			t.Error("open:", state(x, 1))
		}
		for i, mode := range []string{`{"mode":"delay","seconds":9}`, `{"mode":"read","seconds":9}`} {
			x.now += 2000
			x.set(t, "moderation", mode)
			x.must(t, anna, Edit{Note: id, Text: mode})
			if n := x.w.notes[id]; n.State != Waiting || (n.Due == x.now+9000) != (i == 0) {
				t.Error(mode, n.State, n.Due)
			}
			x.must(t, mo, Show{Notes: []string{id}})
		}
		x.set(t, "moderation", `{"mode":"open","seconds":9}`)
		x.must(t, mo, Freeze{On: true})
		x.must(t, anna, Edit{Note: id, Text: "fryst"})
		if state(x, 1) != Waiting {
			t.Error("an edit goes round the freeze")
		}
		x.must(t, mo, Freeze{On: false})
		x.must(t, mo, Show{Notes: []string{id}})
		x.must(t, mo, Mute{Note: id, On: true})
		x.now += 5000
		x.must(t, anna, Edit{Note: id, Text: "tystad"})
		if n := x.w.notes[id]; n.State != Waiting || n.Due != 0 {
			t.Error("an edit goes round muting", n.State, n.Due)
		}
	})
	rule(t, "N8 withdrawing", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		x.must(t, mo, Archive{Notes: []string{id}})
		x.must(t, anna, Withdraw{Note: id})
		x.nothing(t, anna, Withdraw{Note: id})
		x.refused(t, mo, Show{Notes: []string{id}}, Gone)
		x.refused(t, anna, Withdraw{Note: noteID(9)}, NotFound)
		x.must(t, owner, Erase{Notes: []string{id}})
		x.refused(t, anna, Withdraw{Note: id}, Gone)
	})
	rule(t, "N9 reporting", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		x.must(t, bilal, ReportNote{Note: id, Reason: "rude"})
		x.nothing(t, bilal, ReportNote{Note: id, Reason: "other"})
		x.refused(t, bilal, ReportNote{Note: id, Reason: "boring"}, Invalid)
		x.refused(t, bilal, ReportNote{Note: noteID(2), Reason: "rude"}, NotFound)
		if got := x.w.Me(bilal).Reported; len(got) != 1 || got[0] != id {
			t.Error(got)
		}
		x.must(t, mo, Hide{Notes: []string{id}})
		x.refused(t, anna, ReportNote{Note: id, Reason: "rude"}, NotFound)
	})
	rule(t, "N10 earlier texts", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "0")
		for i := range VersionsMax + 2 {
			x.now += time.Second.Milliseconds()
			x.must(t, anna, Edit{Note: id, Text: strings.Repeat("x", i+1)})
		}
		v := x.w.notes[id].Versions
		if len(v) != VersionsMax || v[0].Text != "xx" {
			t.Error(len(v), v[0])
		}
	})
}
