package hub

import (
	"cmp"
	"sync/atomic"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// room owns one wall. Everything that touches the wall happens in its one
// goroutine, in run; others send it commands and calls.
type room struct {
	hub *Hub
	id  string

	inbox chan *ask        // commands; a full one answers busy
	calls chan func()      // run by the owner, between two commits
	bell  chan struct{}    // the wall may have moved in the store
	news  chan *store.News // how it has
	asked chan *errand     // other hubs' errands for this one
	told  chan struct{}    // this one's errands are on their way
	empty chan struct{}    // the last user has left
	ready chan struct{}    // closed when loaded, or failed is set
	done  chan struct{}    // closed when the owner ends
	users int              // under the hub's lock

	failed    error         // why it could not be loaded; set before ready is closed
	rehearsal bool          // set before ready is closed: what the wall was made as
	away      atomic.Bool   // the store cannot be reached: readable, nothing is decided
	elsewhere atomic.Int64  // phones at other hubs
	moved     chan struct{} // elsewhere has changed
	vitals    vitals

	// What follows is the owner's alone.
	memory
	lead    lead
	held    []*ask        // to be decided in the next turn, before what is queued
	sent    []*errand     // given to another hub, the oldest first
	gave    wall.Lead     // which that was
	telling bool          // some of it is not on its way yet
	errands []*errand     // other hubs', to be decided in the next turn
	balks   bool          // the store answers, and takes nothing
	tries   int           // how often they were
	doubts  []*turn       // of those held, from the first on: commits of which nobody knows whether they were stored
	ending  int           // the close code that the room ends with; 0: it goes on
	back    time.Duration // between attempts to reach the store
	relay   relay
	due     *time.Timer // the wall's next deadline
	linger  *time.Timer // with nobody here, the end
	retried *time.Timer // after an attempt to read the store that failed, the next
	slot    *time.Timer // the end of what other hubs are waited for
}

// ask is a command on its way through a room. reply is called once, by the
// owner, when the store has what it left.
type ask struct {
	request wall.Request
	size    int
	came    time.Duration // hub.clock
	reply   func(revision uint64, why *wall.Refusal)
	trip    trip // the owner's
}

// trip says where a command has been.
type trip uint8

const (
	atHome   trip = iota
	onErrand      // another hub may still do it
	cameBack      // another hub did not, and it is not given away again
)

func newRoom(h *Hub, id string) *room {
	return &room{
		hub: h, id: id,
		inbox: make(chan *ask, inboxMax),
		calls: make(chan func()),
		bell:  make(chan struct{}, 1),
		news:  make(chan *store.News, newsMax),
		asked: make(chan *errand, newsMax),
		told:  make(chan struct{}, 1),
		empty: make(chan struct{}, 1),
		moved: make(chan struct{}, 1),
		ready: make(chan struct{}),
		done:  make(chan struct{}),
		due:   stopped(), linger: stopped(), retried: stopped(), slot: stopped(),
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
		for _, t := range []*time.Timer{r.due, r.linger, r.retried, r.slot, r.relay.timer} {
			t.Stop()
		}
	}()
	few := r.relay.few
	r.tick() // what has fallen due while nobody looked
	for r.ending == 0 {
		inbox, held := r.gate()
		if r.ending != 0 {
			break
		}
		r.relay.step()
		few.work()
		select {
		case q := <-inbox:
			r.yield()
			r.work(r.next(q))
		case <-held:
			r.yield()
			r.work(r.next())
		case <-r.slot.C:
		case <-r.relay.door.bell:
			r.relay.open()
		case f := <-r.calls:
			f()
		case <-r.bell:
			r.look()
		case n := <-r.news:
			r.hear(n)
		case e := <-r.asked:
			r.receive(e)
		case <-r.told:
			r.telling = false
		case <-look.C:
			r.look()
		case <-r.due.C:
			r.tick()
		case <-r.relay.timer.C:
		case <-few.bell:
		case <-few.timer.C:
			few.strike()
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
	if r.ending == CloseMissing && !r.rehearsal { // who wipes a rehearsal says so
		r.hub.Log.Error("the store has lost the wall: who is on it waits until it is there again", "wall", r.id)
	}
	r.hub.condemn(r)
	r.refuseRest()
}

// isReady says that the wall has been loaded.
func (r *room) isReady() bool {
	select {
	case <-r.ready:
		return r.failed == nil
	default:
		return false
	}
}

// ready is always ready.
var ready = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// gate gives what the next turn may be made of: the inbox, or what is held; or
// neither, while another hub is left to go first.
func (r *room) gate() (inbox chan *ask, held chan struct{}) {
	r.heed()
	if wait := r.wait(); wait > 0 {
		r.slot.Reset(wait)
		return nil, nil
	}
	if wait, waits := r.tired(); waits {
		if wait <= 0 {
			r.recall()
		}
		r.slot.Reset(max(0, wait))
	}
	switch {
	case r.telling:
		return nil, nil
	case len(r.held)+len(r.errands) > 0:
		return nil, ready
	}
	return r.inbox, nil
}

// heed takes what has been rung in: what is decided on top of what another hub
// has overtaken is decided in vain.
func (r *room) heed() {
	for range newsMax {
		select {
		case n := <-r.news:
			r.hear(n)
			continue
		case e := <-r.asked:
			r.receive(e)
			continue
		default:
		}
		break
	}
	select {
	case <-r.bell:
		r.look()
	default:
	}
}

// rings hands news to the owner, or has it look for itself. The hub calls it.
func (r *room) rings(n *store.News) {
	if n != nil && n.Word != nil {
		r.called(n.Word)
		return
	}
	if n != nil {
		select {
		case r.news <- n:
			return
		default:
		}
	}
	nudge(r.bell)
}

// wait is how long another hub is left to go first.
func (r *room) wait() time.Duration {
	if r.away.Load() {
		return 0
	}
	return r.lead.wait(time.Now())
}

// waiting says that there are commands to decide.
func (r *room) waiting() bool { return len(r.held)+len(r.inbox) > 0 }

// leave ends the room if nobody is in it, and no deadline waits for it.
func (r *room) leave() bool {
	if _, waiting := r.wall.Due(); waiting && !r.away.Load() || len(r.sent) > 0 {
		r.linger.Reset(lingerFor)
		return false
	}
	return r.hub.deserted(r)
}

// drain decides what is still queued: who asked may have gone, but it was heard.
func (r *room) drain() {
	for r.recall(); r.ending == 0 && (r.waiting() || len(r.errands) > 0); {
		r.turn(r.next())
	}
	r.refuseRest()
}

// refuseRest refuses all there is.
func (r *room) refuseRest() {
	for r.recall(); r.waiting(); {
		r.refuse(r.batch(), r.over())
	}
}

// submit queues a command; false when the room has too much to do.
func (r *room) submit(q *ask) bool {
	q.came = r.hub.clock()
	r.vitals.arrived(q.came)
	select {
	case r.inbox <- q:
		return true
	default:
		return false
	}
}

// next is a batch to be decided, with all let in who ask in it: whoever has said
// hello hears what its commands did.
func (r *room) next(first ...*ask) []*ask {
	asks := r.batch(first...)
	r.relay.open()
	return asks
}

// batch is what is held, and first, and all that is queued behind, as much as
// goes into one commit.
func (r *room) batch(first ...*ask) []*ask {
	asks, size, most, full := append(r.held, first...), 0, turnMax, turnSize
	r.held = nil
	for _, q := range asks {
		size += q.size
	}
	for _, e := range r.errands { // half of it is theirs, if they have so much
		most = max(most-len(e.asks), turnMax/2)
		full = max(full-e.size, turnSize/2)
	}
	for len(asks) < most && size < full {
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
	if wait := r.wait(); wait > 0 {
		r.due.Reset(wait)
		return
	}
	if r.lead.follows(r.wall.Lead(), time.Now()) {
		r.due.Reset(r.lead.patience())
		return
	}
	before := r.at
	r.turn(r.next(&ask{came: r.hub.clock(), request: wall.Request{By: wall.Actor{Role: wall.Hub}, Command: wall.Tick{}}, reply: func(_ uint64, why *wall.Refusal) {
		if why != nil {
			r.hub.Log.Warn("a deadline was refused", "wall", r.id, "why", why)
		}
	}}))
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
