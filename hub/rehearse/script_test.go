package rehearse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, name string) *Script {
	t.Helper()
	s, err := OpenScript(filepath.Join("testdata", "consultation-"+name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The figures are those of testdata/README.md.
func TestScriptsHaveTheFiguresOfTheirReadme(t *testing.T) {
	for _, want := range []struct {
		name                           string
		notes, rejected, votes, people int
	}{
		{"youth", 39, 3, 640, 27},
		{"housing", 165, 46, 15076, 381},
	} {
		s := open(t, want.name)
		rejected := 0
		for _, n := range s.Notes {
			if n.Rejected {
				rejected++
			}
		}
		if len(s.Notes) != want.notes || rejected != want.rejected || s.Votes != want.votes || len(s.People) != want.people {
			t.Errorf("%s: %d notes (%d rejected), %d votes, %d people; want %+v",
				want.name, len(s.Notes), rejected, s.Votes, len(s.People), want)
		}
		if len(s.Events) != want.notes+want.votes {
			t.Errorf("%s: %d events", want.name, len(s.Events))
		}
	}
}

func TestDefaultScriptIsTheYouthConsultation(t *testing.T) {
	s, err := DefaultScript()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.People) != 27 || s.Lang != "en" || !strings.HasPrefix(s.Title, "What is the best way") {
		t.Errorf("%d people, %q, %q", len(s.People), s.Lang, s.Title)
	}
}

// count counts the final dots straight from a file, by another way than
// Script.Tally: backwards, so that the first vote met is the last one cast.
func count(t *testing.T, name string) (shown, all map[string]int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "consultation-"+name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	shown, all = map[string]int{}, map[string]int{}
	met := map[string]bool{}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for i := len(lines) - 1; i > 0; i-- {
		var e map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &e); err != nil {
			t.Fatal(err)
		}
		switch e["type"] {
		case "vote":
			note, voter := e["note"].(string), e["voter"].(string)
			if !met[note+" "+voter] && e["value"].(float64) == 1 {
				all[note]++
			}
			met[note+" "+voter] = true
		case "note":
			if e["status"] != "rejected" {
				shown[e["id"].(string)] = all[e["id"].(string)]
			}
		}
	}
	return shown, all
}

func TestTallyIsTheLastVoteOfEach(t *testing.T) {
	for name, dots := range map[string]int{"youth": 392, "housing": 8041} {
		s := open(t, name)
		_, want := count(t, name)
		sum := 0
		for i, n := range s.Tally(nil) {
			sum += n
			if n != want[s.Notes[i].ID] {
				t.Errorf("%s %s: %d, want %d", name, s.Notes[i].ID, n, want[s.Notes[i].ID])
			}
		}
		if sum != dots {
			t.Errorf("%s: %d dots, want %d", name, sum, dots)
		}
	}
}

const twoPeople = `{"t":0,"type":"meta","title":"Two","lang":"sv"}
{"t":1000,"type":"note","id":"a","author":"p0","text":"Fler cykelbanor","status":"accepted"}
{"t":1000,"type":"vote","note":"a","voter":"p0","value":1}
{"t":61000,"type":"vote","note":"a","voter":"p1","value":1}

{"t":121001,"type":"vote","note":"a","voter":"p1","value":0}
{"t":999999,"type":"note","id":"b","author":"p1","text":"Strunt","status":"rejected"}
{"t":999999,"type":"vote","note":"b","voter":"p1","value":1}
`

func TestLongPausesAreCut(t *testing.T) {
	s, err := ReadScript("two", strings.NewReader(twoPeople))
	if err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{0, 0, 60 * time.Second, 120 * time.Second, 180 * time.Second, 180 * time.Second}
	for i, e := range s.Events {
		if e.At != want[i] {
			t.Errorf("event %d at %v, want %v", i, e.At, want[i])
		}
	}
	if got := s.Tally(nil); got[0] != 1 || got[1] != 1 {
		t.Errorf("tally %v", got)
	}
	if got := s.Tally(func(event int) bool { return event != 3 }); got[0] != 2 {
		t.Errorf("tally without the taking back %v", got)
	}
}

func TestPaceIsRelativeToTheRecording(t *testing.T) {
	for _, c := range []struct {
		speed float64
		want  time.Duration
	}{{0, 0}, {1, time.Minute}, {10, 6 * time.Second}, {0.5, 2 * time.Minute}} {
		if got := pace(time.Minute, c.speed); got != c.want {
			t.Errorf("speed %g: %v, want %v", c.speed, got, c.want)
		}
	}
}

func TestWrongScriptsAreNamedByLine(t *testing.T) {
	note := `{"t":5,"type":"note","id":"a","author":"p0","text":"x"}` + "\n"
	for _, c := range []struct{ script, want string }{
		{"", "s: no notes and no votes"},
		{"{\n", "s:1: not a line"},
		{note + "\n[]\n", "s:3: not a line"},
		{`{"t":1}`, `s:1: "type" is missing`},
		{`{"t":1,"type":"dance"}`, `s:1: type "dance"`},
		{note + `{"t":0,"type":"meta"}`, `s:2: "meta" is not the first line`},
		{note + note, `s:2: a second note "a"`},
		{`{"t":1,"type":"note","author":"p0","text":"x"}`, `s:1: a note without "id"`},
		{`{"t":1,"type":"note","id":"a","text":"x"}`, `has no "author"`},
		{`{"t":1,"type":"note","id":"a","author":"p0","text":" "}`, `has no "text"`},
		{`{"t":1,"type":"note","id":"a","author":"p0","text":"x","status":3}`, `"status" is not a word`},
		{`{"t":1,"type":"note","id":"a","author":"p0","text":"x","status":"odd"}`, `status "odd" is none of`},
		{note + `{"t":6,"type":"vote","note":"b","voter":"p1","value":1}`, `s:2: a vote on note "b", which is not posted before it`},
		{note + `{"t":6,"type":"vote","note":"a","value":1}`, `s:2: a vote without "voter"`},
		{note + `{"t":6,"type":"vote","note":"a","voter":"p1"}`, `s:2: a vote's "value"`},
		{note + `{"t":6,"type":"vote","note":"a","voter":"p1","value":2}`, `s:2: a vote's "value"`},
		{note + `{"t":4,"type":"vote","note":"a","voter":"p1","value":1}`, `s:2: "t" goes back from 5 to 4`},
		{note + `{"type":"vote","note":"a","voter":"p1","value":1}`, `s:2: "t" is missing`},
		{strings.Replace(note, "5", "-5", 1), `s:1: "t" is negative`},
		{`{"t":0,"type":"meta","notes":2,"votes":0}` + "\n" + note, "s: its first line promises 2 notes"},
		{note + `{"text":"` + strings.Repeat("x", lineMost) + `"}`, "s:2: longer than"},
	} {
		_, err := ReadScript("s", strings.NewReader(c.script))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %q", c.script, err, c.want)
		}
	}
}
