package hub

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/wall"
)

// What ends a connection, and with what; the neighbour goes on.
func TestFatalFrames(t *testing.T) {
	x := newTrial(t)
	dial := func() *visitor { return visit(t, overTCP(t, x.h, actors[wall.Participant])).seesAll() }

	pad := func(size int) string {
		f := `{"command":{"n":1,"do":"nothing","with":{"x":""}}}`
		return strings.Replace(f, `""`, `"`+strings.Repeat("x", size-len(f))+`"`, 1)
	}
	v := dial()
	v.sendText(pad(FrameMax))
	if why := v.answer(1); why == nil || why.Code != wall.Invalid {
		t.Errorf("8 KiB: %v", why)
	}
	v.sendText(pad(FrameMax + 1))
	v.isClosed(CloseTooLarge)

	v = dial()
	v.sendText(strings.Repeat(pad(FrameMax), 100))
	v.isClosed(CloseTooLarge)

	for _, b := range []string{"", "{}", "\x00\x01"} {
		v = dial()
		if err := v.conn.WriteMessage(websocket.BinaryMessage, []byte(b)); err != nil {
			t.Error(err)
		}
		v.isClosed(CloseBinary)
	}
	for _, s := range []string{"\xff", "{\"hello\":{\"epoch\":\"\xc0\xaf\",\"revision\":0}}", "\xed\xa0\x80", "\xf4\x90\x80\x80"} {
		v = dial()
		v.sendText(s)
		v.isClosed(CloseText)
	}
	for _, raw := range [][]byte{
		{0xc1, 0x80, 0, 0, 0, 0}, {0xf1, 0x80, 0, 0, 0, 0}, // reserved bits
		{0x81, 0x02, '{', '}'},                             // not masked
		{0x83, 0x80, 0, 0, 0, 0}, {0x8b, 0x80, 0, 0, 0, 0}, // unknown kinds
		{0x09, 0x80, 0, 0, 0, 0}, // a control frame in pieces
		{0x80, 0x80, 0, 0, 0, 0}, // a continuation of nothing
		append([]byte{0x89, 0xfe, 0, 126, 0, 0, 0, 0}, bytes.Repeat([]byte{'x'}, 126)...), // a long control frame
	} {
		v = dial()
		if _, err := v.conn.NetConn().Write(raw); err != nil {
			t.Error(err)
		}
		v.isClosed(CloseProtocol)
	}
	// A length of 2^63 is told, and nothing sent: refused by its word.
	v = dial()
	if _, err := v.conn.NetConn().Write([]byte{0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		t.Error(err)
	}
	v.until("closing", func() bool { return v.closed != 0 })

	v = dial()
	for range invalidMax {
		v.sendText("x")
	}
	v.until("its answers", func() bool { return strings.Count(v.texts.String(), `"invalid"`) == invalidMax })
	v.sendText("x")
	v.isClosed(CloseTooMuch)

	x.unharmed()
}

// The budget of frames: a burst is served, what is beyond is told to wait, and
// who does not is closed.
func TestFloods(t *testing.T) {
	x := newTrial(t)
	eve := actors[wall.Participant]
	v := visit(t, overTCP(t, x.h, eve)).seesAll()
	vote := func(n int) {
		v.sendText(command(n, "vote", fmt.Sprintf(`{"target":"n:%s","dots":0,"count":1}`, newID())))
	}
	const burst = frameBurst - 1 // hello was one
	for n := range burst {
		vote(n + 1)
	}
	v.until("a burst served", func() bool { return strings.Count(v.texts.String(), `"not_found"`) == burst })
	var flood sync.WaitGroup
	flood.Go(func() {
		for n := range 10 * overMax {
			vote(burst + n + 1)
		}
	})
	v.isClosed(CloseTooMuch)
	flood.Wait()
	if !strings.Contains(v.all(), `"code":"rate"`) {
		t.Error("nobody was told to wait")
	}
	v = visit(t, overTCP(t, x.h, eve)).seesAll()
	flood.Go(func() {
		for range 20 * overMax {
			if v.conn.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(time.Second)) != nil {
				return
			}
		}
	})
	v.isClosed(CloseTooMuch)
	flood.Wait()
	x.unharmed()
}

// Before hello nothing is done.
func TestCommandBeforeHello(t *testing.T) {
	x := newTrial(t)
	v := meet(t, overTCP(t, x.h, actors[wall.Owner]))
	if why := v.answer(v.ask(wall.Freeze{On: true})); why == nil || why.Code != wall.Invalid {
		t.Error(why)
	}
	x.unharmed()
}
