package wall

import "time"

// pace is the generic cell rate algorithm: from the theoretical arrival time of
// the last act it gives the next one, or how long to wait. One number per person
// and kind of act is all it needs, so it is exact across hubs.
func pace(last, now Millis, every time.Duration, burst int) (next, wait Millis) {
	step := every.Milliseconds()
	arrival := max(last, now)
	if wait = arrival - now - step*int64(burst-1); wait > 0 {
		return last, wait
	}
	return arrival + step, 0
}

func tooOften(wait Millis) *Refusal {
	return &Refusal{Code: Rate, Text: "too often", After: wait}
}
