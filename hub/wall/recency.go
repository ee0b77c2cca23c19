package wall

// item is anything that a delta can hold: 'n' note, 'c' cluster, 's' setting,
// 'a' act, 't' total.
type item struct {
	kind byte
	id   string
}

// recency is a list of items, the last changed first: what changed since r is
// its beginning. Each item stands in it once.
type recency struct {
	at    map[item]*link
	first *link
	past  []place // where what is not stored yet has moved items from, the last move last
}

// place is where an item stood; fresh: nowhere.
type place struct {
	link       *link
	rev        uint64
	prev, next *link
	fresh      bool
}

type link struct {
	item
	rev        uint64
	prev, next *link
}

func newRecency() recency { return recency{at: map[item]*link{}} }

// touch says that an item changed at rev. Within a wall rev grows, so that its
// place is the first; after another hub's values it may be a few further on.
func (r *recency) touch(i item, rev uint64) {
	l := r.at[i]
	switch {
	case l == nil:
		l = &link{item: i}
		r.at[i] = l
		r.past = append(r.past, place{link: l, fresh: true})
	case l.rev == rev:
		return
	default:
		r.past = append(r.past, place{link: l, rev: l.rev, prev: l.prev, next: l.next})
		r.cut(l)
	}
	l.rev = rev
	var before *link
	after := r.first
	for after != nil && after.rev > rev {
		before, after = after, after.next
	}
	r.join(l, before, after)
}

// cut takes an item out of the list.
func (r *recency) cut(l *link) {
	if l.prev == nil {
		r.first = l.next
	} else {
		l.prev.next = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	}
}

// join puts an item between two neighbours.
func (r *recency) join(l, before, after *link) {
	l.prev, l.next = before, after
	if before == nil {
		r.first = l
	} else {
		before.next = l
	}
	if after != nil {
		after.prev = l
	}
}

// takeBack moves everything back, the last move first: so each item finds the
// neighbours that it left.
func (r *recency) takeBack() {
	for i := len(r.past) - 1; i >= 0; i-- {
		p := r.past[i]
		r.cut(p.link)
		if p.fresh {
			delete(r.at, p.link.item)
			continue
		}
		p.link.rev = p.rev
		r.join(p.link, p.prev, p.next)
	}
}

// since calls f for every item changed after rev, the newest first.
func (r *recency) since(rev uint64, f func(item)) {
	for l := r.first; l != nil && l.rev > rev; l = l.next {
		f(l.item)
	}
}
