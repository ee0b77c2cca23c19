package wall

// due is when a waiting note goes up by itself.
type due struct {
	at   Millis
	note string
}

func (d due) before(e due) bool { return d.at < e.at || (d.at == e.at && d.note < e.note) }

// dues is a heap of deadlines. What no longer holds stays until it comes to the top.
type dues []due

func (d *dues) push(x due) {
	*d = append(*d, x)
	h := *d
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			return
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (d *dues) pop() {
	h := *d
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	*d = h
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			return
		}
		if down+1 < last && h[down+1].before(h[down]) {
			down++
		}
		if !h[down].before(h[i]) {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}

// until calls f for every deadline up to at, without order. Children of what is
// later are later, so it looks at no more than these and their children.
func (d dues) until(at Millis, from int, f func(due)) {
	if from >= len(d) || d[from].at > at {
		return
	}
	f(d[from])
	d.until(at, 2*from+1, f)
	d.until(at, 2*from+2, f)
}

// holds says that a deadline still is its note's.
func (w *Wall) holds(d due) bool {
	n := w.notes[d.note]
	return n != nil && n.State == Waiting && n.Due == d.at
}

// prune takes deadlines that no longer hold off the top.
func (w *Wall) prune() {
	for len(w.index.dues) > 0 && !w.holds(w.index.dues[0]) {
		w.index.dues.pop()
	}
}

// Due is the earliest deadline: of a waiting note, unless the wall is frozen or
// closed, or of the timer when it leads to the next phase. The room then asks
// for a Tick; when more than ManyMax notes are due, Due stays in the past until
// enough Ticks have passed.
func (w *Wall) Due() (at Millis, ok bool) {
	if w.advances() {
		at, ok = w.settings.Timer.Ends, true
	}
	if w.rising() && len(w.index.dues) > 0 {
		if first := w.index.dues[0].at; !ok || first < at {
			at, ok = first, true
		}
	}
	return at, ok
}

// rising says that waiting notes go up when they are due.
func (w *Wall) rising() bool { return !w.settings.Frozen && w.settings.Phase != Closed }

// advances says that the timer's end leads to the next phase.
func (w *Wall) advances() bool {
	t := w.settings.Timer
	return t.Advance && t.Ends > 0 && next[w.settings.Phase] != ""
}

// next is where the timer leads; never into closed.
var next = map[Phase]Phase{Write: Gather, Gather: Vote, Vote: Results}
