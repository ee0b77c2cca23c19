package hub

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// The short runs are in every go test; make torture has the long ones.
var (
	redisKills     = flag.Int("redis-kills", 6, "how often Redis is killed under load")
	redisRaces     = flag.Int("redis-races", 10, "moments of two hubs racing on one wall on Redis")
	redisTroubles  = flag.Int("redis-troubles", 1, "how often each of the passing troubles of Redis comes under load")
	redisFailovers = flag.Int("redis-failovers", 1, "failovers by Sentinels under load")
	redisMoves     = flag.Int("redis-moves", 1, "failovers of a Cluster under load")
	redisCuts      = flag.Int("redis-cuts", 150, "answers of Redis that are cut off")
	phoneCuts      = flag.Int("phone-cuts", 150, "phones that are cut off between sending and hearing the answer")
	redisSeed      = flag.Uint64("redis-seed", 0, "seed of whatever is random in faults of Redis; 0: another one each time")
)

// luck is a source that -redis-seed repeats.
func luck(t testing.TB) *rand.Rand {
	seed := *redisSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-redis-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func openRedis(t testing.TB, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(context.Background(), o)
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

// house is two hubs on one Redis.
type house struct {
	t     testing.TB
	hubs  []*Hub
	truth store.Store // what Redis has, asked without going through what fails
	walls []string    // begun
}

// openHouse opens two hubs where through says, each with a store of its own.
func openHouse(t testing.TB, through, truth redisstore.Options) *house {
	t.Helper()
	x := &house{t: t, truth: openRedis(t, truth)}
	for range 2 {
		x.hubs = append(x.hubs, openHub(t, openRedis(t, through)))
	}
	return x
}

// onProxy is a house whose hubs reach a server through a proxy.
func onProxy(t testing.TB) (*house, *redistest.Server, *redistest.Proxy) {
	t.Helper()
	s := redistest.Start(t)
	p := redistest.StartProxy(t, s)
	return openHouse(t, redisstore.Options{URL: p.URL()}, redisstore.Options{URL: s.URL()}), s, p
}

// begin makes a wall without a person's limits.
func (x *house) begin() string {
	x.t.Helper()
	id := newID()
	x.walls = append(x.walls, id)
	makeWall(x.t, x.hubs[0], id, func(s *wall.Settings) { s.Rehearsal = true })
	return id
}

// at is somebody at one of the hubs.
func (x *house) at(hub int, id string, face Face, who wall.Actor) *visitor {
	x.t.Helper()
	return join(x.t, x.hubs[hub], Join{Wall: id, Code: "482715", Face: face, Actor: who})
}

// soon waits for what somebody else does.
const soon = 30 * time.Second
