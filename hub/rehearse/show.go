package rehearse

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// linesEvery is how often progress is told where a line cannot be overwritten.
const linesEvery = 2 * time.Second

// show tells how a rehearsal goes: on one line of a terminal, or a line every
// two seconds elsewhere.
type show struct {
	to       io.Writer
	terminal bool
	told     time.Time
	width    int // of the line that is on the terminal
}

func newShow(to io.Writer) *show {
	f, is := to.(*os.File)
	s := &show{to: to}
	if is {
		about, err := f.Stat()
		s.terminal = err == nil && about.Mode()&os.ModeCharDevice != 0
	}
	return s
}

func (s *show) made(m Made, o Options) {
	speed := "as fast as it goes"
	if o.Speed > 0 {
		last := o.Script.Events[len(o.Script.Events)-1].At
		speed = fmt.Sprintf("at %g times its speed, in %v", o.Speed, pace(last, o.Speed).Round(time.Second))
	}
	_, _ = fmt.Fprintf(s.to, "%q: %d people, %d notes, %d votes, %s\n\n  phone      %s\n  projector  %s\n  desk       %s\n\n",
		o.Script.Title, len(o.Script.People), len(o.Script.Notes), o.Script.Votes, speed, m.Phone, m.Projector, m.Desk)
}

// hall says what is to come of a hall.
func (s *show) hall(m Made, o HallOptions) {
	_, _ = fmt.Fprintf(s.to, "%d phones: %s, %v each\n\n  phone      %s\n", o.Phones, strings.Join(o.Acts, ", "), o.Length, m.Phone)
	if m.Desk != "" {
		_, _ = fmt.Fprintf(s.to, "  projector  %s\n  desk       %s\n", m.Projector, m.Desk)
	}
	_, _ = fmt.Fprintln(s.to)
}

// second tells how a hall was in the last second.
func (s *show) second(act string, p Point) {
	line := fmt.Sprintf("%4d s  %-7s  %d phones", p.Second, act, p.Here)
	if p.Notes > 0 {
		line += fmt.Sprintf("  notes after %.0f ms, p99 %.0f", p.WallP50, p.WallP99)
	}
	if p.Acks > 0 {
		line += fmt.Sprintf("  %d answers, p99 %.0f ms", p.Acks, p.AckP99)
	}
	if p.Busy > busyMost || p.Late > millis(lateMost) {
		line += "  (this machine is at its limit)"
	}
	s.line(line)
}

func (s *show) progress(p Progress) {
	line := ""
	switch p.Stage {
	case joining:
		line = fmt.Sprintf("joining: %d of %d phones", p.Joined, p.Phones)
	case playing:
		line = fmt.Sprintf("notes %d/%d  votes %d/%d  acknowledged in %.1f ms  under way %d",
			p.NotesDone, p.Notes, p.VotesDone, p.Votes, float64(p.Ack.Microseconds())/1000, p.Open)
	case looking:
		line = fmt.Sprintf("comparing what %d phones have", p.Phones)
	}
	s.line(line)
}

// line tells a line in the place of the one before, or once in a while.
func (s *show) line(line string) {
	if !s.terminal {
		if time.Since(s.told) >= linesEvery {
			s.told = time.Now()
			_, _ = fmt.Fprintln(s.to, line)
		}
		return
	}
	_, _ = fmt.Fprintf(s.to, "\r%s%s", line, strings.Repeat(" ", max(0, s.width-len(line))))
	s.width = len(line)
}

// end clears the line.
func (s *show) end() {
	if s.width > 0 {
		_, _ = fmt.Fprintf(s.to, "\r%s\r", strings.Repeat(" ", s.width))
		s.width = 0
	}
}
