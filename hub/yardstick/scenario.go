package yardstick

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// scenario is something that every contender is put through in turn.
type scenario struct {
	name    string
	setting setting
	alone   bool     // of the wall's program alone: the references have nothing like it
	needs   []string // programs; without them it is left out, and that is said
	run     func(ctx context.Context, st *stand) (figures, error)
	stands  func(ctx context.Context, program string) (figures, error) // instead of run: it needs more than one
	rows    []row
}

// figures are what a scenario came to, by name.
type figures map[string]float64

// Size is how large a comparison is.
type Size struct {
	Crowds     []int // of the fan-out
	Seconds    int   // of notes, of each
	RunOff     time.Duration
	Burst      int // phones
	Storm      int // phones that join at once, on a wall of 500 notes
	Idle       int
	Newcomers  int
	Bad, Among int // phones that stop reading, as many that are slow, and all phones
	Pairs      int // of stretches without and with them
	Stretch    int // seconds
	Voters     int
	Votes      int           // a second
	Minute     int           // seconds of it
	Bytes      int           // phones of the quiet minute
	Writers    []int         // at one hub, and at several, as fast as they are answered
	Write      int           // seconds of it
	Hubs       []int         // how many, in turn
	Rest       time.Duration // before memory is looked at, and before what is told late
}

// Short is what there is time for every day; Full is what the targets are about.
var (
	Short = Size{Crowds: []int{1000, 5000}, Seconds: 3, RunOff: 5 * time.Second, Burst: 5000, Storm: 2000, Idle: 2000, Newcomers: 500,
		Bad: 50, Among: 1000, Pairs: 4, Stretch: 2, Voters: 500, Votes: 2500, Minute: 5, Bytes: 100,
		Writers: []int{200, 1000}, Write: 3, Hubs: []int{1, 4, 4, 1}, Rest: 3 * time.Second}
	Full = Size{Crowds: []int{1000, 5000, 10000}, Seconds: 5, RunOff: 8 * time.Second, Burst: 10000, Storm: 5000, Idle: 5000, Newcomers: 1000,
		Bad: 200, Among: 5000, Pairs: 10, Stretch: 5, Voters: 2000, Votes: 10000, Minute: 60, Bytes: 100,
		Writers: []int{200, 1000}, Write: 5, Hubs: []int{1, 4, 4, 1}, Rest: 3 * time.Second}
	// Tiniest is what tests have time for.
	Tiniest = Size{Crowds: []int{200}, Seconds: 1, RunOff: 10 * time.Second, Burst: 200, Storm: 200, Idle: 200, Newcomers: 50,
		Bad: 5, Among: 100, Pairs: 1, Stretch: 1, Voters: 50, Votes: 200, Minute: 1, Bytes: 20,
		Writers: []int{20}, Write: 1, Hubs: []int{1, 4}, Rest: 1200 * time.Millisecond}
)

// scenarios are all there are, in a size.
func scenarios(s Size) []scenario {
	var all []scenario
	for _, n := range s.Crowds {
		all = append(all, fanOut(n, s))
	}
	for _, n := range s.Crowds {
		tls := s
		tls.RunOff *= 3 // proxy and crowd need more of the machine than the hub
		all = append(all, overTLS(fanOut(n, tls)))
	}
	for _, n := range s.Writers {
		all = append(all, hubs(n, s))
	}
	return append(all, burst(s), small(s), quietMinute(s), idle(s), storm(s), newcomers(s), badReaders(s), closingMinute(s), onRedis(closingMinute(s)))
}

// thousands writes a number for people.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// The time that phones have to come in.
const comeWithin = 3 * time.Minute

// come brings phones in.
func (st *stand) come(ctx context.Context, from, to int) error {
	ctx, cancel := context.WithTimeout(ctx, comeWithin)
	defer cancel()
	if err := st.crowd.Come(ctx, from, to); err != nil {
		return fmt.Errorf("%d of %d phones came in: %w", st.crowd.Whole(from, to), to-from, err)
	}
	return nil
}

