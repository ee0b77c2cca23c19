package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	lockWait  = time.Second           // a restart overlaps with what it replaces
	lockEvery = 20 * time.Millisecond // flock has no waiting with an end

	lockSuffix = ".lock"
	newSuffix  = ".new" // a file being made; it becomes the file by its renaming

	// The file grows by an eighth, within these bounds: growing writes zeros.
	growLeast = 1 << 20
	growMost  = 16 << 20
)

// makeDir makes the folder of the file, for the owner's eyes only.
func makeDir(path string, log *slog.Logger) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err == nil {
		if info.Mode().Perm()&0o077 != 0 {
			log.Warn("others on this machine may look into the walls' folder; chmod 700 it", "folder", dir)
		}
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("boltstore: making the walls' folder: %w", err)
	}
	return syncDir(filepath.Dir(dir))
}

// lockFile takes the lock that says whose the file is. It has a file of its
// own, which is never removed, because the walls' file is replaced at times and
// a lock would stay with the old one.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("boltstore: %w", err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(lockEvery) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("boltstore: locking %s: %w", f.Name(), err), f.Close())
		}
		if time.Now().After(end) {
			return nil, errors.Join(fmt.Errorf("boltstore: another wall process uses %s: stop it first, or give this one another file", path), f.Close())
		}
	}
}

// mapFile has bbolt open a file that is open already.
func mapFile(f *os.File) (*bolt.DB, error) {
	db, err := bolt.Open(f.Name(), 0o600, &bolt.Options{
		Timeout:      lockWait, // bbolt's own tools lock the file itself
		FreelistType: bolt.FreelistMapType,
		NoSync:       skipSync,
		NoStatistics: true,
		OpenFile:     func(string, int, os.FileMode) (*os.File, error) { return f, nil },
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("another process uses %s: stop it first", f.Name())
	}
	if err != nil {
		return nil, err
	}
	// bbolt must not grow the file: that would be a hole, and the disk full
	// found out in the middle of a commit. The committer grows it (extend).
	db.AllocSize = os.Getpagesize()
	return db, nil
}

// newFile begins a file beside the real one. Until it is finished nothing of it
// is synced, and nobody reads it.
func newFile(path string) (*bolt.DB, *os.File, error) {
	f, err := os.OpenFile(path+newSuffix, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, err
	}
	db, err := mapFile(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close(), os.Remove(path+newSuffix))
	}
	db.NoSync, db.NoGrowSync = true, true
	return db, f, nil
}

// finishFile syncs a new file and puts it in its place.
func finishFile(path string, db *bolt.DB, f *os.File) error {
	var used int64
	if err := db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return err
	}
	if err := f.Truncate(used); err != nil {
		return err
	}
	if !skipSync {
		if err := f.Sync(); err != nil {
			return &syncError{err}
		}
	}
	db.NoSync, db.MaxSize = skipSync, int(used)
	if err := os.Rename(path+newSuffix, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// createFile makes the first file: whole and synced before it has its name.
func createFile(path string) error {
	db, f, err := newFile(path)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{wallsBucket, tablesBucket} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		about, err := tx.CreateBucket(aboutBucket)
		if err != nil {
			return err
		}
		b := bucket{Bucket: about, place: place(aboutBucket)}
		if err := b.put(schemaKey, binary.BigEndian.AppendUint32(nil, schema)); err != nil {
			return err
		}
		return b.count()
	})
	if err == nil {
		err = finishFile(path, db, f)
	}
	return errors.Join(err, db.Close())
}

// extend makes the file longer by zeros that are really on the disk, so that
// no commit can find the disk full half way. need is what was too much.
func extend(f *os.File, size int64, need int) (int64, error) {
	grow := min(max(size/8, growLeast), growMost) + int64(need)
	grow -= (size + grow) % growLeast
	zeros := make([]byte, growLeast)
	for done := int64(0); done < grow; {
		n, err := f.WriteAt(zeros[:min(int64(len(zeros)), grow-done)], size+done)
		done += int64(n)
		if err != nil {
			return size, errors.Join(err, f.Truncate(size))
		}
	}
	if skipSync {
		return size + grow, nil
	}
	if err := f.Sync(); err != nil {
		return size, &syncError{err}
	}
	return size + grow, nil
}

// syncError is a sync that failed: what the disk holds is unknown, whatever the
// reason says.
type syncError struct{ cause error }

func (e *syncError) Error() string { return "sync: " + e.cause.Error() }
func (e *syncError) Unwrap() error { return e.cause }

// isFull tells that there was no room, before anything was promised to be there.
func isFull(err error) bool {
	var sync *syncError
	if errors.As(err, &sync) {
		return false
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// syncDir makes a name in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return &syncError{err}
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return &syncError{err}
	}
	return nil
}
