package redisstore_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// One commit is one request, whatever the number of commands in it, once Redis
// knows the script; and two when it does not.
func TestCommit_is_one_round_trip(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server)
	b := &bench{Store: opened(t, redisstore.Options{URL: proxy.URL()}), t: t, server: server}
	b.create()
	b.commit("note/1", "x")
	var asked atomic.Int64
	proxy.On(func([]string) redistest.Fault { asked.Add(1); return redistest.Fault{} })
	for _, n := range []int{1, 100, 10_000} {
		next := b.batch()
		next.To = next.After.Revision + uint64(n)
		for i := range n {
			next.Entries = append(next.Entries, entries(fmt.Sprintf("note/%d", i), "x", fmt.Sprintf("ballot/%d", i), "{}")...)
			next.Ranks = append(next.Ranks, wall.Rank{Theme: fmt.Sprint("t", i*5/n), Item: fmt.Sprintf("n:%d", i), Votes: i})
		}
		asked.Store(0)
		if err := b.Commit(b.ctx(), b.id, next); err != nil {
			t.Fatal(err)
		}
		b.at = next.End()
		if got := asked.Load(); got != 1 {
			t.Errorf("a commit of %d commands is %d requests", n, got)
		}
		// What was missed comes with the refusal.
		asked.Store(0)
		var c *store.ConflictError
		late := next
		late.Entries = entries("note/late", "x")
		if err := b.Commit(b.ctx(), b.id, late); !errors.As(err, &c) || c.At != b.at || (c.Missed == nil) != (n > 100) {
			t.Errorf("after a commit of %d: %v", n, err)
		}
		if got := asked.Load(); got != 1 {
			t.Errorf("a conflict is %d requests", got)
		}
	}
	server.Do("SCRIPT", "FLUSH")
	asked.Store(0)
	b.commit("note/1", "y")
	if got := asked.Load(); got != 2 {
		t.Errorf("after SCRIPT FLUSH a commit is %d requests", got)
	}
}

