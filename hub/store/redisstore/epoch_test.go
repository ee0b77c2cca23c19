package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// moved checks that a commit is refused because another epoch has begun, which
// brings nothing that was missed, and goes on from there.
func (b *bench) moved() {
	b.t.Helper()
	var c *store.ConflictError
	if err := b.Commit(b.ctx(), b.id, b.batch("note/lost", "x")); !errors.As(err, &c) {
		b.t.Fatalf("Commit on another Redis: %v", err)
	}
	if c.Missed != nil || c.At.Epoch == b.at.Epoch {
		b.t.Fatalf("Commit on another Redis: at %v, missed %v", c.At, c.Missed)
	}
	b.at = c.At
}

// A Redis that was started again may lack what was acknowledged (appendfsync
// everysec), and nobody can tell: the first commit begins another epoch, and
// nothing is written in the old one. That costs a picture for everybody, once.
func TestEpoch_begins_after_a_restart(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one")
	old := b.at
	for range 3 {
		b.server.Kill()
		b.server.Restart()
		redistest.Until(t, patience, "the store is ready", func() bool { return b.Ready(b.ctx()) == nil })
		// Reading changes nothing: before the first commit there is one history only.
		b.holds("note/1", "one")
		if m, err := b.Since(b.ctx(), b.id, b.at); err != nil || m.At != b.at {
			t.Fatalf("Since: %v %v", m, err)
		}
		b.moved()
		b.holds("note/1", "one")
		_, err := b.Since(b.ctx(), b.id, old)
		is(t, "Since the old epoch", err, store.ErrLoad)
		b.commit("note/2", "two")
		b.commit("note/2", "-")
		old = b.at
	}
	b.server.Do("SCRIPT", "FLUSH")
	b.commit("note/2", "in the same epoch")
}

// Many hubs find the same at once: they begin one epoch, not one each.
func TestEpoch_is_one_for_all_hubs(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one")
	var hubs []*redisstore.Store
	for range 8 {
		hubs = append(hubs, opened(t, redisstore.Options{URL: b.server.URL()}))
	}
	b.server.Kill()
	b.server.Restart()
	at := make([]wall.Position, len(hubs))
	var all sync.WaitGroup
	for i, hub := range hubs {
		all.Go(func() {
			for {
				var c *store.ConflictError
				err := hub.Commit(b.ctx(), b.id, b.batch("note/lost", "x"))
				if errors.As(err, &c) {
					at[i] = c.At
					return
				}
				if err == nil {
					t.Error("written in the old epoch")
					return
				}
			}
		})
	}
	all.Wait()
	for i := range at {
		if at[i] != at[0] || at[i].Epoch == b.at.Epoch || at[i].Revision != b.at.Revision+1 {
			t.Errorf("hub %d is told %v, hub 0 %v", i, at[i], at[0])
		}
	}
	if n := b.server.Do("XLEN", b.key("log")); n != int64(3) {
		t.Errorf("a log of %v entries: creation, commit and epoch are 3", n)
	}
}

// follow makes a server a replica of another, and waits until it has all.
func follow(t *testing.T, replica, primary *redistest.Server) {
	t.Helper()
	host, port, _ := net.SplitHostPort(primary.Addr)
	replica.Do("REPLICAOF", host, port)
	_, own, _ := net.SplitHostPort(replica.Addr)
	redistest.Until(t, patience, "the replica follows, and has said so", func() bool {
		offset := primary.Info("master_repl_offset")
		for i := range 3 {
			if strings.Contains(primary.Info(fmt.Sprint("slave", i)), ",port="+own+",state=online,offset="+offset+",") {
				return replica.Info("master_repl_offset") == offset
			}
		}
		return false
	})
}

