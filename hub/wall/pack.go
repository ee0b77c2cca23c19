package wall

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// packer writes numbers as varints, and texts after their length.
type packer []byte

func (p *packer) number(n uint64) { *p = binary.AppendUvarint(*p, n) }

func (p *packer) text(s string) {
	p.number(uint64(len(s)))
	*p = append(*p, s...)
}

func (p *packer) dots(on DotsOn) {
	*p = binary.AppendVarint(*p, int64(on.N))
	p.number(on.Count)
}

// unpacker reads what a packer wrote. When that is something else it is bad, and
// all that it gives then is nothing. Its texts stand in the memory of the whole.
type unpacker struct {
	in  string
	bad bool
}

func (u *unpacker) fail() { u.in, u.bad = "", true }

func (u *unpacker) number() uint64 {
	var n uint64
	for i := range min(len(u.in), binary.MaxVarintLen64) {
		b := u.in[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if i == binary.MaxVarintLen64-1 && b > 1 {
				break
			}
			u.in = u.in[i+1:]
			return n
		}
	}
	u.fail()
	return 0
}

// count is the number of things that follow, of so many bytes at least.
func (u *unpacker) count(each int) int {
	n := u.number()
	if n > uint64(len(u.in)/each) {
		u.fail()
		return 0
	}
	return int(n)
}

// next are the next n bytes.
func (u *unpacker) next(n uint64) string {
	if n > uint64(len(u.in)) {
		u.fail()
		return ""
	}
	s := u.in[:n]
	u.in = u.in[n:]
	return s
}

func (u *unpacker) text() string { return u.next(u.number()) }

// name is a text in memory of its own, as long as the wall keeps it. What is not
// UTF-8 could not be stored.
func (u *unpacker) name() string {
	s := u.text()
	if !utf8.ValidString(s) {
		u.fail()
		return ""
	}
	return strings.Clone(s)
}

func (u *unpacker) dots() (on DotsOn) {
	n := u.number()
	on.N, on.Count = int(n>>1)^-int(n&1), u.number() // as AppendVarint has it
	return on
}
