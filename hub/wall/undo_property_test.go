package wall

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// structure is the desk's picture without what undo adds to: trails and acts.
// A deadline that has passed is none: what a moderator took down waits for one.
func (x *world) structure() map[string]string {
	p := picture(x.w.Since(Desk, 0))
	for k, v := range p {
		switch {
		case strings.HasPrefix(k, "act "):
			delete(p, k)
		case k == "setting timer":
			var timer Timer
			if json.Unmarshal([]byte(v), &timer) != nil {
				continue
			}
			timer.Advance = timer.Advance && timer.Ends > x.now
			p[k] = text1(timer)
		case strings.HasPrefix(k, "note "):
			var n NoteView
			if json.Unmarshal([]byte(v), &n) != nil {
				continue
			}
			n.Trail = nil
			if n.Due <= x.now {
				n.Due = 0
			}
			p[k] = text1(n)
		case strings.HasPrefix(k, "cluster "):
			var c ClusterView
			if json.Unmarshal([]byte(v), &c) != nil {
				continue
			}
			c.Trail = nil
			p[k] = text1(c)
		}
	}
	return p
}

// closes says that an act would close the wall, where little is undone (P4).
func (x *world) closes(c Command) bool {
	e, _ := x.w.Decide(Request{By: mo, At: x.now, Command: c})
	return e != nil && slices.ContainsFunc(e.left.settings, func(s *setting) bool {
		return s.name == "phase" && string(s.Value) == `"closed"`
	})
}

// TestUndoLastInFirstOut does acts and takes them back in the other order: each
// time the wall is exactly as it was before the act. Then it takes the undoings
// back, and is exactly where it had been.
func TestUndoLastInFirstOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newWorld(drawSettings(t))
		x.furnish(t)
		for range rapid.IntRange(0, 20).Draw(t, "before") {
			r := x.drawRequest(t)
			x.ask(r.By, r.Command)
		}
		x.ask(owner, SetPhase{Write})
		var before []map[string]string
		var acts []uint64
		for range rapid.IntRange(1, 25).Draw(t, "acts") {
			c := x.drawCommand(t)
			if !May(Moderator, c.Verb()) || May(Participant, c.Verb()) || x.closes(c) {
				continue
			}
			was := x.structure()
			if e, no := x.ask(mo, c); e != nil && no == nil {
				before, acts = append(before, was), append(acts, e.Rev)
			}
		}
		end := x.structure()
		var undone []uint64
		for i := len(acts) - 1; i >= 0; i-- {
			e, no := x.ask(nina, Undo{Act: acts[i]})
			if no != nil {
				t.Fatalf("undo of %d: %+v", acts[i], no)
			}
			if d := difference(before[i], x.structure()); d != nil {
				t.Fatalf("undo of %d left %v:\n%s\n%s", acts[i], d, before[i][d[0]], x.structure()[d[0]])
			}
			if e != nil {
				undone = append(undone, e.Rev)
			}
		}
		for i := len(undone) - 1; i >= 0; i-- {
			if _, no := x.ask(owner, Undo{Act: undone[i]}); no != nil {
				t.Fatalf("undo of the undoing %d: %+v", undone[i], no)
			}
		}
		if d := difference(end, x.structure()); d != nil {
			t.Fatalf("undoing the undoings left %v:\n%s\n%s", d, end[d[0]], x.structure()[d[0]])
		}
	})
}
