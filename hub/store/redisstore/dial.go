package redisstore

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Limits of the connections, each with its reason. A thousand walls share
// them; together with the doorbell's they are at most thirty to one server.
const (
	poolSize     = 24 // commits of different walls on their way at once: one fsync covers them all
	poolSizeNode = 8  // of a Cluster of three primaries; more primaries are more connections

	dialWithin  = 2 * time.Second
	readWithin  = 3 * time.Second // for one command; a caller's context is shorter
	writeWithin = 3 * time.Second
	turnWithin  = time.Second     // for a free connection: a commit that waits for longer is refused, not unknown
	idleMost    = 5 * time.Minute // below what firewalls and managed servers cut

	// stateEvery is how old the picture of a Cluster may be. The client takes a
	// new one only when it is older, also after a refused connection.
	stateEvery = 2 * time.Second
)

// silent drops what the Redis client says by itself: what matters of it comes
// back as an error, and is logged once, where it is known what it means.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(silent{}) }

// dial gives a client that never repeats a command by itself: a command whose
// answer was lost may have been done. It connects when it is first used.
//
// A Cluster's client is the exception: it follows redirections, and with the
// same count it tries again after a lost connection. What is written through
// it must be safe to send twice; a commit is, as it names what it stands on.
func dial(o Options) (redis.UniversalClient, error) {
	a, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	a.username, a.password = cmp.Or(a.username, o.Username), cmp.Or(a.password, o.Password)
	if o.Wait < 0 {
		return nil, fmt.Errorf("--redis-wait is how many replicas must have a note, and cannot be %d", o.Wait)
	}
	secure, err := o.tls(a)
	if err != nil {
		return nil, err
	}
	switch a.form {
	case cluster:
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: a.hosts, Username: a.username, Password: a.password, TLSConfig: secure,
			Protocol: 2, MaxRetries: retries, ContextTimeoutEnabled: true, DisableIdentity: true,
			DialTimeout: dialWithin, DialerRetries: 1, ReadTimeout: readWithin, WriteTimeout: writeWithin,
			PoolSize: poolSizeNode, MaxActiveConns: poolSizeNode, PipelinePoolSize: -1, PoolTimeout: turnWithin, ConnMaxIdleTime: idleMost,
			ClusterStateReloadInterval: stateEvery, DisableRoutingPolicies: true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		}), nil
	case sentinel:
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: a.primary, SentinelAddrs: a.hosts,
			Username: a.username, Password: a.password, TLSConfig: secure,
			SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword,
			Protocol: 2, MaxRetries: retries, ContextTimeoutEnabled: true, DisableIdentity: true,
			DialTimeout: dialWithin, DialerRetries: 1, ReadTimeout: readWithin, WriteTimeout: writeWithin,
			PoolSize: poolSize, MaxActiveConns: poolSize, PipelinePoolSize: -1, PoolTimeout: turnWithin, ConnMaxIdleTime: idleMost,
		}), nil
	}
	p := &redis.Options{
		Username: a.username, Password: a.password, TLSConfig: secure, DB: a.db,
		Protocol: 2, MaxRetries: retries, ContextTimeoutEnabled: true, DisableIdentity: true,
		DialTimeout: dialWithin, DialerRetries: 1, ReadTimeout: readWithin, WriteTimeout: writeWithin,
		PoolSize: poolSize, MaxActiveConns: poolSize, PipelinePoolSize: -1, PoolTimeout: turnWithin, ConnMaxIdleTime: idleMost,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if p.Network, p.Addr = "tcp", a.socket; a.socket != "" {
		p.Network = "unix"
	} else {
		p.Addr = a.hosts[0]
	}
	return redis.NewClient(p), nil
}

// tls reads the files that belong to an address over TLS; nil for another one.
func (o Options) tls(a address) (*tls.Config, error) {
	if !a.tls {
		if o.CA != "" || o.Certificate != "" || o.Key != "" {
			return nil, fmt.Errorf("there are files for TLS, but the address of Redis is %s: with TLS it begins with rediss", a)
		}
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("the authority for Redis' certificate: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("there is no certificate in %s: it should be the authority's, in PEM", o.CA)
		}
	}
	switch {
	case o.Certificate != "" && o.Key != "":
		own, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		if err != nil {
			return nil, fmt.Errorf("the hub's own certificate for Redis: %w", err)
		}
		c.Certificates = []tls.Certificate{own}
	case o.Certificate != "" || o.Key != "":
		return nil, errors.New("the hub's own certificate for Redis and its key go together: only one of the files is given")
	}
	return c, nil
}
