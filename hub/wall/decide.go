package wall

import (
	"maps"
	"slices"
)

// Decide says what a request does to the wall as it stands, and changes nothing
// of it. Nil and nil: accepted, and everything already is as asked. The error
// always is a *Refusal.
func (w *Wall) Decide(r Request) (*Event, error) {
	e, no := w.decide(r)
	if no != nil {
		return nil, no // a nil *Refusal must not become an error
	}
	return e, nil
}

func (w *Wall) decide(r Request) (*Event, *Refusal) {
	if r.Command == nil {
		return nil, invalid("do", "no command")
	}
	verb := r.Command.Verb()
	if !May(r.By.Role, verb) || (r.By.ID == "" && r.By.Role != Hub) {
		return nil, &Refusal{Code: Forbidden, Text: "not for a " + string(r.By.Role)}
	}
	if no := check(r.Command); no != nil {
		return nil, no
	}
	if c, votes := r.Command.(CastVote); votes && w.old(r.By.ID, c) {
		return nil, nil
	}
	t := &turn{w: w, by: r.By, at: max(r.At, w.now), seen: r.Seen, rev: w.at.Revision + 1}
	if r.By.Role == Hub {
		t.by.ID = byHub
	}
	t.e = &Event{Rev: t.rev, At: t.at, Role: r.By.Role, By: r.By.ID}
	if no := t.decide(r.Command); no != nil {
		return nil, no
	}
	if t.e.Name == "" {
		return nil, nil
	}
	if len(t.e.Items) > ManyMax {
		t.e.Items = t.e.Items[:ManyMax]
	}
	if r.By.Role.desk() {
		t.act()
	}
	return t.e, nil
}

// turn is one command being decided: copies of what it touches, and the event
// that it becomes. Without a name, the event is none.
type turn struct {
	w    *Wall
	by   Actor
	at   Millis
	seen uint64
	rev  uint64
	e    *Event

	notes   map[string]*Note // copies, by id; the same as in e.left
	changes []FieldChange
	silent  bool // no act of the desk's: a note posted or edited there
}

func (t *turn) decide(c Command) *Refusal {
	switch c.(type) {
	case Post, Edit, Withdraw, ReportNote, CastVote, Erase, Hide, SetPhase, SetDisplay, Undo, Tick:
		// These decide for themselves what a closed wall allows.
	default:
		if t.w.settings.Phase == Closed {
			return readOnly()
		}
	}
	switch c := c.(type) {
	case Post:
		return t.post(c)
	case Edit:
		return t.edit(c)
	case Withdraw:
		return t.withdraw(c)
	case ReportNote:
		return t.report(c)
	case CastVote:
		return t.vote(c)
	case Show:
		return t.show(c)
	case Hide:
		return t.aside(c.Notes, Hidden, c.Reason)
	case Archive:
		return t.aside(c.Notes, Archived, c.Reason)
	case RestoreNotes:
		return t.restore(c)
	case Move:
		return t.move(c)
	case AnswerNote:
		return t.answer(c)
	case Dismiss:
		return t.dismiss(c)
	case HideAuthor:
		return t.hideAuthor(c)
	case Mute:
		return t.mute(c)
	case Erase:
		return t.erase(c)
	case Merge:
		return t.merge(c)
	case Unmerge:
		return t.unmerge(c)
	case MakeCluster:
		return t.makeCluster(c)
	case NameCluster:
		return t.nameCluster(c)
	case GatherNotes:
		return t.gather(c)
	case Scatter:
		return t.scatter(c)
	case Dissolve:
		return t.dissolve(c)
	case Set:
		return t.set(c)
	case SetPhase:
		return t.phase(c.Phase)
	case SetTimer:
		return t.timer(c.Timer)
	case SetDisplay:
		return t.display(c)
	case Freeze:
		return t.freeze(c)
	case Undo:
		return t.undo(c)
	case Tick:
		return t.tick()
	}
	return invalid("do", "no such command")
}

func readOnly() *Refusal { return &Refusal{Code: ReadOnly, Text: "the wall is closed"} }

// open refuses on a closed wall.
func (t *turn) open() *Refusal {
	if t.w.settings.Phase == Closed {
		return readOnly()
	}
	return nil
}

// note is a note as this command sees it so far; nil when there is none.
func (t *turn) note(id string) *Note {
	if n := t.notes[id]; n != nil {
		return n
	}
	return t.w.notes[id]
}

