package redisstore_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// The short runs are in every go test; make torture has the long ones.
var (
	kills   = flag.Int("kills", 5, "how often Redis is killed under commits")
	cuts    = flag.Int("cuts", 60, "how often each kind of call is cut off between effect and answer")
	flushes = flag.Int("flushes", 100, "how often Redis forgets its scripts under commits")
)

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
	r := redistest.Start(t)
	s := openAt(t, r.URL())
	toll := &storetest.Toll{What: "Redis killed (-9) under commits, walls compared byte for byte", Rounds: *kills}
	var acked atomic.Int64
	var storms []*storm
	for room := range 8 {
		storms = append(storms, newStorm(t, s, room))
	}
	for range toll.Rounds {
		var all sync.WaitGroup
		began := make(chan struct{}, len(storms))
		for _, x := range storms {
			all.Go(func() {
				for {
					ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
					err := x.commit(ctx)
					cancel()
					if err != nil {
						if !isUnknown(err) {
							t.Errorf("room %d after %d: %v", x.room, x.told, err)
						}
						began <- struct{}{}
						return
					}
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
		go func() {
			for range began { // whoever ends says so
			}
		}()
		all.Wait()
		close(began)
		r.Restart()
		for _, x := range storms {
			toll.Unacked += x.look(s)
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
	toll := &storetest.Toll{What: "cut between effect and answer, each call of the store", Rounds: 4 * *cuts}
	// Redis knows the scripts: being told that it does not is no effect.
	x := newStorm(t, s, 0)
	old := []byte("first")
	if err := errors.Join(x.commit(within(t, 5*time.Second)), s.Put(within(t, 5*time.Second), "codes", "k", nil, old),
		s.Delete(within(t, 5*time.Second), "none")); err != nil {
		t.Fatal(err)
	}
	// cut has the next request of a call come to an end, and none after it.
	cut := func(name string, call func(context.Context) error) (effect bool) {
		t.Helper()
		f := redistest.Fault{Cut: true, Keep: chance.IntN(6)}
		if chance.IntN(4) == 0 {
			f = redistest.Fault{Before: true}
		}
		var once sync.Once
		p.On(func(request []string) (fate redistest.Fault) {
			if strings.HasPrefix(request[0], "EVAL") && request[3] != "wall:walls:ids" {
				once.Do(func() { fate = f })
			}
			return fate
		})
		err := call(within(t, 5*time.Second))
		p.Heal()
		if !isUnknown(err) {
			t.Fatalf("%s: %v", name, err)
		}
		return f.Cut
	}
	for i := range *cuts {
		effect := cut("Commit", x.commit)
		if more := x.look(truth); effect != (more == 1) {
			t.Fatalf("cut after the effect of Commit: %v, and %d more is stored", effect, more)
		} else {
			toll.Unacked += more
		}
		if err := x.commit(within(t, 5*time.Second)); err != nil {
			t.Fatalf("a commit after the cut: %v", err)
		}
		toll.Acked++

		made := fmt.Sprintf("made-%d", i)
		effect = cut("Create", func(ctx context.Context) error {
			return s.Create(ctx, made, store.Batch{After: wall.Position{Epoch: "e"}})
		})
		if _, _, err := truth.Load(within(t, 5*time.Second), made); effect != (err == nil) {
			t.Fatalf("cut after the effect of Create: %v, and Load says %v", effect, err)
		}

		value := fmt.Appendf(nil, "value %d", i)
		effect = cut("Put", func(ctx context.Context) error { return s.Put(ctx, "codes", "k", old, value) })
		now, err := truth.Get(within(t, 5*time.Second), "codes", "k")
		if err != nil || effect != (string(now) == string(value)) {
			t.Fatalf("cut after the effect of Put: %v, and there is %q, %v", effect, now, err)
		}
		old = now

		cut("Delete", func(ctx context.Context) error { return s.Delete(ctx, made) })
		if err := s.Delete(within(t, 5*time.Second), made); err != nil {
			t.Fatal(err)
		}
	}
	toll.Report(t)
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
			x := newStorm(t, s, 0)
			for range 5 {
				if err := x.commit(within(t, 5*time.Second)); err != nil {
					t.Fatal(err)
				}
			}
			a.Break(r, p)
			call := func(name string, right func(error) bool, f func(context.Context) error) {
				t.Helper()
				began := time.Now()
				err := f(within(t, patience))
				if took := time.Since(began); took > patience+storetest.Grace(time.Second) {
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
			call("Commit", written, x.commit)
			call("Put", written, func(ctx context.Context) error { return s.Put(ctx, "codes", "k", nil, []byte("v")) })
			call("Create", written, func(ctx context.Context) error {
				return s.Create(ctx, "new", store.Batch{After: wall.Position{Epoch: "e"}})
			})
			call("Load", read, func(ctx context.Context) error { _, _, err := s.Load(ctx, x.id); return err })
			call("Since", read, func(ctx context.Context) error {
				_, err := s.Since(ctx, x.id, wall.Position{Epoch: x.at.Epoch, Revision: x.at.Revision - 1})
				return err
			})
			call("Ready", func(err error) bool { return err != nil }, s.Ready)
			t.Logf("Ready: %v", s.Ready(within(t, patience)))

			a.Mend(r, p)
			redistest.Until(t, storetest.Grace(3*time.Second), "it works again", func() bool { return s.Ready(within(t, patience)) == nil })
			if more := x.look(s); a.Full && more > 0 {
				t.Error("refused as full, and stored")
			}
			if err := x.commit(within(t, 5*time.Second)); err != nil {
				t.Fatal(err)
			}
			x.look(s)
		})
	}
}

// TestScripts_forgotten empties Redis' memory of scripts again and again in a
// storm: nobody notices.
func TestScripts_forgotten(t *testing.T) {
	r := redistest.Start(t)
	s := openAt(t, r.URL())
	toll := &storetest.Toll{What: "scripts forgotten under commits", Rounds: *flushes}
	var all sync.WaitGroup
	var acked atomic.Int64
	stop := make(chan struct{})
	for room := range 4 {
		x := newStorm(t, s, room)
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				before := x.at
				if err := x.commit(context.Background()); err != nil {
					t.Errorf("room %d after %d: %v", room, x.told, err)
					return
				}
				if _, err := s.Since(context.Background(), x.id, before); err != nil {
					t.Errorf("room %d after %d: Since: %v", room, x.told, err)
					return
				}
				acked.Add(1)
			}
		})
		defer func() { x.look(s) }()
	}
	for range toll.Rounds {
		r.Do("SCRIPT", "FLUSH")
	}
	close(stop)
	all.Wait()
	toll.Acked = int(acked.Load())
	toll.Report(t)
}
