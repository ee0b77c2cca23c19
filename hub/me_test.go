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
		if got, want := string(encodeMe(nil, &me)), string(encode(Outgoing{Me: &me})); got != want {
			t.Fatalf("%s\n%s", got, want)
		}
	})
}

// The welcome that is written by hand is the one that encoding/json writes.
func TestWelcomeAsJSON(t *testing.T) {
	for _, w := range []Welcome{
		{},
		{Protocol: 1, Face: Phone, Wall: testWall, Code: "482715", Now: 1764000000000, Build: "9c1e4f", Heard: true},
		{Protocol: 1, Face: Desk, Wall: "\"<é>\\", Code: "\x00", Now: -1, Build: "a&b\u2028"},
	} {
		if got, want := string(encodeWelcome(nil, &w)), string(encode(Outgoing{Welcome: &w})); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
