package wall

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// drawSettings are those of a wall to start from.
func drawSettings(t *rapid.T) Settings {
	s := DefaultSettings()
	s.Moderation = Moderation{Mode: rapid.SampledFrom([]string{"open", "delay", "read"}).Draw(t, "mode"), Seconds: 10}
	s.Totals = rapid.SampledFrom([]string{"hidden", "shown"}).Draw(t, "totals")
	s.Rehearsal = rapid.Float64Range(0, 1).Draw(t, "rehearsal") > 0.9
	return s
}

// furnish puts notes, a cluster and dots on a wall, so that there is something
// to do from the start.
func (x *world) furnish(t tb) {
	for i := range 7 {
		x.post(t, cast[i%4], i, "secret"+noteID(i))
	}
	x.ask(mo, MakeCluster{ID: clusterID(0), Name: "Cluster", Theme: "work", Notes: []string{noteID(0), noteID(1), noteID(2)}})
	x.ask(mo, Show{Notes: []string{noteID(0), noteID(1), noteID(3), noteID(4)}})
	for i, a := range cast[:4] {
		x.ask(a, CastVote{Target: "n:" + noteID(3), Dots: 1 + i%3, Count: 1})
		x.ask(a, CastVote{Target: "c:" + clusterID(0), Dots: 1, Count: 2})
		x.ask(a, CastVote{Target: "n:" + noteID(4), Dots: 1, Count: 3})
	}
}

func some(t *rapid.T, label string) []string {
	var out []string
	for range rapid.IntRange(1, 3).Draw(t, label+"s") {
		out = append(out, noteID(rapid.IntRange(0, 9).Draw(t, label)))
	}
	return out
}

// drawRequest is any command by anybody; mostly one that makes sense.
func (x *world) drawRequest(t *rapid.T) Request {
	x.now += rapid.SampledFrom([]Millis{0, 1, 300, 2000, 6000, 20000}).Draw(t, "later")
	c := x.drawCommand(t)
	by := rapid.SampledFrom(cast).Draw(t, "by")
	if roles := who[c.Verb()]; !slices.Contains(roles, by.Role) && rapid.IntRange(0, 9).Draw(t, "anyone") > 0 {
		for _, a := range cast {
			if slices.Contains(roles, a.Role) {
				by = a
			}
		}
		if roles[0] == Participant {
			by = cast[rapid.IntRange(0, 3).Draw(t, "participant")]
		}
	}
	rev := x.w.Position().Revision
	seen := rapid.SampledFrom([]uint64{0, 0, rev, rev, rev / 2}).Draw(t, "seen")
	return Request{By: by, At: x.now, Seen: seen, Command: c}
}

