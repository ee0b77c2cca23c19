package hub

import (
	"strings"
	"testing"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Whoever says again and again that they are far behind does not have the
// wall's owner write the same long frame each time, to throw it away.
func TestFarBehindCostsOneFrame(t *testing.T) {
	h := openHub(t, memstore.New())
	makeWall(t, h, testWall, func(s *wall.Settings) { s.Rehearsal = true })
	for range 250 {
		c := wall.Post{ID: newID(), Theme: "work", Kind: "opinion", Text: strings.Repeat("a word ", 39)}
		if err := h.Do(t.Context(), testWall, wall.Request{By: ann, Command: c}); err != nil {
			t.Fatal(err)
		}
	}
	err := h.with(t.Context(), testWall, func(r *room) {
		f := r.relay.views[wall.Hall]
		for i := range 3 {
			f.frames = nil // as after another commit
			messages := f.missed(wall.Position{Epoch: r.at.Epoch, Revision: 1})
			if len(messages) < 2 || !strings.HasPrefix(string(messages[0].text), `{"snapshot"`) {
				t.Errorf("not a snapshot: %d messages", len(messages))
			}
			if i > 0 && len(f.frames) > 0 {
				t.Error("a frame was written that is too long to send")
			}
		}
		messages := f.missed(wall.Position{Epoch: r.at.Epoch, Revision: r.at.Revision - 3})
		if len(messages) != 1 || !strings.HasPrefix(string(messages[0].text), `{"frame"`) {
			t.Error("who is near gets a frame")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
