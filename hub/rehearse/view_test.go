package rehearse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// The examples of the protocol are the same for every client.
func TestViewFollowsTheProtocolsExamples(t *testing.T) {
	files, err := filepath.Glob("../testdata/frames/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var example struct {
			Name   string
			Frames []json.RawMessage
			View   *struct {
				wall.Position
				Settings map[string]json.RawMessage
				Notes    map[string]*wall.NoteView
				Totals   map[string][2]int
			}
		}
		if err := json.Unmarshal(raw, &example); err != nil {
			t.Fatal(file, err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			v, d := view{}, newDecoder()
			for _, frame := range example.Frames {
				m, err := d.decode(hub.Desk, frame)
				if err != nil {
					t.Fatal(err)
				}
				v.fold(m)
			}
			want := example.View
			if want == nil {
				if v.whole {
					t.Fatalf("%s: a view, want none", example.Name)
				}
				return
			}
			if v.at != want.Position {
				t.Errorf("%s: at %v, want %v", example.Name, v.at, want.Position)
			}
			if len(v.notes)+len(want.Notes) > 0 && !reflect.DeepEqual(v.notes, want.Notes) {
				t.Errorf("%s: notes %v, want %v", example.Name, v.notes, want.Notes)
			}
			var totals map[string][2]int
			if v.totals != nil {
				totals = map[string][2]int{}
			}
			for target, has := range v.totals {
				totals[target] = [2]int{has.Dots, has.People}
			}
			if !reflect.DeepEqual(totals, want.Totals) {
				t.Errorf("%s: totals %v, want %v", example.Name, totals, want.Totals)
			}
		})
	}
}

func TestFrameAfterAGapAsksForMore(t *testing.T) {
	v := view{at: wall.Position{Epoch: "e", Revision: 3}, whole: true}
	if _, took, gap := v.fold(&hub.Outgoing{Frame: &hub.Frame{From: 4, To: 5}}); took || !gap {
		t.Errorf("took %v, gap %v", took, gap)
	}
	if v.at.Revision != 3 {
		t.Errorf("at %v", v.at)
	}
}

func TestDecodedFramesAreShared(t *testing.T) {
	d := newDecoder()
	raw := []byte(`{"frame":{"from":1,"to":2,"notes":{"a":{"id":"a","text":"x"}}}}`)
	first, err := d.decode(hub.Phone, raw)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.decode(hub.Phone, append([]byte(nil), raw...)); err != nil || again != first {
		t.Error("parsed twice", err)
	}
	for i := range 3 * keptMost {
		if _, err := d.decode(hub.Phone, []byte(`{"frame":{"from":1,"to":`+json.Number(string(rune('1'+i%9))).String()+`0}}`)); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.kept) > keptMost {
		t.Errorf("%d kept", len(d.kept))
	}
	raw[len(raw)-8] = 'y' // the caller's buffer is the caller's
	if first.Frame.Notes["a"].Text != "x" {
		t.Error("a decoded frame changed with the buffer")
	}
	if _, err := d.decode(hub.Phone, []byte(`{"frame":`)); err == nil {
		t.Error("half a frame was decoded")
	}
}
