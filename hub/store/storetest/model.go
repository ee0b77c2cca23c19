package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// naive is what a wall is, as plainly as can be said.
type naive struct {
	at      wall.Position
	values  map[string]string
	touched []touch // of this epoch
	begun   uint64  // the revision this epoch began at
	log     []store.LogEntry
}

type touch struct {
	to   uint64
	keys []string
}

// model drives the store and naive walls with the same calls.
func model(t *testing.T, b *bench) {
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{bench: b, walls: map[string]*naive{}, table: map[string][]byte{}, tableName: name(),
			names: []string{name(), name(), name()}}
		r.Repeat(map[string]func(*rapid.T){
			"create": m.create, "commit": m.commit, "since": m.since, "load": m.load,
			"delete": m.delete, "put": m.put, "reopen": m.open,
		})
		for _, id := range m.names {
			m.check(r, id)
		}
	})
}

type machine struct {
	*bench
	names     []string
	walls     map[string]*naive
	tableName string
	table     map[string][]byte
}

func (m *machine) wall(r *rapid.T) (string, *naive) {
	id := rapid.SampledFrom(m.names).Draw(r, "wall")
	return id, m.walls[id]
}

func drawEntries(r *rapid.T) []wall.Entry {
	key := rapid.SampledFrom([]string{"meta", "note/1", "note/2", "note/3", "ballot/1", "ballot/2", "setting/x", "act/1"})
	n := rapid.IntRange(0, 6).Draw(r, "entries")
	var all []wall.Entry
	for range n {
		e := wall.Entry{Key: key.Draw(r, "key")}
		if !rapid.Bool().Draw(r, "removed") {
			e.Value = append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(r, "value")...)
		}
		all = append(all, e)
	}
	return all
}

func (n *naive) write(b store.Batch) {
	if b.Epoch != "" {
		n.touched, n.begun = nil, b.To
	}
	keys := []string{}
	for _, e := range b.Entries {
		keys = append(keys, e.Key)
		if e.Value == nil {
			delete(n.values, e.Key)
		} else {
			n.values[e.Key] = string(e.Value)
		}
	}
	if b.Epoch == "" {
		n.touched = append(n.touched, touch{b.To, keys})
	}
	if len(b.Log) > 0 {
		n.log = append(n.log, store.LogEntry{Revision: b.To, Log: b.Log})
	}
	n.at = b.End()
}

func (n *naive) entry(key string) wall.Entry {
	if v, ok := n.values[key]; ok {
		return wall.Entry{Key: key, Value: []byte(v)}
	}
	return wall.Entry{Key: key}
}

func (m *machine) create(r *rapid.T) {
	id, n := m.wall(r)
	first := store.Batch{After: at(name(), 0), To: rapid.Uint64Range(0, 5).Draw(r, "to"), Entries: drawEntries(r)}
	err := m.s.Create(m.ctx(), id, first)
	if n != nil {
		is(r, "Create", err, store.ErrExists)
		return
	}
	is(r, "Create", err, nil)
	n = &naive{values: map[string]string{}}
	n.write(first)
	m.walls[id] = n
}

func (m *machine) commit(r *rapid.T) {
	id, n := m.wall(r)
	b := store.Batch{After: at("none", 0), Entries: drawEntries(r), Scrub: rapid.IntRange(0, 9).Draw(r, "scrub") == 0}
	if n != nil {
		b.After = n.at
		if rapid.IntRange(0, 4).Draw(r, "behind") == 0 && n.at.Revision > 0 {
			b.After.Revision--
		}
	}
	b.To = b.After.Revision + rapid.Uint64Range(1, 4).Draw(r, "more")
	if rapid.Bool().Draw(r, "log") {
		b.Log = fmt.Appendf(nil, "to %d", b.To)
	}
	if rapid.IntRange(0, 9).Draw(r, "anew") == 0 {
		b.Epoch = name()
	}
	err := m.s.Commit(m.ctx(), id, b)
	var c *store.ConflictError
	switch {
	case n == nil:
		is(r, "Commit", err, store.ErrNotFound)
	case b.After != n.at:
		if !errors.As(err, &c) || c.At != n.at {
			r.Fatalf("Commit after %v at %v: %v", b.After, n.at, err)
		}
		if c.Missed != nil {
			m.missed(r, n, b.After, *c.Missed)
		}
	default:
		is(r, "Commit", err, nil)
		n.write(b)
	}
}

