package hub

import (
	"context"
	"encoding/binary"
	"runtime"
	"slices"
	"time"

	"openspacewall/hub/wall"
)

// errand is what one hub has another one, the lead, decide for it: posts and
// votes, which once done stay done, whatever comes after. It goes out through
// the doorbell, and may be lost. Nothing comes back but the lead's commit, which
// says up to which errand of each hub all is decided. The hub that asked then
// decides its commands on that wall itself: what changes nothing any more is
// done, and what is refused was refused.
//
// An errand is for one term of one lead. A lead that sees another hub's commit has
// none any more, and its own next one begins another term: so that whoever tires of
// waiting, and commits, knows that nobody does the same later on.
type errand struct {
	from, to string
	term     uint64
	number   uint64 // grows with each of from's
	asks     []*ask
	size     int // in bytes
	sent     time.Time
}

// own says that a command must be decided here.
func own(q *ask) bool {
	if q.trip == cameBack || q.request.By.Role != wall.Participant {
		return true
	}
	switch c := q.request.Command.(type) {
	case wall.Post:
		return false
	case wall.CastVote:
		return c.Target == "" || c.Dots < 0 // refused, wherever
	}
	return true
}

// work has a batch done: by the lead, if another hub is that and busy, else in a
// turn of this one's own.
func (r *room) work(asks []*ask) {
	by := r.wall.Lead()
	void := by.Hub != r.gave.Hub || by.Term != r.gave.Term // nobody does what was given away
	here := r.away.Load() || len(asks) == 0 || len(r.doubts) > 0 || !r.lead.follows(by, time.Now())
	for _, q := range asks {
		if q.trip == onErrand && void {
			q.trip = atHome
		}
		here = here || q.trip != atHome || own(q)
	}
	if here {
		r.turn(asks)
		return
	}
	r.gave = by
	for _, q := range asks {
		q.trip = onErrand
	}
	var words [][]byte
	for some := range slices.Chunk(asks, errandMost) {
		r.lead.number++
		e := &errand{from: r.lead.me, to: by.Hub, term: by.Term, number: r.lead.number, asks: some, sent: time.Now()}
		r.sent = append(r.sent, e)
		words = append(words, e.word())
	}
	r.tell(words)
}

// tell sends errands, one after the other. That takes as long as Redis needs for
// the commit under way, and the owner does not wait for it: it hears what that
// brings, and answers. What is asked meanwhile goes with the next, as telling
// something costs all hubs the same, however much it is.
func (r *room) tell(words [][]byte) {
	r.telling = true
	r.hub.running.Go(func() {
		for _, word := range words {
			ctx, cancel := context.WithTimeout(r.hub.work, storeWait)
			err := r.hub.Store.Tell(ctx, r.id, word) // told or not, it may have to be done here
			cancel()
			if err != nil {
				break // and no sooner for trying with the rest
			}
		}
		r.told <- struct{}{} // it has a place: there is one of these at a time
	})
}

// recall has what other hubs were given decided here, and first.
func (r *room) recall() {
	var back []*ask
	for _, e := range r.sent {
		back = append(back, e.asks...)
	}
	r.sent = nil
	r.held = append(back, r.held...)
}

// tired is how long the oldest errand is waited for still: as long as the lead
// is heard of, but not for ever.
func (r *room) tired() (wait time.Duration, waits bool) {
	if len(r.sent) == 0 {
		return 0, false
	}
	from := r.sent[0].sent
	until := from.Add(patienceMost)
	if r.lead.since.After(from) {
		from = r.lead.since
	}
	if silent := from.Add(r.lead.patience()); silent.Before(until) {
		until = silent
	}
	return time.Until(until), true
}

// yield lets all whom the last commit answered ask again, before an errand or the
// next commit is made of the first of them.
func (r *room) yield() {
	if now := time.Now(); r.lead.follows(r.wall.Lead(), now) || r.lead.isFollowed(now) {
		for came := -1; came < len(r.inbox) && came < turnMax; {
			came = len(r.inbox)
			runtime.Gosched()
		}
	}
}

// called hands an errand to the owner, if it is for this hub. The doorbell calls it.
func (r *room) called(word []byte) {
	select {
	case <-r.ready:
	default:
		return
	}
	if e, ok := readErrand(word, r.lead.me); ok {
		select {
		case r.asked <- e:
		default: // its hub will not wait for ever
		}
	}
}

