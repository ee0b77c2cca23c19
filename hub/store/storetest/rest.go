package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store"
)

func isolation(t *testing.T, b *bench) {
	// Ids and keys that a careless store would mix up.
	stem := name()
	ids := []string{stem, stem + "/", stem + "/note", stem + ":log", stem + "0", stem[:len(stem)-1]}
	for i, id := range ids {
		first := store.Batch{After: at(fmt.Sprint("epoch", i), 0), Entries: entries("note/1", fmt.Sprint(i))}
		if err := b.s.Create(b.ctx(), id, first); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			p := at(fmt.Sprint("epoch", i), 0)
			for r := range 20 {
				err := b.s.Commit(b.ctx(), id, batch(p, fmt.Sprintf("note/%d", r), fmt.Sprint(i), "meta", fmt.Sprint(i)))
				if err != nil {
					t.Errorf("Commit to %q: %v", id, err)
					return
				}
				p.Revision++
			}
		})
	}
	all.Wait()
	if err := b.s.Delete(b.ctx(), ids[1]); err != nil {
		t.Fatal(err)
	}
	b.reopen()
	for i, id := range ids {
		if i == 1 {
			continue
		}
		p, values, err := b.s.Load(b.ctx(), id)
		if err != nil || p != at(fmt.Sprint("epoch", i), 20) || len(values) != 21 {
			t.Errorf("wall %q: %v, %d values, %v", id, p, len(values), err)
		}
		for _, e := range values {
			if string(e.Value) != fmt.Sprint(i) {
				t.Errorf("wall %q has %s=%s", id, e.Key, e.Value)
			}
		}
		if log, err := b.s.Log(b.ctx(), id, 0, 100); err != nil || len(log) != 20 {
			t.Errorf("wall %q: a log of %d entries, %v", id, len(log), err)
		}
	}
	walls, err := b.s.Walls(b.ctx())
	slices.Sort(walls)
	for i, id := range ids {
		if _, found := slices.BinarySearch(walls, id); found != (i != 1) {
			t.Errorf("Walls has %q: %v (%v)", id, found, err)
		}
	}
}

// watch asks for what is promised of a doorbell: that Watch ends, that it rings
// only from its own goroutines while it lasts, and harms nothing.
func watch(t *testing.T, b *bench) {
	id, p := b.create()
	ctx, cancel := context.WithCancel(b.ctx())
	defer cancel()
	var mu sync.Mutex
	over, late := false, false
	ended := make(chan error, 1)
	go func() {
		ended <- b.s.Watch(ctx, func(string, *store.News) {
			mu.Lock()
			late = late || over
			mu.Unlock()
		})
	}()
	for range 10 {
		p = b.commit(id, batch(p, "meta", "x"))
		is(t, "Tell", b.s.Tell(b.ctx(), id, []byte("x")), nil)
	}
	cancel()
	is(t, "Watch", <-ended, context.Canceled)
	mu.Lock()
	over = true
	mu.Unlock()
	for range 10 {
		p = b.commit(id, batch(p, "meta", "x"))
	}
	mu.Lock()
	defer mu.Unlock()
	if late {
		t.Error("Watch rang after it had ended")
	}
}

