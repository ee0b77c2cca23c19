package hub

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// garbled is a store with a doorbell that says other things than it is told.
type garbled struct {
	store.Store
	say func(string) string
}

func (g garbled) Watch(ctx context.Context, ring store.Ring) error {
	return g.Store.Watch(ctx, func(id string, n *store.News) {
		if n != nil && n.Said != "" {
			other := *n
			other.Said = g.say(n.Said)
			n = &other
		}
		ring(id, n)
	})
}

// What a hub cannot hear it asks the store for, at once: what another version of
// this program says without a word, what fits nothing with one in the log.
func TestWhatCannotBeHeardIsRead(t *testing.T) {
	for what, say := range map[string]func(string) string{
		"another version": func(said string) string { return "\x7f" + said[1:] },
		"cut off":         func(said string) string { return said[:len(said)-1] },
		"nothing":         func(string) string { return "" },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := memstore.New()
				var text bytes.Buffer
				one := openHub(t, s)
				two := New(Config{Store: garbled{s, say}, Build: "test", Log: slog.New(slog.NewTextHandler(&text, nil))})
				defer closeHub(t, two)
				makeWall(t, one, testWall, func(s *wall.Settings) { s.Rehearsal = true })
				writer, reader := join(t, one, phone(ann)), join(t, two, phone(bo))
				later(time.Second)
				for range 3 {
					began := time.Now()
					reader.sees(writer.posts("x"))
					if took := time.Since(began); took > 100*time.Millisecond {
						t.Errorf("seen after %v", took)
					}
				}
				target := "n:" + writer.posts("vote for this")
				for i := range 3 {
					writer.does(writer.vote(target, i+1))
				}
				later(time.Second)
				reader.equals(s, testWall, wall.Hall)
				if said := strings.Contains(text.String(), "cannot be taken"); said != (what == "cut off") {
					t.Errorf("the log says %s", text.String())
				}
			})
		})
	}
}
