package crowd

import (
	"encoding/binary"
	"math/bits"
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
	apart   bool
	at      wall.Position
	since   int64 // when it had the wall, on this connection
	knocked int64 // when it began to come, or lost its connection
	n       uint64
	open    []command
	seen    []uint64 // a bit for each note that it has
	coming  []uint64 // likewise, of a snapshot that is under way
	heard   int      // messages, ever
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
	p.crowd.sent[number].Store(p.crowd.now())
	return p.write(mask(opText, payload)) == nil
}

// Ask sends a command: make makes its message, given its number. It is sent
// again until it is answered. note is its number if it posts one, or -1.
func (p *Phone) Ask(note int, make func(n uint64) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	now := p.crowd.now()
	raw := mask(opText, make(p.n))
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

// knock notes that the phone begins to come for the first time.
func (p *Phone) knock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.been {
		p.knocked = p.crowd.now()
	}
}

// opened is told by a line that it is there.
func (p *Phone) opened(l line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || p.crowd.ctx.Err() != nil {
		l.close()
		return
	}
	p.line, p.inside, p.parse = l, false, parser{}
	_ = l.write(p.crowd.Head(p.index)) // if it fails, so does reading
}

// came is told by a line what came. An error ends the connection.
func (p *Phone) came(l line, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.line != l {
		return errEnded
	}
	p.crowd.counts.bytes.Add(int64(len(b)))
	now := p.crowd.now()
	if !p.inside {
		if len(p.parse.rest) > 0 {
			b = append(p.parse.rest, b...)
		}
		size, err := readAnswer(b)
		if err != nil {
			return err
		}
		if size == 0 {
			p.parse.rest = append([]byte{}, b...)
			return nil
		}
		p.parse.rest, p.inside = nil, true
		b = b[size:]
		p.greet()
		if p.how != Briskly {
			p.line.read(p.how)
		}
	}
	return p.parse.take(b, func(op byte, payload []byte) error { return p.take(op, payload, now) })
}

// greet says hello, and again what was not answered.
func (p *Phone) greet() {
	p.asked = true
	if hello := p.crowd.Wire.Hello(p.at); hello != nil {
		_ = p.write(mask(opText, hello))
	}
	if p.been {
		for _, c := range p.open {
			_ = p.write(c.raw)
		}
	}
}

func (p *Phone) take(op byte, payload []byte, now int64) error {
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
	m, err := p.crowd.decode.decode(payload)
	if err != nil {
		return err
	}
	p.hear(m, now)
	return nil
}

// hear takes one message.
func (p *Phone) hear(m *Message, now int64) {
	switch m.Kind {
	case Part:
		p.part(m, now)
	case Frame:
		switch {
		case p.at.Epoch == "" || m.From > p.at.Revision:
			if p.parts == 0 && !p.asked {
				p.crowd.counts.gaps.Add(1)
				p.greet()
			}
		case m.Position.Revision < p.at.Revision: // older than what is here
		default:
			p.at.Revision = m.Position.Revision
			p.look(m, now)
			p.arrived(now)
		}
	case Loose:
		p.look(m, now)
		p.arrived(now)
	case Ack, Refused:
		p.answered(m, now)
	}
}

// part takes a part of a snapshot; the phone has the wall with the last one.
func (p *Phone) part(m *Message, now int64) {
	if m.Part == 1 {
		p.parts, p.coming = 0, make([]uint64, len(p.seen))
	}
	if m.Part != p.parts+1 {
		p.parts = 0
		p.crowd.counts.gaps.Add(1)
		p.greet()
		return
	}
	p.parts++
	for _, number := range m.Notes {
		if number < len(p.crowd.sent) {
			p.coming[number/64] |= 1 << (number % 64)
		}
	}
	p.judge(m)
	if p.parts < m.Of {
		return
	}
	for i, word := range p.coming { // it replaces everything
		for fresh := word &^ p.seen[i]; fresh != 0; fresh &= fresh - 1 {
			p.crowd.first(p, 64*i+bits.TrailingZeros64(fresh), now)
		}
	}
	p.seen, p.coming = p.coming, nil
	p.parts, p.at = 0, m.Position
	p.arrived(now)
}

