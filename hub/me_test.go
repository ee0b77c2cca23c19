package hub

import (
	"testing"

	"pgregory.net/rapid"

	"openspacewall/hub/wall"
)

// What is written by hand is what encoding/json writes.
func TestMeAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		me := rapid.Make[wall.Me]().Draw(t, "me")
		if me.Notes == nil { // as Wall.Me gives it
			me.Notes = []wall.MyNote{}
		}
		if me.Reported == nil {
			me.Reported = []string{}
		}
		if me.Dots.On == nil {
			me.Dots.On = map[string]int{}
		}
		if got, want := string(encodeMe(&me)), string(encode(Outgoing{Me: &me})); got != want {
			t.Fatalf("%s\n%s", got, want)
		}
	})
}
