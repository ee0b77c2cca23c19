package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

// Get reads a value of the installation.
func (s *Store) Get(ctx context.Context, table, key string) (value []byte, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	var sealed string
	there := true
	err = s.on(ctx, tableKey(table), func(node *redis.Client) (err error) {
		sealed, err = node.HGet(ctx, tableKey(table), key).Result()
		if errors.Is(err, redis.Nil) {
			there, err = false, nil
		}
		return err
	})
	if err != nil || !there {
		return nil, err
	}
	return unsealTable(table, key, sealed)
}

func unsealTable(table, key, sealed string) ([]byte, error) {
	value, err := unseal(tableStem(table), key, sealed)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", table, err)
	}
	return value, nil
}

// Put sets a value of the installation if it still is old.
func (s *Store) Put(ctx context.Context, table, key string, old, value []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	if err := store.CheckKey(table, key); err != nil {
		return err
	}
	sealed := func(v []byte) string {
		if v == nil {
			return ""
		}
		return string(seal(nil, tableStem(table), key, v))
	}
	keys := []string{tableKey(table)}
	args := append(putScript.call(keys, 6), key, flag(old != nil), sealed(old), flag(value != nil), sealed(value), "")
	answer, err := s.run(ctx, putScript, keys[0], args, true)
	switch {
	case err != nil:
		return err
	case answer == "changed":
		return store.ErrChanged
	}
	return nil
}

// List reads a whole table.
func (s *Store) List(ctx context.Context, table string) (map[string][]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	var all map[string]string
	err := s.on(ctx, tableKey(table), func(node *redis.Client) (err error) {
		all, err = node.HGetAll(ctx, tableKey(table)).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(all))
	for key, sealed := range all {
		if out[key], err = unsealTable(table, key, sealed); err != nil {
			return nil, err
		}
	}
	return out, nil
}
