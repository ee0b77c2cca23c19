package crowd

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Tally is what a crowd counts together: when each note was sent, how late it
// was seen, what was asked and answered.
type Tally struct {
	start time.Time
	sent  []atomic.Int64 // by number, ns since start; 0: not yet; or refusedNote

	// Seen is from the sending of a note to its first sight, for each phone that
	// had the wall when it was sent; Apart is the same for phones that are known
	// to be late. Acks is from asking to the answer.
	Seen, Apart, Acks Histogram
	// Joins is from the first knock to the whole wall; Backs is the same for
	// phones that come back.
	Joins, Backs Histogram

	delivered atomic.Int64
	quietly   atomic.Int64 // seen by those who were not there when it was sent
	repeated  atomic.Int64
	doubled   atomic.Int64 // sights of a second note for one that was sent
	altered   atomic.Int64 // sights of a note with another text than it was sent with
	asked     atomic.Int64
	acked     atomic.Int64
	refused   atomic.Int64
	again     atomic.Int64 // answers that asked to send again
	revision  atomic.Uint64
	exact     atomic.Int64 // phones that have the totals that are expected
}

// refusedNote stands for when a note was sent that was refused: nobody is to see it.
const refusedNote = -1

func newTally(notes int) *Tally {
	return &Tally{start: time.Now(), sent: make([]atomic.Int64, notes)}
}

func (t *Tally) now() int64 { return int64(time.Since(t.start)) }

// Delivered counts the first sights of notes, one for each phone and note.
func (t *Tally) Delivered() int { return int(t.delivered.Load() + t.quietly.Load()) }

// Live counts those of them that were seen by a phone that was there.
func (t *Tally) Live() int { return int(t.delivered.Load()) }

// Repeated counts sights after the first.
func (t *Tally) Repeated() int { return int(t.repeated.Load()) }

// Doubled counts sights of a second note for one that was sent.
func (t *Tally) Doubled() int { return int(t.doubled.Load()) }

// Altered counts sights of notes with another text than they were sent with.
func (t *Tally) Altered() int { return int(t.altered.Load()) }

// Asked, Acked and Refused count commands: sent, done, and refused for good.
// Again counts the answers that asked to send them again.
func (t *Tally) Asked() int { return int(t.asked.Load()) }

// Acked counts the commands that were done.
func (t *Tally) Acked() int { return int(t.acked.Load()) }

// Refused counts the commands that were refused for good.
func (t *Tally) Refused() int { return int(t.refused.Load()) }

// Again counts the answers that asked to send a command again.
func (t *Tally) Again() int { return int(t.again.Load()) }

// Open counts the commands that are not yet answered.
func (t *Tally) Open() int { return t.Asked() - t.Acked() - t.Refused() }

// Revision is the highest that was acknowledged.
func (t *Tally) Revision() uint64 { return t.revision.Load() }

// Lost counts the notes of a range that are missing at some phone of a range,
// and the phones that miss one.
func (c *Crowd) Lost(fromPhone, toPhone, fromNote, toNote int) (notes, phones int) {
	missing := make([]uint64, len(c.phones[0].seen))
	for _, p := range c.phones[fromPhone:toPhone] {
		p.mu.Lock()
		misses := false
		for i := fromNote; i < toNote; i++ {
			if bit := uint64(1) << (i % 64); p.seen[i/64]&bit == 0 && c.sent[i].Load() != refusedNote {
				missing[i/64] |= bit
				misses = true
			}
		}
		p.mu.Unlock()
		if misses {
			phones++
		}
	}
	for _, word := range missing {
		notes += bits.OnesCount64(word)
	}
	return notes, phones
}

// Missing counts, over the phones of a range, the notes of a range that a
// phone has not seen.
func (c *Crowd) Missing(fromPhone, toPhone, fromNote, toNote int) int {
	n := 0
	for _, p := range c.phones[fromPhone:toPhone] {
		p.mu.Lock()
		for i := fromNote; i < toNote; i++ {
			if p.seen[i/64]&(1<<(i%64)) == 0 && c.sent[i].Load() != refusedNote {
				n++
			}
		}
		p.mu.Unlock()
	}
	return n
}

// first notes that a phone has seen a note; the phone is locked.
func (c *Crowd) first(p *Phone, number int, now int64) {
	if number < 0 || number >= len(c.sent) {
		return
	}
	word, bit := &p.seen[number/64], uint64(1)<<(number%64)
	if *word&bit != 0 {
		c.repeated.Add(1)
		if !c.Wire.Absolute() {
			c.doubled.Add(1)
		}
		return
	}
	*word |= bit
	sent := c.sent[number].Load()
	if sent <= 0 || sent < p.since || p.since == 0 {
		c.quietly.Add(1)
		return
	}
	if p.apart {
		c.Apart.Add(time.Duration(now - sent))
	} else {
		c.Seen.Add(time.Duration(now - sent))
		p.worst = max(p.worst, now-sent)
	}
	c.delivered.Add(1)
}
