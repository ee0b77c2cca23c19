package hub

import "encoding/binary"

// The kinds of WebSocket frames (RFC 6455 §5.2). gorilla/websocket makes the
// upgrade; from then on the frames are read and written here, because bytes
// that are the same for everyone are to be made once, and because each socket
// is to be written to by its shard alone.
const (
	opMore   = 0x0 // goes on with a message
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xA

	finBit  = 0x80
	rsv1Bit = 0x40 // the message is deflated
	maskBit = 0x80

	otherBits = 0x30 // which mean nothing

	headMost    = 10  // bytes of a header from the hub
	controlMost = 125 // bytes of a control frame's payload
)

// head appends the header of a whole message of n bytes, from the hub.
func head(b []byte, first byte, n int) []byte {
	b = append(b, finBit|first)
	switch {
	case n < 126:
		return append(b, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
}

// framed appends a whole frame.
func framed(b []byte, op byte, payload []byte) []byte {
	return append(head(b, op, len(payload)), payload...)
}

// goodbye appends a close frame.
func goodbye(b []byte, code int) []byte {
	return binary.BigEndian.AppendUint16(head(b, opClose, 2), uint16(code))
}
