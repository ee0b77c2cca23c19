package boltstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/store/storetest"
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
