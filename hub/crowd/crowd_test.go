package crowd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted is a wire of numbers: a hub says "s 1 2 3" for a snapshot, then
// "f 4 5", and answers "c 7" with "a 7".
type counted struct{ absolute bool }

func (counted) Hello(at wall.Position) []byte { return fmt.Appendf(nil, "h %d", at.Revision) }
func (counted) Shared(raw []byte) bool        { return raw[0] == 'f' }
func (w counted) Absolute() bool              { return w.absolute }
func (counted) Decode(raw []byte) (*Message, error) {
	m := &Message{Kind: Loose}
	words := strings.Fields(string(raw))
	var numbers []int
	for _, word := range words[1:] {
		n := 0
		if _, err := fmt.Sscan(word, &n); err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	switch words[0] {
	case "s", "f":
		m.Notes = numbers
	case "a":
		m.Kind, m.N = Ack, uint64(numbers[0])
	case "r":
		m.Kind, m.N, m.Code = Refused, uint64(numbers[0]), wall.Full
	case "l":
		m.Kind, m.N, m.Code, m.After = Refused, uint64(numbers[0]), wall.Busy, time.Millisecond
	}
	return m, nil
}

// parrot is a hub for tests: it tells everyone what it is told to.
type parrot struct {
	t      *testing.T
	server *httptest.Server
	heard  func(p *parrot, c *websocket.Conn, text string) // what a phone says
	knock  func(w http.ResponseWriter) bool                // false: it has been answered

	mu    sync.Mutex
	conns map[*websocket.Conn]bool
	hello []string
}

func newParrot(t *testing.T) *parrot {
	p := &parrot{t: t, conns: map[*websocket.Conn]bool{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(func() {
		p.server.CloseClientConnections()
		p.server.Close()
	})
	return p
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.knock != nil && !p.knock(w) {
		return
	}
	conn, err := (&websocket.Upgrader{EnableCompression: true}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			p.mu.Lock()
			delete(p.conns, conn)
			p.mu.Unlock()
			return
		}
		p.mu.Lock()
		if strings.HasPrefix(string(text), "h") {
			p.hello = append(p.hello, string(text))
			p.conns[conn] = true
			conn.WriteMessage(websocket.TextMessage, []byte("s"))
		} else if p.heard != nil {
			p.heard(p, conn, string(text))
		}
		p.mu.Unlock()
	}
}

// tell tells everyone; but is told for each, and may tell it something else.
func (p *parrot) tell(text string, but func(i int, c *websocket.Conn) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := 0
	for c := range p.conns {
		if but == nil || but(i, c) {
			c.WriteMessage(websocket.TextMessage, []byte(text))
		}
		i++
	}
}

func head(int, wall.Position) []byte {
	return []byte("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + UpgradeKey + "\r\n\r\n")
}

// gather brings n phones to the parrot, on each kind of line in turn.
func gather(t *testing.T, p *parrot, n int, change func(*Options), f func(t *testing.T, c *Crowd)) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain %v", plain), func(t *testing.T) {
			o := Options{Phones: n, Address: p.server.Listener.Addr().String(), Head: head, Wire: counted{}, Notes: 100, Plain: plain}
			if change != nil {
				change(&o)
			}
			c, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.Come(soon(t), 0, n); err != nil {
				t.Fatal(err)
			}
			f(t, c)
			c.Close()
			await(t, "all gone", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.conns) == 0 })
		})
	}
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	if err := (&Crowd{}).Until(soon(t), so); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestEveryNoteAtEveryPhoneIsCounted(t *testing.T) {
	p := newParrot(t)
	gather(t, p, 20, nil, func(t *testing.T, c *Crowd) {
		for i := range 10 {
			c.Phone(0).SendNote(i, []byte("note"))
			p.tell(fmt.Sprintf("f %d", i), nil)
		}
		await(t, "delivered", func() bool { return c.Delivered() == 200 })
		if c.Missing(0, 20, 0, 10) != 0 || c.Doubled() != 0 || c.Live() != 200 || c.Seen.Times().Count() != 200 {
			t.Errorf("%d missing, %d doubled, %d live", c.Missing(0, 20, 0, 10), c.Doubled(), c.Live())
		}
	})
}

