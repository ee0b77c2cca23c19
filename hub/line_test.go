package hub

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

var busyWall = func(s *wall.Settings) { s.Rehearsal = true }

// Phones come, go and break off in the middle of passes; those who stay get
// everything.
func TestComingAndGoingInPasses(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		var stay []*visitor
		for i := range 6 {
			stay = append(stay, visit(t, s.dial(t, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("stays ", i)}), false, i%2 == 0)).seesAll())
		}
		for i := range 40 {
			conn := s.dial(t, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("goes ", i)}), i%4 == 0, i%3 == 0)
			if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
				t.Fatal(err)
			}
			stay[i%6].ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint("note ", i)})
			if i%2 == 0 {
				_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
			}
			_ = conn.NetConn().Close()
		}
		for i, v := range stay {
			v.until("all answers", func() bool { return len(v.answers) >= 40/6 })
			v.sees(v.posts(fmt.Sprint("last of ", i)))
		}
		for _, v := range stay {
			v.equals(store, testWall, wall.Hall)
		}
		for end := time.Now().Add(20 * time.Second); s.hub.Counts().Phones != 6; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d phones are still counted", s.hub.Counts().Phones)
			}
		}
	})
}

// A hall is told to come back, and is gone, within a few seconds.
func TestClosingAHall(t *testing.T) {
	h := New(Config{Store: memstore.New()})
	makeWall(t, h, testWall, busyWall)
	s := over(t, h, false)
	const n = 500
	told := make(chan int, n)
	for i := range n {
		conn := s.dial(t, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}), false, false)
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 { // does not read, nor answer
			defer conn.Close()
			told <- CloseRestart
			continue
		}
		go func() {
			defer conn.Close()
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					var c *websocket.CloseError
					code := 0
					if errors.As(err, &c) {
						code = c.Code
					}
					told <- code
					return
				}
			}
		}()
	}
	began := time.Now()
	closeHub(t, h)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	for range n {
		if code := <-told; code != CloseRestart {
			t.Fatalf("told %d", code)
		}
	}
}

// Over a line that takes no raw writes, and deflated: everyone sees the same.
func TestEveryLineConverges(t *testing.T) {
	ways(t, func(t *testing.T, s *stand, store *memstore.Store) {
		var all []*visitor
		for i := range 8 {
			j := phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)})
			if i == 7 {
				j = hall
			}
			all = append(all, visit(t, s.dial(t, j, i%3 == 0, i%2 == 0)).seesAll())
		}
		d := visit(t, s.dial(t, desk(mona), false, true)).seesAll()
		var ids []string
		for i := range 60 {
			ids = append(ids, all[i%7].posts(fmt.Sprint(strings.Repeat("samma ord ", 10), i)))
		}
		d.sees(ids[59])
		d.does(wall.Hide{Notes: ids[:20]})
		for _, v := range all {
			v.misses(ids[19])
			v.equals(store, testWall, wall.Hall)
		}
		d.equals(store, testWall, wall.Desk)
		late := visit(t, s.dial(t, phone(bo), false, true))
		late.equals(store, testWall, wall.Hall)
	})
}

// What all may see goes out deflated to those who take it; what is one
// person's alone, and the desk's, never.
func TestOnlyWhatTheHallSeesIsDeflated(t *testing.T) {
	h, _ := openWall(t, busyWall)
	for i := range 40 {
		c := wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: fmt.Sprint(strings.Repeat("samma ord ", 10), i)}
		if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: c}); err != nil {
			t.Fatal(err)
		}
	}
	s := over(t, h, false)
	for name, c := range map[string]struct {
		join    Join
		deflate bool
		want    bool
	}{"a phone": {phone(ann), true, true}, "a phone that does not": {phone(ann), false, false}, "a projector": {hall, true, true}, "a desk": {desk(mona), true, false}} {
		conn := s.dial(t, c.join, false, c.deflate)
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		for range 3 { // welcome, me, snapshot
			if _, _, err := conn.ReadMessage(); err != nil {
				t.Fatal(name, err)
			}
		}
		_, came, _ := bytes.Cut(s.heard.came.Bytes(), []byte("\r\n\r\n"))
		var kinds []bool
		for range 3 {
			n, at := int(came[1]), 2
			if n == 126 {
				n, at = int(came[2])<<8|int(came[3]), 4
			}
			kinds = append(kinds, came[0]&rsv1Bit != 0)
			came = came[at+n:]
		}
		if kinds[0] || kinds[1] || kinds[2] != c.want {
			t.Errorf("%s: deflated %v", name, kinds)
		}
		_ = conn.Close()
	}
}

// A client that is closed before its poller knows of it leaves no chair taken.
func TestClosedBeforeItIsRead(t *testing.T) {
	h, _ := openWall(t, busyWall)
	s := over(t, h, false)
	for range 200 {
		conn := s.dial(t, phone(bo), false, false)
		h.Dismiss(bo.ID, CloseDismissed)
		_ = conn.Close()
	}
	for end := time.Now().Add(20 * time.Second); h.Counts().Phones > 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d are left", h.Counts().Phones)
		}
	}
	visit(t, s.dial(t, phone(ann), false, false)).seesAll().posts("still read")
}
