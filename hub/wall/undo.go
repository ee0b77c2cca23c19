package wall

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
)

// actAt is the act of a revision; nil when it is not kept.
func (w *Wall) actAt(rev uint64) *Act {
	i := sort.Search(len(w.acts), func(i int) bool { return w.acts[i].Rev >= rev })
	if i < len(w.acts) && w.acts[i].Rev == rev {
		return w.acts[i]
	}
	return nil
}

// undo takes an act back: every field it set returns to what it was, and so
// does the stamp that says by which act. It is an act itself.
func (t *turn) undo(c Undo) *Refusal {
	a := t.w.actAt(c.Act)
	switch {
	case a == nil && c.Act > t.w.at.Revision:
		return notFound("")
	case a == nil:
		return &Refusal{Code: Gone, Text: "too old to undo"}
	case a.Undone != 0, t.overtaken(a):
		return nil
	case t.w.settings.Phase == Closed && !touches(a, "s:phase"):
		return readOnly()
	case len(a.Changes) == 0:
		return &Refusal{Code: Gone, Text: "it cannot be undone"}
	}
	for _, f := range a.Changes {
		if t.w.stamped(f) != f.Stamp {
			return conflict(f.Item, t.w.inTheWay(a, f))
		}
	}
	for _, f := range a.Changes {
		if err := t.back(f); err != nil {
			return &Refusal{Code: Gone, Text: "it cannot be undone: " + err.Error(), Item: f.Item}
		}
	}
	if no := t.sound(); no != nil {
		return no
	}
	if touches(a, "s:phase") || touches(a, "s:timer") {
		t.lapse()
	}
	t.chain(a)
	t.did(ActUndone, a.Items...)
	t.e.Act, t.e.To = a.Rev, undoes(a.Rev)
	t.walkAll()
	return nil
}

// undoes is the To of an act that takes back the act of a revision.
func undoes(rev uint64) string { return "a:" + strconv.FormatUint(rev, 10) }

// target is the act that an undoing took back; nil for other acts.
func (w *Wall) target(a *Act) *Act {
	kind, id := split(a.To)
	if a.Did != ActUndone || kind != "a" {
		return nil
	}
	rev, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return nil
	}
	return w.actAt(rev)
}

// overtaken says that this undo is an old one, sent again: the act was undone,
// and that taken back, after the desk had looked.
func (t *turn) overtaken(a *Act) bool {
	to := undoes(a.Rev)
	return t.seen > 0 && slices.ContainsFunc(t.w.acts, func(u *Act) bool {
		return u.Did == ActUndone && u.To == to && u.Undone > t.seen
	})
}

// chain writes down what is undone now. Taking back an undoing puts its act
// into effect again, which may be an undoing itself.
func (t *turn) chain(a *Act) {
	undone := t.rev
	for ; a != nil; a = t.w.target(a) {
		b := *a
		b.Undone = undone
		t.e.left.acts = append(t.e.left.acts, &b)
		if undone == 0 {
			undone = a.Rev
		} else {
			undone = 0
		}
	}
}

func touches(a *Act, item string) bool {
	return slices.ContainsFunc(a.Changes, func(f FieldChange) bool { return f.Item == item })
}

// stamped is the act that set a field last.
func (w *Wall) stamped(f FieldChange) uint64 {
	switch kind, id := split(f.Item); kind {
	case "n":
		if n := w.notes[id]; n != nil {
			return n.Stamps[f.Field]
		}
	case "c":
		if c := w.clusters[id]; c != nil {
			return c.Stamps[f.Field]
		}
	case "s":
		if s := w.kept[id]; s != nil {
			return s.Stamps[f.Field]
		}
	case "p":
		if p := w.people[id]; p != nil {
			return p.MutedBy
		}
	}
	return 0
}

// inTheWay is the newest thing that set a field after an act: mostly another
// act, else what the note's author or a deadline did.
func (w *Wall) inTheWay(a *Act, f FieldChange) Step {
	for i := len(w.acts) - 1; i >= 0 && w.acts[i].Rev > a.Rev; i-- {
		b := w.acts[i]
		for _, g := range b.Changes {
			if g.Item == f.Item && g.Field == f.Field {
				return Step{Rev: b.Rev, At: b.At, Did: b.Did, By: b.By, Name: b.Name}
			}
		}
	}
	kind, id := split(f.Item)
	var trail []Step
	switch {
	case kind == "n" && w.notes[id] != nil:
		trail = w.notes[id].Trail
	case kind == "s" && w.kept[id] != nil:
		trail = w.kept[id].Trail
	}
	rev := w.stamped(f)
	for _, s := range trail {
		if s.Rev == rev {
			return s
		}
	}
	return Step{Rev: rev, At: w.now}
}

// back returns one field to what it was.
func (t *turn) back(f FieldChange) error {
	kind, id := split(f.Item)
	switch kind {
	case "n":
		n := t.change(t.note(id))
		t.reverse(f, n.field(f.Field), n.Stamps[f.Field])
		n.stamp(f.Field, f.From)
		if err := n.restore(f.Field, f.Was); err != nil {
			return err
		}
		if n.Due != 0 && n.Due <= t.at {
			n.Due = 0 // a moderator took it down: it waits for a moderator
		}
		return nil
	case "c":
		c := t.cluster(t.w.clusters[id])
		t.reverse(f, c.field(f.Field), c.Stamps[f.Field])
		c.stamp(f.Field, f.From)
		return c.restore(f.Field, f.Was)
	case "p":
		p := *t.w.people[id]
		t.reverse(f, encode(p.Muted), p.MutedBy)
		p.MutedBy = f.From
		t.e.left.people = append(t.e.left.people, &p)
		return json.Unmarshal(f.Was, &p.Muted)
	}
	s := t.keep(id, "", nil)
	if id == "displays" {
		return t.backDisplay(s, f)
	}
	t.reverse(f, s.Value, s.Stamps[f.Field])
	s.stamp(f.Field, f.From)
	s.Value = f.Was
	return nil
}

func (t *turn) backDisplay(s *setting, f FieldChange) error {
	shows := t.w.settings.Displays
	is := JSON("null")
	if d, there := shows[f.Field]; there {
		is = encode(d)
	}
	t.reverse(f, is, s.Stamps[f.Field])
	s.stamp(f.Field, f.From)
	var was *Display
	if err := json.Unmarshal(f.Was, &was); err != nil {
		return err
	}
	s.Value = encode(displays(shows, f.Field, was))
	return nil
}

// reverse is the change that undoing is itself, so that it can be undone.
func (t *turn) reverse(f FieldChange, is JSON, stamp uint64) {
	t.changes = append(t.changes, FieldChange{Item: f.Item, Field: f.Field, Was: is, From: stamp, Stamp: f.From})
}

// walkAll puts the undoing on the trail of everything it changed.
func (t *turn) walkAll() {
	s := t.step(ActUndone, nil)
	for _, n := range t.e.left.notes {
		n.walk(s)
	}
	for _, k := range t.e.left.clusters {
		k.walk(s)
	}
	for _, x := range t.e.left.settings {
		if !bytes.Equal(x.Value, t.w.kept[x.name].Value) {
			x.walk(s)
		}
	}
}
