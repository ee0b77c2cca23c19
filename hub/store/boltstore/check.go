package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"

	"openspacewall/hub/store"
)

// The checker reads the whole file before bbolt maps it, because bbolt trusts
// its file: from a truncated one it dies by a signal, and of a changed bit it
// makes another value or none. It reads with ordinary reads, believes nothing it
// has not checked, and knows bbolt's format, version 2:
//
//	page     id u64, flags u16, count u16, overflow u32; then the elements
//	meta     pages 0 and 1, written in turn: where everything begins, checksummed
//	branch   elements: offset u32, key size u32, page u64
//	leaf     elements: flags u32 (1: a bucket), offset u32, key size u32, value size u32
//	bucket   in a leaf: page u64, sequence u64; page 0: one leaf page follows here
//	freelist page ids u64; a count of 0xffff means that the first is the count
//
// in the byte order of the machine.
const (
	pageHeader  = 16
	elementSize = 16
	metaSize    = 64
	bucketSize  = 16

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreelist  = ^uint64(0)

	pageLeast = 1 << 10
	pageMost  = 1 << 24
)

var native = binary.NativeEndian

// found is what the check found.
type found struct {
	size    int64
	walls   int
	records int
	leaked  int  // pages that are neither used nor free: harmless
	owed    bool // see oweScrub
}

// meta is the newer of the two pages where everything begins.
type meta struct {
	root, sequence, freelist, high, txid uint64
	pageSize                             uint64
}

// damage is what is wrong with the file, for the operator.
type damage struct{ what string }

func (d *damage) Error() string { return d.what }

func damaged(format string, args ...any) error { return &damage{fmt.Sprintf(format, args...)} }

// checkFile reads the whole file. path is how the operator knows it.
func checkFile(f *os.File, path string) (found, error) {
	c := &checker{file: f}
	err := c.check()
	var d *damage
	switch {
	case errors.As(err, &d):
		return found{}, fmt.Errorf("boltstore: the file %s is damaged (%s). Nothing was changed. Put the latest backup in its place, "+
			"or move it away to begin with no walls at all: %w", path, d.what, store.ErrCorrupt)
	case errors.Is(err, store.ErrNewer):
		return found{}, fmt.Errorf("boltstore: the file %s: %w; start that version, or put a backup from before in its place", path, err)
	case err != nil:
		return found{}, fmt.Errorf("boltstore: reading %s: %w", path, err)
	}
	return c.found, nil
}

type checker struct {
	file *os.File
	meta meta
	used []bool // by page
	found
}

func (c *checker) check() error {
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	c.size = info.Size()
	if err := c.readMeta(); err != nil {
		return err
	}
	if need := c.meta.high * c.meta.pageSize; uint64(c.size) < need {
		return damaged("it is cut off: %d bytes, and its content needs %d", c.size, need)
	}
	c.used = make([]bool, c.meta.high)
	c.used[0], c.used[1] = true, true
	if err := c.bucket(nil, c.meta.root, nil, c.meta.sequence); err != nil {
		return err
	}
	return c.freelist()
}

// readMeta reads both pages where everything begins. bbolt would do with one,
// and go back to the state before the last commit without a word. A power cut
// does not tear them: what counts of them lies in one sector.
func (c *checker) readMeta() error {
	first, err := c.metaAt(0)
	if err != nil {
		return err
	}
	second, err := c.metaAt(int64(first.pageSize))
	if err != nil {
		return err
	}
	if second.pageSize != first.pageSize || max(first.txid, second.txid)-min(first.txid, second.txid) != 1 {
		return damaged("its two beginnings do not belong together")
	}
	c.meta = first
	if second.txid > first.txid {
		c.meta = second
	}
	if c.meta.high < 4 || c.meta.high > 1<<40 || c.meta.root < 2 || c.meta.root >= c.meta.high {
		return damaged("its beginning is not in order")
	}
	return nil
}

func (c *checker) metaAt(offset int64) (meta, error) {
	if c.size < offset+pageHeader+metaSize {
		return meta{}, damaged("it is cut off: %d bytes", c.size)
	}
	b := make([]byte, metaSize)
	if _, err := c.file.ReadAt(b, offset+pageHeader); err != nil {
		return meta{}, err
	}
	sum := fnv.New64a()
	sum.Write(b[:56])
	if native.Uint32(b) != boltMagic || sum.Sum64() != native.Uint64(b[56:]) {
		return meta{}, damaged("its beginning at byte %d is not what was written, or it is no file of walls", offset)
	}
	if v := native.Uint32(b[4:]); v != boltVersion {
		return meta{}, fmt.Errorf("%w (bbolt format %d)", store.ErrNewer, v)
	}
	m := meta{
		pageSize: uint64(native.Uint32(b[8:])),
		root:     native.Uint64(b[16:]), sequence: native.Uint64(b[24:]),
		freelist: native.Uint64(b[32:]), high: native.Uint64(b[40:]), txid: native.Uint64(b[48:]),
	}
	if m.pageSize < pageLeast || m.pageSize > pageMost || m.pageSize&(m.pageSize-1) != 0 {
		return meta{}, damaged("pages of %d bytes", m.pageSize)
	}
	return m, nil
}

// page is a page's header, and its bytes with those of its overflow.
type page struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint64
	bytes    []byte
}

func parsePage(b []byte) page {
	return page{
		id: native.Uint64(b), flags: native.Uint16(b[8:]), count: int(native.Uint16(b[10:])),
		overflow: uint64(native.Uint32(b[12:])), bytes: b,
	}
}

// page reads a page, which nothing else may have used.
func (c *checker) page(id uint64) (page, error) {
	if id < 2 || id >= c.meta.high {
		return page{}, damaged("it points to page %d of %d", id, c.meta.high)
	}
	b := make([]byte, c.meta.pageSize)
	if _, err := c.file.ReadAt(b, int64(id*c.meta.pageSize)); err != nil {
		return page{}, err
	}
	p := parsePage(b)
	if p.id != id || p.overflow >= c.meta.high-id {
		return page{}, damaged("page %d is not what was written", id)
	}
	if p.overflow > 0 {
		p.bytes = make([]byte, (p.overflow+1)*c.meta.pageSize)
		if _, err := c.file.ReadAt(p.bytes, int64(id*c.meta.pageSize)); err != nil {
			return page{}, err
		}
	}
	for i := id; i <= id+p.overflow; i++ {
		if c.used[i] {
			return page{}, damaged("page %d is used twice", i)
		}
		c.used[i] = true
	}
	return p, nil
}

// freelist reads which pages are free: none may be in use, since the next
// commit would write over it.
func (c *checker) freelist() error {
	if c.meta.freelist == noFreelist {
		return nil
	}
	p, err := c.page(c.meta.freelist)
	if err != nil {
		return err
	}
	if p.flags != freelistPage {
		return damaged("page %d should be the list of free pages", p.id)
	}
	ids := p.bytes[pageHeader:]
	count := uint64(p.count)
	if count == 0xffff {
		count, ids = native.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return damaged("the list of free pages is not what was written")
	}
	for i := range count {
		id := native.Uint64(ids[8*i:])
		if id < 2 || id >= c.meta.high || c.used[id] {
			return damaged("page %d cannot be free", id)
		}
		c.used[id] = true
	}
	for _, used := range c.used {
		if !used {
			c.leaked++
		}
	}
	return nil
}
