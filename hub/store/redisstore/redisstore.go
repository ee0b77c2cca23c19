// Package redisstore keeps walls in Redis: the store of an installation that
// is several processes, or whose walls live on servers that others look after.
//
// # What is where
//
// All keys of a wall have its id as their tag, so that a Cluster keeps them on
// one node. A value is followed by a space and eight digits, its checksum.
//
//	wall:{id}:meta           hash: schema, epoch, revision, and each setting by its name
//	wall:{id}:notes          hash: note → JSON
//	wall:{id}:clusters       hash: cluster → JSON
//	wall:{id}:votes          hash: participant → its dots on each target
//	wall:{id}:people         hash: participant → what limits and moderation need
//	wall:{id}:acts           hash: revision → an act of the desk's that can be undone
//	wall:{id}:theme:<theme>  sorted set: n:<note> and c:<cluster> by votes, as the hall sees them
//	wall:{id}:themes         set: the themes that have a sorted set
//	wall:{id}:log            stream: an entry per commit, id = its last revision; which fields it
//	                         touched, and the events, which hold no free text
//	wall:{id}:other          hash: entries of a kind that this version does not know
//	wall:{id}:bell           channel: rung at each commit, with what it was when other hubs listen;
//	                         and what hubs ask each other (news.go)
//	wall:<table>             hash: a table of the installation: codes, walls, people, logins …
//	wall:walls:ids           set: the ids of all walls, and of some that are gone
//
// So a wall can be read with nothing but redis-cli:
//
//	HGET wall:codes 482715                            the wall that a join code leads to
//	HGETALL wall:{id}:meta                            where it is, and what it is set to
//	HGET wall:{id}:notes <note>                       a note, and its history
//	ZREVRANGE wall:{id}:theme:work 0 9 WITHSCORES     the ten that matter most
//	XREVRANGE wall:{id}:log + - COUNT 10              what happened last
//	PSUBSCRIBE wall:*                                 what happens now
//
// Reading harms nothing. What is changed by hand no hub hears of, and a value
// without its checksum is damage to the next that reads it.
//
// # How it is kept
//
// A commit is one script (commit.lua) and one round trip, whatever the number of
// commands in it: it compares epoch and revision, and writes all or nothing. When
// somebody else was first it brings what was missed, as since.lua does when the
// doorbell has rung. Loading reads in pieces, while others write (load.go).
//
// Nothing is sent twice: a request whose answer is lost is unknown to the store,
// and settled by whoever reads the wall again. The exception are answers by
// which Redis says that it did nothing: that a script is to be sent whole, or
// that a slot is on its way to another node.
//
// An epoch belongs to one Redis, by its master_replid. After a failover, a
// restart or a move to another node the next commit begins another one before
// anything else is written: what was acknowledged may be missing there, and
// revisions would mean two things. That is a picture for everybody, no more. It
// also happens when nothing was lost, and when the first replica is attached.
//
// Before anything is stored on a Redis that has started it has written its
// append-only file anew: one that was killed in the middle of a commit keeps the
// beginning of that in its file (mending.go). With 225,000 votes that is 0.2 s.
//
// With Options.Wait nothing is said to be stored, or to be on the wall at all,
// before so many replicas have it.
//
// # Versions of Redis
//
// Only what 7.0 has is used, and 7.0.15 is what it is tested on; the tests take
// another server by REDIS_SERVER. What is known to differ later: from 7.2 on a
// right that a script lacks is answered with NOPERM where 7.0 says ERR; both are
// read (server.go). WAITAOF (7.2), the times of hash fields (7.4) and XADD's own
// ids against doubles (8.6) are not used: commits are safe without them. 7.4 and
// 8 have not been run.
package redisstore

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

// Store is a store of walls in Redis. Several processes may share one.
type Store struct {
	client redis.UniversalClient
	wait   int
	me     string      // what it rings with, so as not to hear itself
	others atomic.Bool // somebody else hears the bell: it is told what was committed
	log    *slog.Logger
	now    func() time.Time
	silent time.Duration // how long the doorbell may be before it is asked whether it hears
	scrub  *scrubber
	mender mender

	standing standing
	mu       sync.Mutex
	closed   bool
	calls    sync.WaitGroup
	done     chan struct{} // closed when Close begins: ends Watch
	shut     sync.Once
}

// Open gives a store once Redis has answered and is fit for walls; ctx is for
// that alone.
func Open(ctx context.Context, o Options) (*Store, error) {
	client, err := dial(o)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, wait: o.Wait, log: o.Log, now: o.now, me: rand.Text(), silent: listenFor, done: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.greet(ctx, o); err != nil {
		_ = client.Close()
		return nil, err
	}
	s.calls.Go(func() { s.keepChecking(o) })
	s.scrub = newScrubber(s)
	s.calls.Go(s.scrub.run)
	return s, nil
}

// enter begins a call; s.calls.Done ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.calls.Add(1)
	return nil
}

// lasting is a context for what is done between calls: it ends when Close
// begins, or with cancel.
func (s *Store) lasting() (ctx context.Context, cancel context.CancelFunc) {
	ctx, cancel = context.WithCancel(context.Background())
	go func() {
		select {
		case <-s.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// Close waits for the calls under way, and closes the connections.
func (s *Store) Close() error {
	var err error
	s.shut.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		close(s.done)
		s.calls.Wait()
		err = s.client.Close()
	})
	return err
}
