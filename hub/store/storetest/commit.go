package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

func commitIsKept(t *testing.T, b *bench) {
	id, p := b.create("meta", "a wall", "setting/title", "one")
	b.holds(id, p, "meta", "a wall", "setting/title", "one")
	p = b.commit(id, batch(p, "note/1", "first", "setting/title", "two"))
	b.holds(id, p, "meta", "a wall", "setting/title", "two", "note/1", "first")
	b.reopen()
	b.holds(id, p, "meta", "a wall", "setting/title", "two", "note/1", "first")
	p = b.commit(id, batch(p, "note/1", "-", "note/2", "second", "note/3", "-"))
	b.reopen()
	b.holds(id, p, "meta", "a wall", "setting/title", "two", "note/2", "second")

	// Places under themes are told by the way, and nothing that is read.
	ranked := batch(p, "note/2", "second")
	ranked.Ranks = []wall.Rank{{Theme: "work", Item: "n:2", Votes: 3}, {Theme: "{odd}: theme", Item: "c:1", Votes: -1}, {Theme: "work", Item: "n:1", Gone: true}}
	p = b.commit(id, ranked)
	b.holds(id, p, "meta", "a wall", "setting/title", "two", "note/2", "second")

	// A batch may be many revisions, or no entries at all.
	p = b.commit(id, store.Batch{After: p, To: p.Revision + 1000, Log: []byte("many")})
	b.holds(id, p, "meta", "a wall", "setting/title", "two", "note/2", "second")
	// Of two with one key the later counts.
	p = b.commit(id, batch(p, "note/2", "third", "note/4", "-", "note/2", "-", "note/4", "fourth"))
	b.holds(id, p, "meta", "a wall", "setting/title", "two", "note/4", "fourth")
	p = b.commit(id, batch(p, "meta", "-", "setting/title", "-", "note/4", "-"))
	b.reopen()
	b.holds(id, p)
}

// meanwhile is called by the caller's goroutine, once at most, and not after the
// commit has ended, however it ends. The race detector would see another one's.
func meanwhile(t *testing.T, b *bench) {
	id, p := b.create("note/1", "first")
	calls, over := 0, false
	next := batch(p, "note/1", "second")
	next.Meanwhile = func() {
		if calls++; calls > 1 || over {
			t.Error("called again, or too late")
		}
	}
	b.holds(id, b.commit(id, next), "note/1", "second")
	calls = 0
	if err := b.s.Commit(context.Background(), id, next); err == nil { // overtaken by itself
		t.Error("stored twice")
	}
	over = true
}

// commitIsWhole looks on from outside while batches of two values are written,
// which must always be seen equal.
func commitIsWhole(t *testing.T, b *bench) {
	id, p := b.create("note/a", "0", "person/z", "0")
	done := make(chan struct{})
	var watching sync.WaitGroup
	for range 2 {
		watching.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, all, err := b.s.Load(context.Background(), id)
				if err != nil || len(all) != 2 || string(all[0].Value) != string(all[1].Value) ||
					string(all[0].Value) != fmt.Sprint(got.Revision) {
					t.Errorf("Load: %v %s %v", got, show(all), err)
					return
				}
			}
		})
	}
	for i := range 100 {
		v := fmt.Sprint(i + 1)
		p = b.commit(id, batch(p, "note/a", v, "person/z", v))
	}
	close(done)
	watching.Wait()
}

