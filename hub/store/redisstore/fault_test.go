package redisstore_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// The short runs are in every go test; make torture has the long ones.
var (
	kills   = flag.Int("kills", 5, "how often Redis is killed under commits")
	cuts    = flag.Int("cuts", 60, "how often each kind of call is cut off between effect and answer")
	flushes = flag.Int("flushes", 100, "how often Redis forgets its scripts under commits")
)

const epoch = "storm"

// openAt opens a store, to be closed with the test.
func openAt(t testing.TB, url string) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(context.Background(), redisstore.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// within is a context for one call.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// stormBatch is what a wall's writer commits to get to a revision, so that
// whoever looks afterwards knows every byte that must be there.
func stormBatch(room int, to uint64) store.Batch {
	m := fmt.Sprintf("#w%dr%d#", room, to)
	b := store.Batch{
		After: wall.Position{Epoch: epoch, Revision: to - 1},
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
	return b
}

// holds says what is wrong with a storm's wall, which is to be at a revision
// of at least told; it gives where it is.
func holds(s *redisstore.Store, id string, room int, told uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	at, entries, err := s.Load(ctx, id)
	if err != nil {
		return 0, err
	}
	if at.Revision < told {
		return 0, fmt.Errorf("lost: told of %d, and the wall is at %d", told, at.Revision)
	}
	want, got := map[string]string{}, map[string]string{}
	for to := uint64(1); to <= at.Revision; to++ {
		for _, e := range stormBatch(room, to).Entries {
			if e.Value == nil {
				delete(want, e.Key)
			} else {
				want[e.Key] = string(e.Value)
			}
		}
	}
	for _, e := range entries {
		got[e.Key] = string(e.Value)
	}
	if !maps.Equal(want, got) {
		return 0, fmt.Errorf("other values than those of revision %d", at.Revision)
	}
	log, err := s.Log(ctx, id, 0, 1<<20)
	if err != nil {
		return 0, err
	}
	if uint64(len(log)) != at.Revision {
		return 0, fmt.Errorf("%d log entries at revision %d", len(log), at.Revision)
	}
	for i, e := range log {
		if want := stormBatch(room, uint64(i+1)); e.Revision != want.To || string(e.Log) != string(want.Log) {
			return 0, fmt.Errorf("log entry %d is %d %q", i+1, e.Revision, e.Log)
		}
	}
	return at.Revision, nil
}

// create makes a storm's wall.
func create(t testing.TB, s *redisstore.Store) string {
	t.Helper()
	id := fmt.Sprintf("wall-%x", rand.Uint64())
	if err := s.Create(within(t, 10*time.Second), id, store.Batch{After: wall.Position{Epoch: epoch}}); err != nil {
		t.Fatal(err)
	}
	return id
}

// isUnknown says that a call ended as one does of which nobody knows whether
// it was done.
func isUnknown(err error) bool {
	var conflict *store.ConflictError
	return err != nil && !errors.As(err, &conflict) && !errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrExists) &&
		!errors.Is(err, store.ErrChanged) && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrInvalid)
}

// TestKill_S1 kills Redis at random moments of a storm on several walls, and
// looks each time whether all that was acknowledged is there, whole, and once.
func TestKill_S1(t *testing.T) {
	const rooms = 8
	r := redistest.Start(t)
	s := openAt(t, r.URL())
	toll := &redistest.Toll{What: "Redis killed (-9) under commits, each wall compared byte for byte", Rounds: *kills}
	var acked atomic.Int64
	ids, told := make([]string, rooms), make([]uint64, rooms)
	for i := range ids {
		ids[i] = create(t, s)
	}
	for range toll.Rounds {
		var all sync.WaitGroup
		stop, began := make(chan struct{}), make(chan struct{}, rooms)
		for room, id := range ids {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
					err := s.Commit(ctx, id, stormBatch(room, told[room]+1))
					cancel()
					if err != nil {
						if !isUnknown(err) {
							t.Errorf("room %d at %d: %v", room, told[room], err)
						}
						return
					}
					told[room]++
					acked.Add(1)
					select {
					case began <- struct{}{}:
					default:
					}
				}
			})
		}
		<-began
		fuse := time.NewTimer(time.Duration(rand.IntN(50)) * time.Millisecond)
		<-fuse.C
		r.Kill()
		close(stop)
		all.Wait()
		r.Restart()
		for room, id := range ids {
			at, err := holds(s, id, room, told[room])
			if err != nil {
				t.Fatalf("room %d: %v", room, err)
			}
			toll.Unacked += int(at - told[room])
			told[room] = at
		}
	}
	toll.Acked = int(acked.Load())
	toll.Report(t)
}

