package redisstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
)

// erase writes a word and erases it.
func (b *bench) erase(word string) {
	b.t.Helper()
	b.commit("note/1", word)
	if !bytes.Contains(files(b.t, b.server), []byte(word)) {
		b.t.Fatal("the test shows nothing: the word was never in the files")
	}
	next := b.batch("note/1", "erased")
	next.Scrub = true
	if err := b.Commit(b.ctx(), b.id, next); err != nil {
		b.t.Fatal(err)
	}
	b.at = next.End()
}

// gone waits until nothing is owed any more: then a word is in no file. The old
// file is removed a moment after Redis says that the new one is there.
func (b *bench) gone(word string) {
	b.t.Helper()
	redistest.Until(b.t, patience, "nothing is owed", func() bool {
		v, err := b.server.Try("HGET", b.key("meta"), "scrub")
		return err == nil && v == nil
	})
	redistest.Until(b.t, patience, "the word is gone", func() bool { return !bytes.Contains(files(b.t, b.server), []byte(word)) })
}

// Erasures that come while the file is being written anew have it written once
// more, and one is enough for many.
func TestScrub_while_a_rewrite_runs(t *testing.T) {
	b := newBench(t, "rdb-key-save-delay 3000") // microseconds for each key: writing takes its time
	for i := range 200 {
		b.server.Do("SET", fmt.Sprint("filler", i), "x")
	}
	b.commit("note/1", "word")
	b.server.Do("BGREWRITEAOF")
	for i := range 20 {
		b.erase(fmt.Sprint("word", i))
	}
	for i := range 20 {
		b.gone(fmt.Sprint("word", i, " "))
	}
	b.gone("word")
	b.holds("note/1", "erased")
	if n := b.server.Info("aof_rewrites"); n != "3" && n != "4" {
		t.Errorf("%s rewrites: one since it started, and those", n)
	}
}

// A Redis that takes snapshots, too, takes another one.
func TestScrub_snapshots(t *testing.T) {
	for _, directives := range [][]string{{"save 3600 1"}, {"save 3600 1", "appendonly no"}} {
		b := newBench(t, directives...)
		b.commit("note/1", "word")
		b.server.Do("SAVE")
		b.erase("word")
		b.gone("word")
	}
}

// What a hub owes another one sees to, when that one reads the wall.
func TestScrub_is_remembered(t *testing.T) {
	b := newBench(t)
	other := opened(t, redisstore.Options{URL: b.server.URL()})
	b.server.Do("CONFIG", "SET", "rdb-key-save-delay", "100000") // so that this hub does not see to it
	for i := range 100 {
		b.server.Do("SET", fmt.Sprint("filler", i), "x")
	}
	b.erase("word")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.server.Kill()
	b.server.Restart()
	b.Store = other
	redistest.Until(t, patience, "Redis is read", func() bool { _, err := b.Get(b.ctx(), "codes", "1"); return err == nil })
	if !bytes.Contains(files(t, b.server), []byte("word")) {
		t.Fatal("the test shows nothing: the word is gone")
	}
	b.holds("note/1", "erased")
	b.gone("word")
}

// Without the right to have files written anew the erasure is done and owed, and
// the log says it, once.
func TestScrub_without_the_right(t *testing.T) {
	server := redistest.Start(t, "user wall on >hush "+strings.ReplaceAll(redisstore.ACL(), " +bgrewriteaof", ""))
	var log lines
	s := opened(t, redisstore.Options{URL: server.URL(), Username: "wall", Password: "hush", Log: slog.New(slog.NewTextHandler(&log, nil))})
	b := &bench{Store: s, t: t, server: server}
	b.create()
	b.erase("word")
	redistest.Until(t, patience, "the log says it", func() bool { return log.count("what was erased stays") > 0 })
	if n := log.count("what was erased stays"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if v := server.Do("HGET", b.key("meta"), "scrub"); v != "2" {
		t.Errorf("owed: %v", v)
	}
	server.Do("ACL", "SETUSER", "wall", "+bgrewriteaof")
	b.holds("note/1", "erased") // whoever loads the wall tries again
	b.gone("word")
}

// Redis is away while something is owed: it is seen to when it is back.
func TestScrub_outlives_Redis(t *testing.T) {
	b := newBench(t)
	b.server.Do("CONFIG", "SET", "rdb-key-save-delay", "20000")
	for i := range 100 {
		b.server.Do("SET", fmt.Sprint("filler", i), "x")
	}
	b.erase("word")
	redistest.Until(t, patience, "the file is being written", func() bool { return b.server.Info("aof_rewrite_in_progress") == "1" })
	b.server.Kill()
	b.server.Restart()
	b.gone("word")
}

// lines counts what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}

var _ store.Store = (*redisstore.Store)(nil)
