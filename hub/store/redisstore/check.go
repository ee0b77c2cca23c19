package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	checkEvery  = time.Minute
	checkWithin = 5 * time.Second
	skewMost    = 5 * time.Second // between this machine's clock and Redis'
)

// Finding is something about Redis that is not as walls need it: what is
// wrong, and how to mend it, in a sentence.
type Finding struct {
	Refuse bool // no hub should run on it
	Text   string
}

// server is one Redis server as it shows itself. In a Cluster there are more.
type server struct {
	at      string            // where, if there are more
	info    map[string]string // INFO
	config  map[string]string // CONFIG GET of settings; nil where it may not be read
	cluster map[string]string // CLUSTER INFO, of a Cluster's node
	missing []right
	ahead   time.Duration // Redis' clock, before ours
}

// settings are what CONFIG GET is asked for.
var settings = []string{"appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy", "min-replicas-to-write"}

// check looks at every server that takes writes. An error: one did not answer.
func check(ctx context.Context, client redis.UniversalClient, o Options) ([]Finding, error) {
	a, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	where := map[Finding][]string{} // each finding, and which servers have it
	looked := false
	var mu sync.Mutex
	look := func(ctx context.Context, one *redis.Client) error {
		s, err := examine(ctx, one, a.form, o.now)
		if err != nil {
			return err
		}
		if a.form == cluster {
			s.at = one.Options().Addr
		}
		mu.Lock()
		defer mu.Unlock()
		looked = true
		for _, f := range s.judge(a.form, o) {
			where[f] = append(where[f], s.at)
		}
		return nil
	}
	switch c := client.(type) {
	case *redis.ClusterClient:
		err = c.ForEachMaster(ctx, look)
	case *redis.Client:
		err = look(ctx, c)
	}
	if err == nil && !looked {
		err = errNoPrimaries
	}
	found := make([]Finding, 0, len(where))
	for f, at := range where {
		if a.form == cluster {
			slices.Sort(at)
			f.Text = " at " + strings.Join(at, ", ") + f.Text
		}
		f.Text = "Redis" + f.Text
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.Text, b.Text) })
	return found, err
}

var (
	errNoPrimaries = errors.New("no node of this Cluster takes writes: has it been made (redis-cli --cluster create)?")
	errWatches     = errors.New("this is a Sentinel: its address begins with redis+sentinel:// and ends in the name of the primary")
)

// examine asks one server about itself.
func examine(ctx context.Context, c *redis.Client, f form, now func() time.Time) (s server, err error) {
	text, err := c.Info(ctx).Result()
	switch {
	case err == nil:
		s.info = fields(text)
	case !forbidden(err):
		return s, err
	}
	if s.info["redis_mode"] == "sentinel" {
		return s, errWatches
	}
	s.config = map[string]string{}
	for _, name := range settings { // one by one: a managed server may know some of them
		values, err := c.ConfigGet(ctx, name).Result()
		switch {
		case err == nil:
			if v, ok := values[name]; ok {
				s.config[name] = v
			}
		case !isReply(err):
			return s, err
		}
	}
	if f == cluster {
		text, err := c.ClusterInfo(ctx).Result()
		switch {
		case err == nil:
			s.cluster = fields(text)
		case !forbidden(err):
			return s, err
		}
	}
	before := now()
	at, err := c.Time(ctx).Result()
	switch {
	case err == nil:
		s.ahead = skew(before, at, now())
	case !forbidden(err):
		return s, err
	}
	s.missing, err = missing(ctx, c, f)
	return s, err
}

// skew is how far Redis' clock is ahead: it was read between before and after.
func skew(before, redis, after time.Time) time.Duration {
	return redis.Sub(before.Add(after.Sub(before) / 2))
}

// fields reads what INFO says: name:value in lines.
func fields(text string) map[string]string {
	m := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			m[name] = value
		}
	}
	return m
}

// setting is a setting's value, as CONFIG GET or else INFO has it.
func (s *server) setting(name string) (value string, known bool) {
	if v, ok := s.config[name]; ok {
		return v, true
	}
	switch name {
	case "appendonly":
		v, ok := s.info["aof_enabled"]
		return map[string]string{"1": "yes", "0": "no"}[v], ok
	case "maxmemory-policy":
		v, ok := s.info["maxmemory_policy"]
		return v, ok
	}
	return "", false
}

// number is a number in INFO; 0 when it does not say.
func (s *server) number(name string) int {
	n, _ := strconv.Atoi(s.info[name])
	return n
}

