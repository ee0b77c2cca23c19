package wall

import "slices"

// picked are the notes that an act names: each once, known, not erased, and not
// withdrawn; those that already are as asked are left out, and of the others
// none was changed by somebody else since the desk looked.
func (t *turn) picked(notes []string, already func(*Note) bool) ([]*Note, *Refusal) {
	out := make([]*Note, 0, len(notes))
	seen := make(set, len(notes))
	for _, id := range notes {
		if _, twice := seen[id]; twice {
			continue
		}
		seen.add(id)
		n := t.w.notes[id]
		if n == nil {
			return nil, notFound("n:" + id)
		}
		if already(n) {
			continue
		}
		if n.State.Final() {
			return nil, gone("n:" + id)
		}
		if no := t.changed("n:"+id, &n.Mark); no != nil {
			return nil, no
		}
		out = append(out, n)
	}
	return out, nil
}

// each does the same to every note picked, and names the event.
func (t *turn) each(notes []*Note, did EventName, why *Reason, field string, f func(*Note)) {
	for _, n := range notes {
		c := t.change(n, field)
		f(c)
		c.walk(t.step(did, why))
		t.did(did, "n:"+n.ID)
	}
}

func (t *turn) show(c Show) *Refusal {
	notes, no := t.picked(c.Notes, func(n *Note) bool { return n.State == Shown })
	if no != nil {
		return no
	}
	t.each(notes, NoteShown, nil, "state", (*Note).rise)
	return nil
}

// rise puts a note up.
func (n *Note) rise() { n.State, n.Live, n.Why, n.Due = Shown, "", nil, 0 }

// aside hides or archives notes. Naming another reason than before changes that.
func (t *turn) aside(ids []string, to State, why *Reason) *Refusal {
	if to != Hidden { // what is unlawful can be hidden on a closed wall, too
		if no := t.open(); no != nil {
			return no
		}
	}
	why, no := t.reason(why)
	if no != nil {
		return no
	}
	notes, no := t.picked(ids, func(n *Note) bool {
		return n.State == to && (why == nil || sameReason(n.Why, why))
	})
	if no != nil {
		return no
	}
	name := NoteHidden
	if to == Archived {
		name = NoteArchived
	}
	t.each(notes, name, why, "state", func(n *Note) { n.setAside(to, why) })
	t.e.To = string(to)
	if why != nil {
		t.e.Why = why.Code
	}
	return nil
}

func (n *Note) setAside(to State, why *Reason) {
	if n.State.OnWall() {
		n.Live = n.State
	}
	n.State, n.Why, n.Due = to, why, 0
}

// reason is a reason in its kept form.
func (t *turn) reason(r *Reason) (*Reason, *Refusal) {
	if r == nil {
		return nil, nil
	}
	text, no := name(r.Text, "reason", ReasonMax)
	return &Reason{Code: r.Code, Text: text}, no
}

// restore returns notes to where they were. One that waited then waits for a
// moderator now: it has been in one's hands.
func (t *turn) restore(c RestoreNotes) *Refusal {
	notes, no := t.picked(c.Notes, func(n *Note) bool { return n.State.OnWall() })
	if no != nil {
		return no
	}
	t.each(notes, NoteRestored, nil, "state", func(n *Note) {
		n.State, n.Live, n.Why = n.Live, "", nil
	})
	return nil
}

func (t *turn) move(c Move) *Refusal {
	if no := t.under(c.Theme); no != nil && (no.Code != Gone || !t.allUnder(c)) {
		return no
	}
	notes, no := t.picked(c.Notes, func(n *Note) bool { return n.Theme == c.Theme })
	if no != nil {
		return no
	}
	t.each(notes, NoteMoved, nil, "theme", func(n *Note) { n.Theme = c.Theme })
	t.e.To = c.Theme
	return nil
}

// allUnder says that a move has happened already, whatever became of the theme.
func (t *turn) allUnder(c Move) bool {
	return !slices.ContainsFunc(c.Notes, func(id string) bool {
		n := t.w.notes[id]
		return n == nil || n.Theme != c.Theme
	})
}

func (t *turn) answer(c AnswerNote) *Refusal {
	var given *Answer
	if c.Answer != nil {
		text, no := words(c.Answer.Text, "answer", AnswerMax)
		if no != nil {
			return no
		}
		given = &Answer{At: t.at, By: t.by.Name, Text: text, Promise: c.Answer.Promise}
	}
	notes, no := t.picked([]string{c.Note}, func(n *Note) bool {
		if given == nil || n.Answer == nil {
			return given == nil && n.Answer == nil
		}
		return n.Answer.Text == given.Text && n.Answer.Promise == given.Promise
	})
	if no != nil {
		return no
	}
	did := NoteAnswered
	if given == nil {
		did = NoteReopened
	}
	t.each(notes, did, nil, "answer", func(n *Note) { n.Answer = given })
	return nil
}

func (t *turn) dismiss(c Dismiss) *Refusal {
	notes, no := t.picked(c.Notes, func(n *Note) bool { return len(n.Reports) == 0 })
	if no != nil {
		return no
	}
	t.each(notes, ReportsDropped, nil, "reports", func(n *Note) { n.Reports = nil })
	return nil
}

// erase removes notes for good: what stays is that there was one, whose, and
// who erased it.
func (t *turn) erase(c Erase) *Refusal {
	notes := make([]*Note, 0, len(c.Notes))
	seen := set{}
	for _, id := range c.Notes {
		n := t.w.notes[id]
		if n == nil {
			return notFound("n:" + id)
		}
		if _, twice := seen[id]; twice || n.State == Erased {
			continue
		}
		seen.add(id)
		if no := t.changed("n:"+id, &n.Mark); no != nil {
			return no
		}
		notes = append(notes, n)
	}
	for _, n := range notes {
		t.release(n.ID)
	}
	for _, n := range notes {
		mark := t.note(n.ID).Mark
		mark.Stamps = nil
		trail := slices.Clone(mark.Trail)
		for i := range trail {
			if why := trail[i].Why; why != nil {
				trail[i].Why = &Reason{Code: why.Code}
			}
		}
		mark.Trail = trail
		*t.change(n) = Note{ID: n.ID, Author: n.Author, At: n.At, State: Erased, Mark: mark}
		t.note(n.ID).walk(t.step(NoteErased, nil))
		t.did(NoteErased, "n:"+n.ID)
	}
	t.unact(notes)
	return nil
}

// unact takes what acts remember of erased notes; such an act stands for ever.
func (t *turn) unact(notes []*Note) {
	erased := make(set, len(notes))
	for _, n := range notes {
		erased.add("n:" + n.ID)
	}
	for _, a := range t.w.acts {
		if slices.ContainsFunc(a.Changes, func(f FieldChange) bool { _, ok := erased[f.Item]; return ok }) {
			b := *a
			b.Changes = nil
			t.e.left.acts = append(t.e.left.acts, &b)
		}
	}
}
