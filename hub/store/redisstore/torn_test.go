package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

var tears = flag.Int("tears", 16, "at how many of its bytes the last commit in Redis' file is torn")

// last finds the last commit in a copy of a server's data, and gives the file
// with it, all of the file, and where the commit begins.
func last(t *testing.T, copied string) (file string, all []byte, from int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(copied, "*.incr.aof"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the files are %v, %v", files, err)
	}
	all, err = os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if from = bytes.LastIndex(all, []byte("*1\r\n$5\r\nMULTI\r\n")); from < 0 {
		t.Fatal("no commit is in the file")
	}
	return files[0], all, from
}

// Redis is killed at each byte of a commit, and does not look after its file
// before it starts; in every other round it is killed once more as soon as it
// writes that anew. Whatever is stored afterwards, and be it the first thing that
// is, stands there as it was when Redis is started yet again.
func TestTorn(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one", "ballot/p", "x")
	before := b.at
	torn := b.batch("note/1", "torn", "note/2", "torn", "ballot/p", "torn", "setting/title", "torn")
	torn.Ranks = []wall.Rank{{Theme: "work", Item: "n:1", Votes: 2}}
	if err := b.Commit(b.ctx(), b.id, torn); err != nil {
		t.Fatal(err)
	}
	copied := b.server.Copy()
	file, all, from := last(t, copied)
	size := len(all) - from
	rounds := min(*tears, size)
	for round := range rounds {
		cut := from + 1 + round*(size-1)/max(rounds-1, 1)
		if err := os.WriteFile(file, all[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		b.server.PutBack(copied)
		kept := []string{"note/1", "one", "ballot/p", "x"}
		if b.at = before; cut == len(all) {
			b.at, kept = torn.End(), []string{"note/1", "torn", "note/2", "torn", "ballot/p", "torn", "setting/title", "torn"}
		}
		b.Store = openAt(t, b.server.URL())
		if round%2 == 1 {
			b.dies()
		}
		b.holds(kept...)

		table, key := "codes", fmt.Sprint(round)
		for i := range 4 {
			switch (i + round/2) % 4 {
			case 0:
				b.moved()
				b.commit("note/3", "three")
			case 1:
				if err := b.Put(b.ctx(), table, key, nil, []byte("x")); err != nil {
					t.Fatal(err)
				}
			case 2:
				if err := b.Create(b.ctx(), "second", store.Batch{After: wall.Position{Epoch: "e"}}); err != nil {
					t.Fatal(err)
				}
			case 3:
				if err := b.Delete(b.ctx(), "none"); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := state(t, b.server)
		b.server.Kill()
		b.server.Restart()
		if got := state(t, b.server); !maps.Equal(got, want) {
			t.Fatalf("torn %d bytes before its end, and started twice, Redis has\n%v, not\n%v", len(all)-cut, got, want)
		}
		redistest.Until(t, patience, "the store is ready", func() bool { return b.Ready(b.ctx()) == nil })
		b.holds(append(kept, "note/3", "three")...)
	}
	t.Logf("torn at %d of %d bytes", rounds, size)
}

// dies has Redis killed once more, while it writes its file anew for a commit.
func (b *bench) dies() {
	b.t.Helper()
	b.server.Do("CONFIG", "SET", "rdb-key-save-delay", "200000") // microseconds for each key
	said := make(chan error)
	go func() { said <- b.Commit(b.ctx(), b.id, b.batch("note/1", "never")) }()
	redistest.Until(b.t, patience, "the file is being written", func() bool { return b.server.Info("aof_rewrite_in_progress") == "1" })
	b.server.Kill()
	is(b.t, "a commit while Redis is killed", <-said, store.ErrRefused)
	b.server.Restart()
	redistest.Until(b.t, patience, "the wall is there", func() bool { _, _, err := b.Load(b.ctx(), b.id); return err == nil })
}

// Many hubs with many walls find the same at once, and Redis writes its file
// anew once for all of them; later it does so no more.
func TestTorn_is_mended_once_for_all(t *testing.T) {
	b := newBench(t)
	hubs := []*redisstore.Store{b.Store}
	for range 7 {
		hubs = append(hubs, openAt(t, b.server.URL()))
	}
	at := wall.Position{Epoch: "e"}
	for i := range hubs {
		if err := b.Create(b.ctx(), fmt.Sprint(i), store.Batch{After: at}); err != nil {
			t.Fatal(err)
		}
	}
	b.server.Kill()
	b.server.Restart()
	var all sync.WaitGroup
	for _, hub := range hubs {
		for i := range hubs {
			all.Go(func() {
				redistest.Until(t, patience, "an epoch has begun", func() bool {
					var c *store.ConflictError
					return errors.As(hub.Commit(b.ctx(), fmt.Sprint(i), store.Batch{After: at, To: 1}), &c)
				})
			})
		}
	}
	all.Wait()
	// Two may ask at one moment, and the second be heard when the first is served.
	if n := b.server.Info("aof_rewrites"); n != "1" && n != "2" {
		t.Errorf("written anew %s times", n)
	}
	before := b.server.Info("aof_rewrites")
	b.moved()
	b.commit("note/1", "one")
	late := openAt(t, b.server.URL())
	if err := late.Put(b.ctx(), "codes", "1", nil, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n := b.server.Info("aof_rewrites"); n != before {
		t.Errorf("written anew %s times, after %s", n, before)
	}
}

// While the file is written anew, a call ends when its context does, and says
// that nothing was written; the wall is read. Closing the store waits for nobody
// else's disk.
func TestTorn_is_waited_for(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one")
	b.server.Kill()
	b.server.Restart()
	b.server.Do("CONFIG", "SET", "rdb-key-save-delay", "30000000")
	redistest.Until(t, patience, "the wall is there", func() bool { _, _, err := b.Load(b.ctx(), b.id); return err == nil })
	for what, call := range map[string]func(context.Context) error{
		"Commit": func(ctx context.Context) error { return b.Commit(ctx, b.id, b.batch("note/1", "x")) },
		"Create": func(ctx context.Context) error {
			return b.Create(ctx, "other", store.Batch{After: wall.Position{Epoch: "e"}})
		},
		"Put":    func(ctx context.Context) error { return b.Put(ctx, "codes", "1", nil, []byte("x")) },
		"Delete": func(ctx context.Context) error { return b.Delete(ctx, b.id) },
	} {
		began := time.Now()
		is(t, what, call(within(t, 100*time.Millisecond)), store.ErrRefused)
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s ended after %v", what, took)
		}
	}
	is(t, "Ready", b.Ready(b.ctx()), store.ErrRefused)
	b.holds("note/1", "one")
	if m, err := b.Since(b.ctx(), b.id, b.at); err != nil || m.At != b.at {
		t.Errorf("Since: %v %v", m, err)
	}
	said := make(chan error)
	go func() { said <- b.Commit(b.ctx(), b.id, b.batch("note/1", "x")) }()
	began := time.Now()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	is(t, "Commit", <-said, store.ErrClosed)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("closed after %v", took)
	}
}

// A Redis that cannot write its file anew stores nothing, says so, and does when
// it can.
func TestTorn_and_cannot_be_mended(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one")
	b.server.Kill()
	inTheWay := filepath.Join(b.server.Dir, "appendonlydir", "temp-appendonly.aof.manifest")
	b.server.Restart()
	redistest.Until(t, patience, "the wall is there", func() bool { _, _, err := b.Load(b.ctx(), b.id); return err == nil })
	if err := os.MkdirAll(filepath.Join(inTheWay, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := state(t, b.server)
	for range 3 {
		err := b.Commit(b.ctx(), b.id, b.batch("note/1", "x"))
		if is(t, "Commit", err, store.ErrRefused); !strings.Contains(fmt.Sprint(err), "append-only file") {
			t.Errorf("Commit says %v", err)
		}
	}
	if now := state(t, b.server); !maps.Equal(now, before) {
		t.Errorf("something was written: %v", now)
	}
	if err := os.RemoveAll(inTheWay); err != nil {
		t.Fatal(err)
	}
	redistest.Until(t, patience, "it goes on", func() bool {
		var c *store.ConflictError
		return errors.As(b.Commit(b.ctx(), b.id, b.batch("note/1", "x")), &c)
	})
	b.moved()
	b.commit("note/1", "two")
}

// Where the file may not be written anew all goes on, and the log says once what
// that may cost; the start says it, too.
func TestTorn_without_the_right(t *testing.T) {
	server := redistest.Start(t, "user wall on >hush "+strings.ReplaceAll(redisstore.ACL(), " +bgrewriteaof", ""))
	var log lines
	s := opened(t, redisstore.Options{URL: server.URL(), Username: "wall", Password: "hush", Log: slog.New(slog.NewTextHandler(&log, nil))})
	b := &bench{Store: s, t: t, server: server}
	b.create()
	b.commit("note/1", "one")
	if err := b.Put(b.ctx(), "codes", "1", nil, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n := log.count("allow that command, or run redis-check-aof --fix before each start"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if n := log.count("a start after a crash can spoil"); n != 1 {
		t.Errorf("the start says it %d times", n)
	}
}

// What has no append-only file has none that is torn.
func TestTorn_is_no_file_at_all(t *testing.T) {
	b := newBench(t, "appendonly no")
	b.commit("note/1", "one")
	if n := b.server.Info("aof_rewrites"); n != "0" {
		t.Errorf("written anew %s times", n)
	}
}
