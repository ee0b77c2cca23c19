package yardstick

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"openspacewall/hub/crowd"
	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

// commits is an embedded store of its own that commits one small thing at a
// pace, for what a commit costs at this moment on this machine.
type commits struct {
	times crowd.Histogram
	stop  context.CancelFunc
	ended chan error
}

// startCommits begins to commit.
func startCommits(ctx context.Context, every time.Duration) *commits {
	c := &commits{ended: make(chan error, 1)}
	ctx, c.stop = context.WithCancel(ctx)
	go func() { c.ended <- c.run(ctx, every) }()
	return c
}

// end ends it and gives the median.
func (c *commits) end() (time.Duration, error) {
	c.stop()
	err := <-c.ended
	return c.times.Times().Percentile(50), err
}

func (c *commits) run(ctx context.Context, every time.Duration) (err error) {
	folder, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s, err := boltstore.Open(filepath.Join(folder, "wall.db"), boltstore.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	const id = "5f1d3a7c-9b20-4e68-8f0a-1d2e3f4a5b6c"
	at := wall.Position{Epoch: "yardstick"}
	w := wall.New(at, wall.DefaultSettings(), 0)
	if err := s.Create(ctx, id, store.Batch{After: at, Entries: w.All()}); err != nil {
		return err
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		b := store.Batch{After: at, To: at.Revision + 1, Entries: []wall.Entry{{Key: fmt.Sprintf("note/%d", i), Value: make([]byte, 300)}}}
		began := time.Now()
		if err := s.Commit(context.WithoutCancel(ctx), id, b); err != nil {
			return err
		}
		c.times.Add(time.Since(began))
		at = b.End()
	}
}
