package wall

import (
	"bytes"
	"fmt"
	"slices"
)

// values are new absolute values of pieces of a wall: what an event left, or
// what another hub's commit brought.
type values struct {
	notes    []*Note
	clusters []*Cluster
	ballots  []*Ballot
	people   []*Person
	acts     []*Act
	dropped  []uint64 // acts no longer kept
	settings []*setting
	flipped  uint64 // from another hub's meta
}

// Touched says what a change touched.
type Touched struct {
	Keys   []string // the entries to store
	People []string // those whose Me changed; of another hub's values some twice
	// Everyone says that every Me changed, also of those the wall does not know
	// yet: the number of dots did. People then holds all it knows.
	Everyone   bool
	Desk, Hall bool // whether that audience sees a change
	Erased     bool // text was erased: what was stored before must go from the medium, too
}

// Apply changes the wall by an event that Decide gave for it as it stands.
// Anything else is a mistake of the caller's, and panics. Until Stored is called
// the change can be taken back.
func (w *Wall) Apply(e *Event) Touched {
	if e.Rev != w.at.Revision+1 {
		panic(fmt.Sprintf("wall: event %d applied at revision %d", e.Rev, w.at.Revision))
	}
	w.draft.begin(w)
	w.at.Revision = e.Rev
	w.now = max(w.now, e.At)
	return w.put(&e.left, e.Rev, true)
}

// change is the work of one put.
type change struct {
	w   *Wall
	v   *values
	rev uint64
	own bool // an event of this wall: revisions of items are set here

	calm     bool      // nobody's shares change but by their own ballots
	replaced []*Ballot // when calm, what was in the place of each
	affected few       // else the people whose shares may change
	before   []share   // shares of the affected, one after the other
	ends     []int     // where each one's end
	mine     few       // people whose Me changed
	flipped  few       // people who were muted or unmuted
	moved    []moved   // items for the recency lists
	t        Touched
}

type moved struct {
	audience Audience
	item     item
	rev      uint64
}

// put puts values on the wall and keeps everything derived right, at a cost of
// what is touched.
func (w *Wall) put(v *values, rev uint64, own bool) Touched {
	c := change{w: w, v: v, rev: rev, own: own}
	shown, voters := w.TotalsShown(), w.tally.voters
	c.gather()
	for _, p := range c.affected.list {
		c.before = w.shares(w.ballots[p], c.before)
		c.ends = append(c.ends, len(c.before))
	}
	c.settings()
	c.clusters()
	c.people() // before notes: whether an author is muted is part of a note's view
	c.notes()
	c.ballots()
	c.acts()
	c.reweigh()
	if w.tally.settle(rev, w.ranks.moved) {
		c.t.Desk = true
		c.t.Hall = c.t.Hall || w.TotalsShown()
	}
	if w.TotalsShown() != shown {
		c.t.Hall = true
		if own {
			w.flipped = rev
		}
	}
	w.flipped = max(w.flipped, v.flipped)
	if w.tally.voters != voters {
		w.counted, c.t.Desk, c.t.Hall = rev, true, true
	}
	c.recent()
	w.prune()
	c.t.People = slices.Grow(c.mine.list, len(v.ballots))
	for _, b := range v.ballots {
		if !own || !c.mine.has(b.Person) {
			c.t.People = append(c.t.People, b.Person)
		}
	}
	if own {
		slices.Sort(c.t.People)
	}
	return c.t
}

// gather finds the people whose shares the values may change.
func (c *change) gather() {
	w, v := c.w, c.v
	var targets few
	for _, s := range v.settings {
		if s.name != "dots" && s.name != "rehearsal" {
			continue
		}
		if was := w.kept[s.name]; was == nil || !bytes.Equal(was.Value, s.Value) {
			c.t.Everyone = true
			for id := range w.ballots {
				c.affected.add(id)
			}
			for id := range w.people {
				c.mine.add(id)
			}
		}
	}
	for _, n := range v.notes {
		old := w.notes[n.ID]
		if old != nil && (old.State == Shown) == (n.State == Shown) && old.Cluster == n.Cluster && old.Merged == n.Merged {
			continue
		}
		if old != nil || len(w.index.behind[n.ID]) > 0 { // on a new one nobody has dots
			w.group(n.ID, func(id string) { targets.add("n:" + id) })
		}
	}
	for _, k := range v.clusters {
		old := w.clusters[k.ID]
		if old != nil && old.Dissolved == k.Dissolved {
			continue
		}
		if old != nil {
			targets.add("c:" + k.ID)
		}
		for id := range w.index.members[k.ID] {
			w.group(id, func(id string) { targets.add("n:" + id) })
		}
	}
	c.voters(targets)
	c.calm = len(c.affected.list) == 0
	for _, b := range v.ballots {
		if !c.calm {
			c.affected.add(b.Person)
		}
	}
}

// voters finds the people with dots on targets. They are looked for among all:
// that costs an act of the desk a fifth of a millisecond for a thousand people (BenchmarkMerge),
// while knowing them of each target would cost each vote at each hub.
func (c *change) voters(targets few) {
	if len(targets.list) == 0 {
		return
	}
	for id, b := range c.w.ballots {
		if slices.ContainsFunc(b.Dots, func(on DotsAt) bool { return on.N > 0 && targets.has(on.Target) }) {
			c.affected.add(id)
		}
	}
}

// reweigh adds the affected people's shares as they are now.
func (c *change) reweigh() {
	for i, old := range c.replaced {
		c.w.reweigh(old, c.v.ballots[i])
	}
	from := 0
	var now []share
	for i, p := range c.affected.list {
		now = c.w.shares(c.w.ballots[p], now[:0])
		before := c.before[from:c.ends[i]]
		c.w.tally.weigh(before, now)
		if c.t.Everyone || !sameMine(before, now) {
			c.mine.add(p)
		}
		from = c.ends[i]
	}
}
