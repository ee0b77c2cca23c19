package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

// A Redis that is killed while it writes a commit leaves a torn transaction at
// the end of its append-only file. When 7.0 reads that again, and the tear is
// within a command, it cuts off this command alone: the beginning of the
// transaction stays, and what is appended stands in the middle of it. The next
// reading does it together with the next commit, or cuts off all of it. Nothing
// that Redis says tells such a file from a whole one.
//
// So nothing that is acknowledged is written on a Redis before it has written
// its file anew since it started: from memory, where the torn commit never was.
// The scripts look at that themselves, by master_replid, since Redis may be
// started again at any moment. What is already in an epoch of this Redis needs no
// look: the epoch began after it. All hubs wait for one rewrite, whoever asked
// for it; later starts, and other servers of a Cluster, have one each.
//
// A Redis that dies once more during that rewrite, which takes as long as its
// data are large, says "the truncated file is not the last file" when it is
// started, and ends; the next start finds that mended.

const (
	mendFirst = 5 * time.Millisecond // between two looks at how far Redis is
	mendMost  = 250 * time.Millisecond
	mendAgain = time.Second // after Redis could not: each try copies its memory
	mendTries = 4           // Redis may be started again while its file is mended
)

// mender knows which Redis it is that has a whole file, at each address.
type mender struct {
	mu    sync.Mutex
	known map[string]string   // its master_replid
	under map[string]*mending // being found out
}

type mending struct {
	done chan struct{} // closed when err is set
	err  error
}

// whole is the name of the Redis that may be written on at a node's address, or
// nothing while that is not known.
func (m *mender) whole(node *redis.Client) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[node.Options().Addr]
}

// mend returns when a server has a whole file. An error: it has none yet, and
// nothing was written.
func (s *Store) mend(ctx context.Context, node *redis.Client) error {
	at := node.Options().Addr
	s.mender.mu.Lock()
	m := s.mender.under[at]
	if m == nil {
		m = &mending{done: make(chan struct{})}
		if s.mender.under == nil {
			s.mender.under, s.mender.known = map[string]*mending{}, map[string]string{}
		}
		s.mender.under[at] = m
		s.calls.Go(func() { s.keepMending(at, node, m) }) // within a call: Close is not waiting for none
	}
	s.mender.mu.Unlock()
	select {
	case <-m.done:
		return m.err
	case <-ctx.Done():
		return fmt.Errorf("%w: Redis has started, and is writing its append-only file anew", store.ErrRefused)
	case <-s.done:
		return store.ErrClosed
	}
}

// keepMending finds a server's file whole, for all who wait for that. When Redis
// cannot write it anew, whoever comes soon after that is told the same.
func (s *Store) keepMending(at string, node *redis.Client, m *mending) {
	ctx, cancel := s.lasting()
	defer cancel()
	began := s.now()
	replid, err := s.wholeOf(ctx, node)
	if err != nil {
		m.err = fmt.Errorf("%w: Redis has started, and its append-only file is not written anew: %w", store.ErrRefused, err)
		close(m.done)
		if isReply(err) || errors.Is(err, errNotAnew) {
			sleep(ctx, mendAgain)
		}
	}
	s.mender.mu.Lock()
	delete(s.mender.under, at)
	if err == nil {
		s.mender.known[at] = replid
	}
	s.mender.mu.Unlock()
	if err == nil {
		s.log.Info("Redis has a whole append-only file", "at", at, "after", s.now().Sub(began))
		close(m.done)
	}
}

// wholeOf waits until a server has a whole file, has it written anew when nobody
// else does, and gives its name.
func (s *Store) wholeOf(ctx context.Context, node *redis.Client) (replid string, err error) {
	for asked, pause := false, mendFirst; ; pause = min(2*pause, mendMost) {
		now, err := about(ctx, node, "persistence", "replication")
		if err != nil {
			return "", err
		}
		if replid = now["master_replid"]; replid == "" {
			replid = "unknown" // as here.lua says
		}
		done := now[appendOnly.status] == "ok"
		switch {
		case now["aof_enabled"] != "1":
			return replid, nil
		case appendOnly.isBusy(now):
		case done && now[appendOnly.count] != "0":
			return replid, nil
		case asked && !done:
			return "", appendOnly.failed()
		default:
			begun, err := appendOnly.ask(ctx, node)
			switch {
			case isForbidden(err):
				s.log.Error("this Redis does not let its append-only file be written anew (BGREWRITEAOF): if it was killed in the middle of a commit, "+
					"its next start can spoil what is stored from now on; allow that command, or run redis-check-aof --fix before each start", "err", err)
				return replid, nil
			case err != nil:
				return "", err
			}
			asked = asked || begun
		}
		if !sleep(ctx, pause) {
			return "", ctx.Err()
		}
	}
}

// isForbidden says that a command is not to be had: by this user, or at all.
func isForbidden(err error) bool {
	return forbidden(err) || isReply(err) && strings.Contains(err.Error(), "unknown command")
}
