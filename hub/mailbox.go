package hub

import (
	"sync"

	"openspacewall/hub/wall"
)

// mailbox is what waits to be written to one client alone. It is bounded: each
// thing but the answers has one place, and of those there are answersMax.
type mailbox struct {
	mu      sync.Mutex
	pong    []byte   // to the last ping that is not answered
	me      *message // the person's own state
	answers []byte   // frames
	n       int32    // answers among them
	missed  *missed
}

// missed is what takes a client from its position to another one: a frame, or
// the parts of a snapshot and the frame since it.
type missed struct {
	messages []*message
	at       wall.Position
	number   uint64 // of the newest edition that at covers
}

// echo answers a ping.
func (m *mailbox) echo(ping []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pong = framed(nil, opPong, ping)
}

// own puts the person's own state in the place of an older one.
func (m *mailbox) own(me *message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.me = me
}

func (m *mailbox) answer(n, revision uint64, why *wall.Refusal) {
	var b [64]byte
	text := replied(b[:0], n, revision, why)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = framed(m.answers, opText, text)
	m.n++
}

// catchUp puts what is missed in the place of what was not yet taken: that led
// to an older position.
func (m *mailbox) catchUp(what *missed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.missed = what
}

// collect empties the mailbox: what is to be written at once goes to b, in
// this order: so many answers, and so many frames in all.
func (m *mailbox) collect(b []byte) (out []byte, answers, frames int32, missed *missed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	frames = m.n
	if m.pong != nil {
		b = append(b, m.pong...)
		frames++
	}
	if m.me != nil {
		b = append(b, m.me.bytes...)
		frames++
	}
	b = append(b, m.answers...)
	answers, missed = m.n, m.missed
	m.pong, m.me, m.missed, m.n = nil, nil, nil, 0
	if cap(m.answers) > 256 {
		m.answers = nil
	}
	m.answers = m.answers[:0]
	return b, answers, frames, missed
}
