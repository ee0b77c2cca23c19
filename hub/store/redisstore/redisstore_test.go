package redisstore_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
)

// patience is how long a call may take that must not hang.
const patience = 20 * time.Second

// open opens a store, which the caller closes.
func open(t testing.TB, o redisstore.Options) *redisstore.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := redisstore.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// files is every byte that servers keep on disk.
func files(t testing.TB, servers ...*redistest.Server) (all []byte) {
	for _, s := range servers {
		for _, pattern := range []string{"appendonlydir/*", "*.rdb"} {
			names, err := filepath.Glob(filepath.Join(s.Dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				b, err := os.ReadFile(name)
				if err != nil && !os.IsNotExist(err) { // it may be replaced at this moment
					t.Fatal(err)
				}
				all = append(all, b...)
			}
		}
	}
	return all
}

func TestStore(t *testing.T) {
	server := redistest.Start(t)
	storetest.Run(t, func(testing.TB) storetest.Medium {
		return storetest.Medium{
			Open:    func(t testing.TB) store.Store { return open(t, redisstore.Options{URL: server.URL()}) },
			Durable: true,
			Bytes:   func(t testing.TB) []byte { return files(t, server) },
			Later:   true,
		}
	})
}

func TestStore_cluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	url := "redis+cluster://" + strings.Join(cluster.Addrs()[:2], ",")
	storetest.Run(t, func(testing.TB) storetest.Medium {
		return storetest.Medium{
			Open:    func(t testing.TB) store.Store { return open(t, redisstore.Options{URL: url}) },
			Durable: true,
			Bytes:   func(t testing.TB) []byte { return files(t, cluster.Nodes[:3]...) },
			Later:   true,
		}
	})
}
