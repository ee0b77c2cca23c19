// Package store says what a store of walls promises. storetest is the same
// promise as tests; a store is what passes them.
//
// A store knows keys and values, not notes: the domain computes absolute
// values, the store keeps them, with one log entry per commit.
//
//	S1  Commit is all or nothing, and is durable when it returns nil: a kill or a
//	    power cut after that loses nothing of it.
//	S2  Commit writes only on top of exactly Batch.After. Otherwise nothing is
//	    written and the error is a *ConflictError that brings what was missed.
//	S3  Any other error of Commit means unknown: it may be stored. The caller
//	    throws its memory away and loads again.
//	S4  Load gives every entry of one wall as one consistent reading at a position.
//	S5  Since gives the position now and the values of all that was touched after
//	    a revision, or ErrLoad when that is too much (MissedEntries, MissedBytes),
//	    too old, from the future, or of another epoch.
//	S6  Values come back byte for byte. A value that the medium has changed is an
//	    error (ErrCorrupt), never another value.
//	S7  Walls do not see each other: no call for one wall reads or writes another.
//	S8  Watch calls when a wall may have moved, with "" when any may have. It may
//	    call too often, and too seldom: it is a doorbell, not the truth. News that
//	    it brings is what who made one commit says of it: right for whoever is where
//	    that began, and no one else.
//	    What one process has to Tell others goes the same way, and may be lost, too.
//	S9  Put is compare-and-set: of two that race on one key, one gets ErrChanged.
//	S10 After a commit with Scrub returned nil, no byte of the values it replaced
//	    is left in the store's own files; where a server owns the files, not
//	    longer than it takes to write them anew, which the store sees to, and
//	    again after a restart.
//	S11 Every call ends when its context does. Close waits for calls under way
//	    and ends Watch; a call after Close is ErrClosed, another Close is nil.
package store

import (
	"context"
	"errors"
	"fmt"

	"openspacewall/hub/wall"
)

// What Since and a conflict bring at most: two of the largest commits of a room,
// so that a hub that shares a wall with busy ones follows them without loading.
const (
	MissedEntries = 4096
	MissedBytes   = 1 << 20 // keys and values together
)

// KeyMax is the longest key, in bytes, of an entry, a table, or in a table.
const KeyMax = 512

// Batch is what one commit writes: all of it, or nothing.
type Batch struct {
	After wall.Position // what the wall must be at
	To    uint64        // the revision afterwards, more than After.Revision
	// Epoch, when given, is the wall's epoch afterwards: another history
	// begins here, and what was missed of the old one is not told (S5).
	Epoch string
	// Entries are absolute new values; a nil Value removes the key, an empty
	// one does not. Of two with one key the later counts.
	Entries []wall.Entry
	// Log is one entry for the log, kept under To; empty: none.
	Log []byte
	// Ranks are the places under the themes that changed, for a store whose
	// walls others read, too. They follow from the entries: a store may ignore
	// them, and no call gives them back.
	Ranks []wall.Rank
	// By, when given, is who commits: told with the doorbell when it comes too late.
	By string
	// News, when given, is asked for what to tell with the doorbell, while somebody
	// else may hear it. It is called before Commit returns, or not at all.
	News func() string
	// Meanwhile, when given, is called at most once, by whoever called Commit, while
	// the medium is at work: for what needs no answer. Nothing is known to be stored
	// then. A store that has nobody else to do the work does not call it.
	Meanwhile func()
	// Scrub asks that replaced values be gone from the medium too (S10).
	Scrub bool
}

// Missed is what happened to a wall since a revision: values, not events.
type Missed struct {
	At      wall.Position
	Entries []wall.Entry // newest value of each key touched; nil Value: removed
}

// News is one commit, told with the doorbell.
type News struct {
	After, At wall.Position
	Said      string // by Batch.News
	Late      string // no commit, but one that came too late, and By whom
	Word      []byte // no commit, but what was told
}

// LogEntry is one commit as the log keeps it.
type LogEntry struct {
	Revision uint64
	Log      []byte
}

// ConflictError is the answer to a commit on top of something else than the
// wall's position. Missed is what happened since Batch.After; nil: load again.
type ConflictError struct {
	At     wall.Position
	Missed *Missed
}

func (e *ConflictError) Error() string { return "store: the wall has moved on" }

