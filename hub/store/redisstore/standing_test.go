package redisstore

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore/redistest"
)

// opened opens a store that ends with the test.
func opened(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
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

// logged is a log that can be read.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// A Redis that is started together with the hub may take a moment.
func TestOpenWaits(t *testing.T) {
	s := redistest.Start(t)
	s.Kill()
	log := &logged{}
	done := make(chan error, 1)
	go func() {
		store, err := Open(t.Context(), Options{URL: s.URL(), Log: slog.New(slog.NewTextHandler(log, nil))})
		if err == nil {
			err = store.Close()
		}
		done <- err
	}()
	redistest.Until(t, time.Minute, "it says that it waits", func() bool { return log.count("waiting for Redis") == 1 })
	s.Restart()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := log.count("waiting for Redis"); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// A Redis that reads its file answers some questions already, and takes
// nothing yet.
func TestOpenWaitsWhileRedisLoads(t *testing.T) {
	s := redistest.Start(t, "key-load-delay 1000", "loading-process-events-interval-bytes 1024") // microseconds for each key
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if _, err := c.Do("SET", i, "v"); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	s.Do("BGREWRITEAOF")
	redistest.Until(t, time.Minute, "the file is written anew", func() bool { return s.Info("aof_rewrites") == "1" && s.Info("aof_rewrite_in_progress") == "0" })
	s.Kill()
	s.Begin()
	redistest.Until(t, time.Minute, "it loads", func() bool { return s.Info("loading") == "1" })
	store := opened(t, Options{URL: s.URL()})
	if s.Info("loading") != "0" {
		t.Error("opened while Redis still read its file")
	}
	redistest.Until(t, time.Minute, "it is ready", func() bool { return store.Ready(t.Context()) == nil })
}

// Each finding is told once when it appears, and once when it is gone, also
// when that was while Redis was away.
func TestSettingsAreLookedAtAgain(t *testing.T) {
	s := redistest.Start(t)
	log := &logged{}
	store := opened(t, Options{URL: s.URL(), Log: slog.New(slog.NewTextHandler(log, nil))})
	again := func() {
		found, err := check(t.Context(), store.client, Options{URL: s.URL()})
		if err != nil {
			t.Fatal(err)
		}
		store.note(found)
	}
	if found := store.Findings(); len(found) != 0 {
		t.Fatalf("%+v", found)
	}
	s.Do("CONFIG", "SET", "appendfsync", "everysec", "maxmemory-policy", "allkeys-lru")
	again()
	again()
	if found := store.Findings(); len(found) != 2 || log.count("level=WARN") != 1 || log.count("level=ERROR") != 1 {
		t.Errorf("%+v\n%s", found, log.text.String())
	}
	s.Do("CONFIG", "SET", "appendfsync", "always", "maxmemory-policy", "noeviction")
	again()
	again()
	if found := store.Findings(); len(found) != 0 || log.count("no longer: ") != 2 {
		t.Errorf("%+v\n%s", found, log.text.String())
	}
}

func TestReady(t *testing.T) {
	s := redistest.Start(t)
	var off atomic.Int64
	store := opened(t, Options{URL: s.URL(), Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) }})
	redistest.Until(t, time.Minute, "Redis has a whole file, and is ready", func() bool { return store.Ready(t.Context()) == nil })
	for _, d := range []time.Duration{6 * time.Second, -6 * time.Second} {
		off.Store(int64(d))
		if err := store.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "apart") {
			t.Errorf("%v: %v", d, err)
		}
	}
	off.Store(int64(4 * time.Second))
	if err := store.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	s.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := store.Ready(ctx); err == nil || time.Since(began) > 2*time.Second {
		t.Errorf("frozen: %v after %v", err, time.Since(began))
	}
	s.Thaw()
	s.Kill()
	if err := store.Ready(t.Context()); err == nil {
		t.Error("ready without Redis")
	}
	s.Restart()
	redistest.Until(t, 10*time.Second, "ready again", func() bool { return store.Ready(t.Context()) == nil })
}

func TestReadyOfACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	store := opened(t, Options{URL: "redis+cluster://" + strings.Join(c.Addrs(), ",")})
	if err := store.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	c.Nodes[0].Kill() // the walls of two thirds of the slots are well
	if err := store.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
