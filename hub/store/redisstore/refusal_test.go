package redisstore_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
)

// Each way in which a real Redis takes nothing: the commit says which, and
// leaves nothing; Ready says it in a sentence; what was there can be read where
// Redis allows it; and all is well again when the cause is gone.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		directives []string
		cause      func(t *testing.T, b *bench) (end func())
		want       error
		says       string
		reads      string // what Load says, if it cannot read and says something else
		unreadable bool
	}{
		"OOM": {
			cause: func(_ *testing.T, b *bench) func() {
				b.server.Do("CONFIG", "SET", "maxmemory", "1mb")
				return func() { b.server.Do("CONFIG", "SET", "maxmemory", "0") }
			},
			want: store.ErrFull, says: "maxmemory",
		},
		"MISCONF": {
			directives: []string{"appendonly no", "save 3600 1", "enable-protected-configs yes"},
			cause: func(t *testing.T, b *bench) func() {
				gone := filepath.Join(b.server.Dir, "gone")
				if err := os.Mkdir(gone, 0o700); err != nil {
					t.Fatal(err)
				}
				b.server.Do("CONFIG", "SET", "dir", gone)
				os.Remove(gone)
				b.server.Do("BGSAVE")
				redistest.Until(t, patience, "saving fails", func() bool { return b.server.Info("rdb_last_bgsave_status") == "err" })
				return func() {
					b.server.Do("CONFIG", "SET", "dir", b.server.Dir)
					b.server.Do("BGSAVE")
					redistest.Until(t, patience, "saving succeeds", func() bool { return b.server.Info("rdb_last_bgsave_status") == "ok" })
				}
			},
			want: store.ErrRefused, says: "cannot write to its disk",
		},
		"READONLY": {
			cause: func(t *testing.T, b *bench) func() {
				primary := redistest.Start(t)
				host, port, _ := net.SplitHostPort(primary.Addr)
				b.server.Do("CONFIG", "SET", "replica-serve-stale-data", "yes")
				primary.Freeze() // so that the copy of nothing does not begin
				b.server.Do("REPLICAOF", host, port)
				return func() {
					b.server.Do("REPLICAOF", "NO", "ONE")
					primary.Thaw()
				}
			},
			want: store.ErrRefused, says: "is a replica now",
		},
		"MASTERDOWN": {
			directives: []string{"replica-serve-stale-data no"},
			cause: func(_ *testing.T, b *bench) func() {
				b.server.Do("REPLICAOF", "127.0.0.1", "1")
				return func() { b.server.Do("REPLICAOF", "NO", "ONE") }
			},
			want: store.ErrRefused, says: "is a replica now", reads: "has lost its primary", unreadable: true,
		},
		"NOREPLICAS": {
			cause: func(_ *testing.T, b *bench) func() {
				b.server.Do("CONFIG", "SET", "min-replicas-to-write", "1")
				return func() { b.server.Do("CONFIG", "SET", "min-replicas-to-write", "0") }
			},
			want: store.ErrRefused, says: "min-replicas-to-write",
		},
		"BUSY": {
			directives: []string{"busy-reply-threshold 50"},
			cause: func(t *testing.T, b *bench) func() {
				other, err := b.server.Dial()
				if err != nil {
					t.Fatal(err)
				}
				if err := other.Send("EVAL", "while true do end", 0); err != nil {
					t.Fatal(err)
				}
				redistest.Until(t, patience, "Redis is busy", func() bool {
					_, err := b.server.Try("PING")
					return err != nil && strings.HasPrefix(err.Error(), "BUSY")
				})
				return func() {
					b.server.Do("SCRIPT", "KILL")
					other.Close()
				}
			},
			want: store.ErrRefused, says: "busy with somebody's script", unreadable: true,
		},
		"NOPERM": {
			cause: func(_ *testing.T, b *bench) func() {
				b.server.Do("ACL", "SETUSER", "default", "-evalsha", "-eval")
				return func() { b.server.Do("ACL", "SETUSER", "default", "+@all") }
			},
			want: store.ErrRefused, says: "does not let this user", unreadable: true,
		},
		"LOADING": {
			directives: []string{"rdbcompression no"},
			cause: func(t *testing.T, b *bench) func() {
				for i := range 150 {
					b.server.Do("SET", fmt.Sprint("filler", i), strings.Repeat("x", 1000))
				}
				b.server.Do("BGREWRITEAOF")
				redistest.Until(t, patience, "the file is written", func() bool { return b.server.Info("aof_rewrite_in_progress") == "0" })
				b.server.Do("CONFIG", "SET", "key-load-delay", "20000", "loading-process-events-interval-bytes", "1024")
				b.server.Do("CONFIG", "REWRITE")
				b.server.Kill()
				b.server.Begin()
				redistest.Until(t, patience, "Redis is loading", func() bool {
					_, err := b.server.Try("PING")
					return err != nil && strings.HasPrefix(err.Error(), "LOADING")
				})
				// The first request meets the connections that the kill has cut.
				_ = b.Ready(b.ctx())
				return func() {
					b.server.Await()
					b.server.Do("CONFIG", "SET", "key-load-delay", "0")
				}
			},
			want: store.ErrRefused, says: "still reading its file", unreadable: true,
		},
		"maxclients": {
			cause: func(t *testing.T, b *bench) func() {
				// The store's own connections are closed, and others take the places.
				b.server.Do("CONFIG", "SET", "maxclients", "3")
				var others []*redistest.Conn
				b.server.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
				for range 3 {
					c, err := b.server.Dial()
					if err != nil {
						t.Fatal(err)
					}
					others = append(others, c)
					if _, err := c.Do("PING"); err != nil {
						break
					}
				}
				return func() {
					for _, c := range others {
						c.Close()
					}
					redistest.Until(t, patience, "there is room", func() bool {
						_, err := b.server.Try("CONFIG", "SET", "maxclients", "1000")
						return err == nil
					})
				}
			},
			unreadable: true, // it may be said why, or not: Redis hangs up first

		},
		"NOAUTH": {
			cause: func(_ *testing.T, b *bench) func() {
				c, err := b.server.Dial()
				if err != nil {
					panic(err)
				}
				if _, err := c.Do("CONFIG", "SET", "requirepass", "hush"); err != nil {
					panic(err)
				}
				if _, err := c.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"); err != nil {
					panic(err)
				}
				return func() {
					if _, err := c.Do("CONFIG", "SET", "requirepass", ""); err != nil {
						panic(err)
					}
					c.Close()
				}
			},
			want: store.ErrRefused, says: "password", unreadable: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.directives...)
			b.commit("note/1", "one", "note/2", "two")
			before := state(t, b.server)
			end := c.cause(t, b)
			err := b.Commit(b.ctx(), b.id, b.full())
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Commit: %v, want %v", err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("Commit says %v, not %q", err, c.says)
			}
			// Redis hangs up on somebody unknown who says so much as a commit: the first to
			// come afterwards may find that connection, and have no answer.
			redistest.Until(t, patience, "Ready says "+c.says, func() bool {
				err := b.Ready(b.ctx())
				if err == nil {
					t.Error("Ready says nothing")
				}
				return err == nil || strings.Contains(err.Error(), c.says)
			})
			if c.unreadable {
				if _, _, err := b.Load(b.ctx(), b.id); err == nil || !strings.Contains(err.Error(), cmp.Or(c.reads, c.says)) {
					t.Errorf("Load says %v, not %q", err, cmp.Or(c.reads, c.says))
				}
			} else {
				b.holds("note/1", "one", "note/2", "two")
				if _, err := b.Since(b.ctx(), b.id, b.at); err != nil {
					t.Errorf("Since: %v", err)
				}
			}
			end()
			redistest.Until(t, patience, "all is well again", func() bool { return b.Ready(b.ctx()) == nil })
			after := state(t, b.server)
			for k := range after {
				if strings.HasPrefix(k, "filler") {
					delete(after, k)
				}
			}
			if !maps.Equal(before, after) {
				t.Errorf("refused (%v), and Redis had\n%v\nand has\n%v", err, before, after)
			}
			if _, _, err := b.Load(b.ctx(), b.id); err != nil {
				t.Errorf("Load: %v", err)
			}
			b.settle()
			b.commit("note/3", "three")
		})
	}
}