// The negative controls: what a hub loses or doubles is found, and how often.
func TestLossAndDoublingAreFound(t *testing.T) {
	p := newParrot(t)
	gather(t, p, 20, nil, func(t *testing.T, c *Crowd) {
		c.Phone(0).SendNote(0, nil)
		c.Phone(0).SendNote(1, nil)
		p.tell("f 0", func(i int, _ *websocket.Conn) bool { return i >= 3 }) // three do not get it
		p.tell("f 1 1", nil)                                                 // all get it twice
		p.tell("f 2", nil)
		await(t, "the last", func() bool { return c.Missing(0, 20, 2, 3) == 0 })
		if m, d := c.Missing(0, 20, 0, 3), c.Doubled(); m != 3 || d != 20 {
			t.Errorf("%d missing, %d doubled", m, d)
		}
	})
}

// A crowd that offers it takes deflated messages as they are meant.
func TestDeflatedMessages(t *testing.T) {
	p := newParrot(t)
	offer := func(o *Options) {
		o.Head = func(i int, at wall.Position) []byte {
			return append(bytes.TrimSuffix(head(i, at), []byte("\r\n")), DeflateOffer+"\r\n"...)
		}
	}
	gather(t, p, 5, offer, func(t *testing.T, c *Crowd) {
		_, before := c.Received()
		p.tell("f 1 2 3"+strings.Repeat(" ", 5000), nil)
		await(t, "delivered", func() bool { return c.Delivered() == 15 })
		if _, after := c.Received(); after-before > 1000 {
			t.Errorf("%d bytes: nothing was deflated", after-before)
		}
	})
	if _, err := inflate([]byte{0xff, 0xff}); err == nil {
		t.Error("what is not deflated is inflated")
	}
	if _, _, err := readAnswer([]byte("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + upgradeAccept + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")); err == nil {
		t.Error("a window for each phone is agreed to")
	}
}

func TestCommandsAreSentAgainUntilTheyAreAnswered(t *testing.T) {
	p := newParrot(t)
	times := map[string]int{}
	p.heard = func(p *parrot, c *websocket.Conn, text string) {
		times[text]++
		switch {
		case text == "c 1" && times[text] == 1:
			c.WriteMessage(websocket.TextMessage, []byte("l 1")) // later
		case text == "c 2" && times[text] == 1:
			c.Close() // and not answered
		case text == "c 3":
			c.WriteMessage(websocket.TextMessage, []byte("r 3"))
		default:
			c.WriteMessage(websocket.TextMessage, []byte("a "+text[2:]))
		}
	}
	gather(t, p, 1, nil, func(t *testing.T, c *Crowd) {
		clear(times)
		for range 3 {
			c.Phone(0).Ask(-1, func(n uint64) []byte { return fmt.Appendf(nil, "c %d", n) })
		}
		await(t, "answers", func() bool { return c.Open() == 0 })
		if c.Asked() != 3 || c.Acked() != 2 || c.Refused() != 1 || c.Again() != 1 || c.Refusals()[wall.Full] != 1 ||
			c.Dropped() != 1 || c.Returned() != 1 || times["c 2"] != 2 {
			t.Errorf("%d asked, %d acked, %v, %d dropped, %v", c.Asked(), c.Acked(), c.Refusals(), c.Dropped(), times)
		}
	})
}

// Whoever asks the next as soon as it is answered is never out of breath; what is
// only put off is not answered yet.
func TestAnsweredPhonesMayAskAgain(t *testing.T) {
	p := newParrot(t)
	later := map[string]bool{}
	p.heard = func(p *parrot, c *websocket.Conn, text string) {
		n := text[2:]
		switch {
		case n == "3" && !later[c.RemoteAddr().String()]:
			later[c.RemoteAddr().String()] = true
			c.WriteMessage(websocket.TextMessage, []byte("l "+n))
		case n == "7":
			c.WriteMessage(websocket.TextMessage, []byte("r "+n))
		default:
			c.WriteMessage(websocket.TextMessage, []byte("a "+n))
		}
	}
	const phones, most = 5, 50
	var c *Crowd
	var asked [phones]int
	ask := func(phone int) {
		if asked[phone]++; asked[phone] <= most {
			c.Phone(phone).Ask(-1, func(n uint64) []byte { return fmt.Appendf(nil, "c %d", n) })
		}
	}
	gather(t, p, phones, func(o *Options) { o.Answered = ask }, func(t *testing.T, made *Crowd) {
		c, asked = made, [phones]int{}
		for phone := range phones {
			ask(phone)
		}
		await(t, "answers", func() bool { return c.Acked()+c.Refused() == phones*most })
		if c.Asked() != phones*most || c.Open() != 0 || c.Refused() != phones || c.Again() != phones {
			t.Errorf("%d asked, %d open, %d refused, %d again", c.Asked(), c.Open(), c.Refused(), c.Again())
		}
	})
}