// receive takes an errand, if it is for this hub as it leads now.
func (r *room) receive(e *errand) {
	if by := r.wall.Lead(); by.Hub == e.to && by.Term == e.term {
		r.errands = append(r.errands, e)
		r.lead.asked = time.Now()
		delete(r.lead.awaited, e.from)
	}
}

// guests are the errands for which a turn has room still.
func (r *room) guests(t *turn) []*errand {
	for waiting := len(r.asked); waiting > 0; waiting-- { // who came by now need not wait for the next
		r.receive(<-r.asked)
	}
	n := 0
	for ; n < len(r.errands); n++ {
		e := r.errands[n]
		if len(t.guests)+n > 0 && (t.count+len(e.asks) > turnMax || t.size+e.size > turnSize) {
			break
		}
		t.count += len(e.asks)
		t.size += e.size
	}
	some := r.errands[:n:n]
	r.errands = r.errands[n:]
	return some
}

// returned answers what the lead has done, after its commit was taken. What
// another lead than the one that was asked cannot do any more is decided anew.
func (r *room) returned() {
	by := r.wall.Lead()
	if by.Hub != r.lead.me {
		r.errands, r.lead.untold = nil, nil
	}
	done := by.Done[r.lead.me]
	left := r.sent[:0]
	for _, e := range r.sent {
		switch {
		case e.to != by.Hub || e.term != by.Term:
			for _, q := range e.asks {
				q.trip = atHome
			}
			r.held = append(r.held, e.asks...)
		case e.number > done:
			left = append(left, e)
		default:
			r.answer(e.asks)
		}
	}
	clear(r.sent[len(left):])
	r.sent = left
	r.answered(nil)
}

// answer says what became of commands that the lead has decided.
func (r *room) answer(asks []*ask) {
	at, now := r.clock(), r.hub.clock()
	for _, q := range asks {
		q.request.At = at
		e, err := r.wall.Decide(q.request)
		switch {
		case err != nil:
			q.reply(0, refusal(err))
			r.waited(q, now)
		case e == nil:
			q.reply(r.at.Revision, nil)
			r.waited(q, now)
		default: // refused there a moment ago, and would not be now
			q.trip = cameBack
			r.held = append(r.held, q)
		}
	}
}

// word is an errand as the doorbell carries it: texts, each after its length.
func (e *errand) word() []byte {
	size := 64
	for _, q := range e.asks {
		size += len(q.request.By.ID) + q.size + 128
	}
	b := make([]byte, 0, size)
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	text(e.from)
	text(e.to)
	b = binary.AppendUvarint(b, e.term)
	b = binary.AppendUvarint(b, e.number)
	for _, q := range e.asks {
		text(q.request.By.ID)
		switch c := q.request.Command.(type) {
		case wall.CastVote:
			text(c.Target)
			b = binary.AppendUvarint(b, uint64(c.Dots))
			b = binary.AppendUvarint(b, c.Count)
		case wall.Post:
			text("")
			text(c.ID)
			text(c.Theme)
			text(c.Kind)
			text(c.Text)
			text(c.Lang)
		}
	}
	return b
}

// readErrand reads an errand for a hub; false for another's.
func readErrand(word []byte, me string) (*errand, bool) {
	ok := true
	number := func() uint64 {
		n, size := binary.Uvarint(word)
		if size <= 0 {
			ok, word = false, nil
			return 0
		}
		word = word[size:]
		return n
	}
	text := func() string {
		n := number()
		if n > uint64(len(word)) {
			ok, word = false, nil
			return ""
		}
		s := string(word[:n])
		word = word[n:]
		return s
	}
	size := len(word)
	e := &errand{from: text(), to: text(), term: number(), number: number(), size: size}
	if e.to != me {
		return nil, false
	}
	var free []ask // for some, in one piece
	for ok && len(word) > 0 {
		if len(free) == 0 {
			free = make([]ask, 16)
		}
		q := &free[0]
		free = free[1:]
		q.request.By = wall.Actor{Role: wall.Participant, ID: text()}
		if target := text(); target != "" {
			q.request.Command = wall.CastVote{Target: target, Dots: int(number()), Count: number()}
		} else {
			q.request.Command = wall.Post{ID: text(), Theme: text(), Kind: text(), Text: text(), Lang: text()}
		}
		e.asks = append(e.asks, q)
	}
	return e, ok
}
