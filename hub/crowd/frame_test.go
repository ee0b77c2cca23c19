package crowd

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// served makes a frame as a server sends it.
func served(op byte, fin bool, payload []byte) []byte {
	b := []byte{op}
	if fin {
		b[0] |= finBit
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = append(b, 126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// In whatever pieces bytes come, they are the same messages.
func TestMessagesDoNotDependOnPieces(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 70_000)
	var all []byte
	for _, f := range [][]byte{
		served(opText, true, []byte("one")), served(opText, false, []byte("t")), served(opPing, true, []byte("p")),
		served(opMore, false, []byte("w")), served(opMore, true, []byte("o")), served(opText, true, long),
		served(opText, true, bytes.Repeat([]byte("y"), 300)), served(opText, true, nil), served(opClose, true, []byte{3, 0xe8}),
	} {
		all = append(all, f...)
	}
	want := "1:one 9:p 1:two 1:" + string(long) + " 1:" + strings.Repeat("y", 300) + " 1: 8:\x03\xe8 "
	for _, size := range []int{1, 2, 7, 4096, len(all)} {
		var p parser
		var got strings.Builder
		for rest := all; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			piece := bytes.Clone(rest[:min(size, len(rest))])
			if err := p.take(piece, func(op byte, _ bool, payload []byte) error {
				got.WriteByte('0' + op)
				got.WriteByte(':')
				got.Write(payload)
				got.WriteByte(' ')
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			clear(piece) // what was given is gone
		}
		if got.String() != want {
			t.Errorf("in pieces of %d: %.80q", size, got.String())
		}
		if p.rest != nil || p.parts != nil || p.begun {
			t.Errorf("in pieces of %d: something is kept", size)
		}
	}
}

func TestWhatNoServerSends(t *testing.T) {
	for name, b := range map[string][]byte{
		"a mask":                    {0x81, 0x80, 0, 0, 0, 0},
		"a reserved bit":            {0xc1, 0},
		"a reserved opcode":         {0x83, 0},
		"a long ping":               served(opPing, true, make([]byte, 126)),
		"a ping in parts":           served(opPing, false, nil),
		"more of nothing":           served(opMore, true, nil),
		"another before the end":    append(served(opText, false, nil), served(opText, true, nil)...),
		"binary":                    served(opBinary, true, nil),
		"more than a wall can have": {0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0},
	} {
		var p parser
		if err := p.take(b, func(byte, bool, []byte) error { return nil }); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// FuzzParser: no bytes break it, and how they are cut does not matter.
func FuzzParser(f *testing.F) {
	f.Add(served(opText, true, []byte("one")), 1, false)
	f.Add(append(served(opText, false, []byte("t")), served(opMore, true, []byte("wo"))...), 2, true)
	f.Add(served(opText, true, bytes.Repeat([]byte("x"), 70_000)), 1000, true)
	f.Fuzz(func(t *testing.T, b []byte, size int, deflate bool) {
		read := func(size int) (string, bool) {
			p := parser{deflate: deflate}
			var got strings.Builder
			for rest := b; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if err := p.take(rest[:min(size, len(rest))], func(op byte, packed bool, payload []byte) error {
					if packed {
						got.WriteByte('z')
					}
					got.WriteByte(op)
					got.Write(payload)
					return nil
				}); err != nil {
					return got.String(), false
				}
			}
			return got.String(), true
		}
		whole, ok := read(max(1, len(b)))
		pieces, also := read(max(1, size))
		if whole != pieces || ok != also {
			t.Errorf("%q (%v), in pieces of %d %q (%v)", whole, ok, size, pieces, also)
		}
	})
}

func TestMaskedFramesAreClients(t *testing.T) {
	for _, n := range []int{0, 125, 126, 65535, 65536} {
		b := mask(opText, make([]byte, n))
		if b[1]&maskBit == 0 {
			t.Error("no mask")
		}
		b[1] &^= maskBit
		head := len(b) - n - 4
		f, size, err := cut(append(append([]byte{}, b[:head]...), b[head+4:]...), false)
		if err != nil || size != len(b)-4 || len(f.payload) != n || !f.fin || f.op != opText {
			t.Errorf("%d: %d %v", n, size, err)
		}
	}
}
