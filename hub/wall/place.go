package wall

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
)

// key notes that an entry is to be stored.
func (c *change) key(prefix, id string) { c.t.Keys = append(c.t.Keys, prefix+id) }

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
		was := &Mark{}
		if old != nil {
			was = &old.Mark
		}
		c.w.index.cluster(old, k)
		c.w.clusters[k.ID] = k
		c.w.ranks.moved.add("c:" + k.ID)
		if old != nil && old.Dissolved != k.Dissolved {
			for id := range c.w.index.members[k.ID] {
				c.w.ranks.moved.add("n:" + id)
			}
		}
		c.key("cluster/", k.ID)
		c.marks('c', k.ID, &k.Mark, was, !clusterSame(old, k, true), !clusterSame(old, k, false))
	}
}

func (c *change) people() {
	for _, p := range c.v.people {
		old := c.w.people[p.ID]
		if old == nil && c.w.ballots[p.ID] == nil {
			c.w.index.known++
		}
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
		was := &Mark{}
		if old != nil {
			was = &old.Mark
		}
		_, flipped := c.flipped[n.Author]
		desk := !deskSame(old, n) || flipped
		c.w.index.note(old, n)
		c.w.notes[n.ID] = n
		c.w.ranks.moved.add("n:" + n.ID)
		c.key("note/", n.ID)
		c.marks('n', n.ID, &n.Mark, was, desk, !hallSame(old, n))
		if !mineSame(old, n) {
			c.mine.add(n.Author)
		}
		c.reporters(old, n)
		c.t.Erased = c.t.Erased || (n.State == Erased && (old == nil || old.State != Erased))
	}
}

// reporters marks the people whose report came or went.
func (c *change) reporters(old, now *Note) {
	var was []Report
	if old != nil {
		was = old.Reports
	}
	if slices.Equal(was, now.Reports) {
		return
	}
	for _, list := range [][2][]Report{{was, now.Reports}, {now.Reports, was}} {
		for _, r := range list[0] {
			if !slices.ContainsFunc(list[1], func(s Report) bool { return s.By == r.By }) {
				c.mine.add(r.By)
			}
		}
	}
}

func (c *change) ballots() {
	for _, b := range c.v.ballots {
		old := c.w.ballots[b.Person]
		if old == nil && c.w.people[b.Person] == nil {
			c.w.index.known++
		}
		c.w.index.ballot(old, b)
		c.w.ballots[b.Person] = b
		c.key("ballot/", b.Person)
	}
}

func (c *change) acts() {
	w := c.w
	for _, a := range c.v.acts {
		i := sort.Search(len(w.acts), func(i int) bool { return w.acts[i].Rev >= a.Rev })
		if i < len(w.acts) && w.acts[i].Rev == a.Rev {
			w.acts[i] = a
		} else {
			w.acts = slices.Insert(w.acts, i, a)
		}
		c.act(a.Rev)
	}
	for _, rev := range c.v.dropped {
		w.acts = slices.DeleteFunc(w.acts, func(a *Act) bool { return a.Rev == rev })
		c.act(rev)
	}
}

func (c *change) act(rev uint64) {
	id := strconv.FormatUint(rev, 10)
	c.key("act/", id)
	c.mark(Desk, 'a', id, c.rev)
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
