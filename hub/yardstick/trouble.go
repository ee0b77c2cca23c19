package yardstick

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// badReaders is phones that stop reading, and as many that are slow, among
// many: what the others notice, and what it costs the hub.
func badReaders(s Size) scenario {
	const rate = 100
	n, bad := s.Among, 2*s.Bad
	notes := rate * s.Stretch
	what := fmt.Sprintf("%d stalled and %d slow among %s: ", s.Bad, s.Bad, thousands(n))
	return scenario{
		name:  "bad readers",
		alone: true,
		// Who stalls for longer than the hub waits is closed, and comes back as a page does.
		setting: setting{phones: n, notes: 2 * s.Pairs * notes, text: 250, narrow: bad},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, n); err != nil {
				return nil, err
			}
			for i := range bad {
				st.crowd.Phone(i).SetApart(true)
			}
			var ratios []float64
			var most int64
			for range s.Pairs {
				without, err := st.others(ctx, n, bad, rate, notes)
				if err != nil {
					return nil, err
				}
				before, err := memory(st.process.cmd.Process.Pid)
				if err != nil {
					return nil, err
				}
				for i := range bad {
					how := crowd.NotAtAll
					if i%2 == 1 {
						how = crowd.Slowly
					}
					st.crowd.Phone(i).Read(how)
				}
				with, err := st.others(ctx, n, bad, rate, notes)
				if err != nil {
					return nil, err
				}
				after, err := memory(st.process.cmd.Process.Pid)
				if err != nil {
					return nil, err
				}
				most = max(most, after-before)
				for i := range bad {
					st.crowd.Phone(i).Read(crowd.Briskly)
				}
				if err := until(ctx, time.Minute, func() bool { return st.crowd.Missing(0, bad, 0, st.next) == 0 }); err != nil {
					return nil, fmt.Errorf("yardstick: the slow miss %d notes in the end; closed: %v; %s", st.crowd.Missing(0, bad, 0, st.next), st.crowd.Closed(), st.behind(bad))
				}
				ratios = append(ratios, float64(with)/float64(without))
			}
			slices.Sort(ratios)
			return figures{"ratio": ratios[len(ratios)/2], "memory": float64(most) / 1024 / float64(bad),
				"dropped": float64(st.crowd.Dropped()), "missing": float64(st.crowd.Missing(0, n, 0, st.next))}, nil
		},
		rows: []row{
			{what: what + "the others' p99, times without", figure: "ratio", targets: []target{{most: 1.3}}},
			{what: what + "KiB of the hub's memory for each", figure: "memory", targets: []target{{most: 64}}},
			{what: what + "dropped", figure: "dropped", targets: []target{{most: 0}}},
			{what: what + "missing in the end", figure: "missing", targets: []target{{most: 0}}},
		},
	}
}

// behind tells who of the first few misses how much, three of them.
func (st *stand) behind(bad int) string {
	var b strings.Builder
	told := 0
	for i := 0; i < bad && told < 3; i++ {
		if n := st.crowd.Missing(i, i+1, 0, st.next); n > 0 {
			p := st.crowd.Phone(i)
			told++
			fmt.Fprintf(&b, "phone %d misses %d at %d (whole %v) ", i, n, p.At().Revision, p.Whole())
		}
	}
	return b.String()
}

// others is the p99 of the phones beyond the first few, over some notes.
func (st *stand) others(ctx context.Context, n, bad int, rate float64, notes int) (time.Duration, error) {
	from, before := st.next, st.crowd.Seen.Times()
	if err := st.postAt(ctx, rate, notes, bad, n); err != nil {
		return 0, err
	}
	if err := until(ctx, 30*time.Second, func() bool { return st.crowd.Missing(bad, n, from, st.next) == 0 }); err != nil {
		return 0, fmt.Errorf("yardstick: the others miss %d notes", st.crowd.Missing(bad, n, from, st.next))
	}
	return st.crowd.Seen.Times().Since(before).Percentile(99), nil
}

