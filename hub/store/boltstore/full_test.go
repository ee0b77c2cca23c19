package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

// TestFull_disk fills a disk, which a limit on the size of files is for a
// process: what does not fit is ErrFull and nothing of it is written; what
// removes still works, and so does everything when there is room again.
func TestFull_disk(t *testing.T) {
	cmd, out, stderr := start(t, "full", []string{filepath.Join(t.TempDir(), "walls.db")})
	said, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	t.Logf("%s", said)
}

func helperFull(args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var fatal error
	s, err := boltstore.Open(args[0], boltstore.Options{Fatal: func(err error) { fatal = err }})
	if err != nil {
		return err
	}
	ctx, id := context.Background(), "wall"
	at := wall.Position{Epoch: "e"}
	if err := s.Create(ctx, id, store.Batch{After: at}); err != nil {
		return err
	}
	var unlimited syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		return err
	}
	limited := unlimited
	limited.Cur = 4 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		return err
	}
	commit := func(e ...wall.Entry) error {
		err := s.Commit(ctx, id, store.Batch{After: at, To: at.Revision + 1, Entries: e, Log: []byte("x")})
		if err == nil {
			at.Revision++
		}
		return err
	}
	large := func(i int) wall.Entry {
		return wall.Entry{Key: fmt.Sprintf("note/%d", i), Value: bytes.Repeat([]byte{byte(i)}, 100_000)}
	}
	stored := 0
	for err = commit(large(0)); err == nil; err = commit(large(stored)) {
		stored++
	}
	if !errors.Is(err, store.ErrFull) || !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("a full disk: %w", err)
	}
	holds := func(want int) error {
		p, all, err := s.Load(ctx, id)
		if err != nil || p != at || len(all) != want {
			return fmt.Errorf("Load: %v, %d entries, want %d at %v: %w", p, len(all), want, at, err)
		}
		return nil
	}
	if err := holds(stored); err != nil {
		return err
	}
	// Small and large wait together: what fits is done.
	if err := commit(wall.Entry{Key: "note/0"}, wall.Entry{Key: "note/1", Value: []byte("short")}); err != nil {
		return fmt.Errorf("removing while the disk is full: %w", err)
	}
	if err := holds(stored - 1); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		return err
	}
	for i := range 60 {
		if err := commit(large(i)); err != nil {
			return fmt.Errorf("when there is room again: %w", err)
		}
	}
	if err := errors.Join(fatal, s.Close()); err != nil {
		return err
	}
	if s, err = boltstore.Open(args[0], boltstore.Options{}); err != nil {
		return err
	}
	fmt.Printf("full after %d large values\n", stored)
	return errors.Join(holds(60), s.Close())
}
