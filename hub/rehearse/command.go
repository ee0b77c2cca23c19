package rehearse

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

const (
	// againMost is the wait before a refused command is sent again, when the
	// hub names no time.
	againMost = 2 * time.Second
	// eachMost is how many commands of one bot may be unanswered: a hub stops
	// listening to who asks and asks.
	eachMost = 32
	// longest is how long a hub may ask a bot to wait.
	longest = 30 * time.Second
)

// order is a command that the crowd has a bot send.
type order struct {
	do    string
	with  any    // CastVote gets its Count from the bot: the command's own number
	see   string // a note that must be seen first: people act on what they see
	since uint64 // or this revision reached
	event int    // of the script; -1: none
	note  int    // of the script; -1: none
	reach bool   // no command: report when the view is at since
}

// command is an order with its number, kept until it is answered.
type command struct {
	order
	n        uint64
	raw      []byte
	first    time.Time // sent
	revision uint64    // of its ack
	took     time.Duration
}

// resend sends again what was never answered: each under its old number and
// with its old ids, so that it happens once.
func (b *bot) resend(conn *websocket.Conn) error {
	for _, n := range slices.Sorted(maps.Keys(b.open)) {
		if err := write(conn, b.open[n].raw); err != nil {
			return err
		}
	}
	return nil
}

// send sends what is held, in order, as far as the view has come.
func (b *bot) send(conn *websocket.Conn) error {
	for b.view.whole && len(b.held) > 0 && len(b.open) < eachMost {
		o := b.held[0]
		if o.see != "" && b.view.notes[o.see] == nil && b.view.at.Revision < o.since {
			return nil
		}
		b.held = b.held[1:]
		b.n++
		if vote, is := o.with.(wall.CastVote); is {
			vote.Count = b.n
			o.with = vote
		}
		with, err := json.Marshal(o.with)
		if err != nil {
			return err
		}
		asked := &hub.Command{N: b.n, Do: o.do, With: with}
		if b.face == hub.Desk {
			asked.Seen = b.view.at.Revision
		}
		raw, err := json.Marshal(hub.Incoming{Command: asked})
		if err != nil {
			return err
		}
		c := &command{order: o, n: b.n, raw: raw, first: time.Now()}
		b.open[c.n] = c
		if o.do == "post" {
			b.sent.at[o.note].Store(int64(c.first.Sub(b.sent.start)))
		}
		if err := write(conn, raw); err != nil {
			return err
		}
	}
	return nil
}

// heard takes what is said to this bot alone.
func (b *bot) heard(ctx context.Context, m *hub.Outgoing) {
	switch {
	case m.Me != nil:
		b.me = m.Me.ID
	case m.Ack != nil:
		c := b.open[m.Ack.N]
		if c == nil {
			return // acknowledged before the connection broke, and again
		}
		delete(b.open, c.n)
		c.revision, c.took = m.Ack.Revision, time.Since(c.first)
		b.tell(ctx, news{bot: b, acked: c})
	case m.Refused != nil:
		c := b.open[m.Refused.N]
		if c == nil {
			return
		}
		switch m.Refused.Code {
		case wall.Rate, wall.Busy, wall.Unavailable:
			b.later(ctx, c.n, time.Duration(m.Refused.After)*time.Millisecond)
		default:
			delete(b.open, c.n)
			b.tell(ctx, news{bot: b, refused: c, why: m.Refused.Refusal})
		}
	}
	if b.view.whole && !b.joined {
		b.joined = true
		b.tell(ctx, news{bot: b, joined: true, has: maps.Clone(b.view.settings)})
	}
}

// later has a command sent again after a while.
func (b *bot) later(ctx context.Context, n uint64, after time.Duration) {
	if after <= 0 {
		after = againMost/2 + rand.N(againMost/2)
	}
	time.AfterFunc(min(after, longest), func() {
		select {
		case b.again <- n:
		case <-ctx.Done():
		}
	})
}
