package redisstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// listen watches until the test ends; what is rung comes out of the channel.
func listen(t *testing.T, s *redisstore.Store) (rings chan string, ended chan error) {
	rings, ended = make(chan string, 1000), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended <- s.Watch(ctx, func(id string, _ *store.News) { rings <- id })
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return rings, ended
}

// next is what is rung next.
func next(t *testing.T, rings <-chan string) string {
	t.Helper()
	select {
	case id := <-rings:
		return id
	case <-time.After(patience):
		t.Fatal("nothing is rung")
		return ""
	}
}

// The doorbell rings for any wall when it begins to hear, and then for each
// commit, creation and removal, whoever made it: one connection hears for all.
func TestBell(t *testing.T) {
	b := newBench(t)
	hub := opened(t, redisstore.Options{URL: b.server.URL()})
	rings, _ := listen(t, hub)
	if id := next(t, rings); id != "" {
		t.Errorf("rung for %q before anything was heard", id)
	}
	for i := range 10 {
		b.commit("note/1", fmt.Sprint(i))
		if id := next(t, rings); id != b.id {
			t.Errorf("rung for %q", id)
		}
	}
	strange := "a wall: {of}/all%signs\n"
	if err := b.Create(b.ctx(), strange, store.Batch{After: wall.Position{Epoch: "epoch"}}); err != nil {
		t.Fatal(err)
	}
	if id := next(t, rings); id != strange {
		t.Errorf("rung for %q", id)
	}
	b.server.Do("PUBLISH", "wall:other", "x") // not a wall's
	if err := b.Delete(b.ctx(), b.id); err != nil {
		t.Fatal(err)
	}
	if id := next(t, rings); id != b.id {
		t.Errorf("rung for %q", id)
	}
	if n := b.server.Info("pubsub_patterns"); n != "1" {
		t.Errorf("%s patterns", n)
	}
}

// When nothing can be heard any more Watch says so: the connection is closed,
// or only silent.
func TestBell_that_hears_nothing_ends(t *testing.T) {
	for what, fault := range map[string]func(s *redistest.Server, p *redistest.Proxy){
		"cut":    func(_ *redistest.Server, p *redistest.Proxy) { p.Cut() },
		"killed": func(s *redistest.Server, _ *redistest.Proxy) { s.Do("CLIENT", "KILL", "TYPE", "pubsub") },
		"held":   func(_ *redistest.Server, p *redistest.Proxy) { p.Hold() },
	} {
		t.Run(what, func(t *testing.T) {
			server := redistest.Start(t)
			proxy := redistest.StartProxy(t, server)
			hub := opened(t, redisstore.Options{URL: proxy.URL()})
			hub.ListenFor(100 * time.Millisecond)
			rings, ended := listen(t, hub)
			next(t, rings)
			// Silence alone does not end it.
			select {
			case err := <-ended:
				t.Fatalf("ended in silence: %v", err)
			case <-time.After(time.Second):
			}
			fault(server, proxy)
			select {
			case err := <-ended:
				if err == nil {
					t.Error("ended without a reason")
				}
				ended <- err
			case <-time.After(patience):
				t.Error("it goes on")
			}
			proxy.Heal()
		})
	}
}

// On a Cluster a bell that is rung at any node is heard at any other.
func TestBell_on_a_cluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	url := "redis+cluster://" + cluster.Nodes[0].Addr
	ringing, hearing := opened(t, redisstore.Options{URL: url}), opened(t, redisstore.Options{URL: url})
	rings, _ := listen(t, hearing)
	next(t, rings)
	b := &bench{Store: ringing, t: t}
	for i := range 12 { // walls of all nodes
		id := fmt.Sprint("wall", i)
		if err := ringing.Create(b.ctx(), id, store.Batch{After: wall.Position{Epoch: "epoch"}}); err != nil {
			t.Fatal(err)
		}
		if rung := next(t, rings); rung != id {
			t.Errorf("rung for %q", rung)
		}
	}
}