// A replica takes over that lacks a commit which was acknowledged. Whatever
// revisions come to be there, nobody's old history passes for the new one: not
// that of the hub that knows what was lost, nor of one that knows only what the
// replica has.
func TestEpoch_begins_after_a_failover(t *testing.T) {
	primary, replica := redistest.Start(t), redistest.Start(t)
	b := &bench{Store: opened(t, redisstore.Options{URL: primary.URL()}), t: t, server: primary}
	b.create()
	follow(t, replica, primary)
	b.moved() // the first replica gives the data set another name: a false alarm, which costs a picture
	b.commit("note/1", "one")
	follow(t, replica, primary)
	behind := b.at
	replica.Do("REPLICAOF", "NO", "ONE") // cut off, and made primary
	b.commit("note/1", "two", "note/2", "lost")
	b.commit("note/3", "lost")

	other := &bench{Store: opened(t, redisstore.Options{URL: replica.URL()}), t: t, server: replica, id: b.id, at: behind}
	other.holds("note/1", "one")
	other.moved()
	other.commit("note/4", "new")
	other.commit("note/4", "newer")
	if other.at.Revision <= b.at.Revision {
		t.Fatalf("the test shows nothing: %v and %v", other.at, b.at)
	}
	// The hub that knows what was lost asks, as rooms do, what it missed.
	b.Store = opened(t, redisstore.Options{URL: replica.URL()})
	_, err := b.Since(b.ctx(), b.id, b.at)
	is(t, "Since of a history that was lost", err, store.ErrLoad)
	b.moved()
	b.holds("note/1", "one", "note/4", "newer")
}

// A hub that is told of another epoch by itself, as when revisions go back, is
// not told of yet another.
func TestEpoch_of_the_hub_counts(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one")
	b.server.Kill()
	b.server.Restart()
	redistest.Until(t, patience, "the store is ready", func() bool { return b.Ready(b.ctx()) == nil })
	next := b.batch()
	next.Epoch = "chosen"
	if err := b.Commit(b.ctx(), b.id, next); err != nil {
		t.Fatal(err)
	}
	b.at = next.End()
	b.commit("note/2", "two")
	b.holds("note/1", "one", "note/2", "two")
}

// A flushed Redis has no walls, and says so; a wall that is put back from an
// older copy is what that copy has, in another epoch.
func TestEpoch_flushed_and_restored(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one")
	b.server.Stop()
	dir := filepath.Join(b.server.Dir, "appendonlydir")
	older := t.TempDir()
	if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	b.server.Restart()
	redistest.Until(t, patience, "the store is ready", func() bool { return b.Ready(b.ctx()) == nil })
	b.moved()
	b.commit("note/1", "two")
	known := b.at

	b.server.Do("FLUSHALL")
	_, _, err := b.Load(b.ctx(), b.id)
	is(t, "Load", err, store.ErrNotFound)
	is(t, "Commit", b.Commit(b.ctx(), b.id, b.batch("note/2", "x")), store.ErrNotFound)
	_, err = b.Since(b.ctx(), b.id, b.at)
	is(t, "Since", err, store.ErrNotFound)
	if all, err := b.Walls(b.ctx()); err != nil || len(all) != 0 {
		t.Errorf("Walls: %v %v", all, err)
	}
	if keys := state(t, b.server); len(keys) != 0 {
		t.Errorf("something was written: %v", keys)
	}

	b.server.Stop()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(older)); err != nil {
		t.Fatal(err)
	}
	b.server.Restart()
	redistest.Until(t, patience, "the store is ready", func() bool { return b.Ready(b.ctx()) == nil })
	_, err = b.Since(b.ctx(), b.id, known)
	is(t, "Since", err, store.ErrLoad)
	at, all, err := b.Load(b.ctx(), b.id)
	if err != nil || at.Revision >= known.Revision {
		t.Fatalf("Load: %v %v", at, err)
	}
	same(t, "Load", all, entries("note/1", "one"))
	b.at = at
	b.moved()
	if b.at.Epoch == known.Epoch {
		t.Error("two histories with one epoch")
	}
	b.commit("note/2", "x")
}

// withReplicas is a bench with a primary and so many replicas, and a store that
// waits for one of them.
func withReplicas(t *testing.T, n int) (b *bench, replicas []*redistest.Server) {
	t.Helper()
	primary := redistest.Start(t)
	for range n {
		r := redistest.Start(t)
		follow(t, r, primary)
		replicas = append(replicas, r)
	}
	b = &bench{Store: opened(t, redisstore.Options{URL: primary.URL(), Wait: 1}), t: t, server: primary}
	b.create()
	return b, replicas
}

