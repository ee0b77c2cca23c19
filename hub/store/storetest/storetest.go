// Package storetest is the promise of package store as tests: a store is what
// passes them. Every test's name begins with the number of what it proves.
//
// It takes nothing for granted that is not promised: others may use the same
// medium, Watch may be silent or ring without reason, and every test makes walls
// and tables of names that nobody had before.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// Medium is where one store keeps its walls, for one test.
type Medium struct {
	// Open opens the store. It is closed by whoever opened it. If Durable, Open
	// after Close finds what was there; otherwise Open is called once.
	Open    func(t testing.TB) store.Store
	Durable bool
	// Bytes, if given, is every byte in the store's own files, for S10.
	Bytes func(t testing.TB) []byte
	// Later says that the files are a server's, and that what was erased goes out
	// of them when they have been written anew.
	Later bool
}

// patience is how long a call may take that must not hang.
const patience = 20 * time.Second

// Run tests a store. medium makes a fresh medium for one test.
func Run(t *testing.T, medium func(t testing.TB) Medium) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, b *bench)
	}{
		{"S1_commit_is_kept", commitIsKept},
		{"S1_commit_is_whole", commitIsWhole},
		{"S1_create", create},
		{"S1_delete", remove},
		{"S1_log", logs},
		{"S1_meanwhile", meanwhile},
		{"S2_conflict", conflict},
		{"S2_conflict_brings_what_was_missed", conflictBrings},
		{"S2_race", race},
		{"S2_impossible_batches", impossible},
		{"S3_cancelled_commit_is_whole_or_nothing", cancelledCommit},
		{"S4_load_is_one_reading", loadIsOne},
		{"S4_load_while_much_changes", loadWhileMuchChanges},
		{"S4_big_wall", bigWall},
		{"S5_since", since},
		{"S5_limits", sinceLimits},
		{"S5_other_epochs", epochs},
		{"S6_any_bytes", anyBytes},
		{"S6_copies", copies},
		{"S7_isolation", isolation},
		{"S8_watch", watch},
		{"S9_tables", tables},
		{"S9_race", tableRace},
		{"S10_scrub", scrub},
		{"S11_ended_context", endedContext},
		{"S11_close", closing},
		{"model", model},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := medium(t)
			b := &bench{Medium: m, t: t}
			b.s = m.Open(t)
			t.Cleanup(func() {
				if err := b.s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test.run(t, b)
		})
	}
}

// bench is a store under test.
type bench struct {
	Medium
	t testing.TB
	s store.Store
}

// reopen closes and opens again, where that means something.
func (b *bench) reopen() {
	b.t.Helper()
	if !b.Durable {
		return
	}
	if err := b.s.Close(); err != nil {
		b.t.Fatalf("Close: %v", err)
	}
	b.s = b.Open(b.t)
}

// ctx ends when a call has hung.
func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b.t.Cleanup(cancel)
	return ctx
}

// name is one that nobody used before.
func name() string { return strings.ToLower(rand.Text()) }

func at(epoch string, revision uint64) wall.Position {
	return wall.Position{Epoch: epoch, Revision: revision}
}

// entries makes entries of pairs; a value of "-" removes.
func entries(pairs ...string) []wall.Entry {
	var all []wall.Entry
	for i := 0; i < len(pairs); i += 2 {
		e := wall.Entry{Key: pairs[i], Value: []byte(pairs[i+1])}
		if pairs[i+1] == "-" {
			e.Value = nil
		}
		all = append(all, e)
	}
	return all
}

// batch is a batch of one revision.
func batch(after wall.Position, pairs ...string) store.Batch {
	return store.Batch{After: after, To: after.Revision + 1, Entries: entries(pairs...), Log: fmt.Appendf(nil, "log of %d", after.Revision+1)}
}

// create makes a wall at revision 0 with these entries.
func (b *bench) create(pairs ...string) (id string, p wall.Position) {
	b.t.Helper()
	id, p = name(), at(name(), 0)
	if err := b.s.Create(b.ctx(), id, store.Batch{After: p, Entries: entries(pairs...)}); err != nil {
		b.t.Fatalf("Create: %v", err)
	}
	return id, p
}

// commit commits, and gives the position afterwards.
func (b *bench) commit(id string, batch store.Batch) wall.Position {
	b.t.Helper()
	if err := b.s.Commit(b.ctx(), id, batch); err != nil {
		b.t.Fatalf("Commit after %v: %v", batch.After, err)
	}
	return batch.End()
}

// holds checks that a wall is at p and has exactly these values.
func (b *bench) holds(id string, p wall.Position, pairs ...string) {
	b.t.Helper()
	got, all, err := b.s.Load(b.ctx(), id)
	if err != nil {
		b.t.Fatalf("Load: %v", err)
	}
	if got != p {
		b.t.Errorf("Load is at %v, want %v", got, p)
	}
	same(b.t, "Load", all, entries(pairs...))
}

// reporter is a *testing.T or a *rapid.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// same compares entries whatever their order.
func same(t reporter, what string, got, want []wall.Entry) {
	t.Helper()
	order := func(a, b wall.Entry) int { return strings.Compare(a.Key, b.Key) }
	got, want = slices.Clone(got), slices.Clone(want)
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	equal := func(a, b wall.Entry) bool {
		return a.Key == b.Key && bytes.Equal(a.Value, b.Value) && (a.Value == nil) == (b.Value == nil)
	}
	if !slices.EqualFunc(got, want, equal) {
		t.Errorf("%s gives %s, want %s", what, show(got), show(want))
	}
}

// show is entries as a person can read them.
func show(all []wall.Entry) string {
	if len(all) > 20 {
		return fmt.Sprintf("%d entries", len(all))
	}
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, "[%s=", e.Key)
		switch {
		case e.Value == nil:
			b.WriteString("nil]")
		case len(e.Value) > 40:
			fmt.Fprintf(&b, "%q… (%d bytes)]", e.Value[:40], len(e.Value))
		default:
			fmt.Fprintf(&b, "%q]", e.Value)
		}
	}
	return b.String()
}

// is checks an error's kind.
func is(t reporter, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
