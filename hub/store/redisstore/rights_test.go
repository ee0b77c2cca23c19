package redisstore_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// granted are the commands in the rule.
func granted() (all []string) {
	for _, m := range regexp.MustCompile(`\+(\S+)`).FindAllStringSubmatch(redisstore.ACL(), -1) {
		all = append(all, m[1])
	}
	return all
}

// The rule of README is enough for all that a store promises, and for nothing
// that it does not use.
func TestACL(t *testing.T) {
	server := redistest.Start(t, "save 3600 1", "user wall on >hush "+redisstore.ACL())
	o := redisstore.Options{URL: server.URL(), Username: "wall", Password: "hush"}
	storetest.Run(t, func(testing.TB) storetest.Medium {
		return storetest.Medium{
			Open:    func(t testing.TB) store.Store { return open(t, o) },
			Durable: true,
			Bytes:   func(t testing.TB) []byte { return files(t, server) },
			Later:   true,
		}
	})
	rank(t, o, server)
	used := usedBy(server)
	for _, command := range granted() {
		if !used[command] && !strings.HasPrefix(command, "cluster|") && command != "wait" {
			t.Errorf("%s is granted, and not used", command)
		}
	}
	if _, err := server.Try("ACL", "DRYRUN", "wall", "set", "wall:x", "1"); err != nil {
		t.Fatal(err)
	}
	for _, no := range [][]any{{"set", "wall:x", "1"}, {"flushall"}, {"keys", "*"}, {"hget", "other", "f"}, {"publish", "other", "x"}, {"config", "set", "appendonly", "no"}} {
		if said := server.Do(append([]any{"ACL", "DRYRUN", "wall"}, no...)...); said == "OK" {
			t.Errorf("%v is allowed", no)
		}
	}
}

func TestACL_cluster(t *testing.T) {
	c := redistest.StartCluster(t, "save 3600 1", "user wall on >hush "+redisstore.ACL())
	o := redisstore.Options{URL: "redis+cluster://" + strings.Join(c.Addrs(), ","), Username: "wall", Password: "hush", Wait: 1}
	storetest.Run(t, func(testing.TB) storetest.Medium {
		return storetest.Medium{
			Open:    func(t testing.TB) store.Store { return open(t, o) },
			Durable: true,
			Bytes:   func(t testing.TB) []byte { return files(t, c.Nodes[:3]...) },
			Later:   true,
		}
	})
	rank(t, o, c.Nodes[:3]...)
	used := usedBy(c.Nodes[:3]...)
	for _, command := range granted() {
		if !used[command] {
			t.Errorf("%s is granted, and not used", command)
		}
	}
}

// rank puts something under a theme and erases it, as the domain has it done,
// and stays until the servers have been asked for new files.
func rank(t *testing.T, o redisstore.Options, servers ...*redistest.Server) {
	t.Helper()
	s := open(t, o)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	at := wall.Position{Epoch: "e"}
	for _, gone := range []bool{false, true} {
		b := store.Batch{After: at, To: at.Revision + 1, Ranks: []wall.Rank{{Theme: "work", Item: "n:1", Votes: 3, Gone: gone}}, Scrub: gone}
		var err error
		if gone {
			err = s.Commit(t.Context(), "ranked", b)
		} else {
			err = s.Create(t.Context(), "ranked", b)
		}
		if err != nil {
			t.Fatal(err)
		}
		at = b.End()
	}
	deadline := time.After(20 * time.Second)
	for look := time.NewTicker(20 * time.Millisecond); ; {
		if used := usedBy(servers...); used["bgrewriteaof"] && used["bgsave"] {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatal("new files were not asked for after an erasure")
		}
	}
}

// usedBy are the commands that servers have done.
func usedBy(servers ...*redistest.Server) map[string]bool {
	used := map[string]bool{}
	for _, s := range servers {
		text, _ := s.Do("INFO", "commandstats").(string)
		for _, m := range regexp.MustCompile(`cmdstat_([a-z|]+):calls=(\d+)`).FindAllStringSubmatch(text, -1) {
			used[m[1]] = used[m[1]] || m[2] != "0"
		}
	}
	return used
}

// README has the rule as it is.
func TestREADMEHasTheACL(t *testing.T) {
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(strings.ReplaceAll(string(text), "\\\n", " "))
	i := slices.Index(words, "resetkeys")
	want := strings.Fields(redisstore.ACL())
	if i < 0 || i+len(want) > len(words) || !slices.Equal(words[i:i+len(want)], want) {
		t.Errorf("README should have: user wall on >… %s", redisstore.ACL())
	}
}