func (m *machine) since(r *rapid.T) {
	id, n := m.wall(r)
	if n == nil {
		_, err := m.s.Since(m.ctx(), id, at("none", 0))
		is(r, "Since", err, store.ErrNotFound)
		return
	}
	from := at(n.at.Epoch, rapid.Uint64Range(0, n.at.Revision+1).Draw(r, "from"))
	got, err := m.s.Since(m.ctx(), id, from)
	switch {
	case from.Revision > n.at.Revision:
		is(r, "Since the future", err, store.ErrLoad)
	case from == n.at:
		is(r, "Since now", err, nil)
	case errors.Is(err, store.ErrLoad):
		// Too old is the store's to say; sinceLimits says what must not be.
	default:
		is(r, "Since", err, nil)
		if from.Revision < n.begun {
			r.Fatalf("Since %v looks behind its epoch's beginning at %d", from, n.begun)
		}
		m.missed(r, n, from, got)
	}
}

// missed checks what a store says was touched after p. It may say more keys than
// needed, but with their values of now.
func (m *machine) missed(r *rapid.T, n *naive, p wall.Position, got store.Missed) {
	if got.At != n.at {
		r.Fatalf("missed up to %v, want %v", got.At, n.at)
	}
	need := map[string]bool{}
	for _, t := range n.touched {
		if t.to > p.Revision {
			for _, k := range t.keys {
				need[k] = true
			}
		}
	}
	for _, e := range got.Entries {
		delete(need, e.Key)
		same(r, "a missed value", []wall.Entry{e}, []wall.Entry{n.entry(e.Key)})
	}
	if len(need) > 0 {
		r.Fatalf("since %v these were not told: %v", p, slices.Collect(maps.Keys(need)))
	}
}

func (m *machine) load(r *rapid.T) {
	id, _ := m.wall(r)
	m.check(r, id)
}

func (m *machine) check(r *rapid.T, id string) {
	n := m.walls[id]
	p, all, err := m.s.Load(m.ctx(), id)
	if n == nil {
		is(r, "Load", err, store.ErrNotFound)
		return
	}
	if err != nil || p != n.at {
		r.Fatalf("Load: %v %v, want %v", p, err, n.at)
	}
	var want []wall.Entry
	for k := range n.values {
		want = append(want, n.entry(k))
	}
	same(r, "Load", all, want)
	log, err := m.s.Log(m.ctx(), id, 0, 1000)
	if err != nil || !slices.EqualFunc(log, n.log, func(a, b store.LogEntry) bool {
		return a.Revision == b.Revision && bytes.Equal(a.Log, b.Log)
	}) {
		r.Fatalf("Log: %v %v, want %v", log, err, n.log)
	}
}

func (m *machine) delete(r *rapid.T) {
	id, _ := m.wall(r)
	is(r, "Delete", m.s.Delete(m.ctx(), id), nil)
	delete(m.walls, id)
}

func (m *machine) put(r *rapid.T) {
	key := rapid.SampledFrom([]string{"a", "b"}).Draw(r, "key")
	draw := func(what string) []byte {
		return rapid.SampledFrom([][]byte{nil, {}, []byte("x"), []byte("y")}).Draw(r, what)
	}
	now, old, value := m.table[key], draw("old"), draw("value")
	err := m.s.Put(m.ctx(), m.tableName, key, old, value)
	if (now == nil) != (old == nil) || !bytes.Equal(now, old) {
		is(r, "Put", err, store.ErrChanged)
		return
	}
	is(r, "Put", err, nil)
	if m.table[key] = value; value == nil {
		delete(m.table, key)
	}
	all, err := m.s.List(m.ctx(), m.tableName)
	if err != nil || !maps.EqualFunc(all, m.table, bytes.Equal) {
		r.Fatalf("List: %v %v, want %v", all, err, m.table)
	}
}

func (m *machine) open(r *rapid.T) {
	if rapid.IntRange(0, 4).Draw(r, "really") == 0 {
		m.reopen()
	}
}
