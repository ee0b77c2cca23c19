package crowd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// Wall is the wall's own protocol, as a crowd speaks it. The notes of a crowd
// are numbered: the number stands in a note's id, and its text follows from it.
type Wall struct {
	ids   string // what all ids of this crowd begin with
	texts string // and all texts
	size  int    // bytes of a text

	mu       sync.Mutex
	totals   map[int]wall.Total // that are expected, by the note's number; nil: none yet
	settings map[string]json.RawMessage
}

// NewWall makes the protocol for one crowd, whose texts have about size bytes.
func NewWall(random io.Reader, size int) (*Wall, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, fmt.Errorf("crowd: drawing ids: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a random UUID, version 4
	return &Wall{
		ids:   fmt.Sprintf("%x-%x-%x-%x-", b[:4], b[4:6], b[6:8], b[8:]),
		texts: fmt.Sprintf("%s%x-", textStart, b[:3]),
		size:  size,
	}, nil
}

// ID is the id of a note.
func (w *Wall) ID(number int) string { return fmt.Sprintf("%s%012x", w.ids, number) }

// number is the note's number; -1: it is not of this crowd.
func (w *Wall) number(id string) int {
	rest, ours := strings.CutPrefix(id, w.ids)
	n, err := strconv.ParseInt(rest, 16, 48)
	if !ours || err != nil {
		return -1
	}
	return int(n)
}

// textStart begins every text of a crowd; some of its ids' beginning follows,
// and then the number.
const textStart = "Rehearsal note "

const filling = " says what people in a hall say: the bus at night, a place to meet, shorter queues, someone to ask, and a door that is open."

// Text is the text of a note. It follows from the number, so that a note with
// another is found out.
func (w *Wall) Text(number int) string {
	b := append([]byte(w.texts), strconv.Itoa(number)...)
	for len(b) < w.size {
		b = append(b, filling[:min(len(filling), w.size-len(b))]...)
	}
	return strings.TrimSpace(string(b))
}

// textNumber is the number that a text was made for; -1: it is not of this crowd.
func (w *Wall) textNumber(text string) int {
	rest, ours := strings.CutPrefix(text, w.texts)
	if !ours {
		return -1
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return -1
	}
	return n
}

// Expect says which totals all phones are to have in the end. Phones are
// judged by what they are told from then on.
func (c *Crowd) Expect(w *Wall, totals map[int]wall.Total) {
	w.mu.Lock()
	w.totals = maps.Clone(totals)
	w.mu.Unlock()
	c.decode.forget()
}

// Exact counts the phones that have the totals which are expected.
func (c *Crowd) Exact() int { return int(c.exact.Load()) }

// Hello says where a phone is.
func (w *Wall) Hello(at wall.Position) []byte {
	raw, err := json.Marshal(hub.Incoming{Hello: &at})
	if err != nil {
		panic("crowd: " + err.Error())
	}
	return raw
}

// Absolute says that notes are values: they may be told again.
func (w *Wall) Absolute() bool { return true }

var (
	frameStart    = []byte(`{"frame"`)
	snapshotStart = []byte(`{"snapshot"`)
	ackStart      = []byte(`{"ack":`)
	refusedStart  = []byte(`{"refused"`)
	welcomeStart  = []byte(`{"welcome"`)
	welcomeOurs   = fmt.Appendf(nil, `{"welcome":{"protocol":%d,`, hub.Protocol) // of thousands: not read further
)

// Shared says that what is for an audience may be the same for many.
func (w *Wall) Shared(raw []byte) bool {
	return bytes.HasPrefix(raw, frameStart) || bytes.HasPrefix(raw, snapshotStart)
}

// values are the members of a snapshot and a frame that a crowd looks at.
type values struct {
	Notes map[string]*struct {
		Text string `json:"text"`
	} `json:"notes"`
	Totals   map[string][2]int          `json:"totals"`
	Settings map[string]json.RawMessage `json:"settings"`
}

// told is a message from the hub. What stands in it for one person alone is
// not looked at.
type told struct {
	Welcome  *struct{ Protocol int } `json:"welcome"`
	Snapshot *struct {
		wall.Position
		Part int `json:"part"`
		Of   int `json:"of"`
		values
	} `json:"snapshot"`
	Frame *struct {
		From uint64 `json:"from"`
		To   uint64 `json:"to"`
		values
	} `json:"frame"`
	Ack     *hub.Ack     `json:"ack"`
	Refused *hub.Refused `json:"refused"`
}

// Decode reads a message.
func (w *Wall) Decode(raw []byte) (*Message, error) {
	if !w.Shared(raw) && !bytes.HasPrefix(raw, ackStart) && !bytes.HasPrefix(raw, refusedStart) &&
		(!bytes.HasPrefix(raw, welcomeStart) || bytes.HasPrefix(raw, welcomeOurs)) {
		return &Message{}, nil
	}
	if m := readAck(raw); m != nil {
		return m, nil
	}
	var t told
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, fmt.Errorf("crowd: the hub sent what is no message: %w", err)
	}
	m := &Message{}
	switch {
	case t.Welcome != nil && t.Welcome.Protocol != hub.Protocol:
		return nil, &TurnedAway{fmt.Sprintf("the hub speaks protocol %d, this program %d", t.Welcome.Protocol, hub.Protocol)}
	case t.Snapshot != nil:
		m.Kind, m.Position, m.Part, m.Of = Part, t.Snapshot.Position, t.Snapshot.Part, t.Snapshot.Of
		w.look(m, &t.Snapshot.values)
	case t.Frame != nil:
		m.Kind, m.From, m.Position.Revision = Frame, t.Frame.From, t.Frame.To
		w.look(m, &t.Frame.values)
		if m.Totals != nil && !m.Totals.whole() { // it tells what changed, and no more
			m.Totals = nil
		}
	case t.Ack != nil:
		m.Kind, m.N, m.Position.Revision = Ack, t.Ack.N, t.Ack.Revision
	case t.Refused != nil:
		m.Kind, m.N, m.Code = Refused, t.Refused.N, t.Refused.Code
		m.After = time.Duration(t.Refused.After) * time.Millisecond
	}
	return m, nil
}

