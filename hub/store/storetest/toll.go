package storetest

import (
	"flag"
	"slices"
	"testing"
	"time"
)

var quiet = flag.Bool("quiet", false, "nobody else uses this machine: times are held to what is promised")

// Grace is how long something may take that is promised within a time on two
// cores that nobody else uses: as long as that where -quiet says so, as make
// torture does; else three times as long, for a machine that slow or busy.
func Grace(promised time.Duration) time.Duration {
	if *quiet {
		return promised
	}
	return 3 * promised
}

// Toll is what rounds of one fault cost: a line of the table that make torture
// prints (.ci/torture has its head).
type Toll struct {
	What    string
	Rounds  int // how often the fault came
	Acked   int // commands that were acknowledged
	Lost    int // of those, not stored
	Doubled int // done twice
	Unacked int // stored though nobody was told
	// Recovery is how long it took each time from the end of the cause to the
	// next acknowledgement; of a failover, from the fault itself.
	Recovery []time.Duration
	Within   time.Duration // the longest that is right, with Grace; 0: it does not matter
}

// Report logs the line, and fails the test when it cost anything, took too
// long, or proves nothing.
func (x *Toll) Report(tb testing.TB) {
	tb.Helper()
	median, longest := "", ""
	if len(x.Recovery) > 0 {
		slices.Sort(x.Recovery)
		median = x.Recovery[len(x.Recovery)/2].Round(time.Millisecond).String()
		most := x.Recovery[len(x.Recovery)-1]
		longest = most.Round(time.Millisecond).String()
		if x.Within > 0 && most > Grace(x.Within) {
			tb.Errorf("%s: back after %v, and it should be within %v", x.What, most, Grace(x.Within))
		}
	}
	// With no failure in n rounds, the rate of failures is below 3/n at 95 %.
	tb.Logf("TOLL %s | %d | %d | %d | %d | %d | %s | %s | %.2g %%", x.What, x.Rounds, x.Acked, x.Lost, x.Doubled, x.Unacked,
		median, longest, min(100, 300/float64(max(1, x.Rounds))))
	if x.Lost > 0 || x.Doubled > 0 {
		tb.Errorf("%s: %d lost, %d doubled", x.What, x.Lost, x.Doubled)
	}
	if x.Rounds == 0 || x.Acked == 0 {
		tb.Errorf("%s: %d rounds and %d acknowledgements prove nothing", x.What, x.Rounds, x.Acked)
	}
}
