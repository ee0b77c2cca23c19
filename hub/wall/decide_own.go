package wall

import "slices"

func (t *turn) withdraw(c Withdraw) *Refusal {
	n, no := t.own(c.Note)
	if no != nil {
		return no
	}
	switch n.State {
	case Withdrawn:
		return nil
	case Erased:
		return gone("n:" + n.ID)
	}
	if no := t.open(); no != nil {
		return no
	}
	n = t.change(n)
	n.State, n.Live, n.Why, n.Due = Withdrawn, "", nil, 0
	n.stamp("state", t.rev)
	n.walk(t.step(NoteWithdrawn, nil))
	t.release(n.ID)
	t.did(NoteWithdrawn, "n:"+n.ID)
	t.silent = true
	return nil
}

// release lets what stood behind a note that is gone stand for itself again.
func (t *turn) release(id string) {
	behind := t.w.index.behind[id]
	for _, below := range sorted(behind) {
		m := t.change(t.note(below))
		m.Merged = ""
		m.stamp("merged", t.rev)
		s := t.step(NotesUnmerged, nil)
		s.By, s.Name = byHub, ""
		m.walk(s)
	}
}

func sorted(s set) []string {
	out := make([]string, 0, len(s))
	for id := range s {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (t *turn) report(c ReportNote) *Refusal {
	n := t.w.notes[c.Note]
	if n != nil && slices.ContainsFunc(n.Reports, func(r Report) bool { return r.By == t.by.ID }) {
		return nil
	}
	if no := t.open(); no != nil {
		return no
	}
	if n == nil || n.State != Shown {
		return notFound("n:" + c.Note)
	}
	if len(n.Reports) >= ReportsMax {
		return nil // the desk has heard
	}
	p, no := t.person()
	if no != nil {
		return no
	}
	if !t.w.settings.Rehearsal {
		next, wait := pace(p.Reports, t.at, ReportEvery, ReportBurst)
		if wait > 0 {
			return tooOften(wait)
		}
		p.Reports = next
	}
	t.e.left.people = append(t.e.left.people, p)
	n = t.change(n)
	n.Reports = append(slices.Clip(n.Reports), Report{By: t.by.ID, At: t.at, Reason: c.Reason})
	n.stamp("reports", t.rev)
	t.did(NoteReported, "n:"+n.ID)
	t.e.Why = c.Reason
	return nil
}
