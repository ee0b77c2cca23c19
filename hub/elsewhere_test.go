package hub

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// among is a hub that knows that it is not alone.
func among(t *testing.T, s store.Store, name string) *Hub {
	t.Helper()
	h := New(Config{Store: s, Build: "test", Name: name})
	t.Cleanup(func() { closeHub(t, h) })
	return h
}

// "Here" is the hall, whichever hub its phones have reached.
func TestPhonesAtOtherHubsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		one, two := among(t, s, "one"), among(t, s, "two")
		makeWall(t, one, testWall, nil)
		screen := join(t, one, desk(mona))
		here := func(n int) {
			t.Helper()
			began := time.Now()
			screen.until(fmt.Sprintf("%d are here", n), func() bool { return screen.view.Here == n })
			if took := time.Since(began); took > 2*censusEvery+hereEvery {
				t.Errorf("%d are here: told after %v", n, took)
			}
		}
		var there []*visitor
		for i := range 3 {
			there = append(there, join(t, two, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)})))
		}
		join(t, one, phone(ann))
		here(4)
		_ = there[0].conn.Close()
		here(3)
		closeHub(t, two)
		here(1)
		if all, err := s.List(t.Context(), tableHubs); err != nil || len(all) != 1 {
			t.Errorf("%d hubs are still listed: %v", len(all), err)
		}
	})
}

// A hub that has ended without a word is not counted for long, and its record
// does not stay.
func TestAHubThatDiedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		one := among(t, s, "one")
		makeWall(t, one, testWall, nil)
		record := fmt.Sprintf(`{"beat":7,"phones":{%q:40}}`, testWall)
		for name, text := range map[string]string{"dead": record, "newer": `"?"`} {
			if err := s.Put(t.Context(), tableHubs, name, nil, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		screen := join(t, one, desk(mona))
		screen.until("forty are here", func() bool { return screen.view.Here == 40 })
		began := time.Now()
		later((censusMute - 1) * censusEvery)
		screen.until("still forty", func() bool { return screen.view.Here == 40 })
		screen.until("nobody is here", func() bool { return screen.view.Here == 0 })
		if took := time.Since(began); took > (censusMute+1)*censusEvery {
			t.Errorf("forgotten after %v", took)
		}
		if v, err := s.Get(t.Context(), tableHubs, "dead"); err != nil || v != nil {
			t.Errorf("%s %v", v, err)
		}
	})
}

// unsure is a store whose Put is done, and says that nobody knows.
type unsure struct{ store.Store }

func (u unsure) Put(ctx context.Context, table, key string, old, value []byte) error {
	return errors.Join(u.Store.Put(ctx, table, key, old, value), errors.New("nobody knows"))
}

func TestTheCensusGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		one, two := among(t, s, "one"), among(t, unsure{s}, "two")
		makeWall(t, one, testWall, nil)
		screen := join(t, one, desk(mona))
		for i := range 3 {
			join(t, two, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}))
			screen.until(fmt.Sprintf("%d are here", i+1), func() bool { return screen.view.Here == i+1 })
		}
	})
}
