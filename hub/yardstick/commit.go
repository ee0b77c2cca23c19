package yardstick

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

// commitTime is the median of what the embedded store needs for one small
// commit, at this moment, with nobody else on it.
func commitTime(ctx context.Context) (_ time.Duration, err error) {
	folder, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s, err := boltstore.Open(filepath.Join(folder, "wall.db"), boltstore.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	const id, times = "5f1d3a7c-9b20-4e68-8f0a-1d2e3f4a5b6c", 51
	at := wall.Position{Epoch: "yardstick"}
	w := wall.New(at, wall.DefaultSettings(), 0)
	if err := s.Create(ctx, id, store.Batch{After: at, Entries: w.All()}); err != nil {
		return 0, err
	}
	took := make([]time.Duration, times)
	for i := range took {
		b := store.Batch{After: at, To: at.Revision + 1, Entries: []wall.Entry{{Key: fmt.Sprintf("note/%d", i), Value: make([]byte, 300)}}}
		began := time.Now()
		if err := s.Commit(ctx, id, b); err != nil {
			return 0, err
		}
		took[i], at = time.Since(began), b.End()
	}
	slices.Sort(took)
	return took[times/2], nil
}
