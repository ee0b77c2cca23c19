package rehearse

import (
	"fmt"
	"math"
	"strings"
)

// chart is a curve over the seconds of a rehearsal, as a page draws it.
type chart struct {
	Title         string
	Width, Height int
	Lines         []stroke
	Marks         []mark // on the left
	Acts          []band
	Seconds       string
}

// stroke is one line of a chart.
type stroke struct {
	Name, Class, Points string
	Y                   int // of its name
}

// mark is a value on the left of a chart.
type mark struct {
	Y    float64
	Text string
}

// band is an act on a chart.
type band struct {
	X, Width float64
	Text     string
	Odd      bool
}

// A chart's size, in units of its view box, and what is beside its curves.
const (
	chartWidth  = 720
	chartHeight = 220
	chartLeft   = 64
	chartTop    = 24
	chartBottom = 8
)

// charts draws what there is a second for: latencies, answers, and who is there.
func (r *Report) charts(say map[string]string) []chart {
	if len(r.Points) < 2 {
		return nil
	}
	pick := func(f func(Point) (float64, bool)) []float64 {
		all := make([]float64, len(r.Points))
		for i, p := range r.Points {
			v, is := f(p)
			if !is {
				v = math.NaN()
			}
			all[i] = v
		}
		return all
	}
	return []chart{
		r.chart(say, "curve_wall",
			pick(func(p Point) (float64, bool) { return p.WallP50, p.Notes > 0 }),
			pick(func(p Point) (float64, bool) { return p.WallP99, p.Notes > 0 })),
		r.chart(say, "curve_ack",
			pick(func(p Point) (float64, bool) { return p.AckP50, p.Acks > 0 }),
			pick(func(p Point) (float64, bool) { return p.AckP99, p.Acks > 0 })),
		r.chart(say, "curve_here", pick(func(p Point) (float64, bool) { return float64(p.Here), true })),
	}
}

// chart draws one curve, or two: the half, and 99 of 100.
func (r *Report) chart(say map[string]string, title string, curves ...[]float64) chart {
	top := 0.0
	for _, c := range curves {
		for _, v := range c {
			if !math.IsNaN(v) {
				top = max(top, v)
			}
		}
	}
	top = roundUp(top)
	x := func(i int) float64 {
		return chartLeft + float64(i)*(chartWidth-chartLeft)/float64(len(r.Points)-1)
	}
	y := func(v float64) float64 {
		return chartHeight - chartBottom - v/top*(chartHeight-chartTop-chartBottom)
	}
	c := chart{Title: say[title], Width: chartWidth, Height: chartHeight, Seconds: fmt.Sprintf("%d %s", r.Points[len(r.Points)-1].Second, say["seconds"])}
	for i, values := range curves {
		l := stroke{Name: say["most"], Class: "most", Y: chartTop + 14}
		switch {
		case len(curves) == 1:
			l = stroke{Class: "half"}
		case i == 0:
			l = stroke{Name: say["half"], Class: "half", Y: chartTop + 30}
		}
		l.Points = path(values, x, y)
		c.Lines = append(c.Lines, l)
	}
	for _, share := range []float64{0, 0.5, 1} {
		c.Marks = append(c.Marks, mark{y(share * top), fmt.Sprintf("%.4g", share*top)})
	}
	for i := 0; i < len(r.Points); {
		end := i
		for end < len(r.Points) && r.Points[end].Act == r.Points[i].Act {
			end++
		}
		c.Acts = append(c.Acts, band{X: x(i), Width: x(min(end, len(r.Points)-1)) - x(i), Text: say["act_"+r.Points[i].Act], Odd: len(c.Acts)%2 == 1})
		i = end
	}
	return c
}

// path is the way of a curve. Where there is nothing it is broken.
func path(values []float64, x func(int) float64, y func(float64) float64) string {
	var b strings.Builder
	up := true
	for i, v := range values {
		if math.IsNaN(v) {
			up = true
			continue
		}
		if up {
			fmt.Fprintf(&b, "M%.1f %.1fh.01", x(i), y(v))
		} else {
			fmt.Fprintf(&b, "L%.1f %.1f", x(i), y(v))
		}
		up = false
	}
	return b.String()
}

// roundUp is the next round number: 1, 2 or 5, and noughts.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, k := range []float64{1, 2, 5, 10} {
		if k*ten >= v {
			return k * ten
		}
	}
	return v
}
