package hub

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Whoever was told to go is gone soon, also when it answers no close and goes
// on showing signs of life.
func TestSignsOfLifeDoNotKeepAClosedConnection(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		conn := overPipe(t, h, desk(mona))
		conn.SetCloseHandler(func(int, string) error { return nil })
		d := visit(t, conn)
		d.until("hears", func() bool { return d.me != nil })
		h.Dismiss(mona.ID, CloseDismissed)
		d.isClosed(CloseDismissed)
		again := time.NewTicker(farewellWait / 2)
		defer again.Stop()
		for range 20 {
			<-again.C
			if conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)) != nil {
				return
			}
		}
		t.Errorf("still there after %v", 10*farewellWait)
	})
}

// What its author has taken back is in no snapshot that begins afterwards, of
// the desk neither.
func TestWithdrawnIsInNoKeptPicture(t *testing.T) {
	timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
		a := join(t, h, phone(ann))
		note := a.posts("let it be forgotten")
		join(t, h, desk(mona)) // a picture is taken
		a.does(wall.Withdraw{Note: note})
		late := join(t, h, desk(olle))
		if strings.Contains(late.all(), "let it be forgotten") {
			t.Error("a desk that came afterwards reads it")
		}
	})
}
