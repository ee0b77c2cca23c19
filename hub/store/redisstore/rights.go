package redisstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// right is a command that the hub uses.
type right struct {
	command string // as an ACL grants it
	use     string // as the hub uses it
	in      form   // only there; single: everywhere
	without string // what cannot be done without it; empty: nothing can
}

// The rights of this package, its scripts included. With them goes one pattern
// of keys and channels: everything that the hub has begins with wall:.
var rights = []right{
	{command: "eval", use: "eval x 1 wall:{x}:meta"},
	{command: "evalsha", use: "evalsha x 1 wall:{x}:meta"},
	{command: "info", use: "info"},
	{command: "ping", use: "ping"},
	{command: "exists", use: "exists wall:{x}:meta"},
	{command: "type", use: "type wall:{x}:meta"},
	{command: "unlink", use: "unlink wall:{x}:meta"},
	{command: "hset", use: "hset wall:{x}:meta f v"},
	{command: "hget", use: "hget wall:{x}:meta f"},
	{command: "hmget", use: "hmget wall:{x}:meta f"},
	{command: "hgetall", use: "hgetall wall:{x}:meta"},
	{command: "hscan", use: "hscan wall:{x}:meta 0"},
	{command: "hlen", use: "hlen wall:{x}:meta"},
	{command: "hdel", use: "hdel wall:{x}:meta f"},
	{command: "sadd", use: "sadd wall:{x}:themes t"},
	{command: "smembers", use: "smembers wall:{x}:themes"},
	{command: "sscan", use: "sscan wall:walls:ids 0"},
	{command: "zadd", use: "zadd wall:{x}:theme:t 1 n"},
	{command: "zrem", use: "zrem wall:{x}:theme:t n"},
	{command: "xadd", use: "xadd wall:{x}:log 1-0 f v"},
	{command: "xrange", use: "xrange wall:{x}:log - +"},
	{command: "wait", use: "wait 1 1"},
	{command: "publish", use: "publish wall:{x}:bell x", without: "other hubs show a note half a minute late"},
	{command: "psubscribe", use: "psubscribe wall:*", without: "notes of other hubs come half a minute late"},
	{command: "bgrewriteaof", use: "bgrewriteaof", without: "erased text stays in its file, and a start after a crash can spoil what is stored then"},
	{command: "bgsave", use: "bgsave", without: "erased text stays in its snapshot, if it takes any"},
	{command: "config|get", use: "config get appendonly", without: "whether acknowledged notes outlive a power cut cannot be checked"},
	{command: "time", use: "time", without: "two clocks cannot be compared"},
	{command: "cluster|slots", use: "cluster slots", in: cluster},
	{command: "cluster|info", use: "cluster info", in: cluster, without: "whether all slots are served cannot be checked"},
}

// ACL is the rule of a user that may do what the hub needs, and nothing else.
func ACL() string {
	var b strings.Builder
	b.WriteString("resetkeys ~wall:* resetchannels &wall:* -@all")
	for _, r := range rights {
		b.WriteString(" +" + r.command)
	}
	return b.String()
}

// askRights has Redis say which commands its user may not use. Nothing is done.
const askRights = `
local missing = {}
for i, use in ipairs(ARGV) do
  local words = {}
  for word in string.gmatch(use, '%S+') do words[#words + 1] = word end
  if not redis.acl_check_cmd(unpack(words)) then missing[#missing + 1] = i end
end
return missing`

// missing gives the rights that the hub's user lacks on a server.
func missing(ctx context.Context, c *redis.Client, f form) ([]right, error) {
	var asked []right
	var uses []any
	for _, r := range rights {
		if r.in == single || r.in == f {
			asked = append(asked, r)
			uses = append(uses, r.use)
		}
	}
	lacks, err := c.Eval(ctx, askRights, nil, uses...).Int64Slice()
	switch {
	case forbidden(err):
		return asked[:1], nil // without eval there is nothing more to ask
	case replyKind(err) == "ERR":
		return nil, nil // older than 7.0: the version is what is wrong
	case err != nil:
		return nil, err
	}
	var out []right
	for _, i := range lacks {
		out = append(out, asked[i-1])
	}
	return out, nil
}

func names(missing ...right) string {
	var all []string
	for _, r := range missing {
		all = append(all, strings.ToUpper(strings.ReplaceAll(r.command, "|", " ")))
	}
	return strings.Join(all, ", ")
}

// forbidden says that Redis answered, and that its user may not.
func forbidden(err error) bool { return isReply(err) && redis.HasErrorPrefix(err, "NOPERM") }

// isReply says that an error is Redis' answer, not the lack of one.
func isReply(err error) bool {
	var said redis.Error
	return errors.As(err, &said)
}

// grant says how rights are given.
func grant(missing ...right) string {
	var b strings.Builder
	b.WriteString("add ")
	for _, r := range missing {
		b.WriteString("+" + r.command + " ")
	}
	return b.String() + "~wall:* &wall:* to the user's rule (ACL SETUSER)"
}
