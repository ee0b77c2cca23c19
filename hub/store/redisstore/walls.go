package redisstore

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"
)

// listPiece is how many ids are read, and asked for their walls, at a time.
const listPiece = 500

// list puts an id into the list of walls, for ever: were it taken out when its
// wall is deleted, a wall made at that moment under the same id could be left
// out, as the two are not in one slot. It is 40 bytes, and says nothing.
func (s *Store) list(ctx context.Context, id string) error {
	_, err := s.run(ctx, listScript, idsKey, append(listScript.call([]string{idsKey}, 2), "", id), true)
	return err
}

// Walls lists the ids whose walls are there.
func (s *Store) Walls(ctx context.Context) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	seen := map[string]bool{}
	var walls []string
	for cursor := uint64(0); ; {
		var ids []string
		err := s.on(ctx, idsKey, func(node *redis.Client) (err error) {
			ids, cursor, err = node.SScan(ctx, idsKey, cursor, "", listPiece).Result()
			return err
		})
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool {
			was := seen[id]
			seen[id] = true
			return was
		})
		there, err := s.have(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if there[i] {
				walls = append(walls, id)
			}
		}
		if cursor == 0 {
			return walls, nil
		}
	}
}

// have says which walls are there, in one round trip to each node.
func (s *Store) have(ctx context.Context, ids []string) ([]bool, error) {
	there := make([]bool, len(ids))
	err := s.await(ctx, func() error {
		asked, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, id := range ids {
				p.Exists(ctx, wallKey(id, placeNames[inMeta]))
			}
			return nil
		})
		for i, a := range asked {
			n, is := a.(*redis.IntCmd)
			there[i] = is && n.Val() > 0
		}
		return err
	})
	if err != nil {
		return nil, judge(ctx, err)
	}
	return there, nil
}

// Delete removes a wall and its log.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	keys := fixedKeys(id)
	args := append(deleteScript.call(keys[:], 3), wallKey(id, "theme:"), wallKey(id, bellName), "")
	_, err := s.run(ctx, deleteScript, keys[0], args, true)
	return err
}
