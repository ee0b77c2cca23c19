package redisstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"openspacewall/hub/store/redisstore/redistest"
)

// dialled gives a client that ends with the test.
func dialled(t *testing.T, o Options) redis.UniversalClient {
	t.Helper()
	c, err := dial(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// works writes and reads over a client.
func works(t *testing.T, c redis.UniversalClient) {
	t.Helper()
	if err := c.HSet(t.Context(), "wall:{x}:meta", "title", "Boden").Err(); err != nil {
		t.Fatal(err)
	}
	if v, err := c.HGet(t.Context(), "wall:{x}:meta", "title").Result(); err != nil || v != "Boden" {
		t.Fatalf("%q %v", v, err)
	}
}

func TestDialOneServer(t *testing.T) {
	s := redistest.Start(t, "user wall on >a/b@c allkeys allchannels +@all", "user default off")
	for _, o := range []Options{
		{URL: "redis://wall:a%2Fb%40c@" + s.Addr},
		{URL: "redis://" + s.Addr + "/1", Username: "wall", Password: "a/b@c"},
		{URL: "unix://" + s.Socket, Username: "wall", Password: "a/b@c"},
		{URL: "unix://wall:a%2Fb%40c@" + s.Socket, Username: "other", Password: "other"}, // what stands in the address wins
	} {
		works(t, dialled(t, o))
	}
	err := dialled(t, Options{URL: "redis://" + s.Addr, Username: "wall", Password: "hush"}).Ping(t.Context()).Err()
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestDialSentinels(t *testing.T) {
	s := redistest.StartSentinels(t)
	for _, w := range s.Sentinels {
		w.Do("ACL", "SETUSER", "watch", "on", ">watching", "+@all", "allchannels")
		w.Do("ACL", "SETUSER", "default", "off")
	}
	for _, server := range s.Servers {
		server.Do("ACL", "SETUSER", "wall", "on", ">hush", "+@all", "allkeys", "allchannels")
	}
	url := "redis+sentinel://" + strings.Join(s.Addrs(), ",") + "/" + redistest.PrimaryName
	works(t, dialled(t, Options{URL: url, Username: "wall", Password: "hush", SentinelUsername: "watch", SentinelPassword: "watching"}))
	if err := dialled(t, Options{URL: url, SentinelUsername: "watch", SentinelPassword: "wrong"}).Ping(t.Context()).Err(); err == nil {
		t.Error("the Sentinels let everyone ask")
	}
}

func TestDialCluster(t *testing.T) {
	c := redistest.StartCluster(t, "user wall on >hush allkeys allchannels +@all")
	client := dialled(t, Options{URL: "redis+cluster://" + strings.Join(c.Addrs()[:2], ","), Username: "wall", Password: "hush"})
	for _, key := range []string{"wall:{a}:meta", "wall:{b}:meta", "wall:{c}:meta", "wall:codes"} {
		if err := client.HSet(t.Context(), key, "f", "v").Err(); err != nil {
			t.Error(err)
		}
	}
	if client.(*redis.ClusterClient).Options().ClusterStateReloadInterval > 2*time.Second {
		t.Error("a Cluster's failover is seen late")
	}
}

func TestDialTLS(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, dir, "ca")
	other := newAuthority(t, dir, "other")
	ca.sign(t, "redis")
	ca.sign(t, "hub")
	other.sign(t, "stranger")
	file := func(name string) string { return filepath.Join(dir, name) }
	port := redistest.Port(t)
	overTLS := func(port string) []string {
		return []string{"tls-port " + port, "tls-ca-cert-file " + file("ca.pem"), "tls-cert-file " + file("redis.pem"), "tls-key-file " + file("redis.key"), "tls-auth-clients yes"}
	}
	redistest.Start(t, overTLS(port)...)
	url := "rediss://localhost:" + port
	good := Options{URL: url, CA: file("ca.pem"), Certificate: file("hub.pem"), Key: file("hub.key")}
	works(t, dialled(t, good))

	watching := redistest.Port(t)
	redistest.StartSentinel(t, append(overTLS(watching), "tls-replication yes", "sentinel resolve-hostnames yes", "sentinel announce-hostnames yes",
		"sentinel monitor wall localhost "+port+" 1")...)
	o := good
	o.URL = "rediss+sentinel://localhost:" + watching + "/wall"
	works(t, dialled(t, o))

	part := redistest.Port(t)
	node := redistest.Start(t, append(overTLS(part), "cluster-enabled yes", "tls-cluster yes", "cluster-announce-hostname localhost", "cluster-preferred-endpoint-type hostname")...)
	node.Do("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
	redistest.Until(t, time.Minute, "the Cluster of one is well", func() bool {
		v, _ := node.Try("CLUSTER", "INFO")
		return strings.Contains(fmt.Sprint(v), "cluster_state:ok")
	})
	o.URL = "rediss+cluster://localhost:" + part
	works(t, dialled(t, o))

	for name, o := range map[string]Options{
		"another authority":     {URL: url, CA: file("other.pem"), Certificate: good.Certificate, Key: good.Key},
		"another name":          {URL: "rediss://127.0.0.1:" + port, CA: good.CA, Certificate: good.Certificate, Key: good.Key},
		"no certificate":        {URL: url, CA: good.CA},
		"a stranger's":          {URL: url, CA: good.CA, Certificate: file("stranger.pem"), Key: file("stranger.key")},
		"the machine's own CAs": {URL: url, Certificate: good.Certificate, Key: good.Key},
	} {
		if err := dialled(t, o).Ping(t.Context()).Err(); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	for says, o := range map[string]Options{
		"begins with rediss":  {URL: "redis://localhost:" + port, CA: good.CA},
		"go together":         {URL: url, Certificate: good.Certificate},
		"no certificate in":   {URL: url, CA: file("hub.key")},
		"authority for":       {URL: url, CA: file("none.pem")},
		"own certificate for": {URL: url, Certificate: file("hub.pem"), Key: file("redis.key")},
	} {
		if _, err := dial(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// However many ask at once, Redis has at most so many connections to bear.
func TestConnectionsAreBounded(t *testing.T) {
	s := redistest.Start(t, "appendonly no") // on a slow disk some would not have their turn in time
	c := dialled(t, Options{URL: s.URL()})
	ended := make(chan error)
	const askers = 10 * poolSize
	for range askers {
		go func() {
			var err error
			for range 5 {
				_, e := c.Pipelined(t.Context(), func(p redis.Pipeliner) error {
					p.HSet(t.Context(), "wall:{x}:notes", "f", "v")
					return p.HGet(t.Context(), "wall:{x}:notes", "f").Err()
				})
				if e != nil {
					err = e
				}
			}
			ended <- err
		}()
	}
	for range askers {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	if n := c.PoolStats().TotalConns; n > poolSize || n == 0 {
		t.Errorf("%d connections", n)
	}
	if n := s.Info("total_connections_received"); len(n) > 3 {
		t.Errorf("%s connections were made", n)
	}
}

// authority signs certificates for localhost into a folder.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, dir, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{dir: dir, key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	a.write(t, name, a.cert, key)
	return a
}

func (a *authority) sign(t *testing.T, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, key)
}

func (a *authority) write(t *testing.T, name string, cert *x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: der},
		name + ".key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
