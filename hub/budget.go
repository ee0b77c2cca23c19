package hub

import "time"

// budget is how much a connection may still send. It belongs to the reader.
type budget struct {
	frames float64
	since  time.Time // when frames was right
	bad    window
	over   window
}

// window counts what happens in a minute.
type window struct {
	began time.Time
	n     int
}

func (w *window) add(now time.Time) int {
	if now.Sub(w.began) >= windowLength {
		w.began, w.n = now, 0
	}
	w.n++
	return w.n
}

// spend takes a frame from the budget; false when there is none.
func (b *budget) spend(now time.Time) bool {
	if b.since.IsZero() {
		b.frames = frameBurst
	} else {
		b.frames = min(frameBurst, b.frames+now.Sub(b.since).Seconds()*framesPer)
	}
	b.since = now
	if b.frames < 1 {
		return false
	}
	b.frames--
	return true
}

// wait is how long it takes until there is a frame again.
func (b *budget) wait() time.Duration {
	return time.Duration((1 - b.frames) / framesPer * float64(time.Second)).Round(time.Millisecond)
}

// mistake notes an invalid frame; true when there are too many for mistakes.
func (b *budget) mistake(now time.Time) bool { return b.bad.add(now) > invalidMax }

// flood notes a frame beyond the budget; true when there are too many of them.
func (b *budget) flood(now time.Time) bool { return b.over.add(now) > overMax }
