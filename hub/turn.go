package hub

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// turn decides a batch, has it stored, and only then lets anything leave: what
// changed for each person, the answers, and the frames. What ends on top of
// somebody else's commit, or unknown and was not stored, is decided again in the
// next turn, on what the store has.
func (r *room) turn(asks []*ask) {
	if r.away.Load() {
		r.errands = nil
		r.refuse(asks, unavailable())
		return
	}
	asks = r.alone(asks)
	r.vitals.since(asks)
	t := &turn{at: r.clock()}
	r.decide(t, asks)
	r.host(t)
	asks = t.asks
	t.late = r.tries > 0 || slices.ContainsFunc(asks, own)
	r.early(t)
	err := r.commit(t)
	var conflict *store.ConflictError
	switch {
	case err == nil:
		r.settle(t)
		return
	case errors.As(err, &conflict):
		r.wall.TakeBack()
		r.catchUp(conflict.Missed)
		if len(t.events) > 0 || r.at != conflict.At {
			break
		}
		// This is where the wall was a moment ago: what changes nothing here is true.
		t = &turn{at: r.clock()}
		if r.decide(t, asks); len(t.events) == 0 {
			r.settle(t)
			return
		}
		r.wall.TakeBack()
	case errors.Is(err, store.ErrFull):
		r.takes(err)
		r.wall.TakeBack()
		r.drop(asks, &wall.Refusal{Code: wall.Full, Text: "the store is full"})
		return
	case errors.Is(err, store.ErrRefused):
		r.takes(err)
		r.wall.TakeBack()
		r.drop(asks, unavailable())
		return
	case errors.Is(err, store.ErrNotFound):
		r.ending = CloseMissing
	case isNewer(err):
		r.giveUp(err)
	default:
		r.hub.Log.Error("a commit failed, or nobody knows", "wall", r.id, "after", r.at.Revision, "err", err)
		r.wall.TakeBack()
		if t.log != nil {
			r.doubts = append(r.doubts, t)
		}
		r.reload()
	}
	r.again(r.learn(asks))
}

// takes notes whether the store takes what is committed; its lasting is no news.
func (r *room) takes(err error) {
	switch {
	case err != nil && !r.balks:
		r.hub.Log.Error("the store takes nothing", "wall", r.id, "err", err)
	case err == nil && r.balks:
		r.hub.Log.Info("the store takes commits again", "wall", r.id)
	}
	r.balks = err != nil
}

// learn finds out which of the commits that ended unknown is the one that was
// stored after all: at most one is, as all of them follow the same position. The
// log tells them from another hub's, which may say the same at the same moment.
// What it decided is answered, not done once more on top of what others did since.
func (r *room) learn(asks []*ask) []*ask {
	for _, t := range r.doubts {
		if r.at.Epoch != t.after.Epoch || r.at.Revision < t.to || r.away.Load() || r.ending != 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
		log, err := r.hub.Store.Log(ctx, r.id, t.to-1, 1)
		cancel()
		if err == nil && len(log) == 1 && log[0].Revision == t.to && bytes.Equal(log[0].Log, t.log) {
			n := len(t.answers)
			r.settle(&turn{asks: asks[:n], answers: t.answers})
			return asks[n:]
		}
	}
	return asks
}

// again holds a batch for the next turn; what was overtaken too often goes back
// to who asked.
func (r *room) again(asks []*ask) {
	if len(asks) == 0 {
		return
	}
	r.tries++
	why := busy()
	switch {
	case r.ending != 0:
		why = r.over()
	case r.away.Load():
		why = unavailable()
	case r.tries < triesMax:
		r.held = append(asks, r.held...)
		r.vitals.since(r.held)
		return
	}
	r.drop(asks, why)
}

// drop refuses a batch.
func (r *room) drop(asks []*ask, why *wall.Refusal) {
	r.tries, r.doubts = 0, nil
	for _, q := range asks {
		if q.trip == onErrand {
			q.reply(0, unavailable()) // another hub may do it yet
		} else {
			q.reply(0, why)
		}
	}
	r.answered(asks)
}

// alone is a batch with all that other hubs were given, if it has something
// that is not: what one person asks is done in the order in which it was asked,
// and when the commit is stored no other hub can do it again.
func (r *room) alone(asks []*ask) []*ask {
	if len(r.sent) == 0 {
		return asks
	}
	r.recall()
	asks = append(r.held, asks...)
	r.held = nil
	return asks
}

// commit stores a turn, all or nothing.
func (r *room) commit(t *turn) error {
	if len(t.events) == 0 {
		err := r.confirm()
		if err == nil {
			r.lead.untold = append(r.lead.untold, t.guests...)
		}
		return err
	}
	t.events[0].Hub = r.lead.me // or learn might take what another hub has stored for this
	t.log = wall.EncodeEvents(t.events)
	done := append(r.lead.untold, t.guests...)
	r.wall.SetLead(r.lead.after(r.wall.Lead(), r.at.Revision, done))
	t.after, t.to = r.at, r.wall.Position().Revision
	b := store.Batch{
		After:   t.after,
		To:      t.to,
		Entries: r.wall.Entries(t.keys),
		Log:     t.log,
		Ranks:   r.wall.Ranks(),
		Scrub:   t.touched.erased,
	}
	b.Meanwhile = func() { r.relay.prepare(&t.touched) }
	b.News = func() string { return r.wall.News(b.Entries) }
	if t.late {
		b.By = r.lead.me
	}
	ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
	defer cancel()
	began := time.Now()
	if err := r.hub.Store.Commit(ctx, r.id, b); err != nil {
		r.relay.discard()
		return err
	}
	r.takes(nil)
	r.at.Revision = b.To
	r.wall.Stored()
	r.lead.stored(time.Since(began))
	r.lead.heard(r.wall.Lead(), time.Now())
	r.lead.untold = nil
	r.lead.served(done)
	return nil
}

// confirm is what stands for a commit where nothing was changed: a refusal, or
// "it already is as asked", is as true as what it was decided on, and another
// hub may have had an answer since.
func (r *room) confirm() error {
	ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
	defer cancel()
	missed, err := r.hub.Store.Since(ctx, r.id, r.at)
	switch {
	case errors.Is(err, store.ErrLoad):
		return &store.ConflictError{}
	case err == nil && missed.At != r.at:
		return &store.ConflictError{At: missed.At, Missed: &missed}
	}
	return err
}

// settle lets out what a stored turn left. A person's own state goes before
// the answers, and those before the frames.
func (r *room) settle(t *turn) {
	r.tries, r.doubts = 0, nil
	r.relay.tell(&t.touched)
	for i, q := range t.asks {
		why := t.answers[i].why
		if why != nil && q.trip == onErrand && len(t.events) == 0 {
			why = busy() // as no commit keeps another hub from doing it
		}
		q.reply(t.answers[i].revision, why)
	}
	r.answered(t.asks)
	if len(t.events) > 0 {
		r.plan()
		r.relay.changed(&t.touched)
	}
}

func (r *room) refuse(asks []*ask, why *wall.Refusal) {
	for _, q := range asks {
		q.reply(0, why)
	}
	r.answered(asks)
}

// over is the answer of a room that ends.
func (r *room) over() *wall.Refusal {
	if r.ending == CloseNoWall || r.ending == CloseMissing {
		return &wall.Refusal{Code: wall.NotFound, Text: "no such wall"}
	}
	return unavailable()
}

// clock is the time of a turn: the hub's, but never going back.
func (r *room) clock() wall.Millis {
	r.last = max(r.last, r.hub.Now().UnixMilli())
	return r.last
}
