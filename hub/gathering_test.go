package hub

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// gathering is people at both hubs of a house who write and vote without a pause.
// Each sends a command until it is acknowledged, as a page does; now and then
// one gives up.
type gathering struct {
	x       *house
	wall    string
	people  []*visitor
	readers []*visitor // at desks; they only look on
	stop    chan struct{}
	all     sync.WaitGroup

	mu      sync.Mutex
	acked   map[string]bool         // notes
	given   map[string]bool         // notes that were given up, and may be there
	dots    map[string]map[int]bool // own note → dots that may lie on it: the last acknowledged, and any given up since
	votes   int                     // asked
	answers int                     // acknowledged, of both kinds
	newest  time.Time               // when the newest acknowledged command was sent
}

const gathered = 6

func (x *house) gather(r *rand.Rand) *gathering {
	x.t.Helper()
	c := &gathering{x: x, wall: x.begin(), stop: make(chan struct{}),
		acked: map[string]bool{}, given: map[string]bool{}, dots: map[string]map[int]bool{}}
	for i := range x.hubs {
		c.readers = append(c.readers, x.at(i, c.wall, Desk, mona))
	}
	var owns []string
	for i := range gathered {
		v := x.at(i%len(x.hubs), c.wall, Phone, wall.Actor{Role: wall.Participant, ID: fmt.Sprint("p", i)})
		own := newID()
		v.insists(wall.Post{ID: own, Theme: "health", Kind: "opinion", Text: "my own"})
		c.acked[own], c.dots[own] = true, map[int]bool{0: true}
		c.people, owns = append(c.people, v), append(owns, own)
	}
	for i, v := range c.people {
		chance := rand.New(rand.NewPCG(r.Uint64(), uint64(i)))
		c.all.Go(func() { c.act(v, owns[i], chance) })
	}
	return c
}

// act is what one person does until stop.
func (c *gathering) act(v *visitor, own string, r *rand.Rand) {
	again := time.NewTicker(10 * time.Millisecond) // a page waits longer; so much is asked of the hub
	defer again.Stop()
	for {
		dots, id := -1, newID()
		var command wall.Command = wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: "says " + id}
		if r.IntN(2) == 0 {
			dots = r.IntN(4)
			command = v.vote("n:"+own, dots)
		}
		patience := 1 << 30
		if r.IntN(4) == 0 {
			patience = r.IntN(4)
		}
		for {
			select {
			case <-c.stop:
				return
			default:
			}
			sent := time.Now()
			why := v.answer(v.ask(command))
			if why != nil && why.Code != wall.Unavailable && why.Code != wall.Busy && why.Code != wall.Full {
				c.x.t.Errorf("%s: %v", command.Verb(), why)
				return
			}
			if c.note(why, sent, id, own, dots) || patience == 0 {
				break
			}
			patience--
			<-again.C
		}
	}
}

// note writes down an answer, and says whether it was yes.
func (c *gathering) note(why *wall.Refusal, sent time.Time, id, own string, dots int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case why != nil && dots < 0:
		c.given[id] = true
		return false
	case why != nil:
		c.dots[own][dots] = true
		return false
	case dots < 0:
		c.acked[id] = true
		delete(c.given, id)
	default:
		c.dots[own] = map[int]bool{dots: true}
		c.votes++
	}
	c.answers++
	if sent.After(c.newest) {
		c.newest = sent
	}
	return true
}

// await returns when a command is acknowledged that was sent after a time, and
// how long after that it was.
func (c *gathering) await(since time.Time) time.Duration {
	c.x.t.Helper()
	redistest.Until(c.x.t, soon, "a command is acknowledged", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.newest.After(since)
	})
	return time.Since(since)
}

// end stops them and compares what it was told with what the store has,
// and with what everyone sees.
func (c *gathering) end(toll *storetest.Toll) {
	t := c.x.t
	t.Helper()
	close(c.stop)
	c.all.Wait()
	posted := map[string]int{}
	for _, e := range history(t, c.x.truth, c.wall) {
		if e.Name == wall.NotePosted {
			posted[e.Items[0][2:]]++
		}
	}
	is := truth(t, c.x.truth, c.wall, wall.Desk)
	notes, _ := is["notes"].(map[string]any)
	totals, _ := is["totals"].(map[string]any)
	for id := range c.acked {
		if notes[id] == nil || posted[id] == 0 {
			toll.Lost++
		}
	}
	for id, n := range posted {
		toll.Doubled += n - 1
		if c.given[id] {
			toll.Unacked++
		}
	}
	for id := range notes {
		if !c.acked[id] && !c.given[id] {
			t.Errorf("nobody wrote %v", notes[id])
		}
	}
	for own, may := range c.dots {
		dots := 0
		if pair, ok := totals["n:"+own].([]any); ok {
			dots = int(pair[0].(float64))
		}
		if !may[dots] {
			toll.Lost++
			t.Errorf("%d dots lie where %v may", dots, may)
		}
	}
	toll.Acked += c.answers
	if toll.Lost > 0 {
		return // then nobody can see what they should
	}
	for _, v := range slices.Concat(c.people, c.readers) {
		audience := wall.Hall
		if slices.Contains(c.readers, v) {
			audience = wall.Desk
		}
		v.equals(c.x.truth, c.wall, audience)
		_ = v.conn.Close()
	}
}

// history is the whole log of a wall.
func history(t testing.TB, s store.Store, id string) []wall.Event {
	t.Helper()
	var all []wall.Event
	for after := uint64(0); ; {
		entries, err := s.Log(t.Context(), id, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return all
		}
		for _, l := range entries {
			var some []wall.Event
			if err := json.Unmarshal(l.Log, &some); err != nil {
				t.Fatal(err)
			}
			all = append(all, some...)
			after = l.Revision
		}
	}
}

// underLoad has a fault come again and again while people write, each time at
// another moment. fault says from when it counts until the next yes, and what
// is to be done before the fault comes again.
func (x *house) underLoad(toll *storetest.Toll, fault func(round int) (since time.Time, after func())) {
	x.t.Helper()
	const perWall = 10 // a gathering's wall grows, and with it every reading of it
	r := luck(x.t)
	var c *gathering
	for round := range toll.Rounds {
		if round%perWall == 0 {
			if c != nil {
				c.end(toll)
			}
			if x.t.Failed() {
				return
			}
			c = x.gather(r)
		}
		c.await(time.Now())
		fuse := time.NewTimer(time.Duration(r.Int64N(int64(60 * time.Millisecond))))
		<-fuse.C
		since, after := fault(round)
		toll.Recovery = append(toll.Recovery, c.await(since))
		if after != nil {
			after()
		}
	}
	c.end(toll)
	toll.Report(x.t)
}

// People at two hubs write on one wall, and nothing goes wrong.
func TestRedisHubsRace(t *testing.T) {
	s := redistest.Start(t)
	o := redisstore.Options{URL: s.URL()}
	openHouse(t, o, o).underLoad(&storetest.Toll{What: "nothing: two hubs race on one wall", Rounds: *redisRaces},
		func(int) (time.Time, func()) { return time.Now(), nil })
}
