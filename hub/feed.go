package hub

import (
	"sync/atomic"
	"time"

	"openspacewall/hub/wall"
)

// feed is what is told, at one pace, to those who see the same: desks,
// projectors, phones. The room's owner publishes editions; the feed's shards
// bring each to everyone, and the next one waits until they have.
type feed struct {
	room     *room
	index    int
	pictures *pictures
	shards   []*shard
	turn     atomic.Uint32 // of the shards, to get a client
	now      atomic.Pointer[edition]
	sent     atomic.Int64 // bytes

	clients int  // greeted
	behind  bool // something is stored, or somebody came, that the newest edition does not say
	passing bool // an edition is being written
	passed  chan int
	began   time.Time // of the last pass
	next    time.Time // before this no other pass begins
}

// edition is one frame for everyone at its beginning. It never changes.
type edition struct {
	number uint64
	from   uint64
	at     wall.Position // whoever has it is here
	frame  *message      // nil when it was made for nobody
	left   atomic.Int64  // shards that have not brought it round
}

func newFeed(r *room, index int, p *pictures, shards int, passed chan int) *feed {
	f := &feed{room: r, index: index, pictures: p, passed: passed}
	for range shards {
		f.shards = append(f.shards, newShard(f))
	}
	f.now.Store(&edition{at: r.at, from: r.at.Revision})
	return f
}

// publish makes the next edition, from what was last told to the wall as it is
// stored, and has the shards bring it round.
func (f *feed) publish(now time.Time) {
	old, at := f.now.Load(), f.room.at
	e := &edition{number: old.number + 1, from: old.at.Revision, at: at}
	var shards []*shard
	switch {
	case at.Epoch != old.at.Epoch || at.Revision < old.at.Revision:
		e.from = at.Revision // another history: nobody's position is in it, everyone asks
		f.pictures.forget()
		shards = f.running()
	case f.clients > 0:
		e.frame = f.pictures.since(e.from).message
		shards = f.running()
	}
	f.behind, f.passing = false, len(shards) > 0
	f.began, f.next = now, now.Add(gapLeast)
	e.left.Store(int64(len(shards)))
	f.now.Store(e)
	for _, s := range shards {
		s.bring(e)
	}
}

func (f *feed) running() []*shard {
	var some []*shard
	for _, s := range f.shards {
		if s.isRunning() {
			some = append(some, s)
		}
	}
	return some
}

// pass ends a pass. The next may begin half as long again after it began, and
// not before a moment that grows with the crowd: what comes meanwhile goes out
// as one, and a send costs the kernel the same however much is in it. Of 100
// notes a second to 1,000 phones about two go out as one, at half of the
// textbook hub's cost. After a long pass the rest is long, too: it was long
// because others have the processors, and among them is who reads what it wrote.
// With a rest of 5 ms at most, 10,000 phones behind a proxy that ends TLS got 41
// messages, 1.2 s late at the median; with half as long again 26, and 0.7 s (a
// round each; hub/yardstick/README.md has more).
func (f *feed) pass() {
	elapsed := time.Since(f.began)
	if f.index == phoneFeed && f.clients > 0 {
		f.room.vitals.pass = max(f.room.vitals.pass, elapsed)
		f.room.hub.count.passes.observe(elapsed.Seconds())
	}
	gather := min(time.Duration(f.clients)*gapEach, gapGather)
	f.passing = false
	f.next = f.began.Add(min(max(elapsed*3/2, gather, gapLeast), gapMost))
}
