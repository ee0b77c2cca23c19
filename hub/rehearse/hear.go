package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// until hears the bots until something is so.
func (c *replay) until(ctx context.Context, so func() bool) error {
	for !so() {
		if err := c.hear(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// hear waits for one piece of news, or for wake.
func (c *replay) hear(ctx context.Context, wake <-chan time.Time) error {
	select {
	case n := <-c.news:
		if n.trouble != nil {
			c.trouble = n.trouble
			return nil
		}
		c.heard = time.Now()
		c.take(n)
		return c.gone
	case <-wake:
	case <-c.tick.C:
		if c.o.Progress != nil {
			c.show.Joined, c.show.Open = c.report.Joined, c.open
			c.o.Progress(c.show)
		}
		limit := c.o.stall
		if limit == 0 {
			limit = stallMost
		}
		pausing := c.show.Stage == playing && c.open == 0
		if !pausing && time.Since(c.heard) > limit {
			err := fmt.Errorf("nothing was heard from the hub for %v (%d unanswered): is it still there?", limit, c.open)
			if c.trouble != nil {
				err = fmt.Errorf("%w\nThe last connection that failed: %w", err, crowd.Explain(c.trouble))
			}
			return err
		}
	case <-ctx.Done():
		return errors.New("interrupted")
	}
	return nil
}

// take takes one piece of news.
func (c *replay) take(n news) {
	switch {
	case n.joined && n.bot == c.desk:
		c.begin(n.has)
	case n.joined:
		c.report.Joined++
	case n.reached != nil:
		c.reached++
	case n.acked != nil:
		c.open--
		c.last = max(c.last, n.acked.revision)
		c.acked(n.acked)
	case n.refused != nil:
		c.open--
		c.refused(n.refused, n.why)
	case n.gone != nil && c.gone == nil:
		c.gone = fmt.Errorf("%s: %w", n.bot.name, n.gone)
	}
}

// begin takes from the new wall's settings what the crowd needs to know. What
// cannot be read is not there: ready says so.
func (c *replay) begin(has map[string]json.RawMessage) {
	if json.Unmarshal(has["themes"], &c.themes) != nil || json.Unmarshal(has["rehearsal"], &c.marked) != nil {
		c.themes, c.marked = nil, false
	}
	c.came = true
}

func (c *replay) acked(a *command) {
	if a.event < 0 {
		if a.note >= 0 {
			c.notes[a.note].hidden = true
			c.report.Hidden++
		}
		return
	}
	c.report.Acknowledged++
	c.fates[a.event] = acknowledged
	c.acks = append(c.acks, a.took)
	c.show.Ack = a.took
	if c.o.Script.Events[a.event].Vote {
		c.show.VotesDone++
	} else {
		c.show.NotesDone++
		c.notes[a.note].answered, c.notes[a.note].revision = true, a.revision
	}
	c.settled(a.note)
}

func (c *replay) refused(a *command, why wall.Refusal) {
	c.report.Refused[why.Code]++
	if a.event < 0 {
		return
	}
	c.fates[a.event] = refusal
	if !c.o.Script.Events[a.event].Vote {
		c.notes[a.note].answered = true
	}
	c.settled(a.note)
}
