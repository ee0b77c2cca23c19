package wall

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"testing"
)

// example is one story of testdata: what was asked before, what is asked now,
// and what each sees of it. "@n1" and "@c1" stand for ids of a note and a
// cluster. Expected values name only the members that matter.
type example struct {
	Story    string   `json:"story"`
	Settings Settings `json:"settings"`
	Given    []asked  `json:"given"`
	When     asked    `json:"when"`
	Then     struct {
		Refused any  `json:"refused"`
		Nothing bool `json:"nothing"`
		Event   any  `json:"event"`
		Hall    any  `json:"hall"`
		Desk    any  `json:"desk"`
		Me      any  `json:"me"`
	} `json:"then"`
}

// asked is a command as it comes over the wire, by whom, and how many
// milliseconds after the one before.
type asked struct {
	By    string          `json:"by"`
	After Millis          `json:"after"`
	Seen  uint64          `json:"seen"`
	Do    string          `json:"do"`
	With  json.RawMessage `json:"with"`
}

var people = map[string]Actor{"anna": anna, "bilal": bilal, "mo": mo, "nina": nina, "olga": owner, "hub": clock}

func (x *world) tell(a asked) (*Event, error) {
	x.now += a.After
	c, err := DecodeCommand(a.Do, a.With)
	if err != nil {
		return nil, err
	}
	e, err := x.w.Decide(Request{By: people[a.By], At: x.now, Seen: a.Seen, Command: c})
	if e != nil {
		x.w.Apply(e)
	}
	return e, err
}

func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw = regexp.MustCompile(`@[nc]\d+`).ReplaceAllFunc(raw, func(m []byte) []byte {
			n, _ := strconv.Atoi(string(m[2:]))
			return []byte(uuid(m[1], n))
		})
		var examples []example
		if err := json.Unmarshal(raw, &examples); err != nil {
			t.Fatal(file, err)
		}
		for _, ex := range examples {
			t.Run(filepath.Base(file)+"/"+ex.Story, ex.run)
		}
	}
}

func (ex example) run(t *testing.T) {
	x := newWorld(ex.Settings)
	for _, a := range ex.Given {
		if _, err := x.tell(a); err != nil {
			t.Fatalf("given %s: %v", a.Do, err)
		}
	}
	before := x.w.Position().Revision
	e, err := x.tell(ex.When)
	if ex.Then.Refused != nil {
		has(t, "refused", ex.Then.Refused, err)
	} else if err != nil {
		t.Fatalf("refused: %+v", err)
	}
	if ex.Then.Nothing != (e == nil) && err == nil {
		t.Fatalf("event %+v", e)
	}
	if ex.Then.Event != nil {
		has(t, "event", ex.Then.Event, e)
	}
	for what, view := range map[string]struct {
		want any
		got  Delta
	}{"hall": {ex.Then.Hall, x.w.Since(Hall, before)}, "desk": {ex.Then.Desk, x.w.Since(Desk, before)}} {
		if view.want != nil {
			d := view.got
			totals := map[string][2]int{}
			for target, n := range d.Totals {
				totals[target] = [2]int{n.Dots, n.People}
			}
			has(t, what, view.want, map[string]any{"settings": d.Settings, "notes": d.Notes, "clusters": d.Clusters, "acts": d.Acts,
				"totals": totals, "hidden": d.Hidden, "voters": d.Voters})
		}
	}
	if ex.Then.Me != nil {
		has(t, "me", ex.Then.Me, x.w.Me(people[ex.When.By]))
	}
}

// has asks that a value has all that is wanted: of objects the members named,
// an empty one meaning none at all.
func has(t *testing.T, where string, want, value any) {
	t.Helper()
	var got any
	if err := json.Unmarshal([]byte(text1(value)), &got); err != nil {
		t.Fatal(err)
	}
	compare(t, where, want, got)
}

func compare(t *testing.T, where string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || (len(want) == 0 && len(g) > 0) {
			t.Errorf("%s is %v, want %v", where, got, want)
			return
		}
		for k, w := range want {
			v, there := g[k]
			if !there {
				t.Errorf("%s.%s is missing in %v", where, k, got)
				continue
			}
			compare(t, where+"."+k, w, v)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s is %v, want %v", where, got, want)
			return
		}
		for i := range want {
			compare(t, fmt.Sprintf("%s[%d]", where, i), want[i], g[i])
		}
	default:
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s is %v, want %v", where, got, want)
		}
	}
}
