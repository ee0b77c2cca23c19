package redisstore

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

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
//	<who> told <bytes>                                  what a process has to tell others
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

// Tell has the other processes hear something. It does not wait for replicas:
// nothing was written.
func (s *Store) Tell(ctx context.Context, id string, word []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	said := make([]byte, 0, len(s.me)+len(told)+1+len(word))
	said = append(append(append(append(said, s.me...), ' '), told...), word...)
	return s.on(ctx, wallKey(id, placeNames[inMeta]), func(node *redis.Client) error {
		return node.Publish(ctx, wallKey(id, bellName), said).Err()
	})
}

const told = "told "

// parseNews reads what follows who rings. Nil: the wall is to be looked at.
func parseNews(id, text string) *store.News {
	if word, is := strings.CutPrefix(text, told); is {
		return &store.News{Word: []byte(word)}
	}
	head, more, _ := strings.Cut(text, "\n")
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
	for rest := []byte(more); len(rest) > 0; {
		head, more, _ := bytes.Cut(rest, []byte{'\n'})
		name, length, _ := strings.Cut(string(head), " ")
		p, field, err := parseTouched(name)
		if err != nil {
			return nil
		}
		var sealed []byte
		if length != "-" {
			size, err := strconv.Atoi(length)
			if err != nil || size < sealSize || size > len(more) {
				return nil
			}
			sealed, more = more[:size:size], more[size:]
		}
		e, is, err := stems.told(p, field, sealed)
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
