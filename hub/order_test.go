package hub

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

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
		number := func() uint64 { return r.relay.feeds[phoneFeed].now.Load().number }
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
		later(2 * time.Second)
		for n := 1; n <= 3; n++ {
			for range 2 { // presence, if it is being written, and then the pong: nobody reads it
				if err := conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
					t.Fatal(err)
				}
				later(time.Second)
			}
			id := newID()
			if err := conn.WriteMessage(websocket.TextMessage, []byte(command(n, "post",
				fmt.Sprintf(`{"id":%q,"theme":"health","kind":"opinion","text":"x"}`, id)))); err != nil {
				t.Fatal(err)
			}
			later(time.Second)
			for answered := false; ; {
				text := read()
				answered = answered || strings.HasPrefix(text, fmt.Sprintf(`{"ack":{"n":%d,`, n))
				if !strings.HasPrefix(text, `{"me"`) && strings.Contains(text, id) {
					if !answered {
						t.Fatalf("note %d was shown before its ack", n)
					}
					break
				}
			}
		}
	})
}
