package boltstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

const (
	benchPeople = 2000 // ballots on each wall beforehand
	benchBallot = 180  // bytes: five dots on three targets, with counters
)

// benchBatch is votes of so many people, with a log entry as large as its events.
func benchBatch(r *rand.Rand, at wall.Position, votes int) store.Batch {
	b := store.Batch{After: at, To: at.Revision + uint64(votes), Log: make([]byte, 90*votes)}
	for range votes {
		person := fmt.Sprintf("ballot/%032x", uint64(r.IntN(benchPeople))*0x9E3779B97F4A7C15)
		value := make([]byte, benchBallot)
		value[0] = byte(r.Uint32())
		b.Entries = append(b.Entries, wall.Entry{Key: person, Value: value})
	}
	return b
}

// BenchmarkCommit is how many commits, and votes in them, reach the disk in a
// second, when so many rooms wait with batches of so many votes.
func BenchmarkCommit(b *testing.B) {
	for _, rooms := range []int{1, 10, 100} {
		for _, votes := range []int{1, 100, 1000} {
			if rooms*votes > 10_000 {
				continue
			}
			b.Run(fmt.Sprintf("rooms=%d/votes=%d", rooms, votes), func(b *testing.B) { benchCommit(b, rooms, votes) })
		}
	}
}

func benchCommit(b *testing.B, rooms, votes int) {
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "walls.db"))
	defer s.Close()
	ready := make([]wall.Position, rooms)
	for room := range rooms {
		at := wall.Position{Epoch: "bench"}
		first := store.Batch{After: at}
		for i := range benchPeople {
			first.Entries = append(first.Entries, wall.Entry{Key: fmt.Sprintf("ballot/%032x", uint64(i)*0x9E3779B97F4A7C15), Value: make([]byte, benchBallot)})
		}
		if err := s.Create(ctx, roomID(room), first); err != nil {
			b.Fatal(err)
		}
		ready[room] = at
	}
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for room, at := range ready {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(room), 3))
			for left.Add(-1) >= 0 {
				next := benchBatch(r, at, votes)
				if err := s.Commit(ctx, roomID(room), next); err != nil {
					b.Error(err)
					return
				}
				at = next.End()
			}
		})
	}
	all.Wait()
	b.StopTimer()
	perSecond := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(perSecond, "commits/s")
	b.ReportMetric(perSecond*float64(votes), "votes/s")
}

// BenchmarkErase is how long everyone waits for an erasure, which copies the
// file, and BenchmarkOpen how long a start takes, which reads it.
func BenchmarkErase(b *testing.B) {
	for _, mib := range []int{10, 100} {
		b.Run(fmt.Sprintf("MiB=%d", mib), func(b *testing.B) {
			path, at := benchFile(b, mib)
			s := open(b, path)
			defer s.Close()
			for b.Loop() {
				next := store.Batch{After: at, To: at.Revision + 1, Entries: []wall.Entry{{Key: "note/1", Value: []byte("erased")}}, Scrub: true}
				if err := s.Commit(context.Background(), "wall", next); err != nil {
					b.Fatal(err)
				}
				at = next.End()
			}
		})
	}
}

// BenchmarkOpen: see BenchmarkErase.
func BenchmarkOpen(b *testing.B) {
	for _, mib := range []int{10, 100} {
		b.Run(fmt.Sprintf("MiB=%d", mib), func(b *testing.B) {
			path, _ := benchFile(b, mib)
			for b.Loop() {
				if err := open(b, path).Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchFile is a file of about that size: half votes of many people, half log.
func benchFile(b *testing.B, mib int) (path string, at wall.Position) {
	b.Helper()
	path, at = filepath.Join(b.TempDir(), "walls.db"), wall.Position{Epoch: "bench"}
	s := open(b, path)
	if err := s.Create(context.Background(), "wall", store.Batch{After: at}); err != nil {
		b.Fatal(err)
	}
	for i := range mib {
		next := store.Batch{After: at, To: at.Revision + 1, Log: make([]byte, 1<<19)}
		for j := range 2500 {
			next.Entries = append(next.Entries, wall.Entry{Key: fmt.Sprintf("note/%08d", i*2500+j), Value: make([]byte, benchBallot)})
		}
		if err := s.Commit(context.Background(), "wall", next); err != nil {
			b.Fatal(err)
		}
		at = next.End()
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path, at
}
