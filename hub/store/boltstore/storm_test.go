package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

// The storm: rooms that commit as fast as they can, each what its revision says,
// so that whoever looks afterwards knows every byte that must be there.

const (
	exitFatal = 3 // the store called Fatal
	exitFull  = 4 // a commit was refused with ErrFull
)

// storm is how a storm is asked for: file, rooms, commits of each (0: until
// killed), every how many an erasing one (0: none).
type storm struct {
	path                    string
	rooms, commits, erasing int
}

func (s storm) args() []string {
	return []string{s.path, strconv.Itoa(s.rooms), strconv.Itoa(s.commits), strconv.Itoa(s.erasing)}
}

func roomID(room int) string { return fmt.Sprintf("wall-%d", room) }

func mark(room int, revision uint64) string { return fmt.Sprintf("#w%dr%d#", room, revision) }

// stormBatch is what a room commits to get to a revision.
func stormBatch(room int, to uint64) store.Batch {
	m := mark(room, to)
	b := store.Batch{
		After: wall.Position{Epoch: "storm", Revision: to - 1},
		To:    to,
		Entries: []wall.Entry{
			{Key: fmt.Sprintf("ballot/%d", to*7919%61), Value: []byte("ballot " + m)},
			{Key: fmt.Sprintf("note/%d", to%97), Value: []byte("note " + m + strings.Repeat(" text", int(to%40)))},
			{Key: "meta", Value: []byte(m)},
		},
		Log: []byte("log " + m),
	}
	if to%11 == 0 {
		b.Entries = append(b.Entries, wall.Entry{Key: fmt.Sprintf("note/%d", (to-5)%97)})
	}
	if to%501 == 0 { // larger than a page
		b.Entries = append(b.Entries, wall.Entry{Key: "act/1", Value: []byte(strings.Repeat(m, 2000))})
	}
	return b
}

// stormState is what a room's wall holds at a revision.
func stormState(room int, revision uint64) map[string]string {
	state := map[string]string{}
	for to := uint64(1); to <= revision; to++ {
		for _, e := range stormBatch(room, to).Entries {
			if e.Value == nil {
				delete(state, e.Key)
			} else {
				state[e.Key] = string(e.Value)
			}
		}
	}
	return state
}

// helperStorm is the process that storms. Each acknowledgement is one write.
func helperStorm(args []string) error {
	n := make([]int, len(args))
	for i, a := range args[1:] {
		n[i], _ = strconv.Atoi(a)
	}
	st := storm{args[0], n[0], n[1], n[2]}
	s, err := boltstore.Open(st.path, boltstore.Options{Fatal: func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFatal)
	}})
	if err != nil {
		return err
	}
	ctx, errs := context.Background(), make([]error, st.rooms)
	var rooms sync.WaitGroup
	for room := range st.rooms {
		rooms.Go(func() { errs[room] = stormRoom(ctx, s, st, room) })
	}
	rooms.Wait()
	err = errors.Join(append(errs, s.Close())...)
	if errors.Is(err, store.ErrFull) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFull)
	}
	return err
}

func stormRoom(ctx context.Context, s *boltstore.Store, st storm, room int) error {
	err := s.Create(ctx, roomID(room), store.Batch{After: wall.Position{Epoch: "storm"}})
	if err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	at, _, err := s.Load(ctx, roomID(room))
	if err != nil {
		return err
	}
	for i := 0; st.commits == 0 || i < st.commits; i++ {
		b := stormBatch(room, at.Revision+1)
		b.Scrub = st.erasing > 0 && b.To%uint64(st.erasing) == 0
		if err := s.Commit(ctx, roomID(room), b); err != nil {
			return err
		}
		at.Revision++
		if _, err := os.Stdout.WriteString("ack " + mark(room, at.Revision) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// acks reads what a storm has acknowledged: room → its last revision.
type acks map[int]uint64

func (a acks) read(out []byte) (n int, err error) {
	for line := range bytes.Lines(out) {
		var room int
		var revision uint64
		if _, err := fmt.Sscanf(string(line), "ack #w%dr%d#\n", &room, &revision); err != nil {
			return n, fmt.Errorf("the storm says %q: %w", line, err)
		}
		if revision <= a[room] {
			return n, fmt.Errorf("room %d was told of revision %d after %d", room, revision, a[room])
		}
		a[room] = revision
		n++
	}
	return n, nil
}

// verify opens a storm's file and compares it with what was acknowledged: none
// of that lost, nothing twice, every value the right one.
func (a acks) verify(path string, rooms int) error {
	ctx := context.Background()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	for room := range rooms {
		if err := a.verifyRoom(ctx, s, room); err != nil {
			return errors.Join(fmt.Errorf("room %d, acknowledged up to %d: %w", room, a[room], err), s.Close())
		}
	}
	return s.Close()
}

func (a acks) verifyRoom(ctx context.Context, s *boltstore.Store, room int) error {
	at, entries, err := s.Load(ctx, roomID(room))
	if errors.Is(err, store.ErrNotFound) && a[room] == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if at.Revision < a[room] {
		return fmt.Errorf("lost: the wall is at %d", at.Revision)
	}
	a[room] = at.Revision // stored, and seen: it must not go away later either
	got := map[string]string{}
	for _, e := range entries {
		got[e.Key] = string(e.Value)
	}
	if !maps.Equal(got, stormState(room, at.Revision)) {
		return fmt.Errorf("other values than those of revision %d", at.Revision)
	}
	log, err := s.Log(ctx, roomID(room), 0, 1<<30)
	if err != nil {
		return err
	}
	if uint64(len(log)) != at.Revision {
		return fmt.Errorf("%d log entries at revision %d", len(log), at.Revision)
	}
	for i, e := range log {
		if r := uint64(i + 1); e.Revision != r || string(e.Log) != "log "+mark(room, r) {
			return fmt.Errorf("log entry %d is %d %q", r, e.Revision, e.Log)
		}
	}
	return nil
}
