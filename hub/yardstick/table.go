package yardstick

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// row is a line of the table: one figure of a scenario, for all contenders.
type row struct {
	what    string
	figure  string
	targets []target
}

// target is what the wall's figure is to come to.
type target struct {
	of    string  // a contender: the wall's figure, divided by its one; "": the figure itself
	most  float64 // the figure or ratio is not to be above
	least float64 // or not below; 0: most counts
	plus  string  // of a contender: its figure and this one of the wall are the most
	each  bool    // most is for each round, and not for their median
}

// result is what a scenario came to: rounds of figures, by contender.
type result struct {
	scenario scenario
	rounds   []map[string]figures
	failed   []error
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return math.NaN()
	}
	slices.Sort(of)
	if n := len(of); n%2 == 0 {
		return (of[n/2-1] + of[n/2]) / 2
	}
	return of[len(of)/2]
}

// figure is the median of a contender's rounds.
func (r *result) figure(contender, name string) float64 {
	var all []float64
	for _, round := range r.rounds {
		if v, is := round[contender][name]; is {
			all = append(all, v)
		}
	}
	return median(all)
}

// ratio is the median of the rounds' ratios of the wall to a contender: what
// they have in common, the machine's mood, is not in it.
func (r *result) ratio(contender, name string) float64 {
	var all []float64
	for _, round := range r.rounds {
		ours, is := round[wallName][name]
		theirs, too := round[contender][name]
		if is && too && theirs != 0 {
			all = append(all, ours/theirs)
		}
	}
	return median(all)
}

// judge says whether a target is met, and what it was.
func (r *result) judge(name string, t target) (words string, met bool) {
	ours := r.figure(wallName, name)
	switch {
	case t.plus != "":
		most := r.figure(t.of, name) + r.figure(wallName, t.plus)
		return fmt.Sprintf("≤ %s + %s = %s", t.of, t.plus, number(most)), ours <= most
	case t.of != "":
		return fmt.Sprintf("≤ %s × %s", number(t.most), t.of), r.ratio(t.of, name) <= t.most
	case t.least > 0:
		return "≥ " + number(t.least), ours >= t.least
	case t.each:
		above := func(round map[string]figures) bool { return round[wallName][name] > t.most }
		return "≤ " + number(t.most) + " each round", !slices.ContainsFunc(r.rounds, above)
	}
	return "≤ " + number(t.most), ours <= t.most
}

// number writes a figure with three digits that count.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case v == math.Trunc(v) && a < 1e6, a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// Table writes the one table: medians, the wall's ratios to the references,
// and what it must come to. It gives how many targets were met, and missed.
func table(w io.Writer, results []result, contenders []string) (met, missed int, err error) {
	lines := [][]string{{"what", "raw", "textbook", "wall", "× raw", "× textbook", "must be", ""}}
	for i := range results {
		r := &results[i]
		for _, row := range r.scenario.rows {
			line := []string{row.what}
			for _, name := range []string{"raw", "textbook", wallName} {
				line = append(line, number(r.figure(name, row.figure)))
			}
			line = append(line, number(r.ratio("raw", row.figure)), number(r.ratio("textbook", row.figure)))
			var words []string
			verdict := ""
			for _, t := range row.targets {
				if len(r.rounds) == 0 {
					verdict = "left out"
					break
				}
				if !slices.Contains(contenders, cmp.Or(t.of, wallName)) || !slices.Contains(contenders, wallName) {
					continue
				}
				said, good := r.judge(row.figure, t)
				words = append(words, said)
				if good {
					met++
				} else {
					missed++
				}
				if verdict != "MISSED" {
					verdict = map[bool]string{true: "met", false: "MISSED"}[good]
				}
			}
			lines = append(lines, append(line, strings.Join(words, ", "), verdict))
		}
	}
	return met, missed, columns(w, lines)
}

// columns writes lines as a Markdown table that can be read as it is.
func columns(w io.Writer, lines [][]string) error {
	width := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for n, line := range lines {
		for i, cell := range line {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if i == 0 || i == len(line)-2 {
				fmt.Fprintf(&b, "| %s%s ", cell, pad)
			} else {
				fmt.Fprintf(&b, "| %s%s ", pad, cell)
			}
		}
		b.WriteString("|\n")
		if n == 0 {
			for i := range line {
				b.WriteString("|" + strings.Repeat("-", width[i]+2))
			}
			b.WriteString("|\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
