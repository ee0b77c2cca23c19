package wall

// authorOf is the note by which a moderator names its author.
func (t *turn) authorOf(id string) (*Note, *Refusal) {
	n := t.w.notes[id]
	if n == nil {
		return nil, notFound("n:" + id)
	}
	return n, nil
}

func (t *turn) hideAuthor(c HideAuthor) *Refusal {
	why, no := t.reason(c.Reason)
	if no != nil {
		return no
	}
	n, no := t.authorOf(c.Note)
	if no != nil {
		return no
	}
	var live []string
	if t.w.index.live[n.Author] > 0 {
		for _, of := range t.w.index.written[n.Author] {
			if t.w.notes[of.note].State.OnWall() {
				live = append(live, of.note)
			}
		}
	}
	if len(live) > ManyMax {
		return &Refusal{Code: TooMany, Text: "too many items in one act", Max: ManyMax}
	}
	notes, no := t.picked(live, func(*Note) bool { return false })
	if no != nil {
		return no
	}
	t.each(notes, AuthorHidden, why, "state", func(n *Note) { n.setAside(Hidden, why) })
	if c.Mute && t.hush(n.Author, true) {
		t.e.Name = AuthorHidden
	}
	if t.e.Name != "" && len(t.e.Items) == 0 {
		t.did(AuthorHidden, "n:"+n.ID)
	}
	if why != nil {
		t.e.Why = why.Code
	}
	return nil
}

func (t *turn) mute(c Mute) *Refusal {
	n, no := t.authorOf(c.Note)
	if no != nil {
		return no
	}
	if !t.hush(n.Author, c.On) {
		return nil
	}
	if no := t.changed("n:"+n.ID, &n.Mark); no != nil {
		return no
	}
	did := AuthorMuted
	if !c.On {
		did = AuthorUnmuted
	}
	t.change(n).walk(t.step(did, nil))
	t.did(did, "n:"+n.ID)
	return nil
}

// hush mutes an author or lets them speak, and says whether that is new.
func (t *turn) hush(author string, on bool) bool {
	p := Person{ID: author, First: t.at}
	if known := t.w.people[author]; known != nil {
		p = *known
	}
	if p.Muted == on {
		return false
	}
	t.changes = append(t.changes, FieldChange{Item: "p:" + author, Field: "muted", Was: encode(p.Muted),
		From: p.MutedBy, Stamp: t.rev})
	p.Muted, p.MutedBy = on, t.rev
	t.e.left.people = append(t.e.left.people, &p)
	return true
}
