package carry

import (
	"bytes"
	"context"
	"errors"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// What one commit brings at most, as long as there are revisions left for more:
// about as much as the largest turn of a room.
const (
	entriesAtOnce = 1000
	bytesAtOnce   = 1 << 20
)

// joinedMost is how long entries of the log are joined to, in bytes: a few hundred
// events. Each commit is synced, and one for each of a quarter of a million votes
// takes minutes.
const joinedMost = 64 << 10

// filling writes one wall by running its log again: log entries, neighbours joined,
// are commits under their last revision, and they bring the entries along. Where
// the log has gaps (an entry is of many revisions) the revisions between carry
// entries alone.
type filling struct {
	ctx   context.Context
	store store.Store
	id    string
	at    wall.Position
	to    uint64         // where the wall ends
	rest  []wall.Entry   // not written yet
	ranks []wall.Rank    // of the whole wall: they go with the last
	held  store.LogEntry // the newest: if it is the last, it brings all the rest
}

// begin makes the wall. One that nothing has happened to is whole at once.
func (f *filling) begin(epoch string) error {
	f.at = wall.Position{Epoch: epoch}
	b := store.Batch{After: f.at}
	if f.to == 0 {
		b.Entries, b.Ranks, f.rest = f.rest, f.ranks, nil
	}
	return f.told(f.store.Create(f.ctx, f.id, b))
}

func (f *filling) log(e store.LogEntry) error {
	held := f.held
	f.held = e
	switch {
	case held.Revision == 0:
		return nil
	case len(held.Log)+len(e.Log) <= joinedMost:
		f.held.Log = joined(held.Log, e.Log)
		return nil
	}
	return f.step(held.Revision, held.Log, false)
}

// joined is one list of the events of two, each as it was. The first list is used up.
func joined(a, b []byte) []byte {
	head, tail := bytes.TrimSpace(a[:len(a)-1]), bytes.TrimSpace(b[1:])
	if len(head) == 1 { // no event
		return b
	}
	if len(tail) == 1 {
		return a
	}
	return append(append(head, ','), tail...)
}

func (f *filling) end() error {
	if f.held.Revision != 0 && f.held.Revision < f.to {
		if err := f.step(f.held.Revision, f.held.Log, false); err != nil {
			return err
		}
		f.held = store.LogEntry{}
	}
	if f.to == 0 {
		return nil
	}
	return f.step(f.to, f.held.Log, true)
}

// step goes on to a revision.
func (f *filling) step(to uint64, log []byte, last bool) error {
	for f.at.Revision+1 < to && len(f.rest) > 0 {
		if err := f.commit(store.Batch{To: f.at.Revision + 1, Entries: f.some()}); err != nil {
			return err
		}
	}
	if last {
		rest := f.rest
		f.rest = nil
		return f.commit(store.Batch{To: to, Entries: rest, Log: log, Ranks: f.ranks})
	}
	return f.commit(store.Batch{To: to, Entries: f.some(), Log: log})
}

// some takes as many entries as one commit should bring.
func (f *filling) some() []wall.Entry {
	n, size := 0, 0
	for n < len(f.rest) && n < entriesAtOnce && size < bytesAtOnce {
		size += len(f.rest[n].Key) + len(f.rest[n].Value)
		n++
	}
	some := f.rest[:n]
	f.rest = f.rest[n:]
	return some
}

func (f *filling) commit(b store.Batch) error {
	b.After = f.at
	if err := f.told(f.store.Commit(f.ctx, f.id, b)); err != nil {
		return err
	}
	f.at = b.End()
	return nil
}

// told says in a sentence that somebody else writes the same wall.
func (f *filling) told(err error) error {
	var moved *store.ConflictError
	if errors.As(err, &moved) || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrNotFound) {
		return underWay()
	}
	return err
}
