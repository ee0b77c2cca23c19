package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// memory is what a room knows of its wall: the wall, which may be ahead of the
// store while a turn is being decided. When a commit fails it goes back to what
// is known to be stored, at a cost of what was decided, so that the wall stays
// readable as it was last told even while the store is away.
type memory struct {
	wall *wall.Wall
	at   wall.Position // what is known to be stored, and nothing beyond it was told
	last wall.Millis   // the time of the last turn
	// forked: the store has gone back behind what was told here. What it says of
	// this epoch after that is another history, however far it gets.
	forked bool
}

// open reads the wall for the first time.
func (r *room) open() error {
	at, entries, err := r.read()
	if err != nil {
		return err
	}
	if r.lead.me, err = r.hub.token(); err != nil {
		return err
	}
	return r.restore(at, entries)
}

func (r *room) read() (wall.Position, []wall.Entry, error) {
	ctx, cancel := context.WithTimeout(r.hub.work, loadWait)
	defer cancel()
	return r.hub.Store.Load(ctx, r.id)
}

// restore makes a wall of entries and puts it in the place of what was there.
func (r *room) restore(at wall.Position, entries []wall.Entry) error {
	w, err := wall.Restore(at, entries)
	if err != nil {
		return fmt.Errorf("hub: wall %s %w: %w", r.id, errAsStored, err)
	}
	r.wall, r.at, r.forked = w, at, false
	r.errands, r.lead.untold = nil, nil
	r.lead.heard(r.wall.Lead(), time.Now())
	return nil
}

// catchUp takes what other hubs committed; nil or more than can be taken loads
// the whole wall.
func (r *room) catchUp(missed *store.Missed) {
	if missed == nil || missed.At.Epoch != r.at.Epoch || missed.At.Revision < r.at.Revision {
		r.reload()
		return
	}
	if missed.At == r.at {
		return
	}
	t, err := r.wall.Take(missed.At, missed.Entries)
	r.taken(missed.At, t, err)
}

// taken lets out what other hubs committed, up to a position.
func (r *room) taken(at wall.Position, t wall.Touched, err error) {
	if isNewer(err) {
		r.giveUp(err)
		return
	}
	if err != nil {
		r.hub.Log.Error("what another hub stored cannot be taken", "wall", r.id, "err", err)
		r.reload()
		return
	}
	r.at = at
	r.lead.heard(r.wall.Lead(), time.Now())
	all := touched{everyone: t.Everyone, desk: t.Desk, hall: t.Hall, erased: t.Erased}
	if !t.Everyone {
		for _, id := range t.People {
			r.relay.writeTo(id)
		}
	}
	r.relay.tell(&all)
	r.returned()
	r.plan()
	r.relay.changed(&all)
}

// hear takes news that begins where the wall is; after other news it looks. Old
// news mostly was overtaken by a look; but a store that has gone back has such.
func (r *room) hear(n *store.News) {
	switch {
	case n.Late != "":
		r.lead.late(n.Late, time.Now())
	case r.away.Load() || n.At == r.at:
	case n.After == r.at:
		t, err := r.wall.Hear(n.At, n.Said)
		if errors.Is(err, wall.ErrUnheard) {
			nudge(r.bell)
			return
		}
		r.taken(n.At, t, err)
	default:
		nudge(r.bell)
	}
}

// look asks the store whether the wall has moved by another's hand.
func (r *room) look() {
	if r.away.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
	defer cancel()
	missed, err := r.hub.Store.Since(ctx, r.id, r.at)
	switch {
	case err == nil:
		r.back = 0
		r.catchUp(&missed)
	case errors.Is(err, store.ErrLoad):
		r.reload()
	case errors.Is(err, store.ErrNotFound):
		r.ending = CloseMissing
	case isNewer(err):
		r.giveUp(err)
	default:
		if r.back == 0 { // its lasting is no news
			r.hub.Log.Warn("looking for what was missed failed; trying again", "wall", r.id, "err", err)
		}
		// Whatever rang may not ring again.
		r.back = min(max(2*r.back, awayFirst), awayMost)
		r.retried.Reset(jitter(r.back))
	}
}

// reload reads the wall again, now, while who asked waits. When the store
// cannot be reached the room goes away, and tries again by itself.
func (r *room) reload() {
	ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
	defer cancel()
	at, entries, err := r.hub.Store.Load(ctx, r.id)
	r.reloaded(at, entries, err)
}

// retry looks again; while the store is away it reads the whole wall, in a
// goroutine of its own, so that readers do not wait.
func (r *room) retry() {
	if !r.away.Load() {
		r.look()
		return
	}
	r.hub.running.Go(func() {
		at, entries, err := r.read()
		_ = r.do(r.hub.work, func() { r.reloaded(at, entries, err) })
	})
}

// reloaded goes on from what the store has.
func (r *room) reloaded(at wall.Position, entries []wall.Entry, err error) {
	if err == nil && at.Epoch == r.at.Epoch && (at.Revision < r.at.Revision || r.forked) {
		r.forked = true
		at, err = r.begin(at)
		var conflict *store.ConflictError
		if errors.As(err, &conflict) { // another hub found it so, too, or knows nothing of it
			r.reload()
			return
		}
	}
	if err == nil {
		err = r.restore(at, entries)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		r.ending = CloseMissing
		return
	case isNewer(err):
		r.giveUp(err)
		return
	case err != nil:
		if !r.away.Load() { // its lasting is no news
			r.hub.Log.Error("the wall cannot be loaded: it is read-only until then", "wall", r.id, "err", err)
		}
		r.back = min(max(2*r.back, awayFirst), awayMost)
		r.away.Store(true)
		r.recall() // and refused: nobody knows what becomes of it
		r.retried.Reset(jitter(r.back))
		r.plan()
		return
	}
	if r.away.Swap(false) {
		r.hub.Log.Info("the store is back", "wall", r.id)
	}
	r.back = 0
	all := touched{everyone: true, desk: true, hall: true, erased: true}
	r.relay.tell(&all)
	r.returned()
	r.plan()
	r.relay.changed(&all)
}

// begin starts another epoch: the store has gone back behind what clients were
// told, and a revision would mean two things.
func (r *room) begin(at wall.Position) (wall.Position, error) {
	epoch, err := r.hub.token()
	if err != nil {
		return at, err
	}
	r.hub.Log.Error("the store has gone back: another epoch begins", "wall", r.id, "had", r.at.Revision, "has", at.Revision)
	ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
	defer cancel()
	err = r.hub.Store.Commit(ctx, r.id, store.Batch{After: at, To: at.Revision + 1, Epoch: epoch})
	return wall.Position{Epoch: epoch, Revision: at.Revision + 1}, err
}

var errAsStored = errors.New("as stored cannot be read")

// Unreadable says of an error that its wall is not to be had by asking again: it
// is gone, damaged, or written by a newer version of this program.
func Unreadable(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, errAsStored) || isNewer(err)
}

// isNewer says that a wall was written by a newer version of this program.
func isNewer(err error) bool {
	return errors.Is(err, store.ErrNewer) || errors.Is(err, wall.ErrNewer)
}

// giveUp leaves a wall to the hubs that are newer: everybody here is sent to
// come back, and finds one of them, as the balancer sends them now here, now there.
func (r *room) giveUp(err error) {
	r.hub.Log.Error("a newer version of this program has written the wall: upgrade this hub", "wall", r.id, "err", err)
	r.ending = CloseRestart
}
