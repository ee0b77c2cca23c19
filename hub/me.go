package hub

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"openspacewall/hub/wall"
)

// forOne is what one client alone is to be told.
type forOne struct {
	client *client
	me     *message
}

// mineMost is how many places of a list of these are kept for the next.
const mineMost = 1 << 10

func (l *relay) me(a wall.Actor) *message {
	me := l.room.wall.Me(a)
	return framedInPlace(encodeMe(make([]byte, headMost, 320), &me))
}

// write makes what people are to be told that changed for them alone.
func (l *relay) write(t *touched) {
	if t.everyone {
		for id := range l.people {
			l.writeTo(id)
		}
		return
	}
	for id := range t.people {
		l.writeTo(id)
	}
}

func (l *relay) writeTo(id string) {
	var actor wall.Actor
	var me *message
	for _, c := range l.people[id] {
		if me == nil || c.Actor != actor {
			actor, me = c.Actor, l.me(c.Actor)
		}
		l.mine = append(l.mine, forOne{c, me})
	}
}

// tell tells people what changed for them alone.
func (l *relay) tell(t *touched) {
	if len(l.mine) == 0 {
		l.write(t)
	}
	for _, m := range l.mine {
		m.client.mail.own(m.me)
		m.client.wake()
	}
	clear(l.mine)
	l.mine = l.mine[:0]
	if cap(l.mine) > mineMost {
		l.mine = nil
	}
}

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
