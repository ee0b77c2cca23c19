package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a store on a server of its own, with one wall.
type bench struct {
	*redisstore.Store
	t      testing.TB
	server *redistest.Server
	id     string
	at     wall.Position
}

// newBench starts a server, opens a store and makes a wall on it.
func newBench(t testing.TB, directives ...string) *bench {
	t.Helper()
	server := redistest.Start(t, directives...)
	b := &bench{Store: opened(t, redisstore.Options{URL: server.URL()}), t: t, server: server}
	b.create()
	return b
}

// opened opens a store for the time of the test.
func opened(t testing.TB, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s := open(t, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func (b *bench) create(pairs ...string) {
	b.t.Helper()
	b.id, b.at = "wall-"+strings.ToLower(b.t.Name()[len("Test"):]), wall.Position{Epoch: "epoch"}
	if err := b.Create(b.ctx(), b.id, store.Batch{After: b.at, Entries: entries(pairs...)}); err != nil {
		b.t.Fatalf("Create: %v", err)
	}
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b.t.Cleanup(cancel)
	return ctx
}

// entries makes entries of pairs; a value of "-" removes.
func entries(pairs ...string) (all []wall.Entry) {
	for i := 0; i < len(pairs); i += 2 {
		e := wall.Entry{Key: pairs[i], Value: []byte(pairs[i+1])}
		if pairs[i+1] == "-" {
			e.Value = nil
		}
		all = append(all, e)
	}
	return all
}

// batch is a batch of one revision on top of where the wall is known to be.
func (b *bench) batch(pairs ...string) store.Batch {
	to := b.at.Revision + 1
	return store.Batch{After: b.at, To: to, Entries: entries(pairs...), Log: fmt.Appendf(nil, `["to %d"]`, to),
		News: func() string { return fmt.Sprint(pairs) }}
}

// commit commits what must succeed.
func (b *bench) commit(pairs ...string) {
	b.t.Helper()
	next := b.batch(pairs...)
	if err := b.Commit(b.ctx(), b.id, next); err != nil {
		b.t.Fatalf("Commit after %v: %v", next.After, err)
	}
	b.at = next.End()
}

// key is a key of the wall's.
func (b *bench) key(name string) string { return "wall:{" + b.id + "}:" + name }

// state is everything that the server has, as it shows it.
func state(t testing.TB, s *redistest.Server) map[string]string {
	t.Helper()
	all := map[string]string{}
	keys, _ := s.Do("KEYS", "*").([]any)
	for _, k := range keys {
		read := map[any][]any{
			"hash": {"HGETALL", k}, "zset": {"ZRANGE", k, 0, -1, "WITHSCORES"}, "set": {"SORT", k, "ALPHA"},
			"stream": {"XRANGE", k, "-", "+"}, "string": {"GET", k}, "list": {"LRANGE", k, 0, -1},
		}[s.Do("TYPE", k)]
		all[fmt.Sprint(k)] = fmt.Sprint(s.Do(read...))
	}
	return all
}

// holds checks what a wall has.
func (b *bench) holds(pairs ...string) {
	b.t.Helper()
	at, all, err := b.Load(b.ctx(), b.id)
	if err != nil {
		b.t.Fatalf("Load: %v", err)
	}
	if at != b.at {
		b.t.Errorf("Load is at %v, want %v", at, b.at)
	}
	same(b.t, "Load", all, entries(pairs...))
}

func same(t testing.TB, what string, got, want []wall.Entry) {
	t.Helper()
	text := func(all []wall.Entry) map[string]string {
		m := map[string]string{}
		for _, e := range all {
			m[e.Key] = fmt.Sprintf("%q %v", e.Value, e.Value == nil)
		}
		return m
	}
	if g, w := fmt.Sprint(text(got)), fmt.Sprint(text(want)); g != w {
		t.Errorf("%s gives %s, want %s", what, g, w)
	}
}

// is checks an error's kind.
func is(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
