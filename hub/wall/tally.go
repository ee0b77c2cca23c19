package wall

import "slices"

// tally is what the dots come to. It is derived from ballots, notes and
// clusters; Apply keeps it right person by person.
type tally struct {
	totals map[string]Total // by target; none for no dots
	voters int              // people with a dot that counts
	recent recency          // targets by when their total last changed
	shift  shifts           // scratch of put
	past   []pastTotal      // what totals were before what is not stored yet
}

type pastTotal struct {
	target string
	total  Total
}

func newTally() tally {
	return tally{totals: map[string]Total{}, recent: newRecency()}
}

// share is what one person gives one target that can be seen.
type share struct {
	target  string
	dots    int
	cluster string // of a note: the cluster that its dots count for
}

// effective says that a share counts against the budget: those on a note in a
// cluster count there.
func (s share) effective() bool { return s.cluster == "" }

// shares is what a ballot comes to on the wall as it stands (RULES V9 to V12).
// It appends to into, which may be reused.
func (w *Wall) shares(b *Ballot, into []share) []share {
	if b == nil {
		return into
	}
	from := len(into)
	most := w.most()
	for _, on := range b.Dots {
		if on.N <= 0 {
			continue
		}
		key := on.Target
		kind, id := key[:1], key[2:]
		if kind == "c" {
			if c := w.clusters[id]; c != nil && !c.Dissolved {
				s := find(&into, from, key, "")
				s.dots += on.N
			}
			continue
		}
		n := w.notes[id]
		if n == nil || n.State != Shown {
			continue
		}
		root := w.root(n)
		if root == nil || root.State != Shown {
			continue
		}
		if root != n {
			key = "n:" + root.ID
		}
		s := find(&into, from, key, w.clusterOf(root))
		s.dots = max(s.dots, min(on.N, most))
	}
	for i, end := from, len(into); i < end; i++ {
		if c, dots := into[i].cluster, into[i].dots; c != "" {
			find(&into, from, "c:"+c, "").dots += dots
		}
	}
	for i := from; i < len(into); i++ {
		into[i].dots = min(into[i].dots, most)
	}
	return into
}

// find is the share of a target, made when there is none.
func find(shares *[]share, from int, target, cluster string) *share {
	for i := from; i < len(*shares); i++ {
		if (*shares)[i].target == target {
			return &(*shares)[i]
		}
	}
	*shares = append(*shares, share{target: target, cluster: cluster})
	return &(*shares)[len(*shares)-1]
}

// clusterOf is the cluster that a root note is in, "" for none.
func (w *Wall) clusterOf(n *Note) string {
	if n.Cluster == "" { // of nearly all: without looking
		return ""
	}
	if c := w.clusters[n.Cluster]; c != nil && !c.Dissolved {
		return n.Cluster
	}
	return ""
}

// on is the dots of shares on a target.
func on(shares []share, target string) int {
	for _, s := range shares {
		if s.target == target {
			return s.dots
		}
	}
	return 0
}

// used is how much of a budget shares take.
func used(shares []share) int {
	n := 0
	for _, s := range shares {
		if s.effective() {
			n += s.dots
		}
	}
	return n
}

// sameMine says that two lists of shares are one to whom they belong to: what
// does not count against the budget is not told.
func sameMine(a, b []share) bool {
	return within(a, b) && within(b, a)
}

func within(a, b []share) bool {
	for _, s := range a {
		if s.effective() && !slices.Contains(b, s) {
			return false
		}
	}
	return true
}

func (w *Wall) each() int {
	if w.settings.Rehearsal {
		return Unlimited
	}
	return w.settings.Dots.Each
}

func (w *Wall) most() int {
	if w.settings.Rehearsal {
		return Unlimited
	}
	return w.settings.Dots.Most
}

// weigh adds to the pending shift of totals what has become of one person's
// shares: of most nothing.
func (t *tally) weigh(before, now []share) {
	for _, s := range now {
		i := slices.IndexFunc(before, func(b share) bool { return b.target == s.target })
		switch {
		case i < 0:
			t.shift.add(s.target, s.dots, 1)
		case before[i].dots != s.dots:
			t.shift.add(s.target, s.dots-before[i].dots, 0)
		}
	}
	for _, b := range before {
		if !slices.ContainsFunc(now, func(s share) bool { return b.target == s.target }) {
			t.shift.add(b.target, -b.dots, -1)
		}
	}
	t.voters += min(len(now), 1) - min(len(before), 1)
}

