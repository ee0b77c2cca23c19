package redisstore

import (
	"context"
	"crypto/sha1" //nolint:gosec // it names scripts, as Redis does
	_ "embed"
	"encoding/hex"
	"fmt"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store"
)

//go:embed missed.lua
var missedText string

//go:embed since.lua
var sinceText string

//go:embed here.lua
var hereText string

//go:embed commit.lua
var commitText string

//go:embed list.lua
var listText string

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
	commitScript = newScript("#!lua\n" + missedText + hereText + commitText).onWhole(18)
	sinceScript  = newScript("#!lua flags=no-writes\n" + missedText + sinceText)
	fencedScript = newScript("#!lua flags=allow-oom\n" + missedText + sinceText)
	listScript   = newScript("#!lua\n" + hereText + listText).onWhole(1)
	putScript    = newScript("#!lua\n" + hereText + putText).onWhole(6)
	deleteScript = newScript("#!lua flags=allow-oom\n" + hereText + deleteText).onWhole(3)
	clearScript  = newScript("#!lua flags=allow-oom\n" + clearText)
	probeScript  = newScript("#!lua\n" + hereText + "return ARGV[1] == here() and 'ok' or elsewhere()")
)

type script struct {
	text, digest string
	whole        int // which of ARGV is the Redis that may be written on; 0: none
}

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // see above
	return &script{text: text, digest: hex.EncodeToString(sum[:])}
}

// onWhole is a script that writes only on a Redis that is told in ARGV[whole].
func (c *script) onWhole(whole int) *script {
	c.whole = whole
	return c
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
	for range mendTries {
		answer, node, err := s.try(ctx, c, key, args, wait)
		if c.whole == 0 || replyKind(err) != "ELSEWHERE" {
			return answer, err
		}
		if err := s.mend(ctx, node); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: Redis is another one each time it is asked", store.ErrRefused)
}

// try is run, on what is known of the server; node is the one that answered.
func (s *Store) try(ctx context.Context, c *script, key string, args []any, wait bool) (any, *redis.Client, error) {
	var answer any
	var at *redis.Client
	args[0], args[1] = "evalsha", c.digest
	err := s.on(ctx, key, func(node *redis.Client) error {
		if at = node; c.whole > 0 {
			keys, _ := args[2].(int)
			args[2+keys+c.whole] = s.mender.whole(node)
		}
		said, err := s.ask(ctx, node, args, wait)
		if redis.HasErrorPrefix(err, "NOSCRIPT") { // forgotten in a restart, a failover, by SCRIPT FLUSH: nothing was done
			args[0], args[1] = "eval", c.text
			said, err = s.ask(ctx, node, args, wait)
		}
		answer = said
		return err
	})
	if replyKind(err) == "ELSEWHERE" {
		return nil, at, err
	}
	if err != nil {
		return nil, nil, err // answer and at may be somebody's who was given up on
	}
	return answer, at, nil
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
		lookAgain(ctx, node)
		return nil, &replicasError{wanted: s.wait, had: held.Val()}
	}
	return asked.Val(), nil
}

// lookAgain has a client that knows its primary from Sentinels ask them anew. It
// believes what it heard last, and that may be old: when it asks while another
// takes over, the answer can come after the news. The primary of before then has
// no replicas, and takes writes until the Sentinels make it one itself: eight seconds,
// when it was seen. A connection more goes where they say now, and has those to others closed.
func lookAgain(ctx context.Context, node *redis.Client) {
	o := node.Options()
	if o.Addr != watched {
		return
	}
	if conn, err := o.Dialer(ctx, o.Network, o.Addr); err == nil {
		_ = conn.Close()
	}
}

// watched is what go-redis has for the address of a client that asks Sentinels.
const watched = "FailoverClient"
