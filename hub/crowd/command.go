package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// Post makes the command that posts a note.
func (w *Wall) Post(n uint64, number int, theme, kind string) []byte {
	return asked(n, "post", 0, wall.Post{ID: w.ID(number), Theme: theme, Kind: kind, Text: w.Text(number), Lang: "en"})
}

// Vote makes the command that puts dots on a note. There are many thousands of
// them in a second, so it is written by hand; a test holds it against the
// domain's own.
func (w *Wall) Vote(n uint64, number, dots int) []byte {
	b := strconv.AppendUint(append(make([]byte, 0, 160), `{"command":{"n":`...), n, 10)
	b = append(append(b, `,"do":"vote","with":{"target":"n:`...), w.ID(number)...)
	b = strconv.AppendInt(append(b, `","dots":`...), int64(dots), 10)
	b = strconv.AppendUint(append(b, `,"count":`...), n, 10)
	return append(b, "}}}"...)
}

func asked(n uint64, do string, seen uint64, with any) []byte {
	raw, err := json.Marshal(with)
	if err == nil {
		raw, err = json.Marshal(hub.Incoming{Command: &hub.Command{N: n, Do: do, Seen: seen, With: raw}})
	}
	if err != nil {
		panic("crowd: " + err.Error()) // of our own making
	}
	return raw
}

// Do has a phone, or a desk, ask something, and waits until it is done.
func (c *Crowd) Do(ctx context.Context, phone int, do string, with any) error {
	p := c.phones[phone]
	at, refused := p.At().Revision, c.Refused()
	p.Ask(-1, func(n uint64) []byte { return asked(n, do, at, with) })
	if err := c.Until(ctx, func() bool { return p.Unanswered() == 0 }); err != nil {
		return fmt.Errorf("%s was not answered: %w", do, err)
	}
	if c.Refused() > refused {
		return fmt.Errorf("%s was refused: %v", do, c.Refusals())
	}
	return nil
}
