package rehearse

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

// page is the report as people read it: one file, without scripts, in two
// languages, that can be sent by mail.
//
//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("page").Parse(page))

// side is a report in one language.
type side struct {
	Lang    string
	Say     map[string]string
	Verdict string
	Good    bool
	About   string
	Reasons []string
	Rows    [][2]string
	Charts  []chart
}

// HTML writes the report as a page.
func (r *Report) HTML(w io.Writer) error {
	var sides []side
	for _, lang := range languages {
		sides = append(sides, r.side(lang))
	}
	return pageTemplate.Execute(w, sides)
}

func (r *Report) side(lang string) side {
	say := words[lang]
	s := side{
		Lang: lang, Say: say, Verdict: say[r.Verdict], Good: r.Verdict == Go,
		About: fmt.Sprintf(say["about"], r.Phones, r.Wall, r.Held),
	}
	for _, because := range r.Reasons {
		s.Reasons = append(s.Reasons, because.in(lang))
	}
	row := func(name, format string, a ...any) {
		s.Rows = append(s.Rows, [2]string{say[name], fmt.Sprintf(format, a...)})
	}
	row("joined", say["of"], r.Joined, r.Phones)
	row("posted", "%d", r.Posted)
	row("acked", "%d", r.Acknowledged)
	row("delivered", "%d", r.Delivered)
	row("lost", "%d", r.Lost)
	row("doubled", "%d", r.Duplicated)
	row("wall", "%.0f / %.0f", r.WallP50, r.WallP99)
	row("ack", "%.0f / %.0f", r.AckP50, r.AckP99)
	if r.Machine != nil {
		row("in", "%.0f / %.0f", r.JoinP50, r.JoinP99)
		if r.Returns > 0 {
			row("back", "%.0f / %.0f", r.BackP50, r.BackP99)
		}
		if r.PageBytes > 0 {
			row("page", "%.0f", float64(r.PageBytes)/1024)
		}
		row("each", "%.0f", float64(r.BytesEach)/1024)
		row("mbit", "%.1f", r.Machine.Mbit)
		row("machine", "%d, %.0f %%, %.0f ms", r.Machine.Processors, 100*r.Machine.Busy, r.Machine.Late)
	}
	s.Charts = r.charts(say)
	return s
}
