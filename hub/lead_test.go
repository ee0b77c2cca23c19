package hub

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// slow is a store that is further away than others'.
type slow struct {
	store.Store
	away time.Duration
}

func (s slow) Commit(ctx context.Context, id string, b store.Batch) error {
	later(s.away)
	defer later(s.away)
	return s.Store.Commit(ctx, id, b)
}

// A hub that is far from the store, beside two that are near it and never
// pause, would always come too late; as it is, it has its turns.
func TestFarHubHasItsTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		var hubs []*Hub
		for _, away := range []time.Duration{500 * time.Microsecond, 500 * time.Microsecond, 6 * time.Millisecond} {
			hubs = append(hubs, openHub(t, slow{inner, away}))
		}
		makeWall(t, hubs[0], testWall, func(s *wall.Settings) { s.Rehearsal = true })
		end := time.Now().Add(3 * time.Second)
		w := write(t, hubs, 12, func(int64) bool { return time.Now().After(end) })
		if w.done[2] < 4*20 || len(w.refused) > 0 || w.quantile(1) > time.Second {
			t.Errorf("done %v, refused %v, the slowest answer after %v", w.done, w.refused, w.quantile(1))
		}
		t.Log(w.done, w.quantile(.5), w.quantile(1))
	})
}
