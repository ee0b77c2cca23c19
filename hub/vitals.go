package hub

import (
	"sync/atomic"
	"time"
)

// Health is how the hall is doing at this hub: what the desk should know before
// the hall notices. It is measured, and stored nowhere. The numbers are the
// worst of the last two seconds.
type Health struct {
	Wait  int64  `json:"wait"`            // ms that a command has waited for its answer
	Pass  int64  `json:"pass"`            // ms to tell all phones what is new
	Bytes int64  `json:"bytes"`           // to a phone in a minute
	Store string `json:"store,omitempty"` // StoreAway, StoreFull
	Deaf  bool   `json:"deaf,omitempty"`  // other hubs' news may come half a minute late
	Hub   string `json:"hub,omitempty"`   // whose numbers these are; absent: there is only one
}

// What may be the matter with a store.
const (
	StoreAway = "away" // the wall can be read, and that is all
	StoreFull = "full" // it answers, and takes nothing
)

// vitals are what a room measures of itself while a desk looks on. They belong
// to its owner, but for waiting.
type vitals struct {
	waiting atomic.Int64 // when the oldest command that is not answered came (hub.clock); 0: there is none

	began time.Time // of the period; zero: no desk is here
	wait  time.Duration
	pass  time.Duration
	sent  int64   // to phones, when the period began
	rate  float64 // bytes to a phone in a minute, smoothed
}

// arrived notes that a command has come. Anyone may call it.
func (v *vitals) arrived(now time.Duration) {
	if v.waiting.Load() == 0 {
		v.waiting.CompareAndSwap(0, int64(now))
	}
}

// since notes that the first of some commands is the oldest, if there are any.
// The owner calls it.
func (v *vitals) since(asks []*ask) {
	if len(asks) > 0 {
		v.waiting.Store(int64(asks[0].came))
	}
}

// oldest is how long a command has been waiting now. Anyone may call it.
func (v *vitals) oldest(now time.Duration) time.Duration {
	if since := v.waiting.Load(); since != 0 {
		return max(0, now-time.Duration(since))
	}
	return 0
}

// answered notes how long a command has waited, and since when the oldest of
// those left does.
func (r *room) answered(asks []*ask) {
	now := r.hub.clock()
	for _, q := range asks {
		r.waited(q, now)
	}
	switch n := len(asks); {
	case len(r.sent) > 0: // older than what is held
		r.vitals.since(r.sent[0].asks)
	case len(r.held) > 0:
		r.vitals.since(r.held)
	case len(r.inbox) == 0:
		r.vitals.waiting.Store(0)
	case n > 0: // those came right after
		r.vitals.since(asks[n-1:])
	default:
		r.vitals.waiting.Store(int64(now))
	}
}

// waited notes how long a command has waited for its answer.
func (r *room) waited(q *ask, now time.Duration) {
	waited := now - q.came
	r.vitals.wait = max(r.vitals.wait, waited)
	r.hub.count.answers.observe(waited.Seconds())
}

// feel measures, at the end of each period, and has the desks told what is new.
// It gives when it wants to be called again; zero: nobody is there to be told.
func (l *relay) feel(now time.Time) time.Time {
	v, phones := &l.room.vitals, l.feeds[phoneFeed]
	desks := l.feeds[deskFeed]
	if desks.clients == 0 {
		v.began = time.Time{}
		return time.Time{}
	}
	if v.began.IsZero() {
		v.rate = 0
	} else if due := v.began.Add(healthEvery); now.Before(due) {
		return due
	} else {
		minutes := now.Sub(v.began).Minutes()
		each := float64(phones.sent.Load()-v.sent) / float64(max(1, l.phones)) / minutes
		v.rate += (each - v.rate) * min(1, minutes*bytesSmooth)
		is := l.health()
		if view := desks.pictures; view.health == nil || *view.health != is {
			view.examine(&is)
			desks.behind = true
		}
	}
	v.began, v.wait, v.pass, v.sent = now, 0, 0, phones.sent.Load()
	return now.Add(healthEvery)
}

func (l *relay) health() Health {
	r := l.room
	h := Health{
		Wait:  max(r.vitals.wait, r.vitals.oldest(r.hub.clock())).Milliseconds(),
		Pass:  r.vitals.pass.Milliseconds(),
		Bytes: int64(r.vitals.rate/100+.5) * 100,
		Deaf:  r.hub.Name != "" && r.hub.count.deaf.Load(),
		Hub:   r.hub.Name,
	}
	switch {
	case r.away.Load():
		h.Store = StoreAway
	case r.balks:
		h.Store = StoreFull
	}
	return h
}
