package wall

import (
	"slices"
	"strings"
)

// set is a set of ids.
type set map[string]struct{}

func (s set) add(id string) { s[id] = struct{}{} }

// few is a set of ids, in the order in which they came, that mostly has one or two.
type few struct {
	list []string
	all  set // made when there may be many
}

func (f *few) has(id string) bool {
	if f.all == nil {
		return slices.Contains(f.list, id)
	}
	_, ok := f.all[id]
	return ok
}

func (f *few) add(id string) {
	if f.has(id) {
		return
	}
	f.list = append(f.list, id)
	if f.all == nil && len(f.list) > 8 {
		f.all = make(set, 2*len(f.list))
		for _, id := range f.list {
			f.all.add(id)
		}
	} else if f.all != nil {
		f.all.add(id)
	}
}

// sets are sets by key; an empty one is not kept.
type sets map[string]set

func (s sets) add(key, id string) {
	if key == "" {
		return
	}
	if s[key] == nil {
		s[key] = set{}
	}
	s[key].add(id)
}

func (s sets) drop(key, id string) {
	if of := s[key]; of != nil {
		delete(of, id)
		if len(of) == 0 {
			delete(s, key)
		}
	}
}

// index finds what belongs together without looking at the whole wall. It is
// derived from the values and never stored.
type index struct {
	written  map[string][]wrote // author → notes, oldest first
	live     map[string]int     // author → live notes
	alive    int                // live notes in all
	clusters int                // clusters that are not dissolved
	known    int                // participants with a Person or a Ballot
	behind   sets               // note → notes merged into it
	members  sets               // cluster → notes in it
	reported sets               // person → notes it reported
	themes   map[string]int     // theme → notes and standing clusters under it
	kinds    map[string]int     // kind → notes
	dues     dues
	tags     map[string]string // actor → tag
}

func newIndex() index {
	return index{
		written: map[string][]wrote{}, live: map[string]int{},
		behind: sets{}, members: sets{}, reported: sets{},
		themes: map[string]int{}, kinds: map[string]int{}, tags: map[string]string{},
	}
}

// note moves the index from a note's old value to its new one; old is nil for
// a new note, now for one that is taken back.
func (x *index) note(old, now *Note) {
	author := ""
	switch {
	case old == nil:
		author, old = now.Author, &Note{}
		x.write(now)
	case now == nil:
		author, now = old.Author, &Note{ID: old.ID}
		x.unwrite(old)
	default:
		author = now.Author
	}
	x.count(author, now.State.OnWall(), old.State.OnWall())
	if old.Merged != now.Merged {
		x.behind.drop(old.Merged, now.ID)
		x.behind.add(now.Merged, now.ID)
	}
	if old.Cluster != now.Cluster {
		x.members.drop(old.Cluster, now.ID)
		x.members.add(now.Cluster, now.ID)
	}
	if old.Theme != now.Theme {
		x.themes[old.Theme]--
		x.themes[now.Theme]++
	}
	if old.Kind != now.Kind {
		x.kinds[old.Kind]--
		x.kinds[now.Kind]++
	}
	for _, r := range old.Reports {
		x.reported.drop(r.By, now.ID)
	}
	for _, r := range now.Reports {
		x.reported.add(r.By, now.ID)
	}
	if now.Due != 0 && now.State == Waiting && (now.Due != old.Due || old.State != Waiting) {
		x.dues.push(due{at: now.Due, note: now.ID})
	}
}

// wrote is a note in the list of its author's, which stands in the order of time.
type wrote struct {
	at   Millis
	note string
}

func (a wrote) after(b wrote) bool { return a.at > b.at || (a.at == b.at && a.note > b.note) }

func (x *index) write(n *Note) {
	mine := append(x.written[n.Author], wrote{n.At, n.ID})
	for i := len(mine) - 1; i > 0 && mine[i-1].after(mine[i]); i-- {
		mine[i-1], mine[i] = mine[i], mine[i-1]
	}
	x.written[n.Author] = mine
}

// unwrite takes a note off its author's list, where it is among the last.
func (x *index) unwrite(n *Note) {
	mine := x.written[n.Author]
	for i := len(mine) - 1; i >= 0; i-- {
		if mine[i].note == n.ID {
			mine = slices.Delete(mine, i, i+1)
			break
		}
	}
	if len(mine) == 0 {
		delete(x.written, n.Author)
	} else {
		x.written[n.Author] = mine
	}
}

func (x *index) count(author string, now, before bool) {
	if now == before {
		return
	}
	n := 1
	if before {
		n = -1
	}
	x.live[author] += n
	x.alive += n
}

func (x *index) cluster(old, now *Cluster) {
	if old == nil {
		old = &Cluster{Dissolved: true}
	}
	if now == nil {
		now = &Cluster{Dissolved: true}
	}
	if !old.Dissolved {
		x.clusters--
		x.themes[old.Theme]--
	}
	if !now.Dissolved {
		x.clusters++
		x.themes[now.Theme]++
	}
}

// root is the note that stands for a note: itself, or the last of those it is
// merged into. Nil when one of the way is unknown.
func (w *Wall) root(n *Note) *Note {
	for n != nil && n.Merged != "" {
		n = w.notes[n.Merged]
	}
	return n
}

// group calls f for a note and every note merged into it, near or far.
func (w *Wall) group(id string, f func(id string)) {
	f(id)
	for below := range w.index.behind[id] {
		w.group(below, f)
	}
}

// split is a target's or item's kind and id: "n:", "c:", "s:" or "p:".
func split(item string) (kind, id string) {
	kind, id, _ = strings.Cut(item, ":")
	return kind, id
}
