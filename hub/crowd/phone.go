package crowd

import (
	"encoding/binary"
	"sync"
	"time"

	"openspacewall/hub/wall"
)

// Phone is one of a crowd. Everything in it is under its lock, which is held
// while what came for it is read.
type Phone struct {
	crowd *Crowd
	index int

	mu      sync.Mutex
	line    line // nil: not connected
	inside  bool // the answer to the upgrade has come
	gone    bool // by itself: it does not come back
	how     Reading
	parse   parser
	parts   int // of a snapshot that is under way
	asked   bool
	whole   bool
	been    bool       // whole, once
	totals  *Judgement // of the last whole totals that came
	sums    *Judgement // of those in the parts of a snapshot that is under way
	apart   bool
	at      wall.Position
	since   int64 // when it had the wall, on this connection
	knocked int64 // when it began to come, or lost its connection
	n       uint64
	open    []command
	seen    []uint64 // a bit for each note that it has
	coming  []uint64 // likewise, of a snapshot that is under way
	heard   int      // messages, ever
	told    int      // answers in what is being read, for Answered
	worst   int64    // how late it has seen a note, at most

	tries int  // the usher's, and under its lock
	slot  bool // likewise
}

// command is one that was asked and not yet answered.
type command struct {
	n    uint64
	at   int64
	note int    // the number of one that it posts, or -1
	raw  []byte // the frame, to send again
}

// Whole says that the phone is connected and has the wall.
func (p *Phone) Whole() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.whole
}

// SetApart has what the phone sees counted among Apart, not Seen: it is known
// to be late.
func (p *Phone) SetApart(apart bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.apart = apart
}

// Heard is how many messages have come to the phone.
func (p *Phone) Heard() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

// Totals is how the last whole totals that came to the phone compare; nil:
// none came since there was something to expect.
func (p *Phone) Totals() *Judgement {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.totals
}

// Worst is how late the phone has seen a note, at most.
func (p *Phone) Worst() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.worst)
}

// At is where the phone is on the wall.
func (p *Phone) At() wall.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// Read changes how the phone reads what it is sent.
func (p *Phone) Read(how Reading) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how = how
	if p.line != nil && p.inside {
		p.line.read(how)
	}
}

// Drop breaks the connection, as leaving the Wi-Fi does. With Stay off the
// phone comes back.
func (p *Phone) Drop() {
	p.mu.Lock()
	gone := p.end()
	p.mu.Unlock()
	if gone && !p.crowd.Stay {
		p.crowd.usher.comeBack(p)
	}
}

// Send sends a message that is not answered. It says when it was sent, on the
// crowd's clock; false: the phone is not connected.
func (p *Phone) Send(payload []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inside && p.write(mask(opText, payload)) == nil
}

// SendNote sends a note by its number, and marks when.
func (p *Phone) SendNote(number int, payload []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.inside {
		return false
	}
	raw := mask(opText, payload)
	p.crowd.sent[number].Store(p.crowd.now())
	return p.write(raw) == nil
}

// Ask sends a command: make makes its message, given its number. It is sent
// again until it is answered. note is its number if it posts one, or -1.
func (p *Phone) Ask(note int, make func(n uint64) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	raw := mask(opText, make(p.n))
	now := p.crowd.now() // what making it took is not the hub's
	p.open = append(p.open, command{n: p.n, at: now, note: note, raw: raw})
	p.crowd.asked.Add(1)
	if note >= 0 {
		p.crowd.sent[note].Store(now)
	}
	if p.inside && p.been {
		_ = p.write(raw) // a connection that ends has it sent again
	}
}

// Unanswered is how many commands of the phone are.
func (p *Phone) Unanswered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

func (p *Phone) write(b []byte) error {
	if p.line == nil {
		return errEnded
	}
	return p.line.write(b)
}

func (p *Phone) take(op byte, packed bool, payload []byte, now int64) error {
	switch op {
	case opPing:
		return p.write(mask(opPong, payload))
	case opPong:
		return nil
	case opClose:
		code := 1005
		if len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
		_ = p.write(mask(opClose, payload))
		return &closedError{code}
	}
	p.crowd.counts.messages.Add(1)
	p.heard++
	m, err := p.crowd.decode.decode(payload, packed)
	if err != nil {
		return err
	}
	p.hear(m, now)
	return nil
}
