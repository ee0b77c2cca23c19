package hub

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"openspacewall/hub/wall"
)

// epochMax is the longest epoch a client may name, in bytes.
const epochMax = 64

// decode reads a client's frame strictly: what two readers could understand
// differently is refused. n is the command's number as far as it could be read.
func decode(text []byte) (in Incoming, n uint64, why *wall.Refusal) {
	if !json.Valid(text) {
		return in, 0, invalid("", "not JSON")
	}
	var top [2]json.RawMessage
	if why := members("", text, top[:], topNames); why != nil {
		return in, 0, why
	}
	hello, command := top[0], top[1]
	if (hello == nil) == (command == nil) {
		return in, 0, invalid("", "exactly one of hello and command")
	}
	if hello != nil {
		in.Hello, why = decodeHello(hello)
		return in, 0, why
	}
	in.Command, why = decodeCommand(command)
	return in, in.Command.N, why
}

// The members that are known, in the order in which they are put.
var (
	topNames     = []string{"hello", "command"}
	helloNames   = []string{"epoch", "revision"}
	commandNames = []string{"n", "do", "seen", "with"}
)

func decodeHello(raw []byte) (*wall.Position, *wall.Refusal) {
	var m [2]json.RawMessage
	if why := members("hello", raw, m[:], helloNames); why != nil {
		return nil, why
	}
	var p wall.Position
	var ok bool
	if p.Epoch, ok = text(m[0]); !ok || len(p.Epoch) > epochMax {
		return nil, invalid("epoch", "a short string")
	}
	if p.Revision, ok = whole(m[1]); !ok {
		return nil, invalid("revision", "a whole number")
	}
	return &p, nil
}

// ReadPosition reads what a client says in its address instead of hello, as
// strictly.
func ReadPosition(epoch, revision string) (p wall.Position, ok bool) {
	p.Epoch = epoch
	p.Revision, ok = whole([]byte(revision))
	return p, ok && len(epoch) <= epochMax && utf8.ValidString(epoch)
}

// decodeCommand gives what it could read also when it refuses, so that the
// refusal can name the command's number.
func decodeCommand(raw []byte) (*Command, *wall.Refusal) {
	var m [4]json.RawMessage
	why := members("command", raw, m[:], commandNames)
	c := &Command{}
	var ok bool
	if c.N, ok = whole(m[0]); why != nil {
		return c, why
	}
	if !ok || c.N == 0 {
		c.N = 0
		return c, invalid("n", "a whole number above zero")
	}
	if c.Do, ok = text(m[1]); !ok {
		return c, invalid("do", "a command's name")
	}
	if seen := m[2]; seen != nil {
		if c.Seen, ok = whole(seen); !ok {
			return c, invalid("seen", "a revision")
		}
	}
	if c.With = m[3]; c.With == nil {
		return c, invalid("with", "what the command is about")
	}
	return c, nil
}

// members takes an object apart, which is valid JSON: no name twice, none that
// is not known. The values are put where their names stand among those known;
// after a refusal, as far as they had been read.
func members(field string, raw []byte, values []json.RawMessage, known []string) *wall.Refusal {
	b := space(raw)
	if len(b) == 0 || b[0] != '{' {
		return invalid(field, "an object")
	}
	var why *wall.Refusal
	for b = space(b[1:]); b[0] != '}'; b = space(b) {
		if b[0] == ',' {
			b = space(b[1:])
		}
		n := valueLen(b)
		name := b[:n]
		b = space(space(b[n:])[1:]) // the colon
		n = valueLen(b)
		value := b[:n:n]
		b = b[n:]
		i, ok := standing(name, known)
		switch {
		case !ok && why == nil:
			said, _ := text(name)
			why = invalid(said, "no such member")
		case !ok:
		case values[i] != nil:
			values[i] = nil // neither of the two is to be believed
			return invalid(known[i], "twice the same member")
		default:
			values[i] = value
		}
	}
	return why
}

// standing is where a name stands among those known. It is quoted; one that was
// written with escapes is read first.
func standing(quoted []byte, known []string) (int, bool) {
	for i, k := range known {
		if string(quoted[1:len(quoted)-1]) == k {
			return i, true
		}
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return 0, false
	}
	name, _ := text(quoted)
	i := slices.Index(known, name)
	return max(i, 0), i >= 0
}

func space(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\t' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// valueLen is how long the value is that valid JSON begins with.
func valueLen(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1 + min(depth, 0) // of a bare value the end of what it is in
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// text reads a string, and nothing else.
func text(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]), true
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
