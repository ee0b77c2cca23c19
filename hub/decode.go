package hub

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"openspacewall/hub/wall"
)

// epochMax is the longest epoch a client may name, in bytes.
const epochMax = 64

// decode reads a client's frame strictly: what two readers could understand
// differently is refused. n is the command's number as far as it could be read.
func decode(text []byte) (in Incoming, n uint64, why *wall.Refusal) {
	top, why := members("", text, "hello", "command")
	if why != nil {
		return in, 0, why
	}
	if len(top) != 1 {
		return in, 0, invalid("", "exactly one of hello and command")
	}
	if raw, ok := top["hello"]; ok {
		in.Hello, why = decodeHello(raw)
		return in, 0, why
	}
	in.Command, why = decodeCommand(top["command"])
	if in.Command != nil {
		n = in.Command.N
	}
	return in, n, why
}

func decodeHello(raw []byte) (*wall.Position, *wall.Refusal) {
	m, why := members("hello", raw, "epoch", "revision")
	if why != nil {
		return nil, why
	}
	var p wall.Position
	var ok bool
	if p.Epoch, ok = text(m["epoch"]); !ok || len(p.Epoch) > epochMax {
		return nil, invalid("epoch", "a short string")
	}
	if p.Revision, ok = whole(m["revision"]); !ok {
		return nil, invalid("revision", "a whole number")
	}
	return &p, nil
}

// decodeCommand gives what it could read also when it refuses, so that the
// refusal can name the command's number.
func decodeCommand(raw []byte) (*Command, *wall.Refusal) {
	m, why := members("command", raw, "n", "do", "seen", "with")
	c := &Command{}
	var ok bool
	if c.N, ok = whole(m["n"]); why != nil {
		return c, why
	}
	if !ok || c.N == 0 {
		c.N = 0
		return c, invalid("n", "a whole number above zero")
	}
	if c.Do, ok = text(m["do"]); !ok {
		return c, invalid("do", "a command's name")
	}
	if seen, given := m["seen"]; given {
		if c.Seen, ok = whole(seen); !ok {
			return c, invalid("seen", "a revision")
		}
	}
	if c.With = m["with"]; c.With == nil {
		return c, invalid("with", "what the command is about")
	}
	return c, nil
}

// members takes an object apart: no name twice, none that is not known. After
// a refusal the map holds what had been read by then.
func members(field string, raw []byte, known ...string) (map[string]json.RawMessage, *wall.Refusal) {
	m := map[string]json.RawMessage{}
	if !json.Valid(raw) {
		return m, invalid(field, "not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return m, invalid(field, "an object")
	}
	var why *wall.Refusal
	for d.More() {
		t, err := d.Token()
		name, _ := t.(string)
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		switch _, twice := m[name]; {
		case err != nil:
			return m, invalid(field, "not JSON")
		case twice:
			delete(m, name) // neither of the two is to be believed
			return m, invalid(name, "twice the same member")
		}
		m[name] = value
	}
	for name := range m {
		if why == nil && !slices.Contains(known, name) {
			why = invalid(name, "no such member")
		}
	}
	return m, why
}

// text reads a string, and nothing else.
func text(raw []byte) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// whole reads a whole number from zero to the largest that JavaScript counts
// exactly, written as such.
func whole(raw []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(raw), 10, 53)
	return n, err == nil && (len(raw) == 1 || raw[0] != '0')
}

func invalid(field, text string) *wall.Refusal {
	return &wall.Refusal{Code: wall.Invalid, Field: field, Text: text}
}
