package hub

import (
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// The primary is killed, or frozen and let go when it is none any more, and the
// Sentinels make another one, under load: what was acknowledged had reached a
// replica, and is there.
func TestRedisFailover_sentinels(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinels(t)
	url := "redis+sentinel://" + strings.Join(s.Addrs(), ",") + "/" + redistest.PrimaryName
	x := openHouse(t, redisstore.Options{URL: url, Wait: 1}, redisstore.Options{URL: url})
	toll := &storetest.Toll{What: "Sentinel failover, --redis-wait 1", Rounds: *redisFailovers, Within: time.Second + 5*time.Second}
	x.underLoad(toll,
		func(round int) (time.Time, func()) {
			old := s.Primary()
			if old == nil {
				t.Fatal("there is no primary")
			}
			began, mend := time.Now(), old.Restart
			if round%2 == 0 {
				old.Kill()
			} else {
				old.Freeze()
				mend = old.Thaw
			}
			return began, func() {
				if took := toll.Recovery[round]; took > toll.Within {
					for _, w := range s.Sentinels {
						t.Logf("back after %v; a Sentinel says:\n%s", took, w.Log())
					}
				}
				s.AwaitFailover(old)
				mend()
				if round+1 < *redisFailovers {
					s.AwaitWhole()
				}
			}
		})
}

// A primary of a Cluster is killed under load, and comes back as the other
// one's replica, as whatever looks after processes has it.
func TestRedisFailover_cluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t)
	url := "redis+cluster://" + strings.Join(c.Addrs(), ",")
	x := openHouse(t, redisstore.Options{URL: url, Wait: 1}, redisstore.Options{URL: url})
	x.underLoad(&storetest.Toll{What: "Cluster failover, --redis-wait 1", Rounds: *redisMoves, Within: 10 * time.Second},
		func(round int) (time.Time, func()) {
			began := time.Now()
			killed := c.Failover("wall:{" + x.walls[len(x.walls)-1] + "}:meta")
			killed.Restart()
			return began, func() {
				if round+1 < *redisMoves {
					c.AwaitWhole()
				}
			}
		})
}

// With --redis-wait, what no replica has is not acknowledged, however often it
// is sent; so nothing is taken back when the primary is lost with it.
func TestRedisWait(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinels(t)
	url := "redis+sentinel://" + strings.Join(s.Addrs(), ",") + "/" + redistest.PrimaryName
	x := openHouse(t, redisstore.Options{URL: url, Wait: 1}, redisstore.Options{URL: url})
	id := x.begin()
	ann, bo := x.at(0, id, Phone, ann), x.at(1, id, Phone, bo)
	before := ann.posts("before")
	bo.sees(before)
	primary := s.Primary()
	for _, replica := range s.Servers {
		if replica != primary {
			replica.Freeze()
		}
	}
	post := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "on the primary alone"}
	acked := false
	for range 3 {
		why := ann.answer(ann.ask(post))
		if acked = why == nil; acked {
			t.Error("acknowledged, and no replica has it")
			break
		}
		if why.Code != wall.Unavailable {
			t.Error(why)
		}
	}
	primary.Kill()
	for _, replica := range s.Servers {
		if replica != primary {
			replica.Thaw()
		}
	}
	s.AwaitFailover(primary)
	ann.insists(post)
	bo.sees(post.ID)
	bo.sees(before)
	ann.equals(x.truth, id, wall.Hall)
	bo.equals(x.truth, id, wall.Hall)
}
