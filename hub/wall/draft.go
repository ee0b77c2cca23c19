package wall

import "strconv"

// draft is how to take back what was applied and is not stored yet: the old
// values of what the events touched. Where they stood in the order of change is
// remembered by recency, what totals were by tally. It costs what was touched,
// not the wall, and its memory is used again.
type draft struct {
	open     bool // something was applied; what follows is how the wall was before
	at       Position
	now      Millis
	settings Settings
	lead     Lead
	flipped  uint64
	counted  uint64
	voters   int
	known    int

	kept     []was[setting]
	notes    []was[Note]
	clusters []was[Cluster]
	ballots  []was[Ballot]
	people   []was[Person]
	acts     []was[Act]

	spare []*Ballot // replaced, and stored so: their memory is used again
}

// spareMost is how many replaced ballots are kept for those to come.
const spareMost = 1 << 10

// copied is a ballot to be changed and put in the place of another, or a new
// person's.
func (d *draft) copied(b *Ballot, person string) *Ballot {
	var c *Ballot
	if n := len(d.spare); n > 0 {
		c, d.spare = d.spare[n-1], d.spare[:n-1]
	} else {
		c = new(Ballot)
	}
	dots := c.Dots[:0]
	if b == nil {
		*c = Ballot{Person: person}
	} else {
		*c = *b
		if cap(dots) <= len(b.Dots) {
			dots = make(Given, 0, len(b.Dots)+1)
		}
		dots = append(dots, b.Dots...)
	}
	if dots == nil {
		dots = Given{}
	}
	c.Dots = dots
	return c
}

// was is what stood under an id; nil: nothing.
type was[T any] struct {
	id string
	v  *T
}

// begin is called before an event is put on the wall.
func (d *draft) begin(w *Wall) {
	if d.open {
		return
	}
	d.open = true
	d.at, d.now, d.settings, d.lead = w.at, w.now, w.settings, w.lead
	d.flipped, d.counted, d.voters, d.known = w.flipped, w.counted, w.tally.voters, w.index.known
}

// Stored says that everything applied so far is stored: it is not taken back.
func (w *Wall) Stored() {
	d := &w.draft
	for _, was := range d.ballots {
		if was.v != nil && len(d.spare) < spareMost {
			d.spare = append(d.spare, was.v)
		}
	}
	w.settled()
}

// settled begins another draft.
func (w *Wall) settled() {
	d := &w.draft
	d.open, d.settings, d.lead = false, Settings{}, Lead{}
	empty(&d.kept)
	empty(&d.notes)
	empty(&d.clusters)
	empty(&d.ballots)
	empty(&d.people)
	empty(&d.acts)
	empty(&w.tally.past)
	for _, r := range w.orders() {
		empty(&r.past)
	}
	w.ranked()
}

// TakeBack takes back every event applied since the wall was made, and since
// Stored and Take: the wall is exactly as it was then.
func (w *Wall) TakeBack() {
	d := &w.draft
	if !d.open {
		return
	}
	backwards(d.notes, func(id string, old *Note) {
		w.index.note(w.notes[id], old)
		put1(w.notes, id, old)
	})
	backwards(d.clusters, func(id string, old *Cluster) {
		w.index.cluster(w.clusters[id], old)
		put1(w.clusters, id, old)
	})
	backwards(d.ballots, func(id string, old *Ballot) { put1(w.ballots, id, old) })
	backwards(d.people, func(id string, old *Person) { put1(w.people, id, old) })
	backwards(d.kept, func(name string, old *setting) { put1(w.kept, name, old) })
	backwards(d.acts, func(id string, old *Act) {
		rev, _ := strconv.ParseUint(id, 10, 64)
		w.putAct(rev, old)
	})
	w.tally.takeBack()
	for _, r := range w.orders() {
		r.takeBack()
	}
	w.at, w.now, w.settings, w.lead = d.at, d.now, d.settings, d.lead
	w.flipped, w.counted, w.tally.voters, w.index.known = d.flipped, d.counted, d.voters, d.known
	w.prune()
	w.settled()
}

// orders are the lists of what changed last.
func (w *Wall) orders() [3]*recency { return [...]*recency{&w.desk, &w.hall, &w.tally.recent} }

// put1 sets what stands under an id; nil removes it.
func put1[T any](m map[string]*T, id string, v *T) {
	if v == nil {
		delete(m, id)
	} else {
		m[id] = v
	}
}

// backwards goes through a list from its end.
func backwards[T any](list []was[T], f func(id string, old *T)) {
	for i := len(list) - 1; i >= 0; i-- {
		f(list[i].id, list[i].v)
	}
}

// draftMost is how many places of a list are kept for the next draft.
const draftMost = 1 << 12

// empty empties a list; it holds on to no value, and to no more than some room.
func empty[T any](list *[]T) {
	if cap(*list) > draftMost {
		*list = nil
		return
	}
	clear(*list)
	*list = (*list)[:0]
}
