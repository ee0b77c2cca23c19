package wall

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// What is read as plain is what json reads, and what was just posted is plain.
func TestPlain(t *testing.T) {
	x := newWorld(Settings{})
	for i, text := range []string{"ett", "två\n\"tre\"", "<b>", "مرحبا"} {
		x.post(t, anna, i, text)
		if n := plainNote(encode(x.w.notes[noteID(i)])); (n == nil) != (i == 1 || i == 2) {
			t.Errorf("%s is read as %+v", encode(x.w.notes[noteID(i)]), n)
		}
	}
	if p := plainPerson(encode(x.w.people[anna.ID])); p == nil || *p != *x.w.people[anna.ID] {
		t.Errorf("%s is read as %+v", encode(x.w.people[anna.ID]), p)
	}
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.OneOf(rapid.Just(Millis(0)), rapid.Int64Range(-3, 1<<50), rapid.Int64())
		n := &Note{ID: anyText.Draw(t, "id"), Theme: anyText.Draw(t, "theme"), Kind: anyText.Draw(t, "kind"), Text: anyText.Draw(t, "text"),
			Lang: rapid.SampledFrom([]string{"", "sv"}).Draw(t, "lang"), Dir: "ltr", Author: anyText.Draw(t, "author"), At: times.Draw(t, "at"),
			Sent: "sent", State: Shown, Due: times.Draw(t, "due"), Order: rapid.SampledFrom([]float64{0, 0, 1}).Draw(t, "order")}
		n.DeskRev, n.HallRev = uint64(times.Draw(t, "rd")), uint64(times.Draw(t, "rh"))
		alike(t, encode(n), plainNote)
		p := &Person{ID: anyText.Draw(t, "person"), First: times.Draw(t, "first"), Muted: rapid.Bool().Draw(t, "muted"), Posts: times.Draw(t, "posts"),
			Edits: times.Draw(t, "edits"), Reports: times.Draw(t, "reports")}
		alike(t, encode(p), plainPerson)
	})
}

// alike asks that what is plain is what json reads, also of what differs in a byte.
func alike[T any](t *rapid.T, value []byte, plain func([]byte) *T) {
	for range 4 {
		if got := plain(value); got != nil {
			want := new(T)
			if err := json.Unmarshal(value, want); err != nil || string(encode(got)) != string(encode(want)) {
				t.Fatalf("%s is read as %s, and by json as %s, %v", value, encode(got), encode(want), err)
			}
		}
		value = append([]byte(nil), value...)
		value[rapid.IntRange(0, len(value)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
	}
}
