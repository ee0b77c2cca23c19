package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// visitor is a client as a page is one: it folds what it hears.
type visitor struct {
	t    testing.TB
	conn *websocket.Conn
	out  sync.Mutex // of conn's writer

	mu      sync.Mutex
	changed *sync.Cond
	view    *view
	me      *wall.Me
	mes     int
	answers map[uint64]*wall.Refusal // nil: acknowledged
	acks    map[uint64]uint64
	heard   []string // kinds of what came, in order
	texts   strings.Builder
	again   bool
	closed  int // the code; 0 while open
	n       uint64
	count   uint64
}

// visit connects and says hello; nothing has been heard then.
func visit(t testing.TB, conn *websocket.Conn) *visitor {
	t.Helper()
	v := meet(t, conn)
	v.hello()
	return v
}

// meet connects, and says nothing.
func meet(t testing.TB, conn *websocket.Conn) *visitor { return meetAgain(t, conn, newView()) }

// meetAgain is meet with an old view.
func meetAgain(t testing.TB, conn *websocket.Conn, old *view) *visitor {
	v := &visitor{t: t, conn: conn, view: old, answers: map[uint64]*wall.Refusal{}, acks: map[uint64]uint64{}}
	v.changed = sync.NewCond(&v.mu)
	ended := make(chan struct{})
	go func() { defer close(ended); v.listen() }()
	t.Cleanup(func() { _ = conn.Close(); <-ended })
	return v
}

func (v *visitor) hello() {
	v.mu.Lock()
	p := wall.Position{Epoch: v.view.Epoch, Revision: v.view.Revision}
	v.mu.Unlock()
	v.send(Incoming{Hello: &p})
}

func (v *visitor) listen() {
	for {
		_, text, err := v.conn.ReadMessage()
		v.mu.Lock()
		if err != nil {
			v.closed = websocket.CloseAbnormalClosure
			var c *websocket.CloseError
			if errors.As(err, &c) {
				v.closed = c.Code
			}
			v.changed.Broadcast()
			v.mu.Unlock()
			return
		}
		v.hear(text)
		v.changed.Broadcast()
		v.mu.Unlock()
	}
}

