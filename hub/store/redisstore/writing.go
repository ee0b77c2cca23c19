package redisstore

import (
	"strconv"
	"strings"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// writing is a batch as commit.lua is told it. All that is made for it is in a
// few pieces of memory, whatever the number of entries.
type writing struct {
	keys  []string
	args  []any
	texts []string // what args point to
	bytes strings.Builder
	scrap []byte
}

// text adds an argument.
func (w *writing) text(t string) {
	w.texts = append(w.texts, t)
	w.args = append(w.args, &w.texts[len(w.texts)-1])
}

// sealed is a sealed value, in w's memory.
func (w *writing) sealed(stem uint32, field string, value []byte) string {
	w.scrap = seal(w.scrap[:0], stem, field, value)
	from := w.bytes.Len()
	w.bytes.Write(w.scrap)
	return w.bytes.String()[from:]
}

func newWriting(id string, b *store.Batch, create, fence bool, me string, others bool) *writing {
	entries := b.Entries
	if removes(entries) {
		entries = latest(entries)
	}
	keys := fixedKeys(id)
	w := &writing{keys: keys[:]}
	ranks := 0
	for i, r := range b.Ranks {
		if i == 0 || b.Ranks[i-1].Theme != r.Theme {
			w.keys = append(w.keys, wallKey(id, "theme:"+r.Theme))
			ranks += 7 // the heads of ZADD and ZREM, and the theme's name
		}
		ranks += 2
	}
	w.args = commitScript.call(w.keys, 18+3*2*int(places)+2*len(entries)+3+ranks)
	w.texts = make([]string, 0, cap(w.args)-len(w.args))

	stems := stemsOf(id)
	to := strconv.FormatUint(b.To, 10)
	first, ok := idAfter(b.After.Revision)
	if !ok {
		first = "+"
	}
	size := len(b.Log) + sealSize
	for _, e := range entries {
		size += len(e.Value) + sealSize + len(e.Key) + len(" clusters/")
	}
	w.bytes.Grow(size)
	var events string
	if len(b.Log) > 0 {
		events = w.sealed(stems.log, to, b.Log)
	}
	for _, t := range [...]string{
		flag(create), schema, b.After.Epoch, strconv.FormatUint(b.After.Revision, 10), first,
		to, b.Epoch, entryID(b.To), events, "", flag(b.Scrub), flag(fence),
		strconv.Itoa(store.MissedEntries), strconv.Itoa(missedBytes), wallKey(id, bellName), me, lateNews(me, b.By), "",
	} {
		w.text(t)
	}
	touched := &w.texts[9]
	*touched = w.entries(&stems, entries)
	if others && !create && b.Epoch == "" && b.News != nil {
		w.texts[15] = stems.news(me, b)
	}
	w.ranks(b.Ranks)
	return w
}

// head begins a write: the command and the number of its key; the number of
// arguments is set by tail.
func (w *writing) head(command string, key int) (count int) {
	w.text(command)
	w.text(strconv.Itoa(key + 1))
	w.text("")
	return len(w.texts)
}

// tail ends it; one without arguments is taken back.
func (w *writing) tail(count int) {
	n := len(w.texts) - count
	if n == 0 {
		w.texts, w.args = w.texts[:count-3], w.args[:len(w.args)-3]
		return
	}
	w.texts[count-1] = strconv.Itoa(n)
}

// entries adds the writes of entries, place by place, and gives the names of
// what they touch.
func (w *writing) entries(stems *stems, entries []wall.Entry) (touched string) {
	var in [places]int
	where := make([]place, len(entries))
	for i, e := range entries {
		where[i], _ = placeOf(e.Key)
		in[where[i]]++
	}
	for p := range places {
		if in[p] == 0 {
			continue
		}
		sets := w.head("HSET", keyAt(p))
		for i, e := range entries {
			if where[i] == p && e.Value != nil {
				_, field := placeOf(e.Key)
				w.text(field)
				w.text(w.sealed(stems.of[p], field, e.Value))
			}
		}
		w.tail(sets)
		removes := w.head("HDEL", keyAt(p))
		for i, e := range entries {
			if where[i] == p && e.Value == nil {
				_, field := placeOf(e.Key)
				w.text(field)
			}
		}
		w.tail(removes)
	}
	from := w.bytes.Len()
	for i, e := range entries {
		if i > 0 {
			w.bytes.WriteByte(' ')
		}
		_, field := placeOf(e.Key)
		w.bytes.WriteString(placeNames[where[i]])
		w.bytes.WriteByte('/')
		w.bytes.WriteString(escape(field, ""))
	}
	return w.bytes.String()[from:]
}

// ranks adds the writes of places under themes, which come in the order of the
// themes.
func (w *writing) ranks(ranks []wall.Rank) {
	if len(ranks) == 0 {
		return
	}
	key := fixed
	for i := 0; i < len(ranks); key++ {
		end := i
		for end < len(ranks) && ranks[end].Theme == ranks[i].Theme {
			end++
		}
		count := w.head("ZADD", key)
		for _, r := range ranks[i:end] {
			if !r.Gone {
				w.text(strconv.Itoa(r.Votes))
				w.text(r.Item)
			}
		}
		w.tail(count)
		count = w.head("ZREM", key)
		for _, r := range ranks[i:end] {
			if r.Gone {
				w.text(r.Item)
			}
		}
		w.tail(count)
		i = end
	}
	count := w.head("SADD", themesAt)
	for i, r := range ranks {
		if i == 0 || ranks[i-1].Theme != r.Theme {
			w.text(r.Theme)
		}
	}
	w.tail(count)
}

// removes says that some entry removes its key: then it matters which of two
// with one key is the later.
func removes(entries []wall.Entry) bool {
	for _, e := range entries {
		if e.Value == nil {
			return true
		}
	}
	return false
}

// latest are the entries without those that a later one replaces.
func latest(entries []wall.Entry) []wall.Entry {
	at := make(map[string]int, len(entries))
	for i, e := range entries {
		at[e.Key] = i
	}
	if len(at) == len(entries) {
		return entries
	}
	out := make([]wall.Entry, 0, len(at))
	for i, e := range entries {
		if at[e.Key] == i {
			out = append(out, e)
		}
	}
	return out
}
