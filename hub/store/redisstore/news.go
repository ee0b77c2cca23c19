package redisstore

import (
	"context"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// What the doorbell says: who rings, and, when somebody else is known to listen,
// what the commit was, so that nobody has to ask for it.
//
//	<who> did <epoch> <after> <to> <checksum of all that follows who>
//	<what Batch.News says>
//
//	<who> late <by>                                     a commit that was not
//	<who> told <bytes>                                  what a process has to tell others
//
// A commit of which there is more than newsMost bytes to say is asked for.
const newsMost = 512 << 10

func (s *stems) news(me string, b *store.Batch) string {
	said := b.News()
	if len(said) > newsMost {
		return me
	}
	head := "did " + b.After.Epoch + " " + strconv.FormatUint(b.After.Revision, 10) + " " + strconv.FormatUint(b.To, 10) + " "
	return me + " " + head + strconv.FormatUint(uint64(s.sum(head, said)), 16) + "\n" + said
}

// sum is the checksum of news.
func (s *stems) sum(head, said string) uint32 {
	sum := crc32.Update(s.bell, castagnoli, []byte(head))
	piece := make([]byte, min(len(said), 4096))
	for len(said) > 0 {
		n := copy(piece, said)
		sum = crc32.Update(sum, castagnoli, piece[:n])
		said = said[n:]
	}
	return sum
}

func lateNews(me, by string) string {
	if by == "" {
		return ""
	}
	return me + " late " + by
}

// Tell has the other processes hear something. It does not wait for replicas:
// nothing was written.
func (s *Store) Tell(ctx context.Context, id string, word []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	said := make([]byte, 0, len(s.me)+len(told)+1+len(word))
	said = append(append(append(append(said, s.me...), ' '), told...), word...)
	return s.on(ctx, wallKey(id, placeNames[inMeta]), func(node *redis.Client) error {
		return node.Publish(ctx, wallKey(id, bellName), said).Err()
	})
}

const told = "told "

// parseNews reads what follows who rings. Nil: the wall is to be looked at.
func parseNews(id, text string) *store.News {
	if word, is := strings.CutPrefix(text, told); is {
		return &store.News{Word: []byte(word)}
	}
	head, said, _ := strings.Cut(text, "\n")
	part := strings.Split(head, " ")
	if len(part) == 2 && part[0] == "late" {
		return &store.News{Late: part[1]}
	}
	if len(part) != 5 || part[0] != "did" {
		return nil
	}
	after, err := parsePosition(part[1], part[2])
	to, wrong := strconv.ParseUint(part[3], 10, 64)
	sum, odd := strconv.ParseUint(part[4], 16, 32)
	n := &store.News{After: after, At: wall.Position{Epoch: after.Epoch, Revision: to}, Said: said}
	stems := stemsOf(id)
	if err != nil || wrong != nil || odd != nil || uint32(sum) != stems.sum(head[:len(head)-len(part[4])], n.Said) {
		return nil
	}
	return n
}