func create(t *testing.T, b *bench) {
	id, p := b.create("note/1", "mine")
	again := store.Batch{After: at("other", 0), Entries: entries("note/2", "yours")}
	is(t, "Create again", b.s.Create(b.ctx(), id, again), store.ErrExists)
	b.holds(id, p, "note/1", "mine")

	// An imported wall begins with its revisions and its log.
	id, p = name(), at(name(), 0)
	full := store.Batch{After: p, To: 812, Entries: entries("note/1", "old"), Log: []byte("imported")}
	if err := b.s.Create(b.ctx(), id, full); err != nil {
		t.Fatal(err)
	}
	b.reopen()
	p.Revision = 812
	b.holds(id, p, "note/1", "old")
	p = b.commit(id, batch(p, "note/2", "new"))
	b.holds(id, p, "note/1", "old", "note/2", "new")

	// Of many who make the same wall one makes it.
	id = name()
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = b.s.Create(b.ctx(), id, store.Batch{After: at("e", 0), Entries: entries("note/1", fmt.Sprint(i))})
		})
	}
	all.Wait()
	won := slices.Index(errs, nil)
	if won < 0 {
		t.Fatalf("nobody made it: %v", errs)
	}
	for i, err := range errs {
		if i != won {
			is(t, "Create beside another", err, store.ErrExists)
		}
	}
	b.holds(id, at("e", 0), "note/1", fmt.Sprint(won))

	unknown := name()
	_, _, err := b.s.Load(b.ctx(), unknown)
	is(t, "Load of none", err, store.ErrNotFound)
	is(t, "Commit to none", b.s.Commit(b.ctx(), unknown, batch(at("e", 0))), store.ErrNotFound)
	_, err = b.s.Since(b.ctx(), unknown, at("e", 0))
	is(t, "Since of none", err, store.ErrNotFound)
	_, err = b.s.Log(b.ctx(), unknown, 0, 1)
	is(t, "Log of none", err, store.ErrNotFound)
}

func remove(t *testing.T, b *bench) {
	id, p := b.create("note/1", "mine")
	other, q := b.create("note/1", "stays")
	b.commit(id, batch(p, "note/2", "more"))
	if err := b.s.Delete(b.ctx(), name()); err != nil {
		t.Errorf("Delete of none: %v", err)
	}
	if err := b.s.Delete(b.ctx(), id); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	b.reopen()
	_, _, err := b.s.Load(b.ctx(), id)
	is(t, "Load of the deleted", err, store.ErrNotFound)
	is(t, "Commit to the deleted", b.s.Commit(b.ctx(), id, batch(at(p.Epoch, 1))), store.ErrNotFound)
	walls, err := b.s.Walls(b.ctx())
	if err != nil || slices.Contains(walls, id) || !slices.Contains(walls, other) {
		t.Errorf("Walls after Delete: %v %v", walls, err)
	}
	b.holds(other, q, "note/1", "stays")

	// The same id again is another wall, with nothing of the old one.
	if err := b.s.Create(b.ctx(), id, store.Batch{After: at("again", 0), Entries: entries("note/3", "new")}); err != nil {
		t.Fatalf("Create after Delete: %v", err)
	}
	b.holds(id, at("again", 0), "note/3", "new")
	if log, err := b.s.Log(b.ctx(), id, 0, 10); err != nil || len(log) != 0 {
		t.Errorf("the new wall's log: %v %v", log, err)
	}
	_, err = b.s.Since(b.ctx(), id, p)
	is(t, "Since the deleted one's beginning", err, store.ErrLoad)
}

func logs(t *testing.T, b *bench) {
	id, p := b.create()
	for i := range 20 {
		next := batch(p, "meta", fmt.Sprint(i))
		next.To = p.Revision + uint64(i%3) + 1
		next.Log = fmt.Appendf(nil, "to %d", next.To)
		if i == 7 {
			next.Log = nil // a commit without a log entry
		}
		p = b.commit(id, next)
	}
	b.reopen()
	all, err := b.s.Log(b.ctx(), id, 0, 100)
	if err != nil || len(all) != 19 {
		t.Fatalf("Log: %d entries, %v", len(all), err)
	}
	for i, e := range all {
		if string(e.Log) != fmt.Sprintf("to %d", e.Revision) || i > 0 && e.Revision <= all[i-1].Revision {
			t.Errorf("entry %d: %d %q", i, e.Revision, e.Log)
		}
	}
	for _, limit := range []int{0, 1, 5, 19, 20} {
		for _, from := range []int{0, 1, 18} {
			got, err := b.s.Log(b.ctx(), id, all[from].Revision, limit)
			want := all[from+1:]
			want = want[:min(limit, len(want))]
			if err != nil || !slices.EqualFunc(got, want, func(a, b store.LogEntry) bool {
				return a.Revision == b.Revision && string(a.Log) == string(b.Log)
			}) {
				t.Errorf("Log after %d, at most %d: %d entries, %v", all[from].Revision, limit, len(got), err)
			}
		}
	}
	if got, err := b.s.Log(b.ctx(), id, ^uint64(0), 5); err != nil || len(got) != 0 {
		t.Errorf("Log after the last revision there can be: %v %v", got, err)
	}
}

