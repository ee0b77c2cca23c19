package redisstore

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore/redistest"
)

// said is what check finds, a line each; "!" before what refuses.
func said(t *testing.T, o Options) string {
	t.Helper()
	found, err := check(t.Context(), dialled(t, o), o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range found {
		if f.Refuse {
			b.WriteString("!")
		}
		fmt.Fprintln(&b, f.Text)
	}
	return b.String()
}

// says is what a test expects: every line of it in one line of what is said, and
// no line more.
func says(t *testing.T, got string, want ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if got == "" {
		lines = nil
	}
	if len(lines) != len(want) {
		t.Errorf("%d findings, want %d:\n%s", len(lines), len(want), got)
	}
	for _, w := range want {
		refuse := strings.HasPrefix(w, "!")
		found := false
		for _, l := range lines {
			found = found || strings.Contains(l, strings.TrimPrefix(w, "!")) && strings.HasPrefix(l, "!") == refuse
		}
		if !found {
			t.Errorf("%q is not said:\n%s", w, got)
		}
	}
}

func TestCheckOneServer(t *testing.T) {
	for name, c := range map[string]struct {
		directives []string
		options    Options
		want       []string
	}{
		"as it should be": {},
		"no file":         {directives: []string{"appendonly no"}, want: []string{"(appendonly no): acknowledged notes are lost"}},
		"every second":    {directives: []string{"appendfsync everysec"}, want: []string{"(appendfsync everysec): acknowledged notes of the last seconds"}},
		"not on rewrite":  {directives: []string{"no-appendfsync-on-rewrite yes"}, want: []string{"(no-appendfsync-on-rewrite yes)"}},
		"drops walls":     {directives: []string{"maxmemory-policy allkeys-lru"}, want: []string{"!(maxmemory-policy allkeys-lru): set maxmemory-policy noeviction"}},
		"may drop walls":  {directives: []string{"maxmemory-policy allkeys-random"}, options: Options{MayDropWalls: true}, want: []string{"was accepted like that"}},
		"nearly full":     {directives: []string{"maxmemory 1mb"}, want: []string{"nine tenths of the memory it may (maxmemory 1048576)"}},
		"has room":        {directives: []string{"maxmemory 100mb"}},
		"drops what ends": {directives: []string{"maxmemory-policy volatile-lru"}}, // nothing of ours does
		"waits":           {options: Options{Wait: 1}, want: []string{"has 0 replicas and --redis-wait is 1: nothing can be acknowledged"}},
		"needs replicas":  {directives: []string{"min-replicas-to-write 1"}, want: []string{"min-replicas-to-write is 1: it takes no writes"}},
		"a Cluster's":     {directives: []string{"cluster-enabled yes"}, want: []string{"!begins with redis+cluster://"}},
		"ahead":           {options: Options{Now: func() time.Time { return time.Now().Add(-time.Minute) }}, want: []string{"clock and this machine's are 1m0s apart"}},
		"behind":          {options: Options{Now: func() time.Time { return time.Now().Add(6 * time.Second) }}, want: []string{"are 6s apart"}},
		"a little behind": {options: Options{Now: func() time.Time { return time.Now().Add(4 * time.Second) }}},
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t, c.directives...)
			c.options.URL = s.URL()
			says(t, said(t, c.options), c.want...)
		})
	}
}

func TestCheckReplicas(t *testing.T) {
	primary := redistest.Start(t)
	host, port, _ := net.SplitHostPort(primary.Addr)
	replica := redistest.Start(t, "replicaof "+host+" "+port)
	redistest.Until(t, time.Minute, "the replica follows", func() bool {
		return primary.Info("connected_slaves") == "1" && replica.Info("master_link_status") == "up"
	})
	says(t, said(t, Options{URL: replica.URL()}), "!is a replica and takes no writes")
	says(t, said(t, Options{URL: primary.URL()}))
	says(t, said(t, Options{URL: primary.URL(), Wait: 1}), "just as many replicas as --redis-wait asks for (1)")
	says(t, said(t, Options{URL: primary.URL(), Wait: 2}), "has 1 replicas and --redis-wait is 2")
}

func TestCheckSentinels(t *testing.T) {
	s := redistest.StartSentinels(t)
	url := "redis+sentinel://" + strings.Join(s.Addrs(), ",") + "/" + redistest.PrimaryName
	says(t, said(t, Options{URL: url}), "a failover can lose what was acknowledged")
	says(t, said(t, Options{URL: url, Wait: 1}))
	says(t, said(t, Options{URL: url, Wait: 2}), "just as many replicas")
}

