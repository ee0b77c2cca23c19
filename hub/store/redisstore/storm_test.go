package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/wall"
)

// The storm: walls whose writers commit as fast as they can, so that whoever
// looks afterwards knows every byte that must be there.

// stormBatch is what a wall's writer commits as its nth, on top of at: whoever
// looks afterwards knows every byte that must be there.
func stormBatch(room, n int, at wall.Position) store.Batch {
	m := fmt.Sprintf("#w%dn%d#", room, n)
	b := store.Batch{
		After: at, To: at.Revision + 1,
		Entries: []wall.Entry{
			{Key: fmt.Sprintf("ballot/%d", n*7919%61), Value: []byte("ballot " + m)},
			{Key: fmt.Sprintf("note/%d", n%97), Value: []byte("note " + m + strings.Repeat(" text", n%40))},
			{Key: "meta", Value: []byte(m)},
		},
		Log: []byte("log " + m),
	}
	if n%11 == 0 {
		b.Entries = append(b.Entries, wall.Entry{Key: fmt.Sprintf("note/%d", (n+92)%97)})
	}
	return b
}

// stormed reads a storm's wall: where it is, and how many commits it holds; an
// error says what is not as those left it, once each and in their order.
func stormed(s *redisstore.Store, id string, room int) (at wall.Position, n int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	at, entries, err := s.Load(ctx, id)
	if err != nil {
		return at, 0, err
	}
	log, err := s.Log(ctx, id, 0, 1<<20)
	if err != nil {
		return at, 0, err
	}
	want, got := map[string]string{}, map[string]string{}
	for i, l := range log {
		b := stormBatch(room, i+1, at)
		if string(l.Log) != string(b.Log) {
			return at, 0, fmt.Errorf("log entry %d is %d %q", i+1, l.Revision, l.Log)
		}
		for _, e := range b.Entries {
			if e.Value == nil {
				delete(want, e.Key)
			} else {
				want[e.Key] = string(e.Value)
			}
		}
	}
	for _, e := range entries {
		got[e.Key] = string(e.Value)
	}
	if !maps.Equal(want, got) {
		return at, 0, fmt.Errorf("other values than those of %d commits", len(log))
	}
	return at, len(log), nil
}

// storm is the one writer of a wall.
type storm struct {
	t    testing.TB
	s    *redisstore.Store
	id   string
	room int
	at   wall.Position
	told int // commits that were acknowledged, or seen to be stored
}

func newStorm(t testing.TB, s *redisstore.Store, room int) *storm {
	x := &storm{t: t, s: s, id: fmt.Sprintf("wall-%x", rand.Uint64()), room: room, at: wall.Position{Epoch: "storm"}}
	if err := s.Create(within(t, 10*time.Second), x.id, store.Batch{After: x.at}); err != nil {
		t.Fatal(err)
	}
	return x
}

// commit commits the next. After a restart of Redis another epoch has begun,
// and it is asked again on top of that.
func (x *storm) commit(ctx context.Context) error {
	b := stormBatch(x.room, x.told+1, x.at)
	err := x.s.Commit(ctx, x.id, b)
	var moved *store.ConflictError
	if errors.As(err, &moved) && moved.At.Epoch != x.at.Epoch {
		x.at = moved.At
		b = stormBatch(x.room, x.told+1, x.at)
		err = x.s.Commit(ctx, x.id, b)
	}
	if err == nil {
		x.at = b.End()
		x.told++
	}
	return err
}

// look compares what is stored with what was told, and says how many more there
// are, none or the one that was under way.
func (x *storm) look(s *redisstore.Store) (more int) {
	x.t.Helper()
	at, n, err := stormed(s, x.id, x.room)
	if err != nil {
		x.t.Fatalf("room %d: %v", x.room, err)
	}
	if n < x.told || n > x.told+1 {
		x.t.Fatalf("room %d: %d commits were acknowledged, %d are stored", x.room, x.told, n)
	}
	more = n - x.told
	x.at, x.told = at, n
	return more
}
