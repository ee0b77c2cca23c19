package wall

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var anyText = rapid.OneOf(rapid.StringMatching(`[nc]:[0-9a-f-]{1,40}`), rapid.String())

// A ballot is stored as json.Marshal would write it from a map of targets, and
// read back as it was, whether or not there is a last one to take targets from.
func TestBallotIsStoredAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.Uint64Range(0, CountMax)
		dots := rapid.MapOf(anyText, rapid.Custom(func(t *rapid.T) DotsOn {
			return DotsOn{N: rapid.IntRange(0, 50).Draw(t, "n"), Count: counts.Draw(t, "count")}
		}))
		by := dots.Draw(t, "dots")
		b := &Ballot{Person: anyText.Draw(t, "person"), Dots: Given{}, Rate: rapid.Int64Range(0, 1<<50).Draw(t, "rate"), Floor: counts.Draw(t, "floor")}
		for target, on := range by {
			b.Dots.put(target, on)
		}
		want := string(encode(map[string]any{"person": b.Person, "dots": by, "rate": b.Rate, "floor": b.Floor}))
		if got := canonical(t, b.encode(), 0); got != canonical(t, []byte(want), 0) {
			t.Fatalf("stored as %s, not %s", got, want)
		}
		if plain, err := json.Marshal(b); err != nil || string(plain) != string(b.encode()) {
			t.Fatalf("json.Marshal writes %s, %v", plain, err)
		}
		last := &Ballot{}
		for target, on := range dots.Draw(t, "last") {
			last.Dots.put(target, on)
		}
		for _, last := range []*Ballot{nil, b, last} {
			back, err := readBallot(b.encode(), last)
			if err != nil || string(back.encode()) != string(b.encode()) {
				t.Fatalf("%s is read as %+v, %v", b.encode(), back, err)
			}
		}
		for _, target := range slices.Collect(maps.Keys(by)) {
			if on, ok := b.Dots.On(target); !ok || on != by[target] {
				t.Fatalf("%q: %v %v", target, on, ok)
			}
		}
	})
}

// canonical is an object as json writes it, without members that are nought.
func canonical(t *rapid.T, raw []byte, nought float64) string {
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	maps.DeleteFunc(v, func(_ string, v any) bool { return v == nought })
	return string(encode(v))
}

// What another program wrote is read by the rules of JSON, in any order.
func TestBallotReadsAnyJSON(t *testing.T) {
	b, err := readBallot([]byte(` {"dots": { "n:b" : {"c":7, "n":2}, "n:\u0061":{"n":1,"c":3,"new":[]} }, "new":{}, "person":"p" } `), nil)
	want := Given{{"n:a", DotsOn{1, 3}}, {"n:b", DotsOn{2, 7}}}
	if err != nil || b.Person != "p" || !slices.Equal(b.Dots, want) {
		t.Errorf("%+v, %v", b, err)
	}
	for _, bad := range []string{
		``, `[]`, `{"person":1}`, `{"dots":{"n:a":{"n":1,"c":1},"n:a":{"n":1,"c":1}}}`, `{"dots":{"n:a":{"n":1,"c":1}`,
		`{"dots":{"n:b":{"n":1,"c":1},"n:a":{"n":1,"c":1},"n:b":{"n":1,"c":1}}}`, `{"dots":{"n:a":{"n":1.5,"c":1}}}`, `{"dots":{"n:a`, `{"dots":{`, `{"dots":{}}x`,
	} {
		if b, err := readBallot([]byte(bad), nil); err == nil {
			t.Errorf("%s is read as %+v", bad, b)
		}
	}
}

// The log is what json.Marshal writes, byte for byte: who looks for a commit
// compares.
func TestEventsAreEncodedAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *Event {
			return &Event{
				Rev: rapid.Uint64().Draw(t, "r"), Name: EventName(anyText.Draw(t, "e")), At: rapid.Int64().Draw(t, "at"),
				Role: Role(anyText.Draw(t, "role")), By: anyText.Draw(t, "by"), Items: rapid.SliceOf(anyText).Draw(t, "items"),
				To: anyText.Draw(t, "to"), Why: anyText.Draw(t, "why"), Act: rapid.Uint64Range(0, 3).Draw(t, "act"),
			}
		}), 1, 4).Draw(t, "events")
		want, err := json.Marshal(events)
		if got := EncodeEvents(events); err != nil || string(got) != string(want) {
			t.Fatalf("%s, not %s", got, want)
		}
	})
}
