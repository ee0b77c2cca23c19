package yardstick

import (
	"context"
	"fmt"
	"time"
)

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// idle is what a phone costs that only is there.
func idle(s Size) scenario {
	n := s.Idle
	what := fmt.Sprintf("idle, %s phones: ", thousands(n))
	return scenario{
		name:    "idle",
		setting: setting{phones: n, notes: 1, stay: true},
		run: func(ctx context.Context, st *stand) (figures, error) {
			before, err := memory(st.process.cmd.Process.Pid)
			if err != nil {
				return nil, err
			}
			if err := st.come(ctx, 0, n); err != nil {
				return nil, err
			}
			if err := rest(ctx, s.Rest); err != nil {
				return nil, err
			}
			after, err := memory(st.process.cmd.Process.Pid)
			return figures{"memory": float64(after-before) / 1024 / float64(n)}, err
		},
		rows: []row{{what: what + "KiB per connection", figure: "memory", targets: []target{{most: 10}}}},
	}
}

// storm is everybody coming at once to a wall that is full already.
func storm(s Size) scenario {
	const notes = 500
	n := s.Storm
	what := fmt.Sprintf("%s phones join a wall of %d notes: ", thousands(n), notes)
	return scenario{
		name:    "storm",
		setting: setting{phones: n + 1, notes: notes, storm: true},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, 1); err != nil {
				return nil, err
			}
			if err := st.fill(ctx, notes); err != nil {
				return nil, err
			}
			messages, bytes := st.crowd.Received()
			meter, err := st.meter()
			if err != nil {
				return nil, err
			}
			if err := st.come(ctx, 1, n+1); err != nil {
				return nil, err
			}
			took, hub, crowd, err := meter.read()
			if err != nil {
				return nil, err
			}
			heard, total := st.crowd.Received()
			if missing := st.crowd.Missing(1, n+1, 0, notes); missing > 0 {
				return nil, fmt.Errorf("yardstick: %s: who joined misses %d notes", st.name, missing)
			}
			return figures{"took": took.Seconds(), "cpu": float64(hub.Microseconds()) / float64(n), "crowd": float64(crowd.Microseconds()) / float64(n),
				"bytes": float64(total-bytes) / 1024 / float64(n), "messages": float64(heard-messages) / float64(n),
				"turned": float64(st.crowd.Turned()), "p99": ms(st.crowd.Joins.Times().Percentile(99))}, nil
		},
		rows: []row{
			{what: what + "all have it after, s", figure: "took", targets: []target{{of: "textbook", most: 0.2}, {of: "raw", most: 1.3}}},
			{what: what + "server CPU each, µs", figure: "cpu"},
			{what: what + "the crowd's CPU each, µs", figure: "crowd"},
			{what: what + "KiB each", figure: "bytes"},
			{what: what + "told to come later", figure: "turned"},
		},
	}
}

// newcomers is what those who are there hear of those who come.
func newcomers(s Size) scenario {
	const there = 50
	n := s.Newcomers
	return scenario{
		name:    "newcomers",
		setting: setting{phones: n + there, notes: 1},
		run: func(ctx context.Context, st *stand) (figures, error) {
			if err := st.come(ctx, 0, there); err != nil {
				return nil, err
			}
			heard := func() (sum int) {
				for i := range there {
					sum += st.crowd.Phone(i).Heard()
				}
				return sum
			}
			before := heard()
			if err := st.come(ctx, there, there+n); err != nil {
				return nil, err
			}
			if err := rest(ctx, s.Rest); err != nil { // how many are there is told in a while
				return nil, err
			}
			return figures{"heard": float64(heard()-before) / there}, nil
		},
		rows: []row{{
			what:   fmt.Sprintf("%s phones join an empty wall: messages to each who is there", thousands(n)),
			figure: "heard", targets: []target{{most: 12}},
		}},
	}
}
