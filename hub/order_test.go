package hub

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Answers are handed out before the edition that shows what they answer.
func TestAnswersGoBeforeTheEdition(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		join(t, h, phone(ann))
		later(time.Second)
		r, err := h.enter(t.Context(), testWall)
		if err != nil {
			t.Fatal(err)
		}
		defer h.leave(r)
		number := func() uint64 { return r.relay.feeds[wall.Hall].now.Load().number }
		before := number()
		at := make(chan uint64, 1)
		r.submit(&ask{
			request: wall.Request{By: mona, Command: wall.SetPhase{Phase: wall.Results}},
			reply:   func(uint64, *wall.Refusal) { at <- number() },
		})
		if n := <-at; n != before {
			t.Error("the edition was out before the answer")
		}
		synctest.Wait()
		if n := number(); n != before+1 {
			t.Errorf("%d editions", n-before)
		}
	})
}

// A client whose line is stuck while it asks: whatever gathers meanwhile, each
// answer is written before the frame that shows what it answers.
func TestAnswersGoFirstOnAStuckLine(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		conn := overPipe(t, h, phone(ann))
		defer func() { _ = conn.Close() }()
		if err := conn.WriteJSON(Incoming{Hello: &wall.Position{}}); err != nil {
			t.Fatal(err)
		}
		read := func() string {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			_, text, err := conn.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		for !strings.HasPrefix(read(), `{"snapshot"`) {
		}
		later(2 * time.Second) // it is stuck in the frame of its own presence
		var ids []string
		for n := range 3 {
			ids = append(ids, newID())
			if err := conn.WriteMessage(1, []byte(command(n+1, "post",
				fmt.Sprintf(`{"id":%q,"theme":"health","kind":"opinion","text":"x"}`, ids[n])))); err != nil {
				t.Fatal(err)
			}
			later(time.Second)
			if n == 0 { // let one message through, to be stuck in the next
				read()
				later(time.Second)
			}
		}
		answered, shown := map[int]bool{}, map[int]bool{}
		for len(shown) < len(ids) {
			text := read()
			for n, id := range ids {
				if strings.HasPrefix(text, fmt.Sprintf(`{"ack":{"n":%d,`, n+1)) {
					answered[n] = true
				}
				if !strings.HasPrefix(text, `{"me"`) && strings.Contains(text, id) {
					shown[n] = true
					if !answered[n] {
						t.Fatalf("note %d was shown before its ack", n)
					}
				}
			}
		}
	})
}
