package hub

import (
	"fmt"
	"testing"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Who is there hears of a thousand who come what they hear of a hundred: how
// many are here, a few times at most, and the desk how the hall is doing.
func TestNewcomersCostOthersTheSameHoweverMany(t *testing.T) {
	heard := func(n int) (most int) {
		timed(t, nil, func(t *testing.T, h *Hub, _ *memstore.Store) {
			there := []*visitor{join(t, h, phone(ann)), join(t, h, phone(bo)), join(t, h, hall), join(t, h, desk(mona))}
			later(5 * time.Second)
			count := func(v *visitor) int {
				v.mu.Lock()
				defer v.mu.Unlock()
				return len(v.heard)
			}
			before := make([]int, len(there))
			for i, v := range there {
				before[i] = count(v)
			}
			for i := range n {
				join(t, h, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("new ", i)}))
				if i%(n/10) == 0 {
					later(200 * time.Millisecond) // two seconds in all
				}
			}
			for i, v := range there {
				v.until("all are here", func() bool { return v.view.Here == n+2 })
				most = max(most, count(v)-before[i])
			}
		})
		return most
	}
	few, many := heard(100), heard(1000)
	t.Logf("of 100 who come: %d messages; of 1,000: %d", few, many)
	if max(few, many) > 6 {
		t.Errorf("those who are there hear %d messages of 100 who come, and %d of 1,000", few, many)
	}
}
