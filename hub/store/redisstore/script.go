package redisstore

import (
	"context"
	"crypto/sha1" //nolint:gosec // it names scripts, as Redis does
	_ "embed"
	"encoding/hex"

	"github.com/redis/go-redis/v9"
)

//go:embed missed.lua
var missedText string

//go:embed since.lua
var sinceText string

//go:embed commit.lua
var commitText string

//go:embed put.lua
var putText string

//go:embed delete.lua
var deleteText string

//go:embed clear.lua
var clearText string

// The scripts. With a first line that says what they need, Redis looks at its
// memory, its disk, its replicas and its role before it begins one, and refuses
// the whole. What only reads it does while it is full, too.
var (
	commitScript = newScript("#!lua\n" + missedText + commitText)
	sinceScript  = newScript("#!lua flags=no-writes\n" + missedText + sinceText)
	fencedScript = newScript("#!lua flags=allow-oom\n" + missedText + sinceText)
	putScript    = newScript("#!lua\n" + putText)
	deleteScript = newScript("#!lua flags=allow-oom\n" + deleteText)
	clearScript  = newScript("#!lua flags=allow-oom\n" + clearText)
	probeScript  = newScript("#!lua\nreturn 'ok'")
)

type script struct{ text, digest string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // see above
	return &script{text, hex.EncodeToString(sum[:])}
}

// call is a script's arguments: two places for EVALSHA and its digest, the
// number of keys, the keys, and the rest.
func (c *script) call(keys []string, more int) []any {
	args := make([]any, 3, 3+len(keys)+more)
	args[2] = len(keys)
	for i := range keys {
		args = append(args, &keys[i])
	}
	return args
}

// run has a script done by the server that has key, and gives its answer.
// wait: it is good only when as many replicas as the store asks for have what
// the script wrote.
func (s *Store) run(ctx context.Context, c *script, key string, args []any, wait bool) (any, error) {
	var answer any
	args[0], args[1] = "evalsha", c.digest
	err := s.on(ctx, key, func(node *redis.Client) error {
		said, err := s.ask(ctx, node, args, wait)
		if redis.HasErrorPrefix(err, "NOSCRIPT") { // forgotten in a restart, a failover, by SCRIPT FLUSH: nothing was done
			args[0], args[1] = "eval", c.text
			said, err = s.ask(ctx, node, args, wait)
		}
		answer = said
		return err
	})
	if err != nil {
		return nil, err // answer may be somebody's who was given up on
	}
	return answer, nil
}

// ask sends one request, once. What it wrote and WAIT go over one connection,
// since WAIT is about what its own connection wrote.
func (s *Store) ask(ctx context.Context, node *redis.Client, args []any, wait bool) (any, error) {
	asked := redis.NewCmd(ctx, args...)
	if !wait || s.wait == 0 {
		err := node.Process(ctx, asked)
		return asked.Val(), err
	}
	pipe := node.Pipeline()
	_ = pipe.Process(ctx, asked) // said by Exec
	held := redis.NewIntCmd(ctx, "wait", s.wait, waitWithin.Milliseconds())
	_ = pipe.Process(ctx, held)
	_, err := pipe.Exec(ctx)
	switch {
	case asked.Err() != nil:
		return nil, asked.Err()
	case err != nil:
		return nil, &replicasError{wanted: s.wait, cause: err}
	case held.Val() < int64(s.wait):
		return nil, &replicasError{wanted: s.wait, had: held.Val()}
	}
	return asked.Val(), nil
}
