package boltstore

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// bucket is a bucket of records, with what their checksums begin with, and how
// many there are more than its sequence says.
type bucket struct {
	*bolt.Bucket
	place uint32
	more  int
}

// root is one of the file's own three buckets.
func root(tx *bolt.Tx, name []byte) (bucket, error) {
	b := tx.Bucket(name)
	if b == nil {
		return bucket{}, fmt.Errorf("%w: no bucket %s", store.ErrCorrupt, name)
	}
	return bucket{Bucket: b, place: place(name)}, nil
}

// child is a bucket in a bucket; its Bucket is nil when there is none.
func (b *bucket) child(path uint32, name []byte) bucket {
	return bucket{Bucket: b.Bucket.Bucket(name), place: path}
}

// makeChild is child, made when there is none.
func (b *bucket) makeChild(path uint32, name []byte) (bucket, error) {
	if c := b.child(path, name); c.Bucket != nil {
		return c, nil
	}
	c, err := b.CreateBucket(name)
	if err != nil {
		return bucket{}, err
	}
	b.more++
	return bucket{Bucket: c, place: path}, nil
}

// get gives a value as it lies in the file: to be copied before the
// transaction ends. nil: there is none.
func (b *bucket) get(key []byte) ([]byte, error) {
	record := b.Get(key)
	if record == nil {
		return nil, nil
	}
	return unseal(b.place, key, record)
}

// put seals a value.
func (b *bucket) put(key, value []byte) error {
	return b.set(record{key, seal(make([]byte, 0, sumSize+len(value)), b.place, key, value)})
}

// set writes what is sealed already, or removes.
func (b *bucket) set(r record) error {
	has := b.Get(r.key) != nil
	if r.value == nil {
		if has {
			b.more--
			return b.Delete(r.key)
		}
		return nil
	}
	if !has {
		b.more++
	}
	return b.Put(r.key, r.value)
}

// count writes down how many things the bucket holds now. It ends every change.
func (b *bucket) count() error {
	if b.more == 0 {
		return nil
	}
	n := b.Sequence() + uint64(b.more)
	b.more = 0
	return b.SetSequence(n)
}

// each calls with every record, unsealed.
func (b *bucket) each(f func(key, value []byte) error) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return nil // a bucket
		}
		value, err := unseal(b.place, k, v)
		if err != nil {
			return err
		}
		return f(k, value)
	})
}

// findWall is a wall's bucket and where the wall stands. ErrNotFound.
func findWall(tx *bolt.Tx, id string) (bucket, wall.Position, error) {
	walls, err := root(tx, wallsBucket)
	if err != nil {
		return bucket{}, wall.Position{}, err
	}
	w := walls.child(place(wallsBucket, []byte(id)), []byte(id))
	if w.Bucket == nil {
		return bucket{}, wall.Position{}, store.ErrNotFound
	}
	head, err := w.get(headKey)
	if err != nil {
		return bucket{}, wall.Position{}, err
	}
	at, err := decodeHead(head)
	return w, at, err
}

// value is a copy of one of a wall's values.
func (b *bucket) value(id, key string) ([]byte, error) {
	kind := []byte(kindOf(key))
	in := b.child(place(wallsBucket, []byte(id), kind), kind)
	if in.Bucket == nil {
		return nil, nil
	}
	v, err := in.get([]byte(key))
	return bytes.Clone(v), err
}
