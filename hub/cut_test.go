package hub

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
	"openspacewall/hub/wall"
)

// Redis does what it is told, and its answer is cut off at any byte, or the
// connection before the question: everything is done once.
func TestRedisAnswersCut(t *testing.T) {
	x, _, p := onProxy(t)
	toll := &storetest.Toll{What: "cut at Redis' answer to a commit", Rounds: *redisCuts}
	const perWall = 250
	r := luck(t)
	for done := 0; done < toll.Rounds; {
		c := x.gather(r)
		var cuts atomic.Int64
		most := int64(min(perWall, toll.Rounds-done))
		fates := make(chan redistest.Fault, 64)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				f := redistest.Fault{}
				switch r.IntN(8) {
				case 0:
					f.Before = true
				case 1, 2, 3:
					f = redistest.Fault{Cut: true, Keep: r.IntN(40)}
				}
				select {
				case fates <- f:
				case <-c.stop:
					return
				}
			}
		}()
		p.On(func(request []string) redistest.Fault {
			if !isCommit(request) || cuts.Load() >= most {
				return redistest.Fault{}
			}
			f := <-fates
			if f.Cut {
				cuts.Add(1)
			}
			return f
		})
		redistest.Until(t, 10*soon, "the cuts have come", func() bool { return cuts.Load() >= most })
		p.Heal()
		c.end(toll)
		<-ended
		done += int(most)
	}
	toll.Report(t)
}

// isCommit says whether a request to Redis writes a wall: no other is so long.
func isCommit(request []string) bool {
	return strings.HasPrefix(request[0], "EVAL") && len(request) > 26
}

// errCut is what a phone's network says when it is gone.
var errCut = errors.New("cut")

// cuttable is a phone's connection, which is gone once so many more bytes have
// been heard.
type cuttable struct {
	net.Conn
	left atomic.Int64 // bytes; below 0: it holds
}

func (c *cuttable) Read(b []byte) (int, error) {
	left := c.left.Load()
	if left == 0 {
		_ = c.Close()
		return 0, errCut
	}
	n, err := c.Conn.Read(b)
	left = c.left.Load() // it may have been set while we waited
	if left >= 0 {
		n = int(min(int64(n), left))
		c.left.Store(left - int64(n))
		if n == 0 && err == nil {
			_ = c.Close()
			return 0, errCut
		}
	}
	return n, err
}

// A phone is cut off after sending, before the answer or at any byte of it. It
// comes back to the other hub and sends the same again: it is done once.
func TestPhonesCut(t *testing.T) {
	s := redistest.Start(t)
	o := redisstore.Options{URL: s.URL()}
	x := openHouse(t, o, o)
	toll := &storetest.Toll{What: "cut at the phone, after sending", Rounds: *phoneCuts}
	r := luck(t)
	const perWall = 100
	var servers []*httptest.Server
	var id string
	for _, h := range x.hubs {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			conn, err := upgrader.Upgrade(w, q, nil)
			if err != nil {
				t.Error(err)
				return
			}
			who := wall.Actor{Role: wall.Participant, ID: q.URL.Query().Get("who")}
			h.Serve(q.Context(), conn, Join{Wall: q.URL.Query().Get("wall"), Code: "482715", Face: Phone, Actor: who})
		}))
		defer s.Close()
		servers = append(servers, s)
	}
	visitTo := func(hub int, who string) (*visitor, *cuttable) {
		wire := &cuttable{}
		wire.left.Store(-1)
		d := websocket.Dialer{NetDial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			wire.Conn = c
			return wire, err
		}}
		conn, _, err := d.Dial("ws"+strings.TrimPrefix(servers[hub].URL, "http")+"?who="+who+"&wall="+id, nil)
		if err != nil {
			t.Fatal(err)
		}
		return visit(t, conn).seesAll(), wire
	}
	var sent []string
	verify := func() {
		posted := map[string]int{}
		for _, e := range history(t, x.truth, id) {
			if e.Name == wall.NotePosted {
				posted[e.Items[0][2:]]++
			}
		}
		notes, _ := truth(t, x.truth, id, wall.Hall)["notes"].(map[string]any)
		for _, note := range sent {
			if notes[note] == nil {
				toll.Lost++
			}
			toll.Doubled += max(0, posted[note]-1)
		}
		if len(posted) != len(sent) || len(notes) != len(sent) {
			t.Errorf("%d notes of %d posts, %d stored", len(posted), len(sent), len(notes))
		}
		sent = nil
	}
	for cuts := 0; cuts < toll.Rounds; {
		if id == "" || len(sent) >= perWall {
			if id != "" {
				verify()
			}
			id = x.begin()
		}
		who := fmt.Sprint("p", cuts)
		post := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "sent by " + who}
		sent = append(sent, post.ID)
		for hub := r.IntN(2); ; hub = 1 - hub {
			v, wire := visitTo(hub, who)
			wire.left.Store(int64(r.IntN(300))) // what is heard back is some 400 bytes, the answer among them
			n := v.ask(post)
			v.until("an answer or the end", func() bool { _, ok := v.answers[n]; return ok || v.closed != 0 })
			v.mu.Lock()
			why, ok := v.answers[n]
			v.mu.Unlock()
			_ = v.conn.Close()
			if ok && why != nil {
				t.Fatal(why)
			}
			if ok {
				toll.Acked++
				break
			}
			cuts++
		}
	}
	verify()
	toll.Report(t)
}
