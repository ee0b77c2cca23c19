package hub

import (
	"encoding/json"
	"slices"
	"strconv"

	"openspacewall/hub/wall"
)

// values is a delta as it goes over the wire. voters and here are always told:
// they are small, and a client that missed one frame is then right by the next.
func values(d wall.Delta, here int) Values {
	v := Values{Notes: d.Notes, Clusters: d.Clusters, Voters: d.Voters, Here: &here,
		Totals: Totals{By: d.Totals, Hidden: d.Hidden}}
	if len(d.Settings) > 0 {
		v.Settings = make(map[string]json.RawMessage, len(d.Settings))
		for name, s := range d.Settings {
			v.Settings[name] = raw(s)
		}
	}
	if len(d.Acts) > 0 {
		v.Acts = make(map[string]*wall.ActView, len(d.Acts))
		for rev, a := range d.Acts {
			v.Acts[strconv.FormatUint(rev, 10)] = a
		}
	}
	return v
}

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("hub: " + err.Error())
	}
	return b
}

// The sections of a snapshot, in the order in which they are sent: what a page
// needs to draw anything comes first.
var sections = [...]string{"settings", "totals", "clusters", "notes", "acts"}

// piece is one value of a snapshot, encoded.
type piece struct {
	section int
	key     string
	value   []byte
}

// snapshot encodes a whole wall in parts of at most PartMax bytes. The notes
// that people look at first come first: the newest.
func snapshot(at wall.Position, d wall.Delta, here int, health *Health) []*message {
	pieces := cut(d)
	var parts [][]byte
	body := opening(d, here, health)
	open := -1 // the section being written
	limit := PartMax - len(heading(at, 999, 999)) - len("}}}")
	for _, p := range pieces {
		size := len(p.key) + len(p.value) + len(`"":,`)
		if p.section != open {
			size += len(`},"":{`) + len(sections[p.section])
		}
		if len(body)+size > limit {
			parts = append(parts, closed(body, open))
			body, open = nil, -1
		}
		if p.section != open {
			body = append(closed(body, open), `,"`+sections[p.section]+`":{`...)
		} else {
			body = append(body, ',')
		}
		open = p.section
		body = strconv.AppendQuote(body, p.key)
		body = append(append(body, ':'), p.value...)
	}
	parts = append(parts, closed(body, open))
	out := make([]*message, len(parts))
	for i, p := range parts {
		text := append(heading(at, i+1, len(parts)), p...)
		out[i] = newMessage(append(text, "}}"...))
		out[i].kept = true
	}
	return out
}

func heading(at wall.Position, part, of int) []byte {
	b := append([]byte(`{"snapshot":{"epoch":`), raw(at.Epoch)...)
	b = strconv.AppendUint(append(b, `,"revision":`...), at.Revision, 10)
	b = strconv.AppendInt(append(b, `,"part":`...), int64(part), 10)
	return strconv.AppendInt(append(b, `,"of":`...), int64(of), 10)
}

// opening is what stands in the first part alone.
func opening(d wall.Delta, here int, health *Health) []byte {
	voters := 0
	if d.Voters != nil {
		voters = *d.Voters
	}
	b := strconv.AppendInt([]byte(`,"voters":`), int64(voters), 10)
	b = strconv.AppendInt(append(b, `,"here":`...), int64(here), 10)
	if health != nil {
		b = append(append(b, `,"health":`...), raw(health)...)
	}
	switch {
	case d.Hidden:
		b = append(b, `,"totals":null`...)
	case len(d.Totals) == 0:
		b = append(b, `,"totals":{}`...)
	}
	return b
}

func closed(body []byte, open int) []byte {
	if open < 0 {
		return body
	}
	return append(body, '}')
}

func cut(d wall.Delta) []piece {
	var all []piece
	for name, s := range d.Settings {
		all = append(all, piece{0, name, raw(s)})
	}
	if !d.Hidden {
		for target, t := range d.Totals {
			all = append(all, piece{1, target, raw([2]int{t.Dots, t.People})})
		}
	}
	for id, c := range d.Clusters {
		if c != nil {
			all = append(all, piece{2, id, raw(c)})
		}
	}
	notes := make([]*wall.NoteView, 0, len(d.Notes))
	for _, n := range d.Notes {
		if n != nil {
			notes = append(notes, n)
		}
	}
	slices.SortFunc(notes, func(a, b *wall.NoteView) int { return int(b.At - a.At) })
	for _, n := range notes {
		all = append(all, piece{3, n.ID, raw(n)})
	}
	for rev, a := range d.Acts {
		if a != nil {
			all = append(all, piece{4, strconv.FormatUint(rev, 10), raw(a)})
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return a.section - b.section })
	return all
}
