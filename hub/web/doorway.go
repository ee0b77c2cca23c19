package web

import (
	"context"
	"sync/atomic"
)

// doorway lets a few handshakes be made at a time, so that a hall that comes at
// once does not hold up those who are in: what waits costs nothing but memory.
type doorway struct {
	places  chan struct{}
	waiting atomic.Int32
}

func newDoorway() *doorway { return &doorway{places: make(chan struct{}, HandshakesAtOnce)} }

// enter waits for a place, in the order of coming, for handshakeWait; false when
// there was none, or when too many wait already. leave gives it back.
func (d *doorway) enter(ctx context.Context) bool {
	select {
	case d.places <- struct{}{}:
		return true
	default:
	}
	if d.waiting.Add(1) > HandshakesWaiting {
		d.waiting.Add(-1)
		return false
	}
	defer d.waiting.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, handshakeWait)
	defer cancel()
	select {
	case d.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (d *doorway) leave() { <-d.places }
