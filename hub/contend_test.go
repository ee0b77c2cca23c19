package hub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
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

// writers is a crowd that writes as fast as it is answered: nine votes, one note.
type writers struct {
	done      []int // commands done, per hub
	latencies []time.Duration
	refused   map[wall.Code]int
	took      time.Duration
	cpu       time.Duration
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func crowdWrites(t testing.TB, hubs []*Hub, people int, d time.Duration) writers {
	t.Helper()
	w := writers{done: make([]int, len(hubs)), refused: map[wall.Code]int{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	var targets []string
	for i := range 50 {
		id := newID()
		if err := hubs[0].Do(t.Context(), testWall, wall.Request{By: mona, Command: wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: fmt.Sprint("target ", i)}}); err != nil {
			t.Fatal(err)
		}
		targets = append(targets, "n:"+id)
	}
	var over atomic.Bool
	began := time.Now()
	cpu := cpuTime()
	for p := range people {
		all.Go(func() {
			h := p % len(hubs)
			by := wall.Actor{Role: wall.Participant, ID: fmt.Sprint("writer ", p)}
			var took []time.Duration
			refused := map[wall.Code]int{}
			for n := uint64(1); !over.Load(); n++ {
				var c wall.Command = wall.CastVote{Target: targets[(uint64(p)+n%5)%uint64(len(targets))], Dots: int(n % 3), Count: n}
				if n%10 == 0 {
					c = wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "Mer tid för varandra."}
				}
				since := time.Now()
				err := hubs[h].Do(context.Background(), testWall, wall.Request{By: by, Command: c})
				var why *wall.Refusal
				switch {
				case err == nil:
					took = append(took, time.Since(since))
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
			w.latencies = append(w.latencies, took...)
			for code, n := range refused {
				w.refused[code] += n
			}
		})
	}
	time.Sleep(d)
	over.Store(true)
	all.Wait()
	w.took = time.Since(began)
	w.cpu = cpuTime() - cpu
	slices.Sort(w.latencies)
	return w
}

func (w *writers) perSecond() float64 { return float64(len(w.latencies)) / w.took.Seconds() }

func (w *writers) quantile(q float64) time.Duration {
	return w.latencies[min(len(w.latencies)-1, int(q*float64(len(w.latencies))))].Round(10 * time.Microsecond)
}

// counting counts what is asked of a store.
type counting struct {
	store.Store
	commits, clashes, loads, looks *atomic.Int64
	cost                           *atomic.Int64
}

func (s counting) Commit(ctx context.Context, id string, b store.Batch) error {
	began := time.Now()
	err := s.Store.Commit(ctx, id, b)
	s.cost.Add(int64(time.Since(began)))
	s.commits.Add(1)
	var c *store.ConflictError
	if errors.As(err, &c) {
		s.clashes.Add(1)
	}
	return err
}

func (s counting) Load(ctx context.Context, id string) (wall.Position, []wall.Entry, error) {
	s.loads.Add(1)
	return s.Store.Load(ctx, id)
}

func (s counting) Since(ctx context.Context, id string, p wall.Position) (store.Missed, error) {
	s.looks.Add(1)
	return s.Store.Since(ctx, id, p)
}

func numbers(s string, or ...int) []int {
	if s == "" {
		return or
	}
	var out []int
	for _, f := range strings.Fields(s) {
		n, _ := strconv.Atoi(f)
		out = append(out, n)
	}
	return out
}

func TestContend(t *testing.T) {
	if os.Getenv("CONTEND") == "" {
		t.Skip()
	}
	server := redistest.Start(t)
	for _, people := range numbers(os.Getenv("PEOPLE"), 40, 200, 1000, 4000) {
		for _, n := range numbers(os.Getenv("HUBS"), 1, 2, 4) {
			server.Do("FLUSHALL")
			redisCPU := func() float64 {
				u, _ := strconv.ParseFloat(server.Info("used_cpu_user"), 64)
				k, _ := strconv.ParseFloat(server.Info("used_cpu_sys"), 64)
				return u + k
			}
			rc := redisCPU()
			var commits, clashes, loads, looks, cost atomic.Int64
			var hubs []*Hub
			var stores []store.Store
			for range n {
				s, err := redisstore.Open(t.Context(), redisstore.Options{URL: server.URL()})
				if err != nil {
					t.Fatal(err)
				}
				stores = append(stores, s)
				hubs = append(hubs, New(Config{Store: counting{s, &commits, &clashes, &loads, &looks, &cost}}))
			}
			makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
			w := crowdWrites(t, hubs, people, time.Duration(numbers(os.Getenv("SECONDS_"), 3)[0])*time.Second)
			fmt.Printf("%5d people %d hubs: %7.0f/s done %v p50 %v p99 %v max %v commits %d×%v clashes %d loads %d looks %d refused %v; cpu/op hub %.1fµs redis %.1fµs\n", people, n, w.perSecond(), w.done,
				w.quantile(.5), w.quantile(.99), w.quantile(1), commits.Load(), time.Duration(cost.Load()/commits.Load()).Round(10*time.Microsecond), clashes.Load(), loads.Load(), looks.Load(), w.refused, w.cpu.Seconds()*1e6/float64(len(w.latencies)), (redisCPU()-rc)*1e6/float64(len(w.latencies)))
			for i, h := range hubs {
				closeHub(t, h)
				_ = stores[i].Close()
			}
		}
	}
}