func TestPhonesComeBackOrStay(t *testing.T) {
	p := newParrot(t)
	cut := func(c *Crowd) {
		p.tell("f 0", nil)
		await(t, "first", func() bool { return c.Missing(0, 5, 0, 1) == 0 })
		p.mu.Lock()
		for conn := range p.conns {
			conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1012, ""))
			conn.Close()
			break
		}
		p.mu.Unlock()
		await(t, "the drop", func() bool { return c.Dropped() == 1 })
	}
	gather(t, p, 5, nil, func(t *testing.T, c *Crowd) {
		cut(c)
		await(t, "the return", func() bool { return c.Whole(0, 5) == 5 })
		if c.Closed()[1012] != 1 || c.Returned() != 1 {
			t.Error(c.Closed(), c.Returned())
		}
		c.Phone(3).Drop()
		await(t, "who dropped itself", func() bool { return c.Returned() == 2 })
		if c.Dropped() != 1 {
			t.Error(c.Dropped())
		}
	})
	gather(t, p, 5, func(o *Options) { o.Stay = true }, func(t *testing.T, c *Crowd) {
		cut(c)
		if c.Whole(0, 5) != 4 {
			t.Error(c.Whole(0, 5))
		}
	})
}

func TestTheDoor(t *testing.T) {
	var mu sync.Mutex
	left := 0
	p := newParrot(t)
	p.knock = func(w http.ResponseWriter) bool {
		mu.Lock()
		defer mu.Unlock()
		if left--; left >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		}
		return true
	}
	left = 2
	gather(t, p, 3, nil, func(t *testing.T, c *Crowd) {
		mu.Lock()
		defer mu.Unlock()
		if c.Turned() != 2 || c.Joins.Times().Count() != 3 {
			t.Error(c.Turned())
		}
		left = 2
	})
	for status, want := range map[int]string{404: "there is no wall any more", 403: "status 403"} {
		p.knock = func(w http.ResponseWriter) bool { w.WriteHeader(status); return false }
		c, err := New(Options{Phones: 1, Address: p.server.Listener.Addr().String(), Head: head, Wire: counted{}})
		if err != nil {
			t.Fatal(err)
		}
		c.usher.bring(c.phones)
		await(t, "the answer", func() bool { return c.Trouble() != nil })
		var away *TurnedAway
		if err := c.Trouble(); !errors.As(err, &away) || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
		c.Close()
	}
}

// Who does not read takes nothing; who reads slowly takes what its line takes.
// Both are right in the end.
func TestBadReaders(t *testing.T) {
	p := newParrot(t)
	gather(t, p, 3, nil, func(t *testing.T, c *Crowd) {
		c.Phone(0).Read(NotAtAll)
		c.Phone(1).Read(Slowly)
		for i := range 50 {
			p.tell(fmt.Sprintf("f %d%s", i, strings.Repeat(" ", 100)), nil)
		}
		await(t, "the brisk", func() bool { return c.Missing(2, 3, 0, 50) == 0 })
		if n := c.Missing(0, 1, 0, 50); n < 10 { // a buffer of them may have been on its way
			t.Errorf("who does not read misses %d", n)
		}
		if n := c.Missing(1, 2, 0, 50); n == 0 {
			t.Error("the slow one has all")
		}
		await(t, "the slow", func() bool { return c.Missing(1, 2, 0, 50) == 0 })
		c.Phone(0).Read(Briskly)
		await(t, "the stalled", func() bool { return c.Missing(0, 3, 0, 50) == 0 })
	})
}

func TestManyFilesAreSaid(t *testing.T) {
	err := RaiseFiles(1 << 30)
	if err == nil || !strings.Contains(err.Error(), "ulimit -n 1073741824") {
		t.Error(err)
	}
	if err := RaiseFiles(100); err != nil {
		t.Error(err)
	}
}
