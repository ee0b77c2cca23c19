package redisstore

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore/redistest"
)

// refusal is what Open says of a Redis that it does not open, once it has waited
// for so long.
func refusal(t *testing.T, o Options, within time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	s, err := Open(ctx, o)
	if err == nil {
		t.Errorf("%s: opened", o.URL)
		_ = s.Close()
		return ""
	}
	return err.Error()
}

// What no waiting changes is said at once, with what to do about it.
func TestOpenRefuses(t *testing.T) {
	drops := redistest.Start(t, "maxmemory-policy allkeys-lfu")
	locked := redistest.Start(t, "requirepass hush")
	few := redistest.Start(t, "user wall on >hush "+ACL()+" -evalsha")
	watching := redistest.StartSentinel(t)
	shy := redistest.StartSentinel(t, "requirepass hush")
	begun := time.Now()
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{URL: drops.URL()}, "--redis-may-drop-walls"},
		{Options{URL: locked.URL()}, "Redis asks for a password: put it into WALL_REDIS_PASSWORD"},
		{Options{URL: locked.URL(), Password: "wrong"}, "does not accept the user and the password"},
		{Options{URL: "redis://other@" + locked.Addr, Password: "hush"}, "does not accept the user and the password"},
		{Options{URL: few.URL(), Username: "wall", Password: "hush"}, "EVALSHA"},
		{Options{URL: "redis+cluster://" + drops.Addr}, "Redis is no Cluster"},
		{Options{URL: "redis://" + drops.Addr + "/99"}, "has no database 99"},
		{Options{URL: "redis://" + watching.Addr}, "this is a Sentinel: its address begins with redis+sentinel://"},
		{Options{URL: "redis+sentinel://" + drops.Addr + "/wall"}, "these are no Sentinels"},
		{Options{URL: "redis+sentinel://" + watching.Addr + "/nobody"}, `the Sentinels know no primary by the name "nobody"`},
		{Options{URL: "redis+sentinel://" + shy.Addr + "/wall"}, "the Sentinels ask for a password: put it into WALL_REDIS_SENTINEL_PASSWORD"},
		{Options{URL: "redis+sentinel://" + shy.Addr + "/wall", SentinelPassword: "wrong"}, "(--redis-sentinel-username, WALL_REDIS_SENTINEL_PASSWORD)"},
		{Options{URL: "redis://"}, "; for example: redis://"},
		{Options{URL: drops.URL(), Wait: -1}, "--redis-wait is how many"},
	} {
		if got := refusal(t, c.o, time.Minute); !strings.Contains(got, c.says) || strings.Contains(got, "wrong") || strings.Contains(got, "\n") {
			t.Errorf("%s: want %q:\n%s", c.o.URL, c.says, got)
		}
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %v to refuse", took)
	}
	opened(t, Options{URL: drops.URL(), MayDropWalls: true})
}

// What may pass is waited for, and in the end it is said what it was: not that
// time was up.
func TestOpenSaysWhyItWaited(t *testing.T) {
	port := redistest.Port(t)
	redistest.Start(t, "cluster-enabled yes", "port "+port, "bind 127.0.0.1")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	full := redistest.Start(t, "maxclients 1")
	only, err := full.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer only.Close()
	var waited sync.WaitGroup
	for url, says := range map[string]string{
		"redis://127.0.0.1:1":                           "redis://127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused",
		"unix:///nowhere/redis.sock":                    "no such file or directory",
		"redis+sentinel://127.0.0.1:1,127.0.0.1:2/wall": "connection refused; dial tcp",
		"redis+cluster://127.0.0.1:" + port:             "no node of this Cluster takes writes",
		"redis://" + silent.Addr().String():             "it does not answer",
		"rediss://" + silent.Addr().String():            "is that port for TLS?",
		full.URL():                                      "max", // either Redis' word for it, or ours for whoever hangs up
	} {
		waited.Go(func() {
			got := refusal(t, Options{URL: url}, checkWithin+time.Second)
			if !strings.Contains(got, "this Redis cannot be used, ") || !strings.Contains(got, says) || strings.Contains(got, "deadline") || strings.Contains(got, "\n") {
				t.Errorf("%s: want %q:\n%s", url, says, got)
			}
		})
	}
	waited.Wait()
}

// Certificates that are wrong are wrong tomorrow: which one, and which flag it is
// that mends it, is said at once.
func TestOpenRefusesCertificates(t *testing.T) {
	dir := t.TempDir()
	ca, other := newAuthority(t, dir, "ca"), newAuthority(t, dir, "other")
	ca.sign(t, "redis")
	ca.sign(t, "hub")
	other.sign(t, "stranger")
	file := func(name string) string { return filepath.Join(dir, name) }
	port := redistest.Port(t)
	redistest.Start(t, "tls-port "+port, "tls-ca-cert-file "+file("ca.pem"), "tls-cert-file "+file("redis.pem"), "tls-key-file "+file("redis.key"), "tls-auth-clients yes")
	good := Options{URL: "rediss://localhost:" + port, CA: file("ca.pem"), Certificate: file("hub.pem"), Key: file("hub.key")}
	opened(t, good)
	for says, o := range map[string]Options{
		"with --redis-ca":                {URL: good.URL, Certificate: good.Certificate, Key: good.Key},
		"is another host's":              {URL: "rediss://127.0.0.1:" + port, CA: good.CA, Certificate: good.Certificate, Key: good.Key},
		"with --redis-cert and":          {URL: good.URL, CA: good.CA},
		"the hub (--redis-cert): remote": {URL: good.URL, CA: good.CA, Certificate: file("stranger.pem"), Key: file("stranger.key")},
	} {
		if got := refusal(t, o, time.Minute); !strings.Contains(got, says) {
			t.Errorf("want %q:\n%s", says, got)
		}
	}
	if got := refusal(t, Options{URL: "redis://localhost:" + port}, time.Second); !strings.Contains(got, "does that port want TLS, rediss://") {
		t.Errorf("without TLS: %s", got)
	}
}
