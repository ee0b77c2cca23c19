package wall

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	good := map[string]string{
		"title": `" Boden "`, "question": `{"sv":"Vad?","en":"What?"}`, "organiser": `{"name":"Staden","contact":"a@example.org"}`,
		"language": `"en"`, "length": `100`, "dots": `{"each":4,"most":2,"only":true}`, "totals": `"shown"`,
		"moderation": `{"mode":"delay","seconds":120}`,
		"kinds":      `[{"id":"opinion","name":{"sv":"Åsikt"}},{"id":"idea","name":{"sv":"Idé"},"mark":"!"}]`,
		"themes":     strings.Replace(text1(DefaultSettings().Themes), `"paper":5`, `"paper":8,"closed":true`, 1),
	}
	bad := map[string][]string{
		"title":      {`""`, `1`, `null`, `"a" "b"`, `"` + strings.Repeat("x", TitleMax+1) + `"`},
		"question":   {`{}`, `[]`, `{"sv":""}`, `{"svenska!":"x"}`, `{"sv":"a","sv":"b"}`},
		"organiser":  {`{"name":"x"}`, `{"name":"x","contact":"y","web":"z"}`},
		"language":   {`""`, `"sv_SE"`, `5`},
		"length":     {`0`, `501`, `1.5`, `"5"`},
		"dots":       {`{"each":51,"most":1}`, `{"each":2,"most":3}`, `{"each":0,"most":0}`, `{"each":2}`, `{"Each":2,"most":1}`},
		"totals":     {`"maybe"`, `true`},
		"moderation": {`{"mode":"closed","seconds":1}`, `{"mode":"delay","seconds":121}`, `{"mode":"delay","seconds":-1}`, `{"mode":"delay"}`},
		"kinds":      {`[]`, `[{"id":"a","name":{"sv":"x"}},{"id":"a","name":{"sv":"y"}}]`, `[{"id":"A","name":{"sv":"x"}}]`},
		"themes":     {`[]`, strings.Replace(text1(DefaultSettings().Themes), "heart", "skull", 1), strings.Replace(text1(DefaultSettings().Themes), `"paper":1`, `"paper":9`, 1)},
		"phase":      {`"vote"`}, "rehearsal": {`true`}, "nonsense": {`1`},
	}
	rule(t, "W1 each is absolute", func(t *testing.T, x *world) {
		for name, value := range good {
			c := Set{Setting: name, Value: JSON(value)}
			before := x.w.Position().Revision
			x.must(t, mo, c)
			x.nothing(t, nina, c)
			if d := x.w.Since(Hall, before); len(d.Settings) != 1 && before > 0 {
				t.Errorf("%s: told of %v", name, d.Settings)
			}
		}
		s := x.w.Settings()
		if s.Title != "Boden" || !s.Dots.VoteOnly || s.Kinds[1].Mark != "!" || !s.Themes[4].Closed || s.Themes[4].Paper != 8 {
			t.Errorf("%+v", s)
		}
	})
	rule(t, "W2 values make sense", func(t *testing.T, x *world) {
		for name, values := range bad {
			for _, v := range values {
				_, no := x.ask(mo, Set{Setting: name, Value: JSON(v)})
				if no == nil || (no.Code != Invalid && no.Code != TooLong && no.Code != Empty) {
					t.Errorf("%s %s: %+v", name, v, no)
				}
			}
		}
	})
	rule(t, "W3 what is in use", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "ett")
		all := DefaultSettings().Themes
		without := JSON(text1([]Theme{all[0], all[2], all[3]}))
		if no := x.refused(t, mo, Set{Setting: "themes", Value: without}, InUse); no.Item != "t:work" {
			t.Error(no)
		}
		if no := x.refused(t, mo, Set{Setting: "kinds", Value: JSON(`[{"id":"idea","name":{"sv":"Idé"}}]`)}, InUse); no.Item != "k:opinion" {
			t.Error(no)
		}
		x.must(t, owner, Erase{Notes: []string{id}})
		x.must(t, mo, Set{Setting: "themes", Value: without})
	})
	rule(t, "W4 rehearsal walls", func(t *testing.T, _ *world) {
		x := newWorld(Settings{Rehearsal: true})
		for i := range LiveMax + 5 {
			x.must(t, anna, Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "x"})
		}
		for i := range VoteBurst + 5 {
			x.must(t, bilal, CastVote{"n:" + noteID(1), 100 + i, uint64(i + 1)})
		}
		if d := x.w.Me(bilal).Dots; d.Each != Unlimited || d.Most != Unlimited {
			t.Errorf("%+v", d)
		}
		x.refused(t, owner, Set{Setting: "rehearsal", Value: JSON("false")}, Invalid)
	})
	rule(t, "W5 another mode leaves what waits", func(t *testing.T, x *world) {
		x.set(t, "moderation", `{"mode":"read","seconds":0}`)
		x.post(t, anna, 1, "ett")
		x.set(t, "moderation", `{"mode":"open","seconds":0}`)
		x.nothing(t, clock, Tick{})
		if state(x, 1) != Waiting {
			t.Error(state(x, 1))
		}
	})
	t.Run("defaults", func(t *testing.T) {
		d := DefaultSettings()
		for _, name := range settable {
			if name == "organiser" { // nobody is, until somebody says so
				continue
			}
			if _, no := chosen(name, encode(d.get(name))); no != nil {
				t.Errorf("the default of %s is refused: %+v", name, no)
			}
		}
		for _, theme := range d.Themes {
			for _, lang := range []string{"sv", "en", "ar"} {
				if theme.Name[lang] == "" {
					t.Errorf("%s has no name in %s", theme.ID, lang)
				}
			}
		}
	})
}

