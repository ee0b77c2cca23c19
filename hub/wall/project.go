package wall

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// tag is what stands for an actor outside the domain: the same for the same
// actor, and leading back to nobody.
func tag(id string) string {
	if id == "" || id == byHub {
		return id
	}
	sum := sha256.Sum256([]byte("author" + id))
	return hex.EncodeToString(sum[:5])
}

// byHub stands on trails for what the hub did when a deadline passed.
const byHub = "hub"

// hallNote is a note as the hall sees it; nil when it does not.
func (w *Wall) hallNote(n *Note) *NoteView {
	if n == nil || n.State != Shown {
		return nil
	}
	v := &NoteView{ID: n.ID, Theme: n.Theme, Kind: n.Kind, Text: n.Text, Lang: n.Lang, Dir: n.Dir, At: n.At,
		Edited: n.Edited, Cluster: n.Cluster, Order: n.Order, Merged: n.Merged}
	if n.Answer != nil {
		a := *n.Answer
		a.By = ""
		v.Answer = &a
	}
	return v
}

// deskNote is a note as the desk sees it: every one, but not the text of what
// its author has taken back.
func (w *Wall) deskNote(n *Note) *NoteView {
	if n == nil {
		return nil
	}
	v := &NoteView{ID: n.ID, Theme: n.Theme, Kind: n.Kind, Text: n.Text, Lang: n.Lang, Dir: n.Dir, At: n.At,
		Edited: n.Edited, Cluster: n.Cluster, Order: n.Order, Merged: n.Merged, Answer: n.Answer,
		State: n.State, Live: n.Live, Why: n.Why, Due: n.Due, Author: w.tagOf(n.Author), Trail: steps(n.Trail)}
	if n.State.Final() {
		v.Text = ""
	}
	if p := w.people[n.Author]; p != nil {
		v.Muted = p.Muted
	}
	for _, r := range n.Reports {
		v.Reports = append(v.Reports, Report{By: w.tagOf(r.By), At: r.At, Reason: r.Reason})
	}
	return v
}

// tagOf is tag, remembered.
func (w *Wall) tagOf(id string) string {
	t := w.index.tags[id]
	if t == "" {
		t = tag(id)
		w.index.tags[id] = t
	}
	return t
}

// step is a step as it leaves the domain.
func (s Step) out() Step {
	if s.Did == NoteEdited || s.Did == NoteWithdrawn { // only the author does that
		s.By = ""
	} else {
		s.By = tag(s.By)
	}
	return s
}

func steps(trail []Step) []Step {
	if len(trail) == 0 {
		return nil
	}
	out := make([]Step, len(trail))
	for i, s := range trail {
		out[i] = s.out()
	}
	return out
}

func (w *Wall) clusterView(c *Cluster, a Audience) *ClusterView {
	if c == nil || c.Dissolved {
		return nil
	}
	v := &ClusterView{ID: c.ID, Name: c.Name, Theme: c.Theme, Top: c.Top, Order: c.Order, At: c.At}
	if a == Desk {
		v.Trail = steps(c.Trail)
	}
	return v
}

func actView(a *Act) *ActView {
	if a == nil {
		return nil
	}
	return &ActView{Rev: a.Rev, Did: a.Did, At: a.At, By: tag(a.By), Name: a.Name, Items: a.Items, To: a.To,
		Undone: a.Undone, Fixed: len(a.Changes) == 0}
}

// hallSame says that two values of a note are one to the hall.
func hallSame(a, b *Note) bool {
	seen, sees := a != nil && a.State == Shown, b.State == Shown
	if !seen || !sees {
		return seen == sees
	}
	return a.drawn(b)
}

// deskSame says that two values of a note are one to the desk.
func deskSame(a, b *Note) bool {
	return a != nil && a.drawn(b) && answered(a.Answer, b.Answer, true) &&
		a.State == b.State && a.Live == b.Live && sameReason(a.Why, b.Why) && a.Due == b.Due &&
		slices.Equal(a.Reports, b.Reports) && slices.EqualFunc(a.Trail, b.Trail, sameStep)
}

// mineSame says that two values of a note are one to its author.
func mineSame(a, b *Note) bool {
	return a != nil && a.told(b) && a.State == b.State && sameReason(a.Why, b.Why) && a.Due == b.Due
}

// told compares what everybody who sees a note is told of it.
func (n *Note) told(m *Note) bool {
	return n.Theme == m.Theme && n.Kind == m.Kind && n.Text == m.Text && n.Lang == m.Lang && n.Dir == m.Dir &&
		n.At == m.At && n.Cluster == m.Cluster && n.Merged == m.Merged && answered(n.Answer, m.Answer, false)
}

// drawn compares what a wall is drawn from, beside that.
func (n *Note) drawn(m *Note) bool { return n.told(m) && n.Edited == m.Edited && n.Order == m.Order }

func answered(a, b *Answer, by bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.At == b.At && a.Text == b.Text && a.Promise == b.Promise && (!by || a.By == b.By)
}

func sameReason(a, b *Reason) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sameStep(a, b Step) bool {
	return a.Rev == b.Rev && a.At == b.At && a.Did == b.Did && a.By == b.By && a.Name == b.Name && sameReason(a.Why, b.Why)
}

func clusterSame(a, b *Cluster, desk bool) bool {
	if a == nil || a.Dissolved || b.Dissolved {
		return (a == nil || a.Dissolved) && b.Dissolved
	}
	return a.Name == b.Name && a.Theme == b.Theme && a.Top == b.Top && a.Order == b.Order && a.At == b.At &&
		(!desk || slices.EqualFunc(a.Trail, b.Trail, sameStep))
}