// reweigh adds to the pending shift what one ballot in the place of another comes
// to, while neither notes nor clusters that either has dots on change.
func (w *Wall) reweigh(old, now *Ballot) {
	var few [4]changedDots
	changed, easy := few[:0], true
	before, after := false, false
	sideBySide(old, now, func(target string, had, has int) {
		alone, counts := w.alone(target)
		easy = easy && alone
		if counts {
			before, after = before || had > 0, after || has > 0
			changed = append(changed, changedDots{target, had, has})
		}
	})
	if !easy {
		w.tally.weigh(w.shares(old, nil), w.shares(now, nil))
		return
	}
	for _, on := range changed {
		w.tally.shift.add(on.target, min(on.has, w.most())-min(on.had, w.most()), min(on.has, 1)-min(on.had, 1))
	}
	if before == after || slices.ContainsFunc(now.Dots, func(on DotsAt) bool {
		return on.N > 0 && w.stands(on.Target) && !slices.ContainsFunc(changed, func(c changedDots) bool { return c.target == on.Target })
	}) {
		return
	}
	if after {
		w.tally.voters++
	} else {
		w.tally.voters--
	}
}

type changedDots struct {
	target   string
	had, has int
}

// sideBySide calls f for every target on which two ballots have not the same
// number of dots, in their order.
func sideBySide(old, now *Ballot, f func(target string, had, has int)) {
	var was, is Given
	if old != nil {
		was = old.Dots
	}
	if now != nil {
		is = now.Dots
	}
	report := func(target string, had, has int) {
		if had, has = max(0, had), max(0, has); had != has {
			f(target, had, has)
		}
	}
	for len(was)+len(is) > 0 {
		switch {
		case len(was) > 0 && len(is) > 0 && was[0].Target == is[0].Target:
			report(is[0].Target, was[0].N, is[0].N)
			was, is = was[1:], is[1:]
		case len(is) == 0 || len(was) > 0 && was[0].Target < is[0].Target:
			report(was[0].Target, was[0].N, 0)
			was = was[1:]
		default:
			report(is[0].Target, 0, is[0].N)
			is = is[1:]
		}
	}
}

// stands says that dots on a target count.
func (w *Wall) stands(target string) bool {
	_, _, found := w.effective(target)
	return found
}

// alone says whether a target stands for itself alone: a note that nothing was
// merged into, that was not merged, and is in no cluster; and whether dots on such
// a one count.
func (w *Wall) alone(target string) (alone, counts bool) {
	kind, id := split(target)
	n := w.notes[id]
	if kind != "n" || n == nil {
		return kind == "n", false
	}
	return n.Merged == "" && w.clusterOf(n) == "" && len(w.index.behind[id]) == 0, n.State == Shown
}

// recount lets every total, noughts too, and the number of voters count as
// changed now: entries do not say when a total last changed, and whoever comes
// back from an older revision may have had dots that were taken off meanwhile.
func (w *Wall) recount() {
	for id := range w.notes {
		w.tally.recent.touch(item{'t', "n:" + id}, w.at.Revision)
	}
	for id := range w.clusters {
		w.tally.recent.touch(item{'t', "c:" + id}, w.at.Revision)
	}
	w.counted = w.at.Revision
}

// settle puts the pending shift into the totals, adds the targets whose total
// changed to moved, and says whether any did.
func (t *tally) settle(rev uint64, moved set) bool {
	changed := false
	for _, x := range t.shift.list {
		target, by := x.target, x.by
		if by == (Total{}) {
			continue
		}
		now := t.totals[target]
		t.past = append(t.past, pastTotal{target, now})
		now.Dots += by.Dots
		now.People += by.People
		t.put(target, now)
		t.recent.touch(item{'t', target}, rev)
		moved.add(target)
		changed = true
	}
	t.shift.clear()
	return changed
}

// put sets a target's total; nought is none.
func (t *tally) put(target string, n Total) {
	if n == (Total{}) {
		delete(t.totals, target)
	} else {
		t.totals[target] = n
	}
}

func (t *tally) takeBack() {
	for i := len(t.past) - 1; i >= 0; i-- {
		t.put(t.past[i].target, t.past[i].total)
	}
}
