package boltstore_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

func TestOpen_permissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "data", "walls.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + ".lock": 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("a file that others may read stays so: %v", info.Mode())
	}
}

// TestOpen_in_use has a second process try, and a second store in this one.
func TestOpen_in_use(t *testing.T) {
	path := filepath.Join(t.TempDir(), "walls.db")
	s := open(t, path)
	defer s.Close()
	const sentence = "another wall process uses " // and the file
	if _, err := boltstore.Open(path, boltstore.Options{}); err == nil || !strings.Contains(err.Error(), sentence+path) {
		t.Errorf("a second store: %v", err)
	}
	cmd, out, stderr := start(t, "locked", []string{path})
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err == nil || !strings.Contains(stderr.String(), sentence+path) {
		t.Errorf("a second process: %v %s", err, stderr)
	}
	if err := s.Create(context.Background(), "w", store.Batch{After: wall.Position{Epoch: "e"}}); err != nil {
		t.Errorf("the first one is harmed: %v", err)
	}
}

func helperLocked(args []string) error {
	_, err := boltstore.Open(args[0], boltstore.Options{})
	return err
}

// TestOpen_not_ours opens what is not a file of walls. None of it is replaced.
func TestOpen_not_ours(t *testing.T) {
	for what, content := range map[string]string{
		"empty": "", "short": "x", "text": strings.Repeat("some text\n", 2000), "zeros": strings.Repeat("\x00", 1<<16),
	} {
		path := filepath.Join(t.TempDir(), "walls.db")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Errorf("%s: was changed", what)
		}
	}
}

// TestOpen_leftovers begins with what a kill leaves of an unfinished file.
func TestOpen_leftovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "walls.db")
	for range 2 {
		if err := os.WriteFile(path+".new", []byte("half a file"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := open(t, path).Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the unfinished file is still there: %v", err)
		}
	}
}
