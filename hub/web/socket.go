package web

import (
	"bufio"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// sockets counts the open ones, all and by who opened them.
type sockets struct {
	mu    sync.Mutex
	all   int
	held  map[string]int // by wall and actor
	asked map[*guest]struct{}
}

// guests are those whose right to be here is asked for again and again.
func (s *sockets) guests() []*guest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.asked))
}

// take counts one more, unless there are too many: of all, or of this one's.
// free is to be called once for each that was taken.
func (s *sockets) take(who string, each int, g *guest) (free func(), full, tooMany bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.all >= SocketsMost:
		return nil, true, false
	case s.held[who] >= each:
		return nil, false, true
	}
	s.all++
	s.held[who]++
	if g != nil {
		s.asked[g] = struct{}{}
	}
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		delete(s.asked, g)
		if s.held[who]--; s.held[who] == 0 {
			delete(s.held, who)
		}
	}), false, false
}

// upgrader makes a connection a WebSocket. Its buffers are not used any more
// then: the hub has its own, shared.
var upgrader = newUpgrader(false)

// deflating agrees to permessage-deflate, too.
var deflating = newUpgrader(true)

func newUpgrader(deflate bool) *websocket.Upgrader {
	return &websocket.Upgrader{
		HandshakeTimeout: headerWithin,
		WriteBufferSize:  4 << 10,
		WriteBufferPool:  &sync.Pool{},
		Subprotocols:     []string{hub.Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // ownOrigin has been asked before
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			sayCode(w, status, "invalid")
		},
		EnableCompression: deflate,
	}
}

// displayForm is what a display's name may look like.
var displayForm = regexp.MustCompile(`^[0-9a-z-]{1,16}$`)

// openSocket lets a face in. A browser's page does not see the status of a
// refused handshake, only a close code; so whoever must not come back by
// itself is let in as far as that code.
func (s *Server) openSocket(w http.ResponseWriter, r *http.Request) {
	if !s.doorway.enter(r.Context()) {
		sayFull(w)
		return
	}
	defer s.doorway.leave()
	s.letIn(w, r)
}

// sayFull answers who has waited too long at the doorway.
func sayFull(w http.ResponseWriter) {
	retryAfter(w, time.Second)
	sayCode(w, http.StatusServiceUnavailable, "busy")
}

// letIn lets in who has a place at the doorway.
func (s *Server) letIn(w http.ResponseWriter, r *http.Request) {
	face, ok := faceOf(r)
	at, placed := positionOf(r)
	if !ok || !placed || !websocket.IsWebSocketUpgrade(r) {
		sayCode(w, http.StatusBadRequest, "invalid")
		return
	}
	if !s.ownOrigin(r) {
		sayCode(w, http.StatusForbidden, "origin")
		return
	}
	c, find, err := caller{device: s.deviceOf(r)}, s.findLately, error(nil)
	if face != hub.Phone { // and only then other cookies count
		c, err = s.whoAsks(r)
		find = s.find
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p, err := s.arrive(r, c, find)
	switch {
	case errors.Is(err, errNoWall):
		s.turnAway(w, r, hub.CloseNoWall)
		return
	case errors.Is(err, errMissing):
		s.turnAway(w, r, hub.CloseMissing)
		return
	case err != nil:
		s.notHere(w, r, err)
		return
	case !c.may(comingIn[face], p.ID):
		s.turnAway(w, r, hub.CloseDismissed)
		return
	}
	actor, each := c.actor(face, p.ID), SocketsEach
	if face == hub.Projector {
		each = SocketsScreen
	}
	g := s.guest(r, face, p, actor.ID)
	free, full, tooMany := s.sockets.take(p.ID+" "+actor.ID, each, g)
	switch {
	case full:
		retryAfter(w, guessPause)
		sayCode(w, http.StatusServiceUnavailable, "full")
		return
	case tooMany:
		s.turnAway(w, r, hub.CloseTooMuch)
		return
	}
	up, deflate := upgrader, offersDeflate(r)
	if deflate {
		up = deflating
	}
	conn, err := up.Upgrade(&counted{ResponseWriter: w, free: free}, r, nil)
	if err != nil { // answered; the connection may have been taken, and closed, or not
		free()
		return
	}
	if conn.Subprotocol() != hub.Subprotocol {
		goodbye(conn, hub.CloseOldPage)
		return
	}
	display, _ := member(r, "display")
	if !displayForm.MatchString(display) {
		display = "1"
	}
	s.Hub.Serve(context.WithoutCancel(r.Context()), conn, hub.Join{
		Wall: p.ID, Code: p.Code, Face: face, Actor: actor, Display: display, Deflate: deflate, At: at,
	})
	if g == nil {
		return
	}
	// What was revoked since whoAsks found nobody to dismiss: ask again. Who
	// still may comes back; the others are told.
	if still, err := g.still(askWithin); err != nil || !still {
		s.Hub.Dismiss(actor.ID, hub.CloseComeBack)
	}
}

// comingIn is what one must be allowed to for a face's socket.
var comingIn = map[hub.Face]action{hub.Phone: attend, hub.Projector: watch, hub.Desk: moderate}

// turnAway lets somebody in as far as a close code.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, code int) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil { // answered
		return
	}
	goodbye(conn, code)
}

