package hub

import (
	"context"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
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
			if took := time.Since(began); took > 2*storeWait+time.Second {
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
			if back > 3*time.Second {
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
			redistest.Until(t, 3*time.Second, "the hub is ready", func() bool { return x.hubs[0].Ready(t.Context()) == nil })
		})
	}
}

// Redis is killed at any moment of a storm: with appendfsync always nothing
// that was acknowledged is lost, and nothing is done twice.
func TestRedisKilled(t *testing.T) {
	s := redistest.Start(t)
	o := redisstore.Options{URL: s.URL()}
	openHouse(t, o, o).underLoad(&redistest.Toll{What: "Redis killed (-9), appendfsync always", Rounds: *redisKills, Within: 3 * time.Second},
		func(int) (time.Time, func()) {
			s.Kill()
			s.Restart()
			return time.Now(), nil
		})
}

// Redis is cut off for a moment or for longer than anyone waits, stands still,
// forgets its scripts: nobody loses anything.
func TestRedisTroubles(t *testing.T) {
	for _, trouble := range []struct {
		name  string
		comes func(*redistest.Server, *redistest.Proxy)
		lasts time.Duration
	}{
		{"cut off for 0.1 s", func(_ *redistest.Server, p *redistest.Proxy) { p.Hold() }, 100 * time.Millisecond},
		{"cut off for 2 s", func(_ *redistest.Server, p *redistest.Proxy) { p.Hold() }, 2 * time.Second},
		{"loses its connections", func(_ *redistest.Server, p *redistest.Proxy) { p.Cut() }, 0},
		{"refuses connections for 0.5 s", func(_ *redistest.Server, p *redistest.Proxy) { p.Refuse(); p.Cut() }, 500 * time.Millisecond},
		{"frozen for 0.1 s", func(s *redistest.Server, _ *redistest.Proxy) { s.Freeze() }, 100 * time.Millisecond},
		{"frozen for 2.5 s", func(s *redistest.Server, _ *redistest.Proxy) { s.Freeze() }, 2500 * time.Millisecond},
		{"forgets its scripts", func(s *redistest.Server, _ *redistest.Proxy) { s.Do("SCRIPT", "FLUSH") }, 0},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			t.Parallel()
			x, s, p := onProxy(t)
			x.underLoad(&redistest.Toll{What: "Redis " + trouble.name, Rounds: *redisTroubles, Within: 3 * time.Second},
				func(int) (time.Time, func()) {
					trouble.comes(s, p)
					<-time.NewTimer(trouble.lasts).C
					s.Thaw()
					p.Heal()
					return time.Now(), nil
				})
		})
	}
}
