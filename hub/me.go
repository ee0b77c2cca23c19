package hub

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"openspacewall/hub/wall"
)

// encodeMe appends what a person alone may know. It is made for each vote, so
// what each voter has is written by hand; notes, which change seldom, are not.
func encodeMe(b []byte, me *wall.Me) []byte {
	b = append(b, `{"me":{"role":`...)
	b = quoted(b, string(me.Role))
	b = quoted(append(b, `,"id":`...), me.ID)
	if me.Name != "" {
		b = quoted(append(b, `,"name":`...), me.Name)
	}
	b = append(b, `,"notes":[`...)
	for i := range me.Notes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, raw(&me.Notes[i])...)
	}
	d := &me.Dots
	b = strconv.AppendInt(append(b, `],"dots":{"each":`...), int64(d.Each), 10)
	b = strconv.AppendInt(append(b, `,"most":`...), int64(d.Most), 10)
	b = strconv.AppendInt(append(b, `,"left":`...), int64(d.Left), 10)
	if d.Over != 0 {
		b = strconv.AppendInt(append(b, `,"over":`...), int64(d.Over), 10)
	}
	b = append(b, `,"on":{`...)
	for i, target := range slices.Sorted(maps.Keys(d.On)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(quoted(b, target), ':')
		b = strconv.AppendInt(b, int64(d.On[target]), 10)
	}
	b = strconv.AppendUint(append(b, `},"count":`...), d.Count, 10)
	b = append(b, `},"reported":[`...)
	for i, note := range me.Reported {
		if i > 0 {
			b = append(b, ',')
		}
		b = quoted(b, note)
	}
	b = append(b, ']')
	if me.Muted {
		b = append(b, `,"muted":true`...)
	}
	return append(b, "}}"...)
}

// quoted appends a string as encoding/json writes it. Ids and tags are plain.
func quoted(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			q, err := json.Marshal(s)
			if err != nil { // no string has one
				panic("hub: " + err.Error())
			}
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
