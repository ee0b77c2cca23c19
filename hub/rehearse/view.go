package rehearse

import (
	"encoding/json"
	"maps"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// view is a wall as one bot has it: what a phone or a desk would draw.
type view struct {
	at       wall.Position
	whole    bool // a snapshot has come
	settings map[string]json.RawMessage
	notes    map[string]*wall.NoteView
	totals   map[string]wall.Total // nil: not shown

	coming *view // a snapshot of which more parts are to come
	parts  int   // how many of it are here
}

// fold takes a part of a snapshot, or a frame. It gives the notes that the
// view has taken now, and says whether it took anything. A gap means that
// something was missed before it: the bot has to say hello again.
func (v *view) fold(m *hub.Outgoing) (notes map[string]*wall.NoteView, took, gap bool) {
	switch {
	case m.Snapshot != nil:
		return v.part(m.Snapshot)
	case m.Frame == nil:
		return nil, false, false
	}
	f := m.Frame
	switch {
	case !v.whole || f.From > v.at.Revision:
		return nil, false, v.coming == nil
	case f.To < v.at.Revision:
		return nil, false, false // older than what is here
	}
	v.take(&f.Values)
	v.at.Revision = f.To
	return f.Notes, true, false
}

// part takes one part of a snapshot. The view changes when all are there, so
// that a connection that breaks in between leaves it as it was.
func (v *view) part(s *hub.Snapshot) (notes map[string]*wall.NoteView, took, gap bool) {
	if s.Part <= 1 {
		v.coming, v.parts = &view{at: s.Position, whole: true}, 0
	}
	if v.coming == nil || v.coming.at != s.Position || v.parts+1 != s.Part {
		v.coming = nil
		return nil, false, true
	}
	v.coming.take(&s.Values)
	if v.parts++; v.parts < s.Of {
		return nil, false, false
	}
	*v = *v.coming
	return v.notes, true, false
}

// take puts absolute values into the view.
func (v *view) take(c *hub.Values) {
	v.settings = merge(v.settings, c.Settings)
	for id, n := range c.Notes {
		if v.notes == nil {
			v.notes = map[string]*wall.NoteView{}
		}
		if n == nil {
			delete(v.notes, id)
		} else {
			v.notes[id] = n
		}
	}
	switch {
	case c.Totals.Hidden:
		v.totals = nil
	case c.Totals.By != nil:
		v.totals = merge(v.totals, c.Totals.By)
	}
}

func merge[V any](into, from map[string]V) map[string]V {
	if into == nil {
		into = make(map[string]V, len(from))
	}
	maps.Copy(into, from)
	return into
}
