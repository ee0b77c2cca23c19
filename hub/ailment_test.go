package hub

import (
	"context"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// Whatever ails Redis, the wall is read as before, posting is answered with
// what is the matter, and when it is over all is well by itself.
func TestRedisAilments(t *testing.T) {
	for _, a := range redistest.Ailments() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			x, s, p := onProxy(t)
			id := x.begin()
			ann, bo := x.at(0, id, Phone, ann), x.at(1, id, Phone, bo)
			mona := x.at(1, id, Desk, mona)
			before := ann.posts("before")
			bo.sees(before)

			a.Break(s, p)
			post := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "kept on the phone"}
			want := wall.Unavailable
			if a.Full {
				want = wall.Full
			}
			began := time.Now()
			why := ann.answer(ann.ask(post))
			if why == nil || why.Code != want {
				t.Errorf("the answer is %v, not %s", why, want)
			}
			// A look, the commit, and reading again may each wait in vain.
			if took := time.Since(began); took > 3*storeWait+storetest.Grace(time.Second) {
				t.Errorf("the answer took %v", took)
			}
			x.at(0, id, Phone, wall.Actor{Role: wall.Participant, ID: "cy"}).sees(before)
			x.at(1, id, Desk, olle).sees(before)
			if !a.Full {
				ctx, cancel := context.WithTimeout(t.Context(), storeWait)
				if err := x.hubs[0].Ready(ctx); err == nil {
					t.Error("the hub is ready")
				}
				cancel()
			}

			a.Mend(s, p)
			mended := time.Now()
			for why != nil {
				why = ann.answer(ann.ask(post))
			}
			back := time.Since(mended)
			t.Logf("back after %v", back)
			if back > storetest.Grace(3*time.Second) {
				t.Errorf("back only after %v", back)
			}
			bo.sees(post.ID)
			bo.sees(bo.posts("after"))
			ann.equals(x.truth, id, wall.Hall)
			bo.equals(x.truth, id, wall.Hall)
			mona.equals(x.truth, id, wall.Desk)
			posted := 0
			for _, e := range history(t, x.truth, id) {
				if e.Name == wall.NotePosted {
					posted++
				}
			}
			if posted != 3 {
				t.Errorf("three notes were posted %d times", posted)
			}
			redistest.Until(t, storetest.Grace(3*time.Second), "the hub is ready", func() bool { return x.hubs[0].Ready(t.Context()) == nil })
		})
	}
}

// Redis is killed at any moment of a storm: with appendfsync always nothing
// that was acknowledged is lost, and nothing is done twice.
func TestRedisKilled(t *testing.T) {
	s := redistest.Start(t)
	o := redisstore.Options{URL: s.URL()}
	openHouse(t, o, o).underLoad(&storetest.Toll{What: "Redis killed (-9), appendfsync always", Rounds: *redisKills, Within: 3 * time.Second},
		func(int) (time.Time, func()) {
			s.Kill()
			s.Restart()
			return time.Now(), nil
		})
}

// What ails Redis comes while people write, for a moment or for longer than
// anyone waits: nobody loses anything.
func TestRedisTroubles(t *testing.T) {
	type trouble struct {
		name        string
		comes, goes func(*redistest.Server, *redistest.Proxy)
		lasts       time.Duration
	}
	heal := func(_ *redistest.Server, p *redistest.Proxy) { p.Heal() }
	hold := func(_ *redistest.Server, p *redistest.Proxy) { p.Hold() }
	thaw := func(s *redistest.Server, _ *redistest.Proxy) { s.Thaw() }
	freeze := func(s *redistest.Server, _ *redistest.Proxy) { s.Freeze() }
	all := []trouble{
		{"cut off for 0.1 s", hold, heal, 100 * time.Millisecond},
		{"cut off for 2 s", hold, heal, 2 * time.Second},
		{"away for 8 s", func(_ *redistest.Server, p *redistest.Proxy) { p.Refuse(); p.Cut() }, heal, 8 * time.Second},
		{"frozen for 2.5 s", freeze, thaw, 2500 * time.Millisecond},
		{"loses its connections", func(_ *redistest.Server, p *redistest.Proxy) { p.Cut() }, heal, 0},
		{"forgets its scripts", func(s *redistest.Server, _ *redistest.Proxy) { s.Do("SCRIPT", "FLUSH") }, heal, 0},
	}
	for _, a := range redistest.Ailments() {
		all = append(all, trouble{a.Name + " for 0.3 s", a.Break, a.Mend, 300 * time.Millisecond})
	}
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			x, s, p := onProxy(t)
			x.underLoad(&storetest.Toll{What: "Redis " + a.name, Rounds: *redisTroubles, Within: 3 * time.Second},
				func(int) (time.Time, func()) {
					a.comes(s, p)
					<-time.NewTimer(a.lasts).C
					a.goes(s, p)
					return time.Now(), nil
				})
		})
	}
}

// Redis is slow, and the answer takes as long as that, not longer; nothing is
// given up that was only slow.
func TestRedisSlow(t *testing.T) {
	x, _, p := onProxy(t)
	id := x.begin()
	ann, bo := x.at(0, id, Phone, ann), x.at(1, id, Phone, bo)
	for _, delay := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second} {
		p.On(func([]string) redistest.Fault { return redistest.Fault{Delay: delay} })
		began := time.Now()
		note := ann.posts("slowly")
		if took := time.Since(began); took < delay || took > 2*delay+500*time.Millisecond {
			t.Errorf("with %v on each answer it took %v", delay, took)
		}
		bo.sees(note)
	}
	p.Heal()
	ann.equals(x.truth, id, wall.Hall)
	bo.equals(x.truth, id, wall.Hall)
}
