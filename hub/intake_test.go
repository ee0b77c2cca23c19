package hub

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// said is a frame as a client sends it.
func said(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, maskBit|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, maskBit|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|127), uint64(n))
	}
	key := [4]byte{7, 0, 255, 42}
	b = append(b, key[:]...)
	at := len(b)
	b = append(b, payload...)
	unmask(b[at:], key)
	return b
}

// packed is a text as gorilla/websocket deflates it.
func packed(text string) string {
	b := deflated([]byte(text+strings.Repeat(" ", 64)), quick) // shorter for certain
	return string(b[len(b)-headLen(b):])
}

// headLen is how long the payload is of a frame from the hub.
func headLen(b []byte) int {
	switch b[1] {
	case 126:
		return len(b) - 4
	case 127:
		return len(b) - 10
	}
	return len(b) - 2
}

// hears gives what an intake makes of bytes that come in pieces.
func hears(b []byte, deflate bool, cut func(left int) int) (all []string, code int) {
	in := intake{deflate: deflate}
	for b = bytes.Clone(b); len(b) > 0; {
		n := cut(len(b))
		piece := append(bytes.Clone(in.rest), b[:n]...)
		b = b[n:]
		for {
			h, n, code := in.next(piece)
			if code != 0 {
				return all, code
			}
			piece = piece[n:]
			if h.op == opMore {
				break
			}
			all = append(all, string([]byte{'0' + h.op})+strings.TrimRight(string(h.text), " "))
		}
		in.keep(piece)
	}
	return all, 0
}

func whole1(left int) int { return left }

func TestIntake(t *testing.T) {
	const fin = finBit
	join := func(b ...[]byte) []byte { return bytes.Join(b, nil) }
	long := strings.Repeat("x", FrameMax)
	for name, c := range map[string]struct {
		in   []byte
		want []string
		code int
	}{
		"a text":                   {said(fin|opText, "hej"), []string{"1hej"}, 0},
		"the longest":              {said(fin|opText, long), []string{"1" + long}, 0},
		"one more byte":            {said(fin|opText, long+"x"), nil, CloseTooLarge},
		"far more":                 {[]byte{fin | opText, maskBit | 127, 0, 0, 1, 0, 0, 0, 0, 0}, nil, CloseTooLarge},
		"more than there are":      {[]byte{fin | opText, maskBit | 127, 255, 255, 255, 255, 255, 255, 255, 255}, nil, CloseTooLarge},
		"in parts":                 {join(said(opText, "h"), said(opMore, "e"), said(fin|opMore, "j")), []string{"1hej"}, 0},
		"a ping between parts":     {join(said(opText, "h"), said(fin|opPing, "?"), said(fin|opMore, "ej")), []string{"9?", "1hej"}, 0},
		"parts of a letter":        {join(said(opText, "\xc3"), said(fin|opMore, "\xa5")), []string{"1å"}, 0},
		"parts too large together": {join(said(opText, long), said(fin|opMore, "x")), nil, CloseTooLarge},
		"empty parts for ever":     {join(said(opText, ""), said(opMore, ""), said(fin|opMore, "")), []string{"1"}, 0},
		"a part of nothing":        {said(fin|opMore, "x"), nil, CloseProtocol},
		"a text within a text":     {join(said(opText, "x"), said(fin|opText, "y")), nil, CloseProtocol},
		"not UTF-8":                {said(fin|opText, "\xff"), nil, CloseText},
		"binary":                   {said(fin|opBinary, "x"), nil, CloseBinary},
		"unmasked":                 {[]byte{fin | opText, 1, 'x'}, nil, CloseProtocol},
		"an unknown kind":          {said(fin|0x3, ""), nil, CloseProtocol},
		"an unknown control":       {said(fin|0xB, ""), nil, CloseProtocol},
		"a ping in parts":          {said(opPing, "x"), nil, CloseProtocol},
		"a long ping":              {said(fin|opPing, strings.Repeat("x", controlMost+1)), nil, CloseProtocol},
		"a bit that means nothing": {said(fin|0x20|opText, "x"), nil, CloseProtocol},
		"deflated":                 {said(fin|rsv1Bit|opText, packed("hej")), []string{"1hej"}, 0},
		"a deflated ping":          {said(fin|rsv1Bit|opPing, "x"), nil, CloseProtocol},
		"deflated in parts":        {join(said(rsv1Bit|opText, packed("hej")[:3]), said(fin|opMore, packed("hej")[3:])), []string{"1hej"}, 0},
		"deflated in the middle":   {join(said(rsv1Bit|opText, packed("hej")[:3]), said(fin|rsv1Bit|opMore, packed("hej")[3:])), nil, CloseProtocol},
		"deflated nonsense":        {said(fin|rsv1Bit|opText, "\x07\x07\x07"), nil, CloseProtocol},
		"deflated, not UTF-8":      {said(fin|rsv1Bit|opText, packed("\xff")), nil, CloseText},
		"a bomb":                   {said(fin|rsv1Bit|opText, packed(strings.Repeat("x", 1<<20))), nil, CloseTooLarge},
		"a goodbye":                {said(fin|opClose, "\x03\xe8bye"), []string{"8\x03\xe8bye"}, 0},
		"a goodbye for no reason":  {said(fin|opClose, ""), []string{"8"}, 0},
		"half a reason":            {said(fin|opClose, "\x03"), nil, CloseProtocol},
		"a reason not to be given": {said(fin|opClose, "\x03\xed"), nil, CloseProtocol},
	} {
		for way, cut := range map[string]func(int) int{"at once": whole1, "byte by byte": func(int) int { return 1 }} {
			got, code := hears(c.in, true, cut)
			if code != c.code || !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: %.40q, %d", name, way, got, code)
			}
		}
	}
	if _, code := hears(said(finBit|rsv1Bit|opText, packed("hej")), false, whole1); code != CloseProtocol {
		t.Errorf("deflated without being agreed upon: %d", code)
	}
}