// settle goes on from where the wall is, as a room does: another epoch may have
// begun.
func (b *bench) settle() {
	b.t.Helper()
	next := b.batch()
	err := b.Commit(b.ctx(), b.id, next)
	if err == nil {
		b.at = next.End()
		return
	}
	at, _, err := b.Load(b.ctx(), b.id)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at = at
}

// A part of a Cluster without a primary takes nothing, and says so.
func TestRefusals_CLUSTERDOWN(t *testing.T) {
	server := redistest.Start(t, "cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-require-full-coverage yes")
	server.Do("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
	redistest.Until(t, patience, "the Cluster is well", func() bool {
		_, err := server.Try("SET", "k", "v")
		return err == nil
	})
	b := &bench{Store: opened(t, redisstore.Options{URL: "redis+cluster://" + server.Addr}), t: t, server: server}
	b.create()
	server.Do("CLUSTER", "DELSLOTS", server.Do("CLUSTER", "KEYSLOT", "elsewhere"))
	redistest.Until(t, patience, "the Cluster is down", func() bool {
		_, err := server.Try("SET", "k", "v")
		return err != nil
	})
	err := b.Commit(b.ctx(), b.id, b.full())
	is(t, "Commit", err, store.ErrRefused)
	if err := b.Ready(b.ctx()); err == nil || !strings.Contains(err.Error(), "has no primary") {
		t.Errorf("Ready says %v", err)
	}
	server.Do("CLUSTER", "ADDSLOTS", server.Do("CLUSTER", "KEYSLOT", "elsewhere"))
	redistest.Until(t, patience, "all is well again", func() bool { return b.Ready(b.ctx()) == nil })
	b.commit("note/1", "x")
}

// When all connections are waiting for Redis, the next commit is refused, not
// unknown: nothing was sent.
func TestRefusals_no_connection(t *testing.T) {
	b := newBench(t)
	var refused atomic.Int64
	read := func(ctx context.Context) (all *sync.WaitGroup) {
		all = new(sync.WaitGroup)
		for range 100 {
			all.Go(func() {
				if _, err := b.Get(ctx, "t", "k"); errors.Is(err, store.ErrRefused) {
					refused.Add(1)
				}
			})
		}
		return all
	}
	b.server.Do("CLIENT", "PAUSE", 200) // so that connections are made for all of them
	read(b.ctx()).Wait()
	ctx, cancel := context.WithCancel(context.Background())
	b.server.Freeze()
	waiting := read(ctx)
	defer waiting.Wait()
	defer cancel()
	defer b.server.Thaw()
	redistest.Until(t, patience, "who finds no connection is told so", func() bool { return refused.Load() > 50 })
	is(t, "Commit", b.Commit(b.ctx(), b.id, b.batch("note/1", "x")), store.ErrRefused)
}

// A call ends when its context does, whatever Redis does; and a deadline is
// kept though no byte comes (ContextTimeoutEnabled).
func TestCalls_end_with_their_context(t *testing.T) {
	b := newBench(t)
	b.server.Freeze()
	t.Cleanup(b.server.Thaw)
	for what, call := range map[string]func(ctx context.Context) error{
		"Commit": func(ctx context.Context) error { return b.Commit(ctx, b.id, b.batch("note/1", "x")) },
		"Load":   func(ctx context.Context) error { _, _, err := b.Load(ctx, b.id); return err },
		"Since":  func(ctx context.Context) error { _, err := b.Since(ctx, b.id, b.at); return err },
		"Log":    func(ctx context.Context) error { _, err := b.Log(ctx, b.id, 0, 10); return err },
		"Walls":  func(ctx context.Context) error { _, err := b.Walls(ctx); return err },
		"Delete": func(ctx context.Context) error { return b.Delete(ctx, "none") },
		"Get":    func(ctx context.Context) error { _, err := b.Get(ctx, "t", "k"); return err },
		"Put":    func(ctx context.Context) error { return b.Put(ctx, "t", "k", nil, []byte("v")) },
		"List":   func(ctx context.Context) error { _, err := b.List(ctx, "t"); return err },
		"Ready":  func(ctx context.Context) error { return b.Ready(ctx) },
		"Watch":  func(ctx context.Context) error { return b.Watch(ctx, func(string, *store.News) {}) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			is(t, "with a deadline", call(ctx), context.DeadlineExceeded)
			ctx, cancel = context.WithCancel(context.Background())
			time.AfterFunc(50*time.Millisecond, cancel)
			is(t, "cancelled", call(ctx), context.Canceled)
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// What is given up on lets go of its connection at its deadline, not at the
// client's own time-out: else a Redis that is silent for a moment would have all
// connections waiting for long afterwards.
func TestCalls_let_go_at_their_deadline(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Options{URL: server.URL()})
	if _, err := s.Get(context.Background(), "t", "k"); err != nil {
		t.Fatal(err)
	}
	server.Freeze()
	defer server.Thaw()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err := s.Get(ctx, "t", "k")
	is(t, "Get", err, context.DeadlineExceeded)
	began := time.Now()
	if err := s.Close(); err != nil { // it waits for what is under way
		t.Error(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("given up on, and under way for another %v", took)
	}
}
