package wall

import "slices"

func (t *turn) vote(c CastVote) *Refusal {
	w := t.w
	if c.Dots > w.most() {
		return &Refusal{Code: Invalid, Field: "dots", Text: "more than may lie on one target", Max: w.most()}
	}
	b := w.ballots[t.by.ID]
	target, cluster, found := w.effective(c.Target)
	if no := t.voting(); no != nil {
		return no
	}
	if !found {
		return notFound(c.Target)
	}
	if no := t.room(); no != nil {
		return no
	}
	var few [8]share
	shares := w.shares(b, few[:0])
	has := on(shares, target)
	if c.Dots > has {
		if cluster != "" {
			return &Refusal{Code: Grouped, Text: "the note is in a cluster: dots go there", Item: "c:" + cluster}
		}
		if used(shares)-has+c.Dots > w.each() {
			return &Refusal{Code: NoDots, Text: "no dots left", Max: w.each()}
		}
	}
	now := w.draft.copied(b, t.by.ID)
	if !w.settings.Rehearsal {
		next, wait := pace(now.Rate, t.at, VoteEvery, VoteBurst)
		if wait > 0 {
			return tooOften(wait)
		}
		now.Rate = next
	}
	now.count(c.Target, c.Count)
	now.count(target, c.Count)
	if c.Dots > has {
		w.raise(now, target, c)
	} else if c.Dots < has {
		w.lower(now, target, c)
	}
	now.forget()
	t.e.left.ballots = append(t.e.left.ballots, now)
	t.did(VoteCast, c.Target)
	return nil
}

// old says that a vote changes nothing: its counter, or a later one, is known. It
// is asked before anything is made for the vote, as hubs ask it of each that another
// one has decided. A number of dots that is refused is refused however old it is.
func (w *Wall) old(person string, c CastVote) bool {
	b := w.ballots[person]
	if b == nil || c.Dots > w.most() {
		return false
	}
	target, _, _ := w.effective(c.Target)
	return c.Count <= max(b.counter(c.Target), b.counter(target))
}

// voting refuses where the phase is not for dots.
func (t *turn) voting() *Refusal {
	s := t.w.settings
	switch {
	case s.Phase == Closed:
		return readOnly()
	case s.Phase == Results, s.Dots.VoteOnly && s.Phase != Vote:
		return &Refusal{Code: WrongPhase, Text: "not the time for dots"}
	}
	return nil
}

// effective is the target that stands for one: a cluster itself, a note's root.
// cluster is the one that the root is in. Not found: the hall does not see it.
func (w *Wall) effective(target string) (effective, cluster string, found bool) {
	kind, id := split(target)
	if kind == "c" {
		c := w.clusters[id]
		return target, "", c != nil && !c.Dissolved
	}
	n := w.notes[id]
	root := w.root(n)
	if root == nil || n.State != Shown || root.State != Shown {
		return target, "", false
	}
	if root != n {
		target = "n:" + root.ID
	}
	return target, w.clusterOf(root), true
}

// raise puts dots on the target itself, so that it has what is asked in all.
func (w *Wall) raise(b *Ballot, target string, c CastVote) {
	n := c.Dots
	if kind, id := split(target); kind == "c" {
		n -= w.onMembers(b, id)
	}
	b.Dots.put(target, DotsOn{N: n, Count: c.Count})
}

// lower takes dots off the target itself first, then off what counts for it.
func (w *Wall) lower(b *Ballot, target string, c CastVote) {
	kind, id := split(target)
	if kind == "n" {
		w.cap(b, id, c.Dots, c.Count)
		return
	}
	members := w.onMembers(b, id)
	b.Dots.put(target, DotsOn{N: max(0, c.Dots-members), Count: c.Count})
	for _, m := range sorted(w.index.members[id]) {
		if members <= c.Dots {
			return
		}
		n := w.notes[m]
		if n.Merged != "" || n.State != Shown {
			continue
		}
		has := w.onGroup(b, m)
		leave := max(0, has-(members-c.Dots))
		w.cap(b, m, leave, c.Count)
		members -= has - leave
	}
}

// cap lets no note of a root's group have more than n of a person's dots.
func (w *Wall) cap(b *Ballot, root string, n int, count uint64) {
	w.group(root, func(id string) {
		key := "n:" + id
		if on, ok := b.Dots.On(key); ok && on.N > n && w.notes[id].State == Shown {
			b.Dots.put(key, DotsOn{N: n, Count: count})
		}
	})
}

// onGroup is what a person gave a root: the largest of what it gave the notes
// that it stands for.
func (w *Wall) onGroup(b *Ballot, root string) int {
	most := 0
	w.group(root, func(id string) {
		if w.notes[id].State == Shown {
			on, _ := b.Dots.On("n:" + id)
			most = max(most, on.N)
		}
	})
	return min(most, w.most())
}

// onMembers is what a person gave the notes in a cluster.
func (w *Wall) onMembers(b *Ballot, cluster string) int {
	sum := 0
	for _, s := range w.shares(b, nil) {
		if s.cluster == cluster {
			sum += s.dots
		}
	}
	return sum
}

// counter is the counter that a target was last set by.
func (b *Ballot) counter(target string) uint64 {
	if on, ok := b.Dots.On(target); ok {
		return on.Count
	}
	return b.Floor
}

// count sets a target's counter, and leaves its dots.
func (b *Ballot) count(target string, count uint64) {
	on, _ := b.Dots.On(target)
	on.Count = count
	b.Dots.put(target, on)
}

// forget drops the oldest counters of targets without dots beyond ZerosMax.
func (b *Ballot) forget() {
	if len(b.Dots) <= ZerosMax {
		return
	}
	var zeros []uint64 // their counters
	for _, on := range b.Dots {
		if on.N == 0 {
			zeros = append(zeros, on.Count)
		}
	}
	if len(zeros) <= ZerosMax {
		return
	}
	slices.Sort(zeros)
	floor := zeros[len(zeros)-ZerosMax-1]
	b.Floor = max(b.Floor, floor)
	b.Dots = slices.DeleteFunc(b.Dots, func(on DotsAt) bool { return on.N == 0 && on.Count <= floor })
}
