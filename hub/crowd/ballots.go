package crowd

import "openspacewall/hub/wall"

// Ballots are what a crowd votes, so that the totals can be known without any
// hub. Each phone has the dots that a wall gives by default, puts them on one
// note after the other, and when it has none left takes the last off again, and
// so on: whoever changes their mind all the time costs a hub the most.
type Ballots struct {
	notes []int // numbers
	votes []ballot
}

// ballot is one phone's.
type ballot struct {
	cast int
	left int
	on   []mark // the last at its end
}

type mark struct{ at, dots int }

// NewBallots begins a vote of so many phones on notes of the crowd.
func NewBallots(phones int, notes []int) *Ballots {
	b := &Ballots{notes: notes, votes: make([]ballot, phones)}
	for i := range b.votes {
		b.votes[i].left = wall.DotsDefault
	}
	return b
}

// Next is a phone's next vote: always another number of dots than it has there.
func (b *Ballots) Next(phone int) (number, dots int) {
	v := &b.votes[phone]
	k := v.cast
	v.cast++
	if v.left > 0 && len(v.on) < len(b.notes) {
		at := (k*7 + phone) % len(b.notes)
		for v.has(at) {
			at = (at + 1) % len(b.notes)
		}
		dots = min(1+k%wall.DotsMost, v.left)
		v.left -= dots
		v.on = append(v.on, mark{at, dots})
		return b.notes[at], dots
	}
	last := v.on[len(v.on)-1]
	v.on = v.on[:len(v.on)-1]
	v.left += last.dots
	return b.notes[last.at], 0
}

func (v *ballot) has(at int) bool {
	for _, m := range v.on {
		if m.at == at {
			return true
		}
	}
	return false
}

// Totals is what it comes to, by the note's number.
func (b *Ballots) Totals() map[int]wall.Total {
	all := map[int]wall.Total{}
	for _, number := range b.notes {
		all[number] = wall.Total{}
	}
	for i := range b.votes {
		for _, m := range b.votes[i].on {
			t := all[b.notes[m.at]]
			all[b.notes[m.at]] = wall.Total{Dots: t.Dots + m.dots, People: t.People + 1}
		}
	}
	return all
}
