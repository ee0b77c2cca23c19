package redisstore

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// schema is the version of the layout. A wall with a greater one is not
// touched.
const schema = "1"

// place is a hash of a wall's, in the order in which scripts are given them.
type place uint8

const (
	inMeta place = iota
	inNotes
	inClusters
	inVotes
	inPeople
	inActs
	inOther
	places
)

var placeNames = [places]string{"meta", "notes", "clusters", "votes", "people", "acts", "other"}

// kinds are the entries that have a place by their kind: the rest of the key is
// the field.
var kinds = map[string]place{
	"note": inNotes, "cluster": inClusters, "ballot": inVotes, "person": inPeople, "act": inActs, "setting": inMeta,
}

var kindOf = [places]string{inNotes: "note/", inClusters: "cluster/", inVotes: "ballot/", inPeople: "person/", inActs: "act/", inMeta: "setting/"}

// The fields of meta that are the store's own. The domain's entry "meta" stands
// beside them, and every setting by its name.
const (
	fieldSchema   = "schema"
	fieldEpoch    = "epoch"
	fieldRevision = "revision"
	fieldBegun    = "begun"  // the revision that the epoch began at
	fieldReplid   = "replid" // of the Redis that the epoch began on
	fieldScrub    = "scrub"  // the revision of an erasure that is not gone from the files yet
	fieldWaited   = "waited" // written to have something that replicas can be waited for
	fieldDomain   = "meta"
)

// isOwn says that a field of meta is not a setting.
func isOwn(field string) bool {
	switch field {
	case fieldSchema, fieldEpoch, fieldRevision, fieldBegun, fieldReplid, fieldScrub, fieldWaited, fieldDomain:
		return true
	}
	return false
}

// placeOf says where an entry is kept.
func placeOf(key string) (place, string) {
	if key == fieldDomain {
		return inMeta, key
	}
	kind, id, found := strings.Cut(key, "/")
	p, known := kinds[kind]
	if !found || !known || p == inMeta && isOwn(id) {
		return inOther, key
	}
	return p, id
}

// keyOf is the entry that is kept there; false for what is the store's own.
func keyOf(p place, field string) (string, bool) {
	switch {
	case p == inOther:
		return field, true
	case p == inMeta && field == fieldDomain:
		return field, true
	case p == inMeta && isOwn(field):
		return "", false
	}
	return kindOf[p] + field, true
}

// The names of keys. Whatever an id or a table is called, no two meet: what has
// a meaning in a name is percent-encoded.
const (
	prefix   = "wall:"
	idsKey   = prefix + "walls:ids" // a set: the ids of all walls, and of some that are gone
	bells    = prefix + "*"         // the pattern of channels, as the ACL has it
	bellName = "bell"
)

// wallKey is a key of a wall's: all of them are in one slot of a Cluster.
func wallKey(id, name string) string { return prefix + "{" + escape(id, "{}") + "}:" + name }

// tableKey is the key of a table.
func tableKey(table string) string { return prefix + escape(table, "{}:") }

// bellOf is the wall that a channel belongs to.
func bellOf(channel string) (id string, ok bool) {
	id, ok = strings.CutPrefix(channel, prefix+"{")
	if !ok {
		return "", false
	}
	id, ok = strings.CutSuffix(id, "}:"+bellName)
	return unescape(id), ok
}

// The keys that every script gets first: meta, log, the other places, and the
// names of the themes that have a sorted set.
const (
	logAt    = 1
	themesAt = int(places) + 1
	fixed    = themesAt + 1
)

func fixedKeys(id string) [fixed]string {
	var keys [fixed]string
	stem := wallKey(id, "")
	keys[0], keys[logAt], keys[themesAt] = stem+placeNames[inMeta], stem+"log", stem+"themes"
	for p := inNotes; p < places; p++ {
		keys[keyAt(p)] = stem + placeNames[p]
	}
	return keys
}

// keyAt is where a place stands among the keys, from 0.
func keyAt(p place) int {
	if p == inMeta {
		return 0
	}
	return int(p) + 1
}

// escape percent-encodes %, the given signs, and what is no printable ASCII
// below.
func escape(s, also string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = !escapes(s[i], also)
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := range len(s) {
		if escapes(s[i], also) {
			b.WriteByte('%')
			b.WriteByte(digits[s[i]>>4])
			b.WriteByte(digits[s[i]&15])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

const digits = "0123456789abcdef"

func escapes(c byte, also string) bool {
	return c <= ' ' || c == 0x7f || c == '%' || strings.IndexByte(also, c) >= 0
}

// unescape undoes escape.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// A value is followed by a space and the CRC32C, in hexadecimal, of where it
// stands and what it is: redis-cli shows the JSON first, and neither a changed
// value nor one under another's key passes.
const sealSize = 1 + 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// stems are the checksums that those of all values of a place of one wall
// begin with: of the wall's id and the place's name.
type stems struct {
	of        [places]uint32
	log, bell uint32
}

func stemsOf(id string) (s stems) {
	wall := crc32.Checksum(append([]byte(id), 0), castagnoli)
	for p, name := range placeBytes {
		s.of[p] = crc32.Update(wall, castagnoli, name)
	}
	s.log = crc32.Update(wall, castagnoli, logBytes)
	s.bell = crc32.Update(wall, castagnoli, bellBytes)
	return s
}

// tableStem is the same for a table.
func tableStem(table string) uint32 {
	return crc32.Checksum(append([]byte("table\x00"+table), 0), castagnoli)
}

var (
	placeBytes [places][]byte
	logBytes   = []byte("log\x00")
	bellBytes  = []byte(bellName + "\x00")
)

func init() {
	for p, name := range placeNames {
		placeBytes[p] = append([]byte(name), 0)
	}
}

// seal appends a sealed value.
func seal(b []byte, stem uint32, field string, value []byte) []byte {
	from := len(b)
	b = append(append(append(b, field...), 0), value...)
	sum := crc32.Update(stem, castagnoli, b[from:])
	b = append(append(b[:from], value...), ' ')
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[sum>>shift&15])
	}
	return b
}

// unseal gives the value, in memory of its own.
func unseal(stem uint32, field, sealed string) ([]byte, error) {
	n := len(sealed) - sealSize
	if n >= 0 && sealed[n] == ' ' {
		value := []byte(sealed[:n])
		var few [64]byte
		named := crc32.Update(stem, castagnoli, append(append(few[:0], field...), 0))
		sum, err := strconv.ParseUint(sealed[n+1:], 16, 32)
		if err == nil && uint32(sum) == crc32.Update(named, castagnoli, value) {
			return value, nil
		}
	}
	return nil, fmt.Errorf("%w: field %q", store.ErrCorrupt, field)
}

// entry reads what a place has in a field; false for what is no entry.
func (s *stems) entry(p place, field string, sealed any) (wall.Entry, bool, error) {
	key, is := keyOf(p, field)
	if !is {
		return wall.Entry{}, false, nil
	}
	text, there := sealed.(string)
	if !there {
		return wall.Entry{Key: key}, true, nil
	}
	value, err := unseal(s.of[p], field, text)
	if err != nil {
		return wall.Entry{}, false, fmt.Errorf("%s: %w", placeNames[p], err)
	}
	return wall.Entry{Key: key, Value: value}, true, nil
}

// parseTouched reads an entry as the log names it: place/field, without blanks.
func parseTouched(name string) (place, string, error) {
	where, field, found := strings.Cut(name, "/")
	for p, n := range placeNames {
		if found && n == where {
			return place(p), unescape(field), nil
		}
	}
	return 0, "", fmt.Errorf("%w: the log names %q", store.ErrCorrupt, name)
}
