package wall

import (
	"fmt"
	"testing"
)

// BenchmarkTake is what another hub's commit of 250 commands costs, one in ten of
// them a post: who hears what it did, and who takes the values.
func BenchmarkTake(b *testing.B) {
	const commands, people = 250, 1000
	for _, how := range []string{"hear", "take"} {
		b.Run(how, func(b *testing.B) {
			x := full(b, 500)
			x.w.Stored()
			w, err := Restore(x.w.Position(), x.w.All())
			if err != nil {
				b.Fatal(err)
			}
			count := 1_000_000
			for b.Loop() {
				b.StopTimer()
				var keys []string
				for range commands {
					count++
					by := Actor{Role: Participant, ID: fmt.Sprint("crowd", count%people)}
					var c Command = CastVote{"n:" + noteID((count+count/people%5)%50), count % 3, uint64(count)}
					if count%10 == 0 {
						c = Post{ID: noteID(count), Theme: "work", Kind: "opinion", Text: "Mer tid för varandra."}
					}
					e, err := x.w.Decide(Request{By: by, At: x.now, Command: c})
					if err != nil {
						b.Fatal(err)
					}
					keys = append(keys, x.w.Apply(e).Keys...)
				}
				entries := x.w.Entries(keys)
				news := x.w.News(entries)
				x.w.Stored()
				b.StartTimer()
				if how == "hear" {
					_, err = w.Hear(x.w.Position(), news)
				} else {
					_, err = w.Take(x.w.Position(), entries)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*commands), "ns/command")
		})
	}
}
