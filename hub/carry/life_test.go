package carry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tb is a test of either kind.
type tb interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// opened is a store of a kind, for one test.
type opened struct {
	name string
	open func(t *testing.T) store.Store
}

var kinds = []opened{
	{"memory", func(*testing.T) store.Store { return memstore.New() }},
	{"bbolt", func(t *testing.T) store.Store {
		s, err := boltstore.Open(t.TempDir()+"/wall.db", boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}},
	{"Redis", func(t *testing.T) store.Store {
		// What outlives a power cut is not asked here.
		server := redistest.Start(t, "appendfsync no")
		s, err := redisstore.Open(t.Context(), redisstore.Options{URL: server.URL()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}},
}

func bolt(t *testing.T) store.Store { return kinds[1].open(t) }

// life is a wall that things happen to, in a store, as a room does it: several
// commands to a commit.
type life struct {
	t     tb
	store store.Store
	id    string
	w     *wall.Wall
	at    wall.Position
	now   wall.Millis
	keys  []string
	done  []*wall.Event
}

func born(t tb, s store.Store, id string, settings wall.Settings) *life {
	t.Helper()
	at := wall.Position{Epoch: "epoch-of-" + id}
	l := &life{t: t, store: s, id: id, w: wall.New(at, settings, 1_764_000_000_000), at: at, now: 1_764_000_000_000}
	if err := s.Create(context.Background(), id, store.Batch{After: at, Entries: l.w.All()}); err != nil {
		t.Fatalf("%v", err)
	}
	return l
}

// ask has a command decided and applied; false: refused, or nothing came of it.
func (l *life) ask(by wall.Actor, c wall.Command) bool {
	l.t.Helper()
	e, err := l.w.Decide(wall.Request{By: by, At: l.now, Command: c})
	if err != nil || e == nil {
		return false
	}
	l.keys = append(l.keys, l.w.Apply(e).Keys...)
	l.done = append(l.done, e)
	return true
}

// commit stores what has happened since the last time.
func (l *life) commit() {
	l.t.Helper()
	if len(l.done) == 0 {
		return
	}
	log, err := json.Marshal(l.done)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	b := store.Batch{After: l.at, To: l.w.Position().Revision, Entries: l.w.Entries(l.keys), Log: log}
	if err := l.store.Commit(context.Background(), l.id, b); err != nil {
		l.t.Fatalf("%v", err)
	}
	l.at, l.keys, l.done = b.End(), nil, nil
}

// listed gives a wall its code and its record, as web does.
func listed(t tb, s store.Store, id, code string, older ...string) {
	t.Helper()
	for _, c := range append(older, code) {
		put(t, s, "codes", c, `{"wall":"`+id+`"}`)
	}
	put(t, s, "walls", id, fmt.Sprintf(`{"code":"%s","since":1764000000000,"screens":2}`, code))
}

func put(t tb, s store.Store, table, key, value string) {
	t.Helper()
	if err := s.Put(context.Background(), table, key, nil, []byte(value)); err != nil {
		t.Fatalf("%s %s: %v", table, key, err)
	}
}

func get(t tb, s store.Store, table, key string) string {
	t.Helper()
	v, err := s.Get(context.Background(), table, key)
	if err != nil {
		t.Fatalf("%s %s: %v", table, key, err)
	}
	return string(v)
}

// kept is all that a store has of a wall.
type kept struct {
	at      wall.Position
	entries []wall.Entry
	log     []store.LogEntry
}

func keptOf(t tb, s store.Store, id string) kept {
	t.Helper()
	at, entries, err := s.Load(context.Background(), id)
	if err != nil {
		t.Fatalf("wall %s: %v", id, err)
	}
	log, err := s.Log(context.Background(), id, 0, 1<<20)
	if err != nil {
		t.Fatalf("the log of %s: %v", id, err)
	}
	slices.SortFunc(entries, func(a, b wall.Entry) int { return strings.Compare(a.Key, b.Key) })
	return kept{at, entries, log}
}

// sameWall checks that two stores have the same wall, but for its epoch.
func sameWall(t tb, what string, got, want kept) {
	t.Helper()
	if got.at.Revision != want.at.Revision {
		t.Errorf("%s: it is at revision %d, want %d", what, got.at.Revision, want.at.Revision)
	}
	if got.at.Epoch == want.at.Epoch {
		t.Errorf("%s: the epoch is the same", what)
	}
	if !slices.EqualFunc(got.entries, want.entries, func(a, b wall.Entry) bool {
		return a.Key == b.Key && bytes.Equal(a.Value, b.Value)
	}) {
		t.Errorf("%s: %d entries are not the %d there were", what, len(got.entries), len(want.entries))
	}
	if got, want := eventsOf(t, got.log), eventsOf(t, want.log); !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		t.Errorf("%s: %d events are not the %d there were", what, len(got), len(want))
	}
	// Entries may be joined; each still stands under a revision that one stood under.
	i := 0
	for _, e := range want.log {
		if i < len(got.log) && got.log[i].Revision == e.Revision {
			i++
		}
	}
	if i < len(got.log) || (i > 0 && got.log[i-1].Revision != want.log[len(want.log)-1].Revision) {
		t.Errorf("%s: %d log entries under other revisions", what, len(got.log))
	}
}

// eventsOf are the events of a log, each under its own revision or an earlier one
// than its entry's.
func eventsOf(t tb, log []store.LogEntry) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	last := uint64(0)
	for _, l := range log {
		var events []json.RawMessage
		if err := json.Unmarshal(l.Log, &events); err != nil {
			t.Fatalf("revision %d: %v", l.Revision, err)
		}
		for _, e := range events {
			var under struct{ R uint64 }
			if err := json.Unmarshal(e, &under); err != nil || under.R <= last || under.R > l.Revision {
				t.Fatalf("an event of revision %d under %d, after %d: %v", under.R, l.Revision, last, err)
			}
			last = under.R
		}
		all = append(all, events...)
	}
	return all
}
