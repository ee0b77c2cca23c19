package hub

import (
	"context"
	"errors"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// Join is who comes to which wall. It is what the hub knows about a
// connection's other side: nothing in a frame adds to it.
type Join struct {
	Wall    string // id
	Code    string // the join code it was asked for by
	Face    Face
	Actor   wall.Actor
	Display string // of a projector: which display it is
	Deflate bool   // permessage-deflate is agreed upon, without context takeover either way
	// At is where it said in its request that it is: that stands for hello. Nil:
	// hello comes as a frame.
	At *wall.Position
}

// Serve takes a connection over, of which nothing has been read yet, and
// returns at once. The hub closes it.
func (h *Hub) Serve(ctx context.Context, conn *websocket.Conn, j Join) {
	c := newClient(h, conn.NetConn(), j)
	h.Log.DebugContext(ctx, "somebody came", "wall", j.Wall, "face", j.Face, "display", j.Display)
	if r := h.admit(c); r != nil {
		c.settle(r)
	}
}

// admit takes a client in. It gives the client's room, entered, when nothing is
// to be waited for; else a goroutine does what there is to do.
func (h *Hub) admit(c *client) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.over:
		_ = c.conn.Close()
		return nil
	case h.closing:
		h.running.Go(func() { c.turnAway(CloseRestart) })
		return nil
	}
	h.present.Add(1)
	h.clients[c] = struct{}{}
	if c.poller = h.poller(c); c.poller == nil {
		c.more = make(chan struct{}, 1)
	} else if r := h.rooms[c.Wall]; r != nil && r.isReady() {
		r.users++
		return r
	}
	h.running.Go(c.open)
	return nil
}

// poller gives a client to one, if there are any for it: they begin with the
// first. The hub is locked.
func (h *Hub) poller(c *client) *poller {
	if c.raw == nil {
		return nil
	}
	if h.polled++; h.polled == 1 {
		h.pollers = newPollers(h.running.Go)
	}
	if len(h.pollers) == 0 {
		return nil
	}
	return h.pollers[h.polled%len(h.pollers)]
}

// left forgets a client.
func (h *Hub) left(c *client) {
	h.mu.Lock()
	delete(h.clients, c)
	h.mu.Unlock()
	h.present.Done()
}

// Dismiss closes every connection of an actor, now.
func (h *Hub) Dismiss(actorID string, code int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if c.Actor.ID == actorID {
			c.stop(code)
		}
	}
}

// ErrExists is Create's answer when there is such a wall.
var ErrExists = store.ErrExists

// Create makes a wall.
func (h *Hub) Create(ctx context.Context, id string, s wall.Settings) error {
	epoch, err := h.token()
	if err != nil {
		return err
	}
	at := wall.Position{Epoch: epoch}
	w := wall.New(at, s, h.Now().UnixMilli())
	return h.Store.Create(ctx, id, store.Batch{After: at, Entries: w.All(), Ranks: w.AllRanks()})
}

// Settings gives the settings of a wall as they are now.
func (h *Hub) Settings(ctx context.Context, id string) (wall.Settings, error) {
	out := make(chan wall.Settings, 1)
	err := h.with(ctx, id, func(r *room) { out <- r.wall.Settings() })
	if err != nil {
		return wall.Settings{}, err
	}
	return <-out, nil
}

// Snapshot gives a whole wall as an audience sees it.
func (h *Hub) Snapshot(ctx context.Context, id string, a wall.Audience) (wall.Delta, error) {
	out := make(chan wall.Delta, 1)
	err := h.with(ctx, id, func(r *room) { out <- r.wall.Since(a, 0) })
	if err != nil {
		return wall.Delta{}, err
	}
	return <-out, nil
}

// Do has a command decided and stored. A refusal is the error; nil means done.
func (h *Hub) Do(ctx context.Context, id string, q wall.Request) error {
	for {
		r, err := h.enter(ctx, id)
		if err != nil {
			return err
		}
		err = h.ask(ctx, r, q)
		h.leave(r)
		if !errors.Is(err, errLeft) {
			return err
		}
	}
}

func (h *Hub) ask(ctx context.Context, r *room, q wall.Request) error {
	done := make(chan error, 1)
	ok := r.submit(&ask{request: q, reply: func(_ uint64, why *wall.Refusal) {
		if why != nil {
			done <- why
			return
		}
		done <- nil
	}})
	if !ok {
		return busy()
	}
	select {
	case err := <-done:
		return err
	case <-r.done:
		return errLeft
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Delete removes a wall and everything about it. Whoever is there is told
// that there is no such wall: its owner removes it, so that it does not find it
// missing before it knows why.
func (h *Hub) Delete(ctx context.Context, id string) error {
	h.mu.Lock()
	r := h.rooms[id]
	h.mu.Unlock()
	if r == nil {
		return h.Store.Delete(ctx, id)
	}
	out := make(chan error, 1)
	err := r.do(ctx, func() {
		err := h.Store.Delete(ctx, id)
		if err == nil {
			r.ending = CloseNoWall
		}
		out <- err
	})
	switch {
	case errors.Is(err, errLeft):
		return h.Store.Delete(ctx, id)
	case err != nil:
		return err
	}
	return <-out
}
