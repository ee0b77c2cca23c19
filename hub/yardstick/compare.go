package yardstick

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Comparison is what is to be compared.
type Comparison struct {
	Program    string // the wall's
	Size       Size
	Rounds     int
	Contenders []string // raw, textbook, wall
	Only       []string // scenarios whose names begin so; empty: all
	Log        io.Writer
}

// Contenders are all there are.
var Contenders = []string{"raw", "textbook", wallName}

// Run puts every contender through every scenario, in turn, several times, and
// writes the table to w. It gives how many targets were met, and missed; an
// error is a round that could not be measured.
func (c *Comparison) Run(ctx context.Context, w io.Writer) (met, missed int, err error) {
	var results []result
	for _, s := range scenarios(c.Size) {
		if len(c.Only) == 0 || slices.ContainsFunc(c.Only, func(o string) bool { return strings.HasPrefix(s.name, o) }) {
			results = append(results, result{scenario: s})
		}
	}
	if len(results) == 0 {
		return 0, 0, fmt.Errorf("yardstick: no scenario is called %s", strings.Join(c.Only, ", "))
	}
	for round := range c.Rounds {
		for i := range results {
			r := &results[i]
			if lacks := c.lacks(ctx, r.scenario); lacks != "" {
				if round == 0 {
					c.say("%s is left out: %s", r.scenario.name, lacks)
				}
				continue
			}
			all := map[string]figures{}
			for turn := range c.Contenders {
				name := c.Contenders[(turn+round)%len(c.Contenders)] // nobody is always first
				if r.scenario.alone && name != wallName {
					continue
				}
				began := time.Now()
				f, err := c.measure(ctx, name, r.scenario)
				if err != nil {
					if ctx.Err() != nil {
						return 0, 0, ctx.Err()
					}
					r.failed = append(r.failed, fmt.Errorf("%s, %s: %w", r.scenario.name, name, err))
					c.say("round %d of %d  %-14s %-9s FAILED: %v", round+1, c.Rounds, r.scenario.name, name, err)
					continue
				}
				all[name] = f
				c.say("round %d of %d  %-14s %-9s %5.1f s  %s", round+1, c.Rounds, r.scenario.name, name, time.Since(began).Seconds(), f)
			}
			r.rounds = append(r.rounds, all)
		}
	}
	met, missed, err = table(w, results, c.Contenders)
	for _, r := range results {
		err = errors.Join(err, errors.Join(r.failed...))
	}
	return met, missed, err
}

// lacks says what a scenario needs that is not here; "" for nothing.
func (c *Comparison) lacks(ctx context.Context, s scenario) string {
	for _, program := range s.needs {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed"
		}
	}
	if s.setting.redis {
		help, err := exec.CommandContext(ctx, c.Program, "serve", "--help").CombinedOutput()
		if err != nil || !bytes.Contains(help, []byte("-redis")) {
			return "the wall's program has no --redis"
		}
	}
	return ""
}

func (c *Comparison) say(format string, a ...any) {
	if c.Log != nil {
		_, _ = fmt.Fprintf(c.Log, format+"\n", a...)
	}
}

// measureWithin is the longest that one contender may need for one scenario.
const measureWithin = 10 * time.Minute

// measure puts one contender through one scenario, from its start to its end.
func (c *Comparison) measure(ctx context.Context, name string, s scenario) (f figures, err error) {
	ctx, cancel := context.WithTimeout(ctx, measureWithin)
	defer cancel()
	if s.stands != nil {
		return s.stands(ctx, c.Program)
	}
	st, err := open(ctx, name, c.Program, s.setting)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	return s.run(ctx, st)
}

// String tells figures in a line, by name.
func (f figures) String() string {
	var names []string
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	var words []string
	for _, name := range names {
		words = append(words, name+" "+number(f[name]))
	}
	return strings.Join(words, "  ")
}
