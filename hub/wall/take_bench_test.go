package wall

import (
	"fmt"
	"testing"
)

// BenchmarkTake is what another hub's commit of 250 votes costs, per vote.
func BenchmarkTake(b *testing.B) {
	x := full(b, 500)
	const votes = 250
	count := uint64(1_000_000)
	batches := make([][]Entry, 8)
	at := x.w.Position()
	w, err := Restore(at, x.w.All())
	if err != nil {
		b.Fatal(err)
	}
	for i := range batches {
		var keys []string
		for v := range votes {
			count++
			voter := Actor{Role: Participant, ID: fmt.Sprint("crowd", v)}
			e, err := x.w.Decide(Request{By: voter, At: x.now, Command: CastVote{"n:" + noteID((v+i%5)%50), 1 + i%2, count}})
			if err != nil {
				b.Fatal(err)
			}
			keys = append(keys, x.w.Apply(e).Keys...)
		}
		batches[i] = x.w.Entries(keys)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		at.Revision += votes
		if _, err := w.Take(at, batches[n%len(batches)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*votes), "ns/vote")
}
