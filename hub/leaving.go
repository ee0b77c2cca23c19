package hub

import "time"

// add takes a client in.
func (s *shard) add(c *client) {
	o := &c.out
	now := s.hub.clock()
	o.came, o.index, o.ping = true, len(s.clients), now+pingEvery
	s.clients = append(s.clients, c)
	s.schedule(c, now+helloWithin)
}

// leave ends a client's connection, step by step: what is begun is written,
// and when the hub is closing the answers to what was asked before, for whoever
// gets none has to ask the next hub again; then the close frame; then the other
// side's is waited for, so that ours is not lost in a reset; each for no longer
// than a moment. It is called again whenever something has happened. b is
// written before the close frame.
func (s *shard) leave(c *client, b []byte) {
	o := &c.out
	code := c.code()
	if !o.leaving {
		o.leaving, o.missed = true, nil
		c.room.relay.knock(knock{client: c, leaves: true})
		s.hub.count.close(code)
		o.until = s.hub.clock() + farewellWait
		s.schedule(c, o.until)
	}
	switch {
	case code == 0, code == CloseSlow: // nobody is there; there is no room to say so
		s.remove(c)
	case o.busy:
	case !o.said && code == CloseRestart && c.unanswered.Load() > 0 && s.hub.clock() < o.until && !c.gone.Load():
		s.send(c, b)
	case !o.said:
		s.say(c, goodbye(b, code))
	case c.gone.Load():
		s.remove(c)
	}
}

// say writes the last that a client gets.
func (s *shard) say(c *client, b []byte) {
	o := &c.out
	o.said = true
	o.until = s.hub.clock() + farewellWait
	s.send(c, b)
	s.schedule(c, o.until)
	if !o.busy && c.gone.Load() {
		s.remove(c)
	}
}

// overdue goes on with a client that leaves and has used up a moment.
func (s *shard) overdue(c *client, now time.Duration) {
	switch o := &c.out; {
	case !o.leaving, now < o.until:
		s.schedule(c, max(o.until, now))
	case o.busy, o.said:
		s.remove(c)
	default: // its answers have not come
		s.leave(c, nil)
	}
}

// remove closes a connection, and forgets the client as soon as no hand is
// writing to it.
func (s *shard) remove(c *client) {
	o := &c.out
	_ = bottom(c.conn).Close() // a hand gives up now
	if o.busy {
		return
	}
	if c.poller != nil {
		c.poller.drop(c)
	}
	_ = c.conn.Close()
	o.closed = true
	last := len(s.clients) - 1
	if moved := s.clients[last]; moved != c {
		s.clients[o.index] = moved
		moved.out.index = o.index
		s.wake(moved) // a pass under way has its new place behind it, perhaps
	}
	s.clients[last] = nil
	s.clients = s.clients[:last]
	s.given.Add(-1)
	s.hub.leave(c.room)
	s.hub.left(c)
}

// lost notes that nothing more can be written.
func (c *client) lost() {
	c.gone.Store(true)
	c.stop(0)
	c.wake()
}
