package rehearse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// post has a phone write the next note.
func (h *hall) post(phone int) {
	number := h.next
	h.next++
	h.report.Notes++
	h.crowd.Phone(phone).Ask(number, func(n uint64) []byte { return h.wire.Post(n, number, h.theme, kind) })
}

// write has phones write for the length of an act: all of them in turn, but the
// first few.
func (h *hall) write(ctx context.Context, but int) error {
	began, pace := time.Now(), h.pace()
	for i := 0; ; i++ {
		due := time.Duration(float64(i) / pace * float64(time.Second))
		if due >= h.Length {
			return pause(ctx, time.Until(began.Add(h.Length)))
		}
		if err := pause(ctx, time.Until(began.Add(due))); err != nil {
			return err
		}
		h.post(but + (h.next*7919)%(h.Phones-but))
	}
}

// settled waits until everything is answered, and everybody has everything. It
// does not fail: the verdict counts what is missing.
func (h *hall) settled(ctx context.Context) {
	h.until(ctx, func() bool {
		return h.crowd.Open() == 0 && h.crowd.Missing(0, h.Phones, 0, h.next) == 0
	})
}

// until waits for what should come soon. The verdict counts what does not.
func (h *hall) until(ctx context.Context, so func() bool) {
	limit := h.settle
	if limit == 0 {
		limit = settleMost
	}
	_ = within(ctx, limit, func(ctx context.Context) error { return h.crowd.Until(ctx, so) })
}

// comeBack breaks a third of the connections in the middle of the writing.
func (h *hall) comeBack(ctx context.Context) error {
	writing := make(chan error, 1)
	go func() { writing <- h.write(ctx, 0) }()
	err := pause(ctx, h.Length/4)
	if err == nil {
		for i := 0; i < h.Phones; i += returnShare {
			h.crowd.Phone(i).Drop()
		}
	}
	if err := errors.Join(err, <-writing); err != nil {
		return err
	}
	h.settled(ctx)
	return nil
}

// slow has some phones read badly while the others write.
func (h *hall) slow(ctx context.Context) error {
	bad := h.bad()
	read := func(stalled, slow crowd.Reading) {
		for i := range 2 * bad {
			p := h.crowd.Phone(i)
			p.SetApart(true)
			p.Read(map[bool]crowd.Reading{true: stalled, false: slow}[i < bad])
		}
	}
	read(crowd.NotAtAll, crowd.Slowly)
	err := h.write(ctx, min(2*bad, h.Phones-1))
	read(crowd.Briskly, crowd.Briskly)
	if err != nil {
		return err
	}
	h.settled(ctx)
	for i := range 2 * bad {
		h.crowd.Phone(i).SetApart(false)
	}
	return nil
}

// vote is the closing minute: totals are hidden, everybody votes as fast as a
// wall takes it, and then they are shown.
func (h *hall) vote(ctx context.Context) error {
	for h.next < votedOn/5 {
		h.post(h.next % h.Phones)
	}
	h.settled(ctx)
	if h.desk != nil {
		if err := h.lead(ctx, wall.Vote); err != nil {
			return err
		}
	}
	notes := make([]int, min(votedOn, h.next))
	for i := range notes {
		notes[i] = h.next - 1 - i
	}
	ballots := crowd.NewBallots(h.Phones, notes)
	refused := h.crowd.Refused()
	if err := h.ballot(ctx, ballots); err != nil {
		return err
	}
	if err := h.answered(ctx); err != nil {
		return err // showing the totals now would have the rest refused
	}
	if h.crowd.Refused() == refused { // else nobody knows what they come to
		h.crowd.Expect(h.wire, ballots.Totals())
		h.report.counted = ballots.Totals()
	}
	if h.desk == nil {
		return nil
	}
	if err := h.lead(ctx, wall.Results); err != nil {
		return err
	}
	h.until(ctx, func() bool { return h.report.counted == nil || h.crowd.Exact() >= h.Phones })
	return nil
}

// answered waits until everything is answered, for as long as answers come.
func (h *hall) answered(ctx context.Context) error {
	for {
		before := h.crowd.Acked()
		h.until(ctx, func() bool { return h.crowd.Open() == 0 })
		switch {
		case h.crowd.Open() == 0:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case h.crowd.Acked() == before:
			return fmt.Errorf("%d notes and votes were not answered in the end", h.crowd.Open())
		}
	}
}

func (h *hall) lead(ctx context.Context, phase wall.Phase) error {
	return within(ctx, leadWithin, func(ctx context.Context) error {
		return h.desk.Do(ctx, 0, "phase", wall.SetPhase{Phase: phase})
	})
}