// Scripts are forgotten at any time; nobody is told.
func TestCommit_outlives_SCRIPT_FLUSH(t *testing.T) {
	b := newBench(t)
	done := make(chan struct{})
	var flushing sync.WaitGroup
	flushed := 0
	flushing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				b.server.Do("SCRIPT", "FLUSH")
				flushed++
			}
		}
	})
	for i := range 150 {
		b.commit("note/1", fmt.Sprint(i))
		if _, err := b.Since(b.ctx(), b.id, wall.Position{Epoch: "epoch"}); err != nil && !errors.Is(err, store.ErrLoad) {
			t.Fatal(err)
		}
		if _, _, err := b.Load(b.ctx(), b.id); err != nil {
			t.Fatal(err)
		}
		if err := b.Put(b.ctx(), "t", fmt.Sprint(i), nil, []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	flushing.Wait()
	if flushed < 30 {
		t.Errorf("only %d flushes", flushed)
	}
}

// What does not fit is refused before anything is written: keys that somebody
// gave another type, and a log that is ahead.
func TestCommit_refused_leaves_nothing(t *testing.T) {
	for _, name := range []string{"notes", "votes", "other", "themes", "theme:work", "log"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.server.Do("DEL", b.key(name))
			b.server.Do("SET", b.key(name), "something else")
			b.refused(b.full(), nil)
			b.server.Do("DEL", b.key(name))
			if name == "log" {
				return // it was cut: whoever looks back loads
			}
			if err := b.Commit(b.ctx(), b.id, b.full()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("the log is ahead", func(t *testing.T) {
		b := newBench(t)
		b.server.Do("XADD", b.key("log"), "99-0", "after", "0", "touched", "")
		b.refused(b.full(), nil)
	})
	t.Run("meta is no hash", func(t *testing.T) {
		b := newBench(t)
		b.server.Do("DEL", b.key("meta"))
		b.server.Do("SET", b.key("meta"), "x")
		b.refused(b.full(), nil)
	})
	t.Run("a newer schema", func(t *testing.T) {
		b := newBench(t)
		for _, schema := range []string{"2", "10"} {
			b.server.Do("HSET", b.key("meta"), "schema", schema)
			b.refused(b.full(), store.ErrNewer)
			_, _, err := b.Load(b.ctx(), b.id)
			is(t, "Load of a newer schema", err, store.ErrNewer)
			_, err = b.Since(b.ctx(), b.id, b.at)
			is(t, "Since of a newer schema", err, store.ErrNewer)
		}
	})
}

// full is a batch that writes to every place there is.
func (b *bench) full() store.Batch {
	next := b.batch("meta", "{}", "setting/title", `"T"`, "note/1", "x", "note/2", "-", "cluster/1", "x", "ballot/1", "x",
		"person/1", "x", "act/1", "x", "act/0", "-", "something/else", "x")
	next.Ranks = []wall.Rank{{Theme: "home", Item: "n:1", Gone: true}, {Theme: "work", Item: "n:1", Votes: 3}}
	return next
}

// refused checks that a batch is refused, for that reason if one is given, and
// that Redis then has what it had before.
func (b *bench) refused(next store.Batch, want error) {
	b.t.Helper()
	before := state(b.t, b.server)
	err := b.Commit(b.ctx(), b.id, next)
	if err == nil || want != nil && !errors.Is(err, want) {
		b.t.Errorf("Commit: %v, want %v", err, want)
	}
	if after := state(b.t, b.server); !maps.Equal(before, after) {
		b.t.Errorf("refused (%v), and Redis had\n%v\nand has\n%v", err, before, after)
	}
}

// A right that is taken away while the hub runs refuses the whole commit; only
// the bell is not worth it.
func TestCommit_without_a_right_leaves_nothing(t *testing.T) {
	server := redistest.Start(t, "user wall on >hush "+redisstore.ACL())
	b := &bench{Store: opened(t, redisstore.Options{URL: server.URL(), Username: "wall", Password: "hush"}), t: t, server: server}
	b.create("note/2", "x", "act/0", "x")
	for _, command := range []string{"hset", "hdel", "zadd", "zrem", "sadd", "xadd", "type", "hmget", "info", "evalsha"} {
		server.Do("ACL", "SETUSER", "wall", "-"+command)
		b.refused(b.full(), store.ErrRefused)
		server.Do("ACL", "SETUSER", "wall", "+"+command)
	}
	server.Do("ACL", "SETUSER", "wall", "-publish")
	b.commit("note/1", "without a bell")
	b.holds("note/1", "without a bell", "note/2", "x", "act/0", "x")
}

// A commit whose answer is lost is unknown, and there once: the client does not
// send it again by itself.
func TestCommit_is_sent_once(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server)
	b := &bench{Store: opened(t, redisstore.Options{URL: proxy.URL()}), t: t, server: server}
	b.create()
	for i := range len("$2\r\nok\r\n") {
		var sent atomic.Int64
		proxy.On(func(r []string) redistest.Fault {
			if strings.HasPrefix(r[0], "EVAL") {
				sent.Add(1)
				return redistest.Fault{Cut: true, Keep: i}
			}
			return redistest.Fault{}
		})
		next := b.batch("note/1", fmt.Sprint(i))
		err := b.Commit(b.ctx(), b.id, next)
		proxy.Heal()
		for _, known := range []error{store.ErrFull, store.ErrRefused, store.ErrNotFound, store.ErrExists} {
			if err == nil || errors.Is(err, known) {
				t.Errorf("cut after %d bytes of the answer: %v", i, err)
			}
		}
		if n := sent.Load(); n != 1 {
			t.Errorf("sent %d times", n)
		}
		b.at = next.End()
		b.holds("note/1", fmt.Sprint(i))
	}
	if n := server.Do("XLEN", b.key("log")); n != int64(1+len("$2\r\nok\r\n")) {
		t.Errorf("a log of %v entries", n)
	}
}

// One that was sent again all the same, say by a network, changes nothing.
func TestCommit_sent_twice_is_a_conflict(t *testing.T) {
	b := newBench(t)
	next := b.batch("note/1", "mine")
	if err := b.Commit(b.ctx(), b.id, next); err != nil {
		t.Fatal(err)
	}
	b.at = next.End()
	before := state(t, b.server)
	var c *store.ConflictError
	if err := b.Commit(b.ctx(), b.id, next); !errors.As(err, &c) || c.At != b.at || c.Missed == nil {
		t.Fatalf("%v", err)
	}
	same(t, "what was missed", c.Missed.Entries, next.Entries)
	if after := state(t, b.server); !maps.Equal(before, after) {
		t.Errorf("Redis had\n%v\nand has\n%v", before, after)
	}
}

// A log that somebody cut is noticed: no since with a gap.
func TestSince_notices_a_cut_log(t *testing.T) {
	b := newBench(t)
	for i := range 10 {
		b.commit(fmt.Sprintf("note/%d", i), "x")
	}
	from := func(r uint64) error {
		_, err := b.Since(b.ctx(), b.id, wall.Position{Epoch: "epoch", Revision: r})
		return err
	}
	b.server.Do("XTRIM", b.key("log"), "MINID", "5-0")
	is(t, "Since before the cut", from(3), store.ErrLoad)
	if err := from(4); err != nil {
		t.Errorf("Since the cut: %v", err)
	}
	b.server.Do("XDEL", b.key("log"), "7-0")
	is(t, "Since before a hole", from(5), store.ErrLoad)
	if err := from(7); err != nil {
		t.Errorf("Since the hole: %v", err)
	}
	b.server.Do("XDEL", b.key("log"), "10-0")
	is(t, "Since before a missing end", from(8), store.ErrLoad)
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("note/%d", i), "x")
	}
	b.holds(want...)
	b.server.Do("DEL", b.key("log"))
	is(t, "Since without a log", from(8), store.ErrLoad)
	b.holds(want...)
}

