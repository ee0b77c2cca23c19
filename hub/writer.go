package hub

import (
	"errors"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/wall"
)

// writer is what the writing goroutine alone knows of its client.
type writer struct {
	greeted bool          // hello has come
	at      wall.Position // what was written takes the client here
	number  uint64        // of the newest edition that at covers
}

// write is the writing goroutine: it sleeps until there is something, and then
// writes what the client misses. It keeps no queue of frames.
func (c *client) write() {
	defer close(c.written)
	ping := time.NewTimer(pingEvery)
	defer ping.Stop()
	err := c.put(newMessage(encode(Outgoing{Welcome: &Welcome{
		Protocol: Protocol, Face: c.Face, Wall: c.Wall, Code: c.Code,
		Now: c.hub.Now().UnixMilli(), Build: c.hub.Build,
	}})))
	for err == nil {
		select {
		case <-c.done:
			c.answerRest()
			c.sayGoodbye()
			return
		case <-c.wake:
			err = c.pass()
		case <-ping.C:
			err = c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(stalledMax))
			ping.Reset(pingEvery)
		}
	}
	var slow net.Error
	switch {
	case c.stopping():
		c.sayGoodbye()
	case errors.As(err, &slow) && slow.Timeout():
		c.hub.count.close(CloseSlow)
		c.stop(CloseSlow) // a frame may be half written: there is no room to say so
		_ = c.conn.NetConn().SetReadDeadline(time.Now())
	case errors.Is(err, websocket.ErrCloseSent): // the reader has, and knows why
	default:
		c.stop(0)
		_ = c.conn.NetConn().SetReadDeadline(time.Now())
	}
}

// answerRest waits a moment for the answers to what was asked before the hub
// began to close: whoever gets none has to ask the next hub again.
func (c *client) answerRest() {
	if c.code != CloseRestart {
		return
	}
	wait := time.NewTimer(farewellWait)
	defer wait.Stop()
	for len(c.slots) > 0 {
		select {
		case <-c.wake:
			if _, err := c.deliver(); err != nil {
				return
			}
		case <-wait.C:
			return
		}
	}
}

// pass writes what there is for this client now. The edition is looked up
// before the answers: those are put into the mailbox before the edition that
// shows what they answer is published, and so are never written after it.
func (c *client) pass() error {
	w := &c.writer
	e := c.feed.now.Load()
	hello, err := c.deliver()
	if err != nil {
		return err
	}
	if hello != nil {
		w.greeted, w.at = true, *hello
	}
	switch {
	case !w.greeted:
		return nil
	case hello == nil && e.number <= w.number:
		return nil
	case hello == nil && w.at.Epoch == e.at.Epoch && w.at.Revision >= e.from && w.at.Revision <= e.at.Revision:
		if err := c.put(e.frame); err != nil {
			return err
		}
		w.at, w.number = e.at, e.number
	default:
		if err := c.catchUp(); err != nil {
			return err
		}
	}
	if e.number > c.took.Load() {
		c.feed.wrote(c, e)
	}
	return nil
}

// catchUp asks the room for what the client misses, and writes it. What is in
// the mailbox by then goes first, as in pass.
func (c *client) catchUp() error {
	w := &c.writer
	var messages []*message
	var at wall.Position
	var number uint64
	if err := c.room.do(c.ctx, func() { messages, at, number = c.feed.missed(w.at) }); err != nil {
		return err
	}
	for _, m := range messages {
		hello, err := c.deliver()
		if err != nil {
			return err
		}
		if hello != nil { // it has lost its place: begin again with the next pass
			c.greet(hello)
			return nil
		}
		if err := c.put(m); err != nil {
			return err
		}
	}
	w.at, w.number = at, number
	return nil
}

// deliver writes what is for this client alone, and gives the position that it
// said hello with, if it did.
func (c *client) deliver() (hello *wall.Position, err error) {
	me, answers, hello, pong := c.mail.collect()
	if pong != nil {
		if err := c.conn.WriteControl(websocket.PongMessage, []byte(*pong), time.Now().Add(stalledMax)); err != nil {
			return nil, err
		}
	}
	if me != nil {
		if err := c.put(&message{text: me}); err != nil {
			return nil, err
		}
	}
	for _, a := range answers {
		if err := c.put(&message{text: a}); err != nil {
			return nil, err
		}
		<-c.slots
	}
	return hello, nil
}

// put writes one message. A large one goes in chunks, each with its own time:
// a slow reader is one that takes none for stalledMax.
func (c *client) put(m *message) error {
	c.hub.count.sent(len(m.text))
	if m.prepared != nil {
		c.deadline()
		return c.conn.WritePreparedMessage(m.prepared)
	}
	if len(m.text) <= chunk {
		c.deadline()
		return c.conn.WriteMessage(websocket.TextMessage, m.text)
	}
	w, err := c.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	for rest := m.text; len(rest) > 0; {
		n := min(len(rest), chunk)
		c.deadline()
		if _, err := w.Write(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	c.deadline()
	return w.Close()
}

// deadline gives the next write its time. Setting one never fails.
func (c *client) deadline() {
	wait := stalledMax
	if c.stopping() {
		wait = farewellWait
	}
	_ = c.conn.SetWriteDeadline(time.Now().Add(wait))
}

// sayGoodbye tells the other side why, if there is a why.
func (c *client) sayGoodbye() {
	if c.code != 0 {
		c.hub.count.close(c.code)
		farewell(c.conn, c.code)
	}
	_ = c.conn.NetConn().SetReadDeadline(time.Now().Add(farewellWait)) // the reader waits no longer for the answer
}

func farewell(conn *websocket.Conn, code int) {
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(farewellWait))
}

// refuse closes a connection that never had a client's goroutines.
func refuse(conn *websocket.Conn, code int) {
	farewell(conn, code)
	drain(conn.NetConn())
	_ = conn.Close()
}

// drain reads away what is still coming, for a moment: closing a socket with
// something unread resets it, and the close frame would be lost.
func drain(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(farewellWait))
	var b [1 << 10]byte
	for {
		if _, err := conn.Read(b[:]); err != nil {
			return
		}
	}
}
