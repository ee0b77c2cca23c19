package wall

import "unicode/utf8"

// string reads a string; what is half a character is refused.
func (r *reader) string() string {
	if !r.take('"') {
		r.fail("not a string")
		return ""
	}
	from := r.at
	for r.at < len(r.in) {
		switch c := r.in[r.at]; {
		case c == '"':
			s := r.in[from:r.at]
			r.at++
			if !utf8.Valid(s) {
				r.fail("not UTF-8")
				return ""
			}
			return string(s)
		case c == '\\':
			return r.escaped(from)
		case c < ' ':
			r.fail("a control character in a string")
			return ""
		}
		r.at++
	}
	r.fail("a string without end")
	return ""
}

// escaped reads on in a string that has escapes, from its first one.
func (r *reader) escaped(from int) string {
	out := append([]byte(nil), r.in[from:r.at]...)
	for r.at < len(r.in) {
		c := r.in[r.at]
		r.at++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				r.fail("not UTF-8")
				return ""
			}
			return string(out)
		case c < ' ':
			r.fail("a control character in a string")
			return ""
		case c != '\\':
			out = append(out, c)
			continue
		}
		if r.at >= len(r.in) {
			break
		}
		c = r.in[r.at]
		r.at++
		switch c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			u := r.hex()
			if u >= 0xD800 && u < 0xE000 {
				low := rune(0)
				if r.at+1 < len(r.in) && r.in[r.at] == '\\' && r.in[r.at+1] == 'u' {
					r.at += 2
					low = r.hex()
				}
				if u >= 0xDC00 || low < 0xDC00 || low >= 0xE000 {
					r.fail("half a surrogate pair")
				}
				u = (u-0xD800)<<10 + (low - 0xDC00) + 0x10000
			}
			out = utf8.AppendRune(out, u)
		default:
			r.fail("no such escape")
		}
		if r.err != nil {
			return ""
		}
	}
	r.fail("a string without end")
	return ""
}

func (r *reader) hex() rune {
	if r.at+4 > len(r.in) {
		r.fail("no such escape")
		return 0
	}
	u := rune(0)
	for _, c := range r.in[r.at : r.at+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			r.fail("no such escape")
			return 0
		}
		u = u<<4 | rune(c)
	}
	r.at += 4
	return u
}
