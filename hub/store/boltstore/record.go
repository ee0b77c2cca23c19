package boltstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// The file:
//
//	about             "schema": the version of this layout; "scrub": see compact.go
//	walls  <id>       "head": epoch and revision
//	         <kind>/  key → value, for every kind of key: note/, ballot/, meta/ …
//	         log      big-endian revision → log entry
//	tables <table>    key → value
//
// Every record's value begins with a CRC32C over the names of its buckets, its
// key and its value, so that no record passes for another. Every bucket's
// sequence is the number of things in it, so that none goes missing.
var (
	aboutBucket  = []byte("about")
	wallsBucket  = []byte("walls")
	tablesBucket = []byte("tables")
	logBucket    = []byte("log")
	headKey      = []byte("head")
	schemaKey    = []byte("schema")
	scrubKey     = []byte("scrub")
)

// schema is the version of the layout. A file with a greater one is not opened.
const schema = 1

const sumSize = 4 // of a record's checksum

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// place is the checksum of a bucket's names, which its records' begin with.
func place(names ...[]byte) uint32 {
	var sum uint32
	for _, name := range names {
		sum = crc32.Update(sum, castagnoli, name)
		sum = crc32.Update(sum, castagnoli, []byte{0})
	}
	return sum
}

func checksum(place uint32, key, value []byte) uint32 {
	return crc32.Update(crc32.Update(place, castagnoli, key), castagnoli, value)
}

// seal appends a record's value to b.
func seal(b []byte, place uint32, key, value []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, checksum(place, key, value))
	return append(b, value...)
}

// unseal gives the value in a record, within the same bytes.
func unseal(place uint32, key, record []byte) ([]byte, error) {
	if len(record) < sumSize || binary.BigEndian.Uint32(record) != checksum(place, key, record[sumSize:]) {
		return nil, fmt.Errorf("%w: key %q", store.ErrCorrupt, key)
	}
	return record[sumSize:], nil
}

// kindOf names the bucket that a key is kept in. The stroke at the end tells
// the kinds from the wall's own "log" and "head".
func kindOf(key string) string {
	if i := strings.IndexByte(key, '/'); i >= 0 {
		return key[:i+1]
	}
	return key + "/"
}

func revisionKey(r uint64) []byte { return binary.BigEndian.AppendUint64(nil, r) }

func encodeHead(p wall.Position) []byte {
	return append(revisionKey(p.Revision), p.Epoch...)
}

func decodeHead(b []byte) (wall.Position, error) {
	if len(b) < 8 {
		return wall.Position{}, fmt.Errorf("%w: a wall's head", store.ErrCorrupt)
	}
	return wall.Position{Epoch: string(b[8:]), Revision: binary.BigEndian.Uint64(b)}, nil
}

// group is the sealed records of one bucket.
type group struct {
	kind    string
	records []record
}

// record is a key and its sealed value; nil: the key is removed.
type record struct{ key, value []byte }

// prepare seals a batch's entries, in the order of their keys, which is the
// order that costs the tree least. It copies what it is given, in one piece: the
// caller may be gone before the committer is done.
func prepare(id string, entries []wall.Entry) []group {
	if len(entries) == 0 {
		return nil
	}
	size, sorted := 0, true
	for i, e := range entries {
		size += len(e.Key) + sumSize + len(e.Value)
		sorted = sorted && (i == 0 || entries[i-1].Key < e.Key)
	}
	if !sorted {
		entries = slices.Clone(entries)
		slices.SortStableFunc(entries, func(a, b wall.Entry) int { return strings.Compare(a.Key, b.Key) })
	}
	var (
		groups []group
		first  int // of the last group's records in all
		sum    uint32
		bytes  = make([]byte, 0, size)
		all    = make([]record, 0, len(entries))
	)
	for i, e := range entries {
		if i+1 < len(entries) && entries[i+1].Key == e.Key {
			continue // of two with one key the later counts
		}
		if kind := kindOf(e.Key); len(groups) == 0 || groups[len(groups)-1].kind != kind {
			groups = append(groups, group{kind: kind})
			first = len(all)
			sum = place(wallsBucket, []byte(id), []byte(kind))
		}
		start := len(bytes)
		bytes = append(bytes, e.Key...)
		r := record{key: bytes[start:len(bytes):len(bytes)]}
		if e.Value != nil {
			start = len(bytes)
			bytes = seal(bytes, sum, r.key, e.Value)
			r.value = bytes[start:len(bytes):len(bytes)]
		}
		all = append(all, r)
		groups[len(groups)-1].records = all[first:]
	}
	return groups
}
