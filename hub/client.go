package hub

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// client is one connection. Its reader takes commands in, its writer lets out
// what the client misses; both belong to serve, which ends when they have.
// Only the writer writes to the socket.
type client struct {
	Join
	hub  *Hub
	room *room
	feed *feed
	conn *websocket.Conn

	ctx     context.Context // ends with stop
	cancel  context.CancelFunc
	code    int           // why it ends; set before done is closed
	once    sync.Once     // of stop
	cut     *time.Timer   // ends the connection when it takes too long to end; set by stop
	done    chan struct{} // closed by stop
	written chan struct{} // closed when the writer has ended
	ended   chan struct{} // closed when serve has

	took  atomic.Uint64 // the newest edition that the writer has written, or caught up with
	wake  chan struct{} // one place: there is something to write
	slots chan struct{} // one taken by each command that is not yet answered
	mail  mailbox

	budget budget
	writer writer
}

// mailbox is what waits to be written to one client alone. It is bounded: each
// thing but the answers has one place, and answers are bounded by slots.
type mailbox struct {
	mu      sync.Mutex
	me      []byte
	answers [][]byte
	hello   *wall.Position // where the client says it is
	pong    *string        // the last ping that is not answered
}

func newClient(h *Hub, conn *websocket.Conn, j Join) *client {
	c := &client{
		Join: j, hub: h, conn: conn,
		done:    make(chan struct{}),
		written: make(chan struct{}),
		ended:   make(chan struct{}),
		wake:    make(chan struct{}, 1),
		slots:   make(chan struct{}, answersMax),
	}
	c.ctx, c.cancel = context.WithCancel(h.work)
	return c
}

// serve is the client's life. It ends when the socket is closed and the room left.
func (c *client) serve() {
	defer c.cancel()
	r, err := c.hub.enter(c.ctx, c.Wall)
	if err != nil {
		code := CloseTryLater
		switch {
		case c.stopping():
			code = c.code
		case errors.Is(err, store.ErrNotFound):
			code = CloseNoWall
		case errors.Is(err, ErrClosed):
			code = CloseRestart
		default:
			c.hub.Log.Error("a wall cannot be opened", "wall", c.Wall, "err", err)
		}
		c.hub.count.close(code)
		refuse(c.conn, code)
		return
	}
	defer c.hub.leave(r)
	c.room, c.feed = r, r.relay.feeds[c.Face.audience()]

	go c.write()
	c.stop(c.read())
	_ = r.do(c.hub.work, func() { r.relay.leave(c) }) // an error: the room has ended
	<-c.written
	c.hangUp()
	c.cut.Stop()
}

// stop ends the client: with a close code to tell the other side, or 0 when
// there is nobody to tell. The first one counts.
func (c *client) stop(code int) {
	c.once.Do(func() {
		c.code = code
		close(c.done)
		c.cancel()
		// A writer waiting for a slow reader does not keep the rest waiting. One
		// that is just beginning to write may set its longer time over this one.
		_ = c.conn.NetConn().SetWriteDeadline(time.Now().Add(farewellWait))
		c.cut = time.AfterFunc(cutAfter, func() { _ = c.conn.NetConn().Close() })
	})
}

func (c *client) stopping() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// hangUp waits a moment for the other side's close, so that ours is not lost
// in a reset, and closes the socket.
func (c *client) hangUp() {
	if c.code != 0 {
		_ = c.conn.NetConn().SetReadDeadline(time.Now().Add(farewellWait))
		for {
			if _, _, err := c.conn.NextReader(); err != nil {
				break
			}
		}
		if c.code == CloseTooLarge || c.code == CloseProtocol {
			drain(c.conn.NetConn()) // the frames' reader has given up
		}
	}
	_ = c.conn.Close()
}

// setMe puts the person's own state into the mailbox, in the place of an older one.
func (c *client) setMe(text []byte) {
	c.mail.mu.Lock()
	c.mail.me = text
	c.mail.mu.Unlock()
	nudge(c.wake)
}

// answer puts the answer to a command into the mailbox. The command holds a slot.
func (c *client) answer(text []byte) {
	c.mail.mu.Lock()
	c.mail.answers = append(c.mail.answers, text)
	c.mail.mu.Unlock()
	nudge(c.wake)
}

func (c *client) greet(p *wall.Position) {
	c.mail.mu.Lock()
	c.mail.hello = p
	c.mail.mu.Unlock()
	nudge(c.wake)
}

func (c *client) pong(text string) {
	c.mail.mu.Lock()
	c.mail.pong = &text
	c.mail.mu.Unlock()
	nudge(c.wake)
}

// collect empties the mailbox.
func (m *mailbox) collect() (me []byte, answers [][]byte, hello *wall.Position, pong *string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	me, answers, hello, pong = m.me, m.answers, m.hello, m.pong
	m.me, m.answers, m.hello, m.pong = nil, nil, nil, nil
	return me, answers, hello, pong
}

// reply answers a command. The command holds a slot.
func (c *client) reply(n, revision uint64, why *wall.Refusal) {
	if why != nil {
		c.hub.count.refuse(why.Code)
	}
	c.answer(replied(n, revision, why))
}

// replied is the message for an answer of a room.
func replied(n, revision uint64, why *wall.Refusal) []byte {
	if why != nil {
		return encode(Outgoing{Refused: &Refused{N: n, Refusal: *why}})
	}
	b := strconv.AppendUint([]byte(`{"ack":{"n":`), n, 10)
	b = strconv.AppendUint(append(b, `,"revision":`...), revision, 10)
	return append(b, "}}"...)
}
