package crowd

import (
	"bytes"
	"compress/flate"
	"fmt"
	"hash/maphash"
	"io"
	"sync"
	"time"

	"openspacewall/hub/wall"
)

// Wire is what the messages on a socket mean. Its methods may be called by
// anybody at any time.
type Wire interface {
	// Hello is the first message of a phone that is at a position; nil: none.
	Hello(at wall.Position) []byte
	// Decode reads a message. It does not keep raw.
	Decode(raw []byte) (*Message, error)
	// Shared says that a message may be the same for many.
	Shared(raw []byte) bool
	// Absolute says that a note may rightly be told again.
	Absolute() bool
}

// Message is what a phone needs to know of what it is told. It is shared by
// many phones, and never written to.
type Message struct {
	Kind Kind

	Notes   []int // numbers of the crowd's own notes in it
	Gone    []int // of those that it says are gone
	Doubled int   // notes in it that stand for one that was sent under another id
	Altered int   // notes in it with another text than they were sent with

	Position wall.Position // of a snapshot, or where a frame leads; without epoch in a frame
	From     uint64        // of a frame
	Part, Of int           // of a snapshot

	N     uint64 // of an answer
	Code  wall.Code
	After time.Duration

	Totals *Judgement // of the totals in a part, or of all of them in a frame, when some are expected
}

// Kind is what kind of message it is.
type Kind int

// The kinds. Other is what a crowd has nothing to do with.
const (
	Other Kind = iota
	Part
	Frame
	Ack
	Refused
	Loose // notes without any position: a reference hub's
)

// Judgement is how totals compare with those that were expected.
type Judgement struct {
	Short int // dots that are missing
	Over  int // dots that are too many

	told, of int // so many of the notes that are to have dots
}

// whole says that no note is left out that is to have dots.
func (j *Judgement) whole() bool { return j.told == j.of }

// with is two parts of the same totals, judged together.
func (j *Judgement) with(more *Judgement) *Judgement {
	if j == nil {
		return more
	}
	return &Judgement{Short: j.Short + more.Short, Over: j.Over + more.Over, told: j.told + more.told, of: more.of}
}

// Exact says that they are as expected.
func (j *Judgement) Exact() bool { return j != nil && j.Short == 0 && j.Over == 0 }

// decoder reads messages, each once: what goes to many goes in the same bytes.
// Whoever comes while a message is being read waits for it.
type decoder struct {
	wire Wire
	seed maphash.Seed
	mu   sync.Mutex
	kept map[uint64]kept
	ring [keptMost]uint64
	next int
}

type kept struct {
	raw     []byte
	message *Message
}

// keptMost is how many messages are kept. Phones are a few frames apart; the
// parts of a snapshot are asked for by all who come.
const keptMost = 256

func (d *decoder) begin(w Wire) {
	d.wire, d.seed, d.kept = w, maphash.MakeSeed(), map[uint64]kept{}
}

// decode reads a message, which may be deflated. What is deflated is for many.
func (d *decoder) decode(raw []byte, packed bool) (*Message, error) {
	if !packed && !d.wire.Shared(raw) {
		return d.wire.Decode(raw)
	}
	hash := maphash.Bytes(d.seed, raw)
	d.mu.Lock()
	defer d.mu.Unlock()
	if k := d.kept[hash]; k.message != nil && bytes.Equal(k.raw, raw) {
		return k.message, nil
	}
	text := raw
	if packed {
		var err error
		if text, err = inflate(raw); err != nil {
			return nil, err
		}
	}
	m, err := d.wire.Decode(text)
	if err != nil {
		return nil, err
	}
	delete(d.kept, d.ring[d.next])
	d.kept[hash], d.ring[d.next] = kept{bytes.Clone(raw), m}, hash
	d.next = (d.next + 1) % keptMost
	return m, nil
}

// deflateEnd is what a deflated message leaves out (RFC 7692), and an empty last block.
var deflateEnd = []byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}

// inflate is the text of a deflated message.
func inflate(raw []byte) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(io.MultiReader(bytes.NewReader(raw), bytes.NewReader(deflateEnd))), messageMost+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("crowd: the hub sent what cannot be inflated: %w", err)
	case len(text) > messageMost:
		return nil, errNotServer
	}
	return text, nil
}

// forget drops what is kept: what it says may mean something else now.
func (d *decoder) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.kept)
}
