package wall

import "slices"

func (t *turn) merge(c Merge) *Refusal {
	into := t.w.notes[c.Into]
	if into == nil {
		return notFound("n:" + c.Into)
	}
	if slices.Contains(c.Notes, c.Into) {
		return invalid("notes", "a note cannot stand behind itself")
	}
	notes, no := t.picked(c.Notes, func(n *Note) bool { return n.Merged == c.Into })
	if no != nil || len(notes) == 0 {
		return no
	}
	for _, n := range append([]*Note{into}, notes...) {
		if !n.State.OnWall() {
			return gone("n:" + n.ID)
		}
	}
	size := 0
	count := func(string) { size++ }
	t.w.group(t.w.root(into).ID, count)
	for _, n := range notes {
		for up := into; up != nil; up = t.w.notes[up.Merged] {
			if up == n {
				return invalid("notes", "it already stands for that note")
			}
		}
		t.w.group(n.ID, count)
	}
	if size > ManyMax {
		return &Refusal{Code: TooMany, Text: "too many notes behind one", Max: ManyMax}
	}
	t.each(notes, NotesMerged, nil, "merged", func(n *Note) { n.Merged = c.Into })
	t.e.To = "n:" + c.Into
	return nil
}

func (t *turn) unmerge(c Unmerge) *Refusal {
	notes, no := t.picked(c.Notes, func(n *Note) bool { return n.Merged == "" })
	if no != nil {
		return no
	}
	t.each(notes, NotesUnmerged, nil, "merged", func(n *Note) { n.Merged = "" })
	return nil
}