// closingMinute is everybody voting until the bell, and then the totals.
func closingMinute(s Size) scenario {
	const targets = 50
	what := fmt.Sprintf("closing minute, %s phones, %s votes/s, %d s: ", thousands(s.Voters), thousands(s.Votes), s.Minute)
	return scenario{
		name:    "closing minute",
		alone:   true,
		setting: setting{phones: s.Voters, notes: targets, stay: true},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, s.Voters); err != nil {
				return nil, err
			}
			if err := st.fill(ctx, targets); err != nil {
				return nil, err
			}
			if err := st.lead(ctx, "phase", wall.SetPhase{Phase: wall.Vote}); err != nil {
				return nil, err
			}
			return st.voting(ctx, targets, s)
		},
		rows: []row{
			{what: what + "votes acknowledged, %", figure: "acked", targets: []target{{least: 100}}},
			{what: what + "acknowledged, p50, ms", figure: "p50"},
			{what: what + "acknowledged, p99, ms", figure: "p99", targets: []target{{most: 250}}},
			{what: what + "votes/s that were cast", figure: "rate"},
			{what: what + "phones with exact totals after, %", figure: "exact", targets: []target{{least: 100}}},
			{what: what + "revealed at the last phone after, s", figure: "revealed"},
			{what: what + "bytes of memory for each vote", figure: "memory"},
			{what: what + "bytes of disk for each vote", figure: "disk"},
			{what: what + "server CPU for each vote, µs", figure: "cpu"},
			{what: what + "the crowd's CPU for each vote, µs", figure: "crowd"},
		},
	}
}

// voting casts votes at their rate, and then has the totals shown.
func (st *stand) voting(ctx context.Context, targets int, s Size) (figures, error) {
	pid, c := st.process.cmd.Process.Pid, st.crowd
	file := filepath.Join(st.process.folder, "wall.db")
	memoryBefore, err := memory(pid)
	if err != nil {
		return nil, err
	}
	meter, err := st.meter()
	if err != nil {
		return nil, err
	}
	diskBefore := sizeOf(file)
	acks, asked, acked := c.Acks.Times(), c.Asked(), c.Acked()
	numbers := make([]int, targets)
	for i := range numbers {
		numbers[i] = i
	}
	ballots := crowd.NewBallots(s.Voters, numbers)
	total := s.Votes * s.Minute
	began := time.Now()
	step := time.NewTicker(2 * time.Millisecond)
	defer step.Stop()
	for cast := 0; cast < total; {
		due := min(total, int(time.Since(began).Seconds()*float64(s.Votes)))
		for ; cast < due; cast++ {
			phone := cast % s.Voters
			note, dots := ballots.Next(phone)
			c.Phone(phone).Ask(-1, func(n uint64) []byte { return st.wall.Vote(n, note, dots) })
		}
		select {
		case <-step.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	took := time.Since(began)
	for before := -1; c.Open() > 0 && c.Acked() > before; { // for as long as answers come
		before = c.Acked()
		_ = until(ctx, 30*time.Second, func() bool { return c.Open() == 0 })
	}
	_, hub, others, err := meter.read()
	if err != nil {
		return nil, err
	}
	memoryAfter, err := memory(pid)
	if err != nil {
		return nil, err
	}
	times := c.Acks.Times().Since(acks)
	c.Expect(st.wall, ballots.Totals())
	revealed := time.Now()
	if err := st.lead(ctx, "phase", wall.SetPhase{Phase: wall.Results}); err != nil {
		return nil, err
	}
	_ = until(ctx, 20*time.Second, func() bool { return c.Exact() == s.Voters })
	return figures{
		"acked": 100 * float64(c.Acked()-acked) / float64(c.Asked()-asked), "p50": ms(times.Percentile(50)), "p99": ms(times.Percentile(99)),
		"rate": float64(total) / took.Seconds(), "exact": 100 * float64(c.Exact()) / float64(s.Voters),
		"revealed": time.Since(revealed).Seconds(),
		"memory":   float64(memoryAfter-memoryBefore) / float64(total), "disk": float64(sizeOf(file)-diskBefore) / float64(total),
		"cpu": float64(hub.Microseconds()) / float64(total), "crowd": float64(others.Microseconds()) / float64(total),
	}, nil
}

func sizeOf(file string) int64 {
	about, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return about.Size()
}
