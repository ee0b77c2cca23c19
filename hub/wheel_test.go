package hub

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Whoever is put into a wheel is looked at once, at most a notch after its time,
// however the times come, and the wheel is late. It may be before its time, when
// the wheel was late: that costs a look.
func TestWheel(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		var w wheel
		now := time.Duration(r.IntN(1e9))
		by := map[*client]time.Duration{}
		put := func(c *client) {
			at := now + time.Duration(r.IntN(int(30*time.Second)))
			if old, in := by[c]; !in || at < old {
				by[c] = at
			}
			w.put(c, at, now)
		}
		all := make([]*client, 20)
		for i := range all {
			all[i] = &client{}
			put(all[i])
		}
		for range 300 {
			next, ok := w.next()
			if !ok && len(by) > 0 {
				t.Fatalf("next %v with %d in it", ok, len(by))
			}
			if !ok {
				put(all[r.IntN(len(all))])
				continue
			}
			before := now
			if now = max(now, next); r.IntN(10) == 0 {
				now += time.Duration(r.IntN(int(100 * time.Second))) // late
			}
			w.turn(now, func(c *client) {
				due, in := by[c]
				if !in || due+notchLong+time.Nanosecond < before {
					t.Fatalf("looked at %v, due %v, from %v", now, due, before)
				}
				delete(by, c)
				if r.IntN(3) > 0 {
					put(c)
				}
			})
			for c, due := range by {
				if due+2*notchLong < now {
					t.Fatalf("not looked at by %v, due %v, %v", now, due, c.out.due)
				}
			}
			if r.IntN(4) == 0 {
				put(all[r.IntN(len(all))])
			}
		}
	}
}
