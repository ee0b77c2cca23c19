// Package memstore keeps walls in memory: the reference for what a store does,
// and the store of tests. It promises all of package store but outliving the
// process.
package memstore

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// Store is a store of walls in memory. Several hubs may share one.
type Store struct {
	mu     sync.Mutex
	walls  map[string]*kept
	tables map[string]map[string][]byte
	bells  map[*store.Ring]bool
	done   chan struct{} // closed by Close
	calls  sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

type kept struct {
	at     wall.Position
	since  uint64 // the revision this epoch began at: Since cannot look behind it
	values map[string]value
	log    []store.LogEntry
}

// value is what a key holds; nil bytes: removed, and remembered for Since.
type value struct {
	bytes   []byte
	touched uint64
}

// New makes an empty store.
func New() *Store {
	return &Store{
		walls:  map[string]*kept{},
		tables: map[string]map[string][]byte{},
		bells:  map[*store.Ring]bool{},
		done:   make(chan struct{}),
	}
}

// enter begins a call: s.mu is held when it returns nil, and leave ends it.
func (s *Store) enter(ctx context.Context) error {
	s.mu.Lock()
	select {
	case <-s.done:
		s.mu.Unlock()
		return store.ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		s.mu.Unlock()
		return err
	}
	return nil
}

func (s *Store) leave() { s.mu.Unlock() }

// write makes a batch's values the wall's.
func (k *kept) write(b store.Batch) {
	for _, e := range b.Entries {
		k.values[e.Key] = value{bytes.Clone(e.Value), b.To}
	}
	if len(b.Log) > 0 {
		k.log = append(k.log, store.LogEntry{Revision: b.To, Log: bytes.Clone(b.Log)})
	}
	k.at = b.End()
	if b.Epoch != "" {
		k.since = b.To
	}
}

// missed is what was touched after p.
func (k *kept) missed(p wall.Position) (store.Missed, error) {
	if p.Epoch != k.at.Epoch || p.Revision > k.at.Revision || p.Revision < k.since {
		return store.Missed{}, store.ErrLoad
	}
	m, size := store.Missed{At: k.at}, 0
	for key, v := range k.values {
		if v.touched > p.Revision {
			m.Entries = append(m.Entries, wall.Entry{Key: key, Value: bytes.Clone(v.bytes)})
			size += len(key) + len(v.bytes)
		}
	}
	if len(m.Entries) > store.MissedEntries || size > store.MissedBytes {
		return store.Missed{}, store.ErrLoad
	}
	return m, nil
}

// Create makes a wall.
func (s *Store) Create(ctx context.Context, id string, b store.Batch) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if err := errors.Join(store.CheckKey(id), b.Check(true)); err != nil {
		return err
	}
	if s.walls[id] != nil {
		return store.ErrExists
	}
	k := &kept{values: map[string]value{}}
	k.write(b)
	s.walls[id] = k
	s.ring(id, nil)
	return nil
}

// Load reads a whole wall.
func (s *Store) Load(ctx context.Context, id string) (wall.Position, []wall.Entry, error) {
	if err := s.enter(ctx); err != nil {
		return wall.Position{}, nil, err
	}
	defer s.leave()
	k := s.walls[id]
	if k == nil {
		return wall.Position{}, nil, store.ErrNotFound
	}
	var all []wall.Entry
	for key, v := range k.values {
		if v.bytes != nil {
			all = append(all, wall.Entry{Key: key, Value: bytes.Clone(v.bytes)})
		}
	}
	return k.at, all, nil
}

// Commit appends to a wall.
func (s *Store) Commit(ctx context.Context, id string, b store.Batch) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if err := b.Check(false); err != nil {
		return err
	}
	k := s.walls[id]
	if k == nil {
		return store.ErrNotFound
	}
	if k.at != b.After {
		conflict := &store.ConflictError{At: k.at}
		if m, err := k.missed(b.After); err == nil {
			conflict.Missed = &m
		}
		if b.By != "" {
			for bell := range s.bells {
				(*bell)(id, &store.News{Late: b.By})
			}
		}
		return conflict
	}
	k.write(b)
	s.ring(id, &b)
	return nil
}

// Since reads what was touched after p.
func (s *Store) Since(ctx context.Context, id string, p wall.Position) (store.Missed, error) {
	if err := s.enter(ctx); err != nil {
		return store.Missed{}, err
	}
	defer s.leave()
	k := s.walls[id]
	if k == nil {
		return store.Missed{}, store.ErrNotFound
	}
	return k.missed(p)
}

// Log reads the log after a revision.
func (s *Store) Log(ctx context.Context, id string, after uint64, limit int) ([]store.LogEntry, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	k := s.walls[id]
	if k == nil {
		return nil, store.ErrNotFound
	}
	var found []store.LogEntry
	for _, e := range k.log {
		if e.Revision > after && len(found) < limit {
			found = append(found, store.LogEntry{Revision: e.Revision, Log: bytes.Clone(e.Log)})
		}
	}
	return found, nil
}

// Walls lists all walls.
func (s *Store) Walls(ctx context.Context) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return slices.Sorted(maps.Keys(s.walls)), nil
}

// Delete removes a wall.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	delete(s.walls, id)
	s.ring(id, nil)
	return nil
}

// ring wakes every watcher: several hubs may share this store. They are told
// what was committed, unless another epoch begins.
func (s *Store) ring(id string, b *store.Batch) {
	for bell := range s.bells {
		if b == nil || b.News == nil || b.Epoch != "" {
			(*bell)(id, nil)
			continue
		}
		(*bell)(id, &store.News{After: b.After, At: b.End(), Said: b.News()})
	}
}

// Tell has everybody hear it who watches, whoever told it.
func (s *Store) Tell(ctx context.Context, id string, word []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	for bell := range s.bells {
		(*bell)(id, &store.News{Word: bytes.Clone(word)})
	}
	return nil
}

// Watch rings on every change, whoever made it.
func (s *Store) Watch(ctx context.Context, ring store.Ring) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.bells[&ring] = true
	s.calls.Add(1)
	s.leave()
	ring("", nil)
	defer s.calls.Done()
	defer func() {
		s.mu.Lock()
		delete(s.bells, &ring)
		s.mu.Unlock()
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		return store.ErrClosed
	}
}

// Get reads a value of the installation.
func (s *Store) Get(ctx context.Context, table, key string) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return bytes.Clone(s.tables[table][key]), nil
}

// Put sets a value of the installation if it still is old.
func (s *Store) Put(ctx context.Context, table, key string, old, value []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if err := store.CheckKey(table, key); err != nil {
		return err
	}
	now := s.tables[table][key]
	if (now == nil) != (old == nil) || !bytes.Equal(now, old) {
		return store.ErrChanged
	}
	if value == nil {
		delete(s.tables[table], key)
		return nil
	}
	if s.tables[table] == nil {
		s.tables[table] = map[string][]byte{}
	}
	s.tables[table][key] = bytes.Clone(value)
	return nil
}

// List reads a whole table.
func (s *Store) List(ctx context.Context, table string) (map[string][]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	all := make(map[string][]byte, len(s.tables[table]))
	for key, v := range s.tables[table] {
		all[key] = bytes.Clone(v)
	}
	return all, nil
}

// Ready is always nil while the store is open.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.leave()
	return nil
}

// Close ends every Watch and waits for them.
func (s *Store) Close() error {
	s.mu.Lock()
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	s.mu.Unlock()
	s.calls.Wait()
	return nil
}
