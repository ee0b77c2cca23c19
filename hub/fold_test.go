package hub

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// view is a wall as one client sees it: what the frames say, nothing else. It
// is the reference for every client's fold; frontend/src/client/view.ts runs
// the same vectors.
type view struct {
	Epoch    string                     `json:"epoch"`
	Revision uint64                     `json:"revision"`
	Settings map[string]json.RawMessage `json:"settings"`
	Notes    map[string]json.RawMessage `json:"notes"`
	Clusters map[string]json.RawMessage `json:"clusters"`
	Acts     map[string]json.RawMessage `json:"acts"`
	Totals   map[string][2]int          `json:"totals"` // nil: not known
	Voters   int                        `json:"voters"`
	Here     int                        `json:"here"`
	Health   json.RawMessage            `json:"health,omitempty"`

	parts []part
}

// part and step are the messages with their values unread, so that the test
// folds what is on the wire and not what the Go types make of it.
type part struct {
	Epoch    string `json:"epoch"`
	Revision uint64 `json:"revision"`
	Part     int    `json:"part"`
	Of       int    `json:"of"`
	news
}

type step struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	news
}

type news struct {
	Settings map[string]json.RawMessage `json:"settings"`
	Notes    map[string]json.RawMessage `json:"notes"`
	Clusters map[string]json.RawMessage `json:"clusters"`
	Acts     map[string]json.RawMessage `json:"acts"`
	Totals   json.RawMessage            `json:"totals"`
	Voters   *int                       `json:"voters"`
	Here     *int                       `json:"here"`
	Health   json.RawMessage            `json:"health"`
}

func newView() *view {
	v := &view{}
	v.clear()
	return v
}

func (v *view) clear() {
	v.Settings, v.Notes, v.Clusters, v.Acts = map[string]json.RawMessage{}, map[string]json.RawMessage{}, map[string]json.RawMessage{}, map[string]json.RawMessage{}
	v.Totals, v.Health = nil, nil
}

// snapshot takes a part; the last one makes the view.
func (v *view) snapshot(p part) {
	if p.Part == 1 || len(v.parts) == 0 || v.parts[0].Epoch != p.Epoch || v.parts[0].Revision != p.Revision {
		v.parts = nil
	}
	v.parts = append(v.parts, p)
	if len(v.parts) < p.Of {
		return
	}
	v.clear()
	for _, p := range v.parts {
		v.take(p.news)
	}
	v.parts = nil
	v.Epoch, v.Revision = p.Epoch, p.Revision
}

// frame takes a frame; false: it begins after what is here, say hello again.
func (v *view) frame(f step) bool {
	if f.From > v.Revision {
		return false
	}
	if f.To >= v.Revision {
		v.take(f.news)
		v.Revision = f.To
	}
	return true
}

func (v *view) take(n news) {
	maps.Copy(v.Settings, n.Settings)
	merge(v.Notes, n.Notes)
	merge(v.Clusters, n.Clusters)
	merge(v.Acts, n.Acts)
	if string(n.Totals) == "null" {
		v.Totals = nil
	} else if n.Totals != nil {
		if v.Totals == nil {
			v.Totals = map[string][2]int{}
		}
		if err := json.Unmarshal(n.Totals, &v.Totals); err != nil {
			panic(err)
		}
	}
	if n.Voters != nil {
		v.Voters = *n.Voters
	}
	if n.Here != nil {
		v.Here = *n.Here
	}
	if n.Health != nil {
		v.Health = n.Health
	}
}

func merge(into, from map[string]json.RawMessage) {
	for k, x := range from {
		if string(x) == "null" {
			delete(into, k)
		} else {
			into[k] = x
		}
	}
}

// plain is the view as plain JSON values, to compare with.
func (v *view) plain(t testing.TB) map[string]any {
	t.Helper()
	return plain(t, v)
}

func plain(t testing.TB, v any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/frames/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var vector struct {
				Name       string            `json:"name"`
				Frames     []json.RawMessage `json:"frames"`
				View       map[string]any    `json:"view"`
				HelloAgain bool              `json:"hello_again"`
			}
			if err := json.Unmarshal(b, &vector); err != nil {
				t.Fatal(err)
			}
			v, again := newView(), false
			for _, f := range vector.Frames {
				roundTrip[Outgoing](t, f)
				var m struct {
					Snapshot *part `json:"snapshot"`
					Frame    *step `json:"frame"`
				}
				if err := json.Unmarshal(f, &m); err != nil {
					t.Fatal(err)
				}
				if m.Snapshot != nil {
					v.snapshot(*m.Snapshot)
				}
				if m.Frame != nil {
					again = !v.frame(*m.Frame) || again
				}
			}
			if got := v.plain(t); !reflect.DeepEqual(got, vector.View) {
				t.Errorf("%s:\n got %v\nwant %v", vector.Name, got, vector.View)
			}
			if again != vector.HelloAgain {
				t.Errorf("%s: hello again is %v", vector.Name, again)
			}
		})
	}
}