// readAck reads an ack as hubs write it; nil: it is none, or written otherwise.
func readAck(raw []byte) *Message {
	rest, is := bytes.CutPrefix(raw, []byte(`{"ack":{"n":`))
	number, rest, and := bytes.Cut(rest, []byte(`,"revision":`))
	revision, end := bytes.CutSuffix(rest, []byte("}}"))
	if !is || !and || !end {
		return nil
	}
	m := &Message{Kind: Ack}
	var err, bad error
	m.N, err = strconv.ParseUint(string(number), 10, 64)
	m.Position.Revision, bad = strconv.ParseUint(string(revision), 10, 64)
	if err != nil || bad != nil {
		return nil
	}
	return m
}

// Settings are the wall's, as somebody in the crowd was last told.
func (w *Wall) Settings() map[string]json.RawMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.settings)
}

// look takes the crowd's own notes out of what is told, and judges them.
func (w *Wall) look(m *Message, v *values) {
	for id, n := range v.Notes {
		number := w.number(id)
		if n == nil {
			if number >= 0 {
				m.Gone = append(m.Gone, number)
			}
			continue
		}
		by := w.textNumber(n.Text)
		switch {
		case number < 0 && by >= 0 && n.Text == w.Text(by):
			m.Doubled++
		case number < 0: // somebody else's
		case n.Text != w.Text(number):
			m.Altered++
		default:
			m.Notes = append(m.Notes, number)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if v.Settings != nil {
		if w.settings == nil {
			w.settings = map[string]json.RawMessage{}
		}
		maps.Copy(w.settings, v.Settings)
	}
	if w.totals != nil && v.Totals != nil {
		m.Totals = w.compare(v.Totals)
	}
}

// compare holds totals against those that are expected. Those of notes that
// are not the crowd's do not count.
func (w *Wall) compare(told map[string][2]int) *Judgement {
	j := &Judgement{}
	for target, total := range told {
		id, is := strings.CutPrefix(target, "n:")
		number := w.number(id)
		if !is || number < 0 {
			continue
		}
		want := w.totals[number]
		j.Short += max(0, want.Dots-total[0])
		j.Over += max(0, total[0]-want.Dots)
		if total[0] == want.Dots && total[1] != want.People {
			j.Over++ // so many dots, but of other people
		}
		if want.Dots > 0 {
			j.told++
		}
	}
	for _, want := range w.totals {
		if want.Dots > 0 {
			j.of++
		}
	}
	return j
}
