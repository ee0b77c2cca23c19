package hub

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"openspacewall/hub/wall"
)

// buffers hold frames while they are read.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// read is the reading goroutine. It ends with the code to close with, 0 when
// the other side has gone.
func (c *client) read() int {
	c.conn.SetReadLimit(FrameMax)
	c.conn.SetPongHandler(func(string) error { c.heard(); return nil })
	c.conn.SetPingHandler(func(text string) error {
		if c.budget.spend(time.Now()) {
			c.pong(text)
		} else if c.budget.flood(time.Now()) {
			return errFlood
		}
		return nil
	})
	c.conn.SetCloseHandler(func(int, string) error { return nil }) // stop answers
	c.until(helloWithin)
	for {
		text, code := c.frame()
		if code != 0 || text == nil {
			return code
		}
		if c.stopping() {
			return 0
		}
		c.heard()
		if code := c.take(text); code != 0 {
			return code
		}
	}
}

var errFlood = errors.New("hub: too many frames")

// frame reads one frame; without text, the code to close with.
func (c *client) frame() ([]byte, int) {
	kind, body, err := c.conn.NextReader()
	if err != nil {
		return nil, c.fault(err)
	}
	if kind != websocket.TextMessage {
		return nil, CloseBinary
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if _, err := b.ReadFrom(body); err != nil {
		return nil, c.fault(err)
	}
	if !utf8.Valid(b.Bytes()) {
		return nil, CloseText
	}
	return append([]byte{}, b.Bytes()...), 0
}

// fault is the code for what a read ended with.
func (c *client) fault(err error) int {
	var closed *websocket.CloseError
	var silent net.Error
	switch {
	case errors.As(err, &closed):
		if closed.Code == websocket.CloseAbnormalClosure {
			return 0
		}
		return websocket.CloseNormalClosure
	case errors.Is(err, websocket.ErrReadLimit):
		return CloseTooLarge
	case errors.Is(err, errFlood):
		return CloseTooMuch
	case errors.As(err, &silent) && silent.Timeout():
		if !c.budget.greeted {
			return CloseProtocol // no hello
		}
		return 0 // silent for so long that nobody is there
	case strings.HasPrefix(err.Error(), "websocket: "):
		return CloseProtocol
	}
	return 0
}

// heard gives a client that was heard its time anew; before hello there is no
// more of it.
func (c *client) heard() {
	if c.budget.greeted {
		c.until(silentMax)
	}
}

// until gives the other side its time, unless it has been told to go: what it
// still says then buys it none.
func (c *client) until(d time.Duration) {
	if c.stopping() {
		return
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(d))
	if c.stopping() { // just now: the writer's shorter time may have been overwritten
		_ = c.conn.SetReadDeadline(time.Now().Add(farewellWait))
	}
}

// take does what a frame says; not 0: the code to close with.
func (c *client) take(text []byte) int {
	now := time.Now()
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
		return c.refuse(n, why)
	}
	return c.hello(in.Hello)
}

// command looks at a command without the wall: is it one, and may this role ask it?
func (c *client) command(in *Command) (wall.Command, *wall.Refusal) {
	command, err := wall.DecodeCommand(in.Do, in.With)
	switch {
	case err != nil:
		return nil, refusal(err)
	case !c.budget.greeted:
		return nil, invalid("command", "hello comes first")
	case in.Seen != 0 && c.Face != Desk:
		return nil, invalid("seen", "only a desk has seen")
	case c.Face == Projector || !wall.May(c.Actor.Role, in.Do):
		return nil, &wall.Refusal{Code: wall.Forbidden, Text: "not for this role"}
	}
	return command, nil
}

// ask sends a command into the room. It waits while too many are unanswered.
func (c *client) ask(in *Command, command wall.Command, size int, now time.Time) int {
	if !c.room.rehearsal && !c.budget.spend(now) {
		return c.tooOften(in.N, now)
	}
	if !c.slot() {
		return 0
	}
	n := in.N
	q := &ask{
		request: wall.Request{By: c.Actor, Seen: in.Seen, Command: command},
		size:    size,
		reply:   func(revision uint64, why *wall.Refusal) { c.reply(n, revision, why) },
	}
	if !c.room.submit(q) {
		q.reply(0, busy())
	}
	return 0
}

// slot takes the place of a command that waits for its answer; false when the
// client ends before there is one.
func (c *client) slot() bool {
	select {
	case c.slots <- struct{}{}:
		return true
	case <-c.done:
		return false
	}
}

func (c *client) refuse(n uint64, why *wall.Refusal) int {
	if c.slot() {
		c.reply(n, 0, why)
	}
	return 0
}

func (c *client) tooOften(n uint64, now time.Time) int {
	if c.budget.flood(now) {
		return CloseTooMuch
	}
	return c.refuse(n, &wall.Refusal{Code: wall.Rate, Text: "too many frames", After: c.budget.wait().Milliseconds()})
}

// hello lets the client into the room's relay, or back to its place. Entering
// comes before asking for what was missed, so nothing falls between the two.
func (c *client) hello(p *wall.Position) int {
	again := c.budget.greeted
	err := c.room.do(c.ctx, func() {
		if again {
			c.room.relay.own(c)
		} else {
			c.room.relay.enter(c)
		}
	})
	if err != nil {
		return CloseRestart // the room has ended; stop, if it came first, knows better
	}
	c.budget.greeted = true
	c.greet(p)
	c.heard()
	return 0
}
