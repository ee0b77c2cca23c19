package wall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// schema is the version of the entries. A wall written by a later one is not read.
const schema = 1

// ErrNewer is the answer to entries that a newer version of this program wrote.
var ErrNewer = errors.New("wall: written by a newer version of this program")

type meta struct {
	Schema   int    `json:"schema"`
	Epoch    string `json:"epoch"`
	Revision uint64 `json:"revision"`
	Now      Millis `json:"now"`
	Flipped  uint64 `json:"flipped,omitempty"`
	Lead     Lead   `json:"lead,omitzero"` // not the wall's but its hubs'
}

// Entries are the current values of keys, each once, for the store; with them
// always goes "meta".
func (w *Wall) Entries(keys []string) []Entry {
	if len(keys) == 0 {
		return nil
	}
	out := make([]Entry, 0, len(keys)+1)
	var seen set
	if len(keys) > 1 {
		seen = make(set, len(keys))
	}
	for _, key := range keys {
		if seen != nil {
			if _, twice := seen[key]; twice {
				continue
			}
			seen.add(key)
		}
		if key != "meta" {
			out = append(out, Entry{Key: key, Value: w.value(key)})
		}
	}
	return append(out, w.metaEntry())
}

func (w *Wall) metaEntry() Entry {
	return Entry{Key: "meta", Value: encode(meta{schema, w.at.Epoch, w.at.Revision, w.now, w.flipped, w.lead})}
}

// value is what stands under a key; nil for nothing.
func (w *Wall) value(key string) []byte {
	kind, id, _ := strings.Cut(key, "/")
	switch kind {
	case "note":
		return value(w.notes[id])
	case "cluster":
		return value(w.clusters[id])
	case "ballot":
		if b := w.ballots[id]; b != nil {
			return b.encode()
		}
		return nil
	case "person":
		return value(w.people[id])
	case "setting":
		return value(w.kept[id])
	case "act":
		if rev, err := strconv.ParseUint(id, 10, 64); err == nil {
			return value(w.actAt(rev))
		}
	}
	return nil
}

func value[T any](v *T) []byte {
	if v == nil {
		return nil
	}
	return encode(v)
}

// All is the whole wall, in the order of its keys.
func (w *Wall) All() []Entry {
	out := make([]Entry, 0, 1+len(w.kept)+len(w.notes)+len(w.clusters)+len(w.ballots)+len(w.people)+len(w.acts))
	out = append(out, w.metaEntry())
	out = collect(out, "setting/", w.kept)
	out = collect(out, "note/", w.notes)
	out = collect(out, "cluster/", w.clusters)
	out = collect(out, "ballot/", w.ballots)
	out = collect(out, "person/", w.people)
	for _, a := range w.acts {
		out = append(out, Entry{Key: "act/" + strconv.FormatUint(a.Rev, 10), Value: encode(a)})
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
	return out
}

func collect[T any](out []Entry, prefix string, of map[string]*T) []Entry {
	for id, v := range of {
		out = append(out, Entry{Key: prefix + id, Value: encode(v)})
	}
	return out
}

// Restore is a wall from what a store kept of it.
func Restore(at Position, entries []Entry) (*Wall, error) {
	w := blank(at)
	if _, err := w.Take(at, entries); err != nil {
		return nil, err
	}
	for _, name := range settingNames {
		if w.kept[name] == nil {
			return nil, fmt.Errorf("wall: setting %q is missing", name)
		}
	}
	w.recount()
	w.Stored()
	return w, nil
}

// Take puts another hub's values on the wall: those of everything it touched up
// to a position. They are stored, and so is what they are put on: the caller has
// taken back what is not. An error leaves the wall as it was.
func (w *Wall) Take(to Position, entries []Entry) (Touched, error) {
	var v values
	now, lead := w.now, w.lead
	for _, e := range entries { // first: what a newer version wrote need not be known here
		if e.Key == "meta" {
			var m meta
			if err := json.Unmarshal(e.Value, &m); err != nil {
				return Touched{}, fmt.Errorf("wall: %s: %w", e.Key, err)
			}
			if m.Schema > schema {
				return Touched{}, newer(uint64(m.Schema))
			}
			now, v.flipped, lead = max(now, m.Now), m.Flipped, m.Lead
		}
	}
	for _, e := range entries {
		if e.Key == "meta" {
			continue
		}
		if err := v.take(w, e); err != nil {
			return Touched{}, fmt.Errorf("wall: %s: %w", e.Key, err)
		}
	}
	return w.taken(&v, to, now, lead), nil
}

// taken puts on the wall what was read of another hub's commits.
func (w *Wall) taken(v *values, to Position, now Millis, lead Lead) Touched {
	w.at, w.now, w.lead = to, now, lead
	touched := w.put(v, to.Revision, false)
	w.Stored()
	return touched
}

func newer(is uint64) error {
	return fmt.Errorf("%w: schema %d, and this one knows up to %d", ErrNewer, is, schema)
}

// take reads one entry, for a wall.
func (v *values) take(w *Wall, e Entry) error {
	kind, id, _ := strings.Cut(e.Key, "/")
	if e.Value == nil {
		rev, err := strconv.ParseUint(id, 10, 64)
		if kind != "act" || err != nil {
			return fmt.Errorf("only acts are ever gone")
		}
		v.dropped = append(v.dropped, rev)
		return nil
	}
	switch kind {
	case "note":
		if n := plainNote(e.Value); n != nil && n.ID == id {
			v.notes = append(v.notes, n)
			return nil
		}
		return into(&v.notes, e.Value, func(n *Note) bool { return n.ID == id })
	case "cluster":
		return into(&v.clusters, e.Value, func(c *Cluster) bool { return c.ID == id })
	case "ballot":
		b, err := readBallot(e.Value, w.ballots[id])
		if err == nil && b.Person != id {
			err = errOther
		}
		v.ballots = append(v.ballots, b)
		return err
	case "person":
		if p := plainPerson(e.Value); p != nil && p.ID == id {
			v.people = append(v.people, p)
			return nil
		}
		return into(&v.people, e.Value, func(p *Person) bool { return p.ID == id })
	case "act":
		return into(&v.acts, e.Value, func(a *Act) bool { return strconv.FormatUint(a.Rev, 10) == id })
	case "setting":
		return into(&v.settings, e.Value, func(s *setting) bool {
			s.name = id
			var scratch Settings
			return scratch.put(id, s.Value) == nil
		})
	}
	return fmt.Errorf("no such kind of entry")
}

var errOther = errors.New("the value is not what its key says")

func into[T any](list *[]*T, value []byte, is func(*T) bool) error {
	x := new(T)
	if err := json.Unmarshal(value, x); err != nil {
		return err
	}
	if !is(x) {
		return errOther
	}
	*list = append(*list, x)
	return nil
}
