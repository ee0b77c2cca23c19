package rehearse

import (
	"fmt"
	"time"
)

// What a hall puts up with. Beyond it the verdict is no-go.
const (
	noteLate  = 2 * time.Second  // a phone that once waited longer for a note has waited
	ackLate   = 2 * time.Second  // for one answer in a hundred
	joinLate  = 10 * time.Second // from the code typed in to the wall
	backLate  = 20 * time.Second // from a broken connection to the wall
	shareMost = 0.01             // of the phones may be late, or lose their connection
)

// What says that this machine, not the hub, was too slow.
const (
	busyMost = 0.85                   // of its processors taken by the phones alone
	lateMost = 100 * time.Millisecond // until the phones get to run, one time in a hundred
)

// The verdicts.
const (
	Go   = "go"
	NoGo = "no-go"
)

// Reason is why a verdict is what it is: a code for programs and translations,
// and its figures.
type Reason struct {
	Code    string `json:"code"`
	Figures []any  `json:"figures,omitempty"`
	Text    string `json:"text"` // in English
}

func (r *Report) because(code string, figures ...any) {
	reason := Reason{Code: code, Figures: figures}
	reason.Text = reason.in("en")
	r.Reasons = append(r.Reasons, reason)
}

// in is a reason in a language.
func (r Reason) in(lang string) string {
	return fmt.Sprintf(words[lang]["because_"+r.Code], r.Figures...)
}

// judge comes to a verdict on a hall; failed is why it was not played to its end.
func (r *Report) judge(failed error) {
	r.wrong(failed)
	share := func(n int) float64 { return float64(n) / float64(max(1, r.Phones)) }
	percent := func(n int) string { return fmt.Sprintf("%.3g", 100*share(n)) }
	late := len(r.Reasons)
	if share(r.Waited) > shareMost {
		r.because("waited", percent(r.Waited), noteLate.Seconds())
	}
	if share(r.LateJoins) > shareMost {
		r.because("came_late", percent(r.LateJoins), joinLate.Seconds())
	}
	if share(r.LateBacks) > shareMost {
		r.because("back_late", percent(r.LateBacks), backLate.Seconds())
	}
	if r.AckP99 > millis(ackLate) {
		r.because("ack_late", r.AckP99/1000)
	}
	if share(r.Dropped) > shareMost {
		r.because("dropped", r.Dropped)
	}
	r.Verdict = NoGo
	switch {
	case len(r.Reasons) == 0:
		r.Verdict = Go
		r.because("good", r.WallP99)
	case len(r.Reasons) > late || r.Joined < r.Phones:
		r.blame()
	}
}

// blame says so when what was late may be this machine's fault.
func (r *Report) blame() {
	switch {
	case r.Machine == nil:
	case r.Machine.Busy > busyMost:
		r.because("busy", 100*r.Machine.Busy, r.Machine.Processors)
	case r.Machine.Late > millis(lateMost):
		r.because("late", r.Machine.Late)
	}
}

func (r *Report) refusals() (n int) {
	for _, k := range r.Refused {
		n += k
	}
	return n
}

// judgeReplay comes to a verdict on a replay: it is about what was lost or
// doubled, not about how fast it was.
func (r *Report) judgeReplay(failed error) {
	r.wrong(failed)
	r.Verdict = NoGo
	if len(r.Reasons) == 0 {
		r.Verdict = Go
		r.because("good", r.WallP99)
	}
}

// wrong tells what must never be.
func (r *Report) wrong(failed error) {
	if failed != nil {
		r.because("unfinished", failed.Error())
	}
	if out := r.Phones - r.Joined; out > 0 {
		r.because("outside", out, r.Phones)
		if r.trouble != nil {
			r.because("trouble", r.trouble.Error())
		}
	}
	if r.Lost > 0 {
		r.because("lost", r.Lost)
	}
	if r.Duplicated > 0 {
		r.because("doubled", r.Duplicated)
	}
	if open := r.Posted - r.Acknowledged - r.refusals(); open > 0 {
		r.because("unanswered", open)
	}
	if n := r.refusals(); n > 0 {
		r.because("refused", n)
	}
}