// ballot has every phone vote for the length of an act. Whose earlier votes are
// not answered waits with the next, as a person does who looks.
func (h *hall) ballot(ctx context.Context, b *crowd.Ballots) error {
	rate := min(voteEach*float64(h.Phones), voteMost)
	began, step := time.Now(), time.NewTicker(5*time.Millisecond)
	defer step.Stop()
	for cast := 0; ; {
		since := time.Since(began)
		for due := int(since.Seconds() * rate); cast < due; cast++ {
			p := h.crowd.Phone(cast % h.Phones)
			if p.Unanswered() >= voteOpen {
				continue
			}
			number, dots := b.Next(cast % h.Phones)
			h.report.Votes++
			p.Ask(-1, func(n uint64) []byte { return h.wire.Vote(n, number, dots) })
		}
		if since >= h.Length {
			return nil
		}
		select {
		case <-step.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look has a last phone come in, which takes the whole wall as it is in the
// end: what it is told is held against what was sent.
func (h *hall) look(ctx context.Context) error {
	h.settled(ctx)
	witness := h.Phones
	cookie, _, err := h.enter(ctx, nil, false)
	if err != nil {
		return err
	}
	h.cookies[witness] = cookie
	if err := within(ctx, leadWithin, func(ctx context.Context) error { return h.crowd.Come(ctx, witness, witness+1) }); err != nil {
		return fmt.Errorf("a last phone did not get in: %w", err)
	}
	// The wall may come as it was a while ago, and what is newer right after it.
	h.until(ctx, func() bool {
		return h.crowd.Missing(witness, witness+1, 0, h.next) == 0 && (h.report.counted == nil || h.crowd.Phone(witness).Totals().Exact())
	})
	return nil
}

// count fills the report in from what the crowd has counted.
func (h *hall) count() {
	r, c := h.report, h.crowd
	faces := h.Phones
	if r.Finished {
		faces++ // the witness
	}
	r.Posted, r.Acknowledged = c.Asked(), c.Acked()
	for code, n := range c.Refusals() {
		r.Refused[code] = n
	}
	r.Gaps, r.Dropped, r.Returns, r.Again = c.Gaps(), c.Dropped(), c.Returned(), c.Again()
	if t := c.Trouble(); t != nil {
		r.trouble = crowd.Explain(t)
	}
	lost := 0
	if c.Open() == 0 { // else what is missing may be what was not answered
		lost, r.Missing = c.Lost(0, faces, 0, h.next)
	}
	r.Duplicated = c.Doubled() + c.Altered()
	dots := h.dots(faces)
	r.Lost = lost + dots
	r.Delivered = max(0, r.Acknowledged-r.Lost)
	seen, acks := c.Seen.Times(), c.Acks.Times()
	r.WallP50, r.WallP99 = millis(seen.Percentile(50)), millis(seen.Percentile(99))
	r.AckP50, r.AckP99 = millis(acks.Percentile(50)), millis(acks.Percentile(99))
	backs := c.Backs.Times()
	r.BackP50, r.BackP99 = millis(backs.Percentile(50)), millis(backs.Percentile(99))
	r.LateBacks = int(backs.Above(backLate))
	came := &crowd.Histogram{}
	for _, d := range h.came[:h.Phones] {
		if d > 0 {
			came.Add(d)
		}
	}
	r.JoinP50, r.JoinP99 = millis(came.Times().Percentile(50)), millis(came.Times().Percentile(99))
	r.LateJoins = int(came.Times().Above(joinLate))
	for i := range h.Phones {
		if c.Phone(i).Worst() > noteLate {
			r.Waited++
		}
	}
	m := h.watch.machine()
	r.Points, r.Machine = h.watch.points, &m
	_, bytes := c.Received()
	r.BytesEach = bytes / int64(max(1, h.Phones))
}

// dots counts, for the phone that has it worst, the dots that it lacks; and
// adds to the doubled those that it has too many.
func (h *hall) dots(faces int) int {
	if h.report.counted == nil {
		return 0
	}
	all := 0
	for _, t := range h.report.counted {
		all += t.Dots
	}
	from, short, over := 0, 0, 0
	if h.desk == nil {
		from = h.Phones // nobody showed the totals: only who came last was told all of them, or nobody
	}
	for i := from; i < faces; i++ {
		switch j := h.crowd.Phone(i).Totals(); {
		case j != nil:
			short, over = max(short, j.Short), max(over, j.Over)
		case h.desk != nil:
			short = all
		}
	}
	h.report.Duplicated += over
	return short
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
