package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// throng is people who write as fast as they are answered, nine votes to a
// note, each at one of some hubs; and what came of it.
type throng struct {
	done    []int           // commands, by hub
	posts   int             // among them
	took    []time.Duration // each of them, sorted
	refused map[wall.Code]int
	length  time.Duration
	cpu     time.Duration // of this process
}

// write lets them write until enough says so of the commands done.
func write(t testing.TB, hubs []*Hub, people int, enough func(done int64) bool) throng {
	t.Helper()
	targets := make([]string, 50)
	for i := range targets {
		id := newID()
		targets[i] = "n:" + id
		post := wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: fmt.Sprint("vote for ", i)}
		if err := hubs[0].Do(t.Context(), testWall, wall.Request{By: mona, Command: post}); err != nil {
			t.Fatal(err)
		}
	}
	w := throng{done: make([]int, len(hubs)), refused: map[wall.Code]int{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	var count atomic.Int64
	began, cpu := time.Now(), cpuTime()
	for p := range people {
		all.Go(func() {
			h := p % len(hubs)
			by := wall.Actor{Role: wall.Participant, ID: fmt.Sprint("writer ", p)}
			var took []time.Duration
			posts := 0
			refused := map[wall.Code]int{}
			for n := 1; !enough(count.Load()); n++ {
				var c wall.Command = wall.CastVote{Target: targets[(p+n%5)%len(targets)], Dots: n % 3, Count: uint64(n)}
				if n%10 == 0 {
					c = wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "Mer tid för varandra."}
				}
				began := time.Now()
				err := hubs[h].Do(context.Background(), testWall, wall.Request{By: by, Command: c})
				var why *wall.Refusal
				switch {
				case err == nil:
					took = append(took, time.Since(began))
					if c.Verb() == "post" {
						posts++
					}
					count.Add(1)
				case errors.As(err, &why):
					refused[why.Code]++
				default:
					t.Error(err)
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			w.done[h] += len(took)
			w.took = append(w.took, took...)
			w.posts += posts
			for code, n := range refused {
				w.refused[code] += n
			}
		})
	}
	all.Wait()
	w.length, w.cpu = time.Since(began), cpuTime()-cpu
	slices.Sort(w.took)
	return w
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (w *throng) perSecond() float64 { return float64(len(w.took)) / w.length.Seconds() }

// share is what the slowest hub did of its fair share.
func (w *throng) share() float64 {
	return float64(slices.Min(w.done)*len(w.done)) / float64(len(w.took))
}

func (w *throng) quantile(q float64) time.Duration {
	return w.took[min(len(w.took)-1, int(q*float64(len(w.took))))]
}

// fleet opens a wall on a flushed Redis at so many hubs.
func fleet(t testing.TB, server *redistest.Server, n int) (hubs []*Hub, shut func()) {
	t.Helper()
	server.Do("FLUSHALL")
	var stores []store.Store
	for range n {
		s := openRedis(t, redisstore.Options{URL: server.URL()})
		stores = append(stores, s)
		hubs = append(hubs, openHub(t, s))
	}
	makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
	return hubs, func() {
		for i, h := range hubs {
			closeHub(t, h)
			_ = stores[i].Close()
		}
	}
}

// Four hubs write one wall: nobody is refused, and each gets its share.
func TestFourHubsShareAWall(t *testing.T) {
	hubs, _ := fleet(t, redistest.Start(t), 4)
	w := write(t, hubs, 40, func(done int64) bool { return done > 6000 })
	if w.share() < 0.5 || len(w.refused) > 0 {
		t.Errorf("done %v, refused %v", w.done, w.refused)
	}
	t.Logf("done %v, the slowest answer after %v", w.done, w.quantile(1))
}

// BenchmarkHubs compares four hubs that write one wall with one, both with the
// same people on the same Redis (appendfsync always), by turns. An iteration is
// two seconds of each. ratio is of throughput; share is what the slowest hub did
// of its fair part; the rest is of the four.
func BenchmarkHubs(b *testing.B) {
	server := redistest.Start(b)
	for _, people := range []int{40, 200, 1000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			var one, four, ratio, share, p99, worst, cpu []float64
			run := func(n int) throng {
				hubs, shut := fleet(b, server, n)
				defer shut()
				end := time.Now().Add(2 * time.Second)
				w := write(b, hubs, people, func(int64) bool { return time.Now().After(end) })
				if len(w.refused) > 0 {
					b.Errorf("%d hubs refused %v", n, w.refused)
				}
				return w
			}
			for range b.N {
				x, y := run(1), run(4)
				one, four = append(one, x.perSecond()), append(four, y.perSecond())
				ratio, share = append(ratio, y.perSecond()/x.perSecond()), append(share, y.share())
				p99, worst = append(p99, y.quantile(.99).Seconds()*1e3), append(worst, y.quantile(1).Seconds()*1e3)
				cpu = append(cpu, y.cpu.Seconds()/float64(len(y.took))/(x.cpu.Seconds()/float64(len(x.took))))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(one), "one/s")
			b.ReportMetric(median(four), "four/s")
			b.ReportMetric(median(ratio), "ratio")
			b.ReportMetric(slices.Min(share), "share")
			b.ReportMetric(median(p99), "p99-ms")
			b.ReportMetric(slices.Max(worst), "max-ms")
			b.ReportMetric(median(cpu), "cpu-ratio")
		})
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
