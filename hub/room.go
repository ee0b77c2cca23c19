package hub

import (
	"cmp"
	"sync/atomic"
	"time"

	"openspacewall/hub/wall"
)

// room owns one wall. Everything that touches the wall happens in its one
// goroutine, in run; others send it commands and calls.
type room struct {
	hub *Hub
	id  string

	inbox chan *ask     // commands; a full one answers busy
	calls chan func()   // run by the owner, between two commits
	bell  chan struct{} // the wall may have moved in the store
	empty chan struct{} // the last user has left
	ready chan struct{} // closed when loaded, or failed is set
	done  chan struct{} // closed when the owner ends
	users int           // under the hub's lock

	failed    error         // why it could not be loaded; set before ready is closed
	rehearsal bool          // set before ready is closed: what the wall was made as
	away      atomic.Bool   // the store cannot be reached: readable, nothing is decided
	elsewhere atomic.Int64  // phones at other hubs
	moved     chan struct{} // elsewhere has changed

	// What follows is the owner's alone.
	memory
	ending  int           // the close code that the room ends with; 0: it goes on
	back    time.Duration // between attempts to reach the store
	relay   relay
	due     *time.Timer // the wall's next deadline
	linger  *time.Timer // with nobody here, the end
	retried *time.Timer // after an attempt to read the store that failed, the next
}

// ask is a command on its way through a room. reply is called once, by the
// owner, when the store has what it left.
type ask struct {
	request wall.Request
	size    int
	reply   func(revision uint64, why *wall.Refusal)
}

func newRoom(h *Hub, id string) *room {
	return &room{
		hub: h, id: id,
		inbox: make(chan *ask, inboxMax),
		calls: make(chan func()),
		bell:  make(chan struct{}, 1),
		empty: make(chan struct{}, 1),
		moved: make(chan struct{}, 1),
		ready: make(chan struct{}),
		done:  make(chan struct{}),
		due:   stopped(), linger: stopped(), retried: stopped(),
	}
}

// stopped is a timer that does not run.
func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func (r *room) run() {
	defer close(r.done)
	if err := r.open(); err != nil {
		r.failed = err
		r.hub.condemn(r)
		close(r.ready)
		return
	}
	r.rehearsal = r.wall.Settings().Rehearsal
	r.relay = newRelay(r)
	defer func() { r.relay.end(cmp.Or(r.ending, CloseRestart)) }()
	close(r.ready)

	look := time.NewTicker(lookEvery)
	defer look.Stop()
	defer func() {
		for _, t := range []*time.Timer{r.due, r.linger, r.retried, r.relay.timer} {
			t.Stop()
		}
	}()
	r.tick() // what has fallen due while nobody looked
	for r.ending == 0 {
		r.relay.step()
		select {
		case q := <-r.inbox:
			asks := r.batch(q)
			r.relay.open()
			r.turn(asks)
		case <-r.relay.door.bell:
			r.relay.open()
		case f := <-r.calls:
			f()
		case <-r.bell:
			r.look()
		case <-look.C:
			r.look()
		case <-r.due.C:
			r.tick()
		case <-r.relay.timer.C:
		case <-r.moved:
		case i := <-r.relay.passed:
			r.relay.feeds[i].pass()
		case <-r.retried.C:
			r.retry()
		case <-r.empty:
			r.linger.Reset(lingerFor)
		case <-r.linger.C:
			if r.leave() {
				return
			}
		case <-r.hub.stop:
			r.drain()
			return
		}
	}
	r.hub.condemn(r)
	for len(r.inbox) > 0 {
		refuseAll(r.batch(<-r.inbox), r.over())
	}
}

// leave ends the room if nobody is in it, and no deadline waits for it.
func (r *room) leave() bool {
	if _, waiting := r.wall.Due(); waiting && !r.away.Load() {
		r.linger.Reset(lingerFor)
		return false
	}
	return r.hub.deserted(r)
}

// drain decides what is still queued: who asked may have gone, but it was heard.
func (r *room) drain() {
	for len(r.inbox) > 0 {
		r.turn(r.batch(<-r.inbox))
	}
}

// submit queues a command; false when the room has too much to do.
func (r *room) submit(q *ask) bool {
	select {
	case r.inbox <- q:
		return true
	default:
		return false
	}
}

// batch is a command and all that is queued behind it, as much as goes into
// one commit.
func (r *room) batch(first *ask) []*ask {
	asks, size := []*ask{first}, first.size
	for len(asks) < turnMax && size < turnSize {
		select {
		case q := <-r.inbox:
			asks = append(asks, q)
			size += q.size
		default:
			return asks
		}
	}
	return asks
}

// tick runs what has fallen due.
func (r *room) tick() {
	at, ok := r.wall.Due()
	if !ok || r.away.Load() || at > r.hub.Now().UnixMilli() {
		r.plan()
		return
	}
	before := r.at
	r.turn([]*ask{{request: wall.Request{By: wall.Actor{Role: wall.Hub}, Command: wall.Tick{}}, reply: func(_ uint64, why *wall.Refusal) {
		if why != nil {
			r.hub.Log.Warn("a deadline was refused", "wall", r.id, "why", why)
		}
	}}})
	if r.at == before { // it changed nothing: not again at once
		r.due.Reset(tickAgain)
	}
}

// plan sets the timer for the wall's next deadline. It follows every change.
func (r *room) plan() {
	r.due.Stop()
	if at, ok := r.wall.Due(); ok && !r.away.Load() {
		r.due.Reset(max(0, time.Duration(at-r.hub.Now().UnixMilli())*time.Millisecond))
	}
}
