package redisstore

import (
	"strconv"
	"strings"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// What the doorbell says: who rings, and, when somebody else is known to listen,
// the commit itself, so that nobody has to ask for it.
//
//	<who> <epoch> <after> <to>
//	<place/field> <bytes of the sealed value, or ->     and the value, for each entry
//
//	<who> late <by>                                     a commit that was not
//
// A commit of more than newsMost bytes is asked for.
const newsMost = 512 << 10

func newNews(me string, b *store.Batch) *strings.Builder {
	w := new(strings.Builder)
	size := 128
	for _, e := range b.Entries {
		size += len(e.Key) + len(e.Value) + 32
	}
	w.Grow(size)
	for _, s := range [...]string{me, " ", b.After.Epoch, " ", strconv.FormatUint(b.After.Revision, 10), " ", strconv.FormatUint(b.To, 10), "\n"} {
		w.WriteString(s)
	}
	return w
}

func lateNews(me, by string) string {
	if by == "" {
		return ""
	}
	return me + " late " + by
}

// tell adds an entry to the news; nil: it is gone.
func (w *writing) tell(p place, field string, sealed *string) {
	if w.news == nil {
		return
	}
	w.news.WriteString(touchedName(p, field))
	if sealed == nil {
		w.news.WriteString(" -\n")
		return
	}
	w.news.WriteByte(' ')
	w.news.WriteString(strconv.Itoa(len(*sealed)))
	w.news.WriteByte('\n')
	w.news.WriteString(*sealed)
}

// parseNews reads what follows who rings. Nil: the wall is to be looked at.
func parseNews(id, text string) *store.News {
	head, rest, _ := strings.Cut(text, "\n")
	part := strings.Split(head, " ")
	if len(part) == 2 && part[0] == "late" {
		return &store.News{Late: part[1]}
	}
	if len(part) != 3 {
		return nil
	}
	after, err := parsePosition(part[0], part[1])
	to, wrong := strconv.ParseUint(part[2], 10, 64)
	if err != nil || wrong != nil {
		return nil
	}
	stems := stemsOf(id)
	n := &store.News{After: after, Missed: store.Missed{At: wall.Position{Epoch: after.Epoch, Revision: to}}}
	for rest != "" {
		head, more, _ := strings.Cut(rest, "\n")
		name, length, _ := strings.Cut(head, " ")
		p, field, err := parseTouched(name)
		if err != nil {
			return nil
		}
		var sealed any
		if length != "-" {
			size, err := strconv.Atoi(length)
			if err != nil || size < 0 || size > len(more) {
				return nil
			}
			sealed, more = more[:size], more[size:]
		}
		e, is, err := stems.entry(p, field, sealed)
		if err != nil {
			return nil
		}
		if is {
			n.Entries = append(n.Entries, e)
		}
		rest = more
	}
	return n
}
