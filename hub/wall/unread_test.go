package wall

import "testing"

// TestUnread asks that no edit brings a text to the hall that the mode of
// moderation would not have let up.
func TestUnread(t *testing.T) {
	delay, read := `{"mode":"delay","seconds":120}`, `{"mode":"read","seconds":10}`
	rule(t, "N7 waiting with a deadline, edited when all is read first", func(t *testing.T, x *world) {
		x.set(t, "moderation", delay)
		n := x.post(t, anna, 1, "calm")
		x.set(t, "moderation", read)
		x.must(t, anna, Edit{Note: n, Text: "rude"})
		x.now += 200_000
		x.nothing(t, clock, Tick{})
		if got := x.w.notes[n].State; got != Waiting {
			t.Fatalf("a text that nobody read is %s", got)
		}
	})
	rule(t, "N7 set aside, edited, and restored", func(t *testing.T, x *world) {
		n := x.post(t, anna, 1, "calm")
		x.set(t, "moderation", read)
		x.must(t, mo, Hide{Notes: []string{n}})
		x.must(t, anna, Edit{Note: n, Text: "rude"})
		x.must(t, mo, RestoreNotes{Notes: []string{n}})
		if got := x.w.notes[n].State; got != Waiting {
			t.Fatalf("a text that nobody read is %s", got)
		}
	})
	rule(t, "N7 set aside, edited, and the act undone", func(t *testing.T, x *world) {
		n := x.post(t, anna, 1, "calm")
		x.set(t, "moderation", read)
		hidden := x.must(t, mo, Archive{Notes: []string{n}})
		x.must(t, anna, Edit{Note: n, Text: "rude"})
		no := x.refused(t, mo, Undo{Act: hidden.Rev}, Conflict)
		if no.Step == nil || no.Step.Did != NoteEdited {
			t.Fatalf("in the way is %+v", no.Step)
		}
	})
	rule(t, "N7 set aside and edited where all goes up at once", func(t *testing.T, x *world) {
		n := x.post(t, anna, 1, "calm")
		hidden := x.must(t, mo, Hide{Notes: []string{n}})
		x.must(t, anna, Edit{Note: n, Text: "calmer"})
		x.must(t, mo, Undo{Act: hidden.Rev})
		if got := x.w.notes[n]; got.State != Shown || got.Text != "calmer" {
			t.Fatalf("%+v", got)
		}
	})
}

// TestUndoneTimer asks that an undo does not make a deadline strike that went by.
func TestUndoneTimer(t *testing.T) {
	rule(t, "U2 a timer that ran out meanwhile", func(t *testing.T, x *world) {
		x.must(t, mo, SetTimer{Timer{Ends: x.now + 60_000, Length: 60_000, Advance: true}})
		off := x.must(t, mo, SetTimer{})
		x.now += 120_000
		x.must(t, mo, Undo{Act: off.Rev})
		x.nothing(t, clock, Tick{})
		if got := x.w.Settings(); got.Phase != Write || got.Timer.Ends == 0 {
			t.Fatalf("phase %s, timer %+v", got.Phase, got.Timer)
		}
	})
	rule(t, "U2 a timer that still runs", func(t *testing.T, x *world) {
		x.must(t, mo, SetTimer{Timer{Ends: x.now + 60_000, Length: 60_000, Advance: true}})
		off := x.must(t, mo, SetTimer{})
		x.must(t, mo, Undo{Act: off.Rev})
		x.now += 60_000
		x.must(t, clock, Tick{})
		if got := x.w.Settings().Phase; got != Gather {
			t.Fatalf("phase %s", got)
		}
	})
}

// TestPhaseByHand asks that a timer that ran out where it led nowhere does not
// strike when a moderator goes back.
func TestPhaseByHand(t *testing.T) {
	run := func(t *testing.T, x *world) *Event {
		x.must(t, mo, SetPhase{Vote})
		x.must(t, mo, SetTimer{Timer{Ends: x.now + 60_000, Advance: true}})
		results := x.must(t, mo, SetPhase{Results})
		x.now += 120_000
		return results
	}
	rule(t, "T3 a phase set by hand after the timer's end", func(t *testing.T, x *world) {
		run(t, x)
		x.must(t, mo, SetPhase{Vote})
		x.nothing(t, clock, Tick{})
	})
	rule(t, "U2 a phase undone after the timer's end", func(t *testing.T, x *world) {
		results := run(t, x)
		x.must(t, mo, Undo{Act: results.Rev})
		x.nothing(t, clock, Tick{})
		if got := x.w.Settings().Phase; got != Vote {
			t.Fatalf("phase %s", got)
		}
	})
}
