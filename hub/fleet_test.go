package hub

import (
	"fmt"
	"os"
	"testing"

	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// The same on a real Redis: what is told there came through its scripts and its
// doorbell.
func TestHistoriesOnRedisAreLinearizable(t *testing.T) {
	server := redistest.Start(t)
	look := openRedis(t, redisstore.Options{URL: server.URL()})
	for i := range *histories {
		var hubs []*Hub
		for n := range []int{2, 4}[i%2] {
			hubs = append(hubs, openHub(t, &shaky{Store: openRedis(t, redisstore.Options{URL: server.URL()}), fate: sometimes(uint64(4*i + n))}))
		}
		checkHistory(t, look, hubs, i)
		for _, h := range hubs {
			closeHub(t, h)
		}
	}
}

func TestRollingRestartOnRedis(t *testing.T) {
	server := redistest.Start(t)
	rollingRestart(t, openRedis(t, redisstore.Options{URL: server.URL()}), func() *Hub { return openHub(t, openRedis(t, redisstore.Options{URL: server.URL()})) })
}

// A Redis that was flushed has no wall: everybody is told so, at both hubs. One
// that is started from an old copy has the old wall, under another epoch: what
// people see is what it has.
func TestFlushedAndRestoredRedis(t *testing.T) {
	server := redistest.Start(t)
	look := openRedis(t, redisstore.Options{URL: server.URL()})
	one, two := openHub(t, openRedis(t, redisstore.Options{URL: server.URL()})), openHub(t, openRedis(t, redisstore.Options{URL: server.URL()}))
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
		v.isClosed(CloseMissing)
	}
}
