package boltstore

import (
	"bytes"
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// pageCost is about what each touched bucket adds to a transaction, in bytes.
const pageCost = 4 << 12

// prepared is a batch ready to be written, with nothing of the caller's in it.
type prepared struct {
	id     string
	after  wall.Position
	end    wall.Position
	groups []group
	log    record
	keys   []string // for Since; nil when too many
	scrub  bool
}

func prepareBatch(id string, b store.Batch) *prepared {
	p := &prepared{id: id, after: b.After, end: b.End(), groups: prepare(id, b.Entries), scrub: b.Scrub}
	if len(b.Log) > 0 {
		key := revisionKey(b.To)
		sum := place(wallsBucket, []byte(id), logBucket)
		p.log = record{key, seal(make([]byte, 0, sumSize+len(b.Log)), sum, key, b.Log)}
	}
	if len(b.Entries) <= store.MissedEntries {
		p.keys = make([]string, len(b.Entries))
		for i, e := range b.Entries {
			p.keys[i] = e.Key
		}
	}
	return p
}

func (p *prepared) size() int {
	n := pageCost + len(p.log.value)
	for _, g := range p.groups {
		n += pageCost
		for _, r := range g.records {
			n += len(r.key) + len(r.value)
		}
	}
	return n
}

// write puts the batch into the wall's bucket.
func (p *prepared) write(w *bucket) error {
	for _, g := range p.groups {
		in, err := w.makeChild(0, []byte(g.kind)) // the records are sealed
		if err != nil {
			return err
		}
		for _, r := range g.records {
			if err := in.set(r); err != nil {
				return err
			}
		}
		if err := in.count(); err != nil {
			return err
		}
	}
	if p.log.key != nil {
		log, err := w.makeChild(0, logBucket)
		if err != nil {
			return err
		}
		log.FillPercent = 1 // it only ever grows at its end
		if err := log.set(p.log); err != nil {
			return err
		}
		if err := log.count(); err != nil {
			return err
		}
	}
	if err := w.put(headKey, encodeHead(p.end)); err != nil {
		return err
	}
	return w.count()
}

// remember tells Since what the batch touched.
func (s *Store) remember(p *prepared) {
	r := s.recent[p.id]
	if r == nil {
		r = &recent{at: p.after, from: p.after.Revision}
		s.recent[p.id] = r
	}
	if p.keys == nil {
		*r = recent{at: p.end, from: p.end.Revision}
		return
	}
	r.add(p.end, p.keys)
}

// Create makes a wall.
func (s *Store) Create(ctx context.Context, id string, b store.Batch) error {
	if err := errors.Join(store.CheckKey(id), b.Check(true)); err != nil {
		return err
	}
	p := prepareBatch(id, b)
	return s.do(ctx, &job{
		size:  p.size(),
		scrub: p.scrub,
		write: func(tx *bolt.Tx) (refusal, err error) {
			walls, err := root(tx, wallsBucket)
			if err != nil {
				return nil, err
			}
			if walls.Bucket.Bucket([]byte(id)) != nil {
				return store.ErrExists, nil
			}
			w, err := walls.makeChild(place(wallsBucket, []byte(id)), []byte(id))
			if err != nil {
				return nil, err
			}
			if err := walls.count(); err != nil {
				return nil, err
			}
			return nil, p.write(&w)
		},
		wrote: func() { s.remember(p) },
	})
}

// Commit appends to a wall.
func (s *Store) Commit(ctx context.Context, id string, b store.Batch) error {
	if err := b.Check(false); err != nil {
		return err
	}
	return s.do(ctx, s.commitJob(id, b))
}

func (s *Store) commitJob(id string, b store.Batch) *job {
	p := prepareBatch(id, b)
	return &job{
		size:  p.size(),
		scrub: p.scrub, meanwhile: b.Meanwhile,
		write: func(tx *bolt.Tx) (refusal, err error) {
			w, at, err := findWall(tx, id)
			if errors.Is(err, store.ErrNotFound) {
				return err, nil
			}
			if err != nil {
				return nil, err
			}
			if at != p.after {
				return &store.ConflictError{At: at}, nil
			}
			return nil, p.write(&w)
		},
		wrote: func() { s.remember(p) },
		answer: func(tx *bolt.Tx, refusal error) error {
			var conflict *store.ConflictError
			if errors.As(refusal, &conflict) {
				return s.explain(tx, id, p.after, conflict)
			}
			return refusal
		},
	}
}

// explain adds to a conflict where the wall is now, and what the caller has missed.
func (s *Store) explain(tx *bolt.Tx, id string, after wall.Position, c *store.ConflictError) error {
	m, err := s.missed(tx, id, after)
	if err == nil {
		c.Missed = &m
	} else if !errors.Is(err, store.ErrLoad) {
		return err
	}
	c.At = m.At
	return c
}

// Delete removes a wall and its log.
func (s *Store) Delete(ctx context.Context, id string) error {
	return s.do(ctx, &job{
		size: pageCost,
		write: func(tx *bolt.Tx) (refusal, err error) {
			walls, err := root(tx, wallsBucket)
			if err != nil || walls.Bucket.Bucket([]byte(id)) == nil {
				return nil, err
			}
			if err := walls.DeleteBucket([]byte(id)); err != nil {
				return nil, err
			}
			walls.more--
			return nil, walls.count()
		},
		wrote: func() { delete(s.recent, id) },
	})
}

// Put sets a value of the installation if it still is old.
func (s *Store) Put(ctx context.Context, table, key string, old, value []byte) error {
	if err := store.CheckKey(table, key); err != nil {
		return err
	}
	path := place(tablesBucket, []byte(table))
	old, r := bytes.Clone(old), record{key: []byte(key)}
	if value != nil {
		r.value = seal(nil, path, r.key, value)
	}
	return s.do(ctx, &job{
		size: pageCost + len(value),
		write: func(tx *bolt.Tx) (refusal, err error) {
			tables, err := root(tx, tablesBucket)
			if err != nil {
				return nil, err
			}
			in := tables.child(path, []byte(table))
			var now []byte
			if in.Bucket != nil {
				if now, err = in.get(r.key); err != nil {
					return nil, err
				}
			}
			if (now == nil) != (old == nil) || !bytes.Equal(now, old) {
				return store.ErrChanged, nil
			}
			if in.Bucket == nil {
				if in, err = tables.makeChild(path, []byte(table)); err != nil {
					return nil, err
				}
			}
			if err := in.set(r); err != nil {
				return nil, err
			}
			return nil, errors.Join(in.count(), tables.count())
		},
	})
}
