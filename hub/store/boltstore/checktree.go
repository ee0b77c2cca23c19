package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"openspacewall/hub/store"
)

// The checker's other half: the trees of buckets, and our records in them.

// walk is the way through one bucket's tree.
type walk struct {
	path  [][]byte // the names of the buckets down to here
	place uint32
	last  []byte // the key before; keys must rise through the whole tree
	n     uint64
}

// bucket checks a bucket: all of its tree, and that nothing is missing.
func (c *checker) bucket(path [][]byte, rootPage uint64, inline []byte, sequence uint64) error {
	w := &walk{path: path, place: place(path...)}
	if rootPage != 0 {
		if _, err := c.tree(w, rootPage); err != nil {
			return err
		}
	} else {
		if len(inline) < pageHeader {
			return damaged("the bucket %q is not what was written", path)
		}
		p := parsePage(inline)
		if p.flags != leafPage {
			return damaged("the bucket %q is not what was written", path)
		}
		if _, err := c.leaf(w, p); err != nil {
			return err
		}
	}
	if len(path) == 0 {
		if w.n != 3 {
			return damaged("it has %d parts instead of 3", w.n)
		}
		return nil
	}
	if w.n != sequence {
		return damaged("%q has %d records instead of %d", path, w.n, sequence)
	}
	return nil
}

// tree checks a page and all below it, and gives its first key.
func (c *checker) tree(w *walk, id uint64) (first []byte, err error) {
	p, err := c.page(id)
	if err != nil {
		return nil, err
	}
	switch p.flags {
	case leafPage:
		return c.leaf(w, p)
	case branchPage:
		return c.branch(w, p)
	}
	return nil, damaged("page %d is of no kind", id)
}

func (c *checker) branch(w *walk, p page) (first []byte, err error) {
	if p.count == 0 {
		return nil, damaged("page %d leads nowhere", p.id)
	}
	for i := range p.count {
		e, ok := p.element(i)
		if !ok {
			return nil, damaged("page %d is not what was written", p.id)
		}
		key, ok := e.cut(native.Uint32(e.bytes), native.Uint32(e.bytes[4:]))
		if !ok {
			return nil, damaged("page %d is not what was written", p.id)
		}
		below, err := c.tree(w, native.Uint64(e.bytes[8:]))
		if err != nil {
			return nil, err
		}
		// bbolt finds keys, and its way back up, by this.
		if !bytes.Equal(below, key) {
			return nil, damaged("page %d leads to the wrong records", p.id)
		}
		if i == 0 {
			first = key
		}
	}
	return first, nil
}

func (c *checker) leaf(w *walk, p page) (first []byte, err error) {
	for i := range p.count {
		e, ok := p.element(i)
		if !ok {
			return nil, damaged("page %d is not what was written", p.id)
		}
		flags, at := native.Uint32(e.bytes), native.Uint32(e.bytes[4:])
		keySize, valueSize := native.Uint32(e.bytes[8:]), native.Uint32(e.bytes[12:])
		key, ok := e.cut(at, keySize)
		if !ok || keySize == 0 || flags > 1 || (w.n > 0 && bytes.Compare(w.last, key) >= 0) {
			return nil, damaged("page %d is not what was written", p.id)
		}
		value, ok := e.cut(at+keySize, valueSize)
		if !ok || at+keySize < at {
			return nil, damaged("page %d is not what was written", p.id)
		}
		if i == 0 {
			first = key
		}
		w.last = key
		w.n++
		if flags == 1 {
			err = c.child(w, key, value)
		} else {
			err = c.record(w, key, value)
		}
		if err != nil {
			return nil, err
		}
	}
	return first, nil
}

// element is an element of a page, with all that follows it: its offsets count
// from itself.
type element struct{ bytes []byte }

func (p page) element(i int) (element, bool) {
	at := pageHeader + i*elementSize
	if at+elementSize > len(p.bytes) {
		return element{}, false
	}
	return element{p.bytes[at:]}, true
}

func (e element) cut(at, size uint32) ([]byte, bool) {
	end := uint64(at) + uint64(size)
	if end > uint64(len(e.bytes)) {
		return nil, false
	}
	return e.bytes[at:end:end], true
}

// child checks a bucket in a bucket. Which there may be says record.go.
func (c *checker) child(w *walk, name, value []byte) error {
	known := false
	switch len(w.path) {
	case 0:
		known = bytes.Equal(name, aboutBucket) || bytes.Equal(name, wallsBucket) || bytes.Equal(name, tablesBucket)
	case 1:
		known = !bytes.Equal(w.path[0], aboutBucket)
		if bytes.Equal(w.path[0], wallsBucket) {
			c.walls++
		}
	case 2:
		known = bytes.Equal(w.path[0], wallsBucket) && (bytes.Equal(name, logBucket) || name[len(name)-1] == '/')
	}
	if !known || len(value) < bucketSize {
		return damaged("a bucket %q in %q", name, w.path)
	}
	rootPage, sequence := native.Uint64(value), native.Uint64(value[8:])
	if rootPage != 0 && len(value) != bucketSize {
		return damaged("the bucket %q in %q is not what was written", name, w.path)
	}
	path := append(w.path[:len(w.path):len(w.path)], name)
	return c.bucket(path, rootPage, value[bucketSize:], sequence)
}

// record checks a record, and reads those that are about the file itself.
func (c *checker) record(w *walk, key, sealed []byte) error {
	value, err := unseal(w.place, key, sealed)
	if err != nil {
		return damaged("the record %q in %q is not what was written", key, w.path)
	}
	c.records++
	switch {
	case len(w.path) == 0:
		return damaged("a record %q outside of all parts", key)
	case !bytes.Equal(w.path[0], aboutBucket):
		return nil
	case bytes.Equal(key, schemaKey):
		if len(value) != 4 {
			return damaged("no version")
		}
		if v := binary.BigEndian.Uint32(value); v > schema {
			return fmt.Errorf("%w (its layout is %d, known is up to %d)", store.ErrNewer, v, schema)
		}
	case bytes.Equal(key, scrubKey):
		c.owed = true
	}
	return nil
}