func TestCheckCluster(t *testing.T) {
	c := redistest.StartCluster(t)
	url := "redis+cluster://" + strings.Join(c.Addrs(), ",")
	got := said(t, Options{URL: url})
	says(t, got, "failover can lose") // once, and of which of them
	for _, n := range c.Nodes[:3] {
		if !strings.Contains(got, n.Addr) {
			t.Errorf("%s is not named:\n%s", n.Addr, got)
		}
	}
	c.Nodes[1].Do("CONFIG", "SET", "appendfsync", "everysec")
	says(t, said(t, Options{URL: url}), "failover can lose", "Redis at "+c.Nodes[1].Addr+" writes to disk later")
	c.Nodes[1].Do("CONFIG", "SET", "appendfsync", "always")
	says(t, said(t, Options{URL: c.Nodes[4].URL()}), "!begins with redis+cluster://") // a replica: one thing is to be done, not two
	for _, n := range c.Nodes {
		n.Do("CONFIG", "SET", "cluster-require-full-coverage", "yes")
	}
	for _, n := range []int{2, 5} { // a primary and its replica
		c.Nodes[n].Kill()
	}
	redistest.Until(t, time.Minute, "the Cluster is down", func() bool {
		v, _ := c.Nodes[0].Try("CLUSTER", "INFO")
		return strings.Contains(fmt.Sprint(v), "cluster_state:fail")
	})
	found, err := check(t.Context(), dialled(t, Options{URL: url}), Options{URL: url})
	var all strings.Builder
	for _, f := range found {
		all.WriteString(f.Text + "\n")
	}
	if err == nil || !strings.Contains(all.String(), "its Cluster is down") {
		t.Errorf("%v\n%s", err, all.String())
	}
}

// Where its settings may not be read, INFO says what it can, and what it
// cannot say is said.
func TestCheckWithoutConfig(t *testing.T) {
	s := redistest.Start(t, "maxmemory-policy allkeys-lru", "user wall on >hush "+strings.ReplaceAll(ACL(), "+config|get", "-config"))
	says(t, said(t, Options{URL: s.URL(), Username: "wall", Password: "hush"}),
		"!(maxmemory-policy allkeys-lru)",
		"does not let this user CONFIG GET",
		"whether acknowledged notes outlive a power cut could not be checked")
	s.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	s.Do("CONFIG", "SET", "appendonly", "no")
	says(t, said(t, Options{URL: s.URL(), Username: "wall", Password: "hush"}),
		"(appendonly no)", "does not let this user CONFIG GET")
	s.Do("ACL", "SETUSER", "wall", "-info")
	says(t, said(t, Options{URL: s.URL(), Username: "wall", Password: "hush"}),
		"does not say what it does when its memory is full",
		"does not let this user CONFIG GET", "!does not let this user INFO",
		"whether acknowledged notes outlive a power cut could not be checked")
}

// Each right is missed by its name, and how to grant it is said.
func TestCheckRights(t *testing.T) {
	s := redistest.Start(t, "user wall on >hush "+ACL())
	o := Options{URL: s.URL(), Username: "wall", Password: "hush"}
	says(t, said(t, o))
	for _, r := range rights {
		if r.in == cluster {
			continue
		}
		s.Do("ACL", "SETUSER", "wall", "-"+r.command)
		got := said(t, o)
		if !strings.Contains(got, "does not let this user "+names(r)) || !strings.Contains(got, "add +"+r.command) {
			t.Errorf("without %s:\n%s", r.command, got)
		}
		if strings.Contains(got, "!") != (r.without == "") {
			t.Errorf("without %s:\n%s", r.command, got)
		}
		s.Do("ACL", "SETUSER", "wall", "+"+r.command)
	}
	says(t, said(t, o))
	s.Do("ACL", "SETUSER", "wall", "resetchannels")
	says(t, said(t, o), "does not let this user PUBLISH", "does not let this user PSUBSCRIBE")
	s.Do("ACL", "SETUSER", "wall", "resetkeys", "&wall:*") // what is wrong is one thing, and said once
	got := said(t, o)
	says(t, got, "!HSET, HGET, HMGET, HGETALL")
	if !strings.Contains(got, "add +eval +evalsha +exists") {
		t.Errorf("how they are given:\n%s", got)
	}
}
