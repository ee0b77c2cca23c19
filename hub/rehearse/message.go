package rehearse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"sync"

	"openspacewall/hub"
)

// decoder decodes what a hub sends. What goes to many goes in the same bytes,
// so a frame that another bot has just read is not parsed again: hundreds of
// phones in one process would spend their time on nothing else. Messages are
// shared between bots, and never written to.
type decoder struct {
	seed maphash.Seed
	mu   sync.Mutex
	kept map[uint64]keptMessage
	ring [keptMost]uint64
	next int
}

type keptMessage struct {
	raw     []byte
	message *hub.Outgoing
}

// keptMost is how many decoded frames are kept: phones are a few apart.
const keptMost = 128

func newDecoder() *decoder {
	return &decoder{seed: maphash.MakeSeed(), kept: map[uint64]keptMessage{}}
}

var (
	frameStart    = []byte(`{"frame"`)
	snapshotStart = []byte(`{"snapshot"`)
	meStart       = []byte(`{"me"`)
	personal      = &hub.Outgoing{}
)

// decode reads one message for a face. It does not keep raw. What a phone is
// told of itself alone is not looked at: its dots are in the totals.
func (d *decoder) decode(face hub.Face, raw []byte) (*hub.Outgoing, error) {
	switch {
	case bytes.HasPrefix(raw, meStart) && face != hub.Desk:
		return personal, nil
	case !bytes.HasPrefix(raw, frameStart) && !bytes.HasPrefix(raw, snapshotStart):
		return parse(raw)
	}
	hash := maphash.Bytes(d.seed, raw)
	d.mu.Lock()
	defer d.mu.Unlock() // held while parsing: the others wait for the same frame
	if k := d.kept[hash]; k.message != nil && bytes.Equal(k.raw, raw) {
		return k.message, nil
	}
	m, err := parse(raw)
	if err != nil {
		return nil, err
	}
	delete(d.kept, d.ring[d.next])
	d.kept[hash], d.ring[d.next] = keptMessage{bytes.Clone(raw), m}, hash
	d.next = (d.next + 1) % keptMost
	return m, nil
}

func parse(raw []byte) (*hub.Outgoing, error) {
	m := &hub.Outgoing{}
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, fmt.Errorf("the hub sent what is no message: %w", err)
	}
	return m, nil
}