func tables(t *testing.T, b *bench) {
	table, other := name(), name()
	put := func(key string, old, value []byte) error { return b.s.Put(b.ctx(), table, key, old, value) }
	holds := func(want map[string]string) {
		t.Helper()
		all, err := b.s.List(b.ctx(), table)
		got := map[string]string{}
		for k, v := range all {
			got[k] = string(v)
			if one, err := b.s.Get(b.ctx(), table, k); err != nil || !bytes.Equal(one, v) {
				t.Errorf("Get %q: %q %v", k, one, err)
			}
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("List: %v %v, want %v", got, err, want)
		}
	}
	a, c := []byte("a"), []byte("c")
	holds(map[string]string{})
	if v, err := b.s.Get(b.ctx(), table, "k"); v != nil || err != nil {
		t.Errorf("Get of none: %v %v", v, err)
	}
	is(t, "Put over none", put("k", a, c), store.ErrChanged)
	is(t, "Put empty over none", put("k", []byte{}, c), store.ErrChanged)
	is(t, "Put", put("k", nil, a), nil)
	is(t, "Put where there is one", put("k", nil, c), store.ErrChanged)
	is(t, "Put over another", put("k", c, c), store.ErrChanged)
	holds(map[string]string{"k": "a"})
	is(t, "Put over it", put("k", a, c), nil)
	is(t, "Put the same", put("k", c, c), nil)
	is(t, "Put empty", put("l", nil, []byte{}), nil)
	is(t, "Put where there is an empty one", put("l", nil, a), store.ErrChanged)
	b.reopen()
	holds(map[string]string{"k": "c", "l": ""})
	is(t, "Put over the empty one", put("l", []byte{}, a), nil)
	is(t, "removing another", put("k", a, nil), store.ErrChanged)
	is(t, "removing", put("k", c, nil), nil)
	is(t, "removing none", put("k", nil, nil), nil)
	holds(map[string]string{"l": "a"})
	if all, err := b.s.List(b.ctx(), other); err != nil || len(all) != 0 {
		t.Errorf("another table: %v %v", all, err)
	}
	is(t, "Put without key", put("", nil, a), store.ErrInvalid)
	is(t, "Put of a key too long", put(strings.Repeat("k", store.KeyMax+1), nil, a), store.ErrInvalid)
	is(t, "Put without table", b.s.Put(b.ctx(), "", "k", nil, a), store.ErrInvalid)
	is(t, "Put of the longest key", put(strings.Repeat("k", store.KeyMax), nil, a), nil)
}

// tableRace has many count on one key: nothing is counted twice or lost.
func tableRace(t *testing.T, b *bench) {
	const counters, each = 4, 25
	table := name()
	var all sync.WaitGroup
	for range counters {
		all.Go(func() {
			for done := 0; done < each; {
				old, err := b.s.Get(b.ctx(), table, "n")
				if err != nil {
					t.Errorf("Get: %v", err)
					return
				}
				switch err := b.s.Put(b.ctx(), table, "n", old, append(slices.Clone(old), '+')); {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrChanged):
					t.Errorf("Put: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
	if v, err := b.s.Get(b.ctx(), table, "n"); err != nil || len(v) != counters*each {
		t.Errorf("counted %d, want %d (%v)", len(v), counters*each, err)
	}
}

// scrub looks for erased words in the store's files.
func scrub(t *testing.T, b *bench) {
	word := "secret-" + name()
	id, p := b.create("note/0", "0 "+word)
	for i := range 200 {
		p = b.commit(id, batch(p, fmt.Sprintf("note/%d", i), fmt.Sprintf("%d %s", i, word), "meta", word))
	}
	other, q := b.create("note/0", "stays")
	erased := store.Batch{After: p, To: p.Revision + 1, Entries: entries("meta", "-"), Log: []byte("erased"), Scrub: true}
	var want []string
	for i := range 200 {
		erased.Entries = append(erased.Entries, entries(fmt.Sprintf("note/%d", i), "gone")...)
		want = append(want, fmt.Sprintf("note/%d", i), "gone")
	}
	p = b.commit(id, erased)
	b.lacks(word)
	// Nothing else is gone, and the store goes on.
	b.holds(id, p, want...)
	b.holds(other, q, "note/0", "stays")
	b.commit(other, batch(q, "note/1", "more"))
	if log, err := b.s.Log(b.ctx(), id, 0, 1000); err != nil || len(log) != 201 {
		t.Errorf("a log of %d entries, %v", len(log), err)
	}
	b.reopen()
	b.holds(id, p, want...)
	b.lacks(word)

	// A store that ends at once leaves nothing to chance either.
	p = b.commit(id, batch(p, "note/x", word))
	erased = batch(p, "note/x", "gone")
	erased.Scrub = true
	p = b.commit(id, erased)
	b.reopen()
	b.holds(id, p, append(want, "note/x", "gone")...)
	b.lacks(word)
}

// lacks checks that a word is not in the store's files, or not any more soon.
func (b *bench) lacks(word string) {
	b.t.Helper()
	if b.Bytes == nil {
		return
	}
	deadline := time.Now().Add(patience)
	for pause := time.NewTicker(50 * time.Millisecond); bytes.Contains(b.Bytes(b.t), []byte(word)); <-pause.C {
		if !b.Later || time.Now().After(deadline) {
			b.t.Error("an erased word is still in the store's files")
			return
		}
	}
}
