package rehearse

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"openspacewall/hub/wall"
)

// Report is what a rehearsal found. Its JSON is what --json prints.
type Report struct {
	Wall   string `json:"wall"` // the join code
	Phones int    `json:"phones"`
	Joined int    `json:"joined"`
	// Posted and Acknowledged count notes and votes. Delivered are those of the
	// acknowledged that every face has in the end.
	Posted       int `json:"posted"`
	Acknowledged int `json:"acknowledged"`
	Delivered    int `json:"delivered"`
	// Lost are acknowledged notes, dots or hidings missing at the end from any
	// face; Duplicated a second note for one post, or dots beyond those counted
	// from the script.
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
	// Ack is from sending to acknowledgement, Wall from sending a note to its
	// first appearance at a phone, for each phone.
	AckP50  float64 `json:"ack_p50_ms"`
	AckP99  float64 `json:"ack_p99_ms"`
	WallP50 float64 `json:"wall_p50_ms"`
	WallP99 float64 `json:"wall_p99_ms"`

	Finished  bool              `json:"finished"` // played to its end, and compared
	People    int               `json:"people"`
	Hidden    int               `json:"hidden"`    // rejected notes, by the moderator bot
	Shortened int               `json:"shortened"` // notes longer than a wall takes
	Refused   map[wall.Code]int `json:"refused"`   // by code; those that were sent again are not in it
	ByHand    int               `json:"by_hand"`   // notes touched by somebody at the desk: not compared
	Returns   int               `json:"returns"`   // connections that broke and came back
	Seconds   float64           `json:"seconds"`   // of the replay
	// Findings are the first few of what was lost or doubled, in words.
	Findings []string `json:"findings,omitempty"`

	// Verdict is Go or NoGo, and Reasons say why.
	Verdict string   `json:"verdict"`
	Reasons []Reason `json:"reasons"`
	Held    string   `json:"held,omitempty"` // when, and for how long

	// Of a hall (--profile) alone:
	Profile   string   `json:"profile,omitempty"` // its acts
	Notes     int      `json:"notes,omitempty"`
	Votes     int      `json:"votes,omitempty"`
	Missing   int      `json:"missing,omitempty"` // phones that miss a note in the end
	Waited    int      `json:"waited,omitempty"`  // phones that waited too long for a note
	LateJoins int      `json:"late_joins,omitempty"`
	LateBacks int      `json:"late_backs,omitempty"`
	Dropped   int      `json:"dropped,omitempty"` // connections that broke by themselves
	Gaps      int      `json:"gaps,omitempty"`    // frames that did not join: phones asked again
	Again     int      `json:"again,omitempty"`   // answers that asked to send again
	JoinP50   float64  `json:"join_p50_ms,omitempty"`
	JoinP99   float64  `json:"join_p99_ms,omitempty"`
	BackP50   float64  `json:"back_p50_ms,omitempty"`
	BackP99   float64  `json:"back_p99_ms,omitempty"`
	PageBytes int64    `json:"page_bytes,omitempty"` // of a first visit
	BytesEach int64    `json:"bytes_each,omitempty"` // over the socket, to each phone
	Machine   *Machine `json:"machine,omitempty"`    // that the phones ran on
	Points    []Point  `json:"points,omitempty"`     // each second

	trouble error              // why a phone last got no connection
	totals  map[string]int     // at the desk, by the script's note
	counted map[int]wall.Total // what the votes of a hall come to, by the note's number
}

// findingsMost is how many are told: one is enough to look for the cause.
const findingsMost = 10

func (r *Report) find(face, note, what string) {
	if len(r.Findings) < findingsMost {
		r.Findings = append(r.Findings, fmt.Sprintf("%s: note %s %s", face, note, what))
	}
}

// held notes when a rehearsal was, and how long it took.
func (r *Report) held(began time.Time) {
	took := time.Since(began)
	r.Seconds = took.Seconds()
	r.Held = began.Format("2006-01-02 15:04") + ", " + took.Round(time.Second).String()
}

// Good says that everything was played and acknowledged, and nothing lost or
// doubled; of a hall, that the verdict is Go.
func (r *Report) Good() bool {
	if r.Profile != "" {
		return r.Verdict == Go
	}
	return r.Finished && r.Lost == 0 && r.Duplicated == 0 && r.Posted == r.Acknowledged && len(r.Refused) == 0
}

// measure fills in the times.
func (c *replay) measure() {
	r := c.report
	r.AckP50, r.AckP99 = percentiles(c.acks)
	var latencies []time.Duration
	for _, p := range c.phones {
		latencies = append(latencies, p.latencies...)
	}
	r.WallP50, r.WallP99 = percentiles(latencies)
}

// percentiles gives the median and the 99th percentile in ms (nearest rank).
func percentiles(of []time.Duration) (p50, p99 float64) {
	if len(of) == 0 {
		return 0, 0
	}
	slices.Sort(of)
	rank := func(p int) float64 {
		return float64(of[(len(of)*p+99)/100-1].Microseconds()) / 1000
	}
	return rank(50), rank(99)
}

// JSON writes the report as one object.
func (r *Report) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	p := &printer{w: w}
	if !r.Finished {
		p.line("The rehearsal was not played to its end.")
	}
	p.line("phones        %d, %d joined", r.Phones, r.Joined)
	p.line("posted        %d notes and votes in %.1f s", r.Posted, r.Seconds)
	p.line("acknowledged  %d   (%.1f ms, one in a hundred later than %.1f ms)", r.Acknowledged, r.AckP50, r.AckP99)
	p.line("delivered     %d   (notes on the phones after %.1f ms, one in a hundred later than %.1f ms)", r.Delivered, r.WallP50, r.WallP99)
	p.line("lost          %d", r.Lost)
	p.line("duplicated    %d", r.Duplicated)
	if r.Hidden > 0 {
		p.line("hidden        %d rejected notes, by the moderator bot", r.Hidden)
	}
	if r.Shortened > 0 {
		p.line("shortened     %d notes to %d characters", r.Shortened, wall.LengthMax)
	}
	if r.Returns > 0 {
		p.line("came back     %d times after a broken connection", r.Returns)
	}
	if r.ByHand > 0 {
		p.line("by hand       %d notes touched at the desk: not compared", r.ByHand)
	}
	for _, code := range slices.Sorted(maps.Keys(r.Refused)) {
		p.line("refused       %d (%s)", r.Refused[code], code)
	}
	for _, f := range r.Findings {
		p.line("  %s", f)
	}
	if r.Machine != nil {
		p.line("came in       after %.0f ms, one in a hundred later than %.0f ms; a first visit is %d KiB", r.JoinP50, r.JoinP99, (r.PageBytes+1023)/1024)
		p.line("received      %d KiB by each phone, at most %.1f Mbit/s by all", (r.BytesEach+1023)/1024, r.Machine.Mbit)
		p.line("this machine  %d processors, at most %.0f %% taken by the phones, %.1f ms late", r.Machine.Processors, 100*r.Machine.Busy, r.Machine.Late)
	}
	p.line("")
	for i, because := range r.Reasons {
		if i == 0 {
			p.line("%s: %s", r.Verdict, because.Text)
		} else {
			p.line("%s  %s", strings.Repeat(" ", len(r.Verdict)), because.Text)
		}
	}
	return p.err
}

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", a...)
	}
}