// judge says what is not as it should be. What it says goes on after the server's
// name.
func (s *server) judge(f form, o Options) []Finding {
	var found []Finding
	refuse := func(format string, args ...any) {
		found = append(found, Finding{Refuse: true, Text: fmt.Sprintf(format, args...)})
	}
	warn := func(format string, args ...any) {
		found = append(found, Finding{Text: fmt.Sprintf(format, args...)})
	}

	if v := s.info["redis_version"]; v != "" && !atLeast(v, 7) {
		refuse(" is version %s; the hub needs 7.0 or newer", v)
	}
	if s.info["cluster_enabled"] == "1" && f != cluster {
		refuse(" is a node of a Cluster: its address begins with redis+cluster://")
		return found // what else there is to say is said of the Cluster
	}
	if s.info["role"] == "slave" {
		refuse(" is a replica and takes no writes: give the primary's address, or the Sentinels' (redis+sentinel://)")
	}
	switch policy, known := s.setting("maxmemory-policy"); {
	case !known:
		warn(" does not say what it does when its memory is full: make sure that maxmemory-policy is noeviction, or walls vanish without a word")
	case strings.HasPrefix(policy, "allkeys-") && o.MayDropWalls:
		warn(" removes walls when its memory is full (maxmemory-policy %s), and was accepted like that", policy)
	case strings.HasPrefix(policy, "allkeys-"):
		refuse(" would remove walls when its memory is full (maxmemory-policy %s): set maxmemory-policy noeviction, or start with --redis-may-drop-walls if they may be lost", policy)
	}
	if most, used := s.number("maxmemory"), s.number("used_memory"); most > 0 && used >= most/10*9 {
		warn(" has used nine tenths of the memory it may (maxmemory %d), or more: when that is full it takes no notes; raise maxmemory", most)
	}
	var needed []right
	for _, r := range s.missing {
		if r.without != "" {
			warn(" does not let this user %s, so %s; %s", names(r), r.without, grant(r))
		} else {
			needed = append(needed, r)
		}
	}
	if needed != nil {
		refuse(" does not let this user %s, which the hub cannot do without; %s", names(needed...), grant(needed...))
	}
	s.judgeDurability(warn)
	s.judgeReplicas(f, o, warn)
	if s.cluster != nil && s.cluster["cluster_state"] != "ok" {
		warn(" says that its Cluster is down (cluster_state %s): a part of the slots has no primary", s.cluster["cluster_state"])
	}
	if s.ahead.Abs() > skewMost {
		warn("%s", clockText(s.ahead))
	}
	return found
}

func clockText(ahead time.Duration) string {
	return fmt.Sprintf("' clock and this machine's are %v apart: the hub is not ready until they are less than %v; let both follow NTP",
		ahead.Abs().Round(100*time.Millisecond), skewMost)
}

// judgeDurability says what a power cut, or a crash, would lose.
func (s *server) judgeDurability(warn func(string, ...any)) {
	appendonly, known := s.setting("appendonly")
	fsync, fsyncKnown := s.setting("appendfsync")
	rewrite, rewriteKnown := s.setting("no-appendfsync-on-rewrite")
	switch {
	case known && appendonly != "yes":
		warn(" keeps no append-only file (appendonly no): acknowledged notes are lost when it ends; set appendonly yes and appendfsync always")
		return
	case !known || !fsyncKnown || !rewriteKnown:
		warn(" does not let its settings be read: whether acknowledged notes outlive a power cut could not be checked; allow config|get, or make sure that appendonly is yes, appendfsync always and no-appendfsync-on-rewrite no")
	}
	if fsyncKnown && fsync != "always" {
		warn(" writes to disk later than it answers (appendfsync %s): acknowledged notes of the last seconds are lost in a power cut; set appendfsync always", fsync)
	}
	if rewrite == "yes" {
		warn(" does not write through to disk while it rewrites its file (no-appendfsync-on-rewrite yes): acknowledged notes can be lost in a power cut; set no-appendfsync-on-rewrite no")
	}
	if s.info["aof_last_write_status"] == "err" {
		warn(" could not write to its append-only file: look at its disk and its log")
	}
}

// judgeReplicas says what a failover would lose, or stop.
func (s *server) judgeReplicas(f form, o Options, warn func(string, ...any)) {
	if s.info == nil || s.info["role"] == "slave" {
		return
	}
	replicas := s.number("connected_slaves")
	least, _ := s.setting("min-replicas-to-write")
	switch needed, _ := strconv.Atoi(least); {
	case replicas < o.Wait:
		warn(" has %d replicas and --redis-wait is %d: nothing can be acknowledged; connect replicas, or lower --redis-wait", replicas, o.Wait)
	case replicas < needed:
		warn(" has %d replicas and min-replicas-to-write is %d: it takes no writes; connect replicas, or lower min-replicas-to-write", replicas, needed)
	case o.Wait > 0 && replicas == o.Wait:
		warn(" has just as many replicas as --redis-wait asks for (%d): when one is lost, nothing can be acknowledged until it is back; connect another one", replicas)
	case o.Wait == 0 && f != single && replicas > 0:
		warn(" has replicas that may take over, and --redis-wait is 0: a failover can lose what was acknowledged just before; start with --redis-wait 1")
	case o.Wait == 0 && f != single:
		warn(" has no replica: nothing can take over when it fails; connect two, and start with --redis-wait 1")
	}
}

// atLeast compares a version's first number.
func atLeast(version string, major int) bool {
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	return err != nil || n >= major // what is no number is somebody else's Redis
}
