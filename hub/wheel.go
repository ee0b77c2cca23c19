package hub

import "time"

// A wheel keeps the times of a shard's clients: pings, and how long one may be
// silent, stall, or take to go. They are coarse, and one timer does for all. A
// client stands in it for its earliest time only, and is then looked at.
type wheel struct {
	slots [notches][]*client
	at    notch // looked at up to here
	held  int   // entries, old ones too
}

// notch is a time in steps of notchLong since the hub began.
type notch int64

const (
	notches   = 64
	notchLong = 500 * time.Millisecond // 32 s around: more than the longest wait, pingEvery
)

func notchAfter(t time.Duration) notch { return notch((t + notchLong - 1) / notchLong) }

// put has a client looked at by a time, if that is not so already.
func (w *wheel) put(c *client, by, now time.Duration) {
	if w.held == 0 {
		w.at = max(w.at, notch(now/notchLong))
	}
	n := min(max(notchAfter(by), w.at+1), w.at+notches-1)
	if c.out.due != 0 && c.out.due <= n {
		return
	}
	c.out.due = n
	w.slots[n%notches] = append(w.slots[n%notches], c)
	w.held++
}

// next is when somebody is to be looked at.
func (w *wheel) next() (time.Duration, bool) {
	if w.held == 0 {
		return 0, false
	}
	n := w.at + 1
	for len(w.slots[n%notches]) == 0 {
		n++
	}
	return time.Duration(n) * notchLong, true
}

// turn looks at everyone whose time has come.
func (w *wheel) turn(now time.Duration, look func(*client)) {
	for last := notch(now / notchLong); w.at < last && w.held > 0; {
		w.at++
		n := w.at // putting into an empty wheel moves it on
		slot := w.slots[n%notches]
		w.slots[n%notches] = nil
		w.held -= len(slot)
		for _, c := range slot {
			if c.out.due == n { // else it was put elsewhere since
				c.out.due = 0
				look(c)
			}
		}
	}
}

func (s *shard) schedule(c *client, by time.Duration) { s.wheel.put(c, by, s.hub.clock()) }

// check looks at a client's times.
func (s *shard) check(c *client) {
	o := &c.out
	now := s.hub.clock()
	switch {
	case o.closed:
		return
	case c.stopping():
		s.overdue(c, now)
		return
	}
	heard := time.Duration(c.heardAt.Load())
	silent := heard + silentMax
	if !c.greeted.Load() {
		silent = heard + helloWithin
	}
	if now >= silent {
		if c.greeted.Load() {
			c.stop(0) // nobody is there
		} else {
			c.stop(CloseProtocol)
		}
		return
	}
	if now >= o.ping {
		o.ping = now + pingEvery
		if !o.busy {
			s.send(c, head(s.private[:0], opPing, 0))
		}
	}
	next := min(silent, o.ping)
	if o.busy {
		stalled := time.Duration(c.hand.moved.Load()) + stalledMax
		if now >= stalled && c.hand.state.Load() == handAtWork {
			c.stop(CloseSlow)
			return
		}
		next = min(next, stalled)
	}
	s.schedule(c, next)
}
