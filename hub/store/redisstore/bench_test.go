package redisstore_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// author decides posts on a wall, as a room does, and makes batches of them.
type author struct {
	b    *bench
	w    *wall.Wall
	made int
}

func newAuthor(b *bench) *author {
	b.id, b.at = "bench", wall.Position{Epoch: "epoch"}
	w := wall.New(b.at, wall.Settings{Rehearsal: true}, 1)
	if err := b.Create(b.ctx(), b.id, store.Batch{After: b.at, Entries: w.All()}); err != nil {
		b.t.Fatal(err)
	}
	return &author{b: b, w: w}
}

// batch is so many notes by so many people.
func (a *author) batch(notes int) store.Batch {
	var keys []string
	var events []*wall.Event
	for range notes {
		a.made++
		e, err := a.w.Decide(wall.Request{
			By: wall.Actor{Role: wall.Participant, ID: fmt.Sprintf("%032x", a.made)}, At: int64(a.made),
			Command: wall.Post{ID: fmt.Sprintf("%08x-0000-4000-8000-000000000000", a.made), Theme: "work", Kind: "opinion",
				Text: "Det borde vara lättare att få en praktikplats när man är ny i Sverige."},
		})
		if err != nil {
			a.b.t.Fatal(err)
		}
		keys = append(keys, a.w.Apply(e).Keys...)
		events = append(events, e)
	}
	log, err := json.Marshal(events)
	if err != nil {
		a.b.t.Fatal(err)
	}
	next := store.Batch{After: a.b.at, To: a.w.Position().Revision, Entries: a.w.Entries(keys), Ranks: a.w.Ranks(), Log: log}
	a.w.Stored()
	return next
}

func (a *author) commit(next store.Batch) {
	if err := a.b.Commit(a.b.ctx(), a.b.id, next); err != nil {
		a.b.t.Fatal(err)
	}
	a.b.at = next.End()
}

// cpu is how long Redis' main thread has worked, in microseconds.
func cpu(s *redistest.Server) float64 {
	var sum float64
	for _, field := range []string{"used_cpu_user_main_thread", "used_cpu_sys_main_thread"} {
		seconds, _ := strconv.ParseFloat(s.Info(field), 64)
		sum += seconds * 1e6
	}
	return sum
}

// BenchmarkRedisCPU is what a note costs Redis when a hundred are queued and go
// in one commit, and when the same script is called once for each, by one
// caller, on the same server (appendfsync always). The two take turns.
func BenchmarkRedisCPU(b *testing.B) {
	const queued = 100
	server := redistest.Start(b)
	a := newAuthor(&bench{Store: opened(b, redisstore.Options{URL: server.URL()}), t: b, server: server})
	var together, alone float64
	notes := 0
	for b.Loop() {
		before := cpu(server)
		for range 10 {
			a.commit(a.batch(queued))
		}
		between := cpu(server)
		for range 10 * queued {
			a.commit(a.batch(1))
		}
		together += between - before
		alone += cpu(server) - between
		notes += 10 * queued
	}
	b.ReportMetric(together/float64(notes), "µs/note-of-100")
	b.ReportMetric(alone/float64(notes), "µs/note-alone")
	b.ReportMetric(together/alone, "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCommit is a commit's latency and allocations, the deciding left out.
func BenchmarkCommit(b *testing.B) {
	for _, notes := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("notes=", notes), func(b *testing.B) {
			server := redistest.Start(b)
			a := newAuthor(&bench{Store: opened(b, redisstore.Options{URL: server.URL()}), t: b, server: server})
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				next := a.batch(notes)
				b.StartTimer()
				a.commit(next)
			}
			b.ReportMetric(float64(notes)*float64(b.N)/b.Elapsed().Seconds(), "notes/s")
		})
	}
}

// BenchmarkSince is what another hub reads after a commit of so many notes.
func BenchmarkSince(b *testing.B) {
	for _, notes := range []int{1, 100} {
		b.Run(fmt.Sprint("notes=", notes), func(b *testing.B) {
			server := redistest.Start(b)
			a := newAuthor(&bench{Store: opened(b, redisstore.Options{URL: server.URL()}), t: b, server: server})
			a.commit(a.batch(1000))
			from := a.b.at
			a.commit(a.batch(notes))
			b.ReportAllocs()
			busy := cpu(server)
			for b.Loop() {
				if m, err := a.b.Since(b.Context(), a.b.id, from); err != nil || len(m.Entries) <= notes {
					b.Fatal(len(m.Entries), err)
				}
			}
			b.ReportMetric((cpu(server)-busy)/float64(b.N), "Redis-µs/op")
		})
	}
}

// BenchmarkLoad is a conference's wall at its end: 5,000 notes, 225,000 votes.
func BenchmarkLoad(b *testing.B) {
	server := redistest.Start(b)
	w := &bench{Store: opened(b, redisstore.Options{URL: server.URL()}), t: b, server: server}
	w.id, w.at = "bench", wall.Position{Epoch: "epoch"}
	if err := w.Create(w.ctx(), w.id, store.Batch{After: w.at}); err != nil {
		b.Fatal(err)
	}
	w.big()
	b.ReportAllocs()
	busy := cpu(server)
	for b.Loop() {
		if _, all, err := w.Load(b.Context(), w.id); err != nil || len(all) != bigNotes+2*bigPeople {
			b.Fatal(len(all), err)
		}
	}
	b.ReportMetric((cpu(server)-busy)/float64(b.N), "Redis-µs/op")
}

// BenchmarkTorn is how long the first commit waits after Redis has been killed and
// has started again with 225,000 votes on each wall: for its file to be written
// anew, and for another epoch. waited is how long others waited for one answer.
func BenchmarkTorn(b *testing.B) {
	for _, walls := range []int{1, 8} {
		b.Run(fmt.Sprintf("walls=%d", walls), func(b *testing.B) {
			server := redistest.Start(b)
			w := &bench{Store: opened(b, redisstore.Options{URL: server.URL()}), t: b, server: server}
			for i := range walls {
				w.id, w.at = fmt.Sprint(i), wall.Position{Epoch: "epoch"}
				if err := w.Create(w.ctx(), w.id, store.Batch{After: w.at}); err != nil {
					b.Fatal(err)
				}
				w.big()
			}
			var waited time.Duration
			for b.Loop() {
				b.StopTimer()
				server.Kill()
				server.Restart()
				redistest.Until(b, patience, "the store is ready", func() bool { return w.Ready(w.ctx()) == nil })
				other, err := server.Dial()
				if err != nil {
					b.Fatal(err)
				}
				done := make(chan struct{})
				var pinging sync.WaitGroup
				pinging.Go(func() { waited = max(waited, longest(b, other, done)) })
				b.StartTimer()
				w.moved()
				w.commit("note/first", "x")
				b.StopTimer()
				close(done)
				pinging.Wait()
				other.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(waited.Microseconds())/1000, "ms-waited")
		})
	}
}
