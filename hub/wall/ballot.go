package wall

import (
	"slices"
	"strconv"
	"strings"
)

// Ballot is one person's dots, each with the counter it was last set by. Ten
// thousand a second are written and read: see BenchmarkVote and BenchmarkTake.
type Ballot struct {
	Person string `json:"person"`
	Dots   Given  `json:"dots"`
	Rate   Millis `json:"rate,omitempty"`
	// Floor is the highest counter of the targets forgotten since no dot lies
	// on them (ZerosMax): for those, up to there, a vote is an old one.
	Floor uint64 `json:"floor,omitempty"`
}

// Given is what a person gave, in the order of targets, each once. Stored, it is an object
// by target.
type Given []DotsAt

// DotsAt is the dots on a target: "n:" or "c:" and the id.
type DotsAt struct {
	Target string
	DotsOn
}

// DotsOn is how many dots lie on a target, and the device's counter that said so.
type DotsOn struct {
	N     int    `json:"n"`
	Count uint64 `json:"c"`
}

func (d Given) find(target string) (int, bool) {
	return slices.BinarySearchFunc(d, target, func(x DotsAt, target string) int { return strings.Compare(x.Target, target) })
}

// On is what lies on a target.
func (d Given) On(target string) (on DotsOn, ok bool) {
	if i, ok := d.find(target); ok {
		return d[i].DotsOn, true
	}
	return DotsOn{}, false
}

// put sets what lies on a target.
func (d *Given) put(target string, on DotsOn) {
	i, ok := d.find(target)
	if ok {
		(*d)[i].DotsOn = on
		return
	}
	*d = slices.Insert(*d, i, DotsAt{target, on})
}

// MarshalJSON is the object that is stored.
func (d Given) MarshalJSON() ([]byte, error) { return d.append(nil), nil }

func (d Given) append(b []byte) []byte {
	b = append(b, '{')
	for i, on := range d {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, on.Target), `:{"n":`...)
		b = append(strconv.AppendInt(b, int64(on.N), 10), `,"c":`...)
		b = append(strconv.AppendUint(b, on.Count, 10), '}')
	}
	return append(b, '}')
}

// UnmarshalJSON reads it.
func (d *Given) UnmarshalJSON(raw []byte) error {
	r := &reader{in: raw}
	*d = r.given(nil)
	if r.end(); r.err != nil {
		return r.err
	}
	return nil
}

// encode is the ballot as it is stored.
func (b *Ballot) encode() []byte {
	out := make([]byte, 0, 64+len(b.Person)+80*len(b.Dots))
	out = append(appendText(append(out, `{"person":`...), b.Person), `,"dots":`...)
	out = b.Dots.append(out)
	if b.Rate != 0 {
		out = strconv.AppendInt(append(out, `,"rate":`...), b.Rate, 10)
	}
	if b.Floor != 0 {
		out = strconv.AppendUint(append(out, `,"floor":`...), b.Floor, 10)
	}
	return append(out, '}')
}

// appendText appends a text as JSON: ids need no more than quotation marks.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return append(b, encode(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// readBallot reads a ballot as it is stored. Its targets are, where they are the
// same, those of the person's last one, so that they need no memory of their own.
func readBallot(value []byte, last *Ballot) (*Ballot, error) {
	r := &reader{in: value}
	b := new(Ballot)
	var known Given
	if last != nil {
		known = last.Dots
	}
	r.object(nil, func(name string) bool {
		switch name {
		case "person":
			if last != nil && r.exactly(`"`+last.Person+`"`) {
				b.Person = last.Person
			} else {
				b.Person = r.string()
			}
		case "dots":
			b.Dots = r.given(known)
		case "rate":
			b.Rate = r.int()
		case "floor":
			b.Floor = uint64(r.int())
		default:
			r.skip()
		}
		return true
	})
	if r.end(); r.err != nil {
		return nil, r.err
	}
	return b, nil
}

// given reads dots: one by one as MarshalJSON writes them, and what looks
// otherwise by the rules of JSON.
func (r *reader) given(known Given) Given {
	from := *r
	if d, ok := r.plainGiven(known); ok {
		return d
	}
	*r = from
	d := Given{}
	r.object(nil, func(target string) bool { d.put(target, r.dotsOn()); return true })
	return d
}

func (r *reader) plainGiven(known Given) (Given, bool) {
	if !r.take('{') {
		return nil, false
	}
	d := make(Given, 0, len(known)+1)
	for i := 0; ; {
		if r.exactly("}") {
			return d, true
		}
		if len(d) > 0 && !r.exactly(",") {
			return nil, false
		}
		end := r.at + 1
		for end < len(r.in) && asIs(r.in[end]) {
			end++
		}
		if end >= len(r.in) || r.in[r.at] != '"' || r.in[end] != '"' {
			return nil, false
		}
		raw := r.in[r.at+1 : end]
		for i < len(known) && known[i].Target < string(raw) {
			i++
		}
		var target string
		if i < len(known) && known[i].Target == string(raw) {
			target = known[i].Target
		} else {
			target = string(raw)
		}
		if len(d) > 0 && d[len(d)-1].Target >= target {
			return nil, false // out of order, or twice
		}
		r.at = end + 1
		var on DotsOn
		if !r.exactly(`:{"n":`) {
			return nil, false
		}
		n, ok := r.digits()
		if !ok || !r.exactly(`,"c":`) {
			return nil, false
		}
		c, ok := r.digits()
		if !ok || !r.exactly("}") {
			return nil, false
		}
		on.N, on.Count = int(n), uint64(c)
		d = append(d, DotsAt{target, on})
	}
}

// asIs says that a byte stands for itself in a text.
func asIs(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }

// exactly reads over a text if it is next, without a space before it.
func (r *reader) exactly(s string) bool {
	if len(r.in)-r.at < len(s) || string(r.in[r.at:r.at+len(s)]) != s {
		return false
	}
	r.at += len(s)
	return true
}

func (r *reader) dotsOn() (on DotsOn) {
	r.object(nil, func(name string) bool {
		switch name {
		case "n":
			on.N = int(r.int())
		case "c":
			on.Count = uint64(r.int())
		default:
			r.skip()
		}
		return true
	})
	return on
}