// change is a copy of a note that the command may change. The fields named are
// about to be: undo will want to know what they were.
func (t *turn) change(n *Note, fields ...string) *Note {
	c := t.notes[n.ID]
	if c == nil {
		c = new(Note)
		*c = *n
		t.add(c)
	}
	for _, f := range fields {
		t.field(&c.Mark, "n:"+c.ID, f, c.field(f))
	}
	return c
}

// add puts a copy, or a new note, among what the event leaves.
func (t *turn) add(n *Note) {
	if t.notes == nil {
		t.notes = map[string]*Note{}
	}
	t.notes[n.ID] = n
	t.e.left.notes = append(t.e.left.notes, n)
}

// field keeps a field as it was, and stamps it with this revision.
func (t *turn) field(m *Mark, item, field string, was JSON) {
	if t.by.Role.desk() {
		t.changes = append(t.changes, FieldChange{Item: item, Field: field, Was: was, From: m.Stamps[field], Stamp: t.rev})
	}
	m.stamp(field, t.rev)
}

// cluster is a copy of a cluster that the command may change.
func (t *turn) cluster(k *Cluster, fields ...string) *Cluster {
	i := slices.IndexFunc(t.e.left.clusters, func(c *Cluster) bool { return c.ID == k.ID })
	var c *Cluster
	if i >= 0 {
		c = t.e.left.clusters[i]
	} else {
		c = new(Cluster)
		*c = *k
		t.e.left.clusters = append(t.e.left.clusters, c)
	}
	for _, f := range fields {
		t.field(&c.Mark, "c:"+c.ID, f, c.field(f))
	}
	return c
}

// step is this command as a step of a trail.
func (t *turn) step(did EventName, why *Reason) Step {
	return Step{Rev: t.rev, At: t.at, Did: did, By: t.by.ID, Name: t.by.Name, Why: why}
}

// changed says the same to a desk that looked at an item: who changed it since.
func (t *turn) changed(item string, m *Mark) *Refusal {
	s := m.since(t.seen, t.by.ID)
	if s == nil {
		return nil
	}
	return conflict(item, *s)
}

func conflict(item string, s Step) *Refusal {
	s = s.out()
	return &Refusal{Code: Conflict, Text: "somebody else changed it since", Item: item, Step: &s}
}

// since is the first step after a revision by somebody else. The hub is nobody:
// a deadline that passed is no reason to hold a moderator up.
func (m *Mark) since(seen uint64, by string) *Step {
	if seen == 0 {
		return nil
	}
	for i := range m.Trail {
		s := &m.Trail[i]
		if s.Rev > seen && ((s.By != by && s.By != byHub) || (i == 0 && len(m.Trail) >= TrailMax)) {
			return s
		}
	}
	return nil
}

// walk adds a step to a trail. The old one stays as it is.
func (m *Mark) walk(s Step) {
	from := max(0, len(m.Trail)+1-TrailMax)
	m.Trail = append(slices.Clip(m.Trail[from:]), s)
}

// stamp names the act that set a field; zero for none.
func (m *Mark) stamp(field string, rev uint64) {
	m.Stamps = maps.Clone(m.Stamps)
	if rev == 0 {
		delete(m.Stamps, field)
		return
	}
	if m.Stamps == nil {
		m.Stamps = map[string]uint64{}
	}
	m.Stamps[field] = rev
}

// act keeps what the desk did, so that it can be named and undone.
func (t *turn) act() {
	if t.silent {
		return
	}
	e := t.e
	e.left.acts = append(e.left.acts, &Act{Rev: t.rev, Did: e.Name, At: t.at, By: t.by.ID, Name: t.by.Name,
		Items: e.Items, To: e.To, Changes: t.changes})
	if n := len(t.w.acts) + 1 - ActsMax; n > 0 {
		for _, a := range t.w.acts[:n] {
			e.left.dropped = append(e.left.dropped, a.Rev)
		}
	}
}

// did names the event.
func (t *turn) did(name EventName, items ...string) {
	t.e.Name = name
	t.e.Items = append(t.e.Items, items...)
}

func notFound(item string) *Refusal {
	return &Refusal{Code: NotFound, Text: "no such thing on this wall", Item: item}
}

func gone(item string) *Refusal {
	return &Refusal{Code: Gone, Text: "it is gone", Item: item}
}