// look marks what is seen in a message.
func (p *Phone) look(m *Message, now int64) {
	c := p.crowd
	for _, number := range m.Notes {
		c.first(p, number, now)
	}
	for _, number := range m.Gone {
		if number < len(c.sent) {
			p.seen[number/64] &^= 1 << (number % 64)
		}
	}
	p.judge(m)
}

// judge notes what a message says that is wrong, and how its totals are.
func (p *Phone) judge(m *Message) {
	c := p.crowd
	c.doubled.Add(int64(m.Doubled))
	c.altered.Add(int64(m.Altered))
	if m.Totals == nil {
		return
	}
	if was, is := p.totals.Exact(), m.Totals.Exact(); is && !was {
		c.exact.Add(1)
	} else if was && !is {
		c.exact.Add(-1)
	}
	p.totals = m.Totals
}

// arrived notes that the phone has the wall.
func (p *Phone) arrived(now int64) {
	p.asked = false
	if p.whole {
		return
	}
	c := p.crowd
	took := time.Duration(now - p.knocked)
	if p.been {
		c.Backs.Add(took)
		c.counts.returned.Add(1)
	} else {
		c.Joins.Add(took)
		for _, o := range p.open {
			_ = p.write(o.raw)
		}
	}
	p.whole, p.been, p.since = true, true, now
	c.counts.whole.Add(1)
	c.usher.arrived(p)
	if c.Arrived != nil {
		c.Arrived(p.index)
	}
}

// answered takes the answer to a command.
func (p *Phone) answered(m *Message, now int64) {
	c := p.crowd
	for i, o := range p.open {
		if o.n != m.N {
			continue
		}
		if m.Kind == Refused && (m.Code == wall.Rate || m.Code == wall.Busy || m.Code == wall.Unavailable) {
			c.again.Add(1)
			p.later(o, m.After)
			return
		}
		p.open = append(p.open[:i], p.open[i+1:]...)
		if len(p.open) == 0 {
			p.open = nil
		}
		if m.Kind == Refused {
			c.refused.Add(1)
			if o.note >= 0 {
				c.sent[o.note].Store(refusedNote)
			}
			c.refusedFor(m.Code)
			return
		}
		c.Acks.Add(time.Duration(now - o.at))
		c.acked.Add(1)
		for has := c.revision.Load(); has < m.Position.Revision && !c.revision.CompareAndSwap(has, m.Position.Revision); {
			has = c.revision.Load()
		}
		return
	}
}

// later has a command sent again after a while, as the hub asked.
func (p *Phone) later(c command, after time.Duration) {
	time.AfterFunc(min(max(after, againLeast), againMost), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, o := range p.open {
			if o.n == c.n && p.inside {
				_ = p.write(o.raw)
			}
		}
	})
}

// How long a phone waits before it sends again what was refused for the moment.
const (
	againLeast = 50 * time.Millisecond
	againMost  = 30 * time.Second
)

// lost is told by a line that it has ended, and why; a nil line is one that
// never was.
func (p *Phone) lost(l line, why error) {
	p.mu.Lock()
	if l != nil && p.line != l { // it was we who ended it
		p.mu.Unlock()
		return
	}
	was := p.whole
	p.end()
	p.mu.Unlock()
	p.crowd.usher.fell(p, why, was)
}

// end closes the line; false: there was none. The phone is locked.
func (p *Phone) end() bool {
	if p.line == nil {
		return false
	}
	p.line.close()
	if p.whole {
		p.crowd.counts.whole.Add(-1)
		p.knocked = p.crowd.now()
	}
	p.line, p.inside, p.whole, p.parts, p.coming, p.since, p.parse = nil, false, false, 0, nil, 0, parser{}
	return true
}

// hangUp ends the connection for good.
func (p *Phone) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	if p.inside {
		_ = p.write(mask(opClose, []byte{0x03, 0xe8}))
	}
	p.end()
}
