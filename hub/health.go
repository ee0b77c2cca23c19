package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"
)

// Counts are what an operator wants to see at a glance.
type Counts struct {
	Walls, Phones, Projectors, Desks int
	Away                             int           // walls whose store cannot be reached
	Closed                           map[int]int64 // connections the hub closed, by code
}

var closeCounted = [...]int{
	CloseRestart, CloseTryLater, CloseProtocol, CloseBinary, CloseText, CloseTooLarge,
	CloseDismissed, CloseNoWall, CloseSlow, CloseOldPage, CloseTooMuch,
}

// Counts counts.
func (h *Hub) Counts() Counts {
	n := Counts{Closed: map[int]int64{}}
	h.mu.Lock()
	n.Walls = len(h.rooms)
	for _, r := range h.rooms {
		if r.away.Load() {
			n.Away++
		}
	}
	for c := range h.clients {
		switch c.Face {
		case Phone:
			n.Phones++
		case Projector:
			n.Projectors++
		case Desk:
			n.Desks++
		}
	}
	h.mu.Unlock()
	for i, code := range closeCounted {
		if k := h.closed[i].Load(); k > 0 {
			n.Closed[code] = k
		}
	}
	return n
}

func (h *Hub) countClose(code int) {
	if i := slices.Index(closeCounted[:], code); i >= 0 {
		h.closed[i].Add(1)
	}
}

// Ready says in an error why this hub should get no visitors now: it is
// closing, the store is away, or the owner of a wall does not answer.
func (h *Hub) Ready(ctx context.Context) error {
	h.mu.Lock()
	closing := h.closing
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.Unlock()
	if closing {
		return ErrClosed
	}
	if err := h.Store.Ready(ctx); err != nil {
		return err
	}
	for _, r := range rooms {
		select {
		case <-r.ready:
		default:
			continue // loading: it owns nothing yet
		}
		if err := r.do(ctx, func() {}); err != nil && !errors.Is(err, errLeft) {
			return fmt.Errorf("hub: the owner of wall %s does not answer: %w", r.id, err)
		}
	}
	return nil
}

// Get reads a value of the installation: see store.Store.
func (h *Hub) Get(ctx context.Context, table, key string) ([]byte, error) {
	return h.Store.Get(ctx, table, key)
}

// Put sets one, if it still is old: see store.Store.
func (h *Hub) Put(ctx context.Context, table, key string, old, value []byte) error {
	return h.Store.Put(ctx, table, key, old, value)
}

// List reads a whole table: see store.Store.
func (h *Hub) List(ctx context.Context, table string) (map[string][]byte, error) {
	return h.Store.List(ctx, table)
}

// token draws the name of an epoch.
func (h *Hub) token() (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var b [8]byte
	if _, err := io.ReadFull(h.Random, b[:]); err != nil {
		return "", fmt.Errorf("hub: drawing an epoch: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// jitter spreads a wait over its upper half, so that those who wait for the
// same thing do not come as one.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}

// nudge wakes whoever listens on a channel of one place; one wake is enough.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
