package wall

import "unicode/utf8"

// Most of what hubs that share a wall read is what somebody has just posted. It
// is read here, without reflection, if it stands as encode writes it; else, and
// whatever more there is to an entry, it is not plain, and nil.

// plainNote reads a note of which nothing is known but that it was posted.
func plainNote(value []byte) *Note {
	p := verbatim{reader: reader{in: value}, ok: true}
	n := new(Note)
	n.ID = p.text(`{"id":`)
	n.Theme = p.text(`,"theme":`)
	n.Kind = p.text(`,"kind":`)
	n.Text = p.text(`,"text":`)
	if p.next(`,"lang":`) {
		n.Lang = p.text("")
	}
	n.Dir = p.text(`,"dir":`)
	n.Author = p.text(`,"author":`)
	n.At = p.whole(`,"at":`)
	n.Sent = p.text(`,"sent":`)
	n.State = State(p.text(`,"state":`))
	n.Due = p.perhaps(`,"due":`)
	n.DeskRev = uint64(p.whole(`,"rd":`))
	n.HallRev = uint64(p.perhaps(`,"rh":`))
	if !p.done() {
		return nil
	}
	return n
}

// plainPerson reads a person who is not muted, and never was.
func plainPerson(value []byte) *Person {
	p := verbatim{reader: reader{in: value}, ok: true}
	x := new(Person)
	x.ID = p.text(`{"id":`)
	x.First = p.whole(`,"first":`)
	x.Posts = p.perhaps(`,"posts":`)
	x.Edits = p.perhaps(`,"edits":`)
	x.Reports = p.perhaps(`,"reports":`)
	if !p.done() {
		return nil
	}
	return x
}

// verbatim reads members in the order in which they are expected.
type verbatim struct {
	reader
	ok bool
}

// next reads over a text if it is next.
func (p *verbatim) next(s string) bool { return p.ok && p.exactly(s) }

// text reads a text, after s.
func (p *verbatim) text(s string) string {
	if !p.next(s) || !p.exactly(`"`) {
		p.ok = false
		return ""
	}
	from, ascii := p.at, true
	for p.at < len(p.in) && (asIs(p.in[p.at]) || p.in[p.at] >= utf8.RuneSelf) {
		ascii = ascii && p.in[p.at] < utf8.RuneSelf
		p.at++
	}
	text := p.in[from:p.at]
	if !p.exactly(`"`) || !ascii && !utf8.Valid(text) {
		p.ok = false
		return ""
	}
	return string(text)
}

// whole reads a whole number that is not negative, after s.
func (p *verbatim) whole(s string) int64 {
	if !p.next(s) || p.at == len(p.in) || p.in[p.at] < '0' {
		p.ok = false
		return 0
	}
	n, ok := p.digits()
	p.ok = p.ok && ok
	return n
}

// perhaps is whole for one that is left out when it is nought.
func (p *verbatim) perhaps(s string) int64 {
	if !p.ok || len(p.in)-p.at < len(s) || string(p.in[p.at:p.at+len(s)]) != s {
		return 0
	}
	return p.whole(s)
}

func (p *verbatim) done() bool { return p.next("}") && p.at == len(p.in) }
