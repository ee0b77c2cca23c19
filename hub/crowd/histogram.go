package crowd

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Histogram counts times, to about one and a half percent, from a microsecond
// to hours. Anybody may add to it and look at it.
type Histogram struct {
	at [buckets]atomic.Uint64
}

// Of each power of two there are 64 buckets; below 64 µs there is one for each.
const (
	fine    = 64
	fineLog = 6
	buckets = fine * (40 - fineLog)
)

func bucket(d time.Duration) int {
	v := uint64(max(d, 0) / time.Microsecond)
	if v < fine {
		return int(v)
	}
	shift := bits.Len64(v) - fineLog - 1
	return min(fine*(shift+1)+int(v>>shift)-fine, buckets-1)
}

// value is the middle of a bucket.
func value(bucket int) time.Duration {
	if bucket < fine {
		return time.Duration(bucket) * time.Microsecond
	}
	shift := bucket/fine - 1
	low := uint64(bucket%fine+fine) << shift
	return time.Duration(low+(uint64(1)<<shift)/2) * time.Microsecond
}

// Add adds one time.
func (h *Histogram) Add(d time.Duration) { h.at[bucket(d)].Add(1) }

// Times is a histogram as it was at one moment.
type Times [buckets]uint64

// Times gives what is there now.
func (h *Histogram) Times() *Times {
	t := &Times{}
	for i := range h.at {
		t[i] = h.at[i].Load()
	}
	return t
}

// Since is what has been added since an earlier moment; nil: ever.
func (t *Times) Since(earlier *Times) *Times {
	out := *t
	if earlier != nil {
		for i := range out {
			out[i] -= earlier[i]
		}
	}
	return &out
}

// Count is how many times there are.
func (t *Times) Count() uint64 {
	var n uint64
	for _, k := range t {
		n += k
	}
	return n
}

// Percentile is the time that so many percent are not above (nearest rank);
// zero when there is none.
func (t *Times) Percentile(p float64) time.Duration {
	n := t.Count()
	if n == 0 {
		return 0
	}
	rank := min(uint64(float64(n)*p/100+0.999999), n)
	var sum uint64
	for i, k := range t {
		if sum += k; k > 0 && sum >= rank {
			return value(i)
		}
	}
	return value(buckets - 1)
}

// Above counts the times above a limit.
func (t *Times) Above(d time.Duration) uint64 {
	var n uint64
	for i := bucket(d) + 1; i < buckets; i++ {
		n += t[i]
	}
	return n
}
