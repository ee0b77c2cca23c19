package wall

import (
	"maps"
	"slices"
)

func (t *turn) vote(c CastVote) *Refusal {
	w := t.w
	if c.Dots > w.most() {
		return &Refusal{Code: Invalid, Field: "dots", Text: "more than may lie on one target", Max: w.most()}
	}
	b := w.ballots[t.by.ID]
	target, cluster, found := w.effective(c.Target)
	if b != nil && c.Count <= max(b.counter(c.Target), b.counter(target)) {
		return nil
	}
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
	now := &Ballot{Person: t.by.ID, Dots: make(map[string]DotsOn, 4)}
	if b != nil {
		*now = *b
		now.Dots = make(map[string]DotsOn, len(b.Dots)+2)
		maps.Copy(now.Dots, b.Dots)
	}
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
	b.Dots[target] = DotsOn{N: n, Count: c.Count}
}

// lower takes dots off the target itself first, then off what counts for it.
func (w *Wall) lower(b *Ballot, target string, c CastVote) {
	kind, id := split(target)
	if kind == "n" {
		w.cap(b, id, c.Dots, c.Count)
		return
	}
	members := w.onMembers(b, id)
	b.Dots[target] = DotsOn{N: max(0, c.Dots-members), Count: c.Count}
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
		if on, ok := b.Dots[key]; ok && on.N > n && w.notes[id].State == Shown {
			b.Dots[key] = DotsOn{N: n, Count: count}
		}
	})
}

// onGroup is what a person gave a root: the largest of what it gave the notes
// that it stands for.
func (w *Wall) onGroup(b *Ballot, root string) int {
	most := 0
	w.group(root, func(id string) {
		if w.notes[id].State == Shown {
			most = max(most, b.Dots["n:"+id].N)
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
	if on, ok := b.Dots[target]; ok {
		return on.Count
	}
	return b.Floor
}

// count sets a target's counter, and leaves its dots.
func (b *Ballot) count(target string, count uint64) {
	on := b.Dots[target]
	on.Count = count
	b.Dots[target] = on
}

// forget drops the oldest counters of targets without dots beyond ZerosMax.
func (b *Ballot) forget() {
	if len(b.Dots) <= ZerosMax {
		return
	}
	var zeros []string
	for target, on := range b.Dots {
		if on.N == 0 {
			zeros = append(zeros, target)
		}
	}
	if len(zeros) <= ZerosMax {
		return
	}
	slices.SortFunc(zeros, func(x, y string) int { return int(b.Dots[x].Count) - int(b.Dots[y].Count) })
	for _, target := range zeros[:len(zeros)-ZerosMax] {
		b.Floor = max(b.Floor, b.Dots[target].Count)
		delete(b.Dots, target)
	}
}

// readBallot reads a ballot as it is stored: without a table, as a hub that
// others vote at reads ten thousand a second.
func readBallot(value []byte) (*Ballot, error) {
	r := &reader{in: value}
	b := &Ballot{Dots: map[string]DotsOn{}}
	r.object(nil, func(name string) bool {
		switch name {
		case "person":
			b.Person = r.string()
		case "dots":
			r.object(nil, func(target string) bool { b.Dots[target] = r.dotsOn(); return true })
		case "rate":
			b.Rate = r.int()
		case "floor":
			b.Floor = uint64(r.int())
		default:
			r.skip()
		}
		return true
	})
	if r.end(); r.err != nil {
		return nil, r.err
	}
	return b, nil
}

func (r *reader) dotsOn() (on DotsOn) {
	r.object(nil, func(name string) bool {
		switch name {
		case "n":
			on.N = int(r.int())
		case "c":
			on.Count = uint64(r.int())
		default:
			r.skip()
		}
		return true
	})
	return on
}
