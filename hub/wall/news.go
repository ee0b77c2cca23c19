package wall

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// News is what a commit did, as the hub that made it tells the others: what is
// new, and of a ballot only the dots that are. So a storm of votes costs each of
// them what has changed, and not what there is: they take each vote, too.
//
// It is right on top of exactly the position that it was made on, and says so of
// each ballot: whoever is elsewhere, or does not know this version, asks the
// store, which has values.
//
//	version, schema, now, flipped
//	hub, term, n × (hub, number)            the lead
//	n × (person, rate, floor,               the ballots
//	     n × (place, dots, count [target]), what is new in it, see newDots
//	     sum)                               of what it then is
//	the rest × (key, 1 + length, value)     all else as it is stored; 0: it is gone
//
// Numbers are varints, texts stand after their length.
const newsVersion = 1

// ErrUnheard is the answer to news that another version of this program tells:
// the store has it in a form that is read.
var ErrUnheard = errors.New("wall: news of another version")

// News tells what was applied and is not stored yet, of which entries are the
// values to be stored.
func (w *Wall) News(entries []Entry) string {
	size := 128
	for _, e := range entries {
		if strings.HasPrefix(e.Key, "ballot/") {
			size += len(e.Key) + 64
		} else {
			size += len(e.Key) + len(e.Value) + 16
		}
	}
	p := make(packer, 0, size)
	p.number(newsVersion)
	p.number(schema)
	p.number(uint64(w.now))
	p.number(w.flipped)
	p.text(w.lead.Hub)
	p.number(w.lead.Term)
	p.number(uint64(len(w.lead.Done)))
	for hub, number := range w.lead.Done {
		p.text(hub)
		p.number(number)
	}
	seen := make(set, len(w.draft.ballots))
	for _, b := range w.draft.ballots {
		seen.add(b.id)
	}
	p.number(uint64(len(seen)))
	for _, was := range w.draft.ballots {
		if _, first := seen[was.id]; first { // what stood there before all of it
			delete(seen, was.id)
			p.ballot(was.v, w.ballots[was.id])
		}
	}
	for _, e := range entries {
		if e.Key == "meta" || strings.HasPrefix(e.Key, "ballot/") {
			continue
		}
		p.text(e.Key)
		if e.Value == nil {
			p.number(0)
			continue
		}
		p.number(1 + uint64(len(e.Value)))
		p = append(p, e.Value...)
	}
	return string(p)
}

// Hear puts news on the wall, as Take does values. An error leaves the wall as
// it was.
func (w *Wall) Hear(to Position, news string) (Touched, error) {
	u := unpacker{in: news}
	if u.number() != newsVersion {
		return Touched{}, ErrUnheard
	}
	if s := u.number(); s > schema {
		return Touched{}, newer(s)
	}
	var v values
	now := Millis(u.number())
	v.flipped = u.number()
	lead := Lead{Hub: u.name(), Term: u.number()}
	if n := u.count(2); n > 0 {
		lead.Done = make(map[string]uint64, n)
		for range n {
			hub := u.name()
			lead.Done[hub] = u.number()
		}
	}
	n := u.count(5)
	v.ballots = make([]*Ballot, 0, n)
	for range n {
		b, ok := u.ballot(w)
		if !ok {
			return Touched{}, errNews
		}
		v.ballots = append(v.ballots, b)
	}
	for len(u.in) > 0 {
		e := Entry{Key: u.text()}
		if n := u.number(); n > 0 {
			e.Value = []byte(u.next(n - 1))
		}
		if u.bad {
			break
		}
		if err := v.take(w, e); err != nil {
			return Touched{}, fmt.Errorf("wall: %s: %w", e.Key, err)
		}
	}
	if u.bad {
		return Touched{}, errNews
	}
	return w.taken(&v, to, max(w.now, now), lead), nil
}

var errNews = errors.New("wall: news that do not fit")

// What is new in a ballot: nothing more, or the dots at a place, or a target in
// front of what stood there, or what stood there is gone. The places before it are
// as they will be.
const (
	dotsEnd = iota
	dotsSet
	dotsNew
	dotsGone
)

func (p *packer) ballot(old, now *Ballot) {
	var was Given
	if old != nil {
		was = old.Dots
	}
	p.text(now.Person)
	p.number(uint64(now.Rate))
	p.number(now.Floor)
	for i := 0; i < len(now.Dots) || len(was) > 0; {
		switch {
		case i == len(now.Dots) || len(was) > 0 && was[0].Target < now.Dots[i].Target:
			p.number(uint64(i)<<2 | dotsGone)
			was = was[1:]
		case len(was) == 0 || now.Dots[i].Target < was[0].Target:
			p.number(uint64(i)<<2 | dotsNew)
			p.dots(now.Dots[i].DotsOn)
			p.text(now.Dots[i].Target)
			i++
		default:
			if now.Dots[i].DotsOn != was[0].DotsOn {
				p.number(uint64(i)<<2 | dotsSet)
				p.dots(now.Dots[i].DotsOn)
			}
			i, was = i+1, was[1:]
		}
	}
	p.number(dotsEnd)
	p.number(uint64(now.sum()))
}

// ballot reads what is new in a ballot, and gives it as it then is.
func (u *unpacker) ballot(w *Wall) (*Ballot, bool) {
	from := *u
	old, person := w.ballots[u.text()], ""
	if old == nil {
		*u = from
		person = u.name()
	}
	b := w.draft.copied(old, person)
	b.Rate, b.Floor = Millis(u.number()), u.number()
	for {
		x := u.number()
		what, i := x&3, x>>2
		if u.bad || i > uint64(len(b.Dots)) || what != dotsNew && what != dotsEnd && i == uint64(len(b.Dots)) {
			return nil, false
		}
		switch what {
		case dotsSet:
			b.Dots[i].DotsOn = u.dots()
		case dotsNew:
			on, target := u.dots(), u.name()
			if i > 0 && b.Dots[i-1].Target >= target || i < uint64(len(b.Dots)) && target >= b.Dots[i].Target {
				return nil, false
			}
			b.Dots = slices.Insert(b.Dots, int(i), DotsAt{target, on})
		case dotsGone:
			b.Dots = slices.Delete(b.Dots, int(i), int(i)+1)
		case dotsEnd:
			return b, u.number() == uint64(b.sum()) && !u.bad
		}
	}
}

// sum tells a ballot from what news made of another one.
func (b *Ballot) sum() uint32 {
	s := uint64(b.Rate)*31 + b.Floor
	for _, on := range b.Dots {
		s = (s*31+uint64(on.N))*31 + on.Count
	}
	return uint32(s ^ s>>32)
}