// What the medium has changed is an error, never another value (S6).
func TestChanged_values_are_noticed(t *testing.T) {
	b := newBench(t)
	b.commit("note/1", "one", "note/2", "two", "setting/title", `"T"`)
	if err := b.Put(b.ctx(), "codes", "123456", nil, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	spoil := func(key, field, value string, read func() error) {
		t.Helper()
		was := b.server.Do("HGET", key, field)
		b.server.Do("HSET", key, field, value)
		is(t, key+" "+field, read(), store.ErrCorrupt)
		b.server.Do("HSET", key, field, was)
		if err := read(); err != nil {
			t.Error(err)
		}
	}
	load := func() error { _, _, err := b.Load(b.ctx(), b.id); return err }
	since := func() error {
		_, err := b.Since(b.ctx(), b.id, wall.Position{Epoch: "epoch"})
		return err
	}
	one, two := b.server.Do("HGET", b.key("notes"), "1").(string), b.server.Do("HGET", b.key("notes"), "2").(string)
	for _, wrong := range []string{"", "one", two, strings.Replace(one, "one", "ome", 1), one + " ", one[:len(one)-1]} {
		spoil(b.key("notes"), "1", wrong, load)
		spoil(b.key("notes"), "1", wrong, since)
	}
	spoil(b.key("meta"), "title", `"U" 00000000`, load)
	spoil("wall:codes", "123456", "{} 00000000", func() error { _, err := b.Get(b.ctx(), "codes", "123456"); return err })
	spoil("wall:codes", "123456", "{} 00000000", func() error { _, err := b.List(b.ctx(), "codes"); return err })

	b.server.Do("DEL", b.key("log"))
	b.server.Do("XADD", b.key("log"), "1-0", "after", "0", "touched", "", "events", "[] 00000000")
	_, err := b.Log(b.ctx(), b.id, 0, 10)
	is(t, "Log", err, store.ErrCorrupt)
}