// The errors of a store, beside those of its medium.
var (
	ErrNotFound = errors.New("store: no such wall")
	ErrExists   = errors.New("store: the wall exists")
	ErrLoad     = errors.New("store: too much was missed: load again")
	ErrCorrupt  = errors.New("store: a value is not what was stored")
	ErrChanged  = errors.New("store: somebody else changed it")
	ErrFull     = errors.New("store: full")              // nothing was written
	ErrRefused  = errors.New("store: takes nothing now") // nothing was written; it will again
	ErrClosed   = errors.New("store: closed")
	ErrNewer    = errors.New("store: written by a newer version of this program")
	ErrInvalid  = errors.New("store: not a batch") // the caller's mistake; nothing was written
)

// Check says what makes a batch impossible, whatever the wall: every store
// refuses the same ones, with ErrInvalid. create: the batch is for Create.
func (b *Batch) Check(create bool) error {
	switch {
	case b.After.Epoch == "":
		return fmt.Errorf("%w: no epoch", ErrInvalid)
	case create && (b.After.Revision != 0 || b.Epoch != ""):
		return fmt.Errorf("%w: a wall is made at revision 0 of its epoch", ErrInvalid)
	case !create && b.To <= b.After.Revision:
		return fmt.Errorf("%w: revision %d does not follow %d", ErrInvalid, b.To, b.After.Revision)
	}
	for _, e := range b.Entries {
		if err := CheckKey(e.Key); err != nil {
			return err
		}
	}
	return nil
}

// CheckKey says which of keys (of entries, of tables, in tables) no store takes.
func CheckKey(keys ...string) error {
	for _, k := range keys {
		if k == "" || len(k) > KeyMax {
			return fmt.Errorf("%w: a key of %d bytes", ErrInvalid, len(k))
		}
	}
	return nil
}

// End is where the wall stands after the batch.
func (b *Batch) End() wall.Position {
	if b.Epoch != "" {
		return wall.Position{Epoch: b.Epoch, Revision: b.To}
	}
	return wall.Position{Epoch: b.After.Epoch, Revision: b.To}
}

// Ring is called with the id of a wall that may have moved, or "" for any; news
// may be nil. It must not block.
type Ring func(id string, news *News)

// Store keeps walls. The methods are safe for use by many goroutines.
type Store interface {
	// Create makes a wall under an id of 1 to KeyMax bytes; the batch's After carries the epoch and revision 0,
	// and To may be 0 too. ErrExists when there is one.
	Create(ctx context.Context, id string, b Batch) error
	// Load reads a whole wall. ErrNotFound when there is none.
	Load(ctx context.Context, id string) (wall.Position, []wall.Entry, error)
	// Commit appends to a wall. ErrNotFound, *ConflictError, ErrFull or
	// ErrRefused (nothing was written), or unknown (S3).
	Commit(ctx context.Context, id string, b Batch) error
	// Since reads what was touched after p. ErrLoad, ErrNotFound.
	Since(ctx context.Context, id string, p wall.Position) (Missed, error)
	// Log reads up to limit log entries after a revision, oldest first.
	Log(ctx context.Context, id string, after uint64, limit int) ([]LogEntry, error)
	// Walls lists the ids of all walls.
	Walls(ctx context.Context) ([]string, error)
	// Delete removes a wall and its log. Removing none is no error.
	Delete(ctx context.Context, id string) error
	// Watch calls ring with the id of a wall that may have moved by another
	// process's hand, until ctx ends or nothing can be heard any more. It rings
	// for "", any wall, when it begins to hear. ring must not block.
	Watch(ctx context.Context, ring Ring) error

	// Tell has those who watch in other processes hear a word about a wall. It
	// does not say whether anybody does.
	Tell(ctx context.Context, id string, word []byte) error

	// Get reads a value of the installation (join codes, keys, logins), by
	// table and key; nil when there is none.
	Get(ctx context.Context, table, key string) ([]byte, error)
	// Put sets it if it still is old (nil: there is none); nil value removes. ErrChanged.
	Put(ctx context.Context, table, key string, old, value []byte) error
	// List reads a whole table.
	List(ctx context.Context, table string) (map[string][]byte, error)

	// Ready says in an error why the store cannot be used now.
	Ready(ctx context.Context) error
	Close() error
}