// rows of a stretch of notes that all phones are to get.
func (st *stand) stretch(ctx context.Context, phones int, rate float64, notes int, runOff time.Duration) (figures, error) {
	c := st.crowd
	before, from := c.Seen.Times(), st.next
	delivered, dropped := c.Delivered(), c.Dropped()
	messages, bytes := c.Received()
	spent, err := cpu(st.process.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	acks := c.Acks.Times()
	if err := st.postAt(ctx, rate, notes, 0, phones); err != nil {
		return nil, err
	}
	last := time.Now()
	wanted := notes * phones
	_ = until(ctx, runOff, func() bool { return c.Delivered()-delivered >= wanted })
	after := time.Since(last)
	now, err := cpu(st.process.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	got := c.Delivered() - delivered
	seen := c.Seen.Times().Since(before)
	heard, total := c.Received()
	f := figures{
		"delivered": 100 * float64(got) / float64(wanted),
		"cpu":       float64((now - spent).Nanoseconds()) / 1000 / float64(max(got, 1)),
		"p50":       ms(seen.Percentile(50)),
		"p99":       ms(seen.Percentile(99)),
		"ack":       ms(c.Acks.Times().Since(acks).Percentile(50)),
		"last":      after.Seconds(),
		"dropped":   float64(c.Dropped() - dropped),
		"bytes":     float64(total-bytes) / float64(max(got, 1)),
		"messages":  float64(heard-messages) / float64(phones),
	}
	if got == wanted && c.Missing(0, phones, from, st.next) != 0 {
		return nil, fmt.Errorf("yardstick: %s: counted %d deliveries, and yet some are missing", st.name, got)
	}
	if c.Doubled() > 0 || c.Altered() > 0 {
		return nil, fmt.Errorf("yardstick: %s: %d doubled, %d altered", st.name, c.Doubled(), c.Altered())
	}
	return f, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fanOut is 100 notes a second to everyone.
func fanOut(n int, s Size) scenario {
	const rate = 100
	notes := rate * s.Seconds
	what := fmt.Sprintf("100 notes/s, %s phones: ", thousands(n))
	cost := []target{{of: "raw", most: 1.4}}
	if n == 1000 {
		cost = append(cost, target{of: "textbook", most: 0.55})
	}
	return scenario{
		name:    fmt.Sprintf("fan-%d", n),
		setting: setting{phones: n, notes: notes, stay: true},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, n); err != nil {
				return nil, err
			}
			return st.stretch(ctx, n, rate, notes, s.RunOff)
		},
		rows: []row{
			{what: what + "delivered, %", figure: "delivered", targets: []target{{least: 100}}},
			{what: what + "dropped", figure: "dropped", targets: []target{{most: 0}}},
			{what: what + "server CPU per delivery, µs", figure: "cpu", targets: cost},
			{what: what + "p50, ms", figure: "p50"},
			{what: what + "p99, ms", figure: "p99"},
			{what: what + "bytes per delivery", figure: "bytes"},
			{what: what + "messages to each phone", figure: "messages"},
		},
	}
}

// burst is 500 notes within a second, each from another phone.
func burst(s Size) scenario {
	n, notes := s.Burst, 500
	what := fmt.Sprintf("500 notes in a second, %s phones: ", thousands(n))
	return scenario{
		name:    "burst",
		setting: setting{phones: n, notes: notes, stay: true},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, n); err != nil {
				return nil, err
			}
			return st.stretch(ctx, n, 500, notes, s.RunOff)
		},
		rows: []row{
			{what: what + "delivered, %", figure: "delivered", targets: []target{{least: 100}}},
			{what: what + "last note at last phone after, s", figure: "last", targets: []target{{of: "raw", most: 1.5}}},
			{what: what + "p99, ms", figure: "p99", targets: []target{{most: 1000}}},
			{what: what + "server CPU per delivery, µs", figure: "cpu"},
			{what: what + "messages to each phone", figure: "messages"},
		},
	}
}

// small is ten notes a second to a hundred phones: nothing to gather, so what
// counts is how soon.
func small(s Size) scenario {
	n, rate := s.Bytes, 10.0
	notes := 10 * s.Seconds
	what := fmt.Sprintf("10 notes/s, %s phones: ", thousands(n))
	return scenario{
		name:    "small",
		setting: setting{phones: n, notes: notes, stay: true},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, n); err != nil {
				return nil, err
			}
			beside := startCommits(ctx, time.Duration(float64(time.Second)/rate))
			f, err := st.stretch(ctx, n, rate, notes, s.RunOff)
			commit, bad := beside.end()
			if err := errors.Join(err, bad); err != nil {
				return nil, err
			}
			f["minute"], f["commit"] = f["bytes"]*rate*60/1024, ms(commit)
			return f, nil
		},
		rows: []row{
			{what: what + "p50, ms", figure: "p50", targets: []target{{of: "textbook", plus: "commit"}}},
			{what: what + "p99, ms", figure: "p99"},
			{what: what + "a commit beside it, p50, ms", figure: "commit"},
			{what: what + "server CPU per delivery, µs", figure: "cpu"},
			{what: what + "KiB per phone and minute", figure: "minute"},
		},
	}
}

// quietMinute is the same as browsers get it: they offer to take deflated
// messages.
func quietMinute(s Size) scenario {
	q := small(s)
	q.name, q.alone, q.setting.deflate = "quiet minute", true, true
	q.rows = []row{{
		what:   fmt.Sprintf("10 notes/s, %s phones that take deflated messages: KiB per phone and minute", thousands(s.Bytes)),
		figure: "minute",
	}}
	return q
}
