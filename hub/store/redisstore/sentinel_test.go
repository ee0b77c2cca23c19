package redisstore_test

import (
	"net"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// A store has not heard that there is another primary, and the one that it knows
// takes its writes: what no replica has is not acknowledged, and the next goes to
// the new one.
func TestSentinel_unheard(t *testing.T) {
	before, after := redistest.Start(t), redistest.Start(t)
	follow(t, redistest.Start(t), after)
	host, port, _ := net.SplitHostPort(before.Addr)
	sentinel := redistest.StartSentinel(t, "sentinel monitor wall "+host+" "+port+" 1")
	b := &bench{Store: opened(t, redisstore.Options{URL: "redis+sentinel://" + sentinel.Addr + "/wall", Wait: 1}), t: t, server: after}

	host, port, _ = net.SplitHostPort(after.Addr)
	sentinel.Do("SENTINEL", "REMOVE", "wall")
	sentinel.Do("SENTINEL", "MONITOR", "wall", host, port, 1) // nobody is told of that
	err := b.Create(b.ctx(), "first", store.Batch{After: wall.Position{Epoch: "epoch"}})
	if err == nil || before.Do("DBSIZE") == int64(0) {
		t.Fatalf("what only the primary of before has: %v", err)
	}
	b.create()
	b.commit("note/1", "one")
	if v := after.Do("HGET", b.key("meta"), "revision"); v != "1" {
		t.Errorf("the new primary is at %v", v)
	}
}
