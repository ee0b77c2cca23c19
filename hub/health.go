package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"openspacewall/hub/wall"
)

// Counts are what an operator wants to see: how much this hub carries, and
// what it has done since it began.
type Counts struct {
	Walls, Phones, Projectors, Desks int
	Away                             int           // walls whose store cannot be reached
	Closed                           map[int]int64 // connections the hub closed, by code

	Commits, Loads *Histogram    // of the store, in seconds
	Answers        *Histogram    // seconds that commands have waited for theirs
	Passes         *Histogram    // seconds to tell a wall's phones what is new
	Oldest         time.Duration // that a command waits for its answer now
	Events         *Histogram    // in a commit
	Conflicts      int64         // commits that another hub's came before
	Epochs         int64         // begun because the store had gone back
	Failed         map[string]int64
	Refused        map[wall.Code]int64
	Frames         int64          // written to sockets
	Bytes          map[Face]int64 // of those, as deflated as they are
	Deaf           bool           // the doorbell is not heard: walls are looked at every half minute
}

// Counts counts.
func (h *Hub) Counts() Counts {
	c := h.count
	n := Counts{
		Bytes:  map[Face]int64{Phone: c.bytes[phoneFeed].Load(), Projector: c.bytes[screenFeed].Load(), Desk: c.bytes[deskFeed].Load()},
		Closed: map[int]int64{}, Failed: map[string]int64{}, Refused: map[wall.Code]int64{},
		Commits: &c.commits, Loads: &c.loads, Events: &c.events, Answers: &c.answers, Passes: &c.passes,
		Conflicts: c.conflicts.Load(), Epochs: c.epochs.Load(), Frames: c.frames.Load(), Deaf: c.deaf.Load(),
	}
	h.mu.Lock()
	n.Walls = len(h.rooms)
	for _, r := range h.rooms {
		if r.away.Load() {
			n.Away++
		}
		n.Oldest = max(n.Oldest, r.vitals.oldest(h.clock()))
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
		n.Closed[code] = c.closed[i].Load()
	}
	for i, operation := range operations {
		n.Failed[operation] = c.failed[i].Load()
	}
	for i, code := range refusalCodes {
		n.Refused[code] = c.refused[i].Load()
	}
	return n
}

// Ready says in an error why this hub should get no visitors now: it is
// closing, or the store cannot be used.
func (h *Hub) Ready(ctx context.Context) error {
	h.mu.Lock()
	closing := h.closing
	h.mu.Unlock()
	if closing {
		return ErrClosed
	}
	return h.Store.Ready(ctx)
}

// Answer asks the owner of every wall for a sign of life, and gives how many
// gave none until ctx ended. An owner that waits for the store is quiet for a
// moment: see AnswerWithin.
func (h *Hub) Answer(ctx context.Context) (stuck int) {
	h.mu.Lock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.Unlock()
	var silent atomic.Int64
	var asked sync.WaitGroup
	for _, r := range rooms {
		select {
		case <-r.ready:
		default:
			continue // loading: it owns nothing yet
		}
		asked.Go(func() {
			if err := r.do(ctx, func() {}); err != nil && !errors.Is(err, errLeft) {
				silent.Add(1)
			}
		})
	}
	asked.Wait()
	return int(silent.Load())
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
