package crowd

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

func newWall(t *testing.T) *Wall {
	t.Helper()
	w, err := NewWall(rand.Reader, 100)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func decoded(t *testing.T, w *Wall, o hub.Outgoing) *Message {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What is sent comes through the domain as it is, and its number with it.
func TestNotesAreTheDomains(t *testing.T) {
	w := newWall(t)
	for _, number := range []int{0, 7, 4999, 1 << 40} {
		if w.number(w.ID(number)) != number {
			t.Errorf("%s is number %d", w.ID(number), w.number(w.ID(number)))
		}
		text := w.Text(number)
		if wall.Normalise(text) != text || len(text) > 100 || len(text) < 90 || w.textNumber(text) != number {
			t.Errorf("%q", text)
		}
		var in hub.Incoming
		if err := json.Unmarshal(w.Post(3, number, "housing", "opinion"), &in); err != nil {
			t.Fatal(err)
		}
		c, err := wall.DecodeCommand(in.Command.Do, in.Command.With)
		if p, is := c.(wall.Post); err != nil || !is || p.ID != w.ID(number) || in.Command.N != 3 {
			t.Error(c, err)
		}
		if err := json.Unmarshal(w.Vote(4, number, 2), &in); err != nil {
			t.Fatal(err)
		}
		c, err = wall.DecodeCommand(in.Command.Do, in.Command.With)
		if v, is := c.(wall.CastVote); err != nil || !is || v.Dots != 2 || v.Count != 4 || v.Target != "n:"+w.ID(number) {
			t.Error(c, err)
		}
	}
	if other := newWall(t); w.number(other.ID(1)) != -1 {
		t.Error("another crowd's note is ours")
	}
}

// The negative controls of the protocol: a hub that doubles, alters or takes away.
func TestWhatIsWrongInAFrame(t *testing.T) {
	w := newWall(t)
	note := func(id, text string) *wall.NoteView { return &wall.NoteView{ID: id, Text: text} }
	m := decoded(t, w, hub.Outgoing{Frame: &hub.Frame{From: 3, To: 9, Values: hub.Values{Notes: map[string]*wall.NoteView{
		w.ID(1):                                note(w.ID(1), w.Text(1)),
		w.ID(2):                                note(w.ID(2), w.Text(3)),
		w.ID(4):                                nil,
		"6b1f0e9d-8c7b-4a59-9e3d-2c1b0a998877": note("6b1f0e9d-8c7b-4a59-9e3d-2c1b0a998877", w.Text(1)),
		"5f1d3a7c-9b20-4e68-8f0a-1d2e3f4a5b6c": note("5f1d3a7c-9b20-4e68-8f0a-1d2e3f4a5b6c", "Kortare köer"),
		"5f1d3a7c-9b20-4e68-8f0a-1d2e3f4a5b6d": nil,
	}}}})
	if m.Kind != Frame || m.From != 3 || m.Position.Revision != 9 || fmt.Sprint(m.Notes, m.Gone) != "[1] [4]" || m.Doubled != 1 || m.Altered != 1 {
		t.Errorf("%+v", m)
	}
}

func TestTotalsAreJudged(t *testing.T) {
	w := newWall(t)
	c := &Crowd{}
	c.decode.begin(w)
	c.Expect(w, map[int]wall.Total{0: {Dots: 5, People: 2}, 1: {Dots: 1, People: 1}, 2: {}})
	frame := func(totals map[string]wall.Total) *Judgement {
		return decoded(t, w, hub.Outgoing{Frame: &hub.Frame{Values: hub.Values{Totals: hub.Totals{By: totals}}}}).Totals
	}
	at := func(number int) string { return "n:" + w.ID(number) }
	for name, c := range map[string]struct {
		totals map[string]wall.Total
		want   *Judgement
	}{
		"exact": {map[string]wall.Total{at(0): {Dots: 5, People: 2}, at(1): {Dots: 1, People: 1}, "n:other": {Dots: 9, People: 9}}, &Judgement{}},
		"short": {map[string]wall.Total{at(0): {Dots: 3, People: 2}, at(1): {Dots: 1, People: 1}}, &Judgement{Short: 2}},
		"over":  {map[string]wall.Total{at(0): {Dots: 5, People: 2}, at(1): {Dots: 1, People: 1}, at(2): {Dots: 1, People: 1}}, &Judgement{Over: 1}},
		"other": {map[string]wall.Total{at(0): {Dots: 5, People: 3}, at(1): {Dots: 1, People: 1}}, &Judgement{Over: 1}},
		"part":  {map[string]wall.Total{at(0): {Dots: 5, People: 2}}, nil},
	} {
		got := frame(c.totals)
		if (got == nil) != (c.want == nil) || got.Exact() != (name == "exact") || got != nil && (got.Short != c.want.Short || got.Over != c.want.Over) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if m := decoded(t, w, hub.Outgoing{Frame: &hub.Frame{Values: hub.Values{Totals: hub.Totals{Hidden: true}}}}); m.Totals != nil {
		t.Errorf("%+v", m.Totals)
	}
}

// A wall with many notes comes in parts, and so do its totals.
func TestTotalsInParts(t *testing.T) {
	for name, c := range map[string]struct {
		second wall.Total
		exact  bool
		judged bool
	}{
		"exact": {wall.Total{Dots: 1, People: 1}, true, true},
		"over":  {wall.Total{Dots: 2, People: 2}, false, true},
		"none":  {wall.Total{}, false, false},
	} {
		w := newWall(t)
		crowd := &Crowd{Tally: newTally(0)}
		crowd.decode.begin(w)
		crowd.Expect(w, map[int]wall.Total{0: {Dots: 5, People: 2}, 1: {Dots: 1, People: 1}})
		p := &Phone{crowd: crowd}
		for i, total := range []wall.Total{{Dots: 5, People: 2}, c.second} {
			totals := map[string]wall.Total{"n:" + w.ID(i): total}
			if total == (wall.Total{}) {
				totals = map[string]wall.Total{}
			}
			p.hear(decoded(t, w, hub.Outgoing{Snapshot: &hub.Snapshot{Part: i + 1, Of: 2, Values: hub.Values{Totals: hub.Totals{By: totals}}}}), 0)
		}
		if got := p.Totals(); got.Exact() != c.exact || (got != nil) != c.judged || crowd.Exact() != map[bool]int{true: 1}[c.exact] {
			t.Errorf("%s: %+v, %d exact", name, got, crowd.Exact())
		}
	}
}

// Ballots come to what an independent count of the votes comes to.
func TestBallotsAreCounted(t *testing.T) {
	b := NewBallots(7, []int{3, 4, 5})
	last := map[[2]int]int{}
	for i := range 500 {
		number, dots := b.Next(i % 7)
		if was, voted := last[[2]int{i % 7, number}]; voted && was == dots {
			t.Fatal("a vote that changes nothing")
		}
		last[[2]int{i % 7, number}] = dots
	}
	want := map[int]wall.Total{}
	for at, dots := range last {
		if dots > 0 {
			want[at[1]] = wall.Total{Dots: want[at[1]].Dots + dots, People: want[at[1]].People + 1}
		}
	}
	if got := b.Totals(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestOtherMessages(t *testing.T) {
	w := newWall(t)
	if m := decoded(t, w, hub.Outgoing{Ack: &hub.Ack{N: 7, Revision: 9}}); m.Kind != Ack || m.N != 7 || m.Position.Revision != 9 {
		t.Errorf("%+v", m)
	}
	if m, err := w.Decode([]byte(`{"ack": {"revision":9, "n":7}}`)); err != nil || m.Kind != Ack || m.N != 7 || m.Position.Revision != 9 {
		t.Errorf("%+v, %v", m, err)
	}
	if m := decoded(t, w, hub.Outgoing{Refused: &hub.Refused{N: 7, Refusal: wall.Refusal{Code: wall.Busy, After: 5}}}); m.Kind != Refused || m.Code != wall.Busy || m.After == 0 {
		t.Errorf("%+v", m)
	}
	if m := decoded(t, w, hub.Outgoing{Me: &wall.Me{}}); m.Kind != Other {
		t.Errorf("%+v", m)
	}
	raw, _ := json.Marshal(hub.Outgoing{Welcome: &hub.Welcome{Protocol: 2}})
	if _, err := w.Decode(raw); err == nil || !strings.Contains(err.Error(), "protocol 2") {
		t.Error(err)
	}
	if _, err := w.Decode([]byte(`{"frame":7}`)); err == nil {
		t.Error("no message is a message")
	}
}
