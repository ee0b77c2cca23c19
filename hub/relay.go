package hub

import (
	"time"

	"openspacewall/hub/wall"
)

// relay lets out what a room has stored. It belongs to the room's owner. Its
// clients have positions, not queues: each asks for what it misses when its
// line is free, so a slow one costs nobody anything.
type relay struct {
	room   *room
	feeds  [audiences]*feed
	people map[string][]*client // by actor
	timer  *time.Timer          // when something waits for its time
	passed chan int             // a feed's clients have nearly all written what was published

	phones   int
	told     int       // phones, as last told
	toldWhen time.Time // and when
}

func newRelay(r *room) relay {
	l := relay{room: r, people: map[string][]*client{}, timer: stopped(), passed: make(chan int, audiences)}
	for i := range l.feeds {
		l.feeds[i] = newFeed(r, wall.Audience(i), l.passed)
	}
	return l
}

// enter lets a client in: from now on it is told. It is to ask for what it
// misses only after this.
func (l *relay) enter(c *client) {
	l.feeds[c.Face.audience()].enter(c)
	l.people[c.Actor.ID] = append(l.people[c.Actor.ID], c)
	if c.Face == Phone {
		l.phones++
	}
	l.own(c)
}

func (l *relay) leave(c *client) {
	if !l.feeds[c.Face.audience()].leave(c) {
		return
	}
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

// own tells one client what its person alone may know.
func (l *relay) own(c *client) { c.setMe(l.me(c.Actor)) }

func (l *relay) me(a wall.Actor) []byte {
	me := l.room.wall.Me(a)
	return encode(Outgoing{Me: &me})
}

// tell tells people what changed for them alone.
func (l *relay) tell(t *touched) {
	if t.everyone {
		for id := range l.people {
			l.tellPerson(id)
		}
		return
	}
	for id := range t.people {
		l.tellPerson(id)
	}
}

func (l *relay) tellPerson(id string) {
	var actor wall.Actor
	var text []byte
	for _, c := range l.people[id] {
		if text == nil || c.Actor != actor {
			actor, text = c.Actor, l.me(c.Actor)
		}
		c.setMe(text)
	}
}

// changed notes for whom there is something new; step lets it out.
func (l *relay) changed(t *touched) {
	for i, yes := range [audiences]bool{wall.Desk: t.desk, wall.Hall: t.hall} {
		f := l.feeds[i]
		f.behind = f.behind || yes
		if t.erased {
			f.forget()
		}
	}
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
			for _, f := range l.feeds {
				f.here, f.behind = here, true
			}
		}
	}
	for _, f := range l.feeds {
		if !f.behind {
			continue
		}
		if now.Before(f.next) {
			later(f.next)
		} else {
			f.publish(now)
		}
	}
	l.timer.Stop()
	if !next.IsZero() {
		l.timer.Reset(next.Sub(now))
	}
}

// herePace is how often presence is told: in a large hall one more or less is
// no news, but a frame to everyone.
func (l *relay) herePace() time.Duration {
	return max(hereEvery, time.Duration(l.phones)*herePer)
}

// dismiss closes every client's connection.
func (l *relay) dismiss(code int) {
	for _, f := range l.feeds {
		for _, group := range f.clients {
			for c := range group {
				c.stop(code)
			}
		}
	}
}

// frame encodes what changed for an audience between two positions.
func frame(from, to uint64, d wall.Delta, here int) *message {
	return newMessage(encode(Outgoing{Frame: &Frame{From: from, To: to, Values: values(d, here)}}))
}

// removes says that a delta takes something away that an older picture shows.
func removes(d wall.Delta) bool {
	for _, n := range d.Notes {
		if n == nil || n.State.Final() { // the desk keeps the note, without its text
			return true
		}
	}
	for _, c := range d.Clusters {
		if c == nil {
			return true
		}
	}
	return false
}
