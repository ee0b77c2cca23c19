package hub

import (
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
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
