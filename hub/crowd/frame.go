package crowd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// The opcodes of WebSocket frames.
const (
	opMore   = 0x0
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xa

	finBit  = 0x80
	rsv1Bit = 0x40 // of a message's first frame: it is deflated
	maskBit = 0x80
)

// messageMost bounds a message: more than a whole wall of the largest kind.
const messageMost = 64 << 20

// frame is one WebSocket frame from a server. Its payload is part of what it
// was cut from.
type frame struct {
	op      byte
	fin     bool
	packed  bool
	payload []byte
}

var errNotServer = errors.New("crowd: the hub sent what no server may send")

// cut takes one frame from the beginning of b. size is 0 when b holds no whole
// one yet.
func cut(b []byte, deflate bool) (f frame, size int, err error) {
	if len(b) < 2 {
		return frame{}, 0, nil
	}
	f.op, f.fin, f.packed = b[0]&0x0f, b[0]&finBit != 0, b[0]&rsv1Bit != 0
	if b[0]&0x30 != 0 || b[1]&maskBit != 0 || (f.packed && (!deflate || f.op == opMore || f.op >= opClose)) {
		return frame{}, 0, errNotServer
	}
	head, n := 2, uint64(b[1])
	switch n {
	case 126:
		if head = 4; len(b) < head {
			return frame{}, 0, nil
		}
		n = uint64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if head = 10; len(b) < head {
			return frame{}, 0, nil
		}
		n = binary.BigEndian.Uint64(b[2:])
	}
	switch {
	case f.op >= opClose && (n > 125 || !f.fin), f.op > opBinary && f.op < opClose, f.op > opPong:
		return frame{}, 0, errNotServer
	case n > messageMost:
		return frame{}, 0, fmt.Errorf("crowd: the hub announced a frame of %d bytes", n)
	case uint64(len(b)-head) < n:
		return frame{}, 0, nil
	}
	f.payload = b[head : head+int(n)]
	return f, head + int(n), nil
}

// mask makes a frame as a client sends it. The mask is zero: it protects
// proxies from scripts on web pages, and this is none.
func mask(op byte, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+14)
	b = append(b, finBit|op)
	switch n := len(payload); {
	case n < 126:
		b = append(b, maskBit|byte(n))
	case n < 1<<16:
		b = append(b, maskBit|126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|127), uint64(n))
	}
	b = append(b, 0, 0, 0, 0)
	return append(b, payload...)
}

// parser makes messages of the bytes of one connection. It holds something
// only while a message is under way.
type parser struct {
	deflate bool   // messages may be deflated
	rest    []byte // the beginning of a frame
	parts   []byte // of a message in several frames
	begun   bool   // such a message is under way
	packed  bool   // and it is deflated
}

// take takes bytes as they came, and calls each for every whole message and
// control frame in them; what each gets is gone when it returns. A packed one
// is still deflated.
func (p *parser) take(b []byte, each func(op byte, packed bool, payload []byte) error) error {
	if len(p.rest) > 0 {
		p.rest = append(p.rest, b...)
		b = p.rest
	}
	whole := false
	for {
		f, size, err := cut(b, p.deflate)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		whole, b = true, b[size:]
		if err := p.frame(f, each); err != nil {
			return err
		}
	}
	switch old := p.rest; {
	case len(b) == 0:
		p.rest = nil
		giveBack(old)
	case whole || len(old) == 0:
		p.rest = append(borrow(len(b)), b...)
		giveBack(old)
	}
	return nil
}

// rests are buffers for the beginnings of long frames: a crowd that comes in
// has thousands of them, each for a moment.
var rests = sync.Pool{New: func() any { b := make([]byte, 0, restLong); return &b }}

// restLong is how much such a buffer holds; restShort is what is not worth one.
const (
	restLong  = 160 << 10
	restShort = 4 << 10
)

func borrow(n int) []byte {
	if n <= restShort || n > restLong {
		return nil
	}
	return (*rests.Get().(*[]byte))[:0]
}

func giveBack(b []byte) {
	if cap(b) == restLong {
		rests.Put(&b)
	}
}

func (p *parser) frame(f frame, each func(op byte, packed bool, payload []byte) error) error {
	switch {
	case f.op >= opClose:
		return each(f.op, false, f.payload)
	case (f.op == opMore) != p.begun:
		return errNotServer
	case f.op == opMore:
		if len(p.parts)+len(f.payload) > messageMost {
			return errNotServer
		}
		p.parts = append(p.parts, f.payload...)
		if !f.fin {
			return nil
		}
		whole := p.parts
		p.parts, p.begun = nil, false
		return each(opText, p.packed, whole)
	case f.op == opBinary:
		return errors.New("crowd: the hub sent a binary frame")
	case !f.fin:
		p.parts, p.begun, p.packed = append(p.parts[:0], f.payload...), true, f.packed
		return nil
	}
	return each(opText, f.packed, f.payload)
}
