package redisstore_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// A hub hears every commit of another with the doorbell, as that says it. Nobody
// hears what they committed themselves, and what is very long is asked for.
func TestNews(t *testing.T) {
	server := redistest.Start(t)
	one, two := open(t, redisstore.Options{URL: server.URL()}), open(t, redisstore.Options{URL: server.URL()})
	ctx, stop := context.WithTimeout(t.Context(), patience)
	type rung struct {
		id   string
		news *store.News
	}
	heard, own := make(chan rung, 1000), make(chan rung, 1000)
	var listeners sync.WaitGroup
	t.Cleanup(func() { // in this order
		stop()
		listeners.Wait()
		_, _ = one.Close(), two.Close()
	})
	listeners.Go(func() { _ = one.Watch(ctx, func(id string, n *store.News) { own <- rung{id, n} }) })
	listeners.Go(func() { _ = two.Watch(ctx, func(id string, n *store.News) { heard <- rung{id, n} }) })
	for _, c := range []chan rung{own, heard} {
		if r := <-c; r.id != "" {
			t.Fatalf("%+v before it hears", r)
		}
	}
	const id = "a wall"
	at := wall.Position{Epoch: "e", Revision: 0}
	if err := one.Create(ctx, id, store.Batch{After: at, Entries: []wall.Entry{{Key: "meta", Value: []byte("{}")}}}); err != nil {
		t.Fatal(err)
	}
	if r := <-heard; r.id != id || r.news != nil {
		t.Fatalf("%+v of a wall that is made", r)
	}
	first := store.Batch{After: at, To: 1, Entries: []wall.Entry{{Key: "note/1", Value: []byte("x")}}}
	if err := one.Commit(ctx, id, first); err != nil { // from its answer on it knows that somebody listens
		t.Fatal(err)
	}
	if r := <-heard; r.id != id {
		t.Fatalf("%+v", r)
	}
	at.Revision = 1
	for i := range 40 {
		said := fmt.Sprint("line\n", i, " \x00\xff\r\n")
		if i == 10 {
			said = ""
		}
		if i == 20 {
			said = strings.Repeat("long ", 120_000)
		}
		asked := 0
		b := store.Batch{After: at, To: at.Revision + 1 + uint64(i%3), Entries: []wall.Entry{{Key: "note/1", Value: []byte("y")}}}
		b.News = func() string { asked++; return said }
		if i == 30 {
			b.News = nil
		}
		if err := one.Commit(ctx, id, b); err != nil {
			t.Fatal(err)
		}
		if asked != 1 && i != 30 {
			t.Errorf("asked %d times what to say", asked)
		}
		var r rung
		select {
		case r = <-heard:
		case <-ctx.Done():
			t.Fatal("nothing is heard")
		}
		switch {
		case r.id != id, (r.news == nil) != (i == 20 || i == 30):
			t.Fatalf("commit %d: %s %v", i, r.id, r.news)
		case r.news != nil && (r.news.After != at || r.news.At != b.End() || r.news.Said != said):
			t.Fatalf("commit %d: from %v to %v: %q", i, r.news.After, r.news.At, r.news.Said)
		}
		at = b.End()
	}
	select {
	case r := <-own:
		t.Errorf("hears itself: %+v", r)
	case <-time.After(0):
	}
	if err := two.Delete(ctx, id); err != nil {
		t.Fatal(err)
	}
	if r := <-own; r.id != id || r.news != nil {
		t.Errorf("%+v of a wall that is deleted", r)
	}
}

// What one process tells, the others hear, byte for byte, and it does not. It is
// no commit, even where it looks like one.
func TestTell(t *testing.T) {
	server := redistest.Start(t)
	one, two := open(t, redisstore.Options{URL: server.URL()}), open(t, redisstore.Options{URL: server.URL()})
	ctx, stop := context.WithTimeout(t.Context(), patience)
	heard, own := make(chan *store.News, 100), make(chan *store.News, 100)
	var listeners sync.WaitGroup
	t.Cleanup(func() { // in this order
		stop()
		listeners.Wait()
		_, _ = one.Close(), two.Close()
	})
	listeners.Go(func() { _ = one.Watch(ctx, func(_ string, n *store.News) { own <- n }) })
	listeners.Go(func() { _ = two.Watch(ctx, func(_ string, n *store.News) { heard <- n }) })
	for _, c := range []chan *store.News{own, heard} {
		<-c // it hears
	}
	for _, word := range []string{"x", "", "late a", "e 1 2\nnotes/1 1\nx", "\x00\xff\r\n", string(bytes.Repeat([]byte("long "), 100_000))} {
		if err := one.Tell(ctx, "a wall", []byte(word)); err != nil {
			t.Fatal(err)
		}
		select {
		case n := <-heard:
			if n == nil || n.Word == nil || string(n.Word) != word || n.Late != "" || n.Said != "" {
				t.Errorf("%.20q is heard as %+v", word, n)
			}
		case <-ctx.Done():
			t.Fatal("nothing is heard")
		}
	}
	if err := two.Tell(ctx, "a wall", []byte("back")); err != nil {
		t.Fatal(err)
	}
	if n := <-own; n == nil || string(n.Word) != "back" {
		t.Errorf("hears itself: %+v", n)
	}
}
