package wall

import (
	"encoding/json"
	"strconv"
)

// reader reads JSON strictly: what two readers could understand differently is
// refused. It stops at the first thing wrong; err then says what and where.
type reader struct {
	in    []byte
	at    int
	depth int
	field string // the member being read, of the outermost object
	err   *Refusal
}

func (r *reader) fail(text string) {
	if r.err == nil {
		r.err = invalid(r.field, text)
	}
}

func (r *reader) space() {
	for r.at < len(r.in) {
		switch r.in[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek is the next byte that is not space; 0 at the end or after a failure.
func (r *reader) peek() byte {
	if r.err != nil {
		return 0
	}
	r.space()
	if r.at >= len(r.in) {
		return 0
	}
	return r.in[r.at]
}

func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

// end asks that nothing follows.
func (r *reader) end() {
	if r.peek(); r.err == nil && r.at < len(r.in) {
		r.fail("something follows the value")
	}
}

// object reads an object, calling member for each name to read its value; that
// says whether it knows the name. required must all be there.
func (r *reader) object(required []string, member func(name string) bool) {
	if !r.take('{') {
		r.fail("not an object")
		return
	}
	if r.depth++; r.depth > DepthMax {
		r.fail("too deep")
		return
	}
	outer := r.field
	var names [16]string
	seen := names[:0]
	for first := true; ; first = false {
		if r.take('}') {
			break
		}
		if !first && !r.take(',') {
			r.fail("not an object")
			return
		}
		name := r.string()
		if r.err != nil {
			return
		}
		if r.depth == 1 {
			r.field = name
		}
		for _, s := range seen {
			if s == name {
				r.fail("twice the same member")
				return
			}
		}
		seen = append(seen, name)
		if !r.take(':') {
			r.fail("not an object")
			return
		}
		if !member(name) {
			r.fail("no such member")
		}
		if r.err != nil {
			return
		}
		r.field = outer
	}
	r.depth--
	for _, name := range required {
		found := false
		for _, s := range seen {
			found = found || s == name
		}
		if !found {
			if r.depth == 0 {
				r.field = name
			}
			r.fail("a member is missing: " + name)
			return
		}
	}
}

// array reads an array, calling element for each value.
func (r *reader) array(element func()) {
	if !r.take('[') {
		r.fail("not an array")
		return
	}
	if r.depth++; r.depth > DepthMax {
		r.fail("too deep")
		return
	}
	for first := true; !r.take(']'); first = false {
		if !first && !r.take(',') {
			r.fail("not an array")
		}
		if r.err != nil {
			return
		}
		element()
	}
	r.depth--
}

func (r *reader) word(s string) bool {
	r.peek()
	if r.err == nil && len(r.in)-r.at >= len(s) && string(r.in[r.at:r.at+len(s)]) == s {
		r.at += len(s)
		return true
	}
	return false
}

// null reads null if it is next.
func (r *reader) null() bool { return r.word("null") }

func (r *reader) bool() bool {
	if r.word("true") {
		return true
	}
	if !r.word("false") {
		r.fail("not true or false")
	}
	return false
}

// number reads over a number and gives its text, and whether it is a whole one.
func (r *reader) number() (text string, whole bool) {
	r.peek()
	from, whole := r.at, true
	digits := func() bool {
		start := r.at
		for r.at < len(r.in) && r.in[r.at] >= '0' && r.in[r.at] <= '9' {
			r.at++
		}
		return r.at > start
	}
	is := func(c ...byte) bool {
		for _, c := range c {
			if r.at < len(r.in) && r.in[r.at] == c {
				r.at++
				return true
			}
		}
		return false
	}
	is('-')
	start := r.at
	ok := digits() && (r.in[start] != '0' || r.at == start+1)
	if ok && is('.') {
		ok, whole = digits(), false
	}
	if ok && is('e', 'E') {
		is('+', '-')
		ok, whole = digits(), false
	}
	if !ok || r.err != nil {
		r.fail("not a number")
		return "", false
	}
	return string(r.in[from:r.at]), whole
}

func (r *reader) int() int64 {
	if n, ok := r.digits(); ok {
		return n
	}
	text, whole := r.number()
	n, err := strconv.ParseInt(text, 10, 64)
	if !whole || err != nil || n > CountMax || n < -CountMax {
		r.fail("not a whole number")
		return 0
	}
	return n
}

// digits reads a short whole number that has no sign and no leading nought, as
// nearly all are; it moves on only if that is what is there.
func (r *reader) digits() (n int64, ok bool) {
	r.peek()
	i := r.at
	for ; i < len(r.in) && r.in[i] >= '0' && r.in[i] <= '9'; i++ {
		n = 10*n + int64(r.in[i]-'0')
	}
	more := i < len(r.in) && (r.in[i] == '.' || r.in[i] == 'e' || r.in[i] == 'E')
	if r.err != nil || i == r.at || i-r.at > 15 || r.in[r.at] == '0' && i-r.at > 1 || more {
		return 0, false
	}
	r.at = i
	return n, true
}

// skip reads over any value, as strictly.
func (r *reader) skip() {
	switch r.peek() {
	case '{':
		r.object(nil, func(string) bool { r.skip(); return true })
	case '[':
		r.array(r.skip)
	case '"':
		r.string()
	case 't', 'f':
		r.bool()
	case 'n':
		if !r.null() {
			r.fail("not a value")
		}
	default:
		r.number()
	}
}

// raw is the bytes of any value.
func (r *reader) raw() JSON {
	r.peek()
	from := r.at
	r.skip()
	if r.err != nil {
		return nil
	}
	return append(JSON(nil), r.in[from:r.at]...)
}

func (r *reader) strings() []string {
	out := []string{}
	r.array(func() { out = append(out, r.string()) })
	return out
}

// encode is the JSON of a value of the domain's own, which always has one.
func encode(v any) JSON {
	b, err := json.Marshal(v)
	if err != nil {
		panic("wall: " + err.Error())
	}
	return b
}
