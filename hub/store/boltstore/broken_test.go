package boltstore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// unlucky is a store whose file is about to suffer, with one value in it.
func unlucky(t *testing.T) (s *Store, at wall.Position, fatal func() []error) {
	t.Helper()
	var mu sync.Mutex
	var calls []error
	s, err := Open(filepath.Join(t.TempDir(), "walls.db"), Options{Fatal: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, err)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	at = wall.Position{Epoch: "e"}
	large := []byte(strings.Repeat("precious ", 1000))
	if err := s.Create(context.Background(), "w", store.Batch{After: at, Entries: []wall.Entry{{Key: "note/1", Value: large}}}); err != nil {
		t.Fatal(err)
	}
	return s, at, func() []error {
		mu.Lock()
		defer mu.Unlock()
		return calls
	}
}

// TestFatal_S3 takes the file away under the store: the commit ends unknown, the
// hook hears it once, nothing works any more, and Close still closes.
func TestFatal_S3(t *testing.T) {
	s, at, fatal := unlucky(t)
	ctx := context.Background()
	s.file.Close()
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = s.Commit(ctx, "w", store.Batch{After: at, To: 1}) })
	}
	all.Wait()
	for _, err := range errs {
		var conflict *store.ConflictError
		if !errors.Is(err, os.ErrClosed) || errors.As(err, &conflict) || errors.Is(err, store.ErrFull) {
			t.Errorf("Commit: %v", err)
		}
	}
	_, _, err := s.Load(ctx, "w")
	if ready := s.Ready(ctx); err == nil || ready == nil {
		t.Errorf("the broken store is read: %v, and ready: %v", err, ready)
	}
	s.Close()
	if err := s.Ready(ctx); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if calls := fatal(); len(calls) != 1 {
		t.Errorf("Fatal was called %d times: %v", len(calls), calls)
	}
}

// TestDamage_while_open changes a value on the disk under the store: the wall it
// belongs to is an error, and others are read as before.
func TestDamage_while_open(t *testing.T) {
	s, _, fatal := unlucky(t)
	ctx := context.Background()
	other := store.Batch{After: wall.Position{Epoch: "e"}, Entries: []wall.Entry{{Key: "note/1", Value: []byte("whole")}}}
	if err := s.Create(ctx, "other", other); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("P"), int64(bytes.LastIndex(content, []byte("precious")))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(ctx, "w"); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "note/1") {
		t.Errorf("Load: %v", err)
	}
	if _, all, err := s.Load(ctx, "other"); err != nil || len(all) != 1 {
		t.Errorf("Load of another wall: %v", err)
	}
	if calls := fatal(); len(calls) > 0 {
		t.Errorf("fatal: %v", calls)
	}
}

// TestCutOff_while_open cuts the file off under the store, so that its pages are
// a fault of the machine: an error for who reads, and the end for who writes.
func TestCutOff_while_open(t *testing.T) {
	s, at, fatal := unlucky(t)
	ctx := context.Background()
	if err := os.Truncate(s.path, 2*int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(ctx, "w"); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("Load: %v", err)
	}
	if err := s.Commit(ctx, "w", store.Batch{After: at, To: 1}); err == nil || len(fatal()) != 1 {
		t.Errorf("Commit: %v, fatal: %v", err, fatal())
	}
}

// TestGroup_each_alone hands the committer good and bad batches at once: the bad
// ones are refused, each for its own reason, and spoil nothing.
func TestGroup_each_alone(t *testing.T) {
	s, at, _ := unlucky(t)
	send := func(id string, after wall.Position, value string) *job {
		j := s.commitJob(id, store.Batch{After: after, To: after.Revision + 1, Entries: []wall.Entry{{Key: "note/2", Value: []byte(value)}}})
		j.done = make(chan error, 1)
		return j
	}
	second := wall.Position{Epoch: "e", Revision: 1}
	jobs := []*job{
		send("w", wall.Position{Epoch: "e", Revision: 7}, "ahead"),
		send("w", at, "first"),
		send("none", at, "nowhere"),
		send("w", at, "too late"),
		send("w", second, "second"),
		send("w", wall.Position{Epoch: "other", Revision: 2}, "another epoch"),
	}
	if err := s.run(jobs); err != nil {
		t.Fatal(err)
	}
	var conflicts []*store.ConflictError
	for i, j := range jobs {
		err := <-j.done
		var c *store.ConflictError
		switch {
		case i == 1 || i == 4:
			if err != nil {
				t.Errorf("batch %d: %v", i, err)
			}
		case i == 2:
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("batch %d: %v", i, err)
			}
		case errors.As(err, &c):
			conflicts = append(conflicts, c)
		default:
			t.Errorf("batch %d: %v", i, err)
		}
	}
	// Whoever lost is told of what is on the disk, and not less.
	for _, c := range conflicts {
		if c.At != (wall.Position{Epoch: "e", Revision: 2}) {
			t.Errorf("a conflict says that the wall is at %v", c.At)
		}
	}
	if m := conflicts[1].Missed; m == nil || len(m.Entries) != 1 || string(m.Entries[0].Value) != "second" {
		t.Errorf("the late one is told that it missed %v", m)
	}
	_, all, err := s.Load(context.Background(), "w")
	if err != nil || len(all) != 2 || string(all[1].Value) != "second" {
		t.Errorf("Load: %d entries, %v", len(all), err)
	}
}
