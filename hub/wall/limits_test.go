package wall

import (
	"fmt"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	text := func(n int, s string) Post {
		return Post{ID: noteID(n), Theme: "work", Kind: "opinion", Text: s}
	}
	rule(t, "L1 length", func(t *testing.T, x *world) {
		for i, g := range []string{"a", "å", "e\u0301", "🏳️‍🌈", "👍🏽"} {
			x.now += 10_000
			x.must(t, anna, text(i, strings.Repeat(g, min(LengthDefault, LengthDefault*BytesPer/len(g)))))
			if len(g) <= BytesPer {
				if no := x.refused(t, anna, text(90, strings.Repeat(g, LengthDefault+1)), TooLong); no.Max != LengthDefault {
					t.Error(no.Max)
				}
			}
		}
		x.set(t, "length", fmt.Sprint(LengthMax))
		x.now += 10_000
		x.must(t, anna, text(80, strings.Repeat("a", LengthMax)))
		x.refused(t, anna, text(81, strings.Repeat("a", LengthMax+1)), TooLong)
		x.refused(t, anna, text(81, strings.Repeat("a", 1<<20)), TooLong)
	})
	rule(t, "L2 bytes", func(t *testing.T, x *world) {
		x.set(t, "length", "10")
		family := "👨‍👩‍👧‍👦" // one grapheme of 25 bytes
		x.must(t, anna, text(1, strings.Repeat(family, 3)+"abcde"))
		x.refused(t, anna, text(2, strings.Repeat(family, 3)+"abcdef"), TooLong)
	})
	rule(t, "L3 lines", func(t *testing.T, x *world) {
		x.must(t, anna, text(1, strings.TrimSpace(strings.Repeat("a\n", LinesMax))))
		if no := x.refused(t, anna, text(2, strings.TrimSpace(strings.Repeat("a\n", LinesMax+1))), Invalid); no.Max != LinesMax || no.Field != "text" {
			t.Error(no)
		}
	})
	rule(t, "L4 marks", func(t *testing.T, x *world) {
		// x composes with none of these.
		x.must(t, anna, text(1, "x"+strings.Repeat("\u0321", MarksMax)))
		x.refused(t, anna, text(2, "x"+strings.Repeat("\u0321", MarksMax+1)), Invalid)
		x.refused(t, anna, text(2, "x"+strings.Repeat("\u0321", MarksMax)+"\u200d\u0321"), Invalid)
	})
	paced := func(every Millis, burst int, try func(x *world, i int) *Refusal) func(*testing.T, *world) {
		return func(t *testing.T, x *world) {
			for i := range burst {
				if no := try(x, i); no != nil {
					t.Fatal(i, no)
				}
			}
			no := try(x, burst)
			if no == nil || no.Code != Rate || no.After != every {
				t.Fatalf("%+v", no)
			}
			x.now += every - 1
			if no := try(x, burst); no == nil || no.After != 1 {
				t.Fatalf("%+v", no)
			}
			x.now++
			if no := try(x, burst); no != nil {
				t.Fatalf("%+v", no)
			}
			if no := try(x, burst+1); no == nil || no.Code != Rate {
				t.Fatalf("%+v", no)
			}
		}
	}
	rule(t, "L5 posts", paced(PostEvery.Milliseconds(), PostBurst, func(x *world, i int) *Refusal {
		_, no := x.ask(anna, text(i, "x"))
		return no
	}))
	rule(t, "L6 edits", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "x")
		paced(EditEvery.Milliseconds(), EditBurst, func(x *world, i int) *Refusal {
			_, no := x.ask(anna, Edit{Note: id, Text: fmt.Sprint(i)})
			return no
		})(t, x)
	})
	rule(t, "L7 votes", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "x")
		paced(VoteEvery.Milliseconds(), VoteBurst, func(x *world, i int) *Refusal {
			_, no := x.ask(bilal, CastVote{"n:" + id, i % 2, uint64(i + 1)})
			return no
		})(t, x)
	})
	rule(t, "L8 reports", func(t *testing.T, x *world) {
		for i := range ReportBurst + 3 {
			x.post(t, mo, i, "x")
		}
		paced(ReportEvery.Milliseconds(), ReportBurst, func(x *world, i int) *Refusal {
			_, no := x.ask(anna, ReportNote{noteID(i), "rude"})
			return no
		})(t, x)
	})
	rule(t, "L9 live notes of one", func(t *testing.T, x *world) {
		for i := range LiveMax {
			x.post(t, anna, i, "x")
		}
		x.now += 60_000
		if no := x.refused(t, anna, text(99, "x"), TooMany); no.Max != LiveMax {
			t.Error(no)
		}
		x.must(t, mo, Archive{Notes: notes(3)})
		x.must(t, anna, text(99, "x"))
	})
	rule(t, "L10 live notes on a wall", func(t *testing.T, x *world) {
		for i := range NotesMax {
			x.must(t, mo, text(i, "x"))
		}
		if no := x.refused(t, anna, text(NotesMax, "x"), Full); no.Max != NotesMax {
			t.Error(no)
		}
		x.must(t, mo, Hide{Notes: notes(0)})
		x.must(t, anna, text(NotesMax, "x"))
	})
	rule(t, "L11 people", func(t *testing.T, x *world) {
		x.post(t, mo, 1, "x")
		for i := 1; i < PeopleMax; i++ {
			x.must(t, Actor{Role: Participant, ID: fmt.Sprint(i)}, CastVote{"n:" + noteID(1), 1, 1})
		}
		if no := x.refused(t, anna, CastVote{"n:" + noteID(1), 1, 1}, Full); no.Max != PeopleMax {
			t.Error(no)
		}
		x.refused(t, anna, text(2, "x"), Full)
		x.must(t, Actor{Role: Participant, ID: "7"}, text(2, "x"))
		if got := total(x, "n:"+noteID(1)); got != (Total{PeopleMax - 1, PeopleMax - 1}) {
			t.Error(got)
		}
	})
	rule(t, "L12 clusters", func(t *testing.T, x *world) {
		for i := range ClustersMax {
			x.must(t, mo, MakeCluster{ID: clusterID(i), Name: "x", Theme: "work"})
		}
		end := x.must(t, mo, Dissolve{Cluster: clusterID(0)})
		x.must(t, mo, MakeCluster{ID: clusterID(ClustersMax), Name: "x", Theme: "work"})
		if no := x.refused(t, mo, MakeCluster{ID: clusterID(ClustersMax + 1), Name: "x", Theme: "work"}, TooMany); no.Max != ClustersMax {
			t.Error(no)
		}
		x.refused(t, mo, Undo{Act: end.Rev}, TooMany)
	})
	rule(t, "L13 items in one act", func(t *testing.T, x *world) {
		var all []string
		for i := range ManyMax + 1 {
			x.must(t, mo, text(i, "x"))
			all = append(all, noteID(i))
		}
		if no := x.refused(t, mo, Hide{Notes: all}, TooMany); no.Max != ManyMax {
			t.Error(no)
		}
		x.refused(t, mo, HideAuthor{Note: all[0]}, TooMany)
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: "x", Theme: "work", Notes: all[:ManyMax]})
		x.refused(t, mo, Dissolve{Cluster: clusterID(1)}, TooMany)
		x.must(t, mo, Scatter{Notes: all[:1]})
		if e := x.must(t, mo, Dissolve{Cluster: clusterID(1)}); len(e.Items) != ManyMax {
			t.Error(len(e.Items))
		}
		x.must(t, mo, Merge{Into: all[0], Notes: all[1:ManyMax]})
		x.refused(t, mo, Merge{Into: all[0], Notes: all[ManyMax:]}, TooMany)
		x.must(t, mo, Freeze{On: true})
		x.set(t, "moderation", `{"mode":"delay","seconds":1}`)
		x.must(t, mo, Hide{Notes: all[:ManyMax]})
		for i := range ManyMax + 1 {
			x.must(t, Actor{Role: Participant, ID: fmt.Sprint(i)}, text(1000+i, "x"))
		}
		x.now += 1000
		x.must(t, mo, Freeze{})
		if e := x.must(t, clock, Tick{}); len(e.Items) != ManyMax {
			t.Error(len(e.Items))
		}
		if at, ok := x.w.Due(); !ok || at > x.now {
			t.Error("the rest is not due", at, ok)
		}
		if e := x.must(t, clock, Tick{}); len(e.Items) != 1 {
			t.Error(len(e.Items))
		}
	})
	rule(t, "L14 acts and trails", func(t *testing.T, x *world) {
		first := x.must(t, mo, Freeze{On: true})
		for i := range ActsMax - 1 {
			x.must(t, mo, Freeze{On: i%2 == 1})
		}
		if len(x.w.acts) != ActsMax || x.w.actAt(first.Rev) == nil {
			t.Error(len(x.w.acts))
		}
		before := x.w.Position().Revision
		e, err := x.w.Decide(Request{By: mo, At: x.now, Command: SetPhase{Vote}})
		if err != nil {
			t.Fatal(err)
		}
		touched := x.w.Apply(e)
		if len(x.w.acts) != ActsMax || x.w.actAt(first.Rev) != nil {
			t.Error(len(x.w.acts))
		}
		if v, ok := x.w.Since(Desk, before).Acts[first.Rev]; !ok || v != nil {
			t.Error("the desk keeps an act that is gone")
		}
		removed := false
		for _, e := range x.w.Entries(touched.Keys) {
			removed = removed || e.Key == fmt.Sprint("act/", first.Rev) && e.Value == nil
		}
		if !removed {
			t.Error("the store keeps an act that is gone")
		}
		x.refused(t, mo, Undo{Act: first.Rev}, Gone)
		if n := len(x.w.kept["frozen"].Trail); n != TrailMax {
			t.Error(n)
		}
	})
	rule(t, "L15 themes and kinds", func(t *testing.T, x *world) {
		themes := func(n int) JSON {
			var out []Theme
			for i := range n {
				out = append(out, Theme{ID: fmt.Sprint(i), Name: Words{"sv": "x"}, Paper: 1, Icon: "star"})
			}
			return JSON(text1(out))
		}
		kinds := func(n int) JSON {
			var out []Kind
			for i := range n {
				out = append(out, Kind{ID: fmt.Sprint(i), Name: Words{"sv": "x"}})
			}
			return JSON(text1(out))
		}
		x.must(t, mo, Set{"themes", themes(ThemesMin)})
		x.must(t, mo, Set{"themes", themes(ThemesMax)})
		x.refused(t, mo, Set{"themes", themes(ThemesMin - 1)}, Invalid)
		x.refused(t, mo, Set{"themes", themes(ThemesMax + 1)}, TooMany)
		x.must(t, mo, Set{"kinds", kinds(KindsMax)})
		x.refused(t, mo, Set{"kinds", kinds(KindsMax + 1)}, TooMany)
	})
	rule(t, "L16 names, reasons, answers", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "x")
		of := func(n int) string { return strings.Repeat("å", n) }
		x.must(t, mo, Set{"title", JSON(`"` + of(TitleMax) + `"`)})
		x.refused(t, mo, Set{"title", JSON(`"` + of(TitleMax+1) + `"`)}, TooLong)
		x.must(t, mo, MakeCluster{ID: clusterID(1), Name: of(NameMax), Theme: "work"})
		x.refused(t, mo, MakeCluster{ID: clusterID(2), Name: of(NameMax + 1), Theme: "work"}, TooLong)
		x.refused(t, mo, NameCluster{Cluster: clusterID(1), Name: of(NameMax + 1)}, TooLong)
		x.must(t, mo, Hide{notes(1), &Reason{"rude", of(ReasonMax)}})
		x.refused(t, mo, Archive{notes(1), &Reason{"rude", of(ReasonMax + 1)}}, TooLong)
		x.refused(t, mo, HideAuthor{Note: id, Reason: &Reason{"rude", of(ReasonMax + 1)}}, TooLong)
		x.must(t, mo, AnswerNote{id, &AnswerGiven{Text: of(AnswerMax)}})
		x.refused(t, mo, AnswerNote{id, &AnswerGiven{Text: of(AnswerMax + 1)}}, TooLong)
	})
	rule(t, "L17 dots", func(t *testing.T, x *world) {
		x.must(t, mo, Set{"dots", JSON(fmt.Sprintf(`{"each":%d,"most":%d}`, DotsMax, DotsMax))})
		x.refused(t, mo, Set{"dots", JSON(fmt.Sprintf(`{"each":%d,"most":1}`, DotsMax+1))}, Invalid)
		x.refused(t, mo, Set{"dots", JSON(fmt.Sprintf(`{"each":%d,"most":%d}`, DotsMax-1, DotsMax))}, Invalid)
	})
	rule(t, "L18 delay and timer", func(t *testing.T, x *world) {
		x.must(t, mo, Set{"moderation", JSON(fmt.Sprintf(`{"mode":"delay","seconds":%d}`, DelayMax))})
		x.refused(t, mo, Set{"moderation", JSON(fmt.Sprintf(`{"mode":"delay","seconds":%d}`, DelayMax+1))}, Invalid)
		x.must(t, mo, SetTimer{Timer{Left: TimerMax.Milliseconds()}})
		x.refused(t, mo, SetTimer{Timer{Left: TimerMax.Milliseconds() + 1}}, Invalid)
		x.must(t, mo, SetTimer{Timer{Ends: x.now + TimerMax.Milliseconds()}})
		x.refused(t, mo, SetTimer{Timer{Ends: x.now + TimerMax.Milliseconds() + 1}}, Invalid)
	})
	rule(t, "L19 displays", func(t *testing.T, x *world) {
		var queue []string
		for i := range QueueMax + 1 {
			queue = append(queue, noteID(i))
		}
		x.must(t, mo, SetDisplay{"1", &Display{View: "note", Queue: queue[:QueueMax]}})
		x.refused(t, mo, SetDisplay{"1", &Display{View: "note", Queue: queue}}, TooMany)
		for i := 2; i <= DisplaysMax; i++ {
			x.must(t, mo, SetDisplay{fmt.Sprint(i), &Display{View: "join"}})
		}
		gone := x.must(t, mo, SetDisplay{"2", nil})
		x.must(t, mo, SetDisplay{"9", &Display{View: "join"}})
		if no := x.refused(t, mo, SetDisplay{"2", &Display{View: "join"}}, TooMany); no.Max != DisplaysMax {
			t.Error(no)
		}
		x.refused(t, mo, Undo{Act: gone.Rev}, TooMany)
		x.refused(t, mo, SetDisplay{"1", &Display{View: "film"}}, Invalid)
	})
	rule(t, "L20 reports and texts", func(t *testing.T, x *world) {
		id := x.post(t, anna, 1, "x")
		for i := range ReportsMax {
			x.must(t, Actor{Role: Participant, ID: fmt.Sprint(i)}, ReportNote{id, "rude"})
		}
		x.nothing(t, bilal, ReportNote{id, "rude"})
	})
}
