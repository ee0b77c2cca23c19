package wall

import (
	"fmt"
	"testing"
)

// full is a wall with so many notes, and a dot on most.
func full(b *testing.B, notes int) *world {
	x := newWorld(Settings{Rehearsal: true})
	for i := range notes {
		x.must(b, Actor{Role: Participant, ID: fmt.Sprint("writer", i%1000)}, Post{ID: noteID(i), Theme: "work", Kind: "opinion",
			Text: "Det borde vara lättare att få en praktikplats när man är ny i Sverige."})
	}
	for i := range notes {
		x.must(b, Actor{Role: Participant, ID: fmt.Sprint("voter", i%1000)}, CastVote{"n:" + noteID(i%100), 1, uint64(i + 1)})
	}
	return x
}

var sizes = []int{10, 5000}

func BenchmarkPost(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			x := full(b, size)
			b.ReportAllocs()
			n := size
			for b.Loop() {
				n++
				e, err := x.w.Decide(Request{By: Actor{Role: Participant, ID: fmt.Sprint("new", n)}, At: x.now,
					Command: Post{ID: noteID(n), Theme: "work", Kind: "opinion", Text: "Mer tid för varandra."}})
				if err != nil {
					b.Fatal(err)
				}
				x.w.Entries(x.w.Apply(e).Keys)
			}
		})
	}
}

func BenchmarkVote(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			x := full(b, size)
			b.ReportAllocs()
			count := uint64(1_000_000)
			for b.Loop() {
				count++
				e, err := x.w.Decide(Request{By: Actor{Role: Participant, ID: fmt.Sprint("voter", count%1000)}, At: x.now,
					Command: CastVote{"n:" + noteID(int(count)%10), int(count/10) % 3, count}})
				if err != nil {
					b.Fatal(err)
				}
				x.w.Entries(x.w.Apply(e).Keys)
			}
		})
	}
}

// BenchmarkStorm is the closing minute: two thousand people, totals hidden, 250
// votes in a commit. Each is decided; and applied, too; and turned into what is
// stored, as well.
func BenchmarkStorm(b *testing.B) {
	const votes, people, targets = 250, 2000, 60
	for until, what := range []string{"decide", "apply", "write"} {
		b.Run(what, func(b *testing.B) {
			x := newWorld(Settings{Rehearsal: true})
			var crowd [people]Actor
			var targeted [targets]string
			for p := range people {
				crowd[p] = Actor{Role: Participant, ID: fmt.Sprintf("%032x", p)}
			}
			for i := range targets {
				targeted[i] = "n:" + noteID(i)
				x.must(b, anna, Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "x"})
			}
			x.must(b, mo, SetPhase{Phase: Vote})
			for p := range people {
				for i := range 4 {
					x.must(b, crowd[p], CastVote{targeted[(p+7*i)%targets], 1, uint64(i + 1)})
				}
			}
			x.w.Stored()
			count, n := uint64(10), 0
			keys, events := make([]string, 0, votes), make([]*Event, 0, votes)
			b.ReportAllocs()
			for b.Loop() {
				keys, events = keys[:0], events[:0]
				for range votes {
					n++
					count++
					e, err := x.w.Decide(Request{By: crowd[n%people], At: x.now, Command: CastVote{targeted[(n+7*(n%4))%targets], n % 3, count}})
					if err != nil {
						b.Fatal(err)
					}
					if until > 0 {
						keys = append(keys, x.w.Apply(e).Keys...)
						events = append(events, e)
					}
				}
				if until > 1 {
					x.w.Entries(keys)
					x.w.Ranks()
					EncodeEvents(events)
				}
				x.w.Stored()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/vote")
		})
	}
}

// BenchmarkSince is a client that is ten votes and one note behind.
func BenchmarkSince(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			x := full(b, size)
			rev := x.w.Position().Revision
			for i := range 10 {
				x.must(b, anna, CastVote{"n:" + noteID(i), 1, uint64(i + 1)})
			}
			x.must(b, anna, Post{ID: noteID(size + 1), Theme: "work", Kind: "opinion", Text: "Sent"})
			b.ReportAllocs()
			for b.Loop() {
				if d := x.w.Since(Desk, rev); len(d.Notes) != 1 || len(d.Totals) != 10 {
					b.Fatal(len(d.Notes), len(d.Totals))
				}
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	x := full(b, 5000)
	b.ReportAllocs()
	for b.Loop() {
		x.w.Since(Hall, 0)
	}
}

func BenchmarkRestore(b *testing.B) {
	x := full(b, 5000)
	all := x.w.All()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Restore(x.w.Position(), all); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeVote(b *testing.B) {
	raw := wire(CastVote{"n:" + noteID(1), 2, 77})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeCommand("vote", raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMerge is merging two notes with a thousand voters each.
func BenchmarkMerge(b *testing.B) {
	x := newWorld(Settings{Rehearsal: true})
	for i := range 2 {
		x.must(b, anna, Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "x"})
	}
	for i := range 1000 {
		for n := range 2 {
			x.must(b, Actor{Role: Participant, ID: fmt.Sprint("voter", i)}, CastVote{"n:" + noteID(n), 1, uint64(n + 1)})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		x.must(b, mo, Merge{Into: noteID(0), Notes: notes(1)})
		x.must(b, mo, Unmerge{Notes: notes(1)})
	}
}

// TestCostOfOne asks that what one command allocates does not grow with the wall.
func TestCostOfOne(t *testing.T) {
	cost := func(notes int) (post, vote, since float64) {
		b := &testing.B{}
		x := full(b, notes)
		n := notes
		post = testing.AllocsPerRun(200, func() {
			n++
			e, _ := x.w.Decide(Request{By: Actor{Role: Participant, ID: "p" + fmt.Sprint(n)}, At: x.now,
				Command: Post{ID: noteID(n), Theme: "work", Kind: "opinion", Text: "x"}})
			x.w.Entries(x.w.Apply(e).Keys)
		})
		count := uint64(1_000_000)
		vote = testing.AllocsPerRun(200, func() {
			count++
			e, _ := x.w.Decide(Request{By: anna, At: x.now, Command: CastVote{"n:" + noteID(1), int(count % 2), count}})
			x.w.Entries(x.w.Apply(e).Keys)
		})
		rev := x.w.Position().Revision - 1
		since = testing.AllocsPerRun(200, func() { x.w.Since(Hall, rev) })
		return post, vote, since
	}
	p1, v1, s1 := cost(10)
	p2, v2, s2 := cost(NotesMax)
	if p2 > p1+4 || v2 > v1+4 || s2 > s1+4 {
		t.Errorf("allocations on 10 and %d notes: post %v %v, vote %v %v, since %v %v", NotesMax, p1, p2, v1, v2, s1, s2)
	}
}
