// Package boltstore keeps walls in one bbolt file: the store of an
// installation that is one process.
//
// A bucket per wall holds a bucket per kind of key and one for the log; tables
// have a bucket each (record.go). One goroutine commits for all rooms, and what
// waits together shares one sync (committer.go). The disk is not trusted: every
// record carries a checksum, every bucket a count, and the whole file is read
// and checked before bbolt may map it (check.go), because bbolt itself would
// panic or return other values. An error of the medium at a commit makes the
// store unusable, since nobody knows what the disk holds: the process ends and
// reads from it again (Options.Fatal).
//
// It needs a system with flock and with directories that can be synced: Linux,
// macOS, the BSDs.
package boltstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"openspacewall/hub/store"
)

// Options are what a store may be given.
type Options struct {
	Log *slog.Logger // nil: silent
	// Fatal is called once, with the reason, when the store has become
	// unusable. It should end the process, and must not call the store.
	Fatal func(error)
}

// Store is a store of walls in one file.
type Store struct {
	path  string
	log   *slog.Logger
	fatal func(error)

	// swap is held for reading by whoever reads the file, and for writing
	// while the compacted file takes the place of the old one.
	swap sync.RWMutex
	db   *bolt.DB
	file *os.File // db's own

	lock   *os.File
	jobs   chan *job
	recent map[string]*recent // the committer's alone
	owed   atomic.Bool        // an erasure whose bytes could not be removed yet
	broken atomic.Pointer[brokenError]

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
	done   chan struct{} // closed when Close begins: ends Watch
	stop   chan struct{} // closed when no call is under way any more
	ended  chan struct{} // closed by the committer
	shut   sync.Once
}

var _ store.Store = (*Store)(nil)

// brokenError is why the store cannot be used any more.
type brokenError struct {
	path  string
	cause error
}

func (e *brokenError) Error() string {
	return fmt.Sprintf("boltstore: %s cannot be used until this process has started again: %v", e.path, e.cause)
}

func (e *brokenError) Unwrap() error { return e.cause }

// Open opens the file, or makes it (and its folder) when there is none. A file
// that is damaged, newer than this program, or in use by another process is an
// error with a sentence for the operator; nothing is changed then.
func Open(path string, o Options) (*Store, error) {
	s := &Store{
		path:   path,
		log:    o.Log,
		fatal:  o.Fatal,
		jobs:   make(chan *job),
		recent: map[string]*recent{},
		done:   make(chan struct{}),
		stop:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.fatal == nil {
		s.fatal = func(error) {}
	}
	begun := time.Now()
	if err := makeDir(path, s.log); err != nil {
		return nil, err
	}
	var err error
	if s.lock, err = lockFile(path); err != nil {
		return nil, err
	}
	found, err := s.openFile()
	if err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	s.log.Info("the walls' file is open", "path", path, "bytes", found.size,
		"walls", found.walls, "records", found.records, "took", time.Since(begun))
	go s.committer()
	return s, nil
}

// openFile makes the file if there is none, checks it, and maps it.
func (s *Store) openFile() (found, error) {
	// What a process left that ended while it wrote a new file: never complete.
	if err := os.Remove(s.path + newSuffix); err != nil && !os.IsNotExist(err) {
		return found{}, fmt.Errorf("boltstore: %w", err)
	}
	if _, err := os.Stat(s.path); os.IsNotExist(err) {
		if err := createFile(s.path); err != nil {
			return found{}, fmt.Errorf("boltstore: making %s: %w", s.path, err)
		}
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0o600)
	if err != nil {
		return found{}, fmt.Errorf("boltstore: %w", err)
	}
	what, err := checkFile(f, s.path)
	if err != nil {
		return found{}, errors.Join(err, f.Close())
	}
	if what.leaked > 0 {
		s.log.Warn("pages that nothing uses", "path", s.path, "pages", what.leaked)
	}
	if err := f.Chmod(0o600); err != nil {
		return found{}, errors.Join(fmt.Errorf("boltstore: %w", err), f.Close())
	}
	if s.db, err = mapFile(f); err != nil {
		return found{}, errors.Join(fmt.Errorf("boltstore: opening %s: %w", s.path, err), f.Close())
	}
	s.file = f
	s.db.MaxSize = int(what.size)
	if what.owed {
		if err := s.compact(); err != nil && !isFull(err) {
			return found{}, errors.Join(fmt.Errorf("boltstore: erasing for good in %s: %w", s.path, err), s.db.Close())
		} else if err != nil {
			s.owed.Store(true)
			s.log.Error("no room to erase for good; free some and start again", "path", s.path, "err", err)
		}
	}
	return what, nil
}

// enter begins a call; s.calls.Done ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	if b := s.broken.Load(); b != nil {
		return b
	}
	s.calls.Add(1)
	return nil
}

// Tell tells nobody: nobody else has this file.
func (s *Store) Tell(ctx context.Context, _ string, _ []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.calls.Done()
	return nil
}

// Watch waits: nobody else has this file.
func (s *Store) Watch(ctx context.Context, _ store.Ring) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		return store.ErrClosed
	}
}

// Ready says why the file cannot be used, or that an erasure is incomplete.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	if s.owed.Load() {
		return fmt.Errorf("boltstore: something erased is still in %s, for want of room on the disk: free some and start again", s.path)
	}
	return nil
}

// Close waits for the calls under way, and closes the file.
func (s *Store) Close() error {
	var err error
	s.shut.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		close(s.done)
		s.calls.Wait()
		close(s.stop)
		<-s.ended
		if s.broken.Load() == nil {
			err = s.db.Close()
		} else {
			// bbolt may still hold its own locks, and would wait for them.
			err = s.file.Close()
		}
		err = errors.Join(err, s.lock.Close())
	})
	return err
}
