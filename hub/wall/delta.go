package wall

import "strconv"

// Since is what changed for an audience since a revision; since zero, the
// snapshot. It costs what changed.
func (w *Wall) Since(a Audience, r uint64) Delta {
	d := Delta{From: r, To: w.at.Revision, Settings: map[string]any{}, Notes: map[string]*NoteView{},
		Clusters: map[string]*ClusterView{}, Acts: map[uint64]*ActView{}}
	if r == 0 {
		w.whole(a, &d)
	} else {
		changed := &w.desk
		if a == Hall {
			changed = &w.hall
		}
		changed.since(r, func(i item) { w.show(a, i, &d) })
	}
	w.totals(a, r, &d)
	if r == 0 || w.counted > r {
		voters := w.tally.voters
		d.Voters = &voters
	}
	return d
}

// show puts an item's value into a delta: nil when the audience does not see it any more.
func (w *Wall) show(a Audience, i item, d *Delta) {
	switch i.kind {
	case 'n':
		if a == Hall {
			d.Notes[i.id] = w.hallNote(w.notes[i.id])
		} else {
			d.Notes[i.id] = w.deskNote(w.notes[i.id])
		}
	case 'c':
		d.Clusters[i.id] = w.clusterView(w.clusters[i.id], a)
	case 's':
		d.Settings[i.id] = w.settings.get(i.id)
	case 'a':
		if rev, err := strconv.ParseUint(i.id, 10, 64); err == nil {
			d.Acts[rev] = actView(w.actAt(rev))
		}
	}
}

// whole is the snapshot, without what an audience does not see.
func (w *Wall) whole(a Audience, d *Delta) {
	for _, name := range settingNames {
		d.Settings[name] = w.settings.get(name)
	}
	for id, n := range w.notes {
		if a == Desk {
			d.Notes[id] = w.deskNote(n)
		} else if v := w.hallNote(n); v != nil {
			d.Notes[id] = v
		}
	}
	for id, c := range w.clusters {
		if v := w.clusterView(c, a); v != nil {
			d.Clusters[id] = v
		}
	}
	if a == Desk {
		for _, act := range w.acts {
			d.Acts[act.Rev] = actView(act)
		}
	}
}

// totals puts totals into a delta. The desk always has them; to the hall,
// showing and hiding them has a revision of its own.
func (w *Wall) totals(a Audience, r uint64, d *Delta) {
	flipped := r == 0 || (a == Hall && w.flipped > r)
	switch {
	case a == Hall && !w.TotalsShown():
		d.Hidden = flipped
	case r == 0:
		d.Totals = w.allTotals()
	default:
		if flipped {
			d.Totals = w.allTotals()
		}
		w.tally.recent.since(r, func(i item) {
			if d.Totals == nil {
				d.Totals = map[string]Total{}
			}
			d.Totals[i.id] = w.tally.totals[i.id]
		})
	}
}

// allTotals are those of every cluster and every shown root note, noughts too.
func (w *Wall) allTotals() map[string]Total {
	all := make(map[string]Total, len(w.notes)+len(w.clusters))
	for id, n := range w.notes {
		if n.State == Shown && n.Merged == "" {
			target := "n:" + id
			all[target] = w.tally.totals[target]
		}
	}
	for id, c := range w.clusters {
		if !c.Dissolved {
			target := "c:" + id
			all[target] = w.tally.totals[target]
		}
	}
	return all
}
