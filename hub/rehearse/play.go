package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"openspacewall/hub/wall"
)

// perform leads the rehearsal from the first bot to the comparison.
func (c *replay) perform(ctx context.Context) error {
	bots, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	c.heard = time.Now()
	c.tick = time.NewTicker(lookEvery)
	defer c.tick.Stop()
	err := c.ready(bots, &all)
	if err == nil {
		started := time.Now()
		err = c.play(bots)
		c.report.held(started)
	}
	if err == nil {
		err = c.settle(bots)
	}
	stop()
	all.Wait() // from here on the bots' views are the crowd's
	c.report.Finished = err == nil
	if ctx.Err() == nil { // who interrupts it has what is under way counted neither as there nor as lost
		c.compare()
	}
	c.measure()
	c.report.judgeReplay(err)
	return err
}

// ready prepares the wall from the desk and lets the phones in.
func (c *replay) ready(ctx context.Context, all *sync.WaitGroup) error {
	c.show.Stage, c.show.Phones = joining, len(c.phones)
	c.show.Notes, c.show.Votes = len(c.o.Script.Notes), c.o.Script.Votes
	all.Go(func() { c.desk.run(ctx) })
	if err := c.until(ctx, func() bool { return c.came }); err != nil {
		return fmt.Errorf("the moderator bot did not get in: %w", err)
	}
	if !c.marked || len(c.themes) == 0 {
		return errors.New("the hub did not mark the wall as a rehearsal: nothing was sent to it")
	}
	if err := c.prepare(ctx); err != nil {
		return fmt.Errorf("the wall could not be prepared: %w", err)
	}
	for _, p := range c.phones {
		all.Go(func() { p.run(ctx) })
	}
	if err := c.until(ctx, func() bool { return c.report.Joined == len(c.phones) }); err != nil {
		return fmt.Errorf("%d of %d phones got in: %w", c.report.Joined, len(c.phones), err)
	}
	return nil
}

// prepare sets what a replay needs: notes go up at once, in any length that a
// wall can have, and the hall sees dots while they fall.
func (c *replay) prepare(ctx context.Context) error {
	for _, set := range []struct {
		name  string
		value any
	}{
		{"moderation", wall.Moderation{Mode: "open"}},
		{"length", wall.LengthMax},
		{"totals", "shown"},
	} {
		value, err := json.Marshal(set.value)
		if err != nil {
			return err
		}
		c.order(c.desk, order{do: "set", with: wall.Set{Setting: set.name, Value: value}, event: -1, note: -1})
	}
	c.order(c.desk, order{do: "phase", with: wall.SetPhase{Phase: wall.Write}, event: -1, note: -1})
	if err := c.until(ctx, func() bool { return c.open == 0 }); err != nil {
		return err
	}
	for code := range c.report.Refused {
		return fmt.Errorf("refused (%s)", code)
	}
	return nil
}

// play has the events of the script sent, in order and in time, each when the
// note that it is about is on the wall, and waits for every answer.
func (c *replay) play(ctx context.Context) error {
	c.show.Stage = playing
	events, start, next := c.o.Script.Events, time.Now(), 0
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		for next < len(events) && c.open < openMost && c.mayFollow(next) {
			wait := time.Until(start.Add(pace(events[next].At, c.o.Speed)))
			if wait > 0 {
				timer.Reset(wait)
				break
			}
			c.give(next)
			next++
		}
		if next == len(events) && c.open == 0 {
			return nil
		}
		if err := c.hear(ctx, timer.C); err != nil {
			return err
		}
	}
}

// pace is when an event is due at a speed, after the start.
func pace(at time.Duration, speed float64) time.Duration {
	if speed == 0 {
		return 0
	}
	return time.Duration(float64(at) / speed)
}

// mayFollow says whether the note that an event is about was answered.
func (c *replay) mayFollow(event int) bool {
	e := c.o.Script.Events[event]
	return !e.Vote || c.notes[e.Note].answered
}

// give has an event sent by its person's phone.
func (c *replay) give(event int) {
	e := c.o.Script.Events[event]
	n := &c.notes[e.Note]
	o := order{event: event, note: e.Note}
	switch {
	case !e.Vote:
		o.do = "post"
		o.with = wall.Post{
			ID: n.id, Theme: c.theme(e.Note), Kind: kind, Text: n.send, Lang: c.o.Script.Lang,
		}
	case n.revision == 0: // its note was refused
		c.settled(e.Note)
		return
	default:
		o.do, o.see, o.since = "vote", n.id, n.revision
		o.with = wall.CastVote{Target: "n:" + n.id, Dots: e.Dots}
	}
	c.report.Posted++
	c.fates[event] = given
	c.order(c.phones[e.Person], o)
}

// theme is where the nth note goes.
func (c *replay) theme(n int) string { return c.themes[n%min(themesUsed, len(c.themes))].ID }

// order hands a bot a command.
func (c *replay) order(b *bot, o order) {
	c.open++
	c.heard = time.Now()
	b.inbox <- o
}

// settled counts an event of a note as dealt with; after the last one the
// moderator bot hides what the moderators of the recording had rejected.
func (c *replay) settled(note int) {
	n := &c.notes[note]
	n.left--
	if n.left > 0 || n.revision == 0 || !c.o.Script.Notes[note].Rejected {
		return
	}
	c.order(c.desk, order{
		do: "hide", with: wall.Hide{Notes: []string{n.id}, Reason: &wall.Reason{Code: "other"}},
		see: n.id, since: n.revision, event: -1, note: note,
	})
}

// settle waits until every face has seen the last thing that was acknowledged.
// That is a step of the whole wall, to the results, so that whatever else came
// before it has been seen as well. Those who do not come so far are compared as
// they are.
func (c *replay) settle(ctx context.Context) error {
	c.show.Stage = looking
	c.order(c.desk, order{do: "phase", with: wall.SetPhase{Phase: wall.Results}, event: -1, note: -1})
	if err := c.until(ctx, func() bool { return c.open == 0 }); err != nil {
		return err
	}
	for _, b := range append([]*bot{c.desk}, c.phones...) {
		b.inbox <- order{reach: true, since: c.last}
	}
	limit := c.o.settle
	if limit == 0 {
		limit = settleMost
	}
	deadline := time.Now().Add(limit)
	end := time.NewTimer(limit)
	defer end.Stop()
	for c.reached < 1+len(c.phones) && time.Now().Before(deadline) {
		if err := c.hear(ctx, end.C); err != nil {
			return err
		}
	}
	return nil
}
