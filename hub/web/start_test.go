package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// spoils makes the wall of the stand a newer version's, as one hub of many that
// is upgraded before this one does.
func (s *stand) spoils() {
	s.t.Helper()
	ctx, id := s.t.Context(), s.wall.Wall
	at, _, err := s.Hub.Store.Load(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	newer := store.Batch{After: at, To: at.Revision + 1, Entries: []wall.Entry{{Key: "meta", Value: []byte(`{"schema":99}`)}}}
	if err := s.Hub.Store.Commit(ctx, id, newer); err != nil {
		s.t.Fatal(err)
	}
}

// A wall that cannot be read is told of; the others are found and made as ever.
func TestAWallThatCannotBeRead(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	other := s.another()
	for range 9 { // from the tenth on it matters which walls are closed
		s.another()
	}
	s.spoils()
	list := says[struct{ Walls []Standing }](t, s.wants(http.StatusOK, call{path: "/walls", cookies: owner})).Walls
	if len(list) != 11 {
		t.Fatalf("%d walls", len(list))
	}
	for _, w := range list {
		if bad := w.Code == s.wall.Code; w.Unreadable != bad || (w.Title == "") != bad {
			t.Errorf("%+v", w)
		}
	}
	made := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/walls", body: `{"title":"Boden"}`, cookies: owner})
	if code := codeOf(t, made); len(code) != 8 {
		t.Errorf("with twelve walls: %s", code)
	}
	walls, _, err := s.Begin(t.Context(), Wanted{})
	if err != nil || len(walls) != 12 {
		t.Errorf("a start: %d walls, %v", len(walls), err)
	}
	link, err := s.OwnerLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if oldest := walls[slices.IndexFunc(walls, func(w Standing) bool { return !w.Unreadable })]; link != oldest.Link+"#"+secretOf(link) {
		t.Errorf("%s does not lead to %s", link, oldest.Link)
	}
	s.wants(http.StatusOK, call{path: "/api/wall/" + other.Code})
}

// A start asks a store again that does not answer, until it is to ask no more.
func TestAStartGivesUpWhenItIsTo(t *testing.T) {
	s := stood(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Hub.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if walls, _, err := s.Begin(ctx, Wanted{}); err == nil {
		t.Errorf("%+v of a closed store", walls)
	}
	// What is refused is not asked again.
	if _, _, err := s.Begin(t.Context(), Wanted{Title: string(make([]byte, 10*wall.TitleMax))}); err == nil {
		t.Error("a title of nothing but zeros")
	}
}

// frozen is a store whose tables nobody can list any more, as one behind a
// network that swallows everything.
type frozen struct {
	store.Store
	is atomic.Bool
}

func (f *frozen) List(ctx context.Context, table string) (map[string][]byte, error) {
	if !f.is.Load() {
		return f.Store.List(ctx, table)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// A process that is told to end does not wait for a store that does not answer.
func TestCloseWaitsForNoStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &frozen{Store: memstore.New()}
		h := hub.New(hub.Config{Store: f, Now: time.Now, Random: rand.Reader, Log: kept(t), Build: "b"})
		s, err := New(t.Context(), Config{Hub: h, Files: built, Now: time.Now, Log: kept(t), PublicURL: "http://wall.lan:8080", Key: testKey})
		if err != nil {
			t.Fatal(err)
		}
		f.is.Store(true)
		time.Sleep(SweepEvery)
		synctest.Wait() // the sweep waits for the store
		began := time.Now()
		s.Close()
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %v", took)
		}
		if err := errors.Join(h.Close(t.Context()), f.Close()); err != nil {
			t.Error(err)
		}
	})
}
