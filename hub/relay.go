package hub

import (
	"runtime"
	"sync"
	"time"

	"openspacewall/hub/wall"
)

// relay lets out what a room has stored. It belongs to the room's owner. Its
// clients have positions, not queues: each asks for what it misses when its
// line is free, so a slow one costs nobody anything.
//
//	pictures  what an audience can be shown, encoded once
//	feed      an audience's desks, projectors or phones, and the pace at which they are told
//	shard     some of a feed's clients, and the goroutine that writes to them; to a few phones the owner's
//	line      (outline.go) the way to one socket: tried, and what is left a hand's
//	poller    reads for all whose sockets can be asked without waiting
//
// What it costs, on two cores that others used, too: an idle phone 1.6 KiB of
// heap and stacks, the far end's included (BenchmarkIdle); a change nothing
// that is allocated for each phone (BenchmarkFanOut); a frame of fifty notes
// 46 µs and 11.9 kB, its deflated twin 140 µs more and 1.8 kB (BenchmarkEncode);
// a vote 1.2 µs until it is decoded, 8 µs with all that memory does
// (BenchmarkIntake). A send costs the kernel 7 to 10 µs, so that is where the
// time goes: fewer and fuller ones are all there is to gain. A note on a wall of
// 5,000 costs what one on a wall of 10 does (TestANoteCostsTheSameOnAFullWall).
//
//	go test ./hub -run '^$' -bench . -benchtime 100x
//	make bench    # beside two reference hubs
type relay struct {
	room   *room
	views  [audiences]*pictures
	feeds  [feeds]*feed
	few    *shard               // the first of the phones' feed: the owner's own
	people map[string][]*client // by actor
	mine   []forOne             // made while a commit is under way, and told if it is stored
	timer  *time.Timer          // when something waits for its time
	passed chan int             // a feed's edition has been brought round
	door   *door

	phones   int
	told     int       // phones, as last told
	toldWhen time.Time // and when
}

// The feeds: few, and looked at by many, go first (but see order).
const (
	deskFeed = iota
	screenFeed
	phoneFeed
	feeds
)

// door is where clients knock for the owner. What it asks there is done
// between two commits.
type door struct {
	mu     sync.Mutex
	bell   chan struct{} // one place
	knocks []knock
	shut   bool
}

// knock is what a client asks: to be let in with hello, or told everything
// again; or what it misses, being behind; or to be let out.
type knock struct {
	client *client
	at     wall.Position
	behind bool
	leaves bool
}

// place is where a relay has a client.
type place struct{ in, out bool }

func newRelay(r *room) relay {
	l := relay{room: r, people: map[string][]*client{}, timer: stopped(), passed: make(chan int, feeds)}
	l.door = &door{bell: make(chan struct{}, 1)}
	for i := range l.views {
		l.views[i] = &pictures{room: r, audience: wall.Audience(i)}
	}
	for i := range l.feeds {
		audience, shards := wall.Hall, 1
		if i == deskFeed {
			audience = wall.Desk
		}
		if i == phoneFeed {
			shards = runtime.GOMAXPROCS(0)
		}
		l.feeds[i] = newFeed(r, i, l.views[audience], shards, l.passed)
	}
	phones := l.feeds[phoneFeed]
	l.few = newShard(phones)
	l.few.owned = true
	phones.shards = append([]*shard{l.few}, phones.shards...)
	return l
}

func (l *relay) feed(f Face) *feed {
	switch f {
	case Desk:
		return l.feeds[deskFeed]
	case Projector:
		return l.feeds[screenFeed]
	default:
		return l.feeds[phoneFeed]
	}
}

// shardFor gives a client to a shard: to one that has few, or to each in turn.
// Who may have to be waited for is not the owner's. Anyone may call it.
func (l *relay) shardFor(c *client) *shard {
	f := l.feed(c.Face)
	shared := f.shards
	for _, s := range f.shards {
		if s.owned {
			shared = shared[1:]
		}
		if s.given.Load() < fewMost && (c.raw != nil || !s.owned) {
			s.given.Add(1)
			return s
		}
	}
	s := shared[int(f.turn.Add(1))%len(shared)]
	s.given.Add(1)
	return s
}

// knock asks the owner for something; false when the room has ended. Anyone
// may call it, and nobody waits.
func (l *relay) knock(k knock) bool {
	d := l.door
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return false
	}
	if len(d.knocks) == 0 {
		nudge(d.bell)
	}
	d.knocks = append(d.knocks, k)
	return true
}

// isKnocked says that something waits at the door.
func (l *relay) isKnocked() bool {
	l.door.mu.Lock()
	defer l.door.mu.Unlock()
	return len(l.door.knocks) > 0
}

// open does what was asked at the door. It comes before a turn: who has said
// hello hears what its commands did.
func (l *relay) open() {
	d := l.door
	d.mu.Lock()
	all := d.knocks
	d.knocks = nil
	d.mu.Unlock()
	for _, k := range all {
		switch c := k.client; {
		case k.leaves:
			l.leave(c)
		case k.behind:
			l.catchUp(c, k.at)
		case c.place.out:
			c.answered(1)
		default:
			l.enter(c)
			c.mail.own(l.me(c.Actor)) // catchUp wakes its shard: both go in one write
			l.catchUp(c, k.at)
			c.answered(1)
		}
	}
}

