package boltstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"openspacewall/hub/store"
)

// What one transaction gathers at most, so that the first does not wait for
// ever for the last.
const (
	gatherJobs  = 1024
	gatherBytes = 16 << 20
)

// job is one call that writes, on its way through the committer.
type job struct {
	size int // about how much it writes
	// write does it. A refusal is its answer, given before anything was written,
	// and spoils nothing. An err is the file's: the transaction is lost. It may
	// be called again, when the first transaction found no room.
	write func(tx *bolt.Tx) (refusal, err error)
	// wrote, if given, is called once the transaction is on the disk.
	wrote func()
	// answer, if given, reads what belongs to the answer, from the file as it
	// is after the transaction, and may change the answer.
	answer func(tx *bolt.Tx, refusal error) error
	scrub  bool
	// meanwhile, if given, is called by who waits, while the job is done.
	meanwhile func()

	refusal error
	done    chan error // holds one
}

// do hands a job to the committer and waits for its answer. When ctx ends before
// the committer took the job nothing is written; afterwards it may be.
func (s *Store) do(ctx context.Context, j *job) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	j.done = make(chan error, 1)
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	if j.meanwhile != nil {
		runtime.Gosched() // the committer first: it takes this processor, and soon waits for the disk
		j.meanwhile()
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("boltstore: given up waiting; it may be stored: %w", ctx.Err())
	}
}

// committer is the only goroutine that writes. It ends when Close says so, at
// which time nobody is waiting.
func (s *Store) committer() {
	defer close(s.ended)
	// A page that the disk cannot give is an error like others, not a signal
	// that ends the process without a word.
	debug.SetPanicOnFault(true)
	for {
		select {
		case <-s.stop:
			return
		case first := <-s.jobs:
			jobs := s.gather(first)
			if b := s.broken.Load(); b != nil {
				answerAll(jobs, b)
				continue
			}
			if err := s.run(jobs); err != nil {
				s.fail(err, jobs)
			}
		}
	}
}

// gather takes the jobs that wait with the first.
func (s *Store) gather(first *job) []*job {
	jobs, size := []*job{first}, first.size
	for len(jobs) < gatherJobs && size < gatherBytes {
		select {
		case j := <-s.jobs:
			jobs, size = append(jobs, j), size+j.size
		default:
			return jobs
		}
	}
	return jobs
}

// fail makes the store unusable: what the disk holds is unknown now. Jobs that
// have their answer already keep it.
func (s *Store) fail(err error, jobs []*job) {
	b := &brokenError{s.path, err}
	s.broken.Store(b)
	s.log.Error("the walls' file cannot be used any more", "path", s.path, "err", err)
	answerAll(jobs, b)
	s.fatal(b)
}

// answerAll answers those that have no answer yet.
func answerAll(jobs []*job, err error) {
	for _, j := range jobs {
		select {
		case j.done <- err:
		default:
		}
	}
}

// run does the jobs in one transaction, and answers them. An error is fatal.
func (s *Store) run(jobs []*job) (err error) {
	defer func() {
		// bbolt panics when a page is not what it should be.
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", store.ErrCorrupt, r)
		}
	}()
	for {
		err := s.transaction(jobs)
		if err == nil {
			break
		}
		if !errors.Is(err, bolterrors.ErrMaxSizeReached) {
			return err
		}
		// Nothing was written: bbolt found the file too short before that.
		need := 0
		for _, j := range jobs {
			need += j.size
		}
		size, err := extend(s.file, int64(s.db.MaxSize), need)
		if isFull(err) {
			return s.squeeze(jobs, err)
		}
		if err != nil {
			return err
		}
		s.db.MaxSize = int(size)
	}
	return s.answer(jobs)
}

// squeeze does jobs one by one when the disk has no room for all of them: what
// is small or removes something may still fit.
func (s *Store) squeeze(jobs []*job, full error) error {
	if len(jobs) == 1 {
		s.log.Error("the disk is full", "path", s.path, "err", full)
		answerAll(jobs, fmt.Errorf("%w: %w", store.ErrFull, full))
		return nil
	}
	for _, j := range jobs {
		if err := s.run([]*job{j}); err != nil {
			return err
		}
	}
	return nil
}

// transaction writes the jobs, each whole or refused. Nil: they are on the disk.
func (s *Store) transaction(jobs []*job) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	writes, scrub := 0, false
	for _, j := range jobs {
		j.refusal = nil
		if j.write == nil {
			continue
		}
		if j.refusal, err = j.write(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if j.refusal == nil {
			writes++
			scrub = scrub || j.scrub
		}
	}
	if writes == 0 {
		return tx.Rollback()
	}
	if scrub {
		if err := oweScrub(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// answer tells the jobs how they ended. Those that wait for an erasure come last.
func (s *Store) answer(jobs []*job) error {
	for _, j := range jobs {
		if j.refusal == nil && j.wrote != nil {
			j.wrote()
		}
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return err
	}
	var scrubs []*job
	for _, j := range jobs {
		answer := j.refusal
		if j.answer != nil {
			answer = j.answer(tx, answer)
		}
		if j.scrub && answer == nil {
			scrubs = append(scrubs, j)
		} else {
			j.done <- answer
		}
	}
	if err := tx.Rollback(); err != nil || len(scrubs) == 0 {
		return err
	}
	err = s.compact()
	if isFull(err) {
		s.owed.Store(true)
		s.log.Error("no room to erase for good", "path", s.path, "err", err)
		answerAll(scrubs, fmt.Errorf("boltstore: stored, but what it replaces is still in the file: %w", err))
		return nil
	}
	if err != nil {
		return err
	}
	answerAll(scrubs, nil)
	return nil
}
