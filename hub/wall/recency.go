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
	if l == nil {
		l = &link{item: i}
		r.at[i] = l
	} else {
		if l.rev == rev {
			return
		}
		if l.prev == nil {
			r.first = l.next
		} else {
			l.prev.next = l.next
		}
		if l.next != nil {
			l.next.prev = l.prev
		}
		l.prev, l.next = nil, nil
	}
	l.rev = rev
	var before *link
	after := r.first
	for after != nil && after.rev > rev {
		before, after = after, after.next
	}
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

// since calls f for every item changed after rev, the newest first.
func (r *recency) since(rev uint64, f func(item)) {
	for l := r.first; l != nil && l.rev > rev; l = l.next {
		f(l.item)
	}
}
