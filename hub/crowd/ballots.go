package crowd

import "openspacewall/hub/wall"

// Ballots are what a crowd votes, so that the totals can be known without any
// hub: each phone goes from note to note, and changes its mind.
type Ballots struct {
	notes []int // numbers
	dots  [][]uint8
	cast  []int // how often each phone has voted
}

// NewBallots begins a vote of so many phones on notes of the crowd.
func NewBallots(phones int, notes []int) *Ballots {
	b := &Ballots{notes: notes, dots: make([][]uint8, phones), cast: make([]int, phones)}
	for i := range b.dots {
		b.dots[i] = make([]uint8, len(notes))
	}
	return b
}

// Next is a phone's next vote: always another number of dots than it has there.
func (b *Ballots) Next(phone int) (number, dots int) {
	k := b.cast[phone]
	b.cast[phone]++
	at := (k*7 + phone) % len(b.notes)
	has := &b.dots[phone][at]
	*has = (*has + 1 + uint8(k%2)) % (wall.DotsMost + 1)
	return b.notes[at], int(*has)
}

// Totals is what it comes to, by the note's number.
func (b *Ballots) Totals() map[int]wall.Total {
	all := map[int]wall.Total{}
	for _, number := range b.notes {
		all[number] = wall.Total{}
	}
	for _, mine := range b.dots {
		for i, dots := range mine {
			if dots > 0 {
				t := all[b.notes[i]]
				all[b.notes[i]] = wall.Total{Dots: t.Dots + int(dots), People: t.People + 1}
			}
		}
	}
	return all
}
