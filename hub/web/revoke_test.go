package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"crypto/rand"

	"openspacewall/hub"
	"openspacewall/hub/store/memstore"
)

// watched is a store that says when something of a table is about to be read.
type watched struct {
	*memstore.Store
	reads atomic.Pointer[func(table string)]
}

func (w *watched) Get(ctx context.Context, table, key string) ([]byte, error) {
	if f := w.reads.Load(); f != nil {
		(*f)(table)
	}
	return w.Store.Get(ctx, table, key)
}

// Whoever is revoked between the question who they are and the open door does
// not come in to stay.
func TestRevokedWhileComingIn(t *testing.T) {
	for _, what := range []string{"a moderator", "a login that is ended"} {
		t.Run(what, func(t *testing.T) {
			store := &watched{Store: memstore.New()}
			c := &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
			h := hub.New(hub.Config{Store: store, Now: c.now, Random: rand.Reader, Log: kept(t), Build: "b"})
			t.Cleanup(func() {
				if err := h.Close(context.Background()); err != nil {
					t.Error(err)
				}
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
			s, on := live(t, func(c *Config) { c.Hub = h })
			owner := s.asOwner()
			id, cookies := s.invited(owner, "Amina")
			revoke := call{method: http.MethodDelete, path: "/" + s.wall.Code + "/people/" + id, cookies: owner}
			if what != "a moderator" {
				revoke = call{method: http.MethodPost, path: "/" + s.wall.Code + "/leave", cookies: cookies}
			}
			once := func(table string) {
				if table != tableCodes { // read when it is known already who asks
					return
				}
				store.reads.Store(nil)
				s.wants(http.StatusNoContent, revoke)
			}
			store.reads.Store(&once)
			if got := turned(t, on, "/"+s.wall.Code+"/socket?face=desk", cookies); got != hub.CloseDismissed && got != hub.CloseComeBack {
				t.Errorf("closed with %d", got)
			}
		})
	}
}
