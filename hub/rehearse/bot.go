package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// How a bot comes back, like the phones' own pages do.
const (
	backFirst = 250 * time.Millisecond
	backMost  = 8 * time.Second
	quietMost = 90 * time.Second // without a frame or a ping: the connection is dead
)

// news is what a bot tells the crowd.
type news struct {
	bot     *bot
	joined  bool                       // its first snapshot is here
	has     map[string]json.RawMessage // the wall's settings when it joined
	reached *order                     // see order.reach
	acked   *command
	refused *command
	why     wall.Refusal
	trouble error // it is not connected, and will try again
	gone    error // it will not come back by itself
}

// bot is one phone, or the moderator's desk: one identity, one socket at a
// time, a view. Its own goroutine (run) owns all of it but the channels.
type bot struct {
	name   string // for messages
	face   hub.Face
	code   string
	dialer *dialer
	decode *decoder
	cookie func(context.Context) (string, error)
	inbox  chan order  // from the crowd, with room for all that may be on its way
	news   chan<- news // to the crowd, likewise
	sent   *sendings

	view      view
	me        string // its own tag
	carries   string // the cookie
	n         uint64
	held      []order             // not yet to be sent
	open      map[uint64]*command // sent, not answered
	goal      *order              // of reach
	again     chan uint64
	joined    bool
	seen      []bool // by the script's number of the note
	latencies []time.Duration
	returns   int // how often it came back
}

// sendings says when each note of the script was first sent, for all bots.
type sendings struct {
	start time.Time
	at    []atomic.Int64 // since start, in ns; zero: not yet
	of    map[string]int // the script's number, by the note's id on the wall
}

// run lives until ctx ends or the hub will not have the bot.
func (b *bot) run(ctx context.Context) {
	wait := time.Duration(0)
	for {
		conn, err := b.come(ctx)
		if err == nil {
			if b.joined {
				b.returns++
			}
			before := b.view.at
			err = b.live(ctx, conn)
			if b.view.at != before {
				wait = 0
			}
		}
		var away *crowd.TurnedAway
		if ctx.Err() != nil {
			return
		}
		if errors.As(err, &away) {
			b.tell(ctx, news{bot: b, gone: err})
			return
		}
		b.tell(ctx, news{bot: b, trouble: err})
		wait = min(max(backFirst, 2*wait), backMost)
		pause := wait/2 + rand.N(wait)
		var later *crowd.Later
		if errors.As(err, &later) && later.After > 0 {
			pause += later.After
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// come gets the bot its cookie, once, and a socket.
func (b *bot) come(ctx context.Context) (*websocket.Conn, error) {
	if b.carries == "" {
		cookie, err := b.cookie(ctx)
		if err != nil {
			return nil, err
		}
		b.carries = cookie
	}
	return b.dialer.dial(ctx, b.code, b.face, b.carries)
}

// live leads one connection from hello to its end.
func (b *bot) live(ctx context.Context, conn *websocket.Conn) error {
	messages, done := make(chan *hub.Outgoing, 16), make(chan struct{})
	ended := make(chan error, 1)
	go func() { ended <- b.read(conn, messages, done) }()
	over := false
	defer func() {
		close(done)
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		_ = conn.Close()
		if !over {
			<-ended //nolint:errcheck // it was we who closed
		}
	}()
	if err := b.hello(conn); err != nil {
		return err
	}
	if err := b.resend(conn); err != nil {
		return err
	}
	asked := false // hello said again, its answer still to come
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err = <-ended:
			over = true
			return closed(err)
		case m := <-messages:
			notes, took, gap := b.view.fold(m)
			if took {
				asked = false
				b.looked(notes)
			}
			if gap && !asked {
				asked = true
				err = b.hello(conn)
			}
			if m.Welcome != nil && m.Welcome.Protocol != hub.Protocol {
				return &crowd.TurnedAway{Why: fmt.Sprintf("the hub speaks protocol %d, this program %d", m.Welcome.Protocol, hub.Protocol)}
			}
			b.heard(ctx, m)
		case o := <-b.inbox:
			if o.reach {
				b.goal = &o
			} else {
				b.held = append(b.held, o)
			}
		case n := <-b.again:
			if c := b.open[n]; c != nil {
				err = write(conn, c.raw)
			}
		}
		if err == nil {
			err = b.send(conn)
		}
		if err != nil {
			return err
		}
		if g := b.goal; g != nil && b.view.whole && b.view.at.Revision >= g.since {
			b.goal = nil
			b.tell(ctx, news{bot: b, reached: g})
		}
	}
}

// read reads until the connection ends. It owns nothing but its buffer.
func (b *bot) read(conn *websocket.Conn, to chan<- *hub.Outgoing, done <-chan struct{}) error {
	quiet := func() error { return conn.SetReadDeadline(time.Now().Add(quietMost)) }
	pong := conn.PingHandler()
	conn.SetPingHandler(func(s string) error {
		if err := quiet(); err != nil {
			return err
		}
		return pong(s)
	})
	var buffer bytes.Buffer
	for {
		if err := quiet(); err != nil {
			return err
		}
		_, r, err := conn.NextReader()
		if err != nil {
			return err
		}
		buffer.Reset()
		if _, err := buffer.ReadFrom(r); err != nil {
			return err
		}
		m, err := b.decode.decode(b.face, buffer.Bytes())
		if err != nil {
			return &crowd.TurnedAway{Why: err.Error()}
		}
		select {
		case to <- m:
		case <-done:
			return nil
		}
	}
}

// hello says where the bot is.
func (b *bot) hello(conn *websocket.Conn) error {
	raw, err := json.Marshal(hub.Incoming{Hello: &b.view.at})
	if err != nil {
		return err
	}
	return write(conn, raw)
}

// looked notes when each note was first to be seen here.
func (b *bot) looked(notes map[string]*wall.NoteView) {
	now := time.Since(b.sent.start)
	for id, n := range notes {
		i, known := b.sent.of[id]
		if n == nil || !known || b.seen[i] {
			continue
		}
		b.seen[i] = true
		b.latencies = append(b.latencies, now-time.Duration(b.sent.at[i].Load()))
	}
}

// tell tells the crowd, unless it has stopped listening.
func (b *bot) tell(ctx context.Context, n news) {
	select {
	case b.news <- n:
	case <-ctx.Done():
	}
}

func write(conn *websocket.Conn, raw []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(socketWrite)); err != nil {
		return err
	}
	return conn.WriteMessage(websocket.TextMessage, raw)
}

// The close codes after which a bot does not come back: a rehearsal waits for no wall
// to be put back.
const (
	wallMissing = 3004
	notAllowed  = 4001
	noSuchWall  = 4004
	oldPage     = 4010
)

// closed says whether the end of a connection is final.
func closed(err error) error {
	var end *websocket.CloseError
	if !errors.As(err, &end) {
		return err
	}
	switch end.Code {
	case notAllowed:
		return &crowd.TurnedAway{Why: "the hub no longer lets it in (4001)"}
	case noSuchWall:
		return &crowd.TurnedAway{Why: "there is no such wall any more (4004)"}
	case wallMissing:
		return &crowd.TurnedAway{Why: "the store has lost the wall (3004)"}
	case oldPage:
		return &crowd.TurnedAway{Why: "the hub speaks a newer protocol: use the wall program of the same version (4010)"}
	}
	return fmt.Errorf("the connection ended: %w", err)
}
