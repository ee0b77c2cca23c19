package hub

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// client is one connection. A reader takes in what it says; its shard alone
// writes to it, keeps its times, and closes it. Everyone else leaves things in
// its mailbox, and wakes the shard.
type client struct {
	Join
	hub     *Hub
	room    *room
	conn    net.Conn
	deflate bool            // shared frames are
	held    []byte          // the answer to its handshake, which goes with the first frame
	raw     syscall.RawConn // nil: each write may wait
	hand    hand
	queued  bool // among its shard's woken; under the shard's lock

	shard   atomic.Pointer[shard]              // set when it has come into its room
	opening atomic.Pointer[context.CancelFunc] // until then: ends the waiting
	ending  atomic.Int32                       // not 0: it is to end, with the close code one below
	gone    atomic.Bool                        // the other side has said its last
	mail    mailbox

	// The reader's.
	intake intake
	budget budget
	poller *poller       // reads; nil: a goroutine does
	seated bool          // at the poller, in
	chair  int32         // this chair
	turn   int32         // of the chair
	more   chan struct{} // wakes a reading goroutine that waits for fewer unanswered commands

	heardAt    atomic.Int64 // when it was last heard; hub.clock
	greeted    atomic.Bool  // hello has come
	unanswered atomic.Int32 // commands under way, or whose answers are not yet written; and hellos not yet heard
	paused     atomic.Bool  // the reader waits for fewer of them

	place place   // its relay's
	out   outline // its shard's
}

func newClient(h *Hub, conn net.Conn, j Join) *client {
	c := &client{Join: j, hub: h, conn: conn, raw: rawOf(conn), deflate: j.Deflate && j.Face.audience() == wall.Hall}
	if h, holds := conn.(interface{ Held() []byte }); holds {
		c.held = h.Held()
	}
	c.intake.deflate = j.Deflate
	c.heardAt.Store(int64(h.clock()))
	return c
}

// open brings the client into its room. Its shard, and then its reader, take
// it over.
func (c *client) open() {
	ctx, cancel := context.WithCancel(c.hub.work)
	defer cancel()
	c.opening.Store(&cancel)
	if c.stopping() {
		cancel()
	}
	r, err := c.hub.enter(ctx, c.Wall)
	c.opening.Store(nil)
	if err != nil {
		code := CloseTryLater
		switch {
		case c.stopping():
			code = c.code()
		case errors.Is(err, store.ErrNotFound):
			code = CloseMissing // it was found when they came
		case errors.Is(err, ErrClosed):
			code = CloseRestart
		default:
			c.hub.Log.Error("a wall cannot be opened", "wall", c.Wall, "err", err)
		}
		c.hub.count.close(code)
		c.turnAway(code)
		c.hub.left(c)
		return
	}
	c.settle(r)
}

// settle gives the client its place in a room that it has entered. Who has said
// already where it is comes to its shard with the owner's answer: all that it is
// owed then goes in one write.
func (c *client) settle(r *room) {
	c.room = r
	s := r.relay.shardFor(c)
	c.shard.Store(s)
	if c.At == nil && !s.wake(c) || c.At != nil && !c.hello(*c.At) { // the room has just ended
		c.hub.leave(r)
		c.hub.count.close(CloseRestart)
		c.turnAway(CloseRestart)
		c.hub.left(c)
		return
	}
	if c.poller == nil {
		c.read()
	} else if err := c.poller.take(c); err != nil {
		c.hub.Log.Error("a connection cannot be read", "err", err)
		c.stop(CloseTryLater)
	}
}

// welcome is the first frame.
func (c *client) welcome(b []byte) []byte {
	b = append(b, c.held...)
	c.held = nil
	var room [256]byte
	return framed(b, opText, encodeWelcome(room[:0], &Welcome{
		Protocol: Protocol, Face: c.Face, Wall: c.Wall, Code: c.Code,
		Now: c.hub.Now().UnixMilli(), Build: c.hub.Build,
		Heard: c.At != nil,
	}))
}

// encodeWelcome writes what encode would: a hall that comes at once needs
// thousands of them, and each on its own.
func encodeWelcome(b []byte, w *Welcome) []byte {
	b = strconv.AppendInt(append(b, `{"welcome":{"protocol":`...), int64(w.Protocol), 10)
	b = quoted(append(b, `,"face":`...), string(w.Face))
	b = quoted(append(b, `,"wall":`...), w.Wall)
	b = quoted(append(b, `,"code":`...), w.Code)
	b = strconv.AppendInt(append(b, `,"now":`...), w.Now, 10)
	b = quoted(append(b, `,"build":`...), w.Build)
	if w.Heard {
		b = append(b, `,"heard":true`...)
	}
	return append(b, "}}"...)
}

// stop ends the client: with a close code to tell the other side, or 0 when
// there is nobody to tell. The first one counts.
func (c *client) stop(code int) {
	if !c.ending.CompareAndSwap(0, int32(code)+1) {
		return
	}
	if cancel := c.opening.Load(); cancel != nil {
		(*cancel)()
	}
	nudge(c.more)
	c.wake()
}

func (c *client) stopping() bool { return c.ending.Load() != 0 }

// code is what the client is to be closed with; stopping has been asked before.
func (c *client) code() int { return int(c.ending.Load()) - 1 }

// wake has its shard look at the client.
func (c *client) wake() {
	if s := c.shard.Load(); s != nil {
		s.wake(c)
	}
}

// cut ends the connection, whatever is being read or written on it.
func (c *client) cut() {
	_ = bottom(c.conn).Close()
	c.stop(0)
}

// turnAway closes the connection of a client that never came into a room.
func (c *client) turnAway(code int) {
	conn := c.conn
	_ = conn.SetDeadline(time.Now().Add(farewellWait))
	_, _ = conn.Write(goodbye(c.held, code)) // whoever is gone does not hear it
	var b [1 << 10]byte
	for { // closing a socket with something unread resets it, and the close frame would be lost
		if _, err := conn.Read(b[:]); err != nil {
			break
		}
	}
	_ = conn.Close()
}

// bottom is the connection under all that is laid over it.
func bottom(conn net.Conn) net.Conn {
	for {
		over, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = over.NetConn()
	}
}

// rawOf is the socket itself, when bytes written to the connection go to it as
// they are: not with TLS.
func rawOf(conn net.Conn) syscall.RawConn {
	if !canTry {
		return nil
	}
	s, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// answer puts the answer to a command into the mailbox.
func (c *client) answer(n, revision uint64, why *wall.Refusal) {
	if why != nil {
		c.hub.count.refuse(why.Code)
	}
	c.mail.answer(n, revision, why)
	c.wake()
}

// replied is the message for an answer of a room.
func replied(b []byte, n, revision uint64, why *wall.Refusal) []byte {
	if why != nil {
		return append(b, encode(Outgoing{Refused: &Refused{N: n, Refusal: *why}})...)
	}
	b = strconv.AppendUint(append(b, `{"ack":{"n":`...), n, 10)
	b = strconv.AppendUint(append(b, `,"revision":`...), revision, 10)
	return append(b, "}}"...)
}
