package hub

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// turn is a batch of commands being decided: each against the wall as the
// earlier ones left it, all of them committed as one.
type turn struct {
	answers []answer
	events  []*wall.Event
	keys    []string
	touched touched
}

// answer is what will be said about one command when the turn is stored.
type answer struct {
	revision uint64
	why      *wall.Refusal
}

// touched gathers what a turn, or another hub's, changed for whom.
type touched struct {
	people   map[string]struct{}
	everyone bool
	desk     bool
	hall     bool
	erased   bool
}

func (t *touched) add(u wall.Touched) {
	for _, id := range u.People {
		if t.people == nil {
			t.people = map[string]struct{}{}
		}
		t.people[id] = struct{}{}
	}
	t.everyone = t.everyone || u.Everyone
	t.desk = t.desk || u.Desk
	t.hall = t.hall || u.Hall
	t.erased = t.erased || u.Erased
}

// turn decides a batch, has it stored, and only then lets anything leave: what
// changed for each person, the answers, and the frames. What ends unknown, or
// on top of somebody else's commit, is decided again on what the store has:
// commands are safe to send again, so nothing happens twice.
func (r *room) turn(asks []*ask) {
	if r.away.Load() {
		refuseAll(asks, unavailable())
		return
	}
	for try := range triesMax {
		t := r.decide(asks)
		if len(t.events) == 0 {
			r.settle(asks, t)
			return
		}
		r.early(asks, t)
		err := r.commit(t)
		var conflict *store.ConflictError
		switch {
		case err == nil:
			r.settle(asks, t)
			return
		case errors.As(err, &conflict):
			r.wall.TakeBack()
			r.catchUp(conflict.Missed)
			if try > 0 {
				r.pause(try)
			}
		case errors.Is(err, store.ErrFull):
			r.hub.Log.Error("the store is full", "wall", r.id)
			r.wall.TakeBack()
			refuseAll(asks, &wall.Refusal{Code: wall.Full, Text: "the store is full"})
			return
		case errors.Is(err, store.ErrRefused):
			r.hub.Log.Error("the store takes nothing", "wall", r.id, "err", err)
			r.wall.TakeBack()
			refuseAll(asks, unavailable())
			return
		case errors.Is(err, store.ErrNotFound):
			r.ending = CloseNoWall
		default:
			r.hub.Log.Error("a commit failed, or nobody knows", "wall", r.id, "after", r.at.Revision, "err", err)
			r.wall.TakeBack()
			r.reload()
		}
		switch {
		case r.ending != 0:
			refuseAll(asks, r.over())
			return
		case r.away.Load():
			refuseAll(asks, unavailable())
			return
		}
	}
	refuseAll(asks, busy())
}

// decide decides and applies a batch, in memory only.
func (r *room) decide(asks []*ask) *turn {
	t := &turn{answers: make([]answer, len(asks))}
	at := r.clock()
	seen := map[string]struct{}{}
	for i, q := range asks {
		q.request.At = at
		e, err := r.wall.Decide(q.request)
		if err != nil {
			t.answers[i].why = refusal(err)
			continue
		}
		if e != nil {
			u := r.wall.Apply(e)
			t.events = append(t.events, e)
			t.touched.add(u)
			for _, k := range u.Keys {
				if _, ok := seen[k]; !ok {
					seen[k] = struct{}{}
					t.keys = append(t.keys, k)
				}
			}
		}
		t.answers[i].revision = r.wall.Position().Revision
	}
	return t
}

// refusal is an error of the domain as what it is.
func refusal(err error) *wall.Refusal {
	var why *wall.Refusal
	if errors.As(err, &why) {
		return why
	}
	return &wall.Refusal{Code: wall.Invalid, Text: err.Error()}
}

// commit stores a turn, all or nothing.
func (r *room) commit(t *turn) error {
	log, err := json.Marshal(t.events)
	if err != nil {
		return err
	}
	b := store.Batch{
		After:   r.at,
		To:      r.wall.Position().Revision,
		Entries: r.wall.Entries(t.keys),
		Log:     log,
		Ranks:   r.wall.Ranks(),
		Scrub:   t.touched.erased,
	}
	ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
	defer cancel()
	if err := r.hub.Store.Commit(ctx, r.id, b); err != nil {
		return err
	}
	r.at.Revision = b.To
	r.wall.Stored()
	return nil
}

// settle lets out what a stored turn left. A person's own state goes before
// the answers, and those before the frames.
func (r *room) settle(asks []*ask, t *turn) {
	r.relay.tell(&t.touched)
	for i, q := range asks {
		q.reply(t.answers[i].revision, t.answers[i].why)
	}
	if len(t.events) > 0 {
		r.plan()
		r.relay.changed(&t.touched)
	}
}

func refuseAll(asks []*ask, why *wall.Refusal) {
	for _, q := range asks {
		q.reply(0, why)
	}
}

// over is the answer of a room that ends.
func (r *room) over() *wall.Refusal {
	if r.ending == CloseNoWall {
		return &wall.Refusal{Code: wall.NotFound, Text: "no such wall"}
	}
	return unavailable()
}

// clock is the time of a turn: the hub's, but never going back.
func (r *room) clock() wall.Millis {
	r.last = max(r.last, r.hub.Now().UnixMilli())
	return r.last
}

// pause lets another hub go first, for longer with each try.
func (r *room) pause(try int) {
	select {
	case <-time.After(jitter(tryJitter << try)):
	case <-r.hub.work.Done():
	}
}