// With --redis-wait a commit is good when a replica has it. When none has it in
// time it is unknown, and not an error that wrote nothing; and until one has
// it no hub is told of it either, for whoever knows of a note may say that it is
// stored.
func TestWait(t *testing.T) {
	b, replicas := withReplicas(t, 1)
	b.commit("note/1", "one")
	if v := replicas[0].Do("HGET", b.key("meta"), "revision"); v != "1" {
		t.Errorf("acknowledged, and the replica is at %v", v)
	}
	other := opened(t, redisstore.Options{URL: b.server.URL(), Wait: 1})
	replicas[0].Freeze()
	next := b.batch("note/1", "two")
	err := b.Commit(b.ctx(), b.id, next)
	for _, known := range []error{store.ErrFull, store.ErrRefused, store.ErrNotFound, store.ErrClosed} {
		var c *store.ConflictError
		if err == nil || errors.Is(err, known) || errors.As(err, &c) {
			t.Errorf("a commit that no replica has: %v", err)
		}
	}
	if v := b.server.Do("HGET", b.key("meta"), "revision"); v != "2" {
		t.Errorf("the primary is at %v", v)
	}
	var all sync.WaitGroup
	for what, call := range map[string]func(ctx context.Context) error{
		"Load":   func(ctx context.Context) error { _, _, err := other.Load(ctx, b.id); return err },
		"Since":  func(ctx context.Context) error { _, err := other.Since(ctx, b.id, b.at); return err },
		"Commit": func(ctx context.Context) error { return other.Commit(ctx, b.id, next) },
		"Put":    func(ctx context.Context) error { return other.Put(ctx, "codes", "1", nil, []byte("x")) },
	} {
		all.Go(func() {
			err := call(b.ctx())
			var c *store.ConflictError
			if err == nil || errors.As(err, &c) || errors.Is(err, store.ErrRefused) {
				t.Errorf("%s while no replica has it: %v", what, err)
			}
		})
	}
	all.Wait()
	replicas[0].Thaw()
	redistest.Until(t, patience, "the replica has it", func() bool {
		m, err := other.Since(b.ctx(), b.id, b.at)
		return err == nil && m.At == next.End()
	})
	var c *store.ConflictError
	if err := b.Commit(b.ctx(), b.id, next); !errors.As(err, &c) || c.At != next.End() {
		t.Errorf("the same again: %v", err)
	}
	b.at = next.End()
	b.commit("note/1", "three")
	b.holds("note/1", "three")
}

// Two replicas: one may be lost.
func TestWait_for_one_of_two(t *testing.T) {
	b, replicas := withReplicas(t, 2)
	for i, r := range replicas {
		r.Freeze()
		b.commit(fmt.Sprintf("note/%d", i), "x")
		r.Thaw()
	}
}

// On a Cluster WAIT goes to the node that has the wall, over the connection
// that wrote: replicas of others say nothing about it.
func TestWait_on_a_cluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	b := &bench{Store: opened(t, redisstore.Options{URL: "redis+cluster://" + cluster.Nodes[0].Addr, Wait: 1}), t: t}
	b.create()
	b.server = cluster.Primary(b.key("meta"))
	b.commit("note/1", "one")
	var own *redistest.Server
	for _, n := range cluster.Nodes {
		if n.Info("role") == "slave" && net.JoinHostPort(n.Info("master_host"), n.Info("master_port")) == b.server.Addr {
			own = n
		}
	}
	own.Freeze()
	next := b.batch("note/1", "two")
	err := b.Commit(b.ctx(), b.id, next)
	own.Thaw()
	if err == nil || errors.Is(err, store.ErrRefused) {
		t.Errorf("a commit that no replica has: %v", err)
	}
	b.at = next.End()
	redistest.Until(t, patience, "the replica has it", func() bool {
		_, err := b.Since(b.ctx(), b.id, b.at)
		return err == nil
	})
	b.holds("note/1", "two")
}

// Nor does the doorbell tell what no replica has: whoever hears a note with it
// could say that it is stored.
func TestWait_rings_without_telling(t *testing.T) {
	b, replicas := withReplicas(t, 1)
	other := opened(t, redisstore.Options{URL: b.server.URL(), Wait: 1})
	listen(t, b.Store)
	listen(t, other)
	ear, err := b.server.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer ear.Close()
	if _, err := ear.Do("PSUBSCRIBE", "wall:*"); err != nil {
		t.Fatal(err)
	}
	redistest.Until(t, patience, "both listen", func() bool {
		return b.server.Do("CLIENT", "LIST", "TYPE", "pubsub") != nil && b.server.Info("pubsub_patterns") == "1"
	})
	b.commit("note/1", "first")
	replicas[0].Freeze()
	if err := b.Commit(b.ctx(), b.id, b.batch("note/1", "secret")); err == nil {
		t.Error("a commit that no replica has is acknowledged")
	}
	replicas[0].Thaw()
	for range 2 {
		said, err := ear.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(said); strings.Contains(text, "secret") || strings.Contains(text, "first") {
			t.Errorf("the doorbell says %s", text)
		}
	}
}
