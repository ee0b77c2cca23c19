package boltstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// open opens a store that must not break.
func open(t testing.TB, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, boltstore.Options{Fatal: func(err error) { t.Errorf("fatal: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Medium {
		dir := t.TempDir()
		return storetest.Medium{
			Open:    func(t testing.TB) store.Store { return open(t, filepath.Join(dir, "walls.db")) },
			Durable: true,
			Bytes: func(t testing.TB) (all []byte) {
				files, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					b, err := os.ReadFile(filepath.Join(dir, f.Name()))
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, b...)
				}
				return all
			},
		}
	})
}

// Whoever commits is not idle while the disk is at work.
func TestMeanwhile(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "walls.db"))
	defer s.Close()
	first := store.Batch{After: wall.Position{Epoch: "e"}}
	if err := s.Create(t.Context(), "wall", first); err != nil {
		t.Fatal(err)
	}
	calls := 0
	next := store.Batch{After: first.After, To: 1, Meanwhile: func() { calls++ }}
	if err := s.Commit(t.Context(), "wall", next); err != nil || calls != 1 {
		t.Errorf("called %d times: %v", calls, err)
	}
}