func TestTime(t *testing.T) {
	rule(t, "T1 deadlines", func(t *testing.T, x *world) {
		if _, ok := x.w.Due(); ok {
			t.Error("something is due on an empty wall")
		}
		x.set(t, "moderation", `{"mode":"delay","seconds":100}`)
		b := x.post(t, anna, 2, "två")
		x.set(t, "moderation", `{"mode":"delay","seconds":10}`)
		a := x.post(t, anna, 1, "ett")
		if at, ok := x.w.Due(); !ok || at != x.w.notes[a].Due {
			t.Error(at, ok)
		}
		x.now = x.w.notes[a].Due - 1
		x.nothing(t, clock, Tick{})
		x.now++
		if e := x.must(t, clock, Tick{}); e.Name != DeadlinesPassed || len(e.Items) != 1 || e.Items[0] != "n:"+a {
			t.Errorf("%+v", e)
		}
		if at, _ := x.w.Due(); at != x.w.notes[b].Due {
			t.Error(at)
		}
		x.must(t, mo, Hide{Notes: []string{b}})
		if _, ok := x.w.Due(); ok {
			t.Error("a hidden note is due")
		}
		if got := x.w.Since(Desk, 0).Notes[a].Trail; got[0].By != byHub || got[0].Did != NoteShown {
			t.Errorf("%+v", got)
		}
	})
	rule(t, "T2 frozen and closed", func(t *testing.T, x *world) {
		x.set(t, "moderation", `{"mode":"delay","seconds":1}`)
		x.post(t, anna, 1, "ett")
		x.must(t, mo, SetPhase{Closed})
		x.now += 5000
		x.nothing(t, clock, Tick{})
		x.must(t, mo, SetPhase{Results})
		x.must(t, mo, Freeze{On: true})
		x.nothing(t, clock, Tick{})
		x.must(t, mo, Freeze{})
		x.must(t, clock, Tick{})
		if state(x, 1) != Shown {
			t.Error(state(x, 1))
		}
	})
	rule(t, "T3 the timer leads on", func(t *testing.T, x *world) {
		for _, p := range []Phase{Gather, Vote, Results} {
			x.must(t, mo, SetTimer{Timer{Ends: x.now + 1000, Length: 1000, Advance: true}})
			if at, ok := x.w.Due(); !ok || at != x.now+1000 {
				t.Error(at, ok)
			}
			x.now += 1000
			e := x.must(t, clock, Tick{})
			if x.w.Settings().Phase != p || e.To != string(p) || x.w.Settings().Timer.Advance {
				t.Error(x.w.Settings().Phase, e.To)
			}
		}
		x.must(t, mo, SetTimer{Timer{Ends: x.now + 1000, Advance: true}})
		x.now += 2000
		x.nothing(t, clock, Tick{})
		if _, ok := x.w.Due(); ok {
			t.Error("closing is due")
		}
		for _, bad := range []Timer{{Ends: -1}, {Ends: 5, Left: 5}, {Advance: true}} {
			x.refused(t, mo, SetTimer{bad}, Invalid)
		}
	})
	rule(t, "T4 time never goes back", func(t *testing.T, x *world) {
		x.post(t, anna, 1, "ett")
		last := x.now
		x.now = 5
		if e := x.must(t, mo, Freeze{On: true}); e.At != last {
			t.Error(e.At)
		}
	})
	rule(t, "T5 nothing due is nothing", func(t *testing.T, x *world) {
		x.nothing(t, clock, Tick{})
		x.must(t, mo, SetTimer{Timer{Ends: x.now}})
		x.nothing(t, clock, Tick{})
	})
}
