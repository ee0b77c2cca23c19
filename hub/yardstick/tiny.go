// Package yardstick is what the hub is measured against, and the measuring:
// two reference hubs that do nothing but pass notes on, the scenarios that they
// and the wall are put through in turn, and the table that comes of it. Only
// tests and the bench command (compare) use it.
//
//	textbook  one hub goroutine, two goroutines and a channel of 256 for each client
//	raw       the limit: epoll, one bare write for each client and pass
//
// Neither decides, stores, limits or orders anything. The textbook is what one
// would write first; the raw limit is what the kernel asks for, whoever asks.
package yardstick

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// Tiny is the references' wire. A client sends notes, each a message; a hub
// sends what there is as one JSON array when a client comes, and then notes,
// several of them in a message, with line ends between.
//
// A note has the members and the bytes of one on a wall, its id before it, too:
// the kernel copies as much for all.
type Tiny struct {
	notes [][]byte // by number
}

// note is a note on the tiny wire.
type note struct {
	ID    string `json:"id"`
	Theme string `json:"theme"`
	Kind  string `json:"kind"`
	Text  string `json:"text"`
	Lang  string `json:"lang"`
	Dir   string `json:"dir"`
	At    int64  `json:"at"`
}

// NewTiny makes the wire for n notes like those of a crowd on a wall.
func NewTiny(like *crowd.Wall, n int) (*Tiny, error) {
	t := &Tiny{notes: make([][]byte, n)}
	for i := range t.notes {
		var err error
		if t.notes[i], err = json.Marshal(map[string]note{like.ID(i): {
			ID: like.ID(i), Theme: "housing", Kind: "opinion", Text: like.Text(i), Lang: "en", Dir: "ltr", At: 1764000000000 + int64(i),
		}}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Note is a note as it is sent.
func (t *Tiny) Note(number int) []byte { return t.notes[number] }

// Hello is nothing: a reference hub asks nobody where they are.
func (t *Tiny) Hello(wall.Position) []byte { return nil }

// Shared says that everything goes to all.
func (t *Tiny) Shared([]byte) bool { return true }

// Absolute says that each note is told once.
func (t *Tiny) Absolute() bool { return false }

// Decode reads a message.
func (t *Tiny) Decode(raw []byte) (*crowd.Message, error) {
	m := &crowd.Message{Kind: crowd.Loose}
	if bytes.HasPrefix(raw, []byte("[")) {
		var all []json.RawMessage
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, err
		}
		for _, n := range all {
			if err := t.look(m, n); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	for line := range bytes.SplitSeq(raw, []byte("\n")) {
		if err := t.look(m, line); err != nil {
			return nil, err
		}
	}
	return m, nil
}

var idStart = []byte(`{"`)

// look finds which note a line is.
func (t *Tiny) look(m *crowd.Message, line []byte) error {
	const id = 36
	if !bytes.HasPrefix(line, idStart) || len(line) < len(idStart)+id {
		return errors.New("yardstick: a hub sent what is no note")
	}
	var number int
	if _, err := fmt.Sscanf(string(line[len(idStart)+id-12:len(idStart)+id]), "%x", &number); err != nil || number >= len(t.notes) {
		return fmt.Errorf("yardstick: a note without a number: %.60q", line)
	}
	if !bytes.Equal(line, t.notes[number]) {
		m.Altered++
		return nil
	}
	m.Notes = append(m.Notes, number)
	return nil
}
