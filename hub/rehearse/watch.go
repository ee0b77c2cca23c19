package rehearse

import (
	"runtime"
	"sync"
	"syscall"
	"time"

	"openspacewall/hub/crowd"
)

// Point is how a hall was in one second.
type Point struct {
	Second  int     `json:"s"`
	Act     string  `json:"act"`
	Here    int     `json:"here"` // phones that have the wall
	WallP50 float64 `json:"wall_p50_ms"`
	WallP99 float64 `json:"wall_p99_ms"`
	AckP50  float64 `json:"ack_p50_ms"`
	AckP99  float64 `json:"ack_p99_ms"`
	Notes   uint64  `json:"sights"` // of notes, by all phones
	Acks    uint64  `json:"acks"`
	Mbit    float64 `json:"mbit"` // that came to all phones together
	Busy    float64 `json:"busy"` // of this machine's processors, what this program took
	Late    float64 `json:"late_ms"`
}

// Machine is how the machine was that the phones ran on.
type Machine struct {
	Processors int     `json:"processors"`
	Busy       float64 `json:"busy"`    // the share of them that this program took, in its worst ten seconds
	Late       float64 `json:"late_ms"` // how late this program got to run when it was to, one time in a hundred
	Mbit       float64 `json:"mbit"`    // the most in a second, to all phones
}

// watch looks at a crowd once a second, and at this machine all the time: a
// program that gets to run late counts its own lateness as the hub's.
type watch struct {
	crowd    *crowd.Crowd
	progress func(act string, now Point)
	points   []Point
	late     crowd.Histogram
	stop     chan struct{}
	running  sync.WaitGroup

	mu   sync.Mutex
	name string
}

// tickEvery is how often the watch asks to run, to see when it does.
const tickEvery = 20 * time.Millisecond

func watchOver(c *crowd.Crowd, progress func(string, Point)) *watch {
	w := &watch{crowd: c, progress: progress, stop: make(chan struct{})}
	w.running.Go(w.run)
	return w
}

// act says what is played from now on.
func (w *watch) act(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.name = name
}

// end ends the watch and waits for it.
func (w *watch) end() {
	close(w.stop)
	w.running.Wait()
}

func (w *watch) run() {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	began := time.Now()
	due, next := began.Add(tickEvery), began.Add(time.Second)
	last := &looked{at: began, seen: w.crowd.Seen.Times(), acks: w.crowd.Acks.Times(), cpu: spent()}
	for {
		select {
		case <-tick.C:
		case <-w.stop:
			return
		}
		now := time.Now()
		w.late.Add(now.Sub(due))
		for !due.After(now) {
			due = due.Add(tickEvery)
		}
		if now.Before(next) {
			continue
		}
		next = next.Add(time.Second)
		var p Point
		p, last = w.look(now, last)
		p.Second = int(now.Sub(began).Seconds() + 0.5)
		w.points = append(w.points, p)
		if w.progress != nil {
			w.progress(p.Act, p)
		}
	}
}

// looked is what there was when the watch last looked.
type looked struct {
	at         time.Time
	seen, acks *crowd.Times
	late       *crowd.Times
	bytes      int64
	cpu        time.Duration
}

func (w *watch) look(now time.Time, last *looked) (Point, *looked) {
	this := &looked{at: now, seen: w.crowd.Seen.Times(), acks: w.crowd.Acks.Times(), late: w.late.Times(), cpu: spent()}
	_, this.bytes = w.crowd.Received()
	seen, acks, took := this.seen.Since(last.seen), this.acks.Since(last.acks), now.Sub(last.at)
	w.mu.Lock()
	name := w.name
	w.mu.Unlock()
	return Point{
		Act: name, Here: w.crowd.Here(), Notes: seen.Count(), Acks: acks.Count(),
		WallP50: millis(seen.Percentile(50)), WallP99: millis(seen.Percentile(99)),
		AckP50: millis(acks.Percentile(50)), AckP99: millis(acks.Percentile(99)),
		Mbit: float64(this.bytes-last.bytes) * 8 / 1e6 / took.Seconds(),
		Busy: float64(this.cpu-last.cpu) / float64(took) / float64(runtime.GOMAXPROCS(0)),
		Late: millis(this.late.Since(last.late).Percentile(99)),
	}, this
}

// machine sums up how this machine was.
func (w *watch) machine() Machine {
	m := Machine{Processors: runtime.GOMAXPROCS(0), Late: millis(w.late.Times().Percentile(99))}
	const worst = 10
	sum := 0.0
	for i, p := range w.points {
		m.Mbit = max(m.Mbit, p.Mbit)
		if sum += p.Busy; i >= worst {
			sum -= w.points[i-worst].Busy
		}
		m.Busy = max(m.Busy, sum/float64(min(i+1, worst)))
	}
	return m
}

// spent is what this program has spent of the processors.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
