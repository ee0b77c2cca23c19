package boltstore

import (
	"errors"
	"os"

	bolt "go.etcd.io/bbolt"
)

// compactTx is how much one transaction of the copy holds in memory.
const compactTx = 16 << 20

// oweScrub notes in the file that something erased is still in it, in pages that
// are free: should the process end before they are gone, Open goes on with it.
func oweScrub(tx *bolt.Tx) error {
	return setOwed(tx, []byte("owed"))
}

func setOwed(tx *bolt.Tx, value []byte) error {
	about, err := root(tx, aboutBucket)
	if err != nil {
		return err
	}
	if value == nil {
		err = about.set(record{key: scrubKey})
	} else {
		err = about.put(scrubKey, value)
	}
	if err != nil {
		return err
	}
	return about.count()
}

// compact copies what the file holds now to a new file, which takes its place:
// the only way to have nothing of what was replaced. The committer alone calls
// it. When it fails before the renaming the old file is still the one.
func (s *Store) compact() error {
	db, f, err := newFile(s.path)
	if err != nil {
		return err
	}
	if err := s.copyTo(db, f); err != nil {
		err = errors.Join(err, db.Close())
		if gone := os.Remove(s.path + newSuffix); gone != nil && !os.IsNotExist(gone) {
			err = errors.Join(err, gone)
		}
		return err
	}
	s.swap.Lock()
	old := s.db
	s.db, s.file = db, f
	s.swap.Unlock()
	s.owed.Store(false)
	return old.Close()
}

func (s *Store) copyTo(db *bolt.DB, f *os.File) error {
	if err := bolt.Compact(db, s.db, compactTx); err != nil {
		return err
	}
	if err := db.Update(func(tx *bolt.Tx) error { return setOwed(tx, nil) }); err != nil {
		return err
	}
	// bbolt copies without looking: nothing damaged may replace the file.
	if _, err := checkFile(f, f.Name()); err != nil {
		return err
	}
	return finishFile(s.path, db, f)
}