func (v *visitor) hear(text []byte) {
	v.texts.Write(text)
	v.texts.WriteByte('\n')
	var m struct {
		Welcome  *Welcome `json:"welcome"`
		Snapshot *part    `json:"snapshot"`
		Frame    *step    `json:"frame"`
		Me       *wall.Me `json:"me"`
		Ack      *Ack     `json:"ack"`
		Refused  *Refused `json:"refused"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		v.t.Errorf("heard %s: %v", text, err)
		return
	}
	switch {
	case m.Welcome != nil:
		v.heard = append(v.heard, "welcome")
	case m.Snapshot != nil:
		v.heard = append(v.heard, "snapshot")
		v.view.snapshot(*m.Snapshot)
	case m.Frame != nil:
		v.heard = append(v.heard, "frame")
		if m.Frame.To < v.view.Revision {
			v.t.Errorf("an old frame: %s at %d", text, v.view.Revision)
		}
		if !v.view.frame(*m.Frame) {
			v.t.Errorf("a gap: %s at %d", text, v.view.Revision)
			v.again = true
		}
	case m.Me != nil:
		v.heard = append(v.heard, "me")
		v.me = m.Me
		v.mes++
	case m.Ack != nil:
		v.heard = append(v.heard, fmt.Sprintf("ack %d", m.Ack.N))
		v.answered(m.Ack.N, nil)
		v.acks[m.Ack.N] = m.Ack.Revision
	case m.Refused != nil:
		v.heard = append(v.heard, fmt.Sprintf("refused %d %s", m.Refused.N, m.Refused.Code))
		v.answered(m.Refused.N, &m.Refused.Refusal)
	}
}

func (v *visitor) answered(n uint64, why *wall.Refusal) {
	if _, twice := v.answers[n]; twice && n != 0 {
		v.t.Errorf("command %d answered twice", n)
	}
	v.answers[n] = why
}

func (v *visitor) send(f Incoming) {
	b, err := json.Marshal(f)
	if err != nil {
		v.t.Error(err)
		return
	}
	v.sendText(string(b))
}

func (v *visitor) sendText(text string) {
	v.out.Lock()
	defer v.out.Unlock()
	_ = v.conn.WriteMessage(websocket.TextMessage, []byte(text)) // a closed connection is heard of
}

// ask sends a command and gives its number.
func (v *visitor) ask(c wall.Command) uint64 { return v.askSeen(c, 0) }

func (v *visitor) askSeen(c wall.Command, seen uint64) uint64 {
	with, err := json.Marshal(c)
	if err != nil {
		v.t.Error(err)
	}
	v.mu.Lock()
	v.n++
	n := v.n
	v.mu.Unlock()
	v.send(Incoming{Command: &Command{N: n, Do: c.Verb(), Seen: seen, With: with}})
	return n
}

// does asks and waits for the yes.
func (v *visitor) does(c wall.Command) uint64 {
	v.t.Helper()
	n := v.ask(c)
	if why := v.answer(n); why != nil {
		v.t.Fatalf("%s was refused: %v", c.Verb(), why)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.acks[n]
}

// answer waits for the answer to a command.
func (v *visitor) answer(n uint64) *wall.Refusal {
	v.t.Helper()
	v.until(fmt.Sprintf("an answer to %d", n), func() bool { _, ok := v.answers[n]; return ok || v.closed != 0 })
	v.mu.Lock()
	defer v.mu.Unlock()
	why, ok := v.answers[n]
	if !ok {
		v.t.Fatalf("closed with %d instead of an answer to %d", v.closed, n)
	}
	return why
}

// posts puts a note up and gives its id.
func (v *visitor) posts(text string) string {
	v.t.Helper()
	id := newID()
	v.does(wall.Post{ID: id, Theme: "health", Kind: "opinion", Text: text})
	return id
}

func (v *visitor) vote(target string, dots int) wall.CastVote {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count++
	return wall.CastVote{Target: target, Dots: dots, Count: v.count}
}

// until waits for what was heard to be so.
func (v *visitor) until(what string, ok func() bool) {
	v.t.Helper()
	late := false
	timer := time.AfterFunc(20*time.Second, func() {
		v.mu.Lock()
		late = true
		v.changed.Broadcast()
		v.mu.Unlock()
	})
	defer timer.Stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	for !ok() {
		if late {
			v.t.Fatalf("waited in vain for %s; heard %v, closed %d", what, tail(v.heard), v.closed)
		}
		v.changed.Wait()
	}
}

func tail(s []string) []string { return s[max(0, len(s)-20):] }

func (v *visitor) sees(note string) {
	v.t.Helper()
	v.until("note "+note, func() bool { _, ok := v.view.Notes[note]; return ok })
}

func (v *visitor) misses(note string) {
	v.t.Helper()
	v.until("no note "+note, func() bool { _, ok := v.view.Notes[note]; return !ok && v.view.Epoch != "" })
}

func (v *visitor) seesAll() *visitor {
	v.t.Helper()
	v.until("a view", func() bool { return v.view.Epoch != "" && v.me != nil })
	return v
}

// mine are the person's own notes, as last heard.
func (v *visitor) mine() []wall.MyNote {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.me.Notes
}

// isClosed waits for the close code.
func (v *visitor) isClosed(code int) {
	v.t.Helper()
	v.until("closing", func() bool { return v.closed != 0 })
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed != code {
		v.t.Errorf("closed with %d, want %d", v.closed, code)
	}
}

// truth is what the store makes of a wall for an audience, as a view.
func truth(t testing.TB, s store.Store, id string, a wall.Audience) map[string]any {
	t.Helper()
	at, entries, err := s.Load(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wall.Restore(at, entries)
	if err != nil {
		t.Fatal(err)
	}
	v := newView()
	for _, m := range snapshot(at, w.Since(a, 0), 0, nil) {
		var p struct {
			Snapshot part `json:"snapshot"`
		}
		if err := json.Unmarshal(m.text, &p); err != nil {
			t.Fatal(err)
		}
		v.snapshot(p.Snapshot)
	}
	return comparable(v.plain(t))
}

// comparable is a view without what is not the wall's: who is here, and how far
// beyond the last change for this audience the position is.
func comparable(m map[string]any) map[string]any {
	delete(m, "here")
	delete(m, "health")
	delete(m, "revision")
	return m
}

// equals waits until a visitor sees what the store has.
func (v *visitor) equals(s store.Store, id string, a wall.Audience) {
	v.t.Helper()
	want := truth(v.t, s, id, a)
	v.until("what the store has", func() bool {
		if totals, _ := want["totals"].(map[string]any); v.closed != 0 {
			_ = totals
			return true
		}
		return reflect.DeepEqual(zeros(comparable(v.view.plain(v.t))), zeros(want))
	})
}

// zeros drops the totals of what has none: a frame tells of them only when they
// were something once.
func zeros(m map[string]any) map[string]any {
	totals, ok := m["totals"].(map[string]any)
	if !ok {
		return m
	}
	for k, v := range totals {
		if pair := v.([]any); pair[0] == 0.0 && pair[1] == 0.0 {
			delete(totals, k)
		}
	}
	return m
}
