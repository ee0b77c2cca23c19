package hub

import (
	"errors"
	"time"

	"openspacewall/hub/wall"
)

// turn is a batch of commands being decided: each against the wall as the
// earlier ones left it, all of them committed as one.
type turn struct {
	at      wall.Millis
	asks    []*ask
	answers []answer // to each of them
	count   int      // of all commands, guests' too,
	size    int      // and of their bytes
	events  []*wall.Event
	keys    []string // some of them twice
	touched touched
	guests  []*errand
	late    bool // if it comes too late it is to go first: the lead cannot do it, or does not

	after wall.Position // what it was committed on,
	to    uint64        // where that leads,
	log   []byte        // and what the log then says
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

// decide decides and applies commands, in memory only.
func (r *room) decide(t *turn, asks []*ask) {
	for _, q := range asks {
		a := answer{why: r.try(t, q)}
		if a.why == nil {
			a.revision = r.wall.Position().Revision
		}
		t.asks, t.answers = append(t.asks, q), append(t.answers, a)
		t.count++
		t.size += q.size
	}
}

// host decides what other hubs ask for, beside a turn's own commands, and what is
// asked here meanwhile. A turn that changes something waits a moment for whom this
// hub has just answered: were it stored without them, they would have to wait for two.
func (r *room) host(t *turn) {
	for {
		for _, e := range r.guests(t) {
			for _, q := range e.asks {
				_ = r.try(t, q) // who asked will see what came of it
			}
			t.guests = append(t.guests, e)
		}
		wait := r.lead.awaits(time.Now())
		full := t.count >= turnMax || t.size >= turnSize || len(r.errands) > 0
		if wait <= 0 || len(t.events) == 0 || full {
			return
		}
		r.slot.Reset(wait)
		select {
		case e := <-r.asked:
			r.receive(e)
		case q := <-r.inbox:
			if r.relay.isKnocked() { // by who asks, perhaps: who has said hello hears what its commands did
				r.held = append(r.held, q)
				return
			}
			r.decide(t, []*ask{q})
		case <-r.slot.C:
		}
	}
}

// try decides and applies one command.
func (r *room) try(t *turn, q *ask) *wall.Refusal {
	q.request.At = t.at
	e, err := r.wall.Decide(q.request)
	if err != nil {
		return refusal(err)
	}
	if e != nil {
		u := r.wall.Apply(e)
		t.events = append(t.events, e)
		t.touched.add(u)
		t.keys = append(t.keys, u.Keys...)
	}
	return nil
}

// refusal is an error of the domain as what it is.
func refusal(err error) *wall.Refusal {
	var why *wall.Refusal
	if errors.As(err, &why) {
		return why
	}
	return &wall.Refusal{Code: wall.Invalid, Text: err.Error()}
}
