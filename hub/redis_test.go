package hub

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// onRedis opens a store of its own, as each process has one.
func onRedis(t testing.TB, server *redistest.Server) store.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := redisstore.Open(ctx, redisstore.Options{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// The same on a real Redis: what is told there came through its scripts and its
// doorbell.
func TestHistoriesOnRedisAreLinearizable(t *testing.T) {
	server := redistest.Start(t)
	look := onRedis(t, server)
	for i := range *histories {
		var hubs []*Hub
		for n := range []int{2, 4}[i%2] {
			hubs = append(hubs, openHub(t, &shaky{Store: onRedis(t, server), fate: sometimes(uint64(4*i + n))}))
		}
		checkHistory(t, look, hubs, i)
		for _, h := range hubs {
			closeHub(t, h)
		}
	}
}

func TestRollingRestartOnRedis(t *testing.T) {
	server := redistest.Start(t)
	rollingRestart(t, onRedis(t, server), func() *Hub { return openHub(t, onRedis(t, server)) })
}

// A Redis that was flushed has no wall: everybody is told so, at both hubs. One
// that is started from an old copy has the old wall, under another epoch: what
// people see is what it has.
func TestFlushedAndRestoredRedis(t *testing.T) {
	server := redistest.Start(t)
	look := onRedis(t, server)
	one, two := openHub(t, onRedis(t, server)), openHub(t, onRedis(t, server))
	makeWall(t, one, testWall, func(s *wall.Settings) { s.Rehearsal = true })
	all := []*visitor{join(t, one, phone(ann)), join(t, two, phone(bo)), join(t, two, desk(mona))}
	kept := all[0].posts("in the copy")
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(server.Dir+"/appendonlydir")); err != nil {
		t.Fatal(err)
	}
	var lost []string
	for i := range 6 {
		lost = append(lost, all[i%2].posts(fmt.Sprint("not in the copy ", i)))
	}
	for _, v := range all {
		v.sees(lost[5])
	}
	server.Kill()
	if err := os.RemoveAll(server.Dir + "/appendonlydir"); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(server.Dir+"/appendonlydir", os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	server.Restart()
	all[1].insists(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "after"})
	for i, v := range all {
		v.sees(kept)
		for _, id := range lost {
			v.misses(id)
		}
		v.equals(look, testWall, []wall.Audience{wall.Hall, wall.Hall, wall.Desk}[i])
	}
	server.Do("FLUSHALL")
	all[0].ask(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "to nobody"})
	all[1].ask(wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: "to nobody"})
	for _, v := range all {
		v.isClosed(CloseNoWall)
	}
}