// What is kept of an unfinished message is bounded, and nothing is of a whole one.
func TestIntakeKeepsLittle(t *testing.T) {
	in := intake{deflate: true}
	for range 100 {
		b := said(opMore, strings.Repeat("x", 1000))
		if !in.open {
			b = said(opText, strings.Repeat("x", 1000))
		}
		if _, _, code := in.next(b); code == CloseTooLarge {
			break
		}
		if len(in.message) > FrameMax {
			t.Fatalf("%d bytes", len(in.message))
		}
	}
	in = intake{}
	if _, n, _ := in.next(said(finBit|opText, "hej")); n == 0 || in.message != nil || in.rest != nil {
		t.Error("something is kept")
	}
}

// frozen is a connection on which exactly this comes.
type frozen struct {
	net.Conn
	in io.Reader
}

func (f frozen) Read(b []byte) (int, error)       { return f.in.Read(b) }
func (f frozen) Write(b []byte) (int, error)      { return len(b), nil }
func (f frozen) Close() error                     { return nil }
func (f frozen) SetDeadline(time.Time) error      { return nil }
func (f frozen) SetReadDeadline(time.Time) error  { return nil }
func (f frozen) SetWriteDeadline(time.Time) error { return nil }

// theirs is what gorilla/websocket makes of the same bytes.
func theirs(t *testing.T, b []byte, deflate bool) (all []string) {
	q, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: wall\r\nConnection: upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-Websocket-Version: 13\r\nSec-Websocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-Websocket-Extensions: permessage-deflate\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	up := websocket.Upgrader{EnableCompression: deflate, ReadBufferSize: 1 << 10}
	conn, err := up.Upgrade(&hijacked{conn: frozen{in: bytes.NewReader(b)}}, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(FrameMax)
	conn.SetPingHandler(func(text string) error { all = append(all, "9"+text); return nil })
	conn.SetPongHandler(func(text string) error { all = append(all, ":"+text); return nil })
	for {
		kind, body, err := conn.NextReader()
		if err != nil || kind != websocket.TextMessage {
			return all
		}
		text, err := io.ReadAll(io.LimitReader(body, FrameMax+1))
		if err != nil || len(text) > FrameMax {
			return all
		}
		all = append(all, "1"+string(text))
	}
}

// early says that there is a deflated message which gorilla/websocket may take
// for whole before the rest of it has come: it looks for the end inside.
func early(b []byte) bool {
	for len(b) > 0 {
		first := b[0]
		_, n, code := frameOf(bytes.Clone(b), true)
		if first&rsv1Bit != 0 && (first&finBit == 0 || n == 0) {
			return true
		}
		if n == 0 || code != 0 {
			return false
		}
		b = b[n:]
	}
	return false
}

// Whatever comes, and in whatever pieces: what is heard is what
// gorilla/websocket hears, and what it refuses is refused.
func FuzzIntake(f *testing.F) {
	f.Add(said(finBit|opText, "hej"), uint64(1))
	f.Add(append(said(opText, "h"), said(finBit|opMore, "ej")...), uint64(2))
	f.Add(said(finBit|rsv1Bit|opText, packed("hej")), uint64(3))
	f.Add(append(said(finBit|opPing, "?"), said(finBit|opClose, "\x03\xe8")...), uint64(4))
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		for _, deflate := range []bool{false, true} {
			r := rand.New(rand.NewPCG(seed, 0))
			ours, code := hears(b, deflate, whole1)
			again, codeAgain := hears(b, deflate, func(left int) int { return 1 + r.IntN(left) })
			if code != codeAgain || !slices.Equal(ours, again) {
				t.Fatalf("%q %d at once, %q %d in pieces", ours, code, again, codeAgain)
			}
			if deflate && early(b) {
				continue
			}
			ours = slices.DeleteFunc(ours, func(s string) bool { return s[0] == '0'+opClose })
			want := theirs(t, b, deflate)
			for i := range want {
				want[i] = want[i][:1] + strings.TrimRight(want[i][1:], " ")
			}
			if len(ours) > len(want) || !slices.Equal(ours, want[:len(ours)]) {
				t.Fatalf("%q, and gorilla %q", ours, want)
			}
			if code == 0 && len(want) > len(ours) {
				t.Fatalf("%q, and gorilla %q", ours, want)
			}
		}
	})
}
