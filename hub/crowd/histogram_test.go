package crowd

import (
	"testing"
	"time"
)

func TestPercentiles(t *testing.T) {
	var h Histogram
	for ms := 1; ms <= 1000; ms++ {
		h.Add(time.Duration(ms) * time.Millisecond)
	}
	all := h.Times()
	for p, want := range map[float64]time.Duration{50: 500 * time.Millisecond, 99: 990 * time.Millisecond, 100: time.Second, 0.1: time.Millisecond} {
		got := all.Percentile(p)
		if off := (got - want).Abs(); off > want/60 {
			t.Errorf("p%g is %v, want %v", p, got, want)
		}
	}
	if n := all.Above(900 * time.Millisecond); n < 90 || n > 110 {
		t.Errorf("%d above 900 ms", n)
	}
	h.Add(time.Hour)
	if since := h.Times().Since(all); since.Count() != 1 || since.Percentile(50) < 59*time.Minute {
		t.Error(since.Count(), since.Percentile(50))
	}
	if (&Times{}).Percentile(50) != 0 {
		t.Error("nothing has a median")
	}
}

// Buckets are in order, and no value is further from its bucket's than promised.
func TestBuckets(t *testing.T) {
	last := -1
	for v := time.Duration(0); v < 100*time.Hour; v = v + v/100 + time.Microsecond {
		b := bucket(v)
		if b < last || b >= buckets {
			t.Fatalf("%v is in bucket %d after %d", v, b, last)
		}
		last = b
		if off := (value(b) - v).Abs(); off > v/50+time.Microsecond {
			t.Errorf("%v counts as %v", v, value(b))
		}
	}
	if bucket(-time.Second) != 0 || bucket(1<<62) != buckets-1 {
		t.Error("the ends")
	}
}
