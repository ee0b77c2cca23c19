package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// calls is every call there is, on a wall that exists.
func calls(s store.Store, id string, p func() store.Batch) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Create": func(ctx context.Context) error { return s.Create(ctx, name(), store.Batch{After: at("e", 0)}) },
		"Load":   func(ctx context.Context) error { _, _, err := s.Load(ctx, id); return err },
		"Commit": func(ctx context.Context) error { return s.Commit(ctx, id, p()) },
		"Since":  func(ctx context.Context) error { _, err := s.Since(ctx, id, p().After); return err },
		"Log":    func(ctx context.Context) error { _, err := s.Log(ctx, id, 0, 10); return err },
		"Walls":  func(ctx context.Context) error { _, err := s.Walls(ctx); return err },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, name()) },
		"Watch":  func(ctx context.Context) error { return s.Watch(ctx, func(string, *store.News) {}) },
		"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, "t", "k"); return err },
		"Put":    func(ctx context.Context) error { return s.Put(ctx, name(), "k", nil, []byte("v")) },
		"List":   func(ctx context.Context) error { _, err := s.List(ctx, "t"); return err },
		"Ready":  func(ctx context.Context) error { return s.Ready(ctx) },
	}
}

func endedContext(t *testing.T, b *bench) {
	id, p := b.create("note/1", "one")
	next := func() store.Batch { return batch(p, "note/1", "two") }
	ended, cancel := context.WithCancel(b.ctx())
	cancel()
	for what, call := range calls(b.s, id, next) {
		is(t, what+" with an ended context", call(ended), context.Canceled)
	}
	b.holds(id, p, "note/1", "one")
	for what, call := range calls(b.s, id, next) {
		if what == "Watch" {
			continue
		}
		if err := call(b.ctx()); err != nil {
			t.Errorf("%s afterwards: %v", what, err)
		}
	}
}

// closing closes while committers and a watcher are under way. What they were
// told is kept.
func closing(t *testing.T, b *bench) {
	const committers = 4
	id, p := b.create("meta", "0")
	ids, ends := make([]string, committers), make([]wall.Position, committers)
	var busy sync.WaitGroup
	begun := make(chan struct{}, committers+1)
	for i := range committers {
		ids[i], ends[i] = b.create()
		busy.Go(func() {
			begun <- struct{}{}
			for {
				next := batch(ends[i], "meta", fmt.Sprint(ends[i].Revision+1))
				if err := b.s.Commit(b.ctx(), ids[i], next); err != nil {
					is(t, "Commit while closing", err, store.ErrClosed)
					return
				}
				ends[i] = next.End()
			}
		})
	}
	watched := make(chan error, 1)
	go func() {
		begun <- struct{}{}
		watched <- b.s.Watch(b.ctx(), func(string, *store.News) {})
	}()
	for range cap(begun) {
		<-begun
	}
	if err := b.s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	is(t, "Watch while closing", <-watched, store.ErrClosed)
	busy.Wait()
	for what, call := range calls(b.s, id, func() store.Batch { return batch(p) }) {
		is(t, what+" after Close", call(b.ctx()), store.ErrClosed)
	}
	if err := b.s.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if !b.Durable {
		return
	}
	b.s = b.Open(t)
	b.holds(id, p, "meta", "0")
	for i, end := range ends {
		if end.Revision > 0 {
			b.holds(ids[i], end, "meta", fmt.Sprint(end.Revision))
		}
	}
}
