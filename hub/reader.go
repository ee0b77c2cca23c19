package hub

import (
	"time"

	"openspacewall/hub/wall"
)

// read is a reading goroutine. Once the client is told to go, what comes is
// read away, so that the socket is not reset under the close frame.
func (c *client) read() {
	var b [readMost]byte
	for {
		n, err := c.conn.Read(b[:])
		if err != nil {
			c.lost()
			return
		}
		for rest := b[:n]; !c.hear(rest); rest = nil {
			<-c.more
		}
	}
}

// hear takes in what came. It is false when the rest has to wait, until there
// are fewer commands unanswered: then it is to be called again, with nothing.
func (c *client) hear(b []byte) bool {
	in := &c.intake
	if len(in.rest) > 0 {
		in.rest = append(in.rest, b...)
		b = in.rest
	}
	for len(b) > 0 {
		if c.stopping() {
			c.hearLast(b)
			return true
		}
		if c.full() {
			in.keep(b)
			return false
		}
		h, n, code := in.next(b)
		if code != 0 {
			in.keep(nil)
			c.stop(code)
			return true
		}
		b = b[n:]
		if h.op == opMore {
			break
		}
		if code := c.take(h); code != 0 {
			c.stop(code)
		}
	}
	in.keep(b)
	return true
}

// hearLast looks for the close frame that answers ours.
func (c *client) hearLast(b []byte) {
	in := &c.intake
	for len(b) > 0 {
		h, n, code := in.next(b)
		if code != 0 {
			break
		}
		if b = b[n:]; h.op == opClose {
			c.gone.Store(true)
			c.wake()
		}
		if h.op == opMore {
			in.keep(b)
			return
		}
	}
	in.keep(nil)
}

// keep keeps what is not whole yet.
func (in *intake) keep(b []byte) {
	if len(b) == 0 {
		in.rest = nil
		return
	}
	in.rest = append(make([]byte, 0, len(b)), b...)
}

// full says that the client is to wait with further commands.
func (c *client) full() bool {
	if c.unanswered.Load() < answersMax {
		return false
	}
	c.paused.Store(true)
	return c.unanswered.Load() >= answersMax || !c.paused.CompareAndSwap(true, false)
}

// answered notes that answers are written, or hello heard.
func (c *client) answered(n int32) {
	c.unanswered.Add(-n)
	if !c.paused.CompareAndSwap(true, false) {
		return
	}
	if c.poller != nil {
		c.poller.again(c)
	} else {
		nudge(c.more)
	}
}

// take does what a frame says; not 0: the code to close with.
func (c *client) take(h heard) int {
	now := time.Now()
	switch h.op {
	case opClose:
		c.gone.Store(true)
		return CloseNormal
	case opPing:
		if c.budget.spend(now) {
			c.mail.echo(h.text)
			c.wake()
		} else if c.budget.flood(now) {
			return CloseTooMuch
		}
		return 0
	}
	if c.greeted.Load() { // before hello there is no more time
		c.heardAt.Store(int64(c.hub.clock()))
	}
	if h.op == opText {
		return c.takeText(h.text, now)
	}
	return 0
}

func (c *client) takeText(text []byte, now time.Time) int {
	in, n, why := decode(text)
	if why == nil && in.Command != nil {
		var command wall.Command
		command, why = c.command(in.Command)
		if why == nil {
			return c.ask(in.Command, command, len(text), now)
		}
	}
	if !c.budget.spend(now) && !c.room.rehearsal {
		return c.tooOften(n, now)
	}
	if why != nil {
		if why.Code == wall.Invalid && c.budget.mistake(now) {
			return CloseTooMuch
		}
		c.refuse(n, why)
		return 0
	}
	if !c.hello(*in.Hello) {
		return CloseRestart
	}
	return 0
}

// command looks at a command without the wall: is it one, and may this role ask it?
func (c *client) command(in *Command) (wall.Command, *wall.Refusal) {
	command, err := wall.DecodeCommand(in.Do, in.With)
	switch {
	case err != nil:
		return nil, refusal(err)
	case !c.greeted.Load():
		return nil, invalid("command", "hello comes first")
	case in.Seen != 0 && c.Face != Desk:
		return nil, invalid("seen", "only a desk has seen")
	case c.Face == Projector || !wall.May(c.Actor.Role, in.Do):
		return nil, &wall.Refusal{Code: wall.Forbidden, Text: "not for this role"}
	}
	return command, nil
}

// ask sends a command into the room.
func (c *client) ask(in *Command, command wall.Command, size int, now time.Time) int {
	if !c.room.rehearsal && !c.budget.spend(now) {
		return c.tooOften(in.N, now)
	}
	n := in.N
	c.unanswered.Add(1)
	q := &ask{
		request: wall.Request{By: c.Actor, Seen: in.Seen, Command: command},
		size:    size,
		reply:   func(revision uint64, why *wall.Refusal) { c.answer(n, revision, why) },
	}
	if !c.room.submit(q) {
		q.reply(0, busy())
	}
	return 0
}

func (c *client) refuse(n uint64, why *wall.Refusal) {
	c.unanswered.Add(1)
	c.answer(n, 0, why)
}

func (c *client) tooOften(n uint64, now time.Time) int {
	if c.budget.flood(now) {
		return CloseTooMuch
	}
	c.refuse(n, &wall.Refusal{Code: wall.Rate, Text: "too many frames", After: c.budget.wait().Milliseconds()})
	return 0
}

// hello asks the room to let the client in, or to tell it everything anew. It is
// false when the room has ended.
func (c *client) hello(p wall.Position) bool {
	c.greeted.Store(true)
	c.heardAt.Store(int64(c.hub.clock()))
	c.unanswered.Add(1)
	if c.room.relay.knock(knock{client: c, at: p}) {
		return true
	}
	c.unanswered.Add(-1)
	return false
}
