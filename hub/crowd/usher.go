package crowd

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// How a phone comes back, as PROTOCOL.md asks: after half a second, doubled
// with each attempt, drawn between half and the whole.
const (
	backFirst = 500 * time.Millisecond
	backMost  = 12 * time.Second
)

// usher brings phones in, so many at once, and back when they have fallen out.
type usher struct {
	crowd *Crowd

	mu    sync.Mutex
	queue []*Phone
	later []appointment
	busy  int       // phones on their way in
	hold  time.Time // before this nobody knocks
	wake  chan struct{}
}

// appointment is when a phone knocks again.
type appointment struct {
	phone *Phone
	due   time.Time
}

func (u *usher) begin(c *Crowd) {
	u.crowd, u.wake = c, make(chan struct{}, 1)
	c.running.Go(u.run)
}

func (u *usher) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		due, next := u.due(time.Now())
		for _, p := range due {
			u.crowd.lines.dial(p)
		}
		wait := time.Hour
		if !next.IsZero() {
			wait = time.Until(next)
		}
		timer.Reset(max(wait, time.Millisecond))
		select {
		case <-u.wake:
		case <-timer.C:
		case <-u.crowd.ctx.Done():
			return
		}
	}
}

// due takes out who is to knock now, and says when the next may.
func (u *usher) due(now time.Time) (due []*Phone, next time.Time) {
	u.mu.Lock()
	rest := u.later[:0]
	for _, a := range u.later {
		switch {
		case !a.due.After(now):
			u.queue = append(u.queue, a.phone)
		default:
			rest = append(rest, a)
			if next.IsZero() || a.due.Before(next) {
				next = a.due
			}
		}
	}
	u.later = rest
	n := min(len(u.queue), max(0, u.crowd.AtOnce-u.busy))
	if u.hold.After(now) {
		n, next = 0, u.hold
	}
	due = append(due, u.queue[:n]...)
	u.queue = u.queue[n:]
	u.busy += n
	var fresh []*Phone
	for _, p := range due {
		p.slot = true
		if p.tries == 0 {
			fresh = append(fresh, p)
		}
	}
	u.mu.Unlock()
	for _, p := range fresh {
		p.knock()
	}
	return due, next
}

// bring has phones come in for the first time, or again.
func (u *usher) bring(phones []*Phone) {
	for _, p := range phones {
		p.mu.Lock()
		p.gone = false
		p.mu.Unlock()
	}
	u.mu.Lock()
	for _, p := range phones {
		p.tries = 0
	}
	u.queue = append(u.queue, phones...)
	u.mu.Unlock()
	nudge(u.wake)
}

// arrived frees the place of a phone that has the wall.
func (u *usher) arrived(p *Phone) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p.tries = 0
	u.free(p)
}

func (u *usher) free(p *Phone) {
	if p.slot {
		p.slot = false
		u.busy--
		nudge(u.wake)
	}
}

// fell takes note of a phone that has lost its connection, or got none; was
// says that it had the wall.
func (u *usher) fell(p *Phone, why error, was bool) {
	c := u.crowd
	u.mu.Lock()
	u.free(p)
	u.mu.Unlock()
	p.mu.Lock()
	gone := p.gone
	var away *TurnedAway
	if errors.As(why, &away) {
		p.gone = true
	}
	stays := p.gone || (was && c.Stay)
	p.mu.Unlock()
	if gone || c.ctx.Err() != nil || errors.Is(why, context.Canceled) {
		return
	}
	c.lost(why)
	var later *Later
	switch {
	case errors.As(why, &later):
		c.counts.turned.Add(1)
	case was:
		c.counts.dropped.Add(1)
	}
	switch {
	case stays:
	case later != nil && c.Queue:
		u.wait(p, min(max(later.After/4, holdLeast), holdMost))
	default:
		u.comeBack(p)
	}
}

// How long a queue waits when one in it was told to come later.
const (
	holdLeast = 100 * time.Millisecond
	holdMost  = 2 * time.Second
)

// wait puts a phone back into the queue, which waits for a while.
func (u *usher) wait(p *Phone, d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p.tries = 1
	u.queue = append(u.queue, p)
	u.hold = time.Now().Add(d)
	nudge(u.wake)
}

// comeBack has a phone knock again after its wait.
func (u *usher) comeBack(p *Phone) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.free(p)
	wait := min(backFirst<<min(p.tries, 8), backMost)
	p.tries++
	u.later = append(u.later, appointment{p, time.Now().Add(wait/2 + rand.N(wait/2))})
	nudge(u.wake)
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
