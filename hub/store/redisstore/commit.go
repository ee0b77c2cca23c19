package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"openspacewall/hub/store"
)

// Create makes a wall. Its id is in the list before the wall is there, so that
// no crash leaves a wall that nobody lists; Walls asks which of them are there.
func (s *Store) Create(ctx context.Context, id string, b store.Batch) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	if err := errors.Join(store.CheckKey(id), b.Check(true)); err != nil {
		return err
	}
	if err := s.list(ctx, id); err != nil {
		return err
	}
	answer, err := s.commit(ctx, id, &b, true)
	switch {
	case err != nil:
		return err
	case answer == "taken":
		return store.ErrExists
	}
	return nil
}

// Commit appends to a wall.
func (s *Store) Commit(ctx context.Context, id string, b store.Batch) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	if err := b.Check(false); err != nil {
		return err
	}
	for {
		answer, err := s.commit(ctx, id, &b, false)
		if err != nil {
			return err
		}
		switch a := answer.(type) {
		case string:
			switch a {
			case "ok", "heard":
				s.others.Store(a == "heard")
				if b.Scrub {
					s.scrub.owe(id, b.To)
				}
				return nil
			case "none":
				return store.ErrNotFound
			case "newer":
				return store.ErrNewer
			}
		case []any:
			if len(a) == 4 && a[0] == "elsewhere" {
				if err := s.begin(ctx, id, a); err != nil {
					return err
				}
				continue // to be told where the wall is now
			}
			if len(a) == 4 && a[0] == "moved" && conflictIsFine {
				return nil
			}
			if len(a) == 4 && a[0] == "moved" {
				return s.conflict(id, &b, a)
			}
		}
		return fmt.Errorf("redisstore: commit.lua answers %v", answer)
	}
}

// conflict is the answer to a commit on top of something else.
func (s *Store) conflict(id string, b *store.Batch, a []any) error {
	at, err := parsePosition(a[1], a[2])
	if err != nil {
		return err
	}
	c := &store.ConflictError{At: at}
	entries, err := parseMissed(id, a[3])
	switch {
	case err == nil && at.Epoch == b.After.Epoch:
		c.Missed = &store.Missed{At: at, Entries: entries}
	case err != nil && !errors.Is(err, store.ErrLoad):
		return err
	}
	return c
}

// begin begins another epoch, since the wall is on another Redis than its
// epoch began on: one that took over, or was started from what it had on disk,
// may lack what was acknowledged. All hubs that find it so choose the same epoch,
// and one of them writes it.
func (s *Store) begin(ctx context.Context, id string, a []any) error {
	at, err := parsePosition(a[1], a[2])
	replid, ok := a[3].(string)
	if err != nil || !ok {
		return fmt.Errorf("redisstore: commit.lua answers %v", a)
	}
	b := store.Batch{After: at, To: at.Revision + 1, Epoch: epochOn(at.Epoch, replid)}
	answer, err := s.commit(ctx, id, &b, false)
	if err == nil && (answer == "ok" || answer == "heard") {
		s.log.Warn("Redis has failed over, or was started again: another epoch begins", "wall", id, "after", at.Revision)
	}
	return err
}

// commit runs commit.lua, in one round trip. Other hubs are told the commit
// itself only where no replicas are waited for: what those may lack is not told.
func (s *Store) commit(ctx context.Context, id string, b *store.Batch, create bool) (any, error) {
	w := newWriting(id, b, create, s.wait > 0, s.me, s.others.Load() && s.wait == 0)
	return s.run(ctx, commitScript, w.keys[0], w.args, true)
}

// flag is a truth value as the scripts read it.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// entryID is the id of a log entry: its revision, and one for the revision
// that a stream has no id for.
func entryID(revision uint64) string {
	if revision == 0 {
		return "0-1"
	}
	return strconv.FormatUint(revision, 10) + "-0"
}

// idAfter is the first id after that of a revision; false when there is none.
func idAfter(revision uint64) (string, bool) {
	return strconv.FormatUint(revision+1, 10) + "-0", revision+1 != 0
}
