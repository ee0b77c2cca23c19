package wall

import "encoding/binary"

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
// all that it gives then is nothing.
type unpacker struct {
	in  []byte
	bad bool
}

func (u *unpacker) fail() { u.in, u.bad = nil, true }

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.in)
	if size <= 0 {
		u.fail()
		return 0
	}
	u.in = u.in[size:]
	return n
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

// bytes are the next n, in the memory that they stand in.
func (u *unpacker) bytes(n uint64) []byte {
	if n > uint64(len(u.in)) {
		u.fail()
		return nil
	}
	b := u.in[:n:n]
	u.in = u.in[n:]
	return b
}

func (u *unpacker) text() []byte { return u.bytes(u.number()) }

func (u *unpacker) string() string { return string(u.text()) }

func (u *unpacker) dots() (on DotsOn) {
	n, size := binary.Varint(u.in)
	if size <= 0 {
		u.fail()
		return on
	}
	u.in = u.in[size:]
	on.N, on.Count = int(n), u.number()
	return on
}