// TestCut_unknown has Redis do what it is told and its answer be cut off, or the
// connection before the question. Nobody knows then, so no call may say that
// it does: neither that it was done, nor that somebody else was first.
func TestCut_unknown(t *testing.T) {
	r := redistest.Start(t)
	p := redistest.StartProxy(t, r)
	s, truth := openAt(t, p.URL()), openAt(t, r.URL())
	chance := rand.New(rand.NewPCG(rand.Uint64(), 1))
	toll := &redistest.Toll{What: "cut between effect and answer, each call of the store", Rounds: 4 * *cuts}
	// cut has the next request of a call come to that end, and none after it.
	cut := func() (effect bool) {
		f := redistest.Fault{Cut: true, Keep: chance.IntN(6)}
		if chance.IntN(4) == 0 {
			f = redistest.Fault{Before: true}
		}
		var once sync.Once
		p.On(func(request []string) (fate redistest.Fault) {
			if isWrite(request) {
				once.Do(func() { fate = f })
			}
			return fate
		})
		return f.Cut
	}
	id, at := create(t, truth), uint64(0)
	var old []byte
	for i := range *cuts {
		effect := cut()
		err := s.Commit(within(t, 5*time.Second), id, stormBatch(0, at+1))
		p.Heal()
		if !isUnknown(err) {
			t.Fatalf("Commit: %v", err)
		}
		is, err := holds(truth, id, 0, at)
		if err != nil {
			t.Fatal(err)
		}
		if effect != (is == at+1) {
			t.Fatalf("cut after the effect: %v, and the wall is at %d after %d", effect, is, at)
		}
		if err := s.Commit(within(t, 5*time.Second), id, stormBatch(0, is+1)); err != nil {
			t.Fatalf("a commit after the cut: %v", err)
		}
		toll.Acked++
		toll.Unacked += int(is - at)
		at = is + 1

		effect = cut()
		made := fmt.Sprintf("made-%d", i)
		err = s.Create(within(t, 5*time.Second), made, store.Batch{After: wall.Position{Epoch: epoch}})
		p.Heal()
		if !isUnknown(err) {
			t.Fatalf("Create: %v", err)
		}
		if _, _, err := truth.Load(within(t, 5*time.Second), made); effect != (err == nil) {
			t.Fatalf("cut after the effect of Create: %v, and Load says %v", effect, err)
		}

		effect = cut()
		value := fmt.Appendf(nil, "value %d", i)
		err = s.Put(within(t, 5*time.Second), "codes", "k", old, value)
		p.Heal()
		if !isUnknown(err) {
			t.Fatalf("Put: %v", err)
		}
		now, err := truth.Get(within(t, 5*time.Second), "codes", "k")
		if err != nil || effect != (string(now) == string(value)) {
			t.Fatalf("cut after the effect of Put: %v, and there is %q, %v", effect, now, err)
		}
		old = now

		cut()
		if err := s.Delete(within(t, 5*time.Second), made); !isUnknown(err) {
			t.Fatalf("Delete: %v", err)
		}
		p.Heal()
		if err := s.Delete(within(t, 5*time.Second), made); err != nil {
			t.Fatal(err)
		}
	}
	toll.Report(t)
}

// isWrite says whether a request to Redis may change something.
func isWrite(request []string) bool {
	switch request[0] {
	case "EVAL", "EVALSHA", "DEL", "UNLINK", "HSET", "HDEL", "MULTI", "EXEC", "HSETNX", "SADD", "SREM":
		return true
	}
	return false
}

