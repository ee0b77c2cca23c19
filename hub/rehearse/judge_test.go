package rehearse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVerdicts(t *testing.T) {
	quick := &Machine{Processors: 2, Busy: 0.3, Late: 5}
	for _, c := range []struct {
		name   string
		report Report
		failed error
		want   string
	}{
		{"good", Report{Phones: 300, Joined: 300, Posted: 9, Acknowledged: 9, WallP99: 212}, nil, "go: p99 212 ms, 0 lost"},
		{"waited", Report{Phones: 300, Joined: 300, Waited: 9}, nil, "no-go: 3 % of phones waited over 2 s for a note"},
		{"few waited", Report{Phones: 300, Joined: 300, Waited: 3}, nil, "go: p99 0 ms, 0 lost"},
		{"lost", Report{Phones: 3, Joined: 3, Lost: 2}, nil, "no-go: 2 notes or dots were lost"},
		{"doubled", Report{Phones: 3, Joined: 3, Duplicated: 1}, nil, "no-go: 1 notes or dots are there twice"},
		{"unanswered", Report{Phones: 3, Joined: 3, Posted: 5, Acknowledged: 3, Refused: map[wall.Code]int{wall.Full: 1}}, nil,
			"no-go: 1 notes and votes were not answered; 1 notes and votes were refused"},
		{"outside", Report{Phones: 3, Joined: 2, trouble: crowd.Explain(os.NewSyscallError("socket", syscall.EMFILE))}, nil,
			"no-go: 1 of 3 phones did not get in; the last that failed: socket: too many open files: this machine lets a program open too few files (ulimit -n)"},
		{"came late", Report{Phones: 200, Joined: 200, LateJoins: 5}, nil, "no-go: 2.5 % of phones needed over 10 s to come in"},
		{"back late", Report{Phones: 200, Joined: 200, LateBacks: 3}, nil, "no-go: 1.5 % of phones that lost their connection needed over 20 s to come back"},
		{"slow answers", Report{Phones: 3, Joined: 3, AckP99: 2400}, nil, "no-go: one acknowledgement in a hundred took over 2.4 s"},
		{"dropped", Report{Phones: 300, Joined: 300, Dropped: 4}, nil, "no-go: 4 connections broke by themselves"},
		{"a busy machine", Report{Phones: 100, Joined: 100, Waited: 9, Machine: &Machine{Processors: 2, Busy: 0.97}}, nil,
			"no-go: 9 % of phones waited over 2 s for a note; but this machine was the bottleneck: the phones alone took 97 % of its 2 processors. Bring fewer phones or a faster machine, and try again"},
		{"a late machine", Report{Phones: 100, Joined: 100, Waited: 9, Machine: &Machine{Late: 400}}, nil,
			"no-go: 9 % of phones waited over 2 s for a note; but this machine was the bottleneck: the phones waited 400 ms for it. Close other programs or bring fewer phones, and try again"},
		{"a busy machine does not lose", Report{Phones: 100, Joined: 100, Lost: 1, Machine: &Machine{Busy: 1}}, nil, "no-go: 1 notes or dots were lost"},
		{"a busy machine that was quick enough", Report{Phones: 100, Joined: 100, Machine: &Machine{Busy: 1}}, nil, "go: p99 0 ms, 0 lost"},
		{"unfinished", Report{Phones: 3, Joined: 3}, errors.New("the hub is gone"), "no-go: the rehearsal was not played to its end: the hub is gone"},
	} {
		r := c.report
		if r.Machine == nil {
			r.Machine = quick
		}
		r.judge(c.failed)
		var texts []string
		for _, because := range r.Reasons {
			texts = append(texts, because.Text)
			if sv := because.in("sv"); sv == because.Text && because.Code != "" || strings.Contains(sv, "%!") {
				t.Errorf("%s: %q", c.name, sv)
			}
		}
		if got := r.Verdict + ": " + strings.Join(texts, "; "); got != c.want || strings.Contains(got, "%!") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Every language has every word, and with the same places for figures.
func TestWordsAreComplete(t *testing.T) {
	verbs := func(s string) string {
		var all []string
		s = strings.ReplaceAll(s, "%%", "")
		for i := range len(s) {
			if s[i] == '%' {
				all = append(all, s[i:i+2])
			}
		}
		return strings.Join(all, " ")
	}
	names := slices.Sorted(maps.Keys(words["en"]))
	for lang, has := range words {
		if !slices.Equal(slices.Sorted(maps.Keys(has)), names) {
			t.Errorf("%s has other words than English", lang)
		}
		for _, name := range names {
			if name != "about" && name != "of" && !strings.HasPrefix(name, "because_") && strings.Contains(has[name], "%") {
				t.Errorf("%s %s: %q", lang, name, has[name])
			}
			if has[name] == "" || verbs(has[name]) != verbs(words["en"][name]) {
				t.Errorf("%s %s: %q", lang, name, has[name])
			}
		}
	}
	if len(words) != len(languages) {
		t.Errorf("%d languages, %d of them on the page", len(words), len(languages))
	}
}

// The page is well formed whatever happened, also when nothing did.
func TestThePage(t *testing.T) {
	full := &Report{Phones: 3, Joined: 3, Wall: "482715", Held: "now", Machine: &Machine{Processors: 2, Busy: 0.5}, Returns: 1, PageBytes: 9000,
		Points: []Point{{Second: 1, Act: Arrive, Here: 2}, {Second: 2, Act: Write, Here: 3, Notes: 4, WallP50: 3, WallP99: 1700}, {Second: 3, Act: Write, Here: 3},
			{Second: 4, Act: Vote, Here: 3, Acks: 9, AckP50: 1, AckP99: 2}, {Second: 5, Act: looking, Here: 3, Notes: 1, WallP50: 1, WallP99: 1}}}
	full.judge(nil)
	broken := &Report{Phones: 3}
	broken.judge(errors.New("<script>alert(1)</script>"))
	replayed := &Report{Phones: 3, Joined: 3}
	replayed.judgeReplay(nil)
	for name, r := range map[string]*Report{"full": full, "broken": broken, "replayed": replayed} {
		var b bytes.Buffer
		if err := r.HTML(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := b.String()
		if strings.Contains(text, "NaN") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "<script") || strings.Contains(text, "%!") {
			t.Errorf("%s: %s", name, text)
		}
		if charts := strings.Count(text, "<svg"); charts != map[string]int{"full": 6}[name] {
			t.Errorf("%s: %d charts", name, charts)
		}
		d := xml.NewDecoder(&b)
		d.Entity = xml.HTMLEntity
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

func TestRoundNumbers(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 1: 1, 1.1: 2, 3: 5, 7: 10, 1700: 2000, 0.03: 0.05} {
		if got := roundUp(v); got != want {
			t.Errorf("%g becomes %g", v, got)
		}
	}
}
