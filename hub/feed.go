package hub

import (
	"math/bits"
	"sync/atomic"
	"time"

	"openspacewall/hub/wall"
)

// feed is what one audience is told. The room's owner publishes editions; the
// writers of clients read the newest without asking anybody, and ask the owner
// only when they missed more than one.
type feed struct {
	room     *room
	audience wall.Audience
	clients  [2]map[*client]struct{} // desks and projectors go first, then phones
	now      atomic.Pointer[edition]

	behind bool // something is stored, or somebody came, that the newest edition does not say
	here   int
	passed chan int

	began time.Time // of the last pass
	next  time.Time // before this no other pass begins

	frames map[uint64]*message // to catch up with the wall as it is, by where they begin
	picked wall.Position       // the position that frames lead to
	far    uint64              // from here, and from before, a frame is too long: what changed since only grows
	photo  photo
}

// edition is one frame for everyone at its beginning. It never changes.
type edition struct {
	number uint64
	from   uint64
	at     wall.Position // whoever has it is here
	frame  *message
	left   atomic.Int64 // clients still to write it before the pass counts as done
}

// photo is a snapshot, kept for a moment: people come in crowds.
type photo struct {
	parts []*message
	at    wall.Position
	here  int
	taken time.Time
}

func newFeed(r *room, a wall.Audience, passed chan int) *feed {
	f := &feed{room: r, audience: a, passed: passed}
	for i := range f.clients {
		f.clients[i] = map[*client]struct{}{}
	}
	f.now.Store(&edition{at: r.at, from: r.at.Revision})
	return f
}

func (f *feed) group(c *client) map[*client]struct{} {
	if c.Face.first() {
		return f.clients[0]
	}
	return f.clients[1]
}

func (f *feed) enter(c *client) { f.group(c)[c] = struct{}{} }

func (f *feed) leave(c *client) bool {
	_, was := f.group(c)[c]
	delete(f.group(c), c)
	return was
}

// publish makes the next edition, from what was last told to the wall as it is
// stored, and wakes everyone.
func (f *feed) publish(now time.Time) {
	old, at := f.now.Load(), f.room.at
	e := &edition{number: old.number + 1, from: old.at.Revision, at: at}
	same := at.Epoch == old.at.Epoch && at.Revision >= old.at.Revision
	if !same {
		f.forget()
	}
	switch {
	case len(f.clients[0])+len(f.clients[1]) == 0: // nobody reads it, and who comes asks
		e.from = at.Revision + 1
	case same:
		e.frame = frame(e.from, at.Revision, f.room.wall.Since(f.audience, e.from), f.here)
	default: // another history: nobody's position is in it, everyone asks
		e.from = at.Revision
		e.frame = frame(e.from, at.Revision, wall.Delta{}, f.here)
	}
	f.frames = nil
	f.behind = false
	n := f.abreast(old)
	e.left.Store(int64(n - n/20)) // the last twentieth may just be stalling
	f.began, f.next = now, now.Add(gapMost)
	if n == 0 {
		f.next = now.Add(gapLeast)
	}
	f.now.Store(e)
	for _, group := range f.clients {
		for c := range group { // in no order, so that nobody is always last
			nudge(c.wake)
		}
	}
}

// abreast is how many clients have written an edition: those whose pace the
// next one waits for. Whoever is stalled holds up nobody.
func (f *feed) abreast(e *edition) int {
	n := 0
	for _, group := range f.clients {
		for c := range group {
			if c.took.Load() >= e.number {
				n++
			}
		}
	}
	return n
}

// wrote notes that a client has written an edition; the last one that counts
// tells the owner.
func (f *feed) wrote(c *client, e *edition) {
	c.took.Store(e.number)
	if e.left.Add(-1) == 0 {
		select {
		case f.passed <- int(f.audience):
		default: // the owner finds that the longest gap is over
		}
	}
}

// pass ends a pass: the next may begin when half as long again has gone by.
func (f *feed) pass() {
	took := time.Since(f.began)
	f.next = f.began.Add(min(max(took*3/2, gapLeast), gapMost))
}

// forget drops every kept picture: something in them is not to be seen again.
func (f *feed) forget() {
	f.frames = nil
	f.far = 0
	f.photo = photo{}
}

// missed is what takes a client from a position to the wall as it is stored:
// one frame, or a snapshot, and the frame since it. The owner runs it.
func (f *feed) missed(p wall.Position) (messages []*message, at wall.Position, number uint64) {
	at, number = f.room.at, f.now.Load().number
	if p.Epoch == at.Epoch && p.Revision > 0 && p.Revision <= at.Revision {
		if from := mark(p.Revision, at.Revision); from > f.far {
			m := f.since(from)
			if len(m.text) <= PartMax {
				return []*message{m}, at, number
			}
			f.far = from
			delete(f.frames, from)
		}
	}
	return f.snapshot(), at, number
}

// since is the frame from a revision to the wall as it is, made once.
func (f *feed) since(from uint64) *message {
	if f.picked != f.room.at || f.frames == nil {
		f.frames, f.picked = map[uint64]*message{}, f.room.at
	}
	m := f.frames[from]
	if m == nil {
		m = frame(from, f.room.at.Revision, f.room.wall.Since(f.audience, from), f.here)
		f.frames[from] = m
	}
	return m
}

// mark is where the frame for a client at p begins: it may begin earlier than
// asked, as its values are absolute, and so a few frames do for a whole hall.
func mark(p, now uint64) uint64 {
	if p == now {
		return p
	}
	behind := uint64(1) << bits.Len64(now-p-1)
	if behind >= now {
		return 1
	}
	return now - behind
}

// snapshot gives the whole wall: a kept picture and what changed since it, or
// a new picture when the kept one is old, or shows what has been taken away.
func (f *feed) snapshot() []*message {
	r, p := f.room, &f.photo
	if p.parts != nil && p.at.Epoch == r.at.Epoch && time.Since(p.taken) < snapshotAge {
		if p.at == r.at && p.here == f.here {
			return p.parts
		}
		// Since revision 0 would be the whole wall again.
		if from := p.at.Revision; from > 0 && !removes(r.wall.Since(f.audience, from)) {
			if m := f.since(from); len(m.text) <= PartMax {
				return append(p.parts[:len(p.parts):len(p.parts)], m)
			}
		}
	}
	f.photo = photo{at: r.at, here: f.here, taken: time.Now(), parts: snapshot(r.at, r.wall.Since(f.audience, 0), f.here)}
	return f.photo.parts
}
