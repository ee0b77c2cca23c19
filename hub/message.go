package hub

import "encoding/json"

// message is an encoded message that many clients share, with its WebSocket
// header: the same bytes go to everyone.
type message struct {
	bytes []byte
	text  []byte // its JSON: the end of bytes
}

func newMessage(text []byte) *message {
	b := framed(make([]byte, 0, headMost+len(text)), opText, text)
	return &message{bytes: b, text: b[len(b)-len(text):]}
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
