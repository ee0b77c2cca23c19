package hub

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// shard writes to some of a feed's clients, and is the only one that does. Its
// goroutine makes a pass for each edition: the same bytes to everyone abreast,
// waiting for nobody. Whoever is owed something of their own is looked after
// between the clients of a pass, and those who join take turns.
//
// The room's owner is that goroutine itself for the first few phones, whose
// sockets can all be tried: to wake another takes as long as to write to twenty.
type shard struct {
	feed  *feed
	hub   *Hub
	owned bool          // the room's owner runs it, until the room has ended
	bell  chan struct{} // one place: there is something to do

	given atomic.Int32 // clients, those who have not come yet too

	mu      sync.Mutex
	running bool
	ended   bool
	over    int       // not 0: the room has ended, and everyone is told this code
	woken   []*client // to be looked at
	edition *edition  // to make a pass for

	// What follows is the goroutine's alone: the owner's, if it is owned.
	clients []*client
	served  []*client // woken's other half
	joining []*client // those with parts to come
	parts   int       // of them that may be written before the others' turn
	wheel   wheel
	timer   *time.Timer // the wheel's next notch, or the end of a pass that takes too long
	pass    pass
	attempt attempt
	private []byte   // what is being written to one client alone
	shared  [][]byte // and what others get, too

	frames, bytes int64 // sent, and not yet counted
}

// pass is the way of one edition to everyone in a shard.
type pass struct {
	number  uint64 // of passes
	next    int    // where the next one begins: nobody is always last
	edition *edition
	began   time.Duration
	wrote   int // to so many
	hands   int // of those whose every write is a hand's, still at it
}

func newShard(f *feed) *shard {
	s := &shard{feed: f, hub: f.room.hub, bell: make(chan struct{}, 1), timer: stopped()}
	s.attempt.f = s.attempt.run
	return s
}

// wake has the shard look at a client, which comes to it by the first time.
// It is false when the room has ended and everyone has gone.
func (s *shard) wake(c *client) bool {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return false
	}
	if !s.running {
		s.running = true
		if !s.owned {
			s.hub.running.Go(s.run)
		}
	}
	queued := c.queued
	if !queued {
		c.queued = true
		s.woken = append(s.woken, c)
	}
	s.mu.Unlock()
	if !queued {
		nudge(s.bell)
	}
	return true
}

// isRunning says that there is, or was, somebody.
func (s *shard) isRunning() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running && !s.ended
}

// bring hands an edition over. Each is reported, by edition.passed.
func (s *shard) bring(e *edition) {
	s.mu.Lock()
	s.edition = e
	s.mu.Unlock()
	nudge(s.bell)
}

// end closes every client; the shard ends with the last of them.
func (s *shard) end(code int) {
	s.mu.Lock()
	s.over = code
	if !s.running {
		s.ended = true
	}
	left := s.owned && s.running
	s.mu.Unlock()
	nudge(s.bell)
	if left {
		s.hub.running.Go(s.run)
	}
}

func (s *shard) run() {
	defer s.timer.Stop()
	for !s.finished() {
		s.plan()
		select {
		case <-s.bell:
		case <-s.timer.C:
			s.strike()
		}
		for s.step() {
			runtime.Gosched()
		}
	}
}

// strike looks at those whose time has come.
func (s *shard) strike() { s.wheel.turn(s.hub.clock(), s.check) }

// work does what there is to do. The room's owner calls it in each round, for
// the shard that it runs; what is more is for the next round.
func (s *shard) work() {
	select {
	case <-s.bell:
	default:
	}
	if s.step() {
		nudge(s.bell)
	}
	s.plan()
}

// step does what there is to do; true when there is more.
func (s *shard) step() bool {
	s.parts = partsMost
	s.answer()
	s.mu.Lock()
	e, over := s.edition, s.over
	s.edition = nil
	s.mu.Unlock()
	if e != nil {
		s.deliver(e)
	}
	s.takeTurns()
	if over != 0 { // after those who came to it by this very step
		for _, c := range s.clients {
			c.stop(over)
		}
	}
	s.report()
	s.feed.sent.Add(s.bytes)
	s.hub.count.sent(s.feed.index, s.frames, s.bytes)
	s.frames, s.bytes = 0, 0
	return len(s.joining) > 0
}

// finished says that the room has ended, and the last client has gone.
func (s *shard) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = s.over != 0 && len(s.clients) == 0 && len(s.woken) == 0
	return s.ended
}

// plan sets the timer.
func (s *shard) plan() {
	s.timer.Stop()
	now := s.hub.clock()
	next, ok := s.wheel.next()
	if s.pass.edition != nil && (!ok || s.pass.began+gapMost < next) {
		next, ok = s.pass.began+gapMost, true
	}
	if ok {
		s.timer.Reset(next - now)
	}
}

// answer looks at those who were woken.
func (s *shard) answer() {
	s.mu.Lock()
	s.woken, s.served = s.served[:0], s.woken
	for _, c := range s.served {
		c.queued = false
	}
	s.mu.Unlock()
	for _, c := range s.served {
		s.serve(c)
	}
	clear(s.served)
}

// deliver makes a pass.
func (s *shard) deliver(e *edition) {
	p := &s.pass
	n := len(s.clients)
	first := p.next
	*p = pass{number: p.number + 1, next: first + n*5/8 + 1, edition: e, began: s.hub.clock()}
	for i := range n {
		if i%lookAround == lookAround-1 { // half a millisecond has gone by
			runtime.Gosched() // a pass is long, and the owner has the next commit to make
			s.answer()
		}
		k := (first + i) % n
		if k >= len(s.clients) { // somebody has gone meanwhile
			continue
		}
		c := s.clients[k]
		if o := &c.out; o.greeted && !o.busy && o.missed == nil && o.number < e.number {
			s.serve(c)
			p.wrote++
		}
		if c.raw == nil && p.hands >= handsMost {
			s.await()
		}
	}
}

// await waits for hands, so that there are not as many as clients. Those that
// take too long are stalling, and there may be others beside them.
func (s *shard) await() {
	late := time.NewTimer(handWait)
	defer late.Stop()
	for s.pass.hands >= handsMost/2 {
		select {
		case <-s.bell:
			s.answer()
		case <-late.C:
			s.pass.wrote -= s.pass.hands
			s.pass.hands = 0
		}
	}
	nudge(s.bell) // whatever else it rang for
}

// report ends a pass, when all but the last twentieth have taken it: those may
// just be stalling.
func (s *shard) report() {
	p := &s.pass
	if p.edition == nil || p.hands > p.wrote/20 && s.hub.clock() < p.began+gapMost {
		return
	}
	e := p.edition
	p.edition = nil
	if e.left.Add(-1) == 0 {
		s.feed.passed <- s.feed.index // has a place for each feed, and each has one pass at a time
	}
}

// takeTurns goes on with those who join, as far as others need not wait.
func (s *shard) takeTurns() {
	for s.parts > 0 && len(s.joining) > 0 {
		c := s.joining[0]
		s.joining[0] = nil
		s.joining = s.joining[1:]
		c.out.joining = false
		s.serve(c)
	}
	if len(s.joining) == 0 {
		s.joining = nil
	}
}
