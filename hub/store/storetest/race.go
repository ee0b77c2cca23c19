package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"openspacewall/hub/store"
)

// race has committers fight for every revision of a few walls. Exactly one gets
// each, and the one that lost hears what it missed.
func race(t *testing.T, b *bench) {
	const committers, rounds = 4, 40
	for range 2 {
		id, start := b.create()
		won := make([][]uint64, committers)
		var all sync.WaitGroup
		for me := range committers {
			all.Go(func() {
				p, seen := start, map[string]string{}
				for p.Revision < rounds {
					key, value := fmt.Sprintf("note/%d", p.Revision+1), fmt.Sprint(me)
					err := b.s.Commit(b.ctx(), id, batch(p, key, value))
					var c *store.ConflictError
					switch {
					case err == nil:
						p.Revision++
						seen[key] = value
						won[me] = append(won[me], p.Revision)
					case errors.As(err, &c) && c.Missed != nil:
						for _, e := range c.Missed.Entries {
							if mine, ok := seen[e.Key]; ok && mine != string(e.Value) {
								t.Errorf("%s was %s, and now is %s", e.Key, mine, e.Value)
							}
							seen[e.Key] = string(e.Value)
						}
						p = c.Missed.At
					case errors.As(err, &c):
						p = c.At
					default:
						t.Errorf("Commit: %v", err)
						return
					}
				}
			})
		}
		all.Wait()
		owner := map[uint64]int{}
		for me, revisions := range won {
			for _, r := range revisions {
				if other, twice := owner[r]; twice {
					t.Errorf("revision %d went to %d and to %d", r, other, me)
				}
				owner[r] = me
			}
		}
		_, values, err := b.s.Load(b.ctx(), id)
		if err != nil || len(values) != len(owner) || len(owner) < rounds {
			t.Fatalf("%d values of %d commits: %v", len(values), len(owner), err)
		}
		for _, e := range values {
			var r uint64
			fmt.Sscanf(e.Key, "note/%d", &r)
			if string(e.Value) != fmt.Sprint(owner[r]) {
				t.Errorf("revision %d is %s's, want %d's", r, e.Value, owner[r])
			}
		}
	}
}

// cancelledCommit ends contexts at any moment of a commit.
func cancelledCommit(t *testing.T, b *bench) {
	id, p := b.create("note/a", "0", "note/b", "0")
	for i := range 60 {
		ctx, cancel := context.WithCancel(b.ctx())
		done := make(chan error, 1)
		v := fmt.Sprint(p.Revision + 1)
		next := batch(p, "note/a", v, "note/b", v)
		go func() { done <- b.s.Commit(ctx, id, next) }()
		if i%3 == 0 {
			cancel()
		} else {
			// Some work for the time that passes meanwhile.
			for range i % 7 {
				b.s.Get(b.ctx(), "none", "none")
			}
		}
		cancel()
		err := <-done
		// Whatever it said, the same commit again is settled by what is there.
		got, all, loadErr := b.s.Load(b.ctx(), id)
		if loadErr != nil {
			t.Fatal(loadErr)
		}
		if err == nil && got != next.End() {
			t.Fatalf("acknowledged, and the wall is at %v, want %v", got, next.End())
		}
		if string(all[0].Value) != string(all[1].Value) {
			t.Fatalf("half a commit: %s", show(all))
		}
		// One that was given up may still be on its way.
		var c *store.ConflictError
		switch err := b.s.Commit(b.ctx(), id, batch(got, "note/a", "x", "note/b", "x")); {
		case err == nil:
			p = at(p.Epoch, got.Revision+1)
		case errors.As(err, &c) && c.At == next.End():
			p = c.At
		default:
			t.Fatalf("after a cancelled commit: %v", err)
		}
	}
}
