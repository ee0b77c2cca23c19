package hub

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// A store that stays away for ten minutes is a few lines in the log, not
// hundreds: when it goes, and when it comes back.
func TestAnOutageIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		s := &shaky{Store: memstore.New()}
		h := New(Config{Store: s, Log: slog.New(slog.NewTextHandler(&text, nil))})
		makeWall(t, h, testWall, nil)
		a := join(t, h, phone(ann))
		s.setDown(true)
		later(5 * time.Minute) // it looks, in vain
		looked := strings.Count(text.String(), "looking for what was missed")
		a.answer(a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})) // now it knows
		later(5 * time.Minute)
		s.setDown(false)
		later(time.Minute)
		a.posts("back again")
		closeHub(t, h)
		log := text.String()
		for what, n := range map[string]int{"looking for what was missed": 1, "a commit failed": 1, "cannot be loaded": 1, "the store is back": 1} {
			if got := strings.Count(log, what); got != n {
				t.Errorf("%q is said %d times", what, got)
			}
		}
		if looked != 1 {
			t.Errorf("looking is said %d times", looked)
		}
		for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
			if !strings.Contains(line, "wall="+testWall) {
				t.Errorf("which wall? %s", line)
			}
		}
	})
}
