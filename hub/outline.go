package hub

import (
	"slices"
	"sync/atomic"
	"time"

	"openspacewall/hub/wall"
)

// outline is what a shard alone knows of its client: where it is, and what its
// line is doing. It grows with nothing.
type outline struct {
	came    bool
	closed  bool
	index   int  // among the shard's clients
	greeted bool // hello has been answered

	at      wall.Position // what was written takes the client here
	number  uint64        // of the newest edition that at covers
	missed  *missed       // what is to be written before it is there
	part    int           // the next of it
	asking  bool          // for what it missed
	joining bool          // in the queue of those

	busy bool   // a hand is writing what the socket did not take
	pass uint64 // that waits for the hand; 0: none

	ping    time.Duration // when the next is due
	due     notch         // when the wheel has it looked at; 0: not in the wheel
	leaving bool
	said    bool          // the close frame is written, or being
	until   time.Duration // leaving: no longer than this
}

// hand says how a hand is getting on.
type hand struct {
	moved atomic.Int64 // when the socket last took something; hub.clock
	state atomic.Int32
}

const (
	handAtWork = iota
	handDone
	handFailed
)

// serve writes what there is for a client now. The edition is looked up before
// the answers: those are put into the mailbox before the edition that shows
// what they answer is published, and so are never written after it.
func (s *shard) serve(c *client) {
	o := &c.out
	if o.closed {
		return
	}
	if o.busy && !s.freed(c) {
		if c.stopping() {
			s.leave(c, nil)
		}
		return
	}
	e := s.feed.now.Load()
	b := s.private[:0]
	if !o.came {
		s.add(c)
		b = c.welcome(b)
		s.frames++
	}
	b, answers, frames, missed := c.mail.collect(b)
	s.frames += int64(frames)
	if answers > 0 {
		c.answered(answers)
	}
	if c.stopping() {
		s.leave(c, b)
		return
	}
	if missed != nil {
		o.missed, o.part, o.asking, o.greeted = missed, 0, false, true
	}
	news := s.news(c, e)
	if news != nil {
		s.frames++
	}
	s.send(c, b, news)
	if o.missed != nil && !o.joining && !o.busy {
		o.joining = true
		s.joining = append(s.joining, c)
	}
}

// news is the next frame for a client that all get: the edition, or a part of
// what it misses. It keeps no queue of them: who is further behind asks anew.
func (s *shard) news(c *client, e *edition) []byte {
	o := &c.out
	if o.missed != nil {
		if s.parts == 0 {
			return nil
		}
		s.parts--
		m := o.missed.messages[o.part]
		if o.part++; o.part == len(o.missed.messages) {
			o.at, o.number, o.missed = o.missed.at, o.missed.number, nil
		}
		return m.as(c.deflate)
	}
	switch {
	case !o.greeted, o.asking, e.number <= o.number:
		return nil
	case e.frame != nil && o.at.Epoch == e.at.Epoch && o.at.Revision >= e.from && o.at.Revision <= e.at.Revision:
		o.at, o.number = e.at, e.number
		return e.frame.as(c.deflate)
	}
	o.asking = true
	if !c.room.relay.knock(knock{client: c, at: o.at, behind: true}) {
		c.stop(CloseRestart)
	}
	return nil
}

// send writes what is for one client alone, and then what is for all.
func (s *shard) send(c *client, private, shared []byte) {
	s.private = private
	s.bytes += int64(len(private) + len(shared))
	switch {
	case len(private)+len(shared) == 0:
		return
	case c.raw == nil:
		s.handOver(c, private, shared)
		return
	case len(private) > 0 && len(shared) <= chunk: // one write for both
		both := append(private, shared...)
		s.private = both
		n := s.try(c, both)
		if n < len(private) {
			s.handOver(c, private[n:], shared)
		} else if n < len(both) {
			s.handOver(c, nil, shared[n-len(private):])
		}
		return
	}
	if n := s.try(c, private); n < len(private) {
		s.handOver(c, private[n:], shared)
	} else if n := s.try(c, shared); n < len(shared) {
		s.handOver(c, nil, shared[n:])
	}
}

// attempt is one write that does not wait. It is kept, so that none is made
// for each.
type attempt struct {
	f   func(fd uintptr) bool
	b   []byte
	n   int
	err error
}

func (a *attempt) run(fd uintptr) bool {
	a.n, a.err = try(fd, a.b)
	return true
}

// try writes what the socket takes now.
func (s *shard) try(c *client, b []byte) int {
	if len(b) == 0 {
		return 0
	}
	a := &s.attempt
	a.b, a.n, a.err = b, 0, nil
	err := c.raw.Write(a.f)
	a.b = nil
	if err != nil || a.err != nil {
		c.lost()
		return len(b)
	}
	return a.n
}

// handOver has a hand write, which may wait. The shared bytes it shares.
func (s *shard) handOver(c *client, private, shared []byte) {
	o := &c.out
	now := s.hub.clock()
	o.busy, o.pass = true, 0
	if c.raw == nil {
		o.pass = s.pass.number
		s.pass.hands++
	}
	c.hand.moved.Store(int64(now))
	c.hand.state.Store(handAtWork)
	s.schedule(c, now+stalledMax)
	private = slices.Clone(private)
	s.hub.running.Go(func() {
		state := int32(handDone)
		if c.write(private) != nil || c.write(shared) != nil {
			state = handFailed
		}
		c.hand.state.Store(state)
		s.wake(c)
	})
}

// write is a hand's: piece by piece, so that a slow reader's progress can be
// seen. It has no time of its own: the shard ends it by closing the connection.
func (c *client) write(b []byte) error {
	for len(b) > 0 {
		n, err := c.conn.Write(b[:min(len(b), chunk)])
		if err != nil {
			return err
		}
		b = b[n:]
		c.hand.moved.Store(int64(c.hub.clock()))
	}
	return nil
}

// freed says that a client's hand has ended.
func (s *shard) freed(c *client) bool {
	o := &c.out
	state := c.hand.state.Load()
	if state == handAtWork {
		return false
	}
	o.busy = false
	if o.pass > 0 && o.pass == s.pass.number && s.pass.hands > 0 {
		s.pass.hands--
	}
	if state == handFailed {
		c.lost()
	}
	return true
}