func (x *world) drawCommand(t *rapid.T) Command {
	note := noteID(rapid.IntRange(0, 9).Draw(t, "note"))
	cluster := clusterID(rapid.IntRange(0, 3).Draw(t, "cluster"))
	theme := rapid.SampledFrom([]string{"work", "health", "housing", "none"}).Draw(t, "theme")
	n := rapid.IntRange(0, 1000).Draw(t, "n")
	var why *Reason
	if n%2 == 0 {
		why = &Reason{Code: "rude", Text: fmt.Sprint("because", n%3)}
	}
	target := "n:" + note
	if n%3 == 0 {
		target = "c:" + cluster
	}
	switch rapid.IntRange(0, 45).Draw(t, "verb") {
	case 0, 1, 2, 3, 4, 5:
		return Post{ID: note, Theme: theme, Kind: "opinion", Text: fmt.Sprint("secret", note)}
	case 6, 7:
		return Edit{Note: note, Text: fmt.Sprint("secret", note, " again", n%3)}
	case 8:
		return Withdraw{Note: note}
	case 9:
		return ReportNote{Note: note, Reason: "rude"}
	case 10, 11, 12, 13, 14, 15, 16, 17:
		return CastVote{Target: target, Dots: n % 4, Count: uint64(1 + n/4)}
	case 18:
		return Show{Notes: some(t, "show")}
	case 19:
		return Hide{Notes: some(t, "hide"), Reason: why}
	case 20:
		return Archive{Notes: some(t, "archive"), Reason: why}
	case 21:
		return RestoreNotes{Notes: some(t, "restore")}
	case 22:
		return Move{Notes: some(t, "move"), Theme: theme}
	case 23:
		if n%3 == 0 {
			return AnswerNote{Note: note}
		}
		return AnswerNote{Note: note, Answer: &AnswerGiven{Text: fmt.Sprint("answer", note, n%2)}}
	case 24:
		return Dismiss{Notes: some(t, "dismiss")}
	case 25:
		return HideAuthor{Note: note, Mute: n%2 == 0, Reason: why}
	case 26:
		return Mute{Note: note, On: n%2 == 0}
	case 27:
		return Erase{Notes: some(t, "erase")}
	case 28, 29:
		return Merge{Into: note, Notes: some(t, "merge")}
	case 30:
		return Unmerge{Notes: some(t, "unmerge")}
	case 31:
		return MakeCluster{ID: cluster, Name: "Cluster", Theme: theme, Notes: some(t, "make")}
	case 32:
		top := note
		return NameCluster{Cluster: cluster, Name: fmt.Sprint("Name", n%3), Theme: theme, Top: &top}
	case 33, 34:
		before := ""
		if n%2 == 0 {
			before = noteID(n % 10)
		}
		return GatherNotes{Cluster: cluster, Notes: some(t, "gather"), Before: before}
	case 35:
		return Scatter{Notes: some(t, "scatter")}
	case 36:
		return Dissolve{Cluster: cluster}
	case 37:
		return drawSetting(t, n)
	case 38:
		return SetPhase{Phase: rapid.SampledFrom([]Phase{Write, Gather, Vote, Vote, Results, Closed, Write}).Draw(t, "phase")}
	case 39:
		if n%5 == 0 || len(x.w.acts) == 0 {
			return Undo{Act: uint64(n % 60)}
		}
		return Undo{Act: x.w.acts[n%len(x.w.acts)].Rev}
	case 40, 41, 42, 43: // the newest acts are the ones that can be undone
		if k := len(x.w.acts); k > 0 {
			return Undo{Act: x.w.acts[k-1-n%min(k, 4)].Rev}
		}
	}
	return rapid.SampledFrom([]Command{Tick{}, Tick{}, Tick{}, Freeze{On: n%2 == 0},
		SetTimer{Timer{Ends: 1_000_000 + Millis(n)*50, Advance: true}}, SetTimer{},
		SetDisplay{Name: "1", Display: &Display{View: "overview", Step: n % 3}},
		SetDisplay{Name: "2", Display: &Display{View: "join"}}, SetDisplay{Name: "2"},
		SetDisplay{Name: "1"}}).Draw(t, "wall")
}

func drawSetting(t *rapid.T, n int) Command {
	values := map[string][]string{
		"title":      {`"Boden"`, `"Sundsvall"`, `""`},
		"question":   {`{"sv":"Vad?"}`},
		"organiser":  {`{"name":"Staden","contact":"x@example.org"}`},
		"language":   {`"en"`, `"sv"`},
		"length":     {`100`, `280`, `501`},
		"dots":       {`{"each":2,"most":1}`, `{"each":5,"most":3}`, `{"each":3,"most":2,"only":true}`},
		"moderation": {`{"mode":"open","seconds":0}`, `{"mode":"delay","seconds":5}`, `{"mode":"read","seconds":0}`},
		"totals":     {`"shown"`, `"hidden"`},
		"kinds":      {`[{"id":"opinion","name":{"sv":"Åsikt"}}]`, `[{"id":"idea","name":{"sv":"Idé"}}]`},
		"themes": {text1(DefaultSettings().Themes), text1(DefaultSettings().Themes[:4]), text1(DefaultSettings().Themes[1:]),
			text1(DefaultSettings().Themes[:2])},
	}
	name := rapid.SampledFrom(settable).Draw(t, "setting")
	return Set{Setting: name, Value: JSON(values[name][n%len(values[name])])}
}
