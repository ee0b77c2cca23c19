package hub

import (
	"encoding/json"

	"github.com/gorilla/websocket"
)

// message is an encoded message that many clients share. A small one is framed
// for the socket once, too; a large one is written in chunks, so that a slow
// reader's progress can be seen.
type message struct {
	text     []byte
	prepared *websocket.PreparedMessage // nil when larger than a chunk
}

func newMessage(text []byte) *message {
	m := &message{text: text}
	if len(text) <= chunk {
		// Its only error is an unknown message type.
		m.prepared, _ = websocket.NewPreparedMessage(websocket.TextMessage, text)
	}
	return m
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
