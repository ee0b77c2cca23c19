package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// Loading reads in pieces, each too small to keep Redis from others for long.
const (
	scanPiece   = 200     // fields of a hash at a time
	followPiece = 16      // commits of the log at a time
	lastEntries = 1000    // what the last step may bring
	lastBytes   = 2 << 20 // in all
	restarts    = 5       // before what is read is taken for damaged
)

// Load reads a whole wall, while others write, without keeping Redis from them.
//
// It reads the position r, then every hash in pieces, whenever each comes. A
// field that was not touched after r has been read as it was at r and is now; of
// the others nothing is known. Then it follows the log: the fields that
// commits after r touched, up to a later r, are read again, and so it goes on
// with fewer and fewer until the rest is small enough for one step of since.lua:
// the position, the rest, meta and the number of fields of each hash, all at
// one moment.
//
// That this is the wall at that position does not hang on what HSCAN promises.
// Each value is right: it was read after the last commit that touched it, or
// is of the last step. There is no field too many: one that was removed was
// touched. And there is none too few, for the numbers are compared: when
// another server has taken over meanwhile, whose cursors mean other fields,
// they differ, and all begins again.
func (s *Store) Load(ctx context.Context, id string) (wall.Position, []wall.Entry, error) {
	if err := s.enter(ctx); err != nil {
		return wall.Position{}, nil, err
	}
	defer s.calls.Done()
	for range restarts {
		l := loading{s: s, id: id, keys: fixedKeys(id), stems: stemsOf(id)}
		at, entries, err := l.load(ctx)
		if !errors.Is(err, errChanging) {
			return at, entries, err
		}
	}
	return wall.Position{}, nil, errChanging
}

// loading is one reading of a wall.
type loading struct {
	s     *Store
	id    string
	keys  [fixed]string
	stems stems
	at    wall.Position
	found [places]map[string]string // sealed, by field
}

func (l *loading) load(ctx context.Context) (wall.Position, []wall.Entry, error) {
	a, err := l.s.since(ctx, l.id, wall.Position{}, 0, 0, false)
	if err != nil {
		return a.at, nil, err
	}
	l.at = a.at
	for p := inNotes; p < places; p++ {
		if err := l.scan(ctx, p); err != nil {
			return a.at, nil, err
		}
	}
	for {
		a, err := l.s.since(ctx, l.id, l.at, lastEntries, lastBytes, true)
		switch {
		case err != nil:
			return a.at, nil, err
		case a.at.Epoch != l.at.Epoch || a.at.Revision < l.at.Revision:
			return a.at, nil, errChanging
		}
		if rest, ok := a.missed.([]any); ok {
			entries, err := l.finish(a, rest)
			return a.at, entries, err
		}
		if err := l.follow(ctx); err != nil {
			return a.at, nil, err
		}
	}
}

// scan reads a hash in pieces.
func (l *loading) scan(ctx context.Context, p place) error {
	found := map[string]string{}
	l.found[p] = found
	for cursor := uint64(0); ; {
		var piece []string
		err := l.s.on(ctx, l.keys[0], func(node *redis.Client) (err error) {
			piece, cursor, err = node.HScan(ctx, l.keys[keyAt(p)], cursor, "", scanPiece).Result()
			return err
		})
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(piece); i += 2 {
			found[piece[i]] = piece[i+1]
		}
		if cursor == 0 {
			return nil
		}
	}
}

// follow reads again what the commits after l.at touched, as many of them as
// are read at a time, and moves l.at to the last of them.
func (l *loading) follow(ctx context.Context) error {
	first, _ := idAfter(l.at.Revision)
	var commits []redis.XMessage
	err := l.s.on(ctx, l.keys[0], func(node *redis.Client) (err error) {
		commits, err = node.XRangeN(ctx, l.keys[logAt], first, "+", followPiece).Result()
		return err
	})
	if err != nil {
		return err
	}
	if len(commits) == 0 {
		return errChanging
	}
	at := l.at.Revision
	var touched [places]map[string]bool
	for _, c := range commits {
		before, err := parsePosition("any", c.Values["after"])
		if err != nil || before.Revision > at {
			return errChanging // the log was cut
		}
		if at, err = revisionOf(c.ID); err != nil {
			return err
		}
		names, _ := c.Values["touched"].(string)
		for name := range strings.SplitSeq(names, " ") {
			if name == "" {
				continue // a commit that touched nothing
			}
			p, field, err := parseTouched(name)
			if err != nil {
				return err
			}
			if touched[p] == nil {
				touched[p] = map[string]bool{}
			}
			touched[p][field] = true
		}
	}
	for p := inNotes; p < places; p++ { // meta comes whole in the last step
		if err := l.again(ctx, p, touched[p]); err != nil {
			return err
		}
	}
	l.at.Revision = at
	return nil
}

// again reads fields of a hash again.
func (l *loading) again(ctx context.Context, p place, touched map[string]bool) error {
	fields := make([]string, 0, len(touched))
	for f := range touched {
		fields = append(fields, f)
	}
	for len(fields) > 0 {
		piece := fields[:min(scanPiece, len(fields))]
		fields = fields[len(piece):]
		var values []any
		err := l.s.on(ctx, l.keys[0], func(node *redis.Client) (err error) {
			values, err = node.HMGet(ctx, l.keys[keyAt(p)], piece...).Result()
			return err
		})
		if err != nil {
			return err
		}
		for i, f := range piece {
			l.put(p, f, values[i])
		}
	}
	return nil
}

func (l *loading) put(p place, field string, sealed any) {
	if text, there := sealed.(string); there {
		l.found[p][field] = text
	} else {
		delete(l.found[p], field)
	}
}

// finish puts the last step on top, compares the numbers, and opens the seals.
func (l *loading) finish(a sinceAnswer, rest []any) ([]wall.Entry, error) {
	l.found[inMeta] = map[string]string{}
	for i := 0; i+1 < len(rest); i += 2 {
		name, _ := rest[i].(string)
		p, field, err := parseTouched(name)
		if err != nil {
			return nil, err
		}
		l.put(p, field, rest[i+1])
	}
	for i := 0; i+1 < len(a.meta); i += 2 {
		field, _ := a.meta[i].(string)
		l.put(inMeta, field, a.meta[i+1])
		if field == fieldScrub {
			l.s.scrub.found(l.id, a.meta[i+1])
		}
	}
	total := 0
	for p := inNotes; p < places; p++ {
		if len(a.counts) != int(places)-1 {
			return nil, fmt.Errorf("redisstore: since.lua counts %v", a.counts)
		}
		if n, _ := a.counts[p-inNotes].(int64); n != int64(len(l.found[p])) {
			return nil, errChanging
		}
		total += len(l.found[p])
	}
	entries := make([]wall.Entry, 0, total+len(l.found[inMeta]))
	for p := range places {
		for field, sealed := range l.found[p] {
			e, is, err := l.stems.entry(p, field, sealed)
			if err != nil {
				return nil, err
			}
			if is {
				entries = append(entries, e)
			}
		}
	}
	return entries, nil
}

var errChanging = errors.New("redisstore: the wall could not be read as one: something else than a hub changes it")

var _ store.Store = (*Store)(nil)