// goodbye says a close code and closes. Nobody waits for the other side.
func goodbye(conn *websocket.Conn, code int) {
	message := websocket.FormatCloseMessage(code, "")
	_ = conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second)) // whoever is gone does not hear it
	_ = conn.Close()
}

// counted gives away a connection that says when it is closed.
type counted struct {
	http.ResponseWriter
	free func()
}

// Hijack is how a WebSocket takes the connection over.
func (c *counted) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &countedConn{Conn: conn, free: c.free}, buffered, nil
}

// countedConn holds the answer to the handshake back, for whoever writes next:
// it goes with the first frame, in one write. A hall that comes at once is a
// fifth cheaper for it.
type countedConn struct {
	net.Conn
	free     func()
	held     []byte
	answered bool
}

// Held is what was written and is not sent, for a hub that writes to the
// socket itself.
func (c *countedConn) Held() []byte {
	held := c.held
	c.held = nil
	return held
}

func (c *countedConn) Write(b []byte) (int, error) {
	if !c.answered {
		c.answered, c.held = true, slices.Clone(b)
		return len(b), nil
	}
	held := c.Held()
	if held == nil {
		return c.Conn.Write(b)
	}
	n, err := c.Conn.Write(append(held, b...))
	return max(n-len(held), 0), err
}

// NetConn is the connection that is counted.
func (c *countedConn) NetConn() net.Conn { return c.Conn }

// SyscallConn is the socket itself, so that the hub can write to it without
// waiting: not with TLS.
func (c *countedConn) SyscallConn() (syscall.RawConn, error) {
	if s, ok := c.Conn.(syscall.Conn); ok {
		return s.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

func (c *countedConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}

// positionOf reads where somebody says they are; nil when they do not say it in
// the address. It is false when what they say is no position.
func positionOf(r *http.Request) (*wall.Position, bool) {
	epoch, epochs := member(r, "epoch")
	revision, revisions := member(r, "revision")
	if epochs == 0 && revisions == 0 {
		return nil, true
	}
	p, ok := hub.ReadPosition(epoch, revision)
	return &p, ok && epochs == 1 && revisions == 1
}

// member is the first value that a name has in an address, and how many it has.
func member(r *http.Request, name string) (value string, times int) {
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if is, escaped, _ := strings.Cut(part, "="); is == name {
			text, err := url.QueryUnescape(escaped)
			if err != nil {
				return "", 2 // never the one that is asked for
			}
			if times++; times == 1 {
				value = text
			}
		}
	}
	return value, times
}

// faceOf reads the face asked for.
func faceOf(r *http.Request) (hub.Face, bool) {
	name, _ := member(r, "face")
	switch f := hub.Face(name); f {
	case hub.Phone, hub.Projector, hub.Desk:
		return f, true
	default:
		return "", false
	}
}
