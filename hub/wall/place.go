package wall

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
)

// key notes that an entry is to be stored: of an own event.
func (c *change) key(prefix, id string) {
	if c.own {
		c.t.Keys = append(c.t.Keys, prefix+id)
	}
}

// mark notes that an item changed for an audience.
func (c *change) mark(a Audience, kind byte, id string, rev uint64) {
	if a == Desk {
		c.t.Desk = true
	} else {
		c.t.Hall = true
	}
	c.moved = append(c.moved, moved{a, item{kind, id}, rev})
}

// marks settles an item's revisions: of an own event by what changed, else by
// what the other hub set.
func (c *change) marks(kind byte, id string, m, old *Mark, desk, hall bool) {
	if c.own {
		m.DeskRev, m.HallRev = old.DeskRev, old.HallRev
		if desk {
			m.DeskRev = c.rev
		}
		if hall {
			m.HallRev = c.rev
		}
	} else {
		desk, hall = m.DeskRev != old.DeskRev, m.HallRev != old.HallRev
	}
	if desk {
		c.mark(Desk, kind, id, m.DeskRev)
	}
	if hall {
		c.mark(Hall, kind, id, m.HallRev)
	}
}

func (c *change) settings() {
	for _, s := range c.v.settings {
		old := c.w.kept[s.name]
		if old == nil {
			old = &setting{}
		}
		changed := !bytes.Equal(old.Value, s.Value)
		c.w.draft.kept = append(c.w.draft.kept, was[setting]{s.name, c.w.kept[s.name]})
		c.w.kept[s.name] = s
		// Decide wrote the value, or entries.go has read it before: it fits.
		if err := c.w.settings.put(s.name, s.Value); err != nil {
			panic("wall: a setting that was read cannot be read: " + err.Error())
		}
		c.key("setting/", s.name)
		c.marks('s', s.name, &s.Mark, &old.Mark, changed, changed)
	}
}

func (c *change) clusters() {
	for _, k := range c.v.clusters {
		old := c.w.clusters[k.ID]
		before := &Mark{}
		if old != nil {
			before = &old.Mark
		}
		c.w.draft.clusters = append(c.w.draft.clusters, was[Cluster]{k.ID, old})
		c.w.index.cluster(old, k)
		c.w.clusters[k.ID] = k
		c.w.ranks.moved.add("c:" + k.ID)
		if old != nil && old.Dissolved != k.Dissolved {
			for id := range c.w.index.members[k.ID] {
				c.w.ranks.moved.add("n:" + id)
			}
		}
		c.key("cluster/", k.ID)
		c.marks('c', k.ID, &k.Mark, before, !clusterSame(old, k, true), !clusterSame(old, k, false))
	}
}

func (c *change) people() {
	for _, p := range c.v.people {
		old := c.w.people[p.ID]
		if old == nil && c.w.ballots[p.ID] == nil {
			c.w.index.known++
		}
		c.w.draft.people = append(c.w.draft.people, was[Person]{p.ID, old})
		c.w.people[p.ID] = p
		c.key("person/", p.ID)
		if muted := old != nil && old.Muted; muted != p.Muted {
			c.mine.add(p.ID)
			if c.own {
				c.flipped.add(p.ID)
				c.remark(p.ID)
			}
		}
	}
}

// remark lets every note of an author count as changed for the desk: it shows
// there who is muted.
func (c *change) remark(author string) {
	for _, of := range c.w.index.written[author] {
		if !slices.ContainsFunc(c.v.notes, func(n *Note) bool { return n.ID == of.note }) {
			n := *c.w.notes[of.note]
			c.v.notes = append(c.v.notes, &n)
		}
	}
}

func (c *change) notes() {
	for _, n := range c.v.notes {
		old := c.w.notes[n.ID]
		before := &Mark{}
		if old != nil {
			before = &old.Mark
		}
		desk := !deskSame(old, n) || c.flipped.has(n.Author)
		c.w.draft.notes = append(c.w.draft.notes, was[Note]{n.ID, old})
		c.w.index.note(old, n)
		c.w.notes[n.ID] = n
		c.w.ranks.moved.add("n:" + n.ID)
		c.key("note/", n.ID)
		c.marks('n', n.ID, &n.Mark, before, desk, !hallSame(old, n))
		if !mineSame(old, n) {
			c.mine.add(n.Author)
		}
		c.reporters(old, n)
		c.t.Erased = c.t.Erased || (n.State == Erased && (old == nil || old.State != Erased))
	}
}

// reporters marks the people whose report came or went.
func (c *change) reporters(old, now *Note) {
	var before []Report
	if old != nil {
		before = old.Reports
	}
	if slices.Equal(before, now.Reports) {
		return
	}
	for _, list := range [][2][]Report{{before, now.Reports}, {now.Reports, before}} {
		for _, r := range list[0] {
			if !slices.ContainsFunc(list[1], func(s Report) bool { return s.By == r.By }) {
				c.mine.add(r.By)
			}
		}
	}
}

func (c *change) ballots() {
	if c.calm {
		c.replaced = make([]*Ballot, 0, len(c.v.ballots))
	}
	for _, b := range c.v.ballots {
		old := c.w.ballots[b.Person]
		if old == nil && c.w.people[b.Person] == nil {
			c.w.index.known++
		}
		if c.calm {
			c.replaced = append(c.replaced, old) // reweigh does the rest
		}
		c.w.draft.ballots = append(c.w.draft.ballots, was[Ballot]{b.Person, old})
		c.w.ballots[b.Person] = b
		c.key("ballot/", b.Person)
	}
}

func (c *change) acts() {
	for _, a := range c.v.acts {
		c.act(a.Rev, a)
	}
	for _, rev := range c.v.dropped {
		c.act(rev, nil)
	}
}

func (c *change) act(rev uint64, a *Act) {
	id := strconv.FormatUint(rev, 10)
	c.w.draft.acts = append(c.w.draft.acts, was[Act]{id, c.w.actAt(rev)})
	c.w.putAct(rev, a)
	c.key("act/", id)
	c.mark(Desk, 'a', id, c.rev)
}

// putAct sets the act of a revision; nil removes it.
func (w *Wall) putAct(rev uint64, a *Act) {
	i := sort.Search(len(w.acts), func(i int) bool { return w.acts[i].Rev >= rev })
	there := i < len(w.acts) && w.acts[i].Rev == rev
	switch {
	case there && a != nil:
		w.acts[i] = a
	case there:
		w.acts = slices.Delete(w.acts, i, i+1)
	case a != nil:
		w.acts = slices.Insert(w.acts, i, a)
	}
}

// recent brings the recency lists up to date, the oldest change first.
func (c *change) recent() {
	if !c.own {
		sort.SliceStable(c.moved, func(i, j int) bool { return c.moved[i].rev < c.moved[j].rev })
	}
	for _, m := range c.moved {
		if m.audience == Desk {
			c.w.desk.touch(m.item, m.rev)
		} else {
			c.w.hall.touch(m.item, m.rev)
		}
	}
}
