package hub

import (
	"encoding/json"
	"sync"
)

// message is an encoded message that many clients share, with its WebSocket
// header: the same bytes go to everyone.
type message struct {
	bytes []byte
	text  []byte // its JSON: the end of bytes
	kept  bool   // it is worth being deflated well

	once sync.Once
	twin []byte // deflated, made when the first who takes it so comes by
}

func newMessage(text []byte) *message {
	b := framed(make([]byte, 0, headMost+len(text)), opText, text)
	return &message{bytes: b, text: b[len(b)-len(text):]}
}

// framedInPlace makes a message of text that was written behind room for the
// longest header: its header is put right before it.
func framedInPlace(b []byte) *message {
	var room [headMost]byte
	text := b[headMost:]
	h := head(room[:0], opText, len(text))
	b = b[headMost-len(h):]
	copy(b, h)
	return &message{bytes: b, text: text}
}

// as is the message for those who take it deflated, or for the others.
func (m *message) as(deflate bool) []byte {
	if !deflate || len(m.text) < deflateLeast {
		return m.bytes
	}
	m.once.Do(func() {
		how := quick
		if m.kept {
			how = thorough
		}
		if m.twin = deflated(m.text, how); m.twin == nil {
			m.twin = m.bytes
		}
	})
	return m.twin
}

// encode writes a message. The types of package wall all have JSON, so an
// error is a mistake in this package.
func encode(o Outgoing) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic("hub: " + err.Error())
	}
	return b
}
