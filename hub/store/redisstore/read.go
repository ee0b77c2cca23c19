package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// missedBytes is what the scripts are told: they count what is sealed, and
// what is counted exactly is counted here.
const missedBytes = store.MissedBytes + store.MissedEntries*(sealSize+16)

// Since reads what was touched after p.
func (s *Store) Since(ctx context.Context, id string, p wall.Position) (store.Missed, error) {
	if err := s.enter(ctx); err != nil {
		return store.Missed{}, err
	}
	defer s.calls.Done()
	a, err := s.since(ctx, id, p, store.MissedEntries, missedBytes, false)
	if err != nil {
		return store.Missed{}, err
	}
	entries, err := parseMissed(id, a.missed)
	if err != nil {
		return store.Missed{}, err
	}
	return store.Missed{At: a.at, Entries: entries}, nil
}

// sinceAnswer is what since.lua says.
type sinceAnswer struct {
	at     wall.Position
	missed any   // for parseMissed
	meta   []any // field and value in turn
	counts []any // the number of fields of the other places
}

// since runs since.lua. With replicas to wait for it is good only when they
// have what it tells: whoever acts on it may say that it is stored.
func (s *Store) since(ctx context.Context, id string, p wall.Position, entries, bytes int, whole bool) (a sinceAnswer, err error) {
	keys := fixedKeys(id)
	c := sinceScript
	if s.wait > 0 {
		c = fencedScript
	}
	first, ok := idAfter(p.Revision)
	if !ok {
		first = "+"
	}
	args := append(c.call(keys[:], 8), schema, p.Epoch, strconv.FormatUint(p.Revision, 10), first, entries, bytes, flag(s.wait > 0), flag(whole))
	answer, err := s.run(ctx, c, keys[0], args, true)
	if err != nil {
		return a, err
	}
	switch said := answer.(type) {
	case string:
		switch said {
		case "none":
			return a, store.ErrNotFound
		case "newer":
			return a, store.ErrNewer
		}
	case []any:
		if len(said) >= 3 {
			a.at, err = parsePosition(said[0], said[1])
			a.missed = said[2]
		}
		if whole && len(said) == 5 {
			a.meta, _ = said[3].([]any)
			a.counts, _ = said[4].([]any)
		}
		return a, err
	}
	return a, fmt.Errorf("redisstore: since.lua answers %v", answer)
}

func parsePosition(epoch, revision any) (wall.Position, error) {
	e, _ := epoch.(string)
	r, _ := revision.(string)
	n, err := strconv.ParseUint(r, 10, 64)
	if err != nil || e == "" {
		return wall.Position{}, fmt.Errorf("%w: a wall's position is %v %v", store.ErrCorrupt, epoch, revision)
	}
	return wall.Position{Epoch: e, Revision: n}, nil
}

// parseMissed reads what the scripts say was missed, and counts it exactly.
func parseMissed(id string, missed any) ([]wall.Entry, error) {
	list, ok := missed.([]any)
	if !ok {
		return nil, store.ErrLoad
	}
	stems := stemsOf(id)
	entries, size := make([]wall.Entry, 0, len(list)/2), 0
	for i := 0; i+1 < len(list); i += 2 {
		name, _ := list[i].(string)
		p, field, err := parseTouched(name)
		if err != nil {
			return nil, err
		}
		e, is, err := stems.entry(p, field, list[i+1])
		if err != nil {
			return nil, err
		}
		if is {
			entries = append(entries, e)
			size += len(e.Key) + len(e.Value)
		}
	}
	if len(entries) > store.MissedEntries || size > store.MissedBytes {
		return nil, store.ErrLoad
	}
	return entries, nil
}

// epochOn is the epoch that follows another one on another Redis.
func epochOn(epoch, replid string) string {
	sum := sha256.Sum256([]byte(epoch + " " + replid))
	return hex.EncodeToString(sum[:8])
}

// logPiece is how many entries of the log are read at a time: each holds the
// events of a commit.
const logPiece = 32

// Log reads the log after a revision. Commits without events are not in it.
func (s *Store) Log(ctx context.Context, id string, after uint64, limit int) (found []store.LogEntry, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	stems := stemsOf(id)
	keys := fixedKeys(id)
	first, more := idAfter(after)
	for asked := false; !asked || more && len(found) < limit; asked = true {
		var there int64
		var piece []redis.XMessage
		err := s.on(ctx, keys[0], func(node *redis.Client) (err error) {
			if !asked {
				if there, err = node.Exists(ctx, keys[0]).Result(); err != nil || there == 0 || !more || limit <= 0 {
					return err
				}
			}
			piece, err = node.XRangeN(ctx, keys[logAt], first, "+", logPiece).Result()
			return err
		})
		switch {
		case err != nil:
			return nil, err
		case !asked && there == 0:
			return nil, store.ErrNotFound
		}
		for _, m := range piece {
			events, ok := m.Values["events"].(string)
			if !ok {
				continue
			}
			revision, err := revisionOf(m.ID)
			if err != nil {
				return nil, err
			}
			text, err := unseal(stems.log, strconv.FormatUint(revision, 10), events)
			if err != nil {
				return nil, fmt.Errorf("log: %w", err)
			}
			if len(found) < limit {
				found = append(found, store.LogEntry{Revision: revision, Log: text})
			}
		}
		more = more && len(piece) == logPiece
		if more {
			first = "(" + piece[len(piece)-1].ID
		}
	}
	return found, nil
}

// revisionOf is the revision that a log entry's id names.
func revisionOf(id string) (uint64, error) {
	for i := range len(id) {
		if id[i] == '-' {
			if id[:i] == "0" {
				return 0, nil
			}
			n, err := strconv.ParseUint(id[:i], 10, 64)
			if err == nil && id[i:] == "-0" {
				return n, nil
			}
		}
	}
	return 0, fmt.Errorf("%w: the log has an entry %q", store.ErrCorrupt, id)
}