// end shuts the door and closes every client's connection.
func (l *relay) end(code int) {
	l.door.mu.Lock()
	l.door.shut = true
	left := l.door.knocks
	l.door.mu.Unlock()
	for _, k := range left {
		if !k.leaves && !k.behind {
			k.client.answered(1)
			k.client.wake() // its shard may not have seen it yet
		}
	}
	for _, f := range l.feeds {
		for _, s := range f.shards {
			s.end(code)
		}
	}
}

// enter lets a client in: from now on it is told.
func (l *relay) enter(c *client) {
	if c.place.in {
		return
	}
	c.place.in = true
	l.feed(c.Face).clients++
	l.people[c.Actor.ID] = append(l.people[c.Actor.ID], c)
	if c.Face == Phone {
		l.phones++
	}
}

func (l *relay) leave(c *client) {
	was := c.place.in
	c.place = place{out: true}
	if !was {
		return
	}
	l.feed(c.Face).clients--
	if c.Face == Phone {
		l.phones--
	}
	mine := l.people[c.Actor.ID]
	for i := range mine {
		if mine[i] == c {
			mine[i] = mine[len(mine)-1]
			mine[len(mine)-1] = nil
			mine = mine[:len(mine)-1]
			break
		}
	}
	if len(mine) == 0 {
		delete(l.people, c.Actor.ID)
	} else {
		l.people[c.Actor.ID] = mine
	}
}

// catchUp gives a client what it misses since a position.
func (l *relay) catchUp(c *client, from wall.Position) {
	f := l.feed(c.Face)
	c.mail.catchUp(&missed{messages: f.pictures.missed(from), at: l.room.at, number: f.now.Load().number})
	c.wake()
}

// prepare makes what a turn will have to tell, while the store is at work: of
// frames only those that will go out at once. Until it is stored nobody sees any
// of it, and if it is not stored nobody ever does (discard).
func (l *relay) prepare(t *touched) {
	l.write(t)
	now := time.Now()
	for i, f := range l.feeds {
		if f.clients > 0 && !f.passing && l.concerns(f, t) && !now.Before(l.turnOf(i)) {
			f.pictures.since(f.now.Load().at.Revision)
		}
	}
}

// discard forgets what was made of a turn that was not stored.
func (l *relay) discard() {
	l.mine = nil
	for _, v := range l.views {
		v.frames = nil
	}
}

// changed notes for whom there is something new; step lets it out.
func (l *relay) changed(t *touched) {
	for _, f := range l.feeds {
		f.behind = f.behind || l.concerns(f, t)
	}
	if t.erased {
		for _, v := range l.views {
			v.forget()
		}
	}
}

// concerns says that a feed's audience sees what changed.
func (l *relay) concerns(f *feed, t *touched) bool {
	return f.pictures.audience == wall.Desk && t.desk || f.pictures.audience == wall.Hall && t.hall
}

// step publishes what may go out now, and sets the timer for what may not yet.
func (l *relay) step() {
	now := time.Now()
	var next time.Time
	later := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if here := l.phones + int(l.room.elsewhere.Load()); here != l.told {
		if at := l.toldWhen.Add(l.herePace()); now.Before(at) {
			later(at)
		} else {
			l.told, l.toldWhen = here, now
			for _, v := range l.views {
				v.tell(here)
			}
			for _, f := range l.feeds {
				f.behind = true
			}
		}
	}
	if at := l.feel(now); !at.IsZero() {
		later(at)
	}
	for _, i := range l.order() {
		switch f, at := l.feeds[i], l.turnOf(i); {
		case !f.behind, f.passing: // passed, or the next change, leads here again
		case now.Before(at):
			later(at)
		default:
			f.publish(now)
			if i == phoneFeed {
				l.few.work()
			}
		}
	}
	l.timer.Stop()
	if !next.IsZero() {
		l.timer.Reset(next.Sub(now))
	}
}

// order is the feeds as they are told. A pass to few phones is over before anyone
// would notice, and they go first: waiting for the desk's frame to be made and its
// writer to be woken would cost them a tenth of the whole way.
func (l *relay) order() [feeds]int {
	if l.hasFewPhones() {
		return [feeds]int{phoneFeed, deskFeed, screenFeed}
	}
	return [feeds]int{deskFeed, screenFeed, phoneFeed}
}

func (l *relay) hasFewPhones() bool { return l.feeds[phoneFeed].clients <= fewMost }

// turnOf is when a feed may next be told something. A crowd of phones comes when
// the few who go first have it, if that is soon.
func (l *relay) turnOf(feed int) time.Time {
	at := l.feeds[feed].next
	if feed != phoneFeed || l.hasFewPhones() {
		return at
	}
	for _, f := range l.feeds[:phoneFeed] {
		if first := f.began.Add(gapLeast); f.passing && first.After(at) {
			at = first
		}
	}
	return at
}

// herePace is how often presence is told: in a large hall one more or less is
// no news, but a frame to everyone.
func (l *relay) herePace() time.Duration {
	return max(hereEvery, time.Duration(l.phones)*herePer)
}
