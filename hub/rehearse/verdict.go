package rehearse

import (
	"fmt"
	"slices"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// compare looks at what every face has in the end, and counts what of the
// acknowledged is missing there, and what is there too often. What it should
// be is counted from the script alone.
func (c *replay) compare() {
	r := c.report
	by := c.byHand()
	r.ByHand = len(by)
	dots := c.o.Script.Tally(func(event int) bool { return c.fates[event] == acknowledged })
	most := c.o.Script.Tally(func(event int) bool { return c.fates[event] >= given })
	short := make([]int, len(c.notes)) // dots missing at the face that misses most
	over := make([]int, len(c.notes))  // dots too many at the face that has most
	astray := make([]bool, len(c.notes))
	doubled := 0
	for _, b := range append([]*bot{c.desk}, c.phones...) {
		r.Returns += b.returns
		doubled = max(doubled, c.doubles(b))
		for i := range c.notes {
			n := &c.notes[i]
			if n.revision == 0 || by[n.id] {
				continue
			}
			if wrong := c.wrong(b, i); wrong != "" {
				astray[i] = true
				r.find(b.name, n.id, wrong)
			}
			if n.hidden {
				continue // its dots are free again
			}
			has := b.view.totals["n:"+n.id]
			missing, beyond := dots[i]-min(has.Dots, has.People), max(has.Dots, has.People)-max(dots[i], most[i])
			if missing > 0 || beyond > 0 {
				r.find(b.name, n.id, fmt.Sprintf("has %d dots of %d people, not %d", has.Dots, has.People, dots[i]))
			}
			short[i], over[i] = max(short[i], missing), max(over[i], beyond)
		}
	}
	r.Duplicated = doubled
	for i := range c.notes {
		r.Lost += short[i]
		r.Duplicated += over[i]
		if astray[i] {
			r.Lost++
		}
	}
	r.Delivered = c.delivered(astray, short)
	r.totals = map[string]int{}
	for i, n := range c.notes {
		if n.revision > 0 && !n.hidden {
			r.totals[c.o.Script.Notes[i].ID] = c.desk.view.totals["n:"+n.id].Dots
		}
	}
}

// wrong says what is wrong with a note at a face: it is missing or another, or
// it is still there though it was hidden.
func (c *replay) wrong(b *bot, i int) string {
	n := &c.notes[i]
	has := b.view.notes[n.id]
	if has != nil && b.face == hub.Desk && has.State != wall.Shown {
		has = nil
	}
	switch {
	case n.hidden && has != nil:
		return "hidden, but still there"
	case n.hidden:
		return ""
	case has == nil:
		return "missing"
	case has.Text != n.text:
		return fmt.Sprintf("has another text: %q, not %q", has.Text, n.text)
	case has.Kind != kind || has.Theme != c.theme(i):
		return fmt.Sprintf("is a %s under %s, not a %s under %s", has.Kind, has.Theme, kind, c.theme(i))
	}
	return ""
}

// doubles counts notes that a face has beyond those that were posted: with a
// text of the script, but under ids that no bot made.
func (c *replay) doubles(b *bot) int {
	doubles := 0
	for id, n := range b.view.notes {
		if _, ours := c.sent.of[id]; ours {
			continue
		}
		if slices.ContainsFunc(c.notes, func(p played) bool { return p.text == n.Text }) {
			doubles++
			c.report.find(b.name, id, fmt.Sprintf("stands there a second time: %q", n.Text))
		}
	}
	return doubles
}

// byHand are the notes that other moderators touched during the rehearsal:
// somebody tried the desk. They are counted, not compared.
func (c *replay) byHand() map[string]bool {
	by := map[string]bool{}
	for id, n := range c.desk.view.notes {
		for _, step := range n.Trail {
			if step.Name != "" && step.By != c.desk.me {
				by[id] = true
			}
		}
	}
	return by
}

// delivered counts the acknowledged events that every face has in the end.
func (c *replay) delivered(astray []bool, short []int) int {
	count := 0
	for i, e := range c.o.Script.Events {
		if c.fates[i] == acknowledged && (!e.Vote || short[e.Note] <= 0) && (e.Vote || !astray[e.Note]) {
			count++
		}
	}
	return count
}