func conflict(t *testing.T, b *bench) {
	id, p := b.create("note/1", "one")
	q := b.commit(id, batch(p, "note/1", "two"))
	for what, after := range map[string]wall.Position{
		"behind": p, "ahead": at(p.Epoch, 9), "another epoch": at("other", q.Revision), "another life": at("other", 0),
	} {
		err := b.s.Commit(b.ctx(), id, batch(after, "note/1", "wrong", "note/2", "wrong"))
		var c *store.ConflictError
		if !errors.As(err, &c) {
			t.Errorf("Commit %s: %v", what, err)
		} else if c.At != q {
			t.Errorf("Commit %s: the wall is at %v, want %v", what, c.At, q)
		}
	}
	b.reopen()
	b.holds(id, q, "note/1", "two")
	if log, _ := b.s.Log(b.ctx(), id, 0, 10); len(log) != 1 {
		t.Errorf("a refused batch left a log entry: %v", log)
	}
}

func conflictBrings(t *testing.T, b *bench) {
	id, p := b.create("note/1", "one", "note/2", "one")
	q := b.commit(id, batch(p, "note/1", "two"))
	q = b.commit(id, batch(q, "note/1", "three", "note/2", "-"))
	var c *store.ConflictError
	if err := b.s.Commit(b.ctx(), id, batch(p, "note/3", "mine")); !errors.As(err, &c) {
		t.Fatal(err)
	}
	if c.Missed == nil {
		t.Fatal("a conflict over two small commits brings nothing")
	}
	if c.Missed.At != q {
		t.Errorf("missed up to %v, want %v", c.Missed.At, q)
	}
	same(t, "what was missed", c.Missed.Entries, entries("note/1", "three", "note/2", "-"))
	if err := b.s.Commit(b.ctx(), id, batch(at("other", 0), "note/3", "mine")); !errors.As(err, &c) || c.Missed != nil {
		t.Errorf("a conflict of epochs: %v", err)
	}
}

func impossible(t *testing.T, b *bench) {
	id, p := b.create("note/1", "one")
	long := "note/" + strings.Repeat("x", store.KeyMax)
	for what, bad := range map[string]store.Batch{
		"no epoch":          {To: 1},
		"no new revision":   {After: p, To: 0},
		"an empty key":      batch(p, "", "x"),
		"a key too long":    batch(p, long, "x"),
		"one bad of two":    batch(p, "note/2", "x", "", "x"),
		"revisions go back": {After: at(p.Epoch, 5), To: 4},
	} {
		is(t, "Commit of "+what, b.s.Commit(b.ctx(), id, bad), store.ErrInvalid)
	}
	is(t, "Create at a revision", b.s.Create(b.ctx(), name(), batch(at("e", 3))), store.ErrInvalid)
	is(t, "Create without id", b.s.Create(b.ctx(), "", batch(at("e", 0))), store.ErrInvalid)
	b.holds(id, p, "note/1", "one")
	most := long[:store.KeyMax]
	p = b.commit(id, batch(p, most, "x"))
	b.holds(id, p, "note/1", "one", most, "x")
}
