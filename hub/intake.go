package hub

import (
	"encoding/binary"
	"unicode/utf8"
)

// intake takes a client's bytes apart: strictly, within FrameMax, and keeping
// nothing but what is not whole yet. It belongs to its connection's reader.
type intake struct {
	rest    []byte // the beginning of a frame, or what was not to be read yet
	message []byte // the frames so far of a message in several
	open    bool   // there is such a message
	packed  bool   // it is deflated
	deflate bool   // messages may be
}

// heard is one thing that a client said: a message, or a control frame.
type heard struct {
	op   byte // opText, opPing, opPong or opClose; else nothing whole is there
	text []byte
}

// next takes the first whole thing out of b, which it unmasks in place, and
// says how many bytes that took: 0 when there is more to come. Not 0: the code
// to close with. What it gives is good until b is used anew.
func (in *intake) next(b []byte) (h heard, n int, code int) {
	for {
		f, size, code := frameOf(b[n:], in.deflate)
		if code != 0 || size == 0 {
			return heard{}, n, code
		}
		n += size
		switch {
		case f.op >= opClose:
			return heard{f.op, f.payload}, n, 0
		case f.op == opBinary:
			return heard{}, n, CloseBinary
		case (f.op == opMore) != in.open, f.packed && in.open: // the first frame says it for all
			return heard{}, n, CloseProtocol
		case len(in.message)+len(f.payload) > FrameMax:
			return heard{}, n, CloseTooLarge
		}
		text := f.payload
		if f.op != opMore {
			in.packed = f.packed
		}
		if in.open = !f.fin; in.open || f.op == opMore {
			in.message = append(in.message, f.payload...)
			text = in.message
		}
		if in.open {
			continue
		}
		in.message = nil
		if in.packed {
			if text, code = inflated(text); code != 0 {
				return heard{}, n, code
			}
		}
		if !utf8.Valid(text) {
			return heard{}, n, CloseText
		}
		return heard{opText, text}, n, 0
	}
}

// inFrame is one frame from a client.
type inFrame struct {
	op      byte
	fin     bool
	packed  bool // the first of a deflated message
	payload []byte
}

// frameOf reads one frame at the beginning of b; size is 0 when it is not
// whole. One that breaks the rules, or will be too large, is known by its head.
func frameOf(b []byte, deflate bool) (f inFrame, size, code int) {
	if len(b) < 2 {
		return f, 0, 0
	}
	f.op, f.fin, f.packed = b[0]&0xF, b[0]&finBit != 0, b[0]&rsv1Bit != 0
	length, at := int(b[1]&^maskBit), 2
	switch {
	case b[0]&otherBits != 0, b[1]&maskBit == 0, f.packed && (!deflate || f.op >= opClose):
		return f, 0, CloseProtocol
	case f.op > opBinary && f.op < opClose, f.op > opPong:
		return f, 0, CloseProtocol
	case f.op >= opClose && (!f.fin || length > controlMost):
		return f, 0, CloseProtocol
	}
	switch length {
	case 126:
		if len(b) < 4 {
			return f, 0, 0
		}
		length, at = int(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return f, 0, 0
		}
		long := binary.BigEndian.Uint64(b[2:])
		if long > FrameMax {
			return f, 0, CloseTooLarge
		}
		length, at = int(long), 10
	}
	if length > FrameMax {
		return f, 0, CloseTooLarge
	}
	if len(b) < at+4+length {
		return f, 0, 0
	}
	f.payload = b[at+4 : at+4+length]
	unmask(f.payload, [4]byte(b[at:at+4]))
	return f, at + 4 + length, closeCode(f)
}

// closeCode looks into a close frame: not 0 when it breaks the rules.
func closeCode(f inFrame) int {
	if f.op != opClose || len(f.payload) == 0 {
		return 0
	}
	if len(f.payload) == 1 || !utf8.Valid(f.payload[2:]) {
		return CloseProtocol
	}
	switch code := binary.BigEndian.Uint16(f.payload); {
	case code >= 3000 && code < 5000, code >= 1000 && code <= 1003, code >= 1007 && code <= 1014:
		return 0
	}
	return CloseProtocol
}

// unmask takes the mask off, eight bytes at a time.
func unmask(b []byte, key [4]byte) {
	four := uint64(binary.LittleEndian.Uint32(key[:]))
	eight := four | four<<32
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^eight)
	}
	for i := range b {
		b[i] ^= key[i&3]
	}
}
