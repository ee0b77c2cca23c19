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
	if !o.came && c.At != nil && s.parts == 0 && !c.stopping() { // all that it is owed is to go in one write
		s.join(c)
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
	s.news(c, e)
	s.frames += int64(len(s.shared))
	s.send(c, b)
	if !o.busy && s.owes(c) {
		s.join(c)
	}
}

// join has a client wait for its turn.
func (s *shard) join(c *client) {
	if !c.out.joining {
		c.out.joining = true
		s.joining = append(s.joining, c)
	}
}

// owes says that a client has more to come, and nothing else will bring it: an
// edition may have come round while the client took what it missed before that.
func (s *shard) owes(c *client) bool {
	o := &c.out
	return o.missed != nil || o.greeted && !o.asking && o.number < s.feed.now.Load().number
}

// news puts into shared the next frames for a client that all get: the
// edition, or parts of what it misses. It keeps no queue of them: who is further
// behind asks anew.
func (s *shard) news(c *client, e *edition) {
	o := &c.out
	s.shared = s.shared[:0]
	if o.missed != nil {
		for s.parts > 0 && len(s.shared) < partsOnce && o.missed != nil {
			s.parts--
			s.shared = append(s.shared, o.missed.messages[o.part].as(c.deflate))
			if o.part++; o.part == len(o.missed.messages) {
				o.at, o.number, o.missed = o.missed.at, o.missed.number, nil
			}
		}
		return
	}
	switch {
	case !o.greeted, o.asking, e.number <= o.number:
		return
	case e.frame != nil && o.at.Epoch == e.at.Epoch && o.at.Revision >= e.from && o.at.Revision <= e.at.Revision:
		o.at, o.number = e.at, e.number
		s.shared = append(s.shared, e.frame.as(c.deflate))
		return
	}
	o.asking = true
	if !c.room.relay.knock(knock{client: c, at: o.at, behind: true}) {
		c.stop(CloseRestart)
	}
}

// send writes what is for one client alone, and then what is shared: all of it
// at once, as far as the socket takes it, and the rest by a hand.
func (s *shard) send(c *client, private []byte) {
	s.private = private
	all := s.attempt.all[:0]
	if len(private) > 0 {
		all = append(all, private)
	}
	all = append(all, s.shared...)
	s.shared = s.shared[:0]
	for _, b := range all {
		s.bytes += int64(len(b))
	}
	left := all
	if len(all) > 0 && c.raw != nil {
		left = s.try(c, all)
	}
	if len(left) > 0 {
		left = slices.Clone(left)
		if len(private) > 0 && len(left) == len(all) {
			left[0] = slices.Clone(left[0])
		}
		s.handOver(c, left)
	}
	clear(all)
}

// attempt is one write that does not wait. It is kept, so that none is made
// for each.
type attempt struct {
	f    func(fd uintptr) bool
	all  [1 + partsOnce][]byte
	bs   [][]byte
	vecs vectors
	n    int
	err  error
}

func (a *attempt) run(fd uintptr) bool {
	a.n, a.err = a.vecs.try(fd, a.bs)
	return true
}

// try writes what the socket takes now, and gives what is left.
func (s *shard) try(c *client, all [][]byte) (left [][]byte) {
	a := &s.attempt
	a.bs, a.n, a.err = all, 0, nil
	err := c.raw.Write(a.f)
	a.bs = nil
	if err != nil || a.err != nil {
		c.lost()
		return nil
	}
	for len(all) > 0 && a.n >= len(all[0]) {
		a.n -= len(all[0])
		all = all[1:]
	}
	if a.n > 0 {
		all[0] = all[0][a.n:]
	}
	return all
}

// handOver has a hand write, which may wait.
func (s *shard) handOver(c *client, all [][]byte) {
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
	s.hub.running.Go(func() {
		state := int32(handDone)
		for _, b := range all {
			if c.write(b) != nil {
				state = handFailed
				break
			}
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
