package wall

import "slices"

// Me is what one person alone may know. It is always whole.
func (w *Wall) Me(a Actor) Me {
	me := Me{Role: a.Role, ID: tag(a.ID), Name: a.Name, Notes: []MyNote{}, Reported: []string{}}
	mine := w.index.written[a.ID]
	for i := len(mine) - 1; i >= 0 && len(me.Notes) < MineMax; i-- {
		me.Notes = append(me.Notes, myNote(w.notes[mine[i].note]))
	}
	for id := range w.index.reported[a.ID] {
		me.Reported = append(me.Reported, id)
	}
	slices.Sort(me.Reported)
	if p := w.people[a.ID]; p != nil {
		me.Muted = p.Muted
	}
	me.Dots = w.myDots(a.ID)
	return me
}

func myNote(n *Note) MyNote {
	m := MyNote{ID: n.ID, Theme: n.Theme, Kind: n.Kind, Text: n.Text, Lang: n.Lang, Dir: n.Dir, At: n.At,
		State: n.State, Why: n.Why, Due: n.Due, Cluster: n.Cluster, Merged: n.Merged}
	if n.State != Erased {
		m.Until = n.At + EditWindow.Milliseconds()
	}
	if n.Answer != nil {
		a := *n.Answer
		a.By = "" // as the hall sees it
		m.Answer = &a
	}
	return m
}

func (w *Wall) myDots(person string) MyDots {
	d := MyDots{Each: w.each(), Most: w.most(), On: map[string]int{}}
	b := w.ballots[person]
	shares := w.shares(b, nil)
	for _, s := range shares {
		if s.effective() {
			d.On[s.target] = s.dots
		}
	}
	d.Left = max(0, d.Each-used(shares))
	d.Over = max(0, used(shares)-d.Each)
	if b != nil {
		d.Count = b.Floor
		for _, on := range b.Dots {
			d.Count = max(d.Count, on.Count)
		}
	}
	return d
}
