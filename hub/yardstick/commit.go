package yardstick

import (
	"context"
	"crypto/rand"
	"encoding/json"
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

// commits is an embedded store of its own that commits a note at a pace, all that
// a hub writes of one: for what that costs at this moment on this machine.
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
	if err := s.Create(ctx, id, store.Batch{After: at, Entries: w.All(), Ranks: w.AllRanks()}); err != nil {
		return err
	}
	texts, err := crowd.NewWall(rand.Reader, TextSize)
	if err != nil {
		return err
	}
	// Notes come at the same pace. Half a beat away from them the disk has rested
	// as long as before a note's own commit: just after that one it is a fifth faster.
	select {
	case <-time.After(every / 2):
	case <-ctx.Done():
		return nil
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		e, err := w.Decide(wall.Request{By: wall.Actor{Role: wall.Participant, ID: fmt.Sprint("writer ", i)}, At: wall.Millis(i),
			Command: wall.Post{ID: texts.ID(i), Theme: "housing", Kind: "opinion", Text: texts.Text(i)}})
		if err != nil {
			return err
		}
		keys := w.Apply(e).Keys
		log, err := json.Marshal([]*wall.Event{e})
		if err != nil {
			return err
		}
		b := store.Batch{After: at, To: w.Position().Revision, Entries: w.Entries(keys), Log: log, Ranks: w.Ranks()}
		began := time.Now()
		if err := s.Commit(context.WithoutCancel(ctx), id, b); err != nil {
			return err
		}
		c.times.Add(time.Since(began))
		w.Stored()
		at = b.End()
	}
}
