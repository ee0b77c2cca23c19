package hub

import (
	"context"

	"openspacewall/hub/wall"
)

// do runs f in the owner's goroutine, between two commits, and waits for it.
// After an error f may still run: what it writes to is not to be read then.
func (r *room) do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case r.calls <- func() { f(); close(done) }:
	case <-r.done:
		return errLeft
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func busy() *wall.Refusal {
	return &wall.Refusal{Code: wall.Busy, Text: "too much at once: send it again", After: awayFirst.Milliseconds()}
}

func unavailable() *wall.Refusal {
	return &wall.Refusal{Code: wall.Unavailable, Text: "the store cannot be reached: send it again", After: storeWait.Milliseconds()}
}
