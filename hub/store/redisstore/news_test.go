package redisstore_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// A hub that hears every commit of another with the doorbell needs to ask for
// none of them: one after the other they are what the wall is. Nobody hears
// what they committed themselves, and a commit that is very large is asked for.
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
	values := map[string]string{"note/1": "x", "meta": "{}"}
	for i := range 40 {
		to := at.Revision + 1 + uint64(i%3)
		b := store.Batch{After: at, To: to, Log: []byte("log"), Entries: []wall.Entry{
			{Key: fmt.Sprint("note/", i%7), Value: []byte(fmt.Sprint("line\n", i, " ", "\x00\xff"))},
			{Key: fmt.Sprint("ballot/p ", i), Value: []byte{}},
			{Key: fmt.Sprint("act/", i), Value: []byte("1")},
			{Key: fmt.Sprint("act/", i-3)},
			{Key: "odd key\n", Value: []byte("odd")}, {Key: "setting/title", Value: []byte(`"Å"`)},
		}}
		large := i == 20
		if large {
			b.Entries[0].Value = bytes.Repeat([]byte("large "), 100_000)
		}
		if err := one.Commit(ctx, id, b); err != nil {
			t.Fatal(err)
		}
		var r rung
		select {
		case r = <-heard:
		case <-ctx.Done():
			t.Fatal("nothing is heard")
		}
		switch {
		case r.id != id, (r.news == nil) != large:
			t.Fatalf("commit %d: %s %v", i, r.id, r.news)
		case large:
			for _, e := range b.Entries {
				put(values, e)
			}
		default:
			if r.news.After != at || r.news.At != b.End() {
				t.Fatalf("commit %d: from %v to %v", i, r.news.After, r.news.At)
			}
			for _, e := range r.news.Entries {
				put(values, e)
			}
		}
		at = b.End()
	}
	_, entries, err := two.Load(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	is := map[string]string{}
	for _, e := range entries {
		put(is, e)
	}
	if !maps.Equal(is, values) {
		t.Errorf("heard %d values, and there are %d", len(values), len(is))
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
			if n == nil || n.Word == nil || string(n.Word) != word || n.Late != "" || n.Entries != nil {
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

func put(values map[string]string, e wall.Entry) {
	if e.Value == nil {
		delete(values, e.Key)
	} else {
		values[e.Key] = string(e.Value)
	}
}
