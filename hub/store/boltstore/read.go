package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// checkEvery is after how many records a reading looks whether its context ended.
const checkEvery = 256

// view reads. bbolt panics when a page is not what it should be, and a page that
// the disk cannot give is a fault: both are errors here.
func (s *Store) view(ctx context.Context, read func(tx *bolt.Tx) error) (err error) {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	s.swap.RLock()
	defer s.swap.RUnlock()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %s: %v", store.ErrCorrupt, s.path, r)
		}
		if errors.Is(err, store.ErrCorrupt) {
			s.log.Error("the walls' file is damaged", "path", s.path, "err", err)
		}
	}()
	return s.db.View(read)
}

// patience ends a long reading with its context.
func patience(ctx context.Context) func() error {
	n := 0
	return func() error {
		if n++; n%checkEvery == 0 {
			return ctx.Err()
		}
		return nil
	}
}

// Load reads a whole wall.
func (s *Store) Load(ctx context.Context, id string) (at wall.Position, all []wall.Entry, err error) {
	wait := patience(ctx)
	err = s.view(ctx, func(tx *bolt.Tx) error {
		w, p, err := findWall(tx, id)
		if err != nil {
			return err
		}
		at = p
		return w.ForEachBucket(func(name []byte) error {
			if bytes.Equal(name, logBucket) {
				return nil
			}
			in := w.child(place(wallsBucket, []byte(id), name), name)
			n := uint64(0)
			err := in.each(func(key, value []byte) error {
				n++
				all = append(all, wall.Entry{Key: string(key), Value: append([]byte{}, value...)})
				return wait()
			})
			if err == nil && n != in.Sequence() {
				err = fmt.Errorf("%w: wall %s has %d of its %d records in %s", store.ErrCorrupt, id, n, in.Sequence(), name)
			}
			return err
		})
	})
	if err != nil {
		return wall.Position{}, nil, err
	}
	return at, all, nil
}

// Since reads what was touched after p. The committer answers, because it alone
// knows which keys those are.
func (s *Store) Since(ctx context.Context, id string, p wall.Position) (store.Missed, error) {
	var found store.Missed
	err := s.do(ctx, &job{answer: func(tx *bolt.Tx, _ error) (err error) {
		found, err = s.missed(tx, id, p)
		return err
	}})
	if err != nil {
		return store.Missed{}, err // found may still be the committer's
	}
	return found, nil
}

// missed is what was touched after p; with ErrLoad only where the wall is. The
// committer alone calls it.
func (s *Store) missed(tx *bolt.Tx, id string, p wall.Position) (store.Missed, error) {
	w, at, err := findWall(tx, id)
	if err != nil {
		return store.Missed{}, err
	}
	if p == at {
		return store.Missed{At: at}, nil
	}
	r := s.recent[id]
	if r == nil {
		return store.Missed{At: at}, store.ErrLoad
	}
	keys, ok := r.after(p)
	if !ok {
		return store.Missed{At: at}, store.ErrLoad
	}
	m, size := store.Missed{At: at, Entries: make([]wall.Entry, len(keys))}, 0
	for i, key := range keys {
		value, err := w.value(id, key)
		if err != nil {
			return store.Missed{}, err
		}
		if size += len(key) + len(value); size > store.MissedBytes {
			return store.Missed{At: at}, store.ErrLoad
		}
		m.Entries[i] = wall.Entry{Key: key, Value: value}
	}
	return m, nil
}

// Log reads the log after a revision.
func (s *Store) Log(ctx context.Context, id string, after uint64, limit int) (found []store.LogEntry, err error) {
	wait := patience(ctx)
	err = s.view(ctx, func(tx *bolt.Tx) error {
		w, _, err := findWall(tx, id)
		if err != nil {
			return err
		}
		log := w.child(place(wallsBucket, []byte(id), logBucket), logBucket)
		if log.Bucket == nil || after == ^uint64(0) {
			return nil
		}
		c := log.Cursor()
		for k, v := c.Seek(revisionKey(after + 1)); k != nil && len(found) < limit; k, v = c.Next() {
			value, err := unseal(log.place, k, v)
			if err != nil {
				return err
			}
			found = append(found, store.LogEntry{Revision: binary.BigEndian.Uint64(k), Log: bytes.Clone(value)})
			if err := wait(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Walls lists all walls.
func (s *Store) Walls(ctx context.Context) (ids []string, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		walls, err := root(tx, wallsBucket)
		if err != nil {
			return err
		}
		return walls.ForEachBucket(func(name []byte) error {
			ids = append(ids, string(name))
			return nil
		})
	})
	return ids, err
}

// Get reads a value of the installation.
func (s *Store) Get(ctx context.Context, table, key string) (value []byte, err error) {
	err = s.table(ctx, table, func(in bucket) error {
		v, err := in.get([]byte(key))
		value = bytes.Clone(v)
		return err
	})
	return value, err
}

// List reads a whole table.
func (s *Store) List(ctx context.Context, table string) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := s.table(ctx, table, func(in bucket) error {
		return in.each(func(key, value []byte) error {
			all[string(key)] = append([]byte{}, value...)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// table reads a table, if there is one.
func (s *Store) table(ctx context.Context, name string, read func(in bucket) error) error {
	return s.view(ctx, func(tx *bolt.Tx) error {
		tables, err := root(tx, tablesBucket)
		if err != nil {
			return err
		}
		in := tables.child(place(tablesBucket, []byte(name)), []byte(name))
		if in.Bucket == nil {
			return nil
		}
		return read(in)
	})
}