// TestAilments has whatever can ail Redis: every call ends when its context
// does, says what is the matter, and works again by itself afterwards.
func TestAilments(t *testing.T) {
	for _, a := range redistest.Ailments() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			const patience = 500 * time.Millisecond
			r := redistest.Start(t)
			p := redistest.StartProxy(t, r)
			s := openAt(t, p.URL())
			id := create(t, s)
			at := uint64(0)
			for range 5 {
				if err := s.Commit(within(t, 5*time.Second), id, stormBatch(0, at+1)); err != nil {
					t.Fatal(err)
				}
				at++
			}
			a.Break(r, p)
			call := func(name string, right func(error) bool, f func(context.Context) error) {
				t.Helper()
				began := time.Now()
				err := f(within(t, patience))
				if took := time.Since(began); took > patience+200*time.Millisecond {
					t.Errorf("%s ended after %v", name, took)
				}
				if !right(err) {
					t.Errorf("%s: %v", name, err)
				}
			}
			written := isUnknown
			if a.Full {
				written = func(err error) bool { return errors.Is(err, store.ErrFull) }
			}
			read := isUnknown
			if a.Reads {
				read = func(err error) bool { return err == nil }
			}
			call("Commit", written, func(ctx context.Context) error { return s.Commit(ctx, id, stormBatch(0, at+1)) })
			call("Put", written, func(ctx context.Context) error { return s.Put(ctx, "codes", "k", nil, []byte("v")) })
			call("Create", written, func(ctx context.Context) error {
				return s.Create(ctx, "new", store.Batch{After: wall.Position{Epoch: epoch}})
			})
			call("Load", read, func(ctx context.Context) error { _, _, err := s.Load(ctx, id); return err })
			call("Since", read, func(ctx context.Context) error {
				_, err := s.Since(ctx, id, wall.Position{Epoch: epoch, Revision: at - 1})
				return err
			})
			call("Ready", func(err error) bool { return err != nil }, s.Ready)
			t.Logf("Ready: %v", s.Ready(within(t, patience)))

			a.Mend(r, p)
			redistest.Until(t, 3*time.Second, "it works again", func() bool { return s.Ready(within(t, patience)) == nil })
			is, err := holds(s, id, 0, at)
			if err != nil {
				t.Fatal(err)
			}
			if a.Full && is != at {
				t.Errorf("refused as full, and stored: %d after %d", is, at)
			}
			if err := s.Commit(within(t, 5*time.Second), id, stormBatch(0, is+1)); err != nil {
				t.Fatal(err)
			}
			if _, err := holds(s, id, 0, is+1); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestScripts_forgotten empties Redis' memory of scripts again and again in a
// storm: nobody notices.
func TestScripts_forgotten(t *testing.T) {
	r := redistest.Start(t)
	s := openAt(t, r.URL())
	toll := &redistest.Toll{What: "scripts forgotten under commits", Rounds: *flushes}
	var all sync.WaitGroup
	var acked atomic.Int64
	stop := make(chan struct{})
	for room := range 4 {
		id := create(t, s)
		all.Go(func() {
			for to := uint64(1); ; to++ {
				select {
				case <-stop:
					if _, err := holds(s, id, room, to-1); err != nil {
						t.Error(err)
					}
					return
				default:
				}
				if err := s.Commit(context.Background(), id, stormBatch(room, to)); err != nil {
					t.Errorf("room %d at %d: %v", room, to, err)
					return
				}
				if _, err := s.Since(context.Background(), id, wall.Position{Epoch: epoch, Revision: to - 1}); err != nil {
					t.Errorf("room %d at %d: Since: %v", room, to, err)
					return
				}
				acked.Add(1)
			}
		})
	}
	for range toll.Rounds {
		r.Do("SCRIPT", "FLUSH")
	}
	close(stop)
	all.Wait()
	toll.Acked = int(acked.Load())
	toll.Report(t)
}
